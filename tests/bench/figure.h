/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One measured figure. What is 0 or NULL is not printed. */
typedef struct {
  const char *bench;
  const char *figure;
  const char *of; /* what was measured: a size, a paper */
  double value;   /* NaN if it did not run */
  const char *unit;
  const char *peer;
  double peer_value; /* NaN if the peer did not run */
  double bar;        /* of the ratio if there is a peer, otherwise of the value */
} Figure;

gboolean figure_print (const Figure *figure);

/* Values of the rounds of a measurement. */
GArray *values_new (void);
void values_add (GArray *values, double value);
double values_percentile (GArray *values, double percent);

G_END_DECLS
