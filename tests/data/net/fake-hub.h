/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/store/dinh-writer.h"
#include "data/trust/dinh-identity.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* What a hub that is not what it should be does. */
typedef enum {
  MISCHIEF_NONE,
  MISCHIEF_NO_LIVE,       /* no WebSockets, as behind an old proxy */
  MISCHIEF_GARBAGE,       /* anything but an event */
  MISCHIEF_WRONG_SEQ,     /* the second event first */
  MISCHIEF_OTHER_STREAM,  /* another stream's events */
  MISCHIEF_CHANGED_EVENT, /* an event that was never recorded */
  MISCHIEF_NO_EVENTS,     /* none although there are */
  MISCHIEF_ENDLESS,       /* an answer without end */
  MISCHIEF_UNSIGNED,      /* checkpoints by another key */
  MISCHIEF_OTHER_ORIGIN,  /* checkpoints of another stream */
  MISCHIEF_UNSIGNED_TIME,
  MISCHIEF_OLD_TIME,      /* signed, but long ago */
  MISCHIEF_GARBAGE_LIST,
  MISCHIEF_HIDES,         /* lists the body only: the meeting was withdrawn */
  MISCHIEF_LOSES,         /* lists the body only: it knows no meeting */
  MISCHIEF_SHOWS_NOTHING, /* lists nothing */
  MISCHIEF_SILENT,        /* takes requests and never answers */
  MISCHIEF_WRONG_BYTES,   /* papers with one byte changed */
  MISCHIEF_NO_RANGES,     /* papers always from the first byte */
  MISCHIEF_CUTS,          /* papers end in the middle */
  MISCHIEF_NO_PAPERS,
  MISCHIEF_UNAVAILABLE,   /* 503 for everything */
} Mischief;

/* A hub in this process: a real record behind a server that may misbehave. */
typedef struct {
  char *folder;
  char *body;
  char *hub_device;
  char *admin;
  char *address;
  DinhKey *admin_key;
  DinhKey *record_key;
  DinhWriter *writer;
  DinhStore *reader;
  SoupServer *server;
  GPtrArray *lines;   /* of SoupWebsocketConnection */
  GPtrArray *waiting; /* of Waiting: answers that are held back */
  GHashTable *papers; /* SHA-256 → GBytes */
  Mischief mischief;
  guint page_size;
  guint n_requests;
  guint n_commands;
  guint refuse_commands; /* HTTP status instead of an answer */
  guint64 sent;          /* bytes of papers */
} FakeHub;

FakeHub *fake_hub_new (void);
void fake_hub_free (FakeHub *self);
void fake_hub_serve (FakeHub *self, GTlsCertificate *certificate);
void fake_hub_hang_up (FakeHub *self);
DinhIdentity *fake_hub_make_identity (FakeHub *self, const char *const *hubs);
GTlsCertificate *fake_hub_make_certificate (FakeHub *self, int days_from, int days_until);

void fake_hub_command (FakeHub *self, const char *stream, const char *kind, json_t *body);
char *fake_hub_add_meeting (FakeHub *self, guint n_items);
void fake_hub_add_item (FakeHub *self, const char *meeting, guint number);
char *fake_hub_add_paper (FakeHub *self, const char *meeting, const char *id, gsize length);
void fake_hub_push (FakeHub *self, const char *text);

G_END_DECLS
