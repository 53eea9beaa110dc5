/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hub/dinh-person-store.h"
#include "app/hub/dinh-server.h"
#include "data/record/dinh-time.h"

#include <sodium.h>
#include <string.h>

/* Signing in. The PIN itself never comes here: the kiosk derives `auth` from it, and opens the sealed key itself. */

#define SESSION_CONTEXT "dinh-session-v1"
#define PERSON_KEY_CONTEXT "dinh-person-key-v1"
#define SECRET_TEXT 44
#define MAX_SEALED 4096

static const DinhField begin_fields[] = {
    {"code", DINH_FIELD_OPAQUE, TRUE, 1, 32},
    {"auth", DINH_FIELD_OPAQUE, TRUE, SECRET_TEXT, SECRET_TEXT},
    {"parameters", DINH_FIELD_OPAQUE, TRUE, 1, 200},
    {NULL},
};

static const DinhField set_fields[] = {
    {"code", DINH_FIELD_OPAQUE, TRUE, 1, 32},
    {"auth", DINH_FIELD_OPAQUE, TRUE, SECRET_TEXT, SECRET_TEXT},
    {"key", DINH_FIELD_SIGNER, TRUE},
    {"signature", DINH_FIELD_OPAQUE, TRUE, 1, 128},
    {"sealed", DINH_FIELD_OPAQUE, TRUE, 1, MAX_SEALED},
    {"recovery", DINH_FIELD_OPAQUE, FALSE, 1, MAX_SEALED},
    {NULL},
};

static const DinhField pin_session_fields[] = {
    {"person", DINH_FIELD_UUID, TRUE},
    {"auth", DINH_FIELD_OPAQUE, TRUE, SECRET_TEXT, SECRET_TEXT},
    {NULL},
};

static const DinhField key_session_fields[] = {
    {"person", DINH_FIELD_UUID, TRUE},
    {"nonce", DINH_FIELD_OPAQUE, TRUE, 1, 128},
    {"signature", DINH_FIELD_OPAQUE, TRUE, 1, 128},
    {NULL},
};

/* A request whose answer takes several steps. */
typedef struct {
  DinhExchange *exchange;
  DinhPinRequest *request;
  char *key; /* that is being recorded */
} Signing;

static json_t *
read_body (DinhExchange *exchange, GError **error)
{
  g_autoptr (GBytes) bytes =
      soup_message_body_flatten (soup_server_message_get_request_body (exchange->message));
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);

  return dinh_json_parse (text == NULL ? "" : text, length, error);
}

/* Ends the exchange when the body does not fit @fields. Returns: (transfer full): the body. */
static json_t *
take_body (DinhExchange *exchange, const DinhField *fields)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhJson) body = read_body (exchange, &error);

  if (body != NULL && dinh_fields_check (fields, body, TRUE, &error))
    return g_steal_pointer (&body);
  dinh_exchange_fail (exchange, error);
  return NULL;
}

/* Ends the exchange when nobody of that id can sign in. */
static gboolean
check_person (DinhExchange *exchange, const char *person)
{
  const json_t *known = dinh_state_get (exchange->body->state, "persons", person);

  if (known != NULL && json_object_get (known, "retired") == NULL)
    return TRUE;
  dinh_exchange_problem (exchange, 404, "no-person", "no person “%.40s” signs in here", person);
  return FALSE;
}

static gint64
get_now (DinhExchange *exchange)
{
  return dinh_writer_now (dinh_hub_get_writer (exchange->hub));
}

static char *
dup_string (const json_t *body, const char *name)
{
  return g_strdup (dinh_json_get_string (body, name));
}

/* Ends the exchange when a field is not what it must be. @body may be NULL. */
static DinhPinRequest *
make_request (DinhExchange *exchange, const char *person, const json_t *body)
{
  const char *auth = dinh_json_get_string (body, "auth");
  DinhPinRequest *request = g_new0 (DinhPinRequest, 1);
  gsize length = 0;
  g_autofree guchar *bytes = auth == NULL ? NULL : g_base64_decode (auth, &length);

  request->person = g_strdup (person);
  request->device = g_strdup (exchange->actor.device);
  request->pepper = dinh_secret_copy (dinh_hub_get_pepper (exchange->hub));
  request->now = get_now (exchange);
  request->code = dup_string (body, "code");
  request->parameters = dup_string (body, "parameters");
  request->sealed = dup_string (body, "sealed");
  request->recovery = dup_string (body, "recovery");
  if (auth == NULL)
    return request;
  if (length == DINH_SECRET_SIZE) {
    request->auth = dinh_secret_new_from_bytes (bytes);
    sodium_memzero (bytes, length);
    return request;
  }
  dinh_pin_request_free (request);
  dinh_exchange_problem (exchange, 400, "wrong-field", "field “auth”: is not %d bytes in base64", DINH_SECRET_SIZE);
  return NULL;
}

static void
signing_free (Signing *signing)
{
  dinh_pin_request_free (signing->request);
  g_free (signing->key);
  g_free (signing);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Signing, signing_free)

static void
run (Signing *signing, DinhWriterWork work, DinhWriterAudit audit, GAsyncReadyCallback callback)
{
  dinh_writer_run_audited_async (dinh_hub_get_writer (signing->exchange->hub), work, audit, signing->request, NULL,
                                 (GDestroyNotify) json_decref, callback, signing);
}

/* What the audit stream hears of an answer; NULL if nothing was done and nothing refused. */
static json_t *
describe (const char *action, const DinhPinRequest *request, const json_t *answer, gboolean tells_done)
{
  const char *problem = dinh_json_get_string (answer, "problem");
  gint64 status = dinh_json_get_integer (answer, "status");
  gboolean refused = status == 401 || status == 429;

  if (!refused && (!tells_done || status >= 300))
    return NULL;
  return dinh_audit_to_json (&(DinhAudit){
      .action = action,
      .refused = refused,
      .device = request->device,
      .person = request->person,
      .reason = status == 202 ? "second-administrator" : problem,
  });
}

static json_t *
audit_sign_in (gpointer request, gpointer answer)
{
  return describe ("sign-in", request, answer, TRUE);
}

static json_t *
audit_pin_set (gpointer request, gpointer answer)
{
  return describe ("pin-set", request, answer, TRUE);
}

/* The first half, and the question before the second. */
static json_t *
audit_pin_code_typed (gpointer request, gpointer answer)
{
  return describe ("pin-set", request, answer, FALSE);
}

/* The person of the request is whose PIN it is, not who asks. */
static json_t *
audit_pin_code (gpointer data, gpointer answer)
{
  const DinhPinRequest *request = data;
  json_t *body = describe ("pin-code", request, answer, TRUE);

  if (body != NULL) {
    json_object_del (body, "person");
    json_object_set_new (body, "subject", json_string (request->person));
  }
  return body;
}

/* Takes the work's answer when it is good; otherwise tells it and ends the exchange. */
static json_t *
take_answer (DinhExchange *exchange, GObject *source, GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhJson) answer = dinh_writer_run_finish (DINH_WRITER (source), result, &error);
  const char *problem = dinh_json_get_string (answer, "problem");
  gint64 wait = dinh_json_get_integer (answer, "wait");
  g_autofree char *type = NULL, *retry = NULL;

  if (answer == NULL) {
    dinh_exchange_fail (exchange, error);
    return NULL;
  }
  if (problem == NULL)
    return g_steal_pointer (&answer);
  type = g_strconcat ("urn:dinh:problem:", problem, NULL);
  json_object_set_new (answer, "type", json_string (type));
  json_object_set_new (answer, "title", json_string (problem));
  json_object_del (answer, "problem");
  retry = g_strdup_printf ("%" G_GINT64_FORMAT, wait);
  if (wait > 0)
    dinh_exchange_set_header (exchange, "Retry-After", retry);
  dinh_exchange_answer_json (exchange, (guint) dinh_json_get_integer (answer, "status"), json_incref (answer));
  return NULL;
}

static void
answer_good (DinhExchange *exchange, json_t *answer)
{
  guint status = (guint) dinh_json_get_integer (answer, "status");

  json_object_del (answer, "status");
  dinh_exchange_answer_json (exchange, status, json_incref (answer));
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Signing) signing = user_data;
  g_autoptr (DinhJson) answer = take_answer (signing->exchange, source, result);

  if (answer != NULL)
    answer_good (signing->exchange, answer);
}

static Signing *
begin_signing (DinhExchange *exchange, const char *person, const json_t *body)
{
  DinhPinRequest *request = check_person (exchange, person) ? make_request (exchange, person, body) : NULL;
  Signing *signing = request == NULL ? NULL : g_new0 (Signing, 1);

  if (signing == NULL)
    return NULL;
  signing->exchange = exchange;
  signing->request = request;
  return signing;
}

/* How the kiosk derives keys from this person's PIN; 409 while there is none. */
void
dinh_handle_pin_read (DinhExchange *exchange)
{
  Signing *signing = begin_signing (exchange, exchange->argument, NULL);

  if (signing != NULL)
    run (signing, dinh_pin_read, NULL, on_answered);
}

/* A one-time code for a first sign-in or, when two administrators ask, for another PIN. */
void
dinh_handle_person_code (DinhExchange *exchange)
{
  Signing *signing = begin_signing (exchange, exchange->argument, NULL);

  if (signing != NULL)
    run (signing, dinh_pin_make_code, audit_pin_code, on_answered);
}

void
dinh_handle_pin_begin (DinhExchange *exchange)
{
  g_autoptr (DinhJson) body = take_body (exchange, begin_fields);
  DinhPinParameters parameters;
  g_autoptr (GError) error = NULL;
  Signing *signing;

  if (body == NULL)
    return;
  if (!dinh_pin_parameters_parse (&parameters, dinh_json_get_string (body, "parameters"), &error)) {
    dinh_exchange_problem (exchange, 400, "wrong-field", "field “parameters”: %s", error->message);
    return;
  }
  signing = begin_signing (exchange, exchange->argument, body);
  if (signing != NULL)
    run (signing, dinh_pin_begin, audit_pin_code_typed, on_answered);
}

static void
on_key_recorded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Signing *signing = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = dinh_writer_submit_finish (DINH_WRITER (source), result, &error);
  g_autoptr (DinhJson) answer = text == NULL ? NULL : json_loads (text, 0, NULL);

  if (answer != NULL && g_strcmp0 (dinh_json_get_string (answer, "status"), "recorded") == 0) {
    run (signing, dinh_pin_set, audit_pin_set, on_answered);
    return;
  }
  if (answer == NULL)
    dinh_exchange_fail (signing->exchange, error);
  else
    dinh_exchange_problem (signing->exchange, 409, "exists", "%s", dinh_json_get_string (answer, "detail"));
  signing_free (signing);
}

/* The key first: a person whose key is not in the record could sign nothing with it. */
static void
on_new_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Signing *signing = user_data;
  DinhHub *hub = signing->exchange->hub;
  g_autoptr (DinhJson) answer = take_answer (signing->exchange, source, result);
  g_autoptr (DinhJson) body = NULL;
  g_autoptr (DinhCommand) command = NULL;

  if (answer == NULL) {
    signing_free (signing);
    return;
  }
  body = json_pack ("{s:s, s:s}", "id", signing->request->person, "key", signing->key);
  command = dinh_command_new ("person-key", dinh_hub_get_body (hub), dinh_hub_get_device (hub),
                              get_now (signing->exchange), body, dinh_hub_get_key (hub));
  dinh_writer_submit_async (dinh_hub_get_writer (hub), command, NULL, on_key_recorded, signing);
}

void
dinh_handle_pin_set (DinhExchange *exchange)
{
  g_autoptr (DinhJson) body = take_body (exchange, set_fields);
  const char *key_text = dinh_json_get_string (body, "key");
  const char *person = exchange->argument;
  g_autoptr (DinhKey) key = body == NULL ? NULL : dinh_key_new_from_public (key_text, NULL);
  Signing *signing;

  if (body == NULL)
    return;
  if (key == NULL || !dinh_key_verify (key, PERSON_KEY_CONTEXT, person, strlen (person),
                                       dinh_json_get_string (body, "signature"))) {
    dinh_exchange_problem (exchange, 400, "wrong-field", "field “signature”: not by that key");
    return;
  }
  signing = begin_signing (exchange, person, body);
  if (signing == NULL)
    return;
  signing->key = g_strdup (key_text);
  run (signing, dinh_pin_check_new, audit_pin_code_typed, on_new_checked);
}

/* --- sessions --- */

static void
open_session (DinhExchange *exchange, const char *person, json_t *answer)
{
  gint64 until;
  g_autofree char *token =
      dinh_sessions_open (dinh_hub_get_sessions (exchange->hub), exchange->actor.device, person, get_now (exchange), &until);
  g_autofree char *time = dinh_time_format (until);

  json_object_set_new (answer, "token", json_string (token));
  json_object_set_new (answer, "person", json_string (person));
  json_object_set_new (answer, "until", json_string (time));
  answer_good (exchange, answer);
}

static void
on_signed_in (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Signing) signing = user_data;
  g_autoptr (DinhJson) answer = take_answer (signing->exchange, source, result);

  if (answer != NULL)
    open_session (signing->exchange, signing->request->person, answer);
}

/* Something that is told to the audit stream before it is answered. */
typedef struct {
  DinhExchange *exchange;
  char *person;
} Telling;

static void
tell (DinhExchange *exchange, const char *action, const char *person, GAsyncReadyCallback callback)
{
  Telling *telling = g_new0 (Telling, 1);

  telling->exchange = exchange;
  telling->person = g_strdup (person);
  dinh_writer_audit_async (
      dinh_hub_get_writer (exchange->hub),
      dinh_audit_to_json (&(DinhAudit){.action = action, .device = exchange->actor.device, .person = person}), callback,
      telling);
}

static void
telling_free (Telling *telling)
{
  g_free (telling->person);
  g_free (telling);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Telling, telling_free)

/* Ends the exchange when it could not be told. */
static gboolean
was_told (Telling *telling, GObject *source, GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhJson) told = dinh_writer_run_finish (DINH_WRITER (source), result, &error);

  if (told == NULL)
    dinh_exchange_fail (telling->exchange, error);
  return told != NULL;
}

static void
on_key_told (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Telling) telling = user_data;
  g_autoptr (DinhJson) answer = json_pack ("{s:i}", "status", 200);

  if (was_told (telling, source, result))
    open_session (telling->exchange, telling->person, answer);
}

static void
refuse_key (DinhExchange *exchange, const char *person, const char *problem, const char *detail)
{
  dinh_hub_audit (exchange->hub, &(DinhAudit){.action = "sign-in",
                                              .refused = TRUE,
                                              .device = exchange->actor.device,
                                              .person = person,
                                              .reason = problem});
  dinh_exchange_problem (exchange, 401, problem, "%s", detail);
}

/* Whoever has the person's key open shows it by a nonce of this device; after the hub was restarted, say. */
static void
sign_in_by_key (DinhExchange *exchange, const json_t *body)
{
  const char *person = dinh_json_get_string (body, "person");
  const char *nonce = dinh_json_get_string (body, "nonce");
  gint64 now = get_now (exchange);
  const char *text = dinh_person_find_key (exchange->body->state, person, now);
  g_autoptr (DinhKey) key = text == NULL ? NULL : dinh_key_new_from_public (text, NULL);
  g_autoptr (GError) error = NULL;

  if (!check_person (exchange, person))
    return;
  if (!dinh_nonces_take (dinh_hub_get_nonces (exchange->hub), nonce, exchange->actor.device, now, &error))
    refuse_key (exchange, person, "wrong-nonce", error->message);
  else if (key == NULL ||
           !dinh_key_verify (key, SESSION_CONTEXT, nonce, strlen (nonce), dinh_json_get_string (body, "signature")))
    refuse_key (exchange, person, "wrong-signature", "not by the key of this person");
  else
    tell (exchange, "sign-in", person, on_key_told);
}

void
dinh_handle_session_open (DinhExchange *exchange)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhJson) body = read_body (exchange, &error);
  gboolean by_key = json_object_get (body, "nonce") != NULL;
  Signing *signing;

  if (body == NULL || !dinh_fields_check (by_key ? key_session_fields : pin_session_fields, body, TRUE, &error)) {
    dinh_exchange_fail (exchange, error);
    return;
  }
  if (by_key) {
    sign_in_by_key (exchange, body);
    return;
  }
  signing = begin_signing (exchange, dinh_json_get_string (body, "person"), body);
  if (signing != NULL)
    run (signing, dinh_pin_sign_in, audit_sign_in, on_signed_in);
}

void
dinh_handle_session_nonce (DinhExchange *exchange)
{
  g_autofree char *nonce =
      dinh_nonces_issue (dinh_hub_get_nonces (exchange->hub), exchange->actor.device, get_now (exchange));

  dinh_exchange_answer_json (exchange, 200, json_pack ("{s:s}", "nonce", nonce));
}

static void
on_end_told (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Telling) telling = user_data;

  if (was_told (telling, source, result))
    dinh_exchange_answer_empty (telling->exchange, 204);
}

void
dinh_handle_session_close (DinhExchange *exchange)
{
  g_autofree char *person = dinh_sessions_close (dinh_hub_get_sessions (exchange->hub), exchange->actor.device);

  if (person == NULL)
    dinh_exchange_answer_empty (exchange, 204);
  else
    tell (exchange, "session-end", person, on_end_told);
}
