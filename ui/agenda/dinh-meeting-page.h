/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "data/model/dinh-meeting.h"
#include "data/paper/dinh-document.h"

G_BEGIN_DECLS

#define DINH_TYPE_MEETING_PAGE (dinh_meeting_page_get_type ())
G_DECLARE_FINAL_TYPE (DinhMeetingPage, dinh_meeting_page, DINH, MEETING_PAGE, GtkWidget)

void dinh_meeting_page_set_renderer (DinhMeetingPage *self, DinhRenderer *renderer);
DinhMeeting *dinh_meeting_page_get_meeting (DinhMeetingPage *self);
void dinh_meeting_page_set_meeting (DinhMeetingPage *self, DinhMeeting *meeting);
DinhPaper *dinh_meeting_page_get_paper (DinhMeetingPage *self);
void dinh_meeting_page_open_paper (DinhMeetingPage *self, DinhPaper *paper);
const char *dinh_meeting_page_get_place (DinhMeetingPage *self);
void dinh_meeting_page_go (DinhMeetingPage *self, const char *place);
gboolean dinh_meeting_page_go_back (DinhMeetingPage *self);

G_END_DECLS
