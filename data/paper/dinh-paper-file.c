/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/paper/dinh-paper-file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "data/paper/dinh-paper-private.h"

#define MEASURING_SECONDS 10
#define DRAWING_SECONDS 5
#define READING_SECONDS 5

static gboolean
check_file (DinhPaperFile *self, GError **error)
{
  if (!S_ISREG (self->status.st_mode))
    return dinh_paper_fail (error, DINH_PAPER_ERROR_NOT_PDF, "not a file");
  if (self->status.st_size == 0)
    return dinh_paper_fail (error, DINH_PAPER_ERROR_EMPTY, "the file has no bytes");
  return TRUE;
}

/* Pages of one file drawn from different bytes would be a paper that never was. */
static gboolean
check_unchanged (DinhPaperFile *self, GError **error)
{
  struct stat now;

  if (fstat (self->fd, &now) == 0 && now.st_size == self->status.st_size &&
      now.st_mtim.tv_sec == self->status.st_mtim.tv_sec &&
      now.st_mtim.tv_nsec == self->status.st_mtim.tv_nsec)
    return TRUE;
  return dinh_paper_fail (error, DINH_PAPER_ERROR_CHANGED, "the file was changed while it was open");
}

static gboolean
is_side (double side)
{
  return side > 0 && side <= DINH_HELPER_MAX_PAGE_SIDE; /* not a number fails both */
}

/* Takes the number of pages and their sizes from a helper's answer, copying before checking. */
static gboolean
take_sizes (DinhPaperFile *self, guint64 n_pages, int answer, GError **error)
{
  g_autofree DinhHelperPageSize *sizes = NULL;
  gsize size = n_pages * sizeof *sizes;
  gboolean valid = n_pages > 0 && n_pages <= DINH_HELPER_MAX_PAGES;

  if (valid) {
    sizes = g_malloc (size);
    valid = pread (answer, sizes, size, 0) == (gssize) size;
  }
  for (guint i = 0; valid && i < n_pages; i++)
    valid = is_side (sizes[i].width) && is_side (sizes[i].height);
  if (!valid)
    return dinh_paper_fail (error, DINH_PAPER_ERROR_HELPER, "the helper does not speak the protocol");
  self->n_pages = n_pages;
  self->sizes = g_steal_pointer (&sizes);
  return TRUE;
}

/* Tells how many pixels a page takes, turned. */
static void
get_extent (const DinhHelperPageSize *page, const DinhDrawing *drawing, double *width, double *height)
{
  gboolean lies = drawing->rotation % 180 != 0;

  /* What a sum of rounding errors adds must not begin a new pixel. */
  *width = MAX (ceil ((lies ? page->height : page->width) * drawing->scale - 1e-6), 1);
  *height = MAX (ceil ((lies ? page->width : page->height) * drawing->scale - 1e-6), 1);
}

static gboolean
check_extent (double width, double height, GError **error)
{
  if (width >= 1 && width <= DINH_HELPER_MAX_SIDE && height >= 1 && height <= DINH_HELPER_MAX_SIDE &&
      width * height <= DINH_HELPER_MAX_PIXELS)
    return TRUE;
  return dinh_paper_fail (error, DINH_PAPER_ERROR_TOO_LARGE, "%.0f × %.0f pixels", width, height);
}

/* Writes a drawing down for a helper, its clip made explicit and kept within what a helper may take on. */
static gboolean
make_request (DinhPaperFile *self, const DinhDrawing *drawing, DinhHelperRequest *request, GError **error)
{
  gboolean whole = drawing->width == 0 && drawing->height == 0;
  double width = drawing->width, height = drawing->height;

  if (!(drawing->scale > 0 && drawing->scale <= DINH_HELPER_MAX_SCALE))
    return dinh_paper_fail (error, DINH_PAPER_ERROR_TOO_LARGE, "scale %g", drawing->scale);
  if (whole)
    get_extent (&self->sizes[drawing->page], drawing, &width, &height);
  if (!check_extent (width, height, error))
    return FALSE;
  *request = (DinhHelperRequest){
      .verb = DINH_HELPER_DRAW,
      .paper = self->number,
      .page = drawing->page,
      .rotation = drawing->rotation,
      .x = whole ? 0 : drawing->x,
      .y = whole ? 0 : drawing->y,
      .width = width,
      .height = height,
      .scale = drawing->scale,
  };
  return TRUE;
}

static gboolean
prepare (DinhPaperFile *self, const DinhDrawing *drawing, DinhHelperRequest *request, GError **error)
{
  if (drawing->page >= self->n_pages)
    return dinh_paper_fail (error, DINH_PAPER_ERROR_NO_SUCH_PAGE, "there are only %u pages", self->n_pages);
  return check_unchanged (self, error) && make_request (self, drawing, request, error);
}

/* Has a helper draw into `answer`. The time allows for a helper that has to open the paper first. */
static gboolean
draw (DinhPaperFile *self,
      DinhHelper *helper,
      DinhHelperRequest *request,
      int answer,
      guint64 *n,
      GError **error)
{
  guint seconds = DRAWING_SECONDS + self->opening_seconds;

  return dinh_helper_ask (helper, request, self->fd, answer, seconds, NULL, n, error);
}

/* Reads `size` bytes, at most `limit`, and a NUL behind them. */
static char *
read_answer (int answer, guint64 size, guint64 limit, GError **error)
{
  g_autofree char *bytes = NULL;
  struct stat status;

  /* By reading, not by mapping: this memory is not sealed. */
  if (fstat (answer, &status) == 0 && size <= (guint64) status.st_size && size <= limit) {
    bytes = g_malloc0 (size + 1);
    if (pread (answer, bytes, size, 0) == (gssize) size)
      return g_steal_pointer (&bytes);
  }
  g_set_error (error, DINH_PAPER_ERROR, DINH_PAPER_ERROR_HELPER, "the helper does not speak the protocol");
  return NULL;
}

/* Opens a file for helpers to read; `number` is what they are to call it. The descriptor stays, so that a
 * paper replaced at its path goes on being the paper that was opened. Errors: G_IO_ERROR; NOT_PDF, EMPTY. */
DinhPaperFile *
dinh_paper_file_open (const char *path, guint number, GError **error)
{
  g_autoptr (DinhPaperFile) self = g_new0 (DinhPaperFile, 1);

  self->path = g_strdup (path);
  self->number = number;
  /* Opening a FIFO must not wait for somebody to write to it. */
  self->fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (self->fd < 0 || fstat (self->fd, &self->status) < 0) {
    g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
    return NULL;
  }
  return check_file (self, error) ? g_steal_pointer (&self) : NULL;
}

/* Closes the file. Helpers that have it open are not told (see dinh_helper_forget()). */
void
dinh_paper_file_free (DinhPaperFile *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->path);
  g_free (self->sizes);
  g_free (self);
}

/* Has a helper open the paper and tell the number of its pages and their sizes. Waits for at most ten
 * seconds. */
gboolean
dinh_paper_file_measure (DinhPaperFile *self, DinhHelper *helper, GCancellable *cancellable, GError **error)
{
  DinhHelperRequest request = {.verb = DINH_HELPER_MEASURE, .paper = self->number};
  gint64 began = g_get_monotonic_time ();
  int answer = dinh_helper_make_answer (DINH_HELPER_MAX_PAGES * sizeof (DinhHelperPageSize), error);
  gboolean done;
  guint64 n_pages;

  if (answer < 0)
    return FALSE;
  done =
      dinh_helper_ask (helper, &request, self->fd, answer, MEASURING_SECONDS, cancellable, &n_pages, error) &&
      take_sizes (self, n_pages, answer, error);
  close (answer);
  self->opening_seconds = 1 + (g_get_monotonic_time () - began) / G_USEC_PER_SEC;
  return done;
}

/* Has a helper draw a page of a measured paper. Waits for at most five seconds, and what opening the paper
 * took. */
DinhPixels *
dinh_paper_file_draw (DinhPaperFile *self, DinhHelper *helper, const DinhDrawing *drawing, GError **error)
{
  g_autoptr (GMappedFile) map = NULL;
  DinhHelperRequest request;
  DinhPixels *pixels;
  int answer;

  if (!prepare (self, drawing, &request, error))
    return NULL;
  answer = dinh_helper_make_answer (4ul * request.width * request.height, error);
  if (answer < 0)
    return NULL;
  if (draw (self, helper, &request, answer, NULL, error))
    map = g_mapped_file_new_from_fd (answer, FALSE, error);
  close (answer);
  if (map == NULL)
    return NULL;

  pixels = g_new0 (DinhPixels, 1);
  pixels->pixels = g_mapped_file_get_bytes (map);
  pixels->width = request.width;
  pixels->height = request.height;
  pixels->stride = 4 * request.width;
  return pixels;
}

/* Like dinh_paper_file_draw(), but returns the bytes of a PNG file. */
GBytes *
dinh_paper_file_draw_png (DinhPaperFile *self, DinhHelper *helper, const DinhDrawing *drawing, GError **error)
{
  DinhHelperRequest request;
  char *bytes = NULL;
  guint64 n;
  int answer;

  if (!prepare (self, drawing, &request, error))
    return NULL;
  request.verb = DINH_HELPER_DRAW_PNG;
  answer = dinh_helper_make_answer (0, error);
  if (answer < 0)
    return NULL;
  if (draw (self, helper, &request, answer, &n, error))
    bytes = read_answer (answer, n, DINH_HELPER_MAX_PIXELS * 4ul, error);
  close (answer);
  return bytes != NULL ? g_bytes_new_take (bytes, n) : NULL;
}

/* Has a helper read the text of a page of a measured paper, in its lines: UTF-8 if the helper is honest; a
 * scan has none. Waits for at most five seconds, and what opening the paper took. */
char *
dinh_paper_file_read (
    DinhPaperFile *self, DinhHelper *helper, guint page, GCancellable *cancellable, GError **error)
{
  DinhHelperRequest request = {.verb = DINH_HELPER_READ, .paper = self->number, .page = page};
  guint seconds = READING_SECONDS + self->opening_seconds;
  int answer = dinh_helper_make_answer (0, error);
  char *text = NULL;
  guint64 n;

  if (answer < 0)
    return NULL;
  if (check_unchanged (self, error) &&
      dinh_helper_ask (helper, &request, self->fd, answer, seconds, cancellable, &n, error))
    text = read_answer (answer, n, DINH_HELPER_MAX_TEXT, error);
  close (answer);
  return text;
}
