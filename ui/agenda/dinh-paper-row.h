/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "data/model/dinh-paper.h"

G_BEGIN_DECLS

#define DINH_TYPE_PAPER_ROW (dinh_paper_row_get_type ())
G_DECLARE_FINAL_TYPE (DinhPaperRow, dinh_paper_row, DINH, PAPER_ROW, GtkButton)

void dinh_paper_row_set_paper (DinhPaperRow *self, DinhPaper *paper);
void dinh_paper_row_set_reading (DinhPaperRow *self, DinhPaper *reading);

G_END_DECLS
