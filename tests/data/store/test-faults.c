/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-time.h"
#include "data/store/dinh-sqlite-store.h"
#include "tests/data/store/record-check.h"
#include "tests/data/store/shaky-vfs.h"

#include <glib/gstdio.h>
#include <sqlite3.h>

/* Single faults of the disk and of what is on it; tests/fault/ goes through all of them one by one. */

#define MEETING "00000000-0000-7000-8000-000000000002"

typedef struct {
  Fixture base;
  GHashTable *acknowledged;
  guint n_failed;
} Faults;

static void
on_failed (DinhWriter *writer, Faults *faults)
{
  faults->n_failed++;
}

static void
set_up (Faults *faults, gconstpointer data)
{
  shaky_reset ();
  fixture_set_up (&faults->base, data);
  faults->acknowledged = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_signal_connect (faults->base.writer, "failed", G_CALLBACK (on_failed), faults);
  fixture_submit (&faults->base, MEETING, "meeting-prepare", fixture_header ("Họp"), "recorded");
}

static void
tear_down (Faults *faults, gconstpointer data)
{
  fixture_tear_down (&faults->base, data);
  g_hash_table_unref (faults->acknowledged);
}

/* Gives a command. Returns the code of the store's error, or -1 if it was answered. */
static int
give (Faults *faults, DinhCommand *command)
{
  g_autoptr (GError) error = NULL;
  char *answer = dinh_writer_submit (faults->base.writer, command, &error);

  if (answer == NULL) {
    g_assert_cmpint (error->domain, ==, DINH_STORE_ERROR);
    return error->code;
  }
  g_hash_table_insert (faults->acknowledged, g_strdup (command->id), answer);
  return -1;
}

static DinhCommand *
make_item (Faults *faults, int number)
{
  g_autofree char *id = g_strdup_printf ("muc-%d", number);

  return fixture_command (&faults->base, MEETING, "item-add", fixture_item (id, number));
}

static void
assert_whole (Faults *faults)
{
  g_autofree char *fault = record_find_fault (&faults->base, faults->acknowledged);

  g_assert_cmpstr (fault, ==, NULL);
}

/* A full disk refuses and loses nothing; when there is room again, the same command is taken. */
static void
test_full (Faults *faults, gconstpointer data)
{
  g_autoptr (DinhCommand) late = make_item (faults, 1000);
  int n_taken = 0, code = -1;

  shaky_set_full (TRUE);
  for (int i = 0; i < 100 && code < 0; i++) {
    g_autoptr (DinhCommand) command = make_item (faults, i);

    code = give (faults, command);
    n_taken += code < 0;
  }
  g_assert_cmpint (code, ==, DINH_STORE_ERROR_FULL);
  g_assert_cmpint (give (faults, late), ==, DINH_STORE_ERROR_FULL);
  shaky_set_full (FALSE);
  g_assert_cmpint (give (faults, late), ==, -1);
  g_assert_cmpuint (faults->n_failed, ==, 0);
  g_autoptr (DinhView) view = dinh_writer_dup_view (faults->base.writer, MEETING);
  g_assert_cmpuint (view->state->size, ==, 2 + (guint) n_taken);
  fixture_close_writer (&faults->base);
  assert_whole (faults);
}

/* After a sync that failed nothing is acknowledged any more, though the next sync says that all is well. */
static void
test_failed_sync (Faults *faults, gconstpointer data)
{
  for (int i = 0; i < 5; i++) {
    g_autoptr (DinhCommand) command = make_item (faults, i);
    g_assert_cmpint (give (faults, command), ==, -1);
  }
  shaky_fail_sync_at (1);
  for (int i = 5; i < 10; i++) {
    g_autoptr (DinhCommand) command = make_item (faults, i);
    g_assert_cmpint (give (faults, command), ==, DINH_STORE_ERROR_IO);
  }
  while (faults->n_failed == 0)
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (faults->n_failed, ==, 1);
  fixture_close_writer (&faults->base);
  shaky_settle (SHAKY_DROP);
  assert_whole (faults);
  g_autoptr (DinhView) view = dinh_writer_dup_view (faults->base.writer, MEETING);
  g_assert_cmpuint (view->state->size, ==, 6);
}

static void
change_file (Faults *faults, const char *sql)
{
  sqlite3 *database = NULL;

  fixture_close_writer (&faults->base);
  sqlite3_open (faults->base.path, &database);
  g_assert_cmpint (sqlite3_exec (database, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (database);
}

/* A record that somebody changed is not gone on with. */
static void
test_changed_file (Faults *faults, gconstpointer data)
{
  static const struct {
    const char *sql;
    const char *fragment;
  } cases[] = {
    { "DELETE FROM snapshot; UPDATE event SET bytes = replace (bytes, 'Họp', 'Hẹp') WHERE seq = 1 AND stream LIKE '%2'", "hash" },
    { "DELETE FROM event WHERE stream LIKE '%2' AND seq = 3", "2 events are stored, not 3" },
    { "DELETE FROM snapshot; DELETE FROM event WHERE stream LIKE '%2' AND seq = 2", "events are stored, not 3" },
  };
  guint which = GPOINTER_TO_UINT (data);

  for (int i = 0; i < 2; i++) {
    g_autoptr (DinhCommand) command = make_item (faults, i);
    g_assert_cmpint (give (faults, command), ==, -1);
  }
  change_file (faults, cases[which].sql);
  g_autoptr (GError) error = NULL;
  g_assert_null (fixture_try_writer (&faults->base, &error));
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_CORRUPT);
  if (strstr (error->message, cases[which].fragment) == NULL)
    g_error ("“%s” does not say “%s”", error->message, cases[which].fragment);
}

/* A snapshot only saves time. */
static void
test_spoilt_snapshot (Faults *faults, gconstpointer data)
{
  static const char *const spoilt[] = { "''", "'{}'", "'{\"fold\":1,\"state\":{}}'", "'[1'", "replace (text, 'fold', 'fond')" };
  g_autoptr (DinhView) before = dinh_writer_dup_view (faults->base.writer, MEETING);

  for (guint i = 0; i < G_N_ELEMENTS (spoilt); i++) {
    g_autofree char *sql = g_strdup_printf ("UPDATE snapshot SET text = %s", spoilt[i]);
    g_autoptr (DinhView) after = NULL;

    change_file (faults, sql);
    fixture_open_writer (&faults->base);
    after = dinh_writer_dup_view (faults->base.writer, MEETING);
    g_assert_true (json_equal (before->state->json, after->state->json));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  shaky_install ();
  g_test_add ("/store/faults/full", Faults, NULL, set_up, test_full, tear_down);
  g_test_add ("/store/faults/failed-sync", Faults, NULL, set_up, test_failed_sync, tear_down);
  g_test_add ("/store/faults/changed-event", Faults, GUINT_TO_POINTER (0), set_up, test_changed_file, tear_down);
  g_test_add ("/store/faults/last-event-gone", Faults, GUINT_TO_POINTER (1), set_up, test_changed_file, tear_down);
  g_test_add ("/store/faults/event-gone", Faults, GUINT_TO_POINTER (2), set_up, test_changed_file, tear_down);
  g_test_add ("/store/faults/spoilt-snapshot", Faults, NULL, set_up, test_spoilt_snapshot, tear_down);
  return g_test_run ();
}
