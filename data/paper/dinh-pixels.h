/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* A drawn page or part of one. Pixels are CAIRO_FORMAT_RGB24 (B8G8R8X8 in memory on little endian); the
 * fourth byte is always 0xff, so they are opaque B8G8R8A8 as well. */
typedef struct {
  GBytes *pixels;    /* maps the helper's memfd; never copied */
  int width, height; /* pixels */
  int stride;        /* bytes a row */
} DinhPixels;

void dinh_pixels_free (DinhPixels *pixels);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhPixels, dinh_pixels_free)

G_END_DECLS
