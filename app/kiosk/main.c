/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/dinh-locale.h"
#include "app/kiosk/dinh-kiosk.h"
#include "ui/kit/dinh-measure.h"
#include "ui/kit/dinh-notice.h"

#include <glib-unix.h>
#include <sys/resource.h>

/* dinh-kiosk: the window of an official's seat. */

typedef struct {
  DinhKioskOptions options;
  DinhIdentity *identity;
  DinhKiosk *kiosk;
  GtkWindow *notice; /* the application's */
  DinhStyle *style;  /* of the notice */
  int status;
} Program;

/* A screen that stays dark would help nobody: what is wrong is said on it. */
static void
show_notice (GtkApplication *app, Program *program, DinhNotice notice, const GError *error)
{
  g_printerr ("dinh-kiosk: %s\n", error->message);
  program->status = 1;
  dinh_measure_apply (gdk_display_get_default (), program->options.dpi);
  program->notice = dinh_kiosk_show_bare (app, dinh_notice_new (notice), &program->options, &program->style);
}

static void
begin (GtkApplication *app, Program *program)
{
  g_autoptr (GError) error = NULL;

  program->status = 0;
  g_clear_object (&program->identity);
  program->identity = dinh_identity_load (program->options.identity, &error);
  if (program->identity == NULL) {
    show_notice (app, program, DINH_NOTICE_NOT_ENROLLED, error);
    return;
  }
  program->kiosk = dinh_kiosk_new (app, program->identity, &program->options, &error);
  if (program->kiosk == NULL)
    show_notice (app, program, DINH_NOTICE_CANNOT_KEEP, error);
  else
    dinh_kiosk_show (program->kiosk);
}

static void
on_activated (GtkApplication *app, Program *program)
{
  if (program->kiosk == NULL && program->notice == NULL)
    begin (app, program);
}

/* The old notice goes last: without any window the application would end. */
static void
on_asked_to_try_again (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  Program *program = user_data;
  GtkWindow *notice = g_steal_pointer (&program->notice);

  begin (gtk_window_get_application (notice), program);
  if (program->notice == NULL)
    g_clear_object (&program->style);
  gtk_window_destroy (notice);
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
  g_clear_object (&program->identity);
  g_clear_object (&program->style);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Program, program_clear)

static gboolean
read_options (Program *program, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "identity", 0, 0, G_OPTION_ARG_FILENAME, &program->options.identity, "Who this device is", "DIR" },
    { "data", 0, 0, G_OPTION_ARG_FILENAME, &program->options.data, "Where it keeps what it has fetched", "DIR" },
    { "window", 0, 0, G_OPTION_ARG_STRING, &program->options.window, "A window instead of the full screen", "WIDTHxHEIGHT" },
    { "dpi", 0, 0, G_OPTION_ARG_DOUBLE, &program->options.dpi, "Pixels an inch, where the monitor does not say", "NUMBER" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
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
  /* What is sealed on the disk is plain in memory: it does not belong in a core file. */
  setrlimit (RLIMIT_CORE, &(struct rlimit){ 0, 0 });
  if (!read_options (&program, &argc, &argv, &error)) {
    g_printerr ("dinh-kiosk: %s\n", error->message);
    return 2;
  }
  return run (&program);
}
