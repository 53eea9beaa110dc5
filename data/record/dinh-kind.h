/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/record/dinh-field.h"
#include "data/record/dinh-state.h"

G_BEGIN_DECLS

/* What a stream is about. */
typedef enum {
  DINH_STREAM_BODY,
  DINH_STREAM_MEETING,
  DINH_STREAM_AUDIT,
  DINH_STREAM_ANY, /* of a kind that is for a body and for a meeting */
} DinhStreamKind;

/* What a command is worth when it arrives after the line was cut (design: local, late, live). */
typedef enum {
  DINH_WORTH_LOCAL,
  DINH_WORTH_LATE,
  DINH_WORTH_LIVE,
} DinhWorth;

/* Who acts; from the record, never from the command. */
typedef struct {
  const char *device;  /* UUID */
  const char *profile; /* "admin", "seat", "room", "display", or "hub" */
  const char *site;    /* key, or NULL */
  const char *person;  /* UUID of who signed, or is signed in; NULL: the device by itself */
} DinhActor;

/* An event that a rule wants. */
typedef struct {
  const char *kind;
  json_t *body;
} DinhDraft;

void dinh_draft_free (DinhDraft *self);

/* Everything that a rule may look at besides the command; nothing else: no clock, no file, no chance. */
typedef struct {
  const DinhState *state; /* of the command's stream; empty if the command founds it */
  const DinhState *body;  /* of the body that the stream belongs to */
  const DinhActor *actor;
  gint64 now;             /* hub time, µs */
} DinhSituation;

typedef gboolean (*DinhDecide) (const DinhSituation *situation, const DinhCommand *command, GPtrArray *drafts,
                                GError **error);

/* A row of the command table. */
typedef struct {
  const char *name;
  DinhStreamKind stream;
  gboolean founds; /* its event is the first of a new stream */
  DinhWorth worth;
  const char *actors; /* profiles of devices and roles of participants that may, separated by spaces */
  const DinhField *fields;
  DinhDecide decide;
  const char *summary;
  gboolean audited; /* the hub tells its audit stream when it was recorded */
} DinhCommandKind;

/* A row of the event table. */
typedef struct {
  const char *name;
  DinhStreamKind stream;
  gboolean must_understand;
  const DinhField *fields;
  void (*apply) (DinhState *state, const DinhEvent *event);
  /* Keys of the sites, groups and persons that may read it; NULL, or a function that gives NULL: all who read the stream. */
  const json_t *(*readers) (const DinhState *after, const json_t *body);
  const char *summary;
  gboolean kept; /* the record stands on it: it cannot be redacted */
} DinhEventKind;

const DinhCommandKind *dinh_command_kind_find (const char *name);
const DinhEventKind *dinh_event_kind_find (const char *name);
const DinhCommandKind *dinh_command_kinds (guint *n_kinds);
const DinhEventKind *dinh_event_kinds (guint *n_kinds);
const char *dinh_worth_get_name (DinhWorth worth);
const char *dinh_stream_kind_get_name (DinhStreamKind kind);

gboolean dinh_device_holds (const json_t *device, gint64 at);
gboolean dinh_decide (const DinhSituation *situation, const DinhCommand *command, GPtrArray *drafts, GError **error);
const char *dinh_person_find_key (const DinhState *body, const char *person, gint64 at);
guint64 dinh_redacted_seq (const json_t *body);
gboolean dinh_redaction_check (const DinhState *before, const DinhState *without, GError **error);
const json_t *dinh_event_readers (const DinhState *after, const char *kind, const json_t *body);

G_END_DECLS
