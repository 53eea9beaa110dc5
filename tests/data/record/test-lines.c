/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-lines.h"

#include <string.h>

static void
test_lines (void)
{
  static const struct {
    const char *text;
    const char *const lines[4];
  } cases[] = {
    { "", { NULL } },
    { "\n", { NULL } },
    { "a", { "a", NULL } },
    { "a\n", { "a", NULL } },
    { "a\nb", { "a", "b", NULL } },
    { "\n\na b\n\nc\n\n", { "a b", "c", NULL } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GBytes) bytes = g_bytes_new_static (cases[i].text, strlen (cases[i].text));
    DinhLines lines = dinh_lines_of (bytes);
    guint n_lines = 0;

    for (; dinh_lines_next (&lines); n_lines++) {
      g_autofree char *line = g_strndup (lines.line, lines.length);

      g_assert_cmpstr (line, ==, cases[i].lines[n_lines]);
    }
    g_assert_null (cases[i].lines[n_lines]);
    g_assert_cmpuint (dinh_lines_count (bytes), ==, n_lines);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/record/lines", test_lines);
  return g_test_run ();
}
