/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Who a subscriber is: PEM. */
typedef struct {
  char *certificate;
  char *key;
} Pass;

/* Many WebSockets (RFC 6455) over TLS in one process; the default main context looks after them. */
typedef struct _Subscribers Subscribers;

Subscribers *subscribers_new (guint port, const char *path, GPtrArray *passes, GError **error);
void subscribers_free (Subscribers *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Subscribers, subscribers_free)

gboolean subscribers_wait (Subscribers *self, guint seconds);
void subscribers_expect (Subscribers *self);
gint64 subscribers_get_first (Subscribers *self);
gint64 subscribers_get_last (Subscribers *self);
GBytes *subscribers_dup_message (Subscribers *self);

G_END_DECLS
