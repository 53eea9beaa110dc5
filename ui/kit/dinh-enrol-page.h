/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/model/dinh-admission.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define DINH_TYPE_ENROL_PAGE (dinh_enrol_page_get_type ())
G_DECLARE_FINAL_TYPE (DinhEnrolPage, dinh_enrol_page, DINH, ENROL_PAGE, GtkBox)

GtkWidget *dinh_enrol_page_new (DinhAdmission *admission);

G_END_DECLS
