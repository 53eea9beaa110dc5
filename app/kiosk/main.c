/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/dinh-locale.h"
#include "app/kiosk/dinh-kiosk.h"
#include "data/net/dinh-enrolment.h"
#include "ui/kit/dinh-enrol-page.h"
#include "ui/kit/dinh-measure.h"
#include "ui/kit/dinh-notice.h"

#include <glib-unix.h>

/* dinh-kiosk: the window of an official's seat. */

typedef struct {
  DinhKioskOptions options;
  char *invitation; /* a URI, or NULL */
  GtkApplication *app; /* unowned */
  DinhIdentity *identity;
  DinhEnrolment *enrolment;
  DinhAdmission *admission;
  GtkWindow *entrance; /* the application's: where this machine is registered */
  DinhKiosk *kiosk;
  DinhStyle *style; /* of what comes before the kiosk */
  int status;
} Program;

/* A screen that stays dark would help nobody: what is wrong is said on it. */
static void
show_notice (GtkApplication *app, Program *program, DinhNotice notice, const GError *error)
{
  g_printerr ("dinh-kiosk: %s\n", error->message);
  program->status = 1;
  dinh_measure_apply (gdk_display_get_default (), program->options.dpi);
  dinh_kiosk_show_bare (app, dinh_notice_new (notice), &program->options, &program->style);
}

static void
begin (Program *program)
{
  g_autoptr (GError) error = NULL;

  program->kiosk = dinh_kiosk_new (program->app, program->identity, &program->options, &error);
  if (program->kiosk == NULL)
    show_notice (program->app, program, DINH_NOTICE_CANNOT_KEEP, error);
  else
    dinh_kiosk_show (program->kiosk);
}

static void
on_enrolled (DinhEnrolment *enrolment, DinhIdentity *identity, Program *program)
{
  program->identity = g_object_ref (identity);
  begin (program);
  gtk_window_destroy (g_steal_pointer (&program->entrance));
}

static void
on_submitted (DinhEnrolPage *page, const char *hub, const char *code, Program *program)
{
  dinh_enrolment_start (program->enrolment, hub, code);
}

static void
on_cancelled (DinhEnrolPage *page, Program *program)
{
  dinh_enrolment_cancel (program->enrolment);
}

/* Nobody has registered this machine yet, or somebody has begun to. */
static void
open_entrance (Program *program)
{
  g_autofree char *hub = NULL, *code = NULL;
  GtkWidget *page;

  program->admission = dinh_admission_new ();
  program->enrolment = dinh_enrolment_new (program->options.identity, program->admission);
  g_signal_connect (program->enrolment, "enrolled", G_CALLBACK (on_enrolled), program);
  page = dinh_enrol_page_new (program->admission);
  g_signal_connect (page, "submitted", G_CALLBACK (on_submitted), program);
  g_signal_connect (page, "cancelled", G_CALLBACK (on_cancelled), program);
  dinh_measure_apply (gdk_display_get_default (), program->options.dpi);
  program->entrance = dinh_kiosk_show_bare (program->app, page, &program->options, &program->style);
  if (program->invitation != NULL && dinh_enrolment_read_uri (program->invitation, &hub, &code))
    dinh_enrolment_start (program->enrolment, hub, code);
  else
    dinh_enrolment_resume (program->enrolment);
}

static gboolean
has_identity (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "identity.json", NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
on_activated (GtkApplication *app, Program *program)
{
  g_autoptr (GError) error = NULL;

  if (program->kiosk != NULL || program->entrance != NULL)
    return;
  program->app = app;
  if (!has_identity (program->options.identity)) {
    open_entrance (program);
    return;
  }
  program->identity = dinh_identity_load (program->options.identity, &error);
  if (program->identity == NULL)
    show_notice (app, program, DINH_NOTICE_NOT_ENROLLED, error);
  else
    begin (program);
}

static gboolean
on_asked_to_stop (gpointer app)
{
  g_application_quit (app);
  return G_SOURCE_CONTINUE;
}

static int
run (Program *program)
{
  g_autoptr (GtkApplication) app = gtk_application_new (NULL, G_APPLICATION_DEFAULT_FLAGS);
  int status;

  g_signal_connect (app, "activate", G_CALLBACK (on_activated), program);
  g_unix_signal_add (SIGTERM, on_asked_to_stop, app);
  g_unix_signal_add (SIGINT, on_asked_to_stop, app);
  status = g_application_run (G_APPLICATION (app), 0, NULL);
  g_clear_pointer (&program->kiosk, dinh_kiosk_free);
  return status == 0 ? program->status : status;
}

static void
program_clear (Program *program)
{
  g_free (program->options.identity);
  g_free (program->options.data);
  g_free (program->options.window);
  g_free (program->invitation);
  g_clear_object (&program->enrolment);
  g_clear_object (&program->admission);
  g_clear_object (&program->identity);
  g_clear_object (&program->style);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Program, program_clear)

static gboolean
check_invitation (const char *invitation, GError **error)
{
  g_autofree char *hub = NULL, *code = NULL;

  if (invitation == NULL || dinh_enrolment_read_uri (invitation, &hub, &code))
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "“%s” is no invitation; one is dinh://enrol?hub=ADDRESS&code=CODE", invitation);
  return FALSE;
}

static gboolean
read_options (Program *program, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "identity", 0, 0, G_OPTION_ARG_FILENAME, &program->options.identity, "Who this device is", "DIR" },
    { "data", 0, 0, G_OPTION_ARG_FILENAME, &program->options.data, "Where it keeps what it has fetched", "DIR" },
    { "window", 0, 0, G_OPTION_ARG_STRING, &program->options.window, "A window instead of the full screen", "WIDTHxHEIGHT" },
    { "enrol", 0, 0, G_OPTION_ARG_STRING, &program->invitation, "Register this device, where nobody has yet",
      "dinh://enrol?hub=ADDRESS&code=CODE" },
    { "dpi", 0, 0, G_OPTION_ARG_DOUBLE, &program->options.dpi, "Pixels an inch, where the monitor does not say", "NUMBER" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error) || !check_invitation (program->invitation, error))
    return FALSE;
  if (program->options.identity == NULL)
    program->options.identity = g_build_filename (g_get_user_config_dir (), "dinh", "identity", NULL);
  if (program->options.data == NULL)
    program->options.data = g_build_filename (g_get_user_data_dir (), "dinh", NULL);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_auto (Program) program = { 0 };
  g_autoptr (GError) error = NULL;

  dinh_locale_init ();
  if (!read_options (&program, &argc, &argv, &error)) {
    g_printerr ("dinh-kiosk: %s\n", error->message);
    return 2;
  }
  return run (&program);
}
