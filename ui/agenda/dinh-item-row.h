/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "data/model/dinh-agenda-item.h"

G_BEGIN_DECLS

#define DINH_TYPE_ITEM_ROW (dinh_item_row_get_type ())
G_DECLARE_FINAL_TYPE (DinhItemRow, dinh_item_row, DINH, ITEM_ROW, GtkBox)

void dinh_item_row_set_item (DinhItemRow *self, DinhAgendaItem *item);

G_END_DECLS
