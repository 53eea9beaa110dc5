/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-command.h"

#include "data/record/dinh-field.h"
#include "data/record/dinh-record-error.h"
#include "data/record/dinh-time.h"

#include <string.h>

/*
 * On the wire and in the record a command is {"signed": TEXT, "signature": BASE64}. TEXT is itself JSON, carried as a
 * string, so that its bytes are the same everywhere and nothing has to be made canonical.
 */

#define SIGNING_CONTEXT "dinh-command-v1"

static const DinhField envelope_fields[] = {
  { "signed", DINH_FIELD_OPAQUE, TRUE, 1, DINH_COMMAND_MAX_SIZE },
  { "signature", DINH_FIELD_OPAQUE, TRUE, 88, 88 },
  { NULL },
};

static const DinhField command_fields[] = {
  { "id", DINH_FIELD_UUID, TRUE },     { "kind", DINH_FIELD_KEY, TRUE }, { "stream", DINH_FIELD_UUID, TRUE },
  { "device", DINH_FIELD_UUID, TRUE }, { "at", DINH_FIELD_TIME, TRUE },  { "by", DINH_FIELD_UUID },
  { NULL },
};

/* Takes over what @inner says; the table has checked everything but the body. */
static gboolean
take_inner (DinhCommand *self, const json_t *inner, GError **error)
{
  g_autoptr (DinhJson) head = json_copy ((json_t *) inner);
  const json_t *body = json_object_get (inner, "body");

  json_object_del (head, "body");
  if (!dinh_fields_check (command_fields, head, TRUE, error))
    return FALSE;
  if (!json_is_object (body)) {
    g_set_error_literal (error, DINH_RECORD_ERROR, DINH_RECORD_ERROR_FIELD, "field “body”: is not an object");
    return FALSE;
  }
  self->id = g_strdup (dinh_json_get_string (inner, "id"));
  self->kind = g_strdup (dinh_json_get_string (inner, "kind"));
  self->stream = g_strdup (dinh_json_get_string (inner, "stream"));
  self->device = g_strdup (dinh_json_get_string (inner, "device"));
  self->by = g_strdup (dinh_json_get_string (inner, "by"));
  self->body = json_incref ((json_t *) body);
  return dinh_time_parse (dinh_json_get_string (inner, "at"), &self->at);
}

/**
 * dinh_command_new_by:
 * @person: (nullable): who signs; %NULL: the device does
 * @device: where it is signed
 * @at: the time that is claimed, µs
 * @body: (transfer none): fields of @kind
 * @key: of @person, or of @device
 *
 * Returns: (transfer full): a signed command with a fresh id.
 */
DinhCommand *
dinh_command_new_by (const char *kind, const char *stream, const char *person, const char *device, gint64 at,
                     json_t *body, const DinhKey *key)
{
  DinhCommand *self = g_new0 (DinhCommand, 1);
  g_autofree char *time = dinh_time_format (at);
  g_autoptr (DinhJson) inner = NULL;

  g_atomic_ref_count_init (&self->references);
  self->id = dinh_uuid_new ();
  self->kind = g_strdup (kind);
  self->stream = g_strdup (stream);
  self->device = g_strdup (device);
  self->by = g_strdup (person);
  self->at = at;
  self->body = json_incref (body);
  inner = json_pack ("{s:s, s:s, s:s, s:s, s:s, s:s*, s:O}", "id", self->id, "kind", kind, "stream", stream, "device",
                     device, "at", time, "by", person, "body", body);
  self->text = dinh_json_print (inner);
  self->signature = dinh_key_sign (key, SIGNING_CONTEXT, self->text, strlen (self->text));
  return self;
}

/**
 * dinh_command_new:
 *
 * dinh_command_new_by() for what a device does by itself. Returns: (transfer full): the command.
 */
DinhCommand *
dinh_command_new (const char *kind, const char *stream, const char *device, gint64 at, json_t *body,
                  const DinhKey *key)
{
  return dinh_command_new_by (kind, stream, NULL, device, at, body, key);
}

/**
 * dinh_command_parse:
 * @text: the envelope
 * @length: bytes, at most %DINH_COMMAND_MAX_SIZE
 *
 * Reads a command. Its signature is not checked: whose key counts, the record knows. Returns: (transfer full): the
 * command, or %NULL with %DINH_RECORD_ERROR_JSON or %DINH_RECORD_ERROR_FIELD.
 */
DinhCommand *
dinh_command_parse (const char *text, gsize length, GError **error)
{
  g_autoptr (DinhJson) envelope = NULL;
  g_autoptr (DinhJson) inner = NULL;
  g_autoptr (DinhCommand) self = NULL;
  const char *signed_text;

  if (length > DINH_COMMAND_MAX_SIZE) {
    g_set_error (error, DINH_RECORD_ERROR, DINH_RECORD_ERROR_JSON, "more than %d bytes", DINH_COMMAND_MAX_SIZE);
    return NULL;
  }
  envelope = dinh_json_parse (text, length, error);
  if (envelope == NULL || !dinh_fields_check (envelope_fields, envelope, TRUE, error))
    return NULL;
  signed_text = dinh_json_get_string (envelope, "signed");
  inner = dinh_json_parse (signed_text, strlen (signed_text), error);
  if (inner == NULL) {
    g_prefix_error (error, "field “signed”: ");
    return NULL;
  }
  self = g_new0 (DinhCommand, 1);
  g_atomic_ref_count_init (&self->references);
  self->text = g_strdup (signed_text);
  self->signature = g_strdup (dinh_json_get_string (envelope, "signature"));
  return take_inner (self, inner, error) ? g_steal_pointer (&self) : NULL;
}

/**
 * dinh_command_ref:
 *
 * Returns: (transfer full): the same command.
 */
DinhCommand *
dinh_command_ref (DinhCommand *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

/**
 * dinh_command_unref:
 *
 * Gives a reference back.
 */
void
dinh_command_unref (DinhCommand *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_free (self->id);
  g_free (self->kind);
  g_free (self->stream);
  g_free (self->device);
  g_free (self->by);
  g_free (self->text);
  g_free (self->signature);
  json_decref (self->body);
  g_free (self);
}

/**
 * dinh_command_to_json:
 *
 * Returns: (transfer full): the envelope.
 */
json_t *
dinh_command_to_json (const DinhCommand *self)
{
  return json_pack ("{s:s, s:s}", "signed", self->text, "signature", self->signature);
}

/**
 * dinh_command_print:
 *
 * Returns: (transfer full): the envelope as one line of JSON, as POST /v1/commands takes it.
 */
char *
dinh_command_print (const DinhCommand *self)
{
  g_autoptr (DinhJson) envelope = dinh_command_to_json (self);

  return dinh_json_print (envelope);
}

/**
 * dinh_command_verify:
 *
 * Whether @key signed the command's text (Ed25519, RFC 8032).
 */
gboolean
dinh_command_verify (const DinhCommand *self, const DinhKey *key)
{
  return dinh_key_verify (key, SIGNING_CONTEXT, self->text, strlen (self->text), self->signature);
}

/**
 * dinh_command_hash:
 *
 * The SHA-256 of the signed text: with the id it says whether a command is the same as one that came before.
 */
void
dinh_command_hash (const DinhCommand *self, DinhHash *out)
{
  dinh_hash_data (self->text, strlen (self->text), out);
}
