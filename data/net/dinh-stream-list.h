/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/net/dinh-replica.h"

G_BEGIN_DECLS

#define DINH_STREAM_LIST_LIMIT (8 * 1024 * 1024)

/* What the hub says of one stream, and how that fits to what is held. */
typedef struct {
  char *id;
  char *kind;
  char *note;       /* the signed checkpoint */
  guint64 at_least; /* set by the caller before the comparison: see dinh_replica_compare () */
  DinhStanding standing;
  GError *error; /* the checkpoint is not to be believed, or could not be compared */
} DinhListed;

GPtrArray *dinh_stream_list_parse (GBytes *answer, GError **error);
gpointer dinh_stream_list_compare (DinhReplica *replica, gpointer list, GError **error);

G_END_DECLS
