/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-record-error.h"
#include "data/record/dinh-rules.h"

#include <string.h>

/*
 * Dropping what an event said, by lawful order: its leaf hash stays, so the record adds up as before. The event that says so
 * stands in the same stream; whoever keeps a copy drops it when that one comes.
 */

const DinhField dinh_redact_fields[] = {
  { "seq", DINH_FIELD_INTEGER, TRUE, 1, G_MAXINT64 },
  { "order", DINH_FIELD_TEXT, TRUE, 1, 500 },
  { NULL },
};

static char *
seq_of (const json_t *body)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT, dinh_redacted_seq (body));
}

/**
 * dinh_redacted_seq:
 * @body: of an `event-redacted` event, or its command
 *
 * Returns: the number of the event whose body is to be nowhere any more.
 */
guint64
dinh_redacted_seq (const json_t *body)
{
  return (guint64) dinh_json_get_integer (body, "seq");
}

/* Which kinds must stay only who has the event can tell: the writer does. */
DINH_DECIDE (dinh_decide_event_redact)
{
  g_autofree char *seq = seq_of (command->body);

  if (dinh_redacted_seq (command->body) > situation->state->size)
    return dinh_refuse (error, DINH_RECORD_ERROR_MISSING, "no event %s in “%s”", seq, situation->state->stream);
  if (dinh_state_get (situation->state, "redacted", seq) == NULL)
    dinh_become (drafts, "event-redacted", command->body);
  return TRUE;
}

DINH_APPLY (dinh_apply_event_redacted)
{
  g_autofree char *seq = seq_of (event->body);

  json_object_set_new (dinh_state_table (state, "redacted"), seq,
                       json_pack ("{s:I}", "seq", (json_int_t) event->seq));
}

/* The name of a person whose event is redacted goes, and their keys stay. */
static gboolean
is_same (const char *table, const json_t *before, const json_t *without)
{
  static const char *const of_a_person[] = { "name", "title", "agency" };
  g_autoptr (DinhJson) old = json_copy ((json_t *) before), now = json_copy ((json_t *) without);

  json_object_del (old, "seq");
  json_object_del (now, "seq");
  for (guint i = 0; strcmp (table, "persons") == 0 && i < G_N_ELEMENTS (of_a_person); i++) {
    json_object_del (old, of_a_person[i]);
    json_object_del (now, of_a_person[i]);
  }
  return json_equal (old, now);
}

static gboolean
check_table (const char *table, const json_t *before, const json_t *without, GError **error)
{
  const char *key;
  json_t *object;

  json_object_foreach ((json_t *) without, key, object) {
    if (!is_same (table, json_object_get (before, key), object))
      return dinh_refuse (error, DINH_RECORD_ERROR_STATE,
                          "without the event “%s” in %s would be as it was before; say first what counts now", key, table);
  }
  return TRUE;
}

/* Whether @table holds one object, what the stream is about, and not many. */
static gboolean
is_header (const char *table)
{
  return strcmp (table, "meeting") == 0 || strcmp (table, "body") == 0;
}

/**
 * dinh_redaction_check:
 * @before: the stream's state
 * @without: the fold of the same events without the one that is to be redacted
 *
 * An event may go when what it said goes with it, or was replaced since: nothing may be again as it was before it, or else a
 * recalled paper would be back. Returns: %FALSE with %DINH_RECORD_ERROR_STATE.
 */
gboolean
dinh_redaction_check (const DinhState *before, const DinhState *without, GError **error)
{
  const char *table;
  json_t *object;

  json_object_foreach (before->json, table, object) {
    const json_t *now = json_object_get (without->json, table);

    if (is_header (table) && (now == NULL || !is_same (table, object, now)))
      return dinh_refuse (error, DINH_RECORD_ERROR_STATE,
                          "the event still says what the %s is; change that first, then redact what it was", table);
  }
  json_object_foreach (without->json, table, object) {
    if (json_is_object (object) && !is_header (table) &&
        !check_table (table, json_object_get (before->json, table), object, error))
      return FALSE;
  }
  return TRUE;
}
