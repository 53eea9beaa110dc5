/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-live.h"

/*
 * A line on which the hub speaks by itself. Pings go out all the time; a peer that answers nothing for two of them is
 * dead, whatever the sockets think.
 */

#define PING_SECONDS 20
#define SILENCE_SECONDS 45
#define MAX_MESSAGE (4 * 1024 * 1024)

struct _DinhLive {
  GObject parent_instance;

  SoupWebsocketConnection *connection;
  gint64 heard; /* monotonic time of the last sign of life */
  guint watch;
  gboolean closed;
};

enum { MESSAGE, CLOSED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DinhLive, dinh_live, G_TYPE_OBJECT)

static void
tell_closed (DinhLive *self)
{
  if (self->closed)
    return;
  self->closed = TRUE;
  g_clear_handle_id (&self->watch, g_source_remove);
  g_signal_emit (self, signals[CLOSED], 0);
}

static void
on_message_received (SoupWebsocketConnection *connection, int type, GBytes *message, DinhLive *self)
{
  self->heard = g_get_monotonic_time ();
  if (type == SOUP_WEBSOCKET_DATA_TEXT && !self->closed)
    g_signal_emit (self, signals[MESSAGE], 0, message);
}

static void
on_pong_received (SoupWebsocketConnection *connection, GBytes *message, DinhLive *self)
{
  self->heard = g_get_monotonic_time ();
}

static void
on_connection_closed (SoupWebsocketConnection *connection, DinhLive *self)
{
  tell_closed (self);
}

static gboolean
on_watch_due (gpointer user_data)
{
  DinhLive *self = user_data;

  if (g_get_monotonic_time () - self->heard < SILENCE_SECONDS * G_USEC_PER_SEC)
    return G_SOURCE_CONTINUE;
  self->watch = 0;
  tell_closed (self);
  return G_SOURCE_REMOVE;
}

static void
dinh_live_dispose (GObject *object)
{
  DinhLive *self = DINH_LIVE (object);

  self->closed = TRUE;
  g_clear_handle_id (&self->watch, g_source_remove);
  if (self->connection != NULL) {
    g_signal_handlers_disconnect_by_data (self->connection, self);
    if (soup_websocket_connection_get_state (self->connection) == SOUP_WEBSOCKET_STATE_OPEN)
      soup_websocket_connection_close (self->connection, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, NULL);
  }
  g_clear_object (&self->connection);
  G_OBJECT_CLASS (dinh_live_parent_class)->dispose (object);
}

static void
dinh_live_class_init (DinhLiveClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dinh_live_dispose;

  /**
   * DinhLive::message:
   * @message: (type GBytes): lines, as docs/protocol.md has them
   */
  signals[MESSAGE] =
    g_signal_new ("message", DINH_TYPE_LIVE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BYTES);
  /**
   * DinhLive::closed:
   *
   * Told once: the hub hung up, sent what it must not, or fell silent.
   */
  signals[CLOSED] = g_signal_new ("closed", DINH_TYPE_LIVE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dinh_live_init (DinhLive *self)
{
  self->heard = g_get_monotonic_time ();
}

/**
 * dinh_live_new:
 * @connection: (transfer full): an open one
 *
 * Returns: (transfer full): the line; letting go of it hangs up.
 */
DinhLive *
dinh_live_new (SoupWebsocketConnection *connection)
{
  DinhLive *self = g_object_new (DINH_TYPE_LIVE, NULL);

  self->connection = connection;
  soup_websocket_connection_set_max_incoming_payload_size (connection, MAX_MESSAGE);
  soup_websocket_connection_set_keepalive_interval (connection, PING_SECONDS);
  g_signal_connect (connection, "message", G_CALLBACK (on_message_received), self);
  g_signal_connect (connection, "pong", G_CALLBACK (on_pong_received), self);
  g_signal_connect (connection, "closed", G_CALLBACK (on_connection_closed), self);
  self->watch = g_timeout_add_seconds (SILENCE_SECONDS / 3, on_watch_due, self);
  return self;
}
