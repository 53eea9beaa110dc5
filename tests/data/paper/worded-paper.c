/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/paper/worded-paper.h"

#include <cairo-pdf.h>
#include <math.h>

/* Makes a paper of one page that says something, as an office program would: a PDF with embedded fonts. */
void
worded_paper_write (const char *path, const PlacedWords *words, guint n_words)
{
  cairo_surface_t *surface = cairo_pdf_surface_create (path, 595, 842);
  cairo_t *cr = cairo_create (surface);

  cairo_select_font_face (cr, "serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
  cairo_set_font_size (cr, 13);
  for (guint i = 0; i < n_words; i++) {
    cairo_save (cr);
    cairo_translate (cr, words[i].x, words[i].y);
    cairo_rotate (cr, words[i].degrees * M_PI / 180);
    cairo_move_to (cr, 0, 0);
    cairo_show_text (cr, words[i].text);
    cairo_restore (cr);
  }
  cairo_destroy (cr);
  cairo_surface_finish (surface);
  g_assert_cmpint (cairo_surface_status (surface), ==, CAIRO_STATUS_SUCCESS);
  cairo_surface_destroy (surface);
}
