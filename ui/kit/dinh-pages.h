/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void dinh_pages_show (GtkWidget *pages, gpointer page);
GtkWidget *dinh_pages_get_shown (GtkWidget *pages);
GtkWidget *dinh_pages_find (GtkWidget *pages, const char *name);

G_END_DECLS
