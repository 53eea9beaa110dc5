/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/person/dinh-person-error.h"
#include "data/person/dinh-secret.h"

G_BEGIN_DECLS

/* The recovery key: an X25519 key (RFC 7748) whose secret half exists on paper only, in a safe. */

#define DINH_RECOVERY_PUBLIC_SIZE 32

DinhSecret *dinh_recovery_new (void);
char *dinh_recovery_get_public (const DinhSecret *self);
gboolean dinh_recovery_parse_public (const char *text, guint8 *public_bytes, GError **error);

DinhSecretText *dinh_recovery_encode (const DinhSecret *self);
DinhSecret *dinh_recovery_decode (const char *code, GError **error);

G_END_DECLS
