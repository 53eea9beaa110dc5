/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/record/record-fixture.h"

#include <string.h>

/*
 * The tables of kinds, and their part of docs/protocol.md. `test-record-kind --write` brings that part up to date.
 */

#define BEGIN "<!-- kinds: written by tests/data/record/test-kind.c --write -->\n"
#define END "<!-- end of kinds -->\n"

static void
print_fields (GString *text, const DinhField *fields)
{
  for (const DinhField *field = fields; field->name != NULL; field++) {
    g_autofree char *words = dinh_field_describe (field);
    g_string_append_printf (text, "%s%s", field == fields ? "" : ", ", words);
  }
}

static void
print_commands (GString *text)
{
  guint n_kinds;
  const DinhCommandKind *kinds = dinh_command_kinds (&n_kinds);

  g_string_append (text, "## Commands\n\n| kind | stream | who | worth | body | what it does |\n|---|---|---|---|---|---|\n");
  for (guint i = 0; i < n_kinds; i++) {
    g_string_append_printf (text, "| `%s` | %s%s | %s | %s | ", kinds[i].name, kinds[i].founds ? "a new " : "",
                            dinh_stream_kind_get_name (kinds[i].stream), kinds[i].actors,
                            dinh_worth_get_name (kinds[i].worth));
    print_fields (text, kinds[i].fields);
    g_string_append_printf (text, " | %s |\n", kinds[i].summary);
  }
}

static void
print_events (GString *text)
{
  guint n_kinds;
  const DinhEventKind *kinds = dinh_event_kinds (&n_kinds);

  g_string_append (text, "\n## Events\n\n| kind | stream | must be understood | for | body | what happened |\n"
                         "|---|---|---|---|---|---|\n");
  for (guint i = 0; i < n_kinds; i++) {
    g_string_append_printf (text, "| `%s` | %s | %s | %s | ", kinds[i].name, dinh_stream_kind_get_name (kinds[i].stream),
                            kinds[i].must_understand ? "yes" : "no", kinds[i].readers == NULL ? "all" : "readers");
    print_fields (text, kinds[i].fields);
    g_string_append_printf (text, " | %s |\n", kinds[i].summary);
  }
}

static char *
print_kinds (void)
{
  GString *text = g_string_new (BEGIN);

  g_string_append (text, "\nA field with `?` may be left out. *Worth* says what a command is worth when it arrives after the "
                         "line was cut: `live`\nones are given again by hand. An event *for* readers reaches those whom its "
                         "paper names, everybody else as a leaf hash.\n\n");
  print_commands (text);
  print_events (text);
  g_string_append (text, "\n" END);
  return g_string_free (text, FALSE);
}

static char *
protocol_path (void)
{
  return g_test_build_filename (G_TEST_DIST, "..", "docs", "protocol.md", NULL);
}

static int
write_document (void)
{
  g_autofree char *path = protocol_path ();
  g_autofree char *kinds = print_kinds ();
  g_autofree char *text = NULL, *whole = NULL;
  char *begin, *end;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 1;
  begin = strstr (text, BEGIN);
  end = strstr (text, END);
  if (begin != NULL && end != NULL)
    *begin = '\0';
  whole = g_strconcat (text, begin == NULL ? "\n" : "", kinds, end == NULL ? "" : end + strlen (END), NULL);
  return g_file_set_contents (path, whole, -1, NULL) ? 0 : 1;
}

static void
test_documented (void)
{
  g_autofree char *path = protocol_path ();
  g_autofree char *kinds = print_kinds ();
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  if (strstr (text, kinds) == NULL)
    g_error ("%s does not tell the tables of kinds; run this test with --write", path);
}

static void
assert_sentence (const char *text)
{
  g_assert_true (g_ascii_isupper (*text));
  g_assert_true (g_str_has_suffix (text, "."));
}

static void
assert_fields (const DinhField *fields)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  g_assert_nonnull (fields);
  for (const DinhField *field = fields; field->name != NULL; field++) {
    g_assert_true (g_hash_table_add (names, (char *) field->name));
    g_assert_cmpint (field->max, >=, field->min);
    if (field->type == DINH_FIELD_TEXT || field->type == DINH_FIELD_OPAQUE || field->type == DINH_FIELD_KEYS)
      g_assert_cmpint (field->max, >, 0);
    g_assert_true ((field->type == DINH_FIELD_CHOICE) == (field->choices != NULL));
  }
}

static void
test_commands (void)
{
  static const char *const parts[] = { "seat", "room", "display", "admin", "hub", "chair", "member", "invitee", "secretary",
                                       "operator", NULL };
  guint n_kinds;
  const DinhCommandKind *kinds = dinh_command_kinds (&n_kinds);

  for (guint i = 0; i < n_kinds; i++) {
    g_auto (GStrv) actors = g_strsplit (kinds[i].actors, " ", -1);

    g_assert_true (dinh_key_is_valid (kinds[i].name));
    g_assert_true (dinh_command_kind_find (kinds[i].name) == &kinds[i]);
    g_assert_nonnull (kinds[i].decide);
    assert_sentence (kinds[i].summary);
    assert_fields (kinds[i].fields);
    g_assert_cmpuint (g_strv_length (actors), >, 0);
    for (char **actor = actors; *actor != NULL; actor++)
      g_assert_true (g_strv_contains (parts, *actor));
  }
  g_assert_null (dinh_command_kind_find ("item-added"));
}

static void
test_events (void)
{
  guint n_kinds;
  const DinhEventKind *kinds = dinh_event_kinds (&n_kinds);

  for (guint i = 0; i < n_kinds; i++) {
    g_assert_true (dinh_key_is_valid (kinds[i].name));
    g_assert_true (dinh_event_kind_find (kinds[i].name) == &kinds[i]);
    g_assert_nonnull (kinds[i].apply);
    assert_sentence (kinds[i].summary);
    assert_fields (kinds[i].fields);
  }
  g_assert_null (dinh_event_kind_find ("item-add"));
}

/* Every kind of event is what some kind of command becomes, and is then read again from its bytes. */
static void
test_each_event_happens (void)
{
#define HEADER "'begins':'2026-12-01T08:00:00+07:00','ends':'2026-12-01T11:30:00+07:00'"
#define DEVICE "00000000-0000-7000-8000-000000000101"
  static const Step steps[] = {
    { "site-change", "{'id':'xa-d','name':'Xã Đ'}", 1 },
    { "group-change", "{'id':'ban','name':'Ban','sites':['xa-b']}", 1 },
    { "device-add", "{'id':'" DEVICE "','name':'Ghế 1','profile':'seat','site':'xa-a','certificate':'" HASH_A
                    "','key':'ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='}", 1 },
    { "device-renew", "{'id':'" DEVICE "','certificate':'" HASH_B "'}", 1 },
    { "device-revoke", "{'id':'" DEVICE "'}", 1 },
    { "person-add", "{'id':'" DEVICE "','name':'Lò Thị Ái'}", 1 },
    { "person-change", "{'id':'" DEVICE "','name':'Lò Thị Ái','title':'Chủ tịch'}", 1 },
    { "person-key", "{'id':'" DEVICE "','key':'ed25519:BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='}", 1 },
    { "meeting-prepare", "{'title':'Họp'," HEADER "}", 1 },
    { "participant-add", "{'id':'" DEVICE "','name':'Lò Thị Ái','role':'chair'}", 1 },
    { "participant-change", "{'id':'" DEVICE "','name':'Lò Thị Ái','role':'member'}", 1 },
    { "participant-remove", "{'id':'" DEVICE "'}", 1 },
    { "person-retire", "{'id':'" DEVICE "'}", 1 },
    { "meeting-change", "{'title':'Họp gấp'," HEADER "}", 1 },
    { "meeting-publish", "{}", 1 },
    { "item-add", "{'id':'a','position':0,'title':'A'}", 1 },
    { "item-change", "{'id':'a','position':0,'title':'B'}", 1 },
    { "paper-add", "{'id':'p','item':'a','position':0,'title':'P','sha256':'" HASH_A "','size':1,'file':'p.pdf'}", 1 },
    { "paper-change", "{'id':'p','item':'a','position':0,'title':'Q'}", 1 },
    { "paper-replace", "{'id':'p','sha256':'" HASH_B "','size':1,'file':'p.pdf'}", 1 },
    { "paper-recall", "{'id':'p'}", 1 },
    { "item-remove", "{'id':'a'}", 1 },
    { "event-redact", "{'seq':2,'order':'12/QĐ-TA, 1/12/2026'}", 1 },
    { "meeting-cancel", "{}", 1 },
  };
  g_autoptr (Record) record = record_new_founded ();
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *streams[] = { record->body_events, record->events };
  guint n_kinds;

  record_play (record, steps, G_N_ELEMENTS (steps));
  for (guint i = 0; i < G_N_ELEMENTS (streams); i++) {
    for (guint j = 0; j < streams[i]->len; j++) {
      const DinhEvent *event = g_ptr_array_index (streams[i], j);
      const DinhEventKind *row = dinh_event_kind_find (event->kind);
      g_autoptr (GError) error = NULL;
      g_autoptr (DinhEvent) read =
        dinh_event_parse (g_bytes_get_data (event->bytes, NULL), g_bytes_get_size (event->bytes), &error);

      g_assert_no_error (error);
      g_assert_true (dinh_fields_check (row->fields, event->body, TRUE, &error));
      g_assert_true (row->must_understand == read->must_understand);
      g_assert_true (row->stream == DINH_STREAM_ANY || row->stream == (i == 0 ? DINH_STREAM_BODY : DINH_STREAM_MEETING));
      g_hash_table_add (seen, event->kind);
    }
  }
  dinh_event_kinds (&n_kinds);
  /* The audit stream is the hub's: test-audit.c. */
  g_assert_cmpuint (g_hash_table_size (seen), ==, n_kinds - 2);
}

static void
test_names (void)
{
  g_assert_cmpstr (dinh_worth_get_name (DINH_WORTH_LOCAL), ==, "local");
  g_assert_cmpstr (dinh_worth_get_name (DINH_WORTH_LATE), ==, "late");
  g_assert_cmpstr (dinh_worth_get_name (DINH_WORTH_LIVE), ==, "live");
  for (int code = DINH_RECORD_ERROR_JSON; code <= DINH_RECORD_ERROR_SECRET; code++)
    g_assert_true (dinh_key_is_valid (dinh_record_error_get_name (code)));
  g_assert_cmpstr (dinh_record_error_get_name (99), ==, "unknown");
}

int
main (int argc, char **argv)
{
  gboolean is_writing = argc > 1 && strcmp (argv[1], "--write") == 0;

  g_test_init (&argc, &argv, NULL);
  if (is_writing)
    return write_document ();
  g_test_add_func ("/record/kind/documented", test_documented);
  g_test_add_func ("/record/kind/commands", test_commands);
  g_test_add_func ("/record/kind/events", test_events);
  g_test_add_func ("/record/kind/each-event-happens", test_each_event_happens);
  g_test_add_func ("/record/kind/names", test_names);
  return g_test_run ();
}
