/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-lines.h"

#include <string.h>

/**
 * dinh_lines_of:
 *
 * Returns: the lines of @bytes, before the first one.
 */
DinhLines
dinh_lines_of (GBytes *bytes)
{
  DinhLines self = { NULL };

  self.rest = g_bytes_get_data (bytes, &self.left);
  return self;
}

/**
 * dinh_lines_next:
 *
 * Goes to the next line. Returns: %FALSE if there is none.
 */
gboolean
dinh_lines_next (DinhLines *self)
{
  while (self->left > 0) {
    const char *end = memchr (self->rest, '\n', self->left);
    gsize taken;

    self->line = self->rest;
    self->length = end == NULL ? self->left : (gsize) (end - self->line);
    taken = MIN (self->length + 1, self->left);
    self->rest += taken;
    self->left -= taken;
    if (self->length > 0)
      return TRUE;
  }
  return FALSE;
}

/**
 * dinh_lines_count:
 *
 * Returns: how many lines @bytes hold.
 */
guint64
dinh_lines_count (GBytes *bytes)
{
  DinhLines lines = dinh_lines_of (bytes);
  guint64 n_lines = 0;

  while (dinh_lines_next (&lines))
    n_lines++;
  return n_lines;
}
