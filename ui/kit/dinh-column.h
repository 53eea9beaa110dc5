/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define DINH_TYPE_COLUMN (dinh_column_get_type ())
G_DECLARE_FINAL_TYPE (DinhColumn, dinh_column, DINH, COLUMN, GtkWidget)

G_END_DECLS
