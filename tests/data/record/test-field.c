/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-field.h"
#include "data/record/dinh-record-error.h"

#include "tests/data/record/record-fixture.h"

#include <string.h>

#define KEY_A "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static const char *const colours[] = { "red", "green", NULL };

static const DinhField member_fields[] = {
  { "id", DINH_FIELD_KEY, TRUE },
  { "count", DINH_FIELD_INTEGER, FALSE, 1, 3 },
  { NULL },
};

static const DinhField group_fields[] = {
  { "parts", DINH_FIELD_LIST, TRUE, .max = 2, .fields = member_fields },
  { NULL },
};

static const DinhField fields[] = {
  { "text", DINH_FIELD_TEXT, FALSE, 2, 4 },
  { "opaque", DINH_FIELD_OPAQUE, FALSE, 2, 4 },
  { "key", DINH_FIELD_KEY },
  { "keys", DINH_FIELD_KEYS, .max = 2 },
  { "uuid", DINH_FIELD_UUID },
  { "hash", DINH_FIELD_HASH },
  { "signer", DINH_FIELD_SIGNER },
  { "integer", DINH_FIELD_INTEGER, FALSE, -3, 1000 },
  { "boolean", DINH_FIELD_BOOLEAN },
  { "time", DINH_FIELD_TIME },
  { "date", DINH_FIELD_DATE },
  { "choice", DINH_FIELD_CHOICE, .choices = colours },
  { "list", DINH_FIELD_LIST, .max = 3, .fields = group_fields },
  { "mixed", DINH_FIELD_KEYS_OR_LIST, .max = 2, .fields = member_fields },
  { NULL },
};

/* The whole message: a secretary finds the place in a long file by it. NULL: accepted. */
static const struct {
  const char *quoted;
  const char *message;
} cases[] = {
  { "{}", NULL },
  { "{'text':'Hộp'}", NULL },
  { "{'text':'ễễễễ'}", NULL },
  { "{'text':''}", "field “text”: is empty" },
  { "{'text':'ễ'}", "field “text”: is too short" },
  { "{'text':'abcde'}", "field “text”: has 5 characters, 4 are allowed" },
  { "{'text':1}", "field “text”: is not a text" },
  { "{'text':null}", "field “text”: is not a text" },
  { "{'text':'a\\nb'}", "field “text”: holds the control character U+000A" },
  { "{'text':'a\\u007f'}", "field “text”: holds the control character U+007F" },
  { "{'text':'a\\u202eb'}", "field “text”: holds the control character U+202E" },
  { "{'text':'a\\u2066'}", "field “text”: holds the control character U+2066" },
  { "{'text':'a\\u200f'}", "field “text”: holds the control character U+200F" },
  { "{'text':'a\\u061c'}", "field “text”: holds the control character U+061C" },
  { "{'text':'a\\u2028'}", "field “text”: holds the control character U+2028" },
  { "{'text':'\\ufeffa'}", "field “text”: holds the control character U+FEFF" },
  { "{'text':'e\\u0302\\u0303'}", "field “text”: is not in the composed form (NFC)" },
  { "{'opaque':'a\\n'}", NULL },
  { "{'opaque':'a'}", "field “opaque”: has 1 bytes" },
  { "{'opaque':'ễễ'}", "field “opaque”: has 6 bytes" },
  { "{'opaque':[]}", "field “opaque”: is not a text" },
  { "{'key':'xa-a'}", NULL },
  { "{'key':'0'}", NULL },
  { "{'key':''}", "field “key”: “” is not a key (a-z, 0-9, -)" },
  { "{'key':'-a'}", "field “key”: “-a” is not a key (a-z, 0-9, -)" },
  { "{'key':'Xa'}", "field “key”: “Xa” is not a key (a-z, 0-9, -)" },
  { "{'key':'xã'}", "field “key”: “xã” is not a key (a-z, 0-9, -)" },
  { "{'key':'a b'}", "field “key”: “a b” is not a key (a-z, 0-9, -)" },
  { "{'key':'a/b'}", "field “key”: “a/b” is not a key (a-z, 0-9, -)" },
  { "{'key':'..'}", "field “key”: “..” is not a key (a-z, 0-9, -)" },
  { "{'key':{}}", "field “key”: is not a text" },
  { "{'keys':[]}", NULL },
  { "{'keys':['a','b']}", NULL },
  { "{'keys':['a','a']}", "field “keys[1]”: “a” stands twice" },
  { "{'keys':['a',1]}", "field “keys[1]”: is not a text" },
  { "{'keys':['a','B']}", "field “keys[1]”: “B” is not a key (a-z, 0-9, -)" },
  { "{'keys':['a','b','c']}", "field “keys”: has 3 members, 2 are allowed" },
  { "{'keys':'a'}", "field “keys”: is not a list" },
  { "{'uuid':'" BODY "'}", NULL },
  { "{'uuid':'00000000-0000-7000-8000-00000000000A'}",
    "field “uuid”: “00000000-0000-7000-8000-00000000000A” is not a UUID" },
  { "{'uuid':''}", "field “uuid”: “” is not a UUID" },
  { "{'hash':'" HASH_A "'}", NULL },
  { "{'hash':'aa'}", "field “hash”: “aa” is not a SHA-256" },
  { "{'hash':'Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}",
    "field “hash”: “Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa” is not a SHA-256" },
  { "{'signer':'" KEY_A "'}", NULL },
  { "{'signer':'rsa'}", "field “signer”: “rsa” is not a public key" },
  { "{'signer':'ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB='}",
    "field “signer”: “ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=” is not a public key" },
  { "{'integer':-3}", NULL },
  { "{'integer':1000}", NULL },
  { "{'integer':-4}", "field “integer”: -4 is not between -3 and 1000" },
  { "{'integer':1001}", "field “integer”: 1001 is not between -3 and 1000" },
  { "{'integer':1.0}", "field “integer”: is not a whole number" },
  { "{'integer':'1'}", "field “integer”: is not a whole number" },
  { "{'integer':true}", "field “integer”: is not a whole number" },
  { "{'boolean':false}", NULL },
  { "{'boolean':0}", "field “boolean”: is neither true nor false" },
  { "{'boolean':'true'}", "field “boolean”: is neither true nor false" },
  { "{'time':'2026-12-01T08:00:00+07:00'}", NULL },
  { "{'time':'2026-12-01T08:00:00'}", "field “time”: “2026-12-01T08:00:00” is not a time with an offset (RFC 3339)" },
  { "{'date':'2026-11-30'}", NULL },
  { "{'date':'2026-11-31'}", "field “date”: “2026-11-31” is not a date (YYYY-MM-DD)" },
  { "{'date':'2026-W48-2'}", "field “date”: “2026-W48-2” is not a date (YYYY-MM-DD)" },
  { "{'date':'30/11/2026'}", "field “date”: “30/11/2026” is not a date (YYYY-MM-DD)" },
  { "{'date':'2026-1-3'}", "field “date”: “2026-1-3” is not a date (YYYY-MM-DD)" },
  { "{'choice':'green'}", NULL },
  { "{'choice':'blue'}", "field “choice”: “blue” is none of red, green" },
  { "{'choice':''}", "field “choice”: “” is none of red, green" },
  { "{'list':[]}", NULL },
  { "{'list':[{'parts':[{'id':'a','count':3}]},{'parts':[]}]}", NULL },
  { "{'list':{}}", "field “list”: is not a list" },
  { "{'list':['a']}", "field “list[0]”: is not an object" },
  { "{'list':[{}]}", "field “list[0].parts”: is missing" },
  { "{'list':[{'parts':[]},{'parts':[{'id':'a'},{'id':'b','count':4}]}]}",
    "field “list[1].parts[1].count”: 4 is not between 1 and 3" },
  { "{'list':[{'parts':[{'id':'a'},{'id':'a'}]}]}", "field “list[0].parts[1]”: “a” stands twice" },
  { "{'list':[{'parts':[{'id':'a'},{'id':'b'},{'id':'c'}]}]}", "field “list[0].parts”: has 3 members, 2 are allowed" },
  { "{'list':[{'parts':[],'x':1}]}", "field “list[0].x”: is unknown" },
  { "{'mixed':['a',{'id':'b'}]}", NULL },
  { "{'mixed':['a',{'id':'a'}]}", "field “mixed[1]”: “a” stands twice" },
  { "{'mixed':[1]}", "field “mixed[0]”: is not an object" },
  { "{'mixed':[{'id':'b','count':0}]}", "field “mixed[0].count”: 0 is not between 1 and 3" },
  { "{'colour':1}", "field “colour”: is unknown" },
};

static void
test_each_type (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (DinhJson) object = parse_quoted (cases[i].quoted);
    g_autoptr (GError) error = NULL;
    gboolean accepted = dinh_fields_check (fields, object, TRUE, &error);

    g_test_message ("%s", cases[i].quoted);
    g_assert_true (accepted == (error == NULL));
    g_assert_cmpstr (error == NULL ? NULL : error->message, ==, cases[i].message);
    if (error != NULL)
      g_assert_error (error, DINH_RECORD_ERROR, DINH_RECORD_ERROR_FIELD);
  }
}

/* A newer hub may say more; what this program knows must be right all the same. */
static void
test_not_strict (void)
{
  g_autoptr (DinhJson) more = parse_quoted ("{'text':'Hộp','new':{'deep':[1]},'list':[{'parts':[],'x':1}]}");
  g_autoptr (DinhJson) wrong = parse_quoted ("{'new':1,'text':2}");

  g_assert_true (dinh_fields_check (fields, more, FALSE, NULL));
  g_assert_false (dinh_fields_check (fields, wrong, FALSE, NULL));
}

/* A wrong value is quoted in the message, cut short; a message is text whatever was cut. */
static void
test_long_values (void)
{
  static const char *const names[] = { "key", "uuid", "hash", "signer", "time", "date", "choice" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    for (guint before = 0; before < 3; before++) {
      g_autofree char *start = g_strnfill (before, 'x');
      g_autoptr (GString) value = g_string_new (start);
      g_autoptr (DinhJson) object = json_object ();
      g_autoptr (GError) error = NULL;

      for (guint j = 0; j < 5000; j++)
        g_string_append (value, "ễ");
      json_object_set_new (object, names[i], json_string (value->str));
      g_assert_false (dinh_fields_check (fields, object, TRUE, &error));
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      g_assert_cmpuint (strlen (error->message), <, 300);
      json_object_clear (object);
      json_object_set_new (object, value->str, json_true ());
      g_clear_error (&error);
      g_assert_false (dinh_fields_check (fields, object, TRUE, &error));
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      g_assert_cmpuint (strlen (error->message), <, 300);
    }
  }
}

static void
test_missing (void)
{
  static const DinhField needed[] = { { "a", DINH_FIELD_KEY, TRUE }, { "b", DINH_FIELD_KEY, TRUE }, { NULL } };
  g_autoptr (DinhJson) object = parse_quoted ("{'a':'x'}");
  g_autoptr (GError) error = NULL;

  g_assert_false (dinh_fields_check (needed, object, FALSE, &error));
  g_assert_cmpstr (error->message, ==, "field “b”: is missing");
}

static void
test_describe (void)
{
  static const char *const expected[] = {
    "`text` text ≤ 4?", "`opaque` text ≤ 4?", "`key` key?", "`keys` list of keys ≤ 2?", "`uuid` UUID?", "`hash` SHA-256?",
    "`signer` public key?", "`integer` whole number -3–1000?", "`boolean` true or false?", "`time` time?", "`date` date?",
    "`choice` one of red, green?", "`list` list ≤ 3?", "`mixed` list of keys or objects ≤ 2?",
  };

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    g_autofree char *words = dinh_field_describe (&fields[i]);
    g_assert_cmpstr (words, ==, expected[i]);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/record/field/each-type", test_each_type);
  g_test_add_func ("/record/field/not-strict", test_not_strict);
  g_test_add_func ("/record/field/long-values", test_long_values);
  g_test_add_func ("/record/field/missing", test_missing);
  g_test_add_func ("/record/field/describe", test_describe);
  return g_test_run ();
}
