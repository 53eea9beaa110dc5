/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hub/dinh-syslog.h"

#include "data/record/dinh-time.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <unistd.h>

/*
 * Events of the audit stream as messages of RFC 5424, one a datagram (RFC 5426 over UDP). A thread of its own
 * sends them: a log that is slow or gone never holds the hub up. What it cannot take is dropped; the record
 * has it in any case.
 */

#define FACILITY 13 /* log audit */
#define NOTICE 5
#define WARNING 4
#define SD_ID "dinh@32473" /* the enterprise number that RFC 5612 keeps for documents: nobody's own */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define USUAL_PATH "/dev/log"
#define USUAL_PORT 514
#define PATIENCE 2 /* seconds that one message may take */
#define MAX_WAITING 4096
#define MAX_PARAMETER 255 /* characters */

struct _DinhSyslog {
  GSocketConnectable *address;
  char *host;
  char *process;
  GAsyncQueue *queue; /* of char *; the queue itself means stop */
  gint is_stopping;   /* atomic */
  GThread *thread;
  GSocket *socket;      /* the thread's */
  gboolean was_refused; /* the thread's: said once */
};

/* --- the message --- */

/* PARAM-VALUE (§6.3.3): three characters are escaped. A control character, which no name of the record holds,
 * would only be there to make one message look like two. */
static void
add_parameter (GString *text, const char *name, const char *value)
{
  g_autofree char *valid = value == NULL ? NULL : g_utf8_make_valid (value, -1);
  glong n = 0;

  if (valid == NULL)
    return;
  g_string_append_printf (text, " %s=\"", name);
  for (const char *p = valid; *p != '\0' && n < MAX_PARAMETER; p = g_utf8_next_char (p), n++) {
    gunichar c = g_utf8_get_char (p);

    if (c == '"' || c == '\\' || c == ']')
      g_string_append_c (text, '\\');
    g_string_append_unichar (text, g_unichar_iscntrl (c) ? 0xfffd : c);
  }
  g_string_append_c (text, '"');
}

static void
add_number (GString *text, const char *name, gint64 number)
{
  g_autofree char *value = g_strdup_printf ("%" G_GINT64_FORMAT, number);

  add_parameter (text, name, value);
}

static const char *
name_of (const DinhState *body, const char *table, const char *id)
{
  return body == NULL || id == NULL ? NULL : dinh_json_get_string (dinh_state_get (body, table, id), "name");
}

static void
add_data (GString *text, const DinhEvent *event, const DinhState *body)
{
  static const char *const fields[] = {"action",  "outcome", "device", "person",
                                       "address", "subject", "stream", "reason"};

  g_string_append (text, "[" SD_ID);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    add_parameter (text, fields[i], dinh_json_get_string (event->body, fields[i]));
  add_parameter (text, "deviceName", name_of (body, "devices", dinh_json_get_string (event->body, "device")));
  add_parameter (text, "personName", name_of (body, "persons", dinh_json_get_string (event->body, "person")));
  if (json_object_get (event->body, "count") != NULL)
    add_number (text, "count", dinh_json_get_integer (event->body, "count"));
  add_number (text, "seq", (gint64) event->seq);
  g_string_append_c (text, ']');
}

/* HOSTNAME and the like are printable ASCII without a space (§6). */
static char *
make_token (const char *text, gsize max)
{
  GString *token = g_string_new (NULL);

  for (; *text != '\0' && token->len < max; text++) {
    if (g_ascii_isgraph (*text))
      g_string_append_c (token, *text);
  }
  if (token->len == 0)
    g_string_append_c (token, '-');
  return g_string_free (token, FALSE);
}

/**
 * dinh_syslog_format:
 * @event: an `audit-recorded`
 * @body: (nullable): for the names of devices and persons
 * @host: this machine
 * @process: this process's number
 *
 * Returns: (transfer full): the message of RFC 5424: facility 13 (log audit), severity notice for what was
 * done, warning for what was refused, the fields of the event as structured data, and a text in UTF-8, which
 * begins with a byte order mark.
 */
char *
dinh_syslog_format (const DinhEvent *event, const DinhState *body, const char *host, const char *process)
{
  const char *action = dinh_json_get_string (event->body, "action");
  const char *outcome = dinh_json_get_string (event->body, "outcome");
  int severity = g_strcmp0 (outcome, "refused") == 0 ? WARNING : NOTICE;
  g_autofree char *at = dinh_time_format (event->at), *token = make_token (host, 255);
  GString *text = g_string_new (NULL);

  g_string_printf (text, "<%d>1 %s %s dinh-hub %s %s ", FACILITY * 8 + severity, at, token, process, action);
  add_data (text, event, body);
  g_string_append_printf (text, " " BYTE_ORDER_MARK "%s %s", action, outcome);
  return g_string_free (text, FALSE);
}

/* --- sending --- */

/* In the thread: names may take their time to be found. */
static gboolean
connect_to (DinhSyslog *self, GSocketAddress *address, GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_DATAGRAM,
                                             G_SOCKET_PROTOCOL_DEFAULT, error);

  if (socket == NULL)
    return FALSE;
  g_socket_set_timeout (socket, PATIENCE);
  if (!g_socket_connect (socket, address, NULL, error))
    return FALSE;
  self->socket = g_steal_pointer (&socket);
  return TRUE;
}

static gboolean
open_socket (DinhSyslog *self, GError **error)
{
  g_autoptr (GSocketAddressEnumerator) addresses = g_socket_connectable_enumerate (self->address);
  g_autoptr (GSocketAddress) address = NULL;

  if (self->socket != NULL)
    return TRUE;
  address = g_socket_address_enumerator_next (addresses, NULL, error);
  if (address == NULL && (error == NULL || *error == NULL))
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "no such host");
  return address != NULL && connect_to (self, address, error);
}

/* A log that was started anew has another socket under the same name: one more try. */
static gboolean
send_one (DinhSyslog *self, const char *text, GError **error)
{
  if (self->socket != NULL && g_socket_send (self->socket, text, strlen (text), NULL, NULL) >= 0)
    return TRUE;
  g_clear_object (&self->socket);
  if (open_socket (self, error) && g_socket_send (self->socket, text, strlen (text), NULL, error) >= 0)
    return TRUE;
  g_clear_object (&self->socket);
  return FALSE;
}

static gpointer
run_thread (gpointer user_data)
{
  DinhSyslog *self = user_data;
  gpointer item;

  while ((item = g_async_queue_pop (self->queue)) != self->queue) {
    g_autofree char *text = item;
    g_autoptr (GError) error = NULL;
    gboolean sent = send_one (self, text, &error);

    if (!sent && !self->was_refused)
      g_printerr ("dinh-hub: syslog: %s\n", error->message);
    self->was_refused = !sent;
    if (!sent && g_atomic_int_get (&self->is_stopping))
      return NULL;
  }
  return NULL;
}

/**
 * dinh_syslog_send:
 * @event: an `audit-recorded`
 * @body: for names
 *
 * Hands the event over and never waits; it is dropped when too many wait.
 */
void
dinh_syslog_send (DinhSyslog *self, const DinhEvent *event, const DinhState *body)
{
  if (g_async_queue_length (self->queue) < MAX_WAITING)
    g_async_queue_push (self->queue, dinh_syslog_format (event, body, self->host, self->process));
}

static GSocketConnectable *
parse_target (const char *target, GError **error)
{
  if (g_str_has_prefix (target, "unix:") && target[strlen ("unix:")] != '\0')
    return G_SOCKET_CONNECTABLE (g_unix_socket_address_new (target + strlen ("unix:")));
  if (g_str_has_prefix (target, "udp:") && target[strlen ("udp:")] != '\0')
    return g_network_address_parse (target + strlen ("udp:"), USUAL_PORT, error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "“%s” is neither unix:PATH nor udp:HOST:PORT",
               target);
  return NULL;
}

/**
 * dinh_syslog_new:
 * @target: (nullable): "unix:PATH" or "udp:HOST:PORT"; %NULL: this machine's log, if there is one
 *
 * Returns: (transfer full): the way; or %NULL, without an error if this machine has no log, or with a
 * #GIOErrorEnum if @target is not understood. Whether anybody listens there is not asked.
 */
DinhSyslog *
dinh_syslog_new (const char *target, GError **error)
{
  g_autoptr (GSocketConnectable) address = NULL;
  DinhSyslog *self;

  if (target == NULL && !g_file_test (USUAL_PATH, G_FILE_TEST_EXISTS))
    return NULL;
  address = parse_target (target == NULL ? "unix:" USUAL_PATH : target, error);
  if (address == NULL)
    return NULL;
  self = g_new0 (DinhSyslog, 1);
  self->address = g_steal_pointer (&address);
  self->host = g_strdup (g_get_host_name ());
  self->process = g_strdup_printf ("%d", getpid ());
  self->queue = g_async_queue_new_full (NULL);
  self->thread = g_thread_new ("dinh-syslog", run_thread, self);
  return self;
}

/**
 * dinh_syslog_free:
 *
 * Sends what waits, as long as it is taken, and ends.
 */
void
dinh_syslog_free (DinhSyslog *self)
{
  gpointer item;

  g_atomic_int_set (&self->is_stopping, TRUE);
  g_async_queue_push (self->queue, self->queue);
  g_thread_join (self->thread);
  while ((item = g_async_queue_try_pop (self->queue)) != NULL) {
    if (item != self->queue)
      g_free (item);
  }
  g_async_queue_unref (self->queue);
  g_clear_object (&self->socket);
  g_object_unref (self->address);
  g_free (self->host);
  g_free (self->process);
  g_free (self);
}
