/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-redaction.h"

#include <string.h>

/*
 * Who may read what. An event that names readers goes to those sites, groups and persons, and as a bare leaf hash to
 * everybody else who sees the stream; the fold of what a reader got equals what dinh_viewer_redact() leaves of the whole fold.
 */
struct _DinhViewer {
  gboolean everything;
  char *site;
  char *person;
  GHashTable *keys; /* of the site and the person, and of the groups that hold one of them */
};

static gboolean
holds (const json_t *object, const char *list, const char *key)
{
  gsize index;
  json_t *member;

  json_array_foreach (json_object_get (object, list), index, member) {
    if (g_strcmp0 (json_string_value (member), key) == 0)
      return TRUE;
  }
  return FALSE;
}

static void
add_groups (DinhViewer *self, const DinhState *body)
{
  const char *group;
  json_t *object;

  json_object_foreach (json_object_get (body->json, "groups"), group, object) {
    if (holds (object, "sites", self->site) || holds (object, "persons", self->person))
      g_hash_table_add (self->keys, g_strdup (group));
  }
}

/**
 * dinh_viewer_new:
 * @body: the body's state, for its groups
 *
 * Returns: (transfer full): what @actor may see.
 */
DinhViewer *
dinh_viewer_new (const DinhState *body, const DinhActor *actor)
{
  DinhViewer *self = g_new0 (DinhViewer, 1);

  self->everything = strcmp (actor->profile, "admin") == 0 || strcmp (actor->profile, "hub") == 0;
  self->site = g_strdup (actor->site);
  self->person = g_strdup (actor->person);
  self->keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (self->site != NULL)
    g_hash_table_add (self->keys, g_strdup (self->site));
  if (self->person != NULL)
    g_hash_table_add (self->keys, g_strdup (self->person));
  if (g_hash_table_size (self->keys) > 0)
    add_groups (self, body);
  return self;
}

/**
 * dinh_viewer_free:
 *
 * Frees the reader.
 */
void
dinh_viewer_free (DinhViewer *self)
{
  g_free (self->site);
  g_free (self->person);
  g_hash_table_unref (self->keys);
  g_free (self);
}

/**
 * dinh_viewer_may_see:
 * @state: of a body or a meeting
 *
 * Whether the stream exists for this reader: the body for all, a meeting once it was published to the reader's site, to
 * all sites if it names none, or to somebody who takes part; the audit stream for administrators only.
 */
gboolean
dinh_viewer_may_see (const DinhViewer *self, const DinhState *state)
{
  const json_t *meeting = json_object_get (state->json, "meeting");

  if (self->everything)
    return TRUE;
  if (meeting == NULL)
    return json_object_get (state->json, "body") != NULL;
  if (json_object_get (meeting, "published_at") == NULL)
    return FALSE;
  return json_array_size (json_object_get (meeting, "sites")) == 0 || holds (meeting, "sites", self->site) ||
         (self->person != NULL && dinh_state_get (state, "participants", self->person) != NULL);
}

/**
 * dinh_viewer_may_read:
 * @readers: (nullable): of an event or a paper
 *
 * Whether an event of a stream that this reader may see reaches it whole.
 */
gboolean
dinh_viewer_may_read (const DinhViewer *self, const json_t *readers)
{
  gsize index;
  json_t *reader;

  if (self->everything || readers == NULL)
    return TRUE;
  json_array_foreach (readers, index, reader) {
    if (json_is_string (reader) && g_hash_table_contains (self->keys, json_string_value (reader)))
      return TRUE;
  }
  return FALSE;
}

/**
 * dinh_viewer_redact:
 *
 * Returns: (transfer full): the part of @state that the reader's own fold would hold.
 */
DinhState *
dinh_viewer_redact (const DinhViewer *self, const DinhState *state)
{
  DinhState *redacted = dinh_state_copy (state);
  json_t *papers = json_object_get (redacted->json, "papers"), *paper;
  const char *key;
  void *next;

  if (!self->everything)
    json_object_del (redacted->json, "persons");
  json_object_foreach_safe (papers, next, key, paper) {
    if (!dinh_viewer_may_read (self, json_object_get (paper, "readers")))
      json_object_del (papers, key);
  }
  dinh_state_drop_empty (redacted, "papers");
  return redacted;
}
