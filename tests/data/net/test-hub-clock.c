/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-hub-clock.h"

#include "data/net/dinh-net-error.h"
#include "data/record/dinh-json.h"
#include "data/record/dinh-record-error.h"
#include "data/record/dinh-time.h"

#include <string.h>

#define NOON G_GINT64_CONSTANT (1795320000000000)

static DinhKey *record_key;

static GBytes *
make_answer (const char *nonce, gint64 at, const DinhKey *key, const char *context)
{
  g_autofree char *time = dinh_time_format (at);
  g_autofree char *text = g_strdup_printf ("%s\n%s", nonce, time);
  g_autofree char *signature = dinh_key_sign (key, context, text, strlen (text));
  g_autoptr (DinhJson) json = json_pack ("{s:s, s:s, s:s}", "time", time, "nonce", nonce, "signature", signature);
  char *answer = dinh_json_print (json);

  return g_bytes_new_take (answer, strlen (answer));
}

static GBytes *
from_text (const char *text)
{
  return g_bytes_new_static (text, strlen (text));
}

static gboolean
take (DinhHubClock *clock, const char *nonce, GBytes *answer, GError **error)
{
  g_autoptr (GBytes) owned = answer;

  return dinh_hub_clock_take (clock, nonce, g_get_monotonic_time (), owned, error);
}

static void
test_runs (void)
{
  g_autoptr (DinhHubClock) clock = dinh_hub_clock_new (dinh_key_get_public (record_key), NULL);
  gint64 now;

  g_assert_false (dinh_hub_clock_is_known (clock));
  g_assert_true (take (clock, "n", make_answer ("n", NOON, record_key, "dinh-time-v1"), NULL));
  g_assert_true (dinh_hub_clock_is_known (clock));
  now = dinh_hub_clock_now (clock);
  g_assert_cmpint (now, >=, NOON);
  g_usleep (2000);
  g_assert_cmpint (dinh_hub_clock_now (clock), >, now);
  g_assert_cmpint (dinh_hub_clock_get_earliest (clock), ==, NOON);
}

/* What an earlier run saw binds this one, and the time that is refused changes nothing. */
static void
test_never_goes_back (void)
{
  g_autoptr (DinhHubClock) clock = dinh_hub_clock_new (dinh_key_get_public (record_key), NULL);
  g_autoptr (GError) error = NULL;
  gint64 far = NOON + 4000 * G_TIME_SPAN_DAY;

  dinh_hub_clock_set_earliest (clock, far);
  g_assert_cmpint (dinh_hub_clock_now (clock), >=, far);
  g_assert_false (take (clock, "n", make_answer ("n", far - 1000, record_key, "dinh-time-v1"), &error));
  g_assert_error (error, DINH_NET_ERROR, DINH_NET_ERROR_TIME_WENT_BACK);
  g_assert_false (dinh_hub_clock_is_known (clock));
  g_assert_true (take (clock, "n", make_answer ("n", far, record_key, "dinh-time-v1"), NULL));
}

static void
test_refuses (void)
{
  g_autoptr (DinhKey) other = dinh_key_new ();
  const struct {
    GBytes *answer;
    GQuark domain;
    int code;
  } cases[] = {
    { make_answer ("other", NOON, record_key, "dinh-time-v1"), DINH_NET_ERROR, DINH_NET_ERROR_PROTOCOL },
    { make_answer ("n", NOON, other, "dinh-time-v1"), DINH_NET_ERROR, DINH_NET_ERROR_PROTOCOL },
    { make_answer ("n", NOON, record_key, "dinh-command-v1"), DINH_NET_ERROR, DINH_NET_ERROR_PROTOCOL },
    { from_text ("{}"), DINH_NET_ERROR, DINH_NET_ERROR_PROTOCOL },
    { from_text ("{\"time\":\"noon\",\"nonce\":\"n\",\"signature\":\"\"}"), DINH_NET_ERROR, DINH_NET_ERROR_PROTOCOL },
    { from_text ("<html>"), DINH_RECORD_ERROR, DINH_RECORD_ERROR_JSON },
    { from_text (""), DINH_RECORD_ERROR, DINH_RECORD_ERROR_JSON },
  };
  g_autoptr (DinhHubClock) clock = dinh_hub_clock_new (dinh_key_get_public (record_key), NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (take (clock, "n", cases[i].answer, &error));
    g_assert_error (error, cases[i].domain, cases[i].code);
    g_assert_false (dinh_hub_clock_is_known (clock));
  }
}

static void
test_nonces (void)
{
  g_autofree char *one = dinh_hub_clock_make_nonce (), *other = dinh_hub_clock_make_nonce ();

  g_assert_cmpuint (strlen (one), ==, 32);
  g_assert_cmpstr (one, !=, other);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  record_key = dinh_key_new ();
  g_test_add_func ("/net/hub-clock/runs", test_runs);
  g_test_add_func ("/net/hub-clock/never-goes-back", test_never_goes_back);
  g_test_add_func ("/net/hub-clock/refuses", test_refuses);
  g_test_add_func ("/net/hub-clock/nonces", test_nonces);
  result = g_test_run ();
  dinh_key_free (record_key);
  return result;
}
