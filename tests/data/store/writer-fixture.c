/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/store/writer-fixture.h"

#include "data/record/dinh-time.h"
#include "data/store/dinh-sqlite-store.h"

#include <glib/gstdio.h>
#include <string.h>

/* The writer takes a key over; this is another one of the same seed. */
static DinhKey *
load_key (Fixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

  return dinh_key_load (path, NULL);
}

static DinhKey *
make_key (Fixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  g_autoptr (DinhKey) key = dinh_key_new ();

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    g_assert_true (dinh_key_save (key, path, NULL));
  return load_key (fixture, name);
}

/* Works on the record in @folder, with the keys that lie there. */
void
fixture_open_folder (Fixture *fixture, const char *folder)
{
  fixture->folder = g_strdup (folder);
  fixture->path = g_build_filename (folder, "hub.db", NULL);
  fixture->body = g_strdup ("00000000-0000-7000-8000-000000000001");
  fixture->hub = g_strdup ("00000000-0000-7000-8000-0000000000aa");
  fixture->admin = g_strdup ("00000000-0000-7000-8000-0000000000ab");
  fixture->hub_key = make_key (fixture, "hub.key");
  fixture->admin_key = make_key (fixture, "admin.key");
}

DinhWriter *
fixture_try_writer (Fixture *fixture, GError **error)
{
  g_autoptr (DinhStore) store = dinh_sqlite_store_open (fixture->path, error);

  return store == NULL ? NULL : dinh_writer_new (store, fixture->body, fixture->hub, load_key (fixture, "hub.key"), error);
}

void
fixture_open_writer (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fixture->writer = fixture_try_writer (fixture, &error);
  g_assert_no_error (error);
}

void
fixture_close_writer (Fixture *fixture)
{
  if (fixture->writer != NULL)
    dinh_writer_stop (fixture->writer);
  g_clear_object (&fixture->writer);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

/* Takes @body over. */
DinhCommand *
fixture_command (Fixture *fixture, const char *stream, const char *kind, json_t *body)
{
  g_autoptr (DinhJson) owned = body;

  return dinh_command_new (kind, stream, fixture->admin, dinh_writer_now (fixture->writer), body, fixture->admin_key);
}

json_t *
fixture_submit_as (Fixture *fixture, const char *device, const DinhKey *key, const char *stream, const char *kind,
                   json_t *body)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhJson) owned = body;
  g_autoptr (DinhCommand) command = dinh_command_new (kind, stream, device, dinh_writer_now (fixture->writer), body, key);
  g_autofree char *result = dinh_writer_submit (fixture->writer, command, &error);

  g_assert_no_error (error);
  return dinh_json_parse (result, strlen (result), NULL);
}

void
fixture_submit (Fixture *fixture, const char *stream, const char *kind, json_t *body, const char *status)
{
  g_autoptr (DinhJson) result = fixture_submit_as (fixture, fixture->admin, fixture->admin_key, stream, kind, body);

  g_assert_cmpstr (dinh_json_get_string (result, "status"), ==, status);
}

static gboolean
give (Fixture *fixture, const char *kind, json_t *body)
{
  g_autoptr (DinhJson) owned = body;
  g_autoptr (DinhCommand) command = dinh_command_new (kind, fixture->body, fixture->hub, dinh_writer_now (fixture->writer),
                                                      body, fixture->hub_key);
  g_autofree char *result = dinh_writer_submit (fixture->writer, command, NULL);

  return result != NULL;
}

/* Founds the body and lets the administrator in; a second time it changes nothing. Returns whether it was recorded. */
gboolean
fixture_found (Fixture *fixture)
{
  return give (fixture, "body-found",
               json_pack ("{s:s, s:s, s:s}", "name", "UBND tỉnh", "record_key", dinh_key_get_public (fixture->hub_key),
                          "device", fixture->hub)) &&
         give (fixture, "device-add",
               json_pack ("{s:s, s:s, s:s, s:s, s:s}", "id", fixture->admin, "name", "Quản trị", "profile", "admin",
                          "certificate", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "key",
                          dinh_key_get_public (fixture->admin_key)));
}

void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_dir_make_tmp ("dinh-writer-XXXXXX", NULL);

  fixture_open_folder (fixture, folder);
  fixture_open_writer (fixture);
  g_assert_true (fixture_found (fixture));
}

/* Lets go of everything but the folder. */
void
fixture_clear (Fixture *fixture)
{
  fixture_close_writer (fixture);
  g_clear_pointer (&fixture->folder, g_free);
  g_clear_pointer (&fixture->path, g_free);
  g_clear_pointer (&fixture->body, g_free);
  g_clear_pointer (&fixture->hub, g_free);
  g_clear_pointer (&fixture->admin, g_free);
  g_clear_pointer (&fixture->hub_key, dinh_key_free);
  g_clear_pointer (&fixture->admin_key, dinh_key_free);
}

void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_strdup (fixture->folder);
  g_autoptr (GDir) files = NULL;
  const char *name;

  fixture_clear (fixture);
  files = g_dir_open (folder, 0, NULL);
  while (files != NULL && (name = g_dir_read_name (files)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_unlink (path);
  }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

json_t *
fixture_header (const char *title)
{
  return json_pack ("{s:s, s:s, s:s}", "title", title, "begins", "2096-12-01T08:00:00+07:00", "ends",
                    "2096-12-01T11:30:00+07:00");
}

json_t *
fixture_item (const char *id, int position)
{
  return json_pack ("{s:s, s:i, s:s}", "id", id, "position", position, "title", "Khai mạc");
}
