/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/paper/dinh-document.h"

G_BEGIN_DECLS

typedef struct _DinhPageCache DinhPageCache;

DinhPageCache *dinh_page_cache_new (gsize limit);
void dinh_page_cache_free (DinhPageCache *self);

void dinh_page_cache_put (DinhPageCache *self, const DinhDrawing *drawing, gpointer picture, gsize bytes);
gpointer dinh_page_cache_get (DinhPageCache *self, const DinhDrawing *drawing);
gpointer dinh_page_cache_get_nearest (DinhPageCache *self, guint page, double scale, DinhDrawing *found);
gsize dinh_page_cache_get_bytes (DinhPageCache *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhPageCache, dinh_page_cache_free)

G_END_DECLS
