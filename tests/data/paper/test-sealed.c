/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/paper/dinh-paper.h"
#include "tests/data/paper/paper-fixture.h"
#include "tests/data/paper/sealed-fixture.h"

/* Papers that lie sealed on the disk are drawn as if they lay open, and one that was touched is not drawn at
 * all. */

typedef struct {
  Fixture base;
  char *folder;
  DinhRenderer *renderer;
  char *damaged; /* the path that the renderer told last */
} Sealed;

static void
on_damaged (DinhRenderer *renderer, const char *path, Sealed *fixture)
{
  g_free (fixture->damaged);
  fixture->damaged = g_strdup (path);
}

static void
set_up (Sealed *fixture, gconstpointer data)
{
  fixture_set_up (&fixture->base, data);
  fixture->folder = g_build_filename (fixture->base.folder, "sealed", NULL);
  g_assert_cmpint (g_mkdir (fixture->folder, 0700), ==, 0);
  fixture->renderer = dinh_renderer_new (fixture->base.program, 1);
  sealed_fixture_use (fixture->renderer);
  g_signal_connect (fixture->renderer, "damaged", G_CALLBACK (on_damaged), fixture);
}

static void
tear_down (Sealed *fixture, gconstpointer data)
{
  g_autoptr (GDir) names = g_dir_open (fixture->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (names)) != NULL) {
    g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
    g_remove (path);
  }
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->damaged);
  g_object_unref (fixture->renderer);
  fixture_tear_down (&fixture->base, data);
}

static void
assert_same_page (DinhDocument *plain, DinhDocument *sealed, guint page)
{
  const DinhDrawing drawing = {.page = page, .scale = 1};
  g_autoptr (DinhPixels) expected = draw_page (plain, &drawing, NULL);
  g_autoptr (DinhPixels) found = draw_page (sealed, &drawing, NULL);

  g_assert_true (g_bytes_equal (expected->pixels, found->pixels));
}

static void
test_draws_the_same (Sealed *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) papers = fixture_list_papers (&fixture->base);

  for (guint i = 0; i < papers->len; i++) {
    g_autofree char *path = sealed_fixture_seal (papers->pdata[i], fixture->folder);
    g_autoptr (GError) error = NULL;
    g_autoptr (DinhDocument) sealed = open_document (fixture->renderer, path, &error);
    g_autoptr (DinhDocument) plain = open_document (fixture->base.renderer, papers->pdata[i], NULL);
    guint n_pages = dinh_document_get_n_pages (plain);

    g_assert_no_error (error);
    g_assert_cmpuint (dinh_document_get_n_pages (sealed), ==, n_pages);
    assert_same_page (plain, sealed, 0);
    assert_same_page (plain, sealed, n_pages - 1);
    assert_same_page (plain, sealed, n_pages / 2);
  }
}

/* As a disk does it: nobody wrote to the file. */
static void
spoil (const char *path, off_t at)
{
  int fd = open (path, O_RDWR | O_CLOEXEC);
  struct stat before;
  char byte;

  g_assert_cmpint (fstat (fd, &before), ==, 0);
  g_assert_cmpint (pread (fd, &byte, 1, at), ==, 1);
  byte ^= 1;
  g_assert_cmpint (pwrite (fd, &byte, 1, at), ==, 1);
  futimens (fd, (struct timespec[]){before.st_atim, before.st_mtim});
  close (fd);
}

static void
await_told (Sealed *fixture, const char *path)
{
  while (fixture->damaged == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (fixture->damaged, ==, path);
  g_clear_pointer (&fixture->damaged, g_free);
}

static void
assert_damaged (Sealed *fixture, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhDocument) document = open_document (fixture->renderer, path, &error);

  g_assert_null (document);
  g_assert_error (error, DINH_PAPER_ERROR, DINH_PAPER_ERROR_DAMAGED);
  await_told (fixture, path);
}

static void
test_damaged (Sealed *fixture, gconstpointer data)
{
  g_autofree char *plain = fixture_write_paper (&fixture->base, "a.pdf", 3);
  g_autofree char *path = sealed_fixture_seal (plain, fixture->folder);

  spoil (path, 100);
  assert_damaged (fixture, path);
  spoil (path, 100);
  spoil (path, 3);
  assert_damaged (fixture, path);
  spoil (path, 3);
  g_assert_cmpint (truncate (path, DINH_SEALED_STRIDE), ==, 0);
  assert_damaged (fixture, path);
}

/* The disk spoils a page while the paper is open; it is not drawn with something missing. (The page is longer
 * than what a helper keeps.) */
static void
test_damaged_page (Sealed *fixture, gconstpointer data)
{
  g_autoptr (GString) second = g_string_new (NULL);
  const char *contents[] = {"0 0 10 10 re f", NULL};
  g_autofree char *text = NULL;
  g_autofree char *plain = NULL, *path = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhDocument) document = NULL;
  g_autoptr (DinhPixels) first = NULL, spoilt = NULL;

  for (guint i = 0; i < 60000; i++)
    g_string_append_printf (second, "%% line %u of what is not drawn, which must be read though\n", i);
  contents[1] = second->str;
  text = pdf_make (contents, 2, "", NULL);
  plain = fixture_write (&fixture->base, "two.pdf", text, -1);
  path = sealed_fixture_seal (plain, fixture->folder);
  document = open_document (fixture->renderer, path, &error);
  g_assert_no_error (error);
  spoil (path, DINH_SEALED_HEADER + 9 * DINH_SEALED_STRIDE + 1000);
  first = draw_page (document, &(DinhDrawing){.page = 0, .scale = 1}, &error);
  g_assert_no_error (error);
  spoilt = draw_page (document, &(DinhDrawing){.page = 1, .scale = 1}, &error);
  g_assert_null (spoilt);
  g_assert_error (error, DINH_PAPER_ERROR, DINH_PAPER_ERROR_DAMAGED);
  await_told (fixture, path);
}

static void
test_empty (Sealed *fixture, gconstpointer data)
{
  g_autofree char *plain = fixture_write (&fixture->base, "empty.pdf", "", 0);
  g_autofree char *path = sealed_fixture_seal (plain, fixture->folder);
  g_autoptr (GError) error = NULL;

  g_assert_null (open_document (fixture->renderer, path, &error));
  g_assert_error (error, DINH_PAPER_ERROR, DINH_PAPER_ERROR_EMPTY);
}

/* A recalled paper's key is gone. */
static void
test_no_key (Sealed *fixture, gconstpointer data)
{
  g_autofree char *plain = fixture_write_paper (&fixture->base, "a.pdf", 1);
  g_autofree char *path = sealed_fixture_seal (plain, fixture->folder);
  g_autoptr (GError) error = NULL;

  g_assert_null (open_document (fixture->renderer, plain, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/paper/sealed/draws-the-same", Sealed, NULL, set_up, test_draws_the_same, tear_down);
  g_test_add ("/paper/sealed/damaged", Sealed, NULL, set_up, test_damaged, tear_down);
  g_test_add ("/paper/sealed/damaged-page", Sealed, NULL, set_up, test_damaged_page, tear_down);
  g_test_add ("/paper/sealed/empty", Sealed, NULL, set_up, test_empty, tear_down);
  g_test_add ("/paper/sealed/no-key", Sealed, NULL, set_up, test_no_key, tear_down);
  return g_test_run ();
}
