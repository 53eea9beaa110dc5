/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hub/dinh-push.h"

#include "app/hub/dinh-metrics.h"

#include <gio/gunixsocketaddress.h>
#include <libsoup/soup.h>

/*
 * Hands messages to nchan, which delivers them to thousands. One request is under way at a time, so that what
 * was committed first arrives first; lines that queue up behind it for the same channel travel together. A
 * message that cannot be handed over is dropped: it is only a doorbell, the gap in seq tells.
 */

#define MAX_MESSAGE (256 * 1024)
#define MAX_QUEUE 4096

typedef struct {
  char *channel;
  GString *text; /* NULL: close the channel */
} Entry;

struct _DinhPush {
  GObject parent_instance;

  SoupSession *session;
  GQueue *queue;
  gboolean busy;
};

G_DEFINE_FINAL_TYPE (DinhPush, dinh_push, G_TYPE_OBJECT)

static void send_next (DinhPush *self);

static void
entry_free (Entry *entry)
{
  g_free (entry->channel);
  if (entry->text != NULL)
    g_string_free (entry->text, TRUE);
  g_free (entry);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DinhPush) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) answer = soup_session_send_and_read_finish (SOUP_SESSION (source), result, &error);

  dinh_metrics_add (answer == NULL ? DINH_METRIC_PUSHES_LOST : DINH_METRIC_PUSHES, 1);
  self->busy = FALSE;
  send_next (self);
}

static SoupMessage *
make_message (const Entry *entry)
{
  /* nchan takes the id as it stands; a stream's or device's id needs no escaping. */
  g_autofree char *uri = g_strdup_printf ("http://nchan/publish?id=%s", entry->channel);
  SoupMessage *message = soup_message_new (entry->text == NULL ? "DELETE" : "POST", uri);

  /* Without this libsoup opens a new connection for every POST. */
  soup_message_add_flags (message, SOUP_MESSAGE_IDEMPOTENT);

  if (entry->text != NULL) {
    g_autoptr (GBytes) body = g_bytes_new (entry->text->str, entry->text->len);
    soup_message_set_request_body_from_bytes (message, "application/x-ndjson", body);
  }
  return message;
}

static void
send_next (DinhPush *self)
{
  Entry *entry = self->busy ? NULL : g_queue_pop_head (self->queue);
  g_autoptr (SoupMessage) message = NULL;

  if (entry == NULL)
    return;
  self->busy = TRUE;
  message = make_message (entry);
  entry_free (entry);
  soup_session_send_and_read_async (self->session, message, G_PRIORITY_HIGH, NULL, on_sent,
                                    g_object_ref (self));
}

/**
 * dinh_push_send:
 * @channel: a stream's id, or a door
 * @text: lines without the last line feed
 *
 * Queues a message for everybody who listens to @channel now.
 */
void
dinh_push_send (DinhPush *self, const char *channel, const char *text)
{
  Entry *last = g_queue_peek_tail (self->queue);

  if (last != NULL && last->text != NULL && g_str_equal (last->channel, channel) &&
      last->text->len < MAX_MESSAGE) {
    g_string_append_printf (last->text, "\n%s", text);
  } else if (g_queue_get_length (self->queue) >= MAX_QUEUE) {
    dinh_metrics_add (DINH_METRIC_PUSHES_LOST, 1);
  } else {
    last = g_new0 (Entry, 1);
    last->channel = g_strdup (channel);
    last->text = g_string_new (text);
    g_queue_push_tail (self->queue, last);
  }
  send_next (self);
}

/**
 * dinh_push_close:
 *
 * Ends the connections of everybody who listens to @channel; they come back and are asked again who they are.
 */
void
dinh_push_close (DinhPush *self, const char *channel)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->channel = g_strdup (channel);
  g_queue_push_tail (self->queue, entry);
  send_next (self);
}

static void
dinh_push_finalize (GObject *object)
{
  DinhPush *self = DINH_PUSH (object);

  g_queue_free_full (self->queue, (GDestroyNotify) entry_free);
  g_object_unref (self->session);
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
}

/**
 * dinh_push_new:
 * @socket_path: where nginx's publisher listens
 *
 * Returns: (transfer full): the way to nchan.
 */
DinhPush *
dinh_push_new (const char *socket_path)
{
  DinhPush *self = g_object_new (DINH_TYPE_PUSH, NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (socket_path);

  self->session = g_object_new (SOUP_TYPE_SESSION, "remote-connectable", address, "timeout", 10, NULL);
  return self;
}
