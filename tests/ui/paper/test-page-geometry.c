/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/paper/dinh-page-geometry.h"

#include <math.h>

static const DinhSize a4 = {595, 842};
static const DinhSize screen = {1024, 700};

#define assert_near(a, b) g_assert_cmpfloat_with_epsilon (a, b, 0.01)

static void
test_fit (void)
{
  DinhPlacement whole = dinh_placement_fit (DINH_FIT_PAGE, a4, screen);
  DinhPlacement wide = dinh_placement_fit (DINH_FIT_WIDTH, a4, screen);

  assert_near (whole.scale, 700 / 842.0);
  assert_near (whole.x, (1024 - 595 * whole.scale) / 2);
  assert_near (whole.y, 0);
  assert_near (wide.scale, 1024 / 595.0);
  assert_near (wide.x, 0);
  assert_near (wide.y, 0);
  assert_near (dinh_fit_scale (DINH_FIT_PAGE, a4, (DinhSize){0, 0}), 1);
  assert_near (dinh_fit_scale (DINH_FIT_WIDTH, (DinhSize){0, 0}, screen), 1);
}

static void
test_fit_stays_legible (void)
{
  g_assert_cmpint (dinh_fit_choose (a4, screen), ==, DINH_FIT_WIDTH);
  g_assert_cmpint (dinh_fit_choose (a4, (DinhSize){1920, 1000}), ==, DINH_FIT_PAGE);
  g_assert_cmpint (dinh_fit_choose ((DinhSize){420, 298}, screen), ==, DINH_FIT_PAGE);
}

/* The point of the page under the fingers stays there, whatever the zoom. */
static void
test_zoom_keeps_the_point (void)
{
  DinhPlacement before = {1.5, -20, -300};
  const double x = 333, y = 222;

  for (double scale = 0.25; scale < 16; scale *= 1.7) {
    DinhPlacement after = dinh_placement_zoom (before, scale, x, y);

    assert_near (after.scale, scale);
    assert_near ((x - after.x) / after.scale, (x - before.x) / before.scale);
    assert_near ((y - after.y) / after.scale, (y - before.y) / before.scale);
  }
}

static void
test_clamp (void)
{
  DinhPlacement placement = dinh_placement_clamp ((DinhPlacement){2, 50, -5000}, a4, screen);

  assert_near (placement.x, 0);
  assert_near (placement.y, 700 - 842 * 2);
  placement = dinh_placement_clamp ((DinhPlacement){0.5, -900, 900}, a4, screen);
  assert_near (placement.x, (1024 - 297.5) / 2);
  assert_near (placement.y, (700 - 421) / 2.0);
}

static void
test_can_pan (void)
{
  DinhPlacement wide = dinh_placement_fit (DINH_FIT_WIDTH, a4, screen);
  DinhPlacement whole = dinh_placement_fit (DINH_FIT_PAGE, a4, screen);

  g_assert_true (dinh_placement_can_pan (wide, a4, screen, 0, -10));
  g_assert_false (dinh_placement_can_pan (wide, a4, screen, 0, 10));
  g_assert_false (dinh_placement_can_pan (wide, a4, screen, -10, 0));
  g_assert_false (dinh_placement_can_pan (whole, a4, screen, -10, -10));
}

static void
test_clip_is_what_is_in_view (void)
{
  DinhPlacement placement = {4, -100, -600};
  DinhDrawing clip = dinh_placement_clip (placement, a4, screen, 2, 0);

  assert_near (clip.scale, 8);
  g_assert_cmpint (clip.x, ==, 200);
  g_assert_cmpint (clip.y, ==, 1200);
  g_assert_cmpint (clip.width, ==, 2048);
  g_assert_cmpint (clip.height, ==, 1400);

  clip = dinh_placement_clip (placement, a4, screen, 1, 150);
  g_assert_cmpint (clip.x, ==, 0);
  g_assert_cmpint (clip.width, ==, 1024 + 100 + 150);
  clip = dinh_placement_clip ((DinhPlacement){0.5, 300, 100}, a4, screen, 1, 50);
  g_assert_cmpint (clip.x, ==, 0);
  g_assert_cmpint (clip.y, ==, 0);
  g_assert_cmpint (clip.width, ==, 298);
  g_assert_cmpint (clip.height, ==, 421);
}

static void
test_whole_scale (void)
{
  const DinhSize plan = {300, 14400};
  double width = a4.width * dinh_whole_scale (a4, 1.2345);

  assert_near (width, floor (a4.width * 1.2345));
  assert_near (dinh_whole_scale (a4, 1024 / 595.0), 1024 / 595.0);
  g_assert_cmpfloat (dinh_whole_scale (plan, 6) * dinh_whole_scale (plan, 6) * 300 * 14400, <=,
                     12.1 * 1024 * 1024);
  g_assert_cmpfloat (dinh_whole_scale ((DinhSize){1, 1}, 0.001), ==, 1);
}

static void
test_drawing (void)
{
  DinhDrawing a = {.page = 3, .scale = 1.5, .priority = 1}, b = a;

  b.priority = 10;
  g_assert_true (dinh_drawing_equal (&a, &b));
  b.height = 5;
  g_assert_false (dinh_drawing_equal (&a, &b));
  g_assert_cmpuint (dinh_drawing_bytes (&a, (DinhSize){100, 200}), ==, 150 * 300 * 4);
}

/* However the time is cut into frames, a fling comes as far and gets as slow. */
static void
test_fling (void)
{
  double one = 1000, many = 1000, distance = 0;
  double whole = dinh_fling_step (&one, 1);

  for (int i = 0; i < 60; i++) {
    distance += dinh_fling_step (&many, 1 / 60.0);
  }
  assert_near (distance, whole);
  assert_near (many, one);
  g_assert_cmpfloat (whole, >, 200);
  g_assert_cmpfloat (whole, <, 250);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ui/paper/page-geometry/fit", test_fit);
  g_test_add_func ("/ui/paper/page-geometry/fit-stays-legible", test_fit_stays_legible);
  g_test_add_func ("/ui/paper/page-geometry/zoom-keeps-the-point", test_zoom_keeps_the_point);
  g_test_add_func ("/ui/paper/page-geometry/clamp", test_clamp);
  g_test_add_func ("/ui/paper/page-geometry/can-pan", test_can_pan);
  g_test_add_func ("/ui/paper/page-geometry/clip-is-what-is-in-view", test_clip_is_what_is_in_view);
  g_test_add_func ("/ui/paper/page-geometry/whole-scale", test_whole_scale);
  g_test_add_func ("/ui/paper/page-geometry/drawing", test_drawing);
  g_test_add_func ("/ui/paper/page-geometry/fling", test_fling);
  return g_test_run ();
}
