/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-catch-up.h"

#include "data/net/dinh-net-error.h"
#include "data/record/dinh-lines.h"

#include <string.h>

/*
 * Brings one stream up to the hub's, page by page: ask for a page, ask for the proof that it is the beginning of what the
 * hub signed (unless it is the end), have it checked and stored, tell, and again. Where lines and signed root do not fit,
 * one more proof decides which it is: a bad page, or a hub whose record is not the one that this device knows.
 */

#define PAGE_LIMIT (8 * 1024 * 1024)
#define WAIT_GRACE 15

typedef struct {
  DinhHubClient *client;
  DinhKeeper *keeper;
  char *stream;
  char *kind;
  guint64 after;
  guint wait;
  DinhCatchUpProgress progress;
  gpointer progress_data;

  /* the page at hand */
  GBytes *lines;
  guint64 n_lines;
  guint64 size; /* of the hub's stream */
  char *note;
  json_t *proof;
  GError *mismatch;
} CatchUp;

static void ask_page (GTask *task);
static void ask_proof (GTask *task, guint64 from);

static void
forget_page (CatchUp *job)
{
  g_clear_pointer (&job->lines, g_bytes_unref);
  g_clear_pointer (&job->note, g_free);
  g_clear_pointer (&job->proof, json_decref);
  g_clear_error (&job->mismatch);
}

static void
catch_up_free (CatchUp *job)
{
  forget_page (job);
  g_object_unref (job->client);
  g_object_unref (job->keeper);
  g_free (job->stream);
  g_free (job->kind);
  g_free (job);
}

/* Takes @task and @error. */
static void
fail (GTask *task, GError *error)
{
  const CatchUp *job = g_task_get_task_data (task);

  g_prefix_error (&error, "stream “%s”: ", job->stream);
  g_task_return_error (task, error);
  g_object_unref (task);
}

static void
finish (GTask *task)
{
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/* In the keeper's thread; the main thread leaves the job alone meanwhile. */
static gpointer
take_page (DinhReplica *replica, gpointer data, GError **error)
{
  CatchUp *job = g_task_get_task_data (data);
  DinhPage page = { job->stream, job->kind, job->lines, job->note, job->proof };

  return dinh_replica_take (replica, &page, error);
}

static gpointer
compare_record (DinhReplica *replica, gpointer data, GError **error)
{
  CatchUp *job = g_task_get_task_data (data);
  DinhStanding standing;
  guint64 size;

  if (!dinh_replica_compare (replica, job->stream, job->note, job->proof, job->after, &standing, &size, error))
    return NULL;
  if (standing == DINH_STANDING_FORKED)
    g_set_error (error, DINH_NET_ERROR, DINH_NET_ERROR_FORKED, "%s", job->mismatch->message);
  else if (standing == DINH_STANDING_WENT_BACK)
    g_set_error (error, DINH_NET_ERROR, DINH_NET_ERROR_WENT_BACK, "the hub's record went back");
  else
    g_set_error (error, DINH_NET_ERROR, DINH_NET_ERROR_PROTOCOL, "%s", job->mismatch->message);
  return NULL;
}

static void
on_compared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  dinh_keeper_run_finish (DINH_KEEPER (source), result, &error);
  fail (user_data, error);
}

static void
on_page_taken (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  CatchUp *job = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhCopy) copy = dinh_keeper_run_finish (DINH_KEEPER (source), result, &error);

  if (g_error_matches (error, DINH_NET_ERROR, DINH_NET_ERROR_FORKED)) {
    job->mismatch = g_steal_pointer (&error);
    g_clear_pointer (&job->proof, json_decref);
    ask_proof (task, job->after);
    return;
  }
  if (copy == NULL) {
    fail (task, g_steal_pointer (&error));
    return;
  }
  job->after = copy->state->size;
  job->progress (copy, job->progress_data);
  if (job->after < job->size)
    ask_page (task);
  else
    finish (task);
}

static void
use_proof (GTask *task)
{
  CatchUp *job = g_task_get_task_data (task);

  if (job->mismatch == NULL)
    dinh_keeper_run_async (job->keeper, take_page, task, NULL, (GDestroyNotify) dinh_copy_free, NULL, on_page_taken, task);
  else
    dinh_keeper_run_async (job->keeper, compare_record, task, NULL, NULL, NULL, on_compared, task);
}

static void
on_proof_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  CatchUp *job = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhAnswer) answer = dinh_hub_client_send_finish (DINH_HUB_CLIENT (source), result, &error);

  if (answer != NULL)
    job->proof = dinh_json_parse (g_bytes_get_data (answer->body, NULL), g_bytes_get_size (answer->body), &error);
  if (job->proof == NULL)
    fail (task, g_steal_pointer (&error));
  else
    use_proof (task);
}

static void
ask_proof (GTask *task, guint64 from)
{
  CatchUp *job = g_task_get_task_data (task);
  g_autofree char *path = g_strdup_printf ("/v1/streams/%s/proof?from=%" G_GUINT64_FORMAT "&to=%" G_GUINT64_FORMAT,
                                           job->stream, from, job->size);
  DinhRequest request = { .path = path };

  if (from == 0 || from >= job->size)
    use_proof (task);
  else
    dinh_hub_client_send_async (job->client, &request, g_task_get_cancellable (task), on_proof_answered, task);
}

static gboolean
read_page (CatchUp *job, const DinhAnswer *answer, GError **error)
{
  const char *size = soup_message_headers_get_one (answer->headers, "Dinh-Size");
  const char *note = soup_message_headers_get_one (answer->headers, "Dinh-Checkpoint");
  g_autofree char *decoded = NULL;
  gsize length = 0;

  forget_page (job);
  if (size == NULL || note == NULL || !g_ascii_string_to_unsigned (size, 10, 0, G_MAXINT64, &job->size, NULL)) {
    g_set_error_literal (error, DINH_NET_ERROR, DINH_NET_ERROR_PROTOCOL, "events without size or checkpoint");
    return FALSE;
  }
  decoded = (char *) g_base64_decode (note, &length);
  job->note = g_strndup (decoded == NULL ? "" : decoded, length);
  job->lines = g_bytes_ref (answer->body);
  job->n_lines = dinh_lines_count (job->lines);
  if (job->n_lines > 0 || job->wait > 0 || job->size <= job->after)
    return TRUE;
  g_set_error_literal (error, DINH_NET_ERROR, DINH_NET_ERROR_PROTOCOL, "no events although there are more");
  return FALSE;
}

static void
on_page_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  CatchUp *job = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhAnswer) answer = dinh_hub_client_send_finish (DINH_HUB_CLIENT (source), result, &error);

  if (answer == NULL || !read_page (job, answer, &error)) {
    fail (task, g_steal_pointer (&error));
    return;
  }
  job->wait = 0;
  if (job->n_lines == 0)
    finish (task);
  else
    ask_proof (task, job->after + job->n_lines);
}

static void
ask_page (GTask *task)
{
  CatchUp *job = g_task_get_task_data (task);
  g_autofree char *wait = job->wait == 0 ? g_strdup ("") : g_strdup_printf ("&wait=%u", job->wait);
  g_autofree char *path =
    g_strdup_printf ("/v1/streams/%s/events?after=%" G_GUINT64_FORMAT "%s", job->stream, job->after, wait);
  DinhRequest request = { .path = path, .limit = PAGE_LIMIT, .seconds = job->wait == 0 ? 60 : job->wait + WAIT_GRACE };

  dinh_hub_client_send_async (job->client, &request, g_task_get_cancellable (task), on_page_answered, task);
}

/**
 * dinh_catch_up_async:
 *
 * Takes in what the hub has of a stream behind the events that are held. What was stored before an error stays, and was
 * told.
 */
void
dinh_catch_up_async (DinhHubClient *client, DinhKeeper *keeper, const DinhCatchUp *what, GCancellable *cancellable,
                     GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (client, cancellable, callback, user_data);
  CatchUp *job = g_new0 (CatchUp, 1);

  job->client = g_object_ref (client);
  job->keeper = g_object_ref (keeper);
  job->stream = g_strdup (what->stream);
  job->kind = g_strdup (what->kind);
  job->after = what->after;
  job->wait = what->wait;
  job->progress = what->progress;
  job->progress_data = what->progress_data;
  g_task_set_task_data (task, job, (GDestroyNotify) catch_up_free);
  ask_page (task);
}

/**
 * dinh_catch_up_finish:
 *
 * Returns: %FALSE with a #DinhNetError (%DINH_NET_ERROR_FORKED and %DINH_NET_ERROR_WENT_BACK are proven), #DinhRecordError,
 * #DinhCheckpointError, #DinhStoreError or %G_IO_ERROR_CANCELLED.
 */
gboolean
dinh_catch_up_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
