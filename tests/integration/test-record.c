/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/hub-fixture.h"

#include "data/record/dinh-event.h"
#include "data/record/dinh-time.h"
#include "data/store/dinh-sqlite-store.h"
#include "data/trust/dinh-identity.h"

#include <glib/gstdio.h>
#include <string.h>

/* The record held against itself, against witnesses and against backups; who may read what of it. */

static json_t *
publish (Hub *hub)
{
  return hub_ctl (hub, "publish", hub->sample, NULL);
}

static guint
blob_status (Hub *hub, const char *identity, const char *method, const char *sha256)
{
  g_autofree char *path = g_strconcat ("/v1/blobs/", sha256, NULL);
  g_autoptr (Reply) reply = hub_ask (hub, &(Question){.identity = identity, .method = method, .path = path});

  if (reply->status != 200)
    g_assert_null (soup_message_headers_get_one (reply->headers, "Dinh-Offset"));
  return reply->status;
}

static Reply *
read_stream (Hub *hub, const char *identity, const char *stream)
{
  g_autofree char *path = g_strdup_printf ("/v1/streams/%s/events?after=0", stream);
  Reply *reply = hub_ask (hub, &(Question){.identity = identity, .path = path});

  g_assert_cmpuint (reply->status, ==, 200);
  return reply;
}

static gint64
sum_of (const Result *result, const char *word)
{
  gint64 sum = 0;
  gsize index;
  json_t *stream;

  json_array_foreach (json_object_get (result->json, "streams"), index, stream) sum +=
      dinh_json_get_integer (stream, word);
  return sum;
}

static void
test_restricted (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) meeting = folder_load (hub->sample), published = NULL;
  const char *id = dinh_json_get_string (meeting, "id");
  int n_people = (int) json_array_size (json_object_get (meeting, "participants"));
  g_autofree char *file = NULL, *sum = NULL, *out = NULL, *in = NULL;
  json_t *paper = find_paper (meeting, "bao-cao-an-toan");
  g_autoptr (Result) outside = NULL, inside = NULL;
  g_autoptr (Reply) seen = NULL, whole = NULL;

  json_object_set_new (paper, "readers", json_pack ("[s]", "kv-hong-chau"));
  folder_save (hub->sample, meeting);
  file = g_build_filename (hub->sample, dinh_json_get_string (paper, "file"), NULL);
  sum = hash_file (file);
  published = publish (hub);
  in = hub_add_device (hub, "in", "seat", "kv-hong-chau");
  out = hub_add_device (hub, "out", "seat", "xa-bau-sen");
  outside = hub_run (hub, out, "record", "verify", NULL);
  inside = hub_run (hub, in, "record", "verify", NULL);
  g_assert_cmpint (outside->status, ==, 0);
  g_assert_cmpint (inside->status, ==, 0);
  g_assert_true (json_is_true (json_object_get (outside->json, "verified")));
  /* This one and the one that the sample itself restricts; and no device is told of the people whom the body knows. */
  g_assert_cmpint (sum_of (outside, "redacted"), ==, n_people + 2);
  g_assert_cmpint (sum_of (inside, "redacted"), ==, n_people);
  g_assert_cmpint (sum_of (outside, "events"), ==, sum_of (inside, "events"));
  seen = read_stream (hub, out, id);
  whole = read_stream (hub, in, id);
  g_assert_null (strstr (seen->text, "855/BC-CAT"));
  g_assert_null (strstr (seen->text, sum));
  g_assert_nonnull (strstr (whole->text, "855/BC-CAT"));
  g_assert_cmpuint (blob_status (hub, out, "GET", sum), ==, 404);
  g_assert_cmpuint (blob_status (hub, out, "HEAD", sum), ==, 404);
  g_assert_cmpuint (blob_status (hub, in, "GET", sum), ==, 200);
  g_assert_cmpuint (blob_status (hub, hub->admin, "GET", sum), ==, 200);
}

/* A meeting that is being prepared, or another site's, is not there at all. */
static void
test_unseen (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) meeting = folder_load (hub->sample), published = NULL;
  const char *id = dinh_json_get_string (meeting, "id");
  g_autofree char *file = g_build_filename (hub->sample, "papers", "giay-moi.pdf", NULL),
                  *sum = hash_file (file);
  g_autofree char *path = g_strdup_printf ("/v1/streams/%s/events", id);
  g_autofree char *other = NULL;
  g_autoptr (DinhJson) site = hub_ctl (hub, "site", "add", "ngoai", "Ngoài cuộc", NULL);
  g_autoptr (Reply) reply = NULL, streams = NULL;

  published = publish (hub);
  other = hub_add_device (hub, "other", "seat", "ngoai");
  reply = hub_ask (hub, &(Question){.identity = other, .path = path});
  streams = hub_ask (hub, &(Question){.identity = other, .path = "/v1/streams"});
  assert_problem (reply, 403, "withdrawn");
  g_assert_null (strstr (streams->text, id));
  g_assert_cmpuint (blob_status (hub, other, "GET", sum), ==, 404);
}

static void
test_recalled (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) meeting = folder_load (hub->sample), published = NULL, recalled = NULL;
  g_autofree char *file = g_build_filename (hub->sample, "papers", "chuong-trinh.pdf", NULL),
                  *sum = hash_file (file);
  g_autofree char *seat = NULL;

  published = publish (hub);
  seat = hub_add_device (hub, "seat", "seat", "kv-hong-chau");
  g_assert_cmpuint (blob_status (hub, seat, "GET", sum), ==, 200);
  json_array_remove (json_object_get (find_item (meeting, "khai-mac"), "papers"), 1);
  folder_save (hub->sample, meeting);
  recalled = publish (hub);
  g_assert_cmpuint (blob_status (hub, seat, "GET", sum), ==, 404);
}

static void
restore (Hub *hub, const char *backup)
{
  g_autofree char *old = g_strconcat (hub->state, ".old", NULL);

  g_assert_cmpint (hub_stop (hub), ==, 0);
  g_assert_cmpint (g_rename (hub->state, old), ==, 0);
  copy_tree (backup, hub->state);
  hub_start (hub);
}

static void
back_up (Hub *hub, const char *out)
{
  g_autoptr (DinhJson) copied = hub_ctl (hub, "hub", "backup", "--state", hub->state, "--out", out, NULL);
}

static void
change_title (Hub *hub, const char *title)
{
  g_autoptr (DinhJson) meeting = folder_load (hub->sample), published = NULL;

  json_object_set_new (meeting, "title", json_string (title));
  folder_save (hub->sample, meeting);
  published = publish (hub);
  g_assert_cmpint (dinh_json_get_integer (published, "events"), ==, 1);
}

static void
test_backup (Hub *hub, gconstpointer data)
{
  g_autofree char *out = g_build_filename (hub->folder, "backup", NULL);
  g_autofree char *before = g_build_filename (hub->folder, "before", NULL),
                  *after = g_build_filename (hub->folder, "after", NULL);
  g_autofree char *part = g_strconcat (out, ".part", NULL);
  g_autoptr (DinhJson) published = publish (hub);
  g_autoptr (DinhJson) verified = NULL, again = NULL, witness = NULL, seen = NULL, early = NULL;

  early = hub_ctl (hub, "record", "witness", "--out", before, NULL);
  back_up (hub, out);
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));
  change_title (hub, "Tên thứ hai");
  witness = hub_ctl (hub, "record", "witness", "--out", after, NULL);
  verified = hub_ctl (hub, "record", "verify", "--witness", before, "--witness", after, NULL);
  g_assert_cmpint (
      dinh_json_get_integer (json_array_get (json_object_get (verified, "streams"), 0), "witnessed"), ==, 2);
  /* Back to the copy: whole, but older than what was seen. */
  restore (hub, out);
  again = hub_ctl (hub, "record", "verify", "--witness", before, NULL);
  g_assert_true (json_is_true (json_object_get (again, "verified")));
  hub_assert_fails (hub, "record-broken", "went back|after", "record", "verify", "--witness", after, NULL);
  /* The copy goes on, differently: nobody may be told that this is what was seen. */
  change_title (hub, "Tên thứ ba");
  hub_assert_fails (hub, "record-broken", "forked|after", "record", "verify", "--witness", after, NULL);
  change_title (hub, "Tên thứ tư");
  hub_assert_fails (hub, "record-broken", "forked|after", "record", "verify", "--witness", after, NULL);
}

/* A witness who did not see that stream: the audit stream, which tells of everything and would go back first. */
static void
drop_line (const char *path, guint index)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GString) left = g_string_new (NULL);

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    if (i != index && *lines[i] != '\0')
      g_string_append_printf (left, "%s\n", lines[i]);
  }
  g_assert_true (g_file_set_contents (path, left->str, -1, NULL));
}

/* A whole meeting that a witness saw and an older copy never had. */
static void
test_gone (Hub *hub, gconstpointer data)
{
  g_autofree char *out = g_build_filename (hub->folder, "backup", NULL);
  g_autofree char *after = g_build_filename (hub->folder, "after", NULL);
  g_autoptr (DinhJson) published = NULL, witness = NULL, site = NULL, meeting = folder_load (hub->sample);

  /* The sites first, so that the body does not grow any more. */
  json_t *agenda = json_incref (json_object_get (meeting, "agenda"));
  g_autofree char *first = g_strdup (dinh_json_get_string (meeting, "id"));

  json_object_set_new (meeting, "agenda", json_array ());
  json_object_set_new (meeting, "id", json_string ("0190d2a0-0000-4000-8000-000000000001"));
  folder_save (hub->sample, meeting);
  site = publish (hub);
  back_up (hub, out);
  json_object_set_new (meeting, "agenda", agenda);
  json_object_set_new (meeting, "id", json_string (first));
  folder_save (hub->sample, meeting);
  published = publish (hub);
  witness = hub_ctl (hub, "record", "witness", "--out", after, NULL);
  drop_line (after, 1);
  restore (hub, out);
  hub_assert_fails (hub, "record-broken", "went back|not there", "record", "verify", "--witness", after,
                    NULL);
}

/* A copy is made while papers and commands come in, and it is whole. */
static void
test_backup_while_busy (Hub *hub, gconstpointer data)
{
  g_autofree char *out = g_build_filename (hub->folder, "backup", NULL);
  g_autofree char *partial = g_build_filename (hub->state, "papers", "partial", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) busy = NULL;
  g_autoptr (DinhJson) verified = NULL, finished = NULL;

  folder_write (partial, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "half", -1);
  busy = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error, g_getenv ("DINHCTL"), "--identity",
                           hub->admin, "publish", hub->sample, NULL);
  g_assert_no_error (error);
  while (hub_stream_size (hub, "6d1f0a52-8c3e-4b7a-9e15-2f40c7a9b831") < 5)
    g_usleep (1000);
  back_up (hub, out);
  g_assert_true (g_subprocess_wait_check (busy, NULL, &error));
  restore (hub, out);
  verified = hub_ctl (hub, "record", "verify", NULL);
  g_assert_true (json_is_true (json_object_get (verified, "verified")));
  finished = publish (hub);
  g_assert_cmpint (dinh_json_get_integer (finished, "uploaded_bytes"), ==, 0);
}

static void
test_bad_backups (Hub *hub, gconstpointer data)
{
  g_autofree char *full = g_build_filename (hub->folder, "full", NULL),
                  *none = g_build_filename (hub->folder, "none", NULL);
  g_autofree char *witness = g_build_filename (hub->folder, "witness", NULL);

  folder_write (full, "something", "", 0);
  hub_assert_fails (hub, "wrong-file", "full|not empty", "hub", "backup", "--state", hub->state, "--out",
                    full, NULL);
  hub_assert_fails (hub, "wrong-file", "not empty", "hub", "backup", "--state", hub->state, "--out",
                    hub->state, NULL);
  hub_assert_fails (hub, "wrong-file", "none|holds no hub", "hub", "backup", "--state", none, "--out", none,
                    NULL);
  hub_assert_fails (hub, "usage", "--out", "hub", "backup", "--state", hub->state, NULL);
  hub_assert_fails (hub, "wrong-file", "/proc/none", "hub", "backup", "--state", hub->state, "--out",
                    "/proc/none", NULL);
  hub_assert_fails (hub, "wrong-file", "none", "record", "verify", "--witness", none, NULL);
  folder_write (hub->folder, "witness", "{\"checkpoint\":\"nothing\"}\n", -1);
  hub_assert_fails (hub, "failed", "witness|line 1", "record", "verify", "--witness", witness, NULL);
  folder_write (hub->folder, "witness", "\nnot json\n", -1);
  hub_assert_fails (hub, "not-json", "witness|line 2", "record", "verify", "--witness", witness, NULL);
}

/* The list of a province's meetings of some years has more than a megabyte. */
static void
test_many_streams (Hub *hub, gconstpointer data)
{
  g_autofree char *path = g_build_filename (hub->state, "hub.db", NULL);
  g_autofree char *out = g_build_filename (hub->folder, "out", NULL);
  g_autoptr (DinhStore) store = NULL;
  g_autoptr (DinhJson) witness = NULL;

  g_assert_cmpint (hub_stop (hub), ==, 0);
  store = dinh_sqlite_store_open (path, NULL);
  g_assert_true (dinh_store_begin (store, NULL));
  for (guint i = 0; i < 4000; i++) {
    g_autofree char *id = dinh_uuid_new ();
    g_assert_true (dinh_store_add_stream (store, id, "meeting", NULL));
  }
  g_assert_true (dinh_store_commit (store, NULL));
  g_clear_object (&store);
  hub_start (hub);
  witness = hub_ctl (hub, "record", "witness", "--out", out, NULL);
  g_assert_cmpint (dinh_json_get_integer (witness, "streams"), ==, 4002);
}

/* Writes a meeting of so many events past the hub. Returns its id. */
static char *
write_long_meeting (Hub *hub, guint n_events)
{
  char *stream = dinh_uuid_new ();
  g_autofree char *path = g_build_filename (hub->state, "hub.db", NULL);
  g_autoptr (DinhKey) key = dinh_key_new ();
  g_autoptr (DinhStore) store = dinh_sqlite_store_open (path, NULL);

  g_assert_true (dinh_store_begin (store, NULL) && dinh_store_add_stream (store, stream, "meeting", NULL));
  for (guint seq = 1; seq <= n_events; seq++) {
    g_autoptr (DinhJson) body = json_pack ("{s:s, s:s, s:s}", "title", "Họp", "begins",
                                           "2096-12-01T01:00:00.000Z", "ends", "2096-12-01T02:00:00.000Z");
    g_autoptr (DinhCommand) cause = dinh_command_new ("meeting-change", stream, stream, 1, body, key);
    g_autoptr (DinhEvent) event =
        dinh_event_new (stream, seq, seq == 1 ? "meeting-prepared" : "meeting-changed", 1, body, cause, TRUE);
    DinhStoredEvent stored = {event->seq, event->leaf};

    stored.bytes = (char *) g_bytes_get_data (event->bytes, &stored.length);
    g_assert_true (dinh_store_add_event (store, stream, &stored, NULL));
  }
  g_assert_true (dinh_store_commit (store, NULL));
  return stream;
}

/* A long record comes in pages, without a gap. */
static void
test_pages (Hub *hub, gconstpointer data)
{
  static const guint pages[] = {1000, 1000, 33, 0};
  g_autofree char *stream = NULL;
  gint64 last = 0;

  g_assert_cmpint (hub_stop (hub), ==, 0);
  stream = write_long_meeting (hub, 2033);
  hub_start (hub);
  for (guint i = 0; i < G_N_ELEMENTS (pages); i++) {
    g_autofree char *path = g_strdup_printf ("/v1/streams/%s/events?after=%" G_GINT64_FORMAT, stream, last);
    g_autoptr (Reply) reply = hub_ask (hub, &(Question){.identity = hub->admin, .path = path});
    g_auto (GStrv) lines = g_strsplit (reply->text, "\n", -1);

    g_assert_cmpuint (g_strv_length (lines), ==, pages[i] == 0 ? 0 : pages[i] + 1);
    for (guint j = 0; j < pages[i]; j++) {
      g_autoptr (DinhJson) line = dinh_json_parse (lines[j], strlen (lines[j]), NULL);

      g_assert_cmpint (dinh_json_get_integer (line, "seq"), ==, ++last);
    }
  }
}

/* What the hub itself writes into the record, past all rules; its checkpoint will cover it. */
static void
forge (Hub *hub, const char *kind, json_t *body, const DinhCommand *cause, gboolean has_command)
{
  gint64 seq = hub_stream_size (hub, cause->stream) + 1;
  g_autoptr (DinhJson) owned = body;
  g_autoptr (DinhEvent) event =
      dinh_event_new (cause->stream, (guint64) seq, kind, g_get_real_time (), body, cause, has_command);
  g_autofree char *path = g_build_filename (hub->state, "hub.db", NULL);
  DinhStoredEvent stored = {event->seq, event->leaf};
  g_autoptr (DinhStore) store = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (hub_stop (hub), ==, 0);
  store = dinh_sqlite_store_open (path, &error);
  g_assert_no_error (error);
  stored.bytes = (char *) g_bytes_get_data (event->bytes, &stored.length);
  g_assert_true (dinh_store_begin (store, NULL));
  g_assert_true (dinh_store_add_event (store, cause->stream, &stored, NULL));
  g_assert_true (dinh_store_commit (store, NULL));
  g_clear_object (&store);
  hub_start (hub);
}

static DinhCommand *
sign (Hub *hub, const char *kind, json_t *body)
{
  g_autoptr (DinhIdentity) admin = dinh_identity_load (hub->admin, NULL);
  g_autoptr (DinhJson) owned = body;

  return dinh_command_new (kind, "6d1f0a52-8c3e-4b7a-9e15-2f40c7a9b831", dinh_identity_get_device (admin),
                           g_get_real_time (), body, dinh_identity_get_signing_key (admin));
}

/* Who has left since may still have taken part: each event is judged by the body as it stood then. */
static void
test_retired (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) meeting = folder_load (hub->sample), published = publish (hub), verified = NULL;
  g_autoptr (DinhIdentity) admin = dinh_identity_load (hub->admin, NULL);
  g_autoptr (DinhJson) body = json_pack (
      "{s:O}", "id", json_object_get (json_array_get (json_object_get (meeting, "participants"), 0), "id"));
  g_autoptr (DinhCommand) command =
      dinh_command_new ("person-retire", dinh_identity_get_body (admin), dinh_identity_get_device (admin),
                        g_get_real_time (), body, dinh_identity_get_signing_key (admin));
  g_autofree char *text = dinh_command_print (command);
  g_autoptr (Reply) reply = hub_ask (
      hub, &(Question){.identity = hub->admin, .method = "POST", .path = "/v1/commands", .body = text});

  g_assert_cmpuint (reply->status, ==, 200);
  verified = hub_ctl (hub, "record", "verify", NULL);
  g_assert_true (json_is_true (json_object_get (verified, "verified")));
}

/* A hub that makes an event up cannot make the command that it should come from. */
static void
test_made_up (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) published = publish (hub);
  g_autoptr (DinhCommand) command = sign (hub, "meeting-cancel", json_object ());

  forge (hub, "meeting-cancelled", json_object (), command, FALSE);
  hub_assert_fails (hub, "record-broken", "does not follow", "record", "verify", NULL);
}

/* Nor may it have something else come from it than what was signed. */
static void
test_twisted (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) published = publish (hub);
  g_autoptr (DinhCommand) command = sign (hub, "meeting-cancel", json_pack ("{s:s}", "reason", "Bão"));

  forge (hub, "meeting-cancelled", json_pack ("{s:s}", "reason", "Hết tiền"), command, TRUE);
  hub_assert_fails (hub, "record-broken", "does not follow", "record", "verify", NULL);
}

/* Nor take what the rules refuse. */
static void
test_against_rules (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) published = publish (hub);
  g_autoptr (DinhCommand) command = sign (hub, "item-remove", json_pack ("{s:s}", "id", "khai-mac"));

  forge (hub, "item-removed", json_pack ("{s:s}", "id", "khai-mac"), command, TRUE);
  hub_assert_fails (hub, "wrong-state", "khai-mac", "record", "verify", NULL);
}

static void
add_tests (void)
{
#define ADD(path, function) g_test_add ("/record/" path, Hub, NULL, hub_set_up, function, hub_tear_down)
  ADD ("restricted", test_restricted);
  ADD ("unseen", test_unseen);
  ADD ("recalled", test_recalled);
  ADD ("backup", test_backup);
  ADD ("gone", test_gone);
  ADD ("backup-while-busy", test_backup_while_busy);
  ADD ("bad-backups", test_bad_backups);
  ADD ("many-streams", test_many_streams);
  ADD ("pages", test_pages);
  ADD ("retired", test_retired);
  ADD ("made-up", test_made_up);
  ADD ("twisted", test_twisted);
  ADD ("against-rules", test_against_rules);
#undef ADD
}

int
main (int argc, char **argv)
{
  return fixture_run (argc, argv, add_tests);
}
