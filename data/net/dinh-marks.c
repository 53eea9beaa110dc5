/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-marks.h"

#include "data/record/dinh-json.h"

/*
 * What people left at a meeting on this device: up to where they have seen it, and the page that each paper was last
 * open at. Kept as one small value a meeting, a moment after it changed.
 */

#define DELAY_MILLISECONDS 500

struct _DinhMarks {
  GObject parent_instance;

  DinhKeeper *keeper;
  DinhMeeting *meeting;
  GPtrArray *papers; /* that are listened to */
  json_t *pages;     /* paper's id → page, also of papers that are not there any more */
  guint timer;
};

G_DEFINE_FINAL_TYPE (DinhMarks, dinh_marks, G_TYPE_OBJECT)

static void
save (DinhMarks *self)
{
  g_autoptr (DinhJson) json =
    json_pack ("{s:I, s:O}", "seen", (json_int_t) dinh_meeting_get_seen_seq (self->meeting), "pages", self->pages);
  g_autofree char *text = dinh_json_print (json);
  g_autofree char *name = g_strconcat ("marks/", dinh_meeting_get_id (self->meeting), NULL);

  g_clear_handle_id (&self->timer, g_source_remove);
  dinh_keeper_put_value_async (self->keeper, name, text, NULL, NULL, NULL);
}

static gboolean
on_save_due (gpointer user_data)
{
  DinhMarks *self = user_data;

  self->timer = 0;
  save (self);
  return G_SOURCE_REMOVE;
}

static void
save_soon (DinhMarks *self)
{
  if (self->timer == 0)
    self->timer = g_timeout_add (DELAY_MILLISECONDS, on_save_due, self);
}

static void
on_seen_changed (DinhMeeting *meeting, GParamSpec *pspec, DinhMarks *self)
{
  save_soon (self);
}

static void
on_page_changed (DinhPaper *paper, GParamSpec *pspec, DinhMarks *self)
{
  json_object_set_new (self->pages, dinh_paper_get_id (paper), json_integer (dinh_paper_get_page (paper)));
  save_soon (self);
}

static void
on_papers_changed (GListModel *papers, guint position, guint removed, guint added, DinhMarks *self)
{
  for (guint i = 0; i < added; i++) {
    g_autoptr (DinhPaper) paper = g_list_model_get_item (papers, position + i);

    if (g_ptr_array_find (self->papers, paper, NULL))
      continue;
    dinh_paper_set_page (paper, (guint) dinh_json_get_integer (self->pages, dinh_paper_get_id (paper)));
    g_signal_connect (paper, "notify::page", G_CALLBACK (on_page_changed), self);
    g_ptr_array_add (self->papers, g_steal_pointer (&paper));
  }
}

static void
dinh_marks_dispose (GObject *object)
{
  DinhMarks *self = DINH_MARKS (object);

  dinh_marks_flush (self);
  for (guint i = 0; i < self->papers->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (self->papers, i), self);
  g_ptr_array_set_size (self->papers, 0);
  if (self->meeting != NULL) {
    g_signal_handlers_disconnect_by_data (dinh_meeting_get_papers (self->meeting), self);
    g_signal_handlers_disconnect_by_data (self->meeting, self);
  }
  g_clear_object (&self->meeting);
  g_clear_object (&self->keeper);
  G_OBJECT_CLASS (dinh_marks_parent_class)->dispose (object);
}

static void
dinh_marks_finalize (GObject *object)
{
  DinhMarks *self = DINH_MARKS (object);

  g_ptr_array_unref (self->papers);
  json_decref (self->pages);
  G_OBJECT_CLASS (dinh_marks_parent_class)->finalize (object);
}

static void
dinh_marks_class_init (DinhMarksClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dinh_marks_dispose;
  G_OBJECT_CLASS (klass)->finalize = dinh_marks_finalize;
}

static void
dinh_marks_init (DinhMarks *self)
{
  self->papers = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * dinh_marks_new:
 * @kept: (nullable): what was kept of @meeting in an earlier run
 *
 * Gives @meeting its marks back and keeps them from now on, until the object goes. Returns: (transfer full): the keeper of
 * the marks.
 */
DinhMarks *
dinh_marks_new (DinhKeeper *keeper, DinhMeeting *meeting, const char *kept)
{
  DinhMarks *self = g_object_new (DINH_TYPE_MARKS, NULL);
  g_autoptr (DinhJson) json = kept == NULL ? NULL : dinh_json_parse (kept, strlen (kept), NULL);
  const json_t *pages = json_object_get (json, "pages");
  GListModel *papers = dinh_meeting_get_papers (meeting);

  self->keeper = g_object_ref (keeper);
  self->meeting = g_object_ref (meeting);
  self->pages = json_is_object (pages) ? json_incref ((json_t *) pages) : json_object ();
  dinh_meeting_set_seen_seq (meeting, (guint64) dinh_json_get_integer (json, "seen"));
  on_papers_changed (papers, 0, 0, g_list_model_get_n_items (papers), self);
  g_signal_connect (papers, "items-changed", G_CALLBACK (on_papers_changed), self);
  g_signal_connect (meeting, "notify::seen-seq", G_CALLBACK (on_seen_changed), self);
  return self;
}

/**
 * dinh_marks_flush:
 *
 * Does not wait any longer with what is not kept yet.
 */
void
dinh_marks_flush (DinhMarks *self)
{
  if (self->timer != 0)
    save (self);
}
