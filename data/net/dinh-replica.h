/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/hash/dinh-key.h"
#include "data/hash/dinh-seal.h"
#include "data/record/dinh-state.h"
#include "data/store/dinh-store.h"

G_BEGIN_DECLS

/* A stream as this device holds it; the receiver's own. */
typedef struct {
  char *stream;
  char *kind;
  DinhState *state;
  gboolean withdrawn; /* the hub no longer shows it to this device */
  char *marks;        /* what people left at it, as they were kept; not of dinh_replica_take () */
} DinhCopy;

void dinh_copy_free (DinhCopy *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhCopy, dinh_copy_free)

/* What was taken off this device because only one person might read it. */
typedef struct {
  GPtrArray *copies;  /* DinhCopy: the streams without it; one that is gone as a whole is empty */
  GPtrArray *papers;  /* SHA-256 of papers that no state names any more */
} DinhHidden;

void dinh_hidden_free (DinhHidden *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhHidden, dinh_hidden_free)

/* Lines of one stream, and what says that they are right. */
typedef struct {
  const char *stream;
  const char *kind;  /* of a stream that is not held yet; NULL: it must be held */
  GBytes *lines;
  const char *note;  /* the hub's checkpoint; NULL: pushed lines, which the next checkpoint proves */
  const json_t *proof; /* consistency from the last line to the checkpoint, or NULL if that is the last line */
} DinhPage;

/* How a stream stands to the hub's checkpoint. */
typedef enum {
  DINH_STANDING_SAME,
  DINH_STANDING_BEHIND,
  DINH_STANDING_WENT_BACK,
  DINH_STANDING_FORKED,
} DinhStanding;

/* The value that says who is signed in here, as long as something of theirs may be stored. */
#define DINH_REPLICA_PERSON "person"

typedef struct _DinhReplica DinhReplica;

DinhReplica *dinh_replica_open (const char *path, DinhSeal *seal, const char *body, const char *record_key, GError **error);
void dinh_replica_free (DinhReplica *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhReplica, dinh_replica_free)

DinhStore *dinh_replica_get_store (DinhReplica *self);
GPtrArray *dinh_replica_load (DinhReplica *self, GError **error);
DinhCopy *dinh_replica_take (DinhReplica *self, const DinhPage *page, GError **error);
gboolean dinh_replica_compare (DinhReplica *self, const char *stream, const char *note, const json_t *proof,
                               guint64 at_least, DinhStanding *standing, guint64 *size, GError **error);
gboolean dinh_replica_find_hidden (DinhReplica *self, const char *stream, guint64 *seq, GError **error);
DinhCopy *dinh_replica_fill (DinhReplica *self, const char *stream, guint64 after, GBytes *lines, GError **error);
DinhHidden *dinh_replica_hide (DinhReplica *self, const char *site, const char *person, GError **error);
DinhCopy *dinh_replica_set_withdrawn (DinhReplica *self, const char *stream, gboolean withdrawn, GError **error);

G_END_DECLS
