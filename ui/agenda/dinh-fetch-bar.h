/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "data/model/dinh-meeting.h"

G_BEGIN_DECLS

#define DINH_TYPE_FETCH_BAR (dinh_fetch_bar_get_type ())
G_DECLARE_FINAL_TYPE (DinhFetchBar, dinh_fetch_bar, DINH, FETCH_BAR, GtkBox)

void dinh_fetch_bar_set_meeting (DinhFetchBar *self, DinhMeeting *meeting);

G_END_DECLS
