/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/paper/dinh-helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib-unix.h>

#include "data/paper/dinh-paper-private.h"

/* One helper process, started when it is first needed and again after it was lost. It is asked one thing at a
 * time and nothing that it says is trusted. A helper dies with the thread that started it, so that thread has
 * to ask and free it too. */
struct _DinhHelper {
  char *program;
  GSubprocess *process; /* NULL: none runs */
  int socket;
  guint32 serial;
};

#define STARTING_SECONDS 10

/* In the order of DinhHelperStatus. */
static const struct {
  int code;
  const char *message;
} faults[] = {
    [DINH_HELPER_NOT_PDF] = {DINH_PAPER_ERROR_NOT_PDF, "not a PDF, or too damaged to be read"},
    [DINH_HELPER_EMPTY] = {DINH_PAPER_ERROR_EMPTY, "the PDF has no pages"},
    [DINH_HELPER_ENCRYPTED] = {DINH_PAPER_ERROR_ENCRYPTED, "the PDF needs a password"},
    [DINH_HELPER_NO_SUCH_PAGE] = {DINH_PAPER_ERROR_NO_SUCH_PAGE, "the page is missing from the PDF"},
    [DINH_HELPER_TOO_LARGE] =
        {DINH_PAPER_ERROR_TOO_LARGE,
         "the PDF has too many pages, the page too much text, or the drawing too many pixels"},
};

G_STATIC_ASSERT (G_N_ELEMENTS (faults) == DINH_HELPER_N_STATUSES);

static void
stop (DinhHelper *self)
{
  if (self->process == NULL)
    return;
  g_subprocess_force_exit (self->process);
  g_clear_object (&self->process);
  close (self->socket);
}

static gboolean
is_running (DinhHelper *self)
{
  struct pollfd socket = {.fd = self->socket, .events = POLLIN};

  /* A helper has nothing to say while it is not asked: a readable socket is a hang-up, or a helper out of
   * step. */
  if (self->process != NULL && poll (&socket, 1, 0) != 0)
    stop (self);
  return self->process != NULL;
}

/* Waits until the helper has said something or hung up. */
static gboolean
await (DinhHelper *self, guint seconds, GCancellable *cancellable, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + seconds * G_USEC_PER_SEC;
  GPollFD waits[2] = {{.fd = self->socket, .events = G_IO_IN}};
  guint n_waits = g_cancellable_make_pollfd (cancellable, &waits[1]) ? 2 : 1;
  gint64 left = 0;

  while (waits[0].revents == 0 && !g_cancellable_is_cancelled (cancellable) &&
         (left = deadline - g_get_monotonic_time ()) > 0)
    g_poll (waits, n_waits, (left + 999) / 1000);
  if (n_waits == 2)
    g_cancellable_release_fd (cancellable);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (waits[0].revents == 0)
    g_set_error (error, DINH_PAPER_ERROR, DINH_PAPER_ERROR_TOO_SLOW, "it took longer than %u seconds",
                 seconds);
  return waits[0].revents != 0;
}

static gboolean
receive (DinhHelper *self, DinhHelperReply *reply, guint seconds, GCancellable *cancellable, GError **error)
{
  gssize size;

  if (!await (self, seconds, cancellable, error))
    return FALSE;
  /* No room for control data: descriptors that a helper might send are dropped by the kernel. */
  size = recv (self->socket, reply, sizeof *reply, MSG_DONTWAIT | MSG_TRUNC);
  if (size <= 0)
    return dinh_paper_fail (error, DINH_PAPER_ERROR_CRASHED, "the helper died");
  if (size != sizeof *reply || reply->serial != self->serial || reply->status >= DINH_HELPER_N_STATUSES)
    return dinh_paper_fail (error, DINH_PAPER_ERROR_HELPER, "the helper does not speak the protocol");
  return TRUE;
}

static gboolean
send_request (DinhHelper *self, const DinhHelperRequest *request, const int *fds, gsize n_fds)
{
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE (2 * sizeof (int))];
  } control = {0};
  struct iovec part = {.iov_base = (gpointer) request, .iov_len = sizeof *request};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

  if (n_fds > 0) {
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE (n_fds * sizeof (int));
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN (n_fds * sizeof (int));
    memcpy (CMSG_DATA (&control.header), fds, n_fds * sizeof (int));
  }
  /* A helper that does not read its requests must not hold up this thread either. */
  return sendmsg (self->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof *request;
}

static gboolean
spawn (DinhHelper *self, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  int ends[2];

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
    return dinh_paper_fail (error, DINH_PAPER_ERROR_HELPER, "%s", g_strerror (errno));
  g_subprocess_launcher_take_fd (launcher, ends[1], DINH_HELPER_SOCKET);
  self->socket = ends[0];
  self->serial = 0;
  self->process = g_subprocess_launcher_spawn (launcher, error, self->program, "render", NULL);
  if (self->process == NULL)
    close (self->socket);
  return self->process != NULL;
}

static gboolean
start (DinhHelper *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) fault = NULL;
  DinhHelperReply hello;

  if (spawn (self, &fault) && receive (self, &hello, STARTING_SECONDS, cancellable, &fault) &&
      hello.n == DINH_HELPER_VERSION)
    return TRUE;
  stop (self);
  if (g_error_matches (fault, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_propagate_error (error, g_steal_pointer (&fault));
  else
    g_set_error (error, DINH_PAPER_ERROR, DINH_PAPER_ERROR_HELPER, "cannot start the helper '%s': %s",
                 self->program, fault != NULL ? fault->message : "it is of another version");
  return FALSE;
}

static gboolean
exchange (DinhHelper *self,
          DinhHelperRequest *request,
          const int fds[2],
          guint seconds,
          GCancellable *cancellable,
          DinhHelperReply *reply,
          GError **error)
{
  request->serial = ++self->serial;
  if (!send_request (self, request, fds, 2))
    g_set_error (error, DINH_PAPER_ERROR, DINH_PAPER_ERROR_CRASHED, "the helper died");
  else if (receive (self, reply, seconds, cancellable, error))
    return TRUE;
  stop (self);
  return FALSE;
}

/* Like exchange, but gives a request that ended a helper a second chance in a new one: the first may have
 * died of what it had served before, or by a hand from outside. */
static gboolean
exchange_in_running (DinhHelper *self,
                     DinhHelperRequest *request,
                     const int fds[2],
                     guint seconds,
                     GCancellable *cancellable,
                     DinhHelperReply *reply,
                     GError **error)
{
  g_autoptr (GError) fault = NULL;

  if (is_running (self)) {
    if (exchange (self, request, fds, seconds, cancellable, reply, &fault))
      return TRUE;
    if (!g_error_matches (fault, DINH_PAPER_ERROR, DINH_PAPER_ERROR_CRASHED)) {
      g_propagate_error (error, g_steal_pointer (&fault));
      return FALSE;
    }
  }
  return start (self, cancellable, error) &&
         exchange (self, request, fds, seconds, cancellable, reply, error);
}

/* Makes a helper that will run `program`. Nothing is started yet. */
DinhHelper *
dinh_helper_new (const char *program)
{
  DinhHelper *self = g_new0 (DinhHelper, 1);

  self->program = g_strdup (program);
  return self;
}

/* Ends the process, if one runs, and frees the rest. */
void
dinh_helper_free (DinhHelper *self)
{
  stop (self);
  g_free (self->program);
  g_free (self);
}

/* Makes memory of `size` bytes for an answer and returns its descriptor, or -1. It can neither shrink nor
 * grow, so that a mapping of it never faults whatever a helper does; with size 0 it is open-ended, and must
 * be read, not mapped. */
int
dinh_helper_make_answer (gsize size, GError **error)
{
  int fd = memfd_create ("dinh-paper", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd >= 0 && (size == 0 || (ftruncate (fd, size) == 0 &&
                                fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)))
    return fd;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
               "cannot make %" G_GSIZE_FORMAT " bytes of memory: %s", size, g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return -1;
}

/* Asks for something about the file `paper`, the answer to be written to the memory `answer`, and waits for
 * at most `seconds`; `n` is what the reply carries. A helper that is too slow, dies or talks nonsense is
 * ended (the next request starts another), and so is one whose request is cancelled. Errors are
 * DINH_PAPER_ERROR or G_IO_ERROR_CANCELLED. */
gboolean
dinh_helper_ask (DinhHelper *self,
                 DinhHelperRequest *request,
                 int paper,
                 int answer,
                 guint seconds,
                 GCancellable *cancellable,
                 guint64 *n,
                 GError **error)
{
  const int fds[] = {paper, answer};
  DinhHelperReply reply;

  if (!exchange_in_running (self, request, fds, seconds, cancellable, &reply, error))
    return FALSE;
  if (reply.status != DINH_HELPER_DONE)
    g_set_error_literal (error, DINH_PAPER_ERROR, faults[reply.status].code, faults[reply.status].message);
  else if (n != NULL)
    *n = reply.n;
  return reply.status == DINH_HELPER_DONE;
}

/* Tells a running helper to close a paper. */
void
dinh_helper_forget (DinhHelper *self, guint paper)
{
  DinhHelperRequest request = {.verb = DINH_HELPER_FORGET, .paper = paper};

  if (is_running (self) && !send_request (self, &request, NULL, 0))
    stop (self);
}
