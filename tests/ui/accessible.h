/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <atspi/atspi.h>

G_BEGIN_DECLS

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AtspiAccessible, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AtspiAction, g_object_unref)

/* A window as a blind official meets it: things are found by role and name, and done by their actions. */
AtspiAccessible *accessible_find_frame (guint pid, guint patience_ms);
AtspiAccessible *accessible_find (AtspiAccessible *node, AtspiRole role, const char *part);
AtspiAccessible *accessible_await (AtspiAccessible *node, AtspiRole role, const char *part, gboolean there, guint patience_ms);
gboolean accessible_press (AtspiAccessible *node);

G_END_DECLS
