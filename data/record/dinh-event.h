/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/hash/dinh-hash.h"
#include "data/record/dinh-command.h"

G_BEGIN_DECLS

/*
 * Something that happened. The bytes are the truth; everything else was read from them. An event that its reader may not
 * read has only seq and leaf.
 */
typedef struct {
  guint64 seq; /* from 1 */
  DinhHash leaf;
  GBytes *bytes; /* one line of JSON without its line feed, or NULL */
  char *stream;
  char *id;
  char *kind;
  char *device;
  char *by; /* person, or NULL */
  gint64 at; /* hub time, µs */
  gboolean must_understand;
  json_t *body;
  DinhCommand *command; /* the signed cause; NULL on events after the first of one command */
} DinhEvent;

DinhEvent *dinh_event_new (const char *stream, guint64 seq, const char *kind, gint64 at, const json_t *body,
                           const DinhCommand *cause, gboolean is_first);
DinhEvent *dinh_event_new_redacted (guint64 seq, const DinhHash *leaf);
DinhEvent *dinh_event_parse (const char *text, gsize length, GError **error);
void dinh_event_free (DinhEvent *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhEvent, dinh_event_free)

gboolean dinh_event_is_redacted (const DinhEvent *self);
char *dinh_event_print_redacted (const DinhEvent *self);

G_END_DECLS
