/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/model/dinh-meeting.h"

G_BEGIN_DECLS

#define DINH_TYPE_LIBRARY (dinh_library_get_type ())
G_DECLARE_FINAL_TYPE (DinhLibrary, dinh_library, DINH, LIBRARY, GObject)

DinhLibrary *dinh_library_new (void);
void dinh_library_add (DinhLibrary *self, DinhMeeting *meeting);
gboolean dinh_library_remove (DinhLibrary *self, const char *id);
DinhMeeting *dinh_library_find (DinhLibrary *self, const char *id);

G_END_DECLS
