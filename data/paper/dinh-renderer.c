/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/paper/dinh-renderer.h"

#include "data/paper/dinh-document-private.h"
#include "data/paper/dinh-paper.h"
#include "data/paper/dinh-renderer-private.h"

/* DinhRenderer: helper processes, each asked by a thread of its own, and one queue of what they are to do.
 * Every helper can draw every paper, so two cores work on the one paper that is being read. The threads hold
 * no references: what they have done is returned, and let go of, in the thread that asked. */

typedef struct {
  GTask *task;
  int priority;
  guint64 serial;
  DinhRendererWork work;
  gpointer result;
  GDestroyNotify free_result;
  GError *error;
} Job;

typedef struct {
  DinhRenderer *renderer;
  guint index;
  GThread *thread;
  DinhHelper *helper; /* of the thread alone */
  GQueue forgotten;   /* papers for the helper to close */
} Worker;

struct _DinhRenderer {
  GObject parent_instance;

  DinhPaperOpener opener; /* NULL: papers are plain files */
  gpointer opener_data;
  GDestroyNotify free_opener_data;

  guint last_number;
  guint n_workers;
  Worker *workers;

  GMutex lock; /* of all that follows, and of what is forgotten */
  GCond changed;
  GQueue jobs; /* in the order in which they are to be done */
  guint64 n_jobs_ever;
  guint n_busy;
  gboolean stopped;
};

G_DEFINE_FINAL_TYPE (DinhRenderer, dinh_renderer, G_TYPE_OBJECT)

enum {
  DAMAGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

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
may_take_job (Worker *worker)
{
  return !g_queue_is_empty (&worker->renderer->jobs) && worker->renderer->n_busy >= worker->index;
}

/* Waits for a job, closing meanwhile what nobody reads any more. Returns NULL when the renderer stops. */
static Job *
take_job (Worker *worker)
{
  DinhRenderer *self = worker->renderer;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  for (;;) {
    while (!g_queue_is_empty (&worker->forgotten))
      dinh_helper_forget (worker->helper, GPOINTER_TO_UINT (g_queue_pop_head (&worker->forgotten)));
    if (self->stopped)
      return NULL;
    if (may_take_job (worker))
      break;
    g_cond_wait (&self->changed, &self->lock);
  }
  self->n_busy++;
  g_cond_broadcast (&self->changed);
  return g_queue_pop_head (&self->jobs);
}

/* Returns a task in the thread that pushed it, where documents and renderers are let go of, too. */
static gboolean
on_job_done (gpointer data)
{
  Job *job = data;

  if (job->error != NULL)
    g_task_return_error (job->task, job->error);
  else
    g_task_return_pointer (job->task, job->result, job->free_result);
  g_object_unref (job->task);
  g_free (job);
  return G_SOURCE_REMOVE;
}

static void
finish_job (DinhRenderer *self, Job *job)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_mutex_lock (&self->lock);
  self->n_busy--;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);

  g_source_set_priority (source, g_task_get_priority (job->task));
  g_source_set_callback (source, on_job_done, job, NULL);
  g_source_attach (source, g_task_get_context (job->task));
}

static gpointer
run_worker (gpointer data)
{
  Worker *worker = data;
  Job *job;

  while ((job = take_job (worker)) != NULL) {
    if (!g_cancellable_is_cancelled (g_task_get_cancellable (job->task)))
      job->result = job->work (job->task, worker->helper, &job->error);
    finish_job (worker->renderer, job);
  }
  dinh_helper_free (worker->helper); /* in the thread that started it */
  return NULL;
}

static void
stop_workers (DinhRenderer *self)
{
  g_mutex_lock (&self->lock);
  self->stopped = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < self->n_workers; i++) {
    g_thread_join (self->workers[i].thread);
    g_queue_clear (&self->workers[i].forgotten);
  }
}

static void
dinh_renderer_finalize (GObject *object)
{
  DinhRenderer *self = DINH_RENDERER (object);

  stop_workers (self); /* which have nothing to do any more, since each job holds the renderer */
  g_free (self->workers);
  if (self->free_opener_data != NULL)
    self->free_opener_data (self->opener_data);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  G_OBJECT_CLASS (dinh_renderer_parent_class)->finalize (object);
}

static void
dinh_renderer_class_init (DinhRendererClass *class)
{
  G_OBJECT_CLASS (class)->finalize = dinh_renderer_finalize;
  /* A sealed paper, by its path, turned out to be damaged: whoever brought it here may bring it again. */
  signals[DAMAGED] = g_signal_new ("damaged", DINH_TYPE_RENDERER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
dinh_renderer_init (DinhRenderer *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
}

/* Makes a renderer with up to `n_helpers` (at least 1) processes of `program` (dinh-helper), each started
 * when it is first needed. */
DinhRenderer *
dinh_renderer_new (const char *program, guint n_helpers)
{
  DinhRenderer *self = g_object_new (DINH_TYPE_RENDERER, NULL);

  self->n_workers = MAX (n_helpers, 1);
  self->workers = g_new0 (Worker, self->n_workers);
  for (guint i = 0; i < self->n_workers; i++) {
    self->workers[i] = (Worker){.renderer = self, .index = i, .helper = dinh_helper_new (program)};
    self->workers[i].thread = g_thread_new ("dinh-paper", run_worker, &self->workers[i]);
  }
  return self;
}

/* Says that papers are sealed, and who opens them; before the first one is opened. */
void
dinh_renderer_set_opener (DinhRenderer *self,
                          DinhPaperOpener opener,
                          gpointer data,
                          GDestroyNotify free_data)
{
  self->opener = opener;
  self->opener_data = data;
  self->free_opener_data = free_data;
}

/* Opens a paper for helpers to read. Blocks. */
DinhPaperFile *
dinh_renderer_open_file (DinhRenderer *self, const char *path, GError **error)
{
  guint number = dinh_renderer_take_number (self);
  DinhPaperFile *file;
  DinhPaperKey key;
  int fd;

  if (self->opener == NULL)
    return dinh_paper_file_open (path, number, error);
  fd = self->opener (path, &key, self->opener_data, error);
  if (fd < 0)
    return NULL;
  file = dinh_paper_file_new_sealed (path, fd, &key, number, error);
  dinh_paper_key_clear (&key);
  return file;
}

/* Queues a task behind those of the same priority: a worker thread will do `work` for it, unless it is
 * cancelled before, and the result is returned in the task's own thread. */
void
dinh_renderer_push (
    DinhRenderer *self, GTask *task, int priority, DinhRendererWork work, GDestroyNotify free_result)
{
  Job *job = g_new0 (Job, 1);

  *job = (Job){.task = g_object_ref (task), .priority = priority, .work = work, .free_result = free_result};
  g_mutex_lock (&self->lock);
  job->serial = self->n_jobs_ever++;
  g_queue_insert_sorted (&self->jobs, job, compare_jobs, NULL);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

typedef struct {
  DinhRenderer *renderer;
  char *path;
} Damage;

static void
free_damage (gpointer data)
{
  Damage *damage = data;

  g_object_unref (damage->renderer);
  g_free (damage->path);
  g_free (damage);
}

static gboolean
on_damage_due (gpointer data)
{
  Damage *damage = data;

  g_signal_emit (damage->renderer, signals[DAMAGED], 0, damage->path);
  return G_SOURCE_REMOVE;
}

/* Tells of a paper that must come again, once whoever asked for a drawing has taken the error: the paper may be
 * put away for it. */
void
dinh_renderer_note_error (DinhRenderer *self, const char *path, const GError *error)
{
  Damage *damage;

  if (!g_error_matches (error, DINH_PAPER_ERROR, DINH_PAPER_ERROR_DAMAGED))
    return;
  damage = g_new (Damage, 1);
  *damage = (Damage){g_object_ref (self), g_strdup (path)};
  g_idle_add_full (G_PRIORITY_DEFAULT, on_damage_due, damage, free_damage);
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
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->n_workers; i++)
    g_queue_push_tail (&self->workers[i].forgotten, GUINT_TO_POINTER (paper));
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
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
  dinh_renderer_push (self, task, G_MININT, dinh_document_open_in_helper, g_object_unref);
}

/* Returns the opened document, owned by the caller. Errors: G_IO_ERROR for a file that cannot be read,
 * DINH_PAPER_ERROR for one that cannot be shown. */
DinhDocument *
dinh_renderer_open_finish (DinhRenderer *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GError) fault = NULL;
  DinhDocument *document;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  document = g_task_propagate_pointer (G_TASK (result), &fault);
  dinh_renderer_note_error (self, g_task_get_task_data (G_TASK (result)), fault);
  if (fault != NULL)
    g_propagate_error (error, g_steal_pointer (&fault));
  return document;
}
