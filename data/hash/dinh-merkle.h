/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/hash/dinh-hash.h"

G_BEGIN_DECLS

typedef struct _DinhMerkle DinhMerkle;

DinhMerkle *dinh_merkle_new (void);
void dinh_merkle_free (DinhMerkle *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhMerkle, dinh_merkle_free)

void dinh_merkle_hash_leaf (const void *data, gsize length, DinhHash *out);
void dinh_merkle_append (DinhMerkle *self, const DinhHash *leaf);
guint64 dinh_merkle_get_size (const DinhMerkle *self);
const DinhHash *dinh_merkle_get_leaf (const DinhMerkle *self, guint64 index);
gboolean dinh_merkle_root (const DinhMerkle *self, guint64 size, DinhHash *out);

GArray *dinh_merkle_prove_inclusion (const DinhMerkle *self, guint64 index, guint64 size);
GArray *dinh_merkle_prove_consistency (const DinhMerkle *self, guint64 from, guint64 to);
gboolean dinh_merkle_verify_inclusion (const DinhHash *leaf, guint64 index, guint64 size, const GArray *proof,
                                       const DinhHash *root);
gboolean dinh_merkle_verify_consistency (guint64 from, const DinhHash *from_root, guint64 to, const DinhHash *to_root,
                                         const GArray *proof);

G_END_DECLS
