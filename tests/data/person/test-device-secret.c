/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/person/dinh-device-secret.h"
#include "tests/data/person/person-fixture.h"

#include <arpa/inet.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* With a TPM in software (swtpm), each in a folder of its own. */

typedef struct {
  char *dir;
  char *path;
  GSubprocess *tpm;
  char *tpm_name;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->dir = g_dir_make_tmp ("dinh-secret-XXXXXX", NULL);
  self->path = g_build_filename (self->dir, "secret", NULL);
}

static void
stop_tpm (Fixture *self)
{
  if (self->tpm == NULL)
    return;
  g_subprocess_force_exit (self->tpm);
  g_subprocess_wait (self->tpm, NULL, NULL);
  g_clear_object (&self->tpm);
  g_clear_pointer (&self->tpm_name, g_free);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  stop_tpm (self);
  remove_folder (self->dir);
  g_free (self->dir);
  g_free (self->path);
}

static gboolean
is_free (int port)
{
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
  struct sockaddr_in address = {AF_INET, htons ((guint16) port), {htonl (INADDR_LOOPBACK)}};
  gboolean bound;

  setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  bound = bind (fd, (struct sockaddr *) &address, sizeof address) == 0;
  close (fd);
  return bound;
}

/* The library takes the port behind the given one for control. */
static int
find_ports (void)
{
  int port;

  do {
    port = g_random_int_range (20000, 32000);
  } while (!is_free (port) || !is_free (port + 1));
  return port;
}

static void
wait_for_port (int port)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();

  for (;;) {
    g_autoptr (GSocketConnection) connection =
        g_socket_client_connect_to_host (client, "127.0.0.1", (guint16) port, NULL, NULL);

    if (connection != NULL)
      return;
    g_usleep (10000);
  }
}

static void
start_tpm (Fixture *self, const char *name)
{
  g_autofree char *folder = g_build_filename (self->dir, name, NULL);
  g_autofree char *state = g_strdup_printf ("dir=%s", folder);
  int port = find_ports ();
  g_autofree char *server = g_strdup_printf ("type=tcp,bindaddr=127.0.0.1,port=%d", port);
  g_autofree char *control = g_strdup_printf ("type=tcp,bindaddr=127.0.0.1,port=%d", port + 1);
  g_autoptr (GError) error = NULL;

  g_mkdir_with_parents (folder, 0700);
  self->tpm = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, "swtpm", "socket", "--tpm2", "--tpmstate",
                                state, "--server", server, "--ctrl", control, "--flags",
                                "not-need-init,startup-clear", NULL);
  g_assert_no_error (error);
  wait_for_port (port + 1);
  self->tpm_name = g_strdup_printf ("swtpm:host=127.0.0.1,port=%d", port);
}

static char *
load_hex (Fixture *self, const char *tpm, gboolean bound)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhDeviceSecret) secret = dinh_device_secret_load (self->path, tpm, &error);
  GString *hex = g_string_new (NULL);

  g_assert_no_error (error);
  g_assert_true (dinh_device_secret_is_bound_to_hardware (secret) == bound);
  for (gsize i = 0; i < DINH_SECRET_SIZE; i++)
    g_string_append_printf (hex, "%02x", dinh_device_secret_get (secret)->bytes[i]);
  return g_string_free (hex, FALSE);
}

static void
assert_refused (Fixture *self, const char *tpm, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (dinh_device_secret_load (self->path, tpm, &error));
  g_assert_error (error, DINH_PERSON_ERROR, code);
}

static void
assert_only_file (Fixture *self)
{
  g_autoptr (GDir) dir = g_dir_open (self->dir, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    g_assert_true (g_str_equal (name, "secret") || g_str_has_prefix (name, "tpm"));
}

static void
test_plain (Fixture *self, gconstpointer data)
{
  g_autofree char *first = NULL, *second = NULL;
  struct stat status;

  if (access ("/dev/tpmrm0", R_OK | W_OK) == 0) {
    g_test_skip ("this machine has a TPM");
    return;
  }
  first = load_hex (self, NULL, FALSE);
  second = load_hex (self, NULL, FALSE);
  g_assert_cmpstr (first, ==, second);
  g_assert_cmpint (stat (self->path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 07777, ==, 0600);
  assert_only_file (self);
}

static void
test_tpm (Fixture *self, gconstpointer data)
{
  g_autofree char *first = NULL, *second = NULL, *third = NULL, *text = NULL;

  start_tpm (self, "tpm-1");
  first = load_hex (self, self->tpm_name, TRUE);
  second = load_hex (self, self->tpm_name, TRUE);
  g_assert_cmpstr (first, ==, second);
  g_assert_true (g_file_get_contents (self->path, &text, NULL, NULL));
  g_assert_true (g_str_has_prefix (text, "dinh-secret-v1 tpm2 "));
  g_assert_null (strstr (text, "plain"));
  assert_only_file (self);

  /* after the machine was started again */
  stop_tpm (self);
  assert_refused (self, "swtpm:host=127.0.0.1,port=1", DINH_PERSON_ERROR_HARDWARE);
  start_tpm (self, "tpm-1");
  third = load_hex (self, self->tpm_name, TRUE);
  g_assert_cmpstr (first, ==, third);

  /* the disk in another machine */
  stop_tpm (self);
  start_tpm (self, "tpm-2");
  assert_refused (self, self->tpm_name, DINH_PERSON_ERROR_HARDWARE);
  if (access ("/dev/tpmrm0", R_OK | W_OK) != 0)
    assert_refused (self, NULL, DINH_PERSON_ERROR_HARDWARE);
}

/* A TPM that does not answer: unbound, and said so. */
static void
test_no_answer (Fixture *self, gconstpointer data)
{
  g_autofree char *first = load_hex (self, "swtpm:host=127.0.0.1,port=1", FALSE);
  g_autofree char *second = load_hex (self, "swtpm:host=127.0.0.1,port=1", FALSE);

  g_assert_cmpstr (first, ==, second);
}

static gpointer
load_in_thread (gpointer data)
{
  return load_hex (data, "swtpm:host=127.0.0.1,port=1", FALSE);
}

static void
test_at_once (Fixture *self, gconstpointer data)
{
  for (int round = 0; round < 50; round++) {
    GThread *threads[8];
    g_autofree char *first = NULL;

    g_unlink (self->path);
    for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
      threads[i] = g_thread_new ("load", load_in_thread, self);
    for (gsize i = 0; i < G_N_ELEMENTS (threads); i++) {
      g_autofree char *hex = g_thread_join (threads[i]);

      if (first == NULL)
        first = g_strdup (hex);
      g_assert_cmpstr (hex, ==, first);
    }
  }
  assert_only_file (self);
}

static void
test_files (Fixture *self, gconstpointer data)
{
  static const char *const bad[] = {
      "",
      "\n",
      "dinh-secret-v1",
      "dinh-secret-v1 plain ",
      "dinh-secret-v1 plain AAAA",
      "dinh-secret-v2 plain AAAA",
      "dinh-secret-v1 plain AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= ",
      "dinh-secret-v1 plain AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
      "dinh-secret-v1 tpm2 ",
      "dinh-secret-v1 tpm2 AAAA",
  };
  g_autofree char *large = g_strnfill (100000, 'A');

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_true (g_file_set_contents (self->path, bad[i], -1, NULL));
    assert_refused (self, "swtpm:host=127.0.0.1,port=1", DINH_PERSON_ERROR_MALFORMED);
  }
  g_assert_true (g_file_set_contents (self->path, large, -1, NULL));
  assert_refused (self, NULL, DINH_PERSON_ERROR_MALFORMED);
  g_unlink (self->path);
  g_mkdir (self->path, 0700);
  assert_refused (self, NULL, DINH_PERSON_ERROR_FILE);
  g_free (self->path);
  self->path = g_build_filename (self->dir, "nowhere", "secret", NULL);
  assert_refused (self, NULL, DINH_PERSON_ERROR_FILE);
}

#define ADD(name, function)                                                                                  \
  g_test_add ("/person/device-secret/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_setenv ("TSS2_LOG", "all+NONE", TRUE);
  g_test_init (&argc, &argv, NULL);
  ADD ("plain", test_plain);
  ADD ("tpm", test_tpm);
  ADD ("no-answer", test_no_answer);
  ADD ("at-once", test_at_once);
  ADD ("files", test_files);
  return g_test_run ();
}
