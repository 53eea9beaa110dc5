/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "data/model/dinh-paper.h"
#include "data/paper/dinh-document.h"

G_BEGIN_DECLS

#define DINH_TYPE_PAPER_VIEW (dinh_paper_view_get_type ())
G_DECLARE_FINAL_TYPE (DinhPaperView, dinh_paper_view, DINH, PAPER_VIEW, GtkWidget)

void dinh_paper_view_set_renderer (DinhPaperView *self, DinhRenderer *renderer);
void dinh_paper_view_set_paper (DinhPaperView *self, DinhPaper *paper);
void dinh_paper_view_take_new_version (DinhPaperView *self);
gboolean dinh_paper_view_get_outdated (DinhPaperView *self);

G_END_DECLS
