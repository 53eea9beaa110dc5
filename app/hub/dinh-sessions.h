/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Who is signed in at which device. */
typedef struct _DinhSessions DinhSessions;

DinhSessions *dinh_sessions_new (void);
void dinh_sessions_free (DinhSessions *self);

char *dinh_sessions_open (DinhSessions *self, const char *device, const char *person, gint64 now, gint64 *until);
const char *dinh_sessions_find (DinhSessions *self, const char *device, const char *token, gint64 now);
char *dinh_sessions_close (DinhSessions *self, const char *device);

G_END_DECLS
