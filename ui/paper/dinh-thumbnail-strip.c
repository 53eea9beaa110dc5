/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/paper/dinh-thumbnail-strip.h"

#include <glib/gi18n-lib.h>
#include <math.h>

/* A column of small pages; touching one turns to it. Only what is in view is drawn, after everything else,
 * and only while the strip is shown.
 *
 * The list view makes rows for some two hundred items around the view, so the range in view is computed from
 * the scroll position: every row is equally high. */

#define THUMBNAIL_WIDTH 96 /* logical pixels */
#define THUMBNAIL_HEIGHT 124
#define TRIES 50 /* with a rest between them */
#define REST 60  /* milliseconds after which scrolling has come to rest */

struct _DinhThumbnailStrip {
  GtkWidget parent_instance;

  DinhPageSource *source;
  GHashTable *rows; /* page → GtkPicture (borrowed from the list view) */
  guint update_id;
  guint tries; /* left to bring the page in view: a list that is not laid out yet does not scroll */

  GtkWidget *scroller;
  GtkWidget *list;
  GtkSingleSelection *selection;
};

G_DEFINE_FINAL_TYPE (DinhThumbnailStrip, dinh_thumbnail_strip, GTK_TYPE_WIDGET)

static DinhDrawing
thumbnail (DinhThumbnailStrip *self, guint page)
{
  DinhSize size = dinh_page_source_get_page_size (self->source, page);
  DinhSize room = {THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT};
  double scale = dinh_fit_scale (DINH_FIT_PAGE, size, room) * gtk_widget_get_scale_factor (GTK_WIDGET (self));

  return (DinhDrawing){
      .page = page, .scale = dinh_whole_scale (size, scale), .priority = DINH_PRIORITY_THUMBNAIL};
}

static void
show_thumbnail (DinhThumbnailStrip *self, guint page)
{
  GtkPicture *picture = g_hash_table_lookup (self->rows, GUINT_TO_POINTER (page));

  if (picture != NULL && gtk_picture_get_paintable (picture) == NULL) {
    DinhDrawing drawing = thumbnail (self, page);
    gtk_picture_set_paintable (picture, GDK_PAINTABLE (dinh_page_source_get (self->source, &drawing)));
  }
}

static void
pages_in_view (DinhThumbnailStrip *self, guint *first, guint *n)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scroller));
  guint n_pages = dinh_page_source_get_n_pages (self->source);
  double row = gtk_adjustment_get_upper (adjustment) / n_pages;

  *first = *n = 0;
  if (row > 1) {
    *first = MIN ((guint) (gtk_adjustment_get_value (adjustment) / row), n_pages - 1);
    *n = MIN ((guint) ceil (gtk_adjustment_get_page_size (adjustment) / row) + 1, n_pages - *first);
  }
}

static void
bring_into_view (DinhThumbnailStrip *self)
{
  gtk_widget_activate_action (self->list, "list.scroll-to-item", "u",
                              gtk_single_selection_get_selected (self->selection));
}

static gboolean
selected_is_in_view (DinhThumbnailStrip *self)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scroller));
  double row = gtk_adjustment_get_upper (adjustment) / dinh_page_source_get_n_pages (self->source);
  double above =
      gtk_single_selection_get_selected (self->selection) * row - gtk_adjustment_get_value (adjustment);

  /* Laid out, and whole but for what rounding may cost. */
  return row > 1 && above >= -1 && above + row <= gtk_adjustment_get_page_size (adjustment) + 1;
}

static void
want_pages_in_view (DinhThumbnailStrip *self)
{
  guint first = 0, n = 0;

  if (gtk_widget_get_mapped (GTK_WIDGET (self))) {
    pages_in_view (self, &first, &n);
  }
  g_autofree DinhDrawing *wanted = g_new0 (DinhDrawing, n + 1);
  for (guint i = 0; i < n; i++) {
    wanted[i] = thumbnail (self, first + i);
  }
  dinh_page_source_want (self->source, DINH_LANE_THUMBNAILS, wanted, n);
  for (guint i = 0; i < n; i++) {
    show_thumbnail (self, first + i);
  }
}

static void update_soon (DinhThumbnailStrip *self);

static gboolean
on_scrolling_rested (gpointer user_data)
{
  DinhThumbnailStrip *self = user_data;

  self->update_id = 0;
  if (self->source == NULL) {
    return G_SOURCE_REMOVE;
  }
  if (self->tries > 0 && !selected_is_in_view (self)) {
    self->tries--;
    bring_into_view (self);
    update_soon (self);
  } else {
    self->tries = 0;
    want_pages_in_view (self);
  }
  return G_SOURCE_REMOVE;
}

/* A little later, so that a flick through a long paper draws only where it comes to rest. */
static void
update_soon (DinhThumbnailStrip *self)
{
  if (self->update_id == 0) {
    self->update_id = g_timeout_add (REST, on_scrolling_rested, self);
  }
}

static void
on_source_changed (DinhPageSource *source, guint page, gpointer user_data)
{
  show_thumbnail (user_data, page);
}

static void
on_row_made (GtkListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  GtkWidget *picture = gtk_picture_new ();

  gtk_picture_set_can_shrink (GTK_PICTURE (picture), TRUE);
  gtk_widget_set_size_request (picture, THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT);
  gtk_widget_set_halign (picture, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (picture, "dinh-thumbnail");
  gtk_box_append (GTK_BOX (row), picture);
  gtk_box_append (GTK_BOX (row), gtk_label_new (NULL));
  gtk_list_item_set_child (item, row);
}

static void
on_row_bound (GtkListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  DinhThumbnailStrip *self = user_data;
  guint page = gtk_list_item_get_position (item);
  GtkWidget *picture = gtk_widget_get_first_child (gtk_list_item_get_child (item));
  g_autofree char *number = g_strdup_printf ("%u", page + 1);
  g_autofree char *name = g_strdup_printf (_ ("Page %u"), page + 1);

  gtk_label_set_label (GTK_LABEL (gtk_widget_get_next_sibling (picture)), number);
  gtk_accessible_update_property (GTK_ACCESSIBLE (picture), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  g_hash_table_insert (self->rows, GUINT_TO_POINTER (page), picture);
  if (self->source != NULL) {
    show_thumbnail (self, page);
    update_soon (self);
  }
}

static void
on_row_unbound (GtkListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  DinhThumbnailStrip *self = user_data;
  gpointer page = GUINT_TO_POINTER (gtk_list_item_get_position (item));
  GtkWidget *picture = gtk_widget_get_first_child (gtk_list_item_get_child (item));

  gtk_picture_set_paintable (GTK_PICTURE (picture), NULL);
  if (g_hash_table_lookup (self->rows, page) == picture) {
    g_hash_table_remove (self->rows, page);
  }
}

static void
on_selected_changed (DinhThumbnailStrip *self)
{
  if (self->source != NULL && gtk_widget_get_mapped (GTK_WIDGET (self))) {
    bring_into_view (self);
  }
}

static void
dinh_thumbnail_strip_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (dinh_thumbnail_strip_parent_class)->map (widget);
  DINH_THUMBNAIL_STRIP (widget)->tries = TRIES;
  update_soon (DINH_THUMBNAIL_STRIP (widget));
}

static void
dinh_thumbnail_strip_unmap (GtkWidget *widget)
{
  update_soon (DINH_THUMBNAIL_STRIP (widget));
  GTK_WIDGET_CLASS (dinh_thumbnail_strip_parent_class)->unmap (widget);
}

static void
dinh_thumbnail_strip_dispose (GObject *object)
{
  DinhThumbnailStrip *self = DINH_THUMBNAIL_STRIP (object);

  dinh_thumbnail_strip_set_source (self, NULL);
  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  G_OBJECT_CLASS (dinh_thumbnail_strip_parent_class)->dispose (object);
}

static void
dinh_thumbnail_strip_finalize (GObject *object)
{
  DinhThumbnailStrip *self = DINH_THUMBNAIL_STRIP (object);

  g_clear_handle_id (&self->update_id, g_source_remove);
  g_hash_table_unref (self->rows);
  g_object_unref (self->selection);
  G_OBJECT_CLASS (dinh_thumbnail_strip_parent_class)->finalize (object);
}

static void
dinh_thumbnail_strip_class_init (DinhThumbnailStripClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = dinh_thumbnail_strip_dispose;
  object_class->finalize = dinh_thumbnail_strip_finalize;
  widget_class->map = dinh_thumbnail_strip_map;
  widget_class->unmap = dinh_thumbnail_strip_unmap;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "dinh-thumbnails");
}

static GtkListItemFactory *
make_factory (DinhThumbnailStrip *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (on_row_made), self);
  g_signal_connect (factory, "bind", G_CALLBACK (on_row_bound), self);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_row_unbound), self);
  return factory;
}

static void
dinh_thumbnail_strip_init (DinhThumbnailStrip *self)
{
  self->rows = g_hash_table_new (NULL, NULL);
  self->selection = gtk_single_selection_new (NULL);
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  self->list = gtk_list_view_new (GTK_SELECTION_MODEL (g_object_ref (self->selection)), make_factory (self));
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), self->list);
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Pages"),
                                  -1);

  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scroller));
  g_signal_connect_swapped (adjustment, "value-changed", G_CALLBACK (update_soon), self);
  g_signal_connect_swapped (adjustment, "changed", G_CALLBACK (update_soon), self);
  g_signal_connect_swapped (self->selection, "notify::selected", G_CALLBACK (on_selected_changed), self);
}

/**
 * dinh_thumbnail_strip_new:
 *
 * Returns: an empty strip
 */
GtkWidget *
dinh_thumbnail_strip_new (void)
{
  return g_object_new (DINH_TYPE_THUMBNAIL_STRIP, NULL);
}

static GListModel *
make_pages (guint n_pages)
{
  GtkStringList *pages = gtk_string_list_new (NULL);

  for (guint i = 0; i < n_pages; i++) {
    gtk_string_list_append (pages, "");
  }
  return G_LIST_MODEL (pages);
}

static gboolean
page_to_selected (GBinding *binding, const GValue *from, GValue *to, gpointer user_data)
{
  g_value_set_uint (to, g_value_get_uint (from));
  return TRUE;
}

/* Nothing is selected while there is no paper; the page in view is then not touched. */
static gboolean
selected_to_page (GBinding *binding, const GValue *from, GValue *to, gpointer user_data)
{
  g_value_set_uint (to, g_value_get_uint (from));
  return g_value_get_uint (from) != GTK_INVALID_LIST_POSITION;
}

/**
 * dinh_thumbnail_strip_set_view:
 * @view: (transfer none): where the touched page is shown
 *
 * Keeps the selected thumbnail and the page in view the same.
 */
void
dinh_thumbnail_strip_set_view (DinhThumbnailStrip *self, DinhPageView *view)
{
  g_object_bind_property_full (view, "page", self->selection, "selected", G_BINDING_BIDIRECTIONAL,
                               page_to_selected, selected_to_page, NULL, NULL);
}

/**
 * dinh_thumbnail_strip_set_source:
 * @source: (nullable) (transfer none): the pages of a paper
 *
 * Shows the thumbnails of another paper, or none. Nothing is selected until the view says which page it
 * shows.
 */
void
dinh_thumbnail_strip_set_source (DinhThumbnailStrip *self, DinhPageSource *source)
{
  if (self->source != NULL) {
    g_signal_handlers_disconnect_by_data (self->source, self);
  }
  g_clear_object (&self->source);
  gtk_single_selection_set_model (self->selection, NULL);
  if (source != NULL) {
    g_autoptr (GListModel) pages = make_pages (dinh_page_source_get_n_pages (source));

    self->source = g_object_ref (source);
    g_signal_connect (source, "changed", G_CALLBACK (on_source_changed), self);
    gtk_single_selection_set_model (self->selection, pages);
    update_soon (self);
  }
}
