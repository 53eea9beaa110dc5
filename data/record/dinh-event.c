/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-event.h"

#include "data/hash/dinh-merkle.h"
#include "data/record/dinh-field.h"
#include "data/record/dinh-kind.h"
#include "data/record/dinh-record-error.h"
#include "data/record/dinh-time.h"

#include <sodium.h>
#include <string.h>

#define SALT_BYTES 16

static const DinhField head_fields[] = {
  { "stream", DINH_FIELD_UUID, TRUE },
  { "seq", DINH_FIELD_INTEGER, TRUE, 1, G_MAXINT64 },
  { "id", DINH_FIELD_UUID, TRUE },
  { "kind", DINH_FIELD_KEY, TRUE },
  { "device", DINH_FIELD_UUID, TRUE },
  { "by", DINH_FIELD_UUID },
  { "at", DINH_FIELD_TIME, TRUE },
  { "salt", DINH_FIELD_TEXT, TRUE, 2 * SALT_BYTES, 2 * SALT_BYTES },
  { "must_understand", DINH_FIELD_BOOLEAN },
  { NULL },
};

static const DinhField redacted_fields[] = {
  { "seq", DINH_FIELD_INTEGER, TRUE, 1, G_MAXINT64 },
  { "leaf", DINH_FIELD_HASH, TRUE },
  { NULL },
};

/* Without it, who holds only the leaf hash of a short event could guess its text. */
static char *
make_salt (void)
{
  guint8 bytes[SALT_BYTES];
  char *salt = g_malloc (2 * SALT_BYTES + 1);

  randombytes_buf (bytes, sizeof bytes);
  sodium_bin2hex (salt, 2 * SALT_BYTES + 1, bytes, sizeof bytes);
  return salt;
}

static json_t *
make_document (const DinhEvent *self)
{
  g_autofree char *salt = make_salt ();
  g_autofree char *at = dinh_time_format (self->at);
  json_t *document = json_pack ("{s:s, s:I, s:s, s:s, s:s, s:s*, s:s, s:s}", "stream", self->stream, "seq",
                                (json_int_t) self->seq, "id", self->id, "kind", self->kind, "device", self->device,
                                "by", self->by, "at", at, "salt", salt);

  if (self->must_understand)
    json_object_set_new (document, "must_understand", json_true ());
  json_object_set (document, "body", self->body);
  if (self->command != NULL)
    json_object_set_new (document, "command", dinh_command_to_json (self->command));
  return document;
}

/**
 * dinh_event_new:
 * @seq: its place in @stream, from 1
 * @at: hub time, µs
 * @cause: the command that it follows from
 * @is_first: of the events of @cause; the first has the command's id and keeps the signed command
 *
 * Makes the bytes of an event, salt included. Returns: (transfer full): the event.
 */
DinhEvent *
dinh_event_new (const char *stream, guint64 seq, const char *kind, gint64 at, const json_t *body,
                const DinhCommand *cause, gboolean is_first)
{
  DinhEvent *self = g_new0 (DinhEvent, 1);
  const DinhEventKind *row = dinh_event_kind_find (kind);
  g_autoptr (DinhJson) document = NULL;
  char *text;

  self->stream = g_strdup (stream);
  self->seq = seq;
  self->id = is_first ? g_strdup (cause->id) : dinh_uuid_new ();
  self->kind = g_strdup (kind);
  self->device = g_strdup (cause->device);
  self->by = g_strdup (cause->by);
  self->at = at - at % 1000;
  self->must_understand = row != NULL && row->must_understand;
  self->body = json_incref ((json_t *) body);
  self->command = is_first ? dinh_command_ref ((DinhCommand *) cause) : NULL;
  document = make_document (self);
  text = dinh_json_print (document);
  self->bytes = g_bytes_new_take (text, strlen (text));
  dinh_merkle_hash_leaf (text, strlen (text), &self->leaf);
  return self;
}

/**
 * dinh_event_new_redacted:
 *
 * Returns: (transfer full): the event of which only the place and the leaf hash are known.
 */
DinhEvent *
dinh_event_new_redacted (guint64 seq, const DinhHash *leaf)
{
  DinhEvent *self = g_new0 (DinhEvent, 1);

  self->seq = seq;
  self->leaf = *leaf;
  return self;
}

static DinhEvent *
parse_redacted (const json_t *document, GError **error)
{
  DinhHash leaf;

  if (!dinh_fields_check (redacted_fields, document, TRUE, error))
    return NULL;
  dinh_hash_from_hex (dinh_json_get_string (document, "leaf"), &leaf);
  return dinh_event_new_redacted ((guint64) dinh_json_get_integer (document, "seq"), &leaf);
}

static gboolean
take_command (DinhEvent *self, const json_t *document, GError **error)
{
  const json_t *envelope = json_object_get (document, "command");
  g_autofree char *text = NULL;

  if (envelope == NULL)
    return TRUE;
  text = dinh_json_print (envelope);
  self->command = dinh_command_parse (text, strlen (text), error);
  if (self->command == NULL) {
    g_prefix_error (error, "field “command”: ");
    return FALSE;
  }
  if (strcmp (self->command->id, self->id) == 0 && strcmp (self->command->stream, self->stream) == 0 &&
      strcmp (self->command->device, self->device) == 0 && g_strcmp0 (self->command->by, self->by) == 0)
    return TRUE;
  g_set_error_literal (error, DINH_RECORD_ERROR, DINH_RECORD_ERROR_FIELD,
                       "field “command”: has another id, stream, device or person than the event");
  return FALSE;
}

static gboolean
take_head (DinhEvent *self, const json_t *document, GError **error)
{
  if (!dinh_fields_check (head_fields, document, FALSE, error))
    return FALSE;
  if (!json_is_object (json_object_get (document, "body"))) {
    g_set_error_literal (error, DINH_RECORD_ERROR, DINH_RECORD_ERROR_FIELD, "field “body”: is not an object");
    return FALSE;
  }
  self->stream = g_strdup (dinh_json_get_string (document, "stream"));
  self->seq = (guint64) dinh_json_get_integer (document, "seq");
  self->id = g_strdup (dinh_json_get_string (document, "id"));
  self->kind = g_strdup (dinh_json_get_string (document, "kind"));
  self->device = g_strdup (dinh_json_get_string (document, "device"));
  self->by = g_strdup (dinh_json_get_string (document, "by"));
  self->must_understand = json_is_true (json_object_get (document, "must_understand"));
  self->body = json_incref (json_object_get (document, "body"));
  return dinh_time_parse (dinh_json_get_string (document, "at"), &self->at);
}

/**
 * dinh_event_parse:
 * @text: one line
 *
 * Reads an event, redacted or whole; a kind that is not in the table is read too, its body unchecked. Returns:
 * (transfer full): the event, or %NULL with a #DinhRecordError.
 */
DinhEvent *
dinh_event_parse (const char *text, gsize length, GError **error)
{
  g_autoptr (DinhJson) document = dinh_json_parse (text, length, error);
  g_autoptr (DinhEvent) self = NULL;
  const DinhEventKind *row;

  if (document == NULL)
    return NULL;
  if (json_object_get (document, "leaf") != NULL)
    return parse_redacted (document, error);
  self = g_new0 (DinhEvent, 1);
  if (!take_head (self, document, error) || !take_command (self, document, error))
    return NULL;
  row = dinh_event_kind_find (self->kind);
  if (row != NULL && !dinh_fields_check (row->fields, self->body, FALSE, error)) {
    g_prefix_error (error, "%s: ", self->kind);
    return NULL;
  }
  self->bytes = g_bytes_new (text, length);
  dinh_merkle_hash_leaf (text, length, &self->leaf);
  return g_steal_pointer (&self);
}

/**
 * dinh_event_free:
 *
 * Frees the event.
 */
void
dinh_event_free (DinhEvent *self)
{
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_free (self->stream);
  g_free (self->id);
  g_free (self->kind);
  g_free (self->device);
  g_free (self->by);
  json_decref (self->body);
  g_clear_pointer (&self->command, dinh_command_unref);
  g_free (self);
}

/**
 * dinh_event_is_redacted:
 *
 * Whether only the leaf hash is known.
 */
gboolean
dinh_event_is_redacted (const DinhEvent *self)
{
  return self->bytes == NULL;
}

/**
 * dinh_event_print_redacted:
 *
 * Returns: (transfer full): the line for readers who may not read the event.
 */
char *
dinh_event_print_redacted (const DinhEvent *self)
{
  g_autofree char *leaf = dinh_hash_to_hex (&self->leaf);

  return g_strdup_printf ("{\"seq\":%" G_GUINT64_FORMAT ",\"leaf\":\"%s\"}", self->seq, leaf);
}
