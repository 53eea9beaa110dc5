/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/paper/dinh-pixels.h"

/* Frees the description and drops its hold on the pixels; a GBytes that somebody else holds lives on. */
void
dinh_pixels_free (DinhPixels *pixels)
{
  g_bytes_unref (pixels->pixels);
  g_free (pixels);
}
