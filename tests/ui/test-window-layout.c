/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/dinh-locale.h"
#include "tests/ui/fixture.h"
#include "ui/kit/dinh-measure.h"
#include "ui/paper/dinh-reader.h"

/* On the smallest screen, 1024×768 at 96 pixels an inch, with the largest text, no page asks for more than
 * there is. */

enum { WIDTH = 1024, HEIGHT = 768, LARGEST_TEXT = 28 };

static GtkApplication *app;

static void
activate (Fixture *fixture, const char *action, const char *target)
{
  g_assert_true (gtk_widget_activate_action (gtk_window_get_focus (fixture->window), action, "s", target));
}

/* How long a busy machine may take; nothing waits for it to pass. */
enum { PATIENCE_S = 20 };

static gboolean
on_tick (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/* Runs the main loop until @holds says that it is so. */
static void
await (gboolean (*holds) (Fixture *fixture), Fixture *fixture)
{
  gint64 end = g_get_monotonic_time () + PATIENCE_S * G_TIME_SPAN_SECOND;
  guint tick = g_timeout_add (10, on_tick, NULL);

  while (!holds (fixture) && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (tick);
  g_assert_true (holds (fixture));
}

static GtkWidget *
find_shown (GtkWidget *widget, GType type, const char *css_class)
{
  if (gtk_widget_get_mapped (widget) && g_type_is_a (G_OBJECT_TYPE (widget), type) &&
      (css_class == NULL || gtk_widget_has_css_class (widget, css_class)))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child)) {
    GtkWidget *found = find_shown (child, type, css_class);

    if (found != NULL)
      return found;
  }
  return NULL;
}

static gboolean
has_focus (Fixture *fixture)
{
  return gtk_window_get_focus (fixture->window) != NULL;
}

static gboolean
is_read (Fixture *fixture)
{
  GtkWidget *reader = find_shown (GTK_WIDGET (fixture->window), DINH_TYPE_READER, NULL);
  guint n_pages = 0;

  if (reader != NULL)
    g_object_get (reader, "n-pages", &n_pages, NULL);
  return n_pages > 0;
}

/* Between the status line and the places. */
static gboolean
row_of_open_paper_is_in_sight (Fixture *fixture)
{
  GtkWidget *row = find_shown (GTK_WIDGET (fixture->window), GTK_TYPE_BUTTON, "reading");
  graphene_rect_t bounds;

  return row != NULL && gtk_widget_compute_bounds (row, GTK_WIDGET (fixture->window), &bounds) &&
         bounds.size.height > 0 && bounds.origin.y >= 46 && bounds.origin.y + bounds.size.height <= 711;
}

static void
on_painted (gboolean *painted)
{
  *painted = TRUE;
}

/* What is new has its fonts and sizes after a frame. */
static void
draw_frame (Fixture *fixture)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (fixture->window));
  gboolean painted = FALSE;
  gulong handler = g_signal_connect_swapped (clock, "after-paint", G_CALLBACK (on_painted), &painted);

  gtk_widget_queue_draw (GTK_WIDGET (fixture->window));
  while (!painted)
    g_main_context_iteration (NULL, TRUE);
  g_signal_handler_disconnect (clock, handler);
}

static void
assert_fits (Fixture *fixture, const char *page)
{
  int width, height;

  draw_frame (fixture);
  gtk_widget_measure (GTK_WIDGET (fixture->window), GTK_ORIENTATION_HORIZONTAL, -1, &width, NULL, NULL, NULL);
  gtk_widget_measure (GTK_WIDGET (fixture->window), GTK_ORIENTATION_VERTICAL, WIDTH, &height, NULL, NULL,
                      NULL);
  g_test_message ("%s: at least %d×%d", page, width, height);
  g_assert_cmpint (width, <=, WIDTH);
  g_assert_cmpint (height, <=, HEIGHT);
}

static Fixture *
open_window (guint text_size)
{
  Fixture *fixture = fixture_new (app);

  fixture_fetch (dinh_library_find (fixture->library, "today"));
  g_object_set (fixture->window, "text-size", text_size, NULL);
  gtk_window_set_decorated (fixture->window, FALSE);
  gtk_window_set_default_size (fixture->window, WIDTH, HEIGHT);
  gtk_window_present (fixture->window);
  await (has_focus, fixture);
  return fixture;
}

/* No page asks for more than there is. */
static void
test_largest_text (void)
{
  Fixture *fixture = open_window (LARGEST_TEXT);
  DinhMeeting *meeting = dinh_library_find (fixture->library, "today");

  assert_fits (fixture, "home");
  activate (fixture, "kiosk.open-meeting", "today");
  assert_fits (fixture, "agenda");
  activate (fixture, "kiosk.go", "papers");
  assert_fits (fixture, "papers");
  activate (fixture, "meeting.open-paper", "bc-kt-xh");
  await (is_read, fixture);
  assert_fits (fixture, "a paper of 120 pages");
  dinh_line_set_state (fixture->line, DINH_LINE_OFFLINE);
  fixture_change (meeting);
  assert_fits (fixture, "a paper with bands");
  fixture_free (fixture);
}

/* The list over a paper is where the paper is, not where the meeting begins. */
static void
test_open_paper_in_sight (void)
{
  Fixture *fixture = open_window (18);

  activate (fixture, "kiosk.open-meeting", "today");
  activate (fixture, "meeting.open-paper", "ttr-214");
  await (is_read, fixture);
  for (const char *const *place = (const char *const[]){"agenda", "papers", NULL}; *place; place++) {
    activate (fixture, "kiosk.go", *place);
    await (row_of_open_paper_is_in_sight, fixture);
  }
  fixture_free (fixture);
}

static void
on_activated (void)
{
  dinh_measure_apply (gdk_display_get_default (), 0);
  g_test_add_func ("/ui/window-layout/largest-text", test_largest_text);
  g_test_add_func ("/ui/window-layout/open-paper-in-sight", test_open_paper_in_sight);
  g_test_run ();
}

int
main (int argc, char **argv)
{
  g_autoptr (GtkApplication) application = gtk_application_new (NULL, G_APPLICATION_DEFAULT_FLAGS);

  dinh_locale_init ();
  g_test_init (&argc, &argv, NULL);
  app = application;
  g_signal_connect (app, "activate", G_CALLBACK (on_activated), NULL);
  return g_application_run (G_APPLICATION (app), 0, NULL);
}
