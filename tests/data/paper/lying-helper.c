/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A helper that lies. Each kind of lie is a name of this program (a link to it). "babble" says anything, by a
 * seeded generator whose seed is in $BABBLE_SEED; the others are for tests that know what must come of them.
 */

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include "data/paper/dinh-helper-protocol.h"

typedef struct {
  DinhHelperRequest request;
  int answer;
} Call;

static void
say (const void *packet, gsize size)
{
  send (DINH_HELPER_SOCKET, packet, size, MSG_NOSIGNAL);
}

static void
reply (guint32 serial, guint32 status, guint64 n)
{
  say (&(DinhHelperReply){serial, status, n}, sizeof (DinhHelperReply));
}

static void
write_sizes (int answer, double width, double height)
{
  const DinhHelperPageSize size = {width, height};

  if (pwrite (answer, &size, sizeof size, 0) != sizeof size)
    exit (EXIT_FAILURE);
}

static void
lie_nothing (const Call *call)
{
  write_sizes (call->answer, 10, 20);
  reply (call->request.serial, DINH_HELPER_DONE, 1);
}

static void
lie_serial (const Call *call)
{
  write_sizes (call->answer, 10, 20);
  reply (call->request.serial + 1, DINH_HELPER_DONE, 1);
}

static void
lie_status (const Call *call)
{
  reply (call->request.serial, DINH_HELPER_N_STATUSES, 1);
}

static void
lie_short (const Call *call)
{
  say (&call->request.serial, 4);
}

static void
lie_long (const Call *call)
{
  const DinhHelperReply packet[2] = {{call->request.serial, DINH_HELPER_DONE, 1}};

  write_sizes (call->answer, 10, 20);
  say (packet, sizeof packet);
}

static void
lie_no_pages (const Call *call)
{
  reply (call->request.serial, DINH_HELPER_DONE, 0);
}

static void
lie_many_pages (const Call *call)
{
  reply (call->request.serial, DINH_HELPER_DONE, G_MAXUINT64 / 8);
}

static void
lie_no_sizes (const Call *call)
{
  reply (call->request.serial, DINH_HELPER_DONE, 1);
}

static void
lie_nan (const Call *call)
{
  write_sizes (call->answer, NAN, 20);
  reply (call->request.serial, DINH_HELPER_DONE, 1);
}

static void
lie_huge (const Call *call)
{
  write_sizes (call->answer, 10, 1e30);
  reply (call->request.serial, DINH_HELPER_DONE, 1);
}

/* Tries to take the memory away from under the asker's mapping; the seals refuse. */
static void
lie_shrink (const Call *call)
{
  lie_nothing (call);
  if (ftruncate (call->answer, 0) == 0)
    exit (EXIT_FAILURE);
}

static void
lie_twice (const Call *call)
{
  lie_nothing (call);
  lie_nothing (call);
}

/* More text than there is. */
static void
lie_no_text (const Call *call)
{
  if (call->request.verb == DINH_HELPER_READ)
    reply (call->request.serial, DINH_HELPER_DONE, DINH_HELPER_MAX_TEXT);
  else
    lie_nothing (call);
}

/* More text than may be. */
static void
lie_much_text (const Call *call)
{
  if (call->request.verb != DINH_HELPER_READ)
    lie_nothing (call);
  else if (ftruncate (call->answer, DINH_HELPER_MAX_TEXT + 1) == 0)
    reply (call->request.serial, DINH_HELPER_DONE, DINH_HELPER_MAX_TEXT + 1);
}

static void
lie_exit (const Call *call)
{
  exit (EXIT_SUCCESS);
}

static void
lie_silence (const Call *call)
{
  for (;;)
    pause ();
}

static gboolean
one_in (guint n)
{
  return lrand48 () % n == 0;
}

static void
babble (const Call *call)
{
  guint32 packet[64];

  for (guint i = 0; i < G_N_ELEMENTS (packet); i++)
    packet[i] = one_in (2) ? (guint32) mrand48 () : (guint32) lrand48 () & 7;
  if (!one_in (4))
    packet[0] = call->request.serial;
  if (one_in (2))
    return lie_nothing (call);
  if (pwrite (call->answer, packet, sizeof packet, 0) < 0 || one_in (16))
    exit (EXIT_FAILURE);
  say (packet, one_in (4) ? (guint) lrand48 () % sizeof packet : sizeof (DinhHelperReply));
  if (one_in (8))
    say (packet, sizeof (DinhHelperReply));
}

static const struct {
  const char *name;
  void (*lie) (const Call *);
} lies[] = {
    {"nothing", lie_nothing},
    {"serial", lie_serial},
    {"status", lie_status},
    {"short", lie_short},
    {"long", lie_long},
    {"no-pages", lie_no_pages},
    {"many-pages", lie_many_pages},
    {"no-sizes", lie_no_sizes},
    {"nan", lie_nan},
    {"huge", lie_huge},
    {"shrink", lie_shrink},
    {"twice", lie_twice},
    {"no-text", lie_no_text},
    {"much-text", lie_much_text},
    {"exit", lie_exit},
    {"silence", lie_silence},
    {"babble", babble},
};

/* Takes a request and the second of its descriptors. */
static gboolean
receive (Call *call)
{
  char control[CMSG_SPACE (2 * sizeof (int))] __attribute__ ((aligned (8)));
  struct iovec part = {&call->request, sizeof call->request};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  int fds[2] = {-1, -1};

  if (recvmsg (DINH_HELPER_SOCKET, &message, 0) <= 0)
    return FALSE;
  if (message.msg_controllen > 0)
    memcpy (fds, CMSG_DATA ((struct cmsghdr *) control), sizeof fds);
  close (fds[0]);
  call->answer = fds[1];
  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_autofree char *name = g_path_get_basename (argv[0]);
  Call call;

  srand48 (g_getenv ("BABBLE_SEED") != NULL ? atol (g_getenv ("BABBLE_SEED")) : 0);
  reply (0, DINH_HELPER_DONE, g_str_equal (name, "version") ? 99 : DINH_HELPER_VERSION);
  while (receive (&call)) {
    for (guint i = 0; i < G_N_ELEMENTS (lies); i++)
      if (g_str_equal (name, lies[i].name))
        lies[i].lie (&call);
    close (call.answer);
  }
  return EXIT_SUCCESS;
}
