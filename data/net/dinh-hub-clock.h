/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/hash/dinh-key.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define DINH_TYPE_HUB_CLOCK (dinh_hub_clock_get_type ())
G_DECLARE_FINAL_TYPE (DinhHubClock, dinh_hub_clock, DINH, HUB_CLOCK, GObject)

DinhHubClock *dinh_hub_clock_new (const char *record_key, GError **error);
void dinh_hub_clock_set_earliest (DinhHubClock *self, gint64 earliest);
gint64 dinh_hub_clock_get_earliest (DinhHubClock *self);

char *dinh_hub_clock_make_nonce (void);
gboolean dinh_hub_clock_take (DinhHubClock *self, const char *nonce, gint64 asked, GBytes *answer, GError **error);

gboolean dinh_hub_clock_is_known (DinhHubClock *self);
gint64 dinh_hub_clock_now (DinhHubClock *self);
gint64 dinh_hub_clock_get_offset (DinhHubClock *self);
gboolean dinh_hub_clock_judge (DinhHubClock *self, GTlsCertificate *certificate);

G_END_DECLS
