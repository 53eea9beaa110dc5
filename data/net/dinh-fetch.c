/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-fetch.h"

#include "data/net/dinh-net-error.h"

/*
 * Brings one paper here. What is there already is not fetched again: the part that an earlier try left, or the version
 * before, which a signature was appended to. Whether such a beginning was right only the hash of the whole can tell; if it
 * was not, the paper is fetched once more from its first byte.
 */

#define PIECE (256 * 1024)
#define N_PIECES 4

/**
 * dinh_fetch_new:
 * @size: bytes of the paper
 * @before: (nullable): SHA-256 of a complete paper that this one may begin with
 *
 * Returns: (transfer full): a fetch that has not begun.
 */
DinhFetch *
dinh_fetch_new (const char *sha256, gint64 size, const char *before, gint64 before_size)
{
  DinhFetch *self = g_new0 (DinhFetch, 1);

  self->sha256 = g_strdup (sha256);
  self->size = size;
  self->before = g_strdup (before);
  self->before_size = before_size;
  self->cancellable = g_cancellable_new ();
  return self;
}

/**
 * dinh_fetch_free:
 *
 * Frees the fetch, which must not be running.
 */
void
dinh_fetch_free (DinhFetch *self)
{
  g_free (self->sha256);
  g_free (self->before);
  g_object_unref (self->cancellable);
  g_free (self);
}

static void
set_fetched (DinhFetch *self, DinhPaperWriter *writer)
{
  g_atomic_pointer_set (&self->fetched, (gsize) dinh_paper_writer_get_offset (writer));
}

/* Bytes on their way from the thread that receives to the one that writes, and the empty piece back. */
typedef struct {
  gsize length; /* 0: there are no more */
  char bytes[PIECE];
} Piece;

typedef struct {
  DinhFetch *fetch;
  DinhPaperWriter *writer;
  GAsyncQueue *empty;
  GAsyncQueue *full;
  int failed; /* atomic */
  GError *error;
} Pump;

/* Writing and hashing, while the next piece is received and deciphered. */
static gpointer
run_pump (gpointer data)
{
  Pump *pump = data;
  Piece *piece;

  while ((piece = g_async_queue_pop (pump->full))->length > 0) {
    if (pump->error == NULL && !dinh_paper_writer_write (pump->writer, piece->bytes, piece->length, &pump->error))
      g_atomic_int_set (&pump->failed, TRUE);
    set_fetched (pump->fetch, pump->writer);
    g_async_queue_push (pump->empty, piece);
  }
  g_async_queue_push (pump->empty, piece);
  return NULL;
}

/* Until the end or the first fault, which is in @fault unless it is the pump's. */
static void
fill_pump (Pump *pump, GInputStream *stream, GError **fault)
{
  gboolean more = TRUE;

  while (more && !g_atomic_int_get (&pump->failed)) {
    Piece *piece = g_async_queue_pop (pump->empty);

    more = g_input_stream_read_all (stream, piece->bytes, PIECE, &piece->length, pump->fetch->cancellable, fault) &&
           piece->length == PIECE;
    g_atomic_pointer_add (&pump->fetch->received, piece->length);
    g_async_queue_push (piece->length > 0 ? pump->full : pump->empty, piece);
  }
}

static void
run_pumped (Pump *pump, GInputStream *stream, GError **fault)
{
  g_autoptr (GThread) thread = NULL;
  Piece *last;

  pump->empty = g_async_queue_new_full (g_free);
  pump->full = g_async_queue_new_full (g_free);
  for (guint i = 0; i < N_PIECES; i++)
    g_async_queue_push (pump->empty, g_new (Piece, 1));
  thread = g_thread_new ("dinh-pump", run_pump, pump);
  fill_pump (pump, stream, fault);
  last = g_async_queue_pop (pump->empty);
  last->length = 0;
  g_async_queue_push (pump->full, last);
  g_thread_join (g_steal_pointer (&thread));
  g_async_queue_unref (pump->empty);
  g_async_queue_unref (pump->full);
}

/* What fits into one piece is not worth a thread. */
static void
run_small (Pump *pump, GInputStream *stream, GError **fault)
{
  g_autofree Piece *piece = g_new (Piece, 1);

  g_input_stream_read_all (stream, piece->bytes, PIECE, &piece->length, pump->fetch->cancellable, fault);
  g_atomic_pointer_add (&pump->fetch->received, piece->length);
  dinh_paper_writer_write (pump->writer, piece->bytes, piece->length, &pump->error);
  set_fetched (pump->fetch, pump->writer);
}

/* Everything that comes; what came before a fault is kept. */
static gboolean
receive (DinhFetch *self, GInputStream *stream, DinhPaperWriter *writer, GError **error)
{
  Pump pump = { .fetch = self, .writer = writer };
  g_autoptr (GError) fault = NULL;

  if (self->size - dinh_paper_writer_get_offset (writer) < PIECE)
    run_small (&pump, stream, &fault);
  else
    run_pumped (&pump, stream, &fault);
  if (pump.error != NULL) {
    g_propagate_error (error, pump.error);
    return FALSE;
  }
  if (g_error_matches (fault, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_propagate_error (error, g_steal_pointer (&fault));
    return FALSE;
  }
  if (dinh_paper_writer_get_offset (writer) == self->size)
    return TRUE;
  g_set_error (error, DINH_NET_ERROR, DINH_NET_ERROR_UNREACHABLE, "“%s” was cut off: %s", self->sha256,
               fault == NULL ? "the end came early" : fault->message);
  return FALSE;
}

static DinhPaperWriter *
open_writer (DinhFetch *self, DinhPaperStore *store, gboolean afresh, GError **error)
{
  g_autoptr (DinhPaperWriter) writer = NULL;

  if (afresh && !dinh_paper_store_remove (store, self->sha256, error))
    return NULL;
  writer = dinh_paper_writer_open (store, self->sha256, self->size, error);
  if (writer == NULL)
    return NULL;
  if (!afresh && self->before != NULL && self->before_size < self->size && dinh_paper_writer_get_offset (writer) == 0) {
    if (!dinh_paper_writer_write_head (writer, self->before, NULL)) {
      g_clear_pointer (&writer, dinh_paper_writer_free);
      return open_writer (self, store, TRUE, error);
    }
  }
  set_fetched (self, writer);
  return g_steal_pointer (&writer);
}

/* Passes over what a hub (or a cache in between) sends although it is here already. */
static gboolean
skip (DinhFetch *self, GInputStream *stream, gint64 length, GError **error)
{
  while (length > 0) {
    gssize skipped = g_input_stream_skip (stream, (gsize) MIN (length, PIECE), self->cancellable, NULL);

    if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
      return FALSE;
    if (skipped <= 0) {
      g_set_error (error, DINH_NET_ERROR, DINH_NET_ERROR_UNREACHABLE, "“%s” was cut off", self->sha256);
      return FALSE;
    }
    g_atomic_pointer_add (&self->received, skipped);
    length -= skipped;
  }
  return TRUE;
}

/* One try. @begun_with says how much of the paper was not fetched by it. */
static gboolean
try_fetch (DinhFetch *self, DinhHubClient *client, DinhPaperStore *store, gboolean afresh, gint64 *begun_with,
           GError **error)
{
  g_autoptr (DinhPaperWriter) writer = open_writer (self, store, afresh, error);
  g_autofree char *path = g_strconcat ("/v1/blobs/", self->sha256, NULL);
  g_autoptr (GInputStream) stream = NULL;
  gint64 offset;

  if (writer == NULL)
    return FALSE;
  *begun_with = offset = dinh_paper_writer_get_offset (writer);
  if (offset < self->size || self->size == 0) {
    stream = dinh_hub_client_open (client, path, &offset, self->cancellable, error);
    if (stream == NULL)
      return FALSE;
    if (!skip (self, stream, *begun_with - offset, error) || !receive (self, stream, writer, error))
      return FALSE;
  }
  return dinh_paper_writer_finish (writer, error);
}

/**
 * dinh_fetch_run:
 * @client: the calling thread's own
 *
 * Fetches the paper; blocks. Returns: %TRUE when it is in @store, checked and durable; or %FALSE with a #DinhNetError,
 * #DinhStoreError or %G_IO_ERROR_CANCELLED.
 */
gboolean
dinh_fetch_run (DinhFetch *self, DinhHubClient *client, DinhPaperStore *store, GError **error)
{
  g_autoptr (GError) fault = NULL;
  gint64 begun_with = 0;

  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;
  if (try_fetch (self, client, store, FALSE, &begun_with, &fault))
    return TRUE;
  if (begun_with > 0 && g_error_matches (fault, DINH_STORE_ERROR, DINH_STORE_ERROR_HASH))
    return try_fetch (self, client, store, TRUE, &begun_with, error);
  g_propagate_error (error, g_steal_pointer (&fault));
  return FALSE;
}
