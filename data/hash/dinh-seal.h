/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/hash/dinh-hash.h"
#include "data/hash/dinh-seal-error.h"

G_BEGIN_DECLS

#define DINH_SEAL_SECRET_SIZE 32

/* What a device's secret seals and opens: immutable, for any thread. */
typedef struct _DinhSeal DinhSeal;

DinhSeal *dinh_seal_new (const guint8 secret[DINH_SEAL_SECRET_SIZE]);
DinhSeal *dinh_seal_ref (DinhSeal *self);
void dinh_seal_unref (DinhSeal *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhSeal, dinh_seal_unref)

guint8 *dinh_seal_close (
    const DinhSeal *self, const char *place, const void *data, gsize length, gsize *sealed_length);
char *dinh_seal_open (const DinhSeal *self,
                      const char *place,
                      const void *sealed,
                      gsize sealed_length,
                      gsize *length,
                      GError **error);
char *dinh_seal_name (const DinhSeal *self, const DinhHash *paper);

G_END_DECLS
