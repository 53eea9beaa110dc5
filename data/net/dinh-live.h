/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

#define DINH_TYPE_LIVE (dinh_live_get_type ())
G_DECLARE_FINAL_TYPE (DinhLive, dinh_live, DINH, LIVE, GObject)

DinhLive *dinh_live_new (SoupWebsocketConnection *connection);

G_END_DECLS
