/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Seconds for which somebody is warned. */
#define DINH_IDLE_WARNING 15

#define DINH_TYPE_IDLE (dinh_idle_get_type ())
G_DECLARE_FINAL_TYPE (DinhIdle, dinh_idle, DINH, IDLE, GObject)

DinhIdle *dinh_idle_new (GtkWidget *window);
void dinh_idle_start (DinhIdle *self, guint seconds);
void dinh_idle_stop (DinhIdle *self);
void dinh_idle_begin_anew (DinhIdle *self);
guint dinh_idle_get_left (DinhIdle *self);

G_END_DECLS
