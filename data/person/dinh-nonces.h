/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/person/dinh-person-error.h"

G_BEGIN_DECLS

/* Nonces that a hub gives out to be signed: each is good once, for the device that asked, for two minutes. */
#define DINH_NONCE_LIFETIME (2 * G_TIME_SPAN_MINUTE)

typedef struct _DinhNonces DinhNonces;

DinhNonces *dinh_nonces_new (void);
void dinh_nonces_free (DinhNonces *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhNonces, dinh_nonces_free)

char *dinh_nonces_issue (DinhNonces *self, const char *device, gint64 now);
gboolean
dinh_nonces_take (DinhNonces *self, const char *nonce, const char *device, gint64 now, GError **error);

G_END_DECLS
