/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/store/dinh-device-keys.h"
#include "data/store/dinh-sqlite-store.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

/* A device's own store: what people wrote is in none of its files, and what was deleted neither. */

#define MEETING "00000000-0000-7000-8000-000000000002"
#define WORDS "Về việc sáp nhập các xã"

typedef struct {
  char *folder;
  char *path;
  DinhSeal *seal;
  DinhStore *store;
} Fixture;

static DinhSeal *
make_seal (guint8 first)
{
  return dinh_seal_new ((const guint8[DINH_SEAL_SECRET_SIZE]){first});
}

static void
open_store (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fixture->store = dinh_sqlite_store_open_sealed (fixture->path, fixture->seal, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("dinh-sealed-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "kiosk.db", NULL);
  fixture->seal = make_seal (1);
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
  dinh_seal_unref (fixture->seal);
  g_free (fixture->folder);
  g_free (fixture->path);
}

/* Whether @bytes are in any file of the store. */
static gboolean
is_on_disk (Fixture *fixture, const void *bytes, gsize length)
{
  g_autoptr (GDir) files = g_dir_open (fixture->folder, 0, NULL);
  gboolean found = FALSE;
  const char *name;

  while ((name = g_dir_read_name (files)) != NULL) {
    g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
    g_autofree char *text = NULL;
    gsize size = 0;

    if (g_file_get_contents (path, &text, &size, NULL))
      found |= memmem (text, size, bytes, length) != NULL;
  }
  return found;
}

static void
put_all (DinhStore *store)
{
  DinhStoredEvent event = {
      .seq = 1, .bytes = (char *) WORDS, .length = strlen (WORDS), .readers = (char *) WORDS};
  DinhHash hash = {{1}};

  g_assert_true (dinh_store_begin (store, NULL));
  g_assert_true (dinh_store_add_stream (store, MEETING, "meeting", NULL));
  g_assert_true (dinh_store_add_event (store, MEETING, &event, NULL));
  g_assert_true (dinh_store_put_snapshot (store, MEETING, 1, WORDS, NULL));
  g_assert_true (dinh_store_put_command (store, "c", &hash, WORDS, NULL));
  g_assert_true (dinh_store_put_outbox (store, "o", WORDS, NULL));
  g_assert_true (dinh_store_put_value (store, "v", WORDS, NULL));
  g_assert_true (dinh_store_commit (store, NULL));
}

static void
assert_outbox (DinhStore *store, guint n)
{
  g_autoptr (GPtrArray) outbox = dinh_store_list_outbox (store, NULL);

  g_assert_cmpuint (outbox->len, ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpstr (outbox->pdata[i], ==, WORDS);
}

static void
assert_all (DinhStore *store)
{
  g_autoptr (GPtrArray) events = dinh_store_read_events (store, MEETING, 0, 10, NULL);
  g_autofree char *snapshot = NULL, *result = NULL, *value = NULL;
  DinhStoredEvent *event = g_ptr_array_index (events, 0);
  DinhHash hash;
  guint64 size;

  g_assert_cmpmem (event->bytes, event->length, WORDS, strlen (WORDS));
  g_assert_cmpstr (event->readers, ==, WORDS);
  g_assert_true (dinh_store_get_snapshot (store, MEETING, &size, &snapshot, NULL));
  g_assert_cmpstr (snapshot, ==, WORDS);
  g_assert_true (dinh_store_get_command (store, "c", &hash, &result, NULL));
  g_assert_cmpstr (result, ==, WORDS);
  g_assert_true (dinh_store_get_value (store, "v", &value, NULL));
  g_assert_cmpstr (value, ==, WORDS);
  assert_outbox (store, 1);
}

static void
test_seals (Fixture *fixture, gconstpointer data)
{
  open_store (fixture);
  put_all (fixture->store);
  assert_all (fixture->store);
  g_assert_false (is_on_disk (fixture, WORDS, strlen (WORDS)));
  g_assert_true (is_on_disk (fixture, MEETING, strlen (MEETING)));
  g_clear_object (&fixture->store);
  g_assert_false (is_on_disk (fixture, WORDS, strlen (WORDS)));
  open_store (fixture);
  assert_all (fixture->store);
}

/* A body that comes later than its leaf is sealed, too. */
static void
test_fills (Fixture *fixture, gconstpointer data)
{
  DinhStoredEvent event = {.seq = 1};
  g_autoptr (GPtrArray) events = NULL;

  open_store (fixture);
  g_assert_true (dinh_store_begin (fixture->store, NULL));
  g_assert_true (dinh_store_add_stream (fixture->store, MEETING, "meeting", NULL));
  g_assert_true (dinh_store_add_event (fixture->store, MEETING, &event, NULL));
  event.bytes = (char *) WORDS;
  event.length = strlen (WORDS);
  g_assert_true (dinh_store_add_event (fixture->store, MEETING, &event, NULL));
  g_assert_true (dinh_store_commit (fixture->store, NULL));
  events = dinh_store_read_events (fixture->store, MEETING, 0, 10, NULL);
  g_assert_cmpstr (((DinhStoredEvent *) events->pdata[0])->bytes, ==, WORDS);
  g_assert_false (is_on_disk (fixture, WORDS, strlen (WORDS)));
}

static void
execute (Fixture *fixture, const char *sql)
{
  sqlite3 *database = NULL;

  g_assert_cmpint (sqlite3_open (fixture->path, &database), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (database, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (database);
}

/* What was sealed for one place does not open in another, and what was changed does not open. */
static void
test_tampered (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *value = NULL;

  open_store (fixture);
  put_all (fixture->store);
  execute (fixture, "INSERT INTO value SELECT 'w', value FROM value WHERE name = 'v'");
  g_assert_false (dinh_store_get_value (fixture->store, "w", &value, &error));
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_NO_KEY);
  g_assert_null (dinh_store_list_values (fixture->store, "w", NULL));
  execute (
      fixture,
      "UPDATE outbox SET command = 'x'; UPDATE event SET bytes = readers; UPDATE snapshot SET text = ''");
  g_assert_null (dinh_store_list_outbox (fixture->store, NULL));
  g_assert_null (dinh_store_read_events (fixture->store, MEETING, 0, 10, NULL));
  g_assert_false (dinh_store_get_snapshot (fixture->store, MEETING, &(guint64){0}, &value, NULL));
}

/* A store from before keeps its outbox, sealed; everything else is fetched again, and no word stays in the
 * file. */
static void
test_takes_over_plain (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhStore) plain = dinh_sqlite_store_open (fixture->path, NULL);
  g_autoptr (GPtrArray) streams = NULL;
  g_autofree char *value = NULL;

  put_all (plain);
  g_assert_true (dinh_store_begin (plain, NULL));
  g_assert_true (dinh_store_put_outbox (plain, "p", WORDS, NULL));
  g_assert_true (dinh_store_put_outbox (plain, "q", WORDS "!", NULL));
  g_assert_true (dinh_store_delete_outbox (plain, "q", NULL));
  g_assert_true (dinh_store_commit (plain, NULL));
  g_clear_object (&plain);
  /* What was deleted before lies in pages that nobody uses. */
  execute (fixture, "PRAGMA secure_delete = OFF; INSERT INTO value VALUES ('x', replace (hex (zeroblob "
                    "(5000)), '00', '" WORDS "')); DELETE FROM value WHERE name = 'x'");
  g_assert_true (is_on_disk (fixture, WORDS WORDS, strlen (WORDS WORDS)));

  open_store (fixture);
  assert_outbox (fixture->store, 2);
  streams = dinh_store_list_streams (fixture->store, NULL);
  g_assert_cmpuint (streams->len, ==, 0);
  g_assert_true (dinh_store_get_value (fixture->store, DINH_STORE_LOST, &value, NULL));
  g_assert_null (value);
  g_assert_false (is_on_disk (fixture, WORDS, strlen (WORDS)));
}

/* The power was cut between the first and the second half of that. */
static void
test_takes_over_in_halves (Fixture *fixture, gconstpointer data)
{
  if (g_test_subprocess ()) {
    g_free (fixture->path);
    fixture->path = g_strdup (g_getenv ("DINH_TEST_PATH"));
    g_setenv ("DINH_CRASH_POINT", "before-scrub", TRUE);
    open_store (fixture);
    return;
  }
  {
    g_autoptr (DinhStore) plain = dinh_sqlite_store_open (fixture->path, NULL);
    put_all (plain);
  }
  g_setenv ("DINH_TEST_PATH", fixture->path, TRUE);
  g_test_trap_subprocess (NULL, 0, 0);
  g_assert_false (g_test_trap_has_passed ());
  g_assert_true (is_on_disk (fixture, WORDS, strlen (WORDS)));
  open_store (fixture);
  assert_outbox (fixture->store, 1);
  g_assert_false (is_on_disk (fixture, WORDS, strlen (WORDS)));
}

/* The device's secret is another one: nothing is kept that nobody can read, and it is told what was lost. */
static void
test_other_secret (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) streams = NULL;
  g_autofree char *value = NULL, *lost = NULL;

  open_store (fixture);
  put_all (fixture->store);
  g_clear_object (&fixture->store);
  dinh_seal_unref (fixture->seal);
  fixture->seal = make_seal (2);

  open_store (fixture);
  assert_outbox (fixture->store, 0);
  streams = dinh_store_list_streams (fixture->store, NULL);
  g_assert_cmpuint (streams->len, ==, 0);
  g_assert_true (dinh_store_get_value (fixture->store, "v", &value, NULL));
  g_assert_null (value);
  g_assert_true (dinh_store_get_value (fixture->store, DINH_STORE_LOST, &lost, NULL));
  g_assert_cmpstr (lost, ==, "1");
  put_all (fixture->store);
  assert_all (fixture->store);
}

static gpointer
open_at_once (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr (GError) error = NULL;
  DinhStore *store = dinh_sqlite_store_open_sealed (fixture->path, fixture->seal, &error);

  g_assert_no_error (error);
  return store;
}

/* The keeper's thread and those that want keys find a new file, or one from before, together. */
static void
test_opens_at_once (Fixture *fixture, gconstpointer data)
{
  for (guint round = 0; round < 20; round++) {
    GThread *threads[3];

    g_free (fixture->path);
    fixture->path = g_strdup_printf ("%s/new-%u.db", fixture->folder, round);
    if (round % 2 == 0) {
      g_autoptr (DinhStore) plain = dinh_sqlite_store_open (fixture->path, NULL);
      put_all (plain);
    }
    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
      threads[i] = g_thread_new ("open", open_at_once, fixture);
    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
      g_object_unref (g_thread_join (threads[i]));
  }
}

/* --- keys --- */

static DinhHash
make_paper (guint number)
{
  DinhHash paper;

  dinh_hash_data (&number, sizeof number, &paper);
  return paper;
}

static void
test_keys (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhPaperKeys) keys = dinh_device_keys_new (fixture->path, fixture->seal);
  g_autoptr (GHashTable) listed = NULL;
  g_autoptr (GError) error = NULL;
  DinhHash paper = make_paper (1);
  g_autofree char *name = dinh_paper_keys_get_name (keys, &paper);
  g_autofree char *hex = dinh_hash_to_hex (&paper);
  DinhPaperKey first, again, other;

  g_assert_cmpstr (name, !=, hex);
  g_assert_false (dinh_paper_keys_find (keys, name, &first, &error));
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_NO_KEY);
  g_assert_true (dinh_paper_keys_make (keys, &paper, 12345, &first, NULL));
  g_assert_true (dinh_paper_keys_make (keys, &paper, 12345, &again, NULL));
  g_assert_cmpmem (&first, sizeof first, &again, sizeof again);
  g_clear_object (&keys);

  keys = dinh_device_keys_new (fixture->path, fixture->seal);
  g_assert_true (dinh_paper_keys_find (keys, name, &again, NULL));
  g_assert_cmpmem (&first, sizeof first, &again, sizeof again);
  listed = dinh_paper_keys_list (keys, NULL);
  g_assert_cmpuint (g_hash_table_size (listed), ==, 1);
  g_assert_cmpmem (g_hash_table_lookup (listed, name), sizeof first, &first, sizeof first);
  g_assert_true (dinh_paper_keys_make (keys, &paper, 12346, &other, NULL));
  g_assert_cmpint (memcmp (first.key, other.key, sizeof first.key), !=, 0);
  g_assert_false (is_on_disk (fixture, first.key, sizeof first.key));
  g_assert_false (is_on_disk (fixture, hex, strlen (hex)));
  g_assert_false (is_on_disk (fixture, paper.bytes, sizeof paper.bytes));
}

/* What is expected is made with the first that is asked for. */
static void
test_expected_keys (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhPaperKeys) keys = dinh_device_keys_new (fixture->path, fixture->seal);
  DinhHash papers[] = {make_paper (1), make_paper (2), make_paper (3)};
  DinhPaperKey made[3], found;

  g_assert_true (dinh_paper_keys_make (keys, &papers[2], 2, &made[2], NULL));
  for (guint i = 0; i < G_N_ELEMENTS (papers); i++)
    dinh_paper_keys_expect (keys, &papers[i], i);
  g_assert_true (dinh_paper_keys_make (keys, &papers[0], 0, &made[0], NULL));
  for (guint i = 0; i < G_N_ELEMENTS (papers); i++) {
    g_autofree char *name = dinh_paper_keys_get_name (keys, &papers[i]);

    g_assert_true (dinh_paper_keys_find (keys, name, &found, NULL));
    g_assert_cmpuint (found.size, ==, i);
    if (i != 1)
      g_assert_cmpmem (&found, sizeof found, &made[i], sizeof found);
  }
}

/* The sealed keys as they are stored, by the names of their values. */
static GHashTable *
read_stored (Fixture *fixture)
{
  GHashTable *stored =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  sqlite3 *database = NULL;
  sqlite3_stmt *prepared = NULL;

  g_assert_cmpint (sqlite3_open (fixture->path, &database), ==, SQLITE_OK);
  sqlite3_prepare_v2 (database, "SELECT name, value FROM value WHERE name GLOB 'paper/*'", -1, &prepared,
                      NULL);
  while (sqlite3_step (prepared) == SQLITE_ROW) {
    const char *bytes = (const char *) sqlite3_column_text (prepared, 1);

    g_hash_table_insert (stored, g_strdup ((const char *) sqlite3_column_text (prepared, 0)),
                         g_bytes_new (bytes, (gsize) sqlite3_column_bytes (prepared, 1)));
  }
  sqlite3_finalize (prepared);
  sqlite3_close (database);
  return stored;
}

/* A deleted key, sealed as it was, is neither in the database nor in its log, while others write all the
 * time. */
static void
test_forgets_keys (Fixture *fixture, gconstpointer data)
{
  enum { N = 400 };
  g_autoptr (DinhPaperKeys) keys = dinh_device_keys_new (fixture->path, fixture->seal);
  g_autoptr (GHashTable) stored = NULL;
  g_autofree char *filler = g_strnfill (3000, 'x');
  DinhPaperKey key;

  open_store (fixture);
  for (guint i = 0; i < N; i++) {
    DinhHash paper = make_paper (i);
    g_autofree char *name = g_strdup_printf ("marks/%d", g_test_rand_int_range (0, 40));

    g_assert_true (dinh_paper_keys_make (keys, &paper, i, &key, NULL));
    g_assert_true (dinh_store_begin (fixture->store, NULL));
    filler[g_test_rand_int_range (1, 3000)] = '\0';
    g_assert_true (dinh_store_put_value (fixture->store, name, filler, NULL));
    g_assert_true (dinh_store_commit (fixture->store, NULL));
  }
  stored = read_stored (fixture);
  g_assert_cmpuint (g_hash_table_size (stored), ==, N);
  for (guint i = 0; i < N; i += 3) {
    DinhHash paper = make_paper (i);
    g_autofree char *name = dinh_paper_keys_get_name (keys, &paper);
    g_autofree char *value_name = g_strconcat ("paper/", name, NULL);
    gsize length;
    const void *bytes = g_bytes_get_data (g_hash_table_lookup (stored, value_name), &length);

    g_assert_true (is_on_disk (fixture, bytes, length));
    g_assert_true (dinh_paper_keys_forget (keys, name, NULL));
    g_assert_false (is_on_disk (fixture, bytes, length));
    /* Nor any part of it. */
    g_assert_false (is_on_disk (fixture, (const char *) bytes + length / 2, 16));
    g_assert_true (dinh_paper_keys_forget (keys, name, NULL));
  }
}

/* Somebody who reads all the time holds the log: then the key counts as not deleted yet. */
static void
test_forgets_later (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhPaperKeys) keys = dinh_device_keys_new (fixture->path, fixture->seal);
  g_autoptr (GError) error = NULL;
  DinhHash paper = make_paper (1);
  g_autofree char *name = dinh_paper_keys_get_name (keys, &paper);
  sqlite3 *reader = NULL;
  DinhPaperKey key;

  g_assert_true (dinh_paper_keys_make (keys, &paper, 1, &key, NULL));
  sqlite3_open (fixture->path, &reader);
  g_assert_cmpint (sqlite3_exec (reader, "BEGIN; SELECT * FROM value", NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_false (dinh_paper_keys_forget (keys, name, &error));
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_BUSY);
  sqlite3_close (reader);
  g_assert_true (dinh_paper_keys_forget (keys, name, NULL));
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
      {"seals", test_seals},
      {"fills", test_fills},
      {"tampered", test_tampered},
      {"takes-over-plain", test_takes_over_plain},
      {"takes-over-in-halves", test_takes_over_in_halves},
      {"other-secret", test_other_secret},
      {"opens-at-once", test_opens_at_once},
      {"keys", test_keys},
      {"expected-keys", test_expected_keys},
      {"forgets-keys", test_forgets_keys},
      {"forgets-later", test_forgets_later},
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *path = g_strconcat ("/store/sealed/", tests[i].name, NULL);
    g_test_add (path, Fixture, NULL, set_up, tests[i].test, tear_down);
  }
  return g_test_run ();
}
