/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/net/dinh-replica.h"

G_BEGIN_DECLS

/* Runs in the keeper's thread; gives what the task returns, or NULL with @error. */
typedef gpointer (*DinhKeeperWork) (DinhReplica *replica, gpointer data, GError **error);

#define DINH_TYPE_KEEPER (dinh_keeper_get_type ())
G_DECLARE_FINAL_TYPE (DinhKeeper, dinh_keeper, DINH, KEEPER, GObject)

DinhKeeper *dinh_keeper_new (const char *path, DinhSeal *seal, const char *body, const char *record_key);
void dinh_keeper_stop (DinhKeeper *self);

void dinh_keeper_run_async (DinhKeeper *self, DinhKeeperWork work, gpointer data, GDestroyNotify free_data,
                            GDestroyNotify free_result, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data);
gpointer dinh_keeper_run_finish (DinhKeeper *self, GAsyncResult *result, GError **error);

void dinh_keeper_get_value_async (DinhKeeper *self, const char *name, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
void dinh_keeper_put_value_async (DinhKeeper *self, const char *name, const char *value, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);

G_END_DECLS
