/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "data/trust/dinh-authority.h"
#include "data/trust/dinh-certificate.h"
#include "data/trust/dinh-identity.h"
#include "data/trust/dinh-trust-error.h"

#include <glib/gstdio.h>
#include <string.h>

#define DEVICE "0190b3a8-0d62-7d3e-8a3c-3c1d3a5f9b10"
#define BODY "0190b3a8-0d62-7d3e-8a3c-3c1d3a5f9b11"

typedef struct {
  char *dir;
  char *tls_key;
  char *tls_certificate;
  char *record_key;
  DinhAuthority *authority;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhKey) record_key = dinh_key_new ();
  g_autofree char *request = dinh_certificate_request_new ("x", NULL, &fixture->tls_key, NULL);

  fixture->dir = g_dir_make_tmp ("dinh-identity-XXXXXX", NULL);
  g_assert_true (dinh_authority_create (fixture->dir, "Tỉnh", NULL));
  fixture->authority = dinh_authority_load (fixture->dir, NULL);
  fixture->tls_certificate = dinh_authority_sign_request (fixture->authority, request, DEVICE, NULL);
  fixture->record_key = g_strdup (dinh_key_get_public (record_key));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  const char *const names[] = {"ca.key",   "ca.crt",        "tls.key",     "tls.crt",
                               "sign.key", "identity.json", "tls-next.key"};

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (fixture->dir, names[i], NULL);

    g_unlink (path);
  }
  g_assert_cmpint (g_rmdir (fixture->dir), ==, 0);
  dinh_authority_free (fixture->authority);
  g_free (fixture->dir);
  g_free (fixture->tls_key);
  g_free (fixture->tls_certificate);
  g_free (fixture->record_key);
}

static DinhIdentityFields
fields_of (Fixture *fixture)
{
  static const char *const hubs[] = {"https://hub.tinh.example:8443", "https://[2001:db8::7]:8443", NULL};

  return (DinhIdentityFields){
      .device = DEVICE,
      .name = "Phòng họp xã Đông",
      .profile = "room",
      .site = "xa-dong",
      .body = BODY,
      .record_key = fixture->record_key,
      .hubs = hubs,
      .tls_key = fixture->tls_key,
      .tls_certificate = fixture->tls_certificate,
      .authority = dinh_authority_get_certificate (fixture->authority),
  };
}

static void
save (Fixture *fixture)
{
  DinhIdentityFields fields = fields_of (fixture);
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhIdentity) identity = dinh_identity_new (&fields, dinh_key_new (), &error);

  g_assert_no_error (error);
  g_assert_null (dinh_identity_get_authority_path (identity));
  g_assert_true (dinh_identity_save (identity, fixture->dir, &error));
  g_assert_no_error (error);
}

static void
assert_refused (Fixture *fixture, const char *part)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (dinh_identity_load (fixture->dir, &error));
  g_assert_nonnull (error);
  if (strstr (error->message, part) == NULL || strstr (error->message, fixture->dir) == NULL)
    g_error ("“%s” does not name “%s”", error->message, part);
}

static void
test_round_trip (Fixture *fixture, gconstpointer data)
{
  DinhIdentityFields fields = fields_of (fixture);
  g_autoptr (DinhIdentity) made = dinh_identity_new (&fields, dinh_key_new (), NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhIdentity) loaded = NULL;
  g_autoptr (GTlsCertificate) loaded_certificate = NULL, made_certificate = NULL;
  g_autofree char *path = g_build_filename (fixture->dir, "ca.crt", NULL);
  GStatBuf status;

  g_assert_true (dinh_identity_save (made, fixture->dir, &error));
  loaded = dinh_identity_load (fixture->dir, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (dinh_identity_get_device (loaded), ==, fields.device);
  g_assert_cmpstr (dinh_identity_get_name (loaded), ==, fields.name);
  g_assert_cmpint (dinh_identity_get_profile (loaded), ==, DINH_PROFILE_ROOM);
  g_assert_cmpstr (dinh_identity_get_site (loaded), ==, fields.site);
  g_assert_cmpstr (dinh_identity_get_body (loaded), ==, fields.body);
  g_assert_cmpstr (dinh_identity_get_record_key (loaded), ==, fields.record_key);
  g_assert_cmpstrv ((char **) dinh_identity_get_hubs (loaded), (char **) fields.hubs);
  g_assert_cmpstr (dinh_key_get_public (dinh_identity_get_signing_key (loaded)), ==,
                   dinh_key_get_public (dinh_identity_get_signing_key (made)));
  loaded_certificate = dinh_identity_dup_certificate (loaded);
  made_certificate = dinh_identity_dup_certificate (made);
  g_assert_true (g_tls_certificate_is_same (loaded_certificate, made_certificate));
  g_assert_cmpstr (dinh_identity_get_authority_path (loaded), ==, path);
  for (guint i = 0; i < 2; i++) {
    g_autofree char *key = g_build_filename (fixture->dir, i == 0 ? "tls.key" : "sign.key", NULL);

    g_assert_cmpint (g_stat (key, &status), ==, 0);
    g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  }
}

static void
test_without_site (Fixture *fixture, gconstpointer data)
{
  DinhIdentityFields fields = fields_of (fixture);
  g_autoptr (DinhIdentity) made = NULL;
  g_autoptr (DinhIdentity) loaded = NULL;

  fields.site = NULL;
  made = dinh_identity_new (&fields, dinh_key_new (), NULL);
  g_assert_true (dinh_identity_save (made, fixture->dir, NULL));
  loaded = dinh_identity_load (fixture->dir, NULL);
  g_assert_null (dinh_identity_get_site (loaded));
}

/* Each replaces one text in a good identity.json. */
static void
test_words (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *from;
    const char *to;
    const char *named;
  } cases[] = {
      {"\"version\": 1", "\"version\": 2", "version"},
      {"\"version\": 1", "\"version\": \"1\"", "version"},
      {"\"device\": \"0", "\"device\": \"x", "device"},
      {"\"device\"", "\"gadget\"", "gadget"},
      {"\"site\": \"xa", "\"site\": \"-xa", "site"},
      {"\"site\": \"xa", "\"site\": \"Xã", "site"},
      {"\"site\": \"xa-dong\"", "\"site\": 5", "site"},
      {"\"name\": \"Phòng", "\"name\": \"\\n", "name"},
      {"\"name\": \"Phòng", "\"name\": \"\\u0000", "line"},
      {"\"room\"", "\"throne\"", "profile"},
      {"ed25519:", "ed448:", "record_key"},
      {"https://hub", "http://hub", "hubs"},
      {"https://hub", "https://me@hub", "hubs"},
      {"hub.tinh.example:8443", ":8443", "hubs"},
      {":8443\"", ":8443/x\"", "hubs"},
      {"\"https://hub.tinh.example:8443\"", "[]", "hubs"},
      {"\"version\": 1", "\"version\": 1, \"version\": 1", "line"},
      {"}", "", "line"},
      {"}", "} {}", "line"},
      {"{", "[{", "line"},
  };
  g_autofree char *path = g_build_filename (fixture->dir, "identity.json", NULL);
  g_autofree char *good = NULL;

  save (fixture);
  g_assert_true (g_file_get_contents (path, &good, NULL, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    const char *at = strstr (good, cases[i].from);
    g_autofree char *bad = NULL;

    g_assert_nonnull (at);
    bad = g_strdup_printf ("%.*s%s%s", (int) (at - good), good, cases[i].to, at + strlen (cases[i].from));
    g_assert_true (g_file_set_contents (path, bad, -1, NULL));
    assert_refused (fixture, cases[i].named);
  }
}

static void
test_whole (Fixture *fixture, gconstpointer data)
{
  static const char *const bodies[] = {"", "[]", "null", "{}", "[[[[", "\xff"};
  g_autofree char *path = g_build_filename (fixture->dir, "identity.json", NULL);
  g_autofree char *deep = g_strnfill (60000, '[');
  g_autofree char *large = g_strnfill (70000, ' ');

  save (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++) {
    g_assert_true (g_file_set_contents (path, bodies[i], -1, NULL));
    assert_refused (fixture, "identity.json");
  }
  g_assert_true (g_file_set_contents (path, deep, -1, NULL));
  assert_refused (fixture, "identity.json");
  g_assert_true (g_file_set_contents (path, large, -1, NULL));
  assert_refused (fixture, "65536");
  g_assert_cmpint (g_unlink (path), ==, 0);
  assert_refused (fixture, "identity.json");
}

static void
test_files (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = {"tls.key", "tls.crt", "sign.key", "ca.crt"};

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (fixture->dir, names[i], NULL);

    save (fixture);
    g_assert_true (g_file_set_contents (path, "garbage", -1, NULL));
    assert_refused (fixture, names[i]);
    g_assert_cmpint (g_unlink (path), ==, 0);
    assert_refused (fixture, names[i]);
  }
}

static void
test_mismatch (Fixture *fixture, gconstpointer data)
{
  DinhIdentityFields fields = fields_of (fixture);
  g_autofree char *other_key = NULL;
  g_autofree char *request = dinh_certificate_request_new ("x", NULL, &other_key, NULL);
  g_autofree char *dir = g_build_filename (fixture->dir, "other", NULL);
  g_autofree char *key_path = g_build_filename (dir, "ca.key", NULL);
  g_autofree char *certificate_path = g_build_filename (dir, "ca.crt", NULL);
  g_autoptr (DinhAuthority) other = NULL;
  g_autoptr (GError) error = NULL;

  fields.tls_key = other_key;
  g_assert_null (dinh_identity_new (&fields, dinh_key_new (), &error));
  g_assert_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_MISMATCH);
  g_clear_error (&error);
  g_assert_true (dinh_authority_create (dir, "Tỉnh", NULL));
  other = dinh_authority_load (dir, NULL);
  fields = fields_of (fixture);
  fields.authority = dinh_authority_get_certificate (other);
  g_assert_null (dinh_identity_new (&fields, dinh_key_new (), &error));
  g_assert_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_MISMATCH);
  g_unlink (key_path);
  g_unlink (certificate_path);
  g_rmdir (dir);
}

static char *
fingerprint_of (DinhIdentity *identity)
{
  g_autoptr (GTlsCertificate) certificate = dinh_identity_dup_certificate (identity);
  g_autofree char *pem = NULL;

  g_object_get (certificate, "certificate-pem", &pem, NULL);
  return dinh_certificate_fingerprint (pem, strlen (pem), NULL);
}

static void
write_file (Fixture *fixture, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (fixture->dir, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
test_renewed (Fixture *fixture, gconstpointer data)
{
  DinhIdentityFields fields = fields_of (fixture);
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhIdentity) made = dinh_identity_new (&fields, dinh_key_new (), &error), loaded = NULL;
  g_autofree char *key = NULL, *request = dinh_certificate_request_new ("x", NULL, &key, NULL);
  g_autofree char *certificate = dinh_authority_sign_request (fixture->authority, request, DEVICE, NULL);
  g_autofree char *wanted = dinh_certificate_fingerprint (certificate, strlen (certificate), NULL);
  g_autofree char *used = NULL, *stored = NULL;
  gint64 now = g_get_real_time ();

  g_assert_true (dinh_identity_save (made, fixture->dir, &error));
  g_assert_false (dinh_identity_is_due (made, now + 242 * G_TIME_SPAN_DAY));
  g_assert_true (dinh_identity_is_due (made, now + 244 * G_TIME_SPAN_DAY));
  g_assert_false (dinh_identity_renew (made, fixture->tls_key, certificate, &error));
  g_assert_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_MISMATCH);
  g_clear_error (&error);
  g_assert_true (dinh_identity_renew (made, key, certificate, &error));
  g_assert_no_error (error);
  loaded = dinh_identity_load (fixture->dir, &error);
  g_assert_no_error (error);
  used = fingerprint_of (made);
  stored = fingerprint_of (loaded);
  g_assert_cmpstr (used, ==, wanted);
  g_assert_cmpstr (stored, ==, wanted);
}

/* Wherever a renewal was cut off, one of the pairs is whole. */
static void
test_renewal_cut_off (Fixture *fixture, gconstpointer data)
{
  DinhIdentityFields fields = fields_of (fixture);
  g_autoptr (DinhIdentity) made = dinh_identity_new (&fields, dinh_key_new (), NULL);
  g_autofree char *key = NULL, *request = dinh_certificate_request_new ("x", NULL, &key, NULL);
  g_autofree char *certificate = dinh_authority_sign_request (fixture->authority, request, DEVICE, NULL);
  const struct {
    const char *key, *certificate; /* the files in which the new ones lie */
    gboolean is_new;
  } cases[] = {
      {"tls-next.key", NULL, FALSE},
      {"tls-next.key", "tls-next.crt", TRUE},
      {"tls.key", "tls-next.crt", TRUE},
      {"tls.key", "tls.crt", TRUE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (DinhIdentity) loaded = NULL, again = NULL;
    g_autoptr (GError) error = NULL;
    g_autofree char *wanted = NULL, *first = NULL, *second = NULL;

    g_assert_true (dinh_identity_save (made, fixture->dir, NULL));
    write_file (fixture, cases[i].key, key);
    if (cases[i].certificate != NULL)
      write_file (fixture, cases[i].certificate, certificate);
    loaded = dinh_identity_load (fixture->dir, &error);
    g_assert_no_error (error);
    again = dinh_identity_load (fixture->dir, &error);
    g_assert_no_error (error);
    wanted = cases[i].is_new ? dinh_certificate_fingerprint (certificate, strlen (certificate), NULL)
                             : fingerprint_of (made);
    first = fingerprint_of (loaded);
    second = fingerprint_of (again);
    g_assert_cmpstr (first, ==, wanted);
    g_assert_cmpstr (second, ==, wanted);
  }
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/identity/round-trip", test_round_trip);
  ADD ("/identity/without-site", test_without_site);
  ADD ("/identity/words", test_words);
  ADD ("/identity/whole", test_whole);
  ADD ("/identity/files", test_files);
  ADD ("/identity/mismatch", test_mismatch);
  ADD ("/identity/renewed", test_renewed);
  ADD ("/identity/renewal-cut-off", test_renewal_cut_off);
  return g_test_run ();
}
