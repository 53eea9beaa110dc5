/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/paper/dinh-page-picture.h"

#include <gsk/gsk.h>

/* A drawn page: a texture, and the same memory as a cairo surface. GSK's cairo renderer copies a whole
 * texture in every frame and blends it as if it were not opaque; from the surface a frame reads only the
 * pixels that it shows. Measured, that is what a frame without a GPU mostly consists of. */

#define SURFACE "dinh-page-picture-surface"

static void
surface_free (gpointer surface)
{
  cairo_surface_destroy (surface);
}

/**
 * dinh_page_picture_new:
 * @pixels: (transfer none): a drawn page, opaque
 *
 * Returns: (transfer full): a picture that shares the pixels' memory and keeps it mapped as long as it lives
 */
GdkTexture *
dinh_page_picture_new (const DinhPixels *pixels)
{
  static const cairo_user_data_key_t key;
  GdkTexture *picture = gdk_memory_texture_new (
      pixels->width, pixels->height, GDK_MEMORY_B8G8R8A8_PREMULTIPLIED, pixels->pixels, pixels->stride);
  /* Nothing draws onto the surface. */
  guchar *data = (guchar *) g_bytes_get_data (pixels->pixels, NULL);
  cairo_surface_t *surface = cairo_image_surface_create_for_data (data, CAIRO_FORMAT_RGB24, pixels->width,
                                                                  pixels->height, pixels->stride);

  cairo_surface_set_user_data (surface, &key, g_bytes_ref (pixels->pixels),
                               (cairo_destroy_func_t) g_bytes_unref);
  g_object_set_data_full (G_OBJECT (picture), SURFACE, surface, surface_free);
  return picture;
}

/**
 * dinh_page_picture_snapshot:
 * @renderer: what will render the snapshot
 * @x: where the picture's corner comes to lie, in logical pixels
 * @y: and down
 * @ratio: logical pixels a pixel of the picture
 *
 * Appends a picture to a snapshot in the way that suits the renderer best.
 */
void
dinh_page_picture_snapshot (
    GdkTexture *picture, GtkSnapshot *snapshot, GskRenderer *renderer, double x, double y, double ratio)
{
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (x, y, gdk_texture_get_width (picture) * ratio,
                                               gdk_texture_get_height (picture) * ratio);

  if (!GSK_IS_CAIRO_RENDERER (renderer)) {
    gtk_snapshot_append_texture (snapshot, picture, &bounds);
    return;
  }
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &bounds);
  cairo_translate (cr, x, y);
  cairo_scale (cr, ratio, ratio);
  cairo_set_source_surface (cr, g_object_get_data (G_OBJECT (picture), SURFACE), 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_BILINEAR);
  cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
  cairo_paint (cr);
  cairo_destroy (cr);
}
