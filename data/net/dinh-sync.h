/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/model/dinh-library.h"
#include "data/model/dinh-line.h"
#include "data/net/dinh-hub-client.h"
#include "data/net/dinh-keeper.h"

G_BEGIN_DECLS

#define DINH_TYPE_SYNC (dinh_sync_get_type ())
G_DECLARE_FINAL_TYPE (DinhSync, dinh_sync, DINH, SYNC, GObject)

DinhSync *dinh_sync_new (DinhHubClient *client, DinhHubClock *clock, DinhKeeper *keeper, DinhLibrary *library,
                         DinhLine *line);
void dinh_sync_start (DinhSync *self);
void dinh_sync_stop (DinhSync *self);
void dinh_sync_retry (DinhSync *self);
void dinh_sync_set_person (DinhSync *self, const char *person);
const json_t *dinh_sync_get_body (DinhSync *self);

G_END_DECLS
