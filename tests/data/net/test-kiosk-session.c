/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/net/hub-fixture.h"

#include "data/net/dinh-kiosk-session.h"
#include "data/net/dinh-net-error.h"
#include "data/person/dinh-person-error.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* A kiosk's data side against a real hub. */

typedef struct {
  HubFixture *hub;
  DinhIdentity *identity;
  char *data;
  DinhLibrary *library;
  DinhLine *line;
  DinhKioskSession *session;
  GPtrArray *faults;
} Fixture;

static void
on_fault (DinhKioskSession *session, const GError *fault, Fixture *fixture)
{
  g_ptr_array_add (fixture->faults, g_strdup (fault->message));
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
  dinh_kiosk_session_stop (fixture->session);
  g_clear_object (&fixture->session);
  g_clear_object (&fixture->library);
  g_clear_object (&fixture->line);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->hub = hub_fixture_new ();
  fixture->identity = hub_fixture_add_device (fixture->hub, "seat", NULL);
  fixture->data = g_build_filename (fixture->hub->folder, "data", NULL);
  fixture->faults = g_ptr_array_new_with_free_func (g_free);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  if (fixture->session != NULL)
    close_session (fixture);
  g_object_unref (fixture->identity);
  g_ptr_array_unref (fixture->faults);
  g_free (fixture->data);
  hub_fixture_free (fixture->hub);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

static DinhPaper *
find_paper (Fixture *fixture, const char *meeting, const char *id)
{
  DinhMeeting *found = dinh_library_find (fixture->library, meeting);

  return found == NULL ? NULL : dinh_meeting_find_paper (found, id);
}

static gboolean
is_ready (Fixture *fixture, const char *meeting, const char *id, const char *sha256)
{
  DinhPaper *paper = find_paper (fixture, meeting, id);

  return paper != NULL && dinh_paper_get_state (paper) == DINH_PAPER_READY &&
         g_str_equal (dinh_paper_get_sha256 (paper), sha256);
}

static gboolean
is_live (Fixture *fixture)
{
  return dinh_line_get_state (fixture->line) == DINH_LINE_LIVE;
}

static void
assert_paper (Fixture *fixture, DinhPaper *paper, const char *bytes, gsize length)
{
  DinhPaperStore *papers = dinh_kiosk_session_get_papers (fixture->session);
  g_autofree char *found = g_malloc (length + 1);
  g_autoptr (DinhSealedFile) file = NULL;
  g_autoptr (GError) error = NULL;
  DinhPaperKey key;
  gsize found_length = 0;
  gssize got;
  int fd = dinh_paper_store_open (papers, dinh_paper_get_path (paper), &key, &error);

  g_assert_no_error (error);
  file = dinh_sealed_file_new (fd, &key, 1, &error);
  g_assert_no_error (error);
  while ((got = dinh_sealed_file_read (file, found_length, found + found_length, length + 1 - found_length, NULL)) > 0)
    found_length += (gsize) got;
  g_assert_cmpint (got, ==, 0);
  g_assert_cmpmem (found, found_length, bytes, length);
}

static char *
upload_random (Fixture *fixture, gsize length, guint32 seed)
{
  g_autofree char *bytes = fixture_random_bytes (length, seed);

  return hub_fixture_upload (fixture->hub, bytes, length);
}

/* What was published before and while the kiosk is on comes by itself; so do its papers. */
static void
test_follows (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = hub_fixture_add_meeting (fixture->hub, "Trước");
  g_autofree char *bytes = fixture_random_bytes (300000, 1);
  g_autofree char *sha256 = hub_fixture_upload (fixture->hub, bytes, 300000);
  g_autofree char *other = upload_random (fixture, 5000, 2);
  g_autofree char *second = NULL;

  hub_fixture_add_paper (fixture->hub, first, "a", sha256, 300000);
  open_session (fixture);
  fixture_wait_until (is_live (fixture));
  g_assert_cmpstr (dinh_meeting_get_title (dinh_library_find (fixture->library, first)), ==, "Trước");
  fixture_wait_until (is_ready (fixture, first, "a", sha256));
  assert_paper (fixture, find_paper (fixture, first, "a"), bytes, 300000);

  hub_fixture_add_paper (fixture->hub, first, "b", other, 5000);
  fixture_wait_until (is_ready (fixture, first, "b", other));
  second = hub_fixture_add_meeting (fixture->hub, "Sau");
  fixture_wait_until (dinh_library_find (fixture->library, second) != NULL);
  fixture_wait_until (is_live (fixture));
  hub_fixture_command (fixture->hub, second, "meeting-cancel", json_pack ("{s:s}", "reason", "Bão"));
  fixture_wait_until (dinh_meeting_get_status (dinh_library_find (fixture->library, second)) == DINH_MEETING_CANCELLED);
  g_assert_cmpint (dinh_line_get_problem (fixture->line), ==, DINH_LINE_PROBLEM_NONE);
  g_assert_cmpuint (fixture->faults->len, ==, 0);
}

/* Everything that was here is here without a hub, and the person's marks with it; the hub comes back, so does the rest. */
static void
test_without_hub (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = hub_fixture_add_meeting (fixture->hub, "Họp");
  g_autofree char *sha256 = upload_random (fixture, 1000, 3);
  gint64 seq;

  hub_fixture_add_paper (fixture->hub, meeting, "a", sha256, 1000);
  open_session (fixture);
  fixture_wait_until (is_ready (fixture, meeting, "a", sha256));
  dinh_meeting_mark_seen (dinh_library_find (fixture->library, meeting));
  dinh_paper_set_page (find_paper (fixture, meeting, "a"), 7);
  seq = (gint64) dinh_meeting_get_seq (dinh_library_find (fixture->library, meeting));
  close_session (fixture);

  hub_fixture_stop (fixture->hub);
  open_session (fixture);
  fixture_wait_until (is_ready (fixture, meeting, "a", sha256));
  fixture_wait_until (dinh_line_get_state (fixture->line) == DINH_LINE_OFFLINE);
  g_assert_cmpint ((gint64) dinh_meeting_get_seen_seq (dinh_library_find (fixture->library, meeting)), ==, seq);
  g_assert_cmpuint (dinh_paper_get_page (find_paper (fixture, meeting, "a")), ==, 7);

  hub_fixture_start (fixture->hub);
  hub_fixture_command (fixture->hub, meeting, "meeting-cancel", json_pack ("{s:s}", "reason", "Bão"));
  dinh_sync_retry (dinh_kiosk_session_get_sync (fixture->session));
  fixture_wait_until (dinh_meeting_get_status (dinh_library_find (fixture->library, meeting)) == DINH_MEETING_CANCELLED);
  fixture_wait_until (is_live (fixture));
}

/* A hub that ends and begins again is found again without anybody's help. */
static void
test_hub_restarts (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = hub_fixture_add_meeting (fixture->hub, "Họp");

  open_session (fixture);
  fixture_wait_until (is_live (fixture));
  hub_fixture_stop (fixture->hub);
  fixture_wait_until (!is_live (fixture));
  hub_fixture_start (fixture->hub);
  fixture_wait_until (is_live (fixture));
  hub_fixture_command (fixture->hub, meeting, "meeting-cancel", json_pack ("{s:s}", "reason", "Bão"));
  fixture_wait_until (dinh_meeting_get_status (dinh_library_find (fixture->library, meeting)) == DINH_MEETING_CANCELLED);
}

/* A signature was appended: only the tail comes over the wire, and the old version stays readable until then. */
static void
test_fetches_the_tail (Fixture *fixture, gconstpointer data)
{
  gsize length = 5000000, tail = 20000;
  g_autofree char *meeting = hub_fixture_add_meeting (fixture->hub, "Họp");
  g_autofree char *bytes = fixture_random_bytes (length + tail, 4);
  g_autofree char *before = hub_fixture_upload (fixture->hub, bytes, length);
  g_autofree char *after = hub_fixture_upload (fixture->hub, bytes, length + tail);
  g_autofree char *other = upload_random (fixture, length + tail, 5);
  DinhFetcher *fetcher;
  guint64 received;

  hub_fixture_add_paper (fixture->hub, meeting, "a", before, length);
  open_session (fixture);
  fetcher = dinh_kiosk_session_get_fetcher (fixture->session);
  fixture_wait_until (is_ready (fixture, meeting, "a", before));
  received = dinh_fetcher_get_received (fetcher);
  g_assert_cmpuint (received, ==, length);

  hub_fixture_command (fixture->hub, meeting, "paper-replace",
                       json_pack ("{s:s, s:s, s:I, s:s}", "id", "a", "sha256", after, "size", (json_int_t) (length + tail),
                                  "file", "x.pdf"));
  fixture_wait_until (is_ready (fixture, meeting, "a", after));
  assert_paper (fixture, find_paper (fixture, meeting, "a"), bytes, length + tail);
  g_assert_cmpuint (dinh_fetcher_get_received (fetcher) - received, ==, tail);

  /* One that only looks so is fetched whole. */
  received = dinh_fetcher_get_received (fetcher);
  hub_fixture_command (fixture->hub, meeting, "paper-replace",
                       json_pack ("{s:s, s:s, s:I, s:s}", "id", "a", "sha256", other, "size", (json_int_t) (length + tail),
                                  "file", "x.pdf"));
  fixture_wait_until (is_ready (fixture, meeting, "a", other));
  g_assert_cmpuint (dinh_fetcher_get_received (fetcher) - received, >=, length + tail);
}

/* A recalled paper leaves the disk, and so does the version before it. */
static void
test_recalls (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = hub_fixture_add_meeting (fixture->hub, "Họp");
  g_autofree char *first = upload_random (fixture, 100000, 6), *second = upload_random (fixture, 120000, 7);
  g_autofree char *first_path = NULL, *second_path = NULL;
  g_autoptr (GError) error = NULL;
  DinhPaperKey key;

  hub_fixture_add_paper (fixture->hub, meeting, "a", first, 100000);
  open_session (fixture);
  fixture_wait_until (is_ready (fixture, meeting, "a", first));
  first_path = g_strdup (dinh_paper_get_path (find_paper (fixture, meeting, "a")));
  hub_fixture_command (fixture->hub, meeting, "paper-replace",
                       json_pack ("{s:s, s:s, s:i, s:s}", "id", "a", "sha256", second, "size", 120000, "file", "x.pdf"));
  fixture_wait_until (is_ready (fixture, meeting, "a", second));
  second_path = g_strdup (dinh_paper_get_path (find_paper (fixture, meeting, "a")));
  hub_fixture_command (fixture->hub, meeting, "paper-recall", json_pack ("{s:s, s:s}", "id", "a", "reason", "Nhầm"));
  fixture_wait_until (dinh_paper_get_recalled (find_paper (fixture, meeting, "a")));
  fixture_wait_until (g_access (first_path, F_OK) != 0 && g_access (second_path, F_OK) != 0);
  g_assert_cmpint (dinh_paper_store_open (dinh_kiosk_session_get_papers (fixture->session), second_path, &key, &error), ==, -1);
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_NO_KEY);
  g_assert_cmpint (dinh_paper_get_state (find_paper (fixture, meeting, "a")), ==, DINH_PAPER_ABSENT);
}

/* A paper that the disk spoilt is fetched again. */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = hub_fixture_add_meeting (fixture->hub, "Họp");
  g_autofree char *bytes = fixture_random_bytes (100000, 8);
  g_autofree char *sha256 = hub_fixture_upload (fixture->hub, bytes, 100000);
  DinhPaper *paper;
  int fd;

  hub_fixture_add_paper (fixture->hub, meeting, "a", sha256, 100000);
  open_session (fixture);
  fixture_wait_until (is_ready (fixture, meeting, "a", sha256));
  paper = find_paper (fixture, meeting, "a");
  fd = g_open (dinh_paper_get_path (paper), O_RDWR | O_CLOEXEC, 0);
  g_assert_cmpint (pwrite (fd, "x", 1, 70000), ==, 1);
  g_close (fd, NULL);
  dinh_fetcher_fetch_again (dinh_kiosk_session_get_fetcher (fixture->session), dinh_paper_get_path (paper));
  g_assert_cmpint (dinh_paper_get_state (paper), ==, DINH_PAPER_FAILED);
  g_assert_cmpstr (dinh_paper_get_problem (paper), ==, "spoilt");
  fixture_wait_until (is_ready (fixture, meeting, "a", sha256));
  assert_paper (fixture, paper, bytes, 100000);
}

/* The device's secret is another one: everything comes again, and it is told that what waited to be sent is lost. */
static void
test_secret_lost (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = hub_fixture_add_meeting (fixture->hub, "Họp");
  g_autofree char *bytes = fixture_random_bytes (100000, 9);
  g_autofree char *sha256 = hub_fixture_upload (fixture->hub, bytes, 100000);
  g_autofree char *identity = g_path_get_dirname (dinh_identity_get_authority_path (fixture->identity));
  g_autofree char *secret = g_build_filename (identity, "device.secret", NULL);
  g_autoptr (DinhJson) body = json_pack ("{s:s, s:s}", "id", "khong-co", "reason", "Nhầm");
  DinhSubmission *submission;

  hub_fixture_add_paper (fixture->hub, meeting, "a", sha256, 100000);
  open_session (fixture);
  fixture_wait_until (is_ready (fixture, meeting, "a", sha256));
  hub_fixture_stop (fixture->hub);
  submission = dinh_outbox_submit (dinh_kiosk_session_get_outbox (fixture->session), "paper-recall", meeting, body);
  fixture_wait_until (dinh_submission_get_state (submission) == DINH_SUBMISSION_KEPT);
  g_object_unref (submission);
  close_session (fixture);

  /* Cut short, as by a damaged disk. */
  g_assert_true (g_file_set_contents (secret, "short", -1, NULL));
  open_session (fixture);
  fixture_wait_until (dinh_line_get_problem (fixture->line) == DINH_LINE_PROBLEM_STORE_LOST);
  g_assert_cmpuint (fixture->faults->len, >, 0);
  hub_fixture_start (fixture->hub);
  dinh_sync_retry (dinh_kiosk_session_get_sync (fixture->session));
  fixture_wait_until (is_ready (fixture, meeting, "a", sha256));
  assert_paper (fixture, find_paper (fixture, meeting, "a"), bytes, 100000);
  close_session (fixture);
  open_session (fixture);
  fixture_wait_until (is_ready (fixture, meeting, "a", sha256));
  g_assert_cmpint (dinh_line_get_problem (fixture->line), ==, DINH_LINE_PROBLEM_NONE);
  close_session (fixture);

  /* One that cannot be read may come back: nothing is begun, so that nothing is given up. */
  g_assert_cmpint (g_remove (secret), ==, 0);
  g_assert_cmpint (g_mkdir (secret, 0700), ==, 0);
  {
    g_autoptr (DinhLibrary) library = dinh_library_new ();
    g_autoptr (DinhLine) line = dinh_line_new ();
    g_autoptr (GError) error = NULL;

    g_assert_null (dinh_kiosk_session_new (fixture->identity, fixture->data, library, line, &error));
    g_assert_error (error, DINH_PERSON_ERROR, DINH_PERSON_ERROR_FILE);
  }
}

/* The paper that a person opens comes before those of a nearer meeting, even while these are coming. */
static void
test_wanted_first (Fixture *fixture, gconstpointer data)
{
  gsize length = 30000000;
  g_autofree char *meeting = hub_fixture_prepare_meeting (fixture->hub, "Họp");
  g_autofree char *wanted = upload_random (fixture, 1000, 99);
  const char *const ids[] = { "a", "b", "c", "d" };
  guint n_ready = 0;

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++) {
    g_autofree char *sha256 = upload_random (fixture, length, 10 + i);
    hub_fixture_add_paper (fixture->hub, meeting, ids[i], sha256, length);
  }
  hub_fixture_add_paper (fixture->hub, meeting, "z", wanted, 1000);
  hub_fixture_command (fixture->hub, meeting, "meeting-publish", json_object ());
  open_session (fixture);
  fixture_wait_until (find_paper (fixture, meeting, "a") != NULL &&
                      dinh_paper_get_state (find_paper (fixture, meeting, "a")) == DINH_PAPER_FETCHING);
  dinh_fetcher_want (dinh_kiosk_session_get_fetcher (fixture->session), find_paper (fixture, meeting, "z"));
  fixture_wait_until (is_ready (fixture, meeting, "z", wanted));
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    n_ready += dinh_paper_get_state (find_paper (fixture, meeting, ids[i])) == DINH_PAPER_READY;
  g_assert_cmpuint (n_ready, <, G_N_ELEMENTS (ids));
  fixture_wait_until (dinh_fetcher_get_n_left (dinh_kiosk_session_get_fetcher (fixture->session)) == 0);
  g_assert_cmpuint (dinh_fetcher_get_received (dinh_kiosk_session_get_fetcher (fixture->session)), ==,
                    G_N_ELEMENTS (ids) * length + 1000);
}

static void
test_pauses (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = hub_fixture_add_meeting (fixture->hub, "Họp");
  g_autofree char *sha256 = upload_random (fixture, 1000, 20);

  open_session (fixture);
  fixture_wait_until (is_live (fixture));
  dinh_fetcher_set_paused (dinh_kiosk_session_get_fetcher (fixture->session), TRUE);
  hub_fixture_add_paper (fixture->hub, meeting, "a", sha256, 1000);
  fixture_wait_until (find_paper (fixture, meeting, "a") != NULL &&
                      dinh_paper_get_state (find_paper (fixture, meeting, "a")) == DINH_PAPER_QUEUED);
  g_assert_cmpuint (dinh_fetcher_get_received (dinh_kiosk_session_get_fetcher (fixture->session)), ==, 0);
  dinh_fetcher_set_paused (dinh_kiosk_session_get_fetcher (fixture->session), FALSE);
  fixture_wait_until (is_ready (fixture, meeting, "a", sha256));
}

/* Commands are kept before they go out, go out when there is a hub again, and the hub's no is told. */
static void
test_sends (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = hub_fixture_prepare_meeting (fixture->hub, "Họp");
  g_autoptr (DinhJson) good = json_pack ("{s:s, s:i, s:s}", "id", "moi", "position", 1, "title", "Mục mới");
  g_autoptr (DinhJson) bad = json_pack ("{s:s, s:s}", "id", "khong-co", "reason", "Nhầm");
  g_autoptr (DinhSubmission) first = NULL, second = NULL;
  GListModel *waiting;

  g_set_object (&fixture->identity, fixture->hub->admin);
  hub_fixture_stop (fixture->hub);
  open_session (fixture);
  first = dinh_outbox_submit (dinh_kiosk_session_get_outbox (fixture->session), "item-add", meeting, good);
  g_assert_cmpint (dinh_submission_get_state (first), ==, DINH_SUBMISSION_KEEPING);
  fixture_wait_until (dinh_submission_get_state (first) == DINH_SUBMISSION_KEPT);
  close_session (fixture);

  open_session (fixture);
  waiting = dinh_outbox_get_waiting (dinh_kiosk_session_get_outbox (fixture->session));
  fixture_wait_until (g_list_model_get_n_items (waiting) == 1);
  second = dinh_outbox_submit (dinh_kiosk_session_get_outbox (fixture->session), "paper-recall", meeting, bad);
  hub_fixture_start (fixture->hub);
  fixture_wait_until (dinh_submission_get_state (second) == DINH_SUBMISSION_REFUSED);
  g_assert_cmpstr (dinh_submission_get_problem (second), ==, "missing");
  g_assert_nonnull (dinh_submission_get_detail (second));
  g_assert_cmpuint (g_list_model_get_n_items (waiting), ==, 0);
  fixture_wait_until (dinh_library_find (fixture->library, meeting) != NULL &&
                      dinh_meeting_find_item (dinh_library_find (fixture->library, meeting), "moi") != NULL);
  close_session (fixture);

  /* What was answered is not sent again. */
  open_session (fixture);
  fixture_wait_until (is_live (fixture));
  g_assert_cmpuint (g_list_model_get_n_items (dinh_outbox_get_waiting (dinh_kiosk_session_get_outbox (fixture->session))),
                    ==, 0);
}

static void
copy_state (Fixture *fixture, const char *from, const char *to)
{
  g_autofree char *source = g_build_filename (fixture->hub->folder, from, NULL);
  g_autofree char *target = g_build_filename (fixture->hub->folder, to, NULL);

  fixture_remove (target);
  fixture_run ((char *[]){ "cp", "-a", source, target, NULL });
}

/* The hub came back from a backup: told, and nothing that was here is lost; then it goes another way: told, too. */
static void
test_hub_from_backup (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = hub_fixture_add_meeting (fixture->hub, "Họp");
  g_autofree char *lost = NULL;
  g_autofree char *sha256 = upload_random (fixture, 1000, 30);

  hub_fixture_stop (fixture->hub);
  copy_state (fixture, "hub", "backup");
  hub_fixture_start (fixture->hub);
  hub_fixture_add_paper (fixture->hub, meeting, "a", sha256, 1000);
  lost = hub_fixture_add_meeting (fixture->hub, "Sau bản lưu");
  open_session (fixture);
  fixture_wait_until (is_ready (fixture, meeting, "a", sha256) && dinh_library_find (fixture->library, lost) != NULL);

  hub_fixture_stop (fixture->hub);
  copy_state (fixture, "backup", "hub");
  hub_fixture_start (fixture->hub);
  fixture_wait_until (is_live (fixture));
  fixture_wait_until (dinh_line_get_problem (fixture->line) == DINH_LINE_PROBLEM_RECORD_WENT_BACK);
  g_assert_true (is_ready (fixture, meeting, "a", sha256));
  g_assert_nonnull (dinh_library_find (fixture->library, lost));

  hub_fixture_command (fixture->hub, meeting, "item-add",
                       json_pack ("{s:s, s:i, s:s}", "id", "khac", "position", 5, "title", "Khác"));
  dinh_sync_retry (dinh_kiosk_session_get_sync (fixture->session));
  fixture_wait_until (dinh_line_get_problem (fixture->line) == DINH_LINE_PROBLEM_RECORD_FORKED);
  hub_fixture_command (fixture->hub, meeting, "item-add",
                       json_pack ("{s:s, s:i, s:s}", "id", "khac-nua", "position", 6, "title", "Khác"));
  dinh_sync_retry (dinh_kiosk_session_get_sync (fixture->session));
  fixture_wait_until (is_live (fixture));
  g_assert_cmpint (dinh_line_get_problem (fixture->line), ==, DINH_LINE_PROBLEM_RECORD_FORKED);
  g_assert_true (is_ready (fixture, meeting, "a", sha256));
}

/* A backup from before the meeting: the hub lost it whole, the kiosk did not. */
static void
test_meeting_lost (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = NULL;

  hub_fixture_stop (fixture->hub);
  copy_state (fixture, "hub", "backup");
  hub_fixture_start (fixture->hub);
  meeting = hub_fixture_add_meeting (fixture->hub, "Sau bản lưu");
  open_session (fixture);
  fixture_wait_until (dinh_library_find (fixture->library, meeting) != NULL);
  hub_fixture_stop (fixture->hub);
  copy_state (fixture, "backup", "hub");
  hub_fixture_start (fixture->hub);
  fixture_wait_until (dinh_line_get_problem (fixture->line) == DINH_LINE_PROBLEM_RECORD_WENT_BACK);
  g_assert_nonnull (dinh_library_find (fixture->library, meeting));
}

/* Whatever year this machine believes in, the hub is reached, papers come, and a wrong clock is told. */
static void
test_clock (Fixture *fixture, gconstpointer data)
{
  gboolean wrong = ABS (fixture->hub->offset) > G_TIME_SPAN_HOUR;
  g_autofree char *sha256 = upload_random (fixture, 50000, 77);
  g_autofree char *meeting = hub_fixture_add_meeting (fixture->hub, "Họp");

  hub_fixture_add_paper (fixture->hub, meeting, "a", sha256, 50000);
  open_session (fixture);
  fixture_wait_until (is_live (fixture) && is_ready (fixture, meeting, "a", sha256));
  g_assert_cmpint (dinh_line_get_problem (fixture->line), ==,
                   wrong ? DINH_LINE_PROBLEM_CLOCK_WRONG : DINH_LINE_PROBLEM_NONE);
  g_assert_cmpint (ABS (dinh_line_get_clock_offset (fixture->line) - fixture->hub->offset), <, 5 * G_USEC_PER_SEC);
}

/* A device that was shut out says so. */
static void
test_revoked (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = hub_fixture_add_meeting (fixture->hub, "Họp");

  open_session (fixture);
  fixture_wait_until (is_live (fixture));
  hub_fixture_command (fixture->hub, dinh_identity_get_body (fixture->identity), "device-revoke",
                       json_pack ("{s:s}", "id", dinh_identity_get_device (fixture->identity)));
  fixture_wait_until (dinh_line_get_problem (fixture->line) == DINH_LINE_PROBLEM_CERTIFICATE_REFUSED);
  g_assert_cmpint (dinh_line_get_state (fixture->line), ==, DINH_LINE_OFFLINE);
  g_assert_nonnull (dinh_library_find (fixture->library, meeting));
}

static json_t *
make_group (const char *site)
{
  return json_pack ("{s:s, s:s, s:[s]}", "id", "nhom", "name", "Nhóm", "sites", site);
}

/* A paper for a group appears when the kiosk's site joins it. */
static void
join_group (Fixture *fixture, gboolean off)
{
  const char *body = dinh_identity_get_body (fixture->hub->admin);
  g_autofree char *meeting = NULL, *sha256 = upload_random (fixture, 1000, 50);

  for (guint i = 0; i < 2; i++)
    hub_fixture_command (fixture->hub, body, "site-add",
                         json_pack ("{s:s, s:s}", "id", i == 0 ? "xa-a" : "xa-b", "name", "Xã"));
  hub_fixture_command (fixture->hub, body, "group-add", make_group ("xa-b"));
  meeting = hub_fixture_add_meeting (fixture->hub, "Họp");
  hub_fixture_command (fixture->hub, meeting, "paper-add",
                       json_pack ("{s:s, s:s, s:i, s:s, s:s, s:i, s:s, s:[s]}", "id", "a", "item", "muc", "position", 0,
                                  "title", "x", "sha256", sha256, "size", 1000, "file", "x.pdf", "readers", "nhom"));
  g_object_unref (fixture->identity);
  fixture->identity = hub_fixture_add_device (fixture->hub, "seat-a", "xa-a");
  open_session (fixture);
  fixture_wait_until (is_live (fixture));
  g_assert_nonnull (dinh_library_find (fixture->library, meeting));
  g_assert_null (find_paper (fixture, meeting, "a"));
  if (off)
    close_session (fixture);
  hub_fixture_command (fixture->hub, body, "group-change", make_group ("xa-a"));
  if (off)
    open_session (fixture);
  fixture_wait_until (is_ready (fixture, meeting, "a", sha256));
  close_session (fixture);
  open_session (fixture);
  fixture_wait_until (is_ready (fixture, meeting, "a", sha256));
  g_assert_cmpuint (fixture->faults->len, ==, 0);
}

static void
test_joins_group (Fixture *fixture, gconstpointer data)
{
  join_group (fixture, FALSE);
}

static void
test_joined_group_while_off (Fixture *fixture, gconstpointer data)
{
  join_group (fixture, TRUE);
}

/* --- a kiosk that is killed --- */

/* This program again, as a kiosk that only fetches. */
static void G_GNUC_NORETURN
be_kiosk (char **argv)
{
  Fixture fixture = { .data = argv[3], .faults = g_ptr_array_new () };

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  fixture.identity = dinh_identity_load (argv[2], NULL);
  open_session (&fixture);
  for (;;)
    g_main_context_iteration (NULL, TRUE);
}

/* Plain bytes in the whole chunks of the one paper that is on its way in. */
static gint64
get_partial_size (Fixture *fixture)
{
  g_autofree char *folder = g_build_filename (fixture->data, "papers", "partial", NULL);
  g_autoptr (GDir) names = g_dir_open (folder, 0, NULL);
  const char *name = names == NULL ? NULL : g_dir_read_name (names);
  g_autofree char *path = name == NULL ? NULL : g_build_filename (folder, name, NULL);
  GStatBuf info;

  return path != NULL && g_stat (path, &info) == 0 ? info.st_size / DINH_SEALED_STRIDE * DINH_SEALED_CHUNK : 0;
}

/* kill -9 in the middle of a paper: what came counts but for a started chunk, what follows is checked as a whole. */
static void
test_killed (Fixture *fixture, gconstpointer data)
{
  gsize length = 120000000;
  g_autofree char *meeting = hub_fixture_add_meeting (fixture->hub, "Họp");
  g_autofree char *bytes = fixture_random_bytes (length, 40);
  g_autofree char *sha256 = hub_fixture_upload (fixture->hub, bytes, length);
  g_autofree char *seat = g_build_filename (fixture->hub->folder, "seat", NULL);
  gint64 left;
  guint n_kills;

  hub_fixture_add_paper (fixture->hub, meeting, "a", sha256, length);
  for (n_kills = 0; n_kills < 3; n_kills++) {
    gint64 before = get_partial_size (fixture);
    g_autoptr (GError) error = NULL;
    g_autoptr (GSubprocess) kiosk = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, "/proc/self/exe", "--kiosk", seat,
                                                      fixture->data, NULL);

    g_assert_no_error (error);
    while (get_partial_size (fixture) < before + 1000000)
      g_usleep (500);
    g_subprocess_force_exit (kiosk);
    g_subprocess_wait (kiosk, NULL, NULL);
  }
  left = (gint64) length - get_partial_size (fixture);
  g_assert_cmpint (left, <=, (gint64) length - 3000000);
  g_assert_cmpint (left, >, 0);
  open_session (fixture);
  fixture_wait_until (is_ready (fixture, meeting, "a", sha256));
  assert_paper (fixture, find_paper (fixture, meeting, "a"), bytes, length);
  g_assert_cmpint ((gint64) dinh_fetcher_get_received (dinh_kiosk_session_get_fetcher (fixture->session)), ==, left);
}

static gboolean
on_cancel_due (gpointer user_data)
{
  g_cancellable_cancel (user_data);
  return G_SOURCE_REMOVE;
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/*
 * Questions are cancelled at any moment, and the hub goes and comes back under them. What is asked afterwards is answered,
 * and no connection is made that does not show who asks.
 */
static void
test_cut_off (Fixture *fixture, gconstpointer data)
{
  enum { N_QUESTIONS = 12, N_ROUNDS = 20 };
  HubFixture *hub = fixture->hub;
  const DinhRequest request = { .path = "/v1/streams" };

  for (guint i = 0; i < N_ROUNDS; i++) {
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    GAsyncResult *results[N_QUESTIONS] = { NULL };
    g_autoptr (GError) error = NULL;
    g_autoptr (DinhAnswer) answer = NULL;

    g_timeout_add ((guint) g_test_rand_int_range (0, 12), on_cancel_due, cancellable);
    for (guint j = 0; j < N_QUESTIONS; j++)
      dinh_hub_client_send_async (hub->client, &request, j % 2 == 0 ? cancellable : NULL, on_answered, &results[j]);
    while (!g_cancellable_is_cancelled (cancellable))
      g_main_context_iteration (NULL, TRUE);
    hub_fixture_stop (hub);
    hub_fixture_start (hub);
    for (guint j = 0; j < N_QUESTIONS; j++) {
      g_autoptr (GError) fault = NULL;
      g_autoptr (DinhAnswer) taken = NULL;

      while (results[j] == NULL)
        g_main_context_iteration (NULL, TRUE);
      taken = dinh_hub_client_send_finish (hub->client, results[j], &fault);
      if (taken == NULL && !g_error_matches (fault, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_assert_error (fault, DINH_NET_ERROR, DINH_NET_ERROR_UNREACHABLE);
      g_object_unref (results[j]);
    }
    answer = hub_fixture_ask (hub, &request, &error);
    g_assert_no_error (error);
  }
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "follows", test_follows },
    { "without-hub", test_without_hub },
    { "hub-restarts", test_hub_restarts },
    { "fetches-the-tail", test_fetches_the_tail },
    { "recalls", test_recalls },
    { "damaged", test_damaged },
    { "secret-lost", test_secret_lost },
    { "wanted-first", test_wanted_first },
    { "pauses", test_pauses },
    { "sends", test_sends },
    { "hub-from-backup", test_hub_from_backup },
    { "meeting-lost", test_meeting_lost },
    { "clock", test_clock },
    { "revoked", test_revoked },
    { "joins-group", test_joins_group },
    { "joined-group-while-off", test_joined_group_while_off },
    { "killed", test_killed },
    { "cut-off", test_cut_off },
  };

  if (argc == 4 && g_str_equal (argv[1], "--kiosk"))
    be_kiosk (argv);
  /* Only this program is in another year, not the hub that it starts. */
  g_unsetenv ("LD_PRELOAD");
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *path = g_strconcat ("/net/kiosk-session/", tests[i].name, NULL);
    g_test_add (path, Fixture, NULL, set_up, tests[i].test, tear_down);
  }
  return g_test_run ();
}
