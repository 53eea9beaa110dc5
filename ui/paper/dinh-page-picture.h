/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "data/paper/dinh-pixels.h"

G_BEGIN_DECLS

GdkTexture *dinh_page_picture_new (const DinhPixels *pixels);
void dinh_page_picture_snapshot (
    GdkTexture *picture, GtkSnapshot *snapshot, GskRenderer *renderer, double x, double y, double ratio);

G_END_DECLS
