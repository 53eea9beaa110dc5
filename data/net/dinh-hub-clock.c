/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-hub-clock.h"

#include "data/net/dinh-net-error.h"
#include "data/record/dinh-json.h"
#include "data/record/dinh-time.h"

#include <sodium.h>
#include <time.h>

/*
 * The hub's time on a machine whose own clock may stand in 1970. The hub signs a nonce and its time with the record key;
 * from then on the time runs by the clock that counts since the machine's start, sleep included, which nobody sets.
 * A signed time that is earlier than one seen before, in this run or an earlier one, is an old answer or a hub whose
 * clock was set back: it is refused. May be asked from any thread.
 */

#define CONTEXT "dinh-time-v1"
#define NONCE_BYTES 16

struct _DinhHubClock {
  GObject parent_instance;

  DinhKey *record_key;

  GMutex mutex;
  gboolean known;  /* under the mutex, as the rest */
  gint64 time;     /* hub time, µs, when … */
  gint64 ticks;    /* … the clock since the start stood here */
  gint64 earliest; /* the newest time that was ever signed for us */
};

G_DEFINE_FINAL_TYPE (DinhHubClock, dinh_hub_clock, G_TYPE_OBJECT)

static gint64
get_ticks (void)
{
  struct timespec now;

  clock_gettime (CLOCK_BOOTTIME, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static void
dinh_hub_clock_finalize (GObject *object)
{
  DinhHubClock *self = DINH_HUB_CLOCK (object);

  g_clear_pointer (&self->record_key, dinh_key_free);
  g_mutex_clear (&self->mutex);
  G_OBJECT_CLASS (dinh_hub_clock_parent_class)->finalize (object);
}

static void
dinh_hub_clock_class_init (DinhHubClockClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dinh_hub_clock_finalize;
}

static void
dinh_hub_clock_init (DinhHubClock *self)
{
  g_mutex_init (&self->mutex);
}

/**
 * dinh_hub_clock_new:
 * @record_key: public key of the hub's record
 *
 * Returns: (transfer full): a clock that does not know the hub's time yet, or %NULL with a #DinhKeyError.
 */
DinhHubClock *
dinh_hub_clock_new (const char *record_key, GError **error)
{
  g_autoptr (DinhHubClock) self = g_object_new (DINH_TYPE_HUB_CLOCK, NULL);

  self->record_key = dinh_key_new_from_public (record_key, error);
  return self->record_key == NULL ? NULL : g_steal_pointer (&self);
}

/**
 * dinh_hub_clock_set_earliest:
 * @earliest: what dinh_hub_clock_get_earliest() gave in an earlier run, µs
 *
 * No time before this one is believed.
 */
void
dinh_hub_clock_set_earliest (DinhHubClock *self, gint64 earliest)
{
  g_mutex_lock (&self->mutex);
  self->earliest = MAX (self->earliest, earliest);
  g_mutex_unlock (&self->mutex);
}

/**
 * dinh_hub_clock_get_earliest:
 *
 * Returns: the newest time that the hub ever signed for this device, µs; to be kept.
 */
gint64
dinh_hub_clock_get_earliest (DinhHubClock *self)
{
  gint64 earliest;

  g_mutex_lock (&self->mutex);
  earliest = self->earliest;
  g_mutex_unlock (&self->mutex);
  return earliest;
}

/**
 * dinh_hub_clock_make_nonce:
 *
 * Returns: (transfer full): what nobody can have asked before, fit for a URI.
 */
char *
dinh_hub_clock_make_nonce (void)
{
  guint8 bytes[NONCE_BYTES];
  char *nonce = g_malloc (2 * NONCE_BYTES + 1);

  randombytes_buf (bytes, sizeof bytes);
  return sodium_bin2hex (nonce, 2 * NONCE_BYTES + 1, bytes, sizeof bytes);
}

static gboolean
refuse (GError **error, const char *fault)
{
  g_set_error (error, DINH_NET_ERROR, DINH_NET_ERROR_PROTOCOL, "hub time: %s", fault);
  return FALSE;
}

/* The answer was on its way for half of the round trip. */
static gboolean
set_time (DinhHubClock *self, gint64 time, gint64 trip, GError **error)
{
  gboolean forward;

  g_mutex_lock (&self->mutex);
  forward = time >= self->earliest;
  if (forward) {
    self->known = TRUE;
    self->time = time + trip / 2;
    self->ticks = get_ticks ();
    self->earliest = time;
  }
  g_mutex_unlock (&self->mutex);
  if (!forward)
    g_set_error_literal (error, DINH_NET_ERROR, DINH_NET_ERROR_TIME_WENT_BACK, "the hub's time went back");
  return forward;
}

/**
 * dinh_hub_clock_take:
 * @nonce: what was asked with
 * @asked: g_get_monotonic_time() then
 * @answer: the answer to `GET /v1/time`
 *
 * Sets the clock. Returns: %FALSE with %DINH_NET_ERROR_PROTOCOL if the hub did not sign this, or
 * %DINH_NET_ERROR_TIME_WENT_BACK; the clock goes on as before then.
 */
gboolean
dinh_hub_clock_take (DinhHubClock *self, const char *nonce, gint64 asked, GBytes *answer, GError **error)
{
  gsize length;
  const char *text = g_bytes_get_data (answer, &length);
  g_autoptr (DinhJson) json = dinh_json_parse (text, length, error);
  g_autofree char *signed_text = NULL;
  const char *time, *signature;
  gint64 microseconds;

  if (json == NULL)
    return FALSE;
  time = dinh_json_get_string (json, "time");
  signature = dinh_json_get_string (json, "signature");
  if (time == NULL || signature == NULL || !dinh_time_parse (time, &microseconds))
    return refuse (error, "no time or no signature");
  if (g_strcmp0 (dinh_json_get_string (json, "nonce"), nonce) != 0)
    return refuse (error, "an answer to another question");
  signed_text = g_strdup_printf ("%s\n%s", nonce, time);
  if (!dinh_key_verify (self->record_key, CONTEXT, signed_text, strlen (signed_text), signature))
    return refuse (error, "not signed by the record's key");
  return set_time (self, microseconds, g_get_monotonic_time () - asked, error);
}

/**
 * dinh_hub_clock_is_known:
 *
 * Whether the hub told its time since the program's start.
 */
gboolean
dinh_hub_clock_is_known (DinhHubClock *self)
{
  gboolean known;

  g_mutex_lock (&self->mutex);
  known = self->known;
  g_mutex_unlock (&self->mutex);
  return known;
}

/**
 * dinh_hub_clock_now:
 *
 * Returns: hub time, µs since 1970. While it is not known: this machine's, but never earlier than the hub once said.
 */
gint64
dinh_hub_clock_now (DinhHubClock *self)
{
  gint64 now;

  g_mutex_lock (&self->mutex);
  now = self->known ? self->time + get_ticks () - self->ticks : MAX (g_get_real_time (), self->earliest);
  g_mutex_unlock (&self->mutex);
  return now;
}

/**
 * dinh_hub_clock_get_offset:
 *
 * Returns: µs that the hub's clock is ahead of this machine's.
 */
gint64
dinh_hub_clock_get_offset (DinhHubClock *self)
{
  return dinh_hub_clock_now (self) - g_get_real_time ();
}

/**
 * dinh_hub_clock_judge:
 *
 * Whether @certificate is within its dates (RFC 5280 §4.1.2.5) by hub time; %TRUE while that is not known: a wrong clock
 * must never lock a device out.
 */
gboolean
dinh_hub_clock_judge (DinhHubClock *self, GTlsCertificate *certificate)
{
  g_autoptr (GDateTime) from = g_tls_certificate_get_not_valid_before (certificate);
  g_autoptr (GDateTime) until = g_tls_certificate_get_not_valid_after (certificate);
  gint64 now = dinh_hub_clock_now (self) / G_USEC_PER_SEC;

  return !dinh_hub_clock_is_known (self) || from == NULL || until == NULL ||
         (g_date_time_to_unix (from) <= now && now <= g_date_time_to_unix (until));
}
