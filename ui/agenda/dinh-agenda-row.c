/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/agenda/dinh-agenda-row.h"

#include "ui/agenda/dinh-item-row.h"
#include "ui/agenda/dinh-meeting-facts.h"
#include "ui/agenda/dinh-paper-row.h"
#include "ui/kit/dinh-measure.h"
#include "ui/kit/dinh-pages.h"

/*
 * A row of a meeting's list, used again and again while the list scrolls: it holds a widget for each sort of
 * thing and shows the one that fits.
 */
struct _DinhAgendaRow {
  GtkWidget parent_instance;

  DinhItemRow *item;
  DinhPaperRow *paper;
  DinhMeetingFacts *facts; /* made when a meeting comes: one row in a list has it */
};

G_DEFINE_FINAL_TYPE (DinhAgendaRow, dinh_agenda_row, GTK_TYPE_WIDGET)

enum { INDENT_MM = 10 };

/* The list hands the keyboard to the row; the row to what is shown in it. */
static gboolean
dinh_agenda_row_grab_focus (GtkWidget *widget)
{
  GtkWidget *shown = dinh_pages_get_shown (widget);

  return shown != NULL && gtk_widget_grab_focus (shown);
}

static void
dinh_agenda_row_dispose (GObject *object)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (dinh_agenda_row_parent_class)->dispose (object);
}

static void
dinh_agenda_row_class_init (DinhAgendaRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dinh_agenda_row_dispose;
  widget_class->grab_focus = dinh_agenda_row_grab_focus;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
dinh_agenda_row_init (DinhAgendaRow *self)
{
  self->item = g_object_new (DINH_TYPE_ITEM_ROW, NULL);
  self->paper = g_object_new (DINH_TYPE_PAPER_ROW, NULL);
  gtk_widget_set_parent (GTK_WIDGET (self->item), GTK_WIDGET (self));
  gtk_widget_set_parent (GTK_WIDGET (self->paper), GTK_WIDGET (self));
}

static void
show_facts (DinhAgendaRow *self, DinhMeeting *meeting)
{
  if (self->facts == NULL && meeting != NULL) {
    self->facts = g_object_new (DINH_TYPE_MEETING_FACTS, NULL);
    gtk_widget_set_parent (GTK_WIDGET (self->facts), GTK_WIDGET (self));
  }
  if (self->facts == NULL)
    return;
  dinh_meeting_facts_set_meeting (self->facts, meeting);
  gtk_widget_set_visible (GTK_WIDGET (self->facts), meeting != NULL);
}

/* dinh_agenda_row_set_object: shows a DinhAgendaItem, DinhPaper or DinhMeeting, @depth levels down; NULL puts
 * the row away. */
void
dinh_agenda_row_set_object (DinhAgendaRow *self, gpointer object, guint depth)
{
  dinh_item_row_set_item (self->item, DINH_IS_AGENDA_ITEM (object) ? object : NULL);
  dinh_paper_row_set_paper (self->paper, DINH_IS_PAPER (object) ? object : NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->item), DINH_IS_AGENDA_ITEM (object));
  gtk_widget_set_visible (GTK_WIDGET (self->paper), DINH_IS_PAPER (object));
  show_facts (self, DINH_IS_MEETING (object) ? object : NULL);
  gtk_widget_set_margin_start (GTK_WIDGET (self),
                               dinh_measure_get_pixels (GTK_WIDGET (self), INDENT_MM) * depth);
}

/* dinh_agenda_row_set_reading: tells the row which paper is open. */
void
dinh_agenda_row_set_reading (DinhAgendaRow *self, DinhPaper *paper)
{
  dinh_paper_row_set_reading (self->paper, paper);
}
