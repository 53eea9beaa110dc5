/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/paper/dinh-renderer.h"

#include "data/paper/dinh-document-private.h"
#include "data/paper/dinh-renderer-private.h"

/* DinhRenderer: helper processes, each asked by a thread of its own, and one queue of what they are to do.
 * Every helper can draw every paper, so two cores work on the one paper that is being read. The threads share
 * the queue with the renderer but do not own the renderer, and end after it. */

typedef struct {
  GTask *task;
  int priority;
  guint64 serial;
  DinhRendererWork work;
} Job;

typedef struct {
  GMutex lock;
  GCond changed;
  GQueue jobs; /* in the order in which they are to be done */
  guint64 n_jobs_ever;
  guint n_busy;
  gboolean stopped;
} Pool;

typedef struct {
  Pool *pool;
  guint index;
  DinhHelper *helper;
  GQueue forgotten; /* papers for this helper to close */
} Worker;

struct _DinhRenderer {
  GObject parent_instance;

  Pool *pool;
  Worker **workers; /* owned by their threads, which outlive the renderer */
  guint n_workers;
  guint last_number;
};

G_DEFINE_FINAL_TYPE (DinhRenderer, dinh_renderer, G_TYPE_OBJECT)

static void
clear_pool (gpointer data)
{
  Pool *pool = data;

  g_mutex_clear (&pool->lock);
  g_cond_clear (&pool->changed);
}

static void
free_worker (Worker *self)
{
  dinh_helper_free (self->helper);
  g_queue_clear (&self->forgotten);
  g_atomic_rc_box_release_full (self->pool, clear_pool);
  g_free (self);
}

static int
compare_jobs (gconstpointer a, gconstpointer b, gpointer data)
{
  const Job *left = a, *right = b;

  if (left->priority != right->priority)
    return left->priority < right->priority ? -1 : 1;
  return left->serial < right->serial ? -1 : 1;
}

/* A worker takes a job only while those before it are busy, so no helper is started before it is needed. */
static gboolean
may_take_job (Worker *self)
{
  return !g_queue_is_empty (&self->pool->jobs) && self->pool->n_busy >= self->index;
}

/* Waits for a job, closing meanwhile what nobody reads any more. Returns NULL when the renderer is gone. */
static Job *
take_job (Worker *self)
{
  Pool *pool = self->pool;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&pool->lock);

  for (;;) {
    while (!g_queue_is_empty (&self->forgotten))
      dinh_helper_forget (self->helper, GPOINTER_TO_UINT (g_queue_pop_head (&self->forgotten)));
    if (pool->stopped)
      return NULL;
    if (may_take_job (self))
      break;
    g_cond_wait (&pool->changed, &pool->lock);
  }
  pool->n_busy++;
  g_cond_broadcast (&pool->changed);
  return g_queue_pop_head (&pool->jobs);
}

static void
finish_job (Worker *self, Job *job)
{
  g_mutex_lock (&self->pool->lock);
  self->pool->n_busy--;
  g_cond_broadcast (&self->pool->changed);
  g_mutex_unlock (&self->pool->lock);
  g_object_unref (job->task); /* outside the lock: it may be the last that holds a document */
  g_free (job);
}

static gpointer
run_worker (gpointer data)
{
  Worker *self = data;
  Job *job;

  while ((job = take_job (self)) != NULL) {
    if (!g_task_return_error_if_cancelled (job->task))
      job->work (job->task, self->helper);
    finish_job (self, job);
  }
  free_worker (self);
  return NULL;
}

static Worker *
start_worker (Pool *pool, guint index, const char *program)
{
  Worker *self = g_new0 (Worker, 1);

  self->pool = g_atomic_rc_box_acquire (pool);
  self->index = index;
  self->helper = dinh_helper_new (program);
  g_thread_unref (g_thread_new ("dinh-paper", run_worker, self));
  return self;
}

static void
dinh_renderer_finalize (GObject *object)
{
  DinhRenderer *self = DINH_RENDERER (object);

  /* No waiting: the last to hold a renderer can be one of its own threads. No job is left either, since each
   * holds it. */
  g_mutex_lock (&self->pool->lock);
  self->pool->stopped = TRUE;
  g_cond_broadcast (&self->pool->changed);
  g_mutex_unlock (&self->pool->lock);
  g_atomic_rc_box_release_full (self->pool, clear_pool);
  g_free (self->workers);
  G_OBJECT_CLASS (dinh_renderer_parent_class)->finalize (object);
}

static void
dinh_renderer_class_init (DinhRendererClass *class)
{
  G_OBJECT_CLASS (class)->finalize = dinh_renderer_finalize;
}

static void
dinh_renderer_init (DinhRenderer *self)
{
  self->pool = g_atomic_rc_box_new0 (Pool);
  g_mutex_init (&self->pool->lock);
  g_cond_init (&self->pool->changed);
}

/* Makes a renderer with up to `n_helpers` (at least 1) processes of `program` (dinh-helper), each started
 * when it is first needed. */
DinhRenderer *
dinh_renderer_new (const char *program, guint n_helpers)
{
  DinhRenderer *self = g_object_new (DINH_TYPE_RENDERER, NULL);

  self->n_workers = MAX (n_helpers, 1);
  self->workers = g_new (Worker *, self->n_workers);
  for (guint i = 0; i < self->n_workers; i++)
    self->workers[i] = start_worker (self->pool, i, program);
  return self;
}

/* Queues a task behind those of the same priority: a worker thread will do `work` for it, or return it as
 * cancelled. */
void
dinh_renderer_push (DinhRenderer *self, GTask *task, int priority, DinhRendererWork work)
{
  Job *job = g_new0 (Job, 1);

  *job = (Job){.task = g_object_ref (task), .priority = priority, .work = work};
  g_mutex_lock (&self->pool->lock);
  job->serial = self->pool->n_jobs_ever++;
  g_queue_insert_sorted (&self->pool->jobs, job, compare_jobs, NULL);
  g_cond_broadcast (&self->pool->changed);
  g_mutex_unlock (&self->pool->lock);
}

/* Returns a number that no other paper of this renderer has. Any thread may call it. */
guint
dinh_renderer_take_number (DinhRenderer *self)
{
  return g_atomic_int_add (&self->last_number, 1) + 1;
}

/* Has every helper close a paper. Any thread may call it. */
void
dinh_renderer_forget (DinhRenderer *self, guint paper)
{
  g_mutex_lock (&self->pool->lock);
  for (guint i = 0; i < self->n_workers; i++)
    g_queue_push_tail (&self->workers[i]->forgotten, GUINT_TO_POINTER (paper));
  g_cond_broadcast (&self->pool->changed);
  g_mutex_unlock (&self->pool->lock);
}

/* Opens the paper at `path`, before anything that waits to be drawn. Cancelling drops it while it waits, and
 * what comes of it afterwards. */
void
dinh_renderer_open_async (DinhRenderer *self,
                          const char *path,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, dinh_renderer_open_async);
  g_task_set_task_data (task, g_strdup (path), g_free);
  dinh_renderer_push (self, task, G_MININT, dinh_document_open_in_helper);
}

/* Returns the opened document, owned by the caller. Errors: G_IO_ERROR for a file that cannot be read,
 * DINH_PAPER_ERROR for one that cannot be shown. */
DinhDocument *
dinh_renderer_open_finish (DinhRenderer *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
