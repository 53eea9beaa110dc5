/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/store/record-check.h"

#include "data/hash/dinh-checkpoint.h"
#include "data/hash/dinh-merkle.h"
#include "data/store/dinh-sqlite-store.h"

#include <sqlite3.h>
#include <string.h>

/* What must be true of a record after anything that can happen to its machine. */

static char *
check_integrity (const char *path)
{
  sqlite3 *database = NULL;
  sqlite3_stmt *check = NULL;
  char *fault = NULL;

  sqlite3_open (path, &database);
  if (sqlite3_prepare_v2 (database, "PRAGMA integrity_check", -1, &check, NULL) != SQLITE_OK ||
      sqlite3_step (check) != SQLITE_ROW)
    fault = g_strdup (sqlite3_errmsg (database));
  else if (strcmp ((const char *) sqlite3_column_text (check, 0), "ok") != 0)
    fault = g_strdup ((const char *) sqlite3_column_text (check, 0));
  sqlite3_finalize (check);
  sqlite3_close (database);
  return fault;
}

/* Every event hashes to its leaf, they follow each other, and none is there twice. */
static char *
check_stream (const DinhStoredStream *stream, GPtrArray *events, DinhMerkle *tree, GHashTable *ids)
{
  for (guint i = 0; i < events->len; i++) {
    const DinhStoredEvent *stored = g_ptr_array_index (events, i);
    g_autoptr (GError) error = NULL;
    g_autoptr (DinhEvent) event = dinh_event_parse (stored->bytes, stored->length, &error);

    if (event == NULL)
      return g_strdup_printf ("event %u: %s", i + 1, error->message);
    if (event->seq != i + 1 || stored->seq != i + 1 || !dinh_hash_equal (&event->leaf, &stored->leaf))
      return g_strdup_printf ("event %u of “%s” is not what was hashed", i + 1, stream->id);
    if (!g_hash_table_add (ids, g_strdup (event->id)))
      return g_strdup_printf ("event “%s” is there twice", event->id);
    dinh_merkle_append (tree, &event->leaf);
  }
  return events->len == stream->size ? NULL : g_strdup_printf ("“%s” lacks events", stream->id);
}

/* What a fresh writer says of a stream is what its events say, and is signed. */
static char *
check_view (Fixture *fixture, const DinhStoredStream *stream, const DinhMerkle *tree)
{
  g_autoptr (DinhView) view = dinh_writer_dup_view (fixture->writer, stream->id);
  g_autoptr (DinhCheckpoint) checkpoint =
    view == NULL ? NULL : dinh_checkpoint_open (view->checkpoint, fixture->hub_key, NULL);
  DinhHash root;

  dinh_merkle_root (tree, stream->size, &root);
  return checkpoint != NULL && checkpoint->size == stream->size && dinh_hash_equal (&checkpoint->root, &root)
           ? NULL
           : g_strdup_printf ("the checkpoint of “%s” is not of its events", stream->id);
}

static char *
check_streams (Fixture *fixture, DinhStore *store, GHashTable *ids)
{
  g_autoptr (GPtrArray) streams = dinh_store_list_streams (store, NULL);

  for (guint i = 0; streams != NULL && i < streams->len; i++) {
    const DinhStoredStream *stream = g_ptr_array_index (streams, i);
    g_autoptr (GPtrArray) events = dinh_store_read_events (store, stream->id, 0, G_MAXINT, NULL);
    g_autoptr (DinhMerkle) tree = dinh_merkle_new ();
    char *fault = events == NULL ? g_strdup ("the events cannot be read") : check_stream (stream, events, tree, ids);

    if (fault == NULL)
      fault = check_view (fixture, stream, tree);
    if (fault != NULL)
      return fault;
  }
  return streams == NULL ? g_strdup ("the streams cannot be read") : NULL;
}

/* The answer that somebody got is still the answer, and what it tells of has happened. */
static char *
check_answer (DinhStore *store, const char *id, const char *answer, GHashTable *ids)
{
  g_autofree char *result = NULL;
  g_autoptr (DinhJson) told = dinh_json_parse (answer, strlen (answer), NULL);
  DinhHash hash;
  gsize index;
  json_t *event;

  dinh_store_get_command (store, id, &hash, &result, NULL);
  if (g_strcmp0 (result, answer) != 0)
    return g_strdup_printf ("command “%s” was acknowledged and is lost", id);
  json_array_foreach (json_object_get (told, "events"), index, event) {
    if (!g_hash_table_contains (ids, dinh_json_get_string (event, "id")))
      return g_strdup_printf ("event “%s” was acknowledged and is lost", dinh_json_get_string (event, "id"));
  }
  return NULL;
}

static char *
check_answers (DinhStore *store, GHashTable *acknowledged, GHashTable *ids)
{
  GHashTableIter iter;
  const char *id, *answer;
  char *fault = NULL;

  g_hash_table_iter_init (&iter, acknowledged);
  while (fault == NULL && g_hash_table_iter_next (&iter, (gpointer *) &id, (gpointer *) &answer))
    fault = check_answer (store, id, answer, ids);
  return fault;
}

/**
 * record_find_fault:
 * @acknowledged: (element-type utf8 utf8): the answer that was given to each command
 *
 * Opens the fixture's writer, which must not be open. Returns: (transfer full) (nullable): the first thing that is wrong
 * with the record.
 */
char *
record_find_fault (Fixture *fixture, GHashTable *acknowledged)
{
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhStore) store = NULL;
  char *fault = check_integrity (fixture->path);

  if (fault != NULL)
    return fault;
  fixture->writer = fixture_try_writer (fixture, &error);
  if (fixture->writer != NULL)
    store = dinh_sqlite_store_open (fixture->path, &error);
  if (store == NULL)
    return g_strdup (error->message);
  fault = check_streams (fixture, store, ids);
  return fault != NULL ? fault : check_answers (store, acknowledged, ids);
}
