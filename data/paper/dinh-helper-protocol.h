/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What data/paper and `dinh-helper render` say to each other: one packet a request and one a reply over a
 * SOCK_SEQPACKET socket, in the machine's own byte order, since both are of one build. The asking side makes
 * and seals the memory that an answer is written to, so that whatever becomes of the helper, reading the
 * answer is safe. */

#include <glib.h>

#define DINH_HELPER_SOCKET 3 /* the descriptor at which a helper finds its socket */
#define DINH_HELPER_VERSION                                                                                  \
  2 /* the first reply (serial 0) carries it, once the helper has shut itself in                             \
     */

#define DINH_HELPER_MAX_PAGES 20000
#define DINH_HELPER_MAX_PIXELS (64 << 20)
#define DINH_HELPER_MAX_SIDE 32767      /* what cairo can hold */
#define DINH_HELPER_MAX_SCALE 256       /* pixels a point */
#define DINH_HELPER_MAX_PAGE_SIDE 1.0e6 /* points */
#define DINH_HELPER_MAX_TEXT (1 << 20)  /* bytes of a page */

typedef enum {
  DINH_HELPER_MEASURE,  /* n: number of pages; answer: a DinhHelperPageSize each */
  DINH_HELPER_DRAW,     /* answer: width × height pixels of four bytes, B G R 0xff */
  DINH_HELPER_DRAW_PNG, /* n: number of bytes; answer: a PNG file */
  DINH_HELPER_READ,     /* n: number of bytes; answer: a page's text, a line feed wherever its place jumps */
  DINH_HELPER_FORGET,   /* closes a paper; has no reply and carries no descriptors */
} DinhHelperVerb;

typedef enum {
  DINH_HELPER_DONE,
  DINH_HELPER_NOT_PDF,
  DINH_HELPER_EMPTY,
  DINH_HELPER_ENCRYPTED,
  DINH_HELPER_NO_SUCH_PAGE,
  DINH_HELPER_TOO_LARGE,
  DINH_HELPER_N_STATUSES,
} DinhHelperStatus;

/* Sent with two descriptors (SCM_RIGHTS): the paper, open for reading, and the memory for the answer. A
 * helper opens the paper anew when it does not have it, so nobody needs to know what a helper has open. */
typedef struct {
  guint32 verb;
  guint32 serial;
  guint32 paper; /* the asker's number for the paper */
  guint32 page;
  gint32 rotation;
  gint32 x, y, width, height; /* the clip, in pixels of the rotated page */
  guint32 padding;
  double scale; /* pixels a point */
} DinhHelperRequest;

typedef struct {
  guint32 serial;
  guint32 status;
  guint64 n;
} DinhHelperReply;

typedef struct {
  double width, height; /* points, as the page is shown */
} DinhHelperPageSize;

G_STATIC_ASSERT (sizeof (DinhHelperRequest) == 48);
G_STATIC_ASSERT (sizeof (DinhHelperReply) == 16);
G_STATIC_ASSERT (sizeof (DinhHelperPageSize) == 16);
