/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/record/record-fixture.h"

#include <string.h>

#define DEVICE "00000000-0000-7000-8000-0000000000ab"

static DinhCommand *
make_command (const DinhKey *key, gint64 at)
{
  g_autoptr (DinhJson) body = parse_quoted ("{'id':'khai-mac','position':0,'title':'Khai mạc “lễ” \\\\ / 𝄞'}");

  return dinh_command_new ("item-add", MEETING, DEVICE, at, body, key);
}

static DinhCommand *
parse (const char *text, GError **error)
{
  return dinh_command_parse (text, strlen (text), error);
}

static void
test_round_trip (void)
{
  g_autoptr (DinhKey) key = dinh_key_new ();
  g_autoptr (DinhKey) other = dinh_key_new ();
  g_autoptr (DinhCommand) command = make_command (key, 1234000);
  g_autofree char *text = dinh_command_print (command);
  g_autoptr (DinhCommand) read = parse (text, NULL);
  g_autofree char *again = dinh_command_print (read);
  DinhHash a, b;

  g_assert_cmpstr (read->id, ==, command->id);
  g_assert_cmpstr (read->kind, ==, "item-add");
  g_assert_cmpstr (read->stream, ==, MEETING);
  g_assert_cmpstr (read->device, ==, DEVICE);
  g_assert_cmpint (read->at, ==, 1234000);
  g_assert_true (json_equal (read->body, command->body));
  g_assert_cmpstr (again, ==, text);
  g_assert_true (dinh_command_verify (read, key));
  g_assert_false (dinh_command_verify (read, other));
  dinh_command_hash (command, &a);
  dinh_command_hash (read, &b);
  g_assert_true (dinh_hash_equal (&a, &b));
}

/* Whatever is changed of the signed text or the signature, it is no longer signed. */
static void
test_tampered (void)
{
  g_autoptr (DinhKey) key = dinh_key_new ();
  g_autoptr (DinhCommand) command = make_command (key, 0);

  for (char *p = command->text; *p != '\0'; p++) {
    *p ^= 1;
    g_assert_false (dinh_command_verify (command, key));
    *p ^= 1;
  }
  /* The last character before the padding holds four bits of nothing. */
  for (char *p = command->signature; p < command->signature + 85; p++) {
    char right = *p;

    *p = right == 'A' ? 'B' : 'A';
    g_assert_false (dinh_command_verify (command, key));
    *p = right;
  }
  g_assert_true (dinh_command_verify (command, key));
  g_free (command->signature);
  command->signature = dinh_key_sign (key, "dinh-time-v1", command->text, strlen (command->text));
  g_assert_false (dinh_command_verify (command, key));
}

#define SIGNATURE "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
#define ENVELOPE(inner) "{'signature':'" SIGNATURE "','signed':'" inner "'}"

/* Bodies of envelopes: ` stands for an escaped quotation mark. */
static void
test_refuses (void)
{
  static const struct {
    const char *quoted;
    int code;
    const char *message;
  } cases[] = {
    { "{}", DINH_RECORD_ERROR_FIELD, "field “signed”: is missing" },
    { "{'signed':'x'}", DINH_RECORD_ERROR_FIELD, "field “signature”: is missing" },
    { "{'signed':'x','signature':'short'}", DINH_RECORD_ERROR_FIELD, "field “signature”: has 5 bytes" },
    { "{'signed':{},'signature':'x'}", DINH_RECORD_ERROR_FIELD, "field “signed”: is not a text" },
    { "{'signed':'','signature':'x'}", DINH_RECORD_ERROR_FIELD, "field “signed”: has 0 bytes" },
    { ENVELOPE ("x"), DINH_RECORD_ERROR_JSON, "field “signed”: line 1, column 1: '[' or '{' expected near 'x'" },
    { ENVELOPE ("{}"), DINH_RECORD_ERROR_FIELD, "field “id”: is missing" },
    { ENVELOPE ("{`id`:`1`}"), DINH_RECORD_ERROR_FIELD, "field “id”: “1” is not a UUID" },
    { ENVELOPE ("{`id`:`" BODY "`,`kind`:`a`,`stream`:`" BODY "`,`device`:`" BODY "`,`at`:`2026-01-01T00:00:00Z`}"),
      DINH_RECORD_ERROR_FIELD, "field “body”: is not an object" },
    { ENVELOPE ("{`id`:`" BODY "`,`kind`:`a`,`stream`:`" BODY "`,`device`:`" BODY
                "`,`at`:`2026-01-01T00:00:00Z`,`body`:[]}"),
      DINH_RECORD_ERROR_FIELD, "field “body”: is not an object" },
    { ENVELOPE ("{`id`:`" BODY "`,`kind`:`a`,`stream`:`" BODY "`,`device`:`" BODY
                "`,`at`:`2026-01-01T00:00:00Z`,`body`:{},`via`:1}"),
      DINH_RECORD_ERROR_FIELD, "field “via”: is unknown" },
    { ENVELOPE ("{`id`:`" BODY "`,`kind`:`A`,`stream`:`" BODY "`,`device`:`" BODY
                "`,`at`:`2026-01-01T00:00:00Z`,`body`:{}}"),
      DINH_RECORD_ERROR_FIELD, "field “kind”: “A” is not a key (a-z, 0-9, -)" },
    { "{'signed':'x','signature':'" SIGNATURE "','more':1}", DINH_RECORD_ERROR_FIELD, "field “more”: is unknown" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *quoted = g_strdelimit (g_strdup (cases[i].quoted), "'", '"');
    g_auto (GStrv) parts = g_strsplit (quoted, "`", -1);
    g_autofree char *text = g_strjoinv ("\\\"", parts);
    g_autoptr (GError) error = NULL;

    g_test_message ("%s", text);
    g_assert_null (parse (text, &error));
    g_assert_error (error, DINH_RECORD_ERROR, cases[i].code);
    /* The signed text is quoted with ' there. */
    g_assert_cmpstr (g_strdelimit (error->message, "\"", '\''), ==, cases[i].message);
  }
}

/* The largest command that is taken becomes an event that is taken. */
static void
test_size (void)
{
  g_autoptr (DinhKey) key = dinh_key_new ();
  g_autoptr (DinhJson) body = json_object ();
  g_autoptr (DinhCommand) command = NULL, parsed = NULL;
  g_autoptr (DinhEvent) event = NULL, read = NULL;
  g_autofree char *text = NULL, *filler = NULL;
  g_autoptr (GError) error = NULL;

  command = dinh_command_new ("unknown", MEETING, DEVICE, 0, body, key);
  text = dinh_command_print (command);
  filler = g_strnfill (DINH_COMMAND_MAX_SIZE - strlen (text) - strlen ("\\\"filler\\\":\\\"\\\""), 'x');
  json_object_set_new (body, "filler", json_string (filler));
  dinh_command_unref (command);
  command = dinh_command_new ("unknown", MEETING, DEVICE, 0, body, key);
  g_free (text);
  text = dinh_command_print (command);
  g_assert_cmpuint (strlen (text), ==, DINH_COMMAND_MAX_SIZE);
  parsed = parse (text, &error);
  g_assert_no_error (error);
  event = dinh_event_new (MEETING, G_MAXINT64, "unknown", 0, body, parsed, TRUE);
  read = dinh_event_parse (g_bytes_get_data (event->bytes, NULL), g_bytes_get_size (event->bytes), &error);
  g_assert_no_error (error);
  g_assert_null (dinh_command_parse (text, DINH_COMMAND_MAX_SIZE + 1, &error));
  g_assert_error (error, DINH_RECORD_ERROR, DINH_RECORD_ERROR_JSON);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/record/command/round-trip", test_round_trip);
  g_test_add_func ("/record/command/tampered", test_tampered);
  g_test_add_func ("/record/command/refuses", test_refuses);
  g_test_add_func ("/record/command/size", test_size);
  return g_test_run ();
}
