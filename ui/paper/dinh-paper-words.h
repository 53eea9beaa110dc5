/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/paper/dinh-document.h"

G_BEGIN_DECLS

const char *dinh_paper_words_why (DinhPaperError problem);
char *dinh_paper_words_for_page (DinhPaperError problem, guint page);
char *dinh_paper_words_for_document (DinhPaperError problem);

G_END_DECLS
