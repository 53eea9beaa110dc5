/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/trust/dinh-identity.h"
#include "ui/kit/dinh-style.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* How the kiosk is started. */
typedef struct {
  char *identity; /* folder */
  char *data;     /* folder for what it keeps */
  char *window;   /* "1024x768": not full screen */
  double dpi;     /* 0: the monitor says */
  int lock_after; /* seconds without a touch until who is signed in is not any more */
} DinhKioskOptions;

typedef struct _DinhKiosk DinhKiosk;

DinhKiosk *dinh_kiosk_new (GtkApplication *app, DinhIdentity *identity, const DinhKioskOptions *options, GError **error);
void dinh_kiosk_show (DinhKiosk *self);
GtkWindow *dinh_kiosk_show_bare (GtkApplication *app, GtkWidget *page, const DinhKioskOptions *options,
                                 DinhStyle **style);
void dinh_kiosk_free (DinhKiosk *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhKiosk, dinh_kiosk_free)

G_END_DECLS
