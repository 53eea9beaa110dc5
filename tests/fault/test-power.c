/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/store/record-check.h"
#include "tests/data/store/shaky-vfs.h"

#include <sqlite3.h>

/*
 * A hub's work, once for each call that changes something on the disk: there the power is cut, or the call fails. After
 * each, what was acknowledged must be stored. That this test can fail is a test too: on a disk that lies about its syncs
 * it has to find losses.
 */

#define MEETING "00000000-0000-7000-8000-000000000002"
#define N_SINGLE 8
#define N_TOGETHER 24

typedef struct {
  Fixture base;
  GHashTable *acknowledged;
  guint n_waiting;
} Run;

/* Checkpoints happen while the hub works, not only at its end. */
static int
checkpoint_often (sqlite3 *database, char **message, const void *api)
{
  return sqlite3_wal_autocheckpoint (database, 12);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Run *run = user_data;
  char *answer = dinh_writer_submit_finish (DINH_WRITER (source), result, NULL);

  run->n_waiting--;
  if (answer != NULL) {
    g_autoptr (DinhJson) told = dinh_json_parse (answer, strlen (answer), NULL);
    g_hash_table_insert (run->acknowledged, g_strdup (dinh_json_get_string (told, "command")), answer);
  }
}

static void
submit (Run *run, const char *kind, json_t *body)
{
  g_autoptr (DinhCommand) command = fixture_command (&run->base, MEETING, kind, body);

  run->n_waiting++;
  dinh_writer_submit_async (run->base.writer, command, NULL, on_answered, run);
}

static void
wait_for_all (Run *run)
{
  while (run->n_waiting > 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
submit_item (Run *run, guint number)
{
  g_autofree char *id = g_strdup_printf ("muc-%u", number);

  submit (run, "item-add", fixture_item (id, (int) number));
}

/* One by one, then together, then closed. Whatever fails, it goes on, as a crowd of kiosks would. */
static void
work (Run *run)
{
  run->base.writer = fixture_try_writer (&run->base, NULL);
  if (run->base.writer == NULL)
    return;
  fixture_found (&run->base);
  submit (run, "meeting-prepare", fixture_header ("Họp"));
  wait_for_all (run);
  for (guint i = 0; i < N_SINGLE; i++) {
    submit_item (run, i);
    wait_for_all (run);
  }
  for (guint i = 0; i < N_TOGETHER; i++)
    submit_item (run, N_SINGLE + i);
  wait_for_all (run);
  fixture_close_writer (&run->base);
}

static void
run_set_up (Run *run)
{
  g_autofree char *folder = g_dir_make_tmp ("dinh-power-XXXXXX", NULL);

  *run = (Run){ .acknowledged = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free) };
  fixture_open_folder (&run->base, folder);
  shaky_reset ();
}

static void
run_tear_down (Run *run)
{
  fixture_tear_down (&run->base, NULL);
  g_hash_table_unref (run->acknowledged);
}

/* Cuts the power at that call. Returns the fault that is found then, or NULL; @fired: whether there was such a call. */
static char *
cut_power (guint call, ShakyRemains remains, gboolean is_lying, gboolean *fired)
{
  Run run;
  char *fault;

  run_set_up (&run);
  shaky_cut_power_at (call);
  shaky_set_lying (is_lying);
  work (&run);
  *fired = shaky_has_fired ();
  fixture_close_writer (&run.base);
  shaky_settle (remains);
  fault = record_find_fault (&run.base, run.acknowledged);
  run_tear_down (&run);
  return fault;
}

static void
test_power_cut (gconstpointer data)
{
  ShakyRemains remains = GPOINTER_TO_INT (data);
  gboolean fired = TRUE;
  guint call;

  for (call = 1; fired; call++) {
    g_autofree char *fault = cut_power (call, remains, FALSE, &fired);

    if (fault != NULL)
      g_error ("power cut at call %u: %s", call, fault);
  }
  g_test_message ("%u power cuts", call - 2);
  g_assert_cmpuint (call, >, 100);
}

/* The test of the test. */
static void
test_lying_disk (void)
{
  guint n_losses = 0;
  gboolean fired = TRUE;

  for (guint call = 1; fired; call += 7) {
    g_autofree char *fault = cut_power (call, SHAKY_DROP, TRUE, &fired);
    n_losses += fault != NULL;
  }
  g_test_message ("%u losses were found", n_losses);
  g_assert_cmpuint (n_losses, >, 10);
}

/* The call fails, the disk lives on; later the power is cut all the same. */
static void
fail_call (guint call, int result, gboolean *fired)
{
  g_autofree char *fault = NULL;
  Run run;

  run_set_up (&run);
  shaky_fail_at (call, result);
  work (&run);
  *fired = shaky_has_fired ();
  fixture_close_writer (&run.base);
  shaky_settle (SHAKY_DROP);
  fault = record_find_fault (&run.base, run.acknowledged);
  if (fault != NULL)
    g_error ("call %u fails with %d: %s", call, result, fault);
  run_tear_down (&run);
}

static void
test_failing_call (gconstpointer data)
{
  gboolean fired = TRUE;

  for (guint call = 1; fired; call++)
    fail_call (call, GPOINTER_TO_INT (data), &fired);
}

static void
test_failing_sync (void)
{
  gboolean fired = TRUE;

  for (guint sync = 1; fired; sync++) {
    g_autofree char *fault = NULL;
    Run run;

    run_set_up (&run);
    shaky_fail_sync_at (sync);
    work (&run);
    fired = shaky_has_fired ();
    fixture_close_writer (&run.base);
    shaky_settle (SHAKY_DROP);
    fault = record_find_fault (&run.base, run.acknowledged);
    if (fault != NULL)
      g_error ("sync %u fails: %s", sync, fault);
    run_tear_down (&run);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  sqlite3_auto_extension ((void (*) (void)) checkpoint_often);
  shaky_install ();
  g_test_add_data_func ("/fault/power/dropped", GINT_TO_POINTER (SHAKY_DROP), test_power_cut);
  g_test_add_data_func ("/fault/power/torn", GINT_TO_POINTER (SHAKY_TEAR), test_power_cut);
  g_test_add_data_func ("/fault/power/reordered", GINT_TO_POINTER (SHAKY_REORDER), test_power_cut);
  g_test_add_data_func ("/fault/power/kept", GINT_TO_POINTER (SHAKY_KEEP), test_power_cut);
  g_test_add_func ("/fault/power/lying-disk", test_lying_disk);
  g_test_add_data_func ("/fault/power/failing-call", GINT_TO_POINTER (SQLITE_IOERR_WRITE), test_failing_call);
  g_test_add_data_func ("/fault/power/full", GINT_TO_POINTER (SQLITE_FULL), test_failing_call);
  g_test_add_func ("/fault/power/failing-sync", test_failing_sync);
  return g_test_run ();
}
