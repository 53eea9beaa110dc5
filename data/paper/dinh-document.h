/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define DINH_PAPER_ERROR (dinh_paper_error_quark ())
GQuark dinh_paper_error_quark (void);

/* What is wrong with a paper, or with drawing it. */
typedef enum {
  DINH_PAPER_ERROR_NOT_PDF,      /* not a PDF, or damaged beyond reading */
  DINH_PAPER_ERROR_EMPTY,        /* no bytes, or no pages */
  DINH_PAPER_ERROR_ENCRYPTED,    /* needs a password */
  DINH_PAPER_ERROR_TOO_SLOW,     /* the watchdog ended the helper */
  DINH_PAPER_ERROR_CRASHED,      /* the helper died (crash or memory limit) */
  DINH_PAPER_ERROR_NO_SUCH_PAGE,
  DINH_PAPER_ERROR_TOO_LARGE,    /* more pixels than a helper may draw */
  DINH_PAPER_ERROR_HELPER,       /* the helper cannot be started or does not speak the protocol */
} DinhPaperError;

/* A drawn page or part of one. Pixels are CAIRO_FORMAT_RGB24 (B8G8R8X8 in memory on little endian). */
typedef struct {
  GBytes *pixels; /* maps the helper's memfd; never copied */
  int width, height; /* pixels */
  int stride;        /* bytes a row */
} DinhPixels;

void dinh_pixels_free (DinhPixels *pixels);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhPixels, dinh_pixels_free)

/* What to draw: a page, or a clip of it, at a scale. */
typedef struct {
  guint page;           /* from 0 */
  double scale;         /* pixels a point (1/72 inch) */
  int rotation;         /* 0, 90, 180, 270, clockwise, on top of the page's own */
  int x, y;             /* the clip's corner in the page's pixels at that scale */
  int width, height;    /* the clip; 0, 0 is the whole page */
  int priority;         /* GLib's way: a smaller number goes first */
} DinhDrawing;

#define DINH_TYPE_RENDERER (dinh_renderer_get_type ())
G_DECLARE_FINAL_TYPE (DinhRenderer, dinh_renderer, DINH, RENDERER, GObject)

#define DINH_TYPE_DOCUMENT (dinh_document_get_type ())
G_DECLARE_FINAL_TYPE (DinhDocument, dinh_document, DINH, DOCUMENT, GObject)

DinhRenderer *dinh_renderer_new (const char *program, guint n_helpers);

void dinh_renderer_open_async (DinhRenderer *self, const char *path, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
DinhDocument *dinh_renderer_open_finish (DinhRenderer *self, GAsyncResult *result, GError **error);

guint dinh_document_get_n_pages (DinhDocument *self);
void dinh_document_get_page_size (DinhDocument *self, guint page, double *width, double *height);
const char *dinh_document_get_path (DinhDocument *self);

void dinh_document_draw_async (DinhDocument *self, const DinhDrawing *drawing, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
DinhPixels *dinh_document_draw_finish (DinhDocument *self, GAsyncResult *result, GError **error);

G_END_DECLS
