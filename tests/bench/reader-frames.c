/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "figure.h"
#include "frames.h"

#include <math.h>
#include <stdlib.h>

#include "tests/ui/paper/fake-document.h"
#include "ui/paper/dinh-page-view.h"
#include "ui/paper/dinh-reader.h"

/* What a frame of the reader takes beside what it takes the least program that draws the same:
 *   reader-frames BARE WIDTH HEIGHT whole|width
 * One JSON object a line. */

#define BAR 1.2
#define ROUNDS 9 /* of either program in turn; the best of each counts */

typedef struct {
  const char *name;
  FramesStep step;
  void (*prepare) (DinhPageView *view);
} Motion;

static GtkWidget *
find_view (GtkWidget *widget)
{
  GtkWidget *found = DINH_IS_PAGE_VIEW (widget) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); found == NULL && child != NULL;
       child = gtk_widget_get_next_sibling (child)) {
    found = find_view (child);
  }
  return found;
}

static gboolean
on_time_over (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
wait_until_sharp (DinhPageView *view)
{
  gboolean over = FALSE;

  g_timeout_add (500, on_time_over, &over);
  while (!over || !dinh_page_view_is_sharp (view)) {
    g_main_context_iteration (NULL, TRUE);
  }
}

static void
turn (gpointer data, guint frame)
{
  dinh_page_view_turn (data, frame % 2 == 0 ? 1 : -1);
}

static void
slide (gpointer data, guint frame)
{
  dinh_page_view_drag (data, gtk_widget_get_width (data) * (1 - (frame % 12 + 0.5) * FRAMES_SLIDE_STEP));
}

static void
pinch (gpointer data, guint frame)
{
  dinh_page_view_zoom (data, frame < FRAMES / 2 ? FRAMES_PINCH_STEP : 1 / FRAMES_PINCH_STEP,
                       gtk_widget_get_width (data) / 2.0, gtk_widget_get_height (data) / 2.0);
}

static void
fling (gpointer data, guint frame)
{
  dinh_page_view_pan (data, 0, frame < FRAMES / 2 ? -FRAMES_FLING_STEP : FRAMES_FLING_STEP);
}

static void
set_animations (gboolean animations)
{
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", animations, NULL);
}

static void
prepare_turn (DinhPageView *view)
{
  set_animations (FALSE);
}

static void
prepare_slide (DinhPageView *view)
{
  set_animations (TRUE);
}

static void
prepare_pinch (DinhPageView *view)
{
  dinh_page_view_drag (view, 0);
}

static void
prepare_fling (DinhPageView *view)
{
  dinh_page_view_zoom (view, FRAMES_FLING_ZOOM, gtk_widget_get_width (GTK_WIDGET (view)) / 2.0,
                       gtk_widget_get_height (GTK_WIDGET (view)) / 2.0);
  wait_until_sharp (view);
}

static const Motion motions[] = {
    {"page-turn-frame", turn, prepare_turn},
    {"page-slide-frame", slide, prepare_slide},
    {"pinch-frame", pinch, prepare_pinch},
    {"fling-frame", fling, prepare_fling},
};

static char *
run_bare (char **argv, GtkWidget *view, DinhSize page)
{
  double scale = dinh_page_view_get_placement (DINH_PAGE_VIEW (view)).scale;
  g_autofree char *command = g_strdup_printf (
      "%s %s %s %d %d %d", argv[1], argv[2], argv[3], atoi (argv[3]) - gtk_widget_get_height (view),
      (int) round (page.width * scale), (int) ceil (page.height * scale - 0.001));
  g_autoptr (GError) error = NULL;
  char *output = NULL;

  if (!g_spawn_command_line_sync (command, &output, NULL, NULL, &error)) {
    g_printerr ("%s\n", error->message);
    return g_strdup ("");
  }
  return output;
}

static double
peer_value (const char *output, const char *name)
{
  const char *line = strstr (output, name);

  return line != NULL ? g_ascii_strtod (line + strlen (name), NULL) : NAN;
}

static gboolean
print_figure (const Motion *motion, double value, double peer, char **argv)
{
  const char *renderer = g_getenv ("GSK_RENDERER");
  g_autofree char *of =
      g_strdup_printf ("%sx%s %s, %s", argv[2], argv[3], argv[4], renderer ? renderer : "default");

  return figure_print (&(Figure){"reader", motion->name, of, value, "ms", "bare", peer, BAR});
}

int
main (int argc, char **argv)
{
  gboolean ok = TRUE;

  gtk_init ();
  if (argc != 5) {
    g_printerr ("usage: reader-frames BARE WIDTH HEIGHT whole|width\n");
    return 2;
  }
  g_autoptr (DinhRenderer) renderer = dinh_renderer_new (NULL, 1);
  GtkWidget *window = gtk_window_new ();
  GtkWidget *reader = dinh_reader_new (renderer);
  GtkWidget *view = find_view (reader);

  fake_document_set_page_size (595, 842);
  fake_document_draw_by_itself (TRUE);
  gtk_window_set_child (GTK_WINDOW (window), reader);
  gtk_window_set_decorated (GTK_WINDOW (window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (window), atoi (argv[2]), atoi (argv[3]));
  gtk_window_present (GTK_WINDOW (window));
  dinh_page_view_set_fit (DINH_PAGE_VIEW (view),
                          g_str_equal (argv[4], "width") ? DINH_FIT_WIDTH : DINH_FIT_PAGE);
  dinh_reader_open (DINH_READER (reader), "4", 1);
  wait_until_sharp (DINH_PAGE_VIEW (view));

  double values[G_N_ELEMENTS (motions)], peers[G_N_ELEMENTS (motions)];
  for (guint round = 0; round < ROUNDS; round++) {
    dinh_page_view_fit (DINH_PAGE_VIEW (view));
    g_autofree char *bare = run_bare (argv, view, (DinhSize){595, 842});
    for (guint i = 0; i < G_N_ELEMENTS (motions); i++) {
      motions[i].prepare (DINH_PAGE_VIEW (view));
      double value = frames_measure (view, motions[i].step, view);
      double peer = peer_value (bare, motions[i].name);
      values[i] = round == 0 ? value : MIN (values[i], value);
      peers[i] = round == 0 ? peer : MIN (peers[i], peer);
    }
  }
  for (guint i = 0; i < G_N_ELEMENTS (motions); i++) {
    ok &= print_figure (&motions[i], values[i], peers[i], argv);
  }
  gtk_window_destroy (GTK_WINDOW (window));
  return ok ? 0 : 1;
}
