/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-hub-client.h"

#include "data/net/dinh-net-error.h"
#include "data/net/dinh-tls-interaction.h"
#include "data/record/dinh-json.h"

#include <string.h>

/*
 * Asks the hub. Every message carries the device's certificate, and only what the pinned authority certified is believed.
 * The addresses are tried in turn, beginning with the one that worked last. An answer is taken up to its limit and within
 * its time, whatever the other side sends. An object belongs to the thread that made it.
 */

#define SOCKET_SECONDS 40
#define DEFAULT_SECONDS 10
#define DEFAULT_LIMIT (1024 * 1024)
#define PIECE (64 * 1024)
#define AUTHORIZATION "Authorization"
#define DATES (G_TLS_CERTIFICATE_NOT_ACTIVATED | G_TLS_CERTIFICATE_EXPIRED)

struct _DinhHubClient {
  GObject parent_instance;

  DinhIdentity *identity;
  DinhHubClock *clock;
  DinhBearer *bearer; /* or NULL */
  GTlsDatabase *authority;
  GTlsCertificate *certificate; /* the session's */
  SoupSession *session;
  guint current; /* address that worked last */
};

/* One question on its way, from address to address. */
typedef struct {
  char *method;
  char *path;
  char *body;
  GBytes *piece;
  char *content_range;
  gsize limit;
  guint seconds;
  guint tried;
  gboolean upgrade; /* to a WebSocket */
  gboolean takes_problems;

  SoupMessage *message;
  GInputStream *stream;
  GByteArray *received;
  GCancellable *cancellable; /* of this address */
  GSource *timer;
  gboolean late;
  gulong cancelled_id;
} Exchange;

G_DEFINE_FINAL_TYPE (DinhHubClient, dinh_hub_client, G_TYPE_OBJECT)

static void try_address (GTask *task);

/**
 * dinh_answer_free:
 *
 * Frees the answer.
 */
void
dinh_answer_free (DinhAnswer *self)
{
  soup_message_headers_unref (self->headers);
  g_bytes_unref (self->body);
  g_free (self);
}

static void
end_attempt (Exchange *exchange)
{
  if (exchange->timer != NULL)
    g_source_destroy (exchange->timer);
  g_clear_pointer (&exchange->timer, g_source_unref);
  g_clear_object (&exchange->message);
  g_clear_object (&exchange->stream);
  g_clear_object (&exchange->cancellable);
  exchange->late = FALSE;
}

static void
exchange_free (Exchange *exchange)
{
  end_attempt (exchange);
  g_free (exchange->method);
  g_free (exchange->path);
  g_free (exchange->body);
  g_clear_pointer (&exchange->piece, g_bytes_unref);
  g_free (exchange->content_range);
  g_byte_array_unref (exchange->received);
  g_free (exchange);
}

static guint
count_addresses (DinhHubClient *self)
{
  return g_strv_length ((char **) dinh_identity_get_hubs (self->identity));
}

/* A machine whose clock stands in 1970 or 2040 must reach its hub: dates alone refuse nothing until the hub told its time. */
static gboolean
on_certificate_offered (SoupMessage *message, GTlsCertificate *certificate, GTlsCertificateFlags faults, gpointer user_data)
{
  DinhHubClient *self = user_data;

  return (faults & ~DATES) == 0 && dinh_hub_clock_judge (self->clock, certificate);
}

/* The same for a connection that was made before the time was known. */
static gboolean
is_out_of_date (DinhHubClient *self, SoupMessage *message)
{
  GTlsCertificate *certificate = soup_message_get_tls_peer_certificate (message);

  return certificate != NULL && !dinh_hub_clock_judge (self->clock, certificate);
}

static GError *
new_out_of_date (void)
{
  return g_error_new_literal (DINH_NET_ERROR, DINH_NET_ERROR_CERTIFICATE, "the hub's certificate is out of date by hub time");
}

/* A renewed certificate needs connections of its own: what is under way ends on those that it began on. */
static void
refresh_session (DinhHubClient *self)
{
  g_autoptr (GTlsCertificate) certificate = dinh_identity_dup_certificate (self->identity);
  g_autoptr (DinhTlsInteraction) interaction = NULL;

  if (self->certificate == certificate)
    return;
  g_set_object (&self->certificate, certificate);
  interaction = dinh_tls_interaction_new (certificate);
  g_clear_object (&self->session);
  self->session = soup_session_new_with_options ("tls-database", self->authority, "tls-interaction", interaction,
                                                 "timeout", SOCKET_SECONDS, "idle-timeout", 90, "max-conns", 16,
                                                 "max-conns-per-host", 16, "user-agent", "dinh/" DINH_VERSION, NULL);
  /* A paper's bytes and an answer's limit are those of the wire. */
  soup_session_remove_feature_by_type (self->session, SOUP_TYPE_CONTENT_DECODER);
}

/* A session guards what is read; what is done is signed. */
static void
add_bearer (DinhHubClient *self, SoupMessage *message)
{
  g_autoptr (DinhSecretText) header = self->bearer == NULL ? NULL : dinh_bearer_dup_header (self->bearer);

  if (header != NULL && strcmp (soup_message_get_method (message), "GET") == 0)
    soup_message_headers_replace (soup_message_get_request_headers (message), AUTHORIZATION, header);
}

/* Whether the hub would answer the same without the token, which is dropped then. */
static gboolean
drop_bearer (DinhHubClient *self, SoupMessage *message)
{
  const char *header = soup_message_headers_get_one (soup_message_get_request_headers (message), AUTHORIZATION);

  if (header == NULL || soup_message_get_status (message) != SOUP_STATUS_UNAUTHORIZED)
    return FALSE;
  dinh_bearer_refuse (self->bearer, header);
  return TRUE;
}

static SoupMessage *
make_message (DinhHubClient *self, const char *method, const char *path)
{
  const char *const *hubs = dinh_identity_get_hubs (self->identity);
  g_autofree char *uri = g_strconcat (hubs[self->current], path, NULL);
  SoupMessage *message = soup_message_new (method, uri);

  if (message == NULL)
    return NULL;
  refresh_session (self);
  /* Every request of the wire can be repeated; told so, libsoup keeps its connection for a POST too. */
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_IDEMPOTENT);
  g_signal_connect_object (message, "accept-certificate", G_CALLBACK (on_certificate_offered), self, 0);
  add_bearer (self, message);
  return message;
}

/* What a fault below HTTP means. */
static GError *
translate (const GError *fault, gboolean late)
{
  DinhNetError code = DINH_NET_ERROR_UNREACHABLE;

  if (late)
    return g_error_new_literal (DINH_NET_ERROR, code, "no answer in time");
  if (fault->domain == G_IO_ERROR && fault->code == G_IO_ERROR_CANCELLED)
    return g_error_copy (fault);
  if (fault->domain == G_TLS_ERROR && fault->code == G_TLS_ERROR_BAD_CERTIFICATE)
    code = DINH_NET_ERROR_CERTIFICATE;
  else if (fault->domain == G_TLS_ERROR && fault->code == G_TLS_ERROR_CERTIFICATE_REQUIRED)
    code = DINH_NET_ERROR_REFUSED_CERTIFICATE;
  else if (fault->domain == SOUP_SESSION_ERROR && fault->code == SOUP_SESSION_ERROR_PARSING)
    code = DINH_NET_ERROR_PROTOCOL;
  return g_error_new_literal (DINH_NET_ERROR, code, fault->message);
}

/* What an HTTP status means; @text may be anything. */
static GError *
judge_status (guint status, const char *text, gsize length)
{
  g_autoptr (DinhJson) json = dinh_json_parse (text, length, NULL);
  const char *type = dinh_json_get_string (json, "type");
  const char *problem;
  GError *error = dinh_net_error_new_problem (status, type, dinh_json_get_string (json, "detail"));

  problem = dinh_net_error_get_problem (error);
  if ((problem == NULL && status >= 502 && status <= 504) || g_strcmp0 (problem, "hub-unavailable") == 0)
    error->code = DINH_NET_ERROR_UNREACHABLE;
  else if (g_strcmp0 (problem, "unknown-device") == 0 || g_strcmp0 (problem, "certificate-required") == 0)
    error->code = DINH_NET_ERROR_REFUSED_CERTIFICATE;
  return error;
}

/* Whether another address may do better. */
static gboolean
is_of_address (const GError *error)
{
  return g_error_matches (error, DINH_NET_ERROR, DINH_NET_ERROR_UNREACHABLE) ||
         g_error_matches (error, DINH_NET_ERROR, DINH_NET_ERROR_CERTIFICATE);
}

static void
end_exchange (GTask *task)
{
  Exchange *exchange = g_task_get_task_data (task);

  end_attempt (exchange);
  if (exchange->cancelled_id != 0)
    g_cancellable_disconnect (g_task_get_cancellable (task), exchange->cancelled_id);
  exchange->cancelled_id = 0;
}

/* Takes @task and @error: the next address, or the end. */
static void
fail_attempt (GTask *task, GError *error)
{
  DinhHubClient *self = g_task_get_source_object (task);
  Exchange *exchange = g_task_get_task_data (task);

  end_attempt (exchange);
  if (is_of_address (error))
    self->current = (self->current + 1) % count_addresses (self);
  if (is_of_address (error) && exchange->tried < count_addresses (self)) {
    g_error_free (error);
    try_address (task);
    return;
  }
  end_exchange (task);
  g_task_return_error (task, error);
  g_object_unref (task);
}

/* The same address once more. */
static void
ask_again (GTask *task)
{
  Exchange *exchange = g_task_get_task_data (task);

  end_attempt (exchange);
  exchange->tried--;
  try_address (task);
}

static void
finish_answer (GTask *task)
{
  Exchange *exchange = g_task_get_task_data (task);
  guint status = soup_message_get_status (exchange->message);
  DinhAnswer *answer;

  if (is_out_of_date (g_task_get_source_object (task), exchange->message)) {
    fail_attempt (task, new_out_of_date ());
    return;
  }
  if (drop_bearer (g_task_get_source_object (task), exchange->message)) {
    ask_again (task);
    return;
  }
  if (!SOUP_STATUS_IS_SUCCESSFUL (status) && !(exchange->takes_problems && SOUP_STATUS_IS_CLIENT_ERROR (status))) {
    fail_attempt (task, judge_status (status, (const char *) exchange->received->data, exchange->received->len));
    return;
  }
  answer = g_new0 (DinhAnswer, 1);
  answer->status = status;
  answer->headers = soup_message_headers_ref (soup_message_get_response_headers (exchange->message));
  answer->body = g_byte_array_free_to_bytes (g_steal_pointer (&exchange->received));
  exchange->received = g_byte_array_new ();
  end_exchange (task);
  g_task_return_pointer (task, answer, (GDestroyNotify) dinh_answer_free);
  g_object_unref (task);
}

static void
on_piece_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Exchange *exchange = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) piece = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);

  if (piece == NULL) {
    fail_attempt (task, translate (error, exchange->late));
    return;
  }
  if (g_bytes_get_size (piece) == 0) {
    finish_answer (task);
    return;
  }
  g_byte_array_append (exchange->received, g_bytes_get_data (piece, NULL), (guint) g_bytes_get_size (piece));
  if (exchange->received->len > exchange->limit) {
    g_cancellable_cancel (exchange->cancellable);
    fail_attempt (task, g_error_new (DINH_NET_ERROR, DINH_NET_ERROR_TOO_LARGE, "the answer to “%s” has more than %zu bytes",
                                     exchange->path, exchange->limit));
    return;
  }
  g_input_stream_read_bytes_async (exchange->stream, PIECE, G_PRIORITY_DEFAULT, exchange->cancellable, on_piece_read, task);
}

/*
 * libsoup 3.2 takes an answer that comes in the moment of cancelling for a failure: it ends the message, then closes the
 * answer's stream, which reads what that freed. So the answer counts; the next read from it says that it was cancelled.
 */
static GInputStream *
finish_send (SoupSession *session, GAsyncResult *result, GError **error)
{
  g_task_set_check_cancellable (G_TASK (result), FALSE);
  return soup_session_send_finish (session, result, error);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Exchange *exchange = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  exchange->stream = finish_send (SOUP_SESSION (source), result, &error);
  if (exchange->stream == NULL) {
    fail_attempt (task, translate (error, exchange->late));
    return;
  }
  g_byte_array_set_size (exchange->received, 0);
  g_input_stream_read_bytes_async (exchange->stream, PIECE, G_PRIORITY_DEFAULT, exchange->cancellable, on_piece_read, task);
}

static void
on_upgraded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Exchange *exchange = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  SoupWebsocketConnection *connection =
    soup_session_websocket_connect_finish (SOUP_SESSION (source), result, &error);
  guint status = soup_message_get_status (exchange->message);

  if (connection == NULL && drop_bearer (g_task_get_source_object (task), exchange->message)) {
    ask_again (task);
    return;
  }
  if (connection == NULL) {
    fail_attempt (task, error->domain == SOUP_WEBSOCKET_ERROR ? judge_status (status, "", 0)
                                                              : translate (error, exchange->late));
    return;
  }
  if (is_out_of_date (g_task_get_source_object (task), exchange->message)) {
    g_object_unref (connection);
    fail_attempt (task, new_out_of_date ());
    return;
  }
  end_exchange (task);
  g_task_return_pointer (task, connection, g_object_unref);
  g_object_unref (task);
}

static gboolean
on_time_over (gpointer user_data)
{
  Exchange *exchange = g_task_get_task_data (user_data);

  exchange->late = TRUE;
  g_cancellable_cancel (exchange->cancellable);
  return G_SOURCE_REMOVE;
}

static void
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  Exchange *exchange = g_task_get_task_data (user_data);

  if (exchange->cancellable != NULL)
    g_cancellable_cancel (exchange->cancellable);
}

static void
set_body (const Exchange *exchange)
{
  SoupMessageHeaders *headers = soup_message_get_request_headers (exchange->message);

  if (exchange->piece != NULL) {
    soup_message_set_request_body_from_bytes (exchange->message, "application/octet-stream", exchange->piece);
    soup_message_headers_replace (headers, "Content-Range", exchange->content_range);
  } else if (exchange->body != NULL) {
    g_autoptr (GBytes) body = g_bytes_new (exchange->body, strlen (exchange->body));
    soup_message_set_request_body_from_bytes (exchange->message, "application/json", body);
  }
}

static void
try_address (GTask *task)
{
  DinhHubClient *self = g_task_get_source_object (task);
  Exchange *exchange = g_task_get_task_data (task);

  exchange->tried++;
  exchange->message = make_message (self, exchange->method, exchange->path);
  if (exchange->message == NULL) {
    fail_attempt (task, g_error_new (DINH_NET_ERROR, DINH_NET_ERROR_PROTOCOL, "“%s” is no path", exchange->path));
    return;
  }
  exchange->cancellable = g_cancellable_new ();
  if (g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    g_cancellable_cancel (exchange->cancellable);
  exchange->timer = g_timeout_source_new_seconds (exchange->seconds);
  g_task_attach_source (task, exchange->timer, on_time_over);
  set_body (exchange);
  if (exchange->upgrade)
    soup_session_websocket_connect_async (self->session, exchange->message, NULL, NULL, G_PRIORITY_DEFAULT,
                                          exchange->cancellable, on_upgraded, task);
  else
    soup_session_send_async (self->session, exchange->message, G_PRIORITY_DEFAULT, exchange->cancellable, on_sent, task);
}

static void
start_exchange (DinhHubClient *self, Exchange *exchange, GCancellable *cancellable, GAsyncReadyCallback callback,
                gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  exchange->received = g_byte_array_new ();
  g_task_set_task_data (task, exchange, (GDestroyNotify) exchange_free);
  if (cancellable != NULL)
    exchange->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), task, NULL);
  try_address (task);
}

/**
 * dinh_hub_client_send_async:
 *
 * Asks a question whose answer fits into memory. May be asked twice when an address dies in between: for requests that
 * can be repeated, which all of the wire's are.
 */
void
dinh_hub_client_send_async (DinhHubClient *self, const DinhRequest *request, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  Exchange *exchange = g_new0 (Exchange, 1);

  exchange->method = g_strdup (request->method == NULL ? "GET" : request->method);
  exchange->path = g_strdup (request->path);
  exchange->body = g_strdup (request->body);
  exchange->piece = request->piece == NULL ? NULL : g_bytes_ref (request->piece);
  exchange->content_range = g_strdup (request->content_range);
  exchange->limit = request->limit == 0 ? DEFAULT_LIMIT : request->limit;
  exchange->seconds = request->seconds == 0 ? DEFAULT_SECONDS : request->seconds;
  exchange->takes_problems = request->takes_problems;
  start_exchange (self, exchange, cancellable, callback, user_data);
}

/**
 * dinh_hub_client_send_finish:
 *
 * Returns: (transfer full): an answer with a 2xx status, or %NULL with a #DinhNetError or %G_IO_ERROR_CANCELLED.
 */
DinhAnswer *
dinh_hub_client_send_finish (DinhHubClient *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * dinh_hub_client_connect_async:
 *
 * Opens a WebSocket (RFC 6455).
 */
void
dinh_hub_client_connect_async (DinhHubClient *self, const char *path, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  Exchange *exchange = g_new0 (Exchange, 1);

  exchange->method = g_strdup ("GET");
  exchange->path = g_strdup (path);
  exchange->seconds = DEFAULT_SECONDS;
  exchange->upgrade = TRUE;
  start_exchange (self, exchange, cancellable, callback, user_data);
}

/**
 * dinh_hub_client_connect_finish:
 *
 * Returns: (transfer full): the connection, or %NULL with a #DinhNetError or %G_IO_ERROR_CANCELLED.
 */
SoupWebsocketConnection *
dinh_hub_client_connect_finish (DinhHubClient *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static GError *
read_problem (SoupMessage *message, GInputStream *stream, GCancellable *cancellable)
{
  char text[4096];
  gsize length = 0;

  g_input_stream_read_all (stream, text, sizeof text, &length, cancellable, NULL);
  return judge_status (soup_message_get_status (message), text, length);
}

/* Where the bytes begin that @message brings: at @offset if the range was kept to, else at 0. */
static gint64
get_start (SoupMessage *message, gint64 offset)
{
  goffset start = -1, end, total;

  if (soup_message_get_status (message) != SOUP_STATUS_PARTIAL_CONTENT)
    return 0;
  if (!soup_message_headers_get_content_range (soup_message_get_response_headers (message), &start, &end, &total))
    return -1;
  return start == offset ? start : -1;
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* Not soup_session_send(): where the server asks for a certificate, that one waits for the context that it blocks. */
static GInputStream *
send_and_wait (DinhHubClient *self, SoupMessage *message, GCancellable *cancellable, GError **error)
{
  g_autoptr (SoupSession) session = g_object_ref (self->session);
  g_autoptr (GAsyncResult) result = NULL;

  soup_session_send_async (session, message, G_PRIORITY_DEFAULT, cancellable, on_opened, &result);
  while (result == NULL)
    g_main_context_iteration (g_main_context_get_thread_default (), TRUE);
  return finish_send (session, result, error);
}

static GInputStream *
open_at (DinhHubClient *self, const char *path, gint64 *offset, GCancellable *cancellable, GError **error)
{
  g_autoptr (SoupMessage) message = make_message (self, "GET", path);
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GError) fault = NULL;

  if (*offset > 0)
    soup_message_headers_set_range (soup_message_get_request_headers (message), *offset, -1);
  stream = send_and_wait (self, message, cancellable, &fault);
  if (stream == NULL) {
    g_propagate_error (error, translate (fault, FALSE));
    return NULL;
  }
  if (is_out_of_date (self, message)) {
    g_propagate_error (error, new_out_of_date ());
    return NULL;
  }
  if (drop_bearer (self, message))
    return open_at (self, path, offset, cancellable, error);
  if (!SOUP_STATUS_IS_SUCCESSFUL (soup_message_get_status (message))) {
    g_propagate_error (error, read_problem (message, stream, cancellable));
    return NULL;
  }
  *offset = get_start (message, *offset);
  if (*offset >= 0)
    return g_steal_pointer (&stream);
  g_set_error (error, DINH_NET_ERROR, DINH_NET_ERROR_PROTOCOL, "“%s”: another range than was asked for", path);
  return NULL;
}

/**
 * dinh_hub_client_open:
 * @offset: (inout): the first byte that is wanted; 0 afterwards if the hub sends everything instead
 *
 * Asks for something large and waits until it begins to come, running the thread's default context. Reading from the stream fails with other domains than
 * #DinhNetError. Returns: (transfer full): the bytes, or %NULL with a #DinhNetError or %G_IO_ERROR_CANCELLED.
 */
GInputStream *
dinh_hub_client_open (DinhHubClient *self, const char *path, gint64 *offset, GCancellable *cancellable, GError **error)
{
  guint addresses = count_addresses (self);

  for (guint tried = 1;; tried++) {
    g_autoptr (GError) fault = NULL;
    GInputStream *stream = open_at (self, path, offset, cancellable, &fault);

    if (stream != NULL)
      return stream;
    if (!is_of_address (fault) || tried == addresses) {
      g_propagate_error (error, g_steal_pointer (&fault));
      return NULL;
    }
    self->current = (self->current + 1) % addresses;
  }
}

/**
 * dinh_hub_client_get_identity:
 *
 * Returns: (transfer none): who asks.
 */
DinhIdentity *
dinh_hub_client_get_identity (DinhHubClient *self)
{
  return self->identity;
}

/**
 * dinh_hub_client_set_bearer:
 * @bearer: of whoever is signed in at this device
 *
 * What is read from now on is read as that person.
 */
void
dinh_hub_client_set_bearer (DinhHubClient *self, DinhBearer *bearer)
{
  g_set_object (&self->bearer, bearer);
}

static void
dinh_hub_client_finalize (GObject *object)
{
  DinhHubClient *self = DINH_HUB_CLIENT (object);

  g_clear_object (&self->session);
  g_clear_object (&self->certificate);
  g_clear_object (&self->authority);
  g_clear_object (&self->bearer);
  g_clear_object (&self->clock);
  g_clear_object (&self->identity);
  G_OBJECT_CLASS (dinh_hub_client_parent_class)->finalize (object);
}

static void
dinh_hub_client_class_init (DinhHubClientClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dinh_hub_client_finalize;
}

static void
dinh_hub_client_init (DinhHubClient *self)
{
}

/**
 * dinh_hub_client_new:
 * @identity: one that was loaded from or saved to a folder
 * @clock: judges the hub's certificate
 *
 * Returns: (transfer full): a client for the calling thread, or %NULL with a #GTlsError.
 */
DinhHubClient *
dinh_hub_client_new (DinhIdentity *identity, DinhHubClock *clock, GError **error)
{
  g_autoptr (DinhHubClient) self = g_object_new (DINH_TYPE_HUB_CLIENT, NULL);
  /* The database takes an absolute path only, and says so too late. */
  g_autofree char *anchors = g_canonicalize_filename (dinh_identity_get_authority_path (identity), NULL);
  g_autoptr (GTlsDatabase) authority = g_tls_file_database_new (anchors, error);

  if (authority == NULL)
    return NULL;
  /* Else every connection first reads all of the system's authorities, only to put this one in their place. */
  g_tls_backend_set_default_database (g_tls_backend_get_default (), authority);
  self->identity = g_object_ref (identity);
  self->clock = g_object_ref (clock);
  self->authority = g_object_ref (authority);
  return g_steal_pointer (&self);
}
