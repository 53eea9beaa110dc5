/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <atspi/atspi.h>
#include <gtk/gtk.h>
#include <locale.h>
#include <signal.h>

#include "fake-document.h"
#include "ui/paper/dinh-reader.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AtspiAccessible, g_object_unref)

/* Reads a paper as somebody does who cannot see it: through AT-SPI, from another process. */

#define PATIENCE 20 /* seconds until something is missing */

G_NORETURN static void
run_window (void)
{
  gtk_init ();
  g_set_prgname ("dinh-reader-window");
  g_autoptr (DinhRenderer) renderer = dinh_renderer_new (NULL, 1);
  GtkWidget *window = gtk_window_new ();
  GtkWidget *reader = dinh_reader_new (renderer);

  fake_document_draw_by_itself (TRUE);
  gtk_window_set_child (GTK_WINDOW (window), reader);
  gtk_window_present (GTK_WINDOW (window));
  g_object_set (reader, "title", "Draft resolution", NULL);
  dinh_reader_open (DINH_READER (reader), "12", 0);
  while (TRUE) {
    g_main_context_iteration (NULL, TRUE);
  }
}

static AtspiAccessible *
find_below (AtspiAccessible *parent, const char *name, AtspiRole role)
{
  int n = atspi_accessible_get_child_count (parent, NULL);

  for (int i = 0; i < n; i++) {
    g_autoptr (AtspiAccessible) child = atspi_accessible_get_child_at_index (parent, i, NULL);
    g_autofree char *its_name = child != NULL ? atspi_accessible_get_name (child, NULL) : NULL;

    if (g_strcmp0 (its_name, name) == 0 && atspi_accessible_get_role (child, NULL) == role) {
      return g_steal_pointer (&child);
    }
    AtspiAccessible *found = child != NULL ? find_below (child, name, role) : NULL;
    if (found != NULL) {
      return found;
    }
  }
  return NULL;
}

/* libatspi warns of a program that is still on its way onto the bus. */
static gboolean
on_warned (const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
  return g_strcmp0 (domain, "dbind") != 0;
}

static AtspiAccessible *
find (const char *name, AtspiRole role)
{
  g_autoptr (AtspiAccessible) desktop = atspi_get_desktop (0);
  gint64 end = g_get_monotonic_time () + PATIENCE * G_USEC_PER_SEC;
  AtspiAccessible *found = NULL;

  g_test_log_set_fatal_handler (on_warned, NULL);
  while (found == NULL && g_get_monotonic_time () < end) {
    atspi_accessible_clear_cache (desktop);
    found = find_below (desktop, name, role);
    if (found == NULL) {
      g_usleep (G_USEC_PER_SEC / 10);
    }
  }
  return found;
}

static void
assert_found (const char *name, AtspiRole role)
{
  g_autoptr (AtspiAccessible) found = find (name, role);

  if (found == NULL) {
    g_test_message ("nothing is called “%s”", name);
  }
  g_assert_nonnull (found);
}

static void
click (const char *name)
{
  g_autoptr (AtspiAccessible) button = find (name, ATSPI_ROLE_PUSH_BUTTON);

  g_assert_nonnull (button);
  g_assert_true (atspi_action_do_action (ATSPI_ACTION (button), 0, NULL));
}

static void
test_names (void)
{
  static const char *const buttons[] = {"Previous page", "Next page",  "Smaller",
                                        "Larger",        "Whole page", "Small pages"};

  assert_found ("Draft resolution", ATSPI_ROLE_PANEL);
  assert_found ("Page 1 of 12", ATSPI_ROLE_IMAGE);
  for (guint i = 0; i < G_N_ELEMENTS (buttons); i++) {
    assert_found (buttons[i], ATSPI_ROLE_PUSH_BUTTON);
  }
}

static void
test_turns_by_button (void)
{
  click ("Next page");
  assert_found ("Page 2 of 12", ATSPI_ROLE_IMAGE);
  assert_found ("Page 2 / 12", ATSPI_ROLE_PUSH_BUTTON);
  click ("Previous page");
  assert_found ("Page 1 of 12", ATSPI_ROLE_IMAGE);
}

static void
test_thumbnails_by_button (void)
{
  click ("Small pages");
  assert_found ("Page 3", ATSPI_ROLE_IMAGE);
  click ("Small pages");
}

int
main (int argc, char **argv)
{
  char *window[] = {argv[0], (char *) "--window", NULL};
  g_autoptr (GError) error = NULL;
  GPid pid;

  setlocale (LC_ALL, "");
  if (argc == 2 && g_str_equal (argv[1], "--window")) {
    run_window ();
  }
  g_test_init (&argc, &argv, NULL);
  g_spawn_async (NULL, window, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, &error);
  g_assert_no_error (error);
  atspi_init ();
  g_test_add_func ("/ui/paper/reader-accessible/names", test_names);
  g_test_add_func ("/ui/paper/reader-accessible/turns-by-button", test_turns_by_button);
  g_test_add_func ("/ui/paper/reader-accessible/thumbnails-by-button", test_thumbnails_by_button);
  int status = g_test_run ();
  kill (pid, SIGTERM);
  g_spawn_close_pid (pid);
  return status;
}
