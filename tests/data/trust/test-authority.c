/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "data/trust/dinh-authority.h"
#include "data/trust/dinh-certificate.h"
#include "data/trust/dinh-pem.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

typedef struct {
  char *dir;
  DinhAuthority *authority;
} Fixture;

static const char *const addresses[] = {"hub.tinh.example", "192.0.2.7", "2001:db8::7", NULL};

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->dir = g_dir_make_tmp ("dinh-authority-XXXXXX", &error);
  g_assert_no_error (error);
  g_assert_true (dinh_authority_create (fixture->dir, "Tỉnh Ví Dụ", &error));
  fixture->authority = dinh_authority_load (fixture->dir, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  const char *const names[] = {"ca.key", "ca.crt", "server.key", "server.crt"};

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (fixture->dir, names[i], NULL);

    g_unlink (path);
  }
  /* Also says that no temporary file was left. */
  g_assert_cmpint (g_rmdir (fixture->dir), ==, 0);
  dinh_authority_free (fixture->authority);
  g_free (fixture->dir);
}

static char *
file (Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->dir, name, NULL);
}

static X509 *
load (Fixture *fixture, const char *name)
{
  g_autofree char *path = file (fixture, name);
  g_autoptr (GError) error = NULL;
  X509 *certificate = dinh_pem_load_certificate (path, &error);

  g_assert_no_error (error);
  return certificate;
}

static int
days_left (X509 *certificate)
{
  int days, seconds;

  g_assert_cmpint (ASN1_TIME_diff (&days, &seconds, NULL, X509_get0_notAfter (certificate)), ==, 1);
  return days;
}

static void
assert_mode (Fixture *fixture, const char *name, int mode)
{
  g_autofree char *path = file (fixture, name);
  GStatBuf status;

  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, mode);
}

static char *
request_for (EVP_PKEY *key, const EVP_MD *digest)
{
  g_autoptr (X509_REQ) request = X509_REQ_new ();

  X509_NAME_add_entry_by_NID (X509_REQ_get_subject_name (request), NID_commonName, MBSTRING_UTF8,
                              (const guchar *) "chair", -1, -1, 0);
  X509_REQ_set_pubkey (request, key);
  g_assert_cmpint (X509_REQ_sign (request, key, digest), >, 0);
  return dinh_pem_from_request (request);
}

static X509 *
sign (Fixture *fixture, const char *request)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *pem = dinh_authority_sign_request (fixture->authority, request, "seat-1", &error);
  X509 *certificate;

  g_assert_no_error (error);
  certificate = dinh_pem_read_certificate (pem, strlen (pem), &error);
  g_assert_no_error (error);
  return certificate;
}

static void
assert_refused (Fixture *fixture, const char *request, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (dinh_authority_sign_request (fixture->authority, request, "seat-1", &error));
  g_assert_error (error, DINH_TRUST_ERROR, code);
}

static void
assert_common_name (X509 *certificate, const char *expected)
{
  char name[100] = "";

  g_assert_cmpint (X509_NAME_entry_count (X509_get_subject_name (certificate)), ==, 1);
  X509_NAME_get_text_by_NID (X509_get_subject_name (certificate), NID_commonName, name, sizeof name);
  g_assert_cmpstr (name, ==, expected);
}

static void
test_create (Fixture *fixture, gconstpointer data)
{
  g_autoptr (X509) certificate = load (fixture, "ca.crt");
  g_autoptr (GError) error = NULL;
  g_autofree char *path = file (fixture, "ca.crt");
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, dinh_authority_get_certificate (fixture->authority));
  assert_mode (fixture, "ca.key", 0600);
  assert_common_name (certificate, "Tỉnh Ví Dụ");
  g_assert_cmpint (X509_check_ca (certificate), ==, 1);
  g_assert_cmpint (X509_get_key_usage (certificate), ==, KU_KEY_CERT_SIGN | KU_CRL_SIGN);
  g_assert_nonnull (X509_get0_subject_key_id (certificate));
  g_assert_cmpint (days_left (certificate), >=, 20 * 365);
  g_assert_false (dinh_authority_create (fixture->dir, "Another", &error));
  g_assert_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_EXISTS);
}

static void
test_load_refuses (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = file (fixture, "ca.key");
  g_autoptr (EVP_PKEY) other = EVP_EC_gen ("P-256");
  g_autofree char *pem = dinh_pem_from_key (other);
  g_autoptr (GError) error = NULL;
  const char *const encrypted = "-----BEGIN PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,"
                                "00000000000000000000000000000000\n\nAAAAAAAAAAAAAAAAAAAAAA==\n"
                                "-----END PRIVATE KEY-----\n";

  g_assert_true (g_file_set_contents (path, pem, -1, NULL));
  g_assert_null (dinh_authority_load (fixture->dir, &error));
  g_assert_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_MISMATCH);
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (path, encrypted, -1, NULL));
  g_assert_null (dinh_authority_load (fixture->dir, &error));
  g_assert_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_MALFORMED);
  g_clear_error (&error);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_null (dinh_authority_load (fixture->dir, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_server (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (X509) authority = load (fixture, "ca.crt");
  g_autoptr (X509) certificate = NULL;

  g_assert_true (dinh_authority_issue_server (fixture->authority, addresses, fixture->dir, &error));
  g_assert_no_error (error);
  certificate = load (fixture, "server.crt");
  assert_mode (fixture, "server.key", 0600);
  g_assert_cmpint (X509_verify (certificate, X509_get0_pubkey (authority)), ==, 1);
  g_assert_cmpint (X509_check_issued (authority, certificate), ==, X509_V_OK);
  g_assert_cmpint (X509_get_extended_key_usage (certificate), ==, XKU_SSL_SERVER);
  g_assert_cmpint (X509_check_ca (certificate), ==, 0);
  g_assert_cmpint (X509_check_host (certificate, "hub.tinh.example", 0, 0, NULL), ==, 1);
  g_assert_cmpint (X509_check_ip_asc (certificate, "192.0.2.7", 0), ==, 1);
  g_assert_cmpint (X509_check_ip_asc (certificate, "2001:db8::7", 0), ==, 1);
  g_assert_cmpint (X509_check_ip_asc (certificate, "192.0.2.8", 0), ==, 0);
  g_assert_cmpint (days_left (certificate), >=, 729);
}

static void
test_server_addresses (Fixture *fixture, gconstpointer data)
{
  const char *const wrong[] = {"", "a b", "a,IP:10.0.0.1", "*.example", "fe80::1%eth0", "tên\nmiền"};

  for (guint i = 0; i <= G_N_ELEMENTS (wrong); i++) {
    const char *const list[] = {i < G_N_ELEMENTS (wrong) ? wrong[i] : NULL, NULL};
    g_autoptr (GError) error = NULL;

    g_assert_false (dinh_authority_issue_server (fixture->authority, list, fixture->dir, &error));
    g_assert_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_MALFORMED);
  }
}

/* Gives server.crt other dates, signed by the authority all the same. */
static void
shift_server (Fixture *fixture, int begin, int end)
{
  g_autofree char *key_path = file (fixture, "ca.key");
  g_autofree char *path = file (fixture, "server.crt");
  g_autoptr (EVP_PKEY) key = dinh_pem_load_key (key_path, NULL);
  g_autoptr (X509) certificate = load (fixture, "server.crt");
  g_autofree char *pem = NULL;

  X509_time_adj_ex (X509_getm_notBefore (certificate), begin, 0, NULL);
  X509_time_adj_ex (X509_getm_notAfter (certificate), end, 0, NULL);
  g_assert_cmpint (X509_sign (certificate, key, EVP_sha256 ()), >, 0);
  pem = dinh_pem_from_certificate (certificate);
  g_assert_true (g_file_set_contents (path, pem, -1, NULL));
}

static void
test_server_is_current (Fixture *fixture, gconstpointer data)
{
  const char *const turned[] = {"2001:db8::7", "hub.tinh.example", "192.0.2.7", NULL};
  const char *const fewer[] = {"hub.tinh.example", "192.0.2.7", NULL};
  const char *const other[] = {"hub.tinh.example", "192.0.2.7", "2001:db8::8", NULL};
  g_autofree char *path = file (fixture, "server.key");
  g_autoptr (EVP_PKEY) key = EVP_EC_gen ("P-256");
  g_autofree char *pem = dinh_pem_from_key (key);

  g_assert_false (dinh_authority_server_is_current (fixture->authority, addresses, fixture->dir));
  g_assert_true (dinh_authority_issue_server (fixture->authority, addresses, fixture->dir, NULL));
  g_assert_true (dinh_authority_server_is_current (fixture->authority, addresses, fixture->dir));
  g_assert_true (dinh_authority_server_is_current (fixture->authority, turned, fixture->dir));
  g_assert_false (dinh_authority_server_is_current (fixture->authority, fewer, fixture->dir));
  g_assert_false (dinh_authority_server_is_current (fixture->authority, other, fixture->dir));
  shift_server (fixture, -480, 250);
  g_assert_true (dinh_authority_server_is_current (fixture->authority, addresses, fixture->dir));
  shift_server (fixture, -490, 240);
  g_assert_false (dinh_authority_server_is_current (fixture->authority, addresses, fixture->dir));
  shift_server (fixture, 2, 240);
  g_assert_false (dinh_authority_server_is_current (fixture->authority, addresses, fixture->dir));
  shift_server (fixture, -1, 700);
  g_assert_true (dinh_authority_server_is_current (fixture->authority, addresses, fixture->dir));
  g_assert_true (g_file_set_contents (path, pem, -1, NULL));
  g_assert_false (dinh_authority_server_is_current (fixture->authority, addresses, fixture->dir));
}

static void
test_server_of_another (Fixture *fixture, gconstpointer data)
{
  g_autofree char *dir = g_dir_make_tmp ("dinh-authority-XXXXXX", NULL);
  g_autofree char *key = g_build_filename (dir, "ca.key", NULL);
  g_autofree char *certificate = g_build_filename (dir, "ca.crt", NULL);
  g_autoptr (DinhAuthority) other = NULL;

  g_assert_true (dinh_authority_create (dir, "Tỉnh Ví Dụ", NULL));
  other = dinh_authority_load (dir, NULL);
  g_assert_true (dinh_authority_issue_server (other, addresses, fixture->dir, NULL));
  g_assert_true (dinh_authority_server_is_current (other, addresses, fixture->dir));
  g_assert_false (dinh_authority_server_is_current (fixture->authority, addresses, fixture->dir));
  g_unlink (key);
  g_unlink (certificate);
  g_rmdir (dir);
}

static void
test_sign (Fixture *fixture, gconstpointer data)
{
  g_autofree char *key_pem = NULL;
  g_autofree char *request = dinh_certificate_request_new ("somebody else", NULL, &key_pem, NULL);
  g_autoptr (EVP_PKEY) key = dinh_pem_read_key (key_pem, strlen (key_pem), NULL);
  g_autoptr (X509) authority = load (fixture, "ca.crt");
  g_autoptr (X509) certificate = sign (fixture, request);
  g_autoptr (X509) again = sign (fixture, request);

  assert_common_name (certificate, "seat-1");
  g_assert_cmpint (X509_check_private_key (certificate, key), ==, 1);
  g_assert_cmpint (X509_check_issued (authority, certificate), ==, X509_V_OK);
  g_assert_cmpint (X509_verify (certificate, X509_get0_pubkey (authority)), ==, 1);
  g_assert_cmpint (X509_check_purpose (certificate, X509_PURPOSE_SSL_CLIENT, 0), ==, 1);
  g_assert_cmpint (X509_check_purpose (certificate, X509_PURPOSE_SSL_SERVER, 0), ==, 0);
  g_assert_cmpint (X509_get_key_usage (certificate), ==, KU_DIGITAL_SIGNATURE);
  g_assert_cmpint (days_left (certificate), >=, 364);
  g_assert_cmpint (days_left (certificate), <=, 365);
  g_assert_cmpint (ASN1_INTEGER_cmp (X509_get0_serialNumber (certificate), X509_get0_serialNumber (again)),
                   !=, 0);
  g_assert_cmpint (ASN1_STRING_length (X509_get0_serialNumber (certificate)), >=, 14);
}

static void
test_sign_bare_base64 (Fixture *fixture, gconstpointer data)
{
  g_autofree char *key_pem = NULL;
  g_autofree char *request = dinh_certificate_request_new ("x", NULL, &key_pem, NULL);
  char *body = strchr (request, '\n') + 1;
  g_autoptr (X509) certificate = NULL;

  *strstr (body, "-----END") = '\0';
  certificate = sign (fixture, body);
  assert_common_name (certificate, "seat-1");
}

static void
test_sign_keys (Fixture *fixture, gconstpointer data)
{
  const struct {
    EVP_PKEY *key;
    const EVP_MD *digest;
    gboolean accepted;
  } cases[] = {
      {EVP_EC_gen ("P-256"), EVP_sha256 (), TRUE},
      {EVP_EC_gen ("P-384"), EVP_sha384 (), TRUE},
      {EVP_EC_gen ("P-224"), EVP_sha256 (), FALSE},
      {EVP_EC_gen ("secp256k1"), EVP_sha256 (), FALSE},
      {EVP_RSA_gen (2048), EVP_sha256 (), TRUE},
      {EVP_RSA_gen (1024), EVP_sha256 (), FALSE},
      {EVP_PKEY_Q_keygen (NULL, NULL, "ED25519"), NULL, TRUE},
      {EVP_PKEY_Q_keygen (NULL, NULL, "ED448"), NULL, FALSE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *request = request_for (cases[i].key, cases[i].digest);

    if (cases[i].accepted) {
      g_autoptr (X509) certificate = sign (fixture, request);

      g_assert_cmpint (X509_check_private_key (certificate, cases[i].key), ==, 1);
    } else {
      assert_refused (fixture, request, DINH_TRUST_ERROR_WEAK_KEY);
    }
    EVP_PKEY_free (cases[i].key);
  }
}

static void
test_sign_ignores_extensions (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EVP_PKEY) key = EVP_EC_gen ("P-256");
  g_autoptr (X509_REQ) request = X509_REQ_new ();
  STACK_OF (X509_EXTENSION) *wanted = sk_X509_EXTENSION_new_null ();
  g_autofree char *pem = NULL;
  g_autoptr (X509) certificate = NULL;

  sk_X509_EXTENSION_push (wanted,
                          X509V3_EXT_nconf_nid (NULL, NULL, NID_basic_constraints, "critical,CA:TRUE"));
  sk_X509_EXTENSION_push (wanted,
                          X509V3_EXT_nconf_nid (NULL, NULL, NID_subject_alt_name, "DNS:hub.tinh.example"));
  X509_REQ_add_extensions (request, wanted);
  X509_REQ_set_pubkey (request, key);
  X509_REQ_sign (request, key, EVP_sha256 ());
  pem = dinh_pem_from_request (request);
  certificate = sign (fixture, pem);
  g_assert_cmpint (X509_check_ca (certificate), ==, 0);
  g_assert_cmpint (X509_get_ext_by_NID (certificate, NID_subject_alt_name, -1), ==, -1);
  sk_X509_EXTENSION_pop_free (wanted, X509_EXTENSION_free);
}

static void
test_sign_refuses (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EVP_PKEY) key = EVP_EC_gen ("P-256");
  g_autoptr (EVP_PKEY) other = EVP_EC_gen ("P-256");
  g_autoptr (X509_REQ) request = X509_REQ_new ();
  g_autofree char *forged = NULL;
  g_autofree char *large = g_strnfill (DINH_PEM_LIMIT + 1, 'A');
  g_autofree char *good = request_for (key, EVP_sha256 ());
  g_autofree char *name = g_strnfill (65, 'n');

  X509_REQ_set_pubkey (request, key);
  X509_REQ_sign (request, other, EVP_sha256 ());
  forged = dinh_pem_from_request (request);
  assert_refused (fixture, forged, DINH_TRUST_ERROR_SIGNATURE);
  assert_refused (fixture, "", DINH_TRUST_ERROR_MALFORMED);
  assert_refused (fixture, "AAAA", DINH_TRUST_ERROR_MALFORMED);
  assert_refused (fixture, dinh_authority_get_certificate (fixture->authority), DINH_TRUST_ERROR_MALFORMED);
  assert_refused (fixture, large, DINH_TRUST_ERROR_TOO_LARGE);
  g_assert_null (dinh_authority_sign_request (fixture->authority, good, name, NULL));
  g_assert_null (dinh_authority_sign_request (fixture->authority, good, "", NULL));
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/authority/create", test_create);
  ADD ("/authority/load-refuses", test_load_refuses);
  ADD ("/authority/server", test_server);
  ADD ("/authority/server-addresses", test_server_addresses);
  ADD ("/authority/server-is-current", test_server_is_current);
  ADD ("/authority/server-of-another", test_server_of_another);
  ADD ("/authority/sign", test_sign);
  ADD ("/authority/sign-bare-base64", test_sign_bare_base64);
  ADD ("/authority/sign-keys", test_sign_keys);
  ADD ("/authority/sign-ignores-extensions", test_sign_ignores_extensions);
  ADD ("/authority/sign-refuses", test_sign_refuses);
  return g_test_run ();
}
