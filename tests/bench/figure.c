/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "figure.h"

#include <math.h>

static void
append_number (GString *line, const char *name, double number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (line, ",\"%s\":%s", name, g_ascii_formatd (text, sizeof text, "%.2f", number));
}

/* Prints a figure as one line of JSON. Returns whether it keeps to its bar; a figure without one always does.
 */
gboolean
figure_print (const Figure *figure)
{
  g_autoptr (GString) line = g_string_new (NULL);
  gboolean ran = figure->peer == NULL || !isnan (figure->peer_value);
  double judged = figure->peer != NULL ? figure->value / figure->peer_value : figure->value;
  gboolean ok = ran && (figure->bar == 0 || judged <= figure->bar);

  g_string_append_printf (line, "{\"bench\":\"%s\",\"figure\":\"%s\",\"of\":\"%s\"", figure->bench,
                          figure->figure, figure->of);
  append_number (line, "value", figure->value);
  g_string_append_printf (line, ",\"unit\":\"%s\"", figure->unit);
  if (figure->peer != NULL && ran) {
    g_string_append_printf (line, ",\"peer\":\"%s\"", figure->peer);
    append_number (line, "peer_value", figure->peer_value);
    append_number (line, "ratio", judged);
  }
  if (figure->bar != 0) {
    append_number (line, "bar", figure->bar);
  }
  if (!ran) {
    g_string_append_printf (line, ",\"reason\":\"%s did not run\"", figure->peer);
  }
  g_print ("%s,\"ok\":%s}\n", line->str, ok ? "true" : "false");
  return ok;
}
