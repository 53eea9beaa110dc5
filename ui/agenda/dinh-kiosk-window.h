/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "data/model/dinh-library.h"
#include "data/model/dinh-line.h"
#include "data/paper/dinh-document.h"
#include "ui/kit/dinh-sign-in-page.h"

G_BEGIN_DECLS

#define DINH_TYPE_KIOSK_WINDOW (dinh_kiosk_window_get_type ())
G_DECLARE_FINAL_TYPE (DinhKioskWindow, dinh_kiosk_window, DINH, KIOSK_WINDOW, GtkApplicationWindow)

GtkWidget *
dinh_kiosk_window_new (GtkApplication *app, DinhLibrary *library, DinhLine *line, DinhRenderer *renderer);
void dinh_kiosk_window_set_session (DinhKioskWindow *self, DinhSession *session, guint idle_seconds);
DinhSignInPage *dinh_kiosk_window_get_sign_in_page (DinhKioskWindow *self);
void dinh_kiosk_window_open_meeting (DinhKioskWindow *self, const char *id);

G_END_DECLS
