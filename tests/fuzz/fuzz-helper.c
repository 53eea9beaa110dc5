/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <unistd.h>

#include "tests/data/paper/paper-fixture.h"

/* A helper that says anything at all: each opening and drawing must end with a result or an error, and every
 * byte of what is said to be pixels must be there. $FUZZ_ROUNDS says how often; --seed repeats a run. */

static void
read_pixels (DinhPixels *pixels)
{
  const guint8 *bytes = g_bytes_get_data (pixels->pixels, NULL);
  volatile guint sum = 0;

  g_assert_cmpuint (g_bytes_get_size (pixels->pixels), ==, 4 * pixels->width * pixels->height);
  for (gsize i = 0; i < g_bytes_get_size (pixels->pixels); i++)
    sum += bytes[i];
}

static void
draw_some (DinhDocument *document)
{
  for (guint i = 0; i < 8; i++) {
    const DinhDrawing drawing = {.page = i / 4, .scale = 1, .width = 32, .height = 32};
    g_autoptr (GError) error = NULL;
    g_autoptr (DinhPixels) pixels = draw_page (document, &drawing, &error);

    g_assert_true ((pixels == NULL) == (error != NULL));
    if (pixels != NULL)
      read_pixels (pixels);
  }
}

static void
test_babble (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_write (fixture, "paper.pdf", "any", -1);
  g_autofree char *program = g_build_filename (fixture->folder, "babble", NULL);
  guint n_rounds = g_getenv ("FUZZ_ROUNDS") != NULL ? atoi (g_getenv ("FUZZ_ROUNDS")) : 200;
  guint n_opened = 0;

  g_assert_cmpint (symlink (g_getenv ("DINH_LYING_HELPER"), program), ==, 0);
  for (guint i = 0; i < n_rounds; i++) {
    g_autofree char *seed = g_strdup_printf ("%d", g_test_rand_int_range (0, G_MAXINT));
    g_autoptr (DinhRenderer) renderer = NULL;
    g_autoptr (DinhDocument) document = NULL;
    g_autoptr (GError) error = NULL;

    g_setenv ("BABBLE_SEED", seed, TRUE);
    renderer = dinh_renderer_new (program, 1);
    document = open_document (renderer, path, &error);
    g_assert_true ((document == NULL) == (error != NULL));
    n_opened += document != NULL;
    if (document != NULL)
      draw_some (document);
  }
  g_test_message ("%u of %u were believed", n_opened, n_rounds);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/fuzz/helper/babble", Fixture, NULL, fixture_set_up, test_babble, fixture_tear_down);
  return g_test_run ();
}
