/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/model/dinh-line.h"
#include "data/model/dinh-meeting.h"

G_BEGIN_DECLS

char *dinh_words_clock (gint64 time);
char *dinh_words_date (gint64 time);
char *dinh_words_day (gint64 time, gint64 now);
char *dinh_words_span (gint64 begins, gint64 ends);
gboolean dinh_words_is_same_day (gint64 time, gint64 other);
char *dinh_words_size (guint64 bytes);

const char *dinh_words_kind (const char *kind);
const char *dinh_words_line (DinhLineState state);
const char *dinh_words_line_problem (DinhLineProblem problem);
const char *dinh_words_problem (const char *problem);
char *dinh_words_paper_state (DinhPaper *paper);
char *dinh_words_papers_here (DinhMeeting *meeting);

char *dinh_words_fold (const char *text);
char *dinh_words_join (const char *const *texts, gsize n);

G_END_DECLS
