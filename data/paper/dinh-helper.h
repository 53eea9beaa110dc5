/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "data/paper/dinh-helper-protocol.h"

G_BEGIN_DECLS

typedef struct _DinhHelper DinhHelper;

DinhHelper *dinh_helper_new (const char *program);
void dinh_helper_free (DinhHelper *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhHelper, dinh_helper_free)

int dinh_helper_make_answer (gsize size, GError **error);
gboolean dinh_helper_ask (DinhHelper *self,
                          DinhHelperRequest *request,
                          int paper,
                          int answer,
                          guint seconds,
                          GCancellable *cancellable,
                          guint64 *n,
                          GError **error);
void dinh_helper_forget (DinhHelper *self, guint paper);

G_END_DECLS
