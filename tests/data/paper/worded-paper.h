/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Words of a page, and where on it. */
typedef struct {
  double x, y;    /* points, from the upper left corner */
  double degrees; /* turned clockwise */
  const char *text;
} PlacedWords;

void worded_paper_write (const char *path, const PlacedWords *words, guint n_words);
