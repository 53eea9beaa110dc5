/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hub/dinh-server.h"

#include "app/hub/dinh-metrics.h"
#include "data/record/dinh-record-error.h"
#include "data/trust/dinh-certificate.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>

/*
 * The hub's HTTP, behind nginx on a Unix socket: time-outs, body limits, TLS and who may come in at all are
 * nginx's. Here a request meets its row of the route table.
 */
struct _DinhServer {
  GObject parent_instance;

  SoupServer *server;
  DinhHub *hub;      /* owns the server */
  guint n_exchanges; /* that are not answered yet */
};

G_DEFINE_FINAL_TYPE (DinhServer, dinh_server, G_TYPE_OBJECT)

#define MAIN DINH_LISTENER_MAIN
#define ENROL DINH_LISTENER_ENROL
#define EST "/.well-known/est/"

const DinhRoute dinh_routes[] = {
    {"GET", "/healthz", MAIN, DINH_ACCESS_ANYBODY, dinh_handle_health},
    {"GET", "/metrics", MAIN, DINH_ACCESS_ADMIN, dinh_handle_metrics},
    {"GET", "/v1/time", MAIN, DINH_ACCESS_DEVICE, dinh_handle_time},
    {"POST", "/v1/commands", MAIN, DINH_ACCESS_DEVICE, dinh_handle_commands},
    {"GET", "/v1/streams", MAIN, DINH_ACCESS_DEVICE, dinh_handle_streams},
    {"GET", "/v1/streams/*/events", MAIN, DINH_ACCESS_DEVICE, dinh_handle_events},
    {"GET", "/v1/streams/*/proof", MAIN, DINH_ACCESS_DEVICE, dinh_handle_proof},
    {"GET", "/v1/live/authorize", MAIN, DINH_ACCESS_DEVICE, dinh_handle_live},
    {"POST", "/v1/signals", MAIN, DINH_ACCESS_DEVICE, dinh_handle_signals},
    {"HEAD", "/v1/blobs/*", MAIN, DINH_ACCESS_DEVICE, dinh_handle_blob_read},
    {"GET", "/v1/blobs/*", MAIN, DINH_ACCESS_DEVICE, dinh_handle_blob_read},
    {"PUT", "/v1/blobs/*", MAIN, DINH_ACCESS_ADMIN, dinh_handle_blob_write},
    {"GET", "/v1/people/*/pin", MAIN, DINH_ACCESS_DEVICE, dinh_handle_pin_read},
    {"POST", "/v1/people/*/pin", MAIN, DINH_ACCESS_DEVICE, dinh_handle_pin_begin},
    {"PUT", "/v1/people/*/pin", MAIN, DINH_ACCESS_DEVICE, dinh_handle_pin_set},
    {"POST", "/v1/people/*/code", MAIN, DINH_ACCESS_ADMIN, dinh_handle_person_code},
    {"GET", "/v1/sessions/nonce", MAIN, DINH_ACCESS_DEVICE, dinh_handle_session_nonce},
    {"POST", "/v1/sessions", MAIN, DINH_ACCESS_DEVICE, dinh_handle_session_open},
    {"DELETE", "/v1/sessions", MAIN, DINH_ACCESS_DEVICE, dinh_handle_session_close},
    {"POST", "/v1/invitations", MAIN, DINH_ACCESS_ADMIN, dinh_handle_invite},
    {"GET", "/v1/invitations", MAIN, DINH_ACCESS_ADMIN, dinh_handle_invitations},
    {"DELETE", "/v1/invitations/*", MAIN, DINH_ACCESS_ADMIN, dinh_handle_withdraw},
    {"POST", "/v1/invitations/*/approve", MAIN, DINH_ACCESS_ADMIN, dinh_handle_approve},
    {"POST", "/v1/invitations/*/refuse", MAIN, DINH_ACCESS_ADMIN, dinh_handle_refuse},
    {"POST", EST "simpleenroll", MAIN, DINH_ACCESS_ADMIN, dinh_handle_enroll},
    {"GET", EST "cacerts", ENROL, DINH_ACCESS_ANYBODY, dinh_handle_authority},
    {"POST", EST "simpleenroll", ENROL, DINH_ACCESS_ANYBODY, dinh_handle_code},
    {"POST", EST "simplereenroll", MAIN | ENROL, DINH_ACCESS_DEVICE, dinh_handle_renew},
    {NULL},
};

static void
exchange_free (DinhExchange *self)
{
  g_signal_handlers_disconnect_by_data (self->message, self);
  g_object_unref (self->message);
  g_clear_pointer (&self->query, g_hash_table_unref);
  g_free (self->argument);
  g_free (self->person);
  g_clear_pointer (&self->body, dinh_view_unref);
  g_free (self);
}

static void
finish (DinhExchange *self, guint status)
{
  self->server->n_exchanges--;
  soup_server_message_set_status (self->message, status, NULL);
  dinh_metrics_add (status < 400 ? DINH_METRIC_REQUESTS : DINH_METRIC_PROBLEMS, 1);
  if (!self->disconnected)
    soup_server_message_unpause (self->message);
  exchange_free (self);
}

/* Who asked has gone, or the hub stops: the answer goes nowhere. */
static void
on_disconnected (SoupServerMessage *message, DinhExchange *exchange)
{
  exchange->disconnected = TRUE;
}

/**
 * dinh_exchange_set_header:
 *
 * Sets a header of the answer.
 */
void
dinh_exchange_set_header (DinhExchange *self, const char *name, const char *value)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (self->message), name, value);
}

/**
 * dinh_exchange_answer:
 * @text: (transfer full): the body
 *
 * Answers and ends the exchange.
 */
void
dinh_exchange_answer (DinhExchange *self, guint status, const char *type, char *text)
{
  soup_server_message_set_response (self->message, type, SOUP_MEMORY_TAKE, text, strlen (text));
  finish (self, status);
}

/**
 * dinh_exchange_answer_json:
 * @json: (transfer full): the body
 *
 * Answers and ends the exchange.
 */
void
dinh_exchange_answer_json (DinhExchange *self, guint status, json_t *json)
{
  char *text = dinh_json_print (json);

  g_return_if_fail (text != NULL);
  json_decref (json);
  dinh_exchange_answer (self, status, status < 400 ? "application/json" : "application/problem+json", text);
}

/**
 * dinh_exchange_answer_empty:
 *
 * Answers without a body and ends the exchange.
 */
void
dinh_exchange_answer_empty (DinhExchange *self, guint status)
{
  finish (self, status);
}

/* nginx says where the request came in, and drops what the request says of it. */
static DinhListener
get_listener (DinhExchange *exchange)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (exchange->message);

  return g_strcmp0 (soup_message_headers_get_one (headers, "X-Dinh-Listener"), "enrol") == 0
             ? DINH_LISTENER_ENROL
             : DINH_LISTENER_MAIN;
}

/* Somebody tried what is not theirs. That a meeting is no longer for a kiosk that holds it is no attempt. */
static gboolean
is_audited (DinhExchange *self, guint status, const char *name)
{
  gboolean by_code = get_listener (self) == DINH_LISTENER_ENROL && (status == 401 || status == 429);

  return by_code || (status == 403 && strcmp (name, "withdrawn") != 0);
}

static void
audit_problem (DinhExchange *self, const char *name)
{
  gboolean enrols = get_listener (self) == DINH_LISTENER_ENROL;
  g_autofree char *subject = g_strdup_printf ("%s %s", soup_server_message_get_method (self->message),
                                              g_uri_get_path (soup_server_message_get_uri (self->message)));
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (self->message);

  dinh_hub_audit (
      self->hub,
      &(DinhAudit){
          .action = enrols ? "enrolment" : "access",
          .refused = TRUE,
          .device = self->actor.device,
          .person = self->actor.person,
          .address = self->actor.device != NULL ? NULL : soup_message_headers_get_one (headers, "X-Real-IP"),
          .subject = subject,
          .reason = name,
      });
}

/**
 * dinh_exchange_problem:
 * @name: the last part of the problem's type
 *
 * Answers with a problem document (RFC 9457) and ends the exchange. What is quoted from a request may be any
 * bytes.
 */
void
dinh_exchange_problem (DinhExchange *self, guint status, const char *name, const char *format, ...)
{
  g_autofree char *type = g_strconcat ("urn:dinh:problem:", name, NULL);
  g_autofree char *text = NULL, *detail = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  detail = g_utf8_make_valid (text, -1);
  if (is_audited (self, status, name))
    audit_problem (self, name);
  dinh_exchange_answer_json (self, status,
                             json_pack ("{s:s, s:s, s:i, s:s}", "type", type, "title",
                                        soup_status_get_phrase (status), "status", (int) status, "detail",
                                        detail));
}

/**
 * dinh_exchange_fail:
 *
 * Answers with the problem that @error is and ends the exchange.
 */
void
dinh_exchange_fail (DinhExchange *self, const GError *error)
{
  if (error->domain == DINH_RECORD_ERROR) {
    gboolean theirs = error->code == DINH_RECORD_ERROR_JSON || error->code == DINH_RECORD_ERROR_FIELD;
    guint status = theirs ? 400 : error->code == DINH_RECORD_ERROR_REUSED ? 409 : 403;

    dinh_exchange_problem (self, status, dinh_record_error_get_name (error->code), "%s", error->message);
  } else if (g_error_matches (error, DINH_STORE_ERROR, DINH_STORE_ERROR_FULL)) {
    dinh_exchange_problem (self, 507, "disk-full", "%s", error->message);
  } else {
    dinh_exchange_problem (self, 503, "not-kept", "%s", error->message);
  }
}

/**
 * dinh_exchange_get_query:
 *
 * Returns: (transfer none) (nullable): a parameter of the query.
 */
const char *
dinh_exchange_get_query (DinhExchange *self, const char *name)
{
  return self->query == NULL ? NULL : g_hash_table_lookup (self->query, name);
}

/**
 * dinh_exchange_get_number:
 * @missing: what counts when the parameter is not there
 *
 * Reads a whole number from the query. Returns: %FALSE if it was not one up to @max; the exchange is ended
 * then.
 */
gboolean
dinh_exchange_get_number (DinhExchange *self, const char *name, guint64 missing, guint64 max, guint64 *value)
{
  const char *text = dinh_exchange_get_query (self, name);

  *value = missing;
  if (text == NULL || g_ascii_string_to_unsigned (text, 10, 0, max, value, NULL))
    return TRUE;
  dinh_exchange_problem (self, 400, "wrong-field",
                         "parameter “%s”: “%.40s” is not a whole number up to %" G_GUINT64_FORMAT, name, text,
                         max);
  return FALSE;
}

/* Whether @path fits @pattern; the segment under * is copied to @argument. */
static gboolean
match_path (const char *pattern, const char *path, char **argument)
{
  g_auto (GStrv) wanted = g_strsplit (pattern, "/", -1);
  g_auto (GStrv) found = g_strsplit (path, "/", -1);
  guint length = g_strv_length (wanted);
  const char *star = NULL;

  if (length != g_strv_length (found))
    return FALSE;
  for (guint i = 0; i < length; i++) {
    if (strcmp (wanted[i], "*") == 0)
      star = found[i];
    else if (strcmp (wanted[i], found[i]) != 0)
      return FALSE;
  }
  *argument = g_strdup (star);
  return TRUE;
}

static const DinhRoute *
find_route (DinhExchange *exchange, const char *method, const char *path, gboolean *other_method)
{
  DinhListener listener = get_listener (exchange);

  *other_method = FALSE;
  for (const DinhRoute *route = dinh_routes; route->method != NULL; route++) {
    g_autofree char *argument = NULL;

    if ((route->listeners & listener) == 0 || !match_path (route->path, path, &argument))
      continue;
    if (strcmp (route->method, method) == 0) {
      exchange->argument = g_steal_pointer (&argument);
      return route;
    }
    *other_method = TRUE;
  }
  return NULL;
}

/* Who is signed in at the device, if the request brings the token that says so (RFC 6750). */
static void
find_person (DinhExchange *self)
{
  const char *header =
      soup_message_headers_get_one (soup_server_message_get_request_headers (self->message), "Authorization");
  const char *person = NULL;

  g_clear_pointer (&self->person, g_free);
  self->session_ended = header != NULL && g_str_has_prefix (header, "Bearer ");
  if (self->session_ended)
    person = dinh_sessions_find (dinh_hub_get_sessions (self->hub), self->actor.device, header + strlen ("Bearer "),
                                 dinh_writer_now (dinh_hub_get_writer (self->hub)));
  if (person == NULL || dinh_state_get (self->body->state, "persons", person) == NULL ||
      json_object_get (dinh_state_get (self->body->state, "persons", person), "retired") != NULL)
    return;
  self->session_ended = FALSE;
  self->actor.person = self->person = g_strdup (person);
}

/**
 * dinh_exchange_identify:
 *
 * Finds out who stands behind the client certificate that nginx has verified, as the body stands now, and who is signed in.
 * Returns: %FALSE for somebody who is no device of this hub, or no longer.
 */
gboolean
dinh_exchange_identify (DinhExchange *self)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (self->message);
  const char *escaped = soup_message_headers_get_one (headers, "X-Dinh-Certificate");
  g_autofree char *pem = escaped == NULL ? NULL : g_uri_unescape_string (escaped, NULL);
  g_autofree char *fingerprint = pem == NULL ? NULL : dinh_certificate_fingerprint (pem, strlen (pem), NULL);
  g_autofree char *id = fingerprint == NULL ? NULL : dinh_hub_find_device (self->hub, fingerprint);
  const json_t *device = NULL;

  self->actor = (DinhActor){0};
  g_clear_pointer (&self->body, dinh_view_unref);
  self->body = dinh_writer_dup_view (dinh_hub_get_writer (self->hub), dinh_hub_get_body (self->hub));
  if (g_strcmp0 (soup_message_headers_get_one (headers, "X-Dinh-Verify"), "SUCCESS") != 0 || id == NULL)
    return FALSE;
  device = dinh_state_get (self->body->state, "devices", id);
  if (device == NULL || json_object_get (device, "revoked") != NULL ||
      !dinh_device_holds (device, dinh_writer_now (dinh_hub_get_writer (self->hub))))
    return FALSE;
  self->actor.device = dinh_json_get_string (device, "id");
  self->actor.profile = dinh_json_get_string (device, "profile");
  self->actor.site = dinh_json_get_string (device, "site");
  if (g_strcmp0 (dinh_json_get_string (device, "renewal"), fingerprint) == 0)
    dinh_hub_take_renewal (self->hub, id, fingerprint);
  find_person (self);
  return TRUE;
}

/**
 * dinh_exchange_get_json:
 *
 * Reads the request's body; nothing at all is an empty object. Returns: (transfer full): an object with
 * @fields and no others, or %NULL, and the exchange is ended.
 */
json_t *
dinh_exchange_get_json (DinhExchange *self, const DinhField *fields)
{
  g_autoptr (GBytes) bytes = soup_message_body_flatten (soup_server_message_get_request_body (self->message));
  g_autoptr (GError) error = NULL;
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  g_autoptr (DinhJson) json = length == 0 ? json_object () : dinh_json_parse (text, length, &error);

  if (json != NULL && dinh_fields_check (fields, json, TRUE, &error))
    return g_steal_pointer (&json);
  dinh_exchange_fail (self, error);
  return NULL;
}

static void
on_request (
    SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer user_data)
{
  DinhServer *self = user_data;
  DinhExchange *exchange = g_new0 (DinhExchange, 1);
  const char *method = soup_server_message_get_method (message);
  gboolean other_method;
  const DinhRoute *route;

  self->n_exchanges++;
  exchange->hub = self->hub;
  exchange->server = self;
  exchange->message = g_object_ref (message);
  exchange->query = query == NULL ? NULL : g_hash_table_ref (query);
  g_signal_connect (message, "disconnected", G_CALLBACK (on_disconnected), exchange);
  soup_server_message_pause (message);
  route = find_route (exchange, method, path, &other_method);
  if (route == NULL)
    dinh_exchange_problem (exchange, other_method ? 405 : 404, other_method ? "wrong-method" : "no-route",
                           "%s %.200s", method, path);
  else if (route->access != DINH_ACCESS_ANYBODY && !dinh_exchange_identify (exchange))
    dinh_exchange_problem (exchange, 403, "unknown-device",
                           "this certificate belongs to no device of this hub");
  else if (exchange->session_ended)
    dinh_exchange_problem (exchange, 401, "session-ended", "sign in again");
  else if (route->access == DINH_ACCESS_ADMIN && strcmp (exchange->actor.profile, "admin") != 0)
    dinh_exchange_problem (exchange, 403, "forbidden", "only for administrators");
  else
    route->handle (exchange);
}

/* libsoup refuses some requests itself (a path that climbs), without a word: say it as all problems are said.
 */
static void
on_headers_read (SoupServerMessage *message, gpointer user_data)
{
  static const char text[] =
      "{\"type\":\"urn:dinh:problem:malformed-request\",\"title\":\"Bad Request\",\"status\":400,"
      "\"detail\":\"the request is malformed\"}";

  if (soup_server_message_get_status (message) == SOUP_STATUS_BAD_REQUEST)
    soup_server_message_set_response (message, "application/problem+json", SOUP_MEMORY_STATIC, text,
                                      sizeof text - 1);
}

static void
on_request_started (SoupServer *server, SoupServerMessage *message, gpointer user_data)
{
  g_signal_connect_after (message, "got-headers", G_CALLBACK (on_headers_read), NULL);
}

static void
dinh_server_finalize (GObject *object)
{
  DinhServer *self = DINH_SERVER (object);

  g_clear_object (&self->server);
  G_OBJECT_CLASS (dinh_server_parent_class)->finalize (object);
}

static void
dinh_server_class_init (DinhServerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dinh_server_finalize;
}

static void
dinh_server_init (DinhServer *self)
{
}

/**
 * dinh_server_stop:
 *
 * Takes no more requests and sees those under way through: workers still hold what belongs to the hub. Blocks
 * meanwhile; who waits for events is not waited for.
 */
void
dinh_server_stop (DinhServer *self)
{
  soup_server_disconnect (self->server);
  dinh_events_drop_all ();
  while (self->n_exchanges > 0)
    g_main_context_iteration (NULL, TRUE);
}

static GSocket *
listen_at (const char *path, GError **error)
{
  g_autoptr (GSocket) socket =
      g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, error);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  if (socket == NULL)
    return NULL;
  /* The state folder is locked: a socket that is still there belongs to a hub that died. */
  g_unlink (path);
  g_socket_set_listen_backlog (socket, 1024);
  if (!g_socket_bind (socket, address, FALSE, error) || !g_socket_listen (socket, error))
    return NULL;
  return g_steal_pointer (&socket);
}

/**
 * dinh_server_new:
 * @hub: (transfer none): outlives the server
 *
 * Listens on the Unix socket. Returns: (transfer full): the server, or %NULL with a #GIOErrorEnum.
 */
DinhServer *
dinh_server_new (DinhHub *hub, const char *socket_path, GError **error)
{
  g_autoptr (DinhServer) self = g_object_new (DINH_TYPE_SERVER, NULL);
  g_autoptr (GSocket) socket = listen_at (socket_path, error);

  if (socket == NULL)
    return NULL;
  self->hub = hub;
  self->server = g_object_new (SOUP_TYPE_SERVER, NULL);
  g_signal_connect (self->server, "request-started", G_CALLBACK (on_request_started), NULL);
  soup_server_add_handler (self->server, NULL, on_request, self, NULL);
  if (!soup_server_listen_socket (self->server, socket, 0, error))
    return NULL;
  return g_steal_pointer (&self);
}
