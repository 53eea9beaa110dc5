/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "data/model/dinh-line.h"
#include "data/model/dinh-session.h"

G_BEGIN_DECLS

#define DINH_TYPE_STATUS_LINE (dinh_status_line_get_type ())
G_DECLARE_FINAL_TYPE (DinhStatusLine, dinh_status_line, DINH, STATUS_LINE, GtkBox)

void dinh_status_line_set_line (DinhStatusLine *self, DinhLine *line);
void dinh_status_line_set_session (DinhStatusLine *self, DinhSession *session);
void dinh_status_line_set_place (DinhStatusLine *self, const char *title, const char *item);

G_END_DECLS
