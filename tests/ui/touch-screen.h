/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A display with a touch screen, without hardware: Xorg with its dummy and inputtest drivers. */
typedef struct _TouchScreen TouchScreen;

TouchScreen *touch_screen_new (int width, int height);
void touch_screen_free (TouchScreen *self);

void touch_screen_press (TouchScreen *self, guint finger, double x, double y);
void touch_screen_move (TouchScreen *self, guint finger, double x, double y);
void touch_screen_lift (TouchScreen *self, guint finger, double x, double y);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TouchScreen, touch_screen_free)

G_END_DECLS
