/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/store/dinh-paper-store.h"

#include <dlfcn.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <utime.h>

static gboolean disk_fails;
static GPtrArray *synced; /* paths, when somebody asks */

int fsync (int fd);

/* The program's own fsync() stands before the C library's: a disk that fails when it should write. */
int
fsync (int fd)
{
  int (*real) (int) = (int (*) (int)) dlsym (RTLD_NEXT, "fsync");
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fd);

  if (synced != NULL)
    g_ptr_array_add (synced, g_file_read_link (link, NULL));
  if (!disk_fails)
    return real (fd);
  errno = EIO;
  return -1;
}

typedef struct {
  char *folder;
  DinhPaperStore *store;
  char *bytes;
  gsize length;
  char *sha256;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("dinh-papers-XXXXXX", NULL);
  fixture->store = dinh_paper_store_new (fixture->folder, NULL);
  fixture->length = 300000;
  fixture->bytes = g_malloc (fixture->length);
  for (gsize i = 0; i < fixture->length; i++)
    fixture->bytes[i] = (char) (i * 7 + i / 251);
  fixture->sha256 = dinh_hash_data_hex (fixture->bytes, fixture->length);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = dinh_paper_store_get_path (fixture->store, fixture->sha256);
  g_autofree char *prefix = g_path_get_dirname (path);
  g_autofree char *partial = g_build_filename (fixture->folder, "partial", NULL);
  g_autofree char *rest = g_build_filename (partial, fixture->sha256, NULL);

  g_unlink (path);
  g_unlink (rest);
  g_rmdir (prefix);
  g_rmdir (partial);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_object_unref (fixture->store);
  g_free (fixture->folder);
  g_free (fixture->bytes);
  g_free (fixture->sha256);
}

static void
test_resumes (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  gint64 size = 0;

  for (gint64 expected = 0; expected < (gint64) fixture->length; expected += 100000) {
    g_autoptr (DinhPaperWriter) writer = dinh_paper_writer_open (fixture->store, fixture->sha256,
                                                                 (gint64) fixture->length, &error);

    g_assert_no_error (error);
    g_assert_cmpint (dinh_paper_writer_get_offset (writer), ==, expected);
    g_assert_false (dinh_paper_store_has (fixture->store, fixture->sha256, NULL));
    g_assert_true (dinh_paper_writer_write (writer, fixture->bytes + expected, 100000, &error));
    if (expected == 200000)
      g_assert_true (dinh_paper_writer_finish (writer, &error));
  }
  g_assert_true (dinh_paper_store_has (fixture->store, fixture->sha256, &size));
  g_assert_cmpint (size, ==, fixture->length);
  g_assert_cmpint (dinh_paper_store_get_partial_size (fixture->store, fixture->sha256), ==, 0);
}

static void
test_refuses_other_bytes (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhPaperWriter) writer = dinh_paper_writer_open (fixture->store, fixture->sha256,
                                                               (gint64) fixture->length, &error);

  fixture->bytes[4711] ^= 1;
  g_assert_true (dinh_paper_writer_write (writer, fixture->bytes, fixture->length, &error));
  g_assert_false (dinh_paper_writer_finish (writer, &error));
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_HASH);
  g_assert_false (dinh_paper_store_has (fixture->store, fixture->sha256, NULL));
  g_assert_cmpint (dinh_paper_store_get_partial_size (fixture->store, fixture->sha256), ==, 0);
}

static void
test_refuses_too_much (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhPaperWriter) writer = dinh_paper_writer_open (fixture->store, fixture->sha256, 10, &error);

  g_assert_false (dinh_paper_writer_write (writer, fixture->bytes, 11, &error));
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_HASH);
}

static void
test_one_at_a_time (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhPaperWriter) first = dinh_paper_writer_open (fixture->store, fixture->sha256, 10, &error);

  g_assert_null (dinh_paper_writer_open (fixture->store, fixture->sha256, 10, &error));
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_BUSY);
}

static void
test_head (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *before = g_build_filename (fixture->folder, "before", NULL);
  g_autoptr (DinhPaperWriter) writer = NULL;

  g_assert_true (g_file_set_contents (before, fixture->bytes, 250000, NULL));
  writer = dinh_paper_writer_open (fixture->store, fixture->sha256, (gint64) fixture->length, &error);
  g_assert_true (dinh_paper_writer_write_head (writer, before, 250000, &error));
  g_assert_cmpint (dinh_paper_writer_get_offset (writer), ==, 250000);
  g_assert_true (dinh_paper_writer_write (writer, fixture->bytes + 250000, 50000, &error));
  g_assert_true (dinh_paper_writer_finish (writer, &error));
  g_unlink (before);
}

static DinhPaperWriter *
open_paper (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  DinhPaperWriter *writer = dinh_paper_writer_open (fixture->store, fixture->sha256, (gint64) fixture->length, &error);

  g_assert_no_error (error);
  return writer;
}

/* What did not fit can be written when there is room again, from the byte where it ended. */
static void
test_full (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhPaperWriter) writer = open_paper (fixture);
  g_autoptr (GError) error = NULL;
  struct rlimit before;
  gint64 offset;

  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  signal (SIGXFSZ, SIG_IGN);
  setrlimit (RLIMIT_FSIZE, &(struct rlimit){ 100000, before.rlim_max });
  g_assert_false (dinh_paper_writer_write (writer, fixture->bytes, fixture->length, &error));
  setrlimit (RLIMIT_FSIZE, &before);
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_FULL);
  offset = dinh_paper_writer_get_offset (writer);
  g_assert_cmpint (offset, ==, 100000);
  g_clear_pointer (&writer, dinh_paper_writer_free);
  writer = open_paper (fixture);
  g_assert_cmpint (dinh_paper_writer_get_offset (writer), ==, offset);
  g_assert_true (dinh_paper_writer_write (writer, fixture->bytes + offset, fixture->length - (gsize) offset, NULL));
  g_assert_true (dinh_paper_writer_finish (writer, NULL));
}

/* Bytes that the disk may have lost are not built upon: the paper begins anew. */
static void
test_failed_sync (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhPaperWriter) writer = open_paper (fixture);
  g_autoptr (GError) error = NULL;

  g_assert_true (dinh_paper_writer_write (writer, fixture->bytes, fixture->length, NULL));
  disk_fails = TRUE;
  g_assert_false (dinh_paper_writer_finish (writer, &error));
  disk_fails = FALSE;
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_IO);
  g_assert_false (dinh_paper_store_has (fixture->store, fixture->sha256, NULL));
  g_clear_pointer (&writer, dinh_paper_writer_free);
  writer = open_paper (fixture);
  g_assert_cmpint (dinh_paper_writer_get_offset (writer), ==, 0);
}

/* What a power cut left of it is found out at the end, whatever it is. */
static void
test_spoilt_partial (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "partial", fixture->sha256, NULL);
  g_autoptr (DinhPaperWriter) writer = NULL;
  g_autoptr (GError) error = NULL;

  fixture->bytes[70000] = 0;
  g_file_set_contents (path, fixture->bytes, 100000, NULL);
  fixture->bytes[70000] = (char) (70000 * 7 + 70000 / 251);
  writer = open_paper (fixture);
  g_assert_cmpint (dinh_paper_writer_get_offset (writer), ==, 100000);
  g_assert_true (dinh_paper_writer_write (writer, fixture->bytes + 100000, 200000, NULL));
  g_assert_false (dinh_paper_writer_finish (writer, &error));
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_HASH);
}

/* More than was announced is another paper's; it is thrown away. */
static void
test_long_partial (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "partial", fixture->sha256, NULL);
  g_autofree char *longer = g_strnfill (300001, 'x');
  g_autoptr (DinhPaperWriter) writer = NULL;

  g_file_set_contents (path, longer, 300001, NULL);
  writer = open_paper (fixture);
  g_assert_cmpint (dinh_paper_writer_get_offset (writer), ==, 0);
  g_assert_true (dinh_paper_writer_write (writer, fixture->bytes, fixture->length, NULL));
  g_assert_true (dinh_paper_writer_finish (writer, NULL));
}

/* A paper that is complete is never opened for writing again; sent once more it arrives once more. */
static void
test_again (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 2; i++) {
    g_autoptr (DinhPaperWriter) writer = open_paper (fixture);

    g_assert_cmpint (dinh_paper_writer_get_offset (writer), ==, 0);
    g_assert_true (dinh_paper_writer_write (writer, fixture->bytes, fixture->length, NULL));
    g_assert_true (dinh_paper_writer_finish (writer, NULL));
  }
}

static void
test_short_head (Fixture *fixture, gconstpointer data)
{
  g_autofree char *before = g_build_filename (fixture->folder, "before", NULL);
  g_autofree char *nowhere = g_build_filename (fixture->folder, "nowhere", NULL);
  g_autoptr (DinhPaperWriter) writer = open_paper (fixture);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (before, fixture->bytes, 1000, NULL);
  g_assert_false (dinh_paper_writer_write_head (writer, before, 1001, &error));
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_IO);
  g_clear_error (&error);
  g_assert_false (dinh_paper_writer_write_head (writer, nowhere, 1, &error));
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_IO);
  g_assert_false (dinh_paper_writer_write_head (writer, before, 1001, NULL));
  g_unlink (before);
}

/* Returns the size under which the fixture's paper is listed, 0 if it is not. */
static gint64
listed_size (Fixture *fixture, gboolean partial)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) sizes = dinh_paper_store_list (fixture->store, partial, &error);
  const gint64 *size;

  g_assert_no_error (error);
  size = g_hash_table_lookup (sizes, fixture->sha256);
  g_assert_cmpuint (g_hash_table_size (sizes), ==, size == NULL ? 0 : 1);
  return size == NULL ? 0 : *size;
}

static void
test_list_and_remove (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhPaperWriter) writer = open_paper (fixture);

  g_assert_cmpint (dinh_paper_writer_get_size (writer), ==, fixture->length);
  g_assert_true (dinh_paper_writer_write (writer, fixture->bytes, 100000, NULL));
  g_assert_cmpint (listed_size (fixture, TRUE), ==, 100000);
  g_assert_cmpint (listed_size (fixture, FALSE), ==, 0);
  g_assert_true (dinh_paper_writer_write (writer, fixture->bytes + 100000, 200000, NULL));
  g_assert_true (dinh_paper_writer_finish (writer, NULL));
  g_assert_cmpint (listed_size (fixture, TRUE), ==, 0);
  g_assert_cmpint (listed_size (fixture, FALSE), ==, 300000);
  for (guint i = 0; i < 2; i++)
    g_assert_true (dinh_paper_store_remove (fixture->store, fixture->sha256, NULL));
  g_assert_cmpint (listed_size (fixture, FALSE), ==, 0);
}

static void
test_no_folder (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (dinh_paper_store_new ("/dev/null/papers", &error));
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_IO);
}

/* The folder of a paper may have been made by one that was cut off before it was on the disk. */
static void
test_syncs_all_folders (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = dinh_paper_store_get_path (fixture->store, fixture->sha256);
  g_autofree char *prefix = g_path_get_dirname (path);
  g_autoptr (DinhPaperWriter) writer =
    dinh_paper_writer_open (fixture->store, fixture->sha256, (gint64) fixture->length, NULL);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  g_assert_cmpint (g_mkdir (prefix, 0700), ==, 0);
  g_assert_true (dinh_paper_writer_write (writer, fixture->bytes, fixture->length, NULL));
  synced = paths;
  g_assert_true (dinh_paper_writer_finish (writer, NULL));
  synced = NULL;
  g_assert_true (g_ptr_array_find_with_equal_func (paths, prefix, g_str_equal, NULL));
  g_assert_true (g_ptr_array_find_with_equal_func (paths, fixture->folder, g_str_equal, NULL));
}

/* What is no hash might name another file of this machine. */
static void
test_refuses_other_names (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "", "../x", "../../../x", "AB" };
  g_autofree char *outside = g_build_filename (fixture->folder, "x", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GError) error = NULL, fault = NULL;

    g_assert_null (dinh_paper_writer_open (fixture->store, names[i], 10, &error));
    g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_HASH);
    g_assert_true (g_file_set_contents (outside, "mine", -1, NULL));
    g_assert_false (dinh_paper_store_remove (fixture->store, names[i], &fault));
    g_assert_error (fault, DINH_STORE_ERROR, DINH_STORE_ERROR_HASH);
    g_assert_false (dinh_paper_store_has (fixture->store, names[i], NULL));
    g_assert_cmpint (g_unlink (outside), ==, 0);
  }
}

static guint
count (Fixture *fixture, gboolean partial, gint64 size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) sizes = dinh_paper_store_list (fixture->store, partial, &error);
  const gint64 *found = sizes == NULL ? NULL : g_hash_table_lookup (sizes, fixture->sha256);

  g_assert_no_error (error);
  if (found != NULL)
    g_assert_cmpint (*found, ==, size);
  return g_hash_table_size (sizes);
}

/* What is here is listed, whole or not, and nothing of it is left when it is removed. */
static void
test_lists_and_removes (Fixture *fixture, gconstpointer data)
{
  gint64 length = (gint64) fixture->length;
  g_autoptr (DinhPaperWriter) writer = dinh_paper_writer_open (fixture->store, fixture->sha256, length, NULL);

  g_assert_true (dinh_paper_writer_write (writer, fixture->bytes, 1000, NULL));
  g_assert_cmpuint (count (fixture, FALSE, 0), ==, 0);
  g_assert_cmpuint (count (fixture, TRUE, 1000), ==, 1);
  g_assert_true (dinh_paper_store_remove (fixture->store, fixture->sha256, NULL));
  g_assert_cmpuint (count (fixture, TRUE, 0), ==, 0);
  g_clear_pointer (&writer, dinh_paper_writer_free);

  writer = dinh_paper_writer_open (fixture->store, fixture->sha256, length, NULL);
  g_assert_true (dinh_paper_writer_write (writer, fixture->bytes, fixture->length, NULL));
  g_assert_true (dinh_paper_writer_finish (writer, NULL));
  g_assert_cmpuint (count (fixture, FALSE, length), ==, 1);
  g_assert_cmpuint (count (fixture, TRUE, 0), ==, 0);
  g_assert_true (dinh_paper_store_remove (fixture->store, fixture->sha256, NULL));
  g_assert_true (dinh_paper_store_remove (fixture->store, fixture->sha256, NULL));
  g_assert_cmpuint (count (fixture, FALSE, 0), ==, 0);
}

/* Uploads that nobody takes up again go, those of today stay. */
static void
test_drops_stale (Fixture *fixture, gconstpointer data)
{
  g_autofree char *partial = g_build_filename (fixture->folder, "partial", fixture->sha256, NULL);
  g_autoptr (DinhPaperWriter) writer = dinh_paper_writer_open (fixture->store, fixture->sha256, 10, NULL);
  time_t before = time (NULL) - 3600;

  g_assert_true (dinh_paper_writer_write (writer, fixture->bytes, 5, NULL));
  g_assert_cmpint (g_utime (partial, &(struct utimbuf){ before, before }), ==, 0);
  dinh_paper_store_drop_stale (fixture->store, 2 * G_TIME_SPAN_HOUR);
  g_assert_cmpint (dinh_paper_store_get_partial_size (fixture->store, fixture->sha256), ==, 5);
  dinh_paper_store_drop_stale (fixture->store, G_TIME_SPAN_HOUR / 2);
  g_assert_cmpint (dinh_paper_store_get_partial_size (fixture->store, fixture->sha256), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/store/papers/resumes", Fixture, NULL, set_up, test_resumes, tear_down);
  g_test_add ("/store/papers/refuses-other-bytes", Fixture, NULL, set_up, test_refuses_other_bytes, tear_down);
  g_test_add ("/store/papers/refuses-too-much", Fixture, NULL, set_up, test_refuses_too_much, tear_down);
  g_test_add ("/store/papers/one-at-a-time", Fixture, NULL, set_up, test_one_at_a_time, tear_down);
  g_test_add ("/store/papers/head", Fixture, NULL, set_up, test_head, tear_down);
  g_test_add ("/store/papers/full", Fixture, NULL, set_up, test_full, tear_down);
  g_test_add ("/store/papers/failed-sync", Fixture, NULL, set_up, test_failed_sync, tear_down);
  g_test_add ("/store/papers/spoilt-partial", Fixture, NULL, set_up, test_spoilt_partial, tear_down);
  g_test_add ("/store/papers/long-partial", Fixture, NULL, set_up, test_long_partial, tear_down);
  g_test_add ("/store/papers/again", Fixture, NULL, set_up, test_again, tear_down);
  g_test_add ("/store/papers/short-head", Fixture, NULL, set_up, test_short_head, tear_down);
  g_test_add ("/store/papers/list-and-remove", Fixture, NULL, set_up, test_list_and_remove, tear_down);
  g_test_add ("/store/papers/no-folder", Fixture, NULL, set_up, test_no_folder, tear_down);
  g_test_add ("/store/papers/syncs-all-folders", Fixture, NULL, set_up, test_syncs_all_folders, tear_down);
  g_test_add ("/store/papers/drops-stale", Fixture, NULL, set_up, test_drops_stale, tear_down);
  g_test_add ("/store/papers/refuses-other-names", Fixture, NULL, set_up, test_refuses_other_names, tear_down);
  g_test_add ("/store/papers/lists-and-removes", Fixture, NULL, set_up, test_lists_and_removes, tear_down);
  return g_test_run ();
}
