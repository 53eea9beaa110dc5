/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <unistd.h>

#include "tests/data/paper/paper-fixture.h"

/* What the asking side makes of a helper that does not keep to the protocol, by the name of the lie
 * (lying-helper.c). */

#define FINE -1
#define EITHER -2 /* fine, or not speaking the protocol: it depends on who is faster */

static const struct {
  const char *lie;
  int opening, drawing; /* a DinhPaperError, or FINE */
} lies[] = {
    {"nothing", FINE, FINE},
    {"version", DINH_PAPER_ERROR_HELPER},
    {"serial", DINH_PAPER_ERROR_HELPER},
    {"status", DINH_PAPER_ERROR_HELPER},
    {"short", DINH_PAPER_ERROR_HELPER},
    {"long", DINH_PAPER_ERROR_HELPER},
    {"no-pages", DINH_PAPER_ERROR_HELPER},
    {"many-pages", DINH_PAPER_ERROR_HELPER},
    {"no-sizes", DINH_PAPER_ERROR_HELPER},
    {"nan", DINH_PAPER_ERROR_HELPER},
    {"huge", DINH_PAPER_ERROR_HELPER},
    {"exit", DINH_PAPER_ERROR_CRASHED},
    {"silence", DINH_PAPER_ERROR_TOO_SLOW},
    {"shrink", FINE, FINE},
    {"twice", FINE, EITHER},
};

static char *
make_liar (Fixture *fixture, const char *lie)
{
  char *program = g_build_filename (fixture->folder, lie, NULL);

  g_assert_cmpint (symlink (g_getenv ("DINH_LYING_HELPER"), program), ==, 0);
  return program;
}

static void
check_code (const GError *error, int code)
{
  if (code == FINE || (code == EITHER && error == NULL))
    g_assert_no_error (error);
  else
    g_assert_error (error, DINH_PAPER_ERROR, (code == EITHER ? DINH_PAPER_ERROR_HELPER : code));
}

static void
test_lies (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_write (fixture, "paper.pdf", "any", -1);

  for (guint i = 0; i < G_N_ELEMENTS (lies); i++) {
    g_autofree char *program = make_liar (fixture, lies[i].lie);
    g_autoptr (DinhRenderer) renderer = dinh_renderer_new (program, 1);
    g_autoptr (GError) error = NULL;
    g_autoptr (DinhDocument) document = open_document (renderer, path, &error);
    g_autoptr (DinhPixels) pixels = NULL;

    g_test_message ("%s", lies[i].lie);
    check_code (error, lies[i].opening);
    if (document == NULL)
      continue;
    pixels = draw_page (document, &(DinhDrawing){.scale = 1}, &error);
    check_code (error, lies[i].drawing);
    if (pixels == NULL)
      continue;
    g_assert_cmpuint (g_bytes_get_size (pixels->pixels), ==, 800);
    g_assert_cmphex (get_pixel (pixels, 9, 19), ==, 0); /* reading to the end must not fault */
  }
}

/* Who reads for a secret's stamp takes no silence for an answer. */
static void
test_text (Fixture *fixture, gconstpointer data)
{
  static const char *const texts[] = {"no-text", "much-text", "exit"};
  g_autofree char *path = fixture_write (fixture, "paper.pdf", "any", -1);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree char *program = make_liar (fixture, texts[i]);
    g_auto (DinhPaperFacts) facts = {0};
    g_autoptr (GError) error = NULL;

    g_test_message ("%s", texts[i]);
    g_assert_false (dinh_paper_inspect (program, path, &facts, NULL, &error));
    check_code (error, i == 2 ? DINH_PAPER_ERROR_CRASHED : DINH_PAPER_ERROR_HELPER);
    g_assert_null (facts.first_page);
  }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/paper/helper/lies", Fixture, NULL, fixture_set_up, test_lies, fixture_tear_down);
  g_test_add ("/paper/helper/text", Fixture, NULL, fixture_set_up, test_text, fixture_tear_down);
  return g_test_run ();
}
