/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/dinh-locale.h"
#include "app/kiosk/dinh-kiosk.h"
#include "data/net/dinh-enrolment.h"
#include "ui/kit/dinh-enrol-page.h"
#include "ui/kit/dinh-measure.h"
#include "ui/kit/dinh-notice.h"

#include <glib-unix.h>
#include <sys/resource.h>

/* dinh-kiosk: the window of an official's seat. */

typedef struct {
  DinhKioskOptions options;
  char *invitation;    /* a URI, or NULL */
  GtkApplication *app; /* unowned */
  DinhIdentity *identity;
  DinhEnrolment *enrolment;
  DinhAdmission *admission;
  DinhKiosk *kiosk;
  GtkWindow *before; /* the application's: what comes before the kiosk, a notice or where this machine is registered */
  DinhStyle *style;  /* of that */
  int status;
} Program;

static void
show_before (Program *program, GtkWidget *page)
{
  dinh_measure_apply (gdk_display_get_default (), program->options.dpi);
  program->before = dinh_kiosk_show_bare (program->app, page, &program->options, &program->style);
}

/* A screen that stays dark would help nobody: what is wrong is said on it. */
static void
show_notice (Program *program, DinhNotice notice, const GError *error)
{
  g_printerr ("dinh-kiosk: %s\n", error->message);
  program->status = 1;
  show_before (program, dinh_notice_new (notice));
}

static void
open_kiosk (Program *program)
{
  g_autoptr (GError) error = NULL;

  program->kiosk = dinh_kiosk_new (program->app, program->identity, &program->options, &error);
  if (program->kiosk == NULL)
    show_notice (program, DINH_NOTICE_CANNOT_KEEP, error);
  else
    dinh_kiosk_show (program->kiosk);
}

/* What was shown before goes last: without any window the application would end. */
static void
replace_before (Program *program, void (*open) (Program *program))
{
  GtkWindow *before = g_steal_pointer (&program->before);

  program->status = 0;
  open (program);
  if (program->before == NULL)
    g_clear_object (&program->style);
  gtk_window_destroy (before);
}

static void
on_enrolled (DinhEnrolment *enrolment, DinhIdentity *identity, Program *program)
{
  program->identity = g_object_ref (identity);
  replace_before (program, open_kiosk);
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
  show_before (program, page);
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
begin (Program *program)
{
  g_autoptr (GError) error = NULL;

  g_clear_object (&program->identity);
  if (!has_identity (program->options.identity)) {
    open_entrance (program);
    return;
  }
  program->identity = dinh_identity_load (program->options.identity, &error);
  if (program->identity == NULL)
    show_notice (program, DINH_NOTICE_BROKEN_IDENTITY, error);
  else
    open_kiosk (program);
}

static void
on_activated (GtkApplication *app, Program *program)
{
  program->app = app;
  if (program->kiosk == NULL && program->before == NULL)
    begin (program);
}

static void
on_asked_to_try_again (GSimpleAction *action, GVariant *parameter, gpointer program)
{
  replace_before (program, begin);
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
  const GActionEntry actions[] = { { "try-again", on_asked_to_try_again } };
  int status;

  g_action_map_add_action_entries (G_ACTION_MAP (app), actions, G_N_ELEMENTS (actions), program);
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
    { "lock-after", 0, 0, G_OPTION_ARG_INT, &program->options.lock_after,
      "Seconds without a touch until who is signed in is locked out (600)", "SECONDS" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error) || !check_invitation (program->invitation, error))
    return FALSE;
  if (program->options.lock_after <= 0)
    program->options.lock_after = 600;
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
  /* What is sealed on the disk is plain in memory: it does not belong in a core file. */
  setrlimit (RLIMIT_CORE, &(struct rlimit){ 0, 0 });
  if (!read_options (&program, &argc, &argv, &error)) {
    g_printerr ("dinh-kiosk: %s\n", error->message);
    return 2;
  }
  return run (&program);
}
