/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/net/hub-fixture.h"

#include "data/record/dinh-command.h"
#include "data/record/dinh-time.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#define PIECE (4 * 1024 * 1024)

gboolean
fixture_on_tick (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/* Runs a program to its end; it must succeed. */
void
fixture_run (char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *output = NULL, *errors = NULL;
  int status = 0;

  if (!g_spawn_sync (NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, &errors, &status, &error) ||
      !g_spawn_check_wait_status (status, &error))
    g_error ("%s %s: %s\n%s%s", argv[0], argv[1], error->message, output, errors);
}

void
fixture_remove (const char *folder)
{
  char *argv[] = { "rm", "-rf", (char *) folder, NULL };

  fixture_run (argv);
}

/* Bytes that do not repeat and are the same every time. */
char *
fixture_random_bytes (gsize length, guint32 seed)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  char *bytes = g_malloc (length);

  for (gsize i = 0; i < length; i++)
    bytes[i] = (char) g_rand_int (random);
  return bytes;
}

static guint
find_port (void)
{
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;

  g_assert_true (g_socket_bind (socket, address, FALSE, NULL));
  bound = g_socket_get_local_address (socket, NULL);
  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
}

/* A hub does not outlive the test, however that ends. */
static void
die_with_parent (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGTERM);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

DinhAnswer *
hub_fixture_ask (HubFixture *self, const DinhRequest *request, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dinh_hub_client_send_async (self->client, request, NULL, on_answered, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return dinh_hub_client_send_finish (self->client, result, error);
}

/* The program says that it listens; then it answers. */
void
hub_fixture_start (HubFixture *self)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GDataInputStream) output = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;

  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  /* Not by faketime itself: it stays between us and the hub. */
  if (self->faketime != NULL) {
    g_subprocess_launcher_setenv (launcher, "LD_PRELOAD", "/usr/$LIB/faketime/libfaketime.so.1", TRUE);
    g_subprocess_launcher_setenv (launcher, "FAKETIME", self->faketime, TRUE);
    g_subprocess_launcher_setenv (launcher, "FAKETIME_DONT_FAKE_MONOTONIC", "1", TRUE);
  }
  self->process = g_subprocess_launcher_spawn (launcher, &error, g_getenv ("DINH_HUB"), "run", "--state", self->state,
                                               "--listen", self->address, "--enrol-listen", self->enrol, NULL);
  g_assert_no_error (error);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));
  /* It has more to say. */
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (output), FALSE);
  line = g_data_input_stream_read_line (output, NULL, NULL, &error);
  g_assert_nonnull (line);
}

void
hub_fixture_stop (HubFixture *self)
{
  if (self->process == NULL)
    return;
  g_subprocess_send_signal (self->process, SIGTERM);
  g_subprocess_wait (self->process, NULL, NULL);
  g_clear_object (&self->process);
}

static void
measure_offset (HubFixture *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhAnswer) answer = hub_fixture_ask (self, &(DinhRequest){ .path = "/v1/time?nonce=test" }, &error);
  g_autoptr (DinhJson) json = NULL;
  gint64 time = 0;
  gsize length;
  const char *text;

  g_assert_no_error (error);
  text = g_bytes_get_data (answer->body, &length);
  json = dinh_json_parse (text, length, &error);
  g_assert_no_error (error);
  g_assert_true (dinh_time_parse (dinh_json_get_string (json, "time"), &time));
  self->offset = time - g_get_real_time ();
}

HubFixture *
hub_fixture_new (void)
{
  HubFixture *self = g_new0 (HubFixture, 1);
  g_autofree char *admin = NULL;
  g_autoptr (GError) error = NULL;

  self->folder = g_dir_make_tmp ("dinh-XXXXXX", &error);
  g_assert_no_error (error);
  self->state = g_build_filename (self->folder, "hub", NULL);
  self->address = g_strdup_printf ("127.0.0.1:%u", find_port ());
  self->enrol = g_strdup_printf ("127.0.0.1:%u", find_port ());
  fixture_run ((char *[]){ (char *) g_getenv ("DINH_HUB"), "init", "--state", self->state, "--address", self->address, NULL });
  hub_fixture_start (self);
  admin = g_build_filename (self->state, "admin", NULL);
  self->admin = dinh_identity_load (admin, &error);
  g_assert_no_error (error);
  self->clock = dinh_hub_clock_new (dinh_identity_get_record_key (self->admin), &error);
  self->client = dinh_hub_client_new (self->admin, self->clock, &error);
  g_assert_no_error (error);
  measure_offset (self);
  return self;
}

void
hub_fixture_free (HubFixture *self)
{
  hub_fixture_stop (self);
  g_object_unref (self->client);
  g_object_unref (self->clock);
  g_object_unref (self->admin);
  fixture_remove (self->folder);
  g_free (self->folder);
  g_free (self->state);
  g_free (self->address);
  g_free (self->enrol);
  g_free (self);
}

/* Takes @body; the hub must record it. */
void
hub_fixture_command (HubFixture *self, const char *stream, const char *kind, json_t *body)
{
  g_autoptr (DinhCommand) command =
    dinh_command_new (kind, stream, dinh_identity_get_device (self->admin), g_get_real_time () + self->offset, body,
                      dinh_identity_get_signing_key (self->admin));
  g_autofree char *text = dinh_command_print (command);
  DinhRequest request = { .method = "POST", .path = "/v1/commands", .body = text };
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhAnswer) answer = hub_fixture_ask (self, &request, &error);

  g_assert_no_error (error);
  json_decref (body);
}

/* Returns the SHA-256 under which the hub has the bytes now. */
char *
hub_fixture_upload (HubFixture *self, const void *bytes, gsize length)
{
  g_autofree char *sha256 = dinh_hash_data_hex (bytes, length);
  g_autofree char *path = g_strconcat ("/v1/blobs/", sha256, NULL);

  for (gsize offset = 0; offset < length; offset += PIECE) {
    gsize size = MIN (PIECE, length - offset);
    g_autoptr (GBytes) piece = g_bytes_new ((const char *) bytes + offset, size);
    g_autofree char *range = g_strdup_printf ("bytes %zu-%zu/%zu", offset, offset + size - 1, length);
    DinhRequest request = { .method = "PUT", .path = path, .piece = piece, .content_range = range, .seconds = 60 };
    g_autoptr (GError) error = NULL;
    g_autoptr (DinhAnswer) answer = hub_fixture_ask (self, &request, &error);

    g_assert_no_error (error);
  }
  return g_steal_pointer (&sha256);
}

char *
hub_fixture_prepare_meeting (HubFixture *self, const char *title)
{
  char *meeting = dinh_uuid_new ();

  hub_fixture_command (self, meeting, "meeting-prepare",
                       json_pack ("{s:s, s:s, s:s}", "title", title, "begins", "2096-12-01T08:00:00+07:00", "ends",
                                  "2096-12-01T11:30:00+07:00"));
  hub_fixture_command (self, meeting, "item-add",
                       json_pack ("{s:s, s:i, s:s}", "id", "muc", "position", 0, "title", "Khai mạc"));
  return meeting;
}

char *
hub_fixture_add_meeting (HubFixture *self, const char *title)
{
  char *meeting = hub_fixture_prepare_meeting (self, title);

  hub_fixture_command (self, meeting, "meeting-publish", json_object ());
  return meeting;
}

void
hub_fixture_add_paper (HubFixture *self, const char *meeting, const char *id, const char *sha256, gsize size)
{
  hub_fixture_command (self, meeting, "paper-add",
                       json_pack ("{s:s, s:s, s:i, s:s, s:s, s:I, s:s}", "id", id, "item", "muc", "position", 0, "title",
                                  id, "sha256", sha256, "size", (json_int_t) size, "file", "x.pdf"));
}

/* Runs dinhctl as the administrator, which must work. Returns: (transfer full): what it says. */
json_t *
hub_fixture_ctl (HubFixture *self, const char *verb, ...)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autofree char *admin = g_build_filename (self->state, "admin", NULL), *output = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  json_t *json;
  va_list args;

  g_ptr_array_add (argv, (char *) g_getenv ("DINHCTL"));
  g_ptr_array_add (argv, (char *) "--json");
  g_ptr_array_add (argv, (char *) "--identity");
  g_ptr_array_add (argv, admin);
  va_start (args, verb);
  for (const char *word = verb; word != NULL; word = va_arg (args, const char *))
    g_ptr_array_add (argv, (char *) word);
  va_end (args);
  g_ptr_array_add (argv, NULL);
  process = g_subprocess_newv ((const char *const *) argv->pdata, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, &output, NULL, &error));
  g_assert_true (g_subprocess_get_successful (process));
  json = dinh_json_parse (output, strlen (output), &error);
  g_assert_no_error (error);
  return json;
}

DinhIdentity *
hub_fixture_add_device (HubFixture *self, const char *name, const char *site)
{
  g_autofree char *folder = g_build_filename (self->folder, name, NULL);
  g_autofree char *admin = g_build_filename (self->state, "admin", NULL);
  g_autoptr (GError) error = NULL;
  DinhIdentity *identity;

  fixture_run ((char *[]){ (char *) g_getenv ("DINHCTL"), "--identity", admin, "device", "add", (char *) name, "--profile",
                           "seat", "--out", folder, site == NULL ? NULL : "--site", (char *) site, NULL });
  identity = dinh_identity_load (folder, &error);
  g_assert_no_error (error);
  return identity;
}
