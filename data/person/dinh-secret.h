/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define DINH_SECRET_SIZE 32

/* 32 secret bytes in memory of their own: behind guard pages, neither swapped nor dumped, wiped when freed.
 */
typedef struct {
  guint8 bytes[DINH_SECRET_SIZE];
} DinhSecret;

DinhSecret *dinh_secret_new (void);
DinhSecret *dinh_secret_new_random (void);
DinhSecret *dinh_secret_new_from_bytes (const guint8 *bytes);
DinhSecret *dinh_secret_copy (const DinhSecret *self);
void dinh_secret_free (DinhSecret *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhSecret, dinh_secret_free)

DinhSecret *dinh_secret_derive (const DinhSecret *self, const DinhSecret *salt, const char *use);
DinhSecret *dinh_secret_hash (
    const DinhSecret *self, const char *use, const char *person, const void *data, gsize length);

/* A text that is a secret: wiped, then freed. */
typedef char DinhSecretText;
DinhSecretText *dinh_secret_text_new (const char *text);
DinhSecretText *dinh_secret_text_new_sized (gsize length);
void dinh_secret_text_free (DinhSecretText *text);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhSecretText, dinh_secret_text_free)

G_END_DECLS
