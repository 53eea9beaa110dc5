/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/record/record-fixture.h"

#include <string.h>

#define DEVICE "00000000-0000-7000-8000-0000000000ab"
#define OTHER "00000000-0000-7000-8000-0000000000ff"

typedef struct {
  DinhKey *key;
  DinhCommand *command;
  DinhEvent *event;
  json_t *document; /* of the event */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) body = parse_quoted ("{'id':'khai-mac','position':0,'title':'Khai mạc'}");

  fixture->key = dinh_key_new ();
  fixture->command = dinh_command_new ("item-add", MEETING, DEVICE, 5000, body, fixture->key);
  fixture->event = dinh_event_new (MEETING, 7, "item-added", 1234567, body, fixture->command, TRUE);
  fixture->document = dinh_json_parse (g_bytes_get_data (fixture->event->bytes, NULL),
                                       g_bytes_get_size (fixture->event->bytes), NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  dinh_key_free (fixture->key);
  dinh_command_unref (fixture->command);
  dinh_event_free (fixture->event);
  json_decref (fixture->document);
}

static DinhEvent *
parse (const json_t *document, GError **error)
{
  g_autofree char *text = dinh_json_print (document);

  return dinh_event_parse (text, strlen (text), error);
}

static void
assert_same (const DinhEvent *a, const DinhEvent *b)
{
  g_assert_cmpuint (a->seq, ==, b->seq);
  g_assert_cmpstr (a->stream, ==, b->stream);
  g_assert_cmpstr (a->id, ==, b->id);
  g_assert_cmpstr (a->kind, ==, b->kind);
  g_assert_cmpstr (a->device, ==, b->device);
  g_assert_cmpint (a->at, ==, b->at);
  g_assert_true (a->must_understand == b->must_understand);
  g_assert_true (json_equal (a->body, b->body));
  g_assert_true (g_bytes_equal (a->bytes, b->bytes));
  g_assert_true (dinh_hash_equal (&a->leaf, &b->leaf));
  g_assert_true ((a->command == NULL) == (b->command == NULL));
}

static void
test_round_trip (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhEvent) read = parse (fixture->document, NULL);

  assert_same (read, fixture->event);
  g_assert_cmpint (read->at, ==, 1234000);
  g_assert_cmpstr (read->id, ==, fixture->command->id);
  g_assert_true (dinh_command_verify (read->command, fixture->key));
  g_assert_false (dinh_event_is_redacted (read));
}

/* Of several events of one command only the first has its id and its text. */
static void
test_second (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhEvent) second =
    dinh_event_new (MEETING, 8, "item-added", 0, fixture->event->body, fixture->command, FALSE);
  g_autoptr (DinhEvent) read = dinh_event_parse (g_bytes_get_data (second->bytes, NULL),
                                                 g_bytes_get_size (second->bytes), NULL);

  assert_same (read, second);
  g_assert_null (read->command);
  g_assert_cmpstr (read->id, !=, fixture->command->id);
}

/* Who knows what an event may say cannot find out by its leaf hash whether it does. */
static void
test_salt (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhEvent) twin =
    dinh_event_new (MEETING, 7, "item-added", 1234567, fixture->event->body, fixture->command, TRUE);

  g_assert_cmpuint (g_bytes_get_size (twin->bytes), ==, g_bytes_get_size (fixture->event->bytes));
  g_assert_false (dinh_hash_equal (&twin->leaf, &fixture->event->leaf));
}

static void
test_redacted (Fixture *fixture, gconstpointer data)
{
  g_autofree char *line = dinh_event_print_redacted (fixture->event);
  g_autoptr (DinhEvent) read = dinh_event_parse (line, strlen (line), NULL);
  g_autofree char *again = dinh_event_print_redacted (read);

  g_assert_true (dinh_event_is_redacted (read));
  g_assert_cmpuint (read->seq, ==, 7);
  g_assert_true (dinh_hash_equal (&read->leaf, &fixture->event->leaf));
  g_assert_cmpstr (again, ==, line);
  g_assert_null (strstr (line, "Khai"));
}

static void
test_unknown_kinds (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhState) state = dinh_state_new (MEETING);

  state->size = 6;
  json_object_set_new (fixture->document, "kind", json_string ("vote-opened"));
  json_object_set_new (fixture->document, "body", parse_quoted ("{'whatever':[1,{'deep':true}]}"));
  for (guint i = 0; i < 3; i++) {
    g_autoptr (DinhEvent) event = NULL;

    json_object_set_new (fixture->document, "seq", json_integer (7 + i));
    if (i > 0)
      json_object_set_new (fixture->document, "must_understand", json_boolean (i == 1));
    event = parse (fixture->document, NULL);
    g_assert_nonnull (event);
    g_assert_true (dinh_state_apply (state, event, NULL));
    g_assert_true (dinh_state_needs_update (state) == (i > 0));
  }
  g_assert_cmpuint (state->size, ==, 9);
}

/* A kind that is understood has a right body, though it may have more fields than today's. */
static void
test_known_kinds (Fixture *fixture, gconstpointer data)
{
  json_t *body = json_object_get (fixture->document, "body");
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhEvent) event = NULL;

  json_object_set_new (body, "colour", json_string ("red"));
  json_object_set_new (fixture->document, "colour", json_string ("red"));
  event = parse (fixture->document, &error);
  g_assert_no_error (error);
  json_object_del (body, "title");
  g_assert_null (parse (fixture->document, &error));
  g_assert_cmpstr (error->message, ==, "item-added: field “title”: is missing");
}

static void
test_refuses (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *field;
    const char *quoted; /* {"value": …} or NULL: taken away */
    const char *message;
  } cases[] = {
    { "stream", NULL, "field “stream”: is missing" },
    { "seq", NULL, "field “seq”: is missing" },
    { "id", NULL, "field “id”: is missing" },
    { "kind", NULL, "field “kind”: is missing" },
    { "device", NULL, "field “device”: is missing" },
    { "at", NULL, "field “at”: is missing" },
    { "salt", NULL, "field “salt”: is missing" },
    { "body", NULL, "field “body”: is not an object" },
    { "seq", "{'value':0}", "field “seq”: 0 is not between 1 and 9223372036854775807" },
    { "seq", "{'value':-1}", "field “seq”: -1 is not between 1 and 9223372036854775807" },
    { "at", "{'value':'yesterday'}", "field “at”: “yesterday” is not a time with an offset (RFC 3339)" },
    { "salt", "{'value':'00'}", "field “salt”: is too short" },
    { "must_understand", "{'value':1}", "field “must_understand”: is neither true nor false" },
    { "body", "{'value':[]}", "field “body”: is not an object" },
    { "command", "{'value':{}}", "field “command”: field “signed”: is missing" },
    { "command", "{'value':1}", "field “command”: line 1, column 1: '[' or '{' expected near '1'" },
    { "id", "{'value':'" OTHER "'}", "field “command”: has another id, stream, device or person than the event" },
    { "stream", "{'value':'" OTHER "'}", "field “command”: has another id, stream, device or person than the event" },
    { "device", "{'value':'" OTHER "'}", "field “command”: has another id, stream, device or person than the event" },
    { "leaf", "{'value':'" HASH_A "'}", "field “stream”: is unknown" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (DinhJson) document = json_deep_copy (fixture->document);
    g_autoptr (DinhJson) value = cases[i].quoted == NULL ? NULL : parse_quoted (cases[i].quoted);
    g_autoptr (GError) error = NULL;

    if (value == NULL)
      json_object_del (document, cases[i].field);
    else
      json_object_set (document, cases[i].field, json_object_get (value, "value"));
    g_assert_null (parse (document, &error));
    g_assert_cmpstr (error->message, ==, cases[i].message);
  }
}

static void
test_order (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhState) state = dinh_state_new (MEETING);
  g_autoptr (DinhState) other = dinh_state_new (OTHER);
  g_autoptr (GError) error = NULL;

  other->size = 6;
  for (guint64 size = 0; size < 10; size++) {
    g_autoptr (DinhState) before = NULL;

    state->size = size;
    before = dinh_state_copy (state);
    g_assert_true (dinh_state_apply (state, fixture->event, NULL) == (size == 6));
    g_assert_true (json_equal (before->json, state->json) == (size != 6));
  }
  g_assert_false (dinh_state_apply (other, fixture->event, &error));
  g_assert_error (error, DINH_RECORD_ERROR, DINH_RECORD_ERROR_CHAIN);
}

static void
test_snapshot (Fixture *fixture, gconstpointer data)
{
  static const char *const wrong[] = { "", "{}", "[]", "{\"fold\":1,\"state\":{}}", "{\"state\":{}}", "{\"fold\":1" };
  g_autoptr (DinhState) state = dinh_state_new (MEETING), restored = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  state->size = 6;
  dinh_state_apply (state, fixture->event, NULL);
  text = dinh_state_print (state);
  restored = dinh_state_new_from_snapshot (MEETING, 7, text, NULL);
  g_assert_cmpuint (restored->size, ==, 7);
  g_assert_true (json_equal (restored->json, state->json));
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_clear_error (&error);
    g_assert_null (dinh_state_new_from_snapshot (MEETING, 7, wrong[i], &error));
    g_assert_error (error, DINH_RECORD_ERROR, DINH_RECORD_ERROR_JSON);
  }
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "/record/event/round-trip", test_round_trip },
    { "/record/event/second", test_second },
    { "/record/event/salt", test_salt },
    { "/record/event/redacted", test_redacted },
    { "/record/event/unknown-kinds", test_unknown_kinds },
    { "/record/event/known-kinds", test_known_kinds },
    { "/record/event/refuses", test_refuses },
    { "/record/event/order", test_order },
    { "/record/event/snapshot", test_snapshot },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
