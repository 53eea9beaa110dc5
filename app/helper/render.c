/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/helper/render.h"

#include <malloc.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cairo.h>
#include <poppler.h>

#include "data/paper/dinh-helper-protocol.h"

/* How many papers stay open. A kiosk shows one, and compares it with another. */
#define MAX_PAPERS 3

typedef struct {
  guint number;
  PopplerDocument *document;
} Paper;

typedef struct {
  int socket;
  Paper papers[MAX_PAPERS]; /* the last used first; behind them, empty places */
} Session;

/* A request as it came, with its two descriptors. */
typedef struct {
  DinhHelperRequest request;
  int paper, answer;
} Call;

static void
close_paper (Session *self, guint place)
{
  g_clear_object (&self->papers[place].document);
  memmove (&self->papers[place], &self->papers[place + 1], (MAX_PAPERS - 1 - place) * sizeof (Paper));
  self->papers[MAX_PAPERS - 1] = (Paper){0};
  malloc_trim (0);
}

static void
put_first (Session *self, Paper paper, guint place)
{
  memmove (&self->papers[1], &self->papers[0], place * sizeof (Paper));
  self->papers[0] = paper;
}

static void
forget_paper (Session *self, guint number)
{
  for (guint i = 0; i < MAX_PAPERS; i++)
    if (self->papers[i].document != NULL && self->papers[i].number == number)
      close_paper (self, i);
}

/* Brings a paper that is open to the first place. */
static gboolean
find_paper (Session *self, guint number)
{
  for (guint i = 0; i < MAX_PAPERS; i++) {
    Paper paper = self->papers[i];

    if (paper.document == NULL || paper.number != number)
      continue;
    put_first (self, paper, i);
    return TRUE;
  }
  return FALSE;
}

static DinhHelperStatus
judge (int n_pages)
{
  if (n_pages <= 0)
    return DINH_HELPER_EMPTY;
  return n_pages <= DINH_HELPER_MAX_PAGES ? DINH_HELPER_DONE : DINH_HELPER_TOO_LARGE;
}

static DinhHelperStatus
open_paper (Session *self, Call *call)
{
  g_autoptr (GError) error = NULL;
  PopplerDocument *document = poppler_document_new_from_fd (dup (call->paper), NULL, &error);
  DinhHelperStatus status;

  if (document == NULL)
    return g_error_matches (error, POPPLER_ERROR, POPPLER_ERROR_ENCRYPTED) ? DINH_HELPER_ENCRYPTED
                                                                           : DINH_HELPER_NOT_PDF;
  status = judge (poppler_document_get_n_pages (document));
  if (status != DINH_HELPER_DONE) {
    g_object_unref (document);
    return status;
  }
  if (self->papers[MAX_PAPERS - 1].document != NULL)
    close_paper (self, MAX_PAPERS - 1);
  put_first (self, (Paper){call->request.paper, document}, MAX_PAPERS - 1);
  return DINH_HELPER_DONE;
}

/* A page that is not there, or has no size, still takes a place in the paper. */
static DinhHelperPageSize
measure_page (PopplerDocument *document, int index)
{
  PopplerPage *page = poppler_document_get_page (document, index);
  DinhHelperPageSize size = {595, 842};

  if (page != NULL)
    poppler_page_get_size (page, &size.width, &size.height);
  g_clear_object (&page);
  size.width = CLAMP (size.width, 1, DINH_HELPER_MAX_PAGE_SIDE);
  size.height = CLAMP (size.height, 1, DINH_HELPER_MAX_PAGE_SIDE);
  return size;
}

static DinhHelperStatus
measure (PopplerDocument *document, Call *call, guint64 *n)
{
  g_autofree DinhHelperPageSize *sizes = NULL;
  gsize length;

  *n = poppler_document_get_n_pages (document);
  length = *n * sizeof *sizes;
  sizes = g_malloc (length);
  for (guint i = 0; i < *n; i++)
    sizes[i] = measure_page (document, i);
  return pwrite (call->answer, sizes, length, 0) == (gssize) length ? DINH_HELPER_DONE
                                                                    : DINH_HELPER_TOO_LARGE;
}

/* Turns the page clockwise, moves it back to where it has no negative coordinates, and puts the clip's corner
 * at the origin. */
static void
place_page (cairo_t *cr, PopplerPage *page, const DinhHelperRequest *request)
{
  static const struct {
    double xx, yx, xy, yy;
  } turns[] = {{1, 0, 0, 1}, {0, 1, -1, 0}, {-1, 0, 0, -1}, {0, -1, 1, 0}};
  guint turn = (request->rotation / 90) & 3;
  cairo_matrix_t matrix = {turns[turn].xx, turns[turn].yx, turns[turn].xy, turns[turn].yy, 0, 0};
  double width, height;

  poppler_page_get_size (page, &width, &height);
  matrix.x0 = -MIN (matrix.xx * width + matrix.xy * height, 0);
  matrix.y0 = -MIN (matrix.yx * width + matrix.yy * height, 0);
  cairo_translate (cr, -request->x, -request->y);
  cairo_scale (cr, request->scale, request->scale);
  cairo_transform (cr, &matrix);
}

/* cairo leaves the fourth byte of a pixel undefined; with 0xff others can take the pixels for opaque ones. */
static void
make_opaque (guint32 *pixels, gsize n)
{
  for (gsize i = 0; i < n; i++)
    pixels[i] |= 0xff000000;
}

static DinhHelperStatus
draw_on (PopplerDocument *document, const DinhHelperRequest *request, cairo_surface_t *surface)
{
  PopplerPage *page = poppler_document_get_page (document, request->page);
  cairo_t *cr;

  if (page == NULL)
    return DINH_HELPER_NO_SUCH_PAGE;
  cr = cairo_create (surface);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_paint (cr);
  place_page (cr, page, request);
  poppler_page_render (page, cr);
  cairo_destroy (cr);
  g_object_unref (page);
  cairo_surface_flush (surface);
  return DINH_HELPER_DONE;
}

static DinhHelperStatus
draw (PopplerDocument *document, Call *call, guint64 *n)
{
  const DinhHelperRequest *request = &call->request;
  gsize n_pixels = (gsize) request->width * request->height;
  guchar *pixels = mmap (NULL, 4 * n_pixels, PROT_READ | PROT_WRITE, MAP_SHARED, call->answer, 0);
  cairo_surface_t *surface;
  DinhHelperStatus status;

  if (pixels == MAP_FAILED)
    return DINH_HELPER_TOO_LARGE;
  surface = cairo_image_surface_create_for_data (pixels, CAIRO_FORMAT_RGB24, request->width, request->height,
                                                 4 * request->width);
  status = draw_on (document, request, surface);
  cairo_surface_destroy (surface);
  make_opaque ((guint32 *) pixels, n_pixels);
  munmap (pixels, 4 * n_pixels);
  return status;
}

static cairo_status_t
on_png_written (void *answer, const guchar *bytes, guint length)
{
  return write (*(int *) answer, bytes, length) == (gssize) length ? CAIRO_STATUS_SUCCESS
                                                                   : CAIRO_STATUS_WRITE_ERROR;
}

static DinhHelperStatus
draw_png (PopplerDocument *document, Call *call, guint64 *n)
{
  cairo_surface_t *surface =
      cairo_image_surface_create (CAIRO_FORMAT_RGB24, call->request.width, call->request.height);
  DinhHelperStatus status = draw_on (document, &call->request, surface);

  if (status == DINH_HELPER_DONE &&
      cairo_surface_write_to_png_stream (surface, on_png_written, &call->answer) != CAIRO_STATUS_SUCCESS)
    status = DINH_HELPER_TOO_LARGE;
  cairo_surface_destroy (surface);
  *n = lseek (call->answer, 0, SEEK_CUR);
  return status;
}

/* Whether there is more room between two characters than a wide space takes. poppler runs the end of a column
 * into the beginning of the next one. */
static gboolean
is_apart (const PopplerRectangle *one, const PopplerRectangle *other)
{
  double size = MAX (one->x2 - one->x1, one->y2 - one->y1);

  return MAX (other->x1 - one->x2, one->x1 - other->x2) > size ||
         MAX (other->y1 - one->y2, one->y1 - other->y2) > size;
}

static GString *
read_lines (PopplerPage *page)
{
  g_autofree char *text = poppler_page_get_text (page);
  g_autofree PopplerRectangle *places = NULL;
  GString *lines = g_string_new (NULL);
  const char *at = text;
  guint n_places = 0;

  poppler_page_get_text_layout (page, &places, &n_places);
  for (guint i = 0; at != NULL && *at != '\0'; at = g_utf8_next_char (at), i++) {
    if (i > 0 && i < n_places && at[-1] != '\n' && is_apart (&places[i - 1], &places[i]))
      g_string_append_c (lines, '\n');
    g_string_append_unichar (lines, g_utf8_get_char (at));
  }
  return lines;
}

static DinhHelperStatus
read_page (PopplerDocument *document, Call *call, guint64 *n)
{
  PopplerPage *page = poppler_document_get_page (document, call->request.page);
  g_autoptr (GString) lines = NULL;

  if (page == NULL)
    return DINH_HELPER_NO_SUCH_PAGE;
  lines = read_lines (page);
  g_object_unref (page);
  *n = lines->len;
  return *n <= DINH_HELPER_MAX_TEXT && pwrite (call->answer, lines->str, *n, 0) == (gssize) *n
             ? DINH_HELPER_DONE
             : DINH_HELPER_TOO_LARGE;
}

static DinhHelperStatus
answer (Session *self, Call *call, guint64 *n)
{
  static DinhHelperStatus (*const verbs[]) (PopplerDocument *, Call *, guint64 *) = {
      [DINH_HELPER_MEASURE] = measure,
      [DINH_HELPER_DRAW] = draw,
      [DINH_HELPER_DRAW_PNG] = draw_png,
      [DINH_HELPER_READ] = read_page,
  };
  DinhHelperStatus status = DINH_HELPER_DONE;

  if (!find_paper (self, call->request.paper))
    status = open_paper (self, call);
  if (status != DINH_HELPER_DONE)
    return status;
  return verbs[call->request.verb](self->papers[0].document, call, n);
}

/* Returns FALSE when there is nothing more to come. */
static gboolean
receive (Session *self, Call *call)
{
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE (2 * sizeof (int))];
  } control;
  struct iovec part = {.iov_base = &call->request, .iov_len = sizeof call->request};
  struct msghdr message = {
      .msg_iov = &part,
      .msg_iovlen = 1,
      .msg_control = &control,
      .msg_controllen = sizeof control,
  };

  if (recvmsg (self->socket, &message, MSG_CMSG_CLOEXEC) != sizeof call->request)
    return FALSE;
  if (call->request.verb == DINH_HELPER_FORGET)
    return TRUE;
  if (call->request.verb > DINH_HELPER_FORGET || message.msg_controllen != sizeof control)
    return FALSE;
  memcpy (&call->paper, CMSG_DATA (&control.header), sizeof (int));
  memcpy (&call->answer, CMSG_DATA (&control.header) + sizeof (int), sizeof (int));
  return TRUE;
}

static gboolean
reply (Session *self, guint32 serial, DinhHelperStatus status, guint64 n)
{
  const DinhHelperReply packet = {.serial = serial, .status = status, .n = n};

  return send (self->socket, &packet, sizeof packet, MSG_NOSIGNAL) == sizeof packet;
}

static gboolean
serve_call (Session *self, Call *call)
{
  guint64 n = 0;
  DinhHelperStatus status;

  if (call->request.verb == DINH_HELPER_FORGET) {
    forget_paper (self, call->request.paper);
    return TRUE;
  }
  status = answer (self, call, &n);
  close (call->paper);
  close (call->answer);
  return reply (self, call->request.serial, status, n);
}

/* Greets, then answers what is asked over `socket` (data/paper/dinh-helper-protocol.h) until it is closed.
 * Returns FALSE if it was asked for something that this helper does not know. */
gboolean
render_serve (int socket)
{
  Session self = {.socket = socket};
  gboolean alive = reply (&self, 0, DINH_HELPER_DONE, DINH_HELPER_VERSION);
  Call call;

  while (alive && receive (&self, &call))
    alive = serve_call (&self, &call);
  return alive;
}
