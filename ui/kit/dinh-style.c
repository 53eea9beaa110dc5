/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/kit/dinh-style.h"

/* The look of a display while this object lives: the rules, the colours of a scheme, the size of the text. */
struct _DinhStyle {
  GObject parent_instance;

  GdkDisplay *display;
  GtkCssProvider *rules;
  GtkCssProvider *colours;
  GtkCssProvider *sizes;
  guint text_size;
  DinhScheme scheme;
};

G_DEFINE_ENUM_TYPE (DinhScheme,
                    dinh_scheme,
                    G_DEFINE_ENUM_VALUE (DINH_SCHEME_LIGHT, "light"),
                    G_DEFINE_ENUM_VALUE (DINH_SCHEME_DARK, "dark"),
                    G_DEFINE_ENUM_VALUE (DINH_SCHEME_CONTRAST, "contrast"))

G_DEFINE_FINAL_TYPE (DinhStyle, dinh_style, G_TYPE_OBJECT)

enum { PROP_TEXT_SIZE = 1, PROP_SCHEME, N_PROPS };

static GParamSpec *properties[N_PROPS];

static void
dinh_style_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  DinhStyle *self = DINH_STYLE (object);

  if (property_id == PROP_TEXT_SIZE)
    g_value_set_uint (value, self->text_size);
  else
    g_value_set_enum (value, self->scheme);
}

static void
dinh_style_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  if (property_id == PROP_TEXT_SIZE)
    dinh_style_set_text_size (DINH_STYLE (object), g_value_get_uint (value));
  else
    dinh_style_set_scheme (DINH_STYLE (object), g_value_get_enum (value));
}

static void
drop_provider (DinhStyle *self, GtkCssProvider **provider)
{
  gtk_style_context_remove_provider_for_display (self->display, GTK_STYLE_PROVIDER (*provider));
  g_clear_object (provider);
}

static void
dinh_style_dispose (GObject *object)
{
  DinhStyle *self = DINH_STYLE (object);

  if (self->display != NULL) {
    drop_provider (self, &self->rules);
    drop_provider (self, &self->colours);
    drop_provider (self, &self->sizes);
  }
  g_clear_object (&self->display);
  G_OBJECT_CLASS (dinh_style_parent_class)->dispose (object);
}

static void
dinh_style_class_init (DinhStyleClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = dinh_style_get_property;
  object_class->set_property = dinh_style_set_property;
  object_class->dispose = dinh_style_dispose;

  properties[PROP_TEXT_SIZE] = g_param_spec_uint ("text-size", NULL, NULL, DINH_TEXT_SIZE_LEAST,
                                                  DINH_TEXT_SIZE_MOST, DINH_TEXT_SIZE_USUAL, flags);
  properties[PROP_SCHEME] =
      g_param_spec_enum ("scheme", NULL, NULL, DINH_TYPE_SCHEME, DINH_SCHEME_LIGHT, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static GtkCssProvider *
add_provider (DinhStyle *self)
{
  GtkCssProvider *provider = gtk_css_provider_new ();

  gtk_style_context_add_provider_for_display (self->display, GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
  return provider;
}

static void
dinh_style_init (DinhStyle *self)
{
  self->text_size = DINH_TEXT_SIZE_USUAL;
}

static void
load_sizes (DinhStyle *self)
{
  /* What is said beside the main thing is smaller, but never too small to read. */
  g_autofree char *css = g_strdup_printf (
      ".kiosk, .kiosk popover { font: %upt \"Noto Sans\", sans-serif; } .kiosk .quiet { font-size: %upt; }",
      self->text_size, MAX (self->text_size * 85 / 100, DINH_TEXT_SIZE_LEAST));

  gtk_css_provider_load_from_data (self->sizes, css, -1);
}

static void
load_colours (DinhStyle *self)
{
  g_autoptr (GEnumClass) schemes = g_type_class_ref (DINH_TYPE_SCHEME);
  g_autofree char *path =
      g_strdup_printf ("/dinh/ui/%s.css", g_enum_get_value (schemes, self->scheme)->value_nick);

  gtk_css_provider_load_from_resource (self->colours, path);
  g_object_set (gtk_settings_get_for_display (self->display), "gtk-theme-name",
                self->scheme == DINH_SCHEME_CONTRAST ? "Default-hc" : "Default",
                "gtk-application-prefer-dark-theme", self->scheme == DINH_SCHEME_DARK, NULL);
}

static DinhScheme
wanted_scheme (GdkDisplay *display)
{
  g_autofree char *theme = NULL;
  gboolean dark;

  g_object_get (gtk_settings_get_for_display (display), "gtk-theme-name", &theme,
                "gtk-application-prefer-dark-theme", &dark, NULL);
  if (theme != NULL && (g_str_has_prefix (theme, "HighContrast") || g_str_has_prefix (theme, "Default-hc")))
    return DINH_SCHEME_CONTRAST;
  return dark ? DINH_SCHEME_DARK : DINH_SCHEME_LIGHT;
}

/* dinh_style_new: dresses @display, in the scheme that the desktop's settings ask for and text of the usual
 * size. */
DinhStyle *
dinh_style_new (GdkDisplay *display)
{
  DinhStyle *self = g_object_new (DINH_TYPE_STYLE, NULL);

  self->display = g_object_ref (display);
  self->scheme = wanted_scheme (display);
  self->rules = add_provider (self);
  self->colours = add_provider (self);
  self->sizes = add_provider (self);
  gtk_css_provider_load_from_resource (self->rules, "/dinh/ui/dinh.css");
  load_colours (self);
  load_sizes (self);
  return self;
}

/* dinh_style_get_text_size: in points. */
guint
dinh_style_get_text_size (DinhStyle *self)
{
  return self->text_size;
}

/* dinh_style_set_text_size: in points; kept between DINH_TEXT_SIZE_LEAST and DINH_TEXT_SIZE_MOST. */
void
dinh_style_set_text_size (DinhStyle *self, guint text_size)
{
  text_size = CLAMP (text_size, DINH_TEXT_SIZE_LEAST, DINH_TEXT_SIZE_MOST);
  if (self->text_size == text_size)
    return;
  self->text_size = text_size;
  load_sizes (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TEXT_SIZE]);
}

/* dinh_style_get_scheme: the colours in use. */
DinhScheme
dinh_style_get_scheme (DinhStyle *self)
{
  return self->scheme;
}

/* dinh_style_set_scheme: changes the colours. */
void
dinh_style_set_scheme (DinhStyle *self, DinhScheme scheme)
{
  if (self->scheme == scheme)
    return;
  self->scheme = scheme;
  load_colours (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SCHEME]);
}
