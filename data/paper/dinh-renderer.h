/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "data/hash/dinh-sealed-file.h"

G_BEGIN_DECLS

typedef struct _DinhDocument DinhDocument;

#define DINH_TYPE_RENDERER (dinh_renderer_get_type ())
G_DECLARE_FINAL_TYPE (DinhRenderer, dinh_renderer, DINH, RENDERER, GObject)

/* Opens what is to be drawn where papers are sealed: gives the descriptor and the key, or -1 with an error. Called
 * in threads of the renderer's. */
typedef int (*DinhPaperOpener) (const char *path, DinhPaperKey *key, gpointer data, GError **error);

DinhRenderer *dinh_renderer_new (const char *program, guint n_helpers);
void dinh_renderer_set_opener (DinhRenderer *self,
                               DinhPaperOpener opener,
                               gpointer data,
                               GDestroyNotify free_data);

void dinh_renderer_open_async (DinhRenderer *self,
                               const char *path,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
DinhDocument *dinh_renderer_open_finish (DinhRenderer *self, GAsyncResult *result, GError **error);

G_END_DECLS
