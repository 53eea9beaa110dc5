/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <unistd.h>

#include "app/dinh-locale.h"
#include "tests/ui/fixture.h"
#include "ui/kit/dinh-measure.h"
#include "ui/kit/dinh-enrol-page.h"
#include "ui/kit/dinh-notice.h"
#include "ui/kit/dinh-ruler.h"
#include "ui/kit/dinh-sign-in-page.h"
#include "ui/kit/dinh-style.h"

/*
 * Writes a picture of every page and state of the kiosk's window into a folder, named
 * page-state-language-size.png; in Vietnamese also with the dark colours and those of high contrast:
 *
 *   LANGUAGE=vi DINH_SCREEN=1024x768 tests/ui/run-in-display build/tests/ui/screens FOLDER
 */

typedef void (*Prepare) (Fixture *fixture);

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
show_home_large (Fixture *fixture)
{
  g_object_set (fixture->window, "text-size", 28, NULL);
  show_home (fixture);
}

/* A new device that has heard of nothing yet. */
static void
show_home_connecting (Fixture *fixture)
{
  show_home_empty (fixture);
  dinh_line_set_state (fixture->line, DINH_LINE_CONNECTING);
}

static void
show_home_empty_offline (Fixture *fixture)
{
  show_home_empty (fixture);
  dinh_line_set_state (fixture->line, DINH_LINE_OFFLINE);
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
show_reading_large (Fixture *fixture)
{
  g_object_set (fixture->window, "text-size", 28, NULL);
  show_reading (fixture);
}

static void
show_reading_offline (Fixture *fixture)
{
  show_reading (fixture);
  dinh_line_set_state (fixture->line, DINH_LINE_OFFLINE);
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

/* The fifth page of 120. */
static GtkWidget *
read_long_paper (Fixture *fixture)
{
  GtkWidget *reader = find_widget (GTK_WIDGET (fixture->window), "DinhReader");

  show_meeting (fixture);
  dinh_paper_set_page (dinh_meeting_find_paper (today (fixture), "bc-kt-xh"), 4);
  read_paper (fixture, "bc-kt-xh");
  let_settle (300);
  return reader;
}

static void
show_thumbnails (Fixture *fixture)
{
  gtk_toggle_button_set_active (
      GTK_TOGGLE_BUTTON (find_widget (read_long_paper (fixture), "GtkToggleButton")), TRUE);
}

static void
show_fit (Fixture *fixture)
{
  gtk_widget_activate_action (read_long_paper (fixture), "reader.fit", NULL);
}

static void
show_zoomed (Fixture *fixture)
{
  GtkWidget *reader = read_long_paper (fixture);

  gtk_widget_activate_action (reader, "reader.zoom-in", NULL);
  gtk_widget_activate_action (reader, "reader.zoom-in", NULL);
}

static void
show_go_to (Fixture *fixture)
{
  gtk_menu_button_popup (GTK_MENU_BUTTON (find_widget (read_long_paper (fixture), "GtkMenuButton")));
}

/* The bytes are no paper. */
static void
show_broken (Fixture *fixture)
{
  show_meeting (fixture);
  fixture_set_ready (dinh_meeting_find_paper (today (fixture), "dt-nq"), "../README.md");
  read_paper (fixture, "dt-nq");
}

/* A disk that loses the bytes of an open paper: its next page cannot be shown. */
static void
show_page_failed (Fixture *fixture)
{
  g_autoptr (GFileIOStream) stream = NULL;
  g_autoptr (GFile) copy = g_file_new_tmp (NULL, &stream, NULL);
  DinhPaper *paper = dinh_meeting_find_paper (today (fixture), "dt-nq");
  g_autofree char *path = NULL;
  g_autoptr (GFile) whole = NULL;

  show_meeting (fixture);
  fixture_set_ready (paper, "bao-cao-chuyen-doi-so.pdf");
  path = g_strdup (dinh_paper_get_path (paper));
  whole = g_file_new_for_path (path);
  g_file_copy (whole, copy, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, NULL);
  dinh_paper_set_ready (paper, g_file_peek_path (copy));
  read_paper (fixture, "dt-nq");
  let_settle (300);
  g_assert_no_errno (truncate (g_file_peek_path (copy), 0));
  g_object_set (find_widget (GTK_WIDGET (fixture->window), "DinhReader"), "page", 59, NULL);
  let_settle (300);
  g_file_delete (copy, NULL, NULL);
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
show_broken_identity (Fixture *fixture)
{
  show_instead (fixture, dinh_notice_new (DINH_NOTICE_BROKEN_IDENTITY));
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

/* Signing in, in a window that has learnt how. */
static DinhSession *
begin_sign_in (Fixture *fixture)
{
  g_autoptr (DinhSession) session = dinh_session_new ();

  dinh_kiosk_window_set_session (DINH_KIOSK_WINDOW (fixture->window), session, 600);
  activate (fixture, "kiosk.sign-in", NULL);
  /* The window keeps it. */
  return session;
}

static DinhSession *
choose_person (Fixture *fixture)
{
  DinhSession *session = begin_sign_in (fixture);

  dinh_session_choose (session, "p", "Nguyễn Thị Phương Thảo");
  return session;
}

static void
show_sign_in (Fixture *fixture)
{
  begin_sign_in (fixture);
}

static void
show_sign_in_search (Fixture *fixture)
{
  begin_sign_in (fixture);
  gtk_editable_set_text (GTK_EDITABLE (find_widget (GTK_WIDGET (fixture->window), "GtkEntry")), "ng");
}

static void
show_sign_in_asking (Fixture *fixture)
{
  choose_person (fixture);
}

static void
show_sign_in_pin (Fixture *fixture)
{
  dinh_session_set_step (choose_person (fixture), DINH_SESSION_ENTERING_PIN);
}

static void
show_sign_in_wrong_pin (Fixture *fixture)
{
  dinh_session_fail (choose_person (fixture), DINH_SESSION_ENTERING_PIN, DINH_SESSION_FAULT_WRONG_PIN, 3, 0);
}

static void
show_sign_in_later (Fixture *fixture)
{
  dinh_session_fail (choose_person (fixture), DINH_SESSION_ENTERING_PIN, DINH_SESSION_FAULT_TRY_LATER, 0, 280);
}

static void
show_sign_in_code (Fixture *fixture)
{
  dinh_session_set_step (choose_person (fixture), DINH_SESSION_ENTERING_CODE);
}

static void
show_sign_in_code_large (Fixture *fixture)
{
  g_object_set (fixture->window, "text-size", 28, NULL);
  show_sign_in_code (fixture);
}

static void
show_sign_in_no_line (Fixture *fixture)
{
  dinh_session_fail (begin_sign_in (fixture), DINH_SESSION_NOBODY, DINH_SESSION_FAULT_NO_LINE, 0, 0);
}

static void
show_sign_in_done (Fixture *fixture)
{
  dinh_session_set_step (choose_person (fixture), DINH_SESSION_SIGNED_IN);
}

static const struct {
  const char *name;
  Prepare prepare;
} pictures[] = {
    {"home-usual", show_home},
    {"home-offline", show_home_offline},
    {"home-large", show_home_large},
    {"home-empty", show_home_empty},
    {"home-connecting", show_home_connecting},
    {"home-empty-offline", show_home_empty_offline},
    {"meeting-usual", show_meeting},
    {"meeting-large", show_meeting_large},
    {"meeting-changed", show_meeting_changed},
    {"meeting-problem", show_meeting_problem},
    {"meeting-cancelled", show_meeting_cancelled},
    {"papers-usual", show_papers},
    {"changes-usual", show_changes},
    {"paper-reading", show_reading},
    {"paper-reading-large", show_reading_large},
    {"paper-reading-offline", show_reading_offline},
    {"paper-reading-list", show_reading_list},
    {"paper-outdated", show_reading_outdated},
    {"paper-waiting", show_waiting},
    {"paper-failed", show_failed},
    {"paper-recalled", show_recalled},
    {"reader-thumbnails", show_thumbnails},
    {"reader-fit", show_fit},
    {"reader-zoomed", show_zoomed},
    {"reader-go-to", show_go_to},
    {"reader-broken", show_broken},
    {"reader-page-failed", show_page_failed},
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
    {"sign-in-names", show_sign_in},
    {"sign-in-search", show_sign_in_search},
    {"sign-in-asking", show_sign_in_asking},
    {"sign-in-pin", show_sign_in_pin},
    {"sign-in-wrong-pin", show_sign_in_wrong_pin},
    {"sign-in-later", show_sign_in_later},
    {"sign-in-code", show_sign_in_code},
    {"sign-in-code-large", show_sign_in_code_large},
    {"sign-in-no-line", show_sign_in_no_line},
    {"sign-in-done", show_sign_in_done},
    {"notice-broken-identity", show_broken_identity},
    {"notice-cannot-keep", show_cannot_keep},
};

static GdkRectangle screen;
static char *folder;
static const char *only;

static void
save_picture (const char *name, DinhScheme scheme)
{
  g_autoptr (GEnumClass) schemes = g_type_class_ref (DINH_TYPE_SCHEME);
  g_autoptr (GString) file = g_string_new (name);
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  if (scheme != DINH_SCHEME_LIGHT)
    g_string_append_printf (file, "-%s", g_enum_get_value (schemes, scheme)->value_nick);
  path = g_strdup_printf ("%s/%s-%s-%dx%d.png", folder, file->str, g_getenv ("LANGUAGE"), screen.width,
                          screen.height);
  if (!g_spawn_sync (NULL, (char *[]){"import", "-window", "root", path, NULL}, NULL, G_SPAWN_SEARCH_PATH,
                     NULL, NULL, NULL, NULL, NULL, &error))
    g_printerr ("%s\n", error->message);
}

static void
take_picture (GtkApplication *app, const char *name, Prepare prepare, DinhScheme scheme)
{
  Fixture *fixture = fixture_new (app);

  g_object_set (fixture->window, "scheme", scheme, NULL);
  gtk_window_set_decorated (fixture->window, FALSE);
  gtk_window_set_default_size (fixture->window, screen.width, screen.height);
  gtk_window_present (fixture->window);
  let_settle (150);
  prepare (fixture);
  let_settle (600);
  save_picture (name, scheme);
  fixture_free (fixture);
}

/* What the button of a notice needs to look as if it did something. */
static void
add_try_again (GtkApplication *app)
{
  g_autoptr (GSimpleAction) action = g_simple_action_new ("try-again", NULL);

  g_action_map_add_action (G_ACTION_MAP (app), G_ACTION (action));
}

static void
on_activated (GtkApplication *app)
{
  g_autoptr (GdkMonitor) monitor =
      g_list_model_get_item (gdk_display_get_monitors (gdk_display_get_default ()), 0);
  DinhScheme last = g_strcmp0 (g_getenv ("LANGUAGE"), "vi") == 0 ? DINH_SCHEME_CONTRAST : DINH_SCHEME_LIGHT;

  g_application_hold (G_APPLICATION (app));
  add_try_again (app);
  gdk_monitor_get_geometry (monitor, &screen);
  dinh_measure_apply (gdk_display_get_default (), 0);
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (pictures); i++) {
    if (only != NULL && strstr (pictures[i].name, only) == NULL)
      continue;
    for (DinhScheme scheme = DINH_SCHEME_LIGHT; scheme <= last; scheme++)
      take_picture (app, pictures[i].name, pictures[i].prepare, scheme);
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
