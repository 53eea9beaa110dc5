/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* What to draw: a page, or a clip of it, at a scale. */
typedef struct {
  guint page;        /* from 0 */
  double scale;      /* pixels a point (1/72 inch) */
  int rotation;      /* 0, 90, 180, 270, clockwise, on top of the page's own */
  int x, y;          /* the clip's corner in the page's pixels at that scale */
  int width, height; /* the clip; 0, 0 is the whole page, a started pixel counting as one */
  int priority;      /* GLib's way: a smaller number goes first */
} DinhDrawing;
