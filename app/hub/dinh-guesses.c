/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hub/dinh-guesses.h"

/*
 * Five wrong codes are a person's mistakes; each further one doubles the time until the next may be tried,
 * for its address and for everybody. For everybody the wait stays short, so that nobody can keep all devices
 * of a province out, and is long enough: at a guess a minute, fifty bits last longer than the hub.
 */
#define FREE_GUESSES 5
#define FIRST_WAIT (10 * G_TIME_SPAN_SECOND)
#define LONGEST_WAIT (15 * G_TIME_SPAN_MINUTE)
#define LONGEST_WAIT_OF_ALL G_TIME_SPAN_MINUTE
#define FORGOTTEN_AFTER (10 * G_TIME_SPAN_MINUTE)

typedef struct {
  guint wrong;
  gint64 until; /* nobody may try before; when the last wrong code came where all may */
} Tally;

struct _DinhGuesses {
  Tally all;
  GHashTable *addresses; /* address → Tally */
};

/**
 * dinh_guesses_new:
 *
 * Returns: (transfer full): that nobody has guessed.
 */
DinhGuesses *
dinh_guesses_new (void)
{
  DinhGuesses *self = g_new0 (DinhGuesses, 1);

  self->addresses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

/**
 * dinh_guesses_free:
 *
 * Frees @self.
 */
void
dinh_guesses_free (DinhGuesses *self)
{
  g_hash_table_unref (self->addresses);
  g_free (self);
}

static gboolean
is_forgotten (const Tally *tally, gint64 now)
{
  return now > tally->until + FORGOTTEN_AFTER;
}

static void
count (Tally *tally, gint64 longest, gint64 now)
{
  guint doubled;

  if (is_forgotten (tally, now))
    tally->wrong = 0;
  tally->wrong++;
  tally->until = now;
  if (tally->wrong < FREE_GUESSES)
    return;
  doubled = MIN (tally->wrong - FREE_GUESSES, 16);
  tally->until += MIN (FIRST_WAIT << doubled, longest);
}

static gboolean
is_old (gpointer address, gpointer tally, gpointer now)
{
  return is_forgotten (tally, *(gint64 *) now);
}

/**
 * dinh_guesses_add:
 * @now: µs of a clock that does not go back
 *
 * A wrong code came from @address.
 */
void
dinh_guesses_add (DinhGuesses *self, const char *address, gint64 now)
{
  Tally *tally;

  g_hash_table_foreach_remove (self->addresses, is_old, &now);
  tally = g_hash_table_lookup (self->addresses, address);
  if (tally == NULL) {
    tally = g_new0 (Tally, 1);
    g_hash_table_insert (self->addresses, g_strdup (address), tally);
  }
  count (tally, LONGEST_WAIT, now);
  count (&self->all, LONGEST_WAIT_OF_ALL, now);
}

static gint64
wait_of (const Tally *tally, gint64 now)
{
  return tally == NULL || tally->wrong < FREE_GUESSES ? 0 : MAX (tally->until - now, 0);
}

/**
 * dinh_guesses_get_wait:
 *
 * Returns: for how many seconds no code from @address may be tried; 0: now.
 */
guint
dinh_guesses_get_wait (DinhGuesses *self, const char *address, gint64 now)
{
  gint64 wait =
      MAX (wait_of (&self->all, now), wait_of (g_hash_table_lookup (self->addresses, address), now));

  return (guint) ((wait + G_TIME_SPAN_SECOND - 1) / G_TIME_SPAN_SECOND);
}
