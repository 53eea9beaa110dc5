/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "figure.h"

#include <math.h>

static void
append_number (GString *line, const char *name, double number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isnan (number))
    g_string_append_printf (line, ",\"%s\":%s", name, g_ascii_formatd (text, sizeof text, "%.2f", number));
}

static void
append_judgement (GString *line, const Figure *figure, double judged)
{
  gboolean ran = !isnan (judged);

  if (figure->bar != 0)
    append_number (line, "bar", figure->bar);
  if (!ran)
    g_string_append_printf (line, ",\"reason\":\"%s did not run\"",
                            isnan (figure->value) ? figure->figure : figure->peer);
  g_string_append_printf (line, ",\"ok\":%s}",
                          ran && (figure->bar == 0 || judged <= figure->bar) ? "true" : "false");
}

/* Prints a figure as one line of JSON. Returns whether it keeps to its bar; a figure without one does if it
 * ran. */
gboolean
figure_print (const Figure *figure)
{
  g_autoptr (GString) line = g_string_new (NULL);
  double judged = figure->peer != NULL ? figure->value / figure->peer_value : figure->value;

  g_string_append_printf (line, "{\"bench\":\"%s\",\"figure\":\"%s\"", figure->bench, figure->figure);
  if (figure->of != NULL)
    g_string_append_printf (line, ",\"of\":\"%s\"", figure->of);
  append_number (line, "value", figure->value);
  g_string_append_printf (line, ",\"unit\":\"%s\"", figure->unit);
  if (figure->peer != NULL) {
    g_string_append_printf (line, ",\"peer\":\"%s\"", figure->peer);
    append_number (line, "peer_value", figure->peer_value);
    append_number (line, "ratio", judged);
  }
  append_judgement (line, figure, judged);
  g_print ("%s\n", line->str);
  return !isnan (judged) && (figure->bar == 0 || judged <= figure->bar);
}

GArray *
values_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (double));
}

void
values_add (GArray *values, double value)
{
  g_array_append_val (values, value);
}

static int
compare_values (gconstpointer a, gconstpointer b)
{
  double one = *(const double *) a, other = *(const double *) b;

  return (one > other) - (one < other);
}

/* The value that @percent of all do not exceed (nearest rank); NaN if there is none. */
double
values_percentile (GArray *values, double percent)
{
  guint rank = (guint) ceil (percent / 100 * values->len);

  g_array_sort (values, compare_values);
  return values->len == 0 ? NAN : g_array_index (values, double, rank == 0 ? 0 : rank - 1);
}
