/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/data/paper/paper-fixture.h"

/* What becomes of papers that hang or kill the helper, and of a helper that somebody kills. */

static void
on_drawing_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

/* The one helper there is; one that was just killed is gone a moment later. */
static GPid
get_helper (void)
{
  for (guint i = 0; i < 1000; i++) {
    g_autoptr (GArray) helpers = list_helpers ();

    if (helpers->len == 1)
      return g_array_index (helpers, GPid, 0);
    g_usleep (10000);
  }
  return 0;
}

/* The first page of `document` ends its helper with `code`, and is not tried again; the second can be drawn.
 */
static void
check_fault (DinhDocument *document, int code)
{
  const DinhDrawing bad = {.scale = 1}, good = {.scale = 1, .page = 1};
  g_autoptr (GError) first = NULL;
  g_autoptr (GError) second = NULL;
  g_autoptr (DinhPixels) pixels = NULL;
  GPid helper;

  g_assert_null (draw_page (document, &bad, &first));
  g_assert_error (first, DINH_PAPER_ERROR, code);
  pixels = draw_page (document, &good, NULL);
  g_assert_nonnull (pixels);
  helper = get_helper ();
  g_assert_null (draw_page (document, &bad, &second));
  g_assert_error (second, DINH_PAPER_ERROR, code);
  g_assert_cmpstr (second->message, ==, first->message);
  g_assert_cmpint (get_helper (), ==, helper);
}

static void
test_endless (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_write_endless (fixture);
  g_autoptr (DinhDocument) document = open_document (fixture->renderer, path, NULL);

  check_fault (document, DINH_PAPER_ERROR_TOO_SLOW);
}

#ifndef __SANITIZE_ADDRESS__ /* under which a helper has no memory limit */
static void
test_greedy (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_write_greedy (fixture);
  g_autoptr (DinhDocument) document = open_document (fixture->renderer, path, NULL);

  check_fault (document, DINH_PAPER_ERROR_CRASHED);
}
#endif

/* Pictures that claim to be enormous: whatever poppler makes of one, the next page can be drawn. */
static const char *const pictures[] = {
    "/ColorSpace/DeviceRGB/BitsPerComponent 8/Width 30000/Height 30000",
    "/ColorSpace/DeviceRGB/BitsPerComponent 8/Width 2147483647/Height 2147483647",
    "/ColorSpace/DeviceCMYK/BitsPerComponent 16/Width 30000/Height 30000",
    "/ColorSpace/DeviceGray/BitsPerComponent 8/Width 1/Height 99999999",
    "/ImageMask true/BitsPerComponent 1/Width 99999999/Height 99999999",
};

static void
test_huge_pictures (Fixture *fixture, gconstpointer data)
{
  const char *const contents[] = {"200 0 0 100 0 0 cm /I Do", ""};

  for (guint i = 0; i < G_N_ELEMENTS (pictures); i++) {
    g_autofree char *picture =
        g_strdup_printf ("<</Type/XObject/Subtype/Image%s/Length 4>>stream\nabcd\nendstream", pictures[i]);
    const char *const others[] = {picture, NULL};
    g_autofree char *pdf = pdf_make (contents, 2, "/Resources<</XObject<</I 7 0 R>>>>", others);
    g_autofree char *path = fixture_write (fixture, "picture.pdf", pdf, -1);
    g_autoptr (DinhDocument) document = open_document (fixture->renderer, path, NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (DinhPixels) first = draw_page (document, &(DinhDrawing){.scale = 1}, &error);
    g_autoptr (DinhPixels) second = draw_page (document, &(DinhDrawing){.scale = 1, .page = 1}, NULL);

    g_assert_true ((first == NULL) == (error != NULL));
    g_assert_nonnull (second);
  }
}

/* A second helper draws on while the first is stuck. */
static void
test_beside_endless (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhRenderer) renderer = dinh_renderer_new (fixture->program, 2);
  g_autofree char *path = fixture_write_endless (fixture);
  g_autoptr (DinhDocument) document = open_document (renderer, path, NULL);
  g_autoptr (GAsyncResult) stuck = NULL;
  g_autoptr (GError) error = NULL;

  dinh_document_draw_async (document, &(DinhDrawing){.scale = 1}, NULL, on_drawing_ready, &stuck);
  for (guint i = 0; i < 10; i++) {
    g_autoptr (DinhPixels) pixels = draw_page (document, &(DinhDrawing){.scale = 1, .page = 1}, NULL);

    g_assert_nonnull (pixels);
    g_assert_null (stuck);
  }
  while (stuck == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (dinh_document_draw_finish (document, stuck, &error));
  g_assert_error (error, DINH_PAPER_ERROR, DINH_PAPER_ERROR_TOO_SLOW);
}

/* A helper killed while it is asked, or while it idles, is replaced without anybody noticing. */
static void
test_killed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_write_paper (fixture, "paper.pdf", 1);
  g_autoptr (DinhDocument) document = open_document (fixture->renderer, path, NULL);

  for (guint i = 0; i < 4; i++) {
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (DinhPixels) pixels = NULL;
    GPid helper = get_helper ();

    kill (helper, SIGSTOP);
    dinh_document_draw_async (document, &(DinhDrawing){.scale = 1}, NULL, on_drawing_ready, &result);
    g_usleep (i * 10000);
    kill (helper, SIGKILL);
    while (result == NULL)
      g_main_context_iteration (NULL, TRUE);
    pixels = dinh_document_draw_finish (document, result, NULL);
    g_assert_nonnull (pixels);
    g_assert_cmpint (get_helper (), !=, helper);
  }
}

/* A paper replaced at its path goes on as it was; one changed in place is refused rather than shown half and
 * half. */
static void
test_changed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_write_paper (fixture, "paper.pdf", 2);
  g_autoptr (DinhDocument) document = open_document (fixture->renderer, path, NULL);
  g_autofree char *again = fixture_write_paper (fixture, "paper.pdf", 1);
  g_autoptr (DinhDocument) other = open_document (fixture->renderer, again, NULL);
  g_autoptr (DinhPixels) pixels = draw_page (document, &(DinhDrawing){1, 1}, NULL);
  g_autoptr (GError) error = NULL;
  FILE *file = fopen (path, "r+");

  g_assert_nonnull (pixels);
  g_assert_cmpuint (dinh_document_get_n_pages (other), ==, 1);
  fputs ("%PDF-1.3", file);
  g_assert_cmpint (ftruncate (fileno (file), 60), ==, 0);
  fclose (file);
  g_assert_null (draw_page (other, &(DinhDrawing){0, 1}, &error));
  g_assert_error (error, DINH_PAPER_ERROR, DINH_PAPER_ERROR_CHANGED);
}

static void
test_no_helper (Fixture *fixture, gconstpointer data)
{
  static const char *const programs[] = {"/nonexistent/dinh-helper", "/bin/true", "/bin/cat"};
  g_autofree char *path = fixture_write_paper (fixture, "paper.pdf", 1);

  for (guint i = 0; i < G_N_ELEMENTS (programs); i++) {
    g_autoptr (DinhRenderer) renderer = dinh_renderer_new (programs[i], 1);
    g_autoptr (GError) error = NULL;

    g_assert_null (open_document (renderer, path, &error));
    g_assert_error (error, DINH_PAPER_ERROR, DINH_PAPER_ERROR_HELPER);
    g_assert_nonnull (strstr (error->message, programs[i]));
  }
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/paper/renderer/endless", test_endless);
#ifndef __SANITIZE_ADDRESS__ /* under which a helper has no memory limit */
  ADD ("/paper/renderer/greedy", test_greedy);
#endif
  ADD ("/paper/renderer/huge-pictures", test_huge_pictures);
  ADD ("/paper/renderer/beside-endless", test_beside_endless);
  ADD ("/paper/renderer/killed", test_killed);
  ADD ("/paper/renderer/changed", test_changed);
  ADD ("/paper/renderer/no-helper", test_no_helper);
  return g_test_run ();
}
