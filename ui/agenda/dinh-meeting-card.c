/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/agenda/dinh-meeting-card.h"

#include "ui/agenda/dinh-fetch-bar.h"
#include "ui/kit/dinh-words.h"

#include <glib/gi18n-lib.h>

/*
 * A meeting on the home page; today's is larger and says "Join". A press is the action "kiosk.open-meeting"
 * with its id.
 *
 * CSS: box.meeting-card, .today.
 */
struct _DinhMeetingCard {
  GtkBox parent_instance;

  GtkLabel *day;
  GtkLabel *title;
  GtkLabel *where;
  GtkLabel *cancelled;
  DinhFetchBar *fetch_bar;
  GtkButton *join;

  GSignalGroup *watch;
  gint64 now;
};

G_DEFINE_FINAL_TYPE (DinhMeetingCard, dinh_meeting_card, GTK_TYPE_BOX)

static void
set_class (gpointer widget, const char *css_class, gboolean on)
{
  if (on)
    gtk_widget_add_css_class (widget, css_class);
  else
    gtk_widget_remove_css_class (widget, css_class);
}

static char *
day_of (DinhMeeting *meeting, gint64 now)
{
  g_autofree char *day = dinh_words_day (dinh_meeting_get_begins (meeting), now);
  g_autofree char *span =
      dinh_words_span (dinh_meeting_get_begins (meeting), dinh_meeting_get_ends (meeting));

  return dinh_words_join ((const char *[]){day, span}, 2);
}

static void
refresh_button (DinhMeetingCard *self, DinhMeeting *meeting, gboolean joinable)
{
  const char *label = joinable ? _ ("Join") : _ ("View agenda");
  g_autofree char *name = g_strdup_printf ("%s: %s", label, dinh_meeting_get_title (meeting));

  gtk_button_set_label (self->join, label);
  set_class (self->join, "suggested", joinable);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->join), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->join), "s", dinh_meeting_get_id (meeting));
}

static void
refresh (DinhMeetingCard *self)
{
  g_autoptr (DinhMeeting) meeting = g_signal_group_dup_target (self->watch);
  g_autofree char *day = NULL, *cancelled = NULL, *where = NULL;
  gboolean today, is_cancelled;

  if (meeting == NULL)
    return;
  today = dinh_words_is_same_day (dinh_meeting_get_begins (meeting), self->now);
  is_cancelled = dinh_meeting_get_status (meeting) == DINH_MEETING_CANCELLED;
  day = day_of (meeting, self->now);
  where = dinh_words_join (
      (const char *[]){dinh_meeting_get_host (meeting), dinh_meeting_get_place (meeting)}, 2);
  cancelled = dinh_meeting_get_reason (meeting)
                  ? g_strdup_printf (_ ("Cancelled: %s"), dinh_meeting_get_reason (meeting))
                  : g_strdup (_ ("Cancelled"));

  gtk_label_set_text (self->day, day);
  gtk_label_set_text (self->title, dinh_meeting_get_title (meeting));
  gtk_label_set_text (self->where, where);
  gtk_label_set_text (self->cancelled, cancelled);
  gtk_widget_set_visible (GTK_WIDGET (self->where), *where != '\0');
  gtk_widget_set_visible (GTK_WIDGET (self->cancelled), is_cancelled);
  set_class (self, "today", today && !is_cancelled);
  set_class (self->title, "headline", today && !is_cancelled);
  refresh_button (self, meeting, today && !is_cancelled);
}

static gboolean
dinh_meeting_card_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (DINH_MEETING_CARD (widget)->join));
}

static void
dinh_meeting_card_dispose (GObject *object)
{
  g_clear_object (&DINH_MEETING_CARD (object)->watch);
  G_OBJECT_CLASS (dinh_meeting_card_parent_class)->dispose (object);
}

static void
dinh_meeting_card_class_init (DinhMeetingCardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dinh_meeting_card_dispose;
  widget_class->grab_focus = dinh_meeting_card_grab_focus;
  g_type_ensure (DINH_TYPE_FETCH_BAR);
  gtk_widget_class_set_template_from_resource (widget_class, "/dinh/ui/dinh-meeting-card.ui");
  gtk_widget_class_bind_template_child (widget_class, DinhMeetingCard, day);
  gtk_widget_class_bind_template_child (widget_class, DinhMeetingCard, title);
  gtk_widget_class_bind_template_child (widget_class, DinhMeetingCard, where);
  gtk_widget_class_bind_template_child (widget_class, DinhMeetingCard, cancelled);
  gtk_widget_class_bind_template_child (widget_class, DinhMeetingCard, fetch_bar);
  gtk_widget_class_bind_template_child (widget_class, DinhMeetingCard, join);
}

static void
dinh_meeting_card_init (DinhMeetingCard *self)
{
  self->watch = g_signal_group_new (DINH_TYPE_MEETING);
  g_signal_group_connect_swapped (self->watch, "notify", G_CALLBACK (refresh), self);
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* dinh_meeting_card_set_meeting: the meeting to show as of @now; NULL when the card is put away. */
void
dinh_meeting_card_set_meeting (DinhMeetingCard *self, DinhMeeting *meeting, gint64 now)
{
  self->now = now;
  g_signal_group_set_target (self->watch, meeting);
  dinh_fetch_bar_set_meeting (self->fetch_bar, meeting);
  refresh (self);
}
