/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/paper/dinh-document.h"

#include "data/paper/dinh-document-private.h"
#include "data/paper/dinh-paper-file.h"
#include "data/paper/dinh-renderer-private.h"

/* How long a page that ended a helper is left alone: long enough not to wear out the machine, short enough
 * that a page which was slow only because everything was comes back. */
#define RESPITE (60 * G_USEC_PER_SEC)

/* A page that ended a helper. */
typedef struct {
  gint64 until;
  GError *error;
} Fault;

/* DinhDocument: an open paper. It keeps nothing but the file and the sizes of its pages; helpers open and
 * close the PDF behind it as they need. */
struct _DinhDocument {
  GObject parent_instance;

  DinhRenderer *renderer;
  DinhPaperFile *file;

  GMutex lock;
  GHashTable *faults; /* page → Fault; under the lock, since several workers draw */
};

G_DEFINE_FINAL_TYPE (DinhDocument, dinh_document, G_TYPE_OBJECT)

static void
free_fault (gpointer data)
{
  Fault *fault = data;

  g_error_free (fault->error);
  g_free (fault);
}

static GError *
recall_fault (DinhDocument *self, guint page)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  const Fault *fault = g_hash_table_lookup (self->faults, GUINT_TO_POINTER (page));

  return fault != NULL && g_get_monotonic_time () < fault->until ? g_error_copy (fault->error) : NULL;
}

static void
remember_fault (DinhDocument *self, guint page, const GError *error)
{
  Fault *fault;

  if (!g_error_matches (error, DINH_PAPER_ERROR, DINH_PAPER_ERROR_TOO_SLOW) &&
      !g_error_matches (error, DINH_PAPER_ERROR, DINH_PAPER_ERROR_CRASHED))
    return;
  fault = g_new (Fault, 1);
  *fault = (Fault){.until = g_get_monotonic_time () + RESPITE, .error = g_error_copy (error)};
  g_mutex_lock (&self->lock);
  g_hash_table_insert (self->faults, GUINT_TO_POINTER (page), fault);
  g_mutex_unlock (&self->lock);
}

static gpointer
draw_in_helper (GTask *task, DinhHelper *helper, GError **error)
{
  DinhDocument *self = g_task_get_source_object (task);
  const DinhDrawing *drawing = g_task_get_task_data (task);
  GError *fault = recall_fault (self, drawing->page);
  DinhPixels *pixels = NULL;

  if (fault == NULL) {
    pixels = dinh_paper_file_draw (self->file, helper, drawing, &fault);
    remember_fault (self, drawing->page, fault);
  }
  if (pixels == NULL)
    g_propagate_prefixed_error (error, fault, "cannot draw page %u of '%s': ", drawing->page + 1,
                                self->file->path);
  return pixels;
}

static void
dinh_document_finalize (GObject *object)
{
  DinhDocument *self = DINH_DOCUMENT (object);

  dinh_renderer_forget (self->renderer, self->file->number);
  g_object_unref (self->renderer);
  dinh_paper_file_free (self->file);
  g_hash_table_unref (self->faults);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (dinh_document_parent_class)->finalize (object);
}

static void
dinh_document_class_init (DinhDocumentClass *class)
{
  G_OBJECT_CLASS (class)->finalize = dinh_document_finalize;
}

static void
dinh_document_init (DinhDocument *self)
{
  g_mutex_init (&self->lock);
  self->faults = g_hash_table_new_full (NULL, NULL, NULL, free_fault);
}

static DinhDocument *
make_document (DinhRenderer *renderer, DinhPaperFile *file)
{
  DinhDocument *self = g_object_new (DINH_TYPE_DOCUMENT, NULL);

  self->renderer = g_object_ref (renderer);
  self->file = file;
  return self;
}

/* What a worker does for dinh_renderer_open_async(): the task's data is the path. */
gpointer
dinh_document_open_in_helper (GTask *task, DinhHelper *helper, GError **error)
{
  DinhRenderer *renderer = g_task_get_source_object (task);
  const char *path = g_task_get_task_data (task);
  g_autoptr (DinhPaperFile) file = dinh_renderer_open_file (renderer, path, error);

  if (file != NULL && dinh_paper_file_measure (file, helper, NULL, error))
    return make_document (renderer, g_steal_pointer (&file));
  g_prefix_error (error, "cannot open '%s': ", path);
  return NULL;
}

/* Returns the number of pages, at least 1. */
guint
dinh_document_get_n_pages (DinhDocument *self)
{
  return self->file->n_pages;
}

/* Tells the size of a page in points (1/72 inch), as it is shown: cropped and turned as the paper says. 0 × 0
 * for a page that is not there. */
void
dinh_document_get_page_size (DinhDocument *self, guint page, double *width, double *height)
{
  gboolean exists = page < self->file->n_pages;

  *width = exists ? self->file->sizes[page].width : 0;
  *height = exists ? self->file->sizes[page].height : 0;
}

/* Returns the path by which the paper was opened, owned by the document. */
const char *
dinh_document_get_path (DinhDocument *self)
{
  return self->file->path;
}

/* Draws a page, or a clip of it, on white, once everything with a smaller priority or asked earlier is done.
 * The clip may reach beyond the page. Cancelling drops a drawing that waits, and the pixels of one that is
 * being made. */
void
dinh_document_draw_async (DinhDocument *self,
                          const DinhDrawing *drawing,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_return_if_fail (drawing->rotation % 90 == 0);
  g_task_set_source_tag (task, dinh_document_draw_async);
  g_task_set_task_data (task, g_memdup2 (drawing, sizeof *drawing), g_free);
  dinh_renderer_push (self->renderer, task, drawing->priority, draw_in_helper,
                      (GDestroyNotify) dinh_pixels_free);
}

/* Returns the pixels, owned by the caller. Errors: DINH_PAPER_ERROR; G_IO_ERROR_CANCELLED. A page that ended
 * its helper (TOO_SLOW, CRASHED) answers the same for a minute without being tried again. */
DinhPixels *
dinh_document_draw_finish (DinhDocument *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GError) fault = NULL;
  DinhPixels *pixels;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  pixels = g_task_propagate_pointer (G_TASK (result), &fault);
  dinh_renderer_note_error (self->renderer, self->file->path, fault);
  if (fault != NULL)
    g_propagate_error (error, g_steal_pointer (&fault));
  return pixels;
}
