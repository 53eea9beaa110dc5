/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-json.h"

#include "data/record/dinh-record-error.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 32

/* Brackets outside strings; jansson's own limit of 2,048 is deeper than anything of ours. */
static gboolean
is_shallow (const char *text, gsize length)
{
  guint depth = 0;
  gboolean in_string = FALSE;

  for (gsize i = 0; i < length; i++) {
    char c = text[i];

    if (in_string) {
      if (c == '\\')
        i++;
      else if (c == '"')
        in_string = FALSE;
    } else if (c == '"') {
      in_string = TRUE;
    } else if ((c == '[' || c == '{') && ++depth > MAX_DEPTH) {
      return FALSE;
    } else if ((c == ']' || c == '}') && depth > 0) {
      depth--;
    }
  }
  return TRUE;
}

/**
 * dinh_json_parse:
 * @length: bytes of @text
 *
 * Reads exactly one JSON object (RFC 8259): at most %DINH_JSON_MAX_SIZE bytes, 32 levels, no key twice, nothing behind
 * it. Returns: (transfer full): the object, or %NULL with %DINH_RECORD_ERROR_JSON, which says where.
 */
json_t *
dinh_json_parse (const char *text, gsize length, GError **error)
{
  json_error_t fault;
  json_t *json;

  if (length > DINH_JSON_MAX_SIZE) {
    g_set_error (error, DINH_RECORD_ERROR, DINH_RECORD_ERROR_JSON, "more than %d bytes", DINH_JSON_MAX_SIZE);
    return NULL;
  }
  if (!is_shallow (text, length)) {
    g_set_error (error, DINH_RECORD_ERROR, DINH_RECORD_ERROR_JSON, "nested deeper than %d levels", MAX_DEPTH);
    return NULL;
  }
  json = json_loadb (text, length, JSON_REJECT_DUPLICATES, &fault);
  if (json == NULL) {
    /* jansson quotes what it stumbled over and may end inside a character; the message travels in JSON. */
    g_autofree char *reason = g_utf8_make_valid (fault.text, -1);

    g_set_error (error, DINH_RECORD_ERROR, DINH_RECORD_ERROR_JSON, "line %d, column %d: %s", fault.line, fault.column,
                 reason);
    return NULL;
  }
  if (!json_is_object (json)) {
    json_decref (json);
    g_set_error_literal (error, DINH_RECORD_ERROR, DINH_RECORD_ERROR_JSON, "not a JSON object");
    return NULL;
  }
  return json;
}

/**
 * dinh_json_load:
 *
 * dinh_json_parse() of a file; never reads more than it may parse. Returns: (transfer full): the object, or %NULL with a
 * #GFileError or %DINH_RECORD_ERROR_JSON.
 */
json_t *
dinh_json_load (const char *path, GError **error)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, error);
  json_t *json;

  if (file == NULL)
    return NULL;
  json = dinh_json_parse (g_mapped_file_get_length (file) == 0 ? "" : g_mapped_file_get_contents (file),
                          g_mapped_file_get_length (file), error);
  if (json == NULL)
    g_prefix_error (error, "“%s”: ", path);
  return json;
}

/**
 * dinh_json_print:
 *
 * Returns: (transfer full): the shortest text of @json on one line, keys in the order in which they were set.
 */
char *
dinh_json_print (const json_t *json)
{
  char *text = json_dumps (json, JSON_COMPACT | JSON_ENCODE_ANY);
  char *copy = g_strdup (text);

  free (text);
  return copy;
}

/**
 * dinh_json_get_string:
 *
 * Returns: (transfer none) (nullable): the string at @key, %NULL when there is none.
 */
const char *
dinh_json_get_string (const json_t *object, const char *key)
{
  return json_string_value (json_object_get (object, key));
}

/**
 * dinh_json_get_integer:
 *
 * Returns: the integer at @key, 0 when there is none.
 */
gint64
dinh_json_get_integer (const json_t *object, const char *key)
{
  return json_integer_value (json_object_get (object, key));
}
