/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define DINH_TYPE_FOLD (dinh_fold_get_type ())
G_DECLARE_FINAL_TYPE (DinhFold, dinh_fold, DINH, FOLD, GtkWidget)

void dinh_fold_show (DinhFold *self, gboolean start, gboolean main);

G_END_DECLS
