/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib/gstdio.h>

#include "tests/data/paper/paper-fixture.h"
#include "tests/data/paper/sealed-fixture.h"

/* How long pages take that were never drawn before, at 150 dots an inch, beside what a user would run
 * instead; and how much memory a helper holds. Prints one JSON line a figure. */

#define DPI "150"

static const struct {
  const char *name;
  const char *command[10];
} peers[] = {
    {"mutool", {"mutool", "draw", "-q", "-r", DPI}},
    {"pdftoppm", {"pdftoppm", "-r", DPI}},
};

static void
print_figure (const char *figure, const char *paper, guint n_pages, double value, const char *unit)
{
  double load = 0;

  getloadavg (&load, 1);
  printf ("{\"figure\": \"%s\", \"paper\": \"%s\", \"pages\": %u, \"value\": %.1f, \"unit\": \"%s\", "
          "\"load\": %.2f}\n",
          figure, paper, n_pages, value, unit, load);
  fflush (stdout);
}

/* The process reads and draws all pages and writes them to /dev/null; it includes starting. */
static void
measure_peer (guint peer, const char *path, guint n_pages)
{
  g_autoptr (GStrvBuilder) command = g_strv_builder_new ();
  g_auto (GStrv) words = NULL;
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *figure = g_strdup_printf ("paper.draw.%s", peers[peer].name);
  gint64 began = g_get_monotonic_time ();

  for (guint i = 0; peers[peer].command[i] != NULL; i++)
    g_strv_builder_add (command, peers[peer].command[i]);
  g_strv_builder_add (command, path);
  words = g_strv_builder_end (command);
  if (g_spawn_sync (NULL, words, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL,
                    NULL, NULL, NULL))
    print_figure (figure, name, n_pages, (g_get_monotonic_time () - began) / 1000.0 / n_pages, "ms a page");
}

static void
print_memory (const char *paper, guint n_pages)
{
  g_autoptr (GArray) helpers = list_helpers ();
  g_autofree char *path = g_strdup_printf ("/proc/%d/smaps_rollup", g_array_index (helpers, GPid, 0));
  g_autofree char *text = NULL;
  const char *pss;

  if (g_file_get_contents (path, &text, NULL, NULL) && (pss = strstr (text, "\nPss:")) != NULL)
    print_figure ("paper.helper.pss", paper, n_pages, atof (pss + 5) / 1024, "MiB");
}

static void
draw_all (DinhDocument *document, const char *name)
{
  guint n_pages = dinh_document_get_n_pages (document);
  gint64 total = 0, slowest = 0;

  for (guint page = 0; page < n_pages; page++) {
    gint64 began = g_get_monotonic_time ();
    g_autoptr (DinhPixels) pixels = draw_page (document, &(DinhDrawing){page, atof (DPI) / 72}, NULL);

    total += g_get_monotonic_time () - began;
    slowest = MAX (slowest, g_get_monotonic_time () - began);
    if (page == 19 || page + 1 == n_pages)
      print_memory (name, page + 1);
  }
  print_figure ("paper.draw", name, n_pages, total / 1000.0 / n_pages, "ms a page");
  print_figure ("paper.draw.slowest", name, n_pages, slowest / 1000.0, "ms");
}

/* Returns the number of pages, 0 if the paper cannot be opened. */
static guint
measure (const char *program, const char *path, gboolean sealed, const char *name)
{
  g_autoptr (DinhRenderer) renderer = dinh_renderer_new (program, 1);
  gint64 began = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhDocument) document = NULL;

  if (sealed)
    sealed_fixture_use (renderer);
  document = open_document (renderer, path, &error);
  if (document == NULL) {
    fprintf (stderr, "%s\n", error->message);
    return 0;
  }
  print_figure ("paper.open", name, dinh_document_get_n_pages (document),
                (g_get_monotonic_time () - began) / 1000.0, "ms with starting a helper");
  draw_all (document, name);
  return dinh_document_get_n_pages (document);
}

/* The paper as a plain file, sealed as a kiosk keeps it, and by the peers. */
static void
compare (Fixture *fixture, const char *path)
{
  g_autofree char *name = g_path_get_basename (path), *sealed_name = g_strconcat (name, ", sealed", NULL);
  g_autofree char *folder = g_dir_make_tmp ("dinh-bench-XXXXXX", NULL);
  g_autofree char *sealed = sealed_fixture_seal (path, folder);
  guint n_pages = measure (fixture->program, path, FALSE, name);

  measure (fixture->program, sealed, TRUE, sealed_name);
  for (guint i = 0; n_pages > 0 && i < G_N_ELEMENTS (peers); i++)
    measure_peer (i, path, n_pages);
  g_remove (sealed);
  g_rmdir (folder);
}

int
main (int argc, char *argv[])
{
  Fixture fixture = {0};
  g_autoptr (GPtrArray) paths = NULL;

  fixture_set_up (&fixture, NULL);
  paths = fixture_list_papers (&fixture);
  for (guint i = 0; i < paths->len; i++)
    compare (&fixture, paths->pdata[i]);
  fixture_tear_down (&fixture, NULL);
  return EXIT_SUCCESS;
}
