/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-audit.h"
#include "data/record/dinh-time.h"
#include "data/store/dinh-sqlite-store.h"
#include "tests/data/store/writer-fixture.h"

#include <string.h>

/* What was redacted is in no file of the hub any more; and what the audit stream is told of it. */

#define WORDS "Nguyễn Thị Bí Mật, số căn cước 001099012345"

/* Whether any file of the store holds @words. */
static gboolean
holds (Fixture *fixture, const char *words)
{
  static const char *const suffixes[] = { "", "-wal" };

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++) {
    g_autofree char *path = g_strconcat (fixture->path, suffixes[i], NULL);
    g_autofree char *text = NULL;
    gsize length;

    if (g_file_get_contents (path, &text, &length, NULL) && memmem (text, length, words, strlen (words)) != NULL)
      return TRUE;
  }
  return FALSE;
}

static json_t *
redact (Fixture *fixture, const char *stream, int seq)
{
  return fixture_submit_as (fixture, fixture->admin, fixture->admin_key, stream, "event-redact",
                            json_pack ("{s:i, s:s}", "seq", seq, "order", "12/QĐ-TA, 01/12/2026, Tòa án tỉnh"));
}

static char *
make_meeting (Fixture *fixture)
{
  char *meeting = dinh_uuid_new ();

  fixture_submit (fixture, meeting, "meeting-prepare", fixture_header ("Họp"), "recorded");
  fixture_submit (fixture, meeting, "item-add", json_pack ("{s:s, s:i, s:s}", "id", "a", "position", 0, "title", WORDS),
                  "recorded");
  /* So that a snapshot was made that has it, and another one after it. */
  for (int i = 0; i < 150; i++) {
    g_autofree char *id = g_strdup_printf ("i%d", i);
    fixture_submit (fixture, meeting, "item-add", fixture_item (id, i + 1), "recorded");
  }
  return meeting;
}

static void
test_gone (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = make_meeting (fixture);
  g_autoptr (DinhView) before = dinh_writer_dup_view (fixture->writer, meeting), after = NULL, again = NULL;
  g_autoptr (DinhJson) answer = NULL, repeated = NULL;
  g_autoptr (DinhStore) store = dinh_sqlite_store_open (fixture->path, NULL);
  g_autoptr (GArray) leaves = dinh_store_read_leaves (store, meeting, NULL), left = NULL;
  g_autoptr (GPtrArray) events = NULL;

  g_assert_true (holds (fixture, WORDS));
  answer = redact (fixture, meeting, 2);
  g_assert_cmpstr (dinh_json_get_string (answer, "status"), ==, "recorded");
  g_assert_false (holds (fixture, WORDS));
  /* The hash stands; the state is that of who never read it. */
  left = dinh_store_read_leaves (store, meeting, NULL);
  g_assert_cmpuint (left->len, ==, leaves->len + 1);
  g_assert_cmpmem (left->data, leaves->len * sizeof (DinhHash), leaves->data, leaves->len * sizeof (DinhHash));
  events = dinh_store_read_events (store, meeting, 1, 1, NULL);
  g_assert_null (((DinhStoredEvent *) g_ptr_array_index (events, 0))->bytes);
  after = dinh_writer_dup_view (fixture->writer, meeting);
  g_assert_nonnull (dinh_state_get (before->state, "items", "a"));
  g_assert_null (dinh_state_get (after->state, "items", "a"));
  g_assert_nonnull (dinh_state_get (after->state, "items", "i149"));
  repeated = redact (fixture, meeting, 2);
  g_assert_cmpstr (dinh_json_get_string (repeated, "status"), ==, "recorded");
  g_assert_cmpuint (json_array_size (json_object_get (repeated, "events")), ==, 0);
  fixture_close_writer (fixture);
  fixture_open_writer (fixture);
  again = dinh_writer_dup_view (fixture->writer, meeting);
  g_assert_true (json_equal (again->state->json, after->state->json));
  g_assert_cmpstr (again->checkpoint, ==, after->checkpoint);
}

/* What the record stands on stays, and so does what still counts. */
static void
test_refused (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = make_meeting (fixture);
  g_autoptr (DinhView) before = dinh_writer_dup_view (fixture->writer, meeting), after = NULL;
  const struct {
    const char *stream;
    int seq;
    const char *problem;
  } cases[] = {
    { fixture->body, 1, "urn:dinh:problem:wrong-state" }, /* body-founded */
    { fixture->body, 2, "urn:dinh:problem:wrong-state" }, /* device-added */
    { meeting, 1, "urn:dinh:problem:wrong-state" },       /* the only title */
    { meeting, 1000, "urn:dinh:problem:missing" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (DinhJson) answer = redact (fixture, cases[i].stream, cases[i].seq);

    g_assert_cmpstr (dinh_json_get_string (answer, "status"), ==, "refused");
    g_assert_cmpstr (dinh_json_get_string (answer, "type"), ==, cases[i].problem);
  }
  after = dinh_writer_dup_view (fixture->writer, meeting);
  g_assert_true (json_equal (before->state->json, after->state->json));
  g_assert_true (holds (fixture, WORDS));
}

/* The bodies of the audit stream, oldest first. */
static json_t *
list_audit (Fixture *fixture)
{
  g_autoptr (DinhStore) store = dinh_sqlite_store_open (fixture->path, NULL);
  g_autoptr (GPtrArray) streams = dinh_store_list_streams (store, NULL), events = NULL;
  const char *stream = NULL;
  json_t *list = json_array ();

  for (guint i = 0; i < streams->len; i++) {
    const DinhStoredStream *stored = g_ptr_array_index (streams, i);

    if (strcmp (stored->kind, "audit") == 0)
      stream = stored->id;
  }
  g_assert_nonnull (stream);
  events = dinh_store_read_events (store, stream, 1, 1000, NULL);
  for (guint i = 0; i < events->len; i++) {
    const DinhStoredEvent *stored = g_ptr_array_index (events, i);
    g_autoptr (DinhEvent) event = dinh_event_parse (stored->bytes, stored->length, NULL);

    g_assert_cmpstr (event->kind, ==, "audit-recorded");
    json_array_append (list, event->body);
  }
  return list;
}

static const char *
get_word (const json_t *list, gsize index, const char *field)
{
  return dinh_json_get_string (json_array_get (list, index), field);
}

static void
test_audited (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = dinh_uuid_new ();
  g_autoptr (DinhJson) answer = NULL, list = NULL;
  g_autoptr (DinhStore) store = dinh_sqlite_store_open (fixture->path, NULL);

  dinh_writer_keep_audit (fixture->writer);
  fixture_submit (fixture, meeting, "meeting-prepare", fixture_header ("Họp"), "recorded");
  fixture_submit (fixture, meeting, "item-add", fixture_item ("a", 0), "recorded");
  answer = redact (fixture, meeting, 2);
  /* Only what was allowed or refused, not what was done wrong; of a refusal that goes on the number. */
  fixture_submit (fixture, meeting, "item-change", fixture_item ("none", 0), "refused");
  for (guint i = 0; i < 40; i++)
    fixture_submit (fixture, meeting, "body-found", json_object (), "refused");
  g_assert_true (dinh_writer_note_audit (store, dinh_audit_to_json (&(DinhAudit) { .action = "backup" }), NULL));
  dinh_writer_settle_async (fixture->writer, TRUE);
  fixture_close_writer (fixture);
  list = list_audit (fixture);
  g_assert_cmpuint (json_array_size (list), ==, 4);
  g_assert_cmpstr (get_word (list, 0, "action"), ==, "event-redact");
  g_assert_cmpstr (get_word (list, 0, "subject"), ==, "2");
  g_assert_cmpstr (get_word (list, 0, "stream"), ==, meeting);
  g_assert_cmpstr (get_word (list, 0, "device"), ==, fixture->admin);
  g_assert_cmpstr (get_word (list, 0, "reason"), ==, "12/QĐ-TA, 01/12/2026, Tòa án tỉnh");
  g_assert_cmpstr (get_word (list, 1, "outcome"), ==, "refused");
  g_assert_cmpstr (get_word (list, 1, "subject"), ==, "body-found");
  g_assert_cmpint (dinh_json_get_integer (json_array_get (list, 2), "count"), ==, 39);
  g_assert_cmpstr (get_word (list, 3, "action"), ==, "backup");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add ("/store/redaction/" path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)
  ADD ("gone", test_gone);
  ADD ("refused", test_refused);
  ADD ("audited", test_audited);
#undef ADD
  return g_test_run ();
}
