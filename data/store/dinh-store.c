/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/store/dinh-store.h"

#include <fcntl.h>
#include <unistd.h>

G_DEFINE_QUARK (dinh-store-error-quark, dinh_store_error)
G_DEFINE_INTERFACE (DinhStore, dinh_store, G_TYPE_OBJECT)

static void
dinh_store_default_init (DinhStoreInterface *iface)
{
}

/**
 * dinh_store_sync_path:
 *
 * Brings a file, or the names in a folder, to the disk. Returns: %FALSE with %DINH_STORE_ERROR_IO.
 */
gboolean
dinh_store_sync_path (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  gboolean synced = fd >= 0 && fsync (fd) == 0;

  if (!synced)
    g_set_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_IO, "cannot sync “%s”: %s", path, g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return synced;
}

/**
 * dinh_stored_event_free:
 *
 * Frees the event.
 */
void
dinh_stored_event_free (DinhStoredEvent *self)
{
  g_free (self->bytes);
  g_free (self->readers);
  g_free (self);
}

/**
 * dinh_stored_stream_free:
 *
 * Frees the entry.
 */
void
dinh_stored_stream_free (DinhStoredStream *self)
{
  g_free (self->id);
  g_free (self->kind);
  g_free (self);
}

/**
 * dinh_store_begin:
 *
 * Starts a transaction that may write; nothing else may until it ends.
 */
gboolean
dinh_store_begin (DinhStore *self, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->begin (self, error);
}

/**
 * dinh_store_commit:
 *
 * Makes the transaction durable: when this returns %TRUE, a power cut cannot take it back. After %FALSE nothing
 * of it is kept. %DINH_STORE_ERROR_IO means that the disk can no longer be trusted: stop.
 */
gboolean
dinh_store_commit (DinhStore *self, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->commit (self, error);
}

/**
 * dinh_store_rollback:
 *
 * Gives the transaction up; nothing of it is kept.
 */
void
dinh_store_rollback (DinhStore *self)
{
  DINH_STORE_GET_IFACE (self)->rollback (self);
}

/**
 * dinh_store_savepoint:
 *
 * Opens a part of the transaction that can be given up alone.
 */
gboolean
dinh_store_savepoint (DinhStore *self, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->savepoint (self, error);
}

/**
 * dinh_store_release:
 *
 * Ends that part: kept with the transaction, or undone.
 */
gboolean
dinh_store_release (DinhStore *self, gboolean keep, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->release (self, keep, error);
}

/**
 * dinh_store_add_stream:
 *
 * Makes an empty stream.
 */
gboolean
dinh_store_add_stream (DinhStore *self, const char *stream, const char *kind, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->add_stream (self, stream, kind, error);
}

/**
 * dinh_store_list_streams:
 *
 * Returns: (transfer full) (element-type DinhStoredStream): all streams, oldest first, or %NULL.
 */
GPtrArray *
dinh_store_list_streams (DinhStore *self, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->list_streams (self, error);
}

/**
 * dinh_store_add_event:
 *
 * Appends an event; its seq must be the stream's size plus one, or the event must give a body to a leaf that is
 * stored without one.
 */
gboolean
dinh_store_add_event (DinhStore *self, const char *stream, const DinhStoredEvent *event, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->add_event (self, stream, event, error);
}

/**
 * dinh_store_read_events:
 *
 * Returns: (transfer full) (element-type DinhStoredEvent): at most @limit events whose seq is over @after, in
 * order, or %NULL. An unknown stream has none.
 */
GPtrArray *
dinh_store_read_events (DinhStore *self, const char *stream, guint64 after, guint limit, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->read_events (self, stream, after, limit, error);
}

/**
 * dinh_store_read_leaves:
 *
 * Returns: (transfer full) (element-type DinhHash): the leaf hashes of the whole stream, or %NULL.
 */
GArray *
dinh_store_read_leaves (DinhStore *self, const char *stream, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->read_leaves (self, stream, error);
}

/**
 * dinh_store_hide_event:
 *
 * Deletes an event's text and keeps its leaf; for copies only, as dinh_store_forget_stream().
 */
gboolean
dinh_store_hide_event (DinhStore *self, const char *stream, guint64 seq, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->hide_event (self, stream, seq, error);
}

/**
 * dinh_store_forget_stream:
 *
 * Deletes a stream and all that was kept of it; for copies only, never on a record's own hub.
 */
gboolean
dinh_store_forget_stream (DinhStore *self, const char *stream, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->forget_stream (self, stream, error);
}

/**
 * dinh_store_redact_event:
 * @command: (nullable): the id of the command that the event holds
 *
 * Drops an event's bytes for good and keeps its leaf; and what the command is known by, from which, having its id, one
 * could guess what it said. What the file still holds of them dinh_store_purge() takes away.
 */
gboolean
dinh_store_redact_event (DinhStore *self, const char *stream, guint64 seq, const char *command, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->redact_event (self, stream, seq, command, error);
}

static gboolean
apply_stored (DinhState *state, const DinhStoredEvent *stored, guint64 without, GError **error)
{
  g_autoptr (DinhEvent) event = stored->bytes == NULL || stored->seq == without
                                  ? dinh_event_new_redacted (stored->seq, &stored->leaf)
                                  : dinh_event_parse (stored->bytes, stored->length, error);

  if (event == NULL)
    return FALSE;
  if (dinh_hash_equal (&event->leaf, &stored->leaf))
    return dinh_state_apply (state, event, error);
  g_set_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_CORRUPT,
               "event %" G_GUINT64_FORMAT " does not have the hash that it was stored with", stored->seq);
  return FALSE;
}

/**
 * dinh_store_fold:
 * @state: of its stream as far as a snapshot reaches, or empty
 *
 * Brings @state to the stream's last event. Returns: %FALSE with a #DinhStoreError, %DINH_STORE_ERROR_CORRUPT if an event
 * is not what was stored, or a #DinhRecordError.
 */
gboolean
dinh_store_fold (DinhStore *self, DinhState *state, GError **error)
{
  return dinh_store_fold_without (self, state, 0, error);
}

/**
 * dinh_store_fold_without:
 * @seq: an event of which only the leaf is taken, 0: none
 *
 * The same as if that event had been redacted.
 */
gboolean
dinh_store_fold_without (DinhStore *self, DinhState *state, guint64 seq, GError **error)
{
  for (;;) {
    g_autoptr (GPtrArray) events = dinh_store_read_events (self, state->stream, state->size, 1000, error);

    if (events == NULL)
      return FALSE;
    if (events->len == 0)
      return TRUE;
    for (guint i = 0; i < events->len; i++) {
      if (!apply_stored (state, g_ptr_array_index (events, i), seq, error))
        return FALSE;
    }
  }
}

/**
 * dinh_store_put_snapshot:
 *
 * Keeps the fold of the first @size events; it may be thrown away at any time.
 */
gboolean
dinh_store_put_snapshot (DinhStore *self, const char *stream, guint64 size, const char *text, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->put_snapshot (self, stream, size, text, error);
}

/**
 * dinh_store_get_snapshot:
 *
 * Finds the newest snapshot. @text is %NULL if there is none.
 */
gboolean
dinh_store_get_snapshot (DinhStore *self, const char *stream, guint64 *size, char **text, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->get_snapshot (self, stream, size, text, error);
}

/**
 * dinh_store_put_command:
 *
 * Keeps the answer to a command, to be given again to the same bytes.
 */
gboolean
dinh_store_put_command (DinhStore *self, const char *id, const DinhHash *hash, const char *result, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->put_command (self, id, hash, result, error);
}

/**
 * dinh_store_get_command:
 *
 * Finds an earlier answer. @result is %NULL if the id is new.
 */
gboolean
dinh_store_get_command (DinhStore *self, const char *id, DinhHash *hash, char **result, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->get_command (self, id, hash, result, error);
}

/**
 * dinh_store_put_outbox:
 *
 * Keeps a command until the hub has answered it.
 */
gboolean
dinh_store_put_outbox (DinhStore *self, const char *id, const char *command, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->put_outbox (self, id, command, error);
}

/**
 * dinh_store_delete_outbox:
 *
 * Forgets a command that the hub has answered.
 */
gboolean
dinh_store_delete_outbox (DinhStore *self, const char *id, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->delete_outbox (self, id, error);
}

/**
 * dinh_store_list_outbox:
 *
 * Returns: (transfer full) (element-type utf8): the commands that wait, oldest first, or %NULL.
 */
GPtrArray *
dinh_store_list_outbox (DinhStore *self, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->list_outbox (self, error);
}

/**
 * dinh_store_put_value:
 *
 * Keeps a small value of this machine's own, e.g. the page that was open; %NULL forgets it.
 */
gboolean
dinh_store_put_value (DinhStore *self, const char *name, const char *value, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->put_value (self, name, value, error);
}

/**
 * dinh_store_get_value:
 *
 * Finds such a value. @value is %NULL if there is none.
 */
gboolean
dinh_store_get_value (DinhStore *self, const char *name, char **value, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->get_value (self, name, value, error);
}

/**
 * dinh_store_list_values:
 *
 * Returns: (transfer full) (element-type utf8 utf8): the values whose names begin with @prefix, by name; or %NULL.
 */
GHashTable *
dinh_store_list_values (DinhStore *self, const char *prefix, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->list_values (self, prefix, error);
}

/**
 * dinh_store_scrub:
 *
 * Waits until what was deleted and committed is in none of the store's files any more; outside a transaction. Returns:
 * %FALSE with a #DinhStoreError, %DINH_STORE_ERROR_BUSY if somebody reads all the time: to be tried again.
 */
gboolean
dinh_store_scrub (DinhStore *self, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->scrub (self, error);
}

/**
 * dinh_store_purge:
 *
 * Writes the store anew without anything that was deleted or replaced before, and scrubs it; outside a transaction. Takes as
 * long as copying the file. Errors as those of dinh_store_scrub().
 */
gboolean
dinh_store_purge (DinhStore *self, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->purge (self, error);
}

/**
 * dinh_store_put_invitation:
 * @secret: (nullable): what its code is known by; %NULL for one that is stored, whose text changes
 * @text: JSON
 *
 * Keeps an invitation of a device. These are the hub's own, and no part of any record.
 */
gboolean
dinh_store_put_invitation (DinhStore *self, const char *id, const DinhHash *secret, const char *text, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->put_invitation (self, id, secret, text, error);
}

/**
 * dinh_store_find_invitation:
 *
 * Finds the invitation of a code. @text is %NULL if there is none.
 */
gboolean
dinh_store_find_invitation (DinhStore *self, const DinhHash *secret, char **text, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->find_invitation (self, secret, text, error);
}

/**
 * dinh_store_get_invitation:
 *
 * Finds an invitation by its id. @text is %NULL if there is none.
 */
gboolean
dinh_store_get_invitation (DinhStore *self, const char *id, char **text, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->get_invitation (self, id, text, error);
}

/**
 * dinh_store_list_invitations:
 *
 * Returns: (transfer full) (element-type utf8): the texts of all invitations, oldest first, or %NULL.
 */
GPtrArray *
dinh_store_list_invitations (DinhStore *self, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->list_invitations (self, error);
}

/**
 * dinh_store_backup:
 *
 * Writes a consistent copy beside the running work: to a temporary file, checked, made durable, then renamed to
 * @path.
 */
gboolean
dinh_store_backup (DinhStore *self, const char *path, GCancellable *cancellable, GError **error)
{
  return DINH_STORE_GET_IFACE (self)->backup (self, path, cancellable, error);
}
