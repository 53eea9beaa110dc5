/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/paper/dinh-drawing.h"
#include "data/paper/dinh-paper.h"
#include "data/paper/dinh-pixels.h"
#include "data/paper/dinh-renderer.h"

G_BEGIN_DECLS

#define DINH_TYPE_DOCUMENT (dinh_document_get_type ())
G_DECLARE_FINAL_TYPE (DinhDocument, dinh_document, DINH, DOCUMENT, GObject)

guint dinh_document_get_n_pages (DinhDocument *self);
void dinh_document_get_page_size (DinhDocument *self, guint page, double *width, double *height);
const char *dinh_document_get_path (DinhDocument *self);

void dinh_document_draw_async (DinhDocument *self,
                               const DinhDrawing *drawing,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
DinhPixels *dinh_document_draw_finish (DinhDocument *self, GAsyncResult *result, GError **error);

G_END_DECLS
