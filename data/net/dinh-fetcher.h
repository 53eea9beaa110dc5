/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/model/dinh-library.h"
#include "data/model/dinh-line.h"
#include "data/net/dinh-hub-client.h"
#include "data/store/dinh-paper-store.h"

G_BEGIN_DECLS

#define DINH_TYPE_FETCHER (dinh_fetcher_get_type ())
G_DECLARE_FINAL_TYPE (DinhFetcher, dinh_fetcher, DINH, FETCHER, GObject)

DinhFetcher *dinh_fetcher_new (DinhIdentity *identity, DinhHubClock *clock, DinhPaperStore *store, DinhLibrary *library,
                               DinhLine *line);
void dinh_fetcher_start (DinhFetcher *self);
void dinh_fetcher_stop (DinhFetcher *self);
void dinh_fetcher_want (DinhFetcher *self, DinhPaper *paper);
void dinh_fetcher_remove (DinhFetcher *self, GPtrArray *papers);
void dinh_fetcher_set_bearer (DinhFetcher *self, DinhBearer *bearer);
void dinh_fetcher_fetch_again (DinhFetcher *self, const char *path);
gboolean dinh_fetcher_get_paused (DinhFetcher *self);
void dinh_fetcher_set_paused (DinhFetcher *self, gboolean paused);
guint dinh_fetcher_get_n_left (DinhFetcher *self);
guint64 dinh_fetcher_get_received (DinhFetcher *self);

G_END_DECLS
