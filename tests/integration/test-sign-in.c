/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/person/dinh-person-key.h"
#include "data/person/dinh-pin.h"
#include "data/record/dinh-time.h"
#include "tests/integration/hub-fixture.h"

#include <string.h>

/* Who may sign in at a kiosk, and what a session is good for. The test does what a kiosk does. */

#define MEETING "6d1f0a52-8c3e-4b7a-9e15-2f40c7a9b831"
#define SITE "hoi-truong-tinh"
#define PIN "407283"
#define SESSION_CONTEXT "dinh-session-v1"
#define PERSON_KEY_CONTEXT "dinh-person-key-v1"

/* A person before a kiosk, who has typed a PIN. */
typedef struct {
  char *person;
  char *code;
  char *auth; /* base64 */
  char *parameters;
  DinhPinKeys *keys;
} Sitter;

static void
sitter_clear (Sitter *sitter)
{
  g_free (sitter->person);
  g_free (sitter->code);
  g_free (sitter->auth);
  g_free (sitter->parameters);
  g_clear_pointer (&sitter->keys, dinh_pin_keys_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Sitter, sitter_clear)

static void
set_up (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) added = NULL;

  hub_set_up (hub, data);
  added = hub_ctl (hub, "site", "add", SITE, "Hội trường tỉnh", NULL);
}

static void
type_pin (Sitter *sitter, const char *pin, const DinhPinParameters *parameters)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&sitter->keys, dinh_pin_keys_free);
  g_free (sitter->auth);
  sitter->keys = dinh_pin_derive (pin, parameters, &error);
  g_assert_no_error (error);
  sitter->auth = g_base64_encode (sitter->keys->auth->bytes, DINH_SECRET_SIZE);
}

static void
sit_down (Hub *hub, Sitter *sitter, const char *name)
{
  g_autoptr (DinhJson) added = hub_ctl (hub, "person", "add", name, NULL);
  g_autoptr (DinhJson) code = hub_ctl (hub, "person", "code", dinh_json_get_string (added, "id"), NULL);
  DinhPinParameters parameters;

  sitter->person = g_strdup (dinh_json_get_string (added, "id"));
  sitter->code = g_strdup (dinh_json_get_string (code, "code"));
  dinh_pin_parameters_init (&parameters);
  sitter->parameters = dinh_pin_parameters_print (&parameters);
  type_pin (sitter, PIN, &parameters);
}

static Reply *
send (Hub *hub, const char *identity, const char *method, const char *path, json_t *body, const char *token)
{
  g_autoptr (DinhJson) owned = body;
  g_autofree char *text = body == NULL ? NULL : dinh_json_print (owned);
  g_autofree char *bearer = token == NULL ? NULL : g_strconcat ("Bearer ", token, NULL);
  const char *headers[] = {bearer == NULL ? NULL : "Authorization", bearer, NULL};

  return hub_ask (hub, &(Question){.identity = identity, .method = method, .path = path, .body = text, .headers = headers});
}

static Reply *
begin (Hub *hub, const char *seat, const Sitter *sitter, const char *code)
{
  g_autofree char *path = g_strdup_printf ("/v1/people/%s/pin", sitter->person);

  return send (hub, seat, "POST", path,
               json_pack ("{s:s, s:s, s:s}", "code", code, "auth", sitter->auth, "parameters", sitter->parameters), NULL);
}

static Reply *
finish (Hub *hub, const char *seat, const Sitter *sitter, const DinhKey *key, const char *sealed)
{
  g_autofree char *path = g_strdup_printf ("/v1/people/%s/pin", sitter->person);
  g_autofree char *signature = dinh_key_sign (key, PERSON_KEY_CONTEXT, sitter->person, strlen (sitter->person));

  return send (hub, seat, "PUT", path,
               json_pack ("{s:s, s:s, s:s, s:s, s:s}", "code", sitter->code, "auth", sitter->auth, "key",
                          dinh_key_get_public (key), "signature", signature, "sealed", sealed),
               NULL);
}

static Reply *
sign_in (Hub *hub, const char *seat, const Sitter *sitter)
{
  return send (hub, seat, "POST", "/v1/sessions", json_pack ("{s:s, s:s}", "person", sitter->person, "auth", sitter->auth),
               NULL);
}

static DinhSecret *
take_share (const Reply *reply)
{
  gsize length;
  g_autofree guchar *bytes = g_base64_decode (dinh_json_get_string (reply->json, "share"), &length);

  g_assert_cmpuint (length, ==, DINH_SECRET_SIZE);
  return dinh_secret_new_from_bytes (bytes);
}

/* The whole first sign-in. Returns: (transfer full): the key that is the person's now. */
static DinhPersonKey *
set_pin (Hub *hub, const char *seat, Sitter *sitter)
{
  g_autoptr (DinhPersonKey) key = dinh_person_key_new (sitter->person);
  g_autoptr (Reply) begun = begin (hub, seat, sitter, sitter->code), set = NULL, again = NULL;
  g_autoptr (DinhSecret) share = NULL;
  g_autoptr (GBytes) sealed = NULL;
  g_autofree char *text = NULL;

  g_assert_cmpuint (begun->status, ==, 200);
  share = take_share (begun);
  sealed = dinh_person_key_seal (key, sitter->keys->wrap, share);
  text = g_base64_encode (g_bytes_get_data (sealed, NULL), g_bytes_get_size (sealed));
  set = finish (hub, seat, sitter, key->key, text);
  g_assert_cmpuint (set->status, ==, 200);
  again = finish (hub, seat, sitter, key->key, text);
  g_assert_cmpuint (again->status, ==, 200);
  return g_steal_pointer (&key);
}

static void
test_first_and_next (Hub *hub, gconstpointer data)
{
  g_autofree char *seat = hub_add_device (hub, "seat", "seat", SITE), *other = hub_add_device (hub, "other", "seat", SITE);
  g_auto (Sitter) sitter = {0};
  g_autofree char *path = NULL;
  g_autoptr (Reply) none = NULL, wrong = NULL, stale = NULL, read = NULL, signed_in = NULL, there = NULL;
  g_autoptr (DinhPersonKey) key = NULL, opened = NULL;
  g_autoptr (DinhSecret) share = NULL;
  g_autoptr (GBytes) sealed = NULL;
  DinhPinParameters parameters;
  guchar *bytes;
  gsize length;

  sit_down (hub, &sitter, "Lò Thị Ái");
  path = g_strdup_printf ("/v1/people/%s/pin", sitter.person);
  none = send (hub, seat, "GET", path, NULL, NULL);
  assert_problem (none, 409, "no-pin");
  wrong = begin (hub, seat, &sitter, "00000000");
  assert_problem (wrong, 401, "wrong-code");
  g_assert_cmpint (dinh_json_get_integer (wrong->json, "left"), ==, 4);
  key = set_pin (hub, seat, &sitter);
  /* The code is used up. */
  stale = begin (hub, seat, &sitter, sitter.code);
  assert_problem (stale, 401, "wrong-code");
  /* Another kiosk knows nothing but the PIN that is typed there. */
  read = send (hub, other, "GET", path, NULL, NULL);
  g_assert_true (dinh_pin_parameters_parse (&parameters, dinh_json_get_string (read->json, "parameters"), NULL));
  type_pin (&sitter, PIN, &parameters);
  signed_in = sign_in (hub, other, &sitter);
  g_assert_cmpuint (signed_in->status, ==, 200);
  share = take_share (signed_in);
  bytes = g_base64_decode (dinh_json_get_string (signed_in->json, "sealed"), &length);
  sealed = g_bytes_new_take (bytes, length);
  opened = dinh_person_key_open (sealed, sitter.person, sitter.keys->wrap, share, NULL);
  g_assert_nonnull (opened);
  g_assert_cmpstr (dinh_key_get_public (opened->key), ==, dinh_key_get_public (key->key));
  there = send (hub, other, "GET", "/v1/streams", NULL, dinh_json_get_string (signed_in->json, "token"));
  g_assert_cmpuint (there->status, ==, 200);
}

/* Five tries, then a pause in which the right PIN helps as little as any other; others are not kept waiting. */
static void
test_tries (Hub *hub, gconstpointer data)
{
  g_autofree char *seat = hub_add_device (hub, "seat", "seat", SITE), *other = hub_add_device (hub, "other", "seat", SITE);
  g_auto (Sitter) sitter = {0}, neighbour = {0};
  g_autoptr (DinhPersonKey) key = NULL, second = NULL;
  g_autofree char *right = NULL;
  g_autoptr (Reply) waits = NULL, elsewhere = NULL, calm = NULL;

  sit_down (hub, &sitter, "Lò Thị Ái");
  sit_down (hub, &neighbour, "Vàng A Sử");
  key = set_pin (hub, seat, &sitter);
  second = set_pin (hub, other, &neighbour);
  right = g_strdup (sitter.auth);
  for (guint i = 1; i <= 5; i++) {
    g_autoptr (Reply) wrong = NULL;

    g_free (sitter.auth);
    sitter.auth = g_strdup ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    wrong = sign_in (hub, seat, &sitter);
    assert_problem (wrong, 401, "wrong-pin");
    g_assert_cmpint (dinh_json_get_integer (wrong->json, "left"), ==, 5 - i);
  }
  g_free (sitter.auth);
  sitter.auth = g_strdup (right);
  waits = sign_in (hub, seat, &sitter);
  assert_problem (waits, 429, "try-later");
  g_assert_cmpint (dinh_json_get_integer (waits->json, "wait"), >, 20);
  g_assert_nonnull (soup_message_headers_get_one (waits->headers, "Retry-After"));
  elsewhere = sign_in (hub, other, &sitter);
  assert_problem (elsewhere, 429, "try-later");
  calm = sign_in (hub, other, &neighbour);
  g_assert_cmpuint (calm->status, ==, 200);
  /* It is no shorter for a hub that was started again. */
  g_assert_cmpint (hub_stop (hub), ==, 0);
  hub_start (hub);
  reply_free (g_steal_pointer (&waits));
  waits = sign_in (hub, seat, &sitter);
  assert_problem (waits, 429, "try-later");
}

static Reply *
sign_nonce (Hub *hub, const char *seat, const char *person, const DinhKey *key, const char *nonce)
{
  g_autofree char *signature = dinh_key_sign (key, SESSION_CONTEXT, nonce, strlen (nonce));

  return send (hub, seat, "POST", "/v1/sessions",
               json_pack ("{s:s, s:s, s:s}", "person", person, "nonce", nonce, "signature", signature), NULL);
}

/* A token is good at its device until somebody else signs in there, it is given back, or the person is gone. */
static void
test_sessions (Hub *hub, gconstpointer data)
{
  g_autofree char *seat = hub_add_device (hub, "seat", "seat", SITE), *other = hub_add_device (hub, "other", "seat", SITE);
  g_auto (Sitter) sitter = {0};
  g_autoptr (DinhPersonKey) key = NULL;
  g_autoptr (DinhKey) wrong = dinh_key_new ();
  g_autoptr (Reply) first = NULL, replayed = NULL, forged = NULL, nonce = NULL, second = NULL, twice = NULL, old = NULL,
                    bad = NULL, good = NULL, closed = NULL, after = NULL, gone = NULL;
  g_autoptr (DinhJson) retired = NULL;
  const char *token;

  sit_down (hub, &sitter, "Lò Thị Ái");
  key = set_pin (hub, seat, &sitter);
  first = sign_in (hub, seat, &sitter);
  token = dinh_json_get_string (first->json, "token");
  replayed = send (hub, other, "GET", "/v1/streams", NULL, token);
  assert_problem (replayed, 401, "session-ended");
  forged = send (hub, seat, "GET", "/v1/streams", NULL, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  assert_problem (forged, 401, "session-ended");
  /* After a restart the open key gets another token, once a nonce, at this device. */
  g_assert_cmpint (hub_stop (hub), ==, 0);
  hub_start (hub);
  old = send (hub, seat, "GET", "/v1/streams", NULL, token);
  assert_problem (old, 401, "session-ended");
  nonce = send (hub, seat, "GET", "/v1/sessions/nonce", NULL, NULL);
  bad = sign_nonce (hub, other, sitter.person, key->key, dinh_json_get_string (nonce->json, "nonce"));
  assert_problem (bad, 401, "wrong-nonce");
  second = sign_nonce (hub, seat, sitter.person, key->key, dinh_json_get_string (nonce->json, "nonce"));
  g_assert_cmpuint (second->status, ==, 200);
  twice = sign_nonce (hub, seat, sitter.person, key->key, dinh_json_get_string (nonce->json, "nonce"));
  assert_problem (twice, 401, "wrong-nonce");
  reply_free (g_steal_pointer (&nonce));
  nonce = send (hub, seat, "GET", "/v1/sessions/nonce", NULL, NULL);
  reply_free (g_steal_pointer (&bad));
  bad = sign_nonce (hub, seat, sitter.person, wrong, dinh_json_get_string (nonce->json, "nonce"));
  assert_problem (bad, 401, "wrong-signature");
  token = dinh_json_get_string (second->json, "token");
  good = send (hub, seat, "GET", "/v1/streams", NULL, token);
  g_assert_cmpuint (good->status, ==, 200);
  retired = hub_ctl (hub, "person", "retire", sitter.person, NULL);
  gone = send (hub, seat, "GET", "/v1/streams", NULL, token);
  assert_problem (gone, 401, "session-ended");
  closed = send (hub, seat, "DELETE", "/v1/sessions", NULL, NULL);
  g_assert_cmpuint (closed->status, ==, 204);
  after = sign_in (hub, seat, &sitter);
  assert_problem (after, 404, "no-person");
}

/* One paper of the sample is for one participant. */
static void
restrict_paper (Hub *hub, const char *person)
{
  g_autoptr (DinhJson) meeting = folder_load (hub->sample), published = NULL;
  json_t *participants = json_object_get (meeting, "participants");

  json_array_append_new (participants,
                         json_pack ("{s:s, s:s, s:s}", "id", person, "name", "Lò Thị Ái", "role", "member"));
  json_object_set_new (find_paper (meeting, "bao-cao-an-toan"), "readers", json_pack ("[s]", person));
  folder_save (hub->sample, meeting);
  published = hub_ctl (hub, "publish", hub->sample, NULL);
}

static guint
blob_status (Hub *hub, const char *seat, const char *sum, const char *token)
{
  g_autofree char *path = g_strconcat ("/v1/blobs/", sum, NULL);
  g_autoptr (Reply) reply = send (hub, seat, "HEAD", path, NULL, token);

  return reply->status;
}

/* A paper for a person opens with their session, at any kiosk of the meeting, and with nothing else. */
static void
test_paper_for_one (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) meeting = folder_load (hub->sample);
  g_autofree char *file =
      g_build_filename (hub->sample, dinh_json_get_string (find_paper (meeting, "bao-cao-an-toan"), "file"), NULL);
  g_autofree char *sum = hash_file (file), *seat = NULL;
  g_auto (Sitter) sitter = {0};
  g_autoptr (DinhPersonKey) key = NULL;
  g_autoptr (Reply) signed_in = NULL, without = NULL, with = NULL;
  const char *token;

  sit_down (hub, &sitter, "Lò Thị Ái");
  restrict_paper (hub, sitter.person);
  seat = hub_add_device (hub, "seat", "seat", "kv-hong-chau");
  key = set_pin (hub, seat, &sitter);
  signed_in = sign_in (hub, seat, &sitter);
  token = dinh_json_get_string (signed_in->json, "token");
  g_assert_cmpuint (blob_status (hub, seat, sum, NULL), ==, 404);
  g_assert_cmpuint (blob_status (hub, seat, sum, token), ==, 200);
  without = send (hub, seat, "GET", "/v1/streams/" MEETING "/events?after=0", NULL, NULL);
  with = send (hub, seat, "GET", "/v1/streams/" MEETING "/events?after=0", NULL, token);
  g_assert_null (strstr (without->text, "855/BC-CAT"));
  g_assert_nonnull (strstr (with->text, "855/BC-CAT"));
}

/* A PIN is replaced when two administrators ask, and the key that it opened ends with it. */
static void
test_reset (Hub *hub, gconstpointer data)
{
  g_autofree char *seat = hub_add_device (hub, "seat", "seat", SITE), *second = hub_add_device (hub, "second", "admin", SITE);
  g_auto (Sitter) sitter = {0};
  g_autoptr (DinhPersonKey) key = NULL, another = NULL;
  g_autoptr (DinhJson) waiting = NULL, still = NULL;
  g_autoptr (Result) agreed = NULL;
  g_autoptr (Reply) kept = NULL, signed_in = NULL;
  DinhPinParameters parameters;

  sit_down (hub, &sitter, "Lò Thị Ái");
  key = set_pin (hub, seat, &sitter);
  waiting = hub_ctl (hub, "person", "code", sitter.person, NULL);
  still = hub_ctl (hub, "person", "code", sitter.person, NULL);
  g_assert_true (json_is_true (json_object_get (waiting, "waiting")));
  g_assert_true (json_is_true (json_object_get (still, "waiting")));
  agreed = hub_run (hub, second, "person", "code", sitter.person, NULL);
  g_free (sitter.code);
  sitter.code = g_strdup (dinh_json_get_string (agreed->json, "code"));
  g_assert_nonnull (sitter.code);
  /* Until it is used the old one is good. */
  kept = sign_in (hub, seat, &sitter);
  g_assert_cmpuint (kept->status, ==, 200);
  dinh_pin_parameters_init (&parameters);
  g_free (sitter.parameters);
  sitter.parameters = dinh_pin_parameters_print (&parameters);
  type_pin (&sitter, "918264", &parameters);
  another = set_pin (hub, seat, &sitter);
  signed_in = sign_in (hub, seat, &sitter);
  g_assert_cmpuint (signed_in->status, ==, 200);
  g_assert_cmpstr (dinh_key_get_public (key->key), !=, dinh_key_get_public (another->key));
}

static void
test_bad (Hub *hub, gconstpointer data)
{
  static const char *const bodies[] = {
      "", "[]", "{}", "{\"person\":7}", "{\"person\":\"x\",\"auth\":\"x\"}",
      "{\"person\":\"00000000-0000-7000-8000-000000000101\",\"auth\":\"!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!\"}",
      "{\"person\":\"00000000-0000-7000-8000-000000000101\",\"nonce\":\"\",\"signature\":\"x\"}",
  };
  g_autofree char *seat = hub_add_device (hub, "seat", "seat", SITE);
  g_autoptr (Reply) nobody = NULL, admin = NULL, stranger = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++) {
    g_autoptr (Reply) reply =
        hub_ask (hub, &(Question){.identity = seat, .method = "POST", .path = "/v1/sessions", .body = bodies[i]});
    g_assert_cmpuint (reply->status, >=, 400);
    g_assert_cmpuint (reply->status, <, 500);
  }
  nobody = send (hub, seat, "GET", "/v1/people/00000000-0000-7000-8000-000000000101/pin", NULL, NULL);
  assert_problem (nobody, 404, "no-person");
  admin = send (hub, seat, "POST", "/v1/people/00000000-0000-7000-8000-000000000101/code", NULL, NULL);
  assert_problem (admin, 403, "forbidden");
  stranger = send (hub, NULL, "GET", "/v1/sessions/nonce", NULL, NULL);
  assert_problem (stranger, 403, "certificate-required");
}

static void
add_tests (void)
{
  g_test_add ("/sign-in/first-and-next", Hub, NULL, set_up, test_first_and_next, hub_tear_down);
  g_test_add ("/sign-in/tries", Hub, NULL, set_up, test_tries, hub_tear_down);
  g_test_add ("/sign-in/sessions", Hub, NULL, set_up, test_sessions, hub_tear_down);
  g_test_add ("/sign-in/paper-for-one", Hub, NULL, set_up, test_paper_for_one, hub_tear_down);
  g_test_add ("/sign-in/reset", Hub, NULL, set_up, test_reset, hub_tear_down);
  g_test_add ("/sign-in/bad", Hub, NULL, set_up, test_bad, hub_tear_down);
}

int
main (int argc, char **argv)
{
  return fixture_run (argc, argv, add_tests);
}
