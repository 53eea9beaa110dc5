/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-json.h"
#include "data/record/dinh-record-error.h"

#include <glib/gstdio.h>
#include <string.h>

static void
assert_refused (const char *text, gsize length, const char *fragment)
{
  g_autoptr (GError) error = NULL;
  json_t *json = dinh_json_parse (text, length, &error);

  g_assert_null (json);
  g_assert_error (error, DINH_RECORD_ERROR, DINH_RECORD_ERROR_JSON);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  if (strstr (error->message, fragment) == NULL)
    g_error ("“%s” does not say “%s”", error->message, fragment);
}

#define BYTES(text) text, sizeof text - 1

static void
test_refuses (void)
{
  static const struct {
    const char *text;
    gsize length;
    const char *fragment;
  } cases[] = {
    { BYTES (""), "line" },
    { BYTES ("   "), "line" },
    { BYTES ("null"), "expected near" },
    { BYTES ("[]"), "not a JSON object" },
    { BYTES ("\"a\""), "expected near" },
    { BYTES ("{}{}"), "end of file expected" },
    { BYTES ("{} x"), "end of file expected" },
    { BYTES ("{\"a\":1,\"a\":2}"), "duplicate object key" },
    { BYTES ("{\"a\":{\"b\":1,\"b\":1}}"), "duplicate object key" },
    { BYTES ("{\"a\":1,}"), "line 1" },
    { BYTES ("{'a':1}"), "line 1" },
    { BYTES ("{\"a\":01}"), "line 1" },
    { BYTES ("{\"a\":1e999}"), "real number overflow" },
    { BYTES ("{\"a\":99999999999999999999}"), "too big integer" },
    { BYTES ("{\"a\":NaN}"), "line 1" },
    { BYTES ("{\"a\":\"\xff\"}"), "unable to decode byte 0xff" },
    { BYTES ("{\"a\":\"\xc0\xaf\"}"), "unable to decode" },
    { BYTES ("{\"a\":\"\xed\xa0\x80\"}"), "unable to decode" },
    { BYTES ("{\"a\":\"\\u0000\"}"), "\\u0000" },
    { BYTES ("{\"a\\u0000b\":1}"), "\\u0000" },
    { BYTES ("{\"a\":\"\\ud800\"}"), "invalid Unicode" },
    { BYTES ("{\"a\":\"\\udc00\\ud800\"}"), "invalid Unicode" },
    { BYTES ("{\"a\":\"\\ud800\\u0041\"}"), "invalid Unicode" },
    { BYTES ("{\"a\":\"b\nc\"}"), "unexpected newline" },
    { BYTES ("{\"a\":\"\\ễ\"}"), "invalid escape" },
    { BYTES ("{\"a\":1}\0"), "end of file expected" },
    { BYTES ("{\"a\":\0 1}"), "line 1" },
    { BYTES ("\xef\xbb\xbf{}"), "line 1" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_refused (cases[i].text, cases[i].length, cases[i].fragment);
}

static void
test_depth (void)
{
  g_autofree char *brackets = g_strnfill (200000, '[');
  g_autofree char *braces = g_strnfill (200000, '{');

  assert_refused (brackets, 200000, "nested deeper");
  assert_refused (braces, 200000, "nested deeper");
  for (int depth = 31; depth <= 33; depth++) {
    g_autofree char *open = g_strnfill ((gsize) depth - 1, '[');
    g_autofree char *shut = g_strnfill ((gsize) depth - 1, ']');
    g_autofree char *text = g_strconcat ("{\"[[[\\\"{{{\":", open, shut, "}", NULL);
    g_autoptr (DinhJson) json = dinh_json_parse (text, strlen (text), NULL);

    g_assert_true ((json != NULL) == (depth <= 32));
  }
}

static void
test_size (void)
{
  g_autofree char *spaces = g_strnfill (DINH_JSON_MAX_SIZE + 1, ' ');
  g_autoptr (DinhJson) json = NULL;

  spaces[0] = '{';
  spaces[1] = '}';
  assert_refused (spaces, DINH_JSON_MAX_SIZE + 1, "more than 1048576 bytes");
  json = dinh_json_parse (spaces, DINH_JSON_MAX_SIZE, NULL);
  g_assert_nonnull (json);
}

static void
test_keeps (void)
{
  const char *text = "{\"b\":\"\\ud834\\udd1e\",\"a\":[1,true,null],\"c\":\"Nguyễn\"}";
  g_autoptr (DinhJson) json = dinh_json_parse (text, strlen (text), NULL);
  g_autofree char *printed = dinh_json_print (json);

  g_assert_cmpstr (printed, ==, "{\"b\":\"𝄞\",\"a\":[1,true,null],\"c\":\"Nguyễn\"}");
  g_assert_cmpstr (dinh_json_get_string (json, "c"), ==, "Nguyễn");
  g_assert_null (dinh_json_get_string (json, "a"));
  g_assert_null (dinh_json_get_string (NULL, "a"));
  g_assert_cmpint (dinh_json_get_integer (json, "c"), ==, 0);
}

static void
test_load (void)
{
  g_autofree char *folder = g_dir_make_tmp ("dinh-json-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.json", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhJson) json = NULL;

  g_assert_null (dinh_json_load (path, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_clear_error (&error);
  g_file_set_contents (path, "", 0, NULL);
  g_assert_null (dinh_json_load (path, &error));
  g_assert_error (error, DINH_RECORD_ERROR, DINH_RECORD_ERROR_JSON);
  g_assert_nonnull (strstr (error->message, path));
  g_file_set_contents (path, "{\"a\":7}\n", -1, NULL);
  json = dinh_json_load (path, NULL);
  g_assert_cmpint (dinh_json_get_integer (json, "a"), ==, 7);
  g_unlink (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/record/json/refuses", test_refuses);
  g_test_add_func ("/record/json/depth", test_depth);
  g_test_add_func ("/record/json/size", test_size);
  g_test_add_func ("/record/json/keeps", test_keeps);
  g_test_add_func ("/record/json/load", test_load);
  return g_test_run ();
}
