/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/store/dinh-sqlite-store.h"

#include "data/store/dinh-crash-point.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

/*
 * The store in one SQLite file. Write-ahead log with synchronous=FULL: a commit has reached the disk when it returns.
 * Every statement is in the table below and prepared once.
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
  READ_EVENTS,
  READ_LEAVES,
  PUT_SNAPSHOT,
  GET_SNAPSHOT,
  PUT_COMMAND,
  GET_COMMAND,
  PUT_OUTBOX,
  DELETE_OUTBOX,
  LIST_OUTBOX,
  PUT_VALUE,
  DELETE_VALUE,
  GET_VALUE,
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
  [READ_EVENTS] = "SELECT seq, leaf, bytes, readers FROM event WHERE stream = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
  [READ_LEAVES] = "SELECT leaf FROM event WHERE stream = ?1 ORDER BY seq",
  [PUT_SNAPSHOT] = "INSERT INTO snapshot (stream, size, text) VALUES (?1, ?2, ?3)"
                   " ON CONFLICT (stream) DO UPDATE SET size = ?2, text = ?3",
  [GET_SNAPSHOT] = "SELECT size, text FROM snapshot WHERE stream = ?1",
  [PUT_COMMAND] = "INSERT INTO command (id, body_hash, result) VALUES (?1, ?2, ?3)",
  [GET_COMMAND] = "SELECT body_hash, result FROM command WHERE id = ?1",
  [PUT_OUTBOX] = "INSERT INTO outbox (id, command) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING",
  [DELETE_OUTBOX] = "DELETE FROM outbox WHERE id = ?1",
  [LIST_OUTBOX] = "SELECT command FROM outbox ORDER BY number",
  [PUT_VALUE] = "INSERT INTO value (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
  [DELETE_VALUE] = "DELETE FROM value WHERE name = ?1",
  [GET_VALUE] = "SELECT value FROM value WHERE name = ?1",
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
bind_event (sqlite3_stmt *prepared, const char *stream, const DinhStoredEvent *event)
{
  bind_text (prepared, 1, stream);
  sqlite3_bind_int64 (prepared, 2, (sqlite3_int64) event->seq);
  bind_hash (prepared, 3, &event->leaf);
  if (event->bytes != NULL)
    sqlite3_bind_text (prepared, 4, event->bytes, (int) event->length, SQLITE_STATIC);
  bind_text (prepared, 5, event->readers);
}

/* A body for a leaf that was stored without one. */
static gboolean
fill_event (DinhSqliteStore *self, const char *stream, const DinhStoredEvent *event, GError **error)
{
  sqlite3_stmt *prepared = statement (self, FILL_EVENT);

  bind_event (prepared, stream, event);
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
  bind_event (prepared, stream, event);
  return run (self, prepared, error);
}

static DinhStoredEvent *
read_event (sqlite3_stmt *prepared)
{
  DinhStoredEvent *event = g_new0 (DinhStoredEvent, 1);

  event->seq = (guint64) sqlite3_column_int64 (prepared, 0);
  column_hash (prepared, 1, &event->leaf);
  event->bytes = column_text (prepared, 2);
  event->length = (gsize) sqlite3_column_bytes (prepared, 2);
  event->readers = column_text (prepared, 3);
  return event;
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
  while ((result = sqlite3_step (prepared)) == SQLITE_ROW)
    g_ptr_array_add (events, read_event (prepared));
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
store_put_snapshot (DinhStore *store, const char *stream, guint64 size, const char *text, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, PUT_SNAPSHOT);

  bind_text (prepared, 1, stream);
  sqlite3_bind_int64 (prepared, 2, (sqlite3_int64) size);
  bind_text (prepared, 3, text);
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
  gboolean found;

  *text = NULL;
  bind_text (prepared, 1, stream);
  if (!find (self, prepared, &found, error))
    return FALSE;
  if (found) {
    *size = (guint64) sqlite3_column_int64 (prepared, 0);
    *text = column_text (prepared, 1);
  }
  sqlite3_reset (prepared);
  return TRUE;
}

static gboolean
store_put_command (DinhStore *store, const char *id, const DinhHash *hash, const char *result, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, PUT_COMMAND);

  bind_text (prepared, 1, id);
  bind_hash (prepared, 2, hash);
  bind_text (prepared, 3, result);
  return run (self, prepared, error);
}

static gboolean
store_get_command (DinhStore *store, const char *id, DinhHash *hash, char **result, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, GET_COMMAND);
  gboolean found;

  *result = NULL;
  bind_text (prepared, 1, id);
  if (!find (self, prepared, &found, error))
    return FALSE;
  if (found && column_hash (prepared, 0, hash))
    *result = column_text (prepared, 1);
  sqlite3_reset (prepared);
  return TRUE;
}

static gboolean
store_put_outbox (DinhStore *store, const char *id, const char *command, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, PUT_OUTBOX);

  bind_text (prepared, 1, id);
  bind_text (prepared, 2, command);
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
  return list_texts (DINH_SQLITE_STORE (store), LIST_OUTBOX, error);
}

static gboolean
store_put_value (DinhStore *store, const char *name, const char *value, GError **error)
{
  DinhSqliteStore *self = DINH_SQLITE_STORE (store);
  sqlite3_stmt *prepared = statement (self, value == NULL ? DELETE_VALUE : PUT_VALUE);

  bind_text (prepared, 1, name);
  if (value != NULL)
    bind_text (prepared, 2, value);
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

  bind_text (prepared, 1, name);
  return find_text (self, prepared, value, error);
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

static gboolean
execute (DinhSqliteStore *self, const char *sql, GError **error)
{
  return sqlite3_exec (self->database, sql, NULL, NULL, NULL) == SQLITE_OK || fail (self, error);
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
  iface->read_events = store_read_events;
  iface->read_leaves = store_read_leaves;
  iface->put_snapshot = store_put_snapshot;
  iface->get_snapshot = store_get_snapshot;
  iface->put_command = store_put_command;
  iface->get_command = store_get_command;
  iface->put_outbox = store_put_outbox;
  iface->delete_outbox = store_delete_outbox;
  iface->list_outbox = store_list_outbox;
  iface->put_value = store_put_value;
  iface->get_value = store_get_value;
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
  return DINH_STORE (g_steal_pointer (&self));
}
