/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "data/trust/dinh-certificate.h"
#include "data/trust/dinh-pem.h"

#include <openssl/ec.h>
#include <string.h>

static char *
make_certificate (const char *name)
{
  g_autoptr (EVP_PKEY) key = EVP_EC_gen ("P-256");
  g_autoptr (X509) certificate = X509_new ();

  X509_NAME_add_entry_by_NID (X509_get_subject_name (certificate), NID_commonName, MBSTRING_UTF8,
                              (const guchar *) name, -1, -1, 0);
  X509_gmtime_adj (X509_getm_notBefore (certificate), 0);
  X509_gmtime_adj (X509_getm_notAfter (certificate), 60);
  X509_set_pubkey (certificate, key);
  g_assert_cmpint (X509_sign (certificate, key, EVP_sha256 ()), >, 0);
  return dinh_pem_from_certificate (certificate);
}

/* The digest of what stands between the lines, which is what `openssl x509 -fingerprint -sha256` prints. */
static void
test_fingerprint (void)
{
  g_autofree char *pem = make_certificate ("x");
  g_autofree char *body = g_strdup (strchr (pem, '\n') + 1);
  g_autofree char *expected = NULL;
  g_autofree char *fingerprint = NULL;
  g_autofree guchar *der = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  *strstr (body, "-----END") = '\0';
  der = g_base64_decode (body, &length);
  expected = g_compute_checksum_for_data (G_CHECKSUM_SHA256, der, length);
  fingerprint = dinh_certificate_fingerprint (pem, strlen (pem), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (fingerprint, ==, expected);
}

static void
assert_no_fingerprint (const char *pem, gsize length, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (dinh_certificate_fingerprint (pem, length, &error));
  g_assert_error (error, DINH_TRUST_ERROR, code);
}

static void
test_fingerprint_refuses (void)
{
  g_autofree char *pem = make_certificate ("x");
  g_autofree char *large = g_strnfill (DINH_PEM_LIMIT + 1, '\n');
  const char *const encrypted = "-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,"
                                "00000000000000000000000000000000\n\nAAAAAAAAAAAAAAAAAAAAAA==\n"
                                "-----END CERTIFICATE-----\n";

  assert_no_fingerprint ("", 0, DINH_TRUST_ERROR_MALFORMED);
  assert_no_fingerprint (pem, strlen (pem) / 2, DINH_TRUST_ERROR_MALFORMED);
  assert_no_fingerprint (encrypted, strlen (encrypted), DINH_TRUST_ERROR_MALFORMED);
  assert_no_fingerprint (large, strlen (large), DINH_TRUST_ERROR_TOO_LARGE);
}

static void
test_request (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *key_pem = NULL;
  g_autofree char *pem = dinh_certificate_request_new ("Phường 1", NULL, &key_pem, &error);
  g_autoptr (X509_REQ) request = dinh_pem_read_request (pem, strlen (pem), NULL);
  g_autoptr (EVP_PKEY) key = dinh_pem_read_key (key_pem, strlen (key_pem), NULL);
  g_autofree char *name = g_strnfill (65, 'n');
  g_autofree char *other_key = NULL;
  g_autofree char *other = dinh_certificate_request_new ("Phường 1", NULL, &other_key, NULL);

  g_assert_no_error (error);
  g_assert_cmpint (X509_REQ_check_private_key (request, key), ==, 1);
  g_assert_cmpint (X509_REQ_verify (request, key), ==, 1);
  g_assert_cmpstr (key_pem, !=, other_key);
  g_assert_null (dinh_certificate_request_new (name, NULL, &key_pem, &error));
  g_assert_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_CRYPTO);
}

static void
test_pkcs7 (void)
{
  g_autofree char *first = make_certificate ("a");
  g_autofree char *second = make_certificate ("b");
  g_autofree char *both = g_strconcat (first, second, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *base64 = dinh_certificate_to_pkcs7 (both, strlen (both), &error);
  g_autofree char *back = NULL;
  g_autofree char *swapped = NULL;

  g_assert_no_error (error);
  back = dinh_certificate_from_pkcs7 (base64, strlen (base64), &error);
  g_assert_no_error (error);
  /* DER orders a set by its bytes. */
  swapped = g_strconcat (second, first, NULL);
  g_assert_true (g_str_equal (back, both) || g_str_equal (back, swapped));
}

static void
test_pkcs7_lines (void)
{
  g_autofree char *pem = make_certificate ("a");
  g_autofree char *base64 = dinh_certificate_to_pkcs7 (pem, strlen (pem), NULL);
  g_autoptr (GString) lines = g_string_new (NULL);
  g_autofree char *back = NULL;

  for (gsize i = 0; i < strlen (base64); i += 64)
    g_string_append_printf (lines, "%.64s\r\n", base64 + i);
  back = dinh_certificate_from_pkcs7 (lines->str, lines->len, NULL);
  g_assert_cmpstr (back, ==, pem);
}

static void
assert_no_bundle (const char *base64, gsize length, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (dinh_certificate_from_pkcs7 (base64, length, &error));
  g_assert_error (error, DINH_TRUST_ERROR, code);
}

static void
test_pkcs7_refuses (void)
{
  g_autofree char *pem = make_certificate ("a");
  g_autofree char *base64 = dinh_certificate_to_pkcs7 (pem, strlen (pem), NULL);
  g_autofree char *large = g_strnfill (DINH_PEM_LIMIT + 1, 'A');
  g_autofree char *broken =
      g_strconcat (pem, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", NULL);
  g_autoptr (PKCS7) empty = PKCS7_new ();
  g_autofree char *none = NULL;
  g_autoptr (GError) error = NULL;
  guchar *der = NULL;
  int size;

  PKCS7_set_type (empty, NID_pkcs7_signed);
  empty->d.sign->contents->type = OBJ_nid2obj (NID_pkcs7_data);
  size = i2d_PKCS7 (empty, &der);
  g_assert_cmpint (size, >, 0);
  none = g_base64_encode (der, size);
  OPENSSL_free (der);
  assert_no_bundle (none, strlen (none), DINH_TRUST_ERROR_MALFORMED);
  assert_no_bundle ("", 0, DINH_TRUST_ERROR_MALFORMED);
  assert_no_bundle (base64, strlen (base64) / 2, DINH_TRUST_ERROR_MALFORMED);
  assert_no_bundle (large, strlen (large), DINH_TRUST_ERROR_TOO_LARGE);
  g_assert_null (dinh_certificate_to_pkcs7 (broken, strlen (broken), &error));
  g_assert_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_MALFORMED);
  g_clear_error (&error);
  g_assert_null (dinh_certificate_to_pkcs7 ("none", 4, &error));
  g_assert_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_MALFORMED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/certificate/fingerprint", test_fingerprint);
  g_test_add_func ("/certificate/fingerprint-refuses", test_fingerprint_refuses);
  g_test_add_func ("/certificate/request", test_request);
  g_test_add_func ("/certificate/pkcs7", test_pkcs7);
  g_test_add_func ("/certificate/pkcs7-lines", test_pkcs7_lines);
  g_test_add_func ("/certificate/pkcs7-refuses", test_pkcs7_refuses);
  return g_test_run ();
}
