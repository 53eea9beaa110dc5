/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-time.h"

#include <string.h>

#define NOON G_GINT64_CONSTANT (1795521600000000) /* 2026-11-24T12:00:00Z */

static void
test_parse (void)
{
  static const struct {
    const char *text;
    gint64 expected; /* -1: refused */
  } cases[] = {
    { "2026-11-24T12:00:00Z", NOON },
    { "2026-11-24T19:00:00+07:00", NOON },
    { "2026-11-24T07:30:00-04:30", NOON },
    { "2026-11-24T12:00:00.5Z", NOON + 500000 },
    { "2026-11-24T12:00:00.001Z", NOON + 1000 },
    { "1970-01-01T00:00:00Z", 0 },
    { "2024-02-29T00:00:00Z", G_GINT64_CONSTANT (1709164800000000) },
    { "9998-12-31T23:59:59.999Z", G_GINT64_CONSTANT (253370764799999000) },
    { "9998-12-31T23:59:59.999-00:01", -1 },
    { "9999-12-31T23:59:59-14:00", -1 },
    { "1969-12-31T23:59:59Z", -1 },
    { "2026-02-29T00:00:00Z", -1 },
    { "2026-13-01T00:00:00Z", -1 },
    { "2026-00-01T00:00:00Z", -1 },
    { "2026-11-31T00:00:00Z", -1 },
    { "2026-11-24T25:00:00Z", -1 },
    { "2026-11-24T12:60:00Z", -1 },
    { "2026-11-24T12:00:00", -1 },
    { "2026-11-24T12:00Z", -1 },
    { "2026-11-24 12:00:00Z", -1 },
    { "2026-11-24t12:00:00z", -1 },
    { "2026-W48-2T12:00:00Z", -1 },
    { "2026-11-24T12:00:00,5Z", -1 },
    { "2026-11-24T12:00:00.Z", -1 },
    { "2026-11-24T12:00:00+07", -1 },
    { "2026-11-24T12:00:00+0700", -1 },
    { "2026-11-24T12:00:00+7:00", -1 },
    { "2026-11-24T12:00:00 +07:00", -1 },
    { "2026-11-24T12:00:00+99:00", -1 },
    { "2026-11-24T12:00:00ZZ", -1 },
    { " 2026-11-24T12:00:00Z", -1 },
    { "20261124T120000Z", -1 },
    { "2026-328T12:00:00Z", -1 },
    { "2026-11-24", -1 },
    { "", -1 },
    { "2026-11-24T12:00:00.0000000000000000000000000000000000Z", -1 },
    { "２０２６-11-24T12:00:00Z", -1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    gint64 found = -1;

    g_test_message ("%s", cases[i].text);
    g_assert_true (dinh_time_parse (cases[i].text, &found) == (cases[i].expected >= 0));
    g_assert_cmpint (found, ==, cases[i].expected);
  }
}

/* Every millisecond of a minute, and chance ones of eight thousand years: what is written is what is read. */
static void
test_round_trip (void)
{
  for (guint i = 0; i < 120000; i++) {
    gint64 time = i < 60000 ? NOON + (gint64) i * 1000
                            : (gint64) (g_test_rand_double () * 253370764799999.0) * 1000;
    g_autofree char *text = dinh_time_format (time);
    gint64 found = -1;

    if (!dinh_time_parse (text, &found) || found != time)
      g_error ("%" G_GINT64_FORMAT " became %s became %" G_GINT64_FORMAT, time, text, found);
  }
}

static void
test_format (void)
{
  g_autofree char *cut = dinh_time_format (NOON + 999);
  g_autofree char *next = dinh_time_format (NOON + 1999);

  g_assert_cmpstr (cut, ==, "2026-11-24T12:00:00.000Z");
  g_assert_cmpstr (next, ==, "2026-11-24T12:00:00.001Z");
}

static void
test_uuid (void)
{
  static const char *const wrong[] = {
    "", "0", "00000000-0000-7000-8000-00000000000", "00000000-0000-7000-8000-0000000000000",
    "00000000-0000-7000-8000-00000000000A", "00000000000070008000000000000000", "0000000-00000-7000-8000-000000000000",
    "../../../../../../../../../etc/passwd",
  };
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_false (dinh_uuid_is_valid (wrong[i]));
  for (guint i = 0; i < 10000; i++) {
    char *uuid = dinh_uuid_new ();

    g_assert_true (dinh_uuid_is_valid (uuid));
    g_assert_cmpint (uuid[14], ==, '7');
    g_assert_nonnull (strchr ("89ab", uuid[19]));
    g_assert_true (g_hash_table_add (seen, uuid));
  }
}

static void
test_uuids_sort_by_time (void)
{
  g_autofree char *early = dinh_uuid_new ();
  gint64 then = g_get_real_time () / 1000;

  while (g_get_real_time () / 1000 <= then)
    g_usleep (200);
  g_autofree char *late = dinh_uuid_new ();
  g_assert_cmpint (strcmp (early, late), <, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/record/time/parse", test_parse);
  g_test_add_func ("/record/time/round-trip", test_round_trip);
  g_test_add_func ("/record/time/format", test_format);
  g_test_add_func ("/record/time/uuid", test_uuid);
  g_test_add_func ("/record/time/uuids-sort-by-time", test_uuids_sort_by_time);
  return g_test_run ();
}
