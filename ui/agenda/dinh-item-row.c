/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/agenda/dinh-item-row.h"

#include "ui/kit/dinh-words.h"

#include <glib/gi18n-lib.h>

/*
 * An agenda item in a list: the heading above its papers.
 *
 * CSS: box.item-row, .number, .mark.
 */
struct _DinhItemRow {
  GtkBox parent_instance;

  GtkLabel *number;
  GtkLabel *title;
  GtkLabel *details;
  GtkWidget *paper_only;
  GtkWidget *mark;

  GSignalGroup *watch;
};

G_DEFINE_FINAL_TYPE (DinhItemRow, dinh_item_row, GTK_TYPE_BOX)

static char *
details_of (DinhAgendaItem *item)
{
  guint minutes = dinh_agenda_item_get_minutes (item);
  g_autofree char *time =
      minutes > 0 ? g_strdup_printf (ngettext ("%u minute", "%u minutes", minutes), minutes) : NULL;
  const char *texts[] = {time, dinh_agenda_item_get_presenter (item), dinh_agenda_item_get_agency (item)};

  return dinh_words_join (texts, G_N_ELEMENTS (texts));
}

static void
refresh (DinhItemRow *self)
{
  g_autoptr (DinhAgendaItem) item = g_signal_group_dup_target (self->watch);
  g_autofree char *details = NULL, *name = NULL;

  if (item == NULL)
    return;
  details = details_of (item);
  name = g_strdup_printf ("%s %s", dinh_agenda_item_get_number (item), dinh_agenda_item_get_title (item));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_label_set_text (self->number, dinh_agenda_item_get_number (item));
  gtk_label_set_text (self->title, dinh_agenda_item_get_title (item));
  gtk_label_set_text (self->details, details);
  gtk_widget_set_visible (GTK_WIDGET (self->details), *details != '\0');
  gtk_widget_set_visible (self->paper_only, dinh_agenda_item_get_paper_only (item));
  gtk_widget_set_visible (self->mark, dinh_agenda_item_get_changed (item));
}

static void
dinh_item_row_dispose (GObject *object)
{
  g_clear_object (&DINH_ITEM_ROW (object)->watch);
  G_OBJECT_CLASS (dinh_item_row_parent_class)->dispose (object);
}

static void
dinh_item_row_class_init (DinhItemRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dinh_item_row_dispose;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_HEADING);
  gtk_widget_class_set_template_from_resource (widget_class, "/dinh/ui/dinh-item-row.ui");
  gtk_widget_class_bind_template_child (widget_class, DinhItemRow, number);
  gtk_widget_class_bind_template_child (widget_class, DinhItemRow, title);
  gtk_widget_class_bind_template_child (widget_class, DinhItemRow, details);
  gtk_widget_class_bind_template_child (widget_class, DinhItemRow, paper_only);
  gtk_widget_class_bind_template_child (widget_class, DinhItemRow, mark);
}

static void
dinh_item_row_init (DinhItemRow *self)
{
  self->watch = g_signal_group_new (DINH_TYPE_AGENDA_ITEM);
  g_signal_group_connect_swapped (self->watch, "notify", G_CALLBACK (refresh), self);
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* dinh_item_row_set_item: the item to show; NULL when the row is put away. */
void
dinh_item_row_set_item (DinhItemRow *self, DinhAgendaItem *item)
{
  g_signal_group_set_target (self->watch, item);
  refresh (self);
}
