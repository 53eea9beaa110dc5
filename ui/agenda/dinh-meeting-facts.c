/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/agenda/dinh-meeting-facts.h"

#include "ui/agenda/dinh-fetch-bar.h"
#include "ui/kit/dinh-words.h"

#include <glib/gi18n-lib.h>

/* What a meeting is, above its agenda: title, when, where, who leads it, what has been fetched. */
struct _DinhMeetingFacts {
  GtkBox parent_instance;

  GtkLabel *title;
  GtkLabel *when;
  GtkLabel *where;
  GtkLabel *cancelled;
  DinhFetchBar *fetch_bar;

  GSignalGroup *watch;
};

G_DEFINE_FINAL_TYPE (DinhMeetingFacts, dinh_meeting_facts, GTK_TYPE_BOX)

static char *
when_of (DinhMeeting *meeting)
{
  g_autofree char *span =
      dinh_words_span (dinh_meeting_get_begins (meeting), dinh_meeting_get_ends (meeting));
  g_autofree char *date = dinh_words_date (dinh_meeting_get_begins (meeting));

  return dinh_words_join ((const char *[]){date, span}, 2);
}

static char *
where_of (DinhMeeting *meeting)
{
  const char *chair = dinh_meeting_get_chair (meeting);
  g_autofree char *led = chair ? g_strdup_printf (_ ("Chair: %s"), chair) : NULL;

  return dinh_words_join ((const char *[]){dinh_meeting_get_place (meeting), led}, 2);
}

static char *
cancelled_of (DinhMeeting *meeting)
{
  const char *reason = dinh_meeting_get_reason (meeting);

  if (dinh_meeting_get_status (meeting) != DINH_MEETING_CANCELLED)
    return NULL;
  return reason ? g_strdup_printf (_ ("Cancelled: %s"), reason) : g_strdup (_ ("Cancelled"));
}

static void
show_text (GtkLabel *label, const char *text)
{
  gtk_label_set_text (label, text ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (label), text != NULL && *text != '\0');
}

static void
refresh (DinhMeetingFacts *self)
{
  g_autoptr (DinhMeeting) meeting = g_signal_group_dup_target (self->watch);
  g_autofree char *when = NULL, *where = NULL, *cancelled = NULL;

  if (meeting == NULL)
    return;
  when = when_of (meeting);
  where = where_of (meeting);
  cancelled = cancelled_of (meeting);
  show_text (self->title, dinh_meeting_get_title (meeting));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  dinh_meeting_get_title (meeting), -1);
  show_text (self->when, when);
  show_text (self->where, where);
  show_text (self->cancelled, cancelled);
}

static void
dinh_meeting_facts_dispose (GObject *object)
{
  g_clear_object (&DINH_MEETING_FACTS (object)->watch);
  G_OBJECT_CLASS (dinh_meeting_facts_parent_class)->dispose (object);
}

static void
dinh_meeting_facts_class_init (DinhMeetingFactsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dinh_meeting_facts_dispose;
  g_type_ensure (DINH_TYPE_FETCH_BAR);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_HEADING);
  gtk_widget_class_set_template_from_resource (widget_class, "/dinh/ui/dinh-meeting-facts.ui");
  gtk_widget_class_bind_template_child (widget_class, DinhMeetingFacts, title);
  gtk_widget_class_bind_template_child (widget_class, DinhMeetingFacts, when);
  gtk_widget_class_bind_template_child (widget_class, DinhMeetingFacts, where);
  gtk_widget_class_bind_template_child (widget_class, DinhMeetingFacts, cancelled);
  gtk_widget_class_bind_template_child (widget_class, DinhMeetingFacts, fetch_bar);
}

static void
dinh_meeting_facts_init (DinhMeetingFacts *self)
{
  self->watch = g_signal_group_new (DINH_TYPE_MEETING);
  g_signal_group_connect_swapped (self->watch, "notify", G_CALLBACK (refresh), self);
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* dinh_meeting_facts_set_meeting: the meeting to show; NULL when the row is put away. */
void
dinh_meeting_facts_set_meeting (DinhMeetingFacts *self, DinhMeeting *meeting)
{
  g_signal_group_set_target (self->watch, meeting);
  dinh_fetch_bar_set_meeting (self->fetch_bar, meeting);
  refresh (self);
}
