/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/ui/accessible.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A hand for scripts: does one thing to the window of a process through the accessibility tree.
 *
 *   hand PID see TEXT      something in view has TEXT in its name; waits for it
 *   hand PID miss TEXT     nothing in view has it; waits for it to go
 *   hand PID press TEXT    a button or row with TEXT in its name
 *   hand PID list          everything in view, role and name a line
 *
 * $HAND_PATIENCE: milliseconds to wait, 20000 unless given. Ends with 1 if it could not be done.
 */

static void
list_tree (AtspiAccessible *node, int depth)
{
  g_autofree char *role = atspi_accessible_get_role_name (node, NULL);
  g_autofree char *name = atspi_accessible_get_name (node, NULL);

  if (name != NULL && *name != '\0')
    printf ("%*s%s: %s\n", 2 * depth, "", role, name);
  for (int i = 0; i < atspi_accessible_get_child_count (node, NULL); i++) {
    g_autoptr (AtspiAccessible) child = atspi_accessible_get_child_at_index (node, i, NULL);

    if (child != NULL)
      list_tree (child, depth + 1);
  }
}

/* Presses the first thing with the name that can be pressed. */
static gboolean
press (AtspiAccessible *frame, const char *text, guint patience_ms)
{
  static const AtspiRole roles[] = { ATSPI_ROLE_PUSH_BUTTON, ATSPI_ROLE_TOGGLE_BUTTON, ATSPI_ROLE_LIST_ITEM,
                                     ATSPI_ROLE_TREE_ITEM, ATSPI_ROLE_RADIO_BUTTON, ATSPI_ROLE_INVALID };

  for (guint waited = 0; waited <= patience_ms; waited += 100) {
    for (guint i = 0; i < G_N_ELEMENTS (roles); i++) {
      g_autoptr (AtspiAccessible) found = accessible_await (frame, roles[i], text, TRUE, 0);

      if (found != NULL && accessible_press (found))
        return TRUE;
    }
    g_usleep (100000);
  }
  return FALSE;
}

static gboolean
act (AtspiAccessible *frame, const char *verb, const char *text, guint patience_ms)
{
  if (strcmp (verb, "press") == 0)
    return press (frame, text, patience_ms);
  if (strcmp (verb, "see") == 0 || strcmp (verb, "miss") == 0) {
    gboolean there = strcmp (verb, "see") == 0;
    g_autoptr (AtspiAccessible) found = accessible_await (frame, ATSPI_ROLE_INVALID, text, there, patience_ms);

    return (found != NULL) == there;
  }
  return FALSE;
}

int
main (int argc, char **argv)
{
  const char *patience = g_getenv ("HAND_PATIENCE");
  guint patience_ms = patience == NULL ? 20000 : (guint) atoi (patience);
  g_autoptr (AtspiAccessible) frame = NULL;

  if (argc < 3 || (strcmp (argv[2], "list") != 0 && argc != 4)) {
    fprintf (stderr, "usage: hand PID see|miss|press TEXT, hand PID list\n");
    return 2;
  }
  atspi_init ();
  frame = accessible_find_frame ((guint) atoi (argv[1]), patience_ms);
  if (frame == NULL) {
    fprintf (stderr, "hand: process %s shows no window\n", argv[1]);
    return 1;
  }
  if (strcmp (argv[2], "list") == 0) {
    list_tree (frame, 0);
    return 0;
  }
  if (act (frame, argv[2], argv[3], patience_ms))
    return 0;
  fprintf (stderr, "hand: cannot %s “%s”\n", argv[2], argv[3]);
  return 1;
}
