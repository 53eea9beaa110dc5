/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-time.h"
#include "data/trust/dinh-authority.h"
#include "data/trust/dinh-certificate.h"
#include "tests/bench/bench-hub.h"
#include "tests/bench/figure.h"
#include "tests/bench/subscribers.h"

#include <gio/gunixsocketaddress.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How long one command takes to reach all kiosks through the whole hub, beside nchan alone that delivers the
 * same bytes to as many subscribers with the same certificates, in turns: fanout STATE MEETING ITEM SITE
 * HUB-PORT PEER-PORT PEER-SOCKET N ROUNDS Each subscriber is a device of its own, as hub and nchan see it.
 * One JSON object a line. */

#define AT_ONCE 64
#define ROUND_SECONDS 20
#define PAUSE_MILLISECONDS 60
/* The hub says where a stream stands when it rests. Of two workers nchan has one wait for the other if that message
 * comes while subscribers do, so neither side gets one before all are there. */
#define REST_MILLISECONDS 4000
#define BAR_SPREAD 1.1
#define BAR_FIRST 20 /* ms */

typedef struct {
  BenchHub *hub;
  SoupSession *peer;
  Subscribers *ours, *theirs;
  const char *meeting, *item;
  guint under_way;
  GError *error;
  gint64 at; /* the event's own time */
  GArray *spread, *peer_spread, *to_first, *peer_to_first;
} Bench;

static void
pass_free (Pass *pass)
{
  g_free (pass->certificate);
  g_free (pass->key);
  g_free (pass);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Bench *bench = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhJson) answer = bench_hub_post_finish (source, result, &error);

  bench->under_way--;
  if (answer != NULL)
    dinh_time_parse (dinh_json_get_string (answer, "at"), &bench->at);
  else if (bench->error == NULL)
    bench->error = g_steal_pointer (&error);
}

/* Certifies a device as the hub would and asks that it is let in. */
static Pass *
enroll (Bench *bench, DinhAuthority *authority, const char *site)
{
  Pass *pass = g_new0 (Pass, 1);
  g_autoptr (DinhKey) signer = dinh_key_new ();
  g_autofree char *id = dinh_uuid_new ();
  g_autofree char *request = dinh_certificate_request_new (id, NULL, &pass->key, NULL);
  g_autofree char *fingerprint = NULL;

  pass->certificate = dinh_authority_sign_request (authority, request, id, NULL);
  fingerprint = dinh_certificate_fingerprint (pass->certificate, strlen (pass->certificate), NULL);
  bench->under_way++;
  bench_hub_post (bench->hub, dinh_identity_get_body (bench->hub->identity), "device-add",
                  json_pack ("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", id, "name", id, "profile", "seat",
                             "site", site, "certificate", fingerprint, "key", dinh_key_get_public (signer)),
                  on_answered, bench);
  return pass;
}

static GPtrArray *
enroll_all (Bench *bench, const char *state, const char *site, guint n, GError **error)
{
  g_autofree char *trust = g_build_filename (state, "trust", NULL);
  g_autoptr (DinhAuthority) authority = dinh_authority_load (trust, error);
  g_autoptr (GPtrArray) passes = g_ptr_array_new_with_free_func ((GDestroyNotify) pass_free);

  for (guint i = 0; authority != NULL && i < n && bench->error == NULL; i++) {
    g_ptr_array_add (passes, enroll (bench, authority, site));
    while (bench->under_way >= AT_ONCE)
      g_main_context_iteration (NULL, TRUE);
  }
  while (bench->under_way > 0)
    g_main_context_iteration (NULL, TRUE);
  if (bench->error != NULL)
    g_propagate_error (error, g_steal_pointer (&bench->error));
  return passes->len < n ? NULL : g_steal_pointer (&passes);
}

static gboolean
on_pause_over (gpointer over)
{
  *(gboolean *) over = TRUE;
  return G_SOURCE_REMOVE;
}

static void
pause_a_little (guint milliseconds)
{
  gboolean over = FALSE;

  g_timeout_add (milliseconds, on_pause_over, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
}

static void
keep (GArray *values, gint64 from, gint64 to)
{
  values_add (values, (to - from) / 1000.0);
}

static gboolean
run_ours (Bench *bench, guint round)
{
  g_autofree char *title =
      g_strdup_printf ("Báo cáo kết quả thực hiện kế hoạch chuyển đổi số, lần sửa thứ %u", round);

  subscribers_expect (bench->ours);
  bench->under_way++;
  bench_hub_post (bench->hub, bench->meeting, "item-change",
                  json_pack ("{s:s, s:i, s:s}", "id", bench->item, "position", 0, "title", title),
                  on_answered, bench);
  if (!subscribers_wait (bench->ours, ROUND_SECONDS))
    return FALSE;
  while (bench->under_way > 0)
    g_main_context_iteration (NULL, TRUE);
  keep (bench->spread, subscribers_get_first (bench->ours), subscribers_get_last (bench->ours));
  keep (bench->to_first, bench->at, subscribers_get_first (bench->ours));
  return bench->error == NULL;
}

static void
on_published (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Bench *bench = user_data;
  g_autoptr (GBytes) answer = soup_session_send_and_read_finish (SOUP_SESSION (source), result,
                                                                 bench->error == NULL ? &bench->error : NULL);

  bench->under_way--;
}

static gboolean
run_theirs (Bench *bench)
{
  g_autoptr (GBytes) message = subscribers_dup_message (bench->ours);
  g_autoptr (SoupMessage) request = soup_message_new ("POST", "http://nchan/publish");
  gint64 began = g_get_real_time ();

  soup_message_set_request_body_from_bytes (request, "application/x-ndjson", message);
  subscribers_expect (bench->theirs);
  bench->under_way++;
  soup_session_send_and_read_async (bench->peer, request, G_PRIORITY_HIGH, NULL, on_published, bench);
  if (!subscribers_wait (bench->theirs, ROUND_SECONDS))
    return FALSE;
  while (bench->under_way > 0)
    g_main_context_iteration (NULL, TRUE);
  keep (bench->peer_spread, subscribers_get_first (bench->theirs), subscribers_get_last (bench->theirs));
  keep (bench->peer_to_first, began, subscribers_get_first (bench->theirs));
  return bench->error == NULL;
}

/* The first round warms both up and gives the peer its bytes. */
static gboolean
run_rounds (Bench *bench, guint n_rounds)
{
  for (guint round = 0; round <= n_rounds; round++) {
    if (round == 1) {
      g_array_set_size (bench->spread, 0);
      g_array_set_size (bench->peer_spread, 0);
      g_array_set_size (bench->to_first, 0);
      g_array_set_size (bench->peer_to_first, 0);
    }
    for (guint turn = 0; turn < 2; turn++) {
      if (!((round + turn) % 2 == 0 ? run_ours (bench, round) : run_theirs (bench)))
        return FALSE;
      pause_a_little (PAUSE_MILLISECONDS);
    }
  }
  return TRUE;
}

static void
print_figures (Bench *bench, guint n)
{
  g_autoptr (GBytes) message = subscribers_dup_message (bench->ours);
  g_autofree char *of = g_strdup_printf ("%u devices, %u rounds, messages of %zu bytes", n,
                                         bench->spread->len, g_bytes_get_size (message));
  g_autofree char *from = g_strdup_printf ("%s; from the event's own time, before its commit", of);
  const struct {
    const char *name, *of;
    double percent;
    GArray *ours, *theirs;
    double bar;
  } figures[] = {
      {"first-to-last-p50", of, 50, bench->spread, bench->peer_spread, 0},
      {"first-to-last-p99", of, 99, bench->spread, bench->peer_spread, BAR_SPREAD},
      {"commit-to-first-p50", from, 50, bench->to_first, NULL, BAR_FIRST},
      {"commit-to-first-p99", from, 99, bench->to_first, NULL, 0},
      {"nchan-publish-to-first-p50", of, 50, bench->peer_to_first, NULL, 0},
  };

  for (guint i = 0; i < G_N_ELEMENTS (figures); i++)
    figure_print (&(Figure){.bench = "fanout",
                            .figure = figures[i].name,
                            .of = figures[i].of,
                            .value = values_percentile (figures[i].ours, figures[i].percent),
                            .unit = "ms",
                            .peer = figures[i].theirs == NULL ? NULL : "nchan alone",
                            .peer_value = figures[i].theirs == NULL
                                              ? 0
                                              : values_percentile (figures[i].theirs, figures[i].percent),
                            .bar = figures[i].bar});
}

static gboolean
measure (Bench *bench, char **argv, GError **error)
{
  guint n = (guint) atoi (argv[8]);
  g_autoptr (GPtrArray) passes = enroll_all (bench, argv[1], argv[4], n, error);

  if (passes == NULL)
    return FALSE;
  pause_a_little (REST_MILLISECONDS);
  bench->ours = subscribers_new ((guint) atoi (argv[5]), "/v1/live", passes, error);
  bench->theirs =
      bench->ours == NULL ? NULL : subscribers_new ((guint) atoi (argv[6]), "/live", passes, error);
  if (bench->theirs == NULL)
    return FALSE;
  pause_a_little (PAUSE_MILLISECONDS);
  if (!run_rounds (bench, (guint) atoi (argv[9]))) {
    if (bench->error != NULL)
      g_propagate_error (error, g_steal_pointer (&bench->error));
    else
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "a message did not reach everybody");
    return FALSE;
  }
  print_figures (bench, n);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *admin = argc == 10 ? g_build_filename (argv[1], "admin", NULL) : NULL;
  Bench bench = {0};
  gboolean good;

  if (admin == NULL) {
    g_printerr ("usage: fanout STATE MEETING ITEM SITE HUB-PORT PEER-PORT PEER-SOCKET N ROUNDS\n");
    return 2;
  }
  g_autoptr (GSocketAddress) socket = g_unix_socket_address_new (argv[7]);
  bench.meeting = argv[2];
  bench.item = argv[3];
  bench.peer = g_object_new (SOUP_TYPE_SESSION, "remote-connectable", socket, NULL);
  bench.spread = values_new ();
  bench.peer_spread = values_new ();
  bench.to_first = values_new ();
  bench.peer_to_first = values_new ();
  bench.hub = bench_hub_new (admin, &error);
  good = bench.hub != NULL && measure (&bench, argv, &error);
  if (!good)
    g_printerr ("fanout: %s\n", error->message);
  return good ? 0 : 1;
}
