/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/model/dinh-line.h"

static void
on_notified (GObject *object, GParamSpec *pspec, GString *names)
{
  g_string_append_printf (names, "%s ", pspec->name);
}

static void
test_notifies_once (void)
{
  g_autoptr (DinhLine) line = dinh_line_new ();
  g_autoptr (GString) names = g_string_new (NULL);

  g_assert_cmpint (dinh_line_get_state (line), ==, DINH_LINE_OFFLINE);
  g_signal_connect (line, "notify", G_CALLBACK (on_notified), names);
  for (guint i = 0; i < 2; i++) {
    dinh_line_set_state (line, DINH_LINE_LIVE);
    g_object_set (line, "problem", DINH_LINE_PROBLEM_CLOCK_WRONG, NULL);
  }
  g_assert_cmpstr (names->str, ==, "state since problem ");
}

static void
test_counts_by_the_hubs_clock (void)
{
  g_autoptr (DinhLine) line = dinh_line_new ();
  gint64 hour = G_TIME_SPAN_HOUR;

  dinh_line_set_clock_offset (line, 3 * hour);
  dinh_line_set_state (line, DINH_LINE_POLLING);
  g_assert_cmpint (dinh_line_get_now (line), >=, g_get_real_time () + 2 * hour);
  g_assert_cmpint (dinh_line_get_since (line), >=, g_get_real_time () + 2 * hour);
  g_assert_cmpint (dinh_line_get_since (line), <=, dinh_line_get_now (line));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/line/notifies-once", test_notifies_once);
  g_test_add_func ("/model/line/counts-by-the-hubs-clock", test_counts_by_the_hubs_clock);
  return g_test_run ();
}
