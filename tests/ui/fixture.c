/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/ui/fixture.h"

#include <stdlib.h>

/* 24 November 2026, 07:55 in Vietnam: five minutes before the first meeting. */
static const char *const now = "2026-11-24T00:55:00Z";

static json_t *
load_state (const char *name)
{
  g_autofree char *path = g_build_filename (g_getenv ("G_TEST_SRCDIR"), "fixtures", name, NULL);
  json_error_t error;
  json_t *state = json_load_file (path, JSON_REJECT_DUPLICATES, &error);

  if (state == NULL) {
    g_printerr ("%s:%d: %s\n", path, error.line, error.text);
    exit (1);
  }
  return state;
}

static void
update (DinhMeeting *meeting, json_t *state, guint64 seq)
{
  g_autoptr (GError) error = NULL;

  if (!dinh_meeting_update (meeting, state, seq, &error)) {
    g_printerr ("%s\n", error->message);
    exit (1);
  }
  json_decref (state);
}

/* A meeting @id from the state in the file @name, as after event @seq. */
DinhMeeting *
fixture_load (const char *name, const char *id, guint64 seq)
{
  DinhMeeting *meeting = dinh_meeting_new (id);

  update (meeting, load_state (name), seq);
  return meeting;
}

/* What came after the person looked: a new version, a new paper, an item changed, a paper recalled. */
DinhMeeting *
fixture_change (DinhMeeting *meeting)
{
  dinh_meeting_set_seen_seq (meeting, 40);
  update (meeting, load_state ("meeting-changed.json"), 44);
  return meeting;
}

/* The paper's bytes are here: @file of the sample meeting. */
void
fixture_set_ready (DinhPaper *paper, const char *file)
{
  g_autofree char *path =
      g_build_filename (g_getenv ("G_TEST_SRCDIR"), "..", "tools", "sample", "papers", file, NULL);

  dinh_paper_set_ready (paper, path);
}

/* Every state that a paper can be in. */
void
fixture_fetch (DinhMeeting *meeting)
{
  DinhPaper *fetching = dinh_meeting_find_paper (meeting, "dt-nq");

  fixture_set_ready (dinh_meeting_find_paper (meeting, "bc-kt-xh"), "bao-cao-chuyen-doi-so.pdf");
  fixture_set_ready (dinh_meeting_find_paper (meeting, "ttr-214"), "to-trinh-nghi-quyet.pdf");
  dinh_paper_set_failed (dinh_meeting_find_paper (meeting, "pl-so-lieu"), "refused");
  dinh_paper_set_progress (fetching, DINH_PAPER_FETCHING, dinh_paper_get_size (fetching) * 45 / 100);
  dinh_paper_set_progress (dinh_meeting_find_paper (meeting, "bc-ha-tang"), DINH_PAPER_QUEUED, 0);
}

static void
add_meeting (DinhLibrary *library, const char *name, const char *id)
{
  g_autoptr (DinhMeeting) meeting = fixture_load (name, id, 40);

  dinh_library_add (library, meeting);
}

static void
on_fetch_activated (GSimpleAction *action, GVariant *parameter, Fixture *fixture)
{
  const char *meeting, *paper;

  g_variant_get (parameter, "(&s&s)", &meeting, &paper);
  g_free (fixture->wanted);
  fixture->wanted = g_strdup_printf ("%s/%s", meeting, paper);
}

static void
add_fetching_actions (Fixture *fixture)
{
  g_autoptr (GSimpleActionGroup) line = g_simple_action_group_new ();
  g_autoptr (GSimpleAction) pause =
      g_simple_action_new_stateful ("pause-fetch", NULL, g_variant_new_boolean (FALSE));
  g_autoptr (GSimpleAction) fetch = g_simple_action_new ("fetch-paper", G_VARIANT_TYPE ("(ss)"));

  g_action_map_add_action (G_ACTION_MAP (line), G_ACTION (pause));
  g_action_map_add_action (G_ACTION_MAP (line), G_ACTION (fetch));
  g_signal_connect (fetch, "activate", G_CALLBACK (on_fetch_activated), fixture);
  gtk_widget_insert_action_group (GTK_WIDGET (fixture->window), "line", G_ACTION_GROUP (line));
}

/* A window at its home page with three meetings; the first is today's. */
Fixture *
fixture_new (GtkApplication *app)
{
  Fixture *fixture = g_new0 (Fixture, 1);
  g_autoptr (DinhRenderer) renderer = dinh_renderer_new (g_getenv ("DINH_HELPER"), 1);
  g_autoptr (GDateTime) moment = g_date_time_new_from_iso8601 (now, NULL);

  fixture->library = dinh_library_new ();
  add_meeting (fixture->library, "meeting.json", "today");
  add_meeting (fixture->library, "meeting-coming.json", "coming");
  add_meeting (fixture->library, "meeting-cancelled.json", "cancelled");
  fixture->line = dinh_line_new ();
  dinh_line_set_clock_offset (fixture->line,
                              g_date_time_to_unix (moment) * G_USEC_PER_SEC - g_get_real_time ());
  dinh_line_set_state (fixture->line, DINH_LINE_LIVE);
  fixture->window = GTK_WINDOW (dinh_kiosk_window_new (app, fixture->library, fixture->line, renderer));
  add_fetching_actions (fixture);
  return fixture;
}

void
fixture_free (Fixture *fixture)
{
  gtk_window_destroy (fixture->window);
  g_object_unref (fixture->library);
  g_object_unref (fixture->line);
  g_free (fixture->wanted);
  g_free (fixture);
}
