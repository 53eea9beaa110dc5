/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/net/dinh-hub-client.h"
#include "data/record/dinh-json.h"

G_BEGIN_DECLS

/* The administrator of a running hub, in the default main context. */
typedef struct {
  DinhIdentity *identity;
  DinhHubClock *clock;
  DinhHubClient *client;
} BenchHub;

BenchHub *bench_hub_new (const char *identity, GError **error);
void bench_hub_free (BenchHub *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BenchHub, bench_hub_free)

void bench_hub_post (BenchHub *self,
                     const char *stream,
                     const char *kind,
                     json_t *body,
                     GAsyncReadyCallback callback,
                     gpointer user_data);
json_t *bench_hub_post_finish (GObject *source, GAsyncResult *result, GError **error);

G_END_DECLS
