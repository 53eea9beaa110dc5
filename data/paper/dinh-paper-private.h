/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/paper/dinh-paper.h"

G_BEGIN_DECLS

gboolean dinh_paper_fail (GError **error, DinhPaperError code, const char *format, ...) G_GNUC_PRINTF (3, 4);

G_END_DECLS
