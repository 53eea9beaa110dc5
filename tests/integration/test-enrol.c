/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/hub-fixture.h"

#include "data/trust/dinh-certificate.h"
#include "data/trust/dinh-enrolment-code.h"
#include "data/trust/dinh-identity.h"

#include <glib/gstdio.h>
#include <string.h>

/* Devices are let in: by a code, by an administrator's word, and by nothing else. */

#define EST "/.well-known/est/"
#define SITE "xa-pu-linh"

/* A kiosk that wants to be let in. */
typedef struct {
  DinhKey *signer;
  char *tls_key;
  char *request;
  char *folder; /* its identity, once it is in */
} Kiosk;

static void
kiosk_free (Kiosk *kiosk)
{
  g_clear_pointer (&kiosk->signer, dinh_key_free);
  g_free (kiosk->tls_key);
  g_free (kiosk->request);
  g_free (kiosk->folder);
  g_free (kiosk);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Kiosk, kiosk_free)

static Kiosk *
kiosk_new (void)
{
  Kiosk *kiosk = g_new0 (Kiosk, 1);
  g_autoptr (GError) error = NULL;

  kiosk->signer = dinh_key_new ();
  kiosk->request = dinh_certificate_request_new ("kiosk", kiosk->signer, &kiosk->tls_key, &error);
  g_assert_no_error (error);
  return kiosk;
}

static void
set_up (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) added = NULL;

  hub_init (hub);
  hub_start (hub);
  added = hub_ctl (hub, "site", "add", SITE, "Xã Pù Linh", NULL);
}

static Reply *
ask_with_code (Hub *hub, const Kiosk *kiosk, const char *code)
{
  g_autofree char *plain = g_strdup_printf ("Ghế 7:%s", code);
  g_autofree char *base64 = g_base64_encode ((const guchar *) plain, strlen (plain));
  g_autofree char *basic = g_strconcat ("Basic ", base64, NULL);
  const char *headers[] = {"Authorization", basic, NULL};

  return hub_ask (hub, &(Question){.method = "POST",
                                   .path = EST "simpleenroll",
                                   .body = kiosk->request,
                                   .headers = headers,
                                   .enrol = TRUE});
}

static void
assert_challenge (const Reply *reply)
{
  assert_problem (reply, 401, "wrong-code");
  g_assert_true (
      g_str_has_prefix (soup_message_headers_get_one (reply->headers, "WWW-Authenticate"), "Basic "));
}

/* What is in the answer, kept as a kiosk would keep it. */
static void
take_identity (Hub *hub, Kiosk *kiosk, const Reply *reply)
{
  const char *base64 = soup_message_headers_get_one (reply->headers, "Dinh-Identity");
  gsize length;
  g_autofree guchar *text = g_base64_decode (base64, &length);
  g_autoptr (DinhJson) facts = dinh_json_parse ((const char *) text, length, NULL);
  g_autofree char *certificate = dinh_certificate_from_pkcs7 (reply->text, strlen (reply->text), NULL);
  g_autofree char *path = g_build_filename (hub->state, "trust", "ca.crt", NULL), *authority = NULL;
  const char *const hubs[] = {json_string_value (json_array_get (json_object_get (facts, "hubs"), 0)), NULL};
  DinhIdentityFields fields = {.hubs = hubs, .tls_key = kiosk->tls_key, .tls_certificate = certificate};
  g_autoptr (DinhIdentity) identity = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_get_contents (path, &authority, NULL, NULL));
  fields.authority = authority;
  fields.device = dinh_json_get_string (facts, "device");
  fields.name = dinh_json_get_string (facts, "name");
  fields.profile = dinh_json_get_string (facts, "profile");
  fields.site = dinh_json_get_string (facts, "site");
  fields.body = dinh_json_get_string (facts, "body");
  fields.record_key = dinh_json_get_string (facts, "record_key");
  identity = dinh_identity_new (&fields, g_steal_pointer (&kiosk->signer), &error);
  g_assert_no_error (error);
  kiosk->folder = g_build_filename (hub->folder, "kiosk", NULL);
  g_assert_true (dinh_identity_save (identity, kiosk->folder, &error));
}

static json_t *
invite (Hub *hub, gboolean approved)
{
  return hub_ctl (hub, "device", "invite", "--profile", "seat", "--site", SITE,
                  approved ? "--approved" : NULL, NULL);
}

static json_t *
find_device (Hub *hub, const char *id)
{
  g_autoptr (DinhJson) answer = hub_ctl (hub, "device", "list", NULL);
  gsize index;
  json_t *device;

  json_array_foreach (json_object_get (answer, "devices"), index, device)
  {
    if (strcmp (dinh_json_get_string (device, "id"), id) == 0)
      return json_incref (device);
  }
  return NULL;
}

/* Lets a kiosk in that was approved beforehand. Returns its id. */
static char *
let_in (Hub *hub, Kiosk *kiosk)
{
  g_autoptr (DinhJson) invitation = invite (hub, TRUE);
  g_autoptr (Reply) reply = ask_with_code (hub, kiosk, dinh_json_get_string (invitation, "code"));

  g_assert_cmpuint (reply->status, ==, 200);
  take_identity (hub, kiosk, reply);
  return g_strdup (dinh_json_get_string (invitation, "id"));
}

static guint
status_of (Hub *hub, const char *identity)
{
  g_autoptr (Reply) reply = hub_ask (hub, &(Question){.identity = identity, .path = "/v1/streams"});

  return reply->status;
}

/* The authority is the one that the code names, and that of the hub. */
static void
test_authority (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (hub, FALSE);
  g_autoptr (Reply) reply = hub_ask (hub, &(Question){.path = EST "cacerts", .enrol = TRUE});
  g_autofree char *pem = dinh_certificate_from_pkcs7 (reply->text, strlen (reply->text), NULL);
  g_autofree char *fingerprint = dinh_certificate_fingerprint (pem, strlen (pem), NULL);
  g_autofree char *code = dinh_enrolment_code_parse (dinh_json_get_string (invitation, "code"), NULL);
  g_autofree char *uri = g_strdup_printf ("dinh://enrol?hub=127.0.0.1:%u&code=%s", hub->enrol_port,
                                          dinh_json_get_string (invitation, "code"));

  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_cmpstr (soup_message_headers_get_content_type (reply->headers, NULL), ==,
                   "application/pkcs7-mime");
  g_assert_cmpstr (dinh_json_get_string (invitation, "fingerprint"), ==, fingerprint);
  g_assert_true (dinh_enrolment_code_names (code, fingerprint));
  g_assert_cmpstr (dinh_json_get_string (invitation, "uri"), ==, uri);
}

static void
test_approved (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (hub, TRUE);
  const char *id = dinh_json_get_string (invitation, "id"), *code = dinh_json_get_string (invitation, "code");
  g_autoptr (Kiosk) kiosk = kiosk_new ();
  g_autofree char *typed = g_ascii_strdown (code, -1);
  g_autoptr (Reply) reply = ask_with_code (hub, kiosk, typed), again = NULL;
  g_autoptr (DinhJson) device = find_device (hub, id), pending = NULL;

  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_cmpstr (dinh_json_get_string (device, "name"), ==, "Ghế 7");
  g_assert_cmpstr (dinh_json_get_string (device, "profile"), ==, "seat");
  g_assert_cmpstr (dinh_json_get_string (device, "site"), ==, SITE);
  g_assert_cmpstr (dinh_json_get_string (device, "key"), ==, dinh_key_get_public (kiosk->signer));
  take_identity (hub, kiosk, reply);
  g_assert_cmpuint (status_of (hub, kiosk->folder), ==, 200);
  /* Also after a restart. */
  g_assert_cmpint (hub_stop (hub), ==, 0);
  hub_start (hub);
  again = ask_with_code (hub, kiosk, code);
  g_assert_cmpstr (again->text, ==, reply->text);
  g_assert_cmpstr (soup_message_headers_get_one (again->headers, "Dinh-Identity"), ==,
                   soup_message_headers_get_one (reply->headers, "Dinh-Identity"));
  pending = hub_ctl (hub, "device", "invitations", NULL);
  g_assert_cmpstr (
      dinh_json_get_string (json_array_get (json_object_get (pending, "invitations"), 0), "state"), ==,
      "enrolled");
}

/* The one that waits, as an administrator sees it. */
static json_t *
get_pending (Hub *hub)
{
  g_autoptr (DinhJson) answer = hub_ctl (hub, "device", "pending", NULL);
  json_t *list = json_object_get (answer, "invitations");

  g_assert_cmpuint (json_array_size (list), <=, 1);
  return json_incref (json_array_get (list, 0));
}

static void
test_waiting (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (hub, FALSE), none = get_pending (hub), pending = NULL;
  const char *id = dinh_json_get_string (invitation, "id"), *code = dinh_json_get_string (invitation, "code");
  g_autoptr (Kiosk) kiosk = kiosk_new ();
  g_autoptr (Reply) waiting = ask_with_code (hub, kiosk, code), reply = NULL;
  g_autoptr (DinhJson) approved = NULL, device = NULL;
  g_autoptr (DinhRequestFacts) facts =
      dinh_certificate_request_read (kiosk->request, strlen (kiosk->request), NULL);
  const json_t *request;

  g_assert_null (none);
  g_assert_cmpuint (waiting->status, ==, 202);
  g_assert_cmpstr (soup_message_headers_get_one (waiting->headers, "Retry-After"), ==, "5");
  g_assert_null (find_device (hub, id));
  pending = get_pending (hub);
  request = json_object_get (pending, "request");
  g_assert_cmpstr (dinh_json_get_string (pending, "id"), ==, id);
  g_assert_cmpstr (dinh_json_get_string (pending, "name"), ==, "Ghế 7");
  g_assert_cmpstr (dinh_json_get_string (pending, "site"), ==, SITE);
  g_assert_cmpstr (dinh_json_get_string (request, "address"), ==, "127.0.0.1");
  g_assert_cmpstr (dinh_json_get_string (request, "fingerprint"), ==, facts->fingerprint);
  approved = hub_ctl (hub, "device", "approve", id, "--name", "Ghế chủ tọa", NULL);
  reply = ask_with_code (hub, kiosk, code);
  g_assert_cmpuint (reply->status, ==, 200);
  device = find_device (hub, id);
  g_assert_cmpstr (dinh_json_get_string (device, "name"), ==, "Ghế chủ tọa");
}

static void
test_refused (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (hub, FALSE), refused = NULL;
  const char *id = dinh_json_get_string (invitation, "id"), *code = dinh_json_get_string (invitation, "code");
  g_autoptr (Kiosk) kiosk = kiosk_new ();
  g_autoptr (Reply) waiting = ask_with_code (hub, kiosk, code), reply = NULL;

  refused = hub_ctl (hub, "device", "refuse", id, "--reason", "Không rõ máy nào", NULL);
  reply = ask_with_code (hub, kiosk, code);
  assert_problem (reply, 403, "enrolment-refused");
  hub_assert_fails (hub, "wrong-state", "refused", "device", "approve", id, NULL);
  g_assert_null (find_device (hub, id));
}

/* The reasons of the last codes that opened nothing. */
static void
assert_failures (Hub *hub, const char *first, const char *second)
{
  g_autoptr (DinhJson) answer = hub_ctl (hub, "device", "invitations", NULL);
  json_t *failures = json_object_get (answer, "failures");

  g_assert_cmpstr (dinh_json_get_string (json_array_get (failures, 0), "reason"), ==, first);
  g_assert_cmpstr (dinh_json_get_string (json_array_get (failures, 0), "address"), ==, "127.0.0.1");
  g_assert_cmpstr (dinh_json_get_string (json_array_get (failures, 1), "reason"), ==, second);
}

/* Who asks is not told what administrators are told. */
static void
test_used_and_withdrawn (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (hub, TRUE), other = invite (hub, TRUE), withdrawn = NULL;
  g_autoptr (Kiosk) first = kiosk_new (), second = kiosk_new ();
  g_autoptr (Reply) good = ask_with_code (hub, first, dinh_json_get_string (invitation, "code"));
  g_autoptr (Reply) used = ask_with_code (hub, second, dinh_json_get_string (invitation, "code"));
  g_autoptr (Reply) reply = NULL;

  g_assert_cmpuint (good->status, ==, 200);
  assert_challenge (used);
  withdrawn = hub_ctl (hub, "device", "withdraw", dinh_json_get_string (other, "id"), NULL);
  reply = ask_with_code (hub, second, dinh_json_get_string (other, "code"));
  assert_challenge (reply);
  g_assert_cmpstr (reply->text, ==, used->text);
  assert_failures (hub, "used code", "withdrawn code");
}

static void
test_wrong_codes (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (hub, TRUE);
  g_autofree char *code = dinh_enrolment_code_parse (dinh_json_get_string (invitation, "code"), NULL);
  g_autoptr (Kiosk) kiosk = kiosk_new ();
  g_autoptr (Reply) wrong = NULL, none = NULL, good = NULL;
  g_autoptr (Reply) silent =
      hub_ask (hub, &(Question){.method = "POST", .path = EST "simpleenroll", .body = "x", .enrol = TRUE});

  assert_problem (silent, 401, "code-required");
  none = ask_with_code (hub, kiosk, "không");
  assert_challenge (none);
  code[0] = code[0] == '7' ? '8' : '7';
  wrong = ask_with_code (hub, kiosk, code);
  assert_challenge (wrong);
  assert_failures (hub, "no code", "wrong code");
  good = ask_with_code (hub, kiosk, dinh_json_get_string (invitation, "code"));
  g_assert_cmpuint (good->status, ==, 200);
}

/* A thousand guesses: five are looked at, the others wait, and even the right one does so. */
static void
test_thousand_guesses (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (hub, TRUE);
  g_autofree char *code = dinh_enrolment_code_parse (dinh_json_get_string (invitation, "code"), NULL);
  g_autoptr (Kiosk) kiosk = kiosk_new ();
  guint looked_at = 0, held_up = 0;

  for (guint i = 0; i < 1000; i++) {
    g_autofree char *guess = g_strdup (code);
    g_autoptr (Reply) reply = NULL;

    for (guint j = 0, n = i; j < 3; j++, n /= 10)
      guess[j] = (char) ('0' + n % 10);
    if (strcmp (guess, code) == 0)
      continue;
    reply = ask_with_code (hub, kiosk, guess);
    looked_at += reply->status == 401;
    held_up += reply->status == 429;
    if (reply->status == 429)
      g_assert_nonnull (soup_message_headers_get_one (reply->headers, "Retry-After"));
  }
  g_assert_cmpuint (looked_at + held_up, >=, 999);
  /* Waits of 10, 20, 40… seconds let a few more through on a slow machine. */
  g_assert_cmpuint (looked_at, >=, 5);
  g_assert_cmpuint (looked_at, <=, 10);
  {
    g_autoptr (Reply) reply = ask_with_code (hub, kiosk, code);

    assert_problem (reply, 429, "too-many-requests");
  }
}

/* Nothing else is where devices are let in, whoever asks; and nobody says himself where he came in or who he
 * is. */
static void
test_nothing_else (Hub *hub, gconstpointer data)
{
  static const char *const paths[] = {
      "/",           "/healthz",          "/metrics",     "/v1/streams", "/v1/live", "/v1/invitations",
      "/v1/blobs/x", "/.well-known/est/", EST "csrattrs", EST "cacerts/"};
  g_autofree char *path = g_build_filename (hub->admin, "tls.crt", NULL), *pem = NULL, *escaped = NULL;
  g_autoptr (Reply) forged = NULL, elsewhere = NULL;

  for (guint i = 0; i < 2 * G_N_ELEMENTS (paths); i++) {
    g_autoptr (Reply) reply = hub_ask (
        hub, &(Question){.path = paths[i / 2], .identity = i % 2 == 0 ? NULL : hub->admin, .enrol = TRUE});

    assert_problem (reply, 404, "not-found");
  }
  g_assert_true (g_file_get_contents (path, &pem, NULL, NULL));
  escaped = g_uri_escape_string (pem, NULL, FALSE);
  {
    const char *const headers[] = {
        "X-Dinh-Verify", "SUCCESS", "X-Dinh-Certificate", escaped, "X-Dinh-Listener", "main", NULL};

    forged = hub_ask (
        hub,
        &(Question){
            .method = "POST", .path = EST "simplereenroll", .body = "x", .headers = headers, .enrol = TRUE});
    assert_problem (forged, 403, "certificate-required");
  }
  {
    const char *const headers[] = {"X-Dinh-Listener", "enrol", NULL};

    elsewhere = hub_ask (hub, &(Question){.path = EST "cacerts", .identity = hub->admin, .headers = headers});
    assert_problem (elsewhere, 404, "no-route");
  }
}

/* Without --enrol-listen an invitation says so, and nobody is let in. */
static void
test_off (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = NULL;
  g_autoptr (Kiosk) kiosk = kiosk_new ();
  g_autoptr (Reply) reply = NULL;

  g_assert_cmpint (hub_stop (hub), ==, 0);
  hub->enrol_port = 0;
  hub_start (hub);
  invitation = invite (hub, TRUE);
  g_assert_null (json_object_get (invitation, "uri"));
  hub->enrol_port = hub->port;
  reply = ask_with_code (hub, kiosk, dinh_json_get_string (invitation, "code"));
  assert_problem (reply, 403, "certificate-required");
}

/* The hub dies with the answer on its way: the device is in once, and hears so when it asks again. */
static void
test_crash (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (hub, TRUE), device = NULL;
  const char *code = dinh_json_get_string (invitation, "code");
  g_autoptr (Kiosk) kiosk = kiosk_new ();
  g_autoptr (Reply) lost = NULL, reply = NULL;

  g_assert_cmpint (hub_stop (hub), ==, 0);
  hub_launch (hub, data);
  g_assert_true (hub_await (hub));
  lost = ask_with_code (hub, kiosk, code);
  assert_problem (lost, 503, "hub-unavailable");
  hub_wait_dead (hub);
  hub_start (hub);
  reply = ask_with_code (hub, kiosk, code);
  g_assert_cmpuint (reply->status, ==, 200);
  device = find_device (hub, dinh_json_get_string (invitation, "id"));
  g_assert_nonnull (device);
  take_identity (hub, kiosk, reply);
  g_assert_cmpuint (status_of (hub, kiosk->folder), ==, 200);
}

static void
test_revoked (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (hub, TRUE), revoked = NULL;
  const char *code = dinh_json_get_string (invitation, "code");
  g_autoptr (Kiosk) kiosk = kiosk_new ();
  g_autoptr (Reply) reply = ask_with_code (hub, kiosk, code), out = NULL, renewal = NULL, again = NULL;

  take_identity (hub, kiosk, reply);
  revoked = hub_ctl (hub, "device", "revoke", dinh_json_get_string (invitation, "id"), NULL);
  out = hub_ask (hub, &(Question){.identity = kiosk->folder, .path = "/v1/streams"});
  assert_problem (out, 403, "unknown-device");
  renewal = hub_ask (hub, &(Question){.identity = kiosk->folder,
                                      .method = "POST",
                                      .path = EST "simplereenroll",
                                      .body = kiosk->request,
                                      .enrol = TRUE});
  assert_problem (renewal, 403, "unknown-device");
  again = ask_with_code (hub, kiosk, code);
  assert_problem (again, 403, "unknown-device");
}

static Reply *
ask_renewal (Hub *hub, const Kiosk *kiosk, const char *request, gboolean enrol)
{
  return hub_ask (hub, &(Question){.identity = kiosk->folder,
                                   .method = "POST",
                                   .path = EST "simplereenroll",
                                   .body = request,
                                   .enrol = enrol});
}

/* The certificate before stays valid until the new one was used. */
static void
test_renewed (Hub *hub, gconstpointer data)
{
  g_autoptr (Kiosk) kiosk = kiosk_new (), renewed = kiosk_new ();
  g_autofree char *id = let_in (hub, kiosk), *key = NULL, *request = NULL, *path = NULL;
  g_autoptr (DinhKey) signer = NULL;
  g_autoptr (Reply) foreign = NULL, first = NULL, second = NULL, old = NULL;

  foreign = ask_renewal (hub, kiosk, renewed->request, TRUE);
  assert_problem (foreign, 403, "key-not-valid");
  path = g_build_filename (kiosk->folder, "sign.key", NULL);
  signer = dinh_key_load (path, NULL);
  request = dinh_certificate_request_new ("kiosk", signer, &key, NULL);
  first = ask_renewal (hub, kiosk, request, FALSE);
  g_assert_cmpuint (first->status, ==, 200);
  second = ask_renewal (hub, kiosk, request, TRUE);
  g_assert_cmpuint (second->status, ==, 200);
  g_assert_cmpuint (status_of (hub, kiosk->folder), ==, 200);
  dinh_key_free (renewed->signer);
  renewed->signer = g_steal_pointer (&signer);
  g_free (renewed->tls_key);
  renewed->tls_key = g_steal_pointer (&key);
  copy_tree (kiosk->folder, hub->sample);
  take_identity (hub, renewed, second);
  g_assert_cmpuint (status_of (hub, renewed->folder), ==, 200);
  /* That it was used is recorded behind the answer. */
  for (guint i = 0; i < 500 && status_of (hub, hub->sample) != 403; i++)
    g_usleep (10 * 1000);
  old = hub_ask (hub, &(Question){.identity = hub->sample, .path = "/v1/streams"});
  assert_problem (old, 403, "unknown-device");
  g_assert_cmpuint (status_of (hub, renewed->folder), ==, 200);
}

/* Has OpenSSL sign @kiosk's request for a day from @date on, with the hub's own authority. */
static GTlsCertificate *
certify_at (Hub *hub, const Kiosk *kiosk, const char *date)
{
  g_autofree char *csr = g_build_filename (hub->folder, "a.csr", NULL);
  g_autofree char *crt = g_build_filename (hub->folder, "a.crt", NULL);
  g_autofree char *ca = g_build_filename (hub->state, "trust", "ca.crt", NULL);
  g_autofree char *ca_key = g_build_filename (hub->state, "trust", "ca.key", NULL);
  g_autofree char *pem = NULL, *pair = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (Result) result = NULL;
  GTlsCertificate *certificate;

  folder_write (hub->folder, "a.csr", kiosk->request, -1);
  result = run_program ((const char *const[]){"faketime", date, "openssl", "x509", "-req", "-in", csr, "-CA",
                                              ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "1", "-out",
                                              crt, NULL});
  g_assert_cmpint (result->status, ==, 0);
  g_assert_true (g_file_get_contents (crt, &pem, NULL, NULL));
  pair = g_strconcat (pem, kiosk->tls_key, NULL);
  certificate = g_tls_certificate_new_from_pem (pair, -1, &error);
  g_assert_no_error (error);
  return certificate;
}

/* Each certificate that does not hold is refused for its own reason. */
static void
test_certificates (Hub *hub, gconstpointer data)
{
  static const struct {
    const char *date, *fault;
  } cases[] = {
      {"2020-01-01 00:00:00", "the certificate has expired"},
      {"2045-01-01 00:00:00", "the certificate is not valid yet"},
  };
  g_autoptr (Kiosk) kiosk = kiosk_new ();

  for (guint i = 0; i < 2 * G_N_ELEMENTS (cases); i++) {
    g_autoptr (GTlsCertificate) certificate = certify_at (hub, kiosk, cases[i / 2].date);
    g_autoptr (Reply) reply =
        hub_ask_with (hub, certificate,
                      &(Question){.method = i % 2 == 0 ? "GET" : "POST",
                                  .path = i % 2 == 0 ? "/v1/streams" : EST "simplereenroll",
                                  .enrol = i % 2 == 1});

    assert_problem (reply, 403, "certificate-required");
    g_assert_cmpstr (dinh_json_get_string (reply->json, "detail"), ==, cases[i / 2].fault);
  }
}

/* One device's certificate and another one's signing key are two devices, and none. */
static void
test_mixed (Hub *hub, gconstpointer data)
{
  g_autoptr (Kiosk) kiosk = kiosk_new ();
  g_autofree char *id = let_in (hub, kiosk);
  g_autofree char *other = hub_add_device (hub, "other", "seat", SITE);
  g_autofree char *theirs = g_build_filename (other, "sign.key", NULL);
  g_autofree char *mine = g_build_filename (kiosk->folder, "sign.key", NULL);
  g_autoptr (Result) result = NULL;

  copy_file (theirs, mine);
  result = hub_run (hub, kiosk->folder, "site", "list", NULL);
  g_assert_cmpint (result->status, !=, 0);
  g_assert_nonnull (strstr (result->err, "'sign.key' is not the signing key that 'tls.crt' names"));
}

static void
test_calls (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = hub_ctl (hub, "device", "invite", "--profile", "room", "--site", SITE,
                                             "--name", "Phòng họp", "--hours", "1", NULL);
  g_autoptr (Result) text =
      run_program ((const char *const[]){g_getenv ("DINHCTL"), "--identity", hub->admin, "device", "invite",
                                         "--profile", "seat", "--site", SITE, NULL});

  g_assert_cmpstr (dinh_json_get_string (invitation, "name"), ==, "Phòng họp");
  g_assert_nonnull (strstr (text->out, "dinh://enrol?hub=127.0.0.1:"));
  g_assert_nonnull (strstr (text->out, "▀"));
  hub_assert_fails (hub, "missing", "xa-khac", "device", "invite", "--profile", "seat", "--site", "xa-khac",
                    NULL);
  hub_assert_fails (hub, "usage", "--profile", "device", "invite", "--profile", "admin", "--site", SITE,
                    NULL);
  hub_assert_fails (hub, "usage", "--hours", "device", "invite", "--profile", "seat", "--site", SITE,
                    "--hours", "0", NULL);
  hub_assert_fails (hub, "missing", "no such invitation", "device", "approve",
                    "00000000-0000-7000-8000-000000000001", NULL);
  hub_assert_fails (hub, "usage", "UUID", "device", "refuse", "../x", NULL);
}

static void
add_tests (void)
{
#define ADD(name, test, data) g_test_add ("/integration/enrol/" name, Hub, data, set_up, test, hub_tear_down)
  ADD ("authority", test_authority, NULL);
  ADD ("approved", test_approved, NULL);
  ADD ("waiting", test_waiting, NULL);
  ADD ("refused", test_refused, NULL);
  ADD ("used-and-withdrawn", test_used_and_withdrawn, NULL);
  ADD ("wrong-codes", test_wrong_codes, NULL);
  ADD ("thousand-guesses", test_thousand_guesses, NULL);
  ADD ("nothing-else", test_nothing_else, NULL);
  ADD ("off", test_off, NULL);
  ADD ("crash/before-commit", test_crash, "before-commit");
  ADD ("crash/after-commit", test_crash, "after-commit");
  ADD ("crash/after-reply", test_crash, "after-reply");
  ADD ("revoked", test_revoked, NULL);
  ADD ("renewed", test_renewed, NULL);
  ADD ("certificates", test_certificates, NULL);
  ADD ("mixed", test_mixed, NULL);
  ADD ("calls", test_calls, NULL);
}

int
main (int argc, char **argv)
{
  return fixture_run (argc, argv, add_tests);
}
