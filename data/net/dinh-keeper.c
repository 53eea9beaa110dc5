/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-keeper.h"

/*
 * The one thread that owns what this device has stored. Work is done in the order in which it was asked for, and what is
 * asked for before dinh_keeper_stop() is done.
 */
struct _DinhKeeper {
  GObject parent_instance;

  char *path;
  DinhSeal *seal;
  char *body;
  char *record_key;
  DinhReplica *replica; /* the thread's, as the next */
  GError *fault;        /* why there is no replica */
  GAsyncQueue *queue;   /* of GTask; the keeper itself means stop */
  GThread *thread;
};

typedef struct {
  DinhKeeperWork work;
  gpointer data;
  GDestroyNotify free_data;
  GDestroyNotify free_result;
} Job;

typedef struct {
  char *name;
  char *value;
} Value;

G_DEFINE_FINAL_TYPE (DinhKeeper, dinh_keeper, G_TYPE_OBJECT)

static void
job_free (Job *job)
{
  if (job->free_data != NULL)
    job->free_data (job->data);
  g_free (job);
}

static void
value_free (Value *value)
{
  g_free (value->name);
  g_free (value->value);
  g_free (value);
}

static void
run_job (DinhKeeper *self, GTask *task)
{
  const Job *job = g_task_get_task_data (task);
  GError *error = NULL;
  gpointer result;

  if (g_task_return_error_if_cancelled (task))
    return;
  if (self->replica == NULL) {
    g_task_return_error (task, g_error_copy (self->fault));
    return;
  }
  result = job->work (self->replica, job->data, &error);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, result, job->free_result);
}

static gpointer
run_thread (gpointer user_data)
{
  DinhKeeper *self = user_data;
  gpointer item;

  self->replica = dinh_replica_open (self->path, self->seal, self->body, self->record_key, &self->fault);
  while ((item = g_async_queue_pop (self->queue)) != self) {
    run_job (self, item);
    g_object_unref (item);
  }
  g_clear_pointer (&self->replica, dinh_replica_free);
  return NULL;
}

/**
 * dinh_keeper_stop:
 *
 * Finishes what was asked for and closes the store. Blocks for as long as that takes; nothing can be asked afterwards.
 */
void
dinh_keeper_stop (DinhKeeper *self)
{
  if (self->thread == NULL)
    return;
  g_async_queue_push (self->queue, self);
  g_clear_pointer (&self->thread, g_thread_join);
}

static void
dinh_keeper_finalize (GObject *object)
{
  DinhKeeper *self = DINH_KEEPER (object);

  dinh_keeper_stop (self);
  g_async_queue_unref (self->queue);
  g_clear_error (&self->fault);
  g_free (self->path);
  g_clear_pointer (&self->seal, dinh_seal_unref);
  g_free (self->body);
  g_free (self->record_key);
  G_OBJECT_CLASS (dinh_keeper_parent_class)->finalize (object);
}

static void
dinh_keeper_class_init (DinhKeeperClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dinh_keeper_finalize;
}

static void
dinh_keeper_init (DinhKeeper *self)
{
  self->queue = g_async_queue_new ();
}

/**
 * dinh_keeper_new:
 * @path: the database's file, made when it is not there
 * @seal: what it is sealed by
 * @body: UUID of the body
 * @record_key: public key of the hub's record
 *
 * Starts the thread. Returns: (transfer full): the keeper; that its store cannot be opened is told to whoever asks.
 */
DinhKeeper *
dinh_keeper_new (const char *path, DinhSeal *seal, const char *body, const char *record_key)
{
  DinhKeeper *self = g_object_new (DINH_TYPE_KEEPER, NULL);

  self->path = g_strdup (path);
  self->seal = dinh_seal_ref (seal);
  self->body = g_strdup (body);
  self->record_key = g_strdup (record_key);
  self->thread = g_thread_new ("dinh-keeper", run_thread, self);
  return self;
}

/**
 * dinh_keeper_run_async:
 * @data: what @work is called with; freed by @free_data
 * @free_result: (nullable): frees a result that nobody takes
 *
 * Has @work done in the thread.
 */
void
dinh_keeper_run_async (DinhKeeper *self, DinhKeeperWork work, gpointer data, GDestroyNotify free_data,
                       GDestroyNotify free_result, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Job *job = g_new0 (Job, 1);

  job->work = work;
  job->data = data;
  job->free_data = free_data;
  job->free_result = free_result;
  g_task_set_task_data (task, job, (GDestroyNotify) job_free);
  if (self->thread != NULL) {
    g_async_queue_push (self->queue, task);
    return;
  }
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, "the store is closed");
  g_object_unref (task);
}

/**
 * dinh_keeper_run_finish:
 *
 * Returns: what the work gave, or %NULL; @error is set if it failed.
 */
gpointer
dinh_keeper_run_finish (DinhKeeper *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gpointer
get_value (DinhReplica *replica, gpointer data, GError **error)
{
  const Value *value = data;
  char *found = NULL;

  dinh_store_get_value (dinh_replica_get_store (replica), value->name, &found, error);
  return found;
}

static gpointer
put_value (DinhReplica *replica, gpointer data, GError **error)
{
  const Value *value = data;
  DinhStore *store = dinh_replica_get_store (replica);

  if (!dinh_store_begin (store, error))
    return NULL;
  if (dinh_store_put_value (store, value->name, value->value, error))
    dinh_store_commit (store, error);
  else
    dinh_store_rollback (store);
  return NULL;
}

static void
ask_value (DinhKeeper *self, DinhKeeperWork work, const char *name, const char *text, GCancellable *cancellable,
           GAsyncReadyCallback callback, gpointer user_data)
{
  Value *value = g_new0 (Value, 1);

  value->name = g_strdup (name);
  value->value = g_strdup (text);
  dinh_keeper_run_async (self, work, value, (GDestroyNotify) value_free, g_free, cancellable, callback, user_data);
}

/**
 * dinh_keeper_get_value_async:
 *
 * Asks for a small value; dinh_keeper_run_finish() gives its text, to be freed, or %NULL if there is none.
 */
void
dinh_keeper_get_value_async (DinhKeeper *self, const char *name, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  ask_value (self, get_value, name, NULL, cancellable, callback, user_data);
}

/**
 * dinh_keeper_put_value_async:
 * @value: (nullable): %NULL removes it
 *
 * Keeps a small value durably.
 */
void
dinh_keeper_put_value_async (DinhKeeper *self, const char *name, const char *value, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  ask_value (self, put_value, name, value, cancellable, callback, user_data);
}
