/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/hub-fixture.h"

#include "data/record/dinh-command.h"
#include "data/record/dinh-time.h"
#include "data/trust/dinh-certificate.h"
#include "data/trust/dinh-identity.h"

#include <string.h>

/* What may come over the wire from somebody who knows the protocol too well, or not at all. */

#define SHA256_OF_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define STREAM "0190d2a0-0000-7000-8000-000000000001"

typedef struct {
  const char *what;
  Question question;
  guint status;
  const char *problem;
} Case;

static void
assert_lives (Hub *hub)
{
  g_autoptr (Reply) reply = hub_ask (hub, &(Question){.path = "/healthz"});

  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_cmpstr (reply->text, ==, "ok\n");
}

static void
try_cases (Hub *hub, const char *identity, const Case *cases, guint n_cases)
{
  for (guint i = 0; i < n_cases; i++) {
    Question question = cases[i].question;
    g_autoptr (Reply) reply = NULL;

    g_test_message ("%s", cases[i].what);
    question.identity = identity;
    reply = hub_ask (hub, &question);
    assert_problem (reply, cases[i].status, cases[i].problem);
  }
  assert_lives (hub);
}

static void
test_routes (Hub *hub, gconstpointer data)
{
  const Case cases[] = {
      {"no such route", {.path = "/v1/nothing"}, 404, "no-route"},
      {"the root", {.path = "/"}, 404, "no-route"},
      {"wrong method", {.method = "DELETE", .path = "/v1/commands"}, 405, "wrong-method"},
      {"method of another route", {.method = "GET", .path = "/v1/signals"}, 405, "wrong-method"},
      {"a route's inside", {.path = "/v1/live/authorize"}, 404, "not-found"},
      {"papers past the hub", {.path = "/papers/e3/" SHA256_OF_NOTHING}, 404, "not-found"},
      {"traversal", {.path = "/v1/blobs/..%2f..%2fhub.key"}, 400, "malformed-request"},
      {"traversal in dots", {.path = "/v1/blobs/../../hub.key"}, 404, "no-route"},
      {"not UTF-8 in a path", {.path = "/v1/%ff%fe"}, 404, "no-route"},
      {"a long path, cut inside a letter",
       {.path = "/v1/a%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85"
                "%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%"
                "E1%BB%85%E1%BB%85"
                "%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%"
                "E1%BB%85%E1%BB%85"
                "%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%"
                "E1%BB%85%E1%BB%85"
                "%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%"
                "E1%BB%85%E1%BB%85"
                "%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%E1%BB%85%"
                "E1%BB%85%E1%BB%85"},
       404,
       "no-route"},
      {"a paper's name", {.path = "/v1/blobs/abc"}, 400, "wrong-field"},
      {"a paper's name in capitals",
       {.path = "/v1/blobs/E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"},
       400,
       "wrong-field"},
      {"a paper's name not in UTF-8", {.path = "/v1/blobs/%ff"}, 400, "wrong-field"},
      {"an unknown paper", {.path = "/v1/blobs/" SHA256_OF_NOTHING}, 404, "missing"},
      {"an unknown stream", {.path = "/v1/streams/" STREAM "/events"}, 404, "missing"},
      {"a stream's name not in UTF-8", {.path = "/v1/streams/%c3/events"}, 404, "missing"},
      {"no number", {.path = "/v1/streams/" STREAM "/events?after=x"}, 400, "wrong-field"},
      {"not UTF-8 for a number", {.path = "/v1/streams/" STREAM "/events?after=%ff"}, 400, "wrong-field"},
      {"a negative number", {.path = "/v1/streams/" STREAM "/events?after=-1"}, 400, "wrong-field"},
      {"too long a wait", {.path = "/v1/streams/" STREAM "/events?wait=26"}, 400, "wrong-field"},
      {"time without a nonce", {.path = "/v1/time"}, 400, "wrong-field"},
      {"an empty nonce", {.path = "/v1/time?nonce="}, 400, "wrong-field"},
      {"a nonce not in UTF-8", {.path = "/v1/time?nonce=%ff"}, 400, "wrong-field"},
      {"a nonce of two lines", {.path = "/v1/time?nonce=a%0ab"}, 400, "wrong-field"},
      {"no certificate request",
       {.method = "POST", .path = "/.well-known/est/simpleenroll", .body = "AAAA"},
       400,
       "wrong-request"},
      {"bytes for a certificate request",
       {.method = "POST", .path = "/.well-known/est/simpleenroll", .body = "\xff\xfe"},
       400,
       "wrong-request"},
      {"an empty certificate request",
       {.method = "POST", .path = "/.well-known/est/simpleenroll"},
       400,
       "wrong-request"},
  };

  try_cases (hub, hub->admin, cases, G_N_ELEMENTS (cases));
}

static void
test_proof (Hub *hub, gconstpointer data)
{
  g_autofree char *body = identity_body (hub->admin);
  static const char *const wrong[] = {"from=0", "from=3&to=2", "from=1&to=99", "to=1"};
  g_autofree char *path = g_strdup_printf ("/v1/streams/%s/proof?from=1&to=2", body);
  g_autoptr (Reply) reply = hub_ask (hub, &(Question){.identity = hub->admin, .path = path});

  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_cmpuint (json_array_size (json_object_get (reply->json, "proof")), ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autofree char *bad = g_strdup_printf ("/v1/streams/%s/proof?%s", body, wrong[i]);
    g_autoptr (Reply) refusal = hub_ask (hub, &(Question){.identity = hub->admin, .path = bad});

    assert_problem (refusal, 400, "wrong-field");
  }
}

static void
test_bodies (Hub *hub, gconstpointer data)
{
  g_autofree char *brackets = g_strnfill (200 * 1000, '[');
  g_autofree char *large = g_strnfill (2 * 1000 * 1000, ' ');
  const Case cases[] = {
      {"nothing", {.method = "POST", .path = "/v1/commands"}, 400, "not-json"},
      {"broken", {.method = "POST", .path = "/v1/commands", .body = "{\"signed\": \""}, 400, "not-json"},
      {"brackets", {.method = "POST", .path = "/v1/commands", .body = brackets}, 400, "not-json"},
      {"a list", {.method = "POST", .path = "/v1/commands", .body = "[]"}, 400, "not-json"},
      {"not UTF-8", {.method = "POST", .path = "/v1/commands", .body = "{\"\xff\": 1}"}, 400, "not-json"},
      {"a key twice",
       {.method = "POST", .path = "/v1/commands", .body = "{\"signed\":\"\",\"signed\":\"\"}"},
       400,
       "not-json"},
      {"a NUL", {.method = "POST", .path = "/v1/commands", .body = "{}\0{}", .length = 5}, 400, "not-json"},
      {"a field missing", {.method = "POST", .path = "/v1/commands", .body = "{}"}, 400, "wrong-field"},
      {"too large", {.method = "POST", .path = "/v1/commands", .body = large}, 413, "too-large"},
      {"signal: broken", {.method = "POST", .path = "/v1/signals", .body = "{"}, 400, "not-json"},
      {"signal: no stream",
       {.method = "POST",
        .path = "/v1/signals",
        .body = "{\"stream\":\"" STREAM "\",\"name\":\"page\",\"value\":\"1\"}"},
       404,
       "missing"},
      {"signal: a field more",
       {.method = "POST",
        .path = "/v1/signals",
        .body = "{\"stream\":\"" STREAM "\",\"name\":\"page\",\"value\":\"1\",\"device\":\"x\"}"},
       400,
       "wrong-field"},
  };

  try_cases (hub, hub->admin, cases, G_N_ELEMENTS (cases));
}

static void
test_papers (Hub *hub, gconstpointer data)
{
  static const char path[] = "/v1/blobs/" SHA256_OF_NOTHING;
  g_autofree char *piece = g_strnfill (4 * 1024 * 1024 + 1, 'x'), *body = g_strnfill (6 * 1024 * 1024, 'x');
#define RANGE(text)                                                                                          \
  .method = "PUT", .path = path, .headers = (const char *const[])                                            \
  {                                                                                                          \
    "Content-Range", text, NULL                                                                              \
  }
  const Case cases[] = {
      {"no range", {.method = "PUT", .path = path, .body = "x"}, 400, "wrong-field"},
      {"words", {RANGE ("all of it"), .body = "x"}, 400, "wrong-field"},
      {"too short", {RANGE ("bytes 0-9/10"), .body = "x"}, 400, "wrong-field"},
      {"too long", {RANGE ("bytes 0-0/10"), .body = "xx"}, 400, "wrong-field"},
      {"behind the end", {RANGE ("bytes 10-10/10"), .body = "x"}, 400, "wrong-field"},
      {"backwards", {RANGE ("bytes 5-4/10"), .body = "x"}, 400, "wrong-field"},
      {"negative", {RANGE ("bytes -1-0/10"), .body = "xx"}, 400, "wrong-field"},
      {"enormous numbers",
       {RANGE ("bytes 0-9223372036854775807/9223372036854775807"), .body = "x"},
       400,
       "wrong-field"},
      {"no total", {RANGE ("bytes 0-0/*"), .body = "x"}, 400, "wrong-field"},
      {"nothing of nothing", {RANGE ("bytes */0")}, 400, "wrong-field"},
      {"a large paper", {RANGE ("bytes 0-0/2000000000"), .body = "x"}, 413, "too-large"},
      {"a question about a large paper", {RANGE ("bytes */2000000000")}, 400, "wrong-field"},
      {"an oversized piece", {RANGE ("bytes 0-4194304/5000000"), .body = piece}, 413, "too-large"},
      {"an oversized body", {RANGE ("bytes 0-6291455/7000000"), .body = body}, 413, "too-large"},
      {"a hash that does not fit", {RANGE ("bytes 0-0/1"), .body = "x"}, 422, "hash-mismatch"},
  };
#undef RANGE

  try_cases (hub, hub->admin, cases, G_N_ELEMENTS (cases));
}

/* A paper comes in pieces, in whatever order its sender believes. */
static void
test_pieces (Hub *hub, gconstpointer data)
{
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "abcdef", 6);
  g_autofree char *path = g_strconcat ("/v1/blobs/", sum, NULL);
  static const struct {
    const char *range, *body;
    guint status;
    const char *offset;
  } steps[] = {
      {"bytes */6", NULL, 202, "0"},     {"bytes 3-5/6", "def", 202, "0"}, {"bytes 0-2/6", "abc", 202, "3"},
      {"bytes 0-2/6", "abc", 202, "3"},  {"bytes */6", NULL, 202, "3"},    {"bytes 3-5/6", "def", 201, "6"},
      {"bytes 3-5/6", "def", 201, NULL}, {"bytes */6", NULL, 201, NULL},
  };

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    const char *headers[] = {"Content-Range", steps[i].range, NULL};
    g_autoptr (Reply) reply = hub_ask (hub, &(Question){.identity = hub->admin,
                                                        .method = "PUT",
                                                        .path = path,
                                                        .body = steps[i].body,
                                                        .headers = headers});

    g_test_message ("%s", steps[i].range);
    g_assert_cmpuint (reply->status, ==, steps[i].status);
    g_assert_cmpstr (soup_message_headers_get_one (reply->headers, "Dinh-Offset"), ==, steps[i].offset);
  }
}

static void
test_ranges (Hub *hub, gconstpointer data)
{
  g_autofree char *file = g_build_filename (hub->sample, "papers", "giay-moi.pdf", NULL);
  g_autofree char *sum = hash_file (file), *path = g_strconcat ("/v1/blobs/", sum, NULL);
  const char *headers[] = {"Range", "bytes=0-3", NULL};
  g_autoptr (DinhJson) published = hub_ctl (hub, "publish", hub->sample, NULL);
  g_autoptr (Reply) head = hub_ask (hub, &(Question){.identity = hub->admin, .method = "HEAD", .path = path});
  g_autoptr (Reply) part =
      hub_ask (hub, &(Question){.identity = hub->admin, .path = path, .headers = headers});

  g_assert_cmpuint (head->status, ==, 200);
  g_assert_cmpint (soup_message_headers_get_content_length (head->headers), ==, 45305);
  g_assert_cmpuint (part->status, ==, 206);
  g_assert_cmpstr (part->text, ==, "%PDF");
}

/* Without a certificate, with somebody else's, with one that belongs to no device. */
static void
test_strangers (Hub *hub, gconstpointer data)
{
  static const char *const paths[] = {
      "/v1/streams", "/v1/time?nonce=1", "/metrics", "/v1/live",
      "/",           "/healthz/",        "/HEALTHZ", "/v1/blobs/" SHA256_OF_NOTHING};
  g_autofree char *trust = g_build_filename (hub->folder, "other", NULL),
                  *real = g_build_filename (hub->state, "trust", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhAuthority) other = NULL, authority = dinh_authority_load (real, &error);
  g_autoptr (GTlsCertificate) foreign = NULL, unknown = NULL;

  g_assert_no_error (error);
  g_assert_true (dinh_authority_create (trust, "Another", &error));
  other = dinh_authority_load (trust, &error);
  foreign = fixture_certify (other, "seat");
  unknown = fixture_certify (authority, "seat");
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    Question question = {.path = paths[i]};
    g_autoptr (Reply) nobody = hub_ask_with (hub, NULL, &question);
    g_autoptr (Reply) stranger = hub_ask_with (hub, foreign, &question);

    g_test_message ("%s", paths[i]);
    assert_problem (nobody, 403, "certificate-required");
    assert_problem (stranger, 403, "certificate-required");
    if (i < 3) {
      g_autoptr (Reply) reply = hub_ask_with (hub, unknown, &question);
      assert_problem (reply, 403, "unknown-device");
    }
  }
}

/* What nginx says about the peer cannot be said by the peer. */
static void
test_forged (Hub *hub, gconstpointer data)
{
  g_autofree char *path = g_build_filename (hub->admin, "tls.crt", NULL);
  g_autofree char *pem = NULL, *escaped = NULL;
  g_autofree char *trust = g_build_filename (hub->state, "trust", NULL);
  g_autoptr (DinhAuthority) authority = dinh_authority_load (trust, NULL);
  g_autoptr (GTlsCertificate) unknown = fixture_certify (authority, "seat");
  g_autofree char *device = NULL;

  g_assert_true (g_file_get_contents (path, &pem, NULL, NULL));
  escaped = g_uri_escape_string (pem, NULL, FALSE);
  device = hub_add_device (hub, "seat", "seat", "hoi-truong-tinh");
  const char *headers[] = {
      "X-Dinh-Certificate", escaped, "X-Dinh-Verify", "SUCCESS", "X-Dinh-Device", "admin", "X-Accel-Redirect",
      "/papers/../hub.key", NULL};
  Question question = {.path = "/metrics", .headers = headers};
  g_autoptr (Reply) nobody = hub_ask_with (hub, NULL, &question);
  g_autoptr (Reply) stranger = hub_ask_with (hub, unknown, &question);
  g_autoptr (GTlsCertificate) seat = identity_certificate (device);
  g_autoptr (Reply) other = hub_ask_with (hub, seat, &question);

  assert_problem (nobody, 403, "certificate-required");
  assert_problem (stranger, 403, "unknown-device");
  assert_problem (other, 403, "forbidden");
}

/* What only administrators may. */
static void
test_forbidden (Hub *hub, gconstpointer data)
{
  g_autofree char *device = hub_add_device (hub, "seat", "seat", "hoi-truong-tinh");
  const Case cases[] = {
      {"metrics", {.path = "/metrics"}, 403, "forbidden"},
      {"upload", {.method = "PUT", .path = "/v1/blobs/" SHA256_OF_NOTHING, .body = "x"}, 403, "forbidden"},
      {"enrol", {.method = "POST", .path = "/.well-known/est/simpleenroll", .body = "x"}, 403, "forbidden"},
  };
  g_autofree char *body = identity_body (hub->admin);
  g_autoptr (Result) result = hub_run (hub, device, "site", "add", "x", "X", NULL);

  try_cases (hub, device, cases, G_N_ELEMENTS (cases));
  g_assert_cmpint (result->status, ==, 1);
  g_assert_cmpstr (dinh_json_get_string (result->json, "error"), ==, "forbidden");
}

/* The envelope of a command of @identity, its signed text and signature. */
static DinhCommand *
make_command (const char *identity, const char *kind, gint64 at, json_t *body)
{
  g_autoptr (DinhIdentity) loaded = dinh_identity_load (identity, NULL);
  g_autoptr (DinhJson) owned = body;

  return dinh_command_new (kind, dinh_identity_get_body (loaded), dinh_identity_get_device (loaded), at,
                           owned, dinh_identity_get_signing_key (loaded));
}

static Reply *
post (Hub *hub, const char *text)
{
  return hub_ask (
      hub, &(Question){.identity = hub->admin, .method = "POST", .path = "/v1/commands", .body = text});
}

static json_t *
make_site (const char *id)
{
  return json_pack ("{s:s, s:s}", "id", id, "name", "Nơi thử");
}

static void
test_commands (Hub *hub, gconstpointer data)
{
  gint64 now = g_get_real_time ();
  g_autoptr (DinhCommand) command = make_command (hub->admin, "site-add", now, make_site ("a"));
  g_autofree char *text = dinh_command_print (command);
  g_autoptr (Reply) first = post (hub, text), again = post (hub, text);
  g_autoptr (DinhIdentity) admin = dinh_identity_load (hub->admin, NULL);
  g_autofree char *other = g_strdup (command->text), *signature = NULL, *forged = NULL;
  g_autoptr (DinhJson) reused = NULL, broken = NULL;

  g_assert_cmpuint (first->status, ==, 200);
  g_assert_cmpstr (first->text, ==, again->text);
  /* The id again, with another body and a good signature. */
  strstr (other, "\"a\"")[1] = 'b';
  signature = dinh_key_sign (dinh_identity_get_signing_key (admin), "dinh-command-v1", other, strlen (other));
  reused = json_pack ("{s:s, s:s}", "signed", other, "signature", signature);
  g_clear_pointer (&forged, g_free);
  forged = dinh_json_print (reused);
  {
    g_autoptr (Reply) reply = post (hub, forged);
    assert_problem (reply, 409, "id-reused");
  }
  /* Another id, with the signature of the first. */
  strstr (other, command->id)[35] = command->id[35] == '0' ? '1' : '0';
  broken = json_pack ("{s:s, s:s}", "signed", other, "signature", command->signature);
  g_clear_pointer (&forged, g_free);
  forged = dinh_json_print (broken);
  {
    g_autoptr (Reply) reply = post (hub, forged);
    assert_problem (reply, 403, "bad-signature");
  }
}

static void
assert_refused (
    Hub *hub, const char *identity, const char *kind, gint64 at, json_t *body, guint status, const char *name)
{
  g_autoptr (DinhCommand) command = make_command (identity, kind, at, body);
  g_autofree char *text = dinh_command_print (command);
  g_autoptr (Reply) reply = post (hub, text);

  assert_problem (reply, status, name);
  if (status == 409)
    g_assert_cmpstr (dinh_json_get_string (reply->json, "command"), ==, command->id);
}

/* What says that it is a secret is refused by whatever command it comes, and not a word of it is kept. */
static void
test_secrets (Hub *hub, gconstpointer data)
{
  static const char *const kinds[] = {"paper-add", "paper-replace", "paper-change", "site-add"};
  static const char *const files[] = {"hub.db", "hub.db-wal"};

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    assert_refused (
        hub, hub->admin, kinds[i], g_get_real_time (),
        json_pack ("{s:s, s:s, s:s}", "id", "kin", "title", "Không ai được đọc", "secrecy", "toi-mat"), 409,
        "secret");
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = g_build_filename (hub->state, files[i], NULL), *bytes = NULL;
    gsize length = 0;

    g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
    g_assert_null (memmem (bytes, length, "ai được đọc", strlen ("ai được đọc")));
  }
}

/* Adds an administrator who is one from and until, without touching a disk. */
static DinhKey *
add_key (Hub *hub, const char *id, GTlsCertificate *tls, const char *from, const char *until)
{
  DinhKey *key = dinh_key_new ();
  g_autofree char *pem = NULL, *certificate = NULL;
  g_autoptr (DinhCommand) command = NULL;
  g_autofree char *text = NULL;
  g_autoptr (Reply) reply = NULL;

  g_object_get (tls, "certificate-pem", &pem, NULL);
  certificate = dinh_certificate_fingerprint (pem, strlen (pem), NULL);
  command = make_command (hub->admin, "device-add", g_get_real_time (),
                          json_pack ("{s:s, s:s, s:s, s:s, s:s, s:s*, s:s*}", "id", id, "name", "timed",
                                     "profile", "admin", "certificate", certificate, "key",
                                     dinh_key_get_public (key), "from", from, "until", until));
  text = dinh_command_print (command);
  reply = post (hub, text);
  g_test_message ("%s", reply->text);
  g_assert_cmpuint (reply->status, ==, 200);
  return key;
}

static void
assert_key_refused (Hub *hub, const char *id, const DinhKey *key)
{
  g_autofree char *body = identity_body (hub->admin);
  g_autoptr (DinhJson) site = make_site ("z");
  g_autoptr (DinhCommand) command = dinh_command_new ("site-add", body, id, g_get_real_time (), site, key);
  g_autofree char *text = dinh_command_print (command);
  g_autoptr (Reply) reply = post (hub, text);

  assert_problem (reply, 403, "key-not-valid");
}

static void
assert_reads (Hub *hub, GTlsCertificate *certificate, gboolean reads)
{
  g_autoptr (Reply) reply = hub_ask_with (hub, certificate, &(Question){.path = "/v1/streams"});

  if (reads)
    g_assert_cmpuint (reply->status, ==, 200);
  else
    assert_problem (reply, 403, "unknown-device");
}

static void
test_keys (Hub *hub, gconstpointer data)
{
  gint64 now = g_get_real_time ();
  g_autofree char *later = dinh_time_format (now + G_TIME_SPAN_HOUR),
                  *soon = dinh_time_format (now + 2 * G_TIME_SPAN_SECOND);
  g_autofree char *early = dinh_uuid_new (), *late = dinh_uuid_new (), *nobody = dinh_uuid_new ();
  g_autofree char *trust = g_build_filename (hub->state, "trust", NULL);
  g_autoptr (DinhAuthority) authority = dinh_authority_load (trust, NULL);
  g_autoptr (GTlsCertificate) early_tls = fixture_certify (authority, "seat"),
                              late_tls = fixture_certify (authority, "seat");
  g_autoptr (DinhKey) early_key = add_key (hub, early, early_tls, later, NULL),
                      late_key = add_key (hub, late, late_tls, NULL, soon);
  g_autoptr (DinhKey) stray = dinh_key_new ();

  assert_key_refused (hub, early, early_key);
  assert_reads (hub, early_tls, FALSE);
  assert_key_refused (hub, nobody, stray);
  assert_reads (hub, late_tls, TRUE);
  g_usleep (2 * G_USEC_PER_SEC);
  assert_key_refused (hub, late, late_key);
  assert_reads (hub, late_tls, FALSE);
  assert_refused (hub, hub->admin, "site-add", now + G_TIME_SPAN_DAY, make_site ("y"), 403, "wrong-time");
  assert_refused (hub, hub->admin, "nothing", now, make_site ("y"), 409, "unknown-kind");
  assert_refused (hub, hub->admin, "site-add", now, json_object (), 409, "wrong-field");
  assert_lives (hub);
}

static void
test_revoked (Hub *hub, gconstpointer data)
{
  g_autofree char *identity = hub_add_device (hub, "gone", "admin", "hoi-truong-tinh");
  g_autofree char *device = identity_device (identity);
  g_autoptr (Reply) before = hub_ask (hub, &(Question){.identity = identity, .path = "/v1/streams"});
  g_autoptr (DinhJson) revoked = hub_ctl (hub, "device", "revoke", device, "--reason", "mất máy", NULL);
  g_autoptr (Reply) after = hub_ask (hub, &(Question){.identity = identity, .path = "/v1/streams"});

  g_assert_cmpuint (before->status, ==, 200);
  assert_problem (after, 403, "unknown-device");
  /* Its commands do not come in by another's connection either. */
  assert_refused (hub, identity, "site-add", g_get_real_time (), make_site ("x"), 403, "key-not-valid");
}

static void
test_metrics (Hub *hub, gconstpointer data)
{
  g_autoptr (Reply) reply = hub_ask (hub, &(Question){.identity = hub->admin, .path = "/metrics"});
  g_auto (GStrv) lines = g_strsplit (reply->text, "\n", -1);
  guint n = g_strv_length (lines);

  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_cmpstr (soup_message_headers_get_one (reply->headers, "Content-Type"), ==,
                   "text/plain; version=0.0.4");
  g_assert_cmpuint (n, >, 20);
  g_assert_cmpstr (lines[n - 1], ==, "");
  for (guint i = 0; i + 1 < n; i++)
    g_assert_true (g_regex_match_simple (
        "^(# HELP dinh_[a-z_]+ \\S.*|# TYPE dinh_[a-z_]+ (counter|gauge)|dinh_[a-z_]+ [0-9]+)$", lines[i], 0,
        0));
  g_assert_nonnull (strstr (reply->text, "\ndinh_devices 1\n"));
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
#define ADD(path, function) g_test_add ("/wire/" path, Hub, NULL, set_up, function, hub_tear_down)
  ADD ("routes", test_routes);
  ADD ("proof", test_proof);
  ADD ("bodies", test_bodies);
  ADD ("papers", test_papers);
  ADD ("pieces", test_pieces);
  ADD ("ranges", test_ranges);
  ADD ("strangers", test_strangers);
  ADD ("forged", test_forged);
  ADD ("forbidden", test_forbidden);
  ADD ("commands", test_commands);
  ADD ("secrets", test_secrets);
  ADD ("keys", test_keys);
  ADD ("revoked", test_revoked);
  ADD ("metrics", test_metrics);
#undef ADD
}

int
main (int argc, char **argv)
{
  return fixture_run (argc, argv, add_tests);
}
