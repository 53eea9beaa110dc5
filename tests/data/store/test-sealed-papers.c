/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/store/dinh-device-keys.h"
#include "data/store/dinh-paper-store.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* Papers as a device keeps them: sealed, by names that tell nothing, and taken up wherever they were left. */

#define LENGTH (4 * DINH_SEALED_CHUNK + 37856)

static gssize room = -1; /* bytes that the disk still takes; -1: all */

ssize_t pwrite (int fd, const void *buffer, size_t length, off_t offset);

/* The program's own pwrite() stands before the C library's: a disk that gets full. */
ssize_t
pwrite (int fd, const void *buffer, size_t length, off_t offset)
{
  ssize_t (*real) (int, const void *, size_t, off_t) =
      (ssize_t (*) (int, const void *, size_t, off_t)) dlsym (RTLD_NEXT, "pwrite");

  if (room == 0) {
    errno = ENOSPC;
    return -1;
  }
  if (room > 0) {
    length = MIN (length, (size_t) room);
    room -= (gssize) length;
  }
  return real (fd, buffer, length, offset);
}

typedef struct {
  char *folder;
  char *papers;
  DinhPaperKeys *keys;
  DinhPaperStore *store;
  char *bytes;
  char *sha256;
} Fixture;

static void
open_store (Fixture *fixture, guint8 secret)
{
  g_autofree char *database = g_build_filename (fixture->folder, "kiosk.db", NULL);
  g_autoptr (DinhSeal) seal = dinh_seal_new ((const guint8[DINH_SEAL_SECRET_SIZE]){secret});

  g_clear_object (&fixture->store);
  g_clear_object (&fixture->keys);
  fixture->keys = dinh_device_keys_new (database, seal);
  fixture->store = dinh_paper_store_new_sealed (fixture->papers, fixture->keys, NULL);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("dinh-papers-XXXXXX", NULL);
  fixture->papers = g_build_filename (fixture->folder, "papers", NULL);
  fixture->bytes = g_malloc (LENGTH);
  for (gsize i = 0; i < LENGTH; i++)
    fixture->bytes[i] = (char) (i * 7 + i / 251);
  fixture->sha256 = dinh_hash_data_hex (fixture->bytes, LENGTH);
  open_store (fixture, 1);
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) names = g_dir_open (path, 0, NULL);
  const char *name;

  while (names != NULL && (name = g_dir_read_name (names)) != NULL) {
    g_autofree char *child = g_build_filename (path, name, NULL);

    if (g_file_test (child, G_FILE_TEST_IS_DIR))
      remove_folder (child);
    else
      g_unlink (child);
  }
  g_rmdir (path);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  room = -1;
  g_object_unref (fixture->store);
  g_object_unref (fixture->keys);
  remove_folder (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->papers);
  g_free (fixture->bytes);
  g_free (fixture->sha256);
}

static DinhPaperWriter *
open_writer (Fixture *fixture, gint64 offset)
{
  g_autoptr (GError) error = NULL;
  DinhPaperWriter *writer = dinh_paper_writer_open (fixture->store, fixture->sha256, LENGTH, &error);

  g_assert_no_error (error);
  g_assert_cmpint (dinh_paper_writer_get_offset (writer), ==, offset);
  return writer;
}

static void
write_up_to (Fixture *fixture, DinhPaperWriter *writer, gint64 end)
{
  gint64 offset = dinh_paper_writer_get_offset (writer);

  g_assert_true (dinh_paper_writer_write (writer, fixture->bytes + offset, (gsize) (end - offset), NULL));
}

static gint64
get_listed (Fixture *fixture, gboolean partial)
{
  g_autoptr (GHashTable) sizes = dinh_paper_store_list (fixture->store, partial, NULL);
  const gint64 *size = g_hash_table_lookup (sizes, fixture->sha256);

  return size == NULL ? -1 : *size;
}

/* The paper's file; where it is whole or on its way. */
static char *
get_path (Fixture *fixture, gboolean partial)
{
  g_autofree char *path = dinh_paper_store_get_path (fixture->store, fixture->sha256);
  g_autofree char *name = g_path_get_basename (path);

  return partial ? g_build_filename (fixture->papers, "partial", name, NULL) : g_steal_pointer (&path);
}

static void
assert_complete (Fixture *fixture)
{
  g_autofree char *path = get_path (fixture, FALSE);
  g_autofree char *found = g_malloc (LENGTH);
  g_autoptr (DinhSealedFile) file = NULL;
  g_autoptr (GError) error = NULL;
  DinhPaperKey key;
  gsize length = 0;
  gssize got;
  int fd = dinh_paper_store_open (fixture->store, path, &key, &error);

  g_assert_no_error (error);
  file = dinh_sealed_file_new (fd, &key, 1, &error);
  g_assert_no_error (error);
  while ((got = dinh_sealed_file_read (file, length, found + length, LENGTH - length, NULL)) > 0)
    length += (gsize) got;
  g_assert_cmpmem (found, length, fixture->bytes, LENGTH);
  g_assert_cmpint (get_listed (fixture, FALSE), ==, LENGTH);
  g_assert_cmpint (get_listed (fixture, TRUE), ==, -1);
}

static void
finish (Fixture *fixture, DinhPaperWriter *writer)
{
  g_autoptr (GError) error = NULL;

  write_up_to (fixture, writer, LENGTH);
  dinh_paper_writer_finish (writer, &error);
  g_assert_no_error (error);
  assert_complete (fixture);
}

/* A fetch that stops keeps every byte, wherever it stops; the file tells neither name, nor size, nor a byte.
 */
static void
test_resumes (Fixture *fixture, gconstpointer data)
{
  static const gint64 stops[] = {0,
                                 1,
                                 1000,
                                 DINH_SEALED_CHUNK - 1,
                                 DINH_SEALED_CHUNK,
                                 DINH_SEALED_CHUNK + 1,
                                 200000,
                                 4 * DINH_SEALED_CHUNK,
                                 LENGTH - 1,
                                 LENGTH};
  g_autofree char *partial = get_path (fixture, TRUE), *path = get_path (fixture, FALSE), *text = NULL;
  gint64 offset = 0;
  gsize length;

  for (guint i = 0; i < G_N_ELEMENTS (stops); i++) {
    g_autoptr (DinhPaperWriter) writer = open_writer (fixture, offset);

    write_up_to (fixture, writer, stops[i]);
    offset = stops[i];
    g_clear_pointer (&writer, dinh_paper_writer_free);
    g_assert_cmpint (get_listed (fixture, TRUE), ==, offset);
    g_assert_cmpint (get_listed (fixture, FALSE), ==, -1);
    g_assert_true (g_file_test (partial, G_FILE_TEST_EXISTS));
  }
  {
    g_autoptr (DinhPaperWriter) writer = open_writer (fixture, LENGTH);
    finish (fixture, writer);
  }
  g_assert_null (strstr (path, fixture->sha256));
  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  g_assert_cmpuint (length, ==, DINH_SEALED_HEADER + 5 * DINH_SEALED_STRIDE);
  for (gsize i = 0; i < LENGTH; i += 8192)
    g_assert_null (memmem (text, length, fixture->bytes + i, 64));
}

static void
copy_file (const char *from, const char *to)
{
  g_autofree char *text = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (from, &text, &length, NULL));
  g_assert_true (g_file_set_contents (to, text, (gssize) length, NULL));
}

/* A crash or a power cut leaves any beginning of the file, or holes in it: no more than from the first chunk
 * that is not whole is fetched again. */
static void
test_any_cut (Fixture *fixture, gconstpointer data)
{
  g_autofree char *partial = get_path (fixture, TRUE),
                  *whole = g_build_filename (fixture->folder, "whole", NULL);
  DinhPaperWriter *begun = open_writer (fixture, 0);

  write_up_to (fixture, begun, 200000);
  dinh_paper_writer_free (begun);
  copy_file (partial, whole);
  for (guint i = 0; i < 80; i++) {
    gint64 cut = i < 6 ? (gint64[]){0, 1, 15, 16, 17, 56}[i] : g_test_rand_int_range (0, 200000);
    gint64 kept = MAX (cut - DINH_SEALED_HEADER, 0) / DINH_SEALED_STRIDE * DINH_SEALED_CHUNK;
    g_autoptr (DinhPaperWriter) writer = NULL;

    copy_file (whole, partial);
    g_assert_cmpint (truncate (partial, cut), ==, 0);
    if (i % 2 == 1)
      g_assert_cmpint (truncate (partial, 200000), ==, 0); /* a hole behind it */
    writer = open_writer (fixture, kept);
    if (i % 8 == 0) {
      finish (fixture, writer);
      g_clear_pointer (&writer, dinh_paper_writer_free);
      g_assert_true (dinh_paper_store_remove (fixture->store, fixture->sha256, NULL));
      begun = open_writer (fixture, 0);
      write_up_to (fixture, begun, 200000);
      dinh_paper_writer_free (begun);
      copy_file (partial, whole);
    }
  }
  g_unlink (whole);
}

/* The disk gets full at any byte; when there is room again it goes on, with at most a chunk to fetch once
 * more. */
static void
test_full (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 60; i++) {
    g_autoptr (DinhPaperWriter) writer = open_writer (fixture, 0);
    g_autoptr (GError) error = NULL;
    gssize given = g_test_rand_int_range (20, LENGTH - DINH_SEALED_CHUNK);
    gint64 before, after;

    room = given;
    g_assert_false (dinh_paper_writer_write (writer, fixture->bytes, LENGTH, &error));
    g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_FULL);
    before = dinh_paper_writer_get_offset (writer);
    g_assert_cmpint (before, >, given - 2 * DINH_SEALED_STRIDE);
    g_clear_pointer (&writer, dinh_paper_writer_free);
    room = -1;
    writer = dinh_paper_writer_open (fixture->store, fixture->sha256, LENGTH, NULL);
    after = dinh_paper_writer_get_offset (writer);
    g_assert_cmpint (after, <=, before);
    g_assert_cmpint (after, >, before - DINH_SEALED_CHUNK);
    finish (fixture, writer);
    g_clear_pointer (&writer, dinh_paper_writer_free);
    g_assert_true (dinh_paper_store_remove (fixture->store, fixture->sha256, NULL));
  }
}

/* Full in the very end: nothing is said to be here, and it goes on from there. */
static void
test_full_at_the_end (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhPaperWriter) writer = open_writer (fixture, 0);
  g_autoptr (GError) error = NULL;

  write_up_to (fixture, writer, LENGTH);
  room = 100;
  g_assert_false (dinh_paper_writer_finish (writer, &error));
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_FULL);
  g_clear_pointer (&writer, dinh_paper_writer_free);
  room = -1;
  g_assert_cmpint (get_listed (fixture, FALSE), ==, -1);
  writer = open_writer (fixture, 4 * DINH_SEALED_CHUNK);
  finish (fixture, writer);
}

static void
test_wrong_hash (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhPaperWriter) writer = open_writer (fixture, 0);
  g_autoptr (GError) error = NULL;

  fixture->bytes[70000] ^= 1;
  write_up_to (fixture, writer, LENGTH);
  fixture->bytes[70000] ^= 1;
  g_assert_false (dinh_paper_writer_finish (writer, &error));
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_HASH);
  g_clear_pointer (&writer, dinh_paper_writer_free);
  g_assert_cmpint (get_listed (fixture, TRUE), ==, -1);
  writer = open_writer (fixture, 0);
  finish (fixture, writer);
}

/* --- a version that begins with the one before --- */

static char *
write_before (Fixture *fixture, gsize length)
{
  char *sha256 = dinh_hash_data_hex (fixture->bytes, length);
  g_autoptr (DinhPaperWriter) writer = dinh_paper_writer_open (fixture->store, sha256, (gint64) length, NULL);

  g_assert_true (dinh_paper_writer_write (writer, fixture->bytes, length, NULL));
  g_assert_true (dinh_paper_writer_finish (writer, NULL));
  return sha256;
}

static void
test_head (Fixture *fixture, gconstpointer data)
{
  static const gsize lengths[] = {1, DINH_SEALED_CHUNK, 250000, LENGTH - 1};

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++) {
    g_autofree char *before = write_before (fixture, lengths[i]);
    g_autoptr (DinhPaperWriter) writer = open_writer (fixture, 0);
    g_autoptr (GError) error = NULL;

    g_assert_true (dinh_paper_writer_write_head (writer, before, &error));
    g_assert_cmpint (dinh_paper_writer_get_offset (writer), ==, lengths[i]);
    finish (fixture, writer);
    g_clear_pointer (&writer, dinh_paper_writer_free);
    g_assert_true (dinh_paper_store_remove (fixture->store, before, NULL));
    assert_complete (fixture);
    g_assert_true (dinh_paper_store_remove (fixture->store, fixture->sha256, NULL));
  }
}

/* A version before that is not here, or is damaged, is no head. */
static void
test_no_head (Fixture *fixture, gconstpointer data)
{
  g_autofree char *before = write_before (fixture, 100000);
  g_autofree char *path = dinh_paper_store_get_path (fixture->store, before);
  g_autoptr (DinhPaperWriter) writer = open_writer (fixture, 0);
  g_autoptr (GError) error = NULL;
  int fd = open (path, O_RDWR | O_CLOEXEC);

  g_assert_cmpint (pwrite (fd, "x", 1, 90000), ==, 1);
  close (fd);
  g_assert_false (dinh_paper_writer_write_head (writer, before, &error));
  g_assert_error (error, DINH_SEAL_ERROR, DINH_SEAL_ERROR_DAMAGED);
  g_clear_error (&error);
  g_assert_true (dinh_paper_store_remove (fixture->store, before, NULL));
  g_assert_false (dinh_paper_writer_write_head (writer, before, &error));
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_NO_KEY);
}

/* --- what goes --- */

static void
write_paper (Fixture *fixture)
{
  g_autoptr (DinhPaperWriter) writer = open_writer (fixture, 0);

  finish (fixture, writer);
}

/* A copy of the file is worth nothing once the paper was removed, even if the paper comes back. */
static void
test_removed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = get_path (fixture, FALSE), *copy = g_build_filename (fixture->folder, "copy", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhSealedFile) file = NULL;
  DinhPaperKey key;
  char byte;

  write_paper (fixture);
  copy_file (path, copy);
  g_assert_true (dinh_paper_store_remove (fixture->store, fixture->sha256, NULL));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  copy_file (copy, path);
  g_assert_cmpint (dinh_paper_store_open (fixture->store, path, &key, &error), ==, -1);
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_NO_KEY);
  g_clear_error (&error);
  g_assert_cmpint (get_listed (fixture, FALSE), ==, -1);

  write_paper (fixture);
  copy_file (copy, path);
  file = dinh_sealed_file_new (dinh_paper_store_open (fixture->store, path, &key, NULL), &key, 1, NULL);
  g_assert_cmpint (dinh_sealed_file_read (file, 0, &byte, 1, &error), ==, -1);
  g_assert_error (error, DINH_SEAL_ERROR, DINH_SEAL_ERROR_DAMAGED);
}

/* What no key opens is swept away: papers from before, of another secret, and what a crash left of a recalled
 * one. */
static void
test_swept (Fixture *fixture, gconstpointer data)
{
  const char prefix[] = {fixture->sha256[0], fixture->sha256[1], '\0'};
  g_autofree char *plain = g_build_filename (fixture->papers, prefix, fixture->sha256, NULL);
  g_autofree char *partial = g_build_filename (fixture->papers, "partial", fixture->sha256, NULL);
  g_autofree char *folder = g_path_get_dirname (plain), *path = get_path (fixture, FALSE);

  write_paper (fixture);
  g_mkdir (folder, 0700);
  g_assert_true (g_file_set_contents (plain, "%PDF", -1, NULL));
  g_assert_true (g_file_set_contents (partial, "%PDF", -1, NULL));
  g_assert_true (dinh_paper_store_sweep (fixture->store, NULL));
  g_assert_false (g_file_test (plain, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (partial, G_FILE_TEST_EXISTS));
  assert_complete (fixture);

  open_store (fixture, 2);
  g_assert_cmpint (get_listed (fixture, FALSE), ==, -1);
  g_assert_true (dinh_paper_store_sweep (fixture->store, NULL));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  write_paper (fixture);
}

/* A whole file that does not have its length is not taken for the paper. */
static void
test_cut_when_whole (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = get_path (fixture, FALSE);

  write_paper (fixture);
  g_assert_cmpint (truncate (path, DINH_SEALED_STRIDE), ==, 0);
  g_assert_cmpint (get_listed (fixture, FALSE), ==, -1);
  write_paper (fixture);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
      {"resumes", test_resumes},
      {"any-cut", test_any_cut},
      {"full", test_full},
      {"full-at-the-end", test_full_at_the_end},
      {"wrong-hash", test_wrong_hash},
      {"head", test_head},
      {"no-head", test_no_head},
      {"removed", test_removed},
      {"swept", test_swept},
      {"cut-when-whole", test_cut_when_whole},
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *path = g_strconcat ("/store/sealed-papers/", tests[i].name, NULL);
    g_test_add (path, Fixture, NULL, set_up, tests[i].test, tear_down);
  }
  return g_test_run ();
}
