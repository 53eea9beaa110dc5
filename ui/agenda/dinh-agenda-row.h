/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "data/model/dinh-paper.h"

G_BEGIN_DECLS

#define DINH_TYPE_AGENDA_ROW (dinh_agenda_row_get_type ())
G_DECLARE_FINAL_TYPE (DinhAgendaRow, dinh_agenda_row, DINH, AGENDA_ROW, GtkWidget)

void dinh_agenda_row_set_object (DinhAgendaRow *self, gpointer object, guint depth);
void dinh_agenda_row_set_reading (DinhAgendaRow *self, DinhPaper *paper);

G_END_DECLS
