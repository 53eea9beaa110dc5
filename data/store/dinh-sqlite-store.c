/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/store/dinh-sqlite-store.h"

#include "data/store/dinh-crash-point.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

/*
 * The store in one SQLite file. Write-ahead log with synchronous=FULL: a commit has reached the disk when it returns.
 * Every statement is in the table below and prepared once.
 *
 * On a device all that people wrote is sealed on its way into the columns and opened on its way out, by bind_private ()
 * and column_private (). It stays TEXT to SQLite, which stores any bytes as they are and never looks into them.
 */

#define APPLICATION_ID 0x44696e68 /* "Dinh" */
#define PATIENCE 5000 /* milliseconds that one connection waits for another */

typedef enum {
  BEGIN,
  COMMIT,
  ROLLBACK,
  SAVEPOINT,
  RELEASE,
  ROLLBACK_TO,
  ADD_STREAM,
  GROW_STREAM,
  LIST_STREAMS,
  FORGET_STREAM,
  ADD_EVENT,
  FILL_EVENT,
  HIDE_EVENT,
  READ_EVENTS,
  READ_LEAVES,
  REDACT_EVENT,
  REDACT_COMMAND,
  PUT_SNAPSHOT,
  GET_SNAPSHOT,
  PUT_COMMAND,
  GET_COMMAND,
  PUT_OUTBOX,
  SEAL_OUTBOX,
  DELETE_OUTBOX,
  LIST_OUTBOX,
  PUT_VALUE,
  DELETE_VALUE,
  GET_VALUE,
  LIST_VALUES,
  ADD_INVITATION,
  CHANGE_INVITATION,
  FIND_INVITATION,
  GET_INVITATION,
  LIST_INVITATIONS,
  N_STATEMENTS,
} Statement;

static const char *const statements[N_STATEMENTS] = {
  [BEGIN] = "BEGIN IMMEDIATE",
  [COMMIT] = "COMMIT",
  [ROLLBACK] = "ROLLBACK",
  [SAVEPOINT] = "SAVEPOINT part",
  [RELEASE] = "RELEASE part",
  [ROLLBACK_TO] = "ROLLBACK TO part",
  [ADD_STREAM] = "INSERT INTO stream (id, kind, size) VALUES (?1, ?2, 0)",
  [GROW_STREAM] = "UPDATE stream SET size = ?2 WHERE id = ?1 AND size = ?2 - 1",
  [LIST_STREAMS] = "SELECT id, kind, size FROM stream ORDER BY number",
  [FORGET_STREAM] = "DELETE FROM stream WHERE id = ?1",
  [ADD_EVENT] = "INSERT INTO event (stream, seq, leaf, bytes, readers) VALUES (?1, ?2, ?3, ?4, ?5)",
  [FILL_EVENT] = "UPDATE event SET bytes = ?4, readers = ?5 WHERE stream = ?1 AND seq = ?2 AND leaf = ?3 AND bytes IS NULL",
  [HIDE_EVENT] = "UPDATE event SET bytes = NULL, readers = NULL WHERE stream = ?1 AND seq = ?2",
  [READ_EVENTS] = "SELECT seq, leaf, bytes, readers FROM event WHERE stream = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
  [READ_LEAVES] = "SELECT leaf FROM event WHERE stream = ?1 ORDER BY seq",
  [REDACT_EVENT] = "UPDATE event SET bytes = NULL, readers = NULL WHERE stream = ?1 AND seq = ?2",
  [REDACT_COMMAND] = "UPDATE command SET body_hash = zeroblob (32) WHERE id = ?1",
  [PUT_SNAPSHOT] = "INSERT INTO snapshot (stream, size, text) VALUES (?1, ?2, ?3)"
                   " ON CONFLICT (stream) DO UPDATE SET size = ?2, text = ?3",
  [GET_SNAPSHOT] = "SELECT size, text FROM snapshot WHERE stream = ?1",
  [PUT_COMMAND] = "INSERT INTO command (id, body_hash, result) VALUES (?1, ?2, ?3)",
  [GET_COMMAND] = "SELECT body_hash, result FROM command WHERE id = ?1",
  [PUT_OUTBOX] = "INSERT INTO outbox (id, command) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING",
  [SEAL_OUTBOX] = "UPDATE outbox SET command = ?2 WHERE id = ?1",
  [DELETE_OUTBOX] = "DELETE FROM outbox WHERE id = ?1",
  [LIST_OUTBOX] = "SELECT id, command FROM outbox ORDER BY number",
  [PUT_VALUE] = "INSERT INTO value (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
  [DELETE_VALUE] = "DELETE FROM value WHERE name = ?1",
  [GET_VALUE] = "SELECT value FROM value WHERE name = ?1",
  [LIST_VALUES] = "SELECT name, value FROM value WHERE substr (name, 1, length (?1)) = ?1",
  [ADD_INVITATION] = "INSERT INTO invitation (id, text, secret) VALUES (?1, ?2, ?3)",
  [CHANGE_INVITATION] = "UPDATE invitation SET text = ?2 WHERE id = ?1",
  [FIND_INVITATION] = "SELECT text FROM invitation WHERE secret = ?1",
  [GET_INVITATION] = "SELECT text FROM invitation WHERE id = ?1",
  [LIST_INVITATIONS] = "SELECT text FROM invitation ORDER BY number",
};

/* Each brings the file from version N to N + 1, in one transaction; never edited once released. */
static const char *const migrations[] = {
  "CREATE TABLE stream (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,"
  "                     size INTEGER NOT NULL) STRICT;"
  "CREATE TABLE event (stream TEXT NOT NULL REFERENCES stream (id) ON DELETE CASCADE, seq INTEGER NOT NULL,"
  "                    leaf BLOB NOT NULL, bytes TEXT, readers TEXT, PRIMARY KEY (stream, seq)) STRICT, WITHOUT ROWID;"
  "CREATE TABLE snapshot (stream TEXT PRIMARY KEY REFERENCES stream (id) ON DELETE CASCADE, size INTEGER NOT NULL,"
  "                       text TEXT NOT NULL) STRICT;"
  "CREATE TABLE command (id TEXT PRIMARY KEY, body_hash BLOB NOT NULL, result TEXT NOT NULL) STRICT, WITHOUT ROWID;"
  "CREATE TABLE outbox (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, command TEXT NOT NULL) STRICT;"
  "CREATE TABLE value (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;",

  "CREATE TABLE invitation (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, secret BLOB NOT NULL UNIQUE,"
  "                         text TEXT NOT NULL) STRICT;",
};

struct _DinhSqliteStore {
  GObject parent_instance;

  sqlite3 *database;
  sqlite3_stmt *prepared[N_STATEMENTS];
  char *path;
  DinhSeal *seal; /* NULL: nothing is sealed */
};

static void dinh_sqlite_store_iface_init (DinhStoreInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (DinhSqliteStore, dinh_sqlite_store, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (DINH_TYPE_STORE, dinh_sqlite_store_iface_init))

static DinhStoreError
code_of (int result)
{
  switch (result & 0xff) {
    case SQLITE_FULL:
      return DINH_STORE_ERROR_FULL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return DINH_STORE_ERROR_BUSY;
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return DINH_STORE_ERROR_OPEN;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT:
      return DINH_STORE_ERROR_CORRUPT;
    default:
      return DINH_STORE_ERROR_IO;
  }
}

static gboolean
fail (DinhSqliteStore *self, GError **error)
{
  g_set_error (error, DINH_STORE_ERROR, (int) code_of (sqlite3_extended_errcode (self->database)), "“%s”: %s",
               self->path, sqlite3_errmsg (self->database));
  return FALSE;
}

/* The prepared statement, reset and without values. */
static sqlite3_stmt *
statement (DinhSqliteStore *self, Statement which)
{
  sqlite3_stmt *prepared = self->prepared[which];

  if (prepared == NULL) {
    sqlite3_prepare_v3 (self->database, statements[which], -1, SQLITE_PREPARE_PERSISTENT, &prepared, NULL);
    self->prepared[which] = prepared;
  }
  if (prepared != NULL) {
    sqlite3_reset (prepared);
    sqlite3_clear_bindings (prepared);
  }
  return prepared;
}

/* Runs to the end; a statement that gives rows is not for this. */
static gboolean
run (DinhSqliteStore *self, sqlite3_stmt *prepared, GError **error)
{
  int result = prepared == NULL ? SQLITE_ERROR : sqlite3_step (prepared);

  if (result != SQLITE_DONE)
    fail (self, error);
  if (prepared != NULL)
    sqlite3_reset (prepared);
  return result == SQLITE_DONE;
}

static void
bind_text (sqlite3_stmt *prepared, int index, const char *text)
{
  if (text != NULL)
    sqlite3_bind_text (prepared, index, text, -1, SQLITE_STATIC);
}

static void
bind_hash (sqlite3_stmt *prepared, int index, const DinhHash *hash)
{
  sqlite3_bind_blob (prepared, index, hash->bytes, DINH_HASH_SIZE, SQLITE_STATIC);
}

static gboolean
column_hash (sqlite3_stmt *prepared, int index, DinhHash *hash)
{
  if (sqlite3_column_bytes (prepared, index) != DINH_HASH_SIZE)
    return FALSE;
  memcpy (hash->bytes, sqlite3_column_blob (prepared, index), DINH_HASH_SIZE);
  return TRUE;
}

static char *
column_text (sqlite3_stmt *prepared, int index)
{
  return g_strdup ((const char *) sqlite3_column_text (prepared, index));
}

/* Where a private text belongs: its column, its row, and the event's number or 0. */
static char *
make_place (const char *column, const char *row, guint64 seq)
{
  return g_strdup_printf ("%s/%s/%" G_GUINT64_FORMAT, column, row, seq);
}

/* Binds a text that only this device may read from the disk. */
static void
bind_private (DinhSqliteStore *self, sqlite3_stmt *prepared, int index, const char *place, const char *text,
              gsize length)
{
  guint8 *sealed;

  if (text == NULL)
    return;
  if (self->seal == NULL) {
    sqlite3_bind_text (prepared, index, text, (int) length, SQLITE_STATIC);
    return;
  }
  sealed = dinh_seal_close (self->seal, place, text, length, &length);
  sqlite3_bind_text (prepared, index, (const char *) sealed, (int) length, g_free);
}

static void
bind_private_text (DinhSqliteStore *self, sqlite3_stmt *prepared, int index, const char *column, const char *row,
                   const char *text)
{
  g_autofree char *place = make_place (column, row, 0);

  bind_private (self, prepared, index, place, text, text == NULL ? 0 : strlen (text));
}

/* @text: NULL if there is none. FALSE: it does not open. */
static gboolean
column_private (DinhSqliteStore *self, sqlite3_stmt *prepared, int index, const char *place, char **text,
                gsize *length, GError **error)
{
  const char *stored = (const char *) sqlite3_column_text (prepared, index);
  g_autoptr (GError) fault = NULL;

  *length = (gsize) sqlite3_column_bytes (prepared, index);
  *text = NULL;
  if (stored == NULL)
    return TRUE;
  *text = self->seal == NULL ? g_strndup (stored, *length)
                             : dinh_seal_open (self->seal, place, stored, *length, length, &fault);
  if (*text == NULL)
    g_set_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_NO_KEY, "“%s”: %s", self->path, fault->message);
  return *text != NULL;
}

static gboolean
column_private_text (DinhSqliteStore *self, sqlite3_stmt *prepared, int index, const char *column, const char *row,
                     char **text, GError **error)
{
  g_autofree char *place = make_place (column, row, 0);
  gsize length;

  return column_private (self, prepared, index, place, text, &length, error);
}

static gboolean
store_begin (DinhStore *store, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);

  return run (self, statement (self, BEGIN), error);
}

static void
store_rollback (DinhStore *store)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);

  if (!sqlite3_get_autocommit (self->database))
    run (self, statement (self, ROLLBACK), NULL);
}

static gboolean
store_commit (DinhStore *store, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);

  if (run (self, statement (self, COMMIT), error))
    return TRUE;
  store_rollback (store);
  return FALSE;
}

static gboolean
store_savepoint (DinhStore *store, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);

  return run (self, statement (self, SAVEPOINT), error);
}

static gboolean
store_release (DinhStore *store, gboolean keep, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);

  return (keep || run (self, statement (self, ROLLBACK_TO), error)) && run (self, statement (self, RELEASE), error);
}

static gboolean
store_add_stream (DinhStore *store, const char *stream, const char *kind, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, ADD_STREAM);

  bind_text (prepared, 1, stream);
  bind_text (prepared, 2, kind);
  return run (self, prepared, error);
}

static GPtrArray *
store_list_streams (DinhStore *store, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, LIST_STREAMS);
  g_autoptr (GPtrArray) streams = g_ptr_array_new_with_free_func ((GDestroyNotify) dinh_stored_stream_free);
  int result;

  while ((result = sqlite3_step (prepared)) == SQLITE_ROW) {
    DinhStoredStream *stream = g_new0 (DinhStoredStream, 1);

    stream->id = column_text (prepared, 0);
    stream->kind = column_text (prepared, 1);
    stream->size = (guint64) sqlite3_column_int64 (prepared, 2);
    g_ptr_array_add (streams, stream);
  }
  sqlite3_reset (prepared);
  if (result != SQLITE_DONE)
    return fail (self, error), NULL;
  return g_steal_pointer (&streams);
}

static gboolean
store_forget_stream (DinhStore *store, const char *stream, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, FORGET_STREAM);

  bind_text (prepared, 1, stream);
  return run (self, prepared, error);
}

static void
bind_event (DinhSqliteStore *self, sqlite3_stmt *prepared, const char *stream, const DinhStoredEvent *event)
{
  g_autofree char *bytes_place = make_place ("event", stream, event->seq);
  g_autofree char *readers_place = make_place ("readers", stream, event->seq);

  bind_text (prepared, 1, stream);
  sqlite3_bind_int64 (prepared, 2, (sqlite3_int64) event->seq);
  bind_hash (prepared, 3, &event->leaf);
  bind_private (self, prepared, 4, bytes_place, event->bytes, event->length);
  bind_private (self, prepared, 5, readers_place, event->readers, event->readers == NULL ? 0 : strlen (event->readers));
}

/* A body for a leaf that was stored without one. */
static gboolean
fill_event (DinhSqliteStore *self, const char *stream, const DinhStoredEvent *event, GError **error)
{
  sqlite3_stmt *prepared = statement (self, FILL_EVENT);

  bind_event (self, prepared, stream, event);
  if (!run (self, prepared, error))
    return FALSE;
  if (sqlite3_changes (self->database) == 1)
    return TRUE;
  g_set_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_CORRUPT,
               "event %" G_GUINT64_FORMAT " of “%s” is neither the next nor one without a body", event->seq, stream);
  return FALSE;
}

static gboolean
store_add_event (DinhStore *store, const char *stream, const DinhStoredEvent *event, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, GROW_STREAM);

  bind_text (prepared, 1, stream);
  sqlite3_bind_int64 (prepared, 2, (sqlite3_int64) event->seq);
  if (!run (self, prepared, error))
    return FALSE;
  if (sqlite3_changes (self->database) != 1)
    return fill_event (self, stream, event, error);
  prepared = statement (self, ADD_EVENT);
  bind_event (self, prepared, stream, event);
  return run (self, prepared, error);
}

static gboolean
store_hide_event (DinhStore *store, const char *stream, guint64 seq, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, HIDE_EVENT);

  bind_text (prepared, 1, stream);
  sqlite3_bind_int64 (prepared, 2, (sqlite3_int64) seq);
  return run (self, prepared, error);
}

static DinhStoredEvent *
read_event (DinhSqliteStore *self, sqlite3_stmt *prepared, const char *stream, GError **error)
{
  g_autoptr (DinhStoredEvent) event = g_new0 (DinhStoredEvent, 1);
  guint64 seq = event->seq = (guint64) sqlite3_column_int64 (prepared, 0);
  g_autofree char *bytes_place = make_place ("event", stream, seq);
  g_autofree char *readers_place = make_place ("readers", stream, seq);
  gsize length;

  column_hash (prepared, 1, &event->leaf);
  if (!column_private (self, prepared, 2, bytes_place, &event->bytes, &event->length, error) ||
      !column_private (self, prepared, 3, readers_place, &event->readers, &length, error))
    return NULL;
  return g_steal_pointer (&event);
}

static GPtrArray *
store_read_events (DinhStore *store, const char *stream, guint64 after, guint limit, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, READ_EVENTS);
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func ((GDestroyNotify) dinh_stored_event_free);
  int result;

  bind_text (prepared, 1, stream);
  sqlite3_bind_int64 (prepared, 2, (sqlite3_int64) MIN (after, G_MAXINT64));
  sqlite3_bind_int64 (prepared, 3, limit);
  while ((result = sqlite3_step (prepared)) == SQLITE_ROW) {
    DinhStoredEvent *event = read_event (self, prepared, stream, error);

    if (event == NULL) {
      sqlite3_reset (prepared);
      return NULL;
    }
    g_ptr_array_add (events, event);
  }
  sqlite3_reset (prepared);
  if (result != SQLITE_DONE)
    return fail (self, error), NULL;
  return g_steal_pointer (&events);
}

static GArray *
store_read_leaves (DinhStore *store, const char *stream, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, READ_LEAVES);
  g_autoptr (GArray) leaves = g_array_new (FALSE, FALSE, sizeof (DinhHash));
  int result;

  bind_text (prepared, 1, stream);
  while ((result = sqlite3_step (prepared)) == SQLITE_ROW) {
    DinhHash leaf = { 0 };

    column_hash (prepared, 0, &leaf);
    g_array_append_val (leaves, leaf);
  }
  sqlite3_reset (prepared);
  if (result != SQLITE_DONE)
    return fail (self, error), NULL;
  return g_steal_pointer (&leaves);
}

static gboolean
store_redact_event (DinhStore *store, const char *stream, guint64 seq, const char *command, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, REDACT_EVENT);

  bind_text (prepared, 1, stream);
  sqlite3_bind_int64 (prepared, 2, (sqlite3_int64) seq);
  if (!run (self, prepared, error))
    return FALSE;
  prepared = statement (self, REDACT_COMMAND);
  bind_text (prepared, 1, command);
  return run (self, prepared, error);
}

static gboolean
store_put_snapshot (DinhStore *store, const char *stream, guint64 size, const char *text, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, PUT_SNAPSHOT);

  bind_text (prepared, 1, stream);
  sqlite3_bind_int64 (prepared, 2, (sqlite3_int64) size);
  bind_private_text (self, prepared, 3, "snapshot", stream, text);
  return run (self, prepared, error);
}

/* Steps a statement that gives one row at most. */
static gboolean
find (DinhSqliteStore *self, sqlite3_stmt *prepared, gboolean *found, GError **error)
{
  int result = sqlite3_step (prepared);

  *found = result == SQLITE_ROW;
  return result == SQLITE_ROW || result == SQLITE_DONE || fail (self, error);
}

static gboolean
store_get_snapshot (DinhStore *store, const char *stream, guint64 *size, char **text, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, GET_SNAPSHOT);
  gboolean found, good;

  *text = NULL;
  bind_text (prepared, 1, stream);
  if (!find (self, prepared, &found, error))
    return FALSE;
  if (found)
    *size = (guint64) sqlite3_column_int64 (prepared, 0);
  good = !found || column_private_text (self, prepared, 1, "snapshot", stream, text, error);
  sqlite3_reset (prepared);
  return good;
}

static gboolean
store_put_command (DinhStore *store, const char *id, const DinhHash *hash, const char *result, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, PUT_COMMAND);

  bind_text (prepared, 1, id);
  bind_hash (prepared, 2, hash);
  bind_private_text (self, prepared, 3, "command", id, result);
  return run (self, prepared, error);
}

static gboolean
store_get_command (DinhStore *store, const char *id, DinhHash *hash, char **result, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, GET_COMMAND);
  gboolean found, good;

  *result = NULL;
  bind_text (prepared, 1, id);
  if (!find (self, prepared, &found, error))
    return FALSE;
  good = !found || !column_hash (prepared, 0, hash) ||
         column_private_text (self, prepared, 1, "command", id, result, error);
  sqlite3_reset (prepared);
  return good;
}

static gboolean
store_put_outbox (DinhStore *store, const char *id, const char *command, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, PUT_OUTBOX);

  bind_text (prepared, 1, id);
  bind_private_text (self, prepared, 2, "outbox", id, command);
  return run (self, prepared, error);
}

static gboolean
store_delete_outbox (DinhStore *store, const char *id, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, DELETE_OUTBOX);

  bind_text (prepared, 1, id);
  return run (self, prepared, error);
}

/* All rows of a statement that gives a text. */
static GPtrArray *
list_texts (DinhSqliteStore *self, Statement which, GError **error)
{
  sqlite3_stmt *prepared = statement (self, which);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  int result;

  while ((result = sqlite3_step (prepared)) == SQLITE_ROW)
    g_ptr_array_add (texts, column_text (prepared, 0));
  sqlite3_reset (prepared);
  if (result != SQLITE_DONE)
    return fail (self, error), NULL;
  return g_steal_pointer (&texts);
}

static GPtrArray *
store_list_outbox (DinhStore *store, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, LIST_OUTBOX);
  g_autoptr (GPtrArray) commands = g_ptr_array_new_with_free_func (g_free);
  int result;

  while ((result = sqlite3_step (prepared)) == SQLITE_ROW) {
    g_autofree char *id = column_text (prepared, 0);
    char *command;

    if (!column_private_text (self, prepared, 1, "outbox", id, &command, error)) {
      sqlite3_reset (prepared);
      return NULL;
    }
    g_ptr_array_add (commands, command);
  }
  sqlite3_reset (prepared);
  if (result != SQLITE_DONE)
    return fail (self, error), NULL;
  return g_steal_pointer (&commands);
}

static gboolean
store_put_value (DinhStore *store, const char *name, const char *value, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, value == NULL ? DELETE_VALUE : PUT_VALUE);

  bind_text (prepared, 1, name);
  if (value != NULL)
    bind_private_text (self, prepared, 2, "value", name, value);
  return run (self, prepared, error);
}

/* The text of the one row that a statement gives, or NULL for none. */
static gboolean
find_text (DinhSqliteStore *self, sqlite3_stmt *prepared, char **text, GError **error)
{
  gboolean found;

  *text = NULL;
  if (!find (self, prepared, &found, error))
    return FALSE;
  if (found)
    *text = column_text (prepared, 0);
  sqlite3_reset (prepared);
  return TRUE;
}

static gboolean
store_get_value (DinhStore *store, const char *name, char **value, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, GET_VALUE);
  gboolean found, good;

  *value = NULL;
  bind_text (prepared, 1, name);
  if (!find (self, prepared, &found, error))
    return FALSE;
  good = !found || column_private_text (self, prepared, 0, "value", name, value, error);
  sqlite3_reset (prepared);
  return good;
}

static GHashTable *
store_list_values (DinhStore *store, const char *prefix, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, LIST_VALUES);
  g_autoptr (GHashTable) values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  int result;

  bind_text (prepared, 1, prefix);
  while ((result = sqlite3_step (prepared)) == SQLITE_ROW) {
    g_autofree char *name = column_text (prepared, 0);
    char *value;

    if (!column_private_text (self, prepared, 1, "value", name, &value, error)) {
      sqlite3_reset (prepared);
      return NULL;
    }
    g_hash_table_insert (values, g_steal_pointer (&name), value);
  }
  sqlite3_reset (prepared);
  if (result != SQLITE_DONE)
    return fail (self, error), NULL;
  return g_steal_pointer (&values);
}

static gboolean
execute (DinhSqliteStore *self, const char *sql, GError **error)
{
  return sqlite3_exec (self->database, sql, NULL, NULL, NULL) == SQLITE_OK || fail (self, error);
}

/* Deleting writes zeros (secure_delete), but into the log, behind which the main file and earlier pages of the log still
 * have it. A checkpoint brings the zeros to the main file; truncating leaves nothing of the log. For another connection's
 * checkpoint SQLite does not wait. */
static gboolean
store_scrub (DinhStore *store, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  g_autofree char *log = g_strconcat (self->path, "-wal", NULL);
  gint64 end = g_get_monotonic_time () + PATIENCE * 1000;
  int result;

  while (((result = sqlite3_wal_checkpoint_v2 (self->database, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL)) & 0xff) ==
           SQLITE_BUSY &&
         g_get_monotonic_time () < end)
    g_usleep (10000);
  /* SQLite does not wait for the truncation to reach the disk. (Its locks are on other files than the log.) */
  return result == SQLITE_OK ? dinh_store_sync_path (log, error) : fail (self, error);
}

static gboolean
store_purge (DinhStore *store, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);

  return execute (self, "VACUUM", error) && store_scrub (store, error);
}

static gboolean
store_put_invitation (DinhStore *store, const char *id, const DinhHash *secret, const char *text, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, secret == NULL ? CHANGE_INVITATION : ADD_INVITATION);

  bind_text (prepared, 1, id);
  bind_text (prepared, 2, text);
  if (secret != NULL)
    bind_hash (prepared, 3, secret);
  return run (self, prepared, error);
}

static gboolean
store_find_invitation (DinhStore *store, const DinhHash *secret, char **text, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, FIND_INVITATION);

  bind_hash (prepared, 1, secret);
  return find_text (self, prepared, text, error);
}

static gboolean
store_get_invitation (DinhStore *store, const char *id, char **text, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, GET_INVITATION);

  bind_text (prepared, 1, id);
  return find_text (self, prepared, text, error);
}

static GPtrArray *
store_list_invitations (DinhStore *store, GError **error)
{
  return list_texts (DINH_SQLITE_STORE (store), LIST_INVITATIONS, error);
}

static gboolean
copy_pages (DinhSqliteStore *self, sqlite3 *target, GCancellable *cancellable, GError **error)
{
  sqlite3_backup *copy = sqlite3_backup_init (target, "main", self->database, "main");
  int result = copy == NULL ? SQLITE_ERROR : SQLITE_OK;

  while (result == SQLITE_OK || result == SQLITE_BUSY || result == SQLITE_LOCKED) {
    if (g_cancellable_set_error_if_cancelled (cancellable, error)) {
      sqlite3_backup_finish (copy);
      return FALSE;
    }
    result = sqlite3_backup_step (copy, 1024);
    if (result == SQLITE_BUSY || result == SQLITE_LOCKED)
      g_usleep (10000);
  }
  sqlite3_backup_finish (copy);
  if (result == SQLITE_DONE)
    return TRUE;
  g_set_error (error, DINH_STORE_ERROR, (int) code_of (result), "cannot copy: %s", sqlite3_errmsg (target));
  return FALSE;
}

/* Copies page by page, so that a cancel is soon heard. What is committed meanwhile would begin the copy anew; therefore
 * it reads from one moment. */
static gboolean
copy_moment (DinhSqliteStore *self, sqlite3 *target, GCancellable *cancellable, GError **error)
{
  gboolean copied = execute (self, "BEGIN; SELECT count(*) FROM sqlite_schema", error) &&
                    copy_pages (self, target, cancellable, error);

  sqlite3_exec (self->database, "COMMIT", NULL, NULL, NULL);
  return copied;
}

static gboolean
is_sound (sqlite3 *database)
{
  sqlite3_stmt *check = NULL;
  gboolean sound;

  sqlite3_prepare_v2 (database, "PRAGMA quick_check", -1, &check, NULL);
  sound = check != NULL && sqlite3_step (check) == SQLITE_ROW &&
          strcmp ((const char *) sqlite3_column_text (check, 0), "ok") == 0;
  sqlite3_finalize (check);
  return sound;
}

static gboolean
write_copy (DinhSqliteStore *self, const char *path, GCancellable *cancellable, GError **error)
{
  sqlite3 *target = NULL;
  gboolean copied;

  if (sqlite3_open_v2 (path, &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK) {
    g_set_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_OPEN, "cannot write “%s”: %s", path, sqlite3_errmsg (target));
    sqlite3_close (target);
    return FALSE;
  }
  copied = copy_moment (self, target, cancellable, error);
  /* One file, not three: the copy is to be carried away. */
  sqlite3_exec (target, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
  if (copied && !is_sound (target)) {
    g_set_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_CORRUPT, "the copy “%s” does not pass its check", path);
    copied = FALSE;
  }
  sqlite3_close (target);
  return copied && dinh_store_sync_path (path, error);
}

static gboolean
store_backup (DinhStore *store, const char *path, GCancellable *cancellable, GError **error)
{
  g_autofree char *temporary = g_strconcat (path, ".part", NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_unlink (temporary);
  if (!write_copy (DINH_SQLITE_STORE (store), temporary, cancellable, error)) {
    g_unlink (temporary);
    return FALSE;
  }
  if (g_rename (temporary, path) != 0) {
    g_set_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_IO, "cannot rename to “%s”: %s", path, g_strerror (errno));
    g_unlink (temporary);
    return FALSE;
  }
  return dinh_store_sync_path (folder, error);
}

static void
dinh_sqlite_store_iface_init (DinhStoreInterface *iface)
{
  iface->begin = store_begin;
  iface->commit = store_commit;
  iface->rollback = store_rollback;
  iface->savepoint = store_savepoint;
  iface->release = store_release;
  iface->add_stream = store_add_stream;
  iface->list_streams = store_list_streams;
  iface->forget_stream = store_forget_stream;
  iface->add_event = store_add_event;
  iface->hide_event = store_hide_event;
  iface->read_events = store_read_events;
  iface->read_leaves = store_read_leaves;
  iface->redact_event = store_redact_event;
  iface->put_snapshot = store_put_snapshot;
  iface->get_snapshot = store_get_snapshot;
  iface->put_command = store_put_command;
  iface->get_command = store_get_command;
  iface->put_outbox = store_put_outbox;
  iface->delete_outbox = store_delete_outbox;
  iface->list_outbox = store_list_outbox;
  iface->put_value = store_put_value;
  iface->get_value = store_get_value;
  iface->list_values = store_list_values;
  iface->scrub = store_scrub;
  iface->purge = store_purge;
  iface->put_invitation = store_put_invitation;
  iface->find_invitation = store_find_invitation;
  iface->get_invitation = store_get_invitation;
  iface->list_invitations = store_list_invitations;
  iface->backup = store_backup;
}

static void
dinh_sqlite_store_finalize (GObject *object)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (object);

  for (int i = 0; i < N_STATEMENTS; i++)
    sqlite3_finalize (self->prepared[i]);
  sqlite3_close (self->database);
  g_clear_pointer (&self->seal, dinh_seal_unref);
  g_free (self->path);
  G_OBJECT_CLASS (dinh_sqlite_store_parent_class)->finalize (object);
}

static void
dinh_sqlite_store_class_init (DinhSqliteStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dinh_sqlite_store_finalize;
}

static void
dinh_sqlite_store_init (DinhSqliteStore *self)
{
}

static gboolean
query_integer (DinhSqliteStore *self, const char *sql, int *value, GError **error)
{
  sqlite3_stmt *prepared = NULL;
  gboolean found;

  sqlite3_prepare_v2 (self->database, sql, -1, &prepared, NULL);
  found = prepared != NULL && sqlite3_step (prepared) == SQLITE_ROW;
  if (found)
    *value = sqlite3_column_int (prepared, 0);
  sqlite3_finalize (prepared);
  return found || fail (self, error);
}

/* Before a byte is changed: is it ours, or nothing at all yet? */
static gboolean
check_ours (DinhSqliteStore *self, int *version, GError **error)
{
  int application = 0, n_objects = 0;

  /* All of one moment: another process may be making it. */
  if (!execute (self, "BEGIN", error) || !query_integer (self, "PRAGMA user_version", version, error) ||
      !query_integer (self, "PRAGMA application_id", &application, error) ||
      !query_integer (self, "SELECT count(*) FROM sqlite_schema", &n_objects, error) || !execute (self, "COMMIT", error))
    return FALSE;
  if (application != APPLICATION_ID && (application != 0 || *version != 0 || n_objects != 0)) {
    g_set_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_OPEN, "“%s” is another program's database", self->path);
    return FALSE;
  }
  if (*version > (int) G_N_ELEMENTS (migrations)) {
    g_set_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_VERSION, "“%s” has version %d, this program knows %zu",
                 self->path, *version, G_N_ELEMENTS (migrations));
    return FALSE;
  }
  return TRUE;
}

/* Who turns a new file to a write-ahead log does not wait for others who do so too (that could be for ever); tries do. */
static gboolean
use_log (DinhSqliteStore *self, GError **error)
{
  gint64 end = g_get_monotonic_time () + PATIENCE * 1000;
  int result;

  while (((result = sqlite3_exec (self->database, "PRAGMA journal_mode = WAL", NULL, NULL, NULL)) & 0xff) == SQLITE_BUSY &&
         g_get_monotonic_time () < end)
    g_usleep (10000);
  return result == SQLITE_OK || fail (self, error);
}

/* One version further, unless another process was faster: who holds the lock sees that. */
static gboolean
migrate (DinhSqliteStore *self, int *version, GError **error)
{
  g_autofree char *sql = NULL;

  if (!execute (self, "BEGIN IMMEDIATE", error) || !query_integer (self, "PRAGMA user_version", version, error))
    return FALSE;
  if (*version < (int) G_N_ELEMENTS (migrations)) {
    sql = g_strdup_printf ("%s PRAGMA application_id = %d; PRAGMA user_version = %d;", migrations[*version],
                           APPLICATION_ID, *version + 1);
    if (!execute (self, sql, error)) {
      g_prefix_error (error, "migration %d: ", *version + 1);
      return FALSE;
    }
    (*version)++;
  }
  dinh_crash_point ("before-migration");
  return execute (self, "COMMIT", error);
}

/* Opens the store and brings its tables up to date. */
static DinhSqliteStore *
open_store (const char *path, GError **error)
{
  g_autoptr (DinhSqliteStore) self = g_object_new (DINH_TYPE_SQLITE_STORE, NULL);
  int result, version = 0;

  self->path = g_strdup (path);
  result = sqlite3_open_v2 (path, &self->database,
                            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
  if (result != SQLITE_OK) {
    g_set_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_OPEN, "“%s”: %s", path, sqlite3_errstr (result));
    return NULL;
  }
  sqlite3_busy_timeout (self->database, PATIENCE);
  if (!check_ours (self, &version, error) || !use_log (self, error) ||
      !execute (self,
                "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
                "PRAGMA journal_size_limit = 16777216;",
                error))
    return NULL;
  while (version < (int) G_N_ELEMENTS (migrations)) {
    if (!migrate (self, &version, error))
      return NULL;
  }
  return g_steal_pointer (&self);
}

/**
 * dinh_sqlite_store_open:
 * @path: the database's file, made when it is not there
 *
 * Opens the store for the calling thread and brings its tables up to date. Returns: (transfer full): the store, or %NULL
 * with a #DinhStoreError.
 */
DinhStore *
dinh_sqlite_store_open (const char *path, GError **error)
{
  DinhSqliteStore *self = open_store (path, error);

  return self == NULL ? NULL : DINH_STORE (self);
}

/* A device's store says by this value that all its private texts are sealed, and that nothing older is left in the file.
 * Who cannot open it has another secret. */
#define MARK "sealed"
#define MARK_SEALED "scrubbing"
#define MARK_SCRUBBED "scrubbed"

/* @mark: NULL if there is none that this device can open; @foreign: there is one that it cannot. */
static gboolean
read_mark (DinhSqliteStore *self, char **mark, gboolean *foreign, GError **error)
{
  g_autoptr (GError) fault = NULL;
  gboolean read = store_get_value (DINH_STORE (self), MARK, mark, &fault);

  *foreign = g_error_matches (fault, DINH_STORE_ERROR, DINH_STORE_ERROR_NO_KEY);
  if (read || *foreign)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&fault));
  return FALSE;
}

/* What a person entered before texts were sealed must still reach the hub. */
static gboolean
seal_outbox (DinhSqliteStore *self, GError **error)
{
  sqlite3_stmt *prepared = statement (self, LIST_OUTBOX);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  int result;

  while ((result = sqlite3_step (prepared)) == SQLITE_ROW) {
    g_ptr_array_add (texts, column_text (prepared, 0));
    g_ptr_array_add (texts, column_text (prepared, 1));
  }
  sqlite3_reset (prepared);
  if (result != SQLITE_DONE)
    return fail (self, error);
  for (guint i = 0; i < texts->len; i += 2) {
    prepared = statement (self, SEAL_OUTBOX);
    bind_text (prepared, 1, texts->pdata[i]);
    bind_private_text (self, prepared, 2, "outbox", texts->pdata[i], texts->pdata[i + 1]);
    if (!run (self, prepared, error))
      return FALSE;
  }
  return TRUE;
}

/* What nobody can open again goes; how much of it was on its way to the hub is kept as DINH_STORE_LOST. */
static gboolean
drop_outbox (DinhSqliteStore *self, GError **error)
{
  g_autofree char *number = NULL;

  if (!execute (self, "DELETE FROM outbox", error))
    return FALSE;
  number = g_strdup_printf ("%d", sqlite3_changes (self->database));
  return store_put_value (DINH_STORE (self), DINH_STORE_LOST, number, error);
}

/* The copies of streams are not worth keeping: the hub has them. */
static gboolean
take_over (DinhSqliteStore *self, gboolean foreign, GError **error)
{
  return execute (self, "DELETE FROM stream; DELETE FROM command; DELETE FROM value", error) &&
         (foreign ? drop_outbox (self, error) : seal_outbox (self, error)) &&
         store_put_value (DINH_STORE (self), MARK, MARK_SEALED, error);
}

/* The pages that plain texts were on before are still in the file. */
static gboolean
scrub_all (DinhSqliteStore *self, GError **error)
{
  dinh_crash_point ("before-scrub");
  return store_purge (DINH_STORE (self), error) &&
         store_put_value (DINH_STORE (self), MARK, MARK_SCRUBBED, error);
}

/* Sees to it that everything private in the store is sealed under this device's secret. */
static gboolean
seal_store (DinhSqliteStore *self, GError **error)
{
  g_autofree char *seen = NULL, *mark = NULL;
  gboolean foreign;

  if (!read_mark (self, &seen, &foreign, error))
    return FALSE;
  if (g_strcmp0 (seen, MARK_SCRUBBED) == 0)
    return TRUE;
  /* Another connection may be at it. */
  if (!store_begin (DINH_STORE (self), error))
    return FALSE;
  if (!read_mark (self, &mark, &foreign, error) || (mark == NULL && !take_over (self, foreign, error))) {
    store_rollback (DINH_STORE (self));
    return FALSE;
  }
  return store_commit (DINH_STORE (self), error) &&
         (g_strcmp0 (mark, MARK_SCRUBBED) == 0 || scrub_all (self, error));
}

/**
 * dinh_sqlite_store_open_sealed:
 * @seal: what this device seals by
 *
 * Opens a device's own store, in which what people wrote is sealed and what is deleted is overwritten. One that was not
 * sealed, or under a secret that this device no longer has, is emptied, the first but for its outbox; after the second
 * the value %DINH_STORE_LOST says how many commands of an outbox were lost. Returns: (transfer full): the store, or %NULL
 * with a #DinhStoreError.
 */
DinhStore *
dinh_sqlite_store_open_sealed (const char *path, DinhSeal *seal, GError **error)
{
  g_autoptr (DinhSqliteStore) self = open_store (path, error);

  if (self == NULL || !execute (self, "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY", error))
    return NULL;
  self->seal = dinh_seal_ref (seal);
  return seal_store (self, error) ? DINH_STORE (g_steal_pointer (&self)) : NULL;
}
