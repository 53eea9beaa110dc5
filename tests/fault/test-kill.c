/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-time.h"
#include "data/store/dinh-device-keys.h"
#include "data/store/dinh-paper-store.h"
#include "data/store/dinh-sqlite-store.h"
#include "tests/data/store/record-check.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/*
 * A hub's writer in a process of its own (this program with --child) that is killed: at each crash point, and at any
 * moment. It says each command before it hands it over, "S COMMAND", and each answer that it gets, "A ANSWER".
 */

#define MEETING "00000000-0000-7000-8000-000000000002"
#define PAPER_SIZE 300000

typedef struct {
  Fixture fixture;
  guint n_waiting;
} Child;

static void
say (char letter, const char *text)
{
  g_autofree char *line = g_strdup_printf ("%c %s\n", letter, text);

  if (write (STDOUT_FILENO, line, strlen (line)) < 0)
    exit (1);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Child *child = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = dinh_writer_submit_finish (DINH_WRITER (source), result, &error);

  g_assert_no_error (error);
  say ('A', answer);
  child->n_waiting--;
}

static void
submit (Child *child, const char *kind, json_t *body)
{
  g_autoptr (DinhCommand) command = fixture_command (&child->fixture, MEETING, kind, body);
  g_autofree char *text = dinh_command_print (command);

  say ('S', text);
  child->n_waiting++;
  dinh_writer_submit_async (child->fixture.writer, command, NULL, on_answered, child);
}

static void work (const char *folder) G_GNUC_NORETURN;

/* Works until it is killed. */
static void
work (const char *folder)
{
  g_autoptr (GRand) rand = g_rand_new ();
  Child child = { 0 };

  fixture_open_folder (&child.fixture, folder);
  fixture_open_writer (&child.fixture);
  fixture_found (&child.fixture);
  submit (&child, "meeting-prepare", fixture_header ("Họp"));
  for (;;) {
    guint n_more = (guint) g_rand_int_range (rand, 1, 24);

    for (guint i = 0; i < n_more; i++) {
      g_autofree char *id = dinh_uuid_new ();
      submit (&child, "item-add", fixture_item (id, 1));
    }
    while (child.n_waiting > 0)
      g_main_context_iteration (NULL, TRUE);
  }
}

static char *
make_paper (char **sha256)
{
  char *bytes = g_malloc (PAPER_SIZE);

  for (gsize i = 0; i < PAPER_SIZE; i++)
    bytes[i] = (char) (i * 7 + i / 251);
  *sha256 = dinh_hash_data_hex (bytes, PAPER_SIZE);
  return bytes;
}

/* Takes a paper in from where it was left. */
static gboolean
take_paper (const char *folder, GError **error)
{
  g_autofree char *sha256 = NULL;
  g_autofree char *bytes = make_paper (&sha256);
  g_autoptr (DinhPaperStore) store = dinh_paper_store_new (folder, error);
  g_autoptr (DinhPaperWriter) writer =
    store == NULL ? NULL : dinh_paper_writer_open (store, sha256, PAPER_SIZE, error);
  gint64 offset = writer == NULL ? 0 : dinh_paper_writer_get_offset (writer);

  return writer != NULL && dinh_paper_writer_write (writer, bytes + offset, (gsize) (PAPER_SIZE - offset), error) &&
         dinh_paper_writer_finish (writer, error);
}

/* What the parent knows. */
typedef struct {
  Fixture fixture;
  GHashTable *sent;         /* command's id → DinhCommand */
  GHashTable *acknowledged; /* command's id → answer */
} Knowledge;

static void
set_up (Knowledge *self, gconstpointer data)
{
  g_autofree char *folder = g_dir_make_tmp ("dinh-kill-XXXXXX", NULL);

  fixture_open_folder (&self->fixture, folder);
  self->sent = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) dinh_command_unref);
  self->acknowledged = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

static void
tear_down (Knowledge *self, gconstpointer data)
{
  fixture_tear_down (&self->fixture, data);
  g_hash_table_unref (self->acknowledged);
  g_hash_table_unref (self->sent);
}

static void
learn (Knowledge *self, const char *line)
{
  const char *text = line + 2;
  g_autoptr (GError) error = NULL;

  if (line[0] == 'S') {
    DinhCommand *command = dinh_command_parse (text, strlen (text), &error);

    g_assert_no_error (error);
    g_hash_table_insert (self->sent, command->id, command);
  } else {
    g_autoptr (DinhJson) told = dinh_json_parse (text, strlen (text), &error);

    g_assert_no_error (error);
    g_hash_table_insert (self->acknowledged, g_strdup (dinh_json_get_string (told, "command")), g_strdup (text));
  }
}

/* Lets a child work until it dies or has said @n_lines. */
static void
run_child (Knowledge *self, const char *crash_point, guint n_lines)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GSubprocess) child = NULL;
  g_autoptr (GDataInputStream) lines = NULL;

  if (crash_point != NULL)
    g_subprocess_launcher_setenv (launcher, "DINH_CRASH_POINT", crash_point, TRUE);
  child = g_subprocess_launcher_spawn (launcher, NULL, "/proc/self/exe", "--child", self->fixture.folder, NULL);
  g_assert_nonnull (child);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (child));
  for (guint i = 0;; i++) {
    gsize length;
    g_autofree char *line = g_data_input_stream_read_line (lines, &length, NULL, NULL);

    if (line == NULL)
      break;
    learn (self, line);
    if (i == n_lines) {
      g_usleep ((gulong) g_test_rand_int_range (0, 4000));
      g_subprocess_force_exit (child);
    }
  }
  g_subprocess_wait (child, NULL, NULL);
  g_assert_true (g_subprocess_get_if_signaled (child));
}

/* Everything that was ever sent is sent again, as outboxes do: each happens once. */
static void
send_again (Knowledge *self)
{
  GHashTableIter iter;
  const char *id;
  DinhCommand *command;

  g_hash_table_iter_init (&iter, self->sent);
  while (g_hash_table_iter_next (&iter, (gpointer *) &id, (gpointer *) &command)) {
    const char *before = g_hash_table_lookup (self->acknowledged, id);
    g_autoptr (GError) error = NULL;
    char *answer = dinh_writer_submit (self->fixture.writer, command, &error);

    g_assert_no_error (error);
    if (before != NULL)
      g_assert_cmpstr (answer, ==, before);
    g_hash_table_insert (self->acknowledged, g_strdup (id), answer);
  }
}

static void
check (Knowledge *self)
{
  g_autofree char *fault = record_find_fault (&self->fixture, self->acknowledged);

  g_assert_cmpstr (fault, ==, NULL);
  fixture_close_writer (&self->fixture);
}

static void
check_end (Knowledge *self)
{
  g_autoptr (DinhView) view = NULL;
  guint n_items = 0;
  GHashTableIter iter;
  DinhCommand *command;

  fixture_open_writer (&self->fixture);
  send_again (self);
  view = dinh_writer_dup_view (self->fixture.writer, MEETING);
  g_hash_table_iter_init (&iter, self->sent);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &command))
    n_items += strcmp (command->kind, "item-add") == 0;
  g_assert_cmpuint (json_object_size (json_object_get (view->state->json, "items")), ==, n_items);
  g_assert_cmpuint (view->state->size, ==, 1 + n_items);
  fixture_close_writer (&self->fixture);
  check (self);
}

static void
test_any_moment (Knowledge *self, gconstpointer data)
{
  for (guint i = 0; i < 60; i++) {
    run_child (self, NULL, (guint) g_test_rand_int_range (0, 300));
    check (self);
  }
  g_test_message ("%u of %u commands were acknowledged", g_hash_table_size (self->acknowledged),
                  g_hash_table_size (self->sent));
  g_assert_cmpuint (g_hash_table_size (self->acknowledged), >, 500);
  check_end (self);
}

static void
test_crash_points (Knowledge *self, gconstpointer data)
{
  static const char *const points[] = { "before-migration", "before-commit", "after-commit", "after-reply" };

  for (guint round = 0; round < 5; round++) {
    for (guint i = round == 0 ? 0 : 1; i < G_N_ELEMENTS (points); i++) {
      run_child (self, points[i], G_MAXUINT);
      check (self);
    }
    run_child (self, NULL, 50);
  }
  check_end (self);
}

static void
test_paper (void)
{
  g_autofree char *folder = g_dir_make_tmp ("dinh-kill-XXXXXX", NULL);
  g_autofree char *sha256 = NULL;
  g_autofree char *bytes = make_paper (&sha256);
  g_autoptr (DinhPaperStore) store = dinh_paper_store_new (folder, NULL);
  g_autofree char *path = dinh_paper_store_get_path (store, sha256), *prefix = g_path_get_dirname (path);
  g_autofree char *partial = g_build_filename (folder, "partial", NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 3; i++) {
    g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
    g_autoptr (GSubprocess) child = NULL;

    g_subprocess_launcher_setenv (launcher, "DINH_CRASH_POINT", "before-paper-rename", TRUE);
    child = g_subprocess_launcher_spawn (launcher, NULL, "/proc/self/exe", "--paper", folder, NULL);
    g_subprocess_wait (child, NULL, NULL);
    g_assert_true (g_subprocess_get_if_signaled (child));
    g_assert_false (dinh_paper_store_has (store, sha256, NULL));
    g_assert_cmpint (dinh_paper_store_get_partial_size (store, sha256), ==, PAPER_SIZE);
  }
  g_assert_true (take_paper (folder, &error));
  g_assert_no_error (error);
  g_assert_true (dinh_paper_store_has (store, sha256, NULL));
  g_unlink (path);
  g_rmdir (prefix);
  g_rmdir (partial);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

/* --- a device's sealed papers --- */

#define SEALED_SIZE (40 * DINH_SEALED_CHUNK + 1234)

static DinhPaperStore *
open_sealed_store (const char *folder)
{
  g_autofree char *database = g_build_filename (folder, "kiosk.db", NULL), *papers = g_build_filename (folder, "papers", NULL);
  g_autoptr (DinhSeal) seal = dinh_seal_new ((const guint8[DINH_SEAL_SECRET_SIZE]){ 1 });
  g_autoptr (DinhPaperKeys) keys = dinh_device_keys_new (database, seal);

  return dinh_paper_store_new_sealed (papers, keys, NULL);
}

static char *
make_sealed_paper (char **sha256)
{
  char *bytes = g_malloc (SEALED_SIZE);

  for (gsize i = 0; i < SEALED_SIZE; i++)
    bytes[i] = (char) (i * 7 + i / 251);
  *sha256 = dinh_hash_data_hex (bytes, SEALED_SIZE);
  return bytes;
}

/* Takes a sealed paper in from where it was left, in pieces of any length, saying how far it is; then takes it away. */
static void
take_and_remove (const char *folder)
{
  g_autofree char *sha256 = NULL;
  g_autofree char *bytes = make_sealed_paper (&sha256);
  g_autoptr (DinhPaperStore) store = open_sealed_store (folder);

  for (;;) {
    g_autoptr (DinhPaperWriter) writer = dinh_paper_writer_open (store, sha256, SEALED_SIZE, NULL);
    gint64 offset;

    while ((offset = dinh_paper_writer_get_offset (writer)) < SEALED_SIZE) {
      gsize piece = (gsize) MIN (g_random_int_range (1, 200000), SEALED_SIZE - offset);
      g_autofree char *place = NULL;

      g_assert_true (dinh_paper_writer_write (writer, bytes + offset, piece, NULL));
      place = g_strdup_printf ("%" G_GINT64_FORMAT, dinh_paper_writer_get_offset (writer));
      say ('P', place);
    }
    g_assert_true (dinh_paper_writer_finish (writer, NULL));
    say ('F', sha256);
    g_clear_pointer (&writer, dinh_paper_writer_free);
    say ('R', sha256);
    g_assert_true (dinh_paper_store_remove (store, sha256, NULL));
    say ('G', sha256);
  }
}

/* The last thing that the killed child said; 0 if nothing. @place: how far it was at the last P. */
static char
run_sealed_child (const char *folder, const char *crash_point, guint n_lines, gint64 *place)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GSubprocess) child = NULL;
  g_autoptr (GDataInputStream) lines = NULL;
  g_autofree char *line = NULL;
  char last = '\0';

  if (crash_point != NULL)
    g_subprocess_launcher_setenv (launcher, "DINH_CRASH_POINT", crash_point, TRUE);
  child = g_subprocess_launcher_spawn (launcher, NULL, "/proc/self/exe", "--sealed", folder, NULL);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (child));
  for (guint i = 0; (line = g_data_input_stream_read_line (lines, NULL, NULL, NULL)) != NULL; i++) {
    last = line[0];
    if (last == 'P')
      *place = g_ascii_strtoll (line + 2, NULL, 10);
    else
      *place = 0;
    g_clear_pointer (&line, g_free);
    if (i == n_lines) {
      g_usleep ((gulong) g_test_rand_int_range (0, 3000));
      g_subprocess_force_exit (child);
    }
  }
  g_subprocess_wait (child, NULL, NULL);
  g_assert_true (g_subprocess_get_if_signaled (child));
  return last;
}

static gint64
find_size (GHashTable *sizes, const char *sha256)
{
  const gint64 *size = g_hash_table_lookup (sizes, sha256);

  return size == NULL ? -1 : *size;
}

/* What the child said is true: what it wrote is there but for a started chunk, and what it removed is gone for good. */
static void
check_sealed (const char *folder, char last, gint64 place)
{
  g_autofree char *sha256 = NULL;
  g_autofree char *bytes = make_sealed_paper (&sha256);
  g_autoptr (DinhPaperStore) store = open_sealed_store (folder);
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) whole = NULL;
  g_autoptr (DinhPaperWriter) writer = NULL;

  g_assert_true (dinh_paper_store_sweep (store, &error));
  whole = dinh_paper_store_list (store, FALSE, NULL);
  if (last == 'F')
    g_assert_cmpint (find_size (whole, sha256), ==, SEALED_SIZE);
  if (last == 'G')
    g_assert_cmpint (find_size (whole, sha256), ==, -1);
  if (find_size (whole, sha256) >= 0) {
    g_autofree char *path = dinh_paper_store_get_path (store, sha256);
    g_autofree char *found = g_malloc (DINH_SEALED_CHUNK);
    g_autoptr (DinhSealedFile) file = NULL;
    DinhPaperKey key;
    guint64 at = 0;
    gssize got;

    file = dinh_sealed_file_new (dinh_paper_store_open (store, path, &key, &error), &key, 1, &error);
    g_assert_no_error (error);
    for (; (got = dinh_sealed_file_read (file, at, found, DINH_SEALED_CHUNK, NULL)) > 0; at += (guint64) got)
      g_assert_cmpmem (found, got, bytes + at, got);
    g_assert_cmpuint (at, ==, SEALED_SIZE);
  }
  if (last != 'P' || place == SEALED_SIZE)
    return;
  writer = dinh_paper_writer_open (store, sha256, SEALED_SIZE, &error);
  g_assert_no_error (error);
  g_assert_cmpint (dinh_paper_writer_get_offset (writer), >=, place - place % DINH_SEALED_CHUNK);
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) names = g_dir_open (path, 0, NULL);
  const char *name;

  while (names != NULL && (name = g_dir_read_name (names)) != NULL) {
    g_autofree char *child = g_build_filename (path, name, NULL);

    if (g_file_test (child, G_FILE_TEST_IS_DIR))
      remove_folder (child);
    else
      g_unlink (child);
  }
  g_rmdir (path);
}

static void
test_sealed (void)
{
  static const char *const points[] = { "before-migration", "before-scrub", "before-paper-rename", "after-paper-key" };
  g_autofree char *folder = g_dir_make_tmp ("dinh-kill-XXXXXX", NULL);
  gint64 place = 0;
  char last;

  for (guint i = 0; i < G_N_ELEMENTS (points); i++) {
    last = run_sealed_child (folder, points[i], G_MAXUINT, &place);
    check_sealed (folder, last, place);
  }
  for (guint i = 0; i < 150; i++) {
    last = run_sealed_child (folder, NULL, (guint) g_test_rand_int_range (0, 90), &place);
    check_sealed (folder, last, place);
  }
  remove_folder (folder);
}

int
main (int argc, char **argv)
{
  if (argc == 3 && strcmp (argv[1], "--sealed") == 0)
    take_and_remove (argv[2]);
  if (argc == 3 && strcmp (argv[1], "--child") == 0)
    work (argv[2]);
  if (argc == 3 && strcmp (argv[1], "--paper") == 0)
    return take_paper (argv[2], NULL) ? 0 : 1;
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/fault/kill/any-moment", Knowledge, NULL, set_up, test_any_moment, tear_down);
  g_test_add ("/fault/kill/crash-points", Knowledge, NULL, set_up, test_crash_points, tear_down);
  g_test_add_func ("/fault/kill/paper", test_paper);
  g_test_add_func ("/fault/kill/sealed", test_sealed);
  return g_test_run ();
}
