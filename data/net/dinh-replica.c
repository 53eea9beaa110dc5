/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-replica.h"

#include "data/hash/dinh-checkpoint.h"
#include "data/hash/dinh-merkle.h"
#include "data/net/dinh-net-error.h"
#include "data/record/dinh-event.h"
#include "data/record/dinh-kind.h"
#include "data/record/dinh-lines.h"
#include "data/record/dinh-redaction.h"
#include "data/record/dinh-record-error.h"
#include "data/record/dinh-time.h"
#include "data/store/dinh-sqlite-store.h"

#include <string.h>

/*
 * This device's copy of the streams that it may see. A page of lines is taken whole or not at all: each line must be the
 * next event, the tree over all of them must have the root that the hub signed, and the store must have committed before
 * anybody hears of it. What was taken once is never given up, whatever the hub says later. Belongs to one thread.
 */

#define SNAPSHOT_EVERY 32
#define MAX_PROOF 64

/* A stream in memory; state and tree are as the store's last commit left them. */
typedef struct {
  char *kind;
  DinhState *state;
  DinhMerkle *tree; /* NULL until it is needed */
  guint64 snapshot_size;
  gboolean withdrawn;
} Held;

struct _DinhReplica {
  DinhStore *store;
  char *body;
  DinhKey *record_key;
  GHashTable *held; /* stream → Held */
};

static void
held_free (Held *held)
{
  g_free (held->kind);
  dinh_state_free (held->state);
  g_clear_pointer (&held->tree, dinh_merkle_free);
  g_free (held);
}

/**
 * dinh_copy_free:
 *
 * Frees the copy.
 */
void
dinh_copy_free (DinhCopy *self)
{
  g_free (self->stream);
  g_free (self->kind);
  dinh_state_free (self->state);
  g_free (self->marks);
  g_free (self);
}

/**
 * dinh_replica_open:
 * @path: the database's file, made when it is not there
 * @seal: what it is sealed by
 * @body: UUID of the body, part of every checkpoint's origin
 * @record_key: public key that signs the checkpoints
 *
 * Returns: (transfer full): the copy, for the calling thread; or %NULL with a #DinhStoreError or #DinhKeyError.
 */
DinhReplica *
dinh_replica_open (const char *path, DinhSeal *seal, const char *body, const char *record_key, GError **error)
{
  g_autoptr (DinhReplica) self = g_new0 (DinhReplica, 1);

  self->held = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) held_free);
  self->body = g_strdup (body);
  self->record_key = dinh_key_new_from_public (record_key, error);
  if (self->record_key == NULL)
    return NULL;
  self->store = dinh_sqlite_store_open_sealed (path, seal, error);
  return self->store == NULL ? NULL : g_steal_pointer (&self);
}

/**
 * dinh_replica_free:
 *
 * Closes the store.
 */
void
dinh_replica_free (DinhReplica *self)
{
  g_hash_table_unref (self->held);
  g_clear_object (&self->store);
  g_clear_pointer (&self->record_key, dinh_key_free);
  g_free (self->body);
  g_free (self);
}

/**
 * dinh_replica_get_store:
 *
 * Returns: (transfer none): where everything is kept; outbox and small values are the caller's matter.
 */
DinhStore *
dinh_replica_get_store (DinhReplica *self)
{
  return self->store;
}

static DinhCopy *
copy_held (const Held *held)
{
  DinhCopy *copy = g_new0 (DinhCopy, 1);

  copy->stream = g_strdup (held->state->stream);
  copy->kind = g_strdup (held->kind);
  copy->state = dinh_state_copy (held->state);
  copy->withdrawn = held->withdrawn;
  return copy;
}

static gboolean
get_value (DinhReplica *self, const char *what, const char *stream, char **value, GError **error)
{
  g_autofree char *name = g_strdup_printf ("%s/%s", what, stream);

  return dinh_store_get_value (self->store, name, value, error);
}

static gboolean
put_value (DinhReplica *self, const char *what, const char *stream, const char *value, GError **error)
{
  g_autofree char *name = g_strdup_printf ("%s/%s", what, stream);

  return dinh_store_put_value (self->store, name, value, error);
}

/* A snapshot only saves time; one by another version of the program may lack what that one did not understand. */
static gboolean
load_held (DinhReplica *self, const DinhStoredStream *stream, gboolean use_snapshot, GError **error)
{
  Held *held = g_new0 (Held, 1);
  g_autofree char *snapshot = NULL;
  g_autofree char *withdrawn = NULL;
  guint64 size = 0;

  held->kind = g_strdup (stream->kind);
  g_hash_table_insert (self->held, g_strdup (stream->id), held);
  if (!dinh_store_get_snapshot (self->store, stream->id, &size, &snapshot, error) ||
      !get_value (self, "withdrawn", stream->id, &withdrawn, error)) {
    held->state = dinh_state_new (stream->id);
    return FALSE;
  }
  held->withdrawn = withdrawn != NULL;
  if (use_snapshot && snapshot != NULL && size <= stream->size)
    held->state = dinh_state_new_from_snapshot (stream->id, size, snapshot, NULL);
  if (held->state == NULL)
    held->state = dinh_state_new (stream->id);
  held->snapshot_size = held->state->size;
  return dinh_store_fold (self->store, held->state, error);
}

static gboolean
save_snapshot (DinhReplica *self, Held *held, GError **error)
{
  g_autofree char *text = dinh_state_print (held->state);

  if (!dinh_store_put_snapshot (self->store, held->state->stream, held->state->size, text, error))
    return FALSE;
  held->snapshot_size = held->state->size;
  return TRUE;
}

/* Once after an update of the program. */
static gboolean
save_all_snapshots (DinhReplica *self, GError **error)
{
  GHashTableIter iter;
  gpointer held;

  if (!dinh_store_begin (self->store, error))
    return FALSE;
  g_hash_table_iter_init (&iter, self->held);
  while (g_hash_table_iter_next (&iter, NULL, &held)) {
    if (!save_snapshot (self, held, error)) {
      dinh_store_rollback (self->store);
      return FALSE;
    }
  }
  if (dinh_store_put_value (self->store, "program", DINH_VERSION, error))
    return dinh_store_commit (self->store, error);
  dinh_store_rollback (self->store);
  return FALSE;
}

/* Whether it is the stored text that is wrong, and not only the disk that cannot be read just now. */
static gboolean
is_spoilt (const GError *error)
{
  return error->domain == DINH_RECORD_ERROR || g_error_matches (error, DINH_STORE_ERROR, DINH_STORE_ERROR_CORRUPT);
}

/* The hub has it still; a device that showed nothing at all for one bad line would help nobody. */
static gboolean
forget (DinhReplica *self, const char *stream, GError **error)
{
  g_hash_table_remove (self->held, stream);
  if (!dinh_store_begin (self->store, error))
    return FALSE;
  if (dinh_store_forget_stream (self->store, stream, error))
    return dinh_store_commit (self->store, error);
  dinh_store_rollback (self->store);
  return FALSE;
}

/* Adds the stream to @copies, unless what is stored of it is spoilt. */
static gboolean
load_stream (DinhReplica *self, const DinhStoredStream *stream, gboolean use_snapshot, GPtrArray *copies, GError **error)
{
  g_autoptr (GError) fault = NULL;
  DinhCopy *copy;

  if (!load_held (self, stream, use_snapshot, &fault)) {
    if (is_spoilt (fault))
      return forget (self, stream->id, error);
    g_propagate_prefixed_error (error, g_steal_pointer (&fault), "stream “%s”: ", stream->id);
    return FALSE;
  }
  copy = copy_held (g_hash_table_lookup (self->held, stream->id));
  g_ptr_array_add (copies, copy);
  return get_value (self, "marks", stream->id, &copy->marks, error);
}

/**
 * dinh_replica_load:
 *
 * Folds everything that is stored; to be called first. A stream whose text is spoilt is forgotten, to be fetched again.
 * Returns: (transfer full) (element-type DinhCopy): all streams, oldest first; or %NULL with a #DinhStoreError.
 */
GPtrArray *
dinh_replica_load (DinhReplica *self, GError **error)
{
  g_autoptr (GPtrArray) copies = g_ptr_array_new_with_free_func ((GDestroyNotify) dinh_copy_free);
  g_autoptr (GPtrArray) streams = dinh_store_list_streams (self->store, error);
  g_autofree char *program = NULL;
  gboolean same;

  if (streams == NULL || !dinh_store_get_value (self->store, "program", &program, error))
    return NULL;
  same = g_strcmp0 (program, DINH_VERSION) == 0;
  g_hash_table_remove_all (self->held);
  for (guint i = 0; i < streams->len; i++) {
    if (!load_stream (self, g_ptr_array_index (streams, i), same, copies, error))
      return NULL;
  }
  return same || save_all_snapshots (self, error) ? g_steal_pointer (&copies) : NULL;
}

static gboolean
refuse (GError **error, DinhNetError code, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
refuse (GError **error, DinhNetError code, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_propagate_error (error, g_error_new_valist (DINH_NET_ERROR, (int) code, format, args));
  va_end (args);
  return FALSE;
}

static DinhCheckpoint *
open_checkpoint (DinhReplica *self, const char *stream, const char *note, GError **error)
{
  g_autofree char *origin = g_strdup_printf ("dinh/%s/%s", self->body, stream);
  g_autoptr (DinhCheckpoint) checkpoint = dinh_checkpoint_open (note, self->record_key, error);

  if (checkpoint == NULL)
    return NULL;
  if (strcmp (checkpoint->origin, origin) == 0)
    return g_steal_pointer (&checkpoint);
  refuse (error, DINH_NET_ERROR_PROTOCOL, "the checkpoint is of “%s”, not of “%s”", checkpoint->origin, origin);
  return NULL;
}

static gboolean
load_tree (DinhReplica *self, Held *held, GError **error)
{
  g_autoptr (GArray) leaves = NULL;

  if (held->tree != NULL)
    return TRUE;
  leaves = dinh_store_read_leaves (self->store, held->state->stream, error);
  if (leaves == NULL)
    return FALSE;
  held->tree = dinh_merkle_new ();
  for (guint i = 0; i < leaves->len; i++)
    dinh_merkle_append (held->tree, &g_array_index (leaves, DinhHash, i));
  return TRUE;
}

static GArray *
parse_proof (const json_t *json, GError **error)
{
  const json_t *list = json_object_get (json, "proof");
  g_autoptr (GArray) proof = g_array_new (FALSE, FALSE, sizeof (DinhHash));
  gsize index;
  json_t *entry;

  if (!json_is_array (list) || json_array_size (list) > MAX_PROOF)
    return refuse (error, DINH_NET_ERROR_PROTOCOL, "the proof is not a short list"), NULL;
  json_array_foreach (list, index, entry) {
    DinhHash hash;

    if (!json_is_string (entry) || !dinh_hash_from_hex (json_string_value (entry), &hash))
      return refuse (error, DINH_NET_ERROR_PROTOCOL, "the proof holds something else than hashes"), NULL;
    g_array_append_val (proof, hash);
  }
  return g_steal_pointer (&proof);
}

/* Whether the tree is what @checkpoint says, or the beginning of it as @proof shows. */
static gboolean
verify (const DinhMerkle *tree, const DinhCheckpoint *checkpoint, const json_t *proof_json, GError **error)
{
  guint64 size = dinh_merkle_get_size (tree);
  g_autoptr (GArray) proof = NULL;
  DinhHash root;

  if (size > checkpoint->size)
    return refuse (error, DINH_NET_ERROR_PROTOCOL, "more events than the checkpoint counts");
  dinh_merkle_root (tree, size, &root);
  if (size == checkpoint->size)
    return dinh_hash_equal (&root, &checkpoint->root) ||
           refuse (error, DINH_NET_ERROR_FORKED, "the events do not have the root that the hub signed");
  if (size == 0)
    return TRUE;
  proof = parse_proof (proof_json, error);
  if (proof == NULL)
    return FALSE;
  return dinh_merkle_verify_consistency (size, &root, checkpoint->size, &checkpoint->root, proof) ||
         refuse (error, DINH_NET_ERROR_FORKED, "the events are not the beginning of what the hub signed");
}

static DinhEvent *
parse_line (const Held *held, guint64 seq, const char *line, gsize length, gboolean pushed, GError **error)
{
  g_autoptr (DinhEvent) event = dinh_event_parse (line, length, error);

  if (event == NULL)
    return NULL;
  if (event->seq != seq)
    return refuse (error, DINH_NET_ERROR_PROTOCOL, "event %" G_GUINT64_FORMAT " in the place of %" G_GUINT64_FORMAT,
                   event->seq, seq),
           NULL;
  if (event->stream != NULL && strcmp (event->stream, held->state->stream) != 0)
    return refuse (error, DINH_NET_ERROR_PROTOCOL, "an event of “%s”", event->stream), NULL;
  if (pushed && dinh_event_is_redacted (event))
    return refuse (error, DINH_NET_ERROR_PROTOCOL, "a pushed event without its text"), NULL;
  return g_steal_pointer (&event);
}

static GPtrArray *
parse_lines (const Held *held, const DinhPage *page, GError **error)
{
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func ((GDestroyNotify) dinh_event_free);
  DinhLines lines = dinh_lines_of (page->lines);

  while (dinh_lines_next (&lines)) {
    DinhEvent *event = parse_line (held, held->state->size + events->len + 1, lines.line, lines.length,
                                   page->note == NULL, error);

    if (event == NULL)
      return NULL;
    g_ptr_array_add (events, event);
  }
  return g_steal_pointer (&events);
}

static gboolean
store_events (DinhReplica *self, const Held *held, GPtrArray *events, GError **error)
{
  for (guint i = 0; i < events->len; i++) {
    const DinhEvent *event = g_ptr_array_index (events, i);
    DinhStoredEvent stored = { event->seq, event->leaf };

    if (event->bytes != NULL)
      stored.bytes = (char *) g_bytes_get_data (event->bytes, &stored.length);
    if (!dinh_store_add_event (self->store, held->state->stream, &stored, error))
      return FALSE;
  }
  return TRUE;
}

/* The events are others than those that were folded: some have a text now, or none any more. */
static gboolean
fold_again (DinhReplica *self, const char *stream, GError **error)
{
  Held *held = g_hash_table_lookup (self->held, stream);
  DinhStoredStream stored = { (char *) stream, held->kind, held->state->size };
  g_autofree char *kind = g_strdup (held->kind);

  stored.kind = kind;
  return load_held (self, &stored, FALSE, error) && save_snapshot (self, g_hash_table_lookup (self->held, stream), error);
}

/* What was redacted at the hub is dropped here, too. */
static gboolean
drop_redacted (DinhReplica *self, const char *stream, GPtrArray *events, gboolean *dropped, GError **error)
{
  *dropped = FALSE;
  for (guint i = 0; i < events->len; i++) {
    const DinhEvent *event = g_ptr_array_index (events, i);

    if (g_strcmp0 (event->kind, "event-redacted") != 0)
      continue;
    if (!dinh_store_redact_event (self->store, stream, dinh_redacted_seq (event->body), NULL, error))
      return FALSE;
    *dropped = TRUE;
  }
  return TRUE;
}

static gboolean
write_page (DinhReplica *self, Held *held, const DinhPage *page, GPtrArray *events, GError **error)
{
  gboolean is_new = dinh_merkle_get_size (held->tree) == events->len, dropped = FALSE;

  if (!dinh_store_begin (self->store, error))
    return FALSE;
  if ((!is_new || dinh_store_add_stream (self->store, page->stream, held->kind, error)) &&
      store_events (self, held, events, error) &&
      (page->note == NULL || put_value (self, "checkpoint", page->stream, page->note, error)) &&
      drop_redacted (self, page->stream, events, &dropped, error) &&
      (dropped ? fold_again (self, page->stream, error)
               : held->state->size < held->snapshot_size + SNAPSHOT_EVERY || save_snapshot (self, held, error)) &&
      dinh_store_commit (self->store, error)) {
    /* Best now, but it is sealed: the next checkpoint will do. */
    if (dropped)
      dinh_store_scrub (self->store, NULL);
    return TRUE;
  }
  dinh_store_rollback (self->store);
  return FALSE;
}

/* Brings state and tree forward, then the disk. Whatever fails, @held is no longer to be used. */
static gboolean
advance (DinhReplica *self, Held *held, const DinhPage *page, const DinhCheckpoint *checkpoint, GError **error)
{
  g_autoptr (GPtrArray) events = parse_lines (held, page, error);

  if (events == NULL)
    return FALSE;
  for (guint i = 0; i < events->len; i++) {
    const DinhEvent *event = g_ptr_array_index (events, i);

    dinh_merkle_append (held->tree, &event->leaf);
    if (!dinh_state_apply (held->state, event, error))
      return FALSE;
  }
  if (checkpoint != NULL && !verify (held->tree, checkpoint, page->proof, error))
    return FALSE;
  return events->len == 0 || write_page (self, held, page, events, error);
}

static Held *
find_or_make (DinhReplica *self, const DinhPage *page, GError **error)
{
  Held *held = g_hash_table_lookup (self->held, page->stream);

  if (held == NULL && page->kind == NULL)
    return refuse (error, DINH_NET_ERROR_PROTOCOL, "“%s” is not known here", page->stream), NULL;
  if (held == NULL) {
    held = g_new0 (Held, 1);
    held->kind = g_strdup (page->kind);
    held->state = dinh_state_new (page->stream);
    g_hash_table_insert (self->held, g_strdup (page->stream), held);
  }
  return load_tree (self, held, error) ? held : NULL;
}

/* Memory is again what the disk says. */
static void
reload (DinhReplica *self, const char *stream)
{
  g_autoptr (GPtrArray) streams = dinh_store_list_streams (self->store, NULL);

  g_hash_table_remove (self->held, stream);
  for (guint i = 0; streams != NULL && i < streams->len; i++) {
    const DinhStoredStream *stored = g_ptr_array_index (streams, i);

    if (strcmp (stored->id, stream) == 0 && !load_held (self, stored, TRUE, NULL))
      g_hash_table_remove (self->held, stream);
  }
}

static void
reload_all (DinhReplica *self)
{
  g_autoptr (GPtrArray) streams = dinh_store_list_streams (self->store, NULL);

  for (guint i = 0; streams != NULL && i < streams->len; i++)
    reload (self, ((const DinhStoredStream *) g_ptr_array_index (streams, i))->id);
}

/**
 * dinh_replica_take:
 *
 * Takes the next events of a stream in, durably. Returns: (transfer full): the stream with them; or %NULL with a
 * #DinhNetError, #DinhRecordError, #DinhCheckpointError or #DinhStoreError, and nothing was taken.
 * %DINH_NET_ERROR_FORKED says that lines and checkpoint do not fit, which a proof must settle.
 */
DinhCopy *
dinh_replica_take (DinhReplica *self, const DinhPage *page, GError **error)
{
  g_autoptr (DinhCheckpoint) checkpoint = NULL;
  Held *held;

  if (page->note != NULL) {
    checkpoint = open_checkpoint (self, page->stream, page->note, error);
    if (checkpoint == NULL)
      return NULL;
  }
  held = find_or_make (self, page, error);
  if (held != NULL && advance (self, held, page, checkpoint, error))
    return copy_held (g_hash_table_lookup (self->held, page->stream));
  reload (self, page->stream);
  return NULL;
}

static gboolean
keep_evidence (DinhReplica *self, const Held *held, const char *note, GError **error)
{
  g_autofree char *root = NULL;
  g_autofree char *text = NULL;
  g_autofree char *at = dinh_time_format (g_get_real_time ());
  g_autoptr (DinhJson) json = NULL;
  DinhHash hash;

  dinh_merkle_root (held->tree, held->state->size, &hash);
  root = dinh_hash_to_hex (&hash);
  json = json_pack ("{s:s, s:s, s:I, s:s}", "at", at, "note", note, "size", (json_int_t) held->state->size, "root", root);
  text = dinh_json_print (json);
  if (!dinh_store_begin (self->store, error))
    return FALSE;
  if (put_value (self, "evidence", held->state->stream, text, error))
    return dinh_store_commit (self->store, error);
  dinh_store_rollback (self->store);
  return FALSE;
}

static gboolean
judge (const Held *held, const DinhCheckpoint *checkpoint, const json_t *proof_json, guint64 at_least,
       DinhStanding *standing, GError **error)
{
  guint64 size = held->state->size, common = MIN (size, checkpoint->size);
  g_autoptr (GArray) proof = NULL;
  DinhHash root;

  dinh_merkle_root (held->tree, common, &root);
  if (checkpoint->size <= size) {
    *standing = !dinh_hash_equal (&root, &checkpoint->root) ? DINH_STANDING_FORKED
                : checkpoint->size < at_least               ? DINH_STANDING_WENT_BACK
                                                            : DINH_STANDING_SAME;
    return TRUE;
  }
  *standing = DINH_STANDING_BEHIND;
  if (proof_json == NULL)
    return TRUE;
  proof = parse_proof (proof_json, error);
  if (proof == NULL)
    return FALSE;
  if (!dinh_merkle_verify_consistency (size, &root, checkpoint->size, &checkpoint->root, proof))
    *standing = DINH_STANDING_FORKED;
  return TRUE;
}

/**
 * dinh_replica_compare:
 * @note: a checkpoint of @stream by the hub
 * @proof: (nullable): that what is held here is the beginning of it; without one a fork behind it is not seen
 * @at_least: events that were held here when the hub was asked; what was pushed since then it need not count
 * @size: (out): events that are held here
 *
 * Says how the stream stands to the hub's. The note of one that went back or forked is kept as evidence. Returns: %FALSE
 * with a #DinhNetError, #DinhCheckpointError or #DinhStoreError.
 */
gboolean
dinh_replica_compare (DinhReplica *self, const char *stream, const char *note, const json_t *proof,
                      guint64 at_least, DinhStanding *standing, guint64 *size, GError **error)
{
  g_autoptr (DinhCheckpoint) checkpoint = open_checkpoint (self, stream, note, error);
  Held *held = g_hash_table_lookup (self->held, stream);

  *size = 0;
  *standing = DINH_STANDING_BEHIND;
  if (checkpoint == NULL)
    return FALSE;
  if (held == NULL)
    return TRUE;
  *size = held->state->size;
  if (!load_tree (self, held, error) || !judge (held, checkpoint, proof, at_least, standing, error))
    return FALSE;
  return *standing == DINH_STANDING_SAME || *standing == DINH_STANDING_BEHIND || keep_evidence (self, held, note, error);
}

/**
 * dinh_replica_find_hidden:
 * @seq: (out): the first event of @stream of which only the leaf is here, 0 if there is none
 *
 * Returns: %FALSE with a #DinhStoreError.
 */
gboolean
dinh_replica_find_hidden (DinhReplica *self, const char *stream, guint64 *seq, GError **error)
{
  guint64 after = 0;

  for (*seq = 0;;) {
    g_autoptr (GPtrArray) events = dinh_store_read_events (self->store, stream, after, 1000, error);

    if (events == NULL)
      return FALSE;
    for (guint i = 0; i < events->len; i++) {
      const DinhStoredEvent *event = g_ptr_array_index (events, i);

      after = event->seq;
      if (event->bytes == NULL) {
        *seq = event->seq;
        return TRUE;
      }
    }
    if (events->len == 0)
      return TRUE;
  }
}

/* The line's text for the stored leaf, if it has one and that was not here. */
static gboolean
fill_event (DinhReplica *self, const char *stream, const DinhStoredEvent *stored, const char *line, gsize length,
            GError **error)
{
  g_autoptr (DinhEvent) event = dinh_event_parse (line, length, error);
  DinhStoredEvent filled = { stored->seq, stored->leaf };

  if (event == NULL)
    return FALSE;
  if (event->seq != stored->seq || !dinh_hash_equal (&event->leaf, &stored->leaf))
    return refuse (error, DINH_NET_ERROR_PROTOCOL, "event %" G_GUINT64_FORMAT " is another one than before", stored->seq);
  if (stored->bytes != NULL || event->bytes == NULL)
    return TRUE;
  filled.bytes = (char *) g_bytes_get_data (event->bytes, &filled.length);
  return dinh_store_add_event (self->store, stream, &filled, error);
}

static gboolean
fill_events (DinhReplica *self, const char *stream, GPtrArray *events, GBytes *bytes, GError **error)
{
  DinhLines lines = dinh_lines_of (bytes);

  for (guint i = 0; i < events->len && dinh_lines_next (&lines); i++) {
    if (!fill_event (self, stream, g_ptr_array_index (events, i), lines.line, lines.length, error))
      return FALSE;
  }
  return TRUE;
}

/**
 * dinh_replica_fill:
 * @lines: the events of @stream behind number @after, as the hub gives them now
 *
 * Takes the texts of events in that could not be read before, each proven by its leaf, durably. Returns: (transfer full):
 * the stream with them; or %NULL with a #DinhNetError, #DinhRecordError or #DinhStoreError, and nothing was taken.
 */
DinhCopy *
dinh_replica_fill (DinhReplica *self, const char *stream, guint64 after, GBytes *lines, GError **error)
{
  guint n_lines = (guint) dinh_lines_count (lines);
  g_autoptr (GPtrArray) events = dinh_store_read_events (self->store, stream, after, n_lines, error);

  if (events == NULL)
    return NULL;
  if (g_hash_table_lookup (self->held, stream) == NULL)
    return refuse (error, DINH_NET_ERROR_PROTOCOL, "“%s” is not known here", stream), NULL;
  if (!dinh_store_begin (self->store, error))
    return NULL;
  if (fill_events (self, stream, events, lines, error) && fold_again (self, stream, error) &&
      dinh_store_commit (self->store, error))
    return copy_held (g_hash_table_lookup (self->held, stream));
  dinh_store_rollback (self->store);
  reload (self, stream);
  return NULL;
}

/* --- what only one person might read --- */

/**
 * dinh_hidden_free:
 *
 * Frees it.
 */
void
dinh_hidden_free (DinhHidden *self)
{
  g_ptr_array_unref (self->copies);
  g_ptr_array_unref (self->papers);
  g_free (self);
}

/* Somebody who signed in here, and the device without them. */
typedef struct {
  DinhViewer *device;
  DinhViewer *person;
} Readers;

static void
readers_clear (Readers *readers)
{
  g_clear_pointer (&readers->device, dinh_viewer_free);
  g_clear_pointer (&readers->person, dinh_viewer_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Readers, readers_clear)

static gboolean
is_personal (const Readers *readers, const DinhState *after, const DinhEvent *event)
{
  const json_t *named = event->bytes == NULL ? NULL : dinh_event_readers (after, event->kind, event->body);

  return !dinh_viewer_may_read (readers->device, named) && dinh_viewer_may_read (readers->person, named);
}

/* Goes through the stream as it grew; the events that are to go are numbered in @personal. */
static gboolean
find_personal (DinhReplica *self, const char *stream, const Readers *readers, GArray *personal, GError **error)
{
  g_autoptr (DinhState) state = dinh_state_new (stream);

  for (;;) {
    g_autoptr (GPtrArray) events = dinh_store_read_events (self->store, stream, state->size, 1000, error);

    if (events == NULL || events->len == 0)
      return events != NULL;
    for (guint i = 0; i < events->len; i++) {
      const DinhStoredEvent *stored = g_ptr_array_index (events, i);
      g_autoptr (DinhEvent) event = stored->bytes == NULL ? dinh_event_new_redacted (stored->seq, &stored->leaf)
                                                          : dinh_event_parse (stored->bytes, stored->length, error);

      if (event == NULL || !dinh_state_apply (state, event, error))
        return FALSE;
      if (is_personal (readers, state, event))
        g_array_append_val (personal, stored->seq);
    }
  }
}

static void
list_lost_papers (const DinhState *before, const DinhState *after, GPtrArray *lost)
{
  const char *id;
  json_t *paper;

  json_object_foreach (json_object_get (before->json, "papers"), id, paper) {
    if (dinh_state_get (after, "papers", id) == NULL)
      g_ptr_array_add (lost, g_strdup (dinh_json_get_string (paper, "sha256")));
  }
}

/* A meeting that this device would not have seen without the person. */
static gboolean
hide_whole (DinhReplica *self, const DinhState *before, DinhHidden *hidden, GError **error)
{
  const Held *held = g_hash_table_lookup (self->held, before->stream);
  DinhCopy *copy = g_new0 (DinhCopy, 1);

  copy->stream = g_strdup (before->stream);
  copy->kind = g_strdup (held->kind);
  copy->state = dinh_state_new (before->stream);
  list_lost_papers (before, copy->state, hidden->papers);
  g_ptr_array_add (hidden->copies, copy);
  g_hash_table_remove (self->held, before->stream);
  return dinh_store_forget_stream (self->store, before->stream, error);
}

static gboolean
hide_part (DinhReplica *self, const DinhState *before, const Readers *readers, DinhHidden *hidden, GError **error)
{
  g_autoptr (GArray) personal = g_array_new (FALSE, FALSE, sizeof (guint64));
  const Held *held;

  if (!find_personal (self, before->stream, readers, personal, error))
    return FALSE;
  for (guint i = 0; i < personal->len; i++) {
    if (!dinh_store_hide_event (self->store, before->stream, g_array_index (personal, guint64, i), error))
      return FALSE;
  }
  if (personal->len == 0)
    return TRUE;
  if (!fold_again (self, before->stream, error))
    return FALSE;
  held = g_hash_table_lookup (self->held, before->stream);
  list_lost_papers (before, held->state, hidden->papers);
  g_ptr_array_add (hidden->copies, copy_held (held));
  return TRUE;
}

static gboolean
hide_all (DinhReplica *self, const Readers *readers, DinhHidden *hidden, GError **error)
{
  guint n_streams;
  g_autofree gpointer *streams = g_hash_table_get_keys_as_array (self->held, &n_streams);

  /* The body's own is administration: no person of a seat reads more of it than the seat. */
  for (guint i = 0; i < n_streams; i++) {
    const Held *held = g_hash_table_lookup (self->held, streams[i]);
    g_autoptr (DinhState) before = dinh_state_copy (held->state);
    gboolean whole = !dinh_viewer_may_see (readers->device, before) && dinh_viewer_may_see (readers->person, before);

    if (strcmp (held->kind, "meeting") != 0)
      continue;
    if (!(whole ? hide_whole (self, before, hidden, error) : hide_part (self, before, readers, hidden, error)))
      return FALSE;
  }
  return TRUE;
}

/**
 * dinh_replica_hide:
 * @site: (nullable): this device's
 * @person: who was signed in here
 *
 * Takes off this device what it holds only because @person might read it: texts of events, of which the leaves stay, and
 * meetings. Durable; the value “person” goes with it. Returns: (transfer full): what changed; or %NULL with a
 * #DinhStoreError or #DinhRecordError, and nothing did.
 */
DinhHidden *
dinh_replica_hide (DinhReplica *self, const char *site, const char *person, GError **error)
{
  const Held *body = g_hash_table_lookup (self->held, self->body);
  g_autoptr (DinhState) nothing = dinh_state_new (self->body);
  const DinhState *state = body == NULL ? nothing : body->state;
  g_auto (Readers) readers = {
    dinh_viewer_new (state, &(DinhActor){ .profile = "seat", .site = site }),
    dinh_viewer_new (state, &(DinhActor){ .profile = "seat", .site = site, .person = person }),
  };
  g_autoptr (DinhHidden) hidden = g_new0 (DinhHidden, 1);

  hidden->copies = g_ptr_array_new_with_free_func ((GDestroyNotify) dinh_copy_free);
  hidden->papers = g_ptr_array_new_with_free_func (g_free);
  if (!dinh_store_begin (self->store, error))
    return NULL;
  if (hide_all (self, &readers, hidden, error) &&
      dinh_store_put_value (self->store, DINH_REPLICA_PERSON, NULL, error) && dinh_store_commit (self->store, error))
    return g_steal_pointer (&hidden);
  dinh_store_rollback (self->store);
  reload_all (self);
  return NULL;
}

/**
 * dinh_replica_set_withdrawn:
 *
 * Remembers whether the hub still shows @stream to this device; the events stay. Returns: (transfer full): the stream; or
 * %NULL with a #DinhStoreError or %DINH_NET_ERROR_PROTOCOL if it is not held.
 */
DinhCopy *
dinh_replica_set_withdrawn (DinhReplica *self, const char *stream, gboolean withdrawn, GError **error)
{
  Held *held = g_hash_table_lookup (self->held, stream);
  g_autoptr (DinhCopy) copy = NULL;

  if (held == NULL)
    return refuse (error, DINH_NET_ERROR_PROTOCOL, "“%s” is not known here", stream), NULL;
  if (!dinh_store_begin (self->store, error))
    return NULL;
  if (!put_value (self, "withdrawn", stream, withdrawn ? "1" : NULL, error)) {
    dinh_store_rollback (self->store);
    return NULL;
  }
  if (!dinh_store_commit (self->store, error))
    return NULL;
  held->withdrawn = withdrawn;
  copy = copy_held (held);
  return get_value (self, "marks", stream, &copy->marks, error) ? g_steal_pointer (&copy) : NULL;
}
