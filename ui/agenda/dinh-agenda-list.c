/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/agenda/dinh-agenda-list.h"

#include "ui/agenda/dinh-agenda-row.h"

#include <glib/gi18n-lib.h>

/*
 * A meeting's agenda or a part of it as a list. What is below an item is always open: what a person looks for
 * is in sight, and no tap is spent on folding. The paper that is open is in sight whenever the list is shown.
 */
struct _DinhAgendaList {
  GtkWidget parent_instance;

  GtkWidget *window;
  GtkListView *view;
  DinhAgendaListContent content;

  DinhPaper *reading;
  GPtrArray *rows; /* those in use */
  GSignalGroup *watch;
  gulong painting;    /* waits for the first frame after it was shown */
  GtkFilter *changed; /* of DINH_AGENDA_LIST_CHANGES; owned by the model */
};

G_DEFINE_ENUM_TYPE (DinhAgendaListContent,
                    dinh_agenda_list_content,
                    G_DEFINE_ENUM_VALUE (DINH_AGENDA_LIST_ALL, "all"),
                    G_DEFINE_ENUM_VALUE (DINH_AGENDA_LIST_PAPERS, "papers"),
                    G_DEFINE_ENUM_VALUE (DINH_AGENDA_LIST_CHANGES, "changes"))

G_DEFINE_FINAL_TYPE (DinhAgendaList, dinh_agenda_list, GTK_TYPE_WIDGET)

enum { PROP_CONTENT = 1 };

/* --- rows --- */

static void
on_row_made (DinhAgendaList *self, GtkListItem *list_item)
{
  gtk_list_item_set_activatable (list_item, FALSE);
  gtk_list_item_set_selectable (list_item, FALSE);
  gtk_list_item_set_child (list_item, g_object_new (DINH_TYPE_AGENDA_ROW, NULL));
}

static void
on_row_bound (DinhAgendaList *self, GtkListItem *list_item)
{
  DinhAgendaRow *row = DINH_AGENDA_ROW (gtk_list_item_get_child (list_item));
  GtkTreeListRow *place = gtk_list_item_get_item (list_item);
  g_autoptr (GObject) object = NULL;

  if (GTK_IS_TREE_LIST_ROW (place))
    object = gtk_tree_list_row_get_item (place);
  else
    object = g_object_ref (G_OBJECT (place));
  dinh_agenda_row_set_object (row, object,
                              GTK_IS_TREE_LIST_ROW (place) ? gtk_tree_list_row_get_depth (place) : 0);
  dinh_agenda_row_set_reading (row, self->reading);
  g_ptr_array_add (self->rows, row);
}

static void
on_row_unbound (DinhAgendaList *self, GtkListItem *list_item)
{
  DinhAgendaRow *row = DINH_AGENDA_ROW (gtk_list_item_get_child (list_item));

  g_ptr_array_remove_fast (self->rows, row);
  dinh_agenda_row_set_object (row, NULL, 0);
}

/* --- models --- */

static GListModel *
flatten (gpointer first, gpointer second)
{
  GListStore *lists = g_list_store_new (G_TYPE_LIST_MODEL);

  g_list_store_append (lists, first);
  g_list_store_append (lists, second);
  return G_LIST_MODEL (gtk_flatten_list_model_new (G_LIST_MODEL (lists)));
}

static GListModel *
list_below (gpointer object, gpointer user_data)
{
  if (!DINH_IS_AGENDA_ITEM (object))
    return NULL;
  return flatten (dinh_agenda_item_get_papers (object), dinh_agenda_item_get_items (object));
}

static GListModel *
new_tree (DinhMeeting *meeting)
{
  return G_LIST_MODEL (gtk_tree_list_model_new (g_object_ref (dinh_meeting_get_agenda (meeting)), FALSE, TRUE,
                                                list_below, NULL, NULL));
}

static gboolean has_change (gpointer object);

static gboolean
any_has_change (GListModel *objects)
{
  gboolean found = FALSE;

  for (guint i = 0; i < g_list_model_get_n_items (objects) && !found; i++) {
    g_autoptr (GObject) object = g_list_model_get_item (objects, i);

    found = has_change (object);
  }
  return found;
}

/* A change in what is below an item counts, so that no paper stands in the list without its heading. */
static gboolean
has_change (gpointer object)
{
  if (DINH_IS_PAPER (object))
    return dinh_paper_get_changed (object);
  return dinh_agenda_item_get_changed (object) || any_has_change (dinh_agenda_item_get_papers (object)) ||
         any_has_change (dinh_agenda_item_get_items (object));
}

static gboolean
is_changed (gpointer row, gpointer user_data)
{
  g_autoptr (GObject) object = gtk_tree_list_row_get_item (row);

  return has_change (object);
}

static GListModel *
new_model (DinhAgendaList *self, DinhMeeting *meeting)
{
  g_autoptr (GListStore) top = NULL;
  g_autoptr (GListModel) tree = NULL;

  switch (self->content) {
  case DINH_AGENDA_LIST_PAPERS:
    return g_object_ref (dinh_meeting_get_papers (meeting));
  case DINH_AGENDA_LIST_CHANGES:
    self->changed = GTK_FILTER (gtk_custom_filter_new (is_changed, NULL, NULL));
    return G_LIST_MODEL (gtk_filter_list_model_new (new_tree (meeting), self->changed));
  default:
    top = g_list_store_new (DINH_TYPE_MEETING);
    tree = new_tree (meeting);
    g_list_store_append (top, meeting);
    return flatten (top, tree);
  }
}

static void
on_n_changed_changed (DinhAgendaList *self)
{
  if (self->changed != NULL)
    gtk_filter_changed (self->changed, GTK_FILTER_CHANGE_DIFFERENT);
}

static gboolean
is_paper_at (GListModel *rows, guint position, DinhPaper *paper)
{
  g_autoptr (GObject) row = g_list_model_get_item (rows, position);
  g_autoptr (GObject) object =
      GTK_IS_TREE_LIST_ROW (row) ? gtk_tree_list_row_get_item (GTK_TREE_LIST_ROW (row)) : g_object_ref (row);

  return object == G_OBJECT (paper);
}

/* Where a person looks first; GTK_INVALID_LIST_POSITION: where they looked last. */
static guint
position_to_show (DinhAgendaList *self)
{
  GListModel *rows = G_LIST_MODEL (gtk_list_view_get_model (self->view));

  for (guint i = 0; self->reading != NULL && i < g_list_model_get_n_items (rows); i++)
    if (is_paper_at (rows, i, self->reading))
      return i;
  return self->content == DINH_AGENDA_LIST_CHANGES ? 0 : GTK_INVALID_LIST_POSITION;
}

static void
on_painted (DinhAgendaList *self, GdkFrameClock *clock)
{
  guint position =
      gtk_list_view_get_model (self->view) != NULL ? position_to_show (self) : GTK_INVALID_LIST_POSITION;

  g_clear_signal_handler (&self->painting, clock);
  if (position != GTK_INVALID_LIST_POSITION)
    gtk_widget_activate_action (GTK_WIDGET (self->view), "list.scroll-to-item", "u", position);
}

/* A list that was not laid out in its present place does not scroll. */
static void
dinh_agenda_list_map (GtkWidget *widget)
{
  DinhAgendaList *self = DINH_AGENDA_LIST (widget);

  GTK_WIDGET_CLASS (dinh_agenda_list_parent_class)->map (widget);
  if (self->painting == 0)
    self->painting = g_signal_connect_object (gtk_widget_get_frame_clock (widget), "after-paint",
                                              G_CALLBACK (on_painted), self, G_CONNECT_SWAPPED);
}

static void
dinh_agenda_list_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  static const char *const names[] = {
      [DINH_AGENDA_LIST_ALL] = N_ ("Agenda"),
      [DINH_AGENDA_LIST_PAPERS] = N_ ("Papers"),
      [DINH_AGENDA_LIST_CHANGES] = N_ ("Changes"),
  };
  DinhAgendaList *self = DINH_AGENDA_LIST (object);

  self->content = g_value_get_enum (value);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ (names[self->content]), -1);
}

static void
dinh_agenda_list_dispose (GObject *object)
{
  DinhAgendaList *self = DINH_AGENDA_LIST (object);

  g_clear_object (&self->watch);
  g_clear_object (&self->reading);
  g_clear_pointer (&self->window, gtk_widget_unparent);
  G_OBJECT_CLASS (dinh_agenda_list_parent_class)->dispose (object);
}

static void
dinh_agenda_list_finalize (GObject *object)
{
  g_ptr_array_unref (DINH_AGENDA_LIST (object)->rows);
  G_OBJECT_CLASS (dinh_agenda_list_parent_class)->finalize (object);
}

static void
dinh_agenda_list_class_init (DinhAgendaListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = dinh_agenda_list_set_property;
  object_class->dispose = dinh_agenda_list_dispose;
  object_class->finalize = dinh_agenda_list_finalize;
  g_object_class_install_property (
      object_class, PROP_CONTENT,
      g_param_spec_enum ("content", NULL, NULL, DINH_TYPE_AGENDA_LIST_CONTENT, DINH_AGENDA_LIST_ALL,
                         G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));
  GTK_WIDGET_CLASS (klass)->map = dinh_agenda_list_map;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
dinh_agenda_list_init (DinhAgendaList *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  self->rows = g_ptr_array_new ();
  g_signal_connect_swapped (factory, "setup", G_CALLBACK (on_row_made), self);
  g_signal_connect_swapped (factory, "bind", G_CALLBACK (on_row_bound), self);
  g_signal_connect_swapped (factory, "unbind", G_CALLBACK (on_row_unbound), self);
  self->view = GTK_LIST_VIEW (gtk_list_view_new (NULL, factory));
  gtk_widget_add_css_class (GTK_WIDGET (self->view), "agenda");
  self->window = gtk_scrolled_window_new ();
  g_object_set (self->window, "hscrollbar-policy", GTK_POLICY_NEVER, "child", self->view, NULL);
  gtk_widget_set_parent (self->window, GTK_WIDGET (self));

  self->watch = g_signal_group_new (DINH_TYPE_MEETING);
  g_signal_group_connect_swapped (self->watch, "notify::n-changed", G_CALLBACK (on_n_changed_changed), self);
}

/* dinh_agenda_list_set_meeting: the meeting to show; NULL for none. */
void
dinh_agenda_list_set_meeting (DinhAgendaList *self, DinhMeeting *meeting)
{
  g_autoptr (GtkNoSelection) model = NULL;

  self->changed = NULL;
  if (meeting != NULL)
    model = gtk_no_selection_new (new_model (self, meeting));
  gtk_list_view_set_model (self->view, GTK_SELECTION_MODEL (model));
  g_signal_group_set_target (self->watch, meeting);
}

/* dinh_agenda_list_set_reading: marks the paper that is open; NULL marks none. */
void
dinh_agenda_list_set_reading (DinhAgendaList *self, DinhPaper *paper)
{
  g_set_object (&self->reading, paper);
  for (guint i = 0; i < self->rows->len; i++)
    dinh_agenda_row_set_reading (self->rows->pdata[i], paper);
}
