/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Bare connections to a hub on this machine, for what no HTTP library would send. */
GSocketConnection *bad_peer_dial_plain (guint port, int receive_buffer);
GIOStream *bad_peer_dial (guint port, GTlsCertificate *certificate, gboolean deaf);
gboolean bad_peer_say (GIOStream *connection, const char *bytes, gssize length);

/* A device that floods a hub, in threads of its own. */
typedef struct _BadPeer BadPeer;

BadPeer *bad_peer_flood (guint port, GTlsCertificate *certificate);
void bad_peer_stop (BadPeer *self);

G_END_DECLS
