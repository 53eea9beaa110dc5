/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake-document.h"

#include <math.h>

struct _DinhRenderer {
  GObject parent_instance;
};

struct _DinhDocument {
  GObject parent_instance;
  guint n_pages;
};

G_DEFINE_FINAL_TYPE (DinhRenderer, dinh_renderer, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE (DinhDocument, dinh_document, G_TYPE_OBJECT)

static struct {
  double width, height; /* of every page, points */
  guint problem_page;
  int problem;
  gboolean by_itself;
  GQueue waiting; /* GTask, in order of priority */
  GArray *drawn;  /* DinhDrawing */
} fake = {.width = 600, .height = 800, .problem = -1, .waiting = G_QUEUE_INIT};

static void
dinh_renderer_class_init (DinhRendererClass *klass)
{
}

static void
dinh_renderer_init (DinhRenderer *self)
{
}

static void
dinh_document_class_init (DinhDocumentClass *klass)
{
}

static void
dinh_document_init (DinhDocument *self)
{
}

DinhRenderer *
dinh_renderer_new (const char *program, guint n_helpers)
{
  return g_object_new (DINH_TYPE_RENDERER, NULL);
}

void
dinh_renderer_open_async (DinhRenderer *self,
                          const char *path,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  guint n_pages = g_ascii_strtoull (path, NULL, 10);

  if (n_pages == 0) {
    g_task_return_new_error (task, DINH_PAPER_ERROR, DINH_PAPER_ERROR_NOT_PDF, "cannot open '%s'", path);
  } else {
    g_task_return_pointer (task, fake_document_new (n_pages), g_object_unref);
  }
}

DinhDocument *
dinh_renderer_open_finish (DinhRenderer *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

guint
dinh_document_get_n_pages (DinhDocument *self)
{
  return self->n_pages;
}

void
dinh_document_get_page_size (DinhDocument *self, guint page, double *width, double *height)
{
  *width = fake.width;
  *height = fake.height;
}

const char *
dinh_document_get_path (DinhDocument *self)
{
  return "fake.pdf";
}

static int
compare_priority (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const DinhDrawing *left = g_task_get_task_data ((GTask *) a);
  const DinhDrawing *right = g_task_get_task_data ((GTask *) b);

  return left->priority <= right->priority ? -1 : 1; /* equals in the order in which they came */
}

static gboolean
on_idle (gpointer user_data)
{
  fake_document_draw_next ();
  return G_SOURCE_REMOVE;
}

void
dinh_document_draw_async (DinhDocument *self,
                          const DinhDrawing *drawing,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_task_data (task, g_memdup2 (drawing, sizeof *drawing), g_free);
  g_queue_insert_sorted (&fake.waiting, task, compare_priority, NULL);
  if (fake.by_itself) {
    g_idle_add (on_idle, NULL);
  }
}

DinhPixels *
dinh_document_draw_finish (DinhDocument *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Each page has a colour of its own, with lines of "text" so that scaling costs what it costs on a real page.
 */
static void
paint (guint32 *pixels, guint n_pixels, int width, guint page)
{
  const guint32 colour = 0xff000000 | ((page + 1) * 0x345678 & 0xffffff);

  for (guint i = 0; i < n_pixels; i++) {
    guint x = i % width, y = i / width;
    pixels[i] = y % 12 < 7 && (x * 7 + y * 3) % 5 < 2 ? colour : 0xffffffff;
  }
}

static DinhPixels *
draw (const DinhDrawing *drawing)
{
  DinhPixels *pixels = g_new0 (DinhPixels, 1);

  pixels->width = drawing->width > 0 ? drawing->width : (int) ceil (fake.width * drawing->scale - 0.001);
  pixels->height = drawing->height > 0 ? drawing->height : (int) ceil (fake.height * drawing->scale - 0.001);
  pixels->stride = pixels->width * 4;
  guint n_pixels = (guint) pixels->width * pixels->height;
  guint32 *data = g_new (guint32, n_pixels);
  paint (data, n_pixels, pixels->width, drawing->page);
  pixels->pixels = g_bytes_new_take (data, n_pixels * 4);
  return pixels;
}

DinhDocument *
fake_document_new (guint n_pages)
{
  DinhDocument *self = g_object_new (DINH_TYPE_DOCUMENT, NULL);

  self->n_pages = n_pages;
  return self;
}

void
fake_document_set_page_size (double width, double height)
{
  fake.width = width;
  fake.height = height;
}

/* That page, and no other, fails from now on; -1 lets it be drawn again. */
void
fake_document_set_problem (guint page, int problem)
{
  fake.problem_page = page;
  fake.problem = problem;
}

/* Draws, from the main loop, without being told to. */
void
fake_document_draw_by_itself (gboolean by_itself)
{
  fake.by_itself = by_itself;
}

/* Draws what is most urgent; FALSE if nothing waits. What was taken back is not drawn. */
gboolean
fake_document_draw_next (void)
{
  g_autoptr (GTask) task = g_queue_pop_head (&fake.waiting);

  if (task == NULL) {
    return FALSE;
  }
  if (g_task_return_error_if_cancelled (task)) {
    return fake_document_draw_next ();
  }
  const DinhDrawing *drawing = g_task_get_task_data (task);
  if (fake.drawn == NULL) {
    fake.drawn = g_array_new (FALSE, FALSE, sizeof (DinhDrawing));
  }
  g_array_append_val (fake.drawn, *drawing);
  if (fake.problem >= 0 && drawing->page == fake.problem_page) {
    g_task_return_new_error (task, DINH_PAPER_ERROR, fake.problem, "cannot draw page %u", drawing->page + 1);
  } else {
    g_task_return_pointer (task, draw (drawing), (GDestroyNotify) dinh_pixels_free);
  }
  return TRUE;
}

/* How many drawings wait that nobody took back. */
guint
fake_document_count_waiting (void)
{
  guint n = 0;

  for (GList *link = fake.waiting.head; link != NULL; link = link->next) {
    n += g_cancellable_is_cancelled (g_task_get_cancellable (link->data)) ? 0 : 1;
  }
  return n;
}

/* What was drawn so far, first to last. */
const DinhDrawing *
fake_document_get_drawn (guint *n_drawn)
{
  *n_drawn = fake.drawn != NULL ? fake.drawn->len : 0;
  return fake.drawn != NULL ? (const DinhDrawing *) fake.drawn->data : NULL;
}

/* Drops what waits and forgets what was drawn, between tests. */
void
fake_document_reset (void)
{
  GTask *task;

  while ((task = g_queue_pop_head (&fake.waiting)) != NULL) {
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "the test is over");
    g_object_unref (task);
  }
  g_clear_pointer (&fake.drawn, g_array_unref);
  fake.problem = -1;
  fake.by_itself = FALSE;
  fake_document_set_page_size (600, 800);
}
