/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/model/dinh-meeting.h"
#include "data/net/dinh-keeper.h"

G_BEGIN_DECLS

#define DINH_TYPE_MARKS (dinh_marks_get_type ())
G_DECLARE_FINAL_TYPE (DinhMarks, dinh_marks, DINH, MARKS, GObject)

DinhMarks *dinh_marks_new (DinhKeeper *keeper, DinhMeeting *meeting, const char *kept);
void dinh_marks_flush (DinhMarks *self);

G_END_DECLS
