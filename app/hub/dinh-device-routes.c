/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hub/dinh-guesses.h"
#include "app/hub/dinh-invitation.h"
#include "app/hub/dinh-server.h"
#include "data/record/dinh-record-error.h"
#include "data/record/dinh-time.h"
#include "data/trust/dinh-certificate.h"
#include "data/trust/dinh-enrolment-code.h"
#include "data/trust/dinh-trust-error.h"

#include <string.h>

/* How devices get in: administrators invite, devices ask with a code, a subset of EST (RFC 7030). */

#define PKCS7 "application/pkcs7-mime; smime-type=certs-only"
#define ASK_AGAIN "5" /* seconds until a device that waits for an administrator asks again */
#define MAX_NAME 200
#define KEPT_FAILURES 20

static const char *const profiles[] = {"seat", "room", "display", NULL};

static const DinhField invite_fields[] = {
    {"profile", DINH_FIELD_CHOICE, TRUE, .choices = profiles},
    {"site", DINH_FIELD_KEY},
    {"name", DINH_FIELD_TEXT, FALSE, 1, MAX_NAME},
    {"approved", DINH_FIELD_BOOLEAN},
    {"hours", DINH_FIELD_INTEGER, FALSE, 1, 24 * 31},
    {NULL},
};

static const DinhField approve_fields[] = {
    {"name", DINH_FIELD_TEXT, FALSE, 1, MAX_NAME},
    {NULL},
};

static const DinhField refuse_fields[] = {
    {"reason", DINH_FIELD_TEXT, FALSE, 0, 500},
    {NULL},
};

static const DinhField no_fields[] = {{NULL}};

/* What codes did not open, since the hub's start; one hub a process. */
static struct {
  DinhGuesses *guesses;
  json_t *list; /* the newest last */
} failures;

/* Work for the writer's thread, and the exchange that waits for it. */
typedef struct {
  DinhExchange *exchange;
  DinhHub *hub;
  gint64 now;
  json_t *wishes;
  char *code;
  char *id;
  const char *decision;
  const char *action; /* for the audit stream */
  char *request;
  char *name;
  char *address;
  char *certificate;
} Job;

static void
job_free (Job *job)
{
  json_decref (job->wishes);
  g_free (job->code);
  g_free (job->id);
  g_free (job->request);
  g_free (job->name);
  g_free (job->address);
  g_free (job->certificate);
  g_free (job);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Job, job_free)

static Job *
job_new (DinhExchange *exchange)
{
  Job *job = g_new0 (Job, 1);

  job->exchange = exchange;
  job->hub = exchange->hub;
  job->now = dinh_writer_now (dinh_hub_get_writer (exchange->hub));
  return job;
}

/* Does @work with @job in the writer's thread; @callback gets the job, which is its own. */
static void
start (Job *job, DinhWriterWork work, GAsyncReadyCallback callback)
{
  dinh_writer_run_async (dinh_hub_get_writer (job->hub), work, job, NULL, (GDestroyNotify) json_decref,
                         callback, job);
}

/* What an administrator has decided about somebody's invitation, told to the audit stream with it. */
static json_t *
audit_decision (gpointer data, gpointer result)
{
  const Job *job = data;

  return dinh_audit_to_json (&(DinhAudit){
      .action = job->action,
      .device = job->exchange->actor.device,
      .person = job->exchange->actor.person,
      .subject = dinh_json_get_string (result, "id"),
      .reason = dinh_json_get_string (job->wishes, "reason"),
  });
}

static void
start_audited (Job *job, DinhWriterWork work, GAsyncReadyCallback callback)
{
  dinh_writer_run_audited_async (dinh_hub_get_writer (job->hub), work, audit_decision, job, NULL,
                                 (GDestroyNotify) json_decref, callback, job);
}

static json_t *
finish (GObject *source, GAsyncResult *result, GError **error)
{
  return dinh_writer_run_finish (DINH_WRITER (source), result, error);
}

/* --- administrators --- */

static void
fail_decision (DinhExchange *exchange, const GError *error)
{
  if (g_error_matches (error, DINH_INVITATION_ERROR, DINH_INVITATION_ERROR_MISSING))
    dinh_exchange_problem (exchange, 404, "missing", "%s", error->message);
  else if (error->domain == DINH_INVITATION_ERROR)
    dinh_exchange_problem (exchange, 409, "wrong-state", "%s", error->message);
  else
    dinh_exchange_fail (exchange, error);
}

static gpointer
make_invitation (DinhStore *store, gpointer data, GError **error)
{
  Job *job = data;

  return dinh_invitation_make (store, dinh_hub_get_key (job->hub), job->code, job->wishes, job->now, error);
}

static char *
authority_fingerprint (DinhHub *hub)
{
  const char *pem = dinh_authority_get_certificate (dinh_hub_get_authority (hub));

  return dinh_certificate_fingerprint (pem, strlen (pem), NULL);
}

static void
on_made (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Job) job = user_data;
  g_autoptr (GError) error = NULL;
  json_t *invitation = finish (source, result, &error);
  g_autofree char *code = dinh_enrolment_code_print (job->code);
  g_autofree char *fingerprint = authority_fingerprint (job->hub);
  g_autofree char *address = dinh_hub_get_enrol_address (job->hub);

  if (invitation == NULL) {
    dinh_exchange_fail (job->exchange, error);
    return;
  }
  json_object_set_new (invitation, "code", json_string (code));
  json_object_set_new (invitation, "fingerprint", json_string (fingerprint));
  if (address != NULL)
    json_object_set_new (invitation, "hub", json_string (address));
  dinh_exchange_answer_json (job->exchange, 201, invitation);
}

void
dinh_handle_invite (DinhExchange *exchange)
{
  g_autoptr (DinhJson) wishes = dinh_exchange_get_json (exchange, invite_fields);
  g_autofree char *fingerprint = NULL;
  const char *site;
  Job *job;

  if (wishes == NULL)
    return;
  site = dinh_json_get_string (wishes, "site");
  if (site != NULL && dinh_state_get (exchange->body->state, "sites", site) == NULL) {
    dinh_exchange_problem (exchange, 409, "missing", "field “site”: no site “%s”", site);
    return;
  }
  if (json_object_get (wishes, "hours") == NULL)
    json_object_set_new (wishes, "hours", json_integer (72));
  if (json_object_get (wishes, "approved") == NULL)
    json_object_set_new (wishes, "approved", json_false ());
  fingerprint = authority_fingerprint (exchange->hub);
  job = job_new (exchange);
  job->wishes = g_steal_pointer (&wishes);
  job->code = dinh_enrolment_code_new (fingerprint);
  job->action = "device-invite";
  start_audited (job, make_invitation, on_made);
}

static gpointer
list_invitations (DinhStore *store, gpointer data, GError **error)
{
  return dinh_invitation_list (store, ((Job *) data)->now, error);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Job) job = user_data;
  g_autoptr (GError) error = NULL;
  json_t *list = finish (source, result, &error), *invitation;
  gsize index;

  if (list == NULL) {
    dinh_exchange_fail (job->exchange, error);
    return;
  }
  json_array_foreach (list, index, invitation)
  {
    if (dinh_state_get (job->exchange->body->state, "devices", dinh_json_get_string (invitation, "id")) !=
        NULL)
      json_object_set_new (invitation, "state", json_string ("enrolled"));
  }
  if (failures.list == NULL)
    failures.list = json_array ();
  dinh_exchange_answer_json (job->exchange, 200,
                             json_pack ("{s:o, s:O}", "invitations", list, "failures", failures.list));
}

void
dinh_handle_invitations (DinhExchange *exchange)
{
  start (job_new (exchange), list_invitations, on_listed);
}

static gpointer
decide (DinhStore *store, gpointer data, GError **error)
{
  Job *job = data;

  return dinh_invitation_decide (store, job->id, job->decision, job->wishes, error);
}

static void
on_decided (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Job) job = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhJson) invitation = finish (source, result, &error);

  if (invitation == NULL)
    fail_decision (job->exchange, error);
  else
    dinh_exchange_answer_json (job->exchange, 200,
                               json_pack ("{s:s, s:s, s:s}", "id", job->id, "state",
                                          dinh_json_get_string (invitation, "state"), "name",
                                          dinh_invitation_get_name (invitation)));
}

static void
start_decision (DinhExchange *exchange, const char *decision, const char *action, const DinhField *fields)
{
  g_autoptr (DinhJson) wishes = dinh_exchange_get_json (exchange, fields);
  Job *job;

  if (wishes == NULL)
    return;
  job = job_new (exchange);
  job->id = g_strdup (exchange->argument);
  job->decision = decision;
  job->action = action;
  job->wishes = g_steal_pointer (&wishes);
  start_audited (job, decide, on_decided);
}

void
dinh_handle_approve (DinhExchange *exchange)
{
  start_decision (exchange, "approved", "device-approve", approve_fields);
}

void
dinh_handle_refuse (DinhExchange *exchange)
{
  start_decision (exchange, "refused", "device-refuse", refuse_fields);
}

void
dinh_handle_withdraw (DinhExchange *exchange)
{
  start_decision (exchange, "withdrawn", "device-withdraw", no_fields);
}

/* --- certificates --- */

static void
answer_certificate (DinhExchange *exchange, const char *pem)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = dinh_certificate_to_pkcs7 (pem, strlen (pem), &error);

  if (answer == NULL) {
    dinh_exchange_problem (exchange, 500, "broken-certificate", "%s", error->message);
    return;
  }
  dinh_exchange_set_header (exchange, "Content-Transfer-Encoding", "base64");
  dinh_exchange_answer (exchange, 200, PKCS7, g_steal_pointer (&answer));
}

/* What the device has to know stands beside the certificate, which cannot say it (base64, as JSON may be in
 * any language). */
static void
answer_device (DinhExchange *exchange, const char *device, const char *certificate)
{
  g_autoptr (DinhJson) facts = dinh_hub_describe_device (exchange->hub, device);
  g_autofree char *text = dinh_json_print (facts);
  g_autofree char *base64 = g_base64_encode ((const guchar *) text, strlen (text));

  dinh_exchange_set_header (exchange, "Dinh-Identity", base64);
  answer_certificate (exchange, certificate);
}

/* The authority's certificate (RFC 7030 §4.1). */
void
dinh_handle_authority (DinhExchange *exchange)
{
  answer_certificate (exchange, dinh_authority_get_certificate (dinh_hub_get_authority (exchange->hub)));
}

/* --- devices that ask with a code --- */

static const char *
get_address (DinhExchange *exchange)
{
  const char *address =
      soup_message_headers_get_one (soup_server_message_get_request_headers (exchange->message), "X-Real-IP");

  return address == NULL ? "" : address;
}

/* The name and the code of Basic authentication (RFC 7617), the latter as it was typed. */
static gboolean
read_credentials (DinhExchange *exchange, char **name, char **code)
{
  const char *header = soup_message_headers_get_one (
      soup_server_message_get_request_headers (exchange->message), "Authorization");
  g_autofree guchar *bytes = NULL;
  g_autofree char *text = NULL;
  const char *colon;
  gsize length;

  if (header == NULL || g_ascii_strncasecmp (header, "Basic ", 6) != 0)
    return FALSE;
  bytes = g_base64_decode (header + 6, &length);
  text = g_strndup ((const char *) bytes, length);
  colon = strchr (text, ':');
  if (colon == NULL || !g_utf8_validate (text, -1, NULL))
    return FALSE;
  *name = g_strndup (text, (gsize) (colon - text));
  *code = g_strdup (colon + 1);
  return TRUE;
}

/* A name that a device gives itself: one that a record takes, or none. */
static char *
take_name (const char *proposed)
{
  static const DinhField fields[] = {{"name", DINH_FIELD_TEXT, TRUE, 1, MAX_NAME}, {NULL}};
  g_autofree char *stripped = g_strstrip (g_strdup (proposed));
  g_autofree char *name = g_utf8_normalize (stripped, -1, G_NORMALIZE_NFC);
  g_autoptr (DinhJson) object = json_pack ("{s:s}", "name", name);

  return dinh_fields_check (fields, object, TRUE, NULL) ? g_steal_pointer (&name) : NULL;
}

/* Told to administrators and to the log; who asks hears less. */
static void
note_failure (const char *address, const char *reason, gint64 now)
{
  g_autofree char *at = dinh_time_format (now);

  g_printerr ("dinh-hub: enrolment from %s: %s\n", address, reason);
  if (failures.list == NULL)
    failures.list = json_array ();
  json_array_append_new (failures.list,
                         json_pack ("{s:s, s:s, s:s}", "at", at, "address", address, "reason", reason));
  if (json_array_size (failures.list) > KEPT_FAILURES)
    json_array_remove (failures.list, 0);
}

/* One answer for codes that are wrong, used, withdrawn or too old: a guesser learns nothing of codes. */
static void
answer_wrong_code (DinhExchange *exchange, const char *reason)
{
  dinh_guesses_add (failures.guesses, get_address (exchange), g_get_monotonic_time ());
  note_failure (get_address (exchange), reason, dinh_writer_now (dinh_hub_get_writer (exchange->hub)));
  dinh_exchange_set_header (exchange, "WWW-Authenticate", "Basic realm=\"dinh\", charset=\"UTF-8\"");
  dinh_exchange_problem (exchange, 401, "wrong-code", "the code is wrong, or was used, or its time is over");
}

static void
fail_enrolment (DinhExchange *exchange, const GError *error)
{
  static const char *const reasons[] = {"wrong code", "used code", "expired code", "withdrawn code"};

  if (error->domain != DINH_INVITATION_ERROR)
    dinh_exchange_fail (exchange, error);
  else if (error->code <= DINH_INVITATION_ERROR_WITHDRAWN)
    answer_wrong_code (exchange, reasons[error->code]);
  else if (error->code == DINH_INVITATION_ERROR_REFUSED)
    dinh_exchange_problem (exchange, 403, "enrolment-refused", "%s", error->message);
  else
    dinh_exchange_problem (exchange, 400, "wrong-request", "%s", error->message);
}

static gpointer
use_invitation (DinhStore *store, gpointer data, GError **error)
{
  Job *job = data;
  DinhEnrolmentRequest request = {job->code, job->request, job->name, job->address};

  return dinh_invitation_use (store, dinh_hub_get_key (job->hub), &request, dinh_hub_get_authority (job->hub),
                              job->now, error);
}

/* A durable refusal of what the hub itself commanded. */
static void
answer_refusal (DinhExchange *exchange, const char *answer)
{
  g_autoptr (DinhJson) refusal = dinh_json_parse (answer, strlen (answer), NULL);
  const char *type = dinh_json_get_string (refusal, "type");

  dinh_exchange_problem (exchange, 409, strrchr (type, ':') + 1, "%s",
                         dinh_json_get_string (refusal, "detail"));
}

/* Gives the device that is in the body its certificate, unless it was shut out since. */
static void
answer_if_in (Job *job)
{
  g_autoptr (DinhView) body =
      dinh_writer_dup_view (dinh_hub_get_writer (job->hub), dinh_hub_get_body (job->hub));
  const json_t *device = dinh_state_get (body->state, "devices", job->id);

  if (json_object_get (device, "revoked") != NULL)
    dinh_exchange_problem (job->exchange, 403, "unknown-device", "the device was shut out");
  else
    answer_device (job->exchange, job->id, job->certificate);
}

static gboolean
is_device (DinhHub *hub, const char *id)
{
  g_autoptr (DinhView) body = dinh_writer_dup_view (dinh_hub_get_writer (hub), dinh_hub_get_body (hub));

  return dinh_state_get (body->state, "devices", id) != NULL;
}
static void
on_added (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Job) job = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = dinh_writer_submit_finish (DINH_WRITER (source), result, &error);

  if (answer == NULL)
    dinh_exchange_fail (job->exchange, error);
  /* Two answers to one device may have been under way: the second one's command is refused. */
  else if (is_device (job->hub, job->id))
    answer_if_in (job);
  else
    answer_refusal (job->exchange, answer);
}

/* Records the device, once, before it hears that it is in. */
static void
add_device (Job *job, const json_t *invitation)
{
  g_autofree char *fingerprint =
      dinh_certificate_fingerprint (job->certificate, strlen (job->certificate), NULL);
  const json_t *request = json_object_get (invitation, "request");

  if (is_device (job->hub, job->id)) {
    answer_if_in (job);
    job_free (job);
    return;
  }
  dinh_hub_command_async (job->hub, "device-add",
                          json_pack ("{s:s, s:s, s:s, s:s*, s:s, s:s}", "id", job->id, "name",
                                     dinh_invitation_get_name (invitation), "profile",
                                     dinh_json_get_string (invitation, "profile"), "site",
                                     dinh_json_get_string (invitation, "site"), "certificate", fingerprint,
                                     "key", dinh_json_get_string (request, "signer")),
                          on_added, job);
}

static void
on_used (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Job) job = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhJson) invitation = finish (source, result, &error);

  if (invitation == NULL) {
    fail_enrolment (job->exchange, error);
    return;
  }
  if (dinh_json_get_string (invitation, "certificate") == NULL) {
    dinh_exchange_set_header (job->exchange, "Retry-After", ASK_AGAIN);
    dinh_exchange_answer_json (job->exchange, 202, json_pack ("{s:s}", "status", "waiting"));
    return;
  }
  job->id = g_strdup (dinh_json_get_string (invitation, "id"));
  job->certificate = g_strdup (dinh_json_get_string (invitation, "certificate"));
  add_device (g_steal_pointer (&job), invitation);
}

static char *
dup_body (DinhExchange *exchange)
{
  g_autoptr (GBytes) bytes =
      soup_message_body_flatten (soup_server_message_get_request_body (exchange->message));
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);

  return g_strndup (text == NULL ? "" : text, length);
}

/* Whether a code may be tried now; ends the exchange otherwise. */
static gboolean
check_guesses (DinhExchange *exchange)
{
  g_autofree char *text = NULL;
  guint wait;

  if (failures.guesses == NULL)
    failures.guesses = dinh_guesses_new ();
  wait = dinh_guesses_get_wait (failures.guesses, get_address (exchange), g_get_monotonic_time ());
  if (wait == 0)
    return TRUE;
  text = g_strdup_printf ("%u", wait);
  dinh_exchange_set_header (exchange, "Retry-After", text);
  dinh_exchange_problem (exchange, 429, "too-many-requests",
                         "too many wrong codes; the next one may be tried in %u s", wait);
  return FALSE;
}

/* A device asks to be let in (RFC 7030 §4.2), with its code as a password (§3.2.3). */
void
dinh_handle_code (DinhExchange *exchange)
{
  g_autofree char *name = NULL, *typed = NULL, *code = NULL;
  Job *job;

  if (!check_guesses (exchange))
    return;
  if (!read_credentials (exchange, &name, &typed)) {
    dinh_exchange_set_header (exchange, "WWW-Authenticate", "Basic realm=\"dinh\", charset=\"UTF-8\"");
    dinh_exchange_problem (exchange, 401, "code-required", "an enrolment code is required");
    return;
  }
  code = dinh_enrolment_code_parse (typed, NULL);
  if (code == NULL) {
    answer_wrong_code (exchange, "no code");
    return;
  }
  job = job_new (exchange);
  job->code = g_steal_pointer (&code);
  job->name = take_name (name);
  job->address = g_strdup (get_address (exchange));
  job->request = dup_body (exchange);
  start (job, use_invitation, on_used);
}

/* --- devices that are in --- */

static gpointer
certify (DinhStore *store, gpointer data, GError **error)
{
  Job *job = data;
  g_autoptr (DinhRequestFacts) facts =
      dinh_certificate_request_read (job->request, strlen (job->request), error);

  if (facts == NULL)
    return NULL;
  if (g_strcmp0 (facts->signer, job->name) == 0) {
    job->certificate =
        dinh_authority_sign_request (dinh_hub_get_authority (job->hub), job->request, job->id, error);
    return job->certificate == NULL ? NULL : json_true ();
  }
  g_set_error_literal (error, DINH_RECORD_ERROR, DINH_RECORD_ERROR_KEY,
                       "the request does not name the device's own signing key");
  return NULL;
}

static void
on_renewed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Job) job = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = dinh_writer_submit_finish (DINH_WRITER (source), result, &error);

  if (answer == NULL)
    dinh_exchange_fail (job->exchange, error);
  else if (strstr (answer, "\"status\":\"recorded\"") == NULL)
    answer_refusal (job->exchange, answer);
  else
    answer_if_in (job);
}

static void
on_certified (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Job) job = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhJson) done = finish (source, result, &error);
  g_autofree char *fingerprint = NULL;
  json_t *body;

  if (done == NULL && error->domain == DINH_TRUST_ERROR)
    dinh_exchange_problem (job->exchange, 400, "wrong-request", "%s", error->message);
  else if (done == NULL)
    dinh_exchange_fail (job->exchange, error);
  if (done == NULL)
    return;
  fingerprint = dinh_certificate_fingerprint (job->certificate, strlen (job->certificate), NULL);
  body = json_pack ("{s:s, s:s}", "id", job->id, "certificate", fingerprint);
  dinh_hub_command_async (job->hub, "device-renew", body, on_renewed, job);
  g_steal_pointer (&job);
}

/* A device that is in asks for another certificate (RFC 7030 §4.2.2). */
void
dinh_handle_renew (DinhExchange *exchange)
{
  const json_t *device = dinh_state_get (exchange->body->state, "devices", exchange->actor.device);
  Job *job = job_new (exchange);

  job->id = g_strdup (exchange->actor.device);
  job->name = g_strdup (dinh_json_get_string (device, "key"));
  job->request = dup_body (exchange);
  start (job, certify, on_certified);
}
