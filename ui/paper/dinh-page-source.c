/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/paper/dinh-page-source.h"

#include "ui/paper/dinh-page-cache.h"
#include "ui/paper/dinh-page-picture.h"

/* The drawn pages of one document: asks the document for what is wanted, keeps what comes, and takes back
 * what nobody wants any more. Emits `changed` with a page whenever a drawing of it came or failed. */

typedef struct {
  DinhPageSource *source; /* borrowed; NULL once the answer is not wanted */
  DinhLane lane;
  DinhDrawing drawing;
  GCancellable *cancellable;
} Request;

typedef struct {
  DinhLane lane;
  DinhDrawing drawing;
  int problem;
} Failure;

struct _DinhPageSource {
  GObject parent_instance;

  DinhDocument *document;
  DinhPageCache *cache;
  gsize limit;
  GPtrArray *requests; /* Request, each owned by its own answer */
  GArray *failures;    /* Failure, of drawings that are still wanted */
};

G_DEFINE_FINAL_TYPE (DinhPageSource, dinh_page_source, G_TYPE_OBJECT)

enum {
  SIGNAL_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
request_free (Request *request)
{
  g_object_unref (request->cancellable);
  g_free (request);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Request, request_free)

static void
take_back (DinhPageSource *self, guint index)
{
  Request *request = g_ptr_array_steal_index_fast (self->requests, index);

  request->source = NULL;
  g_cancellable_cancel (request->cancellable);
}

static void
take_back_drawing (DinhPageSource *self, const DinhDrawing *drawing)
{
  for (guint i = self->requests->len; i > 0; i--) {
    const Request *request = g_ptr_array_index (self->requests, i - 1);

    if (dinh_drawing_equal (&request->drawing, drawing)) {
      take_back (self, i - 1);
    }
  }
}

static void
on_page_drawn (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Request) request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhPixels) pixels = dinh_document_draw_finish (DINH_DOCUMENT (object), result, &error);
  g_autoptr (DinhPageSource) self = request->source != NULL ? g_object_ref (request->source) : NULL;

  if (self == NULL) {
    return;
  }
  g_ptr_array_remove_fast (self->requests, request);
  take_back_drawing (self, &request->drawing);
  if (pixels != NULL) {
    g_autoptr (GdkTexture) texture = dinh_page_picture_new (pixels);

    dinh_page_cache_put (self->cache, &request->drawing, texture, g_bytes_get_size (pixels->pixels));
  } else {
    Failure failure = {request->lane, request->drawing, DINH_PAPER_ERROR_HELPER};

    if (error->domain == DINH_PAPER_ERROR) {
      failure.problem = error->code;
    }
    g_array_append_val (self->failures, failure);
  }
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0, request->drawing.page);
}

static gboolean
is_among (const DinhDrawing *drawing, const DinhDrawing *drawings, guint n_drawings)
{
  for (guint i = 0; i < n_drawings; i++) {
    if (dinh_drawing_equal (drawing, &drawings[i])) {
      return TRUE;
    }
  }
  return FALSE;
}

/* Forgetting a failure as soon as its page is left lets the person try again by coming back. */
static void
forget (DinhPageSource *self, DinhLane lane, const DinhDrawing *drawings, guint n_drawings)
{
  for (guint i = self->requests->len; i > 0; i--) {
    const Request *request = g_ptr_array_index (self->requests, i - 1);

    if (request->lane == lane && !is_among (&request->drawing, drawings, n_drawings)) {
      take_back (self, i - 1);
    }
  }
  for (guint i = self->failures->len; i > 0; i--) {
    const Failure *failure = &g_array_index (self->failures, Failure, i - 1);

    if (failure->lane == lane && !is_among (&failure->drawing, drawings, n_drawings)) {
      g_array_remove_index_fast (self->failures, i - 1);
    }
  }
}

static gboolean
is_settled (DinhPageSource *self, DinhLane lane, const DinhDrawing *drawing)
{
  for (guint i = 0; i < self->requests->len; i++) {
    const Request *request = g_ptr_array_index (self->requests, i);

    if (request->drawing.priority <= drawing->priority && dinh_drawing_equal (&request->drawing, drawing)) {
      return TRUE;
    }
  }
  for (guint i = 0; i < self->failures->len; i++) {
    const Failure *failure = &g_array_index (self->failures, Failure, i);

    if (failure->lane == lane && dinh_drawing_equal (&failure->drawing, drawing)) {
      return TRUE;
    }
  }
  return dinh_page_cache_get (self->cache, drawing) != NULL;
}

/* A drawing that has become more urgent is asked for once more rather than taken back and asked for: it may
 * be half drawn already. Whichever comes first takes the other back. */
static void
ask (DinhPageSource *self, DinhLane lane, const DinhDrawing *drawing)
{
  Request *request = g_new0 (Request, 1);

  request->source = self;
  request->lane = lane;
  request->drawing = *drawing;
  request->cancellable = g_cancellable_new ();
  g_ptr_array_add (self->requests, request);
  dinh_document_draw_async (self->document, drawing, request->cancellable, on_page_drawn, request);
}

static void
dinh_page_source_finalize (GObject *object)
{
  DinhPageSource *self = DINH_PAGE_SOURCE (object);

  while (self->requests->len > 0) {
    take_back (self, self->requests->len - 1);
  }
  g_ptr_array_unref (self->requests);
  g_array_unref (self->failures);
  dinh_page_cache_free (self->cache);
  g_object_unref (self->document);
  G_OBJECT_CLASS (dinh_page_source_parent_class)->finalize (object);
}

static void
dinh_page_source_class_init (DinhPageSourceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dinh_page_source_finalize;

  signals[SIGNAL_CHANGED] = g_signal_new ("changed", DINH_TYPE_PAGE_SOURCE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                          NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
dinh_page_source_init (DinhPageSource *self)
{
  self->requests = g_ptr_array_new ();
  self->failures = g_array_new (FALSE, FALSE, sizeof (Failure));
}

/**
 * dinh_page_source_new:
 * @document: (transfer none): an open document
 * @limit: bytes of pixels to keep
 *
 * Returns: (transfer full): a source of that document's drawn pages
 */
DinhPageSource *
dinh_page_source_new (DinhDocument *document, gsize limit)
{
  DinhPageSource *self = g_object_new (DINH_TYPE_PAGE_SOURCE, NULL);

  self->document = g_object_ref (document);
  self->limit = limit;
  self->cache = dinh_page_cache_new (limit);
  return self;
}

/**
 * dinh_page_source_get_n_pages:
 *
 * Returns: how many pages the document has, at least 1
 */
guint
dinh_page_source_get_n_pages (DinhPageSource *self)
{
  return dinh_document_get_n_pages (self->document);
}

/**
 * dinh_page_source_get_page_size:
 *
 * Returns: the size of a page in points, never less than 1 × 1
 */
DinhSize
dinh_page_source_get_page_size (DinhPageSource *self, guint page)
{
  DinhSize size = {0};

  dinh_document_get_page_size (self->document, page, &size.width, &size.height);
  return (DinhSize){MAX (size.width, 1), MAX (size.height, 1)};
}

/**
 * dinh_page_source_get_limit:
 *
 * Returns: bytes of pixels that are kept
 */
gsize
dinh_page_source_get_limit (DinhPageSource *self)
{
  return self->limit;
}

/**
 * dinh_page_source_want:
 * @drawings: (array length=n_drawings): what the lane wants now, with their priorities; none if it wants
 * nothing
 *
 * Says anew what a lane wants: what it wanted before and is not among @drawings is taken back, what is
 * neither kept nor under way nor known to fail is asked for.
 */
void
dinh_page_source_want (DinhPageSource *self, DinhLane lane, const DinhDrawing *drawings, guint n_drawings)
{
  forget (self, lane, drawings, n_drawings);
  for (guint i = 0; i < n_drawings; i++) {
    if (!is_settled (self, lane, &drawings[i])) {
      ask (self, lane, &drawings[i]);
    }
  }
}

/**
 * dinh_page_source_get:
 *
 * Returns: (transfer none) (nullable): the picture of exactly that drawing, if it is kept
 */
GdkTexture *
dinh_page_source_get (DinhPageSource *self, const DinhDrawing *drawing)
{
  return dinh_page_cache_get (self->cache, drawing);
}

/**
 * dinh_page_source_get_nearest:
 * @scale: device pixels a point at which the page is to be shown
 * @found: (out): the drawing that the picture shows
 *
 * Returns: (transfer none) (nullable): the best kept picture of a whole page
 */
GdkTexture *
dinh_page_source_get_nearest (DinhPageSource *self, guint page, double scale, DinhDrawing *found)
{
  return dinh_page_cache_get_nearest (self->cache, page, scale, found);
}

/**
 * dinh_page_source_get_problem:
 *
 * Returns: the #DinhPaperError of a page that a lane wants and that cannot be drawn, or -1
 */
int
dinh_page_source_get_problem (DinhPageSource *self, DinhLane lane, guint page)
{
  for (guint i = 0; i < self->failures->len; i++) {
    const Failure *failure = &g_array_index (self->failures, Failure, i);

    if (failure->lane == lane && failure->drawing.page == page) {
      return failure->problem;
    }
  }
  return -1;
}
