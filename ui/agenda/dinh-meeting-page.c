/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/agenda/dinh-meeting-page.h"

#include "ui/agenda/dinh-agenda-list.h"
#include "ui/agenda/dinh-fetch-bar.h"
#include "ui/agenda/dinh-paper-view.h"
#include "ui/kit/dinh-band.h"
#include "ui/kit/dinh-column.h"
#include "ui/kit/dinh-fold.h"
#include "ui/kit/dinh-pages.h"

#include <glib/gi18n-lib.h>

/*
 * A meeting: its lists (places "agenda", "papers", "changes"), the open paper, and the bands that belong to
 * them. "changed" says that the place or the paper is another.
 *
 * Actions: meeting.open-paper (key), meeting.close-paper, meeting.fetch-paper (key), which asks whoever
 * fetches by "line.fetch-paper" (the meeting's id, the key).
 */
struct _DinhMeetingPage {
  GtkWidget parent_instance;

  GtkWidget *box;
  DinhFold *fold;
  GtkWidget *lists;
  DinhAgendaList *agenda;
  DinhAgendaList *papers;
  DinhAgendaList *changes;
  DinhFetchBar *fetch_bar;
  DinhPaperView *paper_view;
  DinhBand *changes_band;
  DinhBand *version_band;

  DinhMeeting *meeting;
  DinhPaper *paper;
  gboolean list_open; /* beside or over the open paper */
  GSignalGroup *watch;
};

G_DEFINE_FINAL_TYPE (DinhMeetingPage, dinh_meeting_page, GTK_TYPE_WIDGET)

enum { CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

static void
refresh_changes_band (DinhMeetingPage *self)
{
  guint n_changed = self->meeting ? dinh_meeting_get_n_changed (self->meeting) : 0;
  gboolean shown = g_strcmp0 (dinh_meeting_page_get_place (self), "changes") == 0;
  g_autofree char *text = NULL;

  /* One band at a time: while the open paper has news of its own, that comes first. */
  if (n_changed > 0 && !shown && !dinh_paper_view_get_outdated (self->paper_view))
    text = g_strdup_printf (
        ngettext ("%u change since you last looked", "%u changes since you last looked", n_changed),
        n_changed);
  dinh_band_say (self->changes_band, text, _ ("Show"));
}

static void
refresh_version_band (DinhMeetingPage *self)
{
  if (!dinh_paper_view_get_outdated (self->paper_view))
    dinh_band_say (self->version_band, NULL, NULL);
  else
    dinh_band_say (self->version_band,
                   _ ("This paper has a new version. The page in view stays until you open it."),
                   _ ("Open the new version"));
}

static void
refresh (DinhMeetingPage *self)
{
  dinh_fold_show (self->fold, self->paper == NULL || self->list_open, self->paper != NULL);
  refresh_changes_band (self);
  refresh_version_band (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_folded (DinhMeetingPage *self)
{
  self->list_open = FALSE;
  refresh (self);
}

static void
on_changes_band_activated (DinhMeetingPage *self)
{
  dinh_meeting_page_go (self, "changes");
}

static void
on_version_band_activated (DinhMeetingPage *self)
{
  dinh_paper_view_take_new_version (self->paper_view);
}

static void
on_seen_clicked (DinhMeetingPage *self)
{
  dinh_meeting_mark_seen (self->meeting);
  dinh_pages_show (self->lists, self->agenda);
  refresh (self);
}

static void
open_paper_by_id (GtkWidget *widget, const char *action, GVariant *parameter)
{
  DinhMeetingPage *self = DINH_MEETING_PAGE (widget);
  DinhPaper *paper = dinh_meeting_find_paper (self->meeting, g_variant_get_string (parameter, NULL));

  if (paper != NULL)
    dinh_meeting_page_open_paper (self, paper);
}

static void
close_paper (GtkWidget *widget, const char *action, GVariant *parameter)
{
  dinh_meeting_page_open_paper (DINH_MEETING_PAGE (widget), NULL);
}

static void
fetch_paper (GtkWidget *widget, const char *action, GVariant *parameter)
{
  const char *id = dinh_meeting_get_id (DINH_MEETING_PAGE (widget)->meeting);

  gtk_widget_activate_action (widget, "line.fetch-paper", "(ss)", id, g_variant_get_string (parameter, NULL));
}

static void
dinh_meeting_page_dispose (GObject *object)
{
  DinhMeetingPage *self = DINH_MEETING_PAGE (object);

  g_clear_object (&self->watch);
  g_clear_object (&self->meeting);
  g_clear_object (&self->paper);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (dinh_meeting_page_parent_class)->dispose (object);
}

static void
dinh_meeting_page_class_init (DinhMeetingPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dinh_meeting_page_dispose;
  signals[CHANGED] = g_signal_new ("changed", DINH_TYPE_MEETING_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
  gtk_widget_class_install_action (widget_class, "meeting.open-paper", "s", open_paper_by_id);
  gtk_widget_class_install_action (widget_class, "meeting.close-paper", NULL, close_paper);
  gtk_widget_class_install_action (widget_class, "meeting.fetch-paper", "s", fetch_paper);

  g_type_ensure (DINH_TYPE_AGENDA_LIST);
  g_type_ensure (DINH_TYPE_BAND);
  g_type_ensure (DINH_TYPE_COLUMN);
  g_type_ensure (DINH_TYPE_FETCH_BAR);
  g_type_ensure (DINH_TYPE_FOLD);
  g_type_ensure (DINH_TYPE_PAPER_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class, "/dinh/ui/dinh-meeting-page.ui");
  gtk_widget_class_bind_template_child (widget_class, DinhMeetingPage, box);
  gtk_widget_class_bind_template_child (widget_class, DinhMeetingPage, fold);
  gtk_widget_class_bind_template_child (widget_class, DinhMeetingPage, lists);
  gtk_widget_class_bind_template_child (widget_class, DinhMeetingPage, agenda);
  gtk_widget_class_bind_template_child (widget_class, DinhMeetingPage, papers);
  gtk_widget_class_bind_template_child (widget_class, DinhMeetingPage, changes);
  gtk_widget_class_bind_template_child (widget_class, DinhMeetingPage, fetch_bar);
  gtk_widget_class_bind_template_child (widget_class, DinhMeetingPage, paper_view);
  gtk_widget_class_bind_template_child (widget_class, DinhMeetingPage, changes_band);
  gtk_widget_class_bind_template_child (widget_class, DinhMeetingPage, version_band);
  gtk_widget_class_bind_template_callback (widget_class, on_folded);
  gtk_widget_class_bind_template_callback (widget_class, on_changes_band_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_version_band_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_seen_clicked);
  gtk_widget_class_bind_template_callback (widget_class, refresh);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
dinh_meeting_page_init (DinhMeetingPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->watch = g_signal_group_new (DINH_TYPE_MEETING);
  g_signal_group_connect_swapped (self->watch, "notify::n-changed", G_CALLBACK (refresh), self);
  g_signal_group_connect_swapped (self->watch, "notify::title", G_CALLBACK (refresh), self);
}

/* dinh_meeting_page_set_renderer: what draws the pages of papers, once. */
void
dinh_meeting_page_set_renderer (DinhMeetingPage *self, DinhRenderer *renderer)
{
  dinh_paper_view_set_renderer (self->paper_view, renderer);
}

/* dinh_meeting_page_get_meeting: borrowed, or NULL. */
DinhMeeting *
dinh_meeting_page_get_meeting (DinhMeetingPage *self)
{
  return self->meeting;
}

/*
 * dinh_meeting_page_set_meeting: the meeting to show, at its agenda. One that was never opened counts as seen
 * from now on, so that what comes later can be told from it.
 */
void
dinh_meeting_page_set_meeting (DinhMeetingPage *self, DinhMeeting *meeting)
{
  if (self->meeting == meeting)
    return;
  dinh_meeting_page_open_paper (self, NULL);
  g_set_object (&self->meeting, meeting);
  if (meeting != NULL && dinh_meeting_get_seen_seq (meeting) == 0)
    dinh_meeting_mark_seen (meeting);
  g_signal_group_set_target (self->watch, meeting);
  dinh_agenda_list_set_meeting (self->agenda, meeting);
  dinh_agenda_list_set_meeting (self->papers, meeting);
  dinh_agenda_list_set_meeting (self->changes, meeting);
  dinh_fetch_bar_set_meeting (self->fetch_bar, meeting);
  dinh_pages_show (self->lists, self->agenda);
  refresh (self);
}

/* dinh_meeting_page_get_paper: the open paper, borrowed, or NULL. */
DinhPaper *
dinh_meeting_page_get_paper (DinhMeetingPage *self)
{
  return self->paper;
}

/* dinh_meeting_page_open_paper: opens @paper of the meeting and folds the list away; NULL goes back to the
 * list. */
void
dinh_meeting_page_open_paper (DinhMeetingPage *self, DinhPaper *paper)
{
  gboolean closed = self->paper != NULL && paper == NULL;

  self->list_open = FALSE;
  g_set_object (&self->paper, paper);
  dinh_paper_view_set_paper (self->paper_view, paper);
  dinh_agenda_list_set_reading (self->agenda, paper);
  dinh_agenda_list_set_reading (self->papers, paper);
  dinh_agenda_list_set_reading (self->changes, paper);
  refresh (self);
  if (closed)
    gtk_widget_child_focus (dinh_pages_get_shown (self->lists), GTK_DIR_TAB_FORWARD);
}

/* dinh_meeting_page_get_place: the list in view; NULL while a paper has all the room. */
const char *
dinh_meeting_page_get_place (DinhMeetingPage *self)
{
  return self->paper == NULL || self->list_open ? gtk_widget_get_name (dinh_pages_get_shown (self->lists))
                                                : NULL;
}

/* dinh_meeting_page_go: to the list @place ("agenda", "papers" or "changes"); beside an open paper, going
 * where one is folds the list away again. */
void
dinh_meeting_page_go (DinhMeetingPage *self, const char *place)
{
  self->list_open = self->paper != NULL && g_strcmp0 (dinh_meeting_page_get_place (self), place) != 0;
  dinh_pages_show (self->lists, dinh_pages_find (self->lists, place));
  refresh (self);
  if (dinh_meeting_page_get_place (self) != NULL)
    gtk_widget_child_focus (dinh_pages_get_shown (self->lists), GTK_DIR_TAB_FORWARD);
}

/* dinh_meeting_page_go_back: one step back: from the list over a paper, from the paper, from another list to
 * the agenda. FALSE when there is no step left. */
gboolean
dinh_meeting_page_go_back (DinhMeetingPage *self)
{
  if (self->list_open)
    on_folded (self);
  else if (self->paper != NULL)
    dinh_meeting_page_open_paper (self, NULL);
  else if (dinh_pages_get_shown (self->lists) != GTK_WIDGET (self->agenda))
    dinh_meeting_page_go (self, "agenda");
  else
    return FALSE;
  return TRUE;
}
