/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gtk/gtk.h>
#include <locale.h>

#include "fake-document.h"
#include "tests/ui/touch-screen.h"
#include "ui/paper/dinh-page-view.h"
#include "ui/paper/dinh-reader.h"

/* Works the reader with real fingers, as far as a machine without a touch screen has any. */

#define WIDTH 1024
#define HEIGHT 768
#define STEPS 20

static TouchScreen *screen;
static GtkWidget *window, *reader;
static DinhPageView *view;

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
pass_time (guint milliseconds)
{
  gboolean over = FALSE;

  g_timeout_add (milliseconds, on_time_over, &over);
  while (!over) {
    g_main_context_iteration (NULL, TRUE);
  }
}

static void
open_page (guint page)
{
  dinh_reader_open (DINH_READER (reader), "12", page);
  do {
    g_main_context_iteration (NULL, TRUE);
  } while (!dinh_page_view_is_sharp (view));
  pass_time (500); /* so that no tap is taken for the second of two */
}

static void
drag (double from_x, double from_y, double to_x, double to_y)
{
  touch_screen_press (screen, 1, from_x, from_y);
  for (int i = 1; i <= STEPS; i++) {
    double share = (double) i / STEPS;

    touch_screen_move (screen, 1, from_x + (to_x - from_x) * share, from_y + (to_y - from_y) * share);
    pass_time (8);
  }
  touch_screen_lift (screen, 1, to_x, to_y);
  pass_time (400);
}

static void
tap (double x, double y)
{
  touch_screen_press (screen, 1, x, y);
  pass_time (30);
  touch_screen_lift (screen, 1, x, y);
  pass_time (50);
}

static void
test_swipe_turns (void)
{
  open_page (4);
  drag (800, 300, 300, 320);
  g_assert_cmpuint (dinh_page_view_get_page (view), ==, 5);
  drag (300, 300, 800, 320);
  g_assert_cmpuint (dinh_page_view_get_page (view), ==, 4);
}

static void
test_short_drag_does_not_turn (void)
{
  open_page (4);
  touch_screen_press (screen, 1, 500, 300);
  for (int i = 1; i <= 40; i++) {
    touch_screen_move (screen, 1, 500 - i, 300);
    pass_time (10);
  }
  pass_time (200);
  touch_screen_lift (screen, 1, 460, 300);
  pass_time (300);
  g_assert_cmpuint (dinh_page_view_get_page (view), ==, 4);
}

static void
test_tap_at_edges_turns (void)
{
  open_page (4);
  tap (WIDTH - 20, 300);
  g_assert_cmpuint (dinh_page_view_get_page (view), ==, 5);
  pass_time (500);
  tap (20, 300);
  g_assert_cmpuint (dinh_page_view_get_page (view), ==, 4);
  pass_time (500);
  tap (WIDTH / 2, 300);
  g_assert_cmpuint (dinh_page_view_get_page (view), ==, 4);
}

static void
test_drag_pans_and_flings (void)
{
  open_page (4);
  g_assert_true (dinh_page_view_can_pan (view, 0, -10));
  drag (500, 600, 500, 400);
  g_assert_cmpuint (dinh_page_view_get_page (view), ==, 4);
  g_assert_cmpfloat (dinh_page_view_get_placement (view).y, <=, -190);
}

static void
test_double_tap_zooms_and_fits (void)
{
  open_page (4);
  double fit = dinh_page_view_get_placement (view).scale;
  tap (500, 300);
  tap (500, 300);
  g_assert_cmpfloat_with_epsilon (dinh_page_view_get_placement (view).scale, fit * 2, 0.01);
  pass_time (600);
  tap (500, 300);
  tap (500, 300);
  g_assert_cmpfloat_with_epsilon (dinh_page_view_get_placement (view).scale, fit, 0.01);
}

static void
pinch (double x, double y, double from, double to)
{
  touch_screen_press (screen, 1, x - from, y);
  touch_screen_press (screen, 2, x + from, y);
  for (int i = 1; i <= STEPS; i++) {
    double apart = from + (to - from) * i / STEPS;

    touch_screen_move (screen, 1, x - apart, y);
    touch_screen_move (screen, 2, x + apart, y);
    pass_time (16);
  }
  touch_screen_lift (screen, 1, x - to, y);
  touch_screen_lift (screen, 2, x + to, y);
  pass_time (300);
}

/* What lies between the fingers stays between them. */
static void
test_pinch_zooms_around_the_fingers (void)
{
  const double x = 600, y = 350;

  open_page (4);
  DinhPlacement before = dinh_page_view_get_placement (view);
  pinch (x, y, 60, 180);
  DinhPlacement after = dinh_page_view_get_placement (view);

  g_assert_cmpuint (dinh_page_view_get_page (view), ==, 4);
  g_assert_true (dinh_page_view_is_zoomed (view));
  g_assert_cmpfloat (after.scale / before.scale, >, 2.5);
  g_assert_cmpfloat (after.scale / before.scale, <, 3.5);
  g_assert_cmpfloat_with_epsilon ((x - after.x) / after.scale, (x - before.x) / before.scale, 8);
  g_assert_cmpfloat_with_epsilon ((y - after.y) / after.scale, (y - before.y) / before.scale, 8);
}

static void
test_zoomed_page_is_dragged_about (void)
{
  open_page (4);
  pinch (500, 350, 60, 150);
  DinhPlacement before = dinh_page_view_get_placement (view);
  drag (600, 300, 500, 310);
  DinhPlacement after = dinh_page_view_get_placement (view);

  g_assert_cmpuint (dinh_page_view_get_page (view), ==, 4);
  g_assert_cmpfloat (after.x, <, before.x - 90);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  screen = touch_screen_new (WIDTH, HEIGHT);
  gtk_test_init (&argc, &argv, NULL);
  g_autoptr (DinhRenderer) renderer = dinh_renderer_new (NULL, 1);
  fake_document_draw_by_itself (TRUE);
  window = gtk_window_new ();
  reader = dinh_reader_new (renderer);
  view = DINH_PAGE_VIEW (find_view (reader));
  gtk_window_set_child (GTK_WINDOW (window), reader);
  gtk_window_set_decorated (GTK_WINDOW (window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (window), WIDTH, HEIGHT);
  gtk_window_present (GTK_WINDOW (window));

  g_test_add_func ("/ui/paper/reader-touch/swipe-turns", test_swipe_turns);
  g_test_add_func ("/ui/paper/reader-touch/short-drag-does-not-turn", test_short_drag_does_not_turn);
  g_test_add_func ("/ui/paper/reader-touch/tap-at-edges-turns", test_tap_at_edges_turns);
  g_test_add_func ("/ui/paper/reader-touch/drag-pans-and-flings", test_drag_pans_and_flings);
  g_test_add_func ("/ui/paper/reader-touch/double-tap-zooms-and-fits", test_double_tap_zooms_and_fits);
  g_test_add_func ("/ui/paper/reader-touch/pinch-zooms-around-the-fingers",
                   test_pinch_zooms_around_the_fingers);
  g_test_add_func ("/ui/paper/reader-touch/zoomed-page-is-dragged-about", test_zoomed_page_is_dragged_about);
  int status = g_test_run ();
  gtk_window_destroy (GTK_WINDOW (window));
  gdk_display_close (gdk_display_get_default ());
  touch_screen_free (screen);
  return status;
}
