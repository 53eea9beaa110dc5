/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "data/model/dinh-meeting.h"

G_BEGIN_DECLS

/* What of a meeting a list shows. */
typedef enum {
  DINH_AGENDA_LIST_ALL,     /* its facts, items and papers, as a tree */
  DINH_AGENDA_LIST_PAPERS,  /* its papers */
  DINH_AGENDA_LIST_CHANGES, /* items and papers that changed since the person last looked */
} DinhAgendaListContent;
#define DINH_TYPE_AGENDA_LIST_CONTENT (dinh_agenda_list_content_get_type ())
GType dinh_agenda_list_content_get_type (void);

#define DINH_TYPE_AGENDA_LIST (dinh_agenda_list_get_type ())
G_DECLARE_FINAL_TYPE (DinhAgendaList, dinh_agenda_list, DINH, AGENDA_LIST, GtkWidget)

void dinh_agenda_list_set_meeting (DinhAgendaList *self, DinhMeeting *meeting);
void dinh_agenda_list_set_reading (DinhAgendaList *self, DinhPaper *paper);

G_END_DECLS
