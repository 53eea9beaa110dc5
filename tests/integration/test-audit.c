/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/person/dinh-pin.h"
#include "data/record/dinh-time.h"
#include "data/store/dinh-sqlite-store.h"
#include "tests/integration/hub-fixture.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>

/* What a real hub tells its audit stream, who reads it, and what is left of an event after a lawful order. */

#define MEETING "6d1f0a52-8c3e-4b7a-9e15-2f40c7a9b831"
#define SITE "hoi-truong-tinh"
#define ORDER "12/QĐ-TA, 01/12/2026, Tòa án nhân dân tỉnh"

static void
set_up (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) added = NULL;

  hub_set_up (hub, data);
  added = hub_ctl (hub, "site", "add", SITE, "Hội trường tỉnh", NULL);
}

static json_t *
list_audit (Hub *hub)
{
  g_autoptr (DinhJson) said = hub_ctl (hub, "audit", NULL);

  return json_incref (json_object_get (said, "audit"));
}

/* The newest entry of @action and @outcome that tells of @subject, if that is given. */
static const json_t *
find_entry (const json_t *list, const char *action, const char *outcome, const char *subject)
{
  for (gsize i = json_array_size (list); i > 0; i--) {
    const json_t *entry = json_array_get (list, i - 1);

    if (g_strcmp0 (dinh_json_get_string (entry, "action"), action) == 0 &&
        g_strcmp0 (dinh_json_get_string (entry, "outcome"), outcome) == 0 &&
        (subject == NULL || g_strcmp0 (dinh_json_get_string (entry, "subject"), subject) == 0))
      return entry;
  }
  return NULL;
}

static Reply *
send (Hub *hub, const char *identity, const char *method, const char *path, json_t *body)
{
  g_autoptr (DinhJson) owned = body;
  g_autofree char *text = body == NULL ? NULL : dinh_json_print (owned);

  return hub_ask (hub, &(Question){.identity = identity, .method = method, .path = path, .body = text});
}

static char *
find_stream (Hub *hub, const char *identity, const char *kind)
{
  g_autoptr (Reply) reply = hub_ask (hub, &(Question){.identity = identity, .path = "/v1/streams"});
  gsize index;
  json_t *entry;

  g_assert_cmpuint (reply->status, ==, 200);
  json_array_foreach (json_object_get (reply->json, "streams"), index, entry)
  {
    if (strcmp (dinh_json_get_string (entry, "kind"), kind) == 0)
      return g_strdup (dinh_json_get_string (entry, "id"));
  }
  return NULL;
}

/* No kiosk lists it, fetches it, has it proven, or is let listen to it. */
static void
test_not_for_kiosks (Hub *hub, gconstpointer data)
{
  static const char *const profiles[] = {"seat", "room", "display"};
  g_autofree char *stream = find_stream (hub, hub->admin, "audit");
  g_autofree char *events = g_strdup_printf ("/v1/streams/%s/events?after=0", stream);
  g_autofree char *waiting = g_strdup_printf ("/v1/streams/%s/events?after=1000&wait=1", stream);
  g_autofree char *proof = g_strdup_printf ("/v1/streams/%s/proof?from=1&to=2", stream);
  g_autoptr (Reply) mine = hub_ask (hub, &(Question){.identity = hub->admin, .path = events});

  g_assert_cmpuint (mine->status, ==, 200);
  for (guint i = 0; i < G_N_ELEMENTS (profiles); i++) {
    g_autofree char *kiosk = hub_add_device (hub, profiles[i], profiles[i], SITE);
    g_autofree char *listed = find_stream (hub, kiosk, "audit");
    g_autoptr (Reply) read = hub_ask (hub, &(Question){.identity = kiosk, .path = events});
    g_autoptr (Reply) held = hub_ask (hub, &(Question){.identity = kiosk, .path = waiting});
    g_autoptr (Reply) proven = hub_ask (hub, &(Question){.identity = kiosk, .path = proof});
    g_autoptr (Reply) told = send (hub, kiosk, "POST", "/v1/signals",
                                   json_pack ("{s:s, s:s, s:s}", "stream", stream, "name", "x", "value", ""));
    g_autoptr (Result) asked = hub_run (hub, kiosk, "audit", NULL);
    g_autoptr (Result) verified = hub_run (hub, kiosk, "record", "verify", NULL);

    g_assert_null (listed);
    assert_problem (read, 404, "missing");
    assert_problem (held, 404, "missing");
    assert_problem (proven, 404, "missing");
    assert_problem (told, 404, "missing");
    g_assert_cmpint (asked->status, ==, 1);
    g_assert_cmpint (verified->status, ==, 0);
    g_assert_null (strstr (verified->out, stream));
  }
}

/* Devices, people, PINs, refusals, papers: who did it, to whom, and how it ended. No secret is among it. */
static void
test_told (Hub *hub, gconstpointer data)
{
  g_autofree char *seat = hub_add_device (hub, "seat", "seat", SITE), *device = identity_device (seat);
  g_autofree char *admin = identity_device (hub->admin);
  g_autoptr (DinhJson) person = hub_ctl (hub, "person", "add", "Lò Thị Ái", NULL);
  const char *id = dinh_json_get_string (person, "id");
  g_autoptr (DinhJson) code = hub_ctl (hub, "person", "code", id, NULL), list = NULL, invited = NULL;
  g_autofree char *pin_path = g_strdup_printf ("/v1/people/%s/pin", id), *auth = NULL, *text = NULL;
  g_autofree char *parameters_text = NULL;
  const guint8 zeros[DINH_SECRET_SIZE] = {0};
  DinhPinParameters parameters;
  const json_t *entry;

  auth = g_base64_encode (zeros, sizeof zeros);
  dinh_pin_parameters_init (&parameters);
  parameters_text = dinh_pin_parameters_print (&parameters);
  invited = hub_ctl (hub, "device", "invite", "--profile", "room", "--site", SITE, NULL);
  for (guint i = 0; i < 3; i++) {
    g_autoptr (Reply) wrong =
        send (hub, seat, "POST", pin_path,
              json_pack ("{s:s, s:s, s:s}", "code", "00000000", "auth", auth, "parameters", parameters_text));
    g_autoptr (Reply) metrics = hub_ask (hub, &(Question){.identity = seat, .path = "/metrics"});
    g_autoptr (Reply) nosy = hub_ask (hub, &(Question){.identity = seat, .path = "/v1/invitations"});

    assert_problem (wrong, 401, "wrong-code");
    assert_problem (metrics, 403, "forbidden");
    assert_problem (nosy, 403, "forbidden");
  }
  list = list_audit (hub);
  text = dinh_json_print (list);
  g_assert_null (strstr (text, dinh_json_get_string (code, "code")));
  g_assert_null (strstr (text, dinh_json_get_string (invited, "code")));
  g_assert_null (strstr (text, auth));
  entry = find_entry (list, "device-add", "done", device);
  g_assert_cmpstr (dinh_json_get_string (entry, "device"), ==, admin);
  g_assert_nonnull (find_entry (list, "person-add", "done", id));
  g_assert_cmpstr (dinh_json_get_string (find_entry (list, "pin-code", "done", id), "device"), ==, admin);
  g_assert_nonnull (find_entry (list, "device-invite", "done", dinh_json_get_string (invited, "id")));
  entry = find_entry (list, "pin-set", "refused", NULL);
  g_assert_cmpstr (dinh_json_get_string (entry, "person"), ==, id);
  g_assert_cmpstr (dinh_json_get_string (entry, "device"), ==, device);
  g_assert_cmpstr (dinh_json_get_string (entry, "reason"), ==, "wrong-code");
  /* Six refusals of one kind: the first as it came, the others as a number when the hub stops. */
  g_assert_nonnull (find_entry (list, "access", "refused", "GET /metrics"));
  g_assert_null (find_entry (list, "access", "refused", "GET /v1/invitations"));
  g_assert_cmpint (hub_stop (hub), ==, 0);
  hub_start (hub);
  json_decref (list);
  list = list_audit (hub);
  entry = find_entry (list, "access", "refused", "GET /metrics");
  g_assert_cmpint (dinh_json_get_integer (entry, "count"), ==, 5);
}

/* The same goes to the log, one datagram each, with the names that people know. */
static void
test_syslog (Hub *hub, gconstpointer data)
{
  g_autofree char *path = g_build_filename (hub->folder, "log", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket =
      g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_DEFAULT, &error);
  g_autofree char *seat = NULL, *device = NULL;
  g_autoptr (Reply) refused = NULL;
  char bytes[4096] = "";

  g_assert_no_error (error);
  g_assert_true (g_socket_bind (socket, address, FALSE, &error));
  seat = hub_add_device (hub, "Ghế \"1\" [a] \\ b", "seat", SITE);
  device = identity_device (seat);
  refused = hub_ask (hub, &(Question){.identity = seat, .path = "/metrics"});
  while (!g_str_has_prefix (bytes, "<108>1 ")) {
    gssize length = g_socket_receive (socket, bytes, sizeof bytes - 1, NULL, &error);

    g_assert_no_error (error);
    bytes[length] = '\0';
    g_assert_true (g_str_has_prefix (bytes, "<10"));
  }
  g_assert_nonnull (strstr (bytes, " access [dinh@32473 action=\"access\" outcome=\"refused\" device=\""));
  g_assert_nonnull (strstr (bytes, device));
  g_assert_nonnull (strstr (bytes, " deviceName=\"Ghế \\\"1\\\" [a\\] \\\\ b\" "));
  g_assert_true (g_str_has_suffix (bytes, "] \xef\xbb\xbf"
                                          "access refused"));
}

static void
test_since (Hub *hub, gconstpointer data)
{
  g_autofree char *now = NULL;
  g_autoptr (DinhJson) all = list_audit (hub), added = NULL, said = NULL;
  const char *last = "";
  gsize index;
  json_t *entry;

  g_assert_cmpuint (json_array_size (all), >, 0);
  json_array_foreach (all, index, entry)
  {
    g_assert_cmpstr (last, <=, dinh_json_get_string (entry, "at"));
    last = dinh_json_get_string (entry, "at");
  }
  g_usleep (2000);
  now = dinh_time_format (g_get_real_time ());
  added = hub_ctl (hub, "person", "add", "Lò Thị Ái", NULL);
  said = hub_ctl (hub, "audit", "--since", now, NULL);
  g_assert_cmpuint (json_array_size (json_object_get (said, "audit")), ==, 1);
  hub_assert_fails (hub, "usage", "yesterday", "audit", "--since", "yesterday", NULL);
}

/* Codes that nobody was given, by somebody who is no device. */
static void
test_enrolment (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) list = NULL;
  const json_t *entry;

  for (guint i = 0; i < 8; i++) {
    g_autofree char *credentials = g_base64_encode ((const guchar *) "x:0123456789", 12);
    g_autofree char *basic = g_strconcat ("Basic ", credentials, NULL);
    const char *const headers[] = {"Authorization", basic, NULL};
    g_autoptr (Reply) reply = hub_ask (hub, &(Question){.enrol = TRUE,
                                                        .method = "POST",
                                                        .path = "/.well-known/est/simpleenroll",
                                                        .body = "x",
                                                        .headers = headers});

    g_assert_cmpuint (reply->status, ==, i < 5 ? 401 : 429);
  }
  list = list_audit (hub);
  entry = find_entry (list, "enrolment", "refused", NULL);
  g_assert_nonnull (entry);
  g_assert_cmpstr (dinh_json_get_string (entry, "address"), ==, "127.0.0.1");
  g_assert_null (json_object_get (entry, "device"));
}

/* A copy of the hub is told, also when it was made while the hub stood still. */
static void
test_backup (Hub *hub, gconstpointer data)
{
  g_autofree char *out = g_build_filename (hub->folder, "copy", NULL);
  g_autoptr (DinhJson) made = NULL, list = NULL;

  g_assert_cmpint (hub_stop (hub), ==, 0);
  made = hub_ctl (hub, "hub", "backup", "--state", hub->state, "--out", out, NULL);
  hub_start (hub);
  g_assert_cmpint (hub_stop (hub), ==, 0);
  hub_start (hub);
  list = list_audit (hub);
  g_assert_nonnull (find_entry (list, "backup", "done", out));
}

/* --- redaction --- */

static gboolean
holds (const char *folder, const char *name, const char *words)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *text = NULL;
  gsize length;

  return g_file_get_contents (path, &text, &length, NULL) &&
         memmem (text, length, words, strlen (words)) != NULL;
}

static gint64
find_seq (Hub *hub, const char *stream, const char *kind, const char *words)
{
  g_autofree char *path = g_strdup_printf ("/v1/streams/%s/events?after=0", stream);
  g_autoptr (Reply) reply = hub_ask (hub, &(Question){.identity = hub->admin, .path = path});
  g_auto (GStrv) lines = g_strsplit (reply->text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++) {
    g_autoptr (DinhJson) line = dinh_json_parse (lines[i], strlen (lines[i]), NULL);

    if (g_strcmp0 (dinh_json_get_string (line, "kind"), kind) == 0 && strstr (lines[i], words) != NULL)
      return dinh_json_get_integer (line, "seq");
  }
  return 0;
}

static void
test_redacted (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) meeting = folder_load (hub->sample), published = NULL, changed = NULL, redacted = NULL,
                       again = NULL, verified = NULL, list = NULL;
  g_autofree char *old = g_strdup (dinh_json_get_string (meeting, "title")), *seq = NULL, *path = NULL;
  g_autofree char *witness = g_build_filename (hub->folder, "witness", NULL);
  g_autoptr (DinhJson) seen = NULL;
  g_autoptr (Reply) line = NULL, page = NULL;

  published = hub_ctl (hub, "publish", hub->sample, NULL);
  seen = hub_ctl (hub, "record", "witness", "--out", witness, NULL);
  /* The only title cannot go before there is another one. */
  hub_assert_fails (hub, "wrong-state", "meeting", "record", "redact", MEETING, "1", "--order", ORDER, NULL);
  hub_assert_fails (hub, "usage", "--order", "record", "redact", MEETING, "1", NULL);
  json_object_set_new (meeting, "title", json_string ("Phiên họp thường kỳ"));
  folder_save (hub->sample, meeting);
  changed = hub_ctl (hub, "publish", hub->sample, NULL);
  seq = g_strdup_printf ("%" G_GINT64_FORMAT, find_seq (hub, MEETING, "meeting-prepared", old));
  g_assert_cmpstr (seq, ==, "1");
  g_assert_true (holds (hub->state, "hub.db", old) || holds (hub->state, "hub.db-wal", old));
  redacted = hub_ctl (hub, "record", "redact", MEETING, seq, "--order", ORDER, NULL);
  g_assert_false (holds (hub->state, "hub.db", old));
  g_assert_false (holds (hub->state, "hub.db-wal", old));
  page = hub_ask (hub, &(Question){.identity = hub->admin, .path = "/v1/streams/" MEETING "/events?after=0"});
  g_assert_null (strstr (page->text, old));
  g_assert_true (g_str_has_prefix (page->text, "{\"seq\":1,\"leaf\":"));
  verified = hub_ctl (hub, "record", "verify", "--witness", witness, NULL);
  g_assert_true (json_is_true (json_object_get (verified, "verified")));
  again = hub_ctl (hub, "record", "redact", MEETING, seq, "--order", ORDER, NULL);
  g_assert_cmpuint (json_array_size (json_object_get (again, "events")), ==, 0);
  list = list_audit (hub);
  g_assert_cmpstr (dinh_json_get_string (find_entry (list, "event-redact", "done", "1"), "reason"), ==,
                   ORDER);
  g_assert_cmpint (hub_stop (hub), ==, 0);
  hub_start (hub);
  json_decref (verified);
  verified = hub_ctl (hub, "record", "verify", "--witness", witness, NULL);
  g_assert_true (json_is_true (json_object_get (verified, "verified")));
}

/* A person's name goes from the body, and from what the audit says of them, which never had it. */
static void
test_person (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) person = hub_ctl (hub, "person", "add", "Nguyễn Thị Bí Mật", NULL), redacted = NULL,
                       published = NULL, verified = NULL;
  g_autofree char *body = identity_body (hub->admin), *seq = NULL;

  published = hub_ctl (hub, "publish", hub->sample, NULL);
  seq = g_strdup_printf ("%" G_GINT64_FORMAT, find_seq (hub, body, "person-added", "Bí Mật"));
  redacted = hub_ctl (hub, "record", "redact", body, seq, "--order", ORDER, NULL);
  g_assert_false (holds (hub->state, "hub.db", "Bí Mật"));
  g_assert_false (holds (hub->state, "hub.db-wal", "Bí Mật"));
  verified = hub_ctl (hub, "record", "verify", NULL);
  g_assert_true (json_is_true (json_object_get (verified, "verified")));
}

/* The hub dies when the order is recorded and older pages still hold the words: the next one takes them away. */
static void
test_crash (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) published = hub_ctl (hub, "publish", hub->sample, NULL), again = NULL;
  g_autoptr (DinhJson) person = hub_ctl (hub, "person", "add", "Nguyễn Thị Bí Mật", NULL);
  g_autofree char *body = identity_body (hub->admin), *seq = NULL;
  g_autoptr (Result) lost = NULL;

  seq = g_strdup_printf ("%" G_GINT64_FORMAT, find_seq (hub, body, "person-added", "Bí Mật"));
  g_assert_cmpint (hub_stop (hub), ==, 0);
  hub_launch (hub, "after-commit");
  g_assert_true (hub_await (hub));
  lost = hub_run (hub, hub->admin, "record", "redact", body, seq, "--order", ORDER, NULL);
  g_assert_cmpint (lost->status, ==, 1);
  hub_wait_dead (hub);
  g_assert_true (holds (hub->state, "hub.db", "Bí Mật") || holds (hub->state, "hub.db-wal", "Bí Mật"));
  hub_start (hub);
  g_assert_cmpint (hub_stop (hub), ==, 0);
  g_assert_false (holds (hub->state, "hub.db", "Bí Mật"));
  g_assert_false (holds (hub->state, "hub.db-wal", "Bí Mật"));
  hub_start (hub);
  again = hub_ctl (hub, "record", "redact", body, seq, "--order", ORDER, NULL);
  g_assert_cmpuint (json_array_size (json_object_get (again, "events")), ==, 0);
}

/* A hub that drops words without an order is found out. */
static void
test_without_order (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) published = hub_ctl (hub, "publish", hub->sample, NULL);
  g_autofree char *path = g_build_filename (hub->state, "hub.db", NULL);
  g_autoptr (DinhStore) store = NULL;

  g_assert_cmpint (hub_stop (hub), ==, 0);
  store = dinh_sqlite_store_open (path, NULL);
  g_assert_true (dinh_store_begin (store, NULL));
  g_assert_true (dinh_store_redact_event (store, MEETING, 5, NULL, NULL));
  g_assert_true (dinh_store_commit (store, NULL));
  g_clear_object (&store);
  hub_start (hub);
  hub_assert_fails (hub, "record-broken", "event 5|hidden", "record", "verify", NULL);
}

/* Only administrators, and not what has happened in the audit stream. */
static void
test_whose_order (Hub *hub, gconstpointer data)
{
  g_autofree char *seat = hub_add_device (hub, "seat", "seat", SITE),
                  *audit = find_stream (hub, hub->admin, "audit");
  g_autoptr (DinhJson) published = hub_ctl (hub, "publish", hub->sample, NULL), list = NULL;
  g_autoptr (Result) refused = hub_run (hub, seat, "record", "redact", MEETING, "5", "--order", ORDER, NULL);

  g_assert_cmpstr (dinh_json_get_string (refused->json, "error"), ==, "forbidden");
  hub_assert_fails (hub, "unknown-kind", "", "record", "redact", audit, "2", "--order", ORDER, NULL);
  list = list_audit (hub);
  g_assert_nonnull (find_entry (list, "command", "refused", "event-redact"));
}

static void
add_tests (void)
{
#define ADD(path, function) g_test_add ("/audit/" path, Hub, NULL, set_up, function, hub_tear_down)
  ADD ("not-for-kiosks", test_not_for_kiosks);
  ADD ("syslog", test_syslog);
  ADD ("told", test_told);
  ADD ("since", test_since);
  ADD ("enrolment", test_enrolment);
  ADD ("backup", test_backup);
  ADD ("redacted", test_redacted);
  ADD ("person", test_person);
  ADD ("crash", test_crash);
  ADD ("without-order", test_without_order);
  ADD ("whose-order", test_whose_order);
#undef ADD
}

int
main (int argc, char **argv)
{
  return fixture_run (argc, argv, add_tests);
}
