/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "data/paper/dinh-document.h"
#include "ui/paper/dinh-page-geometry.h"

G_BEGIN_DECLS

/* Who wants drawings; each wants its own and says so anew when that changes. */
typedef enum {
  DINH_LANE_PAGES,      /* the page in view and its neighbours, whole */
  DINH_LANE_CLIP,       /* what is in view of a zoomed page */
  DINH_LANE_THUMBNAILS, /* small pictures of pages */
  DINH_N_LANES,
} DinhLane;

/* Drawings whose priority is at least this wait until everything before them is drawn. */
#define DINH_PRIORITY_THUMBNAIL 10

#define DINH_TYPE_PAGE_SOURCE (dinh_page_source_get_type ())
G_DECLARE_FINAL_TYPE (DinhPageSource, dinh_page_source, DINH, PAGE_SOURCE, GObject)

DinhPageSource *dinh_page_source_new (DinhDocument *document, gsize limit);

guint dinh_page_source_get_n_pages (DinhPageSource *self);
DinhSize dinh_page_source_get_page_size (DinhPageSource *self, guint page);
gsize dinh_page_source_get_limit (DinhPageSource *self);

void
dinh_page_source_want (DinhPageSource *self, DinhLane lane, const DinhDrawing *drawings, guint n_drawings);
GdkTexture *dinh_page_source_get (DinhPageSource *self, const DinhDrawing *drawing);
GdkTexture *dinh_page_source_get_nearest (DinhPageSource *self, guint page, double scale, DinhDrawing *found);
int dinh_page_source_get_problem (DinhPageSource *self, DinhLane lane, guint page);

G_END_DECLS
