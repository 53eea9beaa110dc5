/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-kind.h"

#include "data/record/dinh-record-error.h"
#include "data/record/dinh-rules.h"
#include "data/record/dinh-secrecy.h"

#include <string.h>

/* Both tables: a kind is a row here and its functions in a file of rules. */

static const DinhCommandKind command_kinds[] = {
  { "body-found", DINH_STREAM_BODY, TRUE, DINH_WORTH_LIVE, "hub", dinh_founded_fields, dinh_decide_body_found,
    "Found the body: its name and the key that signs its record." },
  { "site-add", DINH_STREAM_BODY, FALSE, DINH_WORTH_LIVE, "admin", dinh_site_fields, dinh_decide_site_add,
    "Add a site to the tree of sites." },
  { "site-change", DINH_STREAM_BODY, FALSE, DINH_WORTH_LIVE, "admin", dinh_site_fields, dinh_decide_site_change,
    "Give a site another name or parent." },
  { "group-add", DINH_STREAM_BODY, FALSE, DINH_WORTH_LIVE, "admin", dinh_group_fields, dinh_decide_group_add,
    "Add a group of sites.", TRUE },
  { "group-change", DINH_STREAM_BODY, FALSE, DINH_WORTH_LIVE, "admin", dinh_group_fields, dinh_decide_group_change,
    "Give a group another name or other sites.", TRUE },
  { "device-add", DINH_STREAM_BODY, FALSE, DINH_WORTH_LIVE, "admin hub", dinh_device_fields, dinh_decide_device_add,
    "Let a device in: its certificate, its signing key and what it may be.", TRUE },
  { "device-renew", DINH_STREAM_BODY, FALSE, DINH_WORTH_LIVE, "hub", dinh_device_renew_fields, dinh_decide_device_renew,
    "Give a device another certificate; once that was used, the one before counts no longer.", TRUE },
  { "device-revoke", DINH_STREAM_BODY, FALSE, DINH_WORTH_LIVE, "admin hub", dinh_device_revoke_fields,
    dinh_decide_device_revoke, "Shut a device out for good.", TRUE },
  { "person-add", DINH_STREAM_BODY, FALSE, DINH_WORTH_LIVE, "admin", dinh_person_fields, dinh_decide_person_add,
    "Make a person known; no device is told.", TRUE },
  { "person-change", DINH_STREAM_BODY, FALSE, DINH_WORTH_LIVE, "admin", dinh_person_fields, dinh_decide_person_change,
    "Give a person another name, title or agency.", TRUE },
  { "person-key", DINH_STREAM_BODY, FALSE, DINH_WORTH_LIVE, "hub", dinh_person_key_fields, dinh_decide_person_key,
    "Give a person a signing key, which ends the one before.", TRUE },
  { "person-retire", DINH_STREAM_BODY, FALSE, DINH_WORTH_LIVE, "admin", dinh_person_retire_fields,
    dinh_decide_person_retire, "End a person's key for good.", TRUE },
  { "meeting-prepare", DINH_STREAM_MEETING, TRUE, DINH_WORTH_LIVE, "admin", dinh_meeting_fields,
    dinh_decide_meeting_prepare, "Begin a meeting's record; nobody but its preparers sees it yet." },
  { "meeting-change", DINH_STREAM_MEETING, FALSE, DINH_WORTH_LIVE, "admin secretary", dinh_meeting_fields,
    dinh_decide_meeting_change, "Change title, time, place, chair or sites.", TRUE },
  { "meeting-publish", DINH_STREAM_MEETING, FALSE, DINH_WORTH_LIVE, "admin secretary", dinh_nothing_fields,
    dinh_decide_meeting_publish, "Show the meeting to its sites.", TRUE },
  { "meeting-cancel", DINH_STREAM_MEETING, FALSE, DINH_WORTH_LIVE, "admin secretary", dinh_reason_fields,
    dinh_decide_meeting_cancel, "Call the meeting off." },
  { "participant-add", DINH_STREAM_MEETING, FALSE, DINH_WORTH_LIVE, "admin secretary", dinh_participant_fields,
    dinh_decide_participant_add, "Let a person take part, as what and where.", TRUE },
  { "participant-change", DINH_STREAM_MEETING, FALSE, DINH_WORTH_LIVE, "admin secretary", dinh_participant_fields,
    dinh_decide_participant_change, "Change what or where a participant is.", TRUE },
  { "participant-remove", DINH_STREAM_MEETING, FALSE, DINH_WORTH_LIVE, "admin secretary", dinh_participant_id_fields,
    dinh_decide_participant_remove, "Let a person take part no more.", TRUE },
  { "item-add", DINH_STREAM_MEETING, FALSE, DINH_WORTH_LIVE, "admin secretary", dinh_item_fields, dinh_decide_item_add,
    "Add an item to the agenda." },
  { "item-change", DINH_STREAM_MEETING, FALSE, DINH_WORTH_LIVE, "admin secretary", dinh_item_fields, dinh_decide_item_change,
    "Change or move an item of the agenda." },
  { "item-remove", DINH_STREAM_MEETING, FALSE, DINH_WORTH_LIVE, "admin secretary", dinh_id_fields, dinh_decide_item_remove,
    "Take an item without papers or parts off the agenda." },
  { "paper-add", DINH_STREAM_MEETING, FALSE, DINH_WORTH_LIVE, "admin secretary", dinh_paper_add_fields, dinh_decide_paper_add,
    "Add a paper to an item." },
  { "paper-change", DINH_STREAM_MEETING, FALSE, DINH_WORTH_LIVE, "admin secretary", dinh_paper_change_fields,
    dinh_decide_paper_change, "Change what is said of a paper, not its bytes." },
  { "paper-replace", DINH_STREAM_MEETING, FALSE, DINH_WORTH_LIVE, "admin secretary", dinh_paper_replace_fields,
    dinh_decide_paper_replace, "Put a new version in a paper's place." },
  { "paper-recall", DINH_STREAM_MEETING, FALSE, DINH_WORTH_LIVE, "admin secretary", dinh_paper_recall_fields,
    dinh_decide_paper_recall, "Take a paper back.", TRUE },
  { "event-redact", DINH_STREAM_ANY, FALSE, DINH_WORTH_LIVE, "admin", dinh_redact_fields, dinh_decide_event_redact,
    "Drop what an event said, by lawful order; its hash stays.", TRUE },
  { "audit-begin", DINH_STREAM_AUDIT, TRUE, DINH_WORTH_LIVE, "hub", dinh_nothing_fields, dinh_decide_audit_begin,
    "Begin the hub's audit stream." },
  { "audit-record", DINH_STREAM_AUDIT, FALSE, DINH_WORTH_LIVE, "hub", dinh_audit_fields, dinh_decide_audit_record,
    "Say what was done or refused." },
};

static const DinhEventKind event_kinds[] = {
  { "body-founded", DINH_STREAM_BODY, TRUE, dinh_founded_fields, dinh_apply_body_founded, NULL, "The body exists.", TRUE },
  { "site-added", DINH_STREAM_BODY, FALSE, dinh_site_fields, dinh_apply_site, NULL, "A site was added." },
  { "site-changed", DINH_STREAM_BODY, FALSE, dinh_site_fields, dinh_apply_site, NULL, "A site changed." },
  { "group-added", DINH_STREAM_BODY, FALSE, dinh_group_fields, dinh_apply_group, NULL, "A group was added." },
  { "group-changed", DINH_STREAM_BODY, FALSE, dinh_group_fields, dinh_apply_group, NULL, "A group changed." },
  { "device-added", DINH_STREAM_BODY, TRUE, dinh_device_fields, dinh_apply_device_added, NULL, "A device was let in.", TRUE },
  { "device-renewed", DINH_STREAM_BODY, FALSE, dinh_device_renew_fields, dinh_apply_device_renewed, NULL,
    "A device got another certificate, or used it first." },
  { "device-revoked", DINH_STREAM_BODY, TRUE, dinh_device_revoke_fields, dinh_apply_device_revoked, NULL,
    "A device was shut out." },
  { "person-added", DINH_STREAM_BODY, FALSE, dinh_person_fields, dinh_apply_person, dinh_no_readers,
    "A person is known." },
  { "person-changed", DINH_STREAM_BODY, FALSE, dinh_person_fields, dinh_apply_person, dinh_no_readers,
    "A person has another name, title or agency." },
  { "person-keyed", DINH_STREAM_BODY, FALSE, dinh_person_key_fields, dinh_apply_person_keyed, dinh_no_readers,
    "A person has a new signing key.", TRUE },
  { "person-retired", DINH_STREAM_BODY, FALSE, dinh_person_retire_fields, dinh_apply_person_retired, dinh_no_readers,
    "A person's key was ended for good." },
  { "meeting-prepared", DINH_STREAM_MEETING, TRUE, dinh_meeting_fields, dinh_apply_meeting_header, NULL,
    "A meeting's record began." },
  { "meeting-changed", DINH_STREAM_MEETING, FALSE, dinh_meeting_fields, dinh_apply_meeting_header, NULL,
    "Title, time, place, chair or sites changed." },
  { "meeting-published", DINH_STREAM_MEETING, TRUE, dinh_nothing_fields, dinh_apply_meeting_published, NULL,
    "The meeting was shown to its sites." },
  { "meeting-cancelled", DINH_STREAM_MEETING, TRUE, dinh_reason_fields, dinh_apply_meeting_cancelled, NULL,
    "The meeting was called off." },
  { "participant-added", DINH_STREAM_MEETING, FALSE, dinh_participant_fields, dinh_apply_participant, NULL,
    "A person takes part." },
  { "participant-changed", DINH_STREAM_MEETING, FALSE, dinh_participant_fields, dinh_apply_participant, NULL,
    "What or where a participant is changed." },
  { "participant-removed", DINH_STREAM_MEETING, FALSE, dinh_participant_id_fields, dinh_apply_participant_removed, NULL,
    "A person takes part no more." },
  { "item-added", DINH_STREAM_MEETING, FALSE, dinh_item_fields, dinh_apply_item, NULL, "An item was added." },
  { "item-changed", DINH_STREAM_MEETING, FALSE, dinh_item_fields, dinh_apply_item, NULL, "An item changed." },
  { "item-removed", DINH_STREAM_MEETING, FALSE, dinh_id_fields, dinh_apply_item_removed, NULL, "An item was removed." },
  { "paper-added", DINH_STREAM_MEETING, FALSE, dinh_paper_add_fields, dinh_apply_paper_added, dinh_paper_readers,
    "A paper was added." },
  { "paper-changed", DINH_STREAM_MEETING, FALSE, dinh_paper_change_fields, dinh_apply_paper_changed,
    dinh_paper_readers, "What is said of a paper changed." },
  { "paper-replaced", DINH_STREAM_MEETING, FALSE, dinh_paper_replace_fields, dinh_apply_paper_replaced,
    dinh_paper_readers, "A paper has a new version." },
  { "paper-recalled", DINH_STREAM_MEETING, FALSE, dinh_paper_recall_fields, dinh_apply_paper_recalled,
    dinh_paper_readers, "A paper was taken back." },
  { "event-redacted", DINH_STREAM_ANY, TRUE, dinh_redact_fields, dinh_apply_event_redacted, NULL,
    "What an event said was dropped by lawful order.", TRUE },
  { "audit-begun", DINH_STREAM_AUDIT, TRUE, dinh_nothing_fields, dinh_apply_audit_begun, NULL,
    "The hub's audit stream began.", TRUE },
  { "audit-recorded", DINH_STREAM_AUDIT, FALSE, dinh_audit_fields, dinh_apply_audit_recorded, NULL,
    "Something was done or refused.", TRUE },
};

/**
 * dinh_command_kinds:
 *
 * Returns: (transfer none) (array length=n_kinds): the whole command table.
 */
const DinhCommandKind *
dinh_command_kinds (guint *n_kinds)
{
  *n_kinds = G_N_ELEMENTS (command_kinds);
  return command_kinds;
}

/**
 * dinh_event_kinds:
 *
 * Returns: (transfer none) (array length=n_kinds): the whole event table.
 */
const DinhEventKind *
dinh_event_kinds (guint *n_kinds)
{
  *n_kinds = G_N_ELEMENTS (event_kinds);
  return event_kinds;
}

/**
 * dinh_command_kind_find:
 *
 * Returns: (transfer none) (nullable): the row of @name.
 */
const DinhCommandKind *
dinh_command_kind_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (command_kinds); i++) {
    if (strcmp (command_kinds[i].name, name) == 0)
      return &command_kinds[i];
  }
  return NULL;
}

/**
 * dinh_event_kind_find:
 *
 * Returns: (transfer none) (nullable): the row of @name.
 */
const DinhEventKind *
dinh_event_kind_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (event_kinds); i++) {
    if (strcmp (event_kinds[i].name, name) == 0)
      return &event_kinds[i];
  }
  return NULL;
}

/**
 * dinh_worth_get_name:
 *
 * Returns: (transfer none): "local", "late" or "live".
 */
const char *
dinh_worth_get_name (DinhWorth worth)
{
  static const char *const names[] = { "local", "late", "live" };

  return names[worth];
}

/**
 * dinh_stream_kind_get_name:
 *
 * Returns: (transfer none): "body", "meeting", "audit", or "body or meeting".
 */
const char *
dinh_stream_kind_get_name (DinhStreamKind kind)
{
  static const char *const names[] = { "body", "meeting", "audit", "body or meeting" };

  return names[kind];
}

/**
 * dinh_draft_free:
 *
 * Frees a draft.
 */
void
dinh_draft_free (DinhDraft *self)
{
  json_decref (self->body);
  g_free (self);
}

/* For rules: adds an event of @kind with @body (transfer none) to what the command becomes. */
void
dinh_become (GPtrArray *drafts, const char *kind, json_t *body)
{
  DinhDraft *draft = g_new0 (DinhDraft, 1);

  draft->kind = kind;
  draft->body = json_incref (body);
  g_ptr_array_add (drafts, draft);
}

/* For rules: `return dinh_refuse (…)`. */
gboolean
dinh_refuse (GError **error, int code, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_propagate_error (error, g_error_new_valist (DINH_RECORD_ERROR, code, format, args));
  va_end (args);
  return FALSE;
}

/* For rules: whether every field of @body has the same value in @old, and @old has no others but those of the fold. */
gboolean
dinh_same_object (const json_t *old, const json_t *body)
{
  static const char *const of_the_fold[] = { "seq", "version", "replaces", "recalled", "reason", "sha256", "size", "file" };
  g_autoptr (DinhJson) copy = json_copy ((json_t *) old);

  for (guint i = 0; i < G_N_ELEMENTS (of_the_fold); i++)
    json_object_del (copy, of_the_fold[i]);
  return json_equal (copy, (json_t *) body);
}

/*
 * For rules: sets the fields of @event's kind on @object. Others, which nobody has checked, must not get into the fold:
 * from there a paper's hash becomes the name of a file.
 */
void
dinh_take_fields (json_t *object, const DinhEvent *event)
{
  for (const DinhField *field = dinh_event_kind_find (event->kind)->fields; field->name != NULL; field++) {
    json_t *value = json_object_get (event->body, field->name);

    if (value != NULL)
      json_object_set (object, field->name, value);
  }
}

/*
 * For rules: what @event says becomes the object of that id in @table, stamped with the event's number. Returns: (transfer
 * none): the object.
 */
json_t *
dinh_put_object (DinhState *state, const char *table, const DinhEvent *event)
{
  json_t *object = json_object ();

  dinh_take_fields (object, event);
  json_object_set_new (object, "seq", json_integer ((json_int_t) event->seq));
  json_object_set_new (dinh_state_table (state, table), dinh_json_get_string (event->body, "id"), object);
  return object;
}

/* What the actor is here: a person what the meeting says, wherever they sit; a device by itself what the body says. */
static const char *
get_part (const DinhSituation *situation)
{
  const DinhActor *actor = situation->actor;

  return actor->person == NULL
           ? actor->profile
           : dinh_json_get_string (dinh_state_get (situation->state, "participants", actor->person), "role");
}

static gboolean
check_actor (const DinhCommandKind *row, const DinhSituation *situation, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (row->actors, " ", -1);
  const char *part = get_part (situation);

  if (part != NULL && g_strv_contains ((const char *const *) parts, part))
    return TRUE;
  if (situation->actor->person == NULL)
    return dinh_refuse (error, DINH_RECORD_ERROR_FORBIDDEN, "“%s” is not for a device of profile “%s”", row->name, part);
  return dinh_refuse (error, DINH_RECORD_ERROR_FORBIDDEN, "“%s” is not for %s “%s”", row->name,
                      part == NULL ? "somebody outside, person" : part, situation->actor->person);
}

/* Whoever publishes is to have refused it before; what still comes is not to be taken for a misspelled field. */
static gboolean
check_secrecy (const DinhCommand *command, GError **error)
{
  const char *words = dinh_secrecy_get_words (dinh_json_get_string (command->body, "secrecy"));

  return words == NULL || dinh_refuse (error, DINH_RECORD_ERROR_SECRET,
                                       "%s: field “secrecy”: what is “%s” may not be put on a network", command->kind, words);
}

static gboolean
is_of (const DinhState *state, DinhStreamKind kind)
{
  if (kind == DINH_STREAM_ANY)
    return is_of (state, DINH_STREAM_BODY) || is_of (state, DINH_STREAM_MEETING);
  return json_object_get (state->json, dinh_stream_kind_get_name (kind)) != NULL;
}

static gboolean
check_stream (const DinhCommandKind *row, const DinhState *state, GError **error)
{
  if (row->founds && state->size > 0)
    return dinh_refuse (error, DINH_RECORD_ERROR_EXISTS, "“%s”: stream “%s” is founded", row->name, state->stream);
  if (!row->founds && state->size == 0)
    return dinh_refuse (error, DINH_RECORD_ERROR_MISSING, "“%s”: no stream “%s”", row->name, state->stream);
  if (row->founds || is_of (state, row->stream))
    return TRUE;
  return dinh_refuse (error, DINH_RECORD_ERROR_KIND, "“%s” is for the stream of a %s", row->name,
                      dinh_stream_kind_get_name (row->stream));
}

/**
 * dinh_decide:
 * @drafts: (element-type DinhDraft): the events that the command becomes are added; none if it changes nothing
 *
 * The one place where a command is judged: a pure function of its arguments, the same code in hub, kiosk and tools.
 * Returns: %FALSE with a #DinhRecordError if the command is refused.
 */
gboolean
dinh_decide (const DinhSituation *situation, const DinhCommand *command, GPtrArray *drafts, GError **error)
{
  const DinhCommandKind *row = dinh_command_kind_find (command->kind);

  if (row == NULL)
    return dinh_refuse (error, DINH_RECORD_ERROR_KIND, "unknown command “%s”", command->kind);
  if (!check_actor (row, situation, error))
    return FALSE;
  if (!check_secrecy (command, error))
    return FALSE;
  if (!dinh_fields_check (row->fields, command->body, TRUE, error)) {
    g_prefix_error (error, "%s: ", row->name);
    return FALSE;
  }
  return check_stream (row, situation->state, error) && row->decide (situation, command, drafts, error);
}

/**
 * dinh_event_readers:
 * @after: the stream's state with the event applied
 *
 * Returns: (transfer none) (nullable): the list of keys of sites and groups that may read the event, %NULL if whoever
 * reads the stream may.
 */
const json_t *
dinh_event_readers (const DinhState *after, const char *kind, const json_t *body)
{
  const DinhEventKind *row = dinh_event_kind_find (kind);

  return row == NULL || row->readers == NULL ? NULL : row->readers (after, body);
}
