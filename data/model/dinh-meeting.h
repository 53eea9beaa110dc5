/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <jansson.h>

#include "data/model/dinh-agenda-item.h"
#include "data/model/dinh-paper.h"
#include "data/model/dinh-participant.h"

G_BEGIN_DECLS

#define DINH_MODEL_ERROR (dinh_model_error_quark ())
GQuark dinh_model_error_quark (void);

/* What is wrong with a state that the model is to show. */
typedef enum {
  DINH_MODEL_ERROR_FORM, /* a field is missing or has the wrong form */
  DINH_MODEL_ERROR_TREE, /* an item or paper hangs from nothing, or an item from itself */
} DinhModelError;

typedef enum {
  DINH_MEETING_PREPARED,
  DINH_MEETING_PUBLISHED,
  DINH_MEETING_CANCELLED,
} DinhMeetingStatus;
#define DINH_TYPE_MEETING_STATUS (dinh_meeting_status_get_type ())
GType dinh_meeting_status_get_type (void);

#define DINH_TYPE_MEETING (dinh_meeting_get_type ())
G_DECLARE_FINAL_TYPE (DinhMeeting, dinh_meeting, DINH, MEETING, GObject)

DinhMeeting *dinh_meeting_new (const char *id);
gboolean dinh_meeting_update (DinhMeeting *self, const json_t *state, guint64 seq, GError **error);
void dinh_meeting_set_seen_seq (DinhMeeting *self, guint64 seen_seq);
void dinh_meeting_mark_seen (DinhMeeting *self);

const char *dinh_meeting_get_id (DinhMeeting *self);
const char *dinh_meeting_get_title (DinhMeeting *self);
const char *dinh_meeting_get_host (DinhMeeting *self);
const char *dinh_meeting_get_chair (DinhMeeting *self);
const char *dinh_meeting_get_place (DinhMeeting *self);
const char *dinh_meeting_get_reason (DinhMeeting *self);
gint64 dinh_meeting_get_begins (DinhMeeting *self);
gint64 dinh_meeting_get_ends (DinhMeeting *self);
DinhMeetingStatus dinh_meeting_get_status (DinhMeeting *self);
const char *const *dinh_meeting_get_sites (DinhMeeting *self);
guint64 dinh_meeting_get_seq (DinhMeeting *self);
guint64 dinh_meeting_get_seen_seq (DinhMeeting *self);

GListModel *dinh_meeting_get_agenda (DinhMeeting *self);
GListModel *dinh_meeting_get_papers (DinhMeeting *self);
GListModel *dinh_meeting_get_participants (DinhMeeting *self);
DinhAgendaItem *dinh_meeting_find_item (DinhMeeting *self, const char *id);
DinhPaper *dinh_meeting_find_paper (DinhMeeting *self, const char *id);

guint64 dinh_meeting_get_size (DinhMeeting *self);
guint64 dinh_meeting_get_fetched (DinhMeeting *self);
guint dinh_meeting_get_n_papers (DinhMeeting *self);
guint dinh_meeting_get_n_ready (DinhMeeting *self);
guint dinh_meeting_get_n_changed (DinhMeeting *self);

G_END_DECLS
