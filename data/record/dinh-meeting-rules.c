/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-record-error.h"
#include "data/record/dinh-rules.h"
#include "data/record/dinh-time.h"

#include <string.h>

/* A meeting before it begins: header, agenda and papers. */

#define MAX_PAPER_SIZE (G_GINT64_CONSTANT (1) << 30)
#define MAX_LEVELS 4

const char *const dinh_paper_kinds[] = { "submission", "draft", "report", "plan",       "notice", "appendix",
                                         "map",        "table", "invitation", "other", NULL };

const DinhField dinh_meeting_fields[] = {
  { "title", DINH_FIELD_TEXT, TRUE, 1, 500 },
  { "host", DINH_FIELD_TEXT, FALSE, 1, 200 },
  { "chair", DINH_FIELD_TEXT, FALSE, 1, 200 },
  { "place", DINH_FIELD_TEXT, FALSE, 1, 200 },
  { "begins", DINH_FIELD_TIME, TRUE },
  { "ends", DINH_FIELD_TIME, TRUE },
  { "sites", DINH_FIELD_KEYS, FALSE, 0, 5000 },
  { NULL },
};

const DinhField dinh_reason_fields[] = { { "reason", DINH_FIELD_TEXT, FALSE, 0, 500 }, { NULL } };
const DinhField dinh_nothing_fields[] = { { NULL } };
const DinhField dinh_id_fields[] = { { "id", DINH_FIELD_KEY, TRUE }, { NULL } };

const DinhField dinh_item_fields[] = {
  { "id", DINH_FIELD_KEY, TRUE },
  { "parent", DINH_FIELD_KEY },
  { "position", DINH_FIELD_INTEGER, TRUE, 0, 10000 },
  { "title", DINH_FIELD_TEXT, TRUE, 1, 500 },
  { "minutes", DINH_FIELD_INTEGER, FALSE, 1, 1440 },
  { "presenter", DINH_FIELD_TEXT, FALSE, 1, 200 },
  { "agency", DINH_FIELD_TEXT, FALSE, 1, 200 },
  { "paper_only", DINH_FIELD_BOOLEAN },
  { NULL },
};

#define PAPER_WORDS                                             \
  { "id", DINH_FIELD_KEY, TRUE },                               \
  { "item", DINH_FIELD_KEY, TRUE },                             \
  { "position", DINH_FIELD_INTEGER, TRUE, 0, 10000 },           \
  { "title", DINH_FIELD_TEXT, TRUE, 1, 500 },                   \
  { "number", DINH_FIELD_TEXT, FALSE, 1, 100 },                 \
  { "kind", DINH_FIELD_CHOICE, FALSE, .choices = dinh_paper_kinds }, \
  { "date", DINH_FIELD_DATE },                                  \
  { "readers", DINH_FIELD_KEYS, FALSE, 0, 5000 }

#define PAPER_BYTES                                         \
  { "sha256", DINH_FIELD_HASH, TRUE },                      \
  { "size", DINH_FIELD_INTEGER, TRUE, 1, MAX_PAPER_SIZE },  \
  { "file", DINH_FIELD_TEXT, TRUE, 1, 255 }

const DinhField dinh_paper_add_fields[] = { PAPER_WORDS, PAPER_BYTES, { NULL } };
const DinhField dinh_paper_change_fields[] = { PAPER_WORDS, { NULL } };
const DinhField dinh_paper_replace_fields[] = { { "id", DINH_FIELD_KEY, TRUE }, PAPER_BYTES, { NULL } };
const DinhField dinh_paper_recall_fields[] = {
  { "id", DINH_FIELD_KEY, TRUE },
  { "reason", DINH_FIELD_TEXT, FALSE, 0, 500 },
  { NULL },
};

static const char *
id_of (const DinhCommand *command)
{
  return dinh_json_get_string (command->body, "id");
}

static const char *
status_of (const DinhState *state)
{
  return dinh_json_get_string (json_object_get (state->json, "meeting"), "status");
}

static gboolean
check_not_cancelled (const DinhState *state, GError **error)
{
  return strcmp (status_of (state), "cancelled") != 0 ||
         dinh_refuse (error, DINH_RECORD_ERROR_STATE, "the meeting is cancelled");
}

static gboolean
check_header (const DinhSituation *situation, const DinhCommand *command, GError **error)
{
  gint64 begins = 0, ends = 0;
  gsize index;
  json_t *site;

  dinh_time_parse (dinh_json_get_string (command->body, "begins"), &begins);
  dinh_time_parse (dinh_json_get_string (command->body, "ends"), &ends);
  if (ends <= begins)
    return dinh_refuse (error, DINH_RECORD_ERROR_TIME, "field “ends”: not after “begins”");
  json_array_foreach (json_object_get (command->body, "sites"), index, site) {
    if (dinh_state_get (situation->body, "sites", json_string_value (site)) == NULL)
      return dinh_refuse (error, DINH_RECORD_ERROR_MISSING, "field “sites[%zu]”: the body has no site “%s”", index,
                          json_string_value (site));
  }
  return TRUE;
}

/* One form for every time in the state, so that equal times are equal texts. */
static json_t *
normal_header (const json_t *body)
{
  static const char *const times[] = { "begins", "ends" };
  json_t *header = json_copy ((json_t *) body);

  for (guint i = 0; i < G_N_ELEMENTS (times); i++) {
    g_autofree char *text = NULL;
    gint64 time = 0;

    if (!dinh_time_parse (dinh_json_get_string (body, times[i]), &time))
      continue;
    text = dinh_time_format (time);
    json_object_set_new (header, times[i], json_string (text));
  }
  if (json_object_get (header, "sites") == NULL)
    json_object_set_new (header, "sites", json_array ());
  return header;
}

DINH_DECIDE (dinh_decide_meeting_prepare)
{
  gint64 ends = 0;

  if (!check_header (situation, command, error))
    return FALSE;
  dinh_time_parse (dinh_json_get_string (command->body, "ends"), &ends);
  if (ends < situation->now)
    return dinh_refuse (error, DINH_RECORD_ERROR_TIME, "field “ends”: “%s” is past",
                        dinh_json_get_string (command->body, "ends"));
  dinh_become (drafts, "meeting-prepared", command->body);
  return TRUE;
}

static gboolean
is_same_header (const json_t *meeting, const json_t *body)
{
  static const char *const of_the_fold[] = { "status", "reason", "published_at", "changed_at" };
  g_autoptr (DinhJson) old = json_copy ((json_t *) meeting);
  g_autoptr (DinhJson) new = normal_header (body);

  for (guint i = 0; i < G_N_ELEMENTS (of_the_fold); i++)
    json_object_del (old, of_the_fold[i]);
  return json_equal (old, new);
}

DINH_DECIDE (dinh_decide_meeting_change)
{
  if (!check_not_cancelled (situation->state, error) || !check_header (situation, command, error))
    return FALSE;
  if (!is_same_header (json_object_get (situation->state->json, "meeting"), command->body))
    dinh_become (drafts, "meeting-changed", command->body);
  return TRUE;
}

DINH_APPLY (dinh_apply_meeting_header)
{
  static const char *const kept[] = { "status", "reason", "published_at" };
  const json_t *old = json_object_get (state->json, "meeting");
  json_t *header = normal_header (event->body);

  json_object_set_new (header, "status", json_string ("prepared"));
  for (guint i = 0; i < G_N_ELEMENTS (kept); i++) {
    if (json_object_get (old, kept[i]) != NULL)
      json_object_set (header, kept[i], json_object_get (old, kept[i]));
  }
  json_object_set_new (state->json, "meeting", header);
}

DINH_DECIDE (dinh_decide_meeting_publish)
{
  if (!check_not_cancelled (situation->state, error))
    return FALSE;
  if (strcmp (status_of (situation->state), "published") != 0)
    dinh_become (drafts, "meeting-published", command->body);
  return TRUE;
}

DINH_APPLY (dinh_apply_meeting_published)
{
  json_t *meeting = dinh_state_table (state, "meeting");
  g_autofree char *at = dinh_time_format (event->at);

  json_object_set_new (meeting, "status", json_string ("published"));
  json_object_set_new (meeting, "published_at", json_string (at));
}

DINH_DECIDE (dinh_decide_meeting_cancel)
{
  if (strcmp (status_of (situation->state), "cancelled") != 0)
    dinh_become (drafts, "meeting-cancelled", command->body);
  return TRUE;
}

DINH_APPLY (dinh_apply_meeting_cancelled)
{
  json_t *meeting = dinh_state_table (state, "meeting");

  json_object_set_new (meeting, "status", json_string ("cancelled"));
  if (json_object_get (event->body, "reason") != NULL)
    json_object_set (meeting, "reason", json_object_get (event->body, "reason"));
}

/* The parent exists, is not the item itself or below it, and the tree stays shallow enough to be read. */
static gboolean
check_item_parent (const DinhState *state, const DinhCommand *command, GError **error)
{
  const char *parent = dinh_json_get_string (command->body, "parent");
  guint levels = 1;

  for (const char *item = parent; item != NULL; levels++) {
    const json_t *object = dinh_state_get (state, "items", item);

    if (object == NULL)
      return dinh_refuse (error, DINH_RECORD_ERROR_MISSING, "field “parent”: no item “%s”", item);
    if (strcmp (item, id_of (command)) == 0 || levels >= MAX_LEVELS)
      return dinh_refuse (error, DINH_RECORD_ERROR_STATE, "field “parent”: “%s” is below it or too deep", parent);
    item = dinh_json_get_string (object, "parent");
  }
  return TRUE;
}

DINH_DECIDE (dinh_decide_item_add)
{
  const json_t *old = dinh_state_get (situation->state, "items", id_of (command));

  if (old != NULL)
    return dinh_same_object (old, command->body) ||
           dinh_refuse (error, DINH_RECORD_ERROR_EXISTS, "item “%s” exists", id_of (command));
  if (!check_not_cancelled (situation->state, error) || !check_item_parent (situation->state, command, error))
    return FALSE;
  dinh_become (drafts, "item-added", command->body);
  return TRUE;
}

DINH_DECIDE (dinh_decide_item_change)
{
  const json_t *old = dinh_state_get (situation->state, "items", id_of (command));

  if (old == NULL)
    return dinh_refuse (error, DINH_RECORD_ERROR_MISSING, "no item “%s”", id_of (command));
  if (!check_not_cancelled (situation->state, error) || !check_item_parent (situation->state, command, error))
    return FALSE;
  if (!dinh_same_object (old, command->body))
    dinh_become (drafts, "item-changed", command->body);
  return TRUE;
}

DINH_APPLY (dinh_apply_item)
{
  dinh_put_object (state, "items", event);
}

DINH_DECIDE (dinh_decide_item_remove)
{
  const char *id = id_of (command), *key;
  json_t *object;

  if (!check_not_cancelled (situation->state, error))
    return FALSE;
  json_object_foreach (json_object_get (situation->state->json, "items"), key, object) {
    if (g_strcmp0 (dinh_json_get_string (object, "parent"), id) == 0)
      return dinh_refuse (error, DINH_RECORD_ERROR_STATE, "item “%s” still has item “%s”", id, key);
  }
  json_object_foreach (json_object_get (situation->state->json, "papers"), key, object) {
    if (strcmp (dinh_json_get_string (object, "item"), id) == 0 && json_object_get (object, "recalled") == NULL)
      return dinh_refuse (error, DINH_RECORD_ERROR_STATE, "item “%s” still has paper “%s”", id, key);
  }
  if (dinh_state_get (situation->state, "items", id) != NULL)
    dinh_become (drafts, "item-removed", command->body);
  return TRUE;
}

DINH_APPLY (dinh_apply_item_removed)
{
  const char *id = dinh_json_get_string (event->body, "id"), *key;
  json_t *papers = json_object_get (state->json, "papers"), *paper;
  void *next;

  json_object_del (dinh_state_table (state, "items"), id);
  json_object_foreach_safe (papers, next, key, paper) {
    if (strcmp (dinh_json_get_string (paper, "item"), id) == 0)
      json_object_del (papers, key);
  }
  dinh_state_drop_empty (state, "papers");
}

static gboolean
check_paper_place (const DinhSituation *situation, const DinhCommand *command, GError **error)
{
  const char *item = dinh_json_get_string (command->body, "item");
  const json_t *object = dinh_state_get (situation->state, "items", item);
  gsize index;
  json_t *reader;

  if (object == NULL)
    return dinh_refuse (error, DINH_RECORD_ERROR_MISSING, "field “item”: no item “%s”", item);
  if (json_is_true (json_object_get (object, "paper_only")))
    return dinh_refuse (error, DINH_RECORD_ERROR_STATE, "field “item”: the papers of “%s” are handed out on paper only",
                        item);
  json_array_foreach (json_object_get (command->body, "readers"), index, reader) {
    const char *key = json_string_value (reader);

    if (dinh_state_get (situation->body, "sites", key) == NULL &&
        dinh_state_get (situation->body, "groups", key) == NULL &&
        dinh_state_get (situation->state, "participants", key) == NULL)
      return dinh_refuse (error, DINH_RECORD_ERROR_MISSING, "field “readers[%zu]”: no site, group or participant “%s”",
                          index, key);
  }
  return TRUE;
}

/* The same sites and groups in whatever order; none at all is not the same as nobody. */
static gboolean
same_readers (const json_t *paper, const json_t *body)
{
  const json_t *old = json_object_get (paper, "readers"), *new = json_object_get (body, "readers");
  g_autoptr (GHashTable) keys = g_hash_table_new (g_str_hash, g_str_equal);
  gsize index;
  json_t *key;

  if ((old == NULL) != (new == NULL) || json_array_size (old) != json_array_size (new))
    return FALSE;
  json_array_foreach (old, index, key)
    g_hash_table_add (keys, (char *) json_string_value (key));
  json_array_foreach (new, index, key) {
    if (!g_hash_table_contains (keys, json_string_value (key)))
      return FALSE;
  }
  return TRUE;
}

static gboolean
is_recalled (const json_t *paper)
{
  return json_is_true (json_object_get (paper, "recalled"));
}

DINH_DECIDE (dinh_decide_paper_add)
{
  const json_t *old = dinh_state_get (situation->state, "papers", id_of (command));

  if (old != NULL && !is_recalled (old))
    return dinh_refuse (error, DINH_RECORD_ERROR_EXISTS, "paper “%s” exists", id_of (command));
  /* Who could see the recalled one must also see that it is back, and nobody else. */
  if (old != NULL && !same_readers (old, command->body))
    return dinh_refuse (error, DINH_RECORD_ERROR_STATE, "field “readers”: paper “%s” had others", id_of (command));
  if (!check_not_cancelled (situation->state, error) || !check_paper_place (situation, command, error))
    return FALSE;
  dinh_become (drafts, "paper-added", command->body);
  return TRUE;
}

/* The paper that a command speaks of, if it can be worked on. */
static const json_t *
current_paper (const DinhSituation *situation, const DinhCommand *command, GError **error)
{
  const json_t *paper = dinh_state_get (situation->state, "papers", id_of (command));

  if (!check_not_cancelled (situation->state, error))
    return NULL;
  if (paper == NULL || is_recalled (paper)) {
    dinh_refuse (error, DINH_RECORD_ERROR_MISSING, "no paper “%s”", id_of (command));
    return NULL;
  }
  return paper;
}

DINH_DECIDE (dinh_decide_paper_change)
{
  const json_t *paper = current_paper (situation, command, error);

  if (paper == NULL || !check_paper_place (situation, command, error))
    return FALSE;
  if (!same_readers (paper, command->body))
    return dinh_refuse (error, DINH_RECORD_ERROR_STATE, "field “readers”: recall paper “%s” and add it under another id",
                        id_of (command));
  if (!dinh_same_object (paper, command->body))
    dinh_become (drafts, "paper-changed", command->body);
  return TRUE;
}

DINH_DECIDE (dinh_decide_paper_replace)
{
  const json_t *paper = current_paper (situation, command, error);

  if (paper == NULL)
    return FALSE;
  if (!json_equal (json_object_get (paper, "sha256"), json_object_get (command->body, "sha256")))
    dinh_become (drafts, "paper-replaced", command->body);
  return TRUE;
}

DINH_DECIDE (dinh_decide_paper_recall)
{
  const json_t *paper = dinh_state_get (situation->state, "papers", id_of (command));

  if (paper == NULL)
    return dinh_refuse (error, DINH_RECORD_ERROR_MISSING, "no paper “%s”", id_of (command));
  if (!is_recalled (paper))
    dinh_become (drafts, "paper-recalled", command->body);
  return TRUE;
}

DINH_APPLY (dinh_apply_paper_added)
{
  const json_t *old = dinh_state_get (state, "papers", dinh_json_get_string (event->body, "id"));
  gint64 version = old == NULL ? 1 : dinh_json_get_integer (old, "version") + 1;

  json_object_set_new (dinh_put_object (state, "papers", event), "version", json_integer (version));
}

/* Sets what the event says on the paper that it names. */
static json_t *
update_paper (DinhState *state, const DinhEvent *event)
{
  json_t *paper = json_object_get (dinh_state_table (state, "papers"), dinh_json_get_string (event->body, "id"));

  if (paper == NULL)
    return NULL;
  dinh_take_fields (paper, event);
  json_object_set_new (paper, "seq", json_integer ((json_int_t) event->seq));
  return paper;
}

DINH_APPLY (dinh_apply_paper_changed)
{
  static const char *const words[] = { "number", "kind", "date" };
  json_t *paper = update_paper (state, event);

  for (guint i = 0; paper != NULL && i < G_N_ELEMENTS (words); i++) {
    if (json_object_get (event->body, words[i]) == NULL)
      json_object_del (paper, words[i]);
  }
}

DINH_APPLY (dinh_apply_paper_replaced)
{
  const json_t *old = dinh_state_get (state, "papers", dinh_json_get_string (event->body, "id"));
  g_autofree char *before = g_strdup (dinh_json_get_string (old, "sha256"));
  json_t *paper = update_paper (state, event);

  if (paper == NULL)
    return;
  json_object_set_new (paper, "replaces", json_string (before));
  json_object_set_new (paper, "version", json_integer (dinh_json_get_integer (paper, "version") + 1));
}

DINH_APPLY (dinh_apply_paper_recalled)
{
  json_t *paper = update_paper (state, event);

  if (paper != NULL)
    json_object_set_new (paper, "recalled", json_true ());
}

const json_t *
dinh_paper_readers (const DinhState *after, const json_t *body)
{
  return json_object_get (dinh_state_get (after, "papers", dinh_json_get_string (body, "id")), "readers");
}
