/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/kit/dinh-band.h"

/*
 * A strip that says what happened, what is safe and what to do. It stands below the page so that nothing in
 * view moves when it comes. "activated": the person took its offer. A text that was dismissed stays away
 * until the band has had another, or nothing, to say.
 *
 * CSS: box.band, box.band.attention. Accessible role: status.
 */
struct _DinhBand {
  GtkBox parent_instance;

  GtkWidget *image;
  GtkLabel *label;
  GtkButton *offer;

  gboolean attention;
};

G_DEFINE_FINAL_TYPE (DinhBand, dinh_band, GTK_TYPE_BOX)

enum { PROP_ATTENTION = 1 };
enum { ACTIVATED, N_SIGNALS };

static guint signals[N_SIGNALS];

static void
dinh_band_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  g_value_set_boolean (value, DINH_BAND (object)->attention);
}

static void
dinh_band_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  DinhBand *self = DINH_BAND (object);

  self->attention = g_value_get_boolean (value);
  if (self->attention)
    gtk_widget_add_css_class (GTK_WIDGET (self), "attention");
  gtk_widget_set_visible (self->image, self->attention);
}

static void
on_offer_clicked (DinhBand *self)
{
  g_signal_emit (self, signals[ACTIVATED], 0);
}

static void
on_dismiss_clicked (DinhBand *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

static void
dinh_band_class_init (DinhBandClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = dinh_band_get_property;
  object_class->set_property = dinh_band_set_property;
  g_object_class_install_property (
      object_class, PROP_ATTENTION,
      g_param_spec_boolean ("attention", NULL, NULL, FALSE,
                            G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));
  signals[ACTIVATED] =
      g_signal_new ("activated", DINH_TYPE_BAND, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class, "/dinh/ui/dinh-band.ui");
  gtk_widget_class_bind_template_child (widget_class, DinhBand, image);
  gtk_widget_class_bind_template_child (widget_class, DinhBand, label);
  gtk_widget_class_bind_template_child (widget_class, DinhBand, offer);
  gtk_widget_class_bind_template_callback (widget_class, on_offer_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_dismiss_clicked);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_STATUS);
}

static void
dinh_band_init (DinhBand *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* dinh_band_say: shows @text, with a button @offer unless that is NULL; with NULL as @text the band goes
 * away. */
void
dinh_band_say (DinhBand *self, const char *text, const char *offer)
{
  gboolean is_new = g_strcmp0 (gtk_label_get_text (self->label), text ? text : "") != 0;

  if (is_new)
    gtk_label_set_text (self->label, text ? text : "");
  gtk_button_set_label (self->offer, offer ? offer : "");
  gtk_widget_set_visible (GTK_WIDGET (self->offer), offer != NULL);
  if (text == NULL || is_new)
    gtk_widget_set_visible (GTK_WIDGET (self), text != NULL);
}
