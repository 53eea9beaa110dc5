/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-field.h"

#include "data/hash/dinh-hash.h"
#include "data/hash/dinh-key.h"
#include "data/record/dinh-record-error.h"
#include "data/record/dinh-time.h"

#include <string.h>

/* Where in a document we are, so that a message can name the field: "agenda[2].papers[0].file". */
typedef struct {
  GString *path;
  gboolean strict;
  GError **error;
} Check;

static gboolean check_object (Check *check, const DinhField *fields, const json_t *object);

static gboolean fail (Check *check, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
fail (Check *check, const char *format, ...)
{
  g_autofree char *fault = NULL, *path = NULL, *reason = NULL;
  va_list args;

  va_start (args, format);
  fault = g_strdup_vprintf (format, args);
  va_end (args);
  /* Precisions count bytes and may have cut a character; the message travels in JSON. */
  path = g_utf8_make_valid (check->path->str, -1);
  reason = g_utf8_make_valid (fault, -1);
  g_set_error (check->error, DINH_RECORD_ERROR, DINH_RECORD_ERROR_FIELD, "field “%s”: %s", path, reason);
  return FALSE;
}

/**
 * dinh_key_is_valid:
 *
 * Whether @text may name an item, paper, site or group: [a-z0-9][a-z0-9-]{0,63}.
 */
gboolean
dinh_key_is_valid (const char *text)
{
  gsize length = strlen (text);

  return length > 0 && length <= 64 && text[0] != '-' &&
         strspn (text, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

/**
 * dinh_field_is_misleading:
 *
 * Whether @c makes a text look like another one, or breaks a line of a list: no text of a record holds it.
 */
gboolean
dinh_field_is_misleading (gunichar c)
{
  return g_unichar_iscntrl (c) || c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0x2028 || c == 0x2029 || c == 0xfeff;
}

static gboolean
check_text (Check *check, const DinhField *field, const char *text)
{
  glong length = g_utf8_strlen (text, -1);
  g_autofree char *normal = g_utf8_normalize (text, -1, G_NORMALIZE_NFC);

  if (length < field->min)
    return fail (check, length == 0 ? "is empty" : "is too short");
  if (length > field->max)
    return fail (check, "has %ld characters, %" G_GINT64_FORMAT " are allowed", length, field->max);
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (dinh_field_is_misleading (c))
      return fail (check, "holds the control character U+%04X", c);
  }
  if (strcmp (normal, text) != 0)
    return fail (check, "is not in the composed form (NFC)");
  return TRUE;
}

static gboolean
check_date (Check *check, const char *text)
{
  g_autofree char *time = g_strconcat (text, "T00:00:00Z", NULL);
  gint64 microseconds;

  return (strlen (text) == 10 && dinh_time_parse (time, &microseconds)) ||
         fail (check, "“%.40s” is not a date (YYYY-MM-DD)", text);
}

static gboolean
check_choice (Check *check, const DinhField *field, const char *text)
{
  g_autofree char *choices = NULL;

  if (g_strv_contains (field->choices, text))
    return TRUE;
  choices = g_strjoinv (", ", (char **) field->choices);
  return fail (check, "“%.40s” is none of %s", text, choices);
}

static gboolean
check_string (Check *check, const DinhField *field, const json_t *value)
{
  const char *text = json_string_value (value);
  gint64 microseconds;
  g_autoptr (DinhKey) key = NULL;

  if (text == NULL)
    return fail (check, "is not a text");
  switch (field->type) {
    case DINH_FIELD_TEXT:
      return check_text (check, field, text);
    case DINH_FIELD_OPAQUE:
      return ((gint64) json_string_length (value) >= field->min && (gint64) json_string_length (value) <= field->max) ||
             fail (check, "has %zu bytes", json_string_length (value));
    case DINH_FIELD_KEY:
      return dinh_key_is_valid (text) || fail (check, "“%.80s” is not a key (a-z, 0-9, -)", text);
    case DINH_FIELD_UUID:
      return dinh_uuid_is_valid (text) || fail (check, "“%.80s” is not a UUID", text);
    case DINH_FIELD_HASH:
      return dinh_hash_is_hex (text) || fail (check, "“%.80s” is not a SHA-256", text);
    case DINH_FIELD_SIGNER:
      key = dinh_key_new_from_public (text, NULL);
      /* base64 has more than one text for the same bytes; a key has one. */
      return (key != NULL && strcmp (dinh_key_get_public (key), text) == 0) ||
             fail (check, "“%.80s” is not a public key", text);
    case DINH_FIELD_TIME:
      return dinh_time_parse (text, &microseconds) ||
             fail (check, "“%.40s” is not a time with an offset (RFC 3339)", text);
    case DINH_FIELD_DATE:
      return check_date (check, text);
    default:
      return check_choice (check, field, text);
  }
}

static gboolean
check_integer (Check *check, const DinhField *field, const json_t *value)
{
  gint64 number = json_integer_value (value);

  if (!json_is_integer (value))
    return fail (check, "is not a whole number");
  if (number < field->min || number > field->max)
    return fail (check, "%" G_GINT64_FORMAT " is not between %" G_GINT64_FORMAT " and %" G_GINT64_FORMAT, number,
                 field->min, field->max);
  return TRUE;
}

static gboolean
check_member (Check *check, const DinhField *field, const json_t *member)
{
  static const DinhField key = { .type = DINH_FIELD_KEY };

  if (field->type == DINH_FIELD_KEYS || (field->type == DINH_FIELD_KEYS_OR_LIST && json_is_string (member)))
    return check_string (check, &key, member);
  if (!json_is_object (member))
    return fail (check, "is not an object");
  return check_object (check, field->fields, member);
}

/* The name by which a member may stand in its list only once, if it has one. */
static const char *
member_key (const json_t *member)
{
  return json_is_string (member) ? json_string_value (member) : dinh_json_get_string (member, "id");
}

static gboolean
check_list (Check *check, const DinhField *field, const json_t *value)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  gsize length = check->path->len;
  gsize index;
  json_t *member;

  if (!json_is_array (value))
    return fail (check, "is not a list");
  if ((gint64) json_array_size (value) > field->max)
    return fail (check, "has %zu members, %" G_GINT64_FORMAT " are allowed", json_array_size (value), field->max);
  json_array_foreach (value, index, member) {
    const char *key = member_key (member);

    g_string_append_printf (check->path, "[%zu]", index);
    if (!check_member (check, field, member))
      return FALSE;
    if (key != NULL && !g_hash_table_add (seen, (char *) key))
      return fail (check, "“%s” stands twice", key);
    g_string_truncate (check->path, length);
  }
  return TRUE;
}

static gboolean
check_value (Check *check, const DinhField *field, const json_t *value)
{
  switch (field->type) {
    case DINH_FIELD_INTEGER:
      return check_integer (check, field, value);
    case DINH_FIELD_BOOLEAN:
      return json_is_boolean (value) || fail (check, "is neither true nor false");
    case DINH_FIELD_KEYS:
    case DINH_FIELD_LIST:
    case DINH_FIELD_KEYS_OR_LIST:
      return check_list (check, field, value);
    default:
      return check_string (check, field, value);
  }
}

static const DinhField *
find_field (const DinhField *fields, const char *name)
{
  for (const DinhField *field = fields; field->name != NULL; field++) {
    if (strcmp (field->name, name) == 0)
      return field;
  }
  return NULL;
}

static gboolean
check_object (Check *check, const DinhField *fields, const json_t *object)
{
  gsize length = check->path->len;
  const char *name;
  json_t *value;

  json_object_foreach ((json_t *) object, name, value) {
    const DinhField *field = find_field (fields, name);

    g_string_append_printf (check->path, "%s%.64s", length > 0 ? "." : "", name);
    if (field == NULL && check->strict)
      return fail (check, "is unknown");
    if (field != NULL && !check_value (check, field, value))
      return FALSE;
    g_string_truncate (check->path, length);
  }
  for (const DinhField *field = fields; field->name != NULL; field++) {
    if (field->required && json_object_get (object, field->name) == NULL) {
      g_string_append_printf (check->path, "%s%s", length > 0 ? "." : "", field->name);
      return fail (check, "is missing");
    }
  }
  return TRUE;
}

/**
 * dinh_fields_check:
 * @fields: the table
 * @strict: refuse fields that the table lacks; not for events, which a newer hub may have made
 *
 * Checks an object against its table. Returns: %FALSE with %DINH_RECORD_ERROR_FIELD, whose message names the field by
 * its path and says what is wrong with it.
 */
gboolean
dinh_fields_check (const DinhField *fields, const json_t *object, gboolean strict, GError **error)
{
  g_autoptr (GString) path = g_string_new (NULL);
  Check check = { path, strict, error };

  return check_object (&check, fields, object);
}

/**
 * dinh_field_describe:
 *
 * Returns: (transfer full): the field in words for the protocol's document, e.g. "title: text ≤ 500, needed".
 */
char *
dinh_field_describe (const DinhField *field)
{
  static const char *const types[] = {
    [DINH_FIELD_TEXT] = "text",     [DINH_FIELD_OPAQUE] = "text",   [DINH_FIELD_KEY] = "key",         [DINH_FIELD_KEYS] = "list of keys",
    [DINH_FIELD_UUID] = "UUID",     [DINH_FIELD_HASH] = "SHA-256",    [DINH_FIELD_SIGNER] = "public key",
    [DINH_FIELD_INTEGER] = "whole number", [DINH_FIELD_BOOLEAN] = "true or false", [DINH_FIELD_TIME] = "time",
    [DINH_FIELD_DATE] = "date",     [DINH_FIELD_CHOICE] = "one of",   [DINH_FIELD_LIST] = "list",
    [DINH_FIELD_KEYS_OR_LIST] = "list of keys or objects",
  };
  GString *text = g_string_new (NULL);

  g_string_printf (text, "`%s` %s", field->name, types[field->type]);
  if (field->type == DINH_FIELD_CHOICE) {
    g_autofree char *choices = g_strjoinv (", ", (char **) field->choices);
    g_string_append_printf (text, " %s", choices);
  } else if (field->type == DINH_FIELD_INTEGER) {
    g_string_append_printf (text, " %" G_GINT64_FORMAT "–%" G_GINT64_FORMAT, field->min, field->max);
  } else if (field->max > 0) {
    g_string_append_printf (text, " ≤ %" G_GINT64_FORMAT, field->max);
  }
  if (!field->required)
    g_string_append_c (text, '?');
  return g_string_free (text, FALSE);
}
