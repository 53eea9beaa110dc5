/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/hash/dinh-merkle.h"
#include "data/record/dinh-kind.h"
#include "data/record/dinh-record-error.h"
#include "data/record/dinh-time.h"

G_BEGIN_DECLS

#define BODY "00000000-0000-7000-8000-000000000001"
#define MEETING "00000000-0000-7000-8000-000000000002"
#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

/* A record in memory: what a hub does between its socket and its disk. */
typedef struct {
  DinhState *body;
  DinhState *meeting;
  GPtrArray *body_events;
  GPtrArray *body_readers; /* of json_t or NULL: who may read each of them */
  GPtrArray *events;       /* of the meeting */
  GPtrArray *readers;
  DinhKey *key;
  gint64 now;
} Record;

extern const DinhActor hub_actor;
extern const DinhActor admin_actor;
extern const DinhActor seat_actor;

json_t *parse_quoted (const char *text);

Record *record_new (void);
Record *record_new_founded (void);
void record_free (Record *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Record, record_free)

int record_try (Record *self, const DinhActor *actor, const char *kind, const json_t *body, GError **error);
void record_take (Record *self, const char *kind, const char *quoted);

/* A line of a table of commands, given one after the other. */
typedef struct {
  const char *kind;
  const char *quoted; /* the body, ' for " */
  int n_events;       /* or -1 - code */
  const char *fragment;
} Step;

#define REFUSED(code) (-1 - DINH_RECORD_ERROR_##code)

void record_play (Record *self, const Step *steps, gsize n_steps);

G_END_DECLS
