/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/paper/dinh-reader.h"

#include <glib/gi18n-lib.h>

#include "ui/paper/dinh-page-view.h"
#include "ui/paper/dinh-paper-resources.h"
#include "ui/paper/dinh-paper-words.h"
#include "ui/paper/dinh-thumbnail-strip.h"

/* Reads one paper: the page, a strip of small pages, and a bar of buttons for everything that fingers and
 * keys can do.
 *
 * CSS: node `dinh-reader`; `.dinh-reader-bar` for the bar, `.dinh-reader-message` for what is said in place
 * of a paper. Accessible as a group named by `title`. */

#define KEPT_BYTES (64 * 1024 * 1024)
#define MESSAGE_AFTER 300 /* milliseconds before a wait is put into words */
#define ZOOM_STEP 1.25
#define LINE 90 /* logical pixels an arrow key goes */

struct _DinhReader {
  GtkWidget parent_instance;

  DinhRenderer *renderer;
  GCancellable *opening; /* NULL while no file is being opened */
  char *title;
  guint n_pages;
  int problem;
  guint message_id;

  GtkStack *stack;
  GtkLabel *message;
  GtkWidget *paper;
  GtkWidget *bar;
  DinhThumbnailStrip *strip;
  DinhPageView *view;
  GtkButton *fit_button;
  GtkStack *fit_words;
  GtkLabel *full_width;
  GtkLabel *whole_page;
  GtkInscription *page_label;
  GtkMenuButton *page_button;
  GtkAdjustment *go_to;
  GtkSpinButton *go_to_number;
  GtkPopover *go_to_popover;
};

G_DEFINE_FINAL_TYPE (DinhReader, dinh_reader, GTK_TYPE_WIDGET)

enum {
  PROP_PAGE = 1,
  PROP_N_PAGES,
  PROP_TITLE,
  PROP_PROBLEM,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

static char *
page_words (guint page, guint n_pages)
{
  return g_strdup_printf (_ ("Page %u / %u"), page, n_pages);
}

/* As wide for the first page as for the last: no button moves under a finger that turns pages, and nothing is
 * laid out anew. */
static void
reserve_label_width (DinhReader *self)
{
  g_autofree char *longest = page_words (self->n_pages, self->n_pages);

  gtk_inscription_set_min_chars (self->page_label, g_utf8_strlen (longest, -1));
}

static gboolean
would_fit_width (DinhReader *self)
{
  return !dinh_page_view_is_zoomed (self->view) && dinh_page_view_get_fit (self->view) == DINH_FIT_PAGE;
}

static void
update_bar (DinhReader *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  guint page = dinh_page_view_get_page (self->view);
  g_autofree char *words = page_words (page + 1, self->n_pages);
  GtkLabel *fit = would_fit_width (self) ? self->full_width : self->whole_page;

  if (g_strcmp0 (words, gtk_inscription_get_text (self->page_label)) != 0) {
    gtk_inscription_set_text (self->page_label, words);
    gtk_accessible_update_property (GTK_ACCESSIBLE (self->page_button), GTK_ACCESSIBLE_PROPERTY_LABEL, words,
                                    -1);
  }
  if (gtk_stack_get_visible_child (self->fit_words) != GTK_WIDGET (fit)) {
    gtk_stack_set_visible_child (self->fit_words, GTK_WIDGET (fit));
    gtk_accessible_update_property (GTK_ACCESSIBLE (self->fit_button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                    gtk_label_get_label (fit), -1);
  }
  gtk_widget_set_visible (self->bar, self->n_pages > 0);
  gtk_widget_action_set_enabled (widget, "reader.previous", page > 0 && page < self->n_pages);
  gtk_widget_action_set_enabled (widget, "reader.next", page + 1 < self->n_pages);
}

static void
on_page_changed (DinhReader *self)
{
  update_bar (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PAGE]);
}

static void
on_go_to_shown (DinhReader *self)
{
  gtk_adjustment_configure (self->go_to, dinh_page_view_get_page (self->view) + 1, 1, self->n_pages, 1, 10,
                            0);
}

static gboolean
on_wait_grew_long (gpointer user_data)
{
  DinhReader *self = user_data;

  self->message_id = 0;
  gtk_label_set_label (self->message, _ ("Opening the paper…"));
  return G_SOURCE_REMOVE;
}

static void
set_paper (DinhReader *self, DinhPageSource *source, guint n_pages, int problem)
{
  g_clear_handle_id (&self->message_id, g_source_remove);
  self->n_pages = n_pages;
  self->problem = problem;
  reserve_label_width (self);
  dinh_thumbnail_strip_set_source (self->strip, source);
  dinh_page_view_set_source (self->view, source);
  gtk_stack_set_visible_child (self->stack, source != NULL ? self->paper : GTK_WIDGET (self->message));
  update_bar (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_N_PAGES]);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PROBLEM]);
}

static void
show_problem (DinhReader *self, const GError *error)
{
  int problem = error->domain == DINH_PAPER_ERROR ? error->code : DINH_PAPER_ERROR_HELPER;
  g_autofree char *text = dinh_paper_words_for_document (problem);

  set_paper (self, NULL, 0, problem);
  gtk_label_set_markup (self->message, text);
}

static void
on_document_opened (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DinhReader) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhDocument) document = dinh_renderer_open_finish (DINH_RENDERER (object), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    return; /* closed, or another paper since */
  }
  g_clear_object (&self->opening);
  if (document == NULL) {
    show_problem (self, error);
    return;
  }
  g_autoptr (DinhPageSource) source = dinh_page_source_new (document, KEPT_BYTES);
  set_paper (self, source, dinh_page_source_get_n_pages (source), -1);
}

static double
view_length (DinhReader *self)
{
  return gtk_widget_get_height (GTK_WIDGET (self->view));
}

/* Down the page by so much, and from its end on to the next. */
static void
go_down (DinhReader *self, double distance)
{
  if (dinh_page_view_can_pan (self->view, 0, -distance)) {
    dinh_page_view_pan (self->view, 0, -distance);
  } else {
    dinh_page_view_turn (self->view, 1);
  }
}

static void
go_up (DinhReader *self, double distance)
{
  if (dinh_page_view_can_pan (self->view, 0, distance)) {
    dinh_page_view_pan (self->view, 0, distance);
  } else if (dinh_page_view_turn (self->view, -1)) {
    dinh_page_view_pan (self->view, 0, -G_MAXINT);
  }
}

static void
go_sideways (DinhReader *self, int pages)
{
  if (dinh_page_view_is_zoomed (self->view) && dinh_page_view_can_pan (self->view, -pages * LINE, 0)) {
    dinh_page_view_pan (self->view, -pages * LINE, 0);
  } else {
    dinh_page_view_turn (self->view, pages);
  }
}

static void
zoom_about_middle (DinhReader *self, double factor)
{
  dinh_page_view_zoom (self->view, factor, gtk_widget_get_width (GTK_WIDGET (self->view)) / 2.0,
                       view_length (self) / 2);
}

static void
next_page (DinhReader *self)
{
  dinh_page_view_turn (self->view, 1);
}

static void
previous_page (DinhReader *self)
{
  dinh_page_view_turn (self->view, -1);
}

static void
first_page (DinhReader *self)
{
  dinh_page_view_set_page (self->view, 0);
}

static void
last_page (DinhReader *self)
{
  dinh_page_view_set_page (self->view, self->n_pages - 1);
}

static void
screen_down (DinhReader *self)
{
  go_down (self, view_length (self) * 0.85);
}

static void
screen_up (DinhReader *self)
{
  go_up (self, view_length (self) * 0.85);
}

static void
line_down (DinhReader *self)
{
  go_down (self, LINE);
}

static void
line_up (DinhReader *self)
{
  go_up (self, LINE);
}

static void
to_the_right (DinhReader *self)
{
  go_sideways (self, 1);
}

static void
to_the_left (DinhReader *self)
{
  go_sideways (self, -1);
}

static void
zoom_in (DinhReader *self)
{
  zoom_about_middle (self, ZOOM_STEP);
}

static void
zoom_out (DinhReader *self)
{
  zoom_about_middle (self, 1 / ZOOM_STEP);
}

/* Back from a zoom to the fit; from one fit to the other. */
static void
change_fit (DinhReader *self)
{
  dinh_page_view_set_fit (self->view, would_fit_width (self) ? DINH_FIT_WIDTH : DINH_FIT_PAGE);
}

static void
fit_again (DinhReader *self)
{
  dinh_page_view_fit (self->view);
}

static void
go_to_number (DinhReader *self)
{
  gtk_spin_button_update (self->go_to_number);
  gtk_popover_popdown (self->go_to_popover);
  dinh_page_view_set_page (self->view, (guint) gtk_adjustment_get_value (self->go_to) - 1);
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

static const struct {
  const char *name;
  void (*run) (DinhReader *self);
} actions[] = {
    {"reader.next", next_page},      {"reader.previous", previous_page},  {"reader.first", first_page},
    {"reader.last", last_page},      {"reader.screen-down", screen_down}, {"reader.screen-up", screen_up},
    {"reader.line-down", line_down}, {"reader.line-up", line_up},         {"reader.right", to_the_right},
    {"reader.left", to_the_left},    {"reader.zoom-in", zoom_in},         {"reader.zoom-out", zoom_out},
    {"reader.fit", change_fit},      {"reader.fit-again", fit_again},     {"reader.go-to", go_to_number},
};

static const struct {
  guint key;
  GdkModifierType modifiers;
  const char *action;
} keys[] = {
    {GDK_KEY_Right, 0, "reader.right"},
    {GDK_KEY_Left, 0, "reader.left"},
    {GDK_KEY_Down, 0, "reader.line-down"},
    {GDK_KEY_Up, 0, "reader.line-up"},
    {GDK_KEY_Page_Down, 0, "reader.screen-down"},
    {GDK_KEY_Page_Up, 0, "reader.screen-up"},
    {GDK_KEY_space, 0, "reader.screen-down"},
    {GDK_KEY_space, GDK_SHIFT_MASK, "reader.screen-up"},
    {GDK_KEY_Home, 0, "reader.first"},
    {GDK_KEY_End, 0, "reader.last"},
    {GDK_KEY_plus, 0, "reader.zoom-in"},
    {GDK_KEY_equal, 0, "reader.zoom-in"},
    {GDK_KEY_KP_Add, 0, "reader.zoom-in"},
    {GDK_KEY_minus, 0, "reader.zoom-out"},
    {GDK_KEY_KP_Subtract, 0, "reader.zoom-out"},
    {GDK_KEY_0, 0, "reader.fit-again"},
    {GDK_KEY_KP_0, 0, "reader.fit-again"},
};

static void
on_action_chosen (GtkWidget *widget, const char *name, GVariant *parameter)
{
  DinhReader *self = DINH_READER (widget);

  for (guint i = 0; i < G_N_ELEMENTS (actions) && self->n_pages > 0; i++) {
    if (g_str_equal (actions[i].name, name)) {
      actions[i].run (self);
      return;
    }
  }
}

static void
add_style (GtkWidget *widget)
{
  GdkDisplay *display = gtk_widget_get_display (widget);
  const char *key = "dinh-paper-style";

  if (g_object_get_data (G_OBJECT (display), key) == NULL) {
    GtkCssProvider *provider = gtk_css_provider_new ();

    gtk_css_provider_load_from_resource (provider, "/vn/dinh/paper/dinh-paper.css");
    gtk_style_context_add_provider_for_display (display, GTK_STYLE_PROVIDER (provider),
                                                GTK_STYLE_PROVIDER_PRIORITY_APPLICATION - 1);
    g_object_set_data_full (G_OBJECT (display), key, provider, g_object_unref);
  }
}

static void
set_title (DinhReader *self, const char *title)
{
  if (g_strcmp0 (title, self->title) != 0) {
    g_free (self->title);
    self->title = g_strdup (title);
    gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_TITLE]);
  }
}

static void
dinh_reader_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  DinhReader *self = DINH_READER (object);

  switch (id) {
  case PROP_PAGE:
    g_value_set_uint (value, dinh_page_view_get_page (self->view));
    break;
  case PROP_N_PAGES:
    g_value_set_uint (value, self->n_pages);
    break;
  case PROP_TITLE:
    g_value_set_string (value, self->title);
    break;
  case PROP_PROBLEM:
    g_value_set_int (value, self->problem);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
dinh_reader_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  DinhReader *self = DINH_READER (object);

  switch (id) {
  case PROP_PAGE:
    dinh_page_view_set_page (self->view, g_value_get_uint (value));
    break;
  case PROP_TITLE:
    set_title (self, g_value_get_string (value));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static gboolean
dinh_reader_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (DINH_READER (widget)->view));
}

static void
dinh_reader_dispose (GObject *object)
{
  DinhReader *self = DINH_READER (object);
  GtkWidget *child;

  g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  g_clear_handle_id (&self->message_id, g_source_remove);
  g_clear_object (&self->renderer);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL) {
    gtk_widget_unparent (child);
  }
  G_OBJECT_CLASS (dinh_reader_parent_class)->dispose (object);
}

static void
dinh_reader_finalize (GObject *object)
{
  g_free (DINH_READER (object)->title);
  G_OBJECT_CLASS (dinh_reader_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  g_type_ensure (DINH_TYPE_PAGE_VIEW);
  g_type_ensure (DINH_TYPE_THUMBNAIL_STRIP);
  dinh_paper_register_resource ();
  gtk_widget_class_set_template_from_resource (widget_class, "/vn/dinh/paper/dinh-reader.ui");
  gtk_widget_class_bind_template_child (widget_class, DinhReader, stack);
  gtk_widget_class_bind_template_child (widget_class, DinhReader, message);
  gtk_widget_class_bind_template_child (widget_class, DinhReader, paper);
  gtk_widget_class_bind_template_child (widget_class, DinhReader, bar);
  gtk_widget_class_bind_template_child (widget_class, DinhReader, strip);
  gtk_widget_class_bind_template_child (widget_class, DinhReader, view);
  gtk_widget_class_bind_template_child (widget_class, DinhReader, fit_button);
  gtk_widget_class_bind_template_child (widget_class, DinhReader, fit_words);
  gtk_widget_class_bind_template_child (widget_class, DinhReader, full_width);
  gtk_widget_class_bind_template_child (widget_class, DinhReader, whole_page);
  gtk_widget_class_bind_template_child (widget_class, DinhReader, page_label);
  gtk_widget_class_bind_template_child (widget_class, DinhReader, page_button);
  gtk_widget_class_bind_template_child (widget_class, DinhReader, go_to);
  gtk_widget_class_bind_template_child (widget_class, DinhReader, go_to_number);
  gtk_widget_class_bind_template_child (widget_class, DinhReader, go_to_popover);
  gtk_widget_class_bind_template_callback (widget_class, on_page_changed);
  gtk_widget_class_bind_template_callback (widget_class, update_bar);
  gtk_widget_class_bind_template_callback (widget_class, on_go_to_shown);
}

static void
dinh_reader_class_init (DinhReaderClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags own = G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = dinh_reader_get_property;
  object_class->set_property = dinh_reader_set_property;
  object_class->dispose = dinh_reader_dispose;
  object_class->finalize = dinh_reader_finalize;
  widget_class->grab_focus = dinh_reader_grab_focus;

  props[PROP_PAGE] = g_param_spec_uint ("page", NULL, NULL, 0, G_MAXUINT, 0, own | G_PARAM_READWRITE);
  props[PROP_N_PAGES] = g_param_spec_uint ("n-pages", NULL, NULL, 0, G_MAXUINT, 0, own | G_PARAM_READABLE);
  props[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, own | G_PARAM_READWRITE);
  props[PROP_PROBLEM] = g_param_spec_int ("problem", NULL, NULL, -1, G_MAXINT, -1, own | G_PARAM_READABLE);
  g_object_class_install_properties (object_class, N_PROPS, props);

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++) {
    gtk_widget_class_install_action (widget_class, actions[i].name, NULL, on_action_chosen);
  }
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    gtk_widget_class_add_binding_action (widget_class, keys[i].key, keys[i].modifiers, keys[i].action, NULL);
  }
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "dinh-reader");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  bind_template (widget_class);
}

static void
dinh_reader_init (DinhReader *self)
{
  self->problem = -1;
  add_style (GTK_WIDGET (self));
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_orientable_set_orientation (GTK_ORIENTABLE (gtk_widget_get_layout_manager (GTK_WIDGET (self))),
                                  GTK_ORIENTATION_VERTICAL);
  dinh_thumbnail_strip_set_view (self->strip, self->view);
  update_bar (self);
}

/**
 * dinh_reader_new:
 * @renderer: (transfer none): what opens and draws papers
 *
 * Returns: a reader without a paper
 */
GtkWidget *
dinh_reader_new (DinhRenderer *renderer)
{
  DinhReader *self = g_object_new (DINH_TYPE_READER, NULL);

  self->renderer = g_object_ref (renderer);
  return GTK_WIDGET (self);
}

/**
 * dinh_reader_open:
 * @path: a PDF file
 * @page: the page to show first, from 0; beyond the end means the last
 *
 * Shows another paper in place of the present one. Returns at once; a file that cannot be opened is said so
 * in the reader and by the `problem` property.
 */
void
dinh_reader_open (DinhReader *self, const char *path, guint page)
{
  dinh_reader_close (self);
  dinh_page_view_set_page (self->view, page);
  self->opening = g_cancellable_new ();
  self->message_id = g_timeout_add (MESSAGE_AFTER, on_wait_grew_long, self);
  dinh_renderer_open_async (self->renderer, path, self->opening, on_document_opened, g_object_ref (self));
}

/**
 * dinh_reader_close:
 *
 * Puts the paper away, with everything drawn and kept of it.
 */
void
dinh_reader_close (DinhReader *self)
{
  g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  set_paper (self, NULL, 0, -1);
  gtk_label_set_label (self->message, "");
}
