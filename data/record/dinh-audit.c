/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-audit.h"

#include "data/record/dinh-field.h"
#include "data/record/dinh-rules.h"

#include <string.h>

/*
 * The audit stream of a hub: who was let in, who was turned away, who changed what others may do. Kinds of commands that
 * are audited stand for themselves; the others are what the hub does without a command.
 */

#define REPLACEMENT 0xfffd

static const char *const outcomes[] = { "done", "refused", NULL };

const char *const dinh_audit_actions[] = {
  "group-add", "group-change", "device-add", "device-renew", "device-revoke", "person-add", "person-change", "person-key",
  "person-retire", "meeting-change", "meeting-publish", "participant-add", "participant-change", "participant-remove",
  "paper-recall", "event-redact",
  "sign-in", "session-end", "pin-code", "pin-set", "device-invite", "device-approve", "device-refuse", "device-withdraw",
  "enrolment", "access", "command", "backup", "others", NULL,
};

const DinhField dinh_audit_fields[] = {
  { "action", DINH_FIELD_CHOICE, TRUE, .choices = dinh_audit_actions },
  { "outcome", DINH_FIELD_CHOICE, TRUE, .choices = outcomes },
  { "device", DINH_FIELD_UUID },
  { "person", DINH_FIELD_UUID },
  { "address", DINH_FIELD_TEXT, FALSE, 1, 64 },
  { "subject", DINH_FIELD_TEXT, FALSE, 1, 200 },
  { "stream", DINH_FIELD_UUID },
  { "reason", DINH_FIELD_TEXT, FALSE, 1, 500 },
  { "count", DINH_FIELD_INTEGER, FALSE, 1, G_MAXINT64 },
  { NULL },
};

/* What a stranger sent becomes a text that a record takes: every character that it would refuse is U+FFFD. */
static char *
clean (const char *text, glong max)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *normal = g_utf8_normalize (valid, -1, G_NORMALIZE_NFC);
  g_autofree char *cut = g_utf8_substring (normal, 0, MIN (max, g_utf8_strlen (normal, -1)));
  GString *cleaned = g_string_new (NULL);

  for (const char *p = cut; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    g_string_append_unichar (cleaned, dinh_field_is_misleading (c) ? REPLACEMENT : c);
  }
  return g_string_free (cleaned, FALSE);
}

static void
set_text (json_t *body, const char *name, const char *text, glong max)
{
  g_autofree char *cleaned = text == NULL ? NULL : clean (text, max);

  if (cleaned != NULL && *cleaned != '\0')
    json_object_set_new (body, name, json_string (cleaned));
}

/**
 * dinh_audit_to_json:
 *
 * Returns: (transfer full): the body of an `audit-record` command, which its rules take whatever the texts were.
 */
json_t *
dinh_audit_to_json (const DinhAudit *self)
{
  json_t *body = json_pack ("{s:s, s:s, s:s*, s:s*}", "action", self->action, "outcome", outcomes[self->refused],
                            "device", self->device, "person", self->person);

  set_text (body, "address", self->address, 64);
  set_text (body, "subject", self->subject, 200);
  set_text (body, "stream", self->stream, 36);
  set_text (body, "reason", self->reason, 500);
  return body;
}

DINH_DECIDE (dinh_decide_audit_begin)
{
  dinh_become (drafts, "audit-begun", command->body);
  return TRUE;
}

DINH_DECIDE (dinh_decide_audit_record)
{
  dinh_become (drafts, "audit-recorded", command->body);
  return TRUE;
}

DINH_APPLY (dinh_apply_audit_begun)
{
  dinh_state_table (state, "audit");
}

/* It is read one by one; nothing is made of it. */
DINH_APPLY (dinh_apply_audit_recorded)
{
}
