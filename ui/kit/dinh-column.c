/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/kit/dinh-column.h"

#include "ui/kit/dinh-measure.h"

/* Keeps its child in the middle and no wider than eyes follow a line. */
struct _DinhColumn {
  GtkWidget parent_instance;

  GtkWidget *child;
};

G_DEFINE_FINAL_TYPE (DinhColumn, dinh_column, GTK_TYPE_WIDGET)

enum { PROP_CHILD = 1 };
enum { WIDEST_MM = 300 };

static void
dinh_column_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  DinhColumn *self = DINH_COLUMN (object);

  self->child = g_value_get_object (value);
  gtk_widget_set_parent (self->child, GTK_WIDGET (self));
}

static void
dinh_column_measure (GtkWidget *widget,
                     GtkOrientation orientation,
                     int for_size,
                     int *minimum,
                     int *natural,
                     int *minimum_baseline,
                     int *natural_baseline)
{
  int widest = dinh_measure_get_pixels (widget, WIDEST_MM);

  gtk_widget_measure (DINH_COLUMN (widget)->child, orientation, MIN (for_size, widest), minimum, natural,
                      NULL, NULL);
}

static void
dinh_column_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  int used = MIN (width, dinh_measure_get_pixels (widget, WIDEST_MM));

  gtk_widget_size_allocate (DINH_COLUMN (widget)->child,
                            &(GtkAllocation){(width - used) / 2, 0, used, height}, -1);
}

static void
dinh_column_dispose (GObject *object)
{
  g_clear_pointer (&DINH_COLUMN (object)->child, gtk_widget_unparent);
  G_OBJECT_CLASS (dinh_column_parent_class)->dispose (object);
}

static void
dinh_column_class_init (DinhColumnClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->set_property = dinh_column_set_property;
  object_class->dispose = dinh_column_dispose;
  widget_class->measure = dinh_column_measure;
  widget_class->size_allocate = dinh_column_size_allocate;
  g_object_class_install_property (
      object_class, PROP_CHILD,
      g_param_spec_object ("child", NULL, NULL, GTK_TYPE_WIDGET,
                           G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));
}

static void
dinh_column_init (DinhColumn *self)
{
}
