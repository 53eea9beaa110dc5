/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/hash/dinh-hash.h"
#include "data/hash/dinh-key.h"
#include "data/record/dinh-json.h"

G_BEGIN_DECLS

/* An event holds the command's body and its signed text, and must itself be read again. */
#define DINH_COMMAND_MAX_SIZE (DINH_JSON_MAX_SIZE / 2 - 1024)

/* What somebody wants, and the bytes that they signed. Immutable once made. */
typedef struct {
  char *id;     /* UUIDv7 */
  char *kind;   /* a row of the command table, or unknown */
  char *stream; /* UUID */
  char *device; /* UUID of the device where it was signed */
  char *by;     /* UUID of the person who signed; NULL: the device did */
  gint64 at;    /* the claimed time, µs */
  json_t *body;
  char *text;      /* what was signed */
  char *signature; /* base64 */
  gatomicrefcount references;
} DinhCommand;

DinhCommand *dinh_command_new (const char *kind, const char *stream, const char *device, gint64 at, json_t *body,
                               const DinhKey *key);
DinhCommand *dinh_command_new_by (const char *kind, const char *stream, const char *person, const char *device, gint64 at,
                                  json_t *body, const DinhKey *key);
DinhCommand *dinh_command_parse (const char *text, gsize length, GError **error);
DinhCommand *dinh_command_ref (DinhCommand *self);
void dinh_command_unref (DinhCommand *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhCommand, dinh_command_unref)

char *dinh_command_print (const DinhCommand *self);
json_t *dinh_command_to_json (const DinhCommand *self);
gboolean dinh_command_verify (const DinhCommand *self, const DinhKey *key);
void dinh_command_hash (const DinhCommand *self, DinhHash *out);

G_END_DECLS
