/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/paper/dinh-reader.h"

/* A reader whose every paper has twelve empty pages; an arrow key turns them. */
struct _DinhReader {
  GtkWidget parent_instance;

  GtkWidget *label;
  char *title;
  guint page;
  guint n_pages;
};

G_DEFINE_FINAL_TYPE (DinhReader, dinh_reader, GTK_TYPE_WIDGET)

enum { PROP_PAGE = 1, PROP_N_PAGES, PROP_TITLE };

static void
show_page (DinhReader *self)
{
  g_autofree char *text = g_strdup_printf ("%s\n%u/%u", self->title ? self->title : "", self->page + 1, self->n_pages);

  gtk_label_set_text (GTK_LABEL (self->label), text);
}

static void
dinh_reader_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  DinhReader *self = DINH_READER (object);

  if (property_id == PROP_PAGE)
    g_value_set_uint (value, self->page);
  else if (property_id == PROP_N_PAGES)
    g_value_set_uint (value, self->n_pages);
  else
    g_value_set_string (value, self->title);
}

static void
dinh_reader_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  DinhReader *self = DINH_READER (object);

  if (property_id == PROP_PAGE) {
    self->page = g_value_get_uint (value);
  } else {
    g_free (self->title);
    self->title = g_value_dup_string (value);
  }
  show_page (self);
}

static gboolean
turn (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  guint page;

  g_object_get (widget, "page", &page, NULL);
  g_object_set (widget, "page", page + 1, NULL);
  return TRUE;
}

static void
dinh_reader_dispose (GObject *object)
{
  DinhReader *self = DINH_READER (object);

  g_clear_pointer (&self->label, gtk_widget_unparent);
  g_clear_pointer (&self->title, g_free);
  G_OBJECT_CLASS (dinh_reader_parent_class)->dispose (object);
}

static void
dinh_reader_class_init (DinhReaderClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = dinh_reader_get_property;
  object_class->set_property = dinh_reader_set_property;
  object_class->dispose = dinh_reader_dispose;
  g_object_class_install_property (object_class, PROP_PAGE,
                                   g_param_spec_uint ("page", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READWRITE));
  g_object_class_install_property (object_class, PROP_N_PAGES,
                                   g_param_spec_uint ("n-pages", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE));
  g_object_class_install_property (object_class, PROP_TITLE,
                                   g_param_spec_string ("title", NULL, NULL, NULL, G_PARAM_READWRITE));
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Right, 0, turn, NULL);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
dinh_reader_init (DinhReader *self)
{
  self->label = gtk_label_new (NULL);
  g_object_set (self->label, "wrap", TRUE, "justify", GTK_JUSTIFY_CENTER, "margin-start", 40, "margin-end", 40, NULL);
  gtk_widget_set_parent (self->label, GTK_WIDGET (self));
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
}

GtkWidget *
dinh_reader_new (DinhRenderer *renderer)
{
  return g_object_new (DINH_TYPE_READER, NULL);
}

void
dinh_reader_open (DinhReader *self, const char *path, guint page)
{
  self->n_pages = 12;
  self->page = page;
  show_page (self);
  g_object_notify (G_OBJECT (self), "n-pages");
  g_object_notify (G_OBJECT (self), "page");
}

void
dinh_reader_close (DinhReader *self)
{
  self->n_pages = 0;
  g_object_notify (G_OBJECT (self), "n-pages");
}
