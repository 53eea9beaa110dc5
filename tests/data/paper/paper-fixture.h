/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/paper/dinh-document.h"

/* Papers made for tests, and waiting for answers. */

typedef struct {
  const char *folder; /* removed with all in it by fixture_tear_down() */
  const char *program;
  DinhRenderer *renderer; /* with one helper */
} Fixture;

void fixture_set_up (Fixture *self, gconstpointer data);
void fixture_tear_down (Fixture *self, gconstpointer data);

char *fixture_write (Fixture *self, const char *name, const char *bytes, gssize size);
char *fixture_write_paper (Fixture *self, const char *name, guint n_pages);
char *fixture_write_endless (Fixture *self);
char *fixture_write_greedy (Fixture *self);
GPtrArray *fixture_list_papers (Fixture *self);

char *pdf_make (const char *const *contents, guint n_pages, const char *resources, const char *const *others);

DinhDocument *open_document (DinhRenderer *renderer, const char *path, GError **error);
DinhPixels *draw_page (DinhDocument *document, const DinhDrawing *drawing, GError **error);
guint32 get_pixel (DinhPixels *pixels, int x, int y);
GArray *list_helpers (void);
