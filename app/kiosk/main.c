/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/dinh-locale.h"
#include "app/kiosk/dinh-kiosk.h"

#include <glib-unix.h>

/* dinh-kiosk: the window of an official's seat. */

typedef struct {
  DinhKioskOptions options;
  DinhIdentity *identity;
  DinhKiosk *kiosk;
  int status;
} Program;

static void
on_activated (GtkApplication *app, Program *program)
{
  g_autoptr (GError) error = NULL;

  if (program->kiosk == NULL)
    program->kiosk = dinh_kiosk_new (app, program->identity, &program->options, &error);
  if (program->kiosk == NULL) {
    g_printerr ("dinh-kiosk: %s\n", error->message);
    program->status = 1;
    return;
  }
  dinh_kiosk_show (program->kiosk);
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
  g_clear_object (&program->identity);
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
  program->identity = dinh_identity_load (program->options.identity, error);
  return program->identity != NULL;
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
