/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "data/model/dinh-library.h"
#include "data/model/dinh-line.h"

G_BEGIN_DECLS

#define DINH_TYPE_HOME_PAGE (dinh_home_page_get_type ())
G_DECLARE_FINAL_TYPE (DinhHomePage, dinh_home_page, DINH, HOME_PAGE, GtkWidget)

void dinh_home_page_set_library (DinhHomePage *self, DinhLibrary *library, DinhLine *line);

G_END_DECLS
