/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define DINH_NET_ERROR (dinh_net_error_quark ())
GQuark dinh_net_error_quark (void);

typedef enum {
  DINH_NET_ERROR_UNREACHABLE,         /* no answer from any address */
  DINH_NET_ERROR_CERTIFICATE,         /* what answers is not the hub */
  DINH_NET_ERROR_REFUSED_CERTIFICATE, /* the hub does not take this device */
  DINH_NET_ERROR_PROTOCOL,            /* the answer does not follow docs/protocol.md */
  DINH_NET_ERROR_TOO_LARGE,           /* the answer is longer than it may be */
  DINH_NET_ERROR_PROBLEM,             /* a problem document: dinh_net_error_get_problem () */
  DINH_NET_ERROR_WENT_BACK,           /* the hub's record is shorter than this copy of it */
  DINH_NET_ERROR_FORKED,              /* the hub's record is not the one that this is a copy of */
  DINH_NET_ERROR_TIME_WENT_BACK,      /* the hub's time is earlier than it once was */
} DinhNetError;

GError *dinh_net_error_new_problem (guint status, const char *type, const char *detail);
const char *dinh_net_error_get_problem (const GError *error);
const char *dinh_net_error_get_detail (const GError *error);
guint dinh_net_error_get_status (const GError *error);

G_END_DECLS
