/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/paper/dinh-paper.h"

#include "data/paper/dinh-paper-file.h"
#include "data/paper/dinh-paper-private.h"

G_DEFINE_QUARK (dinh - paper - error - quark, dinh_paper_error)

/* Sets an error and returns FALSE, for a function that fails to return the same. */
gboolean
dinh_paper_fail (GError **error, DinhPaperError code, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_propagate_error (error, g_error_new_valist (DINH_PAPER_ERROR, code, format, arguments));
  va_end (arguments);
  return FALSE;
}

/* Frees what the facts hold. */
void
dinh_paper_facts_clear (DinhPaperFacts *facts)
{
  g_clear_pointer (&facts->first_page, g_free);
}

/* Tells how many pages and bytes the paper at `path` has and what its first page says, having a helper
 * (`program`) open it: whoever passes this can be shown. `facts` are cleared by the caller. Blocks for at
 * most half a minute; for tools. Errors: DINH_PAPER_ERROR, G_IO_ERROR. */
gboolean
dinh_paper_inspect (
    const char *program, const char *path, DinhPaperFacts *facts, GCancellable *cancellable, GError **error)
{
  g_autoptr (DinhHelper) helper = dinh_helper_new (program);
  g_autoptr (DinhPaperFile) file = dinh_paper_file_open (path, 0, error);

  *facts = (DinhPaperFacts){0};
  if (file != NULL && dinh_paper_file_measure (file, helper, cancellable, error))
    facts->first_page = dinh_paper_file_read (file, helper, 0, cancellable, error);
  if (facts->first_page == NULL) {
    g_prefix_error (error, "cannot open '%s': ", path);
    return FALSE;
  }
  facts->n_pages = file->n_pages;
  facts->size = file->status.st_size;
  return TRUE;
}

/* Draws a page (from 0) of the paper at `path` with `dpi` dots an inch, having a helper (`program`) do it,
 * and writes the PNG file `out`. Blocks; for tools. Errors: DINH_PAPER_ERROR, G_IO_ERROR, G_FILE_ERROR. */
gboolean
dinh_paper_render_png (
    const char *program, const char *path, guint page, double dpi, const char *out, GError **error)
{
  g_autoptr (DinhHelper) helper = dinh_helper_new (program);
  g_autoptr (DinhPaperFile) file = dinh_paper_file_open (path, 0, error);
  g_autoptr (GBytes) png = NULL;
  DinhDrawing drawing = {.page = page, .scale = dpi / 72};

  if (file != NULL && dinh_paper_file_measure (file, helper, NULL, error))
    png = dinh_paper_file_draw_png (file, helper, &drawing, error);
  if (png == NULL) {
    g_prefix_error (error, "cannot draw page %u of '%s': ", page + 1, path);
    return FALSE;
  }
  return g_file_set_contents (out, g_bytes_get_data (png, NULL), g_bytes_get_size (png), error);
}
