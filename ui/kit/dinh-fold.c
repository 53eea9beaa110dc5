/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/kit/dinh-fold.h"

#include "ui/kit/dinh-measure.h"

#include <glib/gi18n-lib.h>

/*
 * Two parts: a list at the start and a main part. Alone, each takes all the room. Together they stand side by
 * side where the glass is wide, and the list lies as a sheet over the main part where it is not; "folded" is
 * emitted when the person taps beside the sheet.
 *
 * CSS: .fold-start, .beside with the main part; button.fold-scrim.
 */
struct _DinhFold {
  GtkWidget parent_instance;

  GtkWidget *start;
  GtkWidget *main;
  GtkWidget *scrim;
};

G_DEFINE_FINAL_TYPE (DinhFold, dinh_fold, GTK_TYPE_WIDGET)

enum { PROP_START = 1, PROP_MAIN };
enum { FOLDED, N_SIGNALS };

static guint signals[N_SIGNALS];

enum { SIDE_BY_SIDE_MM = 330 };

static void
dinh_fold_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  DinhFold *self = DINH_FOLD (object);
  GtkWidget *child = g_value_get_object (value);

  if (property_id == PROP_START) {
    self->start = child;
    gtk_widget_add_css_class (child, "fold-start");
    gtk_widget_insert_before (child, GTK_WIDGET (self), NULL);
  } else {
    self->main = child;
    gtk_widget_insert_after (child, GTK_WIDGET (self), NULL);
  }
}

static void
dinh_fold_measure (GtkWidget *widget,
                   GtkOrientation orientation,
                   int for_size,
                   int *minimum,
                   int *natural,
                   int *minimum_baseline,
                   int *natural_baseline)
{
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child)) {
    int child_minimum, child_natural;

    gtk_widget_measure (child, orientation, -1, &child_minimum, &child_natural, NULL, NULL);
    *minimum = MAX (*minimum, child_minimum);
    *natural = MAX (*natural, child_natural);
  }
}

static void
allocate (GtkWidget *child, int x, int width, int height)
{
  gtk_widget_size_allocate (child, &(GtkAllocation){x, 0, width, height}, -1);
}

static void
dinh_fold_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  DinhFold *self = DINH_FOLD (widget);
  gboolean both = gtk_widget_get_visible (self->start) && gtk_widget_get_visible (self->main);
  gboolean wide = width >= dinh_measure_get_pixels (widget, SIDE_BY_SIDE_MM);
  int least, start = width;

  gtk_widget_measure (self->start, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  if (both)
    start = MAX (least, wide ? width * 2 / 5 : width * 4 / 5);
  gtk_widget_set_child_visible (self->scrim, both && !wide);

  if (gtk_widget_get_visible (self->main))
    allocate (self->main, both && wide ? start : 0, both && wide ? width - start : width, height);
  if (both && !wide)
    allocate (self->scrim, 0, width, height);
  if (gtk_widget_get_visible (self->start))
    allocate (self->start, 0, start, height);
}

static void
on_scrim_clicked (DinhFold *self)
{
  g_signal_emit (self, signals[FOLDED], 0);
}

static void
dinh_fold_dispose (GObject *object)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (dinh_fold_parent_class)->dispose (object);
}

static void
dinh_fold_class_init (DinhFoldClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->set_property = dinh_fold_set_property;
  object_class->dispose = dinh_fold_dispose;
  widget_class->measure = dinh_fold_measure;
  widget_class->size_allocate = dinh_fold_size_allocate;
  g_object_class_install_property (object_class, PROP_START,
                                   g_param_spec_object ("start", NULL, NULL, GTK_TYPE_WIDGET, flags));
  g_object_class_install_property (object_class, PROP_MAIN,
                                   g_param_spec_object ("main", NULL, NULL, GTK_TYPE_WIDGET, flags));
  signals[FOLDED] =
      g_signal_new ("folded", DINH_TYPE_FOLD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dinh_fold_init (DinhFold *self)
{
  GtkWidget *widget = GTK_WIDGET (self);

  self->scrim = gtk_button_new ();
  gtk_widget_add_css_class (self->scrim, "fold-scrim");
  gtk_widget_set_focusable (self->scrim, FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->scrim), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Back to the paper"), -1);
  gtk_widget_set_parent (self->scrim, widget);
  g_signal_connect_swapped (self->scrim, "clicked", G_CALLBACK (on_scrim_clicked), self);
  gtk_widget_set_overflow (widget, GTK_OVERFLOW_HIDDEN);
}

/* dinh_fold_show: which of the two parts are shown. */
void
dinh_fold_show (DinhFold *self, gboolean start, gboolean main)
{
  gtk_widget_set_visible (self->start, start);
  gtk_widget_set_visible (self->main, main);
  gtk_widget_set_visible (self->scrim, start && main);
  if (start && main)
    gtk_widget_add_css_class (self->start, "beside");
  else
    gtk_widget_remove_css_class (self->start, "beside");
}
