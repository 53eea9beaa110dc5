/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/hash/dinh-hash.h"
#include "data/hash/dinh-key.h"

G_BEGIN_DECLS

#define DINH_CHECKPOINT_ERROR (dinh_checkpoint_error_quark ())
GQuark dinh_checkpoint_error_quark (void);

typedef enum {
  DINH_CHECKPOINT_ERROR_FORMAT,    /* not a signed note that holds a checkpoint */
  DINH_CHECKPOINT_ERROR_SIGNATURE, /* not signed by the expected key */
} DinhCheckpointError;

/* What a hub said a stream was: its size and its tree's root. */
typedef struct {
  char *origin;
  guint64 size;
  DinhHash root;
} DinhCheckpoint;

char *dinh_checkpoint_sign (const char *origin, guint64 size, const DinhHash *root, const DinhKey *key);
DinhCheckpoint *dinh_checkpoint_open (const char *note, const DinhKey *key, GError **error);
void dinh_checkpoint_free (DinhCheckpoint *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhCheckpoint, dinh_checkpoint_free)

G_END_DECLS
