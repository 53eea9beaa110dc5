/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/hash/dinh-seal.h"
#include "data/store/dinh-store.h"

G_BEGIN_DECLS

#define DINH_TYPE_SQLITE_STORE (dinh_sqlite_store_get_type ())
G_DECLARE_FINAL_TYPE (DinhSqliteStore, dinh_sqlite_store, DINH, SQLITE_STORE, GObject)

DinhStore *dinh_sqlite_store_open (const char *path, GError **error);
DinhStore *dinh_sqlite_store_open_sealed (const char *path, DinhSeal *seal, GError **error);

G_END_DECLS
