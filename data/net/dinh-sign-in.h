/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/model/dinh-line.h"
#include "data/model/dinh-session.h"
#include "data/net/dinh-hub-client.h"

G_BEGIN_DECLS

#define DINH_TYPE_SIGN_IN (dinh_sign_in_get_type ())
G_DECLARE_FINAL_TYPE (DinhSignIn, dinh_sign_in, DINH, SIGN_IN, GObject)

DinhSignIn *dinh_sign_in_new (DinhHubClient *client, DinhBearer *bearer, DinhLine *line);
DinhSession *dinh_sign_in_get_session (DinhSignIn *self);
const DinhKey *dinh_sign_in_get_key (DinhSignIn *self);

void dinh_sign_in_choose (DinhSignIn *self, const char *person, const char *name);
void dinh_sign_in_use_code (DinhSignIn *self);
void dinh_sign_in_enter_pin (DinhSignIn *self, const char *pin);
void dinh_sign_in_enter_code (DinhSignIn *self, const char *code, const char *pin);
void dinh_sign_in_lock (DinhSignIn *self);

G_END_DECLS
