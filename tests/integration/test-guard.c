/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/bad-peer.h"
#include "tests/integration/hub-fixture.h"

#include "app/hub/dinh-engine.h"

#include <gio/gunixsocketaddress.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <signal.h>
#include <string.h>

/* What keeps a hub on its feet: requests that no HTTP library would send, and peers that stall, flood and
 * never read. By bare TLS connections. */

#define MEETING "6d1f0a52-8c3e-4b7a-9e15-2f40c7a9b831"
#define SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define HOST "Host: localhost\r\n"
#define LAST HOST "Connection: close\r\n"
#define UPGRADE                                                                                              \
  "GET /v1/live HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: websocket\r\n"                           \
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

/* All that comes until nginx closes. */
static char *
hear (GIOStream *connection)
{
  GInputStream *input = g_io_stream_get_input_stream (connection);
  g_autofree char *piece = g_malloc (65536);
  GString *answer = g_string_new (NULL);
  gssize got;

  while ((got = g_input_stream_read (input, piece, 65536, NULL, NULL)) > 0)
    g_string_append_len (answer, piece, got);
  return g_string_free (answer, FALSE);
}

static char *
exchange (Hub *hub, GTlsCertificate *certificate, const char *request, gssize length)
{
  g_autoptr (GIOStream) connection = bad_peer_dial (hub->port, certificate, FALSE);

  bad_peer_say (connection, request, length);
  return hear (connection);
}

static guint
count_answers (const char *text)
{
  guint n = 0;

  for (const char *at = text; (at = strstr (at, "HTTP/1.1 ")) != NULL; at++)
    n++;
  return n;
}

static void
assert_answer (const char *answer, guint status, const char *problem)
{
  g_autofree char *line = g_strdup_printf ("HTTP/1.1 %u ", status);
  g_autofree char *type = g_strdup_printf ("\"urn:dinh:problem:%s\"", problem == NULL ? "" : problem);

  if (!g_str_has_prefix (answer, line) || (problem != NULL && strstr (answer, type) == NULL))
    g_test_fail_printf ("not %u %s: %.300s", status, problem, answer);
}

static void
assert_serves (Hub *hub, const char *identity)
{
  g_autoptr (Reply) reply = hub_ask (hub, &(Question){.identity = identity, .path = "/v1/streams"});

  g_assert_cmpuint (reply->status, ==, 200);
}

#define POST "POST /v1/commands HTTP/1.1\r\n" LAST
#define BAD 400, "malformed-request"

/* Each is answered once, whatever it hides behind its end. */
static void
test_requests (Hub *hub, gconstpointer data)
{
  static const char hidden[] = "GET /metrics HTTP/1.1\r\n" HOST "\r\n";
  static const struct {
    const char *what, *request;
    guint status;
    const char *problem;
  } cases[] = {
      {"two lengths", POST "Content-Length: 2\r\nContent-Length: 0\r\n\r\n{}", BAD},
      {"a length twice", POST "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", BAD},
      {"length and chunks", POST "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", BAD},
      {"chunks and length", POST "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n", BAD},
      {"chunked twice", POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       BAD},
      {"encodings", POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", BAD},
      {"another encoding", POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", BAD},
      {"a space before the colon", POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", BAD},
      {"a signed length", POST "Content-Length: +2\r\n\r\n{}", BAD},
      {"a negative length", POST "Content-Length: -2\r\n\r\n{}", BAD},
      {"a length in words", POST "Content-Length: two\r\n\r\n{}", BAD},
      {"a length beyond all", POST "Content-Length: 99999999999999999999\r\n\r\n{}", BAD},
      {"a chunk beyond all", POST "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n{}", BAD},
      {"a chunk of nothing", POST "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}", BAD},
      {"trailers",
       POST "Transfer-Encoding: chunked\r\nTrailer: X-Dinh-Verify\r\n\r\n2\r\n{}\r\n0\r\n"
            "X-Dinh-Verify: SUCCESS\r\n\r\n",
       400, "wrong-field"},
      {"a folded header", "GET /v1/streams HTTP/1.1\r\nX: a\r\n X-Dinh-Verify: SUCCESS\r\n" LAST "\r\n", BAD},
      {"a folded host", "GET /v1/streams HTTP/1.1\r\nHost: a\r\n\tb\r\nConnection: close\r\n\r\n", BAD},
      {"no host", "GET /v1/streams HTTP/1.1\r\nConnection: close\r\n\r\n", BAD},
      {"two hosts", "GET /v1/streams HTTP/1.1\r\nHost: a\r\n" LAST "\r\n", BAD},
      {"a header without a name", "GET /v1/streams HTTP/1.1\r\n: a\r\n" LAST "\r\n", BAD},
      {"a method in small letters", "get /v1/streams HTTP/1.1\r\n" LAST "\r\n", BAD},
      {"a tunnel", "CONNECT 127.0.0.1:443 HTTP/1.1\r\n" LAST "\r\n", BAD},
      {"of everything", "OPTIONS * HTTP/1.1\r\n" LAST "\r\n", BAD},
      {"a trace", "TRACE / HTTP/1.1\r\n" LAST "\r\n", 405, "wrong-method"},
      {"bare returns", "GET /v1/streams HTTP/1.1\rHost: x\r\r\n\r\n", BAD},
      {"HTTP/2 in words", "GET /v1/streams HTTP/2.0\r\n" LAST "\r\n", BAD},
      {"HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", BAD},
      {"HTTP/1.0", "GET /v1/streams HTTP/1.0\r\n\r\n", 200, NULL},
      {"another's address", "GET https://example.org/metrics HTTP/1.1\r\n" LAST "\r\n", 403, "forbidden"},
      {"an upgrade to HTTP/2",
       "GET /metrics HTTP/1.1\r\n" LAST "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n", 403, "forbidden"},
      {"not even HTTP", "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", BAD},
      {"a body for nothing", "POST /healthz HTTP/1.1\r\n" LAST "Content-Length: 8192\r\n\r\n", 413,
       "too-large"},
      {"too large", POST "Content-Length: 10000000000\r\n\r\n", 413, "too-large"},
  };
  g_autofree char *identity = hub_add_device (hub, "seat", "seat", "hoi-truong-tinh");
  g_autoptr (GTlsCertificate) seat = identity_certificate (identity);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *request = g_strconcat (cases[i].request, hidden, NULL);
    g_autofree char *answer = exchange (hub, seat, request, -1);

    g_test_message ("%s", cases[i].what);
    assert_answer (answer, cases[i].status, cases[i].problem);
    g_assert_cmpuint (count_answers (answer), ==, 1);
  }
  assert_serves (hub, identity);
}

/* Headers and paths beyond all measure, and HTTP/0.9, whose answers have no head. */
static void
test_large_requests (Hub *hub, gconstpointer data)
{
  g_autofree char *long_word = g_strnfill (100 * 1000, 'a');
  g_autoptr (GTlsCertificate) admin = identity_certificate (hub->admin);
  g_autoptr (GString) many = g_string_new ("GET /v1/streams HTTP/1.1\r\n" LAST);
  g_autofree char *path = g_strdup_printf ("GET /%s HTTP/1.1\r\n" LAST "\r\n", long_word);
  g_autofree char *query = g_strdup_printf ("GET /v1/time?nonce=%s HTTP/1.1\r\n" LAST "\r\n", long_word);
  g_autofree char *header = g_strdup_printf ("GET / HTTP/1.1\r\n" LAST "X: %s\r\n\r\n", long_word);
  g_autofree char *host = g_strdup_printf ("GET / HTTP/1.1\r\nHost: %s\r\n\r\n", long_word);
  g_autofree char *method = g_strdup_printf ("%.5000s / HTTP/1.1\r\n" LAST "\r\n", long_word);
  const char *requests[] = {path, query, header, host, method, NULL};
  g_autofree char *old = NULL, *stranger = NULL, *refused = NULL, *aside = NULL;

  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (many, "X-%u: 1\r\n", i);
  g_string_append (many, "\r\n");
  requests[5] = many->str;
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++) {
    g_autofree char *answer = exchange (hub, admin, requests[i], -1);
    g_autofree char *nobody = exchange (hub, NULL, requests[i], -1);

    assert_answer (answer, BAD);
    assert_answer (nobody, BAD);
  }
  old = exchange (hub, admin, "GET /v1/streams\r\n", -1);
  g_assert_true (g_str_has_prefix (old, "{\"streams\":"));
  stranger = exchange (hub, NULL, "GET /v1/streams\r\n", -1);
  g_assert_nonnull (strstr (stranger, "certificate-required"));
  /* Where unreadable requests are answered is no way to the hub. */
  refused = exchange (hub, NULL, "GET /malformed-request HTTP/1.1\r\n" LAST "\r\n", -1);
  assert_answer (refused, 404, "not-found");
  aside = exchange (hub, NULL, "GET /NONE:/malformed-request HTTP/1.1\r\n" LAST "\r\n", -1);
  assert_answer (aside, 403, "certificate-required");
  assert_serves (hub, hub->admin);
}

static void
test_plain (Hub *hub, gconstpointer data)
{
  g_autoptr (GSocketConnection) plain = bad_peer_dial_plain (hub->port, 0);
  g_autofree char *answer = NULL;

  bad_peer_say (G_IO_STREAM (plain), "GET /healthz HTTP/1.1\r\n" LAST "\r\n", -1);
  answer = hear (G_IO_STREAM (plain));
  assert_answer (answer, BAD);
}

/* Names of papers that mean something else to a file system. */
static void
test_paths (Hub *hub, gconstpointer data)
{
  static const char *const names[] = {
      "/v1/blobs/..%2f..%2fhub.key",
      "/v1/blobs/..%2F..%2Fhub.key",
      "/v1/blobs/..%5c..%5chub.key",
      "/v1/blobs/%2e%2e%2f%2e%2e%2fhub.key",
      "/v1/blobs/%2e%2e/%2e%2e/hub.key",
      "/v1/blobs/..;/..;/hub.key",
      "/v1/blobs/....//....//hub.key",
      "/v1/blobs/%252e%252e%252fhub.key",
      "/v1/blobs/%c0%ae%c0%ae%c0%afhub.key",
      "/v1/blobs/%ef%bc%8e%ef%bc%8e%ef%bc%8fhub.key",
      "/v1/blobs/../../hub.key",
      "/v1/blobs//hub.key",
      "/v1/blobs///etc/passwd",
      "/v1/blobs/%2fetc%2fpasswd",
      "/v1/blobs/%00",
      "/v1/blobs/" SHA256 "%00.pdf",
      "/v1/blobs/" SHA256 "/",
      "/v1/blobs/" SHA256 "/..",
      "/v1/blobs/" SHA256 "%0d%0aX-Accel-Redirect:%20/papers/",
      "/v1/blobs/ễ",
      "/v1/blobs/%e1%bb%85",
      "/v1/blobs/%zz",
      "/v1/blobs/",
      "//v1/blobs/" SHA256,
      "/papers/../hub.key",
      "/papers/%2e%2e/hub.key",
      "/papers..%2fhub.key",
      "/papers../hub.key",
      "/papers%2f..%2fhub.key",
      "/./papers/" SHA256,
      "/v1/../papers/" SHA256,
      "/../../../../etc/passwd",
      "/v1/live/authorize/",
      "/v1/live%2fauthorize",
      "/configuration",
      "/publish?id=" MEETING,
  };
  g_autoptr (GTlsCertificate) admin = identity_certificate (hub->admin);
  g_autofree char *key = g_build_filename (hub->state, "hub.key", NULL);

  g_assert_true (g_file_test (key, G_FILE_TEST_EXISTS));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *request = g_strdup_printf ("GET %s HTTP/1.1\r\n" LAST "\r\n", names[i]);
    g_autofree char *answer = exchange (hub, admin, request, -1);

    if (!g_str_has_prefix (answer, "HTTP/1.1 400 ") && !g_str_has_prefix (answer, "HTTP/1.1 404 "))
      g_test_fail_printf ("%s: %.200s", names[i], answer);
    g_assert_nonnull (strstr (answer, "\r\nContent-Type: application/problem+json\r\n"));
    g_assert_null (strstr (answer, "root:"));
    g_assert_null (strstr (answer, "\r\nX-Accel"));
  }
  assert_serves (hub, hub->admin);
}

/* Under whatever name a proxy might know it, a certificate in a header is none. */
static void
test_forged (Hub *hub, gconstpointer data)
{
  static const char *const names[] = {
      "X-Dinh-Certificate", "x-dinh-certificate", "X_Dinh_Certificate", "X-SSL-Client-Cert",
      "X-SSL-Cert",         "X-Client-Cert",      "SSL_CLIENT_CERT",    "X-Forwarded-Client-Cert"};
  static const char claims[] =
      "X-Dinh-Verify: SUCCESS\r\nX-DINH-VERIFY: SUCCESS\r\nX_Dinh_Verify: SUCCESS\r\n"
      "X-SSL-Client-Verify: SUCCESS\r\nX-Dinh-Device: admin\r\nX-Real-IP: 10.0.0.1\r\n"
      "X-Forwarded-For: 127.0.0.1\r\nX-Original-URL: /metrics\r\n"
      "X-Accel-Redirect: /papers/\r\nX-HTTP-Method-Override: PUT\r\n";
  g_autofree char *path = g_build_filename (hub->admin, "tls.crt", NULL);
  g_autofree char *pem = NULL, *escaped = NULL;
  g_autofree char *identity = hub_add_device (hub, "seat", "seat", "hoi-truong-tinh");
  g_autoptr (GTlsCertificate) seat = identity_certificate (identity);

  g_assert_true (g_file_get_contents (path, &pem, NULL, NULL));
  escaped = g_uri_escape_string (pem, NULL, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *request =
        g_strdup_printf ("GET /metrics HTTP/1.1\r\n" LAST "%s%s: %s\r\n\r\n", claims, names[i], escaped);
    g_autofree char *nobody = exchange (hub, NULL, request, -1);
    g_autofree char *other = exchange (hub, seat, request, -1);

    assert_answer (nobody, 403, "certificate-required");
    assert_answer (other, 403, "forbidden");
  }
}

/* The peer is who it was for each request of a connection, pipelined or not, whoever asked before on the
 * hub's side of nginx. */
static void
test_kept_connections (Hub *hub, gconstpointer data)
{
  static const char three[] = "GET /v1/streams HTTP/1.1\r\n" HOST "\r\nGET /metrics HTTP/1.1\r\n" HOST "\r\n"
                              "GET /v1/streams HTTP/1.1\r\n" LAST "\r\n";
  g_autofree char *identity = hub_add_device (hub, "seat", "seat", "hoi-truong-tinh");
  g_autoptr (GTlsCertificate) admin = identity_certificate (hub->admin),
                              seat = identity_certificate (identity);
  g_autofree char *nobody = exchange (hub, NULL, three, -1);

  for (guint i = 0; i < 40; i++) {
    gboolean is_admin = i % 2 == 0;
    g_autoptr (GIOStream) connection = bad_peer_dial (hub->port, is_admin ? admin : seat, FALSE);
    g_autofree char *answer = NULL;

    g_assert_true (bad_peer_say (connection, three, i % 4 < 2 ? -1 : 60));
    g_assert_true (i % 4 < 2 || bad_peer_say (connection, three + 60, -1));
    answer = hear (connection);
    assert_answer (answer, 200, NULL);
    g_assert_cmpuint (count_answers (answer), ==, 3);
    g_assert_true ((strstr (answer, "\ndinh_devices ") != NULL) == is_admin);
    g_assert_true ((strstr (answer, "urn:dinh:problem:forbidden") == NULL) == is_admin);
  }
  /* Who is refused is not heard again. */
  assert_answer (nobody, 403, "certificate-required");
  g_assert_cmpuint (count_answers (nobody), ==, 1);
}

static gpointer
read_pem (Hub *hub, const char *name, gpointer (*read) (BIO *, gpointer, pem_password_cb *, gpointer))
{
  g_autofree char *path = g_build_filename (hub->state, "trust", name, NULL);
  BIO *file = BIO_new_file (path, "r");
  gpointer object = read (file, NULL, NULL, NULL);

  g_assert_nonnull (object);
  BIO_free (file);
  return object;
}

/* The certificate of @identity, signed again by the hub's authority for another time. */
static GTlsCertificate *
certify_for (Hub *hub, const char *identity, long from, long until)
{
  g_autofree char *file = g_build_filename (identity, "tls.crt", NULL);
  g_autofree char *key_file = g_build_filename (identity, "tls.key", NULL);
  g_autofree char *key = NULL, *pair = NULL, *text = NULL;
  EVP_PKEY *authority = read_pem (hub, "ca.key", (gpointer) PEM_read_bio_PrivateKey);
  BIO *in = BIO_new_file (file, "r"), *out = BIO_new (BIO_s_mem ());
  X509 *certificate = PEM_read_bio_X509 (in, NULL, NULL, NULL);
  GTlsCertificate *made;
  char *bytes;
  long length;

  X509_gmtime_adj (X509_getm_notBefore (certificate), from);
  X509_gmtime_adj (X509_getm_notAfter (certificate), until);
  g_assert_cmpint (X509_sign (certificate, authority, EVP_sha256 ()), >, 0);
  g_assert_cmpint (PEM_write_bio_X509 (out, certificate), ==, 1);
  length = BIO_get_mem_data (out, &bytes);
  text = g_strndup (bytes, (gsize) length);
  g_assert_true (g_file_get_contents (key_file, &key, NULL, NULL));
  pair = g_strconcat (text, key, NULL);
  made = g_tls_certificate_new_from_pem (pair, -1, NULL);
  g_assert_nonnull (made);
  BIO_free (in);
  BIO_free (out);
  X509_free (certificate);
  EVP_PKEY_free (authority);
  return made;
}

static void
test_certificate_times (Hub *hub, gconstpointer data)
{
  const long day = 24 * 60 * 60;
  g_autofree char *identity = hub_add_device (hub, "seat", "seat", "hoi-truong-tinh");
  g_autoptr (GTlsCertificate) expired = certify_for (hub, identity, -2 * day, -day),
                              early = certify_for (hub, identity, day, 2 * day),
                              other = certify_for (hub, identity, -day, day);
  static const char *const paths[] = {"/v1/streams", "/healthz", "/malformed-request",
                                      "/x:/malformed-request"};
  g_autofree char *unreadable = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    Question question = {.path = paths[i]};
    g_autoptr (Reply) late = hub_ask_with (hub, expired, &question);
    g_autoptr (Reply) soon = hub_ask_with (hub, early, &question);

    assert_problem (late, 403, "certificate-required");
    assert_problem (soon, 403, "certificate-required");
  }
  unreadable = exchange (hub, expired, "get / HTTP/1.1\r\n" LAST "\r\n", -1);
  assert_answer (unreadable, BAD);
  /* The same signer and the same key in another certificate is another device. */
  {
    g_autoptr (Reply) reply = hub_ask_with (hub, other, &(Question){.path = "/v1/streams"});
    assert_problem (reply, 403, "unknown-device");
  }
  assert_serves (hub, identity);
}

/* Names are text and nothing else, wherever they go. */
static void
test_names (Hub *hub, gconstpointer data)
{
  static const char *const names[] = {"'); DROP TABLE event; --",
                                      "\" OR \"\"=\"",
                                      "<script>alert(1)</script>",
                                      "<b>&amp;</b> &#x41;",
                                      "%s%n%d %2f",
                                      "$(reboot) `reboot` ; |",
                                      "../../etc/passwd",
                                      "{{7*7}} ${7*7}",
                                      "\\u0041 \\n \\",
                                      "= 1 + 1"};
  g_autoptr (DinhJson) sites = NULL, devices = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *key = g_strdup_printf ("site-%u", i), *out = g_build_filename (hub->folder, key, NULL);
    g_autoptr (DinhJson) site = hub_ctl (hub, "site", "add", key, "--", names[i], NULL);
    g_autoptr (DinhJson) device = hub_ctl (hub, "device", "add", "--profile", "seat", "--site", key, "--out",
                                           out, "--", names[i], NULL);
  }
  g_assert_cmpint (hub_stop (hub), ==, 0);
  hub_start (hub);
  sites = hub_ctl (hub, "site", "list", NULL);
  devices = hub_ctl (hub, "device", "list", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *site = g_strdup_printf ("site-%u", i);
    guint n_found = 0;
    gsize index;
    json_t *entry;

    json_array_foreach (json_object_get (sites, "sites"), index, entry) n_found +=
        g_strcmp0 (dinh_json_get_string (entry, "id"), site) == 0 &&
        g_strcmp0 (dinh_json_get_string (entry, "name"), names[i]) == 0;
    json_array_foreach (json_object_get (devices, "devices"), index, entry) n_found +=
        g_strcmp0 (dinh_json_get_string (entry, "site"), site) == 0 &&
        g_strcmp0 (dinh_json_get_string (entry, "name"), names[i]) == 0;
    g_test_message ("%s", names[i]);
    g_assert_cmpuint (n_found, ==, 2);
  }
}

static guint
count_files (Hub *hub)
{
  g_autofree char *folder = g_build_filename (hub->state, "nginx", "body", NULL);
  g_autoptr (GDir) files = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (files != NULL && g_dir_read_name (files) != NULL)
    n++;
  return n;
}

/* A body without end, announced or not: refused at once or as soon as it is too much, heard for a moment,
 * cut. */
static void
test_endless_bodies (Hub *hub, gconstpointer data)
{
  static const char *const requests[] = {
      "PUT /v1/blobs/" SHA256 " HTTP/1.1\r\n" HOST "Content-Length: 1000000000000\r\n\r\n",
      "POST /healthz HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n",
  };
  g_autoptr (GTlsCertificate) admin = identity_certificate (hub->admin);
  g_autofree char *megabyte = g_strnfill (1024 * 1024, 'x');
  g_autofree char *chunk = g_strconcat ("100000\r\n", megabyte, "\r\n", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (requests); i++) {
    g_autoptr (GIOStream) connection = bad_peer_dial (hub->port, i == 0 ? admin : NULL, FALSE);
    g_autofree char *answer = NULL;
    guint n = 0;

    g_assert_true (bad_peer_say (connection, requests[i], -1));
    while (bad_peer_say (connection, chunk, -1))
      n++;
    g_test_message ("%u MB were taken", n);
    answer = hear (connection);
    g_assert_cmpuint (count_answers (answer), <=, 1); /* the cut may have overtaken it */
    g_assert_cmpuint (count_files (hub), ==, 0);
  }
  assert_serves (hub, hub->admin);
}

/* Connections that nginx still has, by their other end. */
static guint
count_connections (Hub *hub)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  guint n = 0;

  g_assert_true (g_file_get_contents ("/proc/net/tcp", &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++) {
    guint port = 0, state = 0;

    n += sscanf (*line, " %*u: %*x:%x %*x:%*x %x", &port, &state) == 2 && port == hub->port && state == 1;
  }
  return n;
}

/* The memory of nginx's processes, what they share counted once; kB. */
static guint64
count_memory (Hub *hub)
{
  g_autofree char *folder = g_build_filename (hub->state, "nginx", NULL);
  g_autoptr (GArray) pids = dinh_engine_find ("nginx", folder);
  guint64 sum = 0;

  for (guint i = 0; i < pids->len; i++) {
    g_autofree char *path = g_strdup_printf ("/proc/%d/smaps_rollup", (int) g_array_index (pids, pid_t, i));
    g_autofree char *text = NULL;
    const char *line = g_file_get_contents (path, &text, NULL, NULL) ? strstr (text, "\nPss:") : NULL;

    sum += line == NULL ? 0 : g_ascii_strtoull (line + strlen ("\nPss:"), NULL, 10);
  }
  return sum;
}

/* The channel of who came last. */
static char *
read_channel (Hub *hub)
{
  g_autofree char *path = g_build_filename (hub->state, "run", "audiences", NULL), *text = NULL;
  const char *line;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_strchomp (text);
  line = strrchr (text, '\n') != NULL ? strrchr (text, '\n') + 1 : text;
  return g_strndup (line, strcspn (line, " "));
}

/* Pushes @n messages of half a megabyte to who came last, as the hub would. Returns how many were taken. */
static guint
push_much (Hub *hub, guint n)
{
  g_autofree char *channel = read_channel (hub);
  g_autofree char *path = g_build_filename (hub->state, "run", "push.sock", NULL);
  g_autofree char *uri = g_strdup_printf ("http://push/publish?id=%s", channel);
  g_autofree char *text = g_strnfill (500 * 1000, 'x');
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (SoupSession) session = soup_session_new_with_options ("remote-connectable", address, NULL);
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  guint n_taken = 0;

  for (guint i = 0; i < n; i++) {
    g_autoptr (SoupMessage) message = soup_message_new ("POST", uri);
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) answer = NULL;

    soup_message_set_request_body_from_bytes (message, "text/plain", bytes);
    answer = soup_session_send_and_read (session, message, NULL, &error);
    g_assert_no_error (error);
    n_taken += soup_message_get_status (message) == 201 || soup_message_get_status (message) == 202;
  }
  return n_taken;
}

#define EACH 16

static void
add_deaf_listeners (Hub *hub, GTlsCertificate *certificate, GPtrArray *stallers)
{
  for (guint i = 0; i < 4; i++) {
    GIOStream *deaf = bad_peer_dial (hub->port, certificate, TRUE);
    char line[12] = "";

    g_assert_true (bad_peer_say (deaf, UPGRADE, -1));
    g_assert_true (g_input_stream_read_all (g_io_stream_get_input_stream (deaf), line, 12, NULL, NULL, NULL));
    g_assert_cmpmem (line, 12, "HTTP/1.1 101", 12);
    g_ptr_array_add (stallers, deaf);
  }
}

/* Each way to hold a connection: before TLS, before and inside a header, inside a body, not reading a paper.
 */
static GPtrArray *
make_stallers (Hub *hub, GTlsCertificate *certificate, const char *paper)
{
  g_autofree char *fetch = g_strdup_printf ("GET /v1/blobs/%s HTTP/1.1\r\n" LAST "\r\n", paper);
  const char *const said[] = {
      "", "GET /healthz HTTP/1.1\r\nHost: l",
      "POST /v1/commands HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\n{\"sig",
      "POST /v1/commands HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n100\r\n{", fetch};
  GPtrArray *stallers = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < EACH; i++)
    g_ptr_array_add (stallers, bad_peer_dial_plain (hub->port, 0));
  for (guint i = 0; i < EACH * G_N_ELEMENTS (said); i++) {
    GIOStream *staller = bad_peer_dial (hub->port, certificate, TRUE);

    g_assert_true (bad_peer_say (staller, said[i % G_N_ELEMENTS (said)], -1));
    g_ptr_array_add (stallers, staller);
  }
  return stallers;
}

/* All who stall are gone in the end, and what nginx kept for the deaf is used again; who does not, is served.
 */
static void
test_stallers (Hub *hub, gconstpointer data)
{
  g_autofree char *identity = hub_add_device (hub, "seat", "seat", "hoi-truong-tinh");
  g_autoptr (GTlsCertificate) seat = identity_certificate (identity);
  g_autofree char *file = g_build_filename (hub->sample, "papers", "giay-moi.pdf", NULL), *paper = NULL;
  g_autoptr (DinhJson) published = NULL;
  g_autoptr (GPtrArray) stallers = NULL;

  pad_pdf (file, 20 * 1000 * 1000);
  paper = hash_file (file);
  published = hub_ctl (hub, "publish", hub->sample, NULL);
  stallers = make_stallers (hub, seat, paper);
  add_deaf_listeners (hub, seat, stallers);
  g_assert_cmpuint (push_much (hub, 400), >=, 100);
  g_test_message ("nginx has %" G_GUINT64_FORMAT " kB", count_memory (hub));
  g_assert_cmpuint (count_memory (hub), <, 200 * 1000);
  g_assert_cmpuint (count_connections (hub), >=, stallers->len);
  for (guint i = 0; count_connections (hub) > 0; i++) {
    g_assert_cmpuint (i, <, 120);
    assert_serves (hub, hub->admin);
    g_usleep (G_USEC_PER_SEC);
  }
  /* nchan gives back what the deaf held a while after they have gone. */
  for (guint i = 0; push_much (hub, 20) < 20; i++) {
    g_assert_cmpuint (i, <, 120);
    g_usleep (G_USEC_PER_SEC);
  }
  add_deaf_listeners (hub, seat, stallers);
  g_assert_cmpuint (push_much (hub, 40), ==, 40);
}

/* A device that opens more than its share is told so; others do not feel it. */
static void
test_crowd (Hub *hub, gconstpointer data)
{
  static const char request[] = "POST /v1/commands HTTP/1.1\r\n" HOST "Content-Length: 100\r\n\r\n{";
  g_autofree char *identity = hub_add_device (hub, "seat", "seat", "hoi-truong-tinh");
  g_autoptr (GTlsCertificate) seat = identity_certificate (identity);
  g_autoptr (GPtrArray) crowd = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (Reply) health = NULL;

  for (guint i = 0; i < 128; i++) {
    g_ptr_array_add (crowd, bad_peer_dial (hub->port, seat, FALSE));
    g_assert_true (bad_peer_say (g_ptr_array_index (crowd, i), request, -1));
  }
  for (guint i = 0;; i++) {
    g_autofree char *answer = exchange (hub, seat, "GET /v1/streams HTTP/1.1\r\n" LAST "\r\n", -1);

    if (g_str_has_prefix (answer, "HTTP/1.1 429 "))
      break;
    g_assert_cmpuint (i, <, 100); /* the last ones may not have been read yet */
  }
  assert_serves (hub, hub->admin);
  health = hub_ask (hub, &(Question){.path = "/healthz"});
  g_assert_cmpuint (health->status, ==, 200);
}

/* A healthy device: each line of the meeting, once and in order, and each question answered. */
typedef struct {
  SoupWebsocketConnection *connection;
  gboolean decided, closed;
  GArray *heard; /* of guint64 */
} Ear;

static void
on_message (SoupWebsocketConnection *connection, gint type, GBytes *message, Ear *ear)
{
  g_autofree char *text = g_strndup (g_bytes_get_data (message, NULL), g_bytes_get_size (message));
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (char **line = lines; *line != NULL; line++) {
    g_autoptr (DinhJson) event = dinh_json_parse (*line, strlen (*line), NULL);
    guint64 seq = (guint64) dinh_json_get_integer (event, "seq");

    if (seq > 0 && g_strcmp0 (dinh_json_get_string (event, "stream"), MEETING) == 0)
      g_array_append_val (ear->heard, seq);
  }
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

  ear->connection = soup_session_websocket_connect_finish (SOUP_SESSION (source), result, NULL);
  ear->decided = TRUE;
}

static gboolean
is_decided (gpointer data)
{
  return ((Ear *) data)->decided;
}

static gboolean
has_heard_all (gpointer data)
{
  return ((Ear *) data)->heard->len >= 20;
}

static SoupSession *
listen_as (Hub *hub, const char *identity, Ear *ear)
{
  g_autofree char *authority = g_build_filename (hub->state, "trust", "ca.crt", NULL);
  g_autofree char *uri = g_strdup_printf ("wss://127.0.0.1:%u/v1/live", hub->port);
  g_autoptr (GTlsDatabase) database = g_tls_file_database_new (authority, NULL);
  g_autoptr (GTlsCertificate) certificate = identity_certificate (identity);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", uri);
  SoupSession *session =
      soup_session_new_with_options ("tls-database", database, "proxy-resolver", NULL, NULL);

  soup_message_set_tls_client_certificate (message, certificate);
  soup_session_websocket_connect_async (session, message, NULL, NULL, G_PRIORITY_DEFAULT, NULL, on_connected,
                                        ear);
  fixture_wait (is_decided, ear);
  g_assert_nonnull (ear->connection);
  g_signal_connect (ear->connection, "message", G_CALLBACK (on_message), ear);
  g_signal_connect (ear->connection, "closed", G_CALLBACK (on_closed), ear);
  return session;
}

static void
test_flood (Hub *hub, gconstpointer data)
{
  g_autofree char *good = hub_add_device (hub, "good", "seat", "hoi-truong-tinh");
  g_autofree char *bad = hub_add_device (hub, "bad", "seat", "hoi-truong-tinh");
  g_autoptr (DinhJson) meeting = folder_load (hub->sample),
                       published = hub_ctl (hub, "publish", hub->sample, NULL);
  gint64 size = hub_stream_size (hub, MEETING);
  g_autoptr (GTlsCertificate) certificate = identity_certificate (bad);
  Ear ear = {.heard = g_array_new (FALSE, FALSE, sizeof (guint64))};
  g_autoptr (SoupSession) session = listen_as (hub, good, &ear);
  BadPeer *flood = bad_peer_flood (hub->port, certificate);

  for (guint i = 0; i < 20; i++) {
    g_autofree char *title = g_strdup_printf ("Tên số %u", i);
    g_autoptr (DinhJson) changed = NULL;

    json_object_set_new (meeting, "title", json_string (title));
    folder_save (hub->sample, meeting);
    changed = hub_ctl (hub, "publish", hub->sample, NULL);
    assert_serves (hub, good);
    while (g_main_context_iteration (NULL, FALSE))
      continue;
  }
  fixture_wait (has_heard_all, &ear);
  bad_peer_stop (flood);
  g_assert_false (ear.closed);
  g_assert_cmpuint (ear.heard->len, ==, 20);
  for (guint i = 0; i < ear.heard->len; i++)
    g_assert_cmpuint (g_array_index (ear.heard, guint64, i), ==, (guint64) size + i + 1);
  g_signal_handlers_disconnect_by_data (ear.connection, &ear);
  g_object_unref (ear.connection);
  g_array_unref (ear.heard);
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
#define ADD(path, function) g_test_add ("/guard/" path, Hub, NULL, set_up, function, hub_tear_down)
  ADD ("requests", test_requests);
  ADD ("large-requests", test_large_requests);
  ADD ("plain", test_plain);
  ADD ("paths", test_paths);
  ADD ("forged", test_forged);
  ADD ("kept-connections", test_kept_connections);
  ADD ("certificate-times", test_certificate_times);
  ADD ("names", test_names);
  ADD ("endless-bodies", test_endless_bodies);
  ADD ("crowd", test_crowd);
  ADD ("flood", test_flood);
  ADD ("stallers", test_stallers);
#undef ADD
}

int
main (int argc, char **argv)
{
  signal (SIGPIPE, SIG_IGN);
  return fixture_run (argc, argv, add_tests);
}
