/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-redaction.h"
#include "tests/data/record/random-command.h"

#include <string.h>

/*
 * What must hold after any sequence of commands, right and wrong, by whomever; --seed repeats a run. That a refused
 * command changes nothing and writes nothing is asserted by the fixture after each one.
 */

#define N_RECORDS 60
#define N_COMMANDS 300

static Record *
random_record (void)
{
  Record *record = record_new_founded ();

  record_take (record, "meeting-prepare",
               "{'title':'Họp','begins':'2026-12-01T08:00:00+07:00','ends':'2026-12-01T11:30:00+07:00'}");
  for (guint i = 0; i < N_COMMANDS; i++) {
    const char *kind;
    g_autoptr (DinhJson) body = random_command (i % 5 == 0 ? DINH_STREAM_BODY : DINH_STREAM_MEETING, &kind);
    g_autoptr (GError) error = NULL;
    int n_events = record_try (record, random_actor (), kind, body, &error);

    g_assert_true ((n_events < 0) == (error != NULL));
    if (error != NULL)
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
  }
  return record;
}

static const DinhActor readers[] = {
  { "00000000-0000-7000-8000-0000000000b0", "admin", NULL },  { "00000000-0000-7000-8000-0000000000b1", "seat", NULL },
  { "00000000-0000-7000-8000-0000000000b2", "seat", "xa-a" }, { "00000000-0000-7000-8000-0000000000b3", "room", "xa-b" },
  { "00000000-0000-7000-8000-0000000000b4", "seat", "xa-c" }, { "00000000-0000-7000-8000-0000000000b5", "display", "xa-d" },
  { "00000000-0000-7000-8000-0000000000b6", "seat", "xa-z" },
  { "00000000-0000-7000-8000-0000000000b7", "seat", "xa-d", "00000000-0000-7000-8000-000000000101" },
  { "00000000-0000-7000-8000-0000000000b8", "admin", NULL, NULL },
};

/* The event as @reader gets it over the wire. */
static DinhEvent *
as_sent (GPtrArray *events, GPtrArray *event_readers, guint index, const DinhViewer *reader)
{
  const DinhEvent *event = g_ptr_array_index (events, index);
  gboolean may_read = dinh_viewer_may_read (reader, g_ptr_array_index (event_readers, index));
  g_autofree char *line = may_read ? g_strndup (g_bytes_get_data (event->bytes, NULL), g_bytes_get_size (event->bytes))
                                   : dinh_event_print_redacted (event);
  DinhEvent *read = dinh_event_parse (line, strlen (line), NULL);

  g_assert_true (dinh_event_is_redacted (read) == !may_read);
  return read;
}

/* The fold of what a reader gets is the reader's part of the whole fold. */
static void
check_fold (const DinhViewer *reader, const DinhState *whole, GPtrArray *events, GPtrArray *event_readers)
{
  g_autoptr (DinhState) part = dinh_viewer_redact (reader, whole);
  g_autoptr (DinhState) fold = dinh_state_new (whole->stream);

  for (guint i = 0; i < events->len; i++) {
    g_autoptr (DinhEvent) event = as_sent (events, event_readers, i, reader);
    g_assert_true (dinh_state_apply (fold, event, NULL));
  }
  g_assert_cmpuint (fold->size, ==, part->size);
  if (!json_equal (fold->json, part->json)) {
    g_autofree char *folded = dinh_state_print (fold), *expected = dinh_state_print (part);
    g_error ("a reader folds\n%s\nnot\n%s", folded, expected);
  }
}

static void
check_redaction (const Record *record)
{
  for (guint i = 0; i < G_N_ELEMENTS (readers); i++) {
    g_autoptr (DinhViewer) reader = dinh_viewer_new (record->body, &readers[i]);

    check_fold (reader, record->meeting, record->events, record->readers);
    check_fold (reader, record->body, record->body_events, record->body_readers);
  }
}

static void
test_redaction (void)
{
  guint n_for_some = 0;

  for (guint i = 0; i < N_RECORDS; i++) {
    g_autoptr (Record) record = random_record ();

    check_redaction (record);
    for (guint j = 0; j < record->readers->len; j++)
      n_for_some += g_ptr_array_index (record->readers, j) != NULL;
  }
  g_assert_cmpuint (n_for_some, >, N_RECORDS);
}

/* Wherever a fold is taken up from a snapshot, it ends where the whole one does. */
static void
check_snapshots (const char *stream, GPtrArray *events, const DinhState *expected)
{
  guint cut = (guint) g_test_rand_int_range (0, (gint32) events->len);
  g_autoptr (DinhState) fold = dinh_state_new (stream);

  for (guint i = 0; i < events->len; i++) {
    if (i == cut) {
      g_autofree char *snapshot = dinh_state_print (fold);
      g_autoptr (DinhState) taken_up = dinh_state_new_from_snapshot (stream, fold->size, snapshot, NULL);

      g_assert_true (json_equal (taken_up->json, fold->json));
      dinh_state_free (fold);
      fold = g_steal_pointer (&taken_up);
    }
    g_assert_true (dinh_state_apply (fold, g_ptr_array_index (events, i), NULL));
  }
  g_assert_true (json_equal (fold->json, expected->json));
}

static void
test_snapshots (void)
{
  for (guint i = 0; i < N_RECORDS; i++) {
    g_autoptr (Record) record = random_record ();

    for (guint j = 0; j < 5; j++) {
      check_snapshots (MEETING, record->events, record->meeting);
      check_snapshots (BODY, record->body_events, record->body);
    }
  }
}

/* A reader's tree has the hub's root, and each leaf hash that stands for an event proves that it is in it. */
static void
test_trees (void)
{
  for (guint i = 0; i < N_RECORDS; i++) {
    g_autoptr (Record) record = random_record ();
    g_autoptr (DinhViewer) reader = dinh_viewer_new (record->body, &readers[i % G_N_ELEMENTS (readers)]);
    g_autoptr (DinhMerkle) hub = dinh_merkle_new (), kiosk = dinh_merkle_new ();
    DinhHash root, found;

    for (guint j = 0; j < record->events->len; j++) {
      const DinhEvent *event = g_ptr_array_index (record->events, j);
      DinhHash leaf;

      dinh_merkle_hash_leaf (g_bytes_get_data (event->bytes, NULL), g_bytes_get_size (event->bytes), &leaf);
      dinh_merkle_append (hub, &leaf);
    }
    dinh_merkle_root (hub, record->events->len, &root);
    for (guint j = 0; j < record->events->len; j++) {
      g_autoptr (DinhEvent) event = as_sent (record->events, record->readers, j, reader);
      g_autoptr (GArray) proof = dinh_merkle_prove_inclusion (hub, j, record->events->len);

      g_assert_true (dinh_merkle_verify_inclusion (&event->leaf, j, record->events->len, proof, &root));
      dinh_merkle_append (kiosk, &event->leaf);
    }
    dinh_merkle_root (kiosk, record->events->len, &found);
    g_assert_true (dinh_hash_equal (&root, &found));
  }
}

/* Every item hangs on the agenda, every site on the tree, every paper on an item. */
static void
check_tree (const DinhState *state, const char *table)
{
  const char *id;
  json_t *object;

  json_object_foreach (json_object_get (state->json, table), id, object) {
    guint n_steps = 0;

    g_assert_cmpstr (dinh_json_get_string (object, "id"), ==, id);
    for (const char *parent = dinh_json_get_string (object, "parent"); parent != NULL;
         parent = dinh_json_get_string (dinh_state_get (state, table, parent), "parent")) {
      g_assert_nonnull (dinh_state_get (state, table, parent));
      g_assert_cmpuint (++n_steps, <, 100);
    }
  }
}

static void
test_invariants (void)
{
  for (guint i = 0; i < N_RECORDS; i++) {
    g_autoptr (Record) record = random_record ();
    const char *id;
    json_t *paper;

    check_tree (record->meeting, "items");
    check_tree (record->body, "sites");
    json_object_foreach (json_object_get (record->meeting->json, "papers"), id, paper)
      g_assert_nonnull (dinh_state_get (record->meeting, "items", dinh_json_get_string (paper, "item")));
  }
}

/* Who sees a meeting at all. */
static void
test_may_see (void)
{
  g_autoptr (Record) record = record_new_founded ();
  g_autoptr (DinhViewer) admin = dinh_viewer_new (record->body, &admin_actor);
  g_autoptr (DinhViewer) seat = dinh_viewer_new (record->body, &seat_actor); /* of xa-a */
  g_autoptr (DinhViewer) nowhere = dinh_viewer_new (record->body, &readers[1]);
  const struct {
    const char *kind;
    const char *quoted;
    gboolean seat, nowhere;
  } steps[] = {
#define HEADER "'title':'Họp','begins':'2026-12-01T08:00:00+07:00','ends':'2026-12-01T11:30:00+07:00'"
    { "meeting-prepare", "{" HEADER ",'sites':['xa-b']}", FALSE, FALSE },
    { "meeting-publish", "{}", FALSE, FALSE },
    { "meeting-change", "{" HEADER ",'sites':['xa-b','xa-a']}", TRUE, FALSE },
    { "meeting-change", "{" HEADER "}", TRUE, TRUE },
    { "meeting-cancel", "{}", TRUE, TRUE },
  };

  g_assert_true (dinh_viewer_may_see (nowhere, record->body));
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    record_take (record, steps[i].kind, steps[i].quoted);
    g_assert_true (dinh_viewer_may_see (admin, record->meeting));
    g_assert_true (dinh_viewer_may_see (seat, record->meeting) == steps[i].seat);
    g_assert_true (dinh_viewer_may_see (nowhere, record->meeting) == steps[i].nowhere);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/record/properties/redaction", test_redaction);
  g_test_add_func ("/record/properties/snapshots", test_snapshots);
  g_test_add_func ("/record/properties/trees", test_trees);
  g_test_add_func ("/record/properties/invariants", test_invariants);
  g_test_add_func ("/record/properties/may-see", test_may_see);
  return g_test_run ();
}
