/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/dinh-locale.h"
#include "tests/ui/fixture.h"
#include "ui/kit/dinh-measure.h"

/*
 * The kiosk's window over fixtures, for a test to drive. A line on standard input changes what a hub would:
 * "offline", "live", "change", "fetch", "ready KEY"; "seen", "wanted" and "page KEY" print what is kept.
 */

static Fixture *fixture;

static void
obey (char **words)
{
  DinhMeeting *meeting = dinh_library_find (fixture->library, "today");

  if (g_str_equal (words[0], "offline"))
    dinh_line_set_state (fixture->line, DINH_LINE_OFFLINE);
  else if (g_str_equal (words[0], "live"))
    dinh_line_set_state (fixture->line, DINH_LINE_LIVE);
  else if (g_str_equal (words[0], "change"))
    fixture_change (meeting);
  else if (g_str_equal (words[0], "fetch"))
    fixture_fetch (meeting);
  else if (g_str_equal (words[0], "ready"))
    fixture_set_ready (dinh_meeting_find_paper (meeting, words[1]), "to-trinh-nghi-quyet.pdf");
  else if (g_str_equal (words[0], "spoilt"))
    dinh_paper_set_failed (dinh_meeting_find_paper (meeting, words[1]), "spoilt");
  else if (g_str_equal (words[0], "seen"))
    g_print ("%" G_GUINT64_FORMAT "\n", dinh_meeting_get_seen_seq (meeting));
  else if (g_str_equal (words[0], "wanted"))
    g_print ("%s\n", fixture->wanted);
  else if (g_str_equal (words[0], "page"))
    g_print ("%u\n", dinh_paper_get_page (dinh_meeting_find_paper (meeting, words[1])));
}

static gboolean
on_line_came (GIOChannel *input, GIOCondition condition, gpointer app)
{
  g_autofree char *line = NULL;
  g_auto (GStrv) words = NULL;

  if (g_io_channel_read_line (input, &line, NULL, NULL, NULL) != G_IO_STATUS_NORMAL) {
    g_application_quit (app);
    return G_SOURCE_REMOVE;
  }
  words = g_strsplit (g_strchomp (line), " ", -1);
  obey (words);
  return G_SOURCE_CONTINUE;
}

static void
on_activated (GtkApplication *app)
{
  GIOChannel *input = g_io_channel_unix_new (0);

  dinh_measure_apply (gdk_display_get_default (), 0);
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  fixture = fixture_new (app);
  gtk_window_set_default_size (fixture->window, 1024, 768);
  gtk_window_present (fixture->window);
  g_io_add_watch (input, G_IO_IN | G_IO_HUP, on_line_came, app);
  g_io_channel_unref (input);
}

int
main (int argc, char **argv)
{
  g_autoptr (GtkApplication) app = gtk_application_new (NULL, G_APPLICATION_DEFAULT_FLAGS);
  int status;

  dinh_locale_init ();
  g_signal_connect (app, "activate", G_CALLBACK (on_activated), NULL);
  status = g_application_run (G_APPLICATION (app), argc, argv);
  fixture_free (fixture);
  return status;
}
