/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-record-error.h"
#include "data/record/dinh-rules.h"
#include "data/record/dinh-time.h"

#include <string.h>

/*
 * People. The body knows all of them with their keys and tells no device; a meeting lists those who take
 * part, with what they are in it.
 */

static const char *const roles[] = {"chair", "member", "invitee", "secretary", "operator", NULL};

const DinhField dinh_person_fields[] = {
    {"id", DINH_FIELD_UUID, TRUE},
    {"name", DINH_FIELD_TEXT, TRUE, 1, 200},
    {"title", DINH_FIELD_TEXT, FALSE, 1, 200},
    {"agency", DINH_FIELD_TEXT, FALSE, 1, 200},
    {NULL},
};

const DinhField dinh_person_key_fields[] = {
    {"id", DINH_FIELD_UUID, TRUE},
    {"key", DINH_FIELD_SIGNER, TRUE},
    {NULL},
};

const DinhField dinh_person_retire_fields[] = {
    {"id", DINH_FIELD_UUID, TRUE},
    {"reason", DINH_FIELD_TEXT, FALSE, 0, 500},
    {NULL},
};

const DinhField dinh_participant_fields[] = {
    {"id", DINH_FIELD_UUID, TRUE},
    {"name", DINH_FIELD_TEXT, TRUE, 1, 200},
    {"title", DINH_FIELD_TEXT, FALSE, 1, 200},
    {"agency", DINH_FIELD_TEXT, FALSE, 1, 200},
    {"role", DINH_FIELD_CHOICE, TRUE, .choices = roles},
    {"site", DINH_FIELD_KEY},
    {"seat", DINH_FIELD_TEXT, FALSE, 1, 20},
    {NULL},
};

const DinhField dinh_participant_id_fields[] = {{"id", DINH_FIELD_UUID, TRUE}, {NULL}};

static const char *
id_of (const json_t *body)
{
  return dinh_json_get_string (body, "id");
}

/* What was said of a person, without what the fold adds. */
static gboolean
is_same_person (const json_t *old, const json_t *body)
{
  g_autoptr (DinhJson) copy = json_copy ((json_t *) old);

  json_object_del (copy, "keys");
  return dinh_same_object (copy, body);
}

static const json_t *
find_person (const DinhState *body, const char *id, GError **error)
{
  const json_t *person = dinh_state_get (body, "persons", id);

  if (person == NULL)
    dinh_refuse (error, DINH_RECORD_ERROR_MISSING, "no person “%s”", id);
  else if (json_object_get (person, "retired") != NULL)
    dinh_refuse (error, DINH_RECORD_ERROR_STATE, "person “%s” has left", id);
  else
    return person;
  return NULL;
}

DINH_DECIDE (dinh_decide_person_add)
{
  const json_t *old = dinh_state_get (situation->state, "persons", id_of (command->body));

  if (old != NULL)
    return is_same_person (old, command->body) ||
           dinh_refuse (error, DINH_RECORD_ERROR_EXISTS, "person “%s” exists", id_of (command->body));
  dinh_become (drafts, "person-added", command->body);
  return TRUE;
}

DINH_DECIDE (dinh_decide_person_change)
{
  const json_t *old = find_person (situation->state, id_of (command->body), error);

  if (old == NULL)
    return FALSE;
  if (!is_same_person (old, command->body))
    dinh_become (drafts, "person-changed", command->body);
  return TRUE;
}

/* The last of a person's keys, or NULL. */
static json_t *
current_key (const json_t *person)
{
  const json_t *keys = json_object_get (person, "keys");

  return json_array_get (keys, json_array_size (keys) - 1);
}

DINH_DECIDE (dinh_decide_person_key)
{
  const char *key = dinh_json_get_string (command->body, "key"), *id;
  json_t *person;

  if (find_person (situation->state, id_of (command->body), error) == NULL)
    return FALSE;
  json_object_foreach (json_object_get (situation->state->json, "persons"), id, person)
  {
    gsize index;
    json_t *known;

    json_array_foreach (json_object_get (person, "keys"), index, known)
    {
      if (strcmp (dinh_json_get_string (known, "key"), key) != 0)
        continue;
      return (strcmp (id, id_of (command->body)) == 0 && known == current_key (person)) ||
             dinh_refuse (error, DINH_RECORD_ERROR_EXISTS, "field “key”: was used before");
    }
  }
  dinh_become (drafts, "person-keyed", command->body);
  return TRUE;
}

DINH_DECIDE (dinh_decide_person_retire)
{
  const json_t *person = dinh_state_get (situation->state, "persons", id_of (command->body));

  if (person == NULL)
    return dinh_refuse (error, DINH_RECORD_ERROR_MISSING, "no person “%s”", id_of (command->body));
  if (json_object_get (person, "retired") == NULL)
    dinh_become (drafts, "person-retired", command->body);
  return TRUE;
}

DINH_APPLY (dinh_apply_person)
{
  const json_t *old = dinh_state_get (state, "persons", id_of (event->body));
  json_t *keys = old == NULL ? json_array () : json_incref (json_object_get (old, "keys"));

  json_object_set_new (dinh_put_object (state, "persons", event), "keys", keys);
}

static void
end_key (json_t *person, const char *at)
{
  json_t *key = current_key (person);

  if (key != NULL && json_object_get (key, "until") == NULL)
    json_object_set_new (key, "until", json_string (at));
}

/* Who was named by an event that was redacted since still has the keys that they signed with. */
static json_t *
person_of (DinhState *state, const DinhEvent *event)
{
  json_t *persons = dinh_state_table (state, "persons"), *person = json_object_get (persons, id_of (event->body));

  if (person != NULL)
    return person;
  person = json_pack ("{s:s, s:[], s:I}", "id", id_of (event->body), "keys", "seq", (json_int_t) event->seq);
  json_object_set_new (persons, id_of (event->body), person);
  return person;
}

DINH_APPLY (dinh_apply_person_keyed)
{
  json_t *person = person_of (state, event);
  g_autofree char *at = dinh_time_format (event->at);

  end_key (person, at);
  json_array_append_new (
      json_object_get (person, "keys"),
      json_pack ("{s:s, s:s}", "key", dinh_json_get_string (event->body, "key"), "from", at));
}

DINH_APPLY (dinh_apply_person_retired)
{
  json_t *person = person_of (state, event);
  g_autofree char *at = dinh_time_format (event->at);

  end_key (person, at);
  json_object_set_new (person, "retired", json_string (at));
}

/* No device reads it; the hub and administrators read everything. */
const json_t *
dinh_no_readers (const DinhState *after, const json_t *body)
{
  static json_t *nobody = NULL;
  static gsize made = 0;

  if (g_once_init_enter (&made)) {
    nobody = json_array ();
    g_once_init_leave (&made, 1);
  }
  return nobody;
}

/**
 * dinh_person_find_key:
 * @body: the whole state of the body, as the hub has it
 * @at: when a command says that it was signed, µs
 *
 * Returns: (transfer none) (nullable): the public key that the person signed with then.
 */
const char *
dinh_person_find_key (const DinhState *body, const char *person, gint64 at)
{
  gsize index;
  json_t *key;

  json_array_foreach (json_object_get (dinh_state_get (body, "persons", person), "keys"), index, key)
  {
    const char *until = dinh_json_get_string (key, "until");
    gint64 from_time = G_MAXINT64, until_time = G_MAXINT64;

    dinh_time_parse (dinh_json_get_string (key, "from"), &from_time);
    if (until != NULL)
      dinh_time_parse (until, &until_time);
    if (at >= from_time && at < until_time)
      return dinh_json_get_string (key, "key");
  }
  return NULL;
}

/* --- in a meeting --- */

static gboolean
check_participant (const DinhSituation *situation, const json_t *body, GError **error)
{
  const char *site = dinh_json_get_string (body, "site"), *id;
  json_t *other;

  if (find_person (situation->body, id_of (body), error) == NULL)
    return FALSE;
  if (site != NULL && dinh_state_get (situation->body, "sites", site) == NULL)
    return dinh_refuse (error, DINH_RECORD_ERROR_MISSING, "field “site”: no site “%s”", site);
  if (strcmp (dinh_json_get_string (body, "role"), "chair") != 0)
    return TRUE;
  json_object_foreach (json_object_get (situation->state->json, "participants"), id, other)
  {
    if (strcmp (dinh_json_get_string (other, "role"), "chair") == 0 && strcmp (id, id_of (body)) != 0)
      return dinh_refuse (error, DINH_RECORD_ERROR_STATE, "field “role”: “%s” has the chair",
                          dinh_json_get_string (other, "name"));
  }
  return TRUE;
}

DINH_DECIDE (dinh_decide_participant_add)
{
  const json_t *old = dinh_state_get (situation->state, "participants", id_of (command->body));

  if (old != NULL)
    return dinh_same_object (old, command->body) ||
           dinh_refuse (error, DINH_RECORD_ERROR_EXISTS, "“%s” takes part already",
                        dinh_json_get_string (old, "name"));
  if (!check_participant (situation, command->body, error))
    return FALSE;
  dinh_become (drafts, "participant-added", command->body);
  return TRUE;
}

DINH_DECIDE (dinh_decide_participant_change)
{
  const json_t *old = dinh_state_get (situation->state, "participants", id_of (command->body));

  if (old == NULL)
    return dinh_refuse (error, DINH_RECORD_ERROR_MISSING, "person “%s” does not take part",
                        id_of (command->body));
  if (!check_participant (situation, command->body, error))
    return FALSE;
  if (!dinh_same_object (old, command->body))
    dinh_become (drafts, "participant-changed", command->body);
  return TRUE;
}

DINH_DECIDE (dinh_decide_participant_remove)
{
  if (dinh_state_get (situation->state, "participants", id_of (command->body)) != NULL)
    dinh_become (drafts, "participant-removed", command->body);
  return TRUE;
}

DINH_APPLY (dinh_apply_participant)
{
  dinh_put_object (state, "participants", event);
}

DINH_APPLY (dinh_apply_participant_removed)
{
  json_object_del (dinh_state_table (state, "participants"), id_of (event->body));
  dinh_state_drop_empty (state, "participants");
}
