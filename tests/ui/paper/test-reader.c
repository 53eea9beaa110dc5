/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/paper/dinh-reader.h"

#include <locale.h>

#include "fake-document.h"
#include "ui/paper/dinh-page-view.h"

typedef struct {
  DinhRenderer *renderer;
  GtkWidget *window;
  DinhReader *reader;
  DinhPageView *view;
} Fixture;

static const char *
text_of (GtkWidget *widget)
{
  return GTK_IS_LABEL (widget)         ? gtk_label_get_label (GTK_LABEL (widget))
         : GTK_IS_INSCRIPTION (widget) ? gtk_inscription_get_text (GTK_INSCRIPTION (widget))
                                       : NULL;
}

/* The first widget of that type that, if @text is given, shows it. */
static GtkWidget *
find_widget (GtkWidget *widget, GType type, const char *text)
{
  gboolean shown = gtk_widget_is_visible (widget) && gtk_widget_get_child_visible (widget);
  const char *has = text_of (widget);

  if (G_TYPE_CHECK_INSTANCE_TYPE (widget, type) &&
      (text == NULL || (shown && has != NULL && strstr (has, text) != NULL))) {
    return widget;
  }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child)) {
    GtkWidget *found = find_widget (child, type, text);

    if (found != NULL) {
      return found;
    }
  }
  return NULL;
}

static gboolean
says (Fixture *fixture, const char *text)
{
  return find_widget (GTK_WIDGET (fixture->reader), GTK_TYPE_WIDGET, text) != NULL;
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
iterate_until_mapped (Fixture *fixture)
{
  while (gtk_widget_get_width (GTK_WIDGET (fixture->reader)) == 0) {
    g_main_context_iteration (NULL, TRUE);
  }
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->renderer = dinh_renderer_new (NULL, 1);
  fixture->window = gtk_window_new ();
  fixture->reader = DINH_READER (dinh_reader_new (fixture->renderer));
  fixture->view = DINH_PAGE_VIEW (find_widget (GTK_WIDGET (fixture->reader), DINH_TYPE_PAGE_VIEW, NULL));
  gtk_window_set_child (GTK_WINDOW (fixture->window), GTK_WIDGET (fixture->reader));
  gtk_window_set_decorated (GTK_WINDOW (fixture->window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (fixture->window), 1024, 768);
  gtk_window_present (GTK_WINDOW (fixture->window));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_add_weak_pointer (G_OBJECT (fixture->reader), (gpointer *) &fixture->reader);
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  fake_document_reset ();
  pass_time (50);
  g_assert_null (fixture->reader);
  g_assert_finalize_object (fixture->renderer);
}

static void
wait_until_sharp (Fixture *fixture)
{
  while (!dinh_page_view_is_sharp (fixture->view)) {
    g_main_context_iteration (NULL, TRUE);
  }
}

static void
open_drawn (Fixture *fixture, const char *path, guint page)
{
  fake_document_draw_by_itself (TRUE);
  dinh_reader_open (fixture->reader, path, page);
  g_main_context_iteration (NULL, TRUE);
  wait_until_sharp (fixture);
}

static void
wait_until_said (Fixture *fixture, const char *text)
{
  while (!says (fixture, text)) {
    g_main_context_iteration (NULL, TRUE);
  }
}

static void
wait_until_drawn (guint n)
{
  guint n_drawn;

  while (fake_document_get_drawn (&n_drawn), n_drawn < n) {
    g_main_context_iteration (NULL, TRUE);
  }
}

static void
act (Fixture *fixture, const char *action)
{
  gtk_widget_activate_action (GTK_WIDGET (fixture->reader), action, NULL);
}

static guint
page_of (Fixture *fixture)
{
  guint page;

  g_object_get (fixture->reader, "page", &page, NULL);
  return page;
}

static void
test_opens_at_a_page (Fixture *fixture, gconstpointer data)
{
  guint n_pages;
  int problem;

  open_drawn (fixture, "12", 4);
  g_object_get (fixture->reader, "n-pages", &n_pages, "problem", &problem, NULL);
  g_assert_cmpuint (n_pages, ==, 12);
  g_assert_cmpint (problem, ==, -1);
  g_assert_cmpuint (page_of (fixture), ==, 4);
  g_assert_true (says (fixture, "Page 5 / 12"));
  open_drawn (fixture, "3", 40);
  g_assert_cmpuint (page_of (fixture), ==, 2);
}

static void
test_turns_pages (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *action;
    guint page;
  } steps[] = {
      {"reader.next", 1}, {"reader.right", 2}, {"reader.previous", 1}, {"reader.last", 4},
      {"reader.next", 4}, {"reader.left", 3},  {"reader.first", 0},    {"reader.previous", 0},
  };

  open_drawn (fixture, "5", 0);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    act (fixture, steps[i].action);
    g_assert_cmpuint (page_of (fixture), ==, steps[i].page);
  }
}

/* The button offers the other fit, also after the window's size has made one into the other. */
static void
test_offers_the_other_fit (Fixture *fixture, gconstpointer data)
{
  open_drawn (fixture, "5", 0);
  g_assert_true (says (fixture, "Whole page"));
  gtk_window_set_default_size (GTK_WINDOW (fixture->window), 1920, 1080);
  while (dinh_page_view_get_fit (fixture->view) == DINH_FIT_WIDTH || !says (fixture, "Full width")) {
    g_main_context_iteration (NULL, TRUE);
  }
}

/* A page wider than high enough to need scrolling goes down before it turns; going back shows the end. */
static void
test_space_goes_down_then_on (Fixture *fixture, gconstpointer data)
{
  guint presses = 0;

  open_drawn (fixture, "5", 0);
  g_assert_cmpint (dinh_page_view_get_fit (fixture->view), ==, DINH_FIT_WIDTH);
  while (page_of (fixture) == 0) {
    act (fixture, "reader.screen-down");
    presses++;
  }
  g_assert_cmpuint (presses, ==, 3);
  g_assert_cmpfloat (dinh_page_view_get_placement (fixture->view).y, ==, 0);
  act (fixture, "reader.screen-up");
  g_assert_cmpuint (page_of (fixture), ==, 0);
  g_assert_false (dinh_page_view_can_pan (fixture->view, 0, -10));
}

static void
test_draws_what_comes_next (Fixture *fixture, gconstpointer data)
{
  guint n_drawn = 0;

  iterate_until_mapped (fixture);
  open_drawn (fixture, "12", 4);
  wait_until_drawn (4);
  const DinhDrawing *drawn = fake_document_get_drawn (&n_drawn);
  g_assert_cmpuint (n_drawn, ==, 4);
  g_assert_cmpuint (drawn[0].page, ==, 4);
  g_assert_cmpuint (drawn[1].page, ==, 5);
  g_assert_cmpuint (drawn[2].page, ==, 6);
  g_assert_cmpuint (drawn[3].page, ==, 3);
}

static void
test_sharpens_a_zoomed_page_by_a_clip (Fixture *fixture, gconstpointer data)
{
  guint n_drawn;

  open_drawn (fixture, "12", 0);
  wait_until_drawn (3);
  dinh_page_view_zoom (fixture->view, 3, 500, 300);
  g_assert_true (dinh_page_view_is_zoomed (fixture->view));
  g_assert_false (dinh_page_view_is_sharp (fixture->view));
  wait_until_sharp (fixture);
  const DinhDrawing *drawn = fake_document_get_drawn (&n_drawn);
  g_assert_cmpint (drawn[n_drawn - 1].width, >=, 1024);
  g_assert_cmpint (drawn[n_drawn - 1].width, <=, 1024 + 2 * 96);
  dinh_page_view_fit (fixture->view);
  g_assert_false (dinh_page_view_is_zoomed (fixture->view));
}

static void
test_zoom_has_limits (Fixture *fixture, gconstpointer data)
{
  open_drawn (fixture, "12", 0);
  double fit = dinh_page_view_get_placement (fixture->view).scale;
  dinh_page_view_zoom (fixture->view, 100, 500, 300);
  g_assert_cmpfloat_with_epsilon (dinh_page_view_get_placement (fixture->view).scale, fit * 8, 0.01);
  dinh_page_view_zoom (fixture->view, 0.0001, 500, 300);
  g_assert_false (dinh_page_view_can_pan (fixture->view, -10, 0));
  g_assert_false (dinh_page_view_can_pan (fixture->view, 0, -10));
}

static void
test_keeps_the_zoom_when_turning (Fixture *fixture, gconstpointer data)
{
  open_drawn (fixture, "12", 0);
  dinh_page_view_zoom (fixture->view, 2, 500, 300);
  double scale = dinh_page_view_get_placement (fixture->view).scale;
  act (fixture, "reader.next");
  g_assert_cmpfloat (dinh_page_view_get_placement (fixture->view).scale, ==, scale);
  g_assert_cmpfloat (dinh_page_view_get_placement (fixture->view).y, ==, 0);
}

/* Until there are pixels the page's own number stands there, and soon words. */
static void
test_says_what_it_waits_for (Fixture *fixture, gconstpointer data)
{
  iterate_until_mapped (fixture);
  dinh_reader_open (fixture->reader, "12", 6);
  wait_until_said (fixture, "Page 7 / 12");
  g_assert_true (says (fixture, "7"));
  g_assert_false (says (fixture, "Opening page 7…"));
  wait_until_said (fixture, "Opening page 7…");
  fake_document_draw_next ();
  wait_until_sharp (fixture);
  g_assert_false (says (fixture, "Opening page 7…"));
}

static void
test_page_that_cannot_be_drawn (Fixture *fixture, gconstpointer data)
{
  fake_document_set_problem (1, DINH_PAPER_ERROR_CRASHED);
  open_drawn (fixture, "12", 0);
  act (fixture, "reader.next");
  wait_until_said (fixture, "Page 2 cannot be shown");
  act (fixture, "reader.next");
  wait_until_sharp (fixture);
  g_assert_false (says (fixture, "cannot be shown"));
}

static void
test_file_that_cannot_be_opened (Fixture *fixture, gconstpointer data)
{
  int problem;

  open_drawn (fixture, "12", 0);
  dinh_reader_open (fixture->reader, "minutes.doc", 0);
  wait_until_said (fixture, "This paper cannot be shown");
  g_object_get (fixture->reader, "problem", &problem, NULL);
  g_assert_cmpint (problem, ==, DINH_PAPER_ERROR_NOT_PDF);
  open_drawn (fixture, "2", 0);
  g_object_get (fixture->reader, "problem", &problem, NULL);
  g_assert_cmpint (problem, ==, -1);
}

/* The last paper asked for is the one that is read, and a closed reader shows none. */
static void
test_opening_overtaken (Fixture *fixture, gconstpointer data)
{
  guint n_pages;

  dinh_reader_open (fixture->reader, "3", 0);
  open_drawn (fixture, "4", 0);
  g_object_get (fixture->reader, "n-pages", &n_pages, NULL);
  g_assert_cmpuint (n_pages, ==, 4);
  dinh_reader_open (fixture->reader, "5", 0);
  dinh_reader_close (fixture->reader);
  pass_time (50);
  g_object_get (fixture->reader, "n-pages", &n_pages, NULL);
  g_assert_cmpuint (n_pages, ==, 0);
}

static void
count (guint *n)
{
  ++*n;
}

static void
test_notifies_once (Fixture *fixture, gconstpointer data)
{
  guint n = 0;

  open_drawn (fixture, "12", 0);
  g_signal_connect_swapped (fixture->reader, "notify::page", G_CALLBACK (count), &n);
  g_object_set (fixture->reader, "page", 7, NULL);
  g_assert_cmpuint (n, ==, 1);
  g_object_set (fixture->reader, "page", 7, NULL);
  g_assert_cmpuint (n, ==, 1);
}

static guint
count_thumbnails (guint from, guint to)
{
  guint n = 0, n_drawn;
  const DinhDrawing *drawn = fake_document_get_drawn (&n_drawn);

  for (guint i = 0; i < n_drawn; i++) {
    n += drawn[i].priority == DINH_PRIORITY_THUMBNAIL && drawn[i].page >= from && drawn[i].page < to;
  }
  return n;
}

/* Only the thumbnails in view are drawn, however long the paper; touching one turns to its page. */
static void
test_thumbnails (Fixture *fixture, gconstpointer data)
{
  GtkWidget *toggle = find_widget (GTK_WIDGET (fixture->reader), GTK_TYPE_TOGGLE_BUTTON, NULL);
  GtkWidget *list = find_widget (GTK_WIDGET (fixture->reader), GTK_TYPE_LIST_VIEW, NULL);

  open_drawn (fixture, "352", 200);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (toggle), TRUE);
  while (count_thumbnails (190, 210) < 3) {
    g_main_context_iteration (NULL, TRUE);
  }
  g_assert_cmpuint (count_thumbnails (0, 190), ==, 0);
  g_assert_cmpuint (count_thumbnails (210, 352), ==, 0);

  gtk_widget_activate_action (list, "list.select-item", "(ubb)", 201, FALSE, FALSE);
  g_assert_cmpuint (page_of (fixture), ==, 201);
}

/* A strip that is opened where the page's row would be cut in two scrolls until it is whole. */
static void
test_thumbnail_of_page_is_whole (Fixture *fixture, gconstpointer data)
{
  GtkWidget *toggle = find_widget (GTK_WIDGET (fixture->reader), GTK_TYPE_TOGGLE_BUTTON, NULL);
  GtkWidget *list = find_widget (GTK_WIDGET (fixture->reader), GTK_TYPE_LIST_VIEW, NULL);
  GtkAdjustment *adjustment = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (list));
  double row, bottom;

  open_drawn (fixture, "352", 4);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (toggle), TRUE);
  while (count_thumbnails (0, 5) < 3) {
    g_main_context_iteration (NULL, TRUE);
  }
  row = gtk_adjustment_get_upper (adjustment) / 352;
  bottom = gtk_adjustment_get_value (adjustment) + gtk_adjustment_get_page_size (adjustment);
  g_test_message ("a row is %g high, the strip %g", row, gtk_adjustment_get_page_size (adjustment));
  g_assert_cmpfloat (4 * row, <, gtk_adjustment_get_page_size (adjustment) + row);
  g_assert_cmpfloat (5 * row, <=, bottom + 1);
}

static void
test_slides_only_if_it_may (Fixture *fixture, gconstpointer data)
{
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  open_drawn (fixture, "12", 0);
  dinh_page_view_drag (fixture->view, -200);
  dinh_page_view_settle (fixture->view, 1);
  g_assert_cmpuint (page_of (fixture), ==, 1);
  dinh_page_view_fling (fixture->view, 0, -2000);
  pass_time (100);
  g_assert_cmpfloat (dinh_page_view_get_placement (fixture->view).y, ==, 0);

  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", TRUE, NULL);
  dinh_page_view_fling (fixture->view, 0, -2000);
  pass_time (300);
  g_assert_cmpfloat (dinh_page_view_get_placement (fixture->view).y, <, -50);
  dinh_page_view_drag (fixture->view, -200);
  dinh_page_view_settle (fixture->view, 0);
  g_assert_cmpuint (page_of (fixture), ==, 1);
  dinh_page_view_settle (fixture->view, 1);
  g_assert_cmpuint (page_of (fixture), ==, 2);
  pass_time (300);
}

#define add(name, function) g_test_add ("/ui/paper/reader/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  gtk_test_init (&argc, &argv, NULL);
  add ("opens-at-a-page", test_opens_at_a_page);
  add ("turns-pages", test_turns_pages);
  add ("offers-the-other-fit", test_offers_the_other_fit);
  add ("space-goes-down-then-on", test_space_goes_down_then_on);
  add ("draws-what-comes-next", test_draws_what_comes_next);
  add ("sharpens-a-zoomed-page-by-a-clip", test_sharpens_a_zoomed_page_by_a_clip);
  add ("zoom-has-limits", test_zoom_has_limits);
  add ("keeps-the-zoom-when-turning", test_keeps_the_zoom_when_turning);
  add ("says-what-it-waits-for", test_says_what_it_waits_for);
  add ("page-that-cannot-be-drawn", test_page_that_cannot_be_drawn);
  add ("file-that-cannot-be-opened", test_file_that_cannot_be_opened);
  add ("opening-overtaken", test_opening_overtaken);
  add ("notifies-once", test_notifies_once);
  add ("thumbnails", test_thumbnails);
  add ("thumbnail-of-page-is-whole", test_thumbnail_of_page_is_whole);
  add ("slides-only-if-it-may", test_slides_only_if_it_may);
  return g_test_run ();
}
