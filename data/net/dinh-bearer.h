/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/person/dinh-secret.h"

#include <glib-object.h>

G_BEGIN_DECLS

#define DINH_TYPE_BEARER (dinh_bearer_get_type ())
G_DECLARE_FINAL_TYPE (DinhBearer, dinh_bearer, DINH, BEARER, GObject)

DinhBearer *dinh_bearer_new (void);
void dinh_bearer_set (DinhBearer *self, const char *token);
DinhSecretText *dinh_bearer_dup_header (DinhBearer *self);
void dinh_bearer_refuse (DinhBearer *self, const char *header);

G_END_DECLS
