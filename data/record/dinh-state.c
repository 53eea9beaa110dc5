/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-state.h"

#include "data/record/dinh-kind.h"
#include "data/record/dinh-record-error.h"

#include <string.h>

/* Counted up whenever an event is applied in another way than before; what older programs folded is folded again. */
#define FOLD 2

/**
 * dinh_state_new:
 *
 * Returns: (transfer full): the state of a stream before its first event.
 */
DinhState *
dinh_state_new (const char *stream)
{
  DinhState *self = g_new0 (DinhState, 1);

  self->stream = g_strdup (stream);
  self->json = json_object ();
  return self;
}

/* A program that knows more kinds sees things in old events that this one passed over. */
static int
get_fold (void)
{
  guint n_kinds;

  dinh_event_kinds (&n_kinds);
  return FOLD * 1000 + (int) n_kinds;
}

/**
 * dinh_state_new_from_snapshot:
 * @snapshot: what dinh_state_print() gave after @size events
 *
 * Returns: (transfer full): the state, or %NULL with %DINH_RECORD_ERROR_JSON if it is not a snapshot or one of a program
 * that folds otherwise; a snapshot can always be thrown away and folded again.
 */
DinhState *
dinh_state_new_from_snapshot (const char *stream, guint64 size, const char *snapshot, GError **error)
{
  json_error_t fault;
  g_autoptr (DinhJson) document = json_loads (snapshot, JSON_REJECT_DUPLICATES, &fault);
  json_t *json = json_object_get (document, "state");
  DinhState *self;

  if (!json_is_object (json) || dinh_json_get_integer (document, "fold") != get_fold ()) {
    g_set_error_literal (error, DINH_RECORD_ERROR, DINH_RECORD_ERROR_JSON, "not a snapshot of this fold");
    return NULL;
  }
  self = g_new0 (DinhState, 1);
  self->stream = g_strdup (stream);
  self->size = size;
  self->json = json_incref (json);
  return self;
}

/**
 * dinh_state_copy:
 *
 * Returns: (transfer full): a state that shares nothing with @self, for another thread.
 */
DinhState *
dinh_state_copy (const DinhState *self)
{
  DinhState *copy = g_new0 (DinhState, 1);

  copy->stream = g_strdup (self->stream);
  copy->size = self->size;
  copy->json = json_deep_copy (self->json);
  return copy;
}

/**
 * dinh_state_free:
 *
 * Frees the state.
 */
void
dinh_state_free (DinhState *self)
{
  g_free (self->stream);
  json_decref (self->json);
  g_free (self);
}

/**
 * dinh_state_print:
 *
 * Returns: (transfer full): the snapshot.
 */
char *
dinh_state_print (const DinhState *self)
{
  g_autoptr (DinhJson) document = json_pack ("{s:i, s:O}", "fold", get_fold (), "state", self->json);

  return dinh_json_print (document);
}

/**
 * dinh_state_get:
 *
 * Returns: (transfer none) (nullable): object @key of @table, e.g. ("papers", "to-trinh").
 */
const json_t *
dinh_state_get (const DinhState *self, const char *table, const char *key)
{
  return json_object_get (json_object_get (self->json, table), key);
}

/**
 * dinh_state_table:
 *
 * Returns: (transfer none): the table, made when it is not there yet.
 */
json_t *
dinh_state_table (DinhState *self, const char *table)
{
  json_t *object = json_object_get (self->json, table);

  if (object == NULL) {
    object = json_object ();
    json_object_set_new (self->json, table, object);
  }
  return object;
}

/**
 * dinh_state_drop_empty:
 *
 * Takes @table away when nothing is left in it: a fold in which it never was must be equal.
 */
void
dinh_state_drop_empty (DinhState *self, const char *table)
{
  if (json_object_size (json_object_get (self->json, table)) == 0)
    json_object_del (self->json, table);
}

/**
 * dinh_state_needs_update:
 *
 * Whether the stream holds a kind that must be understood and is not: this program may show but not act.
 */
gboolean
dinh_state_needs_update (const DinhState *self)
{
  return json_is_true (json_object_get (self->json, "needs_update"));
}

/**
 * dinh_state_apply:
 *
 * Takes the next event in. A redacted one only counts. Returns: %FALSE with %DINH_RECORD_ERROR_CHAIN if it is not the
 * next one of this stream; the state is untouched then.
 */
gboolean
dinh_state_apply (DinhState *self, const DinhEvent *event, GError **error)
{
  const DinhEventKind *row;

  if (event->seq != self->size + 1 || (event->stream != NULL && strcmp (event->stream, self->stream) != 0)) {
    g_set_error (error, DINH_RECORD_ERROR, DINH_RECORD_ERROR_CHAIN,
                 "event %" G_GUINT64_FORMAT " of “%s” does not follow event %" G_GUINT64_FORMAT " of “%s”", event->seq,
                 event->stream == NULL ? self->stream : event->stream, self->size, self->stream);
    return FALSE;
  }
  self->size = event->seq;
  if (dinh_event_is_redacted (event))
    return TRUE;
  row = dinh_event_kind_find (event->kind);
  if (row != NULL)
    row->apply (self, event);
  else if (event->must_understand)
    json_object_set_new (self->json, "needs_update", json_true ());
  return TRUE;
}
