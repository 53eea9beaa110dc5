/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <jansson.h>

G_BEGIN_DECLS

#define DINH_TYPE_PARTICIPANT (dinh_participant_get_type ())
G_DECLARE_FINAL_TYPE (DinhParticipant, dinh_participant, DINH, PARTICIPANT, GObject)

DinhParticipant *dinh_participant_new (void);

const char *dinh_participant_get_id (DinhParticipant *self);
const char *dinh_participant_get_name (DinhParticipant *self);
const char *dinh_participant_get_title (DinhParticipant *self);
const char *dinh_participant_get_agency (DinhParticipant *self);
const char *dinh_participant_get_seat (DinhParticipant *self);

/* For its meeting only. */
gboolean dinh_participant_check (const json_t *source, const char *where, GError **error);
void dinh_participant_update (DinhParticipant *self, const json_t *source);

G_END_DECLS
