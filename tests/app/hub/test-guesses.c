/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hub/dinh-guesses.h"

#define HERE "192.0.2.7"
#define THERE "2001:db8::7"
#define SECOND G_TIME_SPAN_SECOND

static void
guess (DinhGuesses *guesses, const char *address, guint times, gint64 now)
{
  for (guint i = 0; i < times; i++)
    dinh_guesses_add (guesses, address, now);
}

/* Four wrong codes cost nothing; with the fifth begins a wait that doubles. */
static void
test_grows (void)
{
  g_autoptr (DinhGuesses) guesses = dinh_guesses_new ();
  gint64 now = 1000 * SECOND;
  guint before = 0;

  guess (guesses, HERE, 4, now);
  g_assert_cmpuint (dinh_guesses_get_wait (guesses, HERE, now), ==, 0);
  for (guint i = 0; i < 5; i++) {
    guint wait;

    guess (guesses, HERE, 1, now);
    wait = dinh_guesses_get_wait (guesses, HERE, now);
    g_assert_cmpuint (wait, ==, before == 0 ? 10 : 2 * before);
    g_assert_cmpuint (dinh_guesses_get_wait (guesses, HERE, now + SECOND / 2), ==, wait);
    g_assert_cmpuint (dinh_guesses_get_wait (guesses, HERE, now + wait * SECOND - 1), ==, 1);
    now += wait * SECOND;
    g_assert_cmpuint (dinh_guesses_get_wait (guesses, HERE, now), ==, 0);
    before = wait;
  }
}

/* Who changes addresses is held up too, but nobody can hold up all others for long. */
static void
test_all (void)
{
  g_autoptr (DinhGuesses) guesses = dinh_guesses_new ();
  gint64 now = SECOND;

  for (guint i = 0; i < 5; i++) {
    g_autofree char *address = g_strdup_printf ("192.0.2.%u", i);

    guess (guesses, address, 1, now);
  }
  g_assert_cmpuint (dinh_guesses_get_wait (guesses, THERE, now), ==, 10);
  guess (guesses, HERE, 100, now);
  g_assert_cmpuint (dinh_guesses_get_wait (guesses, THERE, now), ==, 60);
  g_assert_cmpuint (dinh_guesses_get_wait (guesses, HERE, now), ==, 15 * 60);
}

static void
test_forgotten (void)
{
  g_autoptr (DinhGuesses) guesses = dinh_guesses_new ();
  gint64 later = 11 * 60 * SECOND;

  guess (guesses, HERE, 4, 0);
  guess (guesses, HERE, 1, later);
  g_assert_cmpuint (dinh_guesses_get_wait (guesses, HERE, later), ==, 0);
  guess (guesses, HERE, 4, later);
  g_assert_cmpuint (dinh_guesses_get_wait (guesses, HERE, later), ==, 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/guesses/grows", test_grows);
  g_test_add_func ("/guesses/all", test_all);
  g_test_add_func ("/guesses/forgotten", test_forgotten);
  return g_test_run ();
}
