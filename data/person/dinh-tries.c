/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/person/dinh-tries.h"

/*
 * Five tries, then one after each pause, and the pauses grow. A person's count stays until the right PIN
 * comes. A device's does not go by that, or whoever has one PIN could try others' for ever between two
 * sign-ins of his own; it is forgiven little by little, since a room has forty people who all mistype.
 */

#define SECOND ((gint64) G_USEC_PER_SEC)
#define MINUTE (60 * SECOND)
#define FORGIVEN_AFTER (5 * MINUTE)
#define MAX_FAILED 1000000

static const gint64 pauses[] = {
    30 * SECOND, 1 * MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, 60 * MINUTE,
};

static gint64
pause_after (guint failed)
{
  if (failed < DINH_TRIES_FREE)
    return 0;
  return pauses[MIN (failed - DINH_TRIES_FREE, G_N_ELEMENTS (pauses) - 1)];
}

/* A clock that was set back must neither end a pause nor stretch it for years: at most, it begins anew. */
static void
settle (DinhTries *self, gint64 now)
{
  self->failed = MIN (self->failed, MAX_FAILED);
  self->until = MAX (MIN (self->until, now + pause_after (self->failed)), 0);
}

/* Counted from the end of a pause, so that the pause is as long as it was said to be. */
static void
forgive (DinhTries *device, gint64 now)
{
  gint64 n = MIN ((now - device->until) / FORGIVEN_AFTER, device->failed);

  if (n <= 0)
    return;
  device->failed -= (guint) n;
  device->until += n * FORGIVEN_AFTER;
}

static gint64
get_wait (const DinhTries *self, gint64 now)
{
  return MAX (self->until - now, 0);
}

static void
fail (DinhTries *self, gint64 now)
{
  self->failed++;
  self->until = now + pause_after (self->failed);
}

/* Of both counts what is left until one of them makes wait. */
static DinhTriesAnswer
answer (DinhTriesVerdict verdict, const DinhTries *person, const DinhTries *device, gint64 now)
{
  gint64 wait = MAX (get_wait (person, now), get_wait (device, now));
  guint failed = MAX (person->failed, device->failed);
  guint left = failed < DINH_TRIES_FREE ? DINH_TRIES_FREE - failed : 1;

  return (DinhTriesAnswer){verdict, wait > 0 ? 0 : left, wait};
}

/**
 * dinh_tries_judge:
 * @person: (inout): the person's count
 * @device: (inout): the device's
 * @right: whether the PIN is the right one
 * @now: hub time, µs since 1970
 *
 * Counts one try and says what the person is told. While a pause runs, the answer does not depend on @right.
 * The caller stores both counts before it answers, whatever the answer is.
 */
DinhTriesAnswer
dinh_tries_judge (DinhTries *person, DinhTries *device, gboolean right, gint64 now)
{
  settle (person, now);
  settle (device, now);
  forgive (device, now);
  if (get_wait (person, now) > 0 || get_wait (device, now) > 0)
    return answer (DINH_TRIES_WAIT, person, device, now);
  if (right) {
    *person = (DinhTries){0};
    return answer (DINH_TRIES_RIGHT, person, device, now);
  }
  fail (person, now);
  fail (device, now);
  return answer (DINH_TRIES_WRONG, person, device, now);
}
