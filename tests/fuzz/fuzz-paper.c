/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "tests/data/paper/paper-fixture.h"

/* Damages papers in many ways and reads on: each time there must be a page or an error, and a sound paper
 * must open afterwards. $FUZZ_ROUNDS says how often; --seed repeats a run. */

#define MAX_PAGES 3 /* drawn of each */

static const char *const words[] = {
    "obj",   "endobj", "stream",  "endstream",   "xref",  "trailer", "/Length", "/Filter", "/FlateDecode",
    "/Kids", "/Count", "/Parent", "/Root",       "/Prev", "/W",      "[",       "]",       "<<",
    ">>",    "0 R",    "-1",      "99999999999", "1e38",  "q ",      "Q ",
};

static void
flip_bits (GByteArray *bytes)
{
  for (int n = g_test_rand_int_range (1, 64); n > 0; n--)
    bytes->data[g_test_rand_int_range (0, bytes->len)] ^= 1 << g_test_rand_int_range (0, 8);
}

static void
write_words (GByteArray *bytes)
{
  for (int n = g_test_rand_int_range (1, 16); n > 0; n--) {
    const char *word = words[g_test_rand_int_range (0, G_N_ELEMENTS (words))];
    guint at = g_test_rand_int_range (0, bytes->len);

    memcpy (bytes->data + at, word, MIN (strlen (word), bytes->len - at));
  }
}

static void
cut (GByteArray *bytes)
{
  g_byte_array_set_size (bytes, g_test_rand_int_range (1, bytes->len + 1));
}

static void
remove_piece (GByteArray *bytes)
{
  guint at = g_test_rand_int_range (0, bytes->len);

  g_byte_array_remove_range (bytes, at, g_test_rand_int_range (0, bytes->len - at + 1));
  if (bytes->len == 0)
    g_byte_array_append (bytes, (const guint8 *) "%", 1);
}

static void
copy_piece (GByteArray *bytes)
{
  guint from = g_test_rand_int_range (0, bytes->len), to = g_test_rand_int_range (0, bytes->len);

  memmove (bytes->data + to, bytes->data + from, g_test_rand_int_range (0, bytes->len - MAX (from, to) + 1));
}

/* Digits say where things are and how large. */
static void
change_digits (GByteArray *bytes)
{
  for (int n = g_test_rand_int_range (1, 2000); n > 0; n--) {
    guint8 *byte = &bytes->data[g_test_rand_int_range (0, bytes->len)];

    if (g_ascii_isdigit (*byte))
      *byte = '0' + g_test_rand_int_range (0, 10);
  }
}

static void (*const mutations[]) (GByteArray *) = {flip_bits,    write_words, cut,
                                                   remove_piece, copy_piece,  change_digits};

static void
draw_pages (DinhDocument *document)
{
  guint n_pages = MIN (dinh_document_get_n_pages (document), MAX_PAGES);

  for (guint page = 0; page < n_pages; page++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (DinhPixels) pixels = draw_page (document, &(DinhDrawing){page, 0.5}, &error);

    g_assert_true ((pixels == NULL) == (error != NULL));
    if (error != NULL)
      g_assert_cmpint (error->domain, ==, DINH_PAPER_ERROR);
  }
}

/* Returns whether it could be opened. */
static gboolean
read_damaged (Fixture *fixture, GBytes *paper)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhDocument) document = NULL;
  g_autofree char *path = NULL;

  g_byte_array_append (bytes, g_bytes_get_data (paper, NULL), g_bytes_get_size (paper));
  for (int n = g_test_rand_int_range (1, 4); n > 0; n--)
    mutations[g_test_rand_int_range (0, G_N_ELEMENTS (mutations))](bytes);
  path = fixture_write (fixture, "damaged.pdf", (const char *) bytes->data, bytes->len);
  document = open_document (fixture->renderer, path, &error);
  g_assert_true ((document == NULL) == (error != NULL));
  if (document != NULL)
    draw_pages (document);
  else
    g_assert_cmpint (error->domain, ==, DINH_PAPER_ERROR);
  return document != NULL;
}

static void
check_sound (Fixture *fixture, const char *path)
{
  g_autoptr (DinhDocument) document = open_document (fixture->renderer, path, NULL);
  g_autoptr (DinhPixels) pixels = draw_page (document, &(DinhDrawing){.scale = 1}, NULL);

  g_assert_cmphex (get_pixel (pixels, 5, 5), ==, 0xffff0000);
}

static void
test_damage (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) paths = fixture_list_papers (fixture);
  const char *sound = paths->pdata[paths->len - 1];
  guint n_rounds = g_getenv ("FUZZ_ROUNDS") != NULL ? atoi (g_getenv ("FUZZ_ROUNDS")) : 200;
  guint n_opened = 0;

  for (guint i = 0; i < n_rounds; i++) {
    g_autoptr (GMappedFile) map = g_mapped_file_new (paths->pdata[i % paths->len], FALSE, NULL);
    g_autoptr (GBytes) paper = g_mapped_file_get_bytes (map);

    n_opened += read_damaged (fixture, paper);
    if (i % 8 == 0)
      check_sound (fixture, sound);
  }
  check_sound (fixture, sound);
  g_test_message ("%u of %u could be opened", n_opened, n_rounds);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/fuzz/paper/damage", Fixture, NULL, fixture_set_up, test_damage, fixture_tear_down);
  return g_test_run ();
}
