/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/kit/dinh-ruler.h"

#include "app/dinh-locale.h"
#include "ui/kit/dinh-measure.h"
#include "ui/kit/dinh-style.h"

/* The page that asks for the screen's size, in a window of 1024×768. */

typedef struct {
  GtkWidget *window;
  GtkWidget *ruler;
  DinhStyle *style;
  double dpi; /* the last answer */
} Fixture;

static GtkWidget *
find_button (GtkWidget *widget, const char *label)
{
  if (GTK_IS_BUTTON (widget) && g_strcmp0 (gtk_button_get_label (GTK_BUTTON (widget)), label) == 0)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child)) {
    GtkWidget *found = find_button (child, label);

    if (found != NULL)
      return found;
  }
  return NULL;
}

static void
press (Fixture *fixture, const char *label, guint times)
{
  GtkWidget *button = find_button (fixture->ruler, label);

  g_assert_nonnull (button);
  for (guint i = 0; i < times; i++)
    g_signal_emit_by_name (button, "clicked");
}

static void
on_measured (DinhRuler *ruler, double dpi, Fixture *fixture)
{
  fixture->dpi = dpi;
}

static void
on_frame_over (gboolean *over)
{
  *over = TRUE;
}

static void
draw_frame (Fixture *fixture)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (fixture->window);
  gboolean over = FALSE;
  gulong handler = g_signal_connect_swapped (clock, "after-paint", G_CALLBACK (on_frame_over), &over);

  gtk_widget_queue_draw (fixture->window);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
  g_signal_handler_disconnect (clock, handler);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  dinh_measure_apply (gdk_display_get_default (), 96);
  fixture->style = dinh_style_new (gdk_display_get_default ());
  fixture->ruler = dinh_ruler_new ();
  fixture->window = gtk_window_new ();
  g_signal_connect (fixture->ruler, "measured", G_CALLBACK (on_measured), fixture);
  gtk_widget_add_css_class (fixture->window, "kiosk");
  gtk_window_set_decorated (GTK_WINDOW (fixture->window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (fixture->window), 1024, 768);
  gtk_window_set_child (GTK_WINDOW (fixture->window), fixture->ruler);
  gtk_window_present (GTK_WINDOW (fixture->window));
  draw_frame (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_add_weak_pointer (G_OBJECT (fixture->ruler), (gpointer *) &fixture->ruler);
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  g_assert_null (fixture->ruler);
  g_object_unref (fixture->style);
}

#define FITS "Khung đã vừa bằng thẻ"

/* 85.6 mm are 324 pixels at 96 an inch; each step is four. */
static void
test_answers (Fixture *fixture, gconstpointer data)
{
  press (fixture, FITS, 1);
  g_assert_cmpfloat_with_epsilon (fixture->dpi, 324 / 85.6 * 25.4, 1e-9);
  press (fixture, "+", 38);
  press (fixture, FITS, 1);
  g_assert_cmpfloat_with_epsilon (fixture->dpi, 476 / 85.6 * 25.4, 1e-9);
  press (fixture, "−", 39);
  press (fixture, FITS, 1);
  g_assert_cmpfloat_with_epsilon (fixture->dpi, 320 / 85.6 * 25.4, 1e-9);
}

/* Whatever a person presses, the answer is a screen that there may be. */
static void
test_bounds (Fixture *fixture, gconstpointer data)
{
  press (fixture, "+", 1000);
  press (fixture, FITS, 1);
  g_assert_cmpfloat (fixture->dpi, <=, 250);
  press (fixture, "−", 1000);
  press (fixture, FITS, 1);
  g_assert_cmpfloat (fixture->dpi, >=, 49.8);
}

/* Nothing moves under the finger, and the largest frame pushes nothing out of the window. */
static void
test_stays_in_place (Fixture *fixture, gconstpointer data)
{
  GtkWidget *larger = find_button (fixture->ruler, "+");
  graphene_rect_t before, after;

  g_assert_true (gtk_widget_compute_bounds (larger, fixture->window, &before));
  press (fixture, "+", 1000);
  draw_frame (fixture);
  g_assert_true (gtk_widget_compute_bounds (larger, fixture->window, &after));
  g_assert_true (graphene_rect_equal (&before, &after));
  g_assert_cmpint (gtk_widget_get_width (fixture->window), ==, 1024);
  g_assert_cmpint (gtk_widget_get_height (fixture->window), ==, 768);
}

int
main (int argc, char **argv)
{
  dinh_locale_init ();
  gtk_test_init (&argc, &argv);
  g_test_add ("/ui/ruler/answers", Fixture, NULL, set_up, test_answers, tear_down);
  g_test_add ("/ui/ruler/bounds", Fixture, NULL, set_up, test_bounds, tear_down);
  g_test_add ("/ui/ruler/stays-in-place", Fixture, NULL, set_up, test_stays_in_place, tear_down);
  return g_test_run ();
}
