/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/bad-peer.h"

#include <string.h>
#include <sys/socket.h>

#define HOST "Host: localhost\r\n"
#define N_THREADS 3

struct _BadPeer {
  guint port;
  GTlsCertificate *certificate;
  GThread *threads[N_THREADS];
  int stop;
};

/* A connection without TLS; @receive_buffer: bytes that the system takes unread, or 0. */
GSocketConnection *
bad_peer_dial_plain (guint port, int receive_buffer)
{
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, 0, NULL);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", port);
  g_autoptr (GError) error = NULL;

  if (receive_buffer > 0)
    g_socket_set_option (socket, SOL_SOCKET, SO_RCVBUF, receive_buffer, NULL);
  g_socket_set_timeout (socket, 30);
  g_socket_connect (socket, address, NULL, &error);
  g_assert_no_error (error);
  return g_socket_connection_factory_create_connection (socket);
}

static gboolean
on_server_shown (GTlsConnection *connection, GTlsCertificate *certificate, int errors, gpointer data)
{
  return TRUE; /* who the hub is, others test */
}

/* A TLS connection with @certificate (nullable). A @deaf one has little room for what nobody will read. */
GIOStream *
bad_peer_dial (guint port, GTlsCertificate *certificate, gboolean deaf)
{
  g_autoptr (GSocketConnection) plain = bad_peer_dial_plain (port, deaf ? 8192 : 0);
  g_autoptr (GError) error = NULL;
  GIOStream *connection = g_tls_client_connection_new (G_IO_STREAM (plain), NULL, &error);

  g_assert_no_error (error);
  g_signal_connect (connection, "accept-certificate", G_CALLBACK (on_server_shown), NULL);
  if (certificate != NULL)
    g_tls_connection_set_certificate (G_TLS_CONNECTION (connection), certificate);
  g_tls_connection_handshake (G_TLS_CONNECTION (connection), NULL, &error);
  g_assert_no_error (error);
  return connection;
}

/* Sends @length bytes, or with -1 a text. Returns whether they were all taken. */
gboolean
bad_peer_say (GIOStream *connection, const char *bytes, gssize length)
{
  return g_output_stream_write_all (g_io_stream_get_output_stream (connection), bytes,
                                    length < 0 ? strlen (bytes) : (gsize) length, NULL, NULL, NULL);
}

/* Asks a hundred things at once, reads a piece of the answers, and again. */
static gpointer
flood_with_requests (gpointer data)
{
  BadPeer *self = data;
  g_autoptr (GString) requests = g_string_new (NULL);
  g_autofree char *piece = g_malloc (65536);

  for (guint i = 0; i < 100; i++)
    g_string_append (requests, "GET /v1/streams HTTP/1.1\r\n" HOST "\r\n");
  while (!g_atomic_int_get (&self->stop)) {
    g_autoptr (GIOStream) connection = bad_peer_dial (self->port, self->certificate, FALSE);

    bad_peer_say (connection, requests->str, -1);
    g_input_stream_read (g_io_stream_get_input_stream (connection), piece, 65536, NULL, NULL);
  }
  return NULL;
}

/* Two hundred connections that stop in the middle: of TLS, or of a body; and again. */
static gpointer
flood_with_connections (gpointer data)
{
  BadPeer *self = data;

  while (!g_atomic_int_get (&self->stop)) {
    g_autoptr (GPtrArray) crowd = g_ptr_array_new_with_free_func (g_object_unref);

    for (guint i = 0; i < 200 && !g_atomic_int_get (&self->stop); i++) {
      gboolean plain = i % 2 == 0;
      GIOStream *connection = plain ? G_IO_STREAM (bad_peer_dial_plain (self->port, 0))
                                    : bad_peer_dial (self->port, self->certificate, TRUE);

      g_ptr_array_add (crowd, connection);
      bad_peer_say (
          connection,
          plain ? "\x16\x03\x01" : "POST /v1/commands HTTP/1.1\r\n" HOST "Content-Length: 100\r\n\r\n{", -1);
    }
  }
  return NULL;
}

/* Begins. @certificate: that of a device. */
BadPeer *
bad_peer_flood (guint port, GTlsCertificate *certificate)
{
  BadPeer *self = g_new0 (BadPeer, 1);

  self->port = port;
  self->certificate = g_object_ref (certificate);
  for (guint i = 0; i < N_THREADS; i++)
    self->threads[i] = g_thread_new ("flood", i == 0 ? flood_with_connections : flood_with_requests, self);
  return self;
}

/* Ends, and frees it. */
void
bad_peer_stop (BadPeer *self)
{
  g_atomic_int_set (&self->stop, TRUE);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (self->threads[i]);
  g_object_unref (self->certificate);
  g_free (self);
}
