/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/paper/dinh-document.h"

G_BEGIN_DECLS

/* What "fitted" means for a page in a view. */
typedef enum {
  DINH_FIT_PAGE,  /* the whole page is in view */
  DINH_FIT_WIDTH, /* the page is as wide as the view */
} DinhFit;

/* Points (1/72 inch) for a page, logical pixels for a view. */
typedef struct {
  double width, height;
} DinhSize;

/* Where a page lies in a view: pixels a point, and the page's corner in the view. */
typedef struct {
  double scale;
  double x, y;
} DinhPlacement;

DinhFit dinh_fit_choose (DinhSize page, DinhSize view);
double dinh_fit_scale (DinhFit fit, DinhSize page, DinhSize view);
DinhPlacement dinh_placement_fit (DinhFit fit, DinhSize page, DinhSize view);
DinhPlacement dinh_placement_clamp (DinhPlacement placement, DinhSize page, DinhSize view);
DinhPlacement dinh_placement_zoom (DinhPlacement placement, double scale, double x, double y);
gboolean dinh_placement_can_pan (DinhPlacement placement, DinhSize page, DinhSize view, double dx, double dy);
DinhDrawing dinh_placement_clip (
    DinhPlacement placement, DinhSize page, DinhSize view, double device_scale, double margin);

double dinh_sharp_scale (DinhSize page, double scale);
double dinh_whole_scale (DinhSize page, double scale);
gsize dinh_drawing_bytes (const DinhDrawing *drawing, DinhSize page);
gboolean dinh_drawing_equal (const DinhDrawing *a, const DinhDrawing *b);
double dinh_fling_step (double *velocity, double seconds);

G_END_DECLS
