/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/agenda/dinh-status-line.h"

#include "ui/kit/dinh-words.h"

/*
 * One line, always there: the meeting, the item, how the line to the hub is, the time by the hub's clock.
 *
 * CSS: box.status; the line's shape is .line-shape with the state's name.
 */
struct _DinhStatusLine {
  GtkBox parent_instance;

  GtkLabel *title;
  GtkLabel *item;
  GtkWidget *shape;
  GtkLabel *state;
  GtkLabel *clock;
  GtkWidget *person;
  GtkLabel *name;
  GtkWidget *lock;
  GtkWidget *sign_in;

  DinhLine *line;
  guint ticking;
};

G_DEFINE_FINAL_TYPE (DinhStatusLine, dinh_status_line, GTK_TYPE_BOX)

static gboolean
on_second_passed (gpointer user_data)
{
  DinhStatusLine *self = user_data;
  g_autofree char *clock = dinh_words_clock (dinh_line_get_now (self->line));

  gtk_label_set_text (self->clock, clock);
  return G_SOURCE_CONTINUE;
}

static void
on_line_changed (DinhStatusLine *self)
{
  g_autoptr (GEnumClass) states = g_type_class_ref (DINH_TYPE_LINE_STATE);
  DinhLineState state = dinh_line_get_state (self->line);
  const char *classes[] = {"line-shape", g_enum_get_value (states, state)->value_nick, NULL};

  gtk_widget_set_css_classes (self->shape, classes);
  gtk_label_set_text (self->state, dinh_words_line (state));
  on_second_passed (self);
}

static void
dinh_status_line_dispose (GObject *object)
{
  DinhStatusLine *self = DINH_STATUS_LINE (object);

  g_clear_handle_id (&self->ticking, g_source_remove);
  g_clear_object (&self->line);
  G_OBJECT_CLASS (dinh_status_line_parent_class)->dispose (object);
}

static void
dinh_status_line_class_init (DinhStatusLineClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dinh_status_line_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/dinh/ui/dinh-status-line.ui");
  gtk_widget_class_bind_template_child (widget_class, DinhStatusLine, title);
  gtk_widget_class_bind_template_child (widget_class, DinhStatusLine, item);
  gtk_widget_class_bind_template_child (widget_class, DinhStatusLine, shape);
  gtk_widget_class_bind_template_child (widget_class, DinhStatusLine, state);
  gtk_widget_class_bind_template_child (widget_class, DinhStatusLine, clock);
  gtk_widget_class_bind_template_child (widget_class, DinhStatusLine, person);
  gtk_widget_class_bind_template_child (widget_class, DinhStatusLine, name);
  gtk_widget_class_bind_template_child (widget_class, DinhStatusLine, lock);
  gtk_widget_class_bind_template_child (widget_class, DinhStatusLine, sign_in);
}

static void
dinh_status_line_init (DinhStatusLine *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* dinh_status_line_set_line: the line to show, once. */
void
dinh_status_line_set_line (DinhStatusLine *self, DinhLine *line)
{
  g_return_if_fail (self->line == NULL);

  self->line = g_object_ref (line);
  g_signal_connect_object (line, "notify", G_CALLBACK (on_line_changed), self, G_CONNECT_SWAPPED);
  self->ticking = g_timeout_add_seconds (1, on_second_passed, self);
  on_line_changed (self);
}

static void
on_session_changed (DinhSession *session, DinhStatusLine *self)
{
  gboolean signed_in = dinh_session_get_step (session) == DINH_SESSION_SIGNED_IN;

  gtk_label_set_text (self->name, signed_in ? dinh_session_get_name (session) : "");
  gtk_widget_set_visible (GTK_WIDGET (self->name), signed_in);
  gtk_widget_set_visible (self->lock, signed_in);
  gtk_widget_set_visible (self->sign_in, !signed_in);
}

/* dinh_status_line_set_session: shows who is signed in, or how to be, once. */
void
dinh_status_line_set_session (DinhStatusLine *self, DinhSession *session)
{
  g_signal_connect_object (session, "changed", G_CALLBACK (on_session_changed), self, 0);
  on_session_changed (session, self);
  gtk_widget_set_visible (self->person, TRUE);
}

/* dinh_status_line_set_place: where the person is; @item may be NULL. */
void
dinh_status_line_set_place (DinhStatusLine *self, const char *title, const char *item)
{
  gtk_label_set_text (self->title, title);
  gtk_label_set_text (self->item, item ? item : "");
  gtk_widget_set_visible (GTK_WIDGET (self->item), item != NULL);
}
