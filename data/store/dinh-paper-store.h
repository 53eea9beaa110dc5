/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/store/dinh-store.h"

G_BEGIN_DECLS

#define DINH_TYPE_PAPER_STORE (dinh_paper_store_get_type ())
G_DECLARE_FINAL_TYPE (DinhPaperStore, dinh_paper_store, DINH, PAPER_STORE, GObject)

DinhPaperStore *dinh_paper_store_new (const char *folder, GError **error);
char *dinh_paper_store_get_path (DinhPaperStore *self, const char *sha256);
gboolean dinh_paper_store_has (DinhPaperStore *self, const char *sha256, gint64 *size);
gint64 dinh_paper_store_get_partial_size (DinhPaperStore *self, const char *sha256);
GHashTable *dinh_paper_store_list (DinhPaperStore *self, gboolean partial, GError **error);
gboolean dinh_paper_store_remove (DinhPaperStore *self, const char *sha256, GError **error);
void dinh_paper_store_drop_stale (DinhPaperStore *self, gint64 age);

/* One paper on its way in; belongs to one thread at a time. */
typedef struct _DinhPaperWriter DinhPaperWriter;

DinhPaperWriter *dinh_paper_writer_open (DinhPaperStore *store, const char *sha256, gint64 size, GError **error);
void dinh_paper_writer_free (DinhPaperWriter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhPaperWriter, dinh_paper_writer_free)

gint64 dinh_paper_writer_get_offset (DinhPaperWriter *self);
gint64 dinh_paper_writer_get_size (DinhPaperWriter *self);
gboolean dinh_paper_writer_write (DinhPaperWriter *self, const void *data, gsize length, GError **error);
gboolean dinh_paper_writer_write_head (DinhPaperWriter *self, const char *path, gint64 length, GError **error);
gboolean dinh_paper_writer_finish (DinhPaperWriter *self, GError **error);
void dinh_paper_writer_discard (DinhPaperWriter *self);

G_END_DECLS
