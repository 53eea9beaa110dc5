/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/model/dinh-line.h"
#include "data/net/dinh-hub-client.h"
#include "data/net/dinh-keeper.h"
#include "data/net/dinh-submission.h"

G_BEGIN_DECLS

#define DINH_TYPE_OUTBOX (dinh_outbox_get_type ())
G_DECLARE_FINAL_TYPE (DinhOutbox, dinh_outbox, DINH, OUTBOX, GObject)

DinhOutbox *dinh_outbox_new (DinhHubClient *client, DinhHubClock *clock, DinhKeeper *keeper, DinhLine *line);
void dinh_outbox_start (DinhOutbox *self);
void dinh_outbox_stop (DinhOutbox *self);
DinhSubmission *dinh_outbox_submit_by (DinhOutbox *self, const char *person, const DinhKey *key, const char *kind,
                                       const char *stream, json_t *body);
DinhSubmission *dinh_outbox_submit (DinhOutbox *self, const char *kind, const char *stream, json_t *body);
GListModel *dinh_outbox_get_waiting (DinhOutbox *self);

G_END_DECLS
