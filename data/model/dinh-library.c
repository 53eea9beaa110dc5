/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/model/dinh-library.h"

/* The meetings that this machine knows: a GListModel of DinhMeeting, the earliest first. */
struct _DinhLibrary {
  GObject parent_instance;

  GPtrArray *meetings; /* owned, in order */
};

static GType
dinh_library_get_item_type (GListModel *model)
{
  return DINH_TYPE_MEETING;
}

static guint
dinh_library_get_n_items (GListModel *model)
{
  return DINH_LIBRARY (model)->meetings->len;
}

static gpointer
dinh_library_get_item (GListModel *model, guint position)
{
  GPtrArray *meetings = DINH_LIBRARY (model)->meetings;

  return position < meetings->len ? g_object_ref (meetings->pdata[position]) : NULL;
}

static void
dinh_library_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = dinh_library_get_item_type;
  iface->get_n_items = dinh_library_get_n_items;
  iface->get_item = dinh_library_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (DinhLibrary,
                               dinh_library,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, dinh_library_list_model_init))

static void on_begins_changed (DinhMeeting *meeting, GParamSpec *pspec, DinhLibrary *self);

static gboolean
is_before (DinhMeeting *one, DinhMeeting *other)
{
  gint64 here = dinh_meeting_get_begins (one), there = dinh_meeting_get_begins (other);

  return here != there ? here < there : strcmp (dinh_meeting_get_id (one), dinh_meeting_get_id (other)) < 0;
}

static void
insert (DinhLibrary *self, DinhMeeting *meeting)
{
  guint position = 0;

  while (position < self->meetings->len && is_before (self->meetings->pdata[position], meeting))
    position++;
  g_ptr_array_insert (self->meetings, position, meeting);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 0, 1);
}

static void
take (DinhLibrary *self, guint position)
{
  g_ptr_array_steal_index (self->meetings, position);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
}

static gboolean
stands_right (DinhLibrary *self, guint position)
{
  DinhMeeting **meetings = (DinhMeeting **) self->meetings->pdata;

  return (position == 0 || is_before (meetings[position - 1], meetings[position])) &&
         (position + 1 == self->meetings->len || is_before (meetings[position], meetings[position + 1]));
}

static void
on_begins_changed (DinhMeeting *meeting, GParamSpec *pspec, DinhLibrary *self)
{
  guint position;

  if (!g_ptr_array_find (self->meetings, meeting, &position) || stands_right (self, position))
    return;
  take (self, position);
  insert (self, meeting);
}

static void
dinh_library_finalize (GObject *object)
{
  g_ptr_array_unref (DINH_LIBRARY (object)->meetings);
  G_OBJECT_CLASS (dinh_library_parent_class)->finalize (object);
}

static void
dinh_library_class_init (DinhLibraryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dinh_library_finalize;
}

static void
dinh_library_init (DinhLibrary *self)
{
  self->meetings = g_ptr_array_new_with_free_func (g_object_unref);
}

/* dinh_library_new: without meetings. */
DinhLibrary *
dinh_library_new (void)
{
  return g_object_new (DINH_TYPE_LIBRARY, NULL);
}

/* dinh_library_add: adds @meeting, which the library then holds, in its place by when it begins. A meeting
 * with an id that is already there is left out. */
void
dinh_library_add (DinhLibrary *self, DinhMeeting *meeting)
{
  if (dinh_library_find (self, dinh_meeting_get_id (meeting)) != NULL)
    return;
  g_signal_connect_object (meeting, "notify::begins", G_CALLBACK (on_begins_changed), self, 0);
  insert (self, g_object_ref (meeting));
}

static gboolean
find_position (DinhLibrary *self, const char *id, guint *position)
{
  for (guint i = 0; i < self->meetings->len; i++)
    if (g_strcmp0 (dinh_meeting_get_id (self->meetings->pdata[i]), id) == 0) {
      *position = i;
      return TRUE;
    }
  return FALSE;
}

/* dinh_library_remove: takes out the meeting @id; FALSE when there is none. */
gboolean
dinh_library_remove (DinhLibrary *self, const char *id)
{
  g_autoptr (DinhMeeting) meeting = NULL;
  guint position;

  if (!find_position (self, id, &position))
    return FALSE;
  meeting = self->meetings->pdata[position];
  g_signal_handlers_disconnect_by_func (meeting, on_begins_changed, self);
  take (self, position);
  return TRUE;
}

/* dinh_library_find: the meeting @id, borrowed, or NULL. */
DinhMeeting *
dinh_library_find (DinhLibrary *self, const char *id)
{
  guint position;

  return find_position (self, id, &position) ? self->meetings->pdata[position] : NULL;
}
