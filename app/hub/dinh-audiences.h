/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Who hears the same, and the channel that they all listen to. */
typedef struct _DinhAudiences DinhAudiences;

DinhAudiences *dinh_audiences_new (const char *path);
void dinh_audiences_free (DinhAudiences *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhAudiences, dinh_audiences_free)

const char *dinh_audiences_enter (DinhAudiences *self, const char *device, const char *hears);
GPtrArray *dinh_audiences_find (DinhAudiences *self, const char *who);
gboolean dinh_audiences_is_settled (DinhAudiences *self, const char *channel);
void dinh_audiences_forget (DinhAudiences *self, const char *channel);

G_END_DECLS
