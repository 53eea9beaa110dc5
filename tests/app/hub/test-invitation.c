/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hub/dinh-invitation.h"

#include "data/store/dinh-sqlite-store.h"
#include "data/trust/dinh-certificate.h"
#include "data/trust/dinh-enrolment-code.h"

#include <glib/gstdio.h>
#include <string.h>

#define FINGERPRINT "00443214c74254b635cf84653a56d7c675be77df00112233445566778899aabb"
#define NOW (G_GINT64_CONSTANT (1795482000) * G_USEC_PER_SEC)
#define HOUR G_TIME_SPAN_HOUR

typedef struct {
  char *folder;
  char *path;
  DinhStore *store;
  DinhKey *key;
  DinhAuthority *authority;
  DinhKey *signer;
  char *request;
  char *code;
} Fixture;

static char *
make_request (const DinhKey *signer)
{
  g_autofree char *key = NULL;

  return dinh_certificate_request_new ("kiosk", signer, &key, NULL);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("dinh-invitation-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "hub.db", NULL);
  fixture->store = dinh_sqlite_store_open (fixture->path, &error);
  g_assert_no_error (error);
  g_assert_true (dinh_authority_create (fixture->folder, "Dinh", &error));
  fixture->authority = dinh_authority_load (fixture->folder, &error);
  fixture->key = dinh_key_new ();
  fixture->signer = dinh_key_new ();
  fixture->request = make_request (fixture->signer);
  fixture->code = dinh_enrolment_code_new (FINGERPRINT);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = {"hub.db", "hub.db-wal", "hub.db-shm", "ca.key", "ca.crt"};

  g_object_unref (fixture->store);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (fixture->folder, names[i], NULL);

    g_unlink (path);
  }
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  dinh_authority_free (fixture->authority);
  dinh_key_free (fixture->key);
  dinh_key_free (fixture->signer);
  g_free (fixture->request);
  g_free (fixture->code);
  g_free (fixture->path);
  g_free (fixture->folder);
}

static json_t *
invite (Fixture *fixture, gboolean approved)
{
  g_autoptr (DinhJson) wishes =
      json_pack ("{s:s, s:b, s:i}", "profile", "seat", "approved", approved, "hours", 2);
  g_autoptr (GError) error = NULL;
  json_t *invitation;

  g_assert_true (dinh_store_begin (fixture->store, NULL));
  invitation = dinh_invitation_make (fixture->store, fixture->key, fixture->code, wishes, NOW, &error);
  g_assert_no_error (error);
  g_assert_true (dinh_store_commit (fixture->store, NULL));
  return invitation;
}

static json_t *
use (Fixture *fixture, const char *request, gint64 now, GError **error)
{
  DinhEnrolmentRequest asked = {fixture->code, request, "Ghế 1", "192.0.2.7"};
  json_t *invitation;

  g_assert_true (dinh_store_begin (fixture->store, NULL));
  invitation = dinh_invitation_use (fixture->store, fixture->key, &asked, fixture->authority, now, error);
  g_assert_true (dinh_store_commit (fixture->store, NULL));
  return invitation;
}

static json_t *
decide (Fixture *fixture, const json_t *invitation, const char *state, GError **error)
{
  g_autoptr (DinhJson) wishes = json_object ();
  json_t *decided;

  g_assert_true (dinh_store_begin (fixture->store, NULL));
  decided =
      dinh_invitation_decide (fixture->store, dinh_json_get_string (invitation, "id"), state, wishes, error);
  g_assert_true (dinh_store_commit (fixture->store, NULL));
  return decided;
}

static void
assert_used (Fixture *fixture, const char *request, gint64 now, DinhInvitationError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (use (fixture, request, now, &error));
  g_assert_error (error, DINH_INVITATION_ERROR, (int) code);
}

/* Neither the code nor a hash of the code alone is kept. */
static void
test_secret (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (fixture, FALSE);
  g_autofree char *bytes = NULL, *wal = g_strconcat (fixture->path, "-wal", NULL);
  g_autofree guint8 *hash = NULL;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize length, size = 32;

  g_assert_true (g_file_get_contents (wal, &bytes, &length, NULL));
  g_assert_nonnull (memmem (bytes, length, "\"seat\"", 6));
  g_assert_null (memmem (bytes, length, fixture->code, 10));
  g_checksum_update (checksum, (const guchar *) fixture->code, -1);
  hash = g_malloc (size);
  g_checksum_get_digest (checksum, hash, &size);
  g_assert_null (memmem (bytes, length, hash, size));
}

static void
test_approved (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (fixture, TRUE);
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhJson) used = use (fixture, fixture->request, NOW + HOUR, &error);
  /* Long after its time: who has used it may always ask again. */
  g_autoptr (DinhJson) again = use (fixture, fixture->request, NOW + 9999 * HOUR, &error);

  g_assert_no_error (error);
  g_assert_nonnull (dinh_json_get_string (used, "certificate"));
  g_assert_true (json_equal (used, again));
  g_assert_cmpstr (dinh_invitation_get_name (used), ==, "Ghế 1");
}

static void
test_expired (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (fixture, TRUE);
  g_autoptr (DinhJson) list = NULL;

  assert_used (fixture, fixture->request, NOW + 2 * HOUR, DINH_INVITATION_ERROR_EXPIRED);
  list = dinh_invitation_list (fixture->store, NOW + 2 * HOUR, NULL);
  g_assert_cmpstr (dinh_json_get_string (json_array_get (list, 0), "state"), ==, "expired");
}

static void
test_wrong (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (fixture, TRUE);

  g_free (fixture->code);
  fixture->code = dinh_enrolment_code_new (FINGERPRINT);
  assert_used (fixture, fixture->request, NOW, DINH_INVITATION_ERROR_WRONG);
}

static void
test_used (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (fixture, TRUE);
  g_autofree char *other = make_request (fixture->signer);
  g_autoptr (DinhJson) used = use (fixture, fixture->request, NOW, NULL);

  g_assert_nonnull (used);
  assert_used (fixture, other, NOW, DINH_INVITATION_ERROR_USED);
}

/* What is no request uses no code up. */
static void
test_malformed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (fixture, TRUE);
  g_autofree char *nameless = make_request (NULL);
  g_autoptr (DinhJson) used = NULL;

  assert_used (fixture, "", NOW, DINH_INVITATION_ERROR_REQUEST);
  assert_used (fixture, nameless, NOW, DINH_INVITATION_ERROR_REQUEST);
  used = use (fixture, fixture->request, NOW, NULL);
  g_assert_nonnull (used);
}

static void
test_decided (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (fixture, FALSE);
  g_autoptr (DinhJson) waiting = use (fixture, fixture->request, NOW, NULL);
  g_autoptr (DinhJson) approved = NULL, again = NULL, used = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (dinh_json_get_string (waiting, "certificate"));
  approved = decide (fixture, invitation, "approved", &error);
  again = decide (fixture, invitation, "approved", &error);
  g_assert_no_error (error);
  used = use (fixture, fixture->request, NOW, &error);
  g_assert_nonnull (dinh_json_get_string (used, "certificate"));
  g_assert_null (decide (fixture, invitation, "refused", &error));
  g_assert_error (error, DINH_INVITATION_ERROR, DINH_INVITATION_ERROR_STATE);
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (fixture, FALSE);
  g_autoptr (DinhJson) waiting = use (fixture, fixture->request, NOW, NULL);
  g_autoptr (DinhJson) refused = decide (fixture, invitation, "refused", NULL);

  g_assert_cmpstr (dinh_json_get_string (refused, "state"), ==, "refused");
  assert_used (fixture, fixture->request, NOW, DINH_INVITATION_ERROR_REFUSED);
}

static void
test_withdrawn (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (fixture, TRUE);
  g_autoptr (DinhJson) withdrawn = decide (fixture, invitation, "withdrawn", NULL);
  g_autoptr (DinhJson) nothing = json_pack ("{s:s}", "id", "00000000-0000-7000-8000-000000000001");
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (withdrawn);
  assert_used (fixture, fixture->request, NOW, DINH_INVITATION_ERROR_WITHDRAWN);
  g_assert_null (decide (fixture, nothing, "withdrawn", &error));
  g_assert_error (error, DINH_INVITATION_ERROR, DINH_INVITATION_ERROR_MISSING);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
      {"/invitation/secret", test_secret},       {"/invitation/approved", test_approved},
      {"/invitation/expired", test_expired},     {"/invitation/wrong", test_wrong},
      {"/invitation/used", test_used},           {"/invitation/malformed", test_malformed},
      {"/invitation/decided", test_decided},     {"/invitation/refused", test_refused},
      {"/invitation/withdrawn", test_withdrawn},
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
