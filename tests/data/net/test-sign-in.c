/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/net/hub-fixture.h"

#include "data/net/dinh-kiosk-session.h"

/* People sign in at a kiosk, and leave nothing there, with a real hub. */

#define PIN "407283"

typedef struct {
  HubFixture *hub;
  DinhIdentity *identity;
  char *data;
  char *person;
  char *code;
  char *meeting;
  char *open_sha256;
  char *personal_sha256;
  DinhLibrary *library;
  DinhLine *line;
  DinhKioskSession *kiosk;
} Fixture;

static void
open_kiosk (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fixture->library = dinh_library_new ();
  fixture->line = dinh_line_new ();
  fixture->kiosk =
      dinh_kiosk_session_new (fixture->identity, fixture->data, fixture->library, fixture->line, &error);
  g_assert_no_error (error);
  dinh_kiosk_session_start (fixture->kiosk);
}

static void
close_kiosk (Fixture *fixture)
{
  dinh_kiosk_session_stop (fixture->kiosk);
  g_clear_object (&fixture->kiosk);
  g_clear_object (&fixture->library);
  g_clear_object (&fixture->line);
}

static void
add_person (Fixture *fixture)
{
  g_autoptr (DinhJson) added = hub_fixture_ctl (fixture->hub, "person", "add", "Lò Thị Ái", NULL),
                       code = NULL;

  fixture->person = g_strdup (dinh_json_get_string (added, "id"));
  code = hub_fixture_ctl (fixture->hub, "person", "code", fixture->person, NULL);
  fixture->code = g_strdup (dinh_json_get_string (code, "code"));
}

static json_t *
make_participant (Fixture *fixture, const char *seat)
{
  return json_pack ("{s:s, s:s, s:s, s:s}", "id", fixture->person, "name", "Lò Thị Ái", "role", "secretary",
                    "seat", seat);
}

static void
add_personal (Fixture *fixture, const char *id, const char *sha256, int size)
{
  hub_fixture_command (fixture->hub, fixture->meeting, "paper-add",
                       json_pack ("{s:s, s:s, s:i, s:s, s:s, s:i, s:s, s:[s]}", "id", id, "item", "muc",
                                  "position", 1, "title", "Chỉ cho một người", "sha256", sha256, "size", size,
                                  "file", "y.pdf", "readers", fixture->person));
}

static void
add_papers (Fixture *fixture)
{
  g_autofree char *bytes = fixture_random_bytes (3000, 1), *personal = fixture_random_bytes (4000, 2);

  fixture->open_sha256 = hub_fixture_upload (fixture->hub, bytes, 3000);
  fixture->personal_sha256 = hub_fixture_upload (fixture->hub, personal, 4000);
  hub_fixture_add_paper (fixture->hub, fixture->meeting, "chung", fixture->open_sha256, 3000);
  add_personal (fixture, "rieng", fixture->personal_sha256, 4000);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->hub = hub_fixture_new ();
  fixture->identity = hub_fixture_add_device (fixture->hub, "seat", NULL);
  fixture->data = g_build_filename (fixture->hub->folder, "data", NULL);
  add_person (fixture);
  fixture->meeting = hub_fixture_add_meeting (fixture->hub, "Họp");
  hub_fixture_command (fixture->hub, fixture->meeting, "participant-add", make_participant (fixture, "A1"));
  add_papers (fixture);
  open_kiosk (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  close_kiosk (fixture);
  g_object_unref (fixture->identity);
  g_free (fixture->data);
  g_free (fixture->person);
  g_free (fixture->code);
  g_free (fixture->meeting);
  g_free (fixture->open_sha256);
  g_free (fixture->personal_sha256);
  hub_fixture_free (fixture->hub);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

static DinhSignIn *
get_sign_in (Fixture *fixture)
{
  return dinh_kiosk_session_get_sign_in (fixture->kiosk);
}

static DinhSession *
get_session (Fixture *fixture)
{
  return dinh_sign_in_get_session (get_sign_in (fixture));
}

static DinhSessionStep
get_step (Fixture *fixture)
{
  return dinh_session_get_step (get_session (fixture));
}

static DinhPaper *
find_paper (Fixture *fixture, const char *id)
{
  DinhMeeting *meeting = dinh_library_find (fixture->library, fixture->meeting);

  return meeting == NULL ? NULL : dinh_meeting_find_paper (meeting, id);
}

static gboolean
is_ready (Fixture *fixture, const char *id)
{
  DinhPaper *paper = find_paper (fixture, id);

  return paper != NULL && dinh_paper_get_state (paper) == DINH_PAPER_READY;
}

static gboolean
is_stored (Fixture *fixture, const char *sha256)
{
  g_autoptr (GHashTable) here =
      dinh_paper_store_list (dinh_kiosk_session_get_papers (fixture->kiosk), FALSE, NULL);

  return g_hash_table_contains (here, sha256);
}

static void
choose (Fixture *fixture, DinhSessionStep expected)
{
  dinh_sign_in_choose (get_sign_in (fixture), fixture->person, "Lò Thị Ái");
  g_assert_cmpint (get_step (fixture), ==, DINH_SESSION_LOOKING);
  fixture_wait_until (get_step (fixture) != DINH_SESSION_LOOKING);
  g_assert_cmpint (get_step (fixture), ==, expected);
}

static void
wait_for_judgement (Fixture *fixture)
{
  g_assert_cmpint (get_step (fixture), ==, DINH_SESSION_WORKING);
  fixture_wait_until (get_step (fixture) != DINH_SESSION_WORKING);
}

static void
set_pin (Fixture *fixture)
{
  choose (fixture, DINH_SESSION_ENTERING_CODE);
  dinh_sign_in_enter_code (get_sign_in (fixture), fixture->code, PIN);
  wait_for_judgement (fixture);
  g_assert_cmpint (get_step (fixture), ==, DINH_SESSION_SIGNED_IN);
}

static void
enter_pin (Fixture *fixture, const char *pin)
{
  choose (fixture, DINH_SESSION_ENTERING_PIN);
  dinh_sign_in_enter_pin (get_sign_in (fixture), pin);
  wait_for_judgement (fixture);
}

static void
test_first_and_next (Fixture *fixture, gconstpointer data)
{
  fixture_wait_until (is_ready (fixture, "chung"));
  choose (fixture, DINH_SESSION_ENTERING_CODE);
  dinh_sign_in_enter_code (get_sign_in (fixture), "00000000", PIN);
  wait_for_judgement (fixture);
  g_assert_cmpint (get_step (fixture), ==, DINH_SESSION_ENTERING_CODE);
  g_assert_cmpint (dinh_session_get_fault (get_session (fixture)), ==, DINH_SESSION_FAULT_WRONG_CODE);
  g_assert_cmpuint (dinh_session_get_left (get_session (fixture)), ==, 4);
  set_pin (fixture);
  dinh_sign_in_lock (get_sign_in (fixture));
  g_assert_cmpint (get_step (fixture), ==, DINH_SESSION_NOBODY);
  g_assert_null (dinh_sign_in_get_key (get_sign_in (fixture)));
  enter_pin (fixture, "918264");
  g_assert_cmpint (get_step (fixture), ==, DINH_SESSION_ENTERING_PIN);
  g_assert_cmpint (dinh_session_get_fault (get_session (fixture)), ==, DINH_SESSION_FAULT_WRONG_PIN);
  /* The wrong code counts against this device, too. */
  g_assert_cmpuint (dinh_session_get_left (get_session (fixture)), ==, 3);
  dinh_sign_in_enter_pin (get_sign_in (fixture), PIN);
  wait_for_judgement (fixture);
  g_assert_cmpint (get_step (fixture), ==, DINH_SESSION_SIGNED_IN);
  g_assert_cmpstr (dinh_session_get_name (get_session (fixture)), ==, "Lò Thị Ái");
}

/* After five wrong ones nothing is looked at for a while, the right PIN neither. */
static void
test_tries (Fixture *fixture, gconstpointer data)
{
  set_pin (fixture);
  for (guint i = 0; i < 5; i++) {
    enter_pin (fixture, "918264");
    g_assert_cmpuint (dinh_session_get_left (get_session (fixture)), ==, 4 - i);
  }
  enter_pin (fixture, PIN);
  g_assert_cmpint (dinh_session_get_fault (get_session (fixture)), ==, DINH_SESSION_FAULT_TRY_LATER);
  g_assert_cmpuint (dinh_session_get_wait (get_session (fixture)), >, 20);
}

/* What only the person may read comes with them and goes with them, from glass and disk. */
static void
test_reading (Fixture *fixture, gconstpointer data)
{
  fixture_wait_until (is_ready (fixture, "chung"));
  g_assert_null (find_paper (fixture, "rieng"));
  set_pin (fixture);
  fixture_wait_until (is_ready (fixture, "rieng"));
  g_assert_true (is_stored (fixture, fixture->personal_sha256));
  dinh_sign_in_lock (get_sign_in (fixture));
  fixture_wait_until (find_paper (fixture, "rieng") == NULL);
  fixture_wait_until (!is_stored (fixture, fixture->personal_sha256));
  g_assert_true (is_ready (fixture, "chung"));
  /* The record is as whole as before: what is new comes, and the paper with the next PIN. */
  hub_fixture_command (
      fixture->hub, fixture->meeting, "paper-change",
      json_pack ("{s:s, s:s, s:i, s:s}", "id", "chung", "item", "muc", "position", 0, "title", "Đổi"));
  fixture_wait_until (g_str_equal (dinh_paper_get_title (find_paper (fixture, "chung")), "Đổi"));
  g_assert_null (find_paper (fixture, "rieng"));
  enter_pin (fixture, PIN);
  fixture_wait_until (is_ready (fixture, "rieng"));
}

/* A machine that is switched off locks nothing; it does when it is on again. */
static void
test_switched_off (Fixture *fixture, gconstpointer data)
{
  set_pin (fixture);
  fixture_wait_until (is_ready (fixture, "rieng") && is_ready (fixture, "chung"));
  close_kiosk (fixture);
  hub_fixture_stop (fixture->hub);
  open_kiosk (fixture);
  fixture_wait_until (is_ready (fixture, "chung"));
  g_assert_null (find_paper (fixture, "rieng"));
  fixture_wait_until (!is_stored (fixture, fixture->personal_sha256));
}

/* Nothing answers: that is said, and nobody is signed in. */
static void
test_no_line (Fixture *fixture, gconstpointer data)
{
  hub_fixture_stop (fixture->hub);
  choose (fixture, DINH_SESSION_NOBODY);
  g_assert_cmpint (dinh_session_get_fault (get_session (fixture)), ==, DINH_SESSION_FAULT_NO_LINE);
}

static const char *
get_seat (Fixture *fixture)
{
  DinhMeeting *meeting = dinh_library_find (fixture->library, fixture->meeting);
  g_autoptr (DinhParticipant) participant =
      g_list_model_get_item (dinh_meeting_get_participants (meeting), 0);

  return dinh_participant_get_seat (participant);
}

/* What a person does is signed by the person; the device by itself may not do it. */
static void
test_command (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) body = make_participant (fixture, "B2");
  g_autoptr (DinhSubmission) nobody = NULL, submission = NULL;

  fixture_wait_until (is_ready (fixture, "chung"));
  nobody = dinh_kiosk_session_submit (fixture->kiosk, "participant-change", fixture->meeting, body);
  g_assert_null (nobody);
  set_pin (fixture);
  submission = dinh_kiosk_session_submit (fixture->kiosk, "participant-change", fixture->meeting, body);
  fixture_wait_until (g_str_equal (get_seat (fixture), "B2"));
}

/* A hub that was started again knows nobody; who has the key open does not notice. */
static void
test_hub_again (Fixture *fixture, gconstpointer data)
{
  set_pin (fixture);
  fixture_wait_until (is_ready (fixture, "rieng"));
  hub_fixture_stop (fixture->hub);
  hub_fixture_start (fixture->hub);
  add_personal (fixture, "nua", fixture->open_sha256, 3000);
  fixture_wait_until (is_ready (fixture, "nua"));
  g_assert_cmpint (get_step (fixture), ==, DINH_SESSION_SIGNED_IN);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/net/sign-in/first-and-next", Fixture, NULL, set_up, test_first_and_next, tear_down);
  g_test_add ("/net/sign-in/tries", Fixture, NULL, set_up, test_tries, tear_down);
  g_test_add ("/net/sign-in/reading", Fixture, NULL, set_up, test_reading, tear_down);
  g_test_add ("/net/sign-in/switched-off", Fixture, NULL, set_up, test_switched_off, tear_down);
  g_test_add ("/net/sign-in/no-line", Fixture, NULL, set_up, test_no_line, tear_down);
  g_test_add ("/net/sign-in/command", Fixture, NULL, set_up, test_command, tear_down);
  g_test_add ("/net/sign-in/hub-again", Fixture, NULL, set_up, test_hub_again, tear_down);
  return g_test_run ();
}
