/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "tests/app/hub/nginx-fixture.h"

#include "app/hub/dinh-engine.h"
#include "data/trust/dinh-certificate.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_US (20 * G_USEC_PER_SEC)

static const char *const addresses[] = {"127.0.0.1", "localhost", NULL};

static char root[] = "/tmp/dinh-nginx-XXXXXX";

/* All that the tests make and start is below this folder. */
const char *
fixture_root (void)
{
  return root;
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *child = g_build_filename (path, name, NULL);

    if (g_unlink (child) != 0)
      remove_tree (child);
  }
  g_rmdir (path);
}

/* Runs the tests in a child, so that whatever they started is ended when one of them aborts or the time is
 * over. */
int
fixture_run (int argc, char **argv, void (*add_tests) (void))
{
  pid_t child;
  int status = 0;

  g_assert_nonnull (g_mkdtemp_full (root, 0711));
  child = fork ();
  if (child == 0) {
    g_test_init (&argc, &argv, NULL);
    add_tests ();
    exit (g_test_run ());
  }
  signal (SIGTERM, SIG_IGN);
  signal (SIGINT, SIG_IGN);
  while (waitpid (child, &status, 0) < 0)
    ;
  if (!dinh_engine_end ("dinh-hub", root) || !dinh_engine_end ("nginx", root))
    return 1;
  remove_tree (root);
  return WIFEXITED (status) ? WEXITSTATUS (status) : 1;
}

guint
fixture_free_port (void)
{
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, 0, NULL);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) got = NULL;

  g_assert_true (g_socket_bind (socket, any, TRUE, NULL));
  got = g_socket_get_local_address (socket, NULL);
  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (got));
}

GTlsCertificate *
fixture_certify (DinhAuthority *authority, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *key = NULL;
  g_autofree char *request = dinh_certificate_request_new (name, NULL, &key, &error);
  g_autofree char *certificate = dinh_authority_sign_request (authority, request, name, &error);
  g_autofree char *pair = g_strconcat (certificate, key, NULL);
  GTlsCertificate *made = g_tls_certificate_new_from_pem (pair, -1, &error);

  g_assert_no_error (error);
  return made;
}

/* Turns the main loop until @condition holds. */
void
fixture_wait (gboolean (*condition) (gpointer data), gpointer data)
{
  gint64 end = g_get_monotonic_time () + WAIT_US;

  while (!condition (data)) {
    g_assert_cmpint (g_get_monotonic_time (), <, end);
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
  }
}

pid_t
fixture_master (const char *state)
{
  g_autofree char *folder = g_build_filename (state, "nginx", NULL);
  g_autoptr (GArray) pids = dinh_engine_find ("nginx", folder);

  for (guint i = 0; i < pids->len; i++) {
    g_autofree char *title = dinh_engine_dup_title (g_array_index (pids, pid_t, i));

    if (title != NULL && g_str_has_prefix (title, "nginx: master"))
      return g_array_index (pids, pid_t, i);
  }
  return 0;
}

guint
fixture_count_processes (const char *state)
{
  g_autofree char *folder = g_build_filename (state, "nginx", NULL);
  g_autoptr (GArray) pids = dinh_engine_find ("nginx", folder);

  return pids->len;
}

static void
keep_header (const char *name, const char *value, gpointer data)
{
  soup_message_headers_append (data, name, value);
}

static void
on_hub_asked (SoupServer *hub, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  Fixture *fixture = data;
  SoupMessageHeaders *answer = soup_server_message_get_response_headers (message);
  SoupMessageBody *body = soup_server_message_get_request_body (message);

  soup_message_headers_clear (fixture->seen);
  soup_message_headers_foreach (soup_server_message_get_request_headers (message), keep_header,
                                fixture->seen);
  g_free (fixture->seen_path);
  fixture->seen_path = g_strdup (path);
  fixture->seen_length = body->length;
  if (g_str_equal (path, "/v1/live/authorize") && fixture->channel == NULL) {
    soup_server_message_set_status (message, SOUP_STATUS_FORBIDDEN, NULL);
    return;
  }
  if (g_str_equal (path, "/v1/live/authorize"))
    soup_message_headers_append (answer, "X-Dinh-Channel", fixture->channel);
  else if (g_str_has_prefix (path, "/v1/blobs/") &&
           soup_server_message_get_method (message) == SOUP_METHOD_GET)
    soup_message_headers_append (answer, "X-Accel-Redirect", "/papers/paper");
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "hub", 3);
}

void
fixture_open_hub (Fixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->state, "run", "hub.sock", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);
  g_autoptr (GError) error = NULL;

  g_unlink (path);
  g_socket_set_listen_backlog (socket, 1024);
  g_assert_true (g_socket_bind (socket, address, TRUE, &error) && g_socket_listen (socket, &error));
  fixture->hub = soup_server_new (NULL, NULL);
  soup_server_add_handler (fixture->hub, NULL, on_hub_asked, fixture, NULL);
  g_assert_true (soup_server_listen_socket (fixture->hub, socket, 0, &error));
  g_assert_no_error (error);
}

void
fixture_close_hub (Fixture *fixture)
{
  if (fixture->hub != NULL)
    soup_server_disconnect (fixture->hub);
  g_clear_object (&fixture->hub);
}

void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  static guint count;
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsDatabase) database = NULL;
  g_autofree char *authority_path = NULL;

  fixture->state = g_strdup_printf ("%s/%u", root, ++count);
  fixture->trust = g_build_filename (fixture->state, "trust", NULL);
  fixture->port = fixture_free_port ();
  fixture->listen = g_strdup_printf ("127.0.0.1:%u", fixture->port);
  fixture->seen = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  g_assert_true (dinh_authority_create (fixture->trust, "Tỉnh Ví Dụ", &error));
  fixture->authority = dinh_authority_load (fixture->trust, &error);
  g_assert_true (dinh_authority_issue_server (fixture->authority, addresses, fixture->trust, &error));
  fixture->device = fixture_certify (fixture->authority, "seat-1");
  fixture->nginx = dinh_nginx_new (fixture->state, (const char *const[]){fixture->listen, NULL});
  dinh_nginx_start (fixture->nginx, &error);
  g_assert_no_error (error);
  authority_path = g_build_filename (fixture->trust, "ca.crt", NULL);
  database = g_tls_file_database_new (authority_path, &error);
  fixture->session = soup_session_new_with_options ("tls-database", database, "max-conns", 64,
                                                    "max-conns-per-host", 64, "proxy-resolver", NULL, NULL);
  fixture_open_hub (fixture);
}

void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  dinh_nginx_stop (fixture->nginx);
  g_assert_cmpuint (fixture_count_processes (fixture->state), ==, 0);
  fixture_close_hub (fixture);
  g_assert_finalize_object (fixture->nginx);
  g_object_unref (fixture->session);
  g_object_unref (fixture->device);
  soup_message_headers_unref (fixture->seen);
  dinh_authority_free (fixture->authority);
  g_free (fixture->seen_path);
  g_free (fixture->channel);
  g_free (fixture->listen);
  g_free (fixture->trust);
  g_free (fixture->state);
}

SoupMessage *
fixture_message (Fixture *fixture, GTlsCertificate *device, const char *method, const char *path)
{
  g_autofree char *uri = g_strdup_printf ("https://localhost:%u%s", fixture->port, path);
  SoupMessage *message = soup_message_new (method, uri);

  if (device != NULL)
    soup_message_set_tls_client_certificate (message, device);
  return message;
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  GBytes **body = data;

  *body = soup_session_send_and_read_finish (SOUP_SESSION (source), result, &error);
  g_assert_no_error (error);
}

static gboolean
is_set (gpointer data)
{
  return *(gpointer *) data != NULL;
}

/* Sends @message and returns the body of the answer. A session gives a connection that is open to any
 * request, with whatever certificate, so that each request here has one of its own. */
char *
fixture_send (Fixture *fixture, SoupMessage *message)
{
  g_autoptr (GBytes) body = NULL;
  char *text;

  soup_session_abort (fixture->session);
  soup_session_send_and_read_async (fixture->session, message, 0, NULL, on_answered, &body);
  fixture_wait (is_set, &body);
  text = g_malloc0 (g_bytes_get_size (body) + 1);
  if (g_bytes_get_size (body) > 0)
    memcpy (text, g_bytes_get_data (body, NULL), g_bytes_get_size (body));
  return text;
}

/* Returns the status of a GET. */
guint
fixture_ask (Fixture *fixture, GTlsCertificate *device, const char *path)
{
  g_autoptr (SoupMessage) message = fixture_message (fixture, device, "GET", path);
  g_autofree char *body = fixture_send (fixture, message);

  return soup_message_get_status (message);
}

/* A bare TLS connection, for what no HTTP library would send. */
GIOStream *
fixture_connect (Fixture *fixture, GTlsCertificate *device)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) socket = NULL;
  g_autoptr (GSocketConnectable) identity = g_network_address_new ("localhost", (guint16) fixture->port);
  g_autoptr (GError) error = NULL;
  GIOStream *connection;

  g_socket_client_set_timeout (client, 20);
  g_socket_client_set_enable_proxy (client, FALSE);
  socket = g_socket_client_connect_to_host (client, fixture->listen, 0, NULL, &error);
  g_assert_no_error (error);
  connection = g_tls_client_connection_new (G_IO_STREAM (socket), identity, &error);
  g_tls_connection_set_database (G_TLS_CONNECTION (connection),
                                 soup_session_get_tls_database (fixture->session));
  if (device != NULL)
    g_tls_connection_set_certificate (G_TLS_CONNECTION (connection), device);
  g_assert_true (g_tls_connection_handshake (G_TLS_CONNECTION (connection), NULL, &error));
  g_assert_no_error (error);
  return connection;
}

/* Does @method at the push socket, as the hub does, and returns the status. */
guint
fixture_publish (Fixture *fixture, const char *method, const char *channel, const char *text)
{
  g_autofree char *path = g_build_filename (fixture->state, "run", "push.sock", NULL);
  g_autofree char *uri = g_strdup_printf ("http://push/publish?id=%s", channel);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (SoupSession) session = soup_session_new_with_options ("remote-connectable", address, NULL);
  g_autoptr (SoupMessage) message = soup_message_new (method, uri);
  g_autoptr (GBytes) body = g_bytes_new_static (text, strlen (text));
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GError) error = NULL;

  soup_message_set_request_body_from_bytes (message, "application/json", body);
  answer = soup_session_send_and_read (session, message, NULL, &error);
  g_assert_no_error (error);
  return soup_message_get_status (message);
}
