/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hub/dinh-hub.h"
#include "tests/integration/hub-fixture.h"

#include <string.h>

/* Who waits and who listens: long polls and the live channel, with two devices. */

#define MEETING "6d1f0a52-8c3e-4b7a-9e15-2f40c7a9b831"

/* A device that listens. */
typedef struct {
  SoupSession *session;
  SoupWebsocketConnection *connection;
  GPtrArray *lines;
  gboolean closed;
  const char *wanted; /* for heard_it() */
} Ear;

static void
on_message (SoupWebsocketConnection *connection, gint type, GBytes *message, Ear *ear)
{
  g_autofree char *text = g_strndup (g_bytes_get_data (message, NULL), g_bytes_get_size (message));
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    g_ptr_array_add (ear->lines, g_strdup (*line));
}

static void
on_closed (SoupWebsocketConnection *connection, Ear *ear)
{
  ear->closed = TRUE;
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Ear *ear = user_data;
  g_autoptr (GError) error = NULL;

  ear->connection = soup_session_websocket_connect_finish (SOUP_SESSION (source), result, &error);
  ear->closed = ear->connection == NULL;
}

static gboolean
is_decided (gpointer data)
{
  Ear *ear = data;

  return ear->connection != NULL || ear->closed;
}

static void
listen_as (Hub *hub, Ear *ear, const char *identity)
{
  g_autofree char *authority = g_build_filename (hub->state, "trust", "ca.crt", NULL);
  g_autofree char *uri = g_strdup_printf ("wss://127.0.0.1:%u/v1/live", hub->port);
  g_autoptr (GTlsDatabase) database = g_tls_file_database_new (authority, NULL);
  g_autoptr (GTlsCertificate) certificate = identity_certificate (identity);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", uri);

  ear->lines = g_ptr_array_new_with_free_func (g_free);
  ear->session = soup_session_new_with_options ("tls-database", database, "proxy-resolver", NULL, NULL);
  soup_message_set_tls_client_certificate (message, certificate);
  soup_session_websocket_connect_async (ear->session, message, NULL, NULL, G_PRIORITY_DEFAULT, NULL,
                                        on_connected, ear);
  fixture_wait (is_decided, ear);
  if (ear->connection == NULL)
    return;
  soup_websocket_connection_set_max_incoming_payload_size (ear->connection, 1024 * 1024);
  g_signal_connect (ear->connection, "message", G_CALLBACK (on_message), ear);
  g_signal_connect (ear->connection, "closed", G_CALLBACK (on_closed), ear);
}

static void
ear_clear (Ear *ear)
{
  if (ear->connection != NULL)
    g_signal_handlers_disconnect_by_data (ear->connection, ear);
  g_clear_object (&ear->connection);
  g_clear_object (&ear->session);
  g_clear_pointer (&ear->lines, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Ear, ear_clear)

static const char *
find_line (Ear *ear, const char *words)
{
  for (guint i = 0; i < ear->lines->len; i++) {
    if (strstr (g_ptr_array_index (ear->lines, i), words) != NULL)
      return g_ptr_array_index (ear->lines, i);
  }
  return NULL;
}

static gboolean
heard_it (gpointer data)
{
  Ear *ear = data;

  return find_line (ear, ear->wanted) != NULL;
}

static const char *
await_line (Ear *ear, const char *words)
{
  ear->wanted = words;
  fixture_wait (heard_it, ear);
  return find_line (ear, words);
}

static gboolean
is_closed (gpointer data)
{
  return ((Ear *) data)->closed;
}

static void
publish (Hub *hub)
{
  g_autoptr (DinhJson) published = hub_ctl (hub, "publish", hub->sample, NULL);
}

static void
publish_title (Hub *hub, const char *title)
{
  g_autoptr (DinhJson) meeting = folder_load (hub->sample);

  json_object_set_new (meeting, "title", json_string (title));
  folder_save (hub->sample, meeting);
  publish (hub);
}

/* A site of the sample before there is a meeting, and a device in it. */
static char *
add_seat (Hub *hub, const char *name, const char *site)
{
  g_autoptr (DinhJson) added = NULL;

  if (site == NULL)
    return hub_add_device (hub, name, "seat", "hoi-truong-tinh");
  added = hub_ctl (hub, "site", "add", site, name, "--parent", "hoi-truong-tinh", NULL);
  return hub_add_device (hub, name, "seat", site);
}

static void
test_order (Hub *hub, gconstpointer data)
{
  g_autofree char *one = add_seat (hub, "one", NULL),
                  *two = add_seat (hub, "Điểm cầu khu vực Lam Khê", "kv-lam-khe");
  g_auto (Ear) first = {0}, second = {0}, again = {0};
  gint64 last = 0;

  listen_as (hub, &first, one);
  listen_as (hub, &second, two);
  publish (hub);
  /* The meeting is new to both: a doorbell, no word of it. */
  g_assert_nonnull (await_line (&first, "{\"stream\":\"" MEETING "\"}"));
  g_assert_nonnull (await_line (&second, "{\"stream\":\"" MEETING "\"}"));
  g_assert_null (find_line (&first, "Hội nghị trực tuyến"));
  /* Who comes again hears it; in order. */
  listen_as (hub, &again, one);
  for (guint i = 0; i < 5; i++) {
    g_autofree char *title = g_strdup_printf ("Tên số %u", i);
    publish_title (hub, title);
  }
  await_line (&again, "Tên số 4");
  /* A moment later the hub says where the meeting stands. */
  await_line (&again, "{\"streams\":[{\"id\":\"" MEETING "\"");
  for (guint i = 0; i < again.lines->len; i++) {
    g_autoptr (DinhJson) line = dinh_json_parse (g_ptr_array_index (again.lines, i),
                                                 strlen (g_ptr_array_index (again.lines, i)), NULL);
    gint64 seq = dinh_json_get_integer (line, "seq");

    g_assert_nonnull (line);
    if (json_object_get (line, "streams") != NULL ||
        (json_object_get (line, "stream") != NULL && json_object_get (line, "seq") == NULL))
      continue;
    if (last != 0)
      g_assert_cmpint (seq, ==, last + 1);
    last = seq;
  }
  g_assert_cmpint (last, ==, hub_stream_size (hub, MEETING));
}

/* What not everybody may read goes over the live channel as a hash, whoever listens. */
static void
test_redacted (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) meeting = folder_load (hub->sample);
  g_autofree char *seat = add_seat (hub, "one", NULL);
  g_auto (Ear) ear = {0};
  json_t *paper = find_paper (meeting, "giay-moi"),
         *papers = json_object_get (find_item (meeting, "khai-mac"), "papers");
  g_autoptr (DinhJson) added = json_deep_copy (paper);

  publish (hub);
  listen_as (hub, &ear, seat);
  json_object_set_new (added, "id", json_string ("mat-voi-da-so"));
  json_object_set_new (added, "title", json_string ("Chỉ cho một nơi"));
  json_object_set_new (added, "readers", json_pack ("[s]", "kv-lam-khe"));
  json_array_append (papers, added);
  json_object_set_new (meeting, "title", json_string ("Tên sau cùng"));
  folder_save (hub->sample, meeting);
  publish (hub);
  g_assert_nonnull (await_line (&ear, "\"leaf\":"));
  await_line (&ear, "Tên sau cùng");
  g_assert_null (find_line (&ear, "Chỉ cho một nơi"));
  g_assert_null (find_line (&ear, "mat-voi-da-so"));
}

/* A revoked device is sent away at once; who hears the same is, too, and comes back; nobody else notices. */
static void
test_revoked (Hub *hub, gconstpointer data)
{
  g_autofree char *seat = add_seat (hub, "one", NULL), *same = add_seat (hub, "two", NULL);
  g_autofree char *other = add_seat (hub, "Xã khác", "xa-khac");
  g_autofree char *device = identity_device (seat);
  g_auto (Ear) ear = {0}, neighbour = {0}, others = {0}, back = {0}, again = {0};
  g_autoptr (DinhJson) revoked = NULL;

  publish (hub);
  listen_as (hub, &ear, seat);
  listen_as (hub, &neighbour, same);
  listen_as (hub, &others, other);
  revoked = hub_ctl (hub, "device", "revoke", device, NULL);
  fixture_wait (is_closed, &ear);
  fixture_wait (is_closed, &neighbour);
  listen_as (hub, &back, seat);
  g_assert_null (back.connection);
  listen_as (hub, &again, same);
  publish_title (hub, "Tên cho người còn lại");
  await_line (&again, "Tên cho người còn lại");
  await_line (&others, "device-revoked");
  g_assert_false (others.closed);
}

/* Who listened when a hub fell hears what the next hub says, over the same connection. */
static void
test_hub_fell (Hub *hub, gconstpointer data)
{
  g_autofree char *seat = add_seat (hub, "one", NULL);
  g_auto (Ear) ear = {0};

  publish (hub);
  listen_as (hub, &ear, seat);
  hub_kill (hub);
  hub_start (hub);
  publish_title (hub, "Tên sau khi máy chủ chạy lại");
  await_line (&ear, "Tên sau khi máy chủ chạy lại");
  g_assert_false (ear.closed);
}

/* Who loses a meeting hears nothing more of it, not even when it does not go by itself. */
static void
test_withdrawn (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) meeting = folder_load (hub->sample);
  g_autofree char *seat = add_seat (hub, "one", NULL);
  g_auto (Ear) ear = {0}, back = {0};

  publish (hub);
  listen_as (hub, &ear, seat);
  publish_title (hub, "Tên của mọi người");
  await_line (&ear, "Tên của mọi người");
  g_assert_false (ear.closed);
  json_array_remove (json_object_get (meeting, "sites"), 0);
  json_object_set_new (meeting, "title", json_string ("Tên của người khác"));
  folder_save (hub->sample, meeting);
  publish (hub);
  fixture_wait (is_closed, &ear);
  g_assert_null (find_line (&ear, "Tên của người khác"));
  listen_as (hub, &back, seat);
  publish_title (hub, "Tên của người nữa");
  g_assert_nonnull (await_line (&back, "{\"stream\":\"" MEETING "\"}"));
  g_assert_null (find_line (&back, "Tên của người nữa"));
}

static void
test_signals (Hub *hub, gconstpointer data)
{
  g_autofree char *seat = add_seat (hub, "one", NULL), *device = identity_device (seat);
  static const char signal[] = "{\"stream\":\"" MEETING "\",\"name\":\"page\",\"value\":\"giay-moi 3\"}";
  g_auto (Ear) ear = {0};
  g_autoptr (Reply) reply = NULL;
  g_autoptr (DinhJson) heard = NULL;
  const char *line;
  gint64 size;

  publish (hub);
  size = hub_stream_size (hub, MEETING);
  listen_as (hub, &ear, hub->admin);
  reply =
      hub_ask (hub, &(Question){.identity = seat, .method = "POST", .path = "/v1/signals", .body = signal});
  g_assert_cmpuint (reply->status, ==, 204);
  line = await_line (&ear, "\"signal\"");
  heard = dinh_json_parse (line, strlen (line), NULL);
  g_assert_cmpstr (dinh_json_get_string (json_object_get (heard, "signal"), "value"), ==, "giay-moi 3");
  g_assert_cmpstr (dinh_json_get_string (json_object_get (heard, "signal"), "device"), ==, device);
  g_assert_cmpint (hub_stream_size (hub, MEETING), ==, size);
}

/* A question in a thread of its own. */
typedef struct {
  Hub *hub;
  const char *identity;
  char *path;
  int n_done;
} Wait;

static gpointer
ask_and_wait (gpointer data)
{
  Wait *wait = data;
  Reply *reply = hub_ask (wait->hub, &(Question){.identity = wait->identity, .path = wait->path});

  g_atomic_int_inc (&wait->n_done);
  return reply;
}

static void
test_wait (Hub *hub, gconstpointer data)
{
  g_autofree char *seat = add_seat (hub, "one", NULL);
  Wait wait = {.hub = hub, .identity = seat}, empty = {.hub = hub, .identity = seat};
  g_autoptr (GThread) thread = NULL;
  g_autoptr (Reply) reply = NULL, nothing = NULL;
  gint64 size;

  publish (hub);
  size = hub_stream_size (hub, MEETING);
  wait.path = g_strdup_printf ("/v1/streams/" MEETING "/events?after=%d&wait=25", (int) size);
  empty.path = g_strdup_printf ("/v1/streams/" MEETING "/events?after=%d&wait=1", (int) size);
  nothing = ask_and_wait (&empty);
  g_assert_cmpuint (nothing->status, ==, 200);
  g_assert_cmpstr (nothing->text, ==, "");
  thread = g_thread_new ("wait", ask_and_wait, &wait);
  g_usleep (300 * 1000);
  publish_title (hub, "Có gì mới");
  reply = g_thread_join (g_steal_pointer (&thread));
  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_nonnull (strstr (reply->text, "Có gì mới"));
  g_assert_cmpstr (soup_message_headers_get_one (reply->headers, "Dinh-Size"), !=, NULL);
  g_free (wait.path);
  g_free (empty.path);
}

/* Who was shut out while it waited gets nothing; who waits too often is told so. */
static void
test_wait_limits (Hub *hub, gconstpointer data)
{
  g_autofree char *seat = add_seat (hub, "one", NULL), *device = identity_device (seat),
                  *body = identity_body (seat);
  Wait wait = {.hub = hub,
               .identity = seat,
               .path = g_strdup_printf ("/v1/streams/%s/events?after=%d&wait=20", body,
                                        (int) hub_stream_size (hub, body))};
  GThread *threads[65];
  guint n_refused = 0, n_shut_out = 0;
  g_autoptr (DinhJson) revoked = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("wait", ask_and_wait, &wait);
  /* The first answer is that there are too many: all others wait. */
  while (g_atomic_int_get (&wait.n_done) == 0)
    g_usleep (1000);
  revoked = hub_ctl (hub, "device", "revoke", device, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++) {
    g_autoptr (Reply) reply = g_thread_join (threads[i]);

    n_refused += reply->status == 429;
    n_shut_out += reply->status == 403;
  }
  g_assert_cmpuint (n_refused, ==, 1);
  g_assert_cmpuint (n_shut_out, ==, 64);
  g_free (wait.path);
}

/* Waits that nobody waits for are given up: the next ones find room. */
static void
test_gone_away (Hub *hub, gconstpointer data)
{
  g_autofree char *body = identity_body (hub->admin);
  g_autofree char *path =
      g_strdup_printf ("/v1/streams/%s/events?after=%d&wait=1", body, (int) hub_stream_size (hub, body));
  g_autofree char *url =
      g_strdup_printf ("https://127.0.0.1:%u/v1/streams/%s/events?after=99&wait=25", hub->port, body);
  g_autofree char *certificate = g_build_filename (hub->admin, "tls.crt", NULL),
                  *key = g_build_filename (hub->admin, "tls.key", NULL);
  g_autofree char *authority = g_build_filename (hub->admin, "ca.crt", NULL);
  GSubprocess *gone[64];
  g_autoptr (Reply) reply = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (gone); i++)
    gone[i] = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE, NULL, "curl", "-s", "--cacert", authority,
                                "--cert", certificate, "--key", key, url, NULL);
  g_usleep (2 * G_USEC_PER_SEC);
  reply = hub_ask (hub, &(Question){.identity = hub->admin, .path = path});
  assert_problem (reply, 429, "too-many-requests");
  for (guint i = 0; i < G_N_ELEMENTS (gone); i++) {
    g_subprocess_force_exit (gone[i]);
    g_assert_true (g_subprocess_wait (gone[i], NULL, NULL));
    g_object_unref (gone[i]);
  }
  for (guint i = 0; reply->status != 200; i++) {
    g_assert_cmpuint (i, <, 100);
    g_usleep (20 * 1000);
    reply_free (g_steal_pointer (&reply));
    reply = hub_ask (hub, &(Question){.identity = hub->admin, .path = path});
  }
}

static void
set_up (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) site = NULL;

  hub_set_up (hub, data);
  site = hub_ctl (hub, "site", "add", "hoi-truong-tinh", "Hội trường tỉnh", NULL);
}

static void
add_tests (void)
{
#define ADD(path, function) g_test_add ("/live/" path, Hub, NULL, set_up, function, hub_tear_down)
  ADD ("order", test_order);
  ADD ("redacted", test_redacted);
  ADD ("revoked", test_revoked);
  ADD ("hub-fell", test_hub_fell);
  ADD ("withdrawn", test_withdrawn);
  ADD ("signals", test_signals);
  ADD ("wait", test_wait);
  ADD ("wait-limits", test_wait_limits);
  ADD ("gone-away", test_gone_away);
#undef ADD
}

int
main (int argc, char **argv)
{
  return fixture_run (argc, argv, add_tests);
}
