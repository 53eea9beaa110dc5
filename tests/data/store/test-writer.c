/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/hash/dinh-checkpoint.h"
#include "data/hash/dinh-merkle.h"
#include "data/record/dinh-record-error.h"
#include "data/record/dinh-time.h"
#include "data/store/dinh-sqlite-store.h"
#include "tests/data/store/writer-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

static void
test_founds_and_grows (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = dinh_uuid_new ();
  g_autoptr (DinhView) view = NULL;

  fixture_submit (fixture, meeting, "item-add", fixture_item ("a", 0), "refused");
  g_assert_null (dinh_writer_dup_view (fixture->writer, meeting));
  fixture_submit (fixture, meeting, "meeting-prepare", fixture_header ("Họp"), "recorded");
  fixture_submit (fixture, meeting, "meeting-prepare", fixture_header ("Họp"), "refused");
  fixture_submit (fixture, meeting, "item-add", fixture_item ("a", 0), "recorded");
  fixture_submit (fixture, meeting, "meeting-publish", json_object (), "recorded");
  view = dinh_writer_dup_view (fixture->writer, meeting);
  g_assert_cmpuint (view->state->size, ==, 3);
  g_assert_cmpstr (dinh_json_get_string (json_object_get (view->state->json, "meeting"), "status"), ==, "published");
  g_assert_cmpstr (dinh_json_get_string (json_object_get (view->state->json, "meeting"), "begins"), ==,
                   "2096-12-01T01:00:00.000Z");
}

static void
test_repeats (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = dinh_uuid_new ();
  g_autoptr (DinhJson) body = fixture_header ("Họp");
  g_autoptr (DinhJson) other = fixture_header ("Họp khác");
  g_autoptr (DinhCommand) command = dinh_command_new ("meeting-prepare", meeting, fixture->admin,
                                                      g_get_real_time (), body, fixture->admin_key);
  g_autoptr (DinhCommand) forged = dinh_command_new ("meeting-prepare", meeting, fixture->admin, g_get_real_time (),
                                                     other, fixture->admin_key);
  g_autofree char *first = dinh_writer_submit (fixture->writer, command, NULL);
  g_autofree char *again = dinh_writer_submit (fixture->writer, command, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (first, ==, again);
  fixture_close_writer (fixture);
  fixture_open_writer (fixture);
  g_free (again);
  again = dinh_writer_submit (fixture->writer, command, NULL);
  g_assert_cmpstr (first, ==, again);
  g_free (forged->id);
  forged->id = g_strdup (command->id);
  g_assert_null (dinh_writer_submit (fixture->writer, forged, &error));
  g_assert_error (error, DINH_RECORD_ERROR, DINH_RECORD_ERROR_REUSED);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* Who asks too late is told so, and not kept waiting. */
static void
test_stopped (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = dinh_uuid_new ();
  g_autoptr (DinhJson) body = fixture_header ("Họp");
  g_autoptr (DinhCommand) command = dinh_command_new ("meeting-prepare", meeting, fixture->admin,
                                                      g_get_real_time (), body, fixture->admin_key);

  dinh_writer_stop (fixture->writer);
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;

    if (i == 0)
      dinh_writer_probe_async (fixture->writer, on_answered, &result);
    else
      dinh_writer_submit_async (fixture->writer, command, NULL, on_answered, &result);
    while (g_main_context_iteration (NULL, FALSE))
      continue;
    g_assert_nonnull (result);
    g_assert_null (dinh_writer_submit_finish (fixture->writer, result, &error));
    g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_BUSY);
  }
}

static void
test_refuses_strangers (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = dinh_uuid_new ();
  g_autofree char *nobody = dinh_uuid_new ();
  g_autoptr (DinhJson) body = fixture_header ("Họp");
  g_autoptr (DinhKey) wrong = dinh_key_new ();
  const struct {
    const char *device;
    const DinhKey *key;
    gint64 at;
    int code;
  } cases[] = {
    { nobody, wrong, g_get_real_time (), DINH_RECORD_ERROR_KEY },
    { fixture->admin, wrong, g_get_real_time (), DINH_RECORD_ERROR_SIGNATURE },
    { fixture->admin, fixture->admin_key, 1, DINH_RECORD_ERROR_KEY },
    { fixture->admin, fixture->admin_key, g_get_real_time () + G_TIME_SPAN_DAY * 5000, DINH_RECORD_ERROR_TIME },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (DinhCommand) command =
      dinh_command_new ("meeting-prepare", meeting, cases[i].device, cases[i].at, body, cases[i].key);
    g_autoptr (GError) error = NULL;

    g_assert_null (dinh_writer_submit (fixture->writer, command, &error));
    g_assert_error (error, DINH_RECORD_ERROR, cases[i].code);
  }
}

static void
test_revoked (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = dinh_uuid_new ();
  g_autoptr (DinhJson) body = fixture_header ("Họp");
  g_autoptr (DinhCommand) command =
    dinh_command_new ("meeting-prepare", meeting, fixture->admin, g_get_real_time (), body, fixture->admin_key);
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhJson) revoked = NULL;

  revoked = fixture_submit_as (fixture, fixture->hub, fixture->hub_key, fixture->body, "device-revoke",
                       json_pack ("{s:s}", "id", fixture->admin));
  g_assert_null (dinh_writer_submit (fixture->writer, command, &error));
  g_assert_error (error, DINH_RECORD_ERROR, DINH_RECORD_ERROR_KEY);
}

/* A key counts from its first moment to its last, by the time that is claimed and by the hub's. */
static void
test_expired (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = dinh_uuid_new (), *device = dinh_uuid_new ();
  g_autoptr (DinhJson) body = fixture_header ("Họp"), added = NULL;
  g_autoptr (DinhKey) key = dinh_key_new ();
  g_autoptr (DinhCommand) command = NULL;
  g_autoptr (GError) error = NULL;
  gint64 then;

  added = fixture_submit_as (fixture, fixture->hub, fixture->hub_key, fixture->body, "device-add",
                             json_pack ("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id", device, "name", "Cũ", "profile",
                                        "admin", "certificate",
                                        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "key",
                                        dinh_key_get_public (key), "from", "2020-01-01T00:00:00Z", "until",
                                        "2021-01-01T00:00:00Z"));
  g_assert_cmpstr (dinh_json_get_string (added, "status"), ==, "recorded");
  dinh_time_parse ("2020-06-01T00:00:00Z", &then);
  command = dinh_command_new ("meeting-prepare", meeting, device, then, body, key);
  g_assert_null (dinh_writer_submit (fixture->writer, command, &error));
  g_assert_error (error, DINH_RECORD_ERROR, DINH_RECORD_ERROR_KEY);
}

static gint64
get_time (const json_t *result)
{
  gint64 time = 0;

  g_assert_true (dinh_time_parse (dinh_json_get_string (result, "at"), &time));
  return time;
}

/* What a person signed counts by the key that was theirs when they signed, also when it arrives after another took over. */
static void
test_person (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = dinh_uuid_new (), *person = dinh_uuid_new (), *stranger = dinh_uuid_new ();
  g_autoptr (DinhKey) first = dinh_key_new (), second = dinh_key_new ();
  const DinhKey *keys[] = { first, second };
  gint64 times[2];

  fixture_submit (fixture, fixture->body, "person-add", json_pack ("{s:s, s:s}", "id", person, "name", "Lò Thị Ái"), "recorded");
  fixture_submit (fixture, meeting, "meeting-prepare", fixture_header ("Họp"), "recorded");
  fixture_submit (fixture, meeting, "participant-add",
                  json_pack ("{s:s, s:s, s:s}", "id", person, "name", "Lò Thị Ái", "role", "secretary"), "recorded");
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    g_autoptr (DinhJson) keyed =
      fixture_submit_as (fixture, fixture->hub, fixture->hub_key, fixture->body, "person-key",
                         json_pack ("{s:s, s:s}", "id", person, "key", dinh_key_get_public (keys[i])));
    times[i] = get_time (keyed);
    g_usleep (2000);
  }
  const struct {
    const char *person;
    const DinhKey *key;
    gint64 at;
    int code; /* -1: good */
  } cases[] = {
    { person, second, times[1], -1 },
    { person, first, times[0], -1 },
    { person, first, times[1], DINH_RECORD_ERROR_SIGNATURE },
    { person, second, times[0], DINH_RECORD_ERROR_SIGNATURE },
    { person, second, times[0] - 1000, DINH_RECORD_ERROR_KEY },
    { person, fixture->admin_key, times[1], DINH_RECORD_ERROR_SIGNATURE },
    { stranger, second, times[1], DINH_RECORD_ERROR_KEY },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *id = g_strdup_printf ("muc-%u", i);
    g_autoptr (DinhJson) body = fixture_item (id, (int) i);
    g_autoptr (DinhCommand) command = dinh_command_new_by ("item-add", meeting, cases[i].person, fixture->admin,
                                                           cases[i].at, body, cases[i].key);
    g_autoptr (GError) error = NULL;
    g_autofree char *result = dinh_writer_submit (fixture->writer, command, &error);

    if (cases[i].code >= 0) {
      g_assert_error (error, DINH_RECORD_ERROR, cases[i].code);
      continue;
    }
    g_assert_no_error (error);
    g_assert_nonnull (strstr (result, "recorded"));
  }
}

static void
test_survives_restart (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = dinh_uuid_new ();
  g_autoptr (DinhView) before = NULL, after = NULL;

  fixture_submit (fixture, meeting, "meeting-prepare", fixture_header ("Họp"), "recorded");
  for (int i = 0; i < 200; i++) {
    g_autofree char *id = g_strdup_printf ("muc-%d", i);
    fixture_submit (fixture, meeting, "item-add", fixture_item (id, i), "recorded");
  }
  before = dinh_writer_dup_view (fixture->writer, meeting);
  fixture_close_writer (fixture);
  fixture_open_writer (fixture);
  after = dinh_writer_dup_view (fixture->writer, meeting);
  g_assert_true (json_equal (before->state->json, after->state->json));
  g_assert_true (dinh_hash_equal (&before->root, &after->root));
  g_assert_cmpuint (after->state->size, ==, 201);
}

/* The stored bytes hash to the leaves, the leaves to the root, and the hub signed that root. */
static void
test_checkpoint (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = dinh_uuid_new ();
  g_autoptr (DinhView) view = NULL;
  g_autoptr (DinhMerkle) tree = dinh_merkle_new ();
  g_autoptr (DinhStore) store = NULL;
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (DinhCheckpoint) checkpoint = NULL;
  DinhHash root;

  fixture_submit (fixture, meeting, "meeting-prepare", fixture_header ("Họp"), "recorded");
  fixture_submit (fixture, meeting, "meeting-publish", json_object (), "recorded");
  view = dinh_writer_dup_view (fixture->writer, meeting);
  store = dinh_sqlite_store_open (fixture->path, NULL);
  events = dinh_store_read_events (store, meeting, 0, 100, NULL);
  g_assert_cmpuint (events->len, ==, 2);
  for (guint i = 0; i < events->len; i++) {
    const DinhStoredEvent *event = g_ptr_array_index (events, i);
    DinhHash leaf;

    dinh_merkle_hash_leaf (event->bytes, event->length, &leaf);
    g_assert_true (dinh_hash_equal (&leaf, &event->leaf));
    dinh_merkle_append (tree, &leaf);
  }
  dinh_merkle_root (tree, 2, &root);
  checkpoint = dinh_checkpoint_open (view->checkpoint, fixture->hub_key, NULL);
  g_assert_nonnull (checkpoint);
  g_assert_cmpuint (checkpoint->size, ==, 2);
  g_assert_true (dinh_hash_equal (&checkpoint->root, &root));
}

static void
on_committed (DinhWriter *writer, DinhCommit *commit, GPtrArray *lines)
{
  for (guint i = 0; i < commit->lines->len; i++)
    g_ptr_array_add (lines, g_strdup (g_ptr_array_index (commit->lines, i)));
}

/* What is pushed to everybody never holds the words of a paper for some. */
static void
test_pushes_redacted (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = dinh_uuid_new ();
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);

  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_signal_connect (fixture->writer, "committed", G_CALLBACK (on_committed), lines);
  fixture_submit (fixture, fixture->body, "site-add", json_pack ("{s:s, s:s}", "id", "xa-a", "name", "Xã A"), "recorded");
  fixture_submit (fixture, meeting, "meeting-prepare", fixture_header ("Họp"), "recorded");
  fixture_submit (fixture, meeting, "item-add", fixture_item ("a", 0), "recorded");
  fixture_submit (fixture, meeting, "paper-add",
          json_pack ("{s:s, s:s, s:i, s:s, s:s, s:i, s:s, s:[s]}", "id", "p", "item", "a", "position", 0, "title",
                     "Chỉ xã A", "sha256", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "size", 10,
                     "file", "p.pdf", "readers", "xa-a"),
          "recorded");
  while (lines->len < 4)
    g_main_context_iteration (NULL, TRUE);
  g_assert_nonnull (strstr (g_ptr_array_index (lines, 2), "item-added"));
  g_assert_null (strstr (g_ptr_array_index (lines, 3), "Chỉ"));
  g_assert_nonnull (strstr (g_ptr_array_index (lines, 3), "\"leaf\""));
}

static void
test_backup (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = dinh_uuid_new ();
  g_autofree char *copy = g_build_filename (fixture->folder, "copy.db", NULL);
  g_autoptr (DinhStore) store = NULL, backup = NULL;
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (GError) error = NULL;

  fixture_submit (fixture, meeting, "meeting-prepare", fixture_header ("Họp"), "recorded");
  store = dinh_sqlite_store_open (fixture->path, NULL);
  g_assert_true (dinh_store_backup (store, copy, NULL, &error));
  g_assert_no_error (error);
  backup = dinh_sqlite_store_open (copy, &error);
  g_assert_no_error (error);
  events = dinh_store_read_events (backup, meeting, 0, 10, NULL);
  g_assert_cmpuint (events->len, ==, 1);
  g_clear_object (&backup);
  for (guint i = 0; i < 2; i++) {
    g_autofree char *side = g_strconcat (copy, i == 0 ? "-wal" : "-shm", NULL);
    g_unlink (side);
  }
}

static gpointer
write_value (DinhStore *store, gpointer data, GError **error)
{
  if (!dinh_store_put_value (store, data, "kept", error))
    return NULL;
  if (strcmp (data, "good") == 0)
    return g_strdup ("done");
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "not this one");
  return NULL;
}

static void
on_run (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* What fails leaves nothing behind, and what shares its transaction is kept. */
static void
test_work (Fixture *fixture, gconstpointer data)
{
  const char *const names[] = { "bad", "good" };
  g_autoptr (DinhStore) store = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;
    g_autofree char *answer = NULL, *value = NULL;

    dinh_writer_run_async (fixture->writer, write_value, (gpointer) names[i], NULL, g_free, on_run, &result);
    while (result == NULL)
      g_main_context_iteration (NULL, TRUE);
    answer = dinh_writer_run_finish (fixture->writer, result, &error);
    store = store == NULL ? dinh_sqlite_store_open (fixture->path, NULL) : g_steal_pointer (&store);
    g_assert_true (dinh_store_get_value (store, names[i], &value, NULL));
    if (i == 0)
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
    else
      g_assert_cmpstr (answer, ==, "done");
    g_assert_cmpstr (value, ==, i == 0 ? NULL : "kept");
  }
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "/store/writer/founds-and-grows", test_founds_and_grows },
    { "/store/writer/repeats", test_repeats },
    { "/store/writer/stopped", test_stopped },
    { "/store/writer/refuses-strangers", test_refuses_strangers },
    { "/store/writer/revoked", test_revoked },
    { "/store/writer/expired", test_expired },
    { "/store/writer/person", test_person },
    { "/store/writer/survives-restart", test_survives_restart },
    { "/store/writer/checkpoint", test_checkpoint },
    { "/store/writer/pushes-redacted", test_pushes_redacted },
    { "/store/writer/backup", test_backup },
    { "/store/writer/work", test_work },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, fixture_set_up, tests[i].test, fixture_tear_down);
  return g_test_run ();
}
