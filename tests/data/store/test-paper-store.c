/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/store/dinh-paper-store.h"

#include <glib/gstdio.h>
#include <string.h>

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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/store/papers/resumes", Fixture, NULL, set_up, test_resumes, tear_down);
  g_test_add ("/store/papers/refuses-other-bytes", Fixture, NULL, set_up, test_refuses_other_bytes, tear_down);
  g_test_add ("/store/papers/refuses-too-much", Fixture, NULL, set_up, test_refuses_too_much, tear_down);
  g_test_add ("/store/papers/one-at-a-time", Fixture, NULL, set_up, test_one_at_a_time, tear_down);
  g_test_add ("/store/papers/head", Fixture, NULL, set_up, test_head, tear_down);
  return g_test_run ();
}
