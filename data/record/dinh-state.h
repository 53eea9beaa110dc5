/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/record/dinh-event.h"

G_BEGIN_DECLS

/* The fold of a stream; its form is in docs/architecture.md. */
typedef struct {
  char *stream;
  guint64 size; /* events folded */
  json_t *json;
} DinhState;

DinhState *dinh_state_new (const char *stream);
DinhState *dinh_state_new_from_snapshot (const char *stream, guint64 size, const char *snapshot, GError **error);
DinhState *dinh_state_copy (const DinhState *self);
void dinh_state_free (DinhState *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhState, dinh_state_free)

char *dinh_state_print (const DinhState *self);
gboolean dinh_state_apply (DinhState *self, const DinhEvent *event, GError **error);

const json_t *dinh_state_get (const DinhState *self, const char *table, const char *key);
json_t *dinh_state_table (DinhState *self, const char *table);
void dinh_state_drop_empty (DinhState *self, const char *table);
gboolean dinh_state_needs_update (const DinhState *self);

G_END_DECLS
