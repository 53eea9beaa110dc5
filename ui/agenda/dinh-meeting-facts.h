/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "data/model/dinh-meeting.h"

G_BEGIN_DECLS

#define DINH_TYPE_MEETING_FACTS (dinh_meeting_facts_get_type ())
G_DECLARE_FINAL_TYPE (DinhMeetingFacts, dinh_meeting_facts, DINH, MEETING_FACTS, GtkBox)

void dinh_meeting_facts_set_meeting (DinhMeetingFacts *self, DinhMeeting *meeting);

G_END_DECLS
