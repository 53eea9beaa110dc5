/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "data/trust/dinh-certificate.h"

#include "data/trust/dinh-pem.h"

#include <openssl/ec.h>

static char *
to_hex (const guchar *digest, gsize length)
{
  GString *hex = g_string_sized_new (2 * length);

  for (gsize i = 0; i < length; i++)
    g_string_append_printf (hex, "%02x", digest[i]);
  return g_string_free (hex, FALSE);
}

/**
 * dinh_certificate_fingerprint:
 *
 * Returns the SHA-256 of the DER form of the first certificate in @pem, @length bytes and at most 64 KiB, as
 * 64 lower-case hexadecimal digits that the caller owns. A DinhTrustError for anything else than a
 * certificate.
 */
char *
dinh_certificate_fingerprint (const char *pem, gsize length, GError **error)
{
  g_autoptr (X509) certificate = dinh_pem_read_certificate (pem, length, error);
  guchar digest[32];

  if (certificate == NULL)
    return NULL;
  if (X509_digest (certificate, EVP_sha256 (), digest, NULL) != 1) {
    dinh_pem_set_error (error, DINH_TRUST_ERROR_CRYPTO, "the certificate cannot be hashed");
    return NULL;
  }
  return to_hex (digest, sizeof digest);
}

/* The extension that names the device's signing key beside the certified one. */
static gboolean
add_signer (X509_REQ *request, const DinhKey *signer)
{
  g_autofree char *uri = dinh_pem_signer_uri (dinh_key_get_public_bytes (signer));
  g_autoptr (GENERAL_NAMES) names = dinh_pem_uri_names (uri);
  STACK_OF (X509_EXTENSION) *extensions = NULL;
  gboolean added = names != NULL &&
                   X509V3_add1_i2d (&extensions, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) == 1 &&
                   X509_REQ_add_extensions (request, extensions) == 1;

  sk_X509_EXTENSION_pop_free (extensions, X509_EXTENSION_free);
  return added;
}

/**
 * dinh_certificate_request_new:
 * @signer: (nullable): the device's signing key; the request then names it as a URI, `urn:dinh:key:` and its
 *   32 bytes in base64url
 *
 * Makes a fresh P-256 key and a PKCS#10 request for it in the name of @common_name, 1 to 64 characters.
 * Returns the request and gives the key in @key_pem, both as PEM text that the caller owns. The name is a
 * courtesy to who reads the request: an authority decides itself what it certifies.
 */
char *
dinh_certificate_request_new (const char *common_name, const DinhKey *signer, char **key_pem, GError **error)
{
  g_autoptr (EVP_PKEY) key = EVP_EC_gen ("P-256");
  g_autoptr (X509_REQ) request = X509_REQ_new ();

  if (key == NULL || request == NULL || X509_REQ_set_version (request, X509_REQ_VERSION_1) != 1 ||
      X509_NAME_add_entry_by_NID (X509_REQ_get_subject_name (request), NID_commonName, MBSTRING_UTF8,
                                  (const guchar *) common_name, -1, -1, 0) != 1 ||
      X509_REQ_set_pubkey (request, key) != 1 || (signer != NULL && !add_signer (request, signer)) ||
      X509_REQ_sign (request, key, EVP_sha256 ()) <= 0) {
    g_autofree char *message = g_strdup_printf ("no certificate request for '%s'", common_name);

    dinh_pem_set_error (error, DINH_TRUST_ERROR_CRYPTO, message);
    return NULL;
  }
  *key_pem = dinh_pem_from_key (key);
  return dinh_pem_from_request (request);
}

/**
 * dinh_request_facts_free:
 *
 * Frees @self.
 */
void
dinh_request_facts_free (DinhRequestFacts *self)
{
  g_free (self->signer);
  g_free (self->fingerprint);
  g_free (self);
}

/**
 * dinh_certificate_request_read:
 * @text: a PKCS#10 request, PEM or bare base64, @length bytes
 *
 * Returns: (transfer full): what it says; or %NULL with MALFORMED or TOO_LARGE. Whether it was made with its
 * key, dinh_authority_sign_request() finds out.
 */
DinhRequestFacts *
dinh_certificate_request_read (const char *text, gsize length, GError **error)
{
  g_autoptr (X509_REQ) request = dinh_pem_read_request (text, length, error);
  g_autoptr (DinhRequestFacts) facts = NULL;
  g_autoptr (GENERAL_NAMES) names = NULL;
  g_autofree char *uri = NULL;
  unsigned char *der = NULL;
  guchar digest[32];
  int size;

  if (request == NULL)
    return NULL;
  size = i2d_X509_PUBKEY (X509_REQ_get_X509_PUBKEY (request), &der);
  if (size <= 0 || EVP_Digest (der, (gsize) size, digest, NULL, EVP_sha256 (), NULL) != 1) {
    dinh_pem_set_error (error, DINH_TRUST_ERROR_MALFORMED, "the request names no key");
    return NULL;
  }
  OPENSSL_free (der);
  names = dinh_pem_get_request_names (request);
  uri = dinh_pem_find_signer (names);
  facts = g_new0 (DinhRequestFacts, 1);
  facts->fingerprint = to_hex (digest, sizeof digest);
  facts->signer = dinh_pem_signer_from_uri (uri);
  return g_steal_pointer (&facts);
}

/**
 * dinh_certificate_dup_signer:
 *
 * Returns: (transfer full) (nullable): the signing key that the first certificate in @pem names, as
 * dinh_key_get_public() gives it.
 */
char *
dinh_certificate_dup_signer (const char *pem, gsize length)
{
  g_autoptr (X509) certificate = dinh_pem_read_certificate (pem, length, NULL);
  g_autoptr (GENERAL_NAMES) names =
      certificate == NULL ? NULL : X509_get_ext_d2i (certificate, NID_subject_alt_name, NULL, NULL);
  g_autofree char *uri = dinh_pem_find_signer (names);

  return dinh_pem_signer_from_uri (uri);
}

static gboolean
to_time (const ASN1_TIME *time, gint64 *microseconds)
{
  struct tm parts = {0};

  if (ASN1_TIME_to_tm (time, &parts) != 1)
    return FALSE;
  *microseconds = (gint64) timegm (&parts) * G_USEC_PER_SEC;
  return TRUE;
}

/**
 * dinh_certificate_get_life:
 * @from: (out): µs since 1970
 * @until: (out): the same
 *
 * Says when the first certificate in @pem holds. %FALSE with a DinhTrustError.
 */
gboolean
dinh_certificate_get_life (const char *pem, gsize length, gint64 *from, gint64 *until, GError **error)
{
  g_autoptr (X509) certificate = dinh_pem_read_certificate (pem, length, error);

  if (certificate == NULL)
    return FALSE;
  if (to_time (X509_get0_notBefore (certificate), from) && to_time (X509_get0_notAfter (certificate), until))
    return TRUE;
  dinh_pem_set_error (error, DINH_TRUST_ERROR_MALFORMED, "the certificate does not say when it holds");
  return FALSE;
}

/**
 * dinh_certificate_to_pkcs7:
 *
 * Returns the certificates of @pem, one or more, as a PKCS#7 of nothing but certificates, base64 of the DER:
 * the answer of RFC 7030 §4.1.3 and §4.2.3. The caller owns it.
 */
char *
dinh_certificate_to_pkcs7 (const char *pem, gsize length, GError **error)
{
  g_autoptr (GPtrArray) certificates = dinh_pem_read_certificates (pem, length, error);
  g_autoptr (PKCS7) bundle = PKCS7_new ();
  unsigned char *der = NULL;
  char *base64 = NULL;
  int size;

  if (certificates == NULL)
    return NULL;
  PKCS7_set_type (bundle, NID_pkcs7_signed);
  bundle->d.sign->contents->type = OBJ_nid2obj (NID_pkcs7_data);
  for (guint i = 0; i < certificates->len; i++)
    PKCS7_add_certificate (bundle, g_ptr_array_index (certificates, i));
  size = i2d_PKCS7 (bundle, &der);
  if (size > 0)
    base64 = g_base64_encode (der, size);
  else
    dinh_pem_set_error (error, DINH_TRUST_ERROR_CRYPTO, "the certificates cannot be bundled");
  OPENSSL_free (der);
  return base64;
}

static PKCS7 *
read_bundle (const char *base64, gsize length, GError **error)
{
  g_autofree char *text = NULL;
  g_autofree guchar *der = NULL;
  g_autoptr (PKCS7) bundle = NULL;
  const guchar *at;
  gsize size = 0;

  if (length > DINH_PEM_LIMIT) {
    g_set_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_TOO_LARGE,
                 "%" G_GSIZE_FORMAT " bytes are more than the %d allowed", length, DINH_PEM_LIMIT);
    return NULL;
  }
  text = g_strndup (base64, length);
  at = der = g_base64_decode (text, &size);
  bundle = d2i_PKCS7 (NULL, &at, (long) size);
  if (bundle == NULL || !PKCS7_type_is_signed (bundle) || bundle->d.sign == NULL ||
      sk_X509_num (bundle->d.sign->cert) < 1) {
    dinh_pem_set_error (error, DINH_TRUST_ERROR_MALFORMED, "no bundle of certificates");
    return NULL;
  }
  return g_steal_pointer (&bundle);
}

/**
 * dinh_certificate_from_pkcs7:
 *
 * The way back: returns the certificates in a PKCS#7, base64 of its DER, at most 64 KiB and with or without
 * line ends, as PEM text that the caller owns. What they are worth, the caller has to find out.
 */
char *
dinh_certificate_from_pkcs7 (const char *base64, gsize length, GError **error)
{
  g_autoptr (PKCS7) bundle = read_bundle (base64, length, error);
  g_autoptr (GString) pem = g_string_new (NULL);

  if (bundle == NULL)
    return NULL;
  for (int i = 0; i < sk_X509_num (bundle->d.sign->cert); i++) {
    g_autofree char *one = dinh_pem_from_certificate (sk_X509_value (bundle->d.sign->cert, i));

    g_string_append (pem, one);
  }
  return g_string_free (g_steal_pointer (&pem), FALSE);
}
