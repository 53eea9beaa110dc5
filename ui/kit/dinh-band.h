/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define DINH_TYPE_BAND (dinh_band_get_type ())
G_DECLARE_FINAL_TYPE (DinhBand, dinh_band, DINH, BAND, GtkBox)

void dinh_band_say (DinhBand *self, const char *text, const char *offer);

G_END_DECLS
