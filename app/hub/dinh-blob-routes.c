/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hub/dinh-metrics.h"
#include "app/hub/dinh-server.h"
#include "data/hash/dinh-hash.h"
#include "data/record/dinh-redaction.h"

#include <string.h>

/* Papers: nginx sends them, the hub says who may have them and takes them in. */

#define MAX_PIECE (4 * 1024 * 1024)
#define MAX_SIZE (G_GINT64_CONSTANT (1) << 30)
#define IDLE_UPLOAD_SECONDS 600

/* An upload between two pieces: its hash so far is worth keeping. */
static GHashTable *uploads; /* sha256 → DinhPaperWriter; one hub a process */

static gboolean
is_paper_of (const DinhViewer *reader, const DinhState *state, const char *sha256)
{
  const char *key;
  json_t *paper;

  json_object_foreach (json_object_get (state->json, "papers"), key, paper)
  {
    if ((g_strcmp0 (dinh_json_get_string (paper, "sha256"), sha256) == 0 ||
         g_strcmp0 (dinh_json_get_string (paper, "replaces"), sha256) == 0) &&
        json_object_get (paper, "recalled") == NULL &&
        dinh_viewer_may_read (reader, json_object_get (paper, "readers")))
      return TRUE;
  }
  return FALSE;
}

/* A device gets the papers of the meetings that it may see; administrators get all. */
static gboolean
may_have (DinhExchange *exchange)
{
  g_autoptr (GPtrArray) views = NULL;
  g_autoptr (DinhViewer) reader = NULL;

  if (strcmp (exchange->actor.profile, "admin") == 0)
    return TRUE;
  views = dinh_writer_list_views (dinh_hub_get_writer (exchange->hub));
  reader = dinh_viewer_new (exchange->body->state, &exchange->actor);
  for (guint i = 0; i < views->len; i++) {
    const DinhView *view = g_ptr_array_index (views, i);

    if (dinh_viewer_may_see (reader, view->state) && is_paper_of (reader, view->state, exchange->argument))
      return TRUE;
  }
  return FALSE;
}

static gboolean
check_name (DinhExchange *exchange)
{
  if (dinh_hash_is_hex (exchange->argument))
    return TRUE;
  dinh_exchange_problem (exchange, 400, "wrong-field", "“%.80s” is not a SHA-256", exchange->argument);
  return FALSE;
}

static void
set_offset (DinhExchange *exchange, gint64 offset)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, offset);

  dinh_exchange_set_header (exchange, "Dinh-Offset", text);
}

static void
answer_head (DinhExchange *exchange, gint64 size)
{
  soup_message_headers_set_content_length (soup_server_message_get_response_headers (exchange->message),
                                           size);
  dinh_exchange_answer_empty (exchange, 200);
}

void
dinh_handle_blob_read (DinhExchange *exchange)
{
  DinhPaperStore *papers = dinh_hub_get_papers (exchange->hub);
  const char *sha256 = exchange->argument;
  gint64 size = 0;

  if (!check_name (exchange))
    return;
  if (!may_have (exchange) || !dinh_paper_store_has (papers, sha256, &size)) {
    if (strcmp (exchange->actor.profile, "admin") == 0)
      set_offset (exchange, dinh_paper_store_get_partial_size (papers, sha256));
    dinh_exchange_problem (exchange, 404, "missing", "no paper “%s”", sha256);
  } else if (strcmp (soup_server_message_get_method (exchange->message), "HEAD") == 0) {
    answer_head (exchange, size);
  } else {
    g_autofree char *redirect = g_strdup_printf ("/papers/%.2s/%s", sha256, sha256);
    g_autofree char *tag = g_strdup_printf ("\"%s\"", sha256);

    dinh_exchange_set_header (exchange, "X-Accel-Redirect", redirect);
    dinh_exchange_set_header (exchange, "Content-Type", "application/pdf");
    dinh_exchange_set_header (exchange, "Cache-Control", "private, immutable, max-age=31536000");
    dinh_exchange_set_header (exchange, "ETag", tag);
    dinh_exchange_answer_empty (exchange, 200);
  }
}

/* A piece on its way to the disk. */
typedef struct {
  DinhExchange *exchange;
  DinhPaperWriter *writer; /* NULL: to be opened */
  GBytes *bytes;
  gint64 first; /* -1: only asks */
  gint64 size;
  gint64 offset;     /* out: what is here now */
  gboolean complete; /* out: the paper is in its place */
} Piece;

static void
piece_free (Piece *piece)
{
  g_clear_pointer (&piece->writer, dinh_paper_writer_free);
  g_bytes_unref (piece->bytes);
  g_free (piece);
}

/* Checks the bytes, all of which are here, and puts the paper in its place. */
static gboolean
complete (Piece *piece, GError **error)
{
  piece->complete = dinh_paper_writer_finish (piece->writer, error);
  return piece->complete;
}

static gboolean
open_writer (Piece *piece, GError **error)
{
  if (piece->writer != NULL && dinh_paper_writer_get_size (piece->writer) != piece->size)
    g_clear_pointer (&piece->writer, dinh_paper_writer_free);
  if (piece->writer == NULL)
    piece->writer = dinh_paper_writer_open (dinh_hub_get_papers (piece->exchange->hub),
                                            piece->exchange->argument, piece->size, error);
  piece->offset = piece->writer == NULL ? 0 : dinh_paper_writer_get_offset (piece->writer);
  return piece->writer != NULL;
}

/* The last byte may have come just before the hub died: no piece will follow that would have it checked. */
static gboolean
take_up (Piece *piece, GError **error)
{
  g_autoptr (GError) fault = NULL;

  if (!open_writer (piece, error))
    return FALSE;
  if (piece->offset < piece->size || complete (piece, &fault))
    return TRUE;
  g_clear_pointer (&piece->writer, dinh_paper_writer_free);
  if (g_error_matches (fault, DINH_STORE_ERROR, DINH_STORE_ERROR_HASH))
    return open_writer (piece, error);
  g_propagate_error (error, g_steal_pointer (&fault));
  return FALSE;
}

/* Returns whether the piece was the one that is wanted. */
static gboolean
append (Piece *piece, GError **error)
{
  gsize length;
  const void *data = g_bytes_get_data (piece->bytes, &length);

  if (!take_up (piece, error) || piece->complete || piece->offset != piece->first ||
      !dinh_paper_writer_write (piece->writer, data, length, error))
    return FALSE;
  piece->offset = dinh_paper_writer_get_offset (piece->writer);
  return piece->offset < piece->size || complete (piece, error);
}

static void
write_piece (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;
  gboolean written = append (task_data, &error);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, written);
}

static gboolean
on_upload_idle (gpointer user_data)
{
  g_hash_table_remove (uploads, user_data);
  return G_SOURCE_REMOVE;
}

static void
keep_upload (Piece *piece)
{
  char *name = g_strdup (piece->exchange->argument);

  g_hash_table_insert (uploads, name, g_steal_pointer (&piece->writer));
  g_timeout_add_seconds_full (G_PRIORITY_LOW, IDLE_UPLOAD_SECONDS, on_upload_idle, g_strdup (name), g_free);
}

static void
answer_failure (DinhExchange *exchange, const GError *error)
{
  if (g_error_matches (error, DINH_STORE_ERROR, DINH_STORE_ERROR_HASH))
    dinh_exchange_problem (exchange, 422, "hash-mismatch", "%s", error->message);
  else if (g_error_matches (error, DINH_STORE_ERROR, DINH_STORE_ERROR_BUSY))
    dinh_exchange_problem (exchange, 409, "busy", "%s", error->message);
  else
    dinh_exchange_fail (exchange, error);
}

static void
on_piece_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Piece *piece = g_task_get_task_data (G_TASK (result));
  DinhExchange *exchange = piece->exchange;
  g_autoptr (GError) error = NULL;
  gboolean written = g_task_propagate_boolean (G_TASK (result), &error);

  if (error != NULL) {
    answer_failure (exchange, error);
    return;
  }
  set_offset (exchange, piece->offset);
  if (written)
    dinh_metrics_add (DINH_METRIC_UPLOADED_BYTES, g_bytes_get_size (piece->bytes));
  if (piece->complete) {
    dinh_exchange_answer_empty (exchange, 201);
    return;
  }
  keep_upload (piece);
  dinh_exchange_answer_empty (exchange, 202);
}

/* Without a body and a first byte ("bytes" star "/TOTAL") only asks how far the upload is. */
static gboolean
read_question (const char *range, gsize length, gint64 *size)
{
  return length == 0 && range != NULL && g_str_has_prefix (range, "bytes */") &&
         g_ascii_string_to_signed (range + strlen ("bytes */"), 10, 1, MAX_SIZE, size, NULL);
}

/* "bytes A-B/TOTAL" that fits the body (RFC 9110 §14.4). */
static gboolean
read_range (DinhExchange *exchange, gsize length, gint64 *first, gint64 *size)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (exchange->message);
  goffset start, end, total;

  *first = -1;
  if (read_question (soup_message_headers_get_one (headers, "Content-Range"), length, size))
    return TRUE;
  if (!soup_message_headers_get_content_range (headers, &start, &end, &total) || start < 0 || start > end ||
      end >= total || end - start + 1 != (goffset) length) {
    dinh_exchange_problem (exchange, 400, "wrong-field", "header “Content-Range” does not fit %zu bytes",
                           length);
    return FALSE;
  }
  if (length > MAX_PIECE || total > MAX_SIZE) {
    dinh_exchange_problem (exchange, 413, "too-large",
                           "at most %d bytes a piece and %" G_GINT64_FORMAT " a paper", MAX_PIECE, MAX_SIZE);
    return FALSE;
  }
  *first = start;
  *size = total;
  return TRUE;
}

void
dinh_handle_blob_write (DinhExchange *exchange)
{
  g_autoptr (GBytes) bytes =
      soup_message_body_flatten (soup_server_message_get_request_body (exchange->message));
  g_autoptr (GTask) task = NULL;
  g_autofree char *name = NULL;
  gint64 first, size;
  gpointer writer = NULL;
  Piece *piece;

  if (!check_name (exchange) || !read_range (exchange, g_bytes_get_size (bytes), &first, &size))
    return;
  if (dinh_paper_store_has (dinh_hub_get_papers (exchange->hub), exchange->argument, NULL)) {
    dinh_exchange_answer_empty (exchange, 201);
    return;
  }
  if (uploads == NULL)
    uploads =
        g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) dinh_paper_writer_free);
  g_hash_table_steal_extended (uploads, exchange->argument, (gpointer *) &name, &writer);
  piece = g_new0 (Piece, 1);
  piece->exchange = exchange;
  piece->writer = writer;
  piece->bytes = g_steal_pointer (&bytes);
  piece->first = first;
  piece->size = size;
  task = g_task_new (NULL, NULL, on_piece_written, NULL);
  g_task_set_task_data (task, piece, (GDestroyNotify) piece_free);
  g_task_run_in_thread (task, write_piece);
}
