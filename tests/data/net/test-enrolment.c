/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-enrolment.h"

#include "data/net/dinh-kiosk-session.h"
#include "data/net/dinh-net-error.h"
#include "tests/data/net/hub-fixture.h"

#include <string.h>

/* A device is let in, by a real hub. */

typedef struct {
  HubFixture *hub;
  char *folder; /* the identity's */
  DinhAdmission *admission;
  DinhEnrolment *enrolment;
  DinhIdentity *identity; /* once it is there */
} Fixture;

static void
on_enrolled (DinhEnrolment *enrolment, DinhIdentity *identity, Fixture *fixture)
{
  g_set_object (&fixture->identity, identity);
}

static void
open_enrolment (Fixture *fixture)
{
  fixture->admission = dinh_admission_new ();
  fixture->enrolment = dinh_enrolment_new (fixture->folder, fixture->admission);
  g_signal_connect (fixture->enrolment, "enrolled", G_CALLBACK (on_enrolled), fixture);
}

static void
close_enrolment (Fixture *fixture)
{
  g_clear_object (&fixture->enrolment);
  g_clear_object (&fixture->admission);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) site = NULL;

  fixture->hub = hub_fixture_new ();
  fixture->folder = g_build_filename (fixture->hub->folder, "kiosk", NULL);
  site = hub_fixture_ctl (fixture->hub, "site", "add", "xa-a", "Xã A", NULL);
  open_enrolment (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  close_enrolment (fixture);
  g_clear_object (&fixture->identity);
  hub_fixture_free (fixture->hub);
  g_free (fixture->folder);
}

static json_t *
invite (Fixture *fixture, gboolean approved)
{
  return hub_fixture_ctl (fixture->hub, "device", "invite", "--profile", "room", "--site", "xa-a", "--name",
                          "Phòng họp xã A", approved ? "--approved" : NULL, NULL);
}

static void
start (Fixture *fixture, const json_t *invitation)
{
  dinh_enrolment_start (fixture->enrolment, fixture->hub->enrol, dinh_json_get_string (invitation, "code"));
}

static gboolean
is_at (Fixture *fixture, DinhAdmissionStep step)
{
  return dinh_admission_get_step (fixture->admission) == step;
}

static void
wait_for_fault (Fixture *fixture, DinhAdmissionFault fault)
{
  fixture_wait_until (dinh_admission_get_fault (fixture->admission) != DINH_ADMISSION_FAULT_NONE ||
                      is_at (fixture, DINH_ADMISSION_DONE));
  g_assert_cmpint (dinh_admission_get_fault (fixture->admission), ==, fault);
  g_assert_true (is_at (fixture, DINH_ADMISSION_ENTERING));
  g_assert_null (fixture->identity);
}

static gboolean
has_file (Fixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static guint
count_failures (HubFixture *hub)
{
  g_autoptr (DinhJson) answer = hub_fixture_ctl (hub, "device", "invitations", NULL);

  return (guint) json_array_size (json_object_get (answer, "failures"));
}

/* What is on the disk is what was said, and the hub takes it. */
static void
assert_let_in (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhIdentity) stored = dinh_identity_load (fixture->folder, &error);
  g_autoptr (DinhHubClient) client = NULL;
  g_autoptr (DinhHubClient) administrator = g_steal_pointer (&fixture->hub->client);
  g_autoptr (DinhAnswer) answer = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (dinh_identity_get_device (stored), ==, dinh_identity_get_device (fixture->identity));
  g_assert_cmpstr (dinh_identity_get_name (stored), ==, "Phòng họp xã A");
  g_assert_cmpint (dinh_identity_get_profile (stored), ==, DINH_PROFILE_ROOM);
  g_assert_cmpstr (dinh_identity_get_site (stored), ==, "xa-a");
  g_assert_false (has_file (fixture, "enrolment.json"));
  fixture->hub->client = client = dinh_hub_client_new (stored, fixture->hub->clock, &error);
  answer = hub_fixture_ask (fixture->hub, &(DinhRequest){.path = "/v1/streams"}, &error);
  g_assert_no_error (error);
  fixture->hub->client = g_steal_pointer (&administrator);
}

static void
test_approved (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (fixture, TRUE);

  start (fixture, invitation);
  g_assert_true (is_at (fixture, DINH_ADMISSION_CHECKING));
  fixture_wait_until (fixture->identity != NULL);
  g_assert_true (is_at (fixture, DINH_ADMISSION_DONE));
  assert_let_in (fixture);
}

/* The kiosk is switched off while it waits, and so is the hub; the administrator sees the key that the kiosk
 * shows. */
static void
test_waiting (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (fixture, FALSE), pending = NULL, approved = NULL;
  const json_t *request;

  start (fixture, invitation);
  fixture_wait_until (is_at (fixture, DINH_ADMISSION_WAITING));
  close_enrolment (fixture);
  open_enrolment (fixture);
  hub_fixture_stop (fixture->hub);
  dinh_enrolment_resume (fixture->enrolment);
  fixture_wait_until (is_at (fixture, DINH_ADMISSION_SENDING));
  g_assert_cmpstr (dinh_admission_get_hub (fixture->admission), ==, fixture->hub->enrol);
  hub_fixture_start (fixture->hub);
  fixture_wait_until (is_at (fixture, DINH_ADMISSION_WAITING));
  pending = hub_fixture_ctl (fixture->hub, "device", "pending", NULL);
  request = json_object_get (json_array_get (json_object_get (pending, "invitations"), 0), "request");
  g_assert_cmpstr (dinh_json_get_string (request, "fingerprint"), ==,
                   dinh_admission_get_fingerprint (fixture->admission));
  approved =
      hub_fixture_ctl (fixture->hub, "device", "approve", dinh_json_get_string (invitation, "id"), NULL);
  fixture_wait_until (fixture->identity != NULL);
  assert_let_in (fixture);
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (fixture, FALSE), refused = NULL;

  start (fixture, invitation);
  fixture_wait_until (is_at (fixture, DINH_ADMISSION_WAITING));
  refused = hub_fixture_ctl (fixture->hub, "device", "refuse", dinh_json_get_string (invitation, "id"), NULL);
  wait_for_fault (fixture, DINH_ADMISSION_FAULT_REFUSED);
  g_assert_false (has_file (fixture, "enrolment.json"));
}

/* Another hub than the one that gave the code gets to see nothing of it. */
static void
test_other_hub (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (fixture, TRUE);
  HubFixture *other = hub_fixture_new ();

  dinh_enrolment_start (fixture->enrolment, other->enrol, dinh_json_get_string (invitation, "code"));
  wait_for_fault (fixture, DINH_ADMISSION_FAULT_AUTHORITY);
  g_assert_cmpuint (count_failures (other), ==, 0);
  g_assert_false (has_file (fixture, "enrolment.json"));
  start (fixture, invitation);
  fixture_wait_until (fixture->identity != NULL);
  hub_fixture_free (other);
}

static void
test_wrong_code (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (fixture, TRUE);
  g_autofree char *code = g_strdup (dinh_json_get_string (invitation, "code"));

  code[0] = code[0] == '7' ? '8' : '7';
  dinh_enrolment_start (fixture->enrolment, fixture->hub->enrol, code);
  wait_for_fault (fixture, DINH_ADMISSION_FAULT_WRONG_CODE);
  g_assert_cmpuint (count_failures (fixture->hub), ==, 1);
  start (fixture, invitation);
  fixture_wait_until (fixture->identity != NULL);
}

/* Cancelled and begun again: the code was used by this same device, and is still good for it. */
static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (fixture, FALSE), approved = NULL;

  start (fixture, invitation);
  fixture_wait_until (is_at (fixture, DINH_ADMISSION_WAITING));
  dinh_enrolment_cancel (fixture->enrolment);
  g_assert_true (is_at (fixture, DINH_ADMISSION_ENTERING));
  approved =
      hub_fixture_ctl (fixture->hub, "device", "approve", dinh_json_get_string (invitation, "id"), NULL);
  start (fixture, invitation);
  fixture_wait_until (fixture->identity != NULL);
  assert_let_in (fixture);
}

/* Others have guessed: it waits, and goes on by itself. */
static void
test_held_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (fixture, TRUE);
  g_autofree char *code = g_strdup (dinh_json_get_string (invitation, "code"));

  for (guint i = 0; i < 5; i++) {
    code[0] = (char) ('2' + i) == dinh_json_get_string (invitation, "code")[0] ? 'X' : (char) ('2' + i);
    dinh_enrolment_start (fixture->enrolment, fixture->hub->enrol, code);
    wait_for_fault (fixture, DINH_ADMISSION_FAULT_WRONG_CODE);
  }
  start (fixture, invitation);
  fixture_wait_until (is_at (fixture, DINH_ADMISSION_HELD_UP));
  fixture_wait_until (fixture->identity != NULL);
}

/* What cannot be tried at all. */
static void
test_entries (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *hub, *code;
    DinhAdmissionFault fault;
  } cases[] = {
      {"", "ABCD", DINH_ADMISSION_FAULT_NO_ADDRESS},
      {"hub:99999999", "ABCD", DINH_ADMISSION_FAULT_NO_ADDRESS},
      {"hub/x", "ABCD", DINH_ADMISSION_FAULT_NO_ADDRESS},
      {"127.0.0.1", "", DINH_ADMISSION_FAULT_NO_CODE},
      {"127.0.0.1", "ABCD-EFGH", DINH_ADMISSION_FAULT_NO_CODE},
      {"127.0.0.1:1", "ABCD-EFGH-JKMN-PQRS-TVWX-YZ01", DINH_ADMISSION_FAULT_UNREACHABLE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    dinh_enrolment_start (fixture->enrolment, cases[i].hub, cases[i].code);
    wait_for_fault (fixture, cases[i].fault);
  }
}

static void
test_cannot_keep (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (fixture, TRUE);

  g_assert_true (g_file_set_contents (fixture->folder, "in the way", -1, NULL));
  start (fixture, invitation);
  wait_for_fault (fixture, DINH_ADMISSION_FAULT_CANNOT_KEEP);
}

/* A kiosk that was let in is shut out, and says so. */
static void
test_shut_out (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (fixture, TRUE), revoked = NULL;
  g_autofree char *data_dir = g_build_filename (fixture->hub->folder, "data", NULL);
  g_autoptr (DinhLibrary) library = dinh_library_new ();
  g_autoptr (DinhLine) line = dinh_line_new ();
  g_autoptr (DinhKioskSession) session = NULL;
  g_autoptr (GError) error = NULL;

  start (fixture, invitation);
  fixture_wait_until (fixture->identity != NULL);
  session = dinh_kiosk_session_new (fixture->identity, data_dir, library, line, &error);
  g_assert_no_error (error);
  dinh_kiosk_session_start (session);
  fixture_wait_until (dinh_line_get_state (line) == DINH_LINE_LIVE);
  revoked = hub_fixture_ctl (fixture->hub, "device", "revoke", dinh_json_get_string (invitation, "id"), NULL);
  fixture_wait_until (dinh_line_get_problem (line) == DINH_LINE_PROBLEM_CERTIFICATE_REFUSED);
  dinh_kiosk_session_stop (session);
}

static char *
certificate_of (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "tls.crt", NULL), *pem = NULL;

  g_assert_true (g_file_get_contents (path, &pem, NULL, NULL));
  return g_steal_pointer (&pem);
}

static gboolean
is_renewed (Fixture *fixture, const char *old)
{
  g_autofree char *now = certificate_of (fixture->folder);

  return strcmp (now, old) != 0;
}

static void
on_asked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
on_fault (DinhKioskSession *session, const GError *fault, gpointer user_data)
{
  g_test_message ("fault: %s", fault->message);
}

/* Two thirds of a year later the kiosk asks for another certificate by itself, and goes on with it; the old
 * one is worth nothing then. */
static void
test_renews (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (fixture, TRUE);
  g_autofree char *data_dir = g_build_filename (fixture->hub->folder, "data", NULL);
  g_autofree char *old_folder = g_build_filename (fixture->hub->folder, "old", NULL), *old = NULL;
  g_autoptr (DinhLibrary) library = dinh_library_new ();
  g_autoptr (DinhLine) line = dinh_line_new ();
  g_autoptr (DinhKioskSession) session = NULL;
  g_autoptr (DinhIdentity) stale = NULL;
  g_autoptr (DinhHubClient) client = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *meeting = NULL;

  start (fixture, invitation);
  fixture_wait_until (fixture->identity != NULL);
  fixture_run ((char *[]){"cp", "-r", fixture->folder, old_folder, NULL});
  old = certificate_of (fixture->folder);
  hub_fixture_stop (fixture->hub);
  fixture->hub->faketime = "+250d";
  fixture->hub->offset += 250 * G_TIME_SPAN_DAY;
  hub_fixture_start (fixture->hub);

  session = dinh_kiosk_session_new (fixture->identity, data_dir, library, line, &error);
  g_assert_no_error (error);
  g_signal_connect (session, "fault", G_CALLBACK (on_fault), NULL);
  dinh_kiosk_session_start (session);
  fixture_wait_until (is_renewed (fixture, old));
  /* It goes on, with connections of the new certificate. */
  meeting = hub_fixture_add_meeting (fixture->hub, "Họp sau tám tháng");
  fixture_wait_until (dinh_library_find (library, meeting) != NULL);
  /* It is this machine that stands eight months behind. */
  g_assert_cmpint (dinh_line_get_problem (line), ==, DINH_LINE_PROBLEM_CLOCK_WRONG);
  dinh_kiosk_session_stop (session);

  stale = dinh_identity_load (old_folder, &error);
  g_assert_no_error (error);
  client = dinh_hub_client_new (stale, fixture->hub->clock, &error);
  dinh_hub_client_send_async (client, &(DinhRequest){.path = "/v1/streams"}, NULL, on_asked, &result);
  fixture_wait_until (result != NULL);
  g_assert_null (dinh_hub_client_send_finish (client, result, &error));
  g_assert_error (error, DINH_NET_ERROR, DINH_NET_ERROR_REFUSED_CERTIFICATE);
}

static void
test_uri (void)
{
  static const char *const wrong[] = {"", "dinh://enrol", "dinh://enrol?hub=a", "https://enrol?hub=a&code=b",
                                      "dinh://other?hub=a&code=b"};
  g_autofree char *hub = NULL, *code = NULL;

  g_assert_true (dinh_enrolment_read_uri ("dinh://enrol?hub=%5B::1%5D:8444&code=AB%2DCD", &hub, &code));
  g_assert_cmpstr (hub, ==, "[::1]:8444");
  g_assert_cmpstr (code, ==, "AB-CD");
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_false (dinh_enrolment_read_uri (wrong[i], &hub, &code));
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
      {"approved", test_approved},   {"waiting", test_waiting},       {"refused", test_refused},
      {"other-hub", test_other_hub}, {"wrong-code", test_wrong_code}, {"cancelled", test_cancelled},
      {"held-up", test_held_up},     {"entries", test_entries},       {"cannot-keep", test_cannot_keep},
      {"shut-out", test_shut_out},   {"renews", test_renews},
  };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net/enrolment/uri", test_uri);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *path = g_strconcat ("/net/enrolment/", tests[i].name, NULL);
    g_test_add (path, Fixture, NULL, set_up, tests[i].test, tear_down);
  }
  return g_test_run ();
}
