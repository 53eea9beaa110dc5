/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "data/model/dinh-meeting.h"

G_BEGIN_DECLS

#define DINH_TYPE_MEETING_CARD (dinh_meeting_card_get_type ())
G_DECLARE_FINAL_TYPE (DinhMeetingCard, dinh_meeting_card, DINH, MEETING_CARD, GtkBox)

void dinh_meeting_card_set_meeting (DinhMeetingCard *self, DinhMeeting *meeting, gint64 now);

G_END_DECLS
