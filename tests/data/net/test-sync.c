/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-kiosk-session.h"
#include "data/net/dinh-net-error.h"
#include "tests/data/net/fake-hub.h"
#include "tests/data/net/hub-fixture.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

/* A kiosk's data side against a hub that misbehaves: told, bounded, and nothing that was here is lost. */

typedef struct {
  FakeHub *hub;
  DinhIdentity *identity;
  char *meeting;
  char *data;
  DinhLibrary *library;
  DinhLine *line;
  DinhKioskSession *session;
  guint n_faults;
} Fixture;

static void
on_fault (DinhKioskSession *session, const GError *fault, Fixture *fixture)
{
  fixture->n_faults++;
  g_test_message ("fault: %s", fault->message);
}

static void
open_session (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fixture->library = dinh_library_new ();
  fixture->line = dinh_line_new ();
  fixture->session =
    dinh_kiosk_session_new (fixture->identity, fixture->data, fixture->library, fixture->line, &error);
  g_assert_no_error (error);
  g_signal_connect (fixture->session, "fault", G_CALLBACK (on_fault), fixture);
  dinh_kiosk_session_start (fixture->session);
}

static void
close_session (Fixture *fixture)
{
  if (fixture->session != NULL)
    dinh_kiosk_session_stop (fixture->session);
  g_clear_object (&fixture->session);
  g_clear_object (&fixture->library);
  g_clear_object (&fixture->line);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->hub = fake_hub_new ();
  fixture->meeting = fake_hub_add_meeting (fixture->hub, 0);
  fixture->identity = fake_hub_make_identity (fixture->hub, NULL);
  fixture->data = g_build_filename (fixture->hub->folder, "data", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  close_session (fixture);
  g_object_unref (fixture->identity);
  g_free (fixture->meeting);
  g_free (fixture->data);
  fake_hub_free (fixture->hub);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

static gboolean
is_online (Fixture *fixture, DinhLineState state)
{
  return dinh_line_get_state (fixture->line) == state;
}

static DinhMeeting *
find (Fixture *fixture)
{
  return dinh_library_find (fixture->library, fixture->meeting);
}

static guint64
get_seq (Fixture *fixture)
{
  return find (fixture) == NULL ? 0 : dinh_meeting_get_seq (find (fixture));
}

static void
retry (Fixture *fixture)
{
  dinh_sync_retry (dinh_kiosk_session_get_sync (fixture->session));
}

static void
on_value_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_free (dinh_keeper_run_finish (DINH_KEEPER (source), result, NULL));
  *(gboolean *) user_data = TRUE;
}

/* Everything that the keeper was asked for before is done and shown. */
static void
wait_for_keeper (Fixture *fixture)
{
  gboolean done = FALSE;

  dinh_keeper_get_value_async (dinh_kiosk_session_get_keeper (fixture->session), "x", NULL, on_value_read, &done);
  fixture_wait_until (done);
}

static char *
get_line (Fixture *fixture, guint64 seq)
{
  g_autoptr (GPtrArray) events = dinh_store_read_events (fixture->hub->reader, fixture->meeting, seq - 1, 1, NULL);

  return g_strdup (((DinhStoredEvent *) g_ptr_array_index (events, 0))->bytes);
}

/* Pages of any size give the same. */
static void
test_pages (Fixture *fixture, gconstpointer data)
{
  fixture->hub->page_size = 3;
  for (guint i = 0; i < 20; i++)
    fake_hub_add_item (fixture->hub, fixture->meeting, i);
  open_session (fixture);
  fixture_wait_until (is_online (fixture, DINH_LINE_LIVE));
  g_assert_cmpuint (get_seq (fixture), ==, 22);
  g_assert_cmpuint (g_list_model_get_n_items (dinh_meeting_get_agenda (find (fixture))), ==, 20);
  g_assert_cmpuint (fixture->n_faults, ==, 0);
}

/* Pushed lines are taken without asking; repeated ones are passed over; a gap is filled by asking. */
static void
test_pushes (Fixture *fixture, gconstpointer data)
{
  g_autofree char *third = NULL, *fourth = NULL, *both = NULL, *sixth = NULL;
  guint n_requests;

  open_session (fixture);
  fixture_wait_until (is_online (fixture, DINH_LINE_LIVE));
  n_requests = fixture->hub->n_requests;
  for (guint i = 0; i < 4; i++)
    fake_hub_add_item (fixture->hub, fixture->meeting, i);
  third = get_line (fixture, 3);
  fourth = get_line (fixture, 4);
  sixth = get_line (fixture, 6);
  both = g_strdup_printf ("%s\n%s", third, fourth);
  fake_hub_push (fixture->hub, third);
  fake_hub_push (fixture->hub, both);
  fixture_wait_until (get_seq (fixture) == 4);
  g_assert_cmpuint (fixture->hub->n_requests, ==, n_requests);
  fake_hub_push (fixture->hub, sixth);
  fixture_wait_until (get_seq (fixture) == 6);
  g_assert_cmpuint (fixture->hub->n_requests, >, n_requests);
  g_assert_cmpuint (fixture->n_faults, ==, 0);
}

/* What is pushed without words, or without sense, only makes the kiosk ask. */
static void
test_odd_pushes (Fixture *fixture, gconstpointer data)
{
  static const char *const pushes[] = { "<html>", "", "{}", "{\"seq\":3,\"leaf\":\"x\"}", "\n\n\n", "[]",
                                        "{\"seq\":-1,\"stream\":\"x\"}", "{\"seq\":3,\"stream\":7}" };

  open_session (fixture);
  fixture_wait_until (is_online (fixture, DINH_LINE_LIVE));
  for (guint i = 0; i < G_N_ELEMENTS (pushes); i++)
    fake_hub_push (fixture->hub, pushes[i]);
  fake_hub_add_item (fixture->hub, fixture->meeting, 0);
  fake_hub_push (fixture->hub, "{\"seq\":3,\"leaf\":\"0000000000000000000000000000000000000000000000000000000000000000\"}");
  fixture_wait_until (get_seq (fixture) == 3);
  g_assert_cmpint (dinh_line_get_problem (fixture->line), ==, DINH_LINE_PROBLEM_NONE);
}

/* What the hub says a moment after a meeting grew. */
static char *
get_standing (Fixture *fixture)
{
  g_autoptr (DinhView) view = dinh_writer_dup_view (fixture->hub->writer, fixture->meeting);
  g_autoptr (DinhJson) list = json_pack ("{s:[{s:s, s:s, s:s}]}", "streams", "id", view->stream, "kind", view->kind,
                                         "checkpoint", view->checkpoint);

  return dinh_json_print (list);
}

/* A push that was lost is missed as soon as the hub says where it stands; that may come late and twice. */
static void
test_lost_push (Fixture *fixture, gconstpointer data)
{
  g_autofree char *early = NULL, *late = NULL;

  open_session (fixture);
  fixture_wait_until (is_online (fixture, DINH_LINE_LIVE));
  early = get_standing (fixture);
  fake_hub_add_item (fixture->hub, fixture->meeting, 0);
  late = get_standing (fixture);
  fake_hub_push (fixture->hub, late);
  fixture_wait_until (get_seq (fixture) == 3);
  fake_hub_push (fixture->hub, early);
  fake_hub_push (fixture->hub, late);
  fake_hub_push (fixture->hub, "{\"streams\":7}");
  fake_hub_push (fixture->hub, "{\"streams\":[{\"id\":\"x\"}]}");
  fake_hub_add_item (fixture->hub, fixture->meeting, 1);
  g_free (late);
  late = get_standing (fixture);
  fake_hub_push (fixture->hub, late);
  fixture_wait_until (get_seq (fixture) == 4);
  g_assert_cmpint (dinh_line_get_problem (fixture->line), ==, DINH_LINE_PROBLEM_NONE);
}

/* A pushed event that the hub never signed is found out as soon as the hub says where it stands. */
static void
test_false_push (Fixture *fixture, gconstpointer data)
{
  g_autofree char *line = NULL, *standing = NULL;

  open_session (fixture);
  fixture_wait_until (is_online (fixture, DINH_LINE_LIVE));
  fake_hub_add_item (fixture->hub, fixture->meeting, 0);
  line = get_line (fixture, 3);
  memcpy (strstr (line, "muc-0"), "muc-9", 5);
  fake_hub_push (fixture->hub, line);
  fixture_wait_until (get_seq (fixture) == 3);
  standing = get_standing (fixture);
  fake_hub_push (fixture->hub, standing);
  fixture_wait_until (dinh_line_get_problem (fixture->line) == DINH_LINE_PROBLEM_RECORD_FORKED);
}

/* For each mischief: the kiosk goes on with what it has, says what it must, and recovers when the hub does. */
static void
test_mischief (Fixture *fixture, gconstpointer data)
{
  static const struct {
    Mischief mischief;
    gboolean online; /* the rest of the hub is well */
    DinhLineProblem problem;
  } cases[] = {
    { MISCHIEF_GARBAGE, TRUE, DINH_LINE_PROBLEM_NONE },
    { MISCHIEF_WRONG_SEQ, TRUE, DINH_LINE_PROBLEM_NONE },
    { MISCHIEF_OTHER_STREAM, TRUE, DINH_LINE_PROBLEM_NONE },
    { MISCHIEF_NO_EVENTS, TRUE, DINH_LINE_PROBLEM_NONE },
    { MISCHIEF_ENDLESS, TRUE, DINH_LINE_PROBLEM_NONE },
    { MISCHIEF_UNSIGNED, TRUE, DINH_LINE_PROBLEM_NONE },
    { MISCHIEF_OTHER_ORIGIN, TRUE, DINH_LINE_PROBLEM_NONE },
    { MISCHIEF_SHOWS_NOTHING, TRUE, DINH_LINE_PROBLEM_NONE },
    { MISCHIEF_GARBAGE_LIST, FALSE, DINH_LINE_PROBLEM_NONE },
    { MISCHIEF_UNSIGNED_TIME, FALSE, DINH_LINE_PROBLEM_NONE },
    { MISCHIEF_UNAVAILABLE, FALSE, DINH_LINE_PROBLEM_NONE },
    { MISCHIEF_OLD_TIME, TRUE, DINH_LINE_PROBLEM_NONE },
  };

  open_session (fixture);
  fixture_wait_until (is_online (fixture, DINH_LINE_LIVE));
  close_session (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint64 seq = 3 + i;

    g_test_message ("mischief %d", cases[i].mischief);
    fake_hub_add_item (fixture->hub, fixture->meeting, i);
    fixture->hub->mischief = cases[i].mischief;
    fixture->n_faults = 0;
    open_session (fixture);
    fixture_wait_until (fixture->n_faults > 0 || cases[i].mischief == MISCHIEF_SHOWS_NOTHING);
    fixture_wait_until (is_online (fixture, cases[i].online ? DINH_LINE_LIVE : DINH_LINE_OFFLINE));
    wait_for_keeper (fixture);
    g_assert_cmpint (dinh_line_get_problem (fixture->line), ==, cases[i].problem);
    g_assert_cmpuint (get_seq (fixture), ==, cases[i].mischief == MISCHIEF_OLD_TIME ? seq : seq - 1);
    fixture->hub->mischief = MISCHIEF_NONE;
    retry (fixture);
    fixture_wait_until (get_seq (fixture) == seq && is_online (fixture, DINH_LINE_LIVE));
    g_assert_cmpint (dinh_line_get_problem (fixture->line), ==, DINH_LINE_PROBLEM_NONE);
    close_session (fixture);
  }
}

/* A page that does not have the signed root is no fork as long as the hub can prove that it knows what is here. */
static void
test_changed_event (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = fake_hub_add_meeting (fixture->hub, 1);

  fixture->hub->mischief = MISCHIEF_CHANGED_EVENT;
  open_session (fixture);
  fixture_wait_until (is_online (fixture, DINH_LINE_LIVE));
  g_assert_cmpuint (fixture->n_faults, >, 0);
  g_assert_cmpint (dinh_line_get_problem (fixture->line), ==, DINH_LINE_PROBLEM_NONE);
  g_assert_null (find (fixture));
  fixture->hub->mischief = MISCHIEF_NONE;
  retry (fixture);
  fixture_wait_until (find (fixture) != NULL && dinh_library_find (fixture->library, meeting) != NULL);
}

/* Without WebSockets the kiosk asks again and again; with them back it goes live. */
static void
test_polls (Fixture *fixture, gconstpointer data)
{
  fixture->hub->mischief = MISCHIEF_NO_LIVE;
  open_session (fixture);
  fixture_wait_until (is_online (fixture, DINH_LINE_POLLING));
  g_assert_cmpuint (get_seq (fixture), ==, 2);
  /* The body's answer and the meeting's are held back until there is something. */
  for (guint i = 0; i < 3; i++) {
    fixture_wait_until (fixture->hub->waiting->len == 2);
    fake_hub_add_item (fixture->hub, fixture->meeting, i);
    fixture_wait_until (get_seq (fixture) == 3 + i);
  }
  g_assert_true (is_online (fixture, DINH_LINE_POLLING));
  g_assert_cmpuint (fixture->n_faults, ==, 0);
  fixture->hub->mischief = MISCHIEF_NONE;
  retry (fixture);
  fixture_wait_until (is_online (fixture, DINH_LINE_LIVE));
}

/* A meeting that is withdrawn goes, and comes back with the person's marks. */
static void
test_withdrawn (Fixture *fixture, gconstpointer data)
{
  open_session (fixture);
  fixture_wait_until (find (fixture) != NULL && is_online (fixture, DINH_LINE_LIVE));
  dinh_meeting_mark_seen (find (fixture));
  fixture->hub->mischief = MISCHIEF_HIDES;
  retry (fixture);
  fixture_wait_until (find (fixture) == NULL);
  close_session (fixture);
  open_session (fixture);
  fixture_wait_until (is_online (fixture, DINH_LINE_LIVE));
  g_assert_null (find (fixture));
  fixture->hub->mischief = MISCHIEF_NONE;
  retry (fixture);
  fixture_wait_until (find (fixture) != NULL);
  g_assert_cmpuint (dinh_meeting_get_seen_seq (find (fixture)), ==, 2);
}

/* A hub that no longer knows a meeting went back: told, and nothing is hidden. */
static void
test_lost (Fixture *fixture, gconstpointer data)
{
  open_session (fixture);
  fixture_wait_until (find (fixture) != NULL && is_online (fixture, DINH_LINE_LIVE));
  fixture->hub->mischief = MISCHIEF_LOSES;
  retry (fixture);
  fixture_wait_until (dinh_line_get_problem (fixture->line) == DINH_LINE_PROBLEM_RECORD_WENT_BACK);
  g_assert_nonnull (find (fixture));
  fixture->hub->mischief = MISCHIEF_NONE;
  retry (fixture);
  fixture_wait_until (dinh_line_get_problem (fixture->line) == DINH_LINE_PROBLEM_NONE);
}

static void
test_stranger (Fixture *fixture, gconstpointer data)
{
  FakeHub *stranger = fake_hub_new ();
  const char *const hubs[] = { stranger->address, NULL };

  g_clear_object (&fixture->identity);
  fixture->identity = fake_hub_make_identity (fixture->hub, hubs);
  open_session (fixture);
  fixture_wait_until (dinh_line_get_problem (fixture->line) == DINH_LINE_PROBLEM_CERTIFICATE_REFUSED);
  g_assert_cmpint (dinh_line_get_state (fixture->line), ==, DINH_LINE_OFFLINE);
  close_session (fixture);
  fake_hub_free (stranger);
}

/* --- papers --- */

static DinhPaper *
find_paper (Fixture *fixture)
{
  return find (fixture) == NULL ? NULL : dinh_meeting_find_paper (find (fixture), "a");
}

static gboolean
has_state (Fixture *fixture, DinhPaperState state)
{
  return find_paper (fixture) != NULL && dinh_paper_get_state (find_paper (fixture)) == state;
}

static void
want (Fixture *fixture)
{
  dinh_fetcher_want (dinh_kiosk_session_get_fetcher (fixture->session), find_paper (fixture));
}

static void
test_papers (Fixture *fixture, gconstpointer data)
{
  static const struct {
    Mischief mischief;
    const char *problem;
  } cases[] = { { MISCHIEF_WRONG_BYTES, "damaged" }, { MISCHIEF_NO_PAPERS, "gone" } };
  g_autofree char *sha256 = fake_hub_add_paper (fixture->hub, fixture->meeting, "a", 300000);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    fixture->hub->mischief = cases[i].mischief;
    open_session (fixture);
    fixture_wait_until (has_state (fixture, DINH_PAPER_FAILED));
    g_assert_cmpstr (dinh_paper_get_problem (find_paper (fixture)), ==, cases[i].problem);
    close_session (fixture);
  }
  fixture->hub->mischief = MISCHIEF_WRONG_BYTES;
  open_session (fixture);
  fixture_wait_until (has_state (fixture, DINH_PAPER_FAILED));
  fixture->hub->mischief = MISCHIEF_NONE;
  want (fixture);
  fixture_wait_until (has_state (fixture, DINH_PAPER_READY));
}

/* What was cut off is gone on with, also where the rest has to come with the beginning. */
static void
test_papers_in_pieces (Fixture *fixture, gconstpointer data)
{
  static const Mischief after[] = { MISCHIEF_NONE, MISCHIEF_NO_RANGES };
  static const guint64 sent[] = { 600000, 900001 };

  for (guint i = 0; i < G_N_ELEMENTS (after); i++) {
    g_autofree char *meeting = fixture->meeting;
    g_autofree char *sha256 = NULL;

    fixture->meeting = fake_hub_add_meeting (fixture->hub, 0);
    sha256 = fake_hub_add_paper (fixture->hub, fixture->meeting, "a", 600000 + i);
    fixture->hub->mischief = MISCHIEF_CUTS;
    fixture->hub->sent = 0;
    open_session (fixture);
    fixture_wait_until (fixture->hub->sent > 0 && has_state (fixture, DINH_PAPER_QUEUED));
    g_assert_cmpuint (dinh_paper_get_fetched (find_paper (fixture)), ==, 300000);
    fixture->hub->mischief = after[i];
    want (fixture);
    fixture_wait_until (has_state (fixture, DINH_PAPER_READY));
    g_assert_cmpuint (fixture->hub->sent, ==, sent[i]);
    close_session (fixture);
  }
}

/* A full disk is said, and the paper comes when there is room. */
static void
test_disk_full (Fixture *fixture, gconstpointer data)
{
  g_autofree char *sha256 = fake_hub_add_paper (fixture->hub, fixture->meeting, "a", 9000000);
  struct rlimit old, small;

  signal (SIGXFSZ, SIG_IGN);
  getrlimit (RLIMIT_FSIZE, &old);
  small = old;
  small.rlim_cur = 6000000;
  setrlimit (RLIMIT_FSIZE, &small);
  open_session (fixture);
  fixture_wait_until (has_state (fixture, DINH_PAPER_FAILED));
  g_assert_cmpstr (dinh_paper_get_problem (find_paper (fixture)), ==, "no-space");
  setrlimit (RLIMIT_FSIZE, &old);
  want (fixture);
  fixture_wait_until (has_state (fixture, DINH_PAPER_READY));
}

/* --- commands --- */

/* No answer but a durable one takes a command out of the outbox; what is held up lets others pass. */
static void
test_outbox (Fixture *fixture, gconstpointer data)
{
  static const struct {
    guint status;
    DinhSubmissionState state;
    guint n_waiting;
  } cases[] = { { 0, DINH_SUBMISSION_REACHED, 0 },
                { 409, DINH_SUBMISSION_REFUSED, 0 },
                { 403, DINH_SUBMISSION_KEPT, 1 },
                { 503, DINH_SUBMISSION_KEPT, 2 } };
  g_autoptr (DinhJson) body = json_pack ("{s:s}", "id", "x");
  GListModel *waiting;

  open_session (fixture);
  waiting = dinh_outbox_get_waiting (dinh_kiosk_session_get_outbox (fixture->session));
  fixture_wait_until (is_online (fixture, DINH_LINE_LIVE));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint n_commands = fixture->hub->n_commands;
    g_autoptr (DinhSubmission) submission = NULL;

    fixture->hub->refuse_commands = cases[i].status;
    submission = dinh_outbox_submit (dinh_kiosk_session_get_outbox (fixture->session), "item-remove", fixture->meeting, body);
    fixture_wait_until (fixture->hub->n_commands > n_commands && dinh_submission_get_state (submission) == cases[i].state);
    fixture_wait_until (dinh_submission_get_problem (submission) != NULL || cases[i].status == 0 || cases[i].status == 503);
    g_assert_cmpuint (g_list_model_get_n_items (waiting), ==, cases[i].n_waiting);
  }
  close_session (fixture);
  fixture->hub->refuse_commands = 0;
  open_session (fixture);
  waiting = dinh_outbox_get_waiting (dinh_kiosk_session_get_outbox (fixture->session));
  fixture_wait_until (g_list_model_get_n_items (waiting) == 2);
  fixture_wait_until (g_list_model_get_n_items (waiting) == 0);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "pages", test_pages },
    { "pushes", test_pushes },
    { "odd-pushes", test_odd_pushes },
    { "lost-push", test_lost_push },
    { "false-push", test_false_push },
    { "mischief", test_mischief },
    { "changed-event", test_changed_event },
    { "polls", test_polls },
    { "withdrawn", test_withdrawn },
    { "lost", test_lost },
    { "stranger", test_stranger },
    { "papers", test_papers },
    { "papers-in-pieces", test_papers_in_pieces },
    { "disk-full", test_disk_full },
    { "outbox", test_outbox },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *path = g_strconcat ("/net/sync/", tests[i].name, NULL);
    g_test_add (path, Fixture, NULL, set_up, tests[i].test, tear_down);
  }
  return g_test_run ();
}
