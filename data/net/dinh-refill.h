/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/net/dinh-catch-up.h"

G_BEGIN_DECLS

void dinh_refill_async (DinhHubClient *client, DinhKeeper *keeper, GPtrArray *streams, DinhCatchUpProgress progress,
                        gpointer progress_data, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data);
gboolean dinh_refill_finish (GAsyncResult *result, GError **error);

G_END_DECLS
