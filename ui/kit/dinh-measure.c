/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/kit/dinh-measure.h"

#include <math.h>

/*
 * Millimetres on the glass. GTK takes "mm" and "pt" in CSS by the resolution in its settings; with the
 * screen's true resolution there, a finger's target is as large on every screen.
 */
enum { LEAST_DPI = 50, MOST_DPI = 250, USUAL_DPI = 96 };

/*
 * dinh_measure_get_dpi: the resolution of a screen of @pixels over @millimetres, in dots an inch; 0 when the
 * screen does not say its size or says one that no screen has.
 */
double
dinh_measure_get_dpi (int pixels, int millimetres)
{
  double dpi = millimetres > 0 ? pixels * 25.4 / millimetres : 0;

  return dpi >= LEAST_DPI && dpi <= MOST_DPI ? dpi : 0;
}

/* dinh_measure_get_monitor_dpi: the resolution of the first monitor of @display, or 0 as above. */
double
dinh_measure_get_monitor_dpi (GdkDisplay *display)
{
  g_autoptr (GdkMonitor) monitor = g_list_model_get_item (gdk_display_get_monitors (display), 0);
  GdkRectangle area;

  if (monitor == NULL)
    return 0;
  gdk_monitor_get_geometry (monitor, &area);
  return dinh_measure_get_dpi (area.width, gdk_monitor_get_width_mm (monitor));
}

/*
 * dinh_measure_apply: makes lengths on @display true: by @dpi where a person gave it (above 0), else by what
 * the monitor says of itself. FALSE when neither is known and a usual screen is assumed: then somebody should
 * be asked.
 */
gboolean
dinh_measure_apply (GdkDisplay *display, double dpi)
{
  double found = dpi > 0 ? dpi : dinh_measure_get_monitor_dpi (display);
  GtkSettings *settings = gtk_settings_get_for_display (display);

  g_object_set (settings, "gtk-xft-dpi", (int) lround ((found > 0 ? found : USUAL_DPI) * 1024), NULL);
  return found > 0;
}

/* dinh_measure_get_pixels: how many of the widget's pixels @millimetres are. */
int
dinh_measure_get_pixels (GtkWidget *widget, double millimetres)
{
  int dpi;

  g_object_get (gtk_widget_get_settings (widget), "gtk-xft-dpi", &dpi, NULL);
  return lround (millimetres * dpi / 1024 / 25.4);
}
