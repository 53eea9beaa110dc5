/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Events on their way, one a line; empty lines are none. Points into the bytes. */
typedef struct {
  const char *line;
  gsize length; /* of the line, without its end */
  const char *rest;
  gsize left;
} DinhLines;

DinhLines dinh_lines_of (GBytes *bytes);
gboolean dinh_lines_next (DinhLines *self);
guint64 dinh_lines_count (GBytes *bytes);

G_END_DECLS
