/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define DINH_TYPE_PAD (dinh_pad_get_type ())
G_DECLARE_FINAL_TYPE (DinhPad, dinh_pad, DINH, PAD, GtkGrid)

void dinh_pad_set_keys (DinhPad *self, const char *const *rows);

G_END_DECLS
