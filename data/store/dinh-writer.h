/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/hash/dinh-key.h"
#include "data/record/dinh-state.h"
#include "data/store/dinh-store.h"

G_BEGIN_DECLS

/* A stream as it was after some commit; shared, never changed. */
typedef struct {
  char *stream;
  char *kind;
  DinhState *state;
  DinhHash root;
  char *checkpoint; /* the signed note */
  gatomicrefcount references;
} DinhView;

DinhView *dinh_view_ref (DinhView *self);
void dinh_view_unref (DinhView *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhView, dinh_view_unref)

/* What one commit added to one stream. */
typedef struct {
  DinhView *view;
  GPtrArray *lines; /* of char *: the events as every reader may see them, leaf hashes for the others */
  GPtrArray *kinds; /* of char *: their kinds */
  guint64 first;    /* seq of the first */
} DinhCommit;

#define DINH_TYPE_WRITER (dinh_writer_get_type ())
G_DECLARE_FINAL_TYPE (DinhWriter, dinh_writer, DINH, WRITER, GObject)

DinhWriter *dinh_writer_new (DinhStore *store, const char *body, const char *hub_device, DinhKey *hub_key, GError **error);
void dinh_writer_stop (DinhWriter *self);

void dinh_writer_submit_async (DinhWriter *self, DinhCommand *command, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);

/* Reads and writes what is no part of a record; called in the writer's thread within its transaction. An @error gives up
 * all that it wrote. */
typedef gpointer (*DinhWriterWork) (DinhStore *store, gpointer data, GError **error);

void dinh_writer_run_async (DinhWriter *self, DinhWriterWork work, gpointer data, GDestroyNotify free_data,
                            GDestroyNotify free_result, GAsyncReadyCallback callback, gpointer user_data);

/* What the audit stream is told of a work that gave @result: (transfer full): the body of an `audit-record` command, or NULL.
 * Called in the writer's thread. */
typedef json_t *(*DinhWriterAudit) (gpointer data, gpointer result);

void dinh_writer_run_audited_async (DinhWriter *self, DinhWriterWork work, DinhWriterAudit audit, gpointer data,
                                    GDestroyNotify free_data, GDestroyNotify free_result, GAsyncReadyCallback callback,
                                    gpointer user_data);
void dinh_writer_audit_async (DinhWriter *self, json_t *body, GAsyncReadyCallback callback, gpointer user_data);
void dinh_writer_settle_async (DinhWriter *self, gboolean is_last);
void dinh_writer_keep_audit (DinhWriter *self);
gboolean dinh_writer_note_audit (DinhStore *store, json_t *body, GError **error);
gpointer dinh_writer_run_finish (DinhWriter *self, GAsyncResult *result, GError **error);
void dinh_writer_probe_async (DinhWriter *self, GAsyncReadyCallback callback, gpointer user_data);
char *dinh_writer_submit_finish (DinhWriter *self, GAsyncResult *result, GError **error);
char *dinh_writer_submit (DinhWriter *self, DinhCommand *command, GError **error);

DinhView *dinh_writer_dup_view (DinhWriter *self, const char *stream);
GPtrArray *dinh_writer_list_views (DinhWriter *self);
gint64 dinh_writer_now (DinhWriter *self);

G_END_DECLS
