/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "figure.h"

#include <glib/gstdio.h>
#include <gtk/gtk.h>
#include <math.h>
#include <stdlib.h>

#include "ui/paper/dinh-page-view.h"
#include "ui/paper/dinh-reader.h"
#include "tests/data/paper/sealed-fixture.h"

/* How long real papers, sealed as a kiosk keeps them, take to be sharp in the reader, and what window and helpers
 * weigh together:
 *   DINH_HELPER=… DINH_REAL_PAPERS=FOLDER reader-papers WIDTH HEIGHT
 * One JSON object a line. */

#define N_HELPERS 2
#define N_OPENINGS 5
#define N_VISITED 60 /* pages of the longest paper */
#define MAX_MIB 250.0

typedef struct {
  GtkWidget *window;
  DinhReader *reader;
  DinhPageView *view;
  const char *size;
} Bench;

static GtkWidget *
find_widget (GtkWidget *widget, GType type)
{
  GtkWidget *found = G_TYPE_CHECK_INSTANCE_TYPE (widget, type) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); found == NULL && child != NULL;
       child = gtk_widget_get_next_sibling (child)) {
    found = find_widget (child, type);
  }
  return found;
}

static double
wait_until_sharp (Bench *bench, gint64 since)
{
  while (!dinh_page_view_is_sharp (bench->view)) {
    g_main_context_iteration (NULL, TRUE);
  }
  return (g_get_monotonic_time () - since) / 1000.0;
}

static gboolean
on_time_over (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
pass_time (guint milliseconds)
{
  gboolean over = FALSE;

  g_timeout_add (milliseconds, on_time_over, &over);
  while (!over) {
    g_main_context_iteration (NULL, TRUE);
  }
}

/* A new renderer, so that its helpers have not been started yet: the worst case. */
static void
set_up (Bench *bench, int width, int height)
{
  g_autoptr (DinhRenderer) renderer = dinh_renderer_new (g_getenv ("DINH_HELPER"), N_HELPERS);

  sealed_fixture_use (renderer);
  bench->window = gtk_window_new ();
  bench->reader = DINH_READER (dinh_reader_new (renderer));
  bench->view = DINH_PAGE_VIEW (find_widget (GTK_WIDGET (bench->reader), DINH_TYPE_PAGE_VIEW));
  gtk_window_set_child (GTK_WINDOW (bench->window), GTK_WIDGET (bench->reader));
  gtk_window_set_decorated (GTK_WINDOW (bench->window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (bench->window), width, height);
  gtk_window_present (GTK_WINDOW (bench->window));
  pass_time (300);
}

/* What a person would use instead: each starts, draws one page at the same scale and throws it away. */
static const char *const peers[] = {"mutool draw", "pdftoppm"};

static char *
peer_command (guint peer, double dpi, const char *paper, guint page)
{
  g_autofree char *file = g_shell_quote (paper);

  return peer == 0 ? g_strdup_printf ("mutool draw -q -F pnm -o /dev/null -r %.2f %s %u", dpi, file, page + 1)
                   : g_strdup_printf ("pdftoppm -r %.2f -f %u -l %u %s", dpi, page + 1, page + 1, file);
}

static double
run_peer (Bench *bench, guint peer, const char *paper, guint page)
{
  g_autofree char *command =
      peer_command (peer, 72 * dinh_page_view_get_placement (bench->view).scale, paper, page);
  g_auto (GStrv) words = NULL;
  gint64 began = g_get_monotonic_time ();
  int status = -1;

  if (!g_shell_parse_argv (command, NULL, &words, NULL) ||
      !g_spawn_sync (NULL, words, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL,
                     NULL, &status, NULL) ||
      status != 0)
    return NAN;
  return (g_get_monotonic_time () - began) / 1000.0;
}

/* The median of @ours, beside that of each peer: @theirs has the peers' values by the peers' order. */
static void
print_times (Bench *bench, const char *figure, const char *paper, GArray *ours, GArray **theirs)
{
  g_autofree char *name = g_path_get_basename (paper);
  g_autofree char *of = g_strdup_printf ("%s, %s, median of %u", name, bench->size, ours->len);

  for (guint peer = 0; peer < G_N_ELEMENTS (peers); peer++)
    figure_print (&(Figure){.bench = "reader",
                            .figure = figure,
                            .of = of,
                            .value = values_percentile (ours, 50),
                            .unit = "ms",
                            .peer = peers[peer],
                            .peer_value = values_percentile (theirs[peer], 50)});
}

static void
add_times (Bench *bench, const char *paper, guint page, double time, GArray *ours, GArray **theirs)
{
  values_add (ours, time);
  for (guint peer = 0; peer < G_N_ELEMENTS (peers); peer++)
    values_add (theirs[peer], run_peer (bench, peer, paper, page));
}

static guint
count_pages (Bench *bench)
{
  guint n_pages;

  g_object_get (bench->reader, "n-pages", &n_pages, NULL);
  return n_pages;
}

/* Jumps to pages that nobody could foresee. The peers have the paper plain. */
static void
measure_jumps (Bench *bench, const char *paper)
{
  g_autoptr (GArray) ours = values_new ();
  g_autoptr (GArray) mutool = values_new ();
  g_autoptr (GArray) pdftoppm = values_new ();
  GArray *theirs[] = {mutool, pdftoppm};

  for (guint page = 5; page < count_pages (bench) && ours->len < 20; page += 5) {
    gint64 now = g_get_monotonic_time ();

    g_object_set (bench->reader, "page", page, NULL);
    add_times (bench, paper, page, wait_until_sharp (bench, now), ours, theirs);
    pass_time (150);
  }
  if (ours->len > 0)
    print_times (bench, "jump-to-sharp", paper, ours, theirs);
}

/* Kilobytes of a process's proportional set size; 0 if it may not be known. */
static guint64
pss_of (const char *pid)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "smaps_rollup", NULL);
  g_autofree char *rollup = NULL;
  const char *line;

  if (!g_file_get_contents (path, &rollup, NULL, NULL) || (line = strstr (rollup, "\nPss:")) == NULL) {
    return 0;
  }
  return g_ascii_strtoull (line + strlen ("\nPss:"), NULL, 10);
}

static gboolean
is_child (const char *pid, int parent)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "stat", NULL);
  g_autofree char *stat = NULL;
  const char *name_end;
  int found = 0;

  return g_file_get_contents (path, &stat, NULL, NULL) && (name_end = strrchr (stat, ')')) != NULL &&
         sscanf (name_end, ") %*c %d", &found) == 1 && found == parent;
}

static double
measure_mebibytes (guint *n_helpers)
{
  g_autoptr (GDir) processes = g_dir_open ("/proc", 0, NULL);
  guint64 kilobytes = pss_of ("self");
  const char *pid;

  while ((pid = g_dir_read_name (processes)) != NULL) {
    if (is_child (pid, getpid ())) {
      kilobytes += pss_of (pid);
      ++*n_helpers;
    }
  }
  return kilobytes / 1024.0;
}

/* Page after page, zoomed now and then, with thumbnails beside. */
static gboolean
measure_memory (Bench *bench, const char *paper)
{
  guint n_helpers = 0;
  g_autofree char *of = NULL;

  gtk_toggle_button_set_active (
      GTK_TOGGLE_BUTTON (find_widget (GTK_WIDGET (bench->reader), GTK_TYPE_TOGGLE_BUTTON)), TRUE);
  for (guint page = 1; page <= N_VISITED; page++) {
    g_object_set (bench->reader, "page", page, NULL);
    wait_until_sharp (bench, 0);
    if (page % 10 == 0) {
      dinh_page_view_zoom (bench->view, 2.5, 300, 300);
      wait_until_sharp (bench, 0);
      dinh_page_view_fit (bench->view);
    }
  }
  pass_time (500);
  double mebibytes = measure_mebibytes (&n_helpers);
  of = g_strdup_printf ("%u pages visited, window and %u helpers, %s", N_VISITED, n_helpers, bench->size);
  return figure_print (&(Figure){
      .bench = "reader", .figure = "memory", .of = of, .value = mebibytes, .unit = "MiB", .bar = MAX_MIB});
}

/* The first page, with the start of a helper. */
static void
measure_opening (Bench *bench, const char *paper, const char *sealed, int width, int height)
{
  g_autoptr (GArray) ours = values_new ();
  g_autoptr (GArray) mutool = values_new ();
  g_autoptr (GArray) pdftoppm = values_new ();
  GArray *theirs[] = {mutool, pdftoppm};

  for (guint i = 0; i < N_OPENINGS; i++) {
    gint64 now;

    if (i > 0)
      gtk_window_destroy (GTK_WINDOW (bench->window));
    set_up (bench, width, height);
    now = g_get_monotonic_time ();
    dinh_reader_open (bench->reader, sealed, 0);
    add_times (bench, paper, 0, wait_until_sharp (bench, now), ours, theirs);
  }
  print_times (bench, "open-to-sharp", paper, ours, theirs);
}

static gboolean
measure_paper (Bench *bench, const char *paper, const char *sealed, int width, int height)
{
  gboolean ok = TRUE;

  measure_opening (bench, paper, sealed, width, height);
  pass_time (500);
  measure_jumps (bench, paper);
  if (count_pages (bench) > N_VISITED) {
    ok = measure_memory (bench, paper);
    dinh_page_view_set_fit (bench->view, DINH_FIT_WIDTH);
    ok &= measure_memory (bench, paper);
  }
  gtk_window_destroy (GTK_WINDOW (bench->window));
  return ok;
}

int
main (int argc, char **argv)
{
  const char *folder = g_getenv ("DINH_REAL_PAPERS");
  gboolean ok = TRUE;
  const char *name;

  gtk_init ();
  if (argc != 3 || folder == NULL || g_getenv ("DINH_HELPER") == NULL) {
    g_printerr ("usage: DINH_HELPER=PROGRAM DINH_REAL_PAPERS=FOLDER reader-papers WIDTH HEIGHT\n");
    return 2;
  }
  g_autoptr (GDir) papers = g_dir_open (folder, 0, NULL);
  g_autofree char *sealed_folder = g_dir_make_tmp ("dinh-bench-XXXXXX", NULL);
  g_autofree char *size = g_strdup_printf ("%sx%s", argv[1], argv[2]);
  Bench bench = {.size = size};
  while (papers != NULL && (name = g_dir_read_name (papers)) != NULL) {
    g_autofree char *paper = g_build_filename (folder, name, NULL);

    if (g_str_has_suffix (name, ".pdf")) {
      g_autofree char *sealed = sealed_fixture_seal (paper, sealed_folder);

      ok &= measure_paper (&bench, paper, sealed, atoi (argv[1]), atoi (argv[2]));
      g_remove (sealed);
    }
  }
  g_rmdir (sealed_folder);
  return papers != NULL && ok ? 0 : 1;
}
