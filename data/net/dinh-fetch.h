/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/net/dinh-hub-client.h"
#include "data/store/dinh-paper-store.h"

G_BEGIN_DECLS

/* One paper that is fetched by one thread while another one watches. */
typedef struct {
  char *sha256;
  gint64 size;
  char *before;              /* SHA-256 of the version before if that is here, or NULL */
  gint64 before_size;
  GCancellable *cancellable; /* what is here then stays for the next time */
  gsize fetched;             /* atomic: bytes that are here */
  gsize received;            /* atomic: bytes that came over the wire */
} DinhFetch;

DinhFetch *dinh_fetch_new (const char *sha256, gint64 size, const char *before, gint64 before_size);
void dinh_fetch_free (DinhFetch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhFetch, dinh_fetch_free)

gboolean dinh_fetch_run (DinhFetch *self, DinhHubClient *client, DinhPaperStore *store, GError **error);

G_END_DECLS
