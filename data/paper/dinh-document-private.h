/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/paper/dinh-document.h"
#include "data/paper/dinh-helper.h"

G_BEGIN_DECLS

gpointer dinh_document_open_in_helper (GTask *task, DinhHelper *helper, GError **error);

G_END_DECLS
