/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui/agenda/dinh-kiosk-window.h"

G_BEGIN_DECLS

/* What a kiosk shows in tests and pictures: meetings from tests/fixtures, a line whose clock stands at their
 * time. */
typedef struct {
  DinhLibrary *library;
  DinhLine *line;
  GtkWindow *window;
  char *wanted; /* the paper that was last asked for */
} Fixture;

DinhMeeting *fixture_load (const char *name, const char *id, guint64 seq);
DinhMeeting *fixture_change (DinhMeeting *meeting);
void fixture_set_ready (DinhPaper *paper, const char *file);
void fixture_fetch (DinhMeeting *meeting);
Fixture *fixture_new (GtkApplication *app);
void fixture_free (Fixture *fixture);

G_END_DECLS
