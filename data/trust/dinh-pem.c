/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "data/trust/dinh-pem.h"

#include <gio/gio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#define SIGNER_PREFIX "urn:dinh:key:"
#define SIGNER_LENGTH 43 /* of 32 bytes in base64url without padding */

/* OpenSSL's own callback would ask at the terminal, and whoever sends a PEM text decides whether it is
 * called. */
static int
refuse_passphrase (char *buffer, int size, int writing, void *data)
{
  return -1;
}

static BIO *
open_text (const char *text, gsize length, GError **error)
{
  if (length > DINH_PEM_LIMIT) {
    g_set_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_TOO_LARGE,
                 "%" G_GSIZE_FORMAT " bytes are more than the %d allowed", length, DINH_PEM_LIMIT);
    return NULL;
  }
  ERR_clear_error ();
  return BIO_new_mem_buf (text, (int) length);
}

static char *
take_text (BIO *bio, int written)
{
  char *text = NULL;
  long length = BIO_get_mem_data (bio, &text);

  return written == 1 ? g_strndup (text, length) : NULL;
}

/**
 * dinh_pem_set_error:
 *
 * Sets @error to @message, followed by OpenSSL's reason where it gives one, and empties OpenSSL's queue:
 * what is left in it would be taken for the fault of a later call.
 */
void
dinh_pem_set_error (GError **error, DinhTrustError code, const char *message)
{
  const char *reason = ERR_reason_error_string (ERR_peek_last_error ());

  ERR_clear_error ();
  g_set_error (error, DINH_TRUST_ERROR, code, reason != NULL ? "%s: %s" : "%s", message, reason);
}

/**
 * dinh_pem_read_certificate:
 *
 * Reads the first certificate of a PEM text of @length bytes. The caller owns it. MALFORMED or TOO_LARGE.
 */
X509 *
dinh_pem_read_certificate (const char *pem, gsize length, GError **error)
{
  g_autoptr (BIO) bio = open_text (pem, length, error);
  X509 *certificate;

  if (bio == NULL)
    return NULL;
  certificate = PEM_read_bio_X509 (bio, NULL, refuse_passphrase, NULL);
  if (certificate == NULL)
    dinh_pem_set_error (error, DINH_TRUST_ERROR_MALFORMED, "no certificate in PEM form");
  return certificate;
}

/**
 * dinh_pem_read_certificates:
 *
 * Reads all certificates of a PEM text, at least one, as an array that frees them. MALFORMED or TOO_LARGE.
 */
GPtrArray *
dinh_pem_read_certificates (const char *pem, gsize length, GError **error)
{
  g_autoptr (GPtrArray) certificates = g_ptr_array_new_with_free_func ((GDestroyNotify) X509_free);
  g_autoptr (BIO) bio = open_text (pem, length, error);
  X509 *certificate;

  if (bio == NULL)
    return NULL;
  while ((certificate = PEM_read_bio_X509 (bio, NULL, refuse_passphrase, NULL)) != NULL)
    g_ptr_array_add (certificates, certificate);
  /* The end of the text is the only fault that is none. */
  if (certificates->len == 0 || ERR_GET_REASON (ERR_peek_last_error ()) != PEM_R_NO_START_LINE) {
    dinh_pem_set_error (error, DINH_TRUST_ERROR_MALFORMED, "no certificates in PEM form");
    return NULL;
  }
  ERR_clear_error ();
  return g_steal_pointer (&certificates);
}

/**
 * dinh_pem_read_key:
 *
 * Reads an unencrypted private key of a PEM text. The caller owns it. MALFORMED or TOO_LARGE.
 */
EVP_PKEY *
dinh_pem_read_key (const char *pem, gsize length, GError **error)
{
  g_autoptr (BIO) bio = open_text (pem, length, error);
  EVP_PKEY *key;

  if (bio == NULL)
    return NULL;
  key = PEM_read_bio_PrivateKey (bio, NULL, refuse_passphrase, NULL);
  if (key == NULL)
    dinh_pem_set_error (error, DINH_TRUST_ERROR_MALFORMED, "no private key in PEM form");
  return key;
}

/**
 * dinh_pem_read_request:
 *
 * Reads a PKCS#10 request, in PEM form or, as RFC 7030 §4.2.1 sends it, as the bare base64 of its DER. The
 * caller owns it. MALFORMED or TOO_LARGE.
 */
X509_REQ *
dinh_pem_read_request (const char *text, gsize length, GError **error)
{
  g_autoptr (BIO) bio = open_text (text, length, error);
  X509_REQ *request = NULL;

  if (bio == NULL)
    return NULL;
  if (g_strstr_len (text, length, "-----BEGIN ") != NULL) {
    request = PEM_read_bio_X509_REQ (bio, NULL, refuse_passphrase, NULL);
  } else {
    g_autofree char *base64 = g_strndup (text, length);
    gsize size = 0;
    g_autofree guchar *der = g_base64_decode (base64, &size);
    const guchar *at = der;

    request = d2i_X509_REQ (NULL, &at, (long) size);
  }
  if (request == NULL)
    dinh_pem_set_error (error, DINH_TRUST_ERROR_MALFORMED, "no certificate request");
  return request;
}

/**
 * dinh_pem_from_certificate:
 *
 * Returns @certificate as PEM text that the caller owns, or %NULL when there is no memory for it.
 */
char *
dinh_pem_from_certificate (X509 *certificate)
{
  g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());

  return take_text (bio, PEM_write_bio_X509 (bio, certificate));
}

/**
 * dinh_pem_from_key:
 *
 * Returns @key as unencrypted PKCS#8 PEM text that the caller owns, or %NULL when there is no memory for it.
 */
char *
dinh_pem_from_key (EVP_PKEY *key)
{
  g_autoptr (BIO) bio = BIO_new (BIO_s_secmem ());

  return take_text (bio, PEM_write_bio_PKCS8PrivateKey (bio, key, NULL, NULL, 0, NULL, NULL));
}

/**
 * dinh_pem_from_request:
 *
 * Returns @request as PEM text that the caller owns, or %NULL when there is no memory for it.
 */
char *
dinh_pem_from_request (X509_REQ *request)
{
  g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());

  return take_text (bio, PEM_write_bio_X509_REQ (bio, request));
}

/**
 * dinh_pem_load:
 *
 * Reads the file @path, at most DINH_PEM_LIMIT bytes, as text with a zero byte behind it that the caller
 * owns. A GIOErrorEnum, or TOO_LARGE.
 */
char *
dinh_pem_load (const char *path, gsize *length, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, error);
  g_autofree char *text = g_malloc0 (DINH_PEM_LIMIT + 2);
  gsize got = 0;

  if (stream == NULL)
    return NULL;
  if (!g_input_stream_read_all (G_INPUT_STREAM (stream), text, DINH_PEM_LIMIT + 1, &got, NULL, error)) {
    g_prefix_error (error, "'%s': ", path);
    return NULL;
  }
  if (got > DINH_PEM_LIMIT) {
    g_set_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_TOO_LARGE, "'%s' has more than %d bytes", path,
                 DINH_PEM_LIMIT);
    return NULL;
  }
  if (length != NULL)
    *length = got;
  return g_steal_pointer (&text);
}

/**
 * dinh_pem_load_certificate:
 *
 * Reads the certificate in the file @path. The caller owns it.
 */
X509 *
dinh_pem_load_certificate (const char *path, GError **error)
{
  gsize length = 0;
  g_autofree char *text = dinh_pem_load (path, &length, error);
  X509 *certificate = text != NULL ? dinh_pem_read_certificate (text, length, error) : NULL;

  if (text != NULL && certificate == NULL)
    g_prefix_error (error, "'%s': ", path);
  return certificate;
}

/**
 * dinh_pem_load_key:
 *
 * Reads the private key in the file @path. The caller owns it.
 */
EVP_PKEY *
dinh_pem_load_key (const char *path, GError **error)
{
  gsize length = 0;
  g_autofree char *text = dinh_pem_load (path, &length, error);
  EVP_PKEY *key = text != NULL ? dinh_pem_read_key (text, length, error) : NULL;

  if (text != NULL) {
    OPENSSL_cleanse (text, length);
    if (key == NULL)
      g_prefix_error (error, "'%s': ", path);
  }
  return key;
}

/**
 * dinh_pem_save:
 *
 * Writes @text as the file @path with @mode, so that after any crash there is the whole old or the whole new
 * file, and once this returns, the new one: temporary file, fsync, rename, fsync of the folder. A
 * GFileError.
 */
gboolean
dinh_pem_save (const char *path, const char *text, int mode, GError **error)
{
  return g_file_set_contents_full (path, text, -1,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, mode, error);
}

/**
 * dinh_pem_signer_uri:
 * @bytes: 32 of a public key
 *
 * Returns: (transfer full): the URI that names the key.
 */
char *
dinh_pem_signer_uri (const guint8 *bytes)
{
  g_autofree char *base64 = g_base64_encode (bytes, 32);

  g_strdelimit (base64, "+", '-');
  g_strdelimit (base64, "/", '_');
  g_strdelimit (base64, "=", '\0');
  return g_strconcat (SIGNER_PREFIX, base64, NULL);
}

/**
 * dinh_pem_signer_from_uri:
 * @uri: (nullable): from dinh_pem_find_signer()
 *
 * Returns: (transfer full) (nullable): the key in its text form, "ed25519:" and base64.
 */
char *
dinh_pem_signer_from_uri (const char *uri)
{
  g_autofree char *base64 = uri == NULL ? NULL : g_strdup (uri + strlen (SIGNER_PREFIX));

  if (base64 == NULL)
    return NULL;
  g_strdelimit (base64, "-", '+');
  g_strdelimit (base64, "_", '/');
  return g_strconcat ("ed25519:", base64, "=", NULL);
}

/**
 * dinh_pem_uri_names:
 *
 * Returns: (transfer full): @uri as the one name of a subjectAltName (RFC 5280 §4.2.1.6), %NULL without
 * memory.
 */
GENERAL_NAMES *
dinh_pem_uri_names (const char *uri)
{
  g_autoptr (GENERAL_NAMES) names = sk_GENERAL_NAME_new_null ();
  GENERAL_NAME *name = a2i_GENERAL_NAME (NULL, NULL, NULL, GEN_URI, uri, 0);

  if (name == NULL || names == NULL)
    return NULL;
  sk_GENERAL_NAME_push (names, name);
  return g_steal_pointer (&names);
}

/**
 * dinh_pem_get_request_names:
 *
 * Returns: (transfer full) (nullable): the alternative names that @request asks for.
 */
GENERAL_NAMES *
dinh_pem_get_request_names (X509_REQ *request)
{
  STACK_OF (X509_EXTENSION) *extensions = X509_REQ_get_extensions (request);
  GENERAL_NAMES *names =
      extensions == NULL ? NULL : X509V3_get_d2i (extensions, NID_subject_alt_name, NULL, NULL);

  sk_X509_EXTENSION_pop_free (extensions, X509_EXTENSION_free);
  return names;
}

/**
 * dinh_pem_find_signer:
 * @names: (nullable): of a request or a certificate
 *
 * Returns: (transfer full) (nullable): the URI among them that names a signing key, if there is exactly one.
 */
char *
dinh_pem_find_signer (GENERAL_NAMES *names)
{
  static const char characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  g_autofree char *found = NULL;

  for (int i = 0; names != NULL && i < sk_GENERAL_NAME_num (names); i++) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value (names, i);
    g_autofree char *uri = NULL;

    if (name->type != GEN_URI)
      continue;
    uri = g_strndup ((const char *) ASN1_STRING_get0_data (name->d.uniformResourceIdentifier),
                     (gsize) ASN1_STRING_length (name->d.uniformResourceIdentifier));
    if (!g_str_has_prefix (uri, SIGNER_PREFIX))
      continue;
    if (found != NULL || strlen (uri) != strlen (SIGNER_PREFIX) + SIGNER_LENGTH ||
        strspn (uri + strlen (SIGNER_PREFIX), characters) != SIGNER_LENGTH)
      return NULL;
    found = g_steal_pointer (&uri);
  }
  return g_steal_pointer (&found);
}
