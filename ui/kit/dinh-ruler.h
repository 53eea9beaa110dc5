/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define DINH_TYPE_RULER (dinh_ruler_get_type ())
G_DECLARE_FINAL_TYPE (DinhRuler, dinh_ruler, DINH, RULER, GtkBox)

GtkWidget *dinh_ruler_new (void);

G_END_DECLS
