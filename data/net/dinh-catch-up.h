/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/net/dinh-hub-client.h"
#include "data/net/dinh-keeper.h"

G_BEGIN_DECLS

typedef void (*DinhCatchUpProgress) (const DinhCopy *copy, gpointer user_data);

/* What is to be caught up. */
typedef struct {
  const char *stream;
  const char *kind;             /* of a stream that is not held yet, or NULL */
  guint64 after;                /* events that are held */
  guint wait;                   /* seconds that the hub may wait for the first one; 0: it has them */
  DinhCatchUpProgress progress; /* called with each page that was stored */
  gpointer progress_data;
} DinhCatchUp;

void dinh_catch_up_async (DinhHubClient *client, DinhKeeper *keeper, const DinhCatchUp *what, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data);
gboolean dinh_catch_up_finish (GAsyncResult *result, GError **error);

G_END_DECLS
