/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/model/dinh-meeting.h"
#include "data/model/dinh-session.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define DINH_TYPE_SIGN_IN_PAGE (dinh_sign_in_page_get_type ())
G_DECLARE_FINAL_TYPE (DinhSignInPage, dinh_sign_in_page, DINH, SIGN_IN_PAGE, GtkBox)

void dinh_sign_in_page_set_session (DinhSignInPage *self, DinhSession *session);
void dinh_sign_in_page_set_meeting (DinhSignInPage *self, DinhMeeting *meeting);

G_END_DECLS
