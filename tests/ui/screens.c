/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>

#include "app/dinh-locale.h"
#include "tests/ui/fixture.h"
#include "ui/kit/dinh-measure.h"
#include "ui/kit/dinh-enrol-page.h"
#include "ui/kit/dinh-notice.h"
#include "ui/kit/dinh-ruler.h"

/*
 * Writes a picture of every page and state of the kiosk's window into a folder, named
 * page-state-language-size.png:
 *
 *   LANGUAGE=vi DINH_SCREEN=1024x768 tests/ui/run-in-display build/tests/ui/screens FOLDER
 */

typedef void (*Prepare) (Fixture *fixture);

static DinhMeeting *
today (Fixture *fixture)
{
  return dinh_library_find (fixture->library, "today");
}

static void
activate (Fixture *fixture, const char *action, const char *target)
{
  gtk_widget_activate_action (GTK_WIDGET (fixture->window), action, target ? "s" : NULL, target);
}

static GtkWidget *
find_widget (GtkWidget *widget, const char *type)
{
  if (g_str_equal (G_OBJECT_TYPE_NAME (widget), type))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child)) {
    GtkWidget *found = find_widget (child, type);

    if (found != NULL)
      return found;
  }
  return NULL;
}

static void
read_paper (Fixture *fixture, const char *id)
{
  gtk_widget_activate_action (find_widget (GTK_WIDGET (fixture->window), "DinhMeetingPage"),
                              "meeting.open-paper", "s", id);
}

static void
show_home (Fixture *fixture)
{
  fixture_fetch (today (fixture));
}

static void
show_home_offline (Fixture *fixture)
{
  dinh_line_set_state (fixture->line, DINH_LINE_OFFLINE);
}

static void
show_home_empty (Fixture *fixture)
{
  dinh_library_remove (fixture->library, "today");
  dinh_library_remove (fixture->library, "coming");
  dinh_library_remove (fixture->library, "cancelled");
}

static void
show_home_dark (Fixture *fixture)
{
  g_object_set (fixture->window, "scheme", 1, NULL);
  show_home (fixture);
}

static void
show_meeting (Fixture *fixture)
{
  activate (fixture, "kiosk.open-meeting", "today");
  fixture_fetch (today (fixture));
}

static void
show_meeting_large (Fixture *fixture)
{
  g_object_set (fixture->window, "text-size", 28, NULL);
  show_meeting (fixture);
}

static void
show_meeting_contrast (Fixture *fixture)
{
  g_object_set (fixture->window, "scheme", 2, NULL);
  show_meeting (fixture);
}

static void
show_meeting_changed (Fixture *fixture)
{
  show_meeting (fixture);
  fixture_change (today (fixture));
}

static void
show_meeting_problem (Fixture *fixture)
{
  show_meeting_changed (fixture);
  dinh_line_set_problem (fixture->line, DINH_LINE_PROBLEM_RECORD_FORKED);
  dinh_line_set_state (fixture->line, DINH_LINE_POLLING);
}

static void
show_meeting_cancelled (Fixture *fixture)
{
  activate (fixture, "kiosk.open-meeting", "cancelled");
}

static void
show_papers (Fixture *fixture)
{
  show_meeting (fixture);
  activate (fixture, "kiosk.go", "papers");
}

static void
show_changes (Fixture *fixture)
{
  show_meeting_changed (fixture);
  activate (fixture, "kiosk.go", "changes");
}

static void
show_reading (Fixture *fixture)
{
  show_meeting (fixture);
  read_paper (fixture, "ttr-214");
}

static void
show_reading_dark (Fixture *fixture)
{
  g_object_set (fixture->window, "scheme", 1, NULL);
  show_reading (fixture);
}

static void
show_reading_list (Fixture *fixture)
{
  show_reading (fixture);
  activate (fixture, "kiosk.go", "agenda");
}

static void
show_reading_outdated (Fixture *fixture)
{
  show_meeting (fixture);
  fixture_set_ready (dinh_meeting_find_paper (today (fixture), "dt-nq"), "du-thao-nghi-quyet.pdf");
  read_paper (fixture, "dt-nq");
  fixture_change (today (fixture));
}

static void
show_waiting (Fixture *fixture)
{
  show_meeting (fixture);
  read_paper (fixture, "dt-nq");
}

static void
show_failed (Fixture *fixture)
{
  show_meeting (fixture);
  read_paper (fixture, "pl-so-lieu");
}

static void
show_recalled (Fixture *fixture)
{
  show_meeting (fixture);
  read_paper (fixture, "dt-cu");
}

static void
show_thumbnails (Fixture *fixture)
{
  show_reading (fixture);
  gtk_toggle_button_set_active (
    GTK_TOGGLE_BUTTON (find_widget (find_widget (GTK_WIDGET (fixture->window), "DinhReader"), "GtkToggleButton")), TRUE);
}

/* What stands in the window before the kiosk can begin. */
static void
show_instead (Fixture *fixture, GtkWidget *page)
{
  gtk_window_set_child (fixture->window, page);
}

static void
show_ruler (Fixture *fixture)
{
  show_instead (fixture, dinh_ruler_new ());
}

static void
show_not_enrolled (Fixture *fixture)
{
  show_instead (fixture, dinh_notice_new (DINH_NOTICE_NOT_ENROLLED));
}

static void
show_cannot_keep (Fixture *fixture)
{
  show_instead (fixture, dinh_notice_new (DINH_NOTICE_CANNOT_KEEP));
}

/* Each step of being registered, and what may go wrong. */
static DinhAdmission *
show_admission (Fixture *fixture, DinhAdmissionStep step)
{
  DinhAdmission *admission = dinh_admission_new ();

  dinh_admission_set_entry (admission, "10.24.0.5:8444", "7K3M-9QXA-P2TC-0VHE-4R8W-N6ZD");
  dinh_admission_set_fingerprint (admission, "3f9a21c07be845d6aa11");
  dinh_admission_set_step (admission, step);
  show_instead (fixture, dinh_enrol_page_new (admission));
  return admission;
}

static void
show_enrol (Fixture *fixture)
{
  g_autoptr (DinhAdmission) admission = dinh_admission_new ();

  show_instead (fixture, dinh_enrol_page_new (admission));
}

static void
show_enrol_checking (Fixture *fixture)
{
  g_object_unref (show_admission (fixture, DINH_ADMISSION_CHECKING));
}

static void
show_enrol_sending (Fixture *fixture)
{
  g_object_unref (show_admission (fixture, DINH_ADMISSION_SENDING));
}

static void
show_enrol_waiting (Fixture *fixture)
{
  g_object_unref (show_admission (fixture, DINH_ADMISSION_WAITING));
}

static void
show_enrol_held_up (Fixture *fixture)
{
  g_object_unref (show_admission (fixture, DINH_ADMISSION_HELD_UP));
}

static void
show_enrol_done (Fixture *fixture)
{
  g_object_unref (show_admission (fixture, DINH_ADMISSION_DONE));
}

static void
show_fault (Fixture *fixture, DinhAdmissionFault fault)
{
  g_autoptr (DinhAdmission) admission = show_admission (fixture, DINH_ADMISSION_CHECKING);

  dinh_admission_fail (admission, fault);
}

static void
show_enrol_no_address (Fixture *fixture)
{
  show_fault (fixture, DINH_ADMISSION_FAULT_NO_ADDRESS);
}

static void
show_enrol_no_code (Fixture *fixture)
{
  show_fault (fixture, DINH_ADMISSION_FAULT_NO_CODE);
}

static void
show_enrol_unreachable (Fixture *fixture)
{
  show_fault (fixture, DINH_ADMISSION_FAULT_UNREACHABLE);
}

static void
show_enrol_authority (Fixture *fixture)
{
  show_fault (fixture, DINH_ADMISSION_FAULT_AUTHORITY);
}

static void
show_enrol_wrong_code (Fixture *fixture)
{
  show_fault (fixture, DINH_ADMISSION_FAULT_WRONG_CODE);
}

static void
show_enrol_refused (Fixture *fixture)
{
  show_fault (fixture, DINH_ADMISSION_FAULT_REFUSED);
}

static void
show_enrol_hub (Fixture *fixture)
{
  show_fault (fixture, DINH_ADMISSION_FAULT_HUB);
}

static void
show_enrol_cannot_keep (Fixture *fixture)
{
  show_fault (fixture, DINH_ADMISSION_FAULT_CANNOT_KEEP);
}

static const struct {
  const char *name;
  Prepare prepare;
} pictures[] = {
    {"home-usual", show_home},
    {"home-offline", show_home_offline},
    {"home-empty", show_home_empty},
    {"home-dark", show_home_dark},
    {"meeting-usual", show_meeting},
    {"meeting-large", show_meeting_large},
    {"meeting-contrast", show_meeting_contrast},
    {"meeting-changed", show_meeting_changed},
    {"meeting-problem", show_meeting_problem},
    {"meeting-cancelled", show_meeting_cancelled},
    {"papers-usual", show_papers},
    {"changes-usual", show_changes},
    {"paper-reading", show_reading},
    {"paper-reading-dark", show_reading_dark},
    {"paper-reading-list", show_reading_list},
    {"paper-outdated", show_reading_outdated},
    {"paper-waiting", show_waiting},
    {"paper-failed", show_failed},
    {"paper-recalled", show_recalled},
    {"paper-thumbnails", show_thumbnails},
    {"screen-size", show_ruler},
    {"enrol-entering", show_enrol},
    {"enrol-checking", show_enrol_checking},
    {"enrol-sending", show_enrol_sending},
    {"enrol-waiting", show_enrol_waiting},
    {"enrol-held-up", show_enrol_held_up},
    {"enrol-done", show_enrol_done},
    {"enrol-no-address", show_enrol_no_address},
    {"enrol-no-code", show_enrol_no_code},
    {"enrol-unreachable", show_enrol_unreachable},
    {"enrol-authority", show_enrol_authority},
    {"enrol-wrong-code", show_enrol_wrong_code},
    {"enrol-refused", show_enrol_refused},
    {"enrol-hub", show_enrol_hub},
    {"enrol-cannot-keep", show_enrol_cannot_keep},
    {"notice-not-enrolled", show_not_enrolled},
    {"notice-cannot-keep", show_cannot_keep},
};

static char *folder;
static const char *only;

static gboolean
on_time_out (gpointer done)
{
  *(gboolean *) done = TRUE;
  return G_SOURCE_REMOVE;
}

static void
let_settle (guint milliseconds)
{
  gboolean done = FALSE;

  g_timeout_add (milliseconds, on_time_out, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
}

static void
take_picture (GtkApplication *app, const char *name, Prepare prepare)
{
  Fixture *fixture = fixture_new (app);
  g_autoptr (GdkMonitor) monitor =
      g_list_model_get_item (gdk_display_get_monitors (gdk_display_get_default ()), 0);
  GdkRectangle area;
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  gdk_monitor_get_geometry (monitor, &area);
  gtk_window_set_decorated (fixture->window, FALSE);
  gtk_window_set_default_size (fixture->window, area.width, area.height);
  gtk_window_present (fixture->window);
  let_settle (150);
  prepare (fixture);
  let_settle (600);

  path = g_strdup_printf ("%s/%s-%s-%dx%d.png", folder, name, g_getenv ("LANGUAGE"), area.width, area.height);
  if (!g_spawn_sync (NULL, (char *[]){"import", "-window", "root", path, NULL}, NULL, G_SPAWN_SEARCH_PATH,
                     NULL, NULL, NULL, NULL, NULL, &error))
    g_printerr ("%s\n", error->message);
  fixture_free (fixture);
}

static void
on_activated (GtkApplication *app)
{
  g_application_hold (G_APPLICATION (app));
  dinh_measure_apply (gdk_display_get_default (), 0);
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (pictures); i++) {
    if (only != NULL && strstr (pictures[i].name, only) == NULL)
      continue;
    take_picture (app, pictures[i].name, pictures[i].prepare);
    g_object_set (gtk_settings_get_default (), "gtk-theme-name", "Default",
                  "gtk-application-prefer-dark-theme", FALSE, NULL);
  }
  g_application_release (G_APPLICATION (app));
}

int
main (int argc, char **argv)
{
  g_autoptr (GtkApplication) app = gtk_application_new (NULL, G_APPLICATION_DEFAULT_FLAGS);

  dinh_locale_init ();
  if (argc < 2) {
    g_printerr ("usage: %s FOLDER [NAME]\n", argv[0]);
    return 1;
  }
  folder = argv[1];
  only = argc > 2 ? argv[2] : NULL;
  g_mkdir_with_parents (folder, 0755);
  g_signal_connect (app, "activate", G_CALLBACK (on_activated), NULL);
  return g_application_run (G_APPLICATION (app), 1, argv);
}
