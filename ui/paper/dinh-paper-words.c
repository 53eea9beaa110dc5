/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/paper/dinh-paper-words.h"

#include <glib/gi18n-lib.h>

static const char *const why[] = {
    [DINH_PAPER_ERROR_NOT_PDF] = N_ ("The file is damaged or is not a PDF."),
    [DINH_PAPER_ERROR_EMPTY] = N_ ("The file has no pages."),
    [DINH_PAPER_ERROR_ENCRYPTED] = N_ ("The file is locked with a password."),
    [DINH_PAPER_ERROR_TOO_SLOW] = N_ ("Drawing it takes too long."),
    [DINH_PAPER_ERROR_CRASHED] = N_ ("There is a fault in the file."),
    [DINH_PAPER_ERROR_NO_SUCH_PAGE] = N_ ("The file has no such page."),
    [DINH_PAPER_ERROR_TOO_LARGE] = N_ ("It is too large for this device."),
    [DINH_PAPER_ERROR_HELPER] = N_ ("This device cannot read it just now."),
    [DINH_PAPER_ERROR_CHANGED] = N_ ("This device cannot read it just now."),
    [DINH_PAPER_ERROR_DAMAGED] = N_ ("The copy on this device was damaged. It is downloaded again."),
};

/**
 * dinh_paper_words_why:
 *
 * Returns: a sentence, in the person's language, that says what is wrong
 */
const char *
dinh_paper_words_why (DinhPaperError problem)
{
  return _ (why[problem < G_N_ELEMENTS (why) ? problem : DINH_PAPER_ERROR_HELPER]);
}

/**
 * dinh_paper_words_for_page:
 * @page: from 0
 *
 * Returns: (transfer full): what to tell a person about a page that cannot be shown, as Pango markup
 */
char *
dinh_paper_words_for_page (DinhPaperError problem, guint page)
{
  g_autofree char *heading = g_strdup_printf (_ ("Page %u cannot be shown"), page + 1);

  return g_markup_printf_escaped (
      "<b>%s</b>\n\n%s\n%s", heading, dinh_paper_words_why (problem),
      _ ("The other pages can still be read.\nGo on to the next page, or come back to this one to "
         "try again."));
}

/**
 * dinh_paper_words_for_document:
 *
 * Returns: (transfer full): what to tell a person about a paper that cannot be opened, as Pango markup
 */
char *
dinh_paper_words_for_document (DinhPaperError problem)
{
  return g_markup_printf_escaped (
      "<b>%s</b>\n\n%s\n%s", _ ("This paper cannot be shown"), dinh_paper_words_why (problem),
      _ ("The file itself is kept unchanged and other papers can still be read.\nPlease go back "
         "and tell the secretary."));
}
