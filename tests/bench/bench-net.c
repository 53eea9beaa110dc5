/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-kiosk-session.h"
#include "tests/bench/figure.h"
#include "tests/data/net/hub-fixture.h"

/*
 * What the kiosk's side of the wire costs, against a real hub: a large paper and many small ones beside curl, a signature
 * appended to a paper, and how soon fifty stored meetings are shown without a hub.
 */

#define LARGE (400 * 1000 * 1000)
#define N_SMALL 100
#define SMALL (200 * 1000)
#define N_ROUNDS 3
#define PAPER (5 * 1000 * 1000)
#define SIGNATURE (20 * 1000)
#define N_MEETINGS 50
#define N_ITEMS 30

typedef struct {
  HubFixture *hub;
  DinhIdentity *identity;
  char *data;
  DinhLibrary *library;
  DinhLine *line;
  DinhKioskSession *session;
} Kiosk;

static void
open_session (Kiosk *kiosk)
{
  kiosk->library = dinh_library_new ();
  kiosk->line = dinh_line_new ();
  kiosk->session = dinh_kiosk_session_new (kiosk->identity, kiosk->data, kiosk->library, kiosk->line, NULL);
  dinh_kiosk_session_start (kiosk->session);
}

static void
close_session (Kiosk *kiosk)
{
  dinh_kiosk_session_stop (kiosk->session);
  g_clear_object (&kiosk->session);
  g_clear_object (&kiosk->library);
  g_clear_object (&kiosk->line);
}

static gboolean
is_live (Kiosk *kiosk)
{
  return dinh_line_get_state (kiosk->line) == DINH_LINE_LIVE;
}

static guint
count_ready (Kiosk *kiosk, const char *meeting)
{
  DinhMeeting *found = dinh_library_find (kiosk->library, meeting);

  return found == NULL ? 0 : dinh_meeting_get_n_ready (found);
}

/* Seconds until the papers of @meeting are here, beginning with a live line. */
static double
measure_fetch (Kiosk *kiosk, const char *meeting, guint n_papers)
{
  g_autofree char *papers = g_build_filename (kiosk->data, "papers", NULL);
  g_autoptr (GTimer) timer = NULL;
  double seconds;

  fixture_remove (papers);
  open_session (kiosk);
  dinh_fetcher_set_paused (dinh_kiosk_session_get_fetcher (kiosk->session), TRUE);
  fixture_wait_until (is_live (kiosk));
  timer = g_timer_new ();
  dinh_fetcher_set_paused (dinh_kiosk_session_get_fetcher (kiosk->session), FALSE);
  while (count_ready (kiosk, meeting) < n_papers)
    g_main_context_iteration (NULL, TRUE);
  seconds = g_timer_elapsed (timer, NULL);
  close_session (kiosk);
  return seconds;
}

/* One curl for all, with as many connections; @check has it hash what came, too, as a kiosk must. */
static double
measure_curl (Kiosk *kiosk, GPtrArray *papers, gboolean check)
{
  g_autofree char *seat = g_build_filename (kiosk->hub->folder, "seat", NULL);
  g_autofree char *out = g_build_filename (kiosk->hub->folder, "curl", NULL);
  g_autofree char *list = g_build_filename (kiosk->hub->folder, "curl.conf", NULL);
  g_autofree char *command =
    g_strdup_printf ("mkdir -p %s && curl -sf --parallel --parallel-max 2 --cert %s/tls.crt --key %s/tls.key --cacert "
                     "%s/ca.crt -K %s %s%s%s",
                     out, seat, seat, seat, list, check ? "&& sha256sum " : "", check ? out : "", check ? "/*" : "");
  g_autoptr (GString) lines = g_string_new (NULL);
  g_autoptr (GTimer) timer = NULL;
  double seconds;

  for (guint i = 0; i < papers->len; i++) {
    const char *sha256 = g_ptr_array_index (papers, i);
    g_string_append_printf (lines, "url = \"https://%s/v1/blobs/%s\"\noutput = \"%s/%s\"\n", kiosk->hub->address, sha256,
                            out, sha256);
  }
  g_file_set_contents (list, lines->str, -1, NULL);
  timer = g_timer_new ();
  fixture_run ((char *[]){ "sh", "-c", command, NULL });
  seconds = g_timer_elapsed (timer, NULL);
  fixture_remove (out);
  return seconds;
}

static GPtrArray *
publish_papers (Kiosk *kiosk, const char *meeting, guint n_papers, gsize length)
{
  GPtrArray *papers = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < n_papers; i++) {
    g_autofree char *bytes = fixture_random_bytes (length, i + (guint32) length);
    g_autofree char *id = g_strdup_printf ("p%u", i);

    g_ptr_array_add (papers, hub_fixture_upload (kiosk->hub, bytes, length));
    hub_fixture_add_paper (kiosk->hub, meeting, id, g_ptr_array_index (papers, i), length);
  }
  hub_fixture_command (kiosk->hub, meeting, "meeting-publish", json_object ());
  return papers;
}

static void
print_seconds (const char *figure, const char *of, double value, const char *peer, double peer_value, double bar)
{
  Figure line = { "net", figure, of, value, "s", peer, peer_value, bar };

  figure_print (&line);
}

/* The best of a few rounds each, in turns. */
static void
measure_papers (Kiosk *kiosk, const char *of, guint n_papers, gsize length)
{
  g_autofree char *meeting = hub_fixture_prepare_meeting (kiosk->hub, of);
  g_autoptr (GPtrArray) papers = publish_papers (kiosk, meeting, n_papers, length);
  double ours = G_MAXDOUBLE, plain = G_MAXDOUBLE, checked = G_MAXDOUBLE;

  for (guint i = 0; i < N_ROUNDS; i++) {
    plain = MIN (plain, measure_curl (kiosk, papers, FALSE));
    ours = MIN (ours, measure_fetch (kiosk, meeting, n_papers));
    checked = MIN (checked, measure_curl (kiosk, papers, TRUE));
  }
  print_seconds ("fetch", of, ours, "curl", plain, 0);
  print_seconds ("fetch", of, ours, "curl, sha256sum", checked, 1.1);
  for (guint i = 0; i < n_papers; i++) {
    g_autofree char *id = g_strdup_printf ("p%u", i);
    hub_fixture_command (kiosk->hub, meeting, "paper-recall", json_pack ("{s:s, s:s}", "id", id, "reason", "x"));
  }
}

/* Bytes over the wire for a paper that was signed since, in percent of the paper. */
static void
measure_signature (Kiosk *kiosk)
{
  g_autofree char *meeting = hub_fixture_add_meeting (kiosk->hub, "signature");
  g_autofree char *bytes = fixture_random_bytes (PAPER + SIGNATURE, 7);
  g_autofree char *before = hub_fixture_upload (kiosk->hub, bytes, PAPER);
  g_autofree char *after = hub_fixture_upload (kiosk->hub, bytes, PAPER + SIGNATURE);
  Figure figure = { "net", "signature", "5 MB", 0, "percent", .bar = 2 };
  DinhFetcher *fetcher;

  hub_fixture_add_paper (kiosk->hub, meeting, "a", before, PAPER);
  open_session (kiosk);
  fetcher = dinh_kiosk_session_get_fetcher (kiosk->session);
  fixture_wait_until (count_ready (kiosk, meeting) == 1);
  figure.value = -(double) dinh_fetcher_get_received (fetcher);
  hub_fixture_command (kiosk->hub, meeting, "paper-replace",
                       json_pack ("{s:s, s:s, s:i, s:s}", "id", "a", "sha256", after, "size", PAPER + SIGNATURE, "file", "x"));
  fixture_wait_until (count_ready (kiosk, meeting) == 0);
  fixture_wait_until (count_ready (kiosk, meeting) == 1);
  figure.value = (figure.value + (double) dinh_fetcher_get_received (fetcher)) * 100 / PAPER;
  figure_print (&figure);
  close_session (kiosk);
}

/* Seconds until all stored meetings are shown, the hub being away. */
static void
measure_start (Kiosk *kiosk)
{
  guint n_meetings;
  g_autoptr (GTimer) timer = NULL;

  for (guint i = 0; i < N_MEETINGS; i++) {
    g_autofree char *meeting = hub_fixture_add_meeting (kiosk->hub, "Họp");

    for (guint j = 0; j < N_ITEMS; j++) {
      g_autofree char *id = g_strdup_printf ("m%u", j);
      hub_fixture_command (kiosk->hub, meeting, "item-add",
                           json_pack ("{s:s, s:i, s:s}", "id", id, "position", (int) j, "title", id));
    }
  }
  open_session (kiosk);
  fixture_wait_until (is_live (kiosk));
  n_meetings = g_list_model_get_n_items (G_LIST_MODEL (kiosk->library));
  close_session (kiosk);
  hub_fixture_stop (kiosk->hub);
  timer = g_timer_new ();
  open_session (kiosk);
  while (g_list_model_get_n_items (G_LIST_MODEL (kiosk->library)) < n_meetings)
    g_main_context_iteration (NULL, TRUE);
  print_seconds ("start", "50 meetings, no hub", g_timer_elapsed (timer, NULL), NULL, 0, 1);
  close_session (kiosk);
}

int
main (int argc, char **argv)
{
  Kiosk kiosk = { .hub = hub_fixture_new () };

  kiosk.identity = hub_fixture_add_device (kiosk.hub, "seat", NULL);
  kiosk.data = g_build_filename (kiosk.hub->folder, "data", NULL);
  measure_papers (&kiosk, "400 MB", 1, LARGE);
  measure_papers (&kiosk, "100 times 200 kB", N_SMALL, SMALL);
  measure_signature (&kiosk);
  measure_start (&kiosk);
  hub_fixture_free (kiosk.hub);
  return 0;
}
