/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-publication.h"

#include "data/record/dinh-record-error.h"
#include "data/record/dinh-rules.h"
#include "data/record/dinh-secrecy.h"
#include "data/record/dinh-time.h"

#include <string.h>

/*
 * Publishing is the difference between a folder and the record: whatever was reached when it was interrupted, doing it
 * again does the rest.
 */
struct _DinhPublication {
  json_t *document;
  GPtrArray *items;  /* of json_t, bodies of item-add, parents first */
  GPtrArray *papers; /* of DinhPublicationPaper */
  GHashTable *bytes; /* paper's id → json_t {sha256, size, file} */
};

#define MAX_ITEMS 500
#define MAX_PAPERS 1000


static const DinhField paper_fields[] = {
  { "id", DINH_FIELD_KEY, TRUE },
  { "file", DINH_FIELD_TEXT, TRUE, 1, 255 },
  { "title", DINH_FIELD_TEXT, TRUE, 1, 500 },
  { "number", DINH_FIELD_TEXT, FALSE, 1, 100 },
  { "kind", DINH_FIELD_CHOICE, .choices = dinh_paper_kinds },
  { "date", DINH_FIELD_DATE },
  { "secrecy", DINH_FIELD_CHOICE, .choices = dinh_secrecy_grades },
  { "readers", DINH_FIELD_KEYS, .max = 5000 },
  { NULL },
};

static const DinhField item_fields[9] = {
  { "id", DINH_FIELD_KEY, TRUE },
  { "title", DINH_FIELD_TEXT, TRUE, 1, 500 },
  { "minutes", DINH_FIELD_INTEGER, FALSE, 1, 1440 },
  { "presenter", DINH_FIELD_TEXT, FALSE, 1, 200 },
  { "agency", DINH_FIELD_TEXT, FALSE, 1, 200 },
  { "paper_only", DINH_FIELD_BOOLEAN },
  { "items", DINH_FIELD_LIST, .max = MAX_ITEMS, .fields = item_fields },
  { "papers", DINH_FIELD_LIST, .max = MAX_PAPERS, .fields = paper_fields },
  { NULL },
};

static const DinhField document_fields[] = {
  { "schema", DINH_FIELD_INTEGER, TRUE, 1, 1 },
  { "id", DINH_FIELD_UUID, TRUE },
  { "title", DINH_FIELD_TEXT, TRUE, 1, 500 },
  { "host", DINH_FIELD_TEXT, FALSE, 1, 200 },
  { "chair", DINH_FIELD_TEXT, FALSE, 1, 200 },
  { "place", DINH_FIELD_TEXT, FALSE, 1, 200 },
  { "begins", DINH_FIELD_TIME, TRUE },
  { "ends", DINH_FIELD_TIME, TRUE },
  { "sites", DINH_FIELD_KEYS_OR_LIST, .max = 5000, .fields = dinh_site_fields },
  { "participants", DINH_FIELD_LIST, .max = 5000, .fields = dinh_participant_fields },
  { "agenda", DINH_FIELD_LIST, TRUE, 0, MAX_ITEMS, .fields = item_fields },
  { NULL },
};

static void
paper_free (DinhPublicationPaper *paper)
{
  g_free (paper->path);
  json_decref (paper->words);
  g_free (paper);
}

/* Brings every text of @value into NFC: keyboards and disks disagree about how an ễ is written. */
static json_t *
normalize (const json_t *value)
{
  json_t *copy, *member;
  const char *key;
  gsize index;

  if (json_is_string (value)) {
    g_autofree char *text = g_utf8_normalize (json_string_value (value), -1, G_NORMALIZE_NFC);
    return json_string (text);
  }
  copy = json_copy ((json_t *) value);
  json_object_foreach (copy, key, member)
    json_object_set_new (copy, key, normalize (member));
  json_array_foreach (copy, index, member)
    json_array_set_new (copy, index, normalize (member));
  return copy;
}

/* The fields of @object that @names lists. */
static json_t *
pick (const json_t *object, const char *const *names)
{
  json_t *picked = json_object ();

  for (; *names != NULL; names++) {
    if (json_object_get (object, *names) != NULL)
      json_object_set (picked, *names, json_object_get (object, *names));
  }
  return picked;
}

static gboolean
is_inside (const char *file)
{
  g_auto (GStrv) parts = g_strsplit (file, "/", -1);

  for (char **part = parts; *part != NULL; part++) {
    if (**part == '\0' || strcmp (*part, ".") == 0 || strcmp (*part, "..") == 0)
      return FALSE;
  }
  return TRUE;
}

static gboolean
take_paper (DinhPublication *self, const json_t *paper, const char *item, gsize index, const char *path, GError **error)
{
  static const char *const words[] = { "id", "title", "number", "kind", "date", "readers", NULL };
  DinhPublicationPaper *taken;

  for (guint i = 0; i < self->papers->len; i++) {
    const DinhPublicationPaper *other = g_ptr_array_index (self->papers, i);

    if (strcmp (other->id, dinh_json_get_string (paper, "id")) == 0)
      return dinh_refuse (error, DINH_RECORD_ERROR_FIELD, "field “%s.id”: “%s” is also the id of “%s”", path, other->id,
                          other->path);
  }
  if (!is_inside (dinh_json_get_string (paper, "file")))
    return dinh_refuse (error, DINH_RECORD_ERROR_FIELD, "field “%s.file”: “%s” is not a path below the folder", path,
                        dinh_json_get_string (paper, "file"));
  taken = g_new0 (DinhPublicationPaper, 1);
  taken->id = dinh_json_get_string (paper, "id");
  taken->file = dinh_json_get_string (paper, "file");
  taken->secrecy = dinh_json_get_string (paper, "secrecy");
  taken->path = g_strdup (path);
  taken->words = pick (paper, words);
  json_object_set_new (taken->words, "item", json_string (item));
  json_object_set_new (taken->words, "position", json_integer ((json_int_t) index));
  g_ptr_array_add (self->papers, taken);
  return TRUE;
}

static gboolean
take_papers (DinhPublication *self, const json_t *item, const char *path, GError **error)
{
  gsize index;
  json_t *paper;

  if (json_is_true (json_object_get (item, "paper_only")) && json_array_size (json_object_get (item, "papers")) > 0)
    return dinh_refuse (error, DINH_RECORD_ERROR_FIELD, "field “%s.papers”: are handed out on paper only", path);
  json_array_foreach (json_object_get (item, "papers"), index, paper) {
    g_autofree char *paper_path = g_strdup_printf ("%s.papers[%zu]", path, index);

    if (!take_paper (self, paper, dinh_json_get_string (item, "id"), index, paper_path, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
has_item (const DinhPublication *self, const char *id)
{
  for (guint i = 0; i < self->items->len; i++) {
    if (strcmp (dinh_json_get_string (g_ptr_array_index (self->items, i), "id"), id) == 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean
take_items (DinhPublication *self, const json_t *items, const char *parent, const char *path, guint level, GError **error)
{
  static const char *const words[] = { "id", "title", "minutes", "presenter", "agency", "paper_only", NULL };
  gsize index;
  json_t *item;

  json_array_foreach (items, index, item) {
    g_autofree char *item_path = g_strdup_printf ("%s[%zu]", path, index);
    g_autofree char *sub_path = g_strdup_printf ("%s.items", item_path);
    json_t *body;

    if (level > 4 || self->items->len >= MAX_ITEMS)
      return dinh_refuse (error, DINH_RECORD_ERROR_FIELD, "field “%s”: more than 4 levels or %d items", item_path,
                          MAX_ITEMS);
    if (has_item (self, dinh_json_get_string (item, "id")))
      return dinh_refuse (error, DINH_RECORD_ERROR_FIELD, "field “%s.id”: “%s” stands twice in the agenda", item_path,
                          dinh_json_get_string (item, "id"));
    body = pick (item, words);
    json_object_set_new (body, "position", json_integer ((json_int_t) index));
    if (parent != NULL)
      json_object_set_new (body, "parent", json_string (parent));
    g_ptr_array_add (self->items, body);
    if (!take_papers (self, item, item_path, error) ||
        !take_items (self, json_object_get (item, "items"), dinh_json_get_string (item, "id"), sub_path, level + 1, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_times (const json_t *document, GError **error)
{
  gint64 begins = 0, ends = 0;

  dinh_time_parse (dinh_json_get_string (document, "begins"), &begins);
  dinh_time_parse (dinh_json_get_string (document, "ends"), &ends);
  return ends > begins || dinh_refuse (error, DINH_RECORD_ERROR_TIME, "field “ends”: not after “begins”");
}

static gboolean
check_chair (const json_t *document, GError **error)
{
  gboolean has_chair = FALSE;
  gsize index;
  json_t *participant;

  json_array_foreach (json_object_get (document, "participants"), index, participant) {
    gboolean is_chair = strcmp (dinh_json_get_string (participant, "role"), "chair") == 0;

    if (is_chair && has_chair)
      return dinh_refuse (error, DINH_RECORD_ERROR_FIELD, "field “participants[%zu].role”: a meeting has one chair", index);
    has_chair |= is_chair;
  }
  return TRUE;
}

/**
 * dinh_publication_new:
 * @document: (transfer none): the parsed meeting.json
 *
 * Checks it against docs/meeting-json.md, texts brought into NFC. Returns: (transfer full): the publication, or %NULL
 * with a #DinhRecordError that names the field.
 */
DinhPublication *
dinh_publication_new (json_t *document, GError **error)
{
  g_autoptr (DinhPublication) self = g_new0 (DinhPublication, 1);

  self->document = normalize (document);
  self->items = g_ptr_array_new_with_free_func ((GDestroyNotify) json_decref);
  self->papers = g_ptr_array_new_with_free_func ((GDestroyNotify) paper_free);
  self->bytes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) json_decref);
  if (!dinh_fields_check (document_fields, self->document, TRUE, error) || !check_times (self->document, error) ||
      !check_chair (self->document, error) ||
      !take_items (self, json_object_get (self->document, "agenda"), NULL, "agenda", 1, error))
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * dinh_publication_free:
 *
 * Frees the publication.
 */
void
dinh_publication_free (DinhPublication *self)
{
  json_decref (self->document);
  g_ptr_array_unref (self->items);
  g_ptr_array_unref (self->papers);
  g_hash_table_unref (self->bytes);
  g_free (self);
}

/**
 * dinh_publication_get_id:
 *
 * Returns: (transfer none): the meeting's UUID.
 */
const char *
dinh_publication_get_id (const DinhPublication *self)
{
  return dinh_json_get_string (self->document, "id");
}

/**
 * dinh_publication_get_title:
 *
 * Returns: (transfer none): the meeting's title.
 */
const char *
dinh_publication_get_title (const DinhPublication *self)
{
  return dinh_json_get_string (self->document, "title");
}

/**
 * dinh_publication_get_papers:
 *
 * Returns: (transfer none) (element-type DinhPublicationPaper): the papers in the agenda's order.
 */
GPtrArray *
dinh_publication_get_papers (const DinhPublication *self)
{
  return self->papers;
}

/**
 * dinh_publication_set_bytes:
 * @sha256: hexadecimal
 * @size: bytes
 *
 * Says what the file of @paper holds; needed for every paper before the meeting is planned.
 */
void
dinh_publication_set_bytes (DinhPublication *self, const char *paper, const char *sha256, gint64 size)
{
  g_hash_table_insert (self->bytes, g_strdup (paper),
                       json_pack ("{s:s, s:I}", "sha256", sha256, "size", (json_int_t) size));
}

/* Adds @site behind its parent, unless the body or an earlier step has it. */
static void
plan_site (GHashTable *missing, json_t *site, GPtrArray *steps)
{
  const char *parent = dinh_json_get_string (site, "parent");
  json_t *above;

  if (!g_hash_table_remove (missing, dinh_json_get_string (site, "id")))
    return;
  above = parent == NULL ? NULL : g_hash_table_lookup (missing, parent);
  if (above != NULL)
    plan_site (missing, above, steps);
  dinh_become (steps, "site-add", site);
}

/* What a person is elsewhere is not this meeting's to change. */
static void
plan_persons (const DinhPublication *self, const DinhState *body, GPtrArray *steps)
{
  static const char *const words[] = { "id", "name", "title", "agency", NULL };
  gsize index;
  json_t *participant;

  json_array_foreach (json_object_get (self->document, "participants"), index, participant) {
    g_autoptr (DinhJson) person = pick (participant, words);

    if (dinh_state_get (body, "persons", dinh_json_get_string (participant, "id")) == NULL)
      dinh_become (steps, "person-add", person);
  }
}

/**
 * dinh_publication_plan_body:
 * @body: the body's state
 *
 * Returns: (transfer full) (element-type DinhStep): the sites that the meeting describes and the body lacks, parents
 * first, and the people.
 */
GPtrArray *
dinh_publication_plan_body (const DinhPublication *self, const DinhState *body)
{
  GPtrArray *steps = g_ptr_array_new_with_free_func ((GDestroyNotify) dinh_draft_free);
  g_autoptr (GHashTable) missing = g_hash_table_new (g_str_hash, g_str_equal);
  gsize index;
  json_t *site;

  json_array_foreach (json_object_get (self->document, "sites"), index, site) {
    if (json_is_object (site) && dinh_state_get (body, "sites", dinh_json_get_string (site, "id")) == NULL)
      g_hash_table_insert (missing, (char *) dinh_json_get_string (site, "id"), site);
  }
  json_array_foreach (json_object_get (self->document, "sites"), index, site) {
    if (json_is_object (site))
      plan_site (missing, site, steps);
  }
  plan_persons (self, body, steps);
  return steps;
}

static void
plan_participant (const DinhState *meeting, json_t *participant, GPtrArray *steps)
{
  const json_t *old = dinh_state_get (meeting, "participants", dinh_json_get_string (participant, "id"));

  if (old == NULL)
    dinh_become (steps, "participant-add", participant);
  else if (!dinh_same_object (old, participant))
    dinh_become (steps, "participant-change", participant);
}

/* Without a list, whoever takes part stays; the chair comes last, when nobody else holds it any more. */
static void
plan_participants (const DinhPublication *self, const DinhState *meeting, GPtrArray *steps)
{
  const json_t *wanted = json_object_get (self->document, "participants");
  g_autoptr (GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);
  json_t *participant, *chair = NULL;
  const char *id;
  gsize index;

  if (wanted == NULL)
    return;
  json_array_foreach (wanted, index, participant)
    g_hash_table_add (ids, (gpointer) dinh_json_get_string (participant, "id"));
  json_object_foreach (json_object_get (meeting->json, "participants"), id, participant) {
    g_autoptr (DinhJson) body = json_pack ("{s:s}", "id", id);

    if (!g_hash_table_contains (ids, id))
      dinh_become (steps, "participant-remove", body);
  }
  json_array_foreach (wanted, index, participant) {
    if (strcmp (dinh_json_get_string (participant, "role"), "chair") == 0)
      chair = participant;
    else
      plan_participant (meeting, participant, steps);
  }
  if (chair != NULL)
    plan_participant (meeting, chair, steps);
}

static json_t *
make_header (const DinhPublication *self)
{
  static const char *const words[] = { "title", "host", "chair", "place", "begins", "ends", NULL };
  json_t *header = pick (self->document, words), *keys = json_array (), *site;
  gsize index;

  json_array_foreach (json_object_get (self->document, "sites"), index, site)
    json_array_append (keys, json_is_object (site) ? json_object_get (site, "id") : site);
  json_object_set_new (header, "sites", keys);
  return header;
}

static void
plan_items (const DinhPublication *self, const DinhState *meeting, GPtrArray *steps)
{
  for (guint i = 0; i < self->items->len; i++) {
    json_t *item = g_ptr_array_index (self->items, i);
    const json_t *old = dinh_state_get (meeting, "items", dinh_json_get_string (item, "id"));

    if (old == NULL)
      dinh_become (steps, "item-add", item);
    else if (!dinh_same_object (old, item))
      dinh_become (steps, "item-change", item);
  }
}

static void
plan_paper (const DinhPublication *self, const DinhPublicationPaper *paper, const json_t *old, GPtrArray *steps)
{
  const json_t *bytes = g_hash_table_lookup (self->bytes, paper->id);
  const char *base = strrchr (paper->file, '/');
  g_autoptr (DinhJson) body = json_object ();

  g_return_if_fail (bytes != NULL);
  if (old == NULL)
    json_object_update (body, paper->words);
  else
    json_object_set_new (body, "id", json_string (paper->id));
  json_object_update (body, (json_t *) bytes);
  json_object_set_new (body, "file", json_string (base == NULL ? paper->file : base + 1));
  if (old == NULL)
    dinh_become (steps, "paper-add", body);
  else if (!json_equal (json_object_get (old, "sha256"), json_object_get (bytes, "sha256")))
    dinh_become (steps, "paper-replace", body);
  if (old != NULL && !dinh_same_object (old, paper->words))
    dinh_become (steps, "paper-change", paper->words);
}

static void
plan_recalls (const DinhPublication *self, const DinhState *meeting, GPtrArray *steps)
{
  const char *id;
  json_t *old;

  json_object_foreach (json_object_get (meeting->json, "papers"), id, old) {
    gboolean found = json_is_true (json_object_get (old, "recalled"));
    g_autoptr (DinhJson) body = json_pack ("{s:s}", "id", id);

    for (guint i = 0; !found && i < self->papers->len; i++)
      found = strcmp (((DinhPublicationPaper *) g_ptr_array_index (self->papers, i))->id, id) == 0;
    if (!found)
      dinh_become (steps, "paper-recall", body);
  }
}

/* Removes what lies below @parent (NULL: everything) and is no longer in the agenda; parts before what holds them. */
static void
plan_removals (const DinhPublication *self, const DinhState *meeting, const char *parent, GPtrArray *steps)
{
  const char *id;
  json_t *item;

  json_object_foreach (json_object_get (meeting->json, "items"), id, item) {
    g_autoptr (DinhJson) body = json_pack ("{s:s}", "id", id);

    if (g_strcmp0 (dinh_json_get_string (item, "parent"), parent) != 0)
      continue;
    plan_removals (self, meeting, id, steps);
    if (!has_item (self, id))
      dinh_become (steps, "item-remove", body);
  }
}

/* Whether the header differs is for the rule to say; it knows the form of times. */
static void
plan_header (const DinhPublication *self, const DinhState *meeting, GPtrArray *steps)
{
  g_autoptr (DinhJson) header = make_header (self);

  dinh_become (steps, meeting->size == 0 ? "meeting-prepare" : "meeting-change", header);
}

/**
 * dinh_publication_plan_meeting:
 * @meeting: the meeting's state, empty if it is new
 *
 * Returns: (transfer full) (element-type DinhStep): the commands that bring the record to what the folder says, in the
 * order in which they must be sent; the last one publishes.
 */
GPtrArray *
dinh_publication_plan_meeting (const DinhPublication *self, const DinhState *meeting)
{
  GPtrArray *steps = g_ptr_array_new_with_free_func ((GDestroyNotify) dinh_draft_free);
  g_autoptr (DinhJson) nothing = json_object ();

  plan_header (self, meeting, steps);
  plan_participants (self, meeting, steps);
  plan_items (self, meeting, steps);
  for (guint i = 0; i < self->papers->len; i++) {
    const DinhPublicationPaper *paper = g_ptr_array_index (self->papers, i);
    const json_t *old = dinh_state_get (meeting, "papers", paper->id);

    plan_paper (self, paper, json_is_true (json_object_get (old, "recalled")) ? NULL : old, steps);
  }
  plan_recalls (self, meeting, steps);
  plan_removals (self, meeting, NULL, steps);
  dinh_become (steps, "meeting-publish", nothing);
  return steps;
}
