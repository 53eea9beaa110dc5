/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How nginx lives longer than the hub, and dies with nothing left. */

#include "tests/app/hub/nginx-fixture.h"

#include "app/hub/dinh-engine.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define NOBODY 65534

static const char *program;

static GArray *
processes (const char *state)
{
  g_autofree char *folder = g_build_filename (state, "nginx", NULL);

  return dinh_engine_find ("nginx", folder);
}

static gboolean
are_gone (gpointer data)
{
  GArray *pids = data;

  for (guint i = 0; i < pids->len; i++) {
    g_autofree char *title = dinh_engine_dup_title (g_array_index (pids, pid_t, i));

    if (title != NULL)
      return FALSE;
  }
  return TRUE;
}

static void
assert_serves (Fixture *fixture)
{
  g_assert_cmpuint (fixture_ask (fixture, fixture->device, "/v1/streams"), ==, 200);
}

static void
start (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  dinh_nginx_start (fixture->nginx, &error);
  g_assert_no_error (error);
}

/* Another keeper for the same folder, as another hub would have it; the one before is dropped, not stopped.
 */
static void
renew (Fixture *fixture, const char *const *listen)
{
  g_object_unref (fixture->nginx);
  fixture->nginx = dinh_nginx_new (fixture->state, listen);
}

static void
kill_master (Fixture *fixture)
{
  g_autoptr (GArray) one = g_array_new (FALSE, FALSE, sizeof (pid_t));
  pid_t master = fixture_master (fixture->state);

  g_array_append_val (one, master);
  g_assert_cmpint (kill (master, SIGKILL), ==, 0);
  fixture_wait (are_gone, one);
}

/* The hub of the tests below: starts nginx, says so, and waits to be killed; as the user NOBODY if told so.
 */
static int
be_hub (char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhNginx) nginx = dinh_nginx_new (argv[2], (const char *const[]){argv[3], NULL});
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  if (argv[4] != NULL && geteuid () == 0 && (setgid (NOBODY) != 0 || setuid (NOBODY) != 0))
    return 1;
  if (!dinh_nginx_start (nginx, &error))
    return 1;
  g_print ("%s\n", dinh_nginx_get_warning (nginx) != NULL ? "warned" : "started");
  g_main_loop_run (loop);
  return 0;
}

static GSubprocess *
start_hub (Fixture *fixture, const char *user, const char *expected)
{
  g_autoptr (GError) error = NULL;
  GSubprocess *hub = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, "--hub",
                                       fixture->state, fixture->listen, user, NULL);
  g_autoptr (GDataInputStream) said = NULL;
  g_autofree char *line = NULL;

  g_assert_no_error (error);
  said = g_data_input_stream_new (g_subprocess_get_stdout_pipe (hub));
  line = g_data_input_stream_read_line (said, NULL, NULL, &error);
  g_assert_cmpstr (line, ==, expected);
  return hub;
}

static void
kill_hub (GSubprocess *hub)
{
  g_subprocess_force_exit (hub);
  g_subprocess_wait (hub, NULL, NULL);
  g_object_unref (hub);
}

static void
test_adopt (Fixture *fixture, gconstpointer data)
{
  GSubprocess *hub;
  pid_t master;

  dinh_nginx_stop (fixture->nginx);
  hub = start_hub (fixture, NULL, geteuid () == 0 ? "warned" : "started");
  master = fixture_master (fixture->state);
  g_assert_cmpint (getsid (master), ==, master);
  kill_hub (hub);
  assert_serves (fixture);
  start (fixture);
  g_assert_cmpint (fixture_master (fixture->state), ==, master);
  assert_serves (fixture);
}

static void
test_drop (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) before = processes (fixture->state);
  g_autoptr (GArray) after = NULL;

  renew (fixture, (const char *const[]){fixture->listen, NULL});
  g_assert_false (dinh_nginx_get_running (fixture->nginx));
  start (fixture);
  g_assert_true (dinh_nginx_get_running (fixture->nginx));
  after = processes (fixture->state);
  /* The very same workers: it was not reloaded, which would have disconnected everybody. */
  g_assert_cmpmem (before->data, before->len * sizeof (pid_t), after->data, after->len * sizeof (pid_t));
  assert_serves (fixture);
}

static void
test_two_keepers (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhNginx) second =
      dinh_nginx_new (fixture->state, (const char *const[]){fixture->listen, NULL});
  pid_t master = fixture_master (fixture->state);

  g_assert_true (dinh_nginx_start (second, NULL));
  g_assert_cmpint (fixture_master (fixture->state), ==, master);
  assert_serves (fixture);
}

static void
test_new_address (Fixture *fixture, gconstpointer data)
{
  guint port = fixture_free_port ();
  g_autofree char *second = g_strdup_printf ("127.0.0.1:%u", port);
  pid_t master = fixture_master (fixture->state);

  renew (fixture, (const char *const[]){fixture->listen, second, NULL});
  start (fixture);
  g_assert_cmpint (fixture_master (fixture->state), ==, master);
  assert_serves (fixture);
  fixture->port = port;
  assert_serves (fixture);
}

static GTlsCertificate *
server_certificate (Fixture *fixture)
{
  g_autoptr (GIOStream) connection = fixture_connect (fixture, fixture->device);

  return g_object_ref (g_tls_connection_get_peer_certificate (G_TLS_CONNECTION (connection)));
}

static void
test_new_certificate (Fixture *fixture, gconstpointer data)
{
  static const char *const addresses[] = {"localhost", "127.0.0.1", "192.0.2.7", NULL};
  g_autoptr (GTlsCertificate) before = server_certificate (fixture);
  g_autoptr (GTlsCertificate) after = NULL;
  pid_t master = fixture_master (fixture->state);

  g_assert_true (dinh_authority_issue_server (fixture->authority, addresses, fixture->trust, NULL));
  start (fixture);
  /* A worker that is on its way out still takes a connection or two. */
  for (guint i = 0; i < 200 && (after == NULL || g_tls_certificate_is_same (before, after)); i++) {
    g_clear_object (&after);
    after = server_certificate (fixture);
    g_usleep (10 * 1000);
  }
  g_assert_false (g_tls_certificate_is_same (before, after));
  g_assert_cmpint (fixture_master (fixture->state), ==, master);
  assert_serves (fixture);
}

/* A hub that was killed after it wrote the file and before nginx read it. */
static void
test_file_that_was_never_read (Fixture *fixture, gconstpointer data)
{
  guint port = fixture_free_port ();
  g_autofree char *second = g_strdup_printf ("127.0.0.1:%u", port);
  g_autofree char *path = g_build_filename (fixture->state, "nginx", "nginx.conf", NULL);
  g_autofree char *old = NULL;
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &old, NULL, NULL));
  renew (fixture, (const char *const[]){fixture->listen, second, NULL});
  start (fixture);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, !=, old);
  renew (fixture, (const char *const[]){fixture->listen, NULL});
  start (fixture);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  renew (fixture, (const char *const[]){fixture->listen, second, NULL});
  start (fixture);
  fixture->port = port;
  assert_serves (fixture);
}

static void
test_orphans (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) before = processes (fixture->state);

  renew (fixture, (const char *const[]){fixture->listen, NULL});
  kill_master (fixture);
  assert_serves (fixture);
  g_assert_cmpuint (fixture_count_processes (fixture->state), ==, 2);
  start (fixture);
  g_assert_true (are_gone (before));
  g_assert_cmpuint (fixture_count_processes (fixture->state), ==, 3);
  assert_serves (fixture);
}

static void
on_trouble (DinhNginx *nginx, GError *error, gpointer data)
{
  GPtrArray *troubles = data;

  g_ptr_array_add (troubles, g_error_copy (error));
}

static void
assert_trouble (GPtrArray *troubles, guint index, int code)
{
  GError *error = g_ptr_array_index (troubles, index);

  g_assert_error (error, DINH_NGINX_ERROR, code);
}

static gboolean
is_not_running (gpointer data)
{
  return !dinh_nginx_get_running (data);
}

static gboolean
is_running (gpointer data)
{
  return dinh_nginx_get_running (data);
}

static void
test_kept_alive (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) troubles = g_ptr_array_new_with_free_func ((GDestroyNotify) g_error_free);
  g_autoptr (GArray) before = processes (fixture->state);

  g_signal_connect (fixture->nginx, "trouble", G_CALLBACK (on_trouble), troubles);
  for (guint round = 1; round <= 2; round++) {
    kill_master (fixture);
    fixture_wait (is_not_running, fixture->nginx);
    fixture_wait (is_running, fixture->nginx);
    g_assert_true (are_gone (before));
    g_assert_cmpuint (fixture_count_processes (fixture->state), ==, 3);
    assert_serves (fixture);
    g_assert_cmpuint (troubles->len, ==, round);
    assert_trouble (troubles, round - 1, DINH_NGINX_ERROR_DIED);
  }
}

static gboolean
has_two (gpointer data)
{
  return ((GPtrArray *) data)->len >= 2;
}

/* It says why it cannot start, and starts when it can. */
static void
test_kept_trying (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) troubles = g_ptr_array_new_with_free_func ((GDestroyNotify) g_error_free);
  g_autofree char *path = g_build_filename (fixture->trust, "server.key", NULL);
  g_autofree char *aside = g_strconcat (path, ".aside", NULL);

  g_signal_connect (fixture->nginx, "trouble", G_CALLBACK (on_trouble), troubles);
  g_assert_cmpint (g_rename (path, aside), ==, 0);
  /* All of it: workers that live on would answer. */
  g_assert_true (dinh_engine_end ("nginx", fixture->state));
  fixture_wait (has_two, troubles);
  assert_trouble (troubles, 0, DINH_NGINX_ERROR_DIED);
  assert_trouble (troubles, 1, DINH_NGINX_ERROR_CONFIGURATION);
  g_assert_cmpint (g_rename (aside, path), ==, 0);
  fixture_wait (is_running, fixture->nginx);
  assert_serves (fixture);
}

static void
test_stop (Fixture *fixture, gconstpointer data)
{
  static const char *const left[] = {"nginx/nginx.pid", "run/push.sock"};
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) error = NULL;

  dinh_nginx_stop (fixture->nginx);
  g_assert_false (dinh_nginx_get_running (fixture->nginx));
  g_assert_cmpuint (fixture_count_processes (fixture->state), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (left); i++) {
    g_autofree char *path = g_build_filename (fixture->state, left[i], NULL);

    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  }
  g_assert_null (g_socket_client_connect_to_host (client, fixture->listen, 0, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  start (fixture);
  assert_serves (fixture);
}

static void
assert_start_fails (Fixture *fixture, const char *state, const char *listen, int code, const char *part)
{
  g_autoptr (DinhNginx) nginx = dinh_nginx_new (state, (const char *const[]){listen, NULL});
  g_autoptr (GError) error = NULL;

  g_assert_false (dinh_nginx_start (nginx, &error));
  g_assert_error (error, DINH_NGINX_ERROR, code);
  if (strstr (error->message, part) == NULL)
    g_error ("“%s” does not name “%s”", error->message, part);
  g_assert_false (dinh_nginx_get_running (nginx));
}

/* Another province's hub on the same machine, on the same port. */
static void
test_address_in_use (Fixture *fixture, gconstpointer data)
{
  g_autofree char *state = g_build_filename (fixture->state, "other", NULL);
  g_autofree char *trust = g_build_filename (state, "trust", NULL);
  g_autoptr (DinhAuthority) authority = NULL;

  g_assert_true (dinh_authority_create (trust, "Tỉnh khác", NULL));
  authority = dinh_authority_load (trust, NULL);
  g_assert_true (
      dinh_authority_issue_server (authority, (const char *const[]){"localhost", NULL}, trust, NULL));
  assert_start_fails (fixture, state, fixture->listen, DINH_NGINX_ERROR_START, "in use");
  g_assert_cmpuint (fixture_count_processes (state), ==, 0);
  assert_serves (fixture);
}

static void
test_faults (Fixture *fixture, gconstpointer data)
{
  static const char *const addresses[] = {"",
                                          "127.0.0.1",
                                          "127.0.0.1:0",
                                          "127.0.0.1:65536",
                                          "localhost:8443",
                                          "[::1:8443",
                                          "1.2.3.4.5:8443",
                                          "127.0.0.1:8443; evil",
                                          ":8443",
                                          "[::1]:8443\n",
                                          "[127.0.0.1]x:8443"};
  g_autofree char *name = g_strnfill (100, 'n');
  g_autofree char *far = g_build_filename (fixture->state, name, NULL);
  g_autofree char *odd = g_build_filename (fixture->state, "a$b", NULL);
  g_autofree char *empty = g_build_filename (fixture->state, "empty", NULL);
  g_autoptr (DinhNginx) bare = dinh_nginx_new (empty, (const char *const[]){fixture->listen, NULL});
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++)
    assert_start_fails (fixture, fixture->state, addresses[i], DINH_NGINX_ERROR_ADDRESS, addresses[i]);
  assert_start_fails (fixture, far, fixture->listen, DINH_NGINX_ERROR_PATH, "bytes");
  assert_start_fails (fixture, odd, fixture->listen, DINH_NGINX_ERROR_PATH, "'$'");
  g_assert_false (dinh_nginx_start (bare, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  assert_serves (fixture);
}

/* What nginx would not take never replaces what it runs. */
static void
test_bad_configuration (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->trust, "server.crt", NULL);
  pid_t master = fixture_master (fixture->state);

  g_assert_true (g_file_set_contents (path, "garbage", -1, NULL));
  assert_start_fails (fixture, fixture->state, fixture->listen, DINH_NGINX_ERROR_CONFIGURATION, "server.crt");
  g_assert_cmpint (fixture_master (fixture->state), ==, master);
  assert_serves (fixture);
}

static void
give_away (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *child = g_build_filename (path, name, NULL);

    give_away (child);
  }
  g_assert_cmpint (lchown (path, NOBODY, NOBODY), ==, 0);
}

static void
test_ordinary_user (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) pids = NULL;
  GSubprocess *hub;

  dinh_nginx_stop (fixture->nginx);
  if (geteuid () == 0)
    give_away (fixture->state);
  hub = start_hub (fixture, "nobody", "started");
  assert_serves (fixture);
  pids = processes (fixture->state);
  g_assert_cmpuint (pids->len, ==, 3);
  for (guint i = 0; i < pids->len; i++) {
    g_autofree char *proc = g_strdup_printf ("/proc/%d", (int) g_array_index (pids, pid_t, i));
    GStatBuf status;

    g_assert_cmpint (g_stat (proc, &status), ==, 0);
    g_assert_cmpuint (status.st_uid, !=, 0);
  }
  kill_hub (hub);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

static void
add_tests (void)
{
  ADD ("/nginx-life/adopt", test_adopt);
  ADD ("/nginx-life/drop", test_drop);
  ADD ("/nginx-life/two-keepers", test_two_keepers);
  ADD ("/nginx-life/new-address", test_new_address);
  ADD ("/nginx-life/new-certificate", test_new_certificate);
  ADD ("/nginx-life/file-that-was-never-read", test_file_that_was_never_read);
  ADD ("/nginx-life/orphans", test_orphans);
  ADD ("/nginx-life/kept-alive", test_kept_alive);
  ADD ("/nginx-life/kept-trying", test_kept_trying);
  ADD ("/nginx-life/stop", test_stop);
  ADD ("/nginx-life/address-in-use", test_address_in_use);
  ADD ("/nginx-life/faults", test_faults);
  ADD ("/nginx-life/bad-configuration", test_bad_configuration);
  ADD ("/nginx-life/ordinary-user", test_ordinary_user);
}

int
main (int argc, char **argv)
{
  program = argv[0];
  if (argc > 3 && g_str_equal (argv[1], "--hub"))
    return be_hub (argv);
  return fixture_run (argc, argv, add_tests);
}
