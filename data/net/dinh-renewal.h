/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/model/dinh-line.h"
#include "data/net/dinh-hub-client.h"

G_BEGIN_DECLS

#define DINH_TYPE_RENEWAL (dinh_renewal_get_type ())
G_DECLARE_FINAL_TYPE (DinhRenewal, dinh_renewal, DINH, RENEWAL, GObject)

DinhRenewal *dinh_renewal_new (DinhHubClient *client, DinhHubClock *clock, DinhLine *line);
void dinh_renewal_start (DinhRenewal *self);
void dinh_renewal_stop (DinhRenewal *self);

G_END_DECLS
