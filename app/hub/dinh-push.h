/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define DINH_TYPE_PUSH (dinh_push_get_type ())
G_DECLARE_FINAL_TYPE (DinhPush, dinh_push, DINH, PUSH, GObject)

DinhPush *dinh_push_new (const char *socket_path, const char *audiences_path);
void dinh_push_send (DinhPush *self, const char *stream, const char *text);
const char *dinh_push_enter (DinhPush *self, const char *device, const char *hears);
void dinh_push_close (DinhPush *self, const char *who);

G_END_DECLS
