/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hub/dinh-hub.h"

#include <glib-unix.h>
#include <locale.h>
#include <string.h>

/* dinh-hub init | run: the province's server. */

typedef struct {
  char *state;
  char *name;
  GStrv addresses;
  GStrv listen;
  GStrv enrol_listen;
  char *syslog;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->state);
  g_free (options->name);
  g_strfreev (options->addresses);
  g_strfreev (options->listen);
  g_strfreev (options->enrol_listen);
  g_free (options->syslog);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static int
init (const Options *options)
{
  static const char *const loopback[] = {"localhost", "127.0.0.1", NULL};
  g_autoptr (GError) error = NULL;
  const char *const *addresses =
      options->addresses == NULL ? loopback : (const char *const *) options->addresses;

  if (!dinh_hub_state_create (options->state, options->name == NULL ? "Dinh" : options->name, addresses,
                              &error)) {
    g_printerr ("dinh-hub: %s\n", error->message);
    return 1;
  }
  g_print ("The hub is in %s. Its administrator's identity is in %s/admin: keep both safe.\n", options->state,
           options->state);
  return 0;
}

static gboolean
on_asked_to_stop (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_CONTINUE;
}

static void
on_failed (DinhHub *hub, gpointer user_data)
{
  g_printerr ("dinh-hub: the disk failed; nothing more is acknowledged\n");
  /* Not through the loop: what waits must not be answered. */
  _exit (3);
}

static int
serve (DinhHub *hub, const Options *options)
{
  static const char *const everywhere[] = {"0.0.0.0:8443", NULL}, *const nowhere[] = {NULL};
  const char *const *listen = options->listen == NULL ? everywhere : (const char *const *) options->listen;
  const char *const *enrol_listen =
      options->enrol_listen == NULL ? nowhere : (const char *const *) options->enrol_listen;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;

  g_unix_signal_add (SIGTERM, on_asked_to_stop, loop);
  g_unix_signal_add (SIGINT, on_asked_to_stop, loop);
  g_signal_connect (hub, "failed", G_CALLBACK (on_failed), NULL);
  if (!dinh_hub_start (hub, listen, enrol_listen, &error)) {
    g_printerr ("dinh-hub: %s\n", error->message);
    dinh_hub_stop (hub);
    return 1;
  }
  for (const char *const *address = listen; *address != NULL; address++)
    g_print ("listening on https://%s\n", *address);
  for (const char *const *address = enrol_listen; *address != NULL; address++)
    g_print ("letting devices in on https://%s\n", *address);
  g_main_loop_run (loop);
  dinh_hub_stop (hub);
  return 0;
}

static int
run (const Options *options)
{
  g_autoptr (GError) error = NULL;
  DinhSyslog *syslog = dinh_syslog_new (options->syslog, &error);
  DinhHubState *state = error != NULL ? NULL : dinh_hub_state_load (options->state, &error);
  g_autoptr (DinhHub) hub = state == NULL ? NULL : dinh_hub_new (state, &error);

  if (hub != NULL)
    dinh_hub_take_syslog (hub, syslog);
  else if (syslog != NULL)
    dinh_syslog_free (syslog);
  if (hub == NULL) {
    g_printerr ("dinh-hub: %s\n", error->message);
    return 1;
  }
  return serve (hub, options);
}

int
main (int argc, char **argv)
{
  g_auto (Options) options = {0};
  const GOptionEntry entries[] = {
      {"state", 0, 0, G_OPTION_ARG_FILENAME, &options.state, "The hub's folder", "DIR"},
      {"name", 0, 0, G_OPTION_ARG_STRING, &options.name, "init: the body's name", "NAME"},
      {"address", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.addresses, "init: where kiosks reach the hub",
       "HOST[:PORT]"},
      {"listen", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.listen, "run: where to listen", "ADDR:PORT"},
      {"enrol-listen", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.enrol_listen,
       "run: where devices that were invited are let in; nowhere without it", "ADDR:PORT"},
      {"syslog", 0, 0, G_OPTION_ARG_STRING, &options.syslog,
       "run: where the audit goes as RFC 5424 messages; /dev/log without it", "unix:PATH|udp:HOST:PORT"},
      {NULL},
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("init|run");
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  setvbuf (stdout, NULL, _IOLBF, 0);
  g_option_context_set_summary (context, "init makes a hub in an empty folder, run serves it until SIGTERM.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("dinh-hub: %s\n", error->message);
    return 2;
  }
  if (argc == 2 && options.state != NULL && strcmp (argv[1], "init") == 0)
    return init (&options);
  if (argc == 2 && options.state != NULL && strcmp (argv[1], "run") == 0)
    return run (&options);
  g_printerr ("usage: dinh-hub init --state DIR [--name NAME] [--address HOST[:PORT]]…\n"
              "       dinh-hub run --state DIR [--listen ADDR:PORT]… [--enrol-listen ADDR:PORT]…\n");
  return 2;
}
