/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/hash/dinh-sealed-file.h"
#include "data/store/dinh-store.h"

G_BEGIN_DECLS

/*
 * Who has the keys of sealed papers. Each key is kept under the name of the paper's file. All functions may
 * be called from any thread; those that set an error, a #DinhStoreError, block.
 */
#define DINH_TYPE_PAPER_KEYS (dinh_paper_keys_get_type ())
G_DECLARE_INTERFACE (DinhPaperKeys, dinh_paper_keys, DINH, PAPER_KEYS, GObject)

struct _DinhPaperKeysInterface {
  GTypeInterface parent;

  char *(*get_name) (DinhPaperKeys *self, const DinhHash *paper);
  void (*expect) (DinhPaperKeys *self, const DinhHash *paper, guint64 size);
  gboolean (*find) (DinhPaperKeys *self, const char *name, DinhPaperKey *key, GError **error);
  gboolean (*make) (
      DinhPaperKeys *self, const DinhHash *paper, guint64 size, DinhPaperKey *key, GError **error);
  gboolean (*forget) (DinhPaperKeys *self, const char *name, GError **error);
  GHashTable *(*list) (DinhPaperKeys *self, GError **error);
};

char *dinh_paper_keys_get_name (DinhPaperKeys *self, const DinhHash *paper);
void dinh_paper_keys_expect (DinhPaperKeys *self, const DinhHash *paper, guint64 size);
gboolean dinh_paper_keys_find (DinhPaperKeys *self, const char *name, DinhPaperKey *key, GError **error);
gboolean dinh_paper_keys_make (
    DinhPaperKeys *self, const DinhHash *paper, guint64 size, DinhPaperKey *key, GError **error);
gboolean dinh_paper_keys_forget (DinhPaperKeys *self, const char *name, GError **error);
GHashTable *dinh_paper_keys_list (DinhPaperKeys *self, GError **error);

G_END_DECLS
