/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/store/dinh-refusals.h"

#include "data/record/dinh-audit.h"

/*
 * Refusals cost whoever causes them nothing, so they must not fill the disk. The first of a kind (the same action, for the
 * same reason, of the same device, person and address) is recorded at once, its repeats within a minute are counted and
 * recorded as one; while they go on, the minute doubles up to an hour. Of more kinds than MAX_KINDS only the number is kept.
 */

#define MAX_KINDS 32
#define SHORTEST G_TIME_SPAN_MINUTE
#define LONGEST G_TIME_SPAN_HOUR

typedef struct {
  json_t *body; /* of the first */
  gint64 n_more;
  gint64 span;
  gint64 ends;
} Tally;

struct _DinhRefusals {
  GHashTable *tallies; /* kind → Tally */
  Tally others;        /* without a body */
};

static void
tally_free (Tally *tally)
{
  json_decref (tally->body);
  g_free (tally);
}

/**
 * dinh_refusals_new:
 *
 * Returns: (transfer full): that nothing was refused.
 */
DinhRefusals *
dinh_refusals_new (void)
{
  DinhRefusals *self = g_new0 (DinhRefusals, 1);

  self->tallies = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) tally_free);
  return self;
}

/**
 * dinh_refusals_free:
 *
 * Frees @self; what it has counted is lost.
 */
void
dinh_refusals_free (DinhRefusals *self)
{
  g_hash_table_unref (self->tallies);
  g_free (self);
}

static char *
kind_of (const json_t *body)
{
  static const char *const fields[] = { "action", "reason", "device", "person", "address" };
  GString *kind = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
    const char *text = dinh_json_get_string (body, fields[i]);

    g_string_append_printf (kind, "%s\n", text == NULL ? "" : text);
  }
  return g_string_free (kind, FALSE);
}

static void
count (Tally *tally, gint64 now)
{
  if (tally->span == 0)
    tally->span = SHORTEST;
  if (tally->n_more++ == 0 && tally->ends <= now)
    tally->ends = now + tally->span;
}

/**
 * dinh_refusals_take:
 * @body: of an `audit-record` command whose outcome is a refusal
 * @now: µs
 *
 * Returns: whether it is to be recorded; it was counted otherwise.
 */
gboolean
dinh_refusals_take (DinhRefusals *self, const json_t *body, gint64 now)
{
  g_autofree char *kind = kind_of (body);
  Tally *tally = g_hash_table_lookup (self->tallies, kind);

  if (tally == NULL && g_hash_table_size (self->tallies) >= MAX_KINDS)
    tally = &self->others;
  if (tally != NULL) {
    count (tally, now);
    return FALSE;
  }
  tally = g_new0 (Tally, 1);
  tally->body = json_copy ((json_t *) body);
  tally->span = SHORTEST;
  tally->ends = now + SHORTEST;
  g_hash_table_insert (self->tallies, g_steal_pointer (&kind), tally);
  return TRUE;
}

static json_t *
describe (const Tally *tally)
{
  json_t *body = tally->body != NULL ? json_copy (tally->body)
                                     : dinh_audit_to_json (&(DinhAudit) { .action = "others", .refused = TRUE });

  json_object_set_new (body, "count", json_integer (tally->n_more));
  return body;
}

/* What was counted is told; a kind that has had its time without a repeat is forgotten. Returns whether it is. */
static gboolean
end (Tally *tally, gint64 now, json_t *bodies)
{
  if (tally->n_more > 0)
    json_array_append_new (bodies, describe (tally));
  else
    return TRUE;
  tally->n_more = 0;
  tally->span = MIN (2 * tally->span, LONGEST);
  tally->ends = now == G_MAXINT64 ? now : now + tally->span;
  return FALSE;
}

/**
 * dinh_refusals_end:
 * @now: µs; %G_MAXINT64 ends everything
 *
 * Returns: (transfer full): a list of the bodies of `audit-record` commands that tell what was counted and whose time is over.
 */
json_t *
dinh_refusals_end (DinhRefusals *self, gint64 now)
{
  json_t *bodies = json_array ();
  GHashTableIter iter;
  Tally *tally;

  g_hash_table_iter_init (&iter, self->tallies);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &tally)) {
    if (tally->ends <= now && end (tally, now, bodies))
      g_hash_table_iter_remove (&iter);
  }
  if (self->others.ends <= now && end (&self->others, now, bodies))
    self->others.span = 0;
  return bodies;
}
