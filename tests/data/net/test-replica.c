/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-replica.h"

#include "data/hash/dinh-checkpoint.h"
#include "data/hash/dinh-merkle.h"
#include "data/net/dinh-net-error.h"
#include "data/net/dinh-stream-list.h"
#include "data/record/dinh-record-error.h"
#include "data/record/dinh-time.h"
#include "tests/data/net/fake-hub.h"
#include "tests/data/net/hub-fixture.h"

#include <string.h>

#define HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* The pages come from a real record; how they come is the test's. */

typedef struct {
  FakeHub *hub;
  char *meeting;
  DinhReplica *replica;
} Fixture;

static void
open_replica (Fixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->hub->folder, "kiosk.db", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) copies = NULL;
  g_autoptr (DinhSeal) seal = dinh_seal_new ((const guint8[DINH_SEAL_SECRET_SIZE]){ 7 });

  g_clear_pointer (&fixture->replica, dinh_replica_free);
  fixture->replica =
    dinh_replica_open (path, seal, fixture->hub->body, dinh_key_get_public (fixture->hub->record_key), &error);
  g_assert_no_error (error);
  copies = dinh_replica_load (fixture->replica, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->hub = fake_hub_new ();
  fixture->meeting = fake_hub_add_meeting (fixture->hub, 8);
  open_replica (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  dinh_replica_free (fixture->replica);
  g_free (fixture->meeting);
  fake_hub_free (fixture->hub);
}

/* Lines first to last, from 1. */
static char *
get_lines (Fixture *fixture, guint64 first, guint64 last)
{
  g_autoptr (GPtrArray) events =
    dinh_store_read_events (fixture->hub->reader, fixture->meeting, first - 1, (guint) (last - first + 1), NULL);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < events->len; i++) {
    const DinhStoredEvent *event = g_ptr_array_index (events, i);
    g_string_append_printf (text, "%s\n", event->bytes);
  }
  return g_string_free (text, FALSE);
}

static DinhMerkle *
get_tree (Fixture *fixture)
{
  g_autoptr (GArray) leaves = dinh_store_read_leaves (fixture->hub->reader, fixture->meeting, NULL);
  DinhMerkle *tree = dinh_merkle_new ();

  for (guint i = 0; i < leaves->len; i++)
    dinh_merkle_append (tree, &g_array_index (leaves, DinhHash, i));
  return tree;
}

static char *
get_note (Fixture *fixture, guint64 size, const DinhKey *key, const char *stream)
{
  g_autoptr (DinhMerkle) tree = get_tree (fixture);
  g_autofree char *origin = g_strdup_printf ("dinh/%s/%s", fixture->hub->body, stream);
  DinhHash root;

  g_assert_true (dinh_merkle_root (tree, size, &root));
  return dinh_checkpoint_sign (origin, size, &root, key);
}

static json_t *
get_proof (Fixture *fixture, guint64 from, guint64 to)
{
  g_autoptr (DinhMerkle) tree = get_tree (fixture);
  g_autoptr (GArray) proof = dinh_merkle_prove_consistency (tree, from, to);
  json_t *list = json_array ();

  for (guint i = 0; i < proof->len; i++) {
    g_autofree char *hex = dinh_hash_to_hex (&g_array_index (proof, DinhHash, i));
    json_array_append_new (list, json_string (hex));
  }
  return json_pack ("{s:o}", "proof", list);
}

static DinhCopy *
take (Fixture *fixture, const char *lines, const char *note, const json_t *proof, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (lines, strlen (lines));
  DinhPage page = { fixture->meeting, "meeting", bytes, note, proof };

  return dinh_replica_take (fixture->replica, &page, error);
}

static guint64
take_good (Fixture *fixture, guint64 first, guint64 last, guint64 size)
{
  g_autofree char *lines = get_lines (fixture, first, last);
  g_autofree char *note = get_note (fixture, size, fixture->hub->record_key, fixture->meeting);
  g_autoptr (DinhJson) proof = last == size ? NULL : get_proof (fixture, last, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhCopy) copy = take (fixture, lines, note, proof, &error);

  g_assert_no_error (error);
  return copy->state->size;
}

/* Page by page, the first one with a proof that it is the beginning; the fold is the hub's, also after a restart. */
static void
test_takes (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhView) view = dinh_writer_dup_view (fixture->hub->writer, fixture->meeting);
  g_autoptr (GPtrArray) copies = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (take_good (fixture, 1, 4, 10), ==, 4);
  open_replica (fixture);
  g_assert_cmpuint (take_good (fixture, 5, 10, 10), ==, 10);
  open_replica (fixture);
  copies = dinh_replica_load (fixture->replica, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (copies->len, ==, 1);
  g_assert_true (json_equal (((DinhCopy *) g_ptr_array_index (copies, 0))->state->json, view->state->json));
}

static void
test_takes_pushed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *lines = get_lines (fixture, 5, 10);
  g_autofree char *redacted = g_strdup_printf ("{\"seq\":5,\"leaf\":\"%064d\"}", 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhCopy) copy = NULL;

  take_good (fixture, 1, 4, 10);
  g_assert_null (take (fixture, redacted, NULL, NULL, &error));
  g_assert_error (error, DINH_NET_ERROR, DINH_NET_ERROR_PROTOCOL);
  copy = take (fixture, lines, NULL, NULL, NULL);
  g_assert_cmpuint (copy->state->size, ==, 10);
}

/* A stream long enough for snapshots, and events that may not be read. */
/* What the disk has spoilt is no reason to show nothing for ever: that stream is fetched again, the others stay. */
static void
test_spoilt (Fixture *fixture, gconstpointer data)
{
  static const char *const texts[] = { "{\"seq\":9}", "{\"seq\":9,\"leaf\":\"" HASH "\"}" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree char *other = dinh_uuid_new ();
    g_autoptr (GPtrArray) streams = NULL;
    DinhStore *store = dinh_replica_get_store (fixture->replica);
    DinhStoredEvent spoilt = { .seq = 9, .bytes = (char *) texts[i], .length = strlen (texts[i]) };

    g_assert_cmpuint (take_good (fixture, 1, 8, 10), ==, 8);
    g_assert_true (dinh_store_begin (store, NULL));
    g_assert_true (dinh_store_add_event (store, fixture->meeting, &spoilt, NULL));
    g_assert_true (dinh_store_add_stream (store, other, "meeting", NULL));
    g_assert_true (dinh_store_commit (store, NULL));
    open_replica (fixture);
    streams = dinh_store_list_streams (dinh_replica_get_store (fixture->replica), NULL);
    g_assert_cmpuint (streams->len, ==, i + 1);
  }
  g_assert_cmpuint (take_good (fixture, 1, 10, 10), ==, 10);
}

static void
test_snapshots (Fixture *fixture, gconstpointer data)
{
  g_autofree char *note = NULL, *first = NULL, *second = NULL;
  g_autoptr (DinhMerkle) tree = NULL;
  g_autoptr (GString) lines = g_string_new (NULL);
  g_autoptr (DinhCopy) copy = NULL;
  g_autoptr (GPtrArray) copies = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *leaf = NULL;

  for (guint i = 8; i < 70; i++)
    fake_hub_add_item (fixture->hub, fixture->meeting, i);
  tree = get_tree (fixture);
  leaf = dinh_hash_to_hex (dinh_merkle_get_leaf (tree, 39));
  first = get_lines (fixture, 1, 39);
  second = get_lines (fixture, 41, 72);
  g_string_append_printf (lines, "%s{\"seq\":40,\"leaf\":\"%s\"}\n%s", first, leaf, second);
  note = get_note (fixture, 72, fixture->hub->record_key, fixture->meeting);
  copy = take (fixture, lines->str, note, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (copy->state->size, ==, 72);
  g_assert_cmpuint (json_object_size (json_object_get (copy->state->json, "items")), ==, 69);
  open_replica (fixture);
  copies = dinh_replica_load (fixture->replica, NULL);
  g_assert_true (json_equal (((DinhCopy *) g_ptr_array_index (copies, 0))->state->json, copy->state->json));
}

/* Whatever is wrong with a page, nothing of it is taken, and the right one still is afterwards. */
static void
test_refuses (Fixture *fixture, gconstpointer data)
{
  g_autofree char *good = get_lines (fixture, 5, 10), *gap = get_lines (fixture, 6, 10), *old = get_lines (fixture, 4, 10);
  g_autofree char *some = get_lines (fixture, 5, 9), *changed = get_lines (fixture, 5, 10);
  g_autofree char *note = get_note (fixture, 10, fixture->hub->record_key, fixture->meeting);
  g_autofree char *unsigned_note = get_note (fixture, 10, fixture->hub->admin_key, fixture->meeting);
  g_autofree char *other_note = get_note (fixture, 10, fixture->hub->record_key, fixture->hub->body);
  g_autofree char *short_note = get_note (fixture, 9, fixture->hub->record_key, fixture->meeting);
  g_autofree char *foreign = g_strdup (good), *twice = g_strconcat (good, good, NULL);
  g_autoptr (DinhJson) proof = get_proof (fixture, 9, 10), wrong_proof = get_proof (fixture, 8, 10);
  g_autoptr (DinhJson) no_proof = json_pack ("{s:s}", "proof", "x");
  const struct {
    const char *lines;
    const char *note;
    const json_t *proof;
    GQuark domain;
    int code;
  } cases[] = {
    { gap, note, NULL, DINH_NET_ERROR, DINH_NET_ERROR_PROTOCOL },
    { old, note, NULL, DINH_NET_ERROR, DINH_NET_ERROR_PROTOCOL },
    { twice, note, NULL, DINH_NET_ERROR, DINH_NET_ERROR_PROTOCOL },
    { changed, note, NULL, DINH_NET_ERROR, DINH_NET_ERROR_FORKED },
    { foreign, note, NULL, DINH_RECORD_ERROR, DINH_RECORD_ERROR_FIELD },
    { "{\"seq\":5}", note, NULL, DINH_RECORD_ERROR, DINH_RECORD_ERROR_FIELD },
    { "<html>", note, NULL, DINH_RECORD_ERROR, DINH_RECORD_ERROR_JSON },
    { "\n\n", note, NULL, DINH_NET_ERROR, DINH_NET_ERROR_PROTOCOL },
    { good, unsigned_note, NULL, DINH_CHECKPOINT_ERROR, DINH_CHECKPOINT_ERROR_SIGNATURE },
    { good, "", NULL, DINH_CHECKPOINT_ERROR, DINH_CHECKPOINT_ERROR_FORMAT },
    { good, other_note, NULL, DINH_NET_ERROR, DINH_NET_ERROR_PROTOCOL },
    { good, short_note, NULL, DINH_NET_ERROR, DINH_NET_ERROR_PROTOCOL },
    { some, note, NULL, DINH_NET_ERROR, DINH_NET_ERROR_PROTOCOL },
    { some, note, no_proof, DINH_NET_ERROR, DINH_NET_ERROR_PROTOCOL },
    { some, note, wrong_proof, DINH_NET_ERROR, DINH_NET_ERROR_FORKED },
  };

  memcpy (strstr (changed, "muc-5"), "muc-9", 5);
  memcpy (strstr (foreign, fixture->meeting), fixture->hub->body, 36);
  take_good (fixture, 1, 4, 10);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (take (fixture, cases[i].lines, cases[i].note, cases[i].proof, &error));
    if (!g_error_matches (error, cases[i].domain, cases[i].code))
      g_error ("case %u: %s", i, error->message);
  }
  g_assert_cmpuint (take_good (fixture, 5, 9, 10), ==, 9);
  g_assert_cmpuint (take_good (fixture, 10, 10, 10), ==, 10);
}

static void
assert_standing (Fixture *fixture, const char *note, const json_t *proof, guint64 at_least, DinhStanding expected)
{
  DinhStanding standing;
  guint64 size;
  g_autoptr (GError) error = NULL;

  dinh_replica_compare (fixture->replica, fixture->meeting, note, proof, at_least, &standing, &size, &error);
  g_assert_no_error (error);
  g_assert_cmpint (standing, ==, expected);
}

/* The hub's notes for every size against a copy with six events, and what becomes evidence. */
static void
test_compares (Fixture *fixture, gconstpointer data)
{
  g_autofree char *name = g_strconcat ("evidence/", fixture->meeting, NULL);
  g_autofree char *evidence = NULL;
  g_autofree char *origin = g_strdup_printf ("dinh/%s/%s", fixture->hub->body, fixture->meeting);
  g_autoptr (DinhJson) proof = get_proof (fixture, 6, 10), other_proof = get_proof (fixture, 5, 10);
  DinhHash nothing = { { 0 } };

  take_good (fixture, 1, 6, 10);
  for (guint64 size = 1; size <= 10; size++) {
    g_autofree char *note = get_note (fixture, size, fixture->hub->record_key, fixture->meeting);
    g_autofree char *forked = dinh_checkpoint_sign (origin, size, &nothing, fixture->hub->record_key);

    assert_standing (fixture, note, NULL, 6,
                     size < 6 ? DINH_STANDING_WENT_BACK : size == 6 ? DINH_STANDING_SAME : DINH_STANDING_BEHIND);
    /* The hub was asked when there were fewer. */
    assert_standing (fixture, note, NULL, size, size <= 6 ? DINH_STANDING_SAME : DINH_STANDING_BEHIND);
    assert_standing (fixture, forked, NULL, 6, size <= 6 ? DINH_STANDING_FORKED : DINH_STANDING_BEHIND);
    if (size == 10) {
      assert_standing (fixture, note, proof, 6, DINH_STANDING_BEHIND);
      assert_standing (fixture, note, other_proof, 6, DINH_STANDING_FORKED);
    }
  }
  g_assert_true (dinh_store_get_value (dinh_replica_get_store (fixture->replica), name, &evidence, NULL));
  g_assert_nonnull (strstr (evidence, origin));
}

static void
test_withdraws (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhCopy) hidden = NULL, shown = NULL;
  g_autoptr (GPtrArray) copies = NULL;

  take_good (fixture, 1, 10, 10);
  hidden = dinh_replica_set_withdrawn (fixture->replica, fixture->meeting, TRUE, NULL);
  g_assert_true (hidden->withdrawn);
  open_replica (fixture);
  copies = dinh_replica_load (fixture->replica, NULL);
  g_assert_true (((DinhCopy *) g_ptr_array_index (copies, 0))->withdrawn);
  shown = dinh_replica_set_withdrawn (fixture->replica, fixture->meeting, FALSE, NULL);
  g_assert_false (shown->withdrawn);
  g_assert_cmpuint (shown->state->size, ==, 10);
}

/* Words that a lawful order took from the hub are dropped when the event that says so comes; the tree stands. */
static void
test_redacted (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) stored = NULL, copies = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhView) view = NULL;
  g_autoptr (DinhCopy) taken = NULL;
  g_autofree char *lines = NULL;
  const DinhCopy *copy;

  g_assert_cmpuint (take_good (fixture, 1, 10, 10), ==, 10);
  fake_hub_command (fixture->hub, fixture->meeting, "event-redact",
                    json_pack ("{s:i, s:s}", "seq", 3, "order", "12/QĐ-TA, 01/12/2026, Tòa án tỉnh"));
  stored = dinh_store_read_events (dinh_replica_get_store (fixture->replica), fixture->meeting, 2, 1, NULL);
  g_assert_nonnull (((DinhStoredEvent *) g_ptr_array_index (stored, 0))->bytes);
  lines = get_lines (fixture, 11, 11);
  taken = take (fixture, lines, NULL, NULL, &error);
  g_assert_no_error (error);
  g_ptr_array_unref (stored);
  stored = dinh_store_read_events (dinh_replica_get_store (fixture->replica), fixture->meeting, 2, 1, NULL);
  g_assert_null (((DinhStoredEvent *) g_ptr_array_index (stored, 0))->bytes);
  /* Its state is the hub's, now and after a restart; and so it is of who never had the words. */
  view = dinh_writer_dup_view (fixture->hub->writer, fixture->meeting);
  g_assert_null (dinh_state_get (view->state, "items", "muc-0"));
  g_assert_true (json_equal (taken->state->json, view->state->json));
  open_replica (fixture);
  copies = dinh_replica_load (fixture->replica, &error);
  g_assert_no_error (error);
  copy = g_ptr_array_index (copies, 0);
  g_assert_true (json_equal (copy->state->json, view->state->json));
}

static void
test_lists (void)
{
#define ENTRY "{\"id\":\"6d1f0a52-8c3e-4b7a-9e15-2f40c7a9b831\",\"kind\":\"meeting\",\"checkpoint\":\"x\"}"
  static const struct {
    const char *text;
    int length;
  } cases[] = {
    { "{\"streams\":[]}", 0 },
    { "{\"streams\":[" ENTRY "]}", 1 },
    { "{\"streams\":[" ENTRY "," ENTRY "]}", -1 },
    { "{\"streams\":[{\"id\":\"x\",\"kind\":\"meeting\",\"checkpoint\":\"x\"}]}", -1 },
    { "{\"streams\":[{\"id\":\"6d1f0a52-8c3e-4b7a-9e15-2f40c7a9b831\",\"kind\":\"meeting\"}]}", -1 },
    { "{\"streams\":[1]}", -1 },
    { "{\"streams\":{}}", -1 },
    { "[]", -1 },
    { "<html>", -1 },
    { "", -1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GBytes) answer = g_bytes_new_static (cases[i].text, strlen (cases[i].text));
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) list = dinh_stream_list_parse (answer, &error);

    g_assert_cmpint (list == NULL ? -1 : (int) list->len, ==, cases[i].length);
    if (list == NULL)
      g_assert_error (error, DINH_NET_ERROR, DINH_NET_ERROR_PROTOCOL);
  }
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "takes", test_takes },     { "takes-pushed", test_takes_pushed }, { "snapshots", test_snapshots },
    { "refuses", test_refuses }, { "compares", test_compares },         { "withdraws", test_withdraws },
    { "spoilt", test_spoilt },   { "redacted", test_redacted },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *path = g_strconcat ("/net/replica/", tests[i].name, NULL);
    g_test_add (path, Fixture, NULL, set_up, tests[i].test, tear_down);
  }
  g_test_add_func ("/net/replica/lists", test_lists);
  return g_test_run ();
}
