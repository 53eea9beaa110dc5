/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <jansson.h>

G_BEGIN_DECLS

#define DINH_JSON_MAX_SIZE (1024 * 1024)

typedef json_t DinhJson;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhJson, json_decref)

json_t *dinh_json_parse (const char *text, gsize length, GError **error);
json_t *dinh_json_load (const char *path, GError **error);
char *dinh_json_print (const json_t *json);
const char *dinh_json_get_string (const json_t *object, const char *key);
gint64 dinh_json_get_integer (const json_t *object, const char *key);

G_END_DECLS
