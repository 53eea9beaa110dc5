/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/agenda/dinh-paper-view.h"

#include "ui/kit/dinh-column.h"
#include "ui/kit/dinh-pages.h"
#include "ui/kit/dinh-words.h"
#include "ui/paper/dinh-reader.h"

#include <glib/gi18n-lib.h>

/*
 * A paper that a person wants to read: the reader once its bytes are here, until then what is being waited
 * for. A page in view is never replaced: another version of an open paper makes the view "outdated" and is
 * opened by dinh_paper_view_take_new_version () only. A paper that is wanted and absent is asked for by the
 * action "meeting.fetch-paper" with its key.
 */
struct _DinhPaperView {
  GtkWidget parent_instance;

  GtkWidget *pages;
  GtkWidget *wait;
  GtkLabel *wait_title;
  GtkLabel *wait_words;
  GtkProgressBar *wait_progress;
  GtkWidget *wait_retry;
  DinhReader *reader;

  DinhPaper *paper;
  char *open_path; /* what the reader has open */
  GSignalGroup *watch;
};

G_DEFINE_FINAL_TYPE (DinhPaperView, dinh_paper_view, GTK_TYPE_WIDGET)

enum { PROP_OUTDATED = 1, N_PROPS };

static GParamSpec *properties[N_PROPS];

static char *
wait_words_of (DinhPaper *paper)
{
  g_autofree char *fetched = dinh_words_size (dinh_paper_get_fetched (paper));
  g_autofree char *size = dinh_words_size (dinh_paper_get_size (paper));
  const char *reason = dinh_paper_get_reason (paper);

  if (dinh_paper_get_recalled (paper))
    return reason ? g_strdup_printf (_ ("This paper was recalled: %s"), reason)
                  : g_strdup (_ ("This paper was recalled."));
  if (dinh_paper_get_state (paper) == DINH_PAPER_FAILED)
    return g_strdup (dinh_words_problem (dinh_paper_get_problem (paper)));
  if (dinh_paper_get_state (paper) == DINH_PAPER_FETCHING)
    return g_strdup_printf (_ ("Downloading: %s of %s. It opens by itself when it is here."), fetched, size);
  return g_strdup_printf (_ ("Not on this device yet (%s). It opens by itself when it is here."), size);
}

static void
show_wait (DinhPaperView *self)
{
  g_autofree char *words = wait_words_of (self->paper);
  guint64 size = dinh_paper_get_size (self->paper);
  gboolean recalled = dinh_paper_get_recalled (self->paper);
  gboolean failed = dinh_paper_get_state (self->paper) == DINH_PAPER_FAILED;

  gtk_label_set_text (self->wait_title, dinh_paper_get_title (self->paper));
  gtk_label_set_text (self->wait_words, words);
  gtk_progress_bar_set_fraction (self->wait_progress,
                                 size ? (double) dinh_paper_get_fetched (self->paper) / size : 0);
  gtk_widget_set_visible (GTK_WIDGET (self->wait_progress), !recalled && !failed);
  gtk_widget_set_visible (self->wait_retry, !recalled && failed);
  dinh_pages_show (self->pages, self->wait);
}

static void
open_paper (DinhPaperView *self)
{
  GtkWidget *reader = GTK_WIDGET (self->reader);

  g_free (self->open_path);
  self->open_path = g_strdup (dinh_paper_get_path (self->paper));
  g_object_set (reader, "title", dinh_paper_get_title (self->paper), NULL);
  dinh_pages_show (self->pages, reader);
  dinh_reader_open (self->reader, self->open_path, dinh_paper_get_page (self->paper));
  gtk_widget_grab_focus (reader);
}

static void
refresh (DinhPaperView *self)
{
  if (self->paper == NULL)
    return;
  if (self->open_path == NULL && dinh_paper_get_path (self->paper) != NULL &&
      !dinh_paper_get_recalled (self->paper))
    open_paper (self);
  else if (self->open_path == NULL)
    show_wait (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_OUTDATED]);
}

static void
ask_for_paper (DinhPaperView *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "meeting.fetch-paper", "s", dinh_paper_get_id (self->paper));
}

static void
on_page_changed (DinhPaperView *self)
{
  guint page;

  g_object_get (self->reader, "page", &page, NULL);
  if (self->paper != NULL && self->open_path != NULL)
    dinh_paper_set_page (self->paper, page);
}

static void
dinh_paper_view_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  g_value_set_boolean (value, dinh_paper_view_get_outdated (DINH_PAPER_VIEW (object)));
}

static void
dinh_paper_view_dispose (GObject *object)
{
  DinhPaperView *self = DINH_PAPER_VIEW (object);

  g_clear_object (&self->watch);
  g_clear_object (&self->paper);
  self->reader = NULL;
  g_clear_pointer (&self->pages, gtk_widget_unparent);
  G_OBJECT_CLASS (dinh_paper_view_parent_class)->dispose (object);
}

static void
dinh_paper_view_finalize (GObject *object)
{
  g_free (DINH_PAPER_VIEW (object)->open_path);
  G_OBJECT_CLASS (dinh_paper_view_parent_class)->finalize (object);
}

static void
dinh_paper_view_class_init (DinhPaperViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = dinh_paper_view_get_property;
  object_class->dispose = dinh_paper_view_dispose;
  object_class->finalize = dinh_paper_view_finalize;
  properties[PROP_OUTDATED] =
      g_param_spec_boolean ("outdated", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_type_ensure (DINH_TYPE_COLUMN);
  gtk_widget_class_set_template_from_resource (widget_class, "/dinh/ui/dinh-paper-view.ui");
  gtk_widget_class_bind_template_child (widget_class, DinhPaperView, pages);
  gtk_widget_class_bind_template_child (widget_class, DinhPaperView, wait);
  gtk_widget_class_bind_template_child (widget_class, DinhPaperView, wait_title);
  gtk_widget_class_bind_template_child (widget_class, DinhPaperView, wait_words);
  gtk_widget_class_bind_template_child (widget_class, DinhPaperView, wait_progress);
  gtk_widget_class_bind_template_child (widget_class, DinhPaperView, wait_retry);
  gtk_widget_class_bind_template_callback (widget_class, ask_for_paper);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
dinh_paper_view_init (DinhPaperView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->watch = g_signal_group_new (DINH_TYPE_PAPER);
  g_signal_group_connect_swapped (self->watch, "notify", G_CALLBACK (refresh), self);
}

/* dinh_paper_view_set_renderer: what draws the pages, once. */
void
dinh_paper_view_set_renderer (DinhPaperView *self, DinhRenderer *renderer)
{
  g_return_if_fail (self->reader == NULL);

  self->reader = DINH_READER (dinh_reader_new (renderer));
  gtk_widget_set_vexpand (GTK_WIDGET (self->reader), TRUE);
  gtk_widget_set_visible (GTK_WIDGET (self->reader), FALSE);
  gtk_box_append (GTK_BOX (self->pages), GTK_WIDGET (self->reader));
  g_signal_connect_object (self->reader, "notify::page", G_CALLBACK (on_page_changed), self,
                           G_CONNECT_SWAPPED);
}

/* dinh_paper_view_set_paper: the paper to read, from the page where it was left; NULL closes. */
void
dinh_paper_view_set_paper (DinhPaperView *self, DinhPaper *paper)
{
  if (self->paper == paper)
    return;
  if (self->open_path != NULL)
    dinh_reader_close (self->reader);
  g_clear_pointer (&self->open_path, g_free);
  g_set_object (&self->paper, paper);
  g_signal_group_set_target (self->watch, paper);
  if (paper == NULL)
    return;
  refresh (self);
  if (self->open_path == NULL && !dinh_paper_get_recalled (paper))
    ask_for_paper (self);
}

/* dinh_paper_view_take_new_version: opens the version that is here now, or waits for it. */
void
dinh_paper_view_take_new_version (DinhPaperView *self)
{
  g_autoptr (DinhPaper) paper = g_steal_pointer (&self->paper);

  g_signal_group_set_target (self->watch, NULL);
  dinh_paper_view_set_paper (self, paper);
}

/* dinh_paper_view_get_outdated: whether the pages in view are of an earlier version, or of a recalled paper.
 */
gboolean
dinh_paper_view_get_outdated (DinhPaperView *self)
{
  return self->paper != NULL && self->open_path != NULL &&
         (dinh_paper_get_recalled (self->paper) ||
          g_strcmp0 (self->open_path, dinh_paper_get_path (self->paper)) != 0);
}
