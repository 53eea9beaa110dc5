/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "data/trust/dinh-certificate.h"

#include "data/trust/dinh-pem.h"

#include <openssl/ec.h>

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
  GString *hex;

  if (certificate == NULL)
    return NULL;
  if (X509_digest (certificate, EVP_sha256 (), digest, NULL) != 1) {
    dinh_pem_set_error (error, DINH_TRUST_ERROR_CRYPTO, "the certificate cannot be hashed");
    return NULL;
  }
  hex = g_string_sized_new (2 * sizeof digest);
  for (gsize i = 0; i < sizeof digest; i++)
    g_string_append_printf (hex, "%02x", digest[i]);
  return g_string_free (hex, FALSE);
}

/**
 * dinh_certificate_request_new:
 *
 * Makes a fresh P-256 key and a PKCS#10 request for it in the name of @common_name, 1 to 64 characters.
 * Returns the request and gives the key in @key_pem, both as PEM text that the caller owns. The name is a
 * courtesy to who reads the request: an authority decides itself what it certifies.
 */
char *
dinh_certificate_request_new (const char *common_name, char **key_pem, GError **error)
{
  g_autoptr (EVP_PKEY) key = EVP_EC_gen ("P-256");
  g_autoptr (X509_REQ) request = X509_REQ_new ();

  if (key == NULL || request == NULL || X509_REQ_set_version (request, X509_REQ_VERSION_1) != 1 ||
      X509_NAME_add_entry_by_NID (X509_REQ_get_subject_name (request), NID_commonName, MBSTRING_UTF8,
                                  (const guchar *) common_name, -1, -1, 0) != 1 ||
      X509_REQ_set_pubkey (request, key) != 1 || X509_REQ_sign (request, key, EVP_sha256 ()) <= 0) {
    g_autofree char *message = g_strdup_printf ("no certificate request for '%s'", common_name);

    dinh_pem_set_error (error, DINH_TRUST_ERROR_CRYPTO, message);
    return NULL;
  }
  *key_pem = dinh_pem_from_key (key);
  return dinh_pem_from_request (request);
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
