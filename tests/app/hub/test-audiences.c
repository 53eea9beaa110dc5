/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hub/dinh-audiences.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  char *dir, *path;
  DinhAudiences *audiences;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->dir = g_dir_make_tmp ("dinh-audiences-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->dir, "audiences", NULL);
  fixture->audiences = dinh_audiences_new (fixture->path);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  dinh_audiences_free (fixture->audiences);
  g_remove (fixture->path);
  g_assert_cmpint (g_rmdir (fixture->dir), ==, 0);
  g_free (fixture->path);
  g_free (fixture->dir);
}

/* As the next hub finds them. */
static void
reopen (Fixture *fixture)
{
  dinh_audiences_free (fixture->audiences);
  fixture->audiences = dinh_audiences_new (fixture->path);
}

static char *
enter (Fixture *fixture, const char *device, const char *hears)
{
  return g_strdup (dinh_audiences_enter (fixture->audiences, device, hears));
}

static gboolean
hears (Fixture *fixture, const char *channel, const char *who)
{
  g_autoptr (GPtrArray) channels = dinh_audiences_find (fixture->audiences, who);

  return g_ptr_array_find_with_equal_func (channels, channel, g_str_equal, NULL);
}

static void
assert_two (Fixture *fixture, const char *all, const char *some)
{
  g_assert_true (hears (fixture, all, "body"));
  g_assert_true (hears (fixture, all, "meeting"));
  g_assert_true (hears (fixture, all, "one"));
  g_assert_true (hears (fixture, all, "two"));
  g_assert_false (hears (fixture, some, "one"));
  g_assert_true (hears (fixture, some, "body"));
  g_assert_false (hears (fixture, some, "meeting"));
  g_assert_false (hears (fixture, some, "meet"));
}

static void
test_entered (Fixture *fixture, gconstpointer data)
{
  g_autofree char *all = enter (fixture, "one", "body,meeting"), *same = enter (fixture, "two", "body,meeting");
  g_autofree char *some = enter (fixture, "three", "body"), *later = NULL;

  g_assert_cmpstr (all, ==, same);
  g_assert_cmpstr (all, !=, some);
  g_assert_false (dinh_audiences_is_settled (fixture->audiences, all));
  assert_two (fixture, all, some);
  reopen (fixture);
  assert_two (fixture, all, some);
  later = enter (fixture, "one", "body,other");
  g_assert_cmpstr (later, !=, all);
  g_assert_cmpstr (later, !=, some);
}

/* Nothing goes to a channel that was closed, by whichever hub: who comes back has another one. */
static void
test_forgotten (Fixture *fixture, gconstpointer data)
{
  g_autofree char *old = enter (fixture, "one", "body"), *other = enter (fixture, "two", "body,meeting"), *next = NULL;

  dinh_audiences_forget (fixture->audiences, old);
  dinh_audiences_forget (fixture->audiences, old);
  g_assert_false (hears (fixture, old, "body"));
  g_assert_true (hears (fixture, other, "body"));
  next = enter (fixture, "one", "body");
  g_assert_cmpstr (next, !=, old);
  dinh_audiences_forget (fixture->audiences, other);
  dinh_audiences_forget (fixture->audiences, next);
  reopen (fixture);
  g_assert_false (hears (fixture, old, "body"));
  g_assert_false (hears (fixture, next, "body"));
}

static void
test_spoilt (Fixture *fixture, gconstpointer data)
{
  static const char text[] = "\n \naudience:\naudience:x body\naudience:7 body\naudience:7 @one\naudience:6 @two\n\xff\xfe audience:8 meeting\naudience:9";
  g_autofree char *next = NULL;

  g_assert_true (g_file_set_contents (fixture->path, text, -1, NULL));
  reopen (fixture);
  g_assert_true (hears (fixture, "audience:7", "body"));
  g_assert_false (hears (fixture, "audience:8", "meeting"));
  g_assert_true (hears (fixture, "audience:7", "one"));
  next = enter (fixture, "two", "body,meeting");
  g_assert_cmpstr (next, ==, "audience:8");
  reopen (fixture);
  g_assert_true (hears (fixture, next, "two"));
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/hub/audiences/entered", test_entered);
  ADD ("/hub/audiences/forgotten", test_forgotten);
  ADD ("/hub/audiences/spoilt", test_spoilt);
  return g_test_run ();
}
