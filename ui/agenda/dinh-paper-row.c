/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/agenda/dinh-paper-row.h"

#include "ui/kit/dinh-words.h"

#include <glib/gi18n-lib.h>

/*
 * A paper in a list: what it is, how much of it is here, whether it is new. A press is the action
 * "meeting.open-paper" with its key.
 *
 * CSS: button.row, .gone when recalled, .reading when open; .mark.
 */
struct _DinhPaperRow {
  GtkButton parent_instance;

  GtkLabel *title;
  GtkLabel *details;
  GtkLabel *mark;
  GtkImage *image;
  GtkLabel *state;
  GtkProgressBar *progress;

  GSignalGroup *watch;
};

G_DEFINE_FINAL_TYPE (DinhPaperRow, dinh_paper_row, GTK_TYPE_BUTTON)

static char *
details_of (DinhPaper *paper)
{
  g_autofree char *size = dinh_words_size (dinh_paper_get_size (paper));
  const char *texts[] = {dinh_words_kind (dinh_paper_get_kind (paper)), dinh_paper_get_number (paper), size};

  return dinh_words_join (texts, G_N_ELEMENTS (texts));
}

static char *
mark_of (DinhPaper *paper)
{
  if (!dinh_paper_get_changed (paper) || dinh_paper_get_recalled (paper))
    return NULL;
  if (dinh_paper_get_version (paper) < 2)
    return g_strdup (_ ("New"));
  return g_strdup_printf (_ ("New (version %u)"), dinh_paper_get_version (paper));
}

static void
show_state (DinhPaperRow *self, DinhPaper *paper, const char *words)
{
  static const struct {
    const char *icon_name, *css_class;
  } looks[] = {
      [DINH_PAPER_ABSENT] = {NULL, NULL},
      [DINH_PAPER_QUEUED] = {"document-open-recent-symbolic", NULL},
      [DINH_PAPER_FETCHING] = {"folder-download-symbolic", NULL},
      [DINH_PAPER_READY] = {"object-select-symbolic", "done"},
      [DINH_PAPER_FAILED] = {"dialog-error-symbolic", "refused"},
  };
  gboolean recalled = dinh_paper_get_recalled (paper);
  DinhPaperState state = recalled ? DINH_PAPER_FAILED : dinh_paper_get_state (paper);
  const char *classes[] = {looks[state].css_class, NULL};
  guint64 size = dinh_paper_get_size (paper);

  gtk_label_set_text (self->state, words);
  gtk_image_set_from_icon_name (self->image, looks[state].icon_name);
  gtk_widget_set_visible (GTK_WIDGET (self->image), looks[state].icon_name != NULL);
  gtk_widget_set_css_classes (GTK_WIDGET (self->image), classes);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), state == DINH_PAPER_FETCHING);
  gtk_progress_bar_set_fraction (self->progress, size ? (double) dinh_paper_get_fetched (paper) / size : 0);
  if (recalled)
    gtk_widget_add_css_class (GTK_WIDGET (self), "gone");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "gone");
}

static void
refresh (DinhPaperRow *self)
{
  g_autoptr (DinhPaper) paper = g_signal_group_dup_target (self->watch);
  g_autofree char *details = NULL, *mark = NULL, *state = NULL, *name = NULL;

  if (paper == NULL)
    return;
  details = details_of (paper);
  mark = mark_of (paper);
  state = dinh_words_paper_state (paper);
  name = dinh_words_join ((const char *[]){dinh_paper_get_title (paper), details, state, mark}, 4);

  gtk_label_set_text (self->title, dinh_paper_get_title (paper));
  gtk_label_set_text (self->details, details);
  gtk_label_set_text (self->mark, mark ? mark : "");
  gtk_widget_set_visible (GTK_WIDGET (self->mark), mark != NULL);
  show_state (self, paper, state);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void
dinh_paper_row_dispose (GObject *object)
{
  g_clear_object (&DINH_PAPER_ROW (object)->watch);
  G_OBJECT_CLASS (dinh_paper_row_parent_class)->dispose (object);
}

static void
dinh_paper_row_class_init (DinhPaperRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dinh_paper_row_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/dinh/ui/dinh-paper-row.ui");
  gtk_widget_class_bind_template_child (widget_class, DinhPaperRow, title);
  gtk_widget_class_bind_template_child (widget_class, DinhPaperRow, details);
  gtk_widget_class_bind_template_child (widget_class, DinhPaperRow, mark);
  gtk_widget_class_bind_template_child (widget_class, DinhPaperRow, image);
  gtk_widget_class_bind_template_child (widget_class, DinhPaperRow, state);
  gtk_widget_class_bind_template_child (widget_class, DinhPaperRow, progress);
}

static void
dinh_paper_row_init (DinhPaperRow *self)
{
  self->watch = g_signal_group_new (DINH_TYPE_PAPER);
  g_signal_group_connect_swapped (self->watch, "notify", G_CALLBACK (refresh), self);
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* dinh_paper_row_set_paper: the paper to show; NULL when the row is put away. */
void
dinh_paper_row_set_paper (DinhPaperRow *self, DinhPaper *paper)
{
  g_signal_group_set_target (self->watch, paper);
  if (paper != NULL)
    gtk_actionable_set_action_target (GTK_ACTIONABLE (self), "s", dinh_paper_get_id (paper));
  refresh (self);
}

/* dinh_paper_row_set_reading: tells the row which paper is open, so that it can say that it is its own. */
void
dinh_paper_row_set_reading (DinhPaperRow *self, DinhPaper *reading)
{
  g_autoptr (DinhPaper) paper = g_signal_group_dup_target (self->watch);
  gboolean here = paper != NULL && paper == reading;

  if (here)
    gtk_widget_add_css_class (GTK_WIDGET (self), "reading");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "reading");
  gtk_accessible_update_state (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_STATE_SELECTED, here, -1);
}
