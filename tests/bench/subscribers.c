/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/subscribers.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#define LONGEST_HEADER 10
#define BATCH 256
#define QUIET_MILLISECONDS 20
#define GRAIN 250 /* µs: to be woken by each message would cost what is measured */
#define DATA_FRAME(header) (((header)[0] & 0x0f) < 8)

typedef struct {
  Subscribers *all;
  SSL *ssl;
  int fd;
  guint8 header[LONGEST_HEADER];
  guint n_header;
  guint64 left; /* of the frame's payload */
  gint64 arrived; /* real time of the newest bytes */
  gboolean waiting, got; /* this round's message: has bytes that are not read yet; has all of it */
} Subscriber;

struct _Subscribers {
  SSL_CTX *tls;
  Subscriber *each;
  guint n;
  int poll;
  guint source;
  guint n_waiting;
  guint n_got, n_lost;
  gint64 first, last;  /* real time of this round's first and last message */
  GByteArray *message; /* the newest of the first subscriber */
};

static gboolean
take_pass (SSL *ssl, const Pass *pass)
{
  BIO *certificate_text = BIO_new_mem_buf (pass->certificate, -1),
      *key_text = BIO_new_mem_buf (pass->key, -1);
  X509 *certificate = PEM_read_bio_X509 (certificate_text, NULL, NULL, NULL);
  EVP_PKEY *key = PEM_read_bio_PrivateKey (key_text, NULL, NULL, NULL);
  gboolean good = SSL_use_certificate (ssl, certificate) == 1 && SSL_use_PrivateKey (ssl, key) == 1;

  X509_free (certificate);
  EVP_PKEY_free (key);
  BIO_free (certificate_text);
  BIO_free (key_text);
  return good;
}

/* The server's answer ends with an empty line; what follows is the first frame's. */
static gboolean
shake_hands (SSL *ssl, const char *path)
{
  g_autofree char *request = g_strdup_printf ("GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                                              "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                                              path);
  g_autoptr (GString) answer = g_string_new (NULL);
  char byte;

  if (SSL_write (ssl, request, (int) strlen (request)) <= 0)
    return FALSE;
  while (!g_str_has_suffix (answer->str, "\r\n\r\n") && SSL_read (ssl, &byte, 1) == 1)
    g_string_append_c (answer, byte);
  return g_str_has_prefix (answer->str, "HTTP/1.1 101 ");
}

static gboolean
subscribe (Subscriber *self, guint port, const char *path, const Pass *pass)
{
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons ((guint16) port)};
  struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = self};

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  self->fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  self->ssl = SSL_new (self->all->tls);
  SSL_set_fd (self->ssl, self->fd);
  return take_pass (self->ssl, pass) &&
         connect (self->fd, (struct sockaddr *) &address, sizeof address) == 0 &&
         SSL_connect (self->ssl) == 1 && shake_hands (self->ssl, path) &&
         fcntl (self->fd, F_SETFL, O_NONBLOCK) == 0 &&
         epoll_ctl (self->all->poll, EPOLL_CTL_ADD, self->fd, &event) == 0;
}

static void
end_message (Subscriber *self)
{
  Subscribers *all = self->all;

  self->n_header = 0;
  if (!DATA_FRAME (self->header) || self->got)
    return;
  self->got = TRUE;
  all->first = all->n_got == 0 ? self->arrived : MIN (all->first, self->arrived);
  all->last = all->n_got == 0 ? self->arrived : MAX (all->last, self->arrived);
  all->n_got++;
}

/* Adds to the header what belongs to it (RFC 6455 §5.2, a server's frames are not masked). Returns bytes
 * taken. */
static gsize
take_header (Subscriber *self, const guint8 *data, gsize length)
{
  gsize wanted = self->n_header < 2 ? 2 : (self->header[1] == 127 ? 10 : self->header[1] == 126 ? 4 : 2);
  gsize taken = MIN (length, wanted - self->n_header);

  memcpy (self->header + self->n_header, data, taken);
  self->n_header += taken;
  return taken;
}

static gboolean
header_is_whole (Subscriber *self)
{
  guint length = self->n_header < 2 ? 0 : self->header[1];
  guint wanted = length == 127 ? 10 : length == 126 ? 4 : 2;

  if (self->n_header < wanted)
    return FALSE;
  self->left = length < 126 ? length : 0;
  for (guint i = 2; i < wanted; i++)
    self->left = self->left << 8 | self->header[i];
  if (self == self->all->each && DATA_FRAME (self->header))
    g_byte_array_set_size (self->all->message, 0);
  return TRUE;
}

static void
take_bytes (Subscriber *self, const guint8 *data, gsize length)
{
  while (length > 0) {
    gsize taken;

    if (self->left == 0) {
      taken = take_header (self, data, length);
      if (header_is_whole (self) && self->left == 0)
        end_message (self);
    } else {
      taken = MIN (length, self->left);
      if (self == self->all->each && DATA_FRAME (self->header))
        g_byte_array_append (self->all->message, data, (guint) taken);
      self->left -= taken;
      if (self->left == 0)
        end_message (self);
    }
    data += taken;
    length -= taken;
  }
}

static void
drain (Subscriber *self)
{
  guint8 buffer[16 * 1024];
  int got;

  while ((got = SSL_read (self->ssl, buffer, sizeof buffer)) > 0)
    take_bytes (self, buffer, (gsize) got);
  if (SSL_get_error (self->ssl, got) == SSL_ERROR_WANT_READ)
    return;
  epoll_ctl (self->all->poll, EPOLL_CTL_DEL, self->fd, NULL);
  self->all->n_lost++;
}

static void
drain_all (Subscribers *self)
{
  self->n_waiting = 0;
  for (guint i = 0; i < self->n; i++) {
    if (self->each[i].waiting) {
      self->each[i].waiting = FALSE;
      drain (&self->each[i]);
    }
  }
}

/* Real subscribers decrypt on machines of their own: here that waits until everybody who lacks the message has
 * bytes, or nothing more came for a while, so that it is not measured with what is. */
static gboolean
on_ready (int fd, GIOCondition condition, gpointer user_data)
{
  Subscribers *self = user_data;
  struct epoll_event events[BATCH];
  int n;

  while ((n = epoll_wait (fd, events, BATCH, QUIET_MILLISECONDS)) > 0) {
    gint64 now = g_get_real_time ();

    for (int i = 0; i < n; i++) {
      Subscriber *subscriber = events[i].data.ptr;

      subscriber->arrived = now;
      self->n_waiting += !subscriber->waiting;
      subscriber->waiting = TRUE;
    }
    if (self->n_waiting == self->n - self->n_got)
      break;
    g_usleep (GRAIN);
  }
  drain_all (self);
  return G_SOURCE_CONTINUE;
}

static void
raise_descriptors (void)
{
  struct rlimit limit;

  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
}

/* Connects one subscriber for each of @passes (of Pass) to @path of the server on this machine's @port;
 * blocks. */
Subscribers *
subscribers_new (guint port, const char *path, GPtrArray *passes, GError **error)
{
  g_autoptr (Subscribers) self = g_new0 (Subscribers, 1);

  raise_descriptors ();
  self->tls = SSL_CTX_new (TLS_client_method ());
  self->each = g_new0 (Subscriber, passes->len);
  self->message = g_byte_array_new ();
  self->poll = epoll_create1 (EPOLL_CLOEXEC);
  for (self->n = 0; self->n < passes->len; self->n++) {
    Subscriber *subscriber = &self->each[self->n];

    subscriber->all = self;
    if (!subscribe (subscriber, port, path, g_ptr_array_index (passes, self->n))) {
      self->n++;
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "subscriber %u cannot connect to port %u", self->n,
                   port);
      return NULL;
    }
  }
  self->source = g_unix_fd_add (self->poll, G_IO_IN, on_ready, self);
  return g_steal_pointer (&self);
}

void
subscribers_free (Subscribers *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
  for (guint i = 0; i < self->n; i++) {
    SSL_free (self->each[i].ssl);
    close (self->each[i].fd);
  }
  close (self->poll);
  SSL_CTX_free (self->tls);
  g_byte_array_unref (self->message);
  g_free (self->each);
  g_free (self);
}

/* From now on a new message is waited for. */
void
subscribers_expect (Subscribers *self)
{
  self->n_got = 0;
  for (guint i = 0; i < self->n; i++)
    self->each[i].got = FALSE;
}

static gboolean
on_time_over (gpointer over)
{
  *(gboolean *) over = TRUE;
  return G_SOURCE_REMOVE;
}

/* Turns the main loop until everybody has the message. Returns FALSE if the time is over or a connection was
 * lost. */
gboolean
subscribers_wait (Subscribers *self, guint seconds)
{
  gboolean over = FALSE;
  guint timer = g_timeout_add_seconds (seconds, on_time_over, &over);

  while (!over && self->n_got < self->n && self->n_lost == 0)
    g_main_context_iteration (NULL, TRUE);
  if (!over)
    g_source_remove (timer);
  return self->n_got == self->n;
}

/* When the first subscriber had the whole message, in microseconds of real time. */
gint64
subscribers_get_first (Subscribers *self)
{
  return self->first;
}

gint64
subscribers_get_last (Subscribers *self)
{
  return self->last;
}

/* What was delivered, to be freed by the caller. */
GBytes *
subscribers_dup_message (Subscribers *self)
{
  return g_bytes_new (self->message->data, self->message->len);
}
