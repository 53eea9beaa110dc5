/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/net/dinh-bearer.h"
#include "data/net/dinh-hub-clock.h"
#include "data/trust/dinh-identity.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* A small question. */
typedef struct {
  const char *method; /* NULL: GET */
  const char *path;   /* with its query */
  const char *body;   /* JSON, or NULL */
  GBytes *piece;      /* of a paper, or NULL */
  const char *content_range; /* where in the paper it stands (RFC 9110 §14.4), with piece */
  gsize limit;        /* bytes of the answer; 0: 1 MiB */
  guint seconds;      /* how long one address may take; 0: 10 */
  gboolean takes_problems; /* a 4xx status is an answer too */
} DinhRequest;

/* A good answer to it. */
typedef struct {
  guint status;
  SoupMessageHeaders *headers;
  GBytes *body;
} DinhAnswer;

void dinh_answer_free (DinhAnswer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhAnswer, dinh_answer_free)

#define DINH_TYPE_HUB_CLIENT (dinh_hub_client_get_type ())
G_DECLARE_FINAL_TYPE (DinhHubClient, dinh_hub_client, DINH, HUB_CLIENT, GObject)

DinhHubClient *dinh_hub_client_new (DinhIdentity *identity, DinhHubClock *clock, GError **error);
DinhIdentity *dinh_hub_client_get_identity (DinhHubClient *self);
void dinh_hub_client_set_bearer (DinhHubClient *self, DinhBearer *bearer);

void dinh_hub_client_send_async (DinhHubClient *self, const DinhRequest *request, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
DinhAnswer *dinh_hub_client_send_finish (DinhHubClient *self, GAsyncResult *result, GError **error);

void dinh_hub_client_connect_async (DinhHubClient *self, const char *path, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
SoupWebsocketConnection *dinh_hub_client_connect_finish (DinhHubClient *self, GAsyncResult *result, GError **error);

GInputStream *dinh_hub_client_open (DinhHubClient *self, const char *path, gint64 *offset, GCancellable *cancellable,
                                    GError **error);

G_END_DECLS
