/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/paper/dinh-document.h"

G_BEGIN_DECLS

/* A renderer and documents without files and helpers, which draw in order of priority, one drawing at a time,
 * only when they are told to. A path is the number of pages ("12"); anything else cannot be opened. */

DinhDocument *fake_document_new (guint n_pages);
void fake_document_set_page_size (double width, double height);
void fake_document_set_problem (guint page, int problem);
void fake_document_draw_by_itself (gboolean by_itself);

gboolean fake_document_draw_next (void);
guint fake_document_count_waiting (void);
const DinhDrawing *fake_document_get_drawn (guint *n_drawn);
void fake_document_reset (void);

G_END_DECLS
