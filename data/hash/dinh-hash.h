/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define DINH_HASH_SIZE 32
#define DINH_HASH_HEX_LENGTH 64

/* A SHA-256 value. */
typedef struct {
  guint8 bytes[DINH_HASH_SIZE];
} DinhHash;

/* A SHA-256 being computed. */
typedef struct _DinhHasher DinhHasher;

DinhHasher *dinh_hasher_new (void);
void dinh_hasher_update (DinhHasher *self, const void *data, gsize length);
void dinh_hasher_finish (DinhHasher *self, DinhHash *out);
void dinh_hasher_free (DinhHasher *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhHasher, dinh_hasher_free)

void dinh_hash_data (const void *data, gsize length, DinhHash *out);
gboolean dinh_hash_equal (const DinhHash *a, const DinhHash *b);
char *dinh_hash_to_hex (const DinhHash *hash);
char *dinh_hash_data_hex (const void *data, gsize length);
gboolean dinh_hash_from_hex (const char *hex, DinhHash *out);
gboolean dinh_hash_is_hex (const char *text);

G_END_DECLS
