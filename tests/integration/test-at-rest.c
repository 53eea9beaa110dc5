/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/hub-fixture.h"

#include "data/net/dinh-kiosk-session.h"
#include "data/paper/dinh-document.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

/*
 * A kiosk that somebody carries away: everything that it, or anything that it uses, left in its home folder
 * is searched for the titles, names and sentences of the meeting that it had, and for the bytes of its
 * papers. The kiosk is the real one on a display of its own; what a person does at it (reads, marks, submits)
 * is done by its parts.
 */

#define SITE "kv-hong-chau"
#define TYPED "Đề nghị giải trình rõ về tiến độ giải ngân"

typedef struct {
  Hub hub;
  char *home;
  char *data;
  char *seat;
  GPtrArray *needles; /* of GBytes */
} AtRest;

/* --- what is searched for --- */

static void
add_needle (AtRest *fixture, const void *bytes, gsize length)
{
  if (length > 0)
    g_ptr_array_add (fixture->needles, g_bytes_new (bytes, length));
}

/* As it is written, decomposed, as Windows writes it, and as JSON may. */
static void
add_text (AtRest *fixture, const char *text)
{
  g_autofree char *composed = g_utf8_normalize (text, -1, G_NORMALIZE_NFC);
  g_autofree char *decomposed = g_utf8_normalize (text, -1, G_NORMALIZE_NFD);
  g_autoptr (GString) escaped = g_string_new (NULL);
  const char *const encodings[] = {"UTF-16LE", "UTF-16BE"};

  add_needle (fixture, composed, strlen (composed));
  add_needle (fixture, decomposed, strlen (decomposed));
  for (guint i = 0; i < G_N_ELEMENTS (encodings); i++) {
    gsize length = 0;
    g_autofree char *wide = g_convert (composed, -1, encodings[i], "UTF-8", NULL, &length, NULL);
    add_needle (fixture, wide, length);
  }
  for (const char *next = composed; *next != '\0'; next = g_utf8_next_char (next)) {
    gunichar c = g_utf8_get_char (next);
    if (c < 0x80)
      g_string_append_c (escaped, (char) c);
    else
      g_string_append_printf (escaped, "\\u%04x", c);
  }
  add_needle (fixture, escaped->str, escaped->len);
}

/* Every text of the meeting that a person would recognize. */
static void
add_texts (AtRest *fixture, json_t *value)
{
  const char *name;
  json_t *member;
  gsize i;

  if (json_is_string (value) && strchr (json_string_value (value), ' ') != NULL &&
      json_string_length (value) >= 8)
    add_text (fixture, json_string_value (value));
  json_array_foreach (value, i, member) add_texts (fixture, member);
  json_object_foreach (value, name, member) add_texts (fixture, member);
}

/* Pieces of the file, its hash, and the lines that people read in it. */
static void
add_paper (AtRest *fixture, const char *path)
{
  const char *const reader[] = {"pdftotext", "-q", path, "-", NULL};
  g_autofree char *bytes = NULL, *text = NULL, *sha256 = hash_file (path);
  g_auto (GStrv) lines = NULL;
  DinhHash hash;
  gsize length;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  for (gsize at = 0; at + 32 <= length; at += 4096)
    add_needle (fixture, bytes + at, 32);
  g_assert_true (dinh_hash_from_hex (sha256, &hash));
  add_needle (fixture, sha256, strlen (sha256));
  add_needle (fixture, hash.bytes, sizeof hash.bytes);
  g_assert_true (
      g_spawn_sync (NULL, (char **) reader, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &text, NULL, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    if (strlen (lines[i]) > 40 && g_utf8_validate (lines[i], -1, NULL))
      add_text (fixture, lines[i]);
  }
}

static void
add_needles (AtRest *fixture)
{
  g_autoptr (DinhJson) meeting = folder_load (fixture->hub.sample);
  g_autofree char *folder = g_build_filename (fixture->hub.sample, "papers", NULL);
  g_autoptr (GDir) names = g_dir_open (folder, 0, NULL);
  const char *name;

  add_texts (fixture, meeting);
  add_text (fixture, TYPED);
  while ((name = g_dir_read_name (names)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    add_paper (fixture, path);
  }
  add_needle (fixture, "%PDF-", 5);
  g_assert_cmpuint (fixture->needles->len, >, 500);
}

/* --- the search --- */

/* Needles by their first four bytes, so that a file is read once. */
static GHashTable *
index_needles (AtRest *fixture)
{
  GHashTable *index = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_ptr_array_unref);

  for (guint i = 0; i < fixture->needles->len; i++) {
    const char *bytes = g_bytes_get_data (fixture->needles->pdata[i], NULL);
    guint32 start;
    GPtrArray *list;

    memcpy (&start, bytes, sizeof start);
    list = g_hash_table_lookup (index, GUINT_TO_POINTER (start));
    if (list == NULL)
      g_hash_table_insert (index, GUINT_TO_POINTER (start), list = g_ptr_array_new ());
    g_ptr_array_add (list, fixture->needles->pdata[i]);
  }
  return index;
}

static guint
search_bytes (GHashTable *index, const char *path, const char *bytes, gsize length)
{
  guint n_found = 0;

  for (gsize at = 0; at + 4 <= length; at++) {
    const GPtrArray *list;
    guint32 start;

    memcpy (&start, bytes + at, sizeof start);
    list = g_hash_table_lookup (index, GUINT_TO_POINTER (start));
    for (guint i = 0; list != NULL && i < list->len; i++) {
      gsize size;
      const char *needle = g_bytes_get_data (list->pdata[i], &size);

      if (at + size > length || memcmp (bytes + at, needle, size) != 0)
        continue;
      if (n_found++ == 0)
        g_test_message ("“%s” holds “%.60s” at %zu", path, needle, at);
    }
  }
  return n_found;
}

/* How often something is found in the files below @folder, or in their names. */
static guint
search_folder (GHashTable *index, const char *folder, guint *n_files)
{
  g_autoptr (GDir) names = g_dir_open (folder, 0, NULL);
  guint n_found = 0;
  const char *name;

  while (names != NULL && (name = g_dir_read_name (names)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autofree char *bytes = NULL;
    gsize length = 0;

    n_found += search_bytes (index, path, name, strlen (name));
    if (g_file_test (path, G_FILE_TEST_IS_DIR))
      n_found += search_folder (index, path, n_files);
    else if (g_file_test (path, G_FILE_TEST_IS_REGULAR) &&
             g_file_get_contents (path, &bytes, &length, NULL)) {
      n_found += search_bytes (index, path, bytes, length);
      (*n_files)++;
    }
  }
  return n_found;
}

static guint
search_home (AtRest *fixture)
{
  g_autoptr (GHashTable) index = index_needles (fixture);
  guint n_files = 0, n_found = search_folder (index, fixture->home, &n_files);

  g_assert_cmpuint (n_files, >, 14);
  return n_found;
}

/* --- what is done at the kiosk --- */

static void
set_up (AtRest *fixture, gconstpointer data)
{
  hub_set_up (&fixture->hub, NULL);
  json_decref (hub_ctl (&fixture->hub, "publish", fixture->hub.sample, NULL));
  fixture->seat = hub_add_device (&fixture->hub, "Seat", "seat", SITE);
  fixture->home = g_build_filename (fixture->hub.folder, "home", NULL);
  fixture->data = g_build_filename (fixture->home, ".local", "share", "dinh", NULL);
  fixture->needles = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  add_needles (fixture);
}

static void
tear_down (AtRest *fixture, gconstpointer data)
{
  hub_tear_down (&fixture->hub, NULL);
  g_ptr_array_unref (fixture->needles);
  g_free (fixture->home);
  g_free (fixture->data);
  g_free (fixture->seat);
}

static int
open_paper (const char *path, DinhPaperKey *key, gpointer papers, GError **error)
{
  return dinh_paper_store_open (papers, path, key, error);
}

static void
on_drawn (GObject *document, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  DinhPixels *pixels = dinh_document_draw_finish (DINH_DOCUMENT (document), result, &error);

  g_assert_no_error (error);
  dinh_pixels_free (pixels);
  g_object_unref (document);
  *(gboolean *) user_data = TRUE;
}

static void
on_opened (GObject *renderer, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  DinhDocument *document = dinh_renderer_open_finish (DINH_RENDERER (renderer), result, &error);

  g_assert_no_error (error);
  dinh_document_draw_async (document, &(DinhDrawing){.scale = 1}, NULL, on_drawn, user_data);
}

static void
read_paper (DinhKioskSession *session, DinhPaper *paper)
{
  g_autoptr (DinhRenderer) renderer = dinh_renderer_new (g_getenv ("DINH_HELPER"), 1);
  gboolean drawn = FALSE;

  dinh_renderer_set_opener (renderer, open_paper, dinh_kiosk_session_get_papers (session), NULL);
  dinh_renderer_open_async (renderer, dinh_paper_get_path (paper), NULL, on_opened, &drawn);
  while (!drawn)
    g_main_context_iteration (NULL, TRUE);
}

static gboolean
is_fetched (DinhLibrary *library)
{
  g_autoptr (DinhMeeting) meeting = g_list_model_get_item (G_LIST_MODEL (library), 0);
  GListModel *papers = meeting == NULL ? NULL : dinh_meeting_get_papers (meeting);
  guint n = papers == NULL ? 0 : g_list_model_get_n_items (papers), n_ready = 0;

  for (guint i = 0; i < n; i++) {
    g_autoptr (DinhPaper) paper = g_list_model_get_item (papers, i);
    n_ready += dinh_paper_get_state (paper) == DINH_PAPER_READY;
  }
  return n > 0 && n_ready == n;
}

/* A paper that is only half here. */
static void
begin_paper (AtRest *fixture, DinhKioskSession *session)
{
  g_autofree char *path = g_build_filename (fixture->hub.sample, "papers", "ban-do-diem-cau.pdf", NULL);
  g_autofree char *bytes = NULL;
  g_autoptr (DinhPaperWriter) writer = NULL;
  DinhHash other = {{1}};
  g_autofree char *sha256 = dinh_hash_to_hex (&other);
  gsize length;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  writer = dinh_paper_writer_open (dinh_kiosk_session_get_papers (session), sha256, (gint64) length, NULL);
  g_assert_true (dinh_paper_writer_write (writer, bytes, length - 100, NULL));
}

static gboolean
is_kept (DinhSubmission *submission)
{
  return dinh_submission_get_state (submission) == DINH_SUBMISSION_KEPT;
}

/* Fetches all, reads, marks, and leaves a command in the outbox; searches while all of it is open. */
static void
use_kiosk (AtRest *fixture)
{
  g_autoptr (DinhIdentity) identity = dinh_identity_load (fixture->seat, NULL);
  g_autoptr (DinhLibrary) library = dinh_library_new ();
  g_autoptr (DinhLine) line = dinh_line_new ();
  g_autoptr (DinhKioskSession) session =
      dinh_kiosk_session_new (identity, fixture->data, library, line, NULL);
  g_autoptr (DinhJson) body = json_pack ("{s:s, s:s}", "id", "giay-moi", "reason", TYPED);
  g_autoptr (DinhMeeting) meeting = NULL;
  g_autoptr (DinhPaper) paper = NULL;
  g_autoptr (DinhSubmission) submission = NULL;

  dinh_kiosk_session_start (session);
  while (!is_fetched (library))
    g_main_context_iteration (NULL, TRUE);
  meeting = g_list_model_get_item (G_LIST_MODEL (library), 0);
  paper = g_list_model_get_item (dinh_meeting_get_papers (meeting), 0);
  read_paper (session, paper);
  dinh_meeting_mark_seen (meeting);
  dinh_paper_set_page (paper, 1);
  begin_paper (fixture, session);
  g_assert_cmpint (hub_stop (&fixture->hub), ==, 0);
  submission = dinh_outbox_submit (dinh_kiosk_session_get_outbox (session), "paper-recall",
                                   dinh_meeting_get_id (meeting), body);
  while (!is_kept (submission))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (search_home (fixture), ==, 0);
  dinh_kiosk_session_stop (session);
}

/* The program itself, with all that GTK and the desktop keep. */
static void
run_kiosk (AtRest *fixture)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GSubprocess) kiosk = NULL;
  g_autoptr (GDataInputStream) lines = NULL;
  static const char *const folders[] = {"XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME",
                                        "XDG_STATE_HOME", "TMPDIR"};
  static const char *const places[] = {".local/share", ".config", ".cache", ".local/state", "tmp"};
  g_autofree char *line = NULL;

  g_subprocess_launcher_setenv (launcher, "HOME", fixture->home, TRUE);
  g_subprocess_launcher_setenv (launcher, "G_MESSAGES_DEBUG", "dinh", TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++) {
    g_autofree char *path = g_build_filename (fixture->home, places[i], NULL);

    g_mkdir_with_parents (path, 0700);
    g_subprocess_launcher_setenv (launcher, folders[i], path, TRUE);
  }
  kiosk = g_subprocess_launcher_spawn (launcher, NULL, g_getenv ("DINH_KIOSK"), "--identity", fixture->seat,
                                       "--data", fixture->data, "--window", "1024x768", "--dpi", "96", NULL);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (kiosk));
  while (line == NULL || strstr (line, "1 meetings painted") == NULL) {
    g_free (line);
    line = g_data_input_stream_read_line (lines, NULL, NULL, NULL);
    g_assert_nonnull (line);
  }
  g_assert_cmpuint (search_home (fixture), ==, 0);
  g_subprocess_send_signal (kiosk, SIGTERM);
  g_subprocess_wait (kiosk, NULL, NULL);
}

static void
test_at_rest (AtRest *fixture, gconstpointer data)
{
  use_kiosk (fixture);
  run_kiosk (fixture);
  g_assert_cmpuint (search_home (fixture), ==, 0);
}

/* What the search has to find, it finds. */
static void
test_finds (AtRest *fixture, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (fixture->home, "deep", NULL),
                  *path = g_build_filename (folder, "x", NULL);
  g_autofree char *paper = g_build_filename (fixture->hub.sample, "papers", "giay-moi.pdf", NULL);
  g_autoptr (DinhJson) meeting = folder_load (fixture->hub.sample);
  g_autofree char *title = g_utf8_normalize (dinh_json_get_string (meeting, "title"), -1, G_NORMALIZE_NFD);
  g_autoptr (GHashTable) index = index_needles (fixture);
  guint n_files = 0;

  g_mkdir_with_parents (folder, 0700);
  g_assert_cmpuint (search_folder (index, fixture->home, &n_files), ==, 0);
  g_assert_true (g_file_set_contents (path, title, -1, NULL));
  g_assert_cmpuint (search_folder (index, fixture->home, &n_files), ==, 1);
  copy_file (paper, path);
  g_assert_cmpuint (search_folder (index, fixture->home, &n_files), >, 5);
}

static void
add_tests (void)
{
  g_test_add ("/at-rest/carried-away", AtRest, NULL, set_up, test_at_rest, tear_down);
  g_test_add ("/at-rest/finds", AtRest, NULL, set_up, test_finds, tear_down);
}

int
main (int argc, char **argv)
{
  return fixture_run (argc, argv, add_tests);
}
