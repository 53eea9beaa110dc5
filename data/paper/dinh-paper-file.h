/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sys/stat.h>

#include "data/paper/dinh-drawing.h"
#include "data/paper/dinh-helper.h"
#include "data/paper/dinh-pixels.h"

G_BEGIN_DECLS

/* A paper on the asking side: the open file and, once measured, what a helper said of it. */
typedef struct {
  char *path;
  int fd;
  struct stat status; /* as the file was opened */
  guint number;       /* what helpers call it */
  guint n_pages;
  DinhHelperPageSize *sizes;
  guint opening_seconds; /* what measuring it took, rounded up */
} DinhPaperFile;

DinhPaperFile *dinh_paper_file_open (const char *path, guint number, GError **error);
void dinh_paper_file_free (DinhPaperFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhPaperFile, dinh_paper_file_free)

gboolean
dinh_paper_file_measure (DinhPaperFile *self, DinhHelper *helper, GCancellable *cancellable, GError **error);
DinhPixels *
dinh_paper_file_draw (DinhPaperFile *self, DinhHelper *helper, const DinhDrawing *drawing, GError **error);
GBytes *dinh_paper_file_draw_png (DinhPaperFile *self,
                                  DinhHelper *helper,
                                  const DinhDrawing *drawing,
                                  GError **error);
char *dinh_paper_file_read (
    DinhPaperFile *self, DinhHelper *helper, guint page, GCancellable *cancellable, GError **error);

G_END_DECLS
