/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/paper/dinh-page-geometry.h"

#include <math.h>

/* Below this many logical pixels a point the letters of an ordinary page are too small for reading glasses.
 */
#define LEGIBLE_SCALE 1.1

/* A page drawn whole has at most this many pixels; a long plan is sharpened by clips. */
#define MAX_WHOLE_PIXELS (12.0 * 1024 * 1024)

/* How fast a flung page slows down, a second. */
#define FRICTION 4.0

/**
 * dinh_fit_choose:
 *
 * Returns: the fit for a page that nobody has chosen a fit for: the whole page where its letters stay legible
 * in a view of that size, otherwise its width.
 */
DinhFit
dinh_fit_choose (DinhSize page, DinhSize view)
{
  return dinh_fit_scale (DINH_FIT_PAGE, page, view) >= LEGIBLE_SCALE ? DINH_FIT_PAGE : DINH_FIT_WIDTH;
}

/**
 * dinh_fit_scale:
 *
 * Returns: the scale, in logical pixels a point, at which a page fits a view; 1 while either has no size.
 */
double
dinh_fit_scale (DinhFit fit, DinhSize page, DinhSize view)
{
  if (page.width <= 0 || page.height <= 0 || view.width <= 0 || view.height <= 0) {
    return 1;
  }

  double by_width = view.width / page.width;
  return fit == DINH_FIT_WIDTH ? by_width : MIN (by_width, view.height / page.height);
}

/**
 * dinh_placement_fit:
 *
 * Returns: a page fitted to a view, its top in view.
 */
DinhPlacement
dinh_placement_fit (DinhFit fit, DinhSize page, DinhSize view)
{
  DinhPlacement placement = {.scale = dinh_fit_scale (fit, page, view)};
  return dinh_placement_clamp (placement, page, view);
}

static double
clamp_axis (double offset, double length, double room)
{
  return length <= room ? (room - length) / 2 : CLAMP (offset, room - length, 0);
}

/**
 * dinh_placement_clamp:
 *
 * Returns: the nearest placement at the same scale that shows no needless emptiness: a page smaller than the
 * view is centred, a larger one covers it.
 */
DinhPlacement
dinh_placement_clamp (DinhPlacement placement, DinhSize page, DinhSize view)
{
  placement.x = clamp_axis (placement.x, page.width * placement.scale, view.width);
  placement.y = clamp_axis (placement.y, page.height * placement.scale, view.height);
  return placement;
}

/**
 * dinh_placement_zoom:
 *
 * Returns: the placement at another scale that keeps the point of the page under (@x, @y) of the view where
 * it is.
 */
DinhPlacement
dinh_placement_zoom (DinhPlacement placement, double scale, double x, double y)
{
  double factor = scale / placement.scale;
  return (DinhPlacement){
      .scale = scale,
      .x = x - (x - placement.x) * factor,
      .y = y - (y - placement.y) * factor,
  };
}

/**
 * dinh_placement_can_pan:
 *
 * Returns: whether moving the page by (@dx, @dy) logical pixels would show more of it along either axis.
 */
gboolean
dinh_placement_can_pan (DinhPlacement placement, DinhSize page, DinhSize view, double dx, double dy)
{
  DinhPlacement now = dinh_placement_clamp (placement, page, view);
  DinhPlacement moved = now;

  moved.x += dx;
  moved.y += dy;
  moved = dinh_placement_clamp (moved, page, view);
  return fabs (moved.x - now.x) >= 1 || fabs (moved.y - now.y) >= 1;
}

/**
 * dinh_placement_clip:
 * @device_scale: device pixels a logical pixel
 * @margin: logical pixels to draw beyond each edge of the view
 *
 * Returns: the drawing of the part of a page that is in view, at the full resolution of the glass; its page
 * and priority are 0.
 */
DinhDrawing
dinh_placement_clip (
    DinhPlacement placement, DinhSize page, DinhSize view, double device_scale, double margin)
{
  double left = MAX (-placement.x - margin, 0);
  double top = MAX (-placement.y - margin, 0);
  double right = MIN (view.width - placement.x + margin, page.width * placement.scale);
  double bottom = MIN (view.height - placement.y + margin, page.height * placement.scale);
  DinhDrawing drawing = {.scale = placement.scale * device_scale};

  drawing.x = floor (left * device_scale);
  drawing.y = floor (top * device_scale);
  drawing.width = MAX (ceil (right * device_scale) - drawing.x, 1);
  drawing.height = MAX (ceil (bottom * device_scale) - drawing.y, 1);
  return drawing;
}

/**
 * dinh_sharp_scale:
 *
 * Returns: the largest scale not above @scale (device pixels a point) at which the page is a whole number of
 * pixels wide, so that its picture need not be resampled.
 */
double
dinh_sharp_scale (DinhSize page, double scale)
{
  return MAX (floor (page.width * scale + 0.001), 1) / page.width;
}

/**
 * dinh_whole_scale:
 *
 * Returns: the scale, in device pixels a point, at which to draw a page whole when it is shown at @scale:
 * never more pixels than a whole page may have.
 */
double
dinh_whole_scale (DinhSize page, double scale)
{
  double pixels = page.width * page.height * scale * scale;

  return dinh_sharp_scale (page,
                           pixels > MAX_WHOLE_PIXELS ? scale * sqrt (MAX_WHOLE_PIXELS / pixels) : scale);
}

/**
 * dinh_drawing_bytes:
 *
 * Returns: about how many bytes of pixels a drawing of a page of that size takes.
 */
gsize
dinh_drawing_bytes (const DinhDrawing *drawing, DinhSize page)
{
  double width = drawing->width > 0 ? drawing->width : ceil (page.width * drawing->scale);
  double height = drawing->height > 0 ? drawing->height : ceil (page.height * drawing->scale);
  return (gsize) (width * height * 4);
}

/**
 * dinh_drawing_equal:
 *
 * Returns: whether two drawings give the same pixels; their priority does not matter.
 */
gboolean
dinh_drawing_equal (const DinhDrawing *a, const DinhDrawing *b)
{
  return a->page == b->page && a->scale == b->scale && a->rotation == b->rotation && a->x == b->x &&
         a->y == b->y && a->width == b->width && a->height == b->height;
}

/**
 * dinh_fling_step:
 * @velocity: (inout): pixels a second
 *
 * Slows a flung page down by as much as @seconds do.
 *
 * Returns: how far it came in that time
 */
double
dinh_fling_step (double *velocity, double seconds)
{
  double before = *velocity;

  *velocity *= exp (-FRICTION * seconds);
  return (before - *velocity) / FRICTION;
}
