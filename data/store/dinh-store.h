/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/hash/dinh-hash.h"
#include "data/record/dinh-state.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define DINH_STORE_ERROR (dinh_store_error_quark ())
GQuark dinh_store_error_quark (void);

typedef enum {
  DINH_STORE_ERROR_OPEN,    /* cannot be opened or is not ours */
  DINH_STORE_ERROR_VERSION, /* written by a newer version */
  DINH_STORE_ERROR_FULL,    /* no space left; nothing of the transaction was kept */
  DINH_STORE_ERROR_BUSY,    /* somebody else holds it */
  DINH_STORE_ERROR_CORRUPT, /* what is stored does not fit together */
  DINH_STORE_ERROR_IO,      /* the disk failed; stop acknowledging */
  DINH_STORE_ERROR_HASH,    /* bytes do not have the hash that they were announced with */
  DINH_STORE_ERROR_NO_KEY,  /* nobody may open it here */
} DinhStoreError;

/* The value that says how many commands of the outbox could not be opened any more. */
#define DINH_STORE_LOST "lost"

gboolean dinh_store_sync_path (const char *path, GError **error);

/* An event as it is stored. */
typedef struct {
  guint64 seq;
  DinhHash leaf;
  char *bytes;   /* NULL if only the leaf is known */
  gsize length;
  char *readers; /* JSON list of keys, or NULL for all */
} DinhStoredEvent;

void dinh_stored_event_free (DinhStoredEvent *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhStoredEvent, dinh_stored_event_free)

/* A stream as the store lists it. */
typedef struct {
  char *id;
  char *kind;
  guint64 size;
} DinhStoredStream;

void dinh_stored_stream_free (DinhStoredStream *self);

/*
 * Where records are kept. One object serves one thread; further threads open their own. Everything that changes is
 * called between begin and commit. All functions set a #DinhStoreError.
 */
#define DINH_TYPE_STORE (dinh_store_get_type ())
G_DECLARE_INTERFACE (DinhStore, dinh_store, DINH, STORE, GObject)

struct _DinhStoreInterface {
  GTypeInterface parent;

  gboolean (*begin) (DinhStore *self, GError **error);
  gboolean (*commit) (DinhStore *self, GError **error);
  void (*rollback) (DinhStore *self);
  gboolean (*savepoint) (DinhStore *self, GError **error);
  gboolean (*release) (DinhStore *self, gboolean keep, GError **error);

  gboolean (*add_stream) (DinhStore *self, const char *stream, const char *kind, GError **error);
  GPtrArray *(*list_streams) (DinhStore *self, GError **error);
  gboolean (*add_event) (DinhStore *self, const char *stream, const DinhStoredEvent *event, GError **error);
  GPtrArray *(*read_events) (DinhStore *self, const char *stream, guint64 after, guint limit, GError **error);
  gboolean (*hide_event) (DinhStore *self, const char *stream, guint64 seq, GError **error);
  GArray *(*read_leaves) (DinhStore *self, const char *stream, GError **error);
  gboolean (*forget_stream) (DinhStore *self, const char *stream, GError **error);

  gboolean (*redact_event) (DinhStore *self, const char *stream, guint64 seq, const char *command, GError **error);

  gboolean (*put_snapshot) (DinhStore *self, const char *stream, guint64 size, const char *text, GError **error);
  gboolean (*get_snapshot) (DinhStore *self, const char *stream, guint64 *size, char **text, GError **error);

  gboolean (*put_command) (DinhStore *self, const char *id, const DinhHash *hash, const char *result, GError **error);
  gboolean (*get_command) (DinhStore *self, const char *id, DinhHash *hash, char **result, GError **error);

  gboolean (*put_outbox) (DinhStore *self, const char *id, const char *command, GError **error);
  gboolean (*delete_outbox) (DinhStore *self, const char *id, GError **error);
  GPtrArray *(*list_outbox) (DinhStore *self, GError **error);

  gboolean (*put_value) (DinhStore *self, const char *name, const char *value, GError **error);
  gboolean (*get_value) (DinhStore *self, const char *name, char **value, GError **error);
  GHashTable *(*list_values) (DinhStore *self, const char *prefix, GError **error);

  gboolean (*scrub) (DinhStore *self, GError **error);
  gboolean (*purge) (DinhStore *self, GError **error);

  gboolean (*put_invitation) (DinhStore *self, const char *id, const DinhHash *secret, const char *text, GError **error);
  gboolean (*find_invitation) (DinhStore *self, const DinhHash *secret, char **text, GError **error);
  gboolean (*get_invitation) (DinhStore *self, const char *id, char **text, GError **error);
  GPtrArray *(*list_invitations) (DinhStore *self, GError **error);

  gboolean (*backup) (DinhStore *self, const char *path, GCancellable *cancellable, GError **error);
};

gboolean dinh_store_begin (DinhStore *self, GError **error);
gboolean dinh_store_commit (DinhStore *self, GError **error);
void dinh_store_rollback (DinhStore *self);
gboolean dinh_store_savepoint (DinhStore *self, GError **error);
gboolean dinh_store_release (DinhStore *self, gboolean keep, GError **error);

gboolean dinh_store_add_stream (DinhStore *self, const char *stream, const char *kind, GError **error);
GPtrArray *dinh_store_list_streams (DinhStore *self, GError **error);
gboolean dinh_store_add_event (DinhStore *self, const char *stream, const DinhStoredEvent *event, GError **error);
GPtrArray *dinh_store_read_events (DinhStore *self, const char *stream, guint64 after, guint limit, GError **error);
gboolean dinh_store_hide_event (DinhStore *self, const char *stream, guint64 seq, GError **error);
GArray *dinh_store_read_leaves (DinhStore *self, const char *stream, GError **error);
gboolean dinh_store_forget_stream (DinhStore *self, const char *stream, GError **error);
gboolean dinh_store_redact_event (DinhStore *self, const char *stream, guint64 seq, const char *command, GError **error);
gboolean dinh_store_fold_without (DinhStore *self, DinhState *state, guint64 seq, GError **error);
gboolean dinh_store_fold (DinhStore *self, DinhState *state, GError **error);

gboolean dinh_store_put_snapshot (DinhStore *self, const char *stream, guint64 size, const char *text, GError **error);
gboolean dinh_store_get_snapshot (DinhStore *self, const char *stream, guint64 *size, char **text, GError **error);

gboolean dinh_store_put_command (DinhStore *self, const char *id, const DinhHash *hash, const char *result, GError **error);
gboolean dinh_store_get_command (DinhStore *self, const char *id, DinhHash *hash, char **result, GError **error);

gboolean dinh_store_put_outbox (DinhStore *self, const char *id, const char *command, GError **error);
gboolean dinh_store_delete_outbox (DinhStore *self, const char *id, GError **error);
GPtrArray *dinh_store_list_outbox (DinhStore *self, GError **error);

gboolean dinh_store_put_value (DinhStore *self, const char *name, const char *value, GError **error);
gboolean dinh_store_get_value (DinhStore *self, const char *name, char **value, GError **error);
GHashTable *dinh_store_list_values (DinhStore *self, const char *prefix, GError **error);

gboolean dinh_store_scrub (DinhStore *self, GError **error);
gboolean dinh_store_purge (DinhStore *self, GError **error);

gboolean dinh_store_put_invitation (DinhStore *self, const char *id, const DinhHash *secret, const char *text, GError **error);
gboolean dinh_store_find_invitation (DinhStore *self, const DinhHash *secret, char **text, GError **error);
gboolean dinh_store_get_invitation (DinhStore *self, const char *id, char **text, GError **error);
GPtrArray *dinh_store_list_invitations (DinhStore *self, GError **error);

gboolean dinh_store_backup (DinhStore *self, const char *path, GCancellable *cancellable, GError **error);

G_END_DECLS
