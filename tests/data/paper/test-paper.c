/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <sys/stat.h>

#include "tests/data/paper/paper-fixture.h"

static char *
write_truncated (Fixture *fixture)
{
  g_autofree char *whole = fixture_write_paper (fixture, "whole.pdf", 3);
  g_autofree char *bytes = NULL;

  g_assert_true (g_file_get_contents (whole, &bytes, NULL, NULL));
  return fixture_write (fixture, "truncated.pdf", bytes, 40);
}

static char *
write_encrypted (Fixture *fixture)
{
  g_autofree char *plain = fixture_write_paper (fixture, "plain.pdf", 1);
  char *path = g_build_filename (fixture->folder, "encrypted.pdf", NULL);
  const char *command[] = {"qpdf", "--encrypt", "user", "owner", "256", "--", plain, path, NULL};

  /* It warns of the missing table of objects (status 3). */
  g_assert_true (g_spawn_sync (NULL, (char **) command, NULL,
                               G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL, NULL, NULL,
                               NULL));
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  return path;
}

static char *
write_brackets (Fixture *fixture)
{
  g_autofree char *brackets = g_strnfill (200 * 1000, '[');

  memcpy (brackets, "%PDF-1.4\n1 0 obj ", 17);
  return fixture_write (fixture, "brackets.pdf", brackets, -1);
}

static char *
write_empty (Fixture *fixture)
{
  return fixture_write (fixture, "empty.pdf", "", 0);
}

static char *
write_text (Fixture *fixture)
{
  return fixture_write (fixture, "text.pdf", "Kính gửi: Ủy ban nhân dân tỉnh\n", -1);
}

static char *
write_without_pages (Fixture *fixture)
{
  g_autofree char *pdf = pdf_make (NULL, 0, "", NULL);

  return fixture_write (fixture, "without-pages.pdf", pdf, -1);
}

static char *
write_with_many_pages (Fixture *fixture)
{
  return fixture_write_paper (fixture, "many.pdf", 20001);
}

static char *
write_fifo (Fixture *fixture)
{
  char *path = g_build_filename (fixture->folder, "fifo.pdf", NULL);

  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  return path;
}

static const struct {
  char *(*write) (Fixture *);
  int code;
} bad_papers[] = {
    {write_truncated, DINH_PAPER_ERROR_NOT_PDF},
    {write_encrypted, DINH_PAPER_ERROR_ENCRYPTED},
    {write_brackets, DINH_PAPER_ERROR_NOT_PDF},
    {write_empty, DINH_PAPER_ERROR_EMPTY},
    {write_text, DINH_PAPER_ERROR_NOT_PDF},
    {write_without_pages, DINH_PAPER_ERROR_EMPTY},
    {write_with_many_pages, DINH_PAPER_ERROR_TOO_LARGE},
    {write_fifo, DINH_PAPER_ERROR_NOT_PDF},
};

/* Inspecting and opening tell the same, and the renderer goes on. */
static void
test_bad_papers (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad_papers); i++) {
    g_autofree char *path = bad_papers[i].write (fixture);
    g_autoptr (GError) told = NULL;
    g_autoptr (GError) opened = NULL;
    DinhPaperFacts facts;

    g_test_message ("%s", path);
    g_assert_false (dinh_paper_inspect (fixture->program, path, &facts, NULL, &told));
    g_assert_error (told, DINH_PAPER_ERROR, bad_papers[i].code);
    g_assert_nonnull (strstr (told->message, path));
    g_assert_null (open_document (fixture->renderer, path, &opened));
    g_assert_error (opened, DINH_PAPER_ERROR, bad_papers[i].code);
    g_assert_cmpstr (opened->message, ==, told->message);
  }
}

static void
test_inspect (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_write_paper (fixture, "paper.pdf", 7);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  DinhPaperFacts facts;
  struct stat status;

  g_assert_true (dinh_paper_inspect (fixture->program, path, &facts, cancellable, NULL));
  g_assert_cmpint (stat (path, &status), ==, 0);
  g_assert_cmpuint (facts.n_pages, ==, 7);
  g_assert_cmpint (facts.size, ==, status.st_size);

  g_cancellable_cancel (cancellable);
  g_assert_false (dinh_paper_inspect (fixture->program, path, &facts, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_false (dinh_paper_inspect (fixture->program, "/nonexistent.pdf", &facts, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

/* Width and height stand at fixed places of a PNG file. */
static void
test_png (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_write_paper (fixture, "paper.pdf", 1);
  g_autofree char *out = g_build_filename (fixture->folder, "page.png", NULL);
  g_autofree char *png = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  g_assert_true (dinh_paper_render_png (fixture->program, path, 0, 144, out, NULL));
  g_assert_true (g_file_get_contents (out, &png, &size, NULL));
  g_assert_cmpmem (png, 8, "\x89PNG\r\n\x1a\n", 8);
  g_assert_cmpmem (png + 16, 8, "\0\0\x01\x90\0\0\0\xc8", 8);
  g_assert_cmpmem (png + size - 8, 4, "IEND", 4);

  g_assert_false (dinh_paper_render_png (fixture->program, path, 1, 144, out, &error));
  g_assert_error (error, DINH_PAPER_ERROR, DINH_PAPER_ERROR_NO_SUCH_PAGE);
  g_clear_error (&error);
  g_assert_false (dinh_paper_render_png (fixture->program, path, 0, 0, out, &error));
  g_assert_error (error, DINH_PAPER_ERROR, DINH_PAPER_ERROR_TOO_LARGE);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/paper/bad-papers", test_bad_papers);
  ADD ("/paper/inspect", test_inspect);
  ADD ("/paper/png", test_png);
  return g_test_run ();
}
