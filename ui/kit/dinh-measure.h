/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

double dinh_measure_get_dpi (int pixels, int millimetres);
double dinh_measure_get_monitor_dpi (GdkDisplay *display);
gboolean dinh_measure_apply (GdkDisplay *display, double dpi);
int dinh_measure_get_pixels (GtkWidget *widget, double millimetres);

G_END_DECLS
