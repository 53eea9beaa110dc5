/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/store/dinh-sqlite-store.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

#define BODY "00000000-0000-7000-8000-000000000001"
#define MEETING "00000000-0000-7000-8000-000000000002"

typedef struct {
  char *folder;
  char *path;
  DinhStore *store;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("dinh-store-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "a.db", NULL);
  fixture->store = dinh_sqlite_store_open (fixture->path, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) files = g_dir_open (fixture->folder, 0, NULL);
  const char *name;

  g_clear_object (&fixture->store);
  while ((name = g_dir_read_name (files)) != NULL) {
    g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
    if (g_remove (path) != 0)
      g_assert_cmpint (errno, ==, ENOENT);
  }
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static gboolean
add_event (DinhStore *store, const char *stream, guint64 seq, guint8 leaf, const char *bytes, const char *readers,
           GError **error)
{
  DinhStoredEvent event = { .seq = seq, .bytes = (char *) bytes, .readers = (char *) readers };

  memset (event.leaf.bytes, leaf, DINH_HASH_SIZE);
  event.length = bytes == NULL ? 0 : strlen (bytes);
  return dinh_store_add_event (store, stream, &event, error);
}

static void
begin (Fixture *fixture)
{
  g_assert_true (dinh_store_begin (fixture->store, NULL));
}

static void
commit (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (dinh_store_commit (fixture->store, &error));
  g_assert_no_error (error);
}

static guint64
size_of (DinhStore *store, const char *stream)
{
  g_autoptr (GPtrArray) streams = dinh_store_list_streams (store, NULL);

  for (guint i = 0; i < streams->len; i++) {
    const DinhStoredStream *entry = g_ptr_array_index (streams, i);
    if (strcmp (entry->id, stream) == 0)
      return entry->size;
  }
  return 0;
}

static void
test_streams (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) streams = NULL;
  g_autoptr (GError) error = NULL;

  begin (fixture);
  g_assert_true (dinh_store_add_stream (fixture->store, MEETING, "meeting", NULL));
  g_assert_true (dinh_store_add_stream (fixture->store, BODY, "body", NULL));
  g_assert_false (dinh_store_add_stream (fixture->store, BODY, "body", &error));
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_CORRUPT);
  commit (fixture);
  streams = dinh_store_list_streams (fixture->store, NULL);
  g_assert_cmpuint (streams->len, ==, 2);
  g_assert_cmpstr (((DinhStoredStream *) g_ptr_array_index (streams, 0))->id, ==, MEETING);
  g_assert_cmpstr (((DinhStoredStream *) g_ptr_array_index (streams, 1))->kind, ==, "body");
}

static void
test_events (Fixture *fixture, gconstpointer data)
{
  static const struct {
    guint64 seq;
    guint8 leaf;
    const char *bytes;
    gboolean accepted;
  } steps[] = {
    { 0, 1, "{}", FALSE },          { 2, 1, "{}", FALSE }, { 1, 1, "{\"a\":\"ễ\"}", TRUE }, { 1, 1, "{}", FALSE },
    { 2, 2, NULL, TRUE },           { 4, 4, "{}", FALSE }, { 3, 3, "{\"c\":3}", TRUE },      { 2, 9, "{}", FALSE },
    { 2, 2, "{\"b\":2}", TRUE },    { 2, 2, "{}", FALSE }, { G_MAXINT64, 1, "{}", FALSE },
  };
  g_autoptr (GPtrArray) events = NULL, some = NULL, none = NULL;
  g_autoptr (GArray) leaves = NULL;

  begin (fixture);
  g_assert_true (dinh_store_add_stream (fixture->store, MEETING, "meeting", NULL));
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    g_autoptr (GError) error = NULL;
    gboolean accepted = add_event (fixture->store, MEETING, steps[i].seq, steps[i].leaf, steps[i].bytes, NULL, &error);

    g_assert_true (accepted == steps[i].accepted);
    if (!accepted)
      g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_CORRUPT);
  }
  g_assert_false (add_event (fixture->store, BODY, 1, 1, "{}", NULL, NULL));
  commit (fixture);
  g_assert_cmpuint (size_of (fixture->store, MEETING), ==, 3);
  events = dinh_store_read_events (fixture->store, MEETING, 0, 100, NULL);
  g_assert_cmpuint (events->len, ==, 3);
  for (guint i = 0; i < 3; i++) {
    static const char *const bytes[] = { "{\"a\":\"ễ\"}", "{\"b\":2}", "{\"c\":3}" };
    const DinhStoredEvent *event = g_ptr_array_index (events, i);

    g_assert_cmpuint (event->seq, ==, i + 1);
    g_assert_cmpmem (event->bytes, event->length, bytes[i], strlen (bytes[i]));
    g_assert_cmpuint (event->leaf.bytes[31], ==, i + 1);
  }
  some = dinh_store_read_events (fixture->store, MEETING, 1, 1, NULL);
  g_assert_cmpuint (some->len, ==, 1);
  g_assert_cmpuint (((DinhStoredEvent *) g_ptr_array_index (some, 0))->seq, ==, 2);
  none = dinh_store_read_events (fixture->store, BODY, 0, 10, NULL);
  g_assert_cmpuint (none->len, ==, 0);
  leaves = dinh_store_read_leaves (fixture->store, MEETING, NULL);
  g_assert_cmpuint (leaves->len, ==, 3);
  g_assert_cmpuint (g_array_index (leaves, DinhHash, 2).bytes[0], ==, 3);
}

static void
test_transactions (Fixture *fixture, gconstpointer data)
{
  begin (fixture);
  g_assert_true (dinh_store_add_stream (fixture->store, MEETING, "meeting", NULL));
  for (guint i = 0; i < 2; i++) {
    g_assert_true (dinh_store_savepoint (fixture->store, NULL));
    g_assert_true (add_event (fixture->store, MEETING, 1, 1, i == 0 ? "{\"no\":1}" : "{\"yes\":1}", NULL, NULL));
    g_assert_true (dinh_store_release (fixture->store, i == 1, NULL));
  }
  commit (fixture);
  begin (fixture);
  g_assert_true (add_event (fixture->store, MEETING, 2, 2, "{}", NULL, NULL));
  dinh_store_rollback (fixture->store);
  dinh_store_rollback (fixture->store);
  g_assert_cmpuint (size_of (fixture->store, MEETING), ==, 1);
  g_autoptr (GPtrArray) events = dinh_store_read_events (fixture->store, MEETING, 0, 10, NULL);
  g_assert_cmpstr (((DinhStoredEvent *) g_ptr_array_index (events, 0))->bytes, ==, "{\"yes\":1}");
  g_assert_false (dinh_store_commit (fixture->store, NULL));
  g_assert_true (dinh_store_begin (fixture->store, NULL));
  g_assert_false (dinh_store_begin (fixture->store, NULL));
  dinh_store_rollback (fixture->store);
}

static void
test_snapshots (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strdup ("x");
  guint64 size = 0;

  begin (fixture);
  dinh_store_add_stream (fixture->store, MEETING, "meeting", NULL);
  g_free (g_steal_pointer (&text));
  g_assert_true (dinh_store_get_snapshot (fixture->store, MEETING, &size, &text, NULL));
  g_assert_null (text);
  g_assert_true (dinh_store_put_snapshot (fixture->store, MEETING, 3, "{\"a\":1}", NULL));
  g_assert_true (dinh_store_put_snapshot (fixture->store, MEETING, 4, "{\"a\":2}", NULL));
  g_assert_false (dinh_store_put_snapshot (fixture->store, BODY, 1, "{}", NULL));
  commit (fixture);
  g_assert_true (dinh_store_get_snapshot (fixture->store, MEETING, &size, &text, NULL));
  g_assert_cmpstr (text, ==, "{\"a\":2}");
  g_assert_cmpuint (size, ==, 4);
}

static void
test_commands (Fixture *fixture, gconstpointer data)
{
  g_autofree char *result = NULL, *none = NULL;
  DinhHash hash = { { 7 } }, found = { { 0 } };

  begin (fixture);
  g_assert_true (dinh_store_put_command (fixture->store, MEETING, &hash, "{\"status\":\"recorded\"}", NULL));
  g_assert_false (dinh_store_put_command (fixture->store, MEETING, &hash, "{\"status\":\"refused\"}", NULL));
  commit (fixture);
  g_assert_true (dinh_store_get_command (fixture->store, MEETING, &found, &result, NULL));
  g_assert_cmpstr (result, ==, "{\"status\":\"recorded\"}");
  g_assert_true (dinh_hash_equal (&hash, &found));
  g_assert_true (dinh_store_get_command (fixture->store, BODY, &found, &none, NULL));
  g_assert_null (none);
}

static void
test_outbox (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) all = NULL, rest = NULL;

  begin (fixture);
  dinh_store_put_outbox (fixture->store, "b", "first", NULL);
  dinh_store_put_outbox (fixture->store, "a", "second", NULL);
  g_assert_true (dinh_store_put_outbox (fixture->store, "b", "other bytes", NULL));
  dinh_store_put_outbox (fixture->store, "c", "third", NULL);
  commit (fixture);
  all = dinh_store_list_outbox (fixture->store, NULL);
  g_assert_cmpuint (all->len, ==, 3);
  g_assert_cmpstr (g_ptr_array_index (all, 0), ==, "first");
  g_assert_cmpstr (g_ptr_array_index (all, 1), ==, "second");
  begin (fixture);
  g_assert_true (dinh_store_delete_outbox (fixture->store, "c", NULL));
  g_assert_true (dinh_store_delete_outbox (fixture->store, "never", NULL));
  /* Numbers are not used again: what comes later stays later. */
  dinh_store_put_outbox (fixture->store, "d", "fourth", NULL);
  dinh_store_delete_outbox (fixture->store, "b", NULL);
  commit (fixture);
  rest = dinh_store_list_outbox (fixture->store, NULL);
  g_assert_cmpuint (rest->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (rest, 0), ==, "second");
  g_assert_cmpstr (g_ptr_array_index (rest, 1), ==, "fourth");
}

static void
test_values (Fixture *fixture, gconstpointer data)
{
  static const char *const values[] = { "1", "ễ", "", NULL, "again" };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++) {
    g_autofree char *found = NULL;

    begin (fixture);
    g_assert_true (dinh_store_put_value (fixture->store, "page", values[i], NULL));
    commit (fixture);
    g_assert_true (dinh_store_get_value (fixture->store, "page", &found, NULL));
    g_assert_cmpstr (found, ==, values[i]);
  }
}

static void
test_forget (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) events = NULL;
  g_autofree char *text = NULL;
  guint64 size;

  begin (fixture);
  for (guint i = 0; i < 2; i++) {
    const char *stream = i == 0 ? BODY : MEETING;

    dinh_store_add_stream (fixture->store, stream, "meeting", NULL);
    add_event (fixture->store, stream, 1, 1, "{}", NULL, NULL);
    dinh_store_put_snapshot (fixture->store, stream, 1, "{}", NULL);
  }
  g_assert_true (dinh_store_forget_stream (fixture->store, MEETING, NULL));
  commit (fixture);
  events = dinh_store_read_events (fixture->store, MEETING, 0, 10, NULL);
  g_assert_cmpuint (events->len, ==, 0);
  g_assert_true (dinh_store_get_snapshot (fixture->store, MEETING, &size, &text, NULL));
  g_assert_null (text);
  g_assert_cmpuint (size_of (fixture->store, BODY), ==, 1);
  begin (fixture);
  g_assert_true (dinh_store_add_stream (fixture->store, MEETING, "meeting", NULL));
  g_assert_true (add_event (fixture->store, MEETING, 1, 1, "{}", NULL, NULL));
  commit (fixture);
}

static void
run_sql (const char *path, const char *sql)
{
  sqlite3 *database = NULL;

  sqlite3_open (path, &database);
  g_assert_cmpint (sqlite3_exec (database, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (database);
}

/* A store as the first version left it is brought up to date, and nothing of it is lost. */
static void
test_version_1 (Fixture *fixture, gconstpointer data)
{
  g_autofree char *source = g_test_build_filename (G_TEST_DIST, "fixtures", "store-1.sql", NULL);
  g_autofree char *path = g_build_filename (fixture->folder, "old.db", NULL);
  g_autofree char *sql = NULL, *text = NULL, *result = NULL, *value = NULL;
  g_autoptr (DinhStore) store = NULL;
  g_autoptr (GPtrArray) events = NULL, outbox = NULL;
  g_autoptr (GError) error = NULL;
  guint64 size = 0;
  DinhHash hash;

  g_assert_true (g_file_get_contents (source, &sql, NULL, NULL));
  run_sql (path, sql);
  store = dinh_sqlite_store_open (path, &error);
  g_assert_no_error (error);
  events = dinh_store_read_events (store, MEETING, 0, 10, NULL);
  g_assert_cmpuint (events->len, ==, 2);
  g_assert_cmpstr (((DinhStoredEvent *) g_ptr_array_index (events, 0))->readers, ==, "[\"xa-a\"]");
  g_assert_null (((DinhStoredEvent *) g_ptr_array_index (events, 1))->bytes);
  g_assert_true (dinh_store_get_snapshot (store, MEETING, &size, &text, NULL));
  g_assert_cmpuint (size, ==, 1);
  g_assert_true (dinh_store_get_command (store, "00000000-0000-7000-8000-000000000003", &hash, &result, NULL));
  g_assert_cmpstr (result, ==, "{\"status\":\"recorded\"}");
  g_assert_cmpuint (hash.bytes[5], ==, 0xdd);
  outbox = dinh_store_list_outbox (store, NULL);
  g_assert_cmpstr (g_ptr_array_index (outbox, 0), ==, "{\"signed\":\"x\"}");
  g_assert_true (dinh_store_get_value (store, "page", &value, NULL));
  g_assert_cmpstr (value, ==, "7");
  g_assert_true (dinh_store_begin (store, NULL));
  g_assert_true (add_event (store, BODY, 2, 2, "{}", NULL, NULL));
  g_assert_true (dinh_store_put_invitation (store, "one", &hash, "{}", NULL));
  g_assert_true (dinh_store_commit (store, NULL));
}

/* Known by its code and by its id; no two have one code. */
static void
test_invitations (Fixture *fixture, gconstpointer data)
{
  DinhStore *store = fixture->store;
  g_autofree char *found = NULL, *got = NULL, *none = NULL;
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GError) error = NULL;
  DinhHash secret, other;

  dinh_hash_data ("a", 1, &secret);
  dinh_hash_data ("b", 1, &other);
  g_assert_true (dinh_store_begin (store, NULL));
  g_assert_true (dinh_store_put_invitation (store, "one", &secret, "{\"id\":1}", NULL));
  g_assert_true (dinh_store_put_invitation (store, "two", &other, "{\"id\":2}", NULL));
  g_assert_true (dinh_store_put_invitation (store, "one", NULL, "{\"id\":1,\"used\":true}", NULL));
  g_assert_true (dinh_store_savepoint (store, NULL));
  g_assert_false (dinh_store_put_invitation (store, "three", &secret, "{}", &error));
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_CORRUPT);
  g_assert_true (dinh_store_release (store, FALSE, NULL));
  g_assert_true (dinh_store_commit (store, NULL));
  g_assert_true (dinh_store_find_invitation (store, &secret, &found, NULL));
  g_assert_cmpstr (found, ==, "{\"id\":1,\"used\":true}");
  g_assert_true (dinh_store_get_invitation (store, "two", &got, NULL));
  g_assert_cmpstr (got, ==, "{\"id\":2}");
  dinh_hash_data ("c", 1, &other);
  g_assert_true (dinh_store_find_invitation (store, &other, &none, NULL));
  g_assert_null (none);
  list = dinh_store_list_invitations (store, NULL);
  g_assert_cmpuint (list->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (list, 0), ==, found);
}

/* What is not ours is refused and not touched. */
static void
test_refuses_others (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *sql;
    int code;
  } cases[] = {
    { "PRAGMA application_id = 1147760232; PRAGMA user_version = 1000;", DINH_STORE_ERROR_VERSION },
    { "PRAGMA application_id = 7; PRAGMA user_version = 1;", DINH_STORE_ERROR_OPEN },
    { "PRAGMA application_id = 7;", DINH_STORE_ERROR_OPEN },
    { "PRAGMA user_version = 1;", DINH_STORE_ERROR_OPEN },
    { "CREATE TABLE bookmark (url TEXT); INSERT INTO bookmark VALUES ('a');", DINH_STORE_ERROR_OPEN },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strdup_printf ("%s/other-%u.db", fixture->folder, i);
    g_autofree char *before = NULL, *after = NULL;
    g_autoptr (GError) error = NULL;
    gsize length_before, length_after;

    run_sql (path, cases[i].sql);
    g_file_get_contents (path, &before, &length_before, NULL);
    g_assert_null (dinh_sqlite_store_open (path, &error));
    g_assert_error (error, DINH_STORE_ERROR, cases[i].code);
    g_assert_nonnull (strstr (error->message, path));
    g_file_get_contents (path, &after, &length_after, NULL);
    g_assert_cmpmem (before, length_before, after, length_after);
  }
}

static void
test_refuses_nonsense (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "text.db", NULL);
  g_autofree char *nowhere = g_build_filename (fixture->folder, "no", "a.db", NULL);
  g_autofree char *text = g_strnfill (5000, 'x');
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, NULL);
  g_assert_null (dinh_sqlite_store_open (path, &error));
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_CORRUPT);
  g_clear_error (&error);
  g_assert_null (dinh_sqlite_store_open (fixture->folder, &error));
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_OPEN);
  g_clear_error (&error);
  g_assert_null (dinh_sqlite_store_open (nowhere, &error));
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_OPEN);
}

static gpointer
open_at_once (gpointer path)
{
  g_autoptr (GError) error = NULL;
  DinhStore *store = dinh_sqlite_store_open (path, &error);

  g_assert_no_error (error);
  return store;
}

/* Several threads of a program that starts make the file together. */
static void
test_opens_at_once (Fixture *fixture, gconstpointer data)
{
  for (guint round = 0; round < 20; round++) {
    g_autofree char *path = g_strdup_printf ("%s/new-%u.db", fixture->folder, round);
    GThread *threads[8];

    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
      threads[i] = g_thread_new ("open", open_at_once, path);
    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
      g_object_unref (g_thread_join (threads[i]));
  }
}

static int is_writing;

/* Commits without a pause. */
static gpointer
write_on (gpointer path)
{
  g_autoptr (DinhStore) store = dinh_sqlite_store_open (path, NULL);
  guint64 seq = size_of (store, MEETING);
  g_autofree char *bytes = g_strnfill (2000, 'x');

  while (g_atomic_int_get (&is_writing)) {
    g_assert_true (dinh_store_begin (store, NULL));
    g_assert_true (add_event (store, MEETING, ++seq, 1, bytes, NULL, NULL));
    g_assert_true (dinh_store_put_value (store, "seq", bytes, NULL));
    g_assert_true (dinh_store_commit (store, NULL));
  }
  return NULL;
}

static void
fill (Fixture *fixture, guint64 n_events)
{
  g_autofree char *bytes = g_strnfill (2000, 'x');

  begin (fixture);
  dinh_store_add_stream (fixture->store, MEETING, "meeting", NULL);
  for (guint64 seq = 1; seq <= n_events; seq++)
    g_assert_true (add_event (fixture->store, MEETING, seq, 1, bytes, NULL, NULL));
  commit (fixture);
}

/* A copy is of one moment, and comes to an end however busy the record is. */
static void
test_backup_beside_writer (Fixture *fixture, gconstpointer data)
{
  g_autofree char *copy = g_build_filename (fixture->folder, "copy.db", NULL);
  g_autoptr (DinhStore) backup = NULL;
  g_autoptr (GArray) leaves = NULL;
  g_autoptr (GError) error = NULL;
  GThread *thread;

  fill (fixture, 5000);
  g_atomic_int_set (&is_writing, TRUE);
  thread = g_thread_new ("write", write_on, fixture->path);
  for (guint i = 0; i < 3; i++) {
    g_assert_true (dinh_store_backup (fixture->store, copy, NULL, &error));
    g_assert_no_error (error);
  }
  g_atomic_int_set (&is_writing, FALSE);
  g_thread_join (thread);
  backup = dinh_sqlite_store_open (copy, &error);
  g_assert_no_error (error);
  leaves = dinh_store_read_leaves (backup, MEETING, NULL);
  g_assert_cmpuint (leaves->len, ==, size_of (backup, MEETING));
  g_assert_cmpuint (leaves->len, >=, 5000);
  /* The store goes on with its own work afterwards. */
  begin (fixture);
  g_assert_true (dinh_store_put_value (fixture->store, "a", "b", NULL));
  commit (fixture);
}

static void
test_backup_fails (Fixture *fixture, gconstpointer data)
{
  g_autofree char *copy = g_build_filename (fixture->folder, "copy.db", NULL);
  g_autofree char *part = g_strconcat (copy, ".part", NULL);
  g_autofree char *nowhere = g_build_filename (fixture->folder, "no", "copy.db", NULL);
  g_autofree char *kept = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_file_set_contents (copy, "yesterday's", -1, NULL);
  g_cancellable_cancel (cancellable);
  g_assert_false (dinh_store_backup (fixture->store, copy, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_file_get_contents (copy, &kept, NULL, NULL);
  g_assert_cmpstr (kept, ==, "yesterday's");
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));
  g_assert_false (dinh_store_backup (fixture->store, nowhere, NULL, &error));
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_OPEN);
  begin (fixture);
  commit (fixture);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "/store/sqlite/streams", test_streams },
    { "/store/sqlite/events", test_events },
    { "/store/sqlite/transactions", test_transactions },
    { "/store/sqlite/snapshots", test_snapshots },
    { "/store/sqlite/commands", test_commands },
    { "/store/sqlite/outbox", test_outbox },
    { "/store/sqlite/values", test_values },
    { "/store/sqlite/forget", test_forget },
    { "/store/sqlite/version-1", test_version_1 },
    { "/store/sqlite/invitations", test_invitations },
    { "/store/sqlite/refuses-others", test_refuses_others },
    { "/store/sqlite/refuses-nonsense", test_refuses_nonsense },
    { "/store/sqlite/opens-at-once", test_opens_at_once },
    { "/store/sqlite/backup-beside-writer", test_backup_beside_writer },
    { "/store/sqlite/backup-fails", test_backup_fails },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
