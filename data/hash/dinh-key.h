/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define DINH_KEY_ERROR (dinh_key_error_quark ())
GQuark dinh_key_error_quark (void);

typedef enum {
  DINH_KEY_ERROR_READ,   /* the file cannot be read or written */
  DINH_KEY_ERROR_FORMAT, /* not the text form of a key */
} DinhKeyError;

#define DINH_KEY_SEED_SIZE 32
#define DINH_KEY_PUBLIC_SIZE 32

typedef struct _DinhKey DinhKey;

DinhKey *dinh_key_new (void);
DinhKey *dinh_key_new_from_seed (const guint8 *seed);
DinhKey *dinh_key_new_from_public (const char *text, GError **error);
DinhKey *dinh_key_load (const char *path, GError **error);
gboolean dinh_key_save (const DinhKey *self, const char *path, GError **error);
void dinh_key_free (DinhKey *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhKey, dinh_key_free)

const char *dinh_key_get_public (const DinhKey *self);
const guint8 *dinh_key_get_public_bytes (const DinhKey *self);
void dinh_key_copy_seed (const DinhKey *self, guint8 *seed);
char *dinh_key_sign (const DinhKey *self, const char *context, const void *data, gsize length);
gboolean dinh_key_verify (const DinhKey *self, const char *context, const void *data, gsize length,
                          const char *signature);

G_END_DECLS
