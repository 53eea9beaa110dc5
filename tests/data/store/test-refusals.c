/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/store/dinh-refusals.h"

#include "data/record/dinh-audit.h"

#define MINUTE G_TIME_SPAN_MINUTE

static gboolean
refuse (DinhRefusals *refusals, const char *address, gint64 now)
{
  g_autoptr (DinhJson) body =
    dinh_audit_to_json (&(DinhAudit) { .action = "enrolment", .refused = TRUE, .address = address, .reason = "wrong-code" });

  return dinh_refusals_take (refusals, body, now);
}

/* How many are told when the time has come, and of how many refusals. */
static gint64
end (DinhRefusals *refusals, gint64 now, gsize n_told)
{
  g_autoptr (DinhJson) bodies = dinh_refusals_end (refusals, now);
  gint64 sum = 0;
  gsize index;
  json_t *body;

  g_assert_cmpuint (json_array_size (bodies), ==, n_told);
  json_array_foreach (bodies, index, body) sum += dinh_json_get_integer (body, "count");
  return sum;
}

/* The first at once, the others as one, in spans that grow. */
static void
test_repeats (void)
{
  g_autoptr (DinhRefusals) refusals = dinh_refusals_new ();
  gint64 now = 1000 * MINUTE;

  g_assert_true (refuse (refusals, "192.0.2.1", now));
  g_assert_true (refuse (refusals, "192.0.2.2", now));
  for (guint i = 0; i < 500; i++)
    g_assert_false (refuse (refusals, "192.0.2.1", now + 1));
  g_assert_cmpint (end (refusals, now + MINUTE - 1, 0), ==, 0);
  g_assert_cmpint (end (refusals, now + MINUTE, 1), ==, 500);
  /* The other one was forgotten, this one goes on for two minutes. */
  now += MINUTE;
  g_assert_true (refuse (refusals, "192.0.2.2", now));
  g_assert_false (refuse (refusals, "192.0.2.1", now));
  g_assert_cmpint (end (refusals, now + 2 * MINUTE - 1, 0), ==, 0);
  g_assert_cmpint (end (refusals, now + 2 * MINUTE, 1), ==, 1);
  g_assert_cmpint (end (refusals, G_MAXINT64, 0), ==, 0);
  g_assert_true (refuse (refusals, "192.0.2.1", now + 2 * MINUTE));
}

/* Whoever comes from everywhere costs no more: so many in a minute, whatever they do. */
static void
test_flood (void)
{
  g_autoptr (DinhRefusals) refusals = dinh_refusals_new ();
  guint n_recorded = 0;

  for (guint i = 0; i < 10000; i++) {
    g_autofree char *address = g_strdup_printf ("2001:db8::%x", i);

    n_recorded += refuse (refusals, address, MINUTE + i);
  }
  g_assert_cmpuint (n_recorded, ==, 32);
  g_assert_cmpint (end (refusals, 3 * MINUTE, 1), ==, 10000 - 32);
  g_assert_cmpint (end (refusals, G_MAXINT64, 0), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/refusals/repeats", test_repeats);
  g_test_add_func ("/store/refusals/flood", test_flood);
  return g_test_run ();
}
