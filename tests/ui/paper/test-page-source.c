/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/paper/dinh-page-source.h"

#include "fake-document.h"

typedef struct {
  DinhPageSource *source;
  GString *changes; /* pages of `changed`, as digits */
} Fixture;

static void
on_changed (DinhPageSource *source, guint page, gpointer user_data)
{
  g_string_append_printf (((Fixture *) user_data)->changes, "%u", page);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhDocument) document = fake_document_new (9);

  fixture->source = dinh_page_source_new (document, 64 * 1024 * 1024);
  fixture->changes = g_string_new (NULL);
  g_signal_connect (fixture->source, "changed", G_CALLBACK (on_changed), fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->source);
  g_string_free (fixture->changes, TRUE);
  fake_document_reset ();
  while (g_main_context_iteration (NULL, FALSE)) {
  }
}

/* Wants pages, the first the most urgent: "345" is page 3, then 4, then 5. */
static void
want (Fixture *fixture, DinhLane lane, const char *pages)
{
  DinhDrawing drawings[9];
  guint n = strlen (pages);

  for (guint i = 0; i < n; i++) {
    drawings[i] = (DinhDrawing){.page = pages[i] - '0', .scale = 1, .priority = i};
  }
  dinh_page_source_want (fixture->source, lane, drawings, n);
}

static void
draw (guint n)
{
  for (guint i = 0; i < n; i++) {
    fake_document_draw_next ();
    while (g_main_context_iteration (NULL, FALSE)) {
    }
  }
}

static void
test_draws_the_urgent_first (Fixture *fixture, gconstpointer data)
{
  dinh_page_source_want (fixture->source, DINH_LANE_THUMBNAILS,
                         &(DinhDrawing){.page = 8, .scale = 0.1, .priority = DINH_PRIORITY_THUMBNAIL}, 1);
  want (fixture, DINH_LANE_PAGES, "3452");
  draw (5);
  g_assert_cmpstr (fixture->changes->str, ==, "34528");
}

static void
test_takes_back_what_is_stale (Fixture *fixture, gconstpointer data)
{
  want (fixture, DINH_LANE_PAGES, "3452");
  want (fixture, DINH_LANE_PAGES, "7865");
  g_assert_cmpuint (fake_document_count_waiting (), ==, 4);
  draw (9);
  g_assert_cmpuint (strlen (fixture->changes->str), ==, 4);
  g_assert_null (strpbrk (fixture->changes->str, "34"));
}

static void
test_draws_nothing_twice (Fixture *fixture, gconstpointer data)
{
  guint n_drawn;

  want (fixture, DINH_LANE_PAGES, "34");
  want (fixture, DINH_LANE_PAGES, "34");
  draw (4);
  want (fixture, DINH_LANE_PAGES, "34");
  g_assert_cmpuint (fake_document_count_waiting (), ==, 0);
  fake_document_get_drawn (&n_drawn);
  g_assert_cmpuint (n_drawn, ==, 2);
}

/* Going back one page makes what was asked for last the most urgent, but for what was the most urgent until
 * now: a helper may be at work on it. */
static void
test_what_becomes_urgent_overtakes (Fixture *fixture, gconstpointer data)
{
  want (fixture, DINH_LANE_PAGES, "3452");
  want (fixture, DINH_LANE_PAGES, "2341");
  draw (9);
  g_assert_cmpstr (fixture->changes->str, ==, "3241");
}

static void
test_keeps_lanes_apart (Fixture *fixture, gconstpointer data)
{
  want (fixture, DINH_LANE_PAGES, "3");
  want (fixture, DINH_LANE_THUMBNAILS, "5");
  want (fixture, DINH_LANE_PAGES, "4");
  want (fixture, DINH_LANE_CLIP, "");
  draw (3);
  g_assert_cmpuint (strlen (fixture->changes->str), ==, 2);
  g_assert_nonnull (strchr (fixture->changes->str, '5'));
}

static void
test_problem_is_forgotten_when_left (Fixture *fixture, gconstpointer data)
{
  fake_document_set_problem (3, DINH_PAPER_ERROR_TOO_SLOW);
  want (fixture, DINH_LANE_PAGES, "3");
  draw (1);
  g_assert_cmpint (dinh_page_source_get_problem (fixture->source, DINH_LANE_PAGES, 3), ==,
                   DINH_PAPER_ERROR_TOO_SLOW);
  want (fixture, DINH_LANE_PAGES, "34");
  g_assert_cmpuint (fake_document_count_waiting (), ==, 1);
  want (fixture, DINH_LANE_PAGES, "4");
  g_assert_cmpint (dinh_page_source_get_problem (fixture->source, DINH_LANE_PAGES, 3), ==, -1);

  fake_document_set_problem (3, -1);
  want (fixture, DINH_LANE_PAGES, "3");
  draw (1);
  g_assert_nonnull (dinh_page_source_get (fixture->source, &(DinhDrawing){.page = 3, .scale = 1}));
}

static void
test_shows_the_very_pixels (Fixture *fixture, gconstpointer data)
{
  g_autofree guint32 *pixels = g_new0 (guint32, 600 * 800);
  DinhDrawing found;

  want (fixture, DINH_LANE_PAGES, "2");
  draw (1);
  GdkTexture *texture = dinh_page_source_get_nearest (fixture->source, 2, 1, &found);
  g_assert_cmpint (gdk_texture_get_width (texture), ==, 600);
  g_assert_cmpint (gdk_texture_get_height (texture), ==, 800);
  gdk_texture_download (texture, (guchar *) pixels, 600 * 4);
  g_assert_cmphex (pixels[0], ==, 0xff000000 | (3 * 0x345678));
  g_assert_cmphex (pixels[600 * 8], ==, 0xffffffff);
}

/* Nothing comes back to a source that is gone. */
static void
test_may_be_dropped_while_drawing (Fixture *fixture, gconstpointer data)
{
  want (fixture, DINH_LANE_PAGES, "3452");
  g_clear_object (&fixture->source);
  g_assert_cmpuint (fake_document_count_waiting (), ==, 0);
  draw (4);
  g_assert_cmpstr (fixture->changes->str, ==, "");
}

#define add(name, function)                                                                                  \
  g_test_add ("/ui/paper/page-source/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("draws-the-urgent-first", test_draws_the_urgent_first);
  add ("takes-back-what-is-stale", test_takes_back_what_is_stale);
  add ("draws-nothing-twice", test_draws_nothing_twice);
  add ("what-becomes-urgent-overtakes", test_what_becomes_urgent_overtakes);
  add ("keeps-lanes-apart", test_keeps_lanes_apart);
  add ("problem-is-forgotten-when-left", test_problem_is_forgotten_when_left);
  add ("shows-the-very-pixels", test_shows_the_very_pixels);
  add ("may-be-dropped-while-drawing", test_may_be_dropped_while_drawing);
  return g_test_run ();
}
