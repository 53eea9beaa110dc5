/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What nginx lets through to the hub, and what it answers itself. */

#include "tests/app/hub/nginx-fixture.h"

#include "data/trust/dinh-certificate.h"

#include <string.h>

#define PROBLEM(name, title, status)                                                                         \
  "{\"type\":\"urn:dinh:problem:" name "\",\"title\":\"" title "\",\"status\":" #status "}"
#define CERTIFICATE_REQUIRED(detail)                                                                         \
  "{\"type\":\"urn:dinh:problem:certificate-required\","                                                     \
  "\"title\":\"A device certificate of this hub is required\",\"status\":403,\"detail\":\"" detail "\"}"
#define NONE_SHOWN CERTIFICATE_REQUIRED ("no certificate was shown")
#define STRANGER CERTIFICATE_REQUIRED ("the certificate is not by this hub's authority")

static void
assert_problem (Fixture *fixture, SoupMessage *message, guint status, const char *problem)
{
  g_autofree char *body = fixture_send (fixture, message);

  g_assert_cmpstr (body, ==, problem);
  g_assert_cmpuint (soup_message_get_status (message), ==, status);
  g_assert_cmpstr (soup_message_headers_get_content_type (soup_message_get_response_headers (message), NULL),
                   ==, "application/problem+json");
}

static void
test_healthz (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SoupMessage) message = fixture_message (fixture, NULL, "GET", "/healthz");
  g_autofree char *body = NULL;

  soup_message_headers_append (soup_message_get_request_headers (message), "X-Dinh-Verify", "SUCCESS");
  soup_message_headers_append (soup_message_get_request_headers (message), "X-Dinh-Certificate", "forged");
  body = fixture_send (fixture, message);
  g_assert_cmpuint (soup_message_get_status (message), ==, 200);
  g_assert_cmpstr (body, ==, "hub");
  g_assert_cmpstr (soup_message_headers_get_list (fixture->seen, "X-Dinh-Verify"), ==, "NONE");
  g_assert_null (soup_message_headers_get_list (fixture->seen, "X-Dinh-Certificate"));
}

static void
test_certificate_required (Fixture *fixture, gconstpointer data)
{
  static const char *const paths[] = {
      "/", "/v1/commands", "/v1/streams", "/v1/live", "/v1/blobs/x", "/healthz/", "/Healthz", "/x:/healthz",
  };
  g_autofree char *dir = g_build_filename (fixture->state, "other", NULL);
  g_autoptr (DinhAuthority) other = NULL;
  g_autoptr (GTlsCertificate) stranger = NULL;

  g_assert_true (dinh_authority_create (dir, "Tỉnh Ví Dụ", NULL));
  other = dinh_authority_load (dir, NULL);
  stranger = fixture_certify (other, "seat-1");
  for (guint i = 0; i < 2 * G_N_ELEMENTS (paths); i++) {
    g_autoptr (SoupMessage) message =
        fixture_message (fixture, i % 2 == 0 ? NULL : stranger, "GET", paths[i / 2]);

    assert_problem (fixture, message, 403, i % 2 == 0 ? NONE_SHOWN : STRANGER);
    g_assert_null (fixture->seen_path);
  }
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  gboolean *done = data;

  g_input_stream_read_all_finish (G_INPUT_STREAM (source), result, NULL, NULL);
  *done = TRUE;
}

static gboolean
is_true (gpointer data)
{
  return *(gboolean *) data;
}

/* Sends @request as it is and returns all that comes back until nginx closes, at most 8 MiB. */
static char *
exchange (Fixture *fixture, GTlsCertificate *device, const char *request)
{
  g_autoptr (GIOStream) connection = fixture_connect (fixture, device);
  char *answer = g_malloc0 (8 * 1024 * 1024 + 1);
  gboolean done = FALSE;

  g_input_stream_read_all_async (g_io_stream_get_input_stream (connection), answer, 8 * 1024 * 1024, 0, NULL,
                                 on_read, &done);
  g_output_stream_write_all_async (g_io_stream_get_output_stream (connection), request, strlen (request), 0,
                                   NULL, NULL, NULL);
  fixture_wait (is_true, &done);
  return answer;
}

#define HEAD "Host: localhost\r\nConnection: close\r\n"

/* Whatever a path was that comes to /healthz, the hub sees /healthz. */
static void
test_healthz_is_no_way_in (Fixture *fixture, gconstpointer data)
{
  static const char *const paths[] = {"/v1/commands/../../healthz", "//healthz", "/v1/%2e%2e/healthz"};

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_autofree char *request = g_strdup_printf ("GET %s HTTP/1.1\r\n" HEAD "\r\n", paths[i]);
    g_autofree char *answer = exchange (fixture, NULL, request);

    g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 200 "));
    g_assert_cmpstr (fixture->seen_path, ==, "/healthz");
  }
}

/* Two lengths for one body are how a request is hidden inside another. */
static void
test_two_lengths (Fixture *fixture, gconstpointer data)
{
  g_autofree char *answer = exchange (fixture, fixture->device,
                                      "POST /v1/commands HTTP/1.1\r\n" HEAD
                                      "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  g_autofree char *chunked = NULL;

  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 400 "));
  g_assert_nonnull (strstr (answer, PROBLEM ("malformed-request", "The request is malformed", 400)));
  g_assert_null (fixture->seen_path);
  chunked = exchange (fixture, fixture->device,
                      "POST /v1/commands HTTP/1.1\r\n" HEAD
                      "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  g_assert_true (g_str_has_prefix (chunked, "HTTP/1.1 200 "));
  g_assert_cmpstr (soup_message_headers_get_one (fixture->seen, "Content-Length"), ==, "3");
  g_assert_cmpuint (fixture->seen_length, ==, 3);
}

static void
test_headers (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = {"X-Dinh-Verify", "X-Dinh-Certificate", "X-Real-IP",
                                      "x-dinh-certificate"};
  g_autoptr (SoupMessage) message = fixture_message (fixture, fixture->device, "GET", "/v1/streams");
  g_autofree char *body = NULL;
  g_autofree char *pem = NULL;
  g_autofree char *device_pem = NULL;
  g_autofree char *expected = NULL;
  g_autofree char *got = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    soup_message_headers_append (soup_message_get_request_headers (message), names[i], "forged");
  body = fixture_send (fixture, message);
  g_assert_cmpstr (body, ==, "hub");
  g_assert_cmpstr (fixture->seen_path, ==, "/v1/streams");
  g_assert_cmpstr (soup_message_headers_get_list (fixture->seen, "X-Dinh-Verify"), ==, "SUCCESS");
  g_assert_cmpstr (soup_message_headers_get_list (fixture->seen, "X-Real-IP"), ==, "127.0.0.1");
  pem = g_uri_unescape_string (soup_message_headers_get_list (fixture->seen, "X-Dinh-Certificate"), NULL);
  g_object_get (fixture->device, "certificate-pem", &device_pem, NULL);
  expected = dinh_certificate_fingerprint (device_pem, strlen (device_pem), NULL);
  got = dinh_certificate_fingerprint (pem, strlen (pem), NULL);
  g_assert_nonnull (got);
  g_assert_cmpstr (got, ==, expected);
}

static void
save_paper (Fixture *fixture, const char *text)
{
  g_autofree char *path = g_build_filename (fixture->state, "papers", "paper", NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
test_papers (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *range;
    guint status;
    const char *body;
    const char *content_range;
  } cases[] = {
      {NULL, 200, "0123456789", NULL},
      {"bytes=2-4", 206, "234", "bytes 2-4/10"},
      {"bytes=7-", 206, "789", "bytes 7-9/10"},
      {"bytes=-2", 206, "89", "bytes 8-9/10"},
      {"bytes=4-99", 206, "456789", "bytes 4-9/10"},
      {"bytes=10-", 416, NULL, "bytes */10"},
  };

  save_paper (fixture, "0123456789");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (SoupMessage) message = fixture_message (fixture, fixture->device, "GET", "/v1/blobs/x");
    g_autofree char *body = NULL;

    if (cases[i].range != NULL)
      soup_message_headers_append (soup_message_get_request_headers (message), "Range", cases[i].range);
    body = fixture_send (fixture, message);
    g_assert_cmpuint (soup_message_get_status (message), ==, cases[i].status);
    if (cases[i].body != NULL)
      g_assert_cmpstr (body, ==, cases[i].body);
    g_assert_cmpstr (
        soup_message_headers_get_one (soup_message_get_response_headers (message), "Content-Range"), ==,
        cases[i].content_range);
  }
}

static void
test_papers_only_by_the_hub (Fixture *fixture, gconstpointer data)
{
  save_paper (fixture, "0123456789");
  g_assert_cmpuint (fixture_ask (fixture, fixture->device, "/papers/paper"), ==, 404);
  g_assert_cmpuint (fixture_ask (fixture, fixture->device, "/v1/live/authorize"), ==, 404);
  g_assert_null (fixture->seen_path);
}

static void
test_bodies (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *method;
    const char *path;
    gsize length;
    guint status;
  } cases[] = {
      {"POST", "/v1/commands", 1024 * 1024, 200},
      {"POST", "/v1/commands", 1024 * 1024 + 1, 413},
      {"PUT", "/v1/blobs/x", 4 * 1024 * 1024, 200},
      {"PUT", "/v1/blobs/x", 5 * 1024 * 1024 + 1, 413},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (SoupMessage) message =
        fixture_message (fixture, fixture->device, cases[i].method, cases[i].path);
    g_autoptr (GBytes) body = g_bytes_new_take (g_malloc0 (cases[i].length), cases[i].length);

    soup_message_set_request_body_from_bytes (message, "application/octet-stream", body);
    if (cases[i].status == 413) {
      assert_problem (fixture, message, 413, PROBLEM ("too-large", "The body is too large", 413));
    } else {
      g_autofree char *answer = fixture_send (fixture, message);

      g_assert_cmpstr (answer, ==, "hub");
      g_assert_cmpuint (fixture->seen_length, ==, cases[i].length);
    }
  }
}

static void
test_hub_away (Fixture *fixture, gconstpointer data)
{
  static const char *const paths[] = {"/v1/streams", "/v1/live", "/healthz"};

  g_assert_cmpuint (fixture_ask (fixture, fixture->device, "/v1/streams"), ==, 200);
  fixture_close_hub (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_autoptr (SoupMessage) message = fixture_message (fixture, fixture->device, "GET", paths[i]);

    assert_problem (fixture, message, 503,
                    PROBLEM ("hub-unavailable", "The hub does not answer at the moment", 503));
  }
  fixture_open_hub (fixture);
  g_assert_cmpuint (fixture_ask (fixture, fixture->device, "/v1/streams"), ==, 200);
}

static void
on_one_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = soup_session_send_and_read_finish (SOUP_SESSION (source), result, &error);
  guint *answered = data;

  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (body), ==, 3);
  (*answered)++;
}

#define BURST 512

static gboolean
burst_is_answered (gpointer data)
{
  return *(guint *) data == BURST;
}

static void
test_burst (Fixture *fixture, gconstpointer data)
{
  guint answered = 0;

  for (guint i = 0; i < BURST; i++) {
    g_autoptr (SoupMessage) message = fixture_message (fixture, fixture->device, "POST", "/v1/commands");

    /* Otherwise libsoup takes a new connection for each. */
    soup_message_add_flags (message, SOUP_MESSAGE_IDEMPOTENT);
    soup_session_send_and_read_async (fixture->session, message, 0, NULL, on_one_answered, &answered);
  }
  fixture_wait (burst_is_answered, &answered);
}

static guint
count_answers (const char *text)
{
  guint count = 0;

  while ((text = strstr (text, "HTTP/1.1 ")) != NULL) {
    text++;
    count++;
  }
  return count;
}

/* With the hub away nginx answers fast enough to come to its limit, and another device does not feel it. */
static void
test_flood (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GTlsCertificate) other = fixture_certify (fixture->authority, "seat-2");
  g_autoptr (GString) flood = g_string_new (NULL);
  g_autofree char *answer = NULL;
  char *first;

  fixture_close_hub (fixture);
  for (guint i = 0; i < 8000; i++)
    g_string_append (flood, "GET /v1/streams HTTP/1.1\r\nHost: x\r\n\r\n");
  g_string_append (flood, "GET /v1/streams HTTP/1.1\r\n" HEAD "\r\n");
  answer = exchange (fixture, fixture->device, flood->str);
  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 503 "));
  first = strstr (answer, PROBLEM ("too-many-requests", "Too many requests from this device", 429));
  g_assert_nonnull (first);
  *first = '\0';
  g_assert_cmpuint (count_answers (answer), >=, 4 * BURST);
  g_assert_cmpuint (fixture_ask (fixture, other, "/v1/streams"), ==, 503);
}

typedef struct {
  SoupWebsocketConnection *connection;
  GError *error;
  GString *heard;
  gboolean closed;
} Ear;

static void
on_message_heard (SoupWebsocketConnection *connection, int type, GBytes *message, gpointer data)
{
  Ear *ear = data;

  g_string_append_len (ear->heard, g_bytes_get_data (message, NULL), g_bytes_get_size (message));
}

static void
on_ear_closed (SoupWebsocketConnection *connection, gpointer data)
{
  ((Ear *) data)->closed = TRUE;
}

static void
on_ear_connected (GObject *source, GAsyncResult *result, gpointer data)
{
  Ear *ear = data;

  ear->connection = soup_session_websocket_connect_finish (SOUP_SESSION (source), result, &ear->error);
  if (ear->connection == NULL)
    return;
  g_signal_connect (ear->connection, "message", G_CALLBACK (on_message_heard), ear);
  g_signal_connect (ear->connection, "closed", G_CALLBACK (on_ear_closed), ear);
}

static gboolean
is_decided (gpointer data)
{
  Ear *ear = data;

  return ear->connection != NULL || ear->error != NULL;
}

static gboolean
is_closed (gpointer data)
{
  return ((Ear *) data)->closed;
}

static gboolean
has_heard (gpointer data)
{
  return ((Ear *) data)->heard->len > 0;
}

/* Opens an ear that hears @channel. */
static void
listen_to (Fixture *fixture, Ear *ear, GTlsCertificate *device, const char *channel)
{
  g_autoptr (SoupMessage) message = fixture_message (fixture, device, "GET", "/v1/live");

  g_free (fixture->channel);
  fixture->channel = g_strdup (channel);
  ear->heard = g_string_new (NULL);
  soup_session_websocket_connect_async (fixture->session, message, NULL, NULL, 0, NULL, on_ear_connected,
                                        ear);
  fixture_wait (is_decided, ear);
}

static void
ear_clear (Ear *ear)
{
  g_clear_object (&ear->connection);
  g_clear_error (&ear->error);
  g_string_free (ear->heard, TRUE);
}

static void
test_live (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GTlsCertificate) second_device = fixture_certify (fixture->authority, "seat-2");
  Ear first = {0};
  Ear second = {0};

  listen_to (fixture, &first, fixture->device, "audience:1");
  listen_to (fixture, &second, second_device, "audience:2");
  g_assert_no_error (first.error);
  g_assert_no_error (second.error);
  g_assert_cmpuint (fixture_publish (fixture, "POST", "audience:1", "{\"n\":1}"), ==, 201);
  fixture_wait (has_heard, &first);
  g_assert_cmpstr (first.heard->str, ==, "{\"n\":1}");
  g_assert_cmpuint (fixture_publish (fixture, "POST", "audience:2", "{\"n\":2}"), ==, 201);
  fixture_wait (has_heard, &second);
  g_assert_cmpstr (second.heard->str, ==, "{\"n\":2}");
  g_assert_cmpuint (fixture_publish (fixture, "POST", "audience:3", "{\"n\":3}"), ==, 202);

  g_assert_cmpuint (fixture_publish (fixture, "DELETE", "audience:2", ""), ==, 200);
  fixture_wait (is_closed, &second);
  g_string_truncate (first.heard, 0);
  g_assert_cmpuint (fixture_publish (fixture, "POST", "audience:1", "{\"n\":4}"), ==, 201);
  fixture_wait (has_heard, &first);
  g_assert_cmpstr (first.heard->str, ==, "{\"n\":4}");
  g_assert_false (first.closed);
  g_assert_cmpstr (second.heard->str, ==, "{\"n\":2}");
  ear_clear (&first);
  ear_clear (&second);
}

/* What was said before one listened is fetched, not pushed. */
static void
test_live_from_now (Fixture *fixture, gconstpointer data)
{
  Ear early = {0};
  Ear late = {0};

  listen_to (fixture, &early, fixture->device, "meeting-1");
  fixture_publish (fixture, "POST", "meeting-1", "before");
  fixture_wait (has_heard, &early);
  listen_to (fixture, &late, fixture->device, "meeting-1");
  fixture_publish (fixture, "POST", "meeting-1", "after");
  fixture_wait (has_heard, &late);
  g_assert_cmpstr (late.heard->str, ==, "after");
  ear_clear (&early);
  ear_clear (&late);
}

static void
test_live_refused (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SoupMessage) message = fixture_message (fixture, fixture->device, "GET", "/v1/live");
  Ear stranger = {0};
  Ear refused = {0};

  listen_to (fixture, &stranger, NULL, "meeting-1");
  g_assert_nonnull (stranger.error);
  g_assert_null (fixture->seen_path);
  listen_to (fixture, &refused, fixture->device, NULL);
  g_assert_nonnull (refused.error);
  g_assert_cmpstr (fixture->seen_path, ==, "/v1/live/authorize");
  assert_problem (fixture, message, 403, PROBLEM ("forbidden", "This is not allowed", 403));
  ear_clear (&stranger);
  ear_clear (&refused);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

static void
add_tests (void)
{
  ADD ("/nginx/healthz", test_healthz);
  ADD ("/nginx/healthz-is-no-way-in", test_healthz_is_no_way_in);
  ADD ("/nginx/certificate-required", test_certificate_required);
  ADD ("/nginx/headers", test_headers);
  ADD ("/nginx/two-lengths", test_two_lengths);
  ADD ("/nginx/papers", test_papers);
  ADD ("/nginx/papers-only-by-the-hub", test_papers_only_by_the_hub);
  ADD ("/nginx/bodies", test_bodies);
  ADD ("/nginx/hub-away", test_hub_away);
  ADD ("/nginx/burst", test_burst);
  ADD ("/nginx/flood", test_flood);
  ADD ("/nginx/live", test_live);
  ADD ("/nginx/live-from-now", test_live_from_now);
  ADD ("/nginx/live-refused", test_live_refused);
}

int
main (int argc, char **argv)
{
  return fixture_run (argc, argv, add_tests);
}
