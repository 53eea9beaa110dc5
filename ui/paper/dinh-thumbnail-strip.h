/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui/paper/dinh-page-view.h"

G_BEGIN_DECLS

#define DINH_TYPE_THUMBNAIL_STRIP (dinh_thumbnail_strip_get_type ())
G_DECLARE_FINAL_TYPE (DinhThumbnailStrip, dinh_thumbnail_strip, DINH, THUMBNAIL_STRIP, GtkWidget)

GtkWidget *dinh_thumbnail_strip_new (void);
void dinh_thumbnail_strip_set_view (DinhThumbnailStrip *self, DinhPageView *view);
void dinh_thumbnail_strip_set_source (DinhThumbnailStrip *self, DinhPageSource *source);

G_END_DECLS
