/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "data/paper/dinh-document.h"

G_BEGIN_DECLS

#define DINH_TYPE_READER (dinh_reader_get_type ())
G_DECLARE_FINAL_TYPE (DinhReader, dinh_reader, DINH, READER, GtkWidget)

GtkWidget *dinh_reader_new (DinhRenderer *renderer);
void dinh_reader_open (DinhReader *self, const char *path, guint page);
void dinh_reader_close (DinhReader *self);

G_END_DECLS
