/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-refill.h"

#include "data/record/dinh-lines.h"

/*
 * Asks again for the events that this device could not read when it first got them: its site has joined a group since.
 * One stream after the other, each from its first hidden event on, page by page.
 */

#define PAGE_LIMIT (8 * 1024 * 1024)

typedef struct {
  DinhHubClient *client;
  DinhKeeper *keeper;
  GPtrArray *streams; /* ids */
  guint current;
  guint64 after;
  GBytes *lines;
  DinhCatchUpProgress progress;
  gpointer progress_data;
} Refill;

static void next_stream (GTask *task);
static void ask_page (GTask *task);

static void
refill_free (Refill *job)
{
  g_object_unref (job->client);
  g_object_unref (job->keeper);
  g_ptr_array_unref (job->streams);
  g_clear_pointer (&job->lines, g_bytes_unref);
  g_free (job);
}

static const char *
get_stream (const Refill *job)
{
  return g_ptr_array_index (job->streams, job->current);
}

/* Takes @task and @error. */
static void
fail (GTask *task, GError *error)
{
  g_task_return_error (task, error);
  g_object_unref (task);
}

/* In the keeper's thread, as fill_page(); the main thread leaves the job alone meanwhile. */
static gpointer
find_hidden (DinhReplica *replica, gpointer data, GError **error)
{
  const Refill *job = g_task_get_task_data (data);
  guint64 seq = 0;

  dinh_replica_find_hidden (replica, get_stream (job), &seq, error);
  return g_memdup2 (&seq, sizeof seq);
}

static gpointer
fill_page (DinhReplica *replica, gpointer data, GError **error)
{
  const Refill *job = g_task_get_task_data (data);

  return dinh_replica_fill (replica, get_stream (job), job->after, job->lines, error);
}

static void
on_page_filled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Refill *job = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (DinhCopy) copy = dinh_keeper_run_finish (DINH_KEEPER (source), result, &error);

  if (copy == NULL) {
    fail (task, error);
    return;
  }
  job->progress (copy, job->progress_data);
  job->after += dinh_lines_count (job->lines);
  if (job->after < copy->state->size) {
    ask_page (task);
    return;
  }
  job->current++;
  next_stream (task);
}

static void
on_page_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Refill *job = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (DinhAnswer) answer = dinh_hub_client_send_finish (DINH_HUB_CLIENT (source), result, &error);

  if (answer == NULL) {
    fail (task, error);
    return;
  }
  g_clear_pointer (&job->lines, g_bytes_unref);
  job->lines = g_bytes_ref (answer->body);
  if (dinh_lines_count (job->lines) > 0) {
    dinh_keeper_run_async (job->keeper, fill_page, task, NULL, (GDestroyNotify) dinh_copy_free, NULL, on_page_filled, task);
    return;
  }
  /* A hub that has fewer than are here: the next check tells. */
  job->current++;
  next_stream (task);
}

static void
ask_page (GTask *task)
{
  Refill *job = g_task_get_task_data (task);
  g_autofree char *path =
    g_strdup_printf ("/v1/streams/%s/events?after=%" G_GUINT64_FORMAT, get_stream (job), job->after);
  DinhRequest request = { .path = path, .limit = PAGE_LIMIT, .seconds = 60 };

  dinh_hub_client_send_async (job->client, &request, g_task_get_cancellable (task), on_page_answered, task);
}

static void
on_hidden_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Refill *job = g_task_get_task_data (task);
  GError *error = NULL;
  g_autofree guint64 *seq = dinh_keeper_run_finish (DINH_KEEPER (source), result, &error);

  if (error != NULL) {
    fail (task, error);
  } else if (*seq > 0) {
    job->after = *seq - 1;
    ask_page (task);
  } else {
    job->current++;
    next_stream (task);
  }
}

static void
next_stream (GTask *task)
{
  Refill *job = g_task_get_task_data (task);

  if (job->current < job->streams->len) {
    dinh_keeper_run_async (job->keeper, find_hidden, task, NULL, g_free, NULL, on_hidden_found, task);
    return;
  }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/**
 * dinh_refill_async:
 * @streams: (transfer full) (element-type utf8): ids of streams that are held
 * @progress: called with each stream that was filled
 *
 * Takes in the texts of events that may be read now. Streams that had none hidden cost nothing.
 */
void
dinh_refill_async (DinhHubClient *client, DinhKeeper *keeper, GPtrArray *streams, DinhCatchUpProgress progress,
                   gpointer progress_data, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (client, cancellable, callback, user_data);
  Refill *job = g_new0 (Refill, 1);

  job->client = g_object_ref (client);
  job->keeper = g_object_ref (keeper);
  job->streams = streams;
  job->progress = progress;
  job->progress_data = progress_data;
  g_task_set_task_data (task, job, (GDestroyNotify) refill_free);
  next_stream (task);
}

/**
 * dinh_refill_finish:
 *
 * Returns: %FALSE with a #DinhNetError, #DinhRecordError, #DinhStoreError or %G_IO_ERROR_CANCELLED; what was filled before
 * stays.
 */
gboolean
dinh_refill_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
