/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui/paper/dinh-page-source.h"

G_BEGIN_DECLS

#define DINH_TYPE_PAGE_VIEW (dinh_page_view_get_type ())
G_DECLARE_FINAL_TYPE (DinhPageView, dinh_page_view, DINH, PAGE_VIEW, GtkWidget)

GtkWidget *dinh_page_view_new (void);

void dinh_page_view_set_source (DinhPageView *self, DinhPageSource *source);
DinhPageSource *dinh_page_view_get_source (DinhPageView *self);
guint dinh_page_view_get_page (DinhPageView *self);
void dinh_page_view_set_page (DinhPageView *self, guint page);
gboolean dinh_page_view_is_zoomed (DinhPageView *self);
gboolean dinh_page_view_is_sharp (DinhPageView *self);
DinhFit dinh_page_view_get_fit (DinhPageView *self);
void dinh_page_view_set_fit (DinhPageView *self, DinhFit fit);
DinhPlacement dinh_page_view_get_placement (DinhPageView *self);

void dinh_page_view_fit (DinhPageView *self);
void dinh_page_view_zoom (DinhPageView *self, double factor, double x, double y);
gboolean dinh_page_view_can_pan (DinhPageView *self, double dx, double dy);
void dinh_page_view_pan (DinhPageView *self, double dx, double dy);
void dinh_page_view_fling (DinhPageView *self, double velocity_x, double velocity_y);
void dinh_page_view_stop (DinhPageView *self);
gboolean dinh_page_view_can_turn (DinhPageView *self, int pages);
gboolean dinh_page_view_turn (DinhPageView *self, int pages);
void dinh_page_view_drag (DinhPageView *self, double dx);
void dinh_page_view_settle (DinhPageView *self, int pages);

G_END_DECLS
