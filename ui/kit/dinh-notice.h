/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Why a kiosk cannot begin. */
typedef enum {
  DINH_NOTICE_BROKEN_IDENTITY, /* no identity, or one that cannot be read */
  DINH_NOTICE_CANNOT_KEEP,  /* its own store cannot be opened */
} DinhNotice;

GtkWidget *dinh_notice_new (DinhNotice notice);

G_END_DECLS
