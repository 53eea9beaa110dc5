/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/paper/worded-paper.h"
#include "tests/integration/hub-fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Folders that dinhctl must not publish: it says what is wrong and where, and the hub hears nothing of them.
 */

#define MEETING "6d1f0a52-8c3e-4b7a-9e15-2f40c7a9b831"

static gint64
count_papers (Hub *hub)
{
  g_autofree char *folder = g_build_filename (hub->state, "papers", NULL);
  g_autofree char *partial = g_build_filename (folder, "partial", NULL);
  g_autoptr (GDir) names = g_dir_open (folder, 0, NULL), inside = g_dir_open (partial, 0, NULL);
  gint64 n = -1;

  while (g_dir_read_name (names) != NULL)
    n++;
  while (g_dir_read_name (inside) != NULL)
    n++;
  return n;
}

/* Publishing fails with @error and @words, and nothing at all has reached the hub. */
static void
assert_nothing_published (Hub *hub, const char *error, const char *words)
{
  g_autofree char *body = identity_body (hub->admin);
  gint64 events = hub_stream_size (hub, body);

  hub_assert_fails (hub, error, words, "publish", hub->sample, NULL);
  g_assert_cmpint (hub_stream_size (hub, MEETING), ==, 0);
  g_assert_cmpint (hub_stream_size (hub, body), ==, events);
  g_assert_cmpint (count_papers (hub), ==, 0);
}

static void
test_texts (Hub *hub, gconstpointer data)
{
  g_autofree char *brackets = g_strnfill (200 * 1000, '[');
  const struct {
    const char *text, *error, *words;
  } cases[] = {
      {"", "not-json", "meeting.json"},
      {"{\n\"schema\": 1,\n", "not-json", "meeting.json|line 3"},
      {"{} {}", "not-json", "meeting.json|end of file"},
      {"[]", "not-json", "meeting.json|object"},
      {"{\"id\": \"\xff\"}", "not-json", "meeting.json|0xff"},
      {"{\"schema\": 1, \"schema\": 1}", "not-json", "meeting.json|duplicate"},
      {"\xef\xbb\xbf{\"schema\": 1}", "not-json", "meeting.json|line 1"},
      {brackets, "not-json", "meeting.json|levels"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    folder_write (hub->sample, "meeting.json", cases[i].text, -1);
    assert_nothing_published (hub, cases[i].error, cases[i].words);
  }
}

static void
test_missing_folder (Hub *hub, gconstpointer data)
{
  g_autofree char *none = g_build_filename (hub->folder, "none", NULL),
                  *file = g_build_filename (hub->sample, "meeting.json", NULL);

  hub_assert_fails (hub, "wrong-file", "none/meeting.json", "publish", none, NULL);
  hub_assert_fails (hub, "wrong-file", "meeting.json", "publish", file, NULL);
  g_assert_cmpint (g_unlink (file), ==, 0);
  assert_nothing_published (hub, "wrong-file", "sample/meeting.json");
  g_assert_cmpint (mkfifo (file, 0600), ==, 0);
  assert_nothing_published (hub, "wrong-file", "sample/meeting.json");
}

/* One change to the sample's meeting.json; @where: "" the meeting, "item:ID", "paper:ID". */
typedef struct {
  const char *where, *field;
  const char *value; /* JSON; NULL: the field is taken away */
  const char *error, *words;
} Change;

static json_t *
find_place (json_t *meeting, const char *where)
{
  if (g_str_has_prefix (where, "item:"))
    return find_item (meeting, where + strlen ("item:"));
  return *where == '\0' ? meeting : find_paper (meeting, where + strlen ("paper:"));
}

static const Change changes[] = {
    {"", "title", NULL, "wrong-field", "meeting.json|title"},
    {"", "title", "7", "wrong-field", "meeting.json|title"},
    {"", "title", "\"\"", "wrong-field", "meeting.json|title"},
    {"", "tittle", "\"x\"", "wrong-field", "meeting.json|tittle"},
    {"", "schema", "2", "wrong-field", "schema"},
    {"", "id", "\"no-uuid\"", "wrong-field", "id|no-uuid"},
    {"", "begins", "\"2026-02-30T08:00:00+07:00\"", "wrong-field", "begins|2026-02-30"},
    {"", "begins", "\"2026-12-01T08:00:00\"", "wrong-field", "begins"},
    {"", "begins", "\"2099-12-01T08:00:00+07:00\"", "wrong-time", "meeting.json|ends"},
    {"", "ends", "\"1999-12-01T08:00:00+07:00\"", "wrong-time", "meeting.json|ends"},
    {"", "sites", "[\"nowhere\"]", "missing", "meeting.json|sites[0]|nowhere"},
    {"", "sites", "[{\"id\":\"a\",\"name\":\"A\",\"parent\":\"nowhere\"}]", "missing",
     "meeting.json|parent|nowhere"},
    {"", "agenda", "{}", "wrong-field", "agenda"},
    {"item:an-toan", "minutes", "0", "wrong-field", "agenda[2].minutes"},
    {"item:an-toan", "minutes", "15.5", "wrong-field", "agenda[2].minutes"},
    {"item:an-toan", "id", "\"khai-mac\"", "wrong-field", "agenda[2]|khai-mac"},
    {"item:an-toan", "id", "\"An Toàn\"", "wrong-field", "agenda[2].id|An Toàn"},
    {"item:an-toan", "paper_only", "true", "wrong-field", "agenda[2].papers"},
    {"item:an-toan", "title", "\"a\\u0000b\"", "not-json", "meeting.json"},
    {"item:an-toan", "title", "\"a\\u202eb\"", "wrong-field", "agenda[2].title"},
    {"paper:giay-moi", "id", "\"chuong-trinh\"", "wrong-field", "agenda[0].papers[1]|chuong-trinh"},
    {"paper:giay-moi", "date", "\"2026-13-01\"", "wrong-field", "agenda[0].papers[0].date"},
    {"paper:giay-moi", "kind", "\"poem\"", "wrong-field", "agenda[0].papers[0].kind|poem"},
    {"paper:giay-moi", "readers", "[\"nobody\"]", "missing", "meeting.json|giay-moi|readers[0]|nobody"},
    {"paper:giay-moi", "secrecy", "\"mat\"", "secret", "meeting.json|agenda[0].papers[0].secrecy|mat|MẬT"},
    {"paper:giay-moi", "secrecy", "\"toi-mat\"", "secret", "agenda[0].papers[0].secrecy"},
    {"paper:giay-moi", "secrecy", "\"tuyet-mat\"", "secret", "agenda[0].papers[0].secrecy"},
    {"paper:giay-moi", "secrecy", "\"no\"", "wrong-field", "agenda[0].papers[0].secrecy"},
    {"paper:giay-moi", "file", NULL, "wrong-field", "agenda[0].papers[0].file"},
    {"paper:giay-moi", "file", "\"papers/none.pdf\"", "wrong-file",
     "agenda[0].papers[0].file|papers/none.pdf"},
    {"paper:giay-moi", "file", "\"../sample/papers/giay-moi.pdf\"", "wrong-field",
     "agenda[0].papers[0].file|below"},
    {"paper:giay-moi", "file", "\"papers/../papers/giay-moi.pdf\"", "wrong-field",
     "agenda[0].papers[0].file|below"},
    {"paper:giay-moi", "file", "\"/etc/passwd\"", "wrong-field",
     "agenda[0].papers[0].file|/etc/passwd|below"},
    {"paper:giay-moi", "file", "\"papers\"", "wrong-file", "agenda[0].papers[0].file|is not a file"},
    {"paper:giay-moi", "file", "\"papers//giay-moi.pdf\"", "wrong-field", "agenda[0].papers[0].file|below"},
    {"paper:giay-moi", "file", "\"papers/giay\\u200f-moi.pdf\"", "wrong-field", "agenda[0].papers[0].file"},
};

static void
test_fields (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) sample = folder_load (hub->sample);

  for (guint i = 0; i < G_N_ELEMENTS (changes); i++) {
    const Change *change = &changes[i];
    g_autoptr (DinhJson) meeting = json_deep_copy (sample);
    json_t *place = find_place (meeting, change->where);

    g_test_message ("%s.%s = %s", change->where, change->field, change->value);
    if (change->value == NULL)
      json_object_del (place, change->field);
    else
      json_object_set_new (place, change->field,
                           json_loads (change->value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL));
    folder_save (hub->sample, meeting);
    assert_nothing_published (hub, change->error, change->words);
  }
}

/* The last paper of the sample: everything before it is as it should be. */
static char *
last_paper (Hub *hub, const char **path)
{
  *path = "phieu-lay-y-kien.pdf";
  return g_build_filename (hub->sample, "papers", *path, NULL);
}

static void
assert_paper_refused (Hub *hub, const char *fault)
{
  g_autofree char *words = g_strdup_printf ("meeting.json|.file”|papers/phieu-lay-y-kien.pdf|%s", fault);

  assert_nothing_published (hub, "wrong-file", words);
}

static void
test_papers (Hub *hub, gconstpointer data)
{
  const char *name;
  g_autofree char *path = last_paper (hub, &name), *aside = g_strconcat (path, ".aside", NULL);
  const char *encrypt[] = {"qpdf", "--encrypt", "secret", "owner", "256", "--", aside, path, NULL};
  g_autoptr (Result) encrypted = NULL;
  int fd;

  g_assert_cmpint (g_rename (path, aside), ==, 0);
  assert_paper_refused (hub, "cannot be read");
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  assert_paper_refused (hub, "is empty");
  g_assert_true (g_file_set_contents (path, "Kính gửi", -1, NULL));
  assert_paper_refused (hub, "cannot open");
  encrypted = run_program (encrypt);
  g_assert_cmpint (encrypted->status, ==, 0);
  assert_paper_refused (hub, "password");
  fd = open (path, O_WRONLY | O_TRUNC);
  g_assert_cmpint (ftruncate (fd, G_GINT64_CONSTANT (2) << 30), ==, 0);
  close (fd);
  assert_paper_refused (hub, "2.1 GB");
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (symlink (aside, path), ==, 0);
  assert_paper_refused (hub, "symbolic link");
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  assert_paper_refused (hub, "is not a file");
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rename (aside, path), ==, 0);
}

static gpointer
write_and_write (gpointer data)
{
  struct {
    int fd;
    int stop;
  } *writing = data;

  while (!g_atomic_int_get (&writing->stop))
    g_assert_cmpint (pwrite (writing->fd, "%PDF", 4, 0), ==, 4);
  return NULL;
}

static void
test_changing_paper (Hub *hub, gconstpointer data)
{
  const char *name;
  g_autofree char *path = last_paper (hub, &name);
  struct {
    int fd;
    int stop;
  } writing = {open (path, O_WRONLY), FALSE};
  g_autoptr (GThread) thread = g_thread_new ("writer", write_and_write, &writing);

  assert_paper_refused (hub, "changed while");
  g_atomic_int_set (&writing.stop, TRUE);
  g_thread_join (g_steal_pointer (&thread));
  close (writing.fd);
}

static void
stamp_paper (Hub *hub, const char *name, const char *stamp)
{
  const PlacedWords words[] = {
      {60, 60, 0, "Số: 12/BC-UBND"}, {80, 80, 0, stamp}, {60, 120, 0, "Căn cứ Luật Bảo vệ bí mật nhà nước"}};
  g_autofree char *path = g_build_filename (hub->sample, "papers", name, NULL);

  worded_paper_write (path, words, G_N_ELEMENTS (words));
}

static void
assert_refusal (const json_t *refused, guint index, const char *field, const char *file, gboolean secret)
{
  const json_t *entry = json_array_get (refused, index);

  g_assert_cmpstr (dinh_json_get_string (entry, "field"), ==, field);
  g_assert_cmpstr (dinh_json_get_string (entry, "file"), ==, file);
  g_assert_true (json_is_true (json_object_get (entry, "secret")) == secret);
  g_assert_nonnull (strstr (dinh_json_get_string (entry, "detail"), file));
}

/* All that is wrong with papers is said at once; then the secrets' item goes out without them. */
static void
test_secrets (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) meeting = folder_load (hub->sample), published = NULL, shown = NULL;
  json_t *item = find_item (meeting, "khai-mac"), *refused;
  g_autoptr (Result) result = NULL;
  g_autofree char *missing = g_build_filename (hub->sample, "papers", "phieu-lay-y-kien.pdf", NULL);

  stamp_paper (hub, "chuong-trinh.pdf", "T Ố I  M Ậ T");
  json_object_set_new (find_paper (meeting, "giay-moi"), "secrecy", json_string ("mat"));
  folder_save (hub->sample, meeting);
  g_assert_cmpint (g_unlink (missing), ==, 0);
  assert_nothing_published (hub, "secret",
                            "meeting.json|3 papers|“agenda[0].papers[0].secrecy”|“mat” (MẬT)|"
                            "“agenda[0].papers[1].file”|“TỐI MẬT” (TỐI MẬT)|.file”|"
                            "cannot be read|“paper_only”");
  result = hub_run (hub, hub->admin, "publish", hub->sample, NULL);
  refused = json_object_get (result->json, "refused");
  g_assert_cmpuint (json_array_size (refused), ==, 3);
  assert_refusal (refused, 0, "agenda[0].papers[0].secrecy", "papers/giay-moi.pdf", TRUE);
  assert_refusal (refused, 1, "agenda[0].papers[1].file", "papers/chuong-trinh.pdf", TRUE);
  assert_refusal (refused, 2, "agenda[7].items[1].papers[0].file", "papers/phieu-lay-y-kien.pdf", FALSE);

  stamp_paper (hub, "phieu-lay-y-kien.pdf", "BẢO MẬT");
  json_object_del (item, "papers");
  json_object_set_new (item, "paper_only", json_true ());
  folder_save (hub->sample, meeting);
  published = hub_ctl (hub, "publish", hub->sample, NULL);
  shown = hub_ctl (hub, "meeting", "show", MEETING, NULL);
  g_assert_true (json_is_true (json_object_get (find_item (shown, "khai-mac"), "paper_only")));
  g_assert_null (find_paper (shown, "giay-moi"));
  g_assert_nonnull (find_paper (shown, "phieu-lay-y-kien"));
}

/* A paper that is out stays as it is when its new version is a secret. */
static void
test_secret_version (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) published = hub_ctl (hub, "publish", hub->sample, NULL);
  gint64 events = hub_stream_size (hub, MEETING), papers = count_papers (hub);

  stamp_paper (hub, "giay-moi.pdf", "TUYỆT MẬT");
  hub_assert_fails (hub, "secret", "agenda[0].papers[0].file|papers/giay-moi.pdf|TUYỆT MẬT", "publish",
                    hub->sample, NULL);
  g_assert_cmpint (hub_stream_size (hub, MEETING), ==, events);
  g_assert_cmpint (count_papers (hub), ==, papers);
}

/* What is refused when a meeting is changed leaves it as it was. */
static void
test_change_refused (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) meeting = folder_load (hub->sample),
                       published = hub_ctl (hub, "publish", hub->sample, NULL);
  gint64 events = hub_stream_size (hub, MEETING);

  json_object_set_new (meeting, "title", json_string ("Tên mới"));
  json_object_set_new (find_paper (meeting, "giay-moi"), "readers", json_pack ("[s]", "kv-hong-chau"));
  folder_save (hub->sample, meeting);
  hub_assert_fails (hub, "wrong-state", "meeting.json|giay-moi|readers", "publish", hub->sample, NULL);
  g_assert_cmpint (hub_stream_size (hub, MEETING), ==, events);
}

/* Calls that are wrong in themselves. */
static void
test_calls (Hub *hub, gconstpointer data)
{
  g_autoptr (Result) help = hub_run (hub, hub->admin, "publish", "--help", NULL);
  g_autoptr (Result) anywhere = run_program (
      (const char *const[]){g_getenv ("DINHCTL"), "site", "--identity", hub->admin, "list", "--json", NULL});
  g_autoptr (Result) equals = NULL, dashes = NULL;
  g_autofree char *identity = g_strconcat ("--identity=", hub->admin, NULL);

  g_assert_cmpint (help->status, ==, 0);
  g_assert_nonnull (strstr (help->out, "hub backup"));
  g_assert_cmpint (anywhere->status, ==, 0);
  g_assert_nonnull (json_object_get (anywhere->json, "sites"));
  equals = run_program ((const char *const[]){g_getenv ("DINHCTL"), identity, "site", "list", NULL});
  g_assert_cmpint (equals->status, ==, 0);
  dashes = hub_run (hub, hub->admin, "site", "add", "a", "--", "--name--", NULL);
  g_assert_cmpint (dashes->status, ==, 0);
  hub_assert_fails (hub, "usage", "publish FOLDER", "publish", NULL);
  hub_assert_fails (hub, "usage", "publish FOLDER", "publish", "a", "b", NULL);
  hub_assert_fails (hub, "usage", "frobnicate", "frobnicate", NULL);
  hub_assert_fails (hub, "usage", "--reason", "site", "list", "--reason", "x", NULL);
  hub_assert_fails (hub, "usage", "--out|value", "record", "witness", "--out", NULL);
  hub_assert_fails (hub, "usage", "x|UUID", "meeting", "show", "x", NULL);
  hub_assert_fails (hub, "usage", "x|UUID", "meeting", "cancel", "x", NULL);
  hub_assert_fails (hub, "refused", "no meeting", "meeting", "show", MEETING, NULL);
  hub_assert_fails (hub, "missing", "meeting-cancel", "meeting", "cancel", MEETING, NULL);
  hub_assert_fails (hub, "wrong-field", "Nơi họp", "site", "add", "Nơi họp", "Tên", NULL);
  hub_assert_fails (hub, "missing", "nowhere", "site", "add", "b", "B", "--parent", "nowhere", NULL);
}

static void
test_device_calls (Hub *hub, gconstpointer data)
{
  g_autofree char *out = g_build_filename (hub->folder, "identity", NULL);
  g_autoptr (Result) stranger = NULL;

  hub_assert_fails (hub, "usage", "--profile", "device", "add", "x", "--out", out, NULL);
  hub_assert_fails (hub, "usage", "--profile", "device", "add", "x", "--profile", "king", "--out", out, NULL);
  hub_assert_fails (hub, "wrong-file", "exists", "device", "add", "x", "--profile", "seat", "--out",
                    hub->folder, NULL);
  hub_assert_fails (hub, "missing", "nowhere", "device", "add", "x", "--profile", "seat", "--site", "nowhere",
                    "--out", out, NULL);
  /* What the hub does not know is of no use: the next try finds the place free. */
  g_assert_false (g_file_test (out, G_FILE_TEST_EXISTS));
  hub_assert_fails (hub, "missing", "device", "device", "revoke", MEETING, NULL);
  stranger = hub_run (hub, out, "site", "list", NULL);
  g_assert_cmpint (stranger->status, ==, 1);
  g_assert_nonnull (strstr (stranger->err, "holds no identity; say with --identity"));
}

/* Without a hub: what happened and where it was looked for. */
static void
test_no_hub (Hub *hub, gconstpointer data)
{
  g_autofree char *address = g_strdup_printf ("https://127.0.0.1:%u", hub->port);

  g_assert_cmpint (hub_stop (hub), ==, 0);
  hub_assert_fails (hub, "hub-unreachable", address, "meeting", "list", NULL);
  hub_assert_fails (hub, "hub-unreachable", address, "publish", hub->sample, NULL);
  hub_start (hub);
}

static void
add_tests (void)
{
#define ADD(path, function) g_test_add ("/folders/" path, Hub, NULL, hub_set_up, function, hub_tear_down)
  ADD ("texts", test_texts);
  ADD ("missing-folder", test_missing_folder);
  ADD ("fields", test_fields);
  ADD ("papers", test_papers);
  ADD ("changing-paper", test_changing_paper);
  ADD ("secrets", test_secrets);
  ADD ("secret-version", test_secret_version);
  ADD ("change-refused", test_change_refused);
  ADD ("calls", test_calls);
  ADD ("device-calls", test_device_calls);
  ADD ("no-hub", test_no_hub);
#undef ADD
}

int
main (int argc, char **argv)
{
  return fixture_run (argc, argv, add_tests);
}
