/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *dinh_time_format (gint64 microseconds);
gboolean dinh_time_parse (const char *text, gint64 *microseconds);
char *dinh_uuid_new (void);
gboolean dinh_uuid_is_valid (const char *text);

G_END_DECLS
