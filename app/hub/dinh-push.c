/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hub/dinh-push.h"

#include "app/hub/dinh-audiences.h"
#include "app/hub/dinh-metrics.h"

#include <gio/gunixsocketaddress.h>
#include <libsoup/soup.h>

/*
 * Hands messages to nchan, which delivers them to thousands. One message is under way at a time, to all audiences
 * that may hear it, so that what was committed first arrives first; lines that queue up behind it for the same
 * stream travel together. A message that cannot be handed over is dropped: it is only a doorbell, the gap in seq
 * tells.
 */

#define MAX_MESSAGE (256 * 1024)
#define MAX_QUEUE 4096
#define AT_ONCE 4

/* Seconds after which a channel is closed again, for who had been told of it and was not there yet. */
#define CLOSE_AGAIN 5

typedef struct {
  char *source; /* a stream, or the one channel to close */
  GString *text; /* NULL: close */
} Entry;

struct _DinhPush {
  GObject parent_instance;

  SoupSession *session;
  DinhAudiences *audiences;
  GQueue *queue;
  guint n_under_way;
  GPtrArray *closed; /* channels to close again */
  guint again;
};

/* One request of a message. */
typedef struct {
  DinhPush *push;
  char *channel;
  gboolean closes;
} Sending;

G_DEFINE_FINAL_TYPE (DinhPush, dinh_push, G_TYPE_OBJECT)

static void send_next (DinhPush *self);

static void
entry_free (Entry *entry)
{
  g_free (entry->source);
  if (entry->text != NULL)
    g_string_free (entry->text, TRUE);
  g_free (entry);
}

static void
sending_free (Sending *sending)
{
  g_object_unref (sending->push);
  g_free (sending->channel);
  g_free (sending);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Sending, sending_free)

static void
queue_close (DinhPush *self, const char *channel)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->source = g_strdup (channel);
  g_queue_push_tail (self->queue, entry);
}

static gboolean
on_close_again (gpointer user_data)
{
  DinhPush *self = user_data;

  for (guint i = 0; i < self->closed->len; i++)
    queue_close (self, g_ptr_array_index (self->closed, i));
  g_ptr_array_set_size (self->closed, 0);
  self->again = 0;
  send_next (self);
  return G_SOURCE_REMOVE;
}

static void
close_channel (DinhPush *self, const char *channel)
{
  dinh_audiences_forget (self->audiences, channel);
  queue_close (self, channel);
  g_ptr_array_add (self->closed, g_strdup (channel));
  g_clear_handle_id (&self->again, g_source_remove);
  self->again = g_timeout_add_seconds (CLOSE_AGAIN, on_close_again, self);
}

/* nchan says 202 where nobody listens. Should somebody all the same, they come back and get another channel. */
static void
on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Sending) sending = user_data;
  DinhPush *self = sending->push;
  SoupMessage *message = soup_session_get_async_result_message (SOUP_SESSION (source), result);
  guint status = soup_message_get_status (message);
  g_autoptr (GBytes) answer = soup_session_send_and_read_finish (SOUP_SESSION (source), result, NULL);

  if (!sending->closes)
    dinh_metrics_add (
        answer != NULL && SOUP_STATUS_IS_SUCCESSFUL (status) ? DINH_METRIC_PUSHES : DINH_METRIC_PUSHES_LOST, 1);
  if (answer != NULL && !sending->closes && status == SOUP_STATUS_ACCEPTED &&
      dinh_audiences_is_settled (self->audiences, sending->channel))
    close_channel (self, sending->channel);
  self->n_under_way--;
  send_next (self);
}

static void
send_to (DinhPush *self, const char *channel, GBytes *body)
{
  g_autofree char *uri = g_strdup_printf ("http://nchan/publish?id=%s", channel);
  g_autoptr (SoupMessage) message = soup_message_new (body == NULL ? "DELETE" : "POST", uri);
  Sending *sending = g_new0 (Sending, 1);

  /* Without this libsoup opens a new connection for every POST. */
  soup_message_add_flags (message, SOUP_MESSAGE_IDEMPOTENT);
  if (body != NULL)
    soup_message_set_request_body_from_bytes (message, "application/x-ndjson", body);
  sending->push = g_object_ref (self);
  sending->channel = g_strdup (channel);
  sending->closes = body == NULL;
  self->n_under_way++;
  soup_session_send_and_read_async (self->session, message, G_PRIORITY_HIGH, NULL, on_sent, sending);
}

static void
send_text (DinhPush *self, const Entry *entry)
{
  g_autoptr (GBytes) body = g_bytes_new (entry->text->str, entry->text->len);
  g_autoptr (GPtrArray) channels = dinh_audiences_find (self->audiences, entry->source);

  for (guint i = 0; i < channels->len; i++)
    send_to (self, g_ptr_array_index (channels, i), body);
}

static void
send_next (DinhPush *self)
{
  while (self->n_under_way == 0 && !g_queue_is_empty (self->queue)) {
    Entry *entry = g_queue_pop_head (self->queue);

    if (entry->text == NULL)
      send_to (self, entry->source, NULL);
    else
      send_text (self, entry);
    entry_free (entry);
  }
}

/**
 * dinh_push_send:
 * @stream: its id
 * @text: lines without the last line feed
 *
 * Queues a message for everybody who hears @stream now.
 */
void
dinh_push_send (DinhPush *self, const char *stream, const char *text)
{
  Entry *last = g_queue_peek_tail (self->queue);

  if (last != NULL && last->text != NULL && g_str_equal (last->source, stream) &&
      last->text->len < MAX_MESSAGE) {
    g_string_append_printf (last->text, "\n%s", text);
  } else if (g_queue_get_length (self->queue) >= MAX_QUEUE) {
    dinh_metrics_add (DINH_METRIC_PUSHES_LOST, 1);
  } else {
    last = g_new0 (Entry, 1);
    last->source = g_strdup (stream);
    last->text = g_string_new (text);
    g_queue_push_tail (self->queue, last);
  }
  send_next (self);
}

/**
 * dinh_push_close:
 * @who: a stream, or a device
 *
 * Ends the connections of everybody who hears the stream, or of who hears what the device does; they come back and
 * are asked again who they are. What is sent from now on does not reach them before.
 */
void
dinh_push_close (DinhPush *self, const char *who)
{
  g_autoptr (GPtrArray) channels = dinh_audiences_find (self->audiences, who);

  for (guint i = 0; i < channels->len; i++)
    close_channel (self, g_ptr_array_index (channels, i));
  send_next (self);
}

/**
 * dinh_push_enter:
 * @device: its id
 * @hears: streams, with commas between them
 *
 * Returns: (transfer none): the channel that @device is to listen to.
 */
const char *
dinh_push_enter (DinhPush *self, const char *device, const char *hears)
{
  return dinh_audiences_enter (self->audiences, device, hears);
}

static void
dinh_push_finalize (GObject *object)
{
  DinhPush *self = DINH_PUSH (object);

  g_clear_handle_id (&self->again, g_source_remove);
  g_queue_free_full (self->queue, (GDestroyNotify) entry_free);
  g_ptr_array_unref (self->closed);
  g_object_unref (self->session);
  dinh_audiences_free (self->audiences);
  G_OBJECT_CLASS (dinh_push_parent_class)->finalize (object);
}

static void
dinh_push_class_init (DinhPushClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dinh_push_finalize;
}

static void
dinh_push_init (DinhPush *self)
{
  self->queue = g_queue_new ();
  self->closed = g_ptr_array_new_with_free_func (g_free);
}

/**
 * dinh_push_new:
 * @socket_path: where nginx's publisher listens
 * @audiences_path: where it is kept who listens to what
 *
 * Returns: (transfer full): the way to nchan.
 */
DinhPush *
dinh_push_new (const char *socket_path, const char *audiences_path)
{
  DinhPush *self = g_object_new (DINH_TYPE_PUSH, NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (socket_path);

  self->session = g_object_new (SOUP_TYPE_SESSION, "remote-connectable", address, "timeout", 10,
                                "max-conns-per-host", AT_ONCE, NULL);
  self->audiences = dinh_audiences_new (audiences_path);
  return self;
}
