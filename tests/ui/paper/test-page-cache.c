/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/paper/dinh-page-cache.h"

#include <gio/gio.h>

static GObject *
put (DinhPageCache *cache, guint page, double scale, gsize bytes)
{
  g_autoptr (GObject) picture = g_object_new (G_TYPE_OBJECT, NULL);

  dinh_page_cache_put (cache, &(DinhDrawing){.page = page, .scale = scale}, picture, bytes);
  return picture; /* kept alive by the cache alone, if at all */
}

static gpointer
get (DinhPageCache *cache, guint page, double scale)
{
  return dinh_page_cache_get (cache, &(DinhDrawing){.page = page, .scale = scale});
}

static void
test_gives_up_the_least_recently_used (void)
{
  g_autoptr (DinhPageCache) cache = dinh_page_cache_new (300);

  put (cache, 1, 1, 100);
  put (cache, 2, 1, 100);
  put (cache, 3, 1, 100);
  g_assert_nonnull (get (cache, 1, 1));
  put (cache, 4, 1, 100);
  g_assert_null (get (cache, 2, 1));
  g_assert_nonnull (get (cache, 1, 1));
  g_assert_nonnull (get (cache, 3, 1));
  g_assert_nonnull (get (cache, 4, 1));
  g_assert_cmpuint (dinh_page_cache_get_bytes (cache), ==, 300);
}

static void
test_keeps_the_newest_whatever_its_size (void)
{
  g_autoptr (DinhPageCache) cache = dinh_page_cache_new (300);

  put (cache, 1, 1, 100);
  put (cache, 2, 1, 1000);
  g_assert_null (get (cache, 1, 1));
  g_assert_nonnull (get (cache, 2, 1));
  put (cache, 3, 1, 10);
  g_assert_null (get (cache, 2, 1));
  g_assert_cmpuint (dinh_page_cache_get_bytes (cache), ==, 10);
}

static void
test_one_picture_a_drawing (void)
{
  g_autoptr (DinhPageCache) cache = dinh_page_cache_new (300);
  GObject *first = put (cache, 1, 1, 100);
  GObject *second;

  g_object_add_weak_pointer (first, (gpointer *) &first);
  second = put (cache, 1, 1, 40);
  g_assert_null (first);
  g_assert_true (get (cache, 1, 1) == second);
  g_assert_cmpuint (dinh_page_cache_get_bytes (cache), ==, 40);
}

static void
test_nearest (void)
{
  g_autoptr (DinhPageCache) cache = dinh_page_cache_new (1000);
  GObject *small = put (cache, 1, 0.2, 1), *middle = put (cache, 1, 1, 1), *large = put (cache, 1, 2, 1);
  DinhDrawing found;

  put (cache, 2, 1.5, 1);
  dinh_page_cache_put (cache, &(DinhDrawing){.page = 1, .scale = 1.1, .width = 5, .height = 5}, large, 1);
  g_assert_true (dinh_page_cache_get_nearest (cache, 1, 0.1, &found) == small);
  g_assert_true (dinh_page_cache_get_nearest (cache, 1, 0.9, &found) == middle);
  g_assert_true (dinh_page_cache_get_nearest (cache, 1, 1.05, &found) == large);
  g_assert_true (dinh_page_cache_get_nearest (cache, 1, 7, &found) == large);
  g_assert_cmpfloat (found.scale, ==, 2);
  g_assert_null (dinh_page_cache_get_nearest (cache, 3, 1, &found));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ui/paper/page-cache/gives-up-the-least-recently-used",
                   test_gives_up_the_least_recently_used);
  g_test_add_func ("/ui/paper/page-cache/keeps-the-newest-whatever-its-size",
                   test_keeps_the_newest_whatever_its_size);
  g_test_add_func ("/ui/paper/page-cache/one-picture-a-drawing", test_one_picture_a_drawing);
  g_test_add_func ("/ui/paper/page-cache/nearest", test_nearest);
  return g_test_run ();
}
