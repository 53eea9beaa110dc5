/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <jansson.h>

G_BEGIN_DECLS

#define DINH_TYPE_AGENDA_ITEM (dinh_agenda_item_get_type ())
G_DECLARE_FINAL_TYPE (DinhAgendaItem, dinh_agenda_item, DINH, AGENDA_ITEM, GObject)

DinhAgendaItem *dinh_agenda_item_new (void);

const char *dinh_agenda_item_get_id (DinhAgendaItem *self);
const char *dinh_agenda_item_get_parent_id (DinhAgendaItem *self);
const char *dinh_agenda_item_get_number (DinhAgendaItem *self);
const char *dinh_agenda_item_get_title (DinhAgendaItem *self);
const char *dinh_agenda_item_get_presenter (DinhAgendaItem *self);
const char *dinh_agenda_item_get_agency (DinhAgendaItem *self);
guint dinh_agenda_item_get_position (DinhAgendaItem *self);
guint dinh_agenda_item_get_minutes (DinhAgendaItem *self);
gboolean dinh_agenda_item_get_paper_only (DinhAgendaItem *self);
gboolean dinh_agenda_item_get_changed (DinhAgendaItem *self);
GListModel *dinh_agenda_item_get_items (DinhAgendaItem *self);
GListModel *dinh_agenda_item_get_papers (DinhAgendaItem *self);

/* For its meeting only. */
gboolean dinh_agenda_item_check (const json_t *source, const char *where, GError **error);
void dinh_agenda_item_update (DinhAgendaItem *self, const json_t *source);
void dinh_agenda_item_compare_seen (DinhAgendaItem *self, guint64 seen_seq);
void dinh_agenda_item_set_number (DinhAgendaItem *self, const char *number);

G_END_DECLS
