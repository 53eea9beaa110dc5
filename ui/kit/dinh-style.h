/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum {
  DINH_SCHEME_LIGHT,
  DINH_SCHEME_DARK,
  DINH_SCHEME_CONTRAST,
} DinhScheme;
#define DINH_TYPE_SCHEME (dinh_scheme_get_type ())
GType dinh_scheme_get_type (void);

enum { DINH_TEXT_SIZE_LEAST = 14, DINH_TEXT_SIZE_USUAL = 18, DINH_TEXT_SIZE_MOST = 28 };

#define DINH_TYPE_STYLE (dinh_style_get_type ())
G_DECLARE_FINAL_TYPE (DinhStyle, dinh_style, DINH, STYLE, GObject)

DinhStyle *dinh_style_new (GdkDisplay *display);
guint dinh_style_get_text_size (DinhStyle *self);
void dinh_style_set_text_size (DinhStyle *self, guint text_size);
DinhScheme dinh_style_get_scheme (DinhStyle *self);
void dinh_style_set_scheme (DinhStyle *self, DinhScheme scheme);

G_END_DECLS
