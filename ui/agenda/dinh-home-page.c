/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/agenda/dinh-home-page.h"

#include "ui/agenda/dinh-meeting-card.h"
#include "ui/kit/dinh-column.h"
#include "ui/kit/dinh-pages.h"
#include "ui/kit/dinh-words.h"

#include <glib/gi18n-lib.h>

/* The meetings: today's first, then those to come, then those that were, the latest first. */
struct _DinhHomePage {
  GtkWidget parent_instance;

  GtkWidget *pages;
  GtkListView *view;
  GtkLabel *empty_headline;
  GtkLabel *empty_text;

  DinhLibrary *library;
  DinhLine *line;
  gint64 today; /* some time of the day that the page shows */
  guint ticking;
  gulong painting; /* waits for the first frame with new meetings */
};

G_DEFINE_FINAL_TYPE (DinhHomePage, dinh_home_page, GTK_TYPE_WIDGET)

static void
on_row_made (DinhHomePage *self, GtkListItem *list_item)
{
  gtk_list_item_set_activatable (list_item, FALSE);
  gtk_list_item_set_selectable (list_item, FALSE);
  gtk_list_item_set_child (list_item, g_object_new (DINH_TYPE_MEETING_CARD, NULL));
}

static void
on_row_bound (DinhHomePage *self, GtkListItem *list_item)
{
  dinh_meeting_card_set_meeting (DINH_MEETING_CARD (gtk_list_item_get_child (list_item)),
                                 gtk_list_item_get_item (list_item), self->today);
}

static void
on_row_unbound (DinhHomePage *self, GtkListItem *list_item)
{
  dinh_meeting_card_set_meeting (DINH_MEETING_CARD (gtk_list_item_get_child (list_item)), NULL, self->today);
}

/* 0: today, 1: to come, 2: past. */
static int
rank (DinhMeeting *meeting, gint64 now)
{
  gint64 begins = dinh_meeting_get_begins (meeting);

  if (dinh_words_is_same_day (begins, now))
    return 0;
  return begins > now ? 1 : 2;
}

static int
compare_meetings (gconstpointer a, gconstpointer b, gpointer user_data)
{
  DinhHomePage *self = user_data;
  DinhMeeting *one = (DinhMeeting *) a, *other = (DinhMeeting *) b;
  int rank_one = rank (one, self->today), rank_other = rank (other, self->today);
  gint64 here = dinh_meeting_get_begins (one), there = dinh_meeting_get_begins (other);
  int earlier = (here > there) - (here < there);

  if (rank_one != rank_other)
    return rank_one - rank_other;
  return rank_one == 2 ? -earlier : earlier;
}

/* tools/bench reads this. */
static void
on_meetings_painted (DinhHomePage *self, GdkFrameClock *clock)
{
  g_clear_signal_handler (&self->painting, clock);
  g_debug ("%u meetings painted", g_list_model_get_n_items (G_LIST_MODEL (self->library)));
}

/* Before there is a frame clock the next frame is the first one: realizing asks again. */
static void
await_painting (DinhHomePage *self)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (self));

  if (clock != NULL && self->painting == 0)
    self->painting = g_signal_connect_object (clock, "after-paint", G_CALLBACK (on_meetings_painted), self,
                                              G_CONNECT_SWAPPED);
}

static void
on_items_changed (DinhHomePage *self)
{
  guint n_meetings = g_list_model_get_n_items (G_LIST_MODEL (self->library));

  await_painting (self);
  dinh_pages_show (self->pages, dinh_pages_find (self->pages, n_meetings > 0 ? "meetings" : "empty"));
}

/* Before the hub was heard nobody knows that there are no meetings. */
static void
on_line_changed (DinhHomePage *self)
{
  DinhLineState state = dinh_line_get_state (self->line);
  gboolean heard = state == DINH_LINE_LIVE || state == DINH_LINE_POLLING;

  gtk_label_set_text (self->empty_headline,
                      heard ? _ ("No meetings yet") : _ ("Not connected to the server"));
  gtk_label_set_text (
      self->empty_text,
      heard ? _ ("Meetings appear here by themselves when the secretary publishes them.")
            : _ ("Meetings appear here by themselves when this device is connected to the server."));
}

static void
show_day (DinhHomePage *self)
{
  GtkSorter *sorter = GTK_SORTER (gtk_custom_sorter_new (compare_meetings, self, NULL));
  GtkSortListModel *sorted;
  g_autoptr (GtkNoSelection) model = NULL;

  self->today = dinh_line_get_now (self->line);
  sorted = gtk_sort_list_model_new (g_object_ref (G_LIST_MODEL (self->library)), sorter);
  model = gtk_no_selection_new (G_LIST_MODEL (sorted));
  gtk_list_view_set_model (self->view, GTK_SELECTION_MODEL (model));
}

static gboolean
on_minute_passed (gpointer user_data)
{
  DinhHomePage *self = user_data;

  if (!dinh_words_is_same_day (self->today, dinh_line_get_now (self->line)))
    show_day (self);
  return G_SOURCE_CONTINUE;
}

static void
dinh_home_page_dispose (GObject *object)
{
  DinhHomePage *self = DINH_HOME_PAGE (object);

  g_clear_handle_id (&self->ticking, g_source_remove);
  g_clear_pointer (&self->pages, gtk_widget_unparent);
  g_clear_object (&self->library);
  g_clear_object (&self->line);
  G_OBJECT_CLASS (dinh_home_page_parent_class)->dispose (object);
}

static void
dinh_home_page_class_init (DinhHomePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dinh_home_page_dispose;
  g_type_ensure (DINH_TYPE_COLUMN);
  gtk_widget_class_set_template_from_resource (widget_class, "/dinh/ui/dinh-home-page.ui");
  gtk_widget_class_bind_template_child (widget_class, DinhHomePage, pages);
  gtk_widget_class_bind_template_child (widget_class, DinhHomePage, view);
  gtk_widget_class_bind_template_child (widget_class, DinhHomePage, empty_headline);
  gtk_widget_class_bind_template_child (widget_class, DinhHomePage, empty_text);
  gtk_widget_class_bind_template_callback (widget_class, on_row_made);
  gtk_widget_class_bind_template_callback (widget_class, on_row_bound);
  gtk_widget_class_bind_template_callback (widget_class, on_row_unbound);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
dinh_home_page_init (DinhHomePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (self, "realize", G_CALLBACK (await_painting), NULL);
}

/* dinh_home_page_set_library: the meetings to show, once; days are told by the clock of @line. */
void
dinh_home_page_set_library (DinhHomePage *self, DinhLibrary *library, DinhLine *line)
{
  g_return_if_fail (self->library == NULL);

  self->library = g_object_ref (library);
  self->line = g_object_ref (line);
  g_signal_connect_object (library, "items-changed", G_CALLBACK (on_items_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (line, "notify::clock-offset", G_CALLBACK (on_minute_passed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (line, "notify::state", G_CALLBACK (on_line_changed), self, G_CONNECT_SWAPPED);
  self->ticking = g_timeout_add_seconds (60, on_minute_passed, self);
  on_line_changed (self);
  show_day (self);
  on_items_changed (self);
}
