/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/kit/dinh-ruler.h"

#include "ui/kit/dinh-measure.h"

/*
 * Asks how large the screen really is where the screen does not say: a frame is brought to the size of a
 * citizen's card, which everybody has in their pocket and which is the same the world over (ISO/IEC 7810
 * ID-1).
 */
struct _DinhRuler {
  GtkBox parent_instance;

  GtkWidget *card;
  GtkAdjustment *pixels; /* width of the frame */
};

enum { CARD_UM_WIDE = 85600, CARD_UM_HIGH = 53980 };
enum { MEASURED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DinhRuler, dinh_ruler, GTK_TYPE_BOX)

static void
on_pixels_changed (DinhRuler *self)
{
  int pixels = gtk_adjustment_get_value (self->pixels);

  gtk_widget_set_size_request (self->card, pixels, pixels * CARD_UM_HIGH / CARD_UM_WIDE);
}

static void
step (DinhRuler *self, int steps)
{
  gtk_adjustment_set_value (self->pixels, gtk_adjustment_get_value (self->pixels) +
                                              steps * gtk_adjustment_get_step_increment (self->pixels));
}

static void
on_smaller_clicked (DinhRuler *self)
{
  step (self, -1);
}

static void
on_larger_clicked (DinhRuler *self)
{
  step (self, 1);
}

static void
on_fits_clicked (DinhRuler *self)
{
  g_signal_emit (self, signals[MEASURED], 0,
                 (int) gtk_adjustment_get_value (self->pixels) * 25400.0 / CARD_UM_WIDE);
}

static void
dinh_ruler_class_init (DinhRulerClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class, "/dinh/ui/dinh-ruler.ui");
  gtk_widget_class_bind_template_child (widget_class, DinhRuler, card);
  gtk_widget_class_bind_template_child (widget_class, DinhRuler, pixels);
  gtk_widget_class_bind_template_callback (widget_class, on_pixels_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_smaller_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_larger_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_fits_clicked);

  /**
   * DinhRuler::measured:
   * @dpi: the screen's pixels an inch
   *
   * The person says that the frame is as large as the card.
   */
  signals[MEASURED] = g_signal_new ("measured", DINH_TYPE_RULER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                    G_TYPE_NONE, 1, G_TYPE_DOUBLE);
}

static void
dinh_ruler_init (DinhRuler *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_adjustment_set_value (self->pixels, dinh_measure_get_pixels (GTK_WIDGET (self), CARD_UM_WIDE / 1000.0));
}

/**
 * dinh_ruler_new:
 *
 * Returns: (transfer floating): the page that asks for the screen's size.
 */
GtkWidget *
dinh_ruler_new (void)
{
  return g_object_new (DINH_TYPE_RULER, NULL);
}
