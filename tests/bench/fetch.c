/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-kiosk-session.h"
#include "data/store/dinh-device-keys.h"
#include "data/net/dinh-device-seal.h"
#include "tests/bench/figure.h"

#include <glib/gstdio.h>
#include <math.h>
#include <netinet/in.h>
#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* How a kiosk gets its papers from a running hub.
 *   fetch once IDENTITY DATA N            fetches the N papers that it lacks, prints milliseconds and bytes
 * on the wire fetch papers IDENTITY FOLDER N ROUNDS the same beside curl, in turns, as a figure: nothing in
 * FOLDER at first fetch appended IDENTITY DATA SIZE     bytes on the wire for one paper of SIZE whose version
 * before is in DATA, as a figure Time counts from the moment at which the kiosk knows what there is to fetch
 * until all is checked and on the disk. */

#define BAR_TIME 1.1
#define BAR_BYTES 2.0 /* percent */

/* Bytes that went over this process's TCP connections in both directions, TLS and HTTP included. */
static guint64
count_wire (void)
{
  guint64 bytes = 0;

  for (int fd = 0; fd < 256; fd++) {
    struct tcp_info info = {0};
    socklen_t length = sizeof info;

    if (getsockopt (fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0)
      bytes += info.tcpi_bytes_received + info.tcpi_bytes_acked;
  }
  return bytes;
}

typedef struct {
  double milliseconds;
  double bytes;
} Measured;

static void
on_left_changed (GObject *fetcher, GParamSpec *property, gpointer user_data)
{
  g_main_context_wakeup (NULL);
}

static void
wait_for_left (DinhFetcher *fetcher, guint n)
{
  while (dinh_fetcher_get_n_left (fetcher) != n)
    g_main_context_iteration (NULL, TRUE);
}

static gboolean
fetch_once (const char *identity_folder, const char *data, guint n, Measured *measured, GError **error)
{
  g_autoptr (DinhIdentity) identity = dinh_identity_load (identity_folder, error);
  g_autoptr (DinhLibrary) library = dinh_library_new ();
  g_autoptr (DinhLine) line = dinh_line_new ();
  g_autoptr (DinhKioskSession) session =
      identity == NULL ? NULL : dinh_kiosk_session_new (identity, data, library, line, error);
  DinhFetcher *fetcher = session == NULL ? NULL : dinh_kiosk_session_get_fetcher (session);
  guint64 wire;
  gint64 began;

  if (fetcher == NULL)
    return FALSE;
  g_signal_connect (fetcher, "notify::n-left", G_CALLBACK (on_left_changed), NULL);
  dinh_fetcher_set_paused (fetcher, TRUE);
  dinh_kiosk_session_start (session);
  wait_for_left (fetcher, n);
  while (dinh_line_get_state (line) != DINH_LINE_LIVE && dinh_line_get_state (line) != DINH_LINE_POLLING)
    g_main_context_iteration (NULL, TRUE);
  wire = count_wire ();
  began = g_get_monotonic_time ();
  dinh_fetcher_set_paused (fetcher, FALSE);
  wait_for_left (fetcher, 0);
  measured->milliseconds = (g_get_monotonic_time () - began) / 1000.0;
  measured->bytes = count_wire () - wire;
  dinh_kiosk_session_stop (session);
  return TRUE;
}

/* In a process of its own, so that nothing is warm. */
static gboolean
fetch_apart (char **argv, const char *data, Measured *measured)
{
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;
  char *command[] = {argv[0], (char *) "once", argv[2], (char *) data, argv[4], NULL};
  int status;

  if (g_spawn_sync (NULL, command, NULL, 0, NULL, NULL, &output, NULL, &status, &error) &&
      g_spawn_check_wait_status (status, &error) &&
      sscanf (output, "%lf %lf", &measured->milliseconds, &measured->bytes) == 2)
    return TRUE;
  g_printerr ("fetch: %s\n", error == NULL ? output : error->message);
  return FALSE;
}

/* Every complete paper in @data, by its SHA-256. */
static GPtrArray *
list_papers (const char *identity, const char *data)
{
  g_autofree char *folder = g_build_filename (data, "papers", NULL);
  g_autofree char *database = g_build_filename (data, "kiosk.db", NULL);
  g_autoptr (DinhSeal) seal = dinh_device_seal_load (identity, NULL);
  g_autoptr (DinhPaperKeys) keys = dinh_device_keys_new (database, seal);
  g_autoptr (DinhPaperStore) store = dinh_paper_store_new_sealed (folder, keys, NULL);
  g_autoptr (GHashTable) sizes = dinh_paper_store_list (store, FALSE, NULL);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  const char *name;

  g_hash_table_iter_init (&iter, sizes);
  while (g_hash_table_iter_next (&iter, (gpointer *) &name, NULL))
    g_ptr_array_add (names, g_strdup (name));
  return names;
}

/* One curl with one connection kept alive, then one sync(1) that forces every file and their folder to the
 * disk. */
static char *
write_peer (const char *identity, const char *hub, const char *folder, GPtrArray *papers)
{
  g_autoptr (GString) script = g_string_new (NULL);

  g_string_append_printf (
      script, "cd '%s' && curl -sS --fail --cert '%s/tls.crt' --key '%s/tls.key' --cacert '%s/ca.crt'",
      folder, identity, identity, identity);
  for (guint i = 0; i < papers->len; i++)
    g_string_append_printf (script, " -o %s %s/v1/blobs/%s", (char *) papers->pdata[i], hub,
                            (char *) papers->pdata[i]);
  g_string_append (script, " && sync");
  for (guint i = 0; i < papers->len; i++)
    g_string_append_printf (script, " %s", (char *) papers->pdata[i]);
  g_string_append (script, " .");
  return g_string_free (g_steal_pointer (&script), FALSE);
}

static double
run_peer (const char *script)
{
  char *command[] = {(char *) "sh", (char *) "-c", (char *) script, NULL};
  gint64 began = g_get_monotonic_time ();
  int status = -1;

  g_spawn_sync (NULL, command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL);
  return status == 0 ? (g_get_monotonic_time () - began) / 1000.0 : NAN;
}

static gboolean
run_rounds (char **argv, const char *hub, GArray *ours, GArray *theirs)
{
  guint n_rounds = (guint) atoi (argv[5]);

  for (guint round = 0; round < n_rounds; round++) {
    g_autofree char *data = g_strdup_printf ("%s/ours-%u", argv[3], round);
    g_autofree char *folder = g_strdup_printf ("%s/theirs-%u", argv[3], round);
    g_autoptr (GPtrArray) papers = NULL;
    g_autofree char *script = NULL;
    Measured measured;

    if (g_mkdir_with_parents (folder, 0700) != 0 || !fetch_apart (argv, data, &measured))
      return FALSE;
    papers = list_papers (argv[2], data);
    script = write_peer (argv[2], hub, folder, papers);
    values_add (ours, measured.milliseconds);
    values_add (theirs, run_peer (script));
  }
  return TRUE;
}

static int
measure_papers (char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhIdentity) identity = dinh_identity_load (argv[2], &error);
  g_autoptr (GArray) ours = values_new ();
  g_autoptr (GArray) theirs = values_new ();
  g_autofree char *of = g_strdup_printf (
      "%s papers, median of %s; curl with one connection, then sync of each file", argv[4], argv[5]);

  if (identity == NULL) {
    g_printerr ("fetch: %s\n", error->message);
    return 1;
  }
  if (!run_rounds (argv, dinh_identity_get_hubs (identity)[0], ours, theirs))
    return 1;
  figure_print (&(Figure){.bench = "fetch",
                          .figure = "papers",
                          .of = of,
                          .value = values_percentile (ours, 50),
                          .unit = "ms",
                          .peer = "curl",
                          .peer_value = values_percentile (theirs, 50),
                          .bar = BAR_TIME});
  return 0;
}

static int
measure_appended (char **argv)
{
  g_autoptr (GError) error = NULL;
  Measured measured;

  if (!fetch_once (argv[2], argv[3], 1, &measured, &error)) {
    g_printerr ("fetch: %s\n", error->message);
    return 1;
  }
  g_autofree char *of =
      g_strdup_printf ("%.0f bytes on the wire, TLS included, of a paper of %s", measured.bytes, argv[4]);
  figure_print (&(Figure){.bench = "fetch",
                          .figure = "appended",
                          .of = of,
                          .value = 100 * measured.bytes / atof (argv[4]),
                          .unit = "%",
                          .bar = BAR_BYTES});
  return 0;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  Measured measured;

  if (argc == 6 && strcmp (argv[1], "papers") == 0)
    return measure_papers (argv);
  if (argc == 5 && strcmp (argv[1], "appended") == 0)
    return measure_appended (argv);
  if (argc != 5 || strcmp (argv[1], "once") != 0) {
    g_printerr ("usage: fetch once IDENTITY DATA N | papers IDENTITY FOLDER N ROUNDS | appended IDENTITY "
                "DATA SIZE\n");
    return 2;
  }
  if (!fetch_once (argv[2], argv[3], (guint) atoi (argv[4]), &measured, &error)) {
    g_printerr ("fetch: %s\n", error->message);
    return 1;
  }
  g_print ("%f %f\n", measured.milliseconds, measured.bytes);
  return 0;
}
