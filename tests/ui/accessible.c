/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/ui/accessible.h"

#include <string.h>

#define PAUSE_MS 50

static gboolean
fits (AtspiAccessible *node, AtspiRole role, const char *part)
{
  g_autofree char *name = NULL;

  if (role != ATSPI_ROLE_INVALID && atspi_accessible_get_role (node, NULL) != role)
    return FALSE;
  name = atspi_accessible_get_name (node, NULL);
  return name != NULL && strstr (name, part) != NULL;
}

/*
 * The first thing of @role (INVALID: any) with @part in its name, below @node. GTK 4.8 leaves hidden widgets out of
 * the tree and never says that one is showing.
 */
AtspiAccessible *
accessible_find (AtspiAccessible *node, AtspiRole role, const char *part)
{
  int n_children = atspi_accessible_get_child_count (node, NULL);

  for (int i = 0; i < n_children; i++) {
    g_autoptr (AtspiAccessible) child = atspi_accessible_get_child_at_index (node, i, NULL);
    AtspiAccessible *found = NULL;

    if (child == NULL)
      continue;
    if (fits (child, role, part))
      return g_steal_pointer (&child);
    found = accessible_find (child, role, part);
    if (found != NULL)
      return found;
  }
  return NULL;
}

/* Waits until such a thing is there, or is not; gives it, or NULL. */
AtspiAccessible *
accessible_await (AtspiAccessible *node, AtspiRole role, const char *part, gboolean there, guint patience_ms)
{
  for (guint waited = 0;; waited += PAUSE_MS) {
    g_autoptr (AtspiAccessible) found = NULL;

    atspi_accessible_clear_cache (node);
    found = accessible_find (node, role, part);
    if ((found != NULL) == there || waited >= patience_ms)
      return g_steal_pointer (&found);
    g_usleep (PAUSE_MS * 1000);
  }
}

static AtspiAccessible *
frame_of (AtspiAccessible *desktop, guint pid)
{
  for (int i = 0; i < atspi_accessible_get_child_count (desktop, NULL); i++) {
    g_autoptr (AtspiAccessible) app = atspi_accessible_get_child_at_index (desktop, i, NULL);

    if (app != NULL && (guint) atspi_accessible_get_process_id (app, NULL) == pid)
      return atspi_accessible_get_child_at_index (app, 0, NULL);
  }
  return NULL;
}

/* The first window of process @pid, waited for; or NULL. */
AtspiAccessible *
accessible_find_frame (guint pid, guint patience_ms)
{
  for (guint waited = 0;; waited += PAUSE_MS) {
    g_autoptr (AtspiAccessible) desktop = atspi_get_desktop (0);
    AtspiAccessible *frame = frame_of (desktop, pid);

    if (frame != NULL || waited >= patience_ms)
      return frame;
    atspi_accessible_clear_cache (desktop);
    g_usleep (PAUSE_MS * 1000);
  }
}

gboolean
accessible_press (AtspiAccessible *node)
{
  g_autoptr (AtspiAction) action = atspi_accessible_get_action_iface (node);

  return action != NULL && atspi_action_do_action (action, 0, NULL);
}
