/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/agenda/dinh-fetch-bar.h"

#include "ui/kit/dinh-words.h"

#include <glib/gi18n-lib.h>

/*
 * How much of a meeting's papers is on this machine, and a button that pauses fetching while some are
 * missing: the stateful boolean action "line.pause-fetch", which whoever fetches hands to the window; without
 * it there is no button.
 */
struct _DinhFetchBar {
  GtkBox parent_instance;

  GtkLabel *words;
  GtkProgressBar *progress;
  GtkToggleButton *pause;

  gboolean pausable;
  GSignalGroup *watch;
};

G_DEFINE_FINAL_TYPE (DinhFetchBar, dinh_fetch_bar, GTK_TYPE_BOX)

enum { PROP_PAUSABLE = 1 };

static void
refresh (DinhFetchBar *self)
{
  /* The button's sensitivity changes once more while the bar goes away. */
  g_autoptr (DinhMeeting) meeting = self->watch ? g_signal_group_dup_target (self->watch) : NULL;
  g_autofree char *words = NULL;
  guint64 size;
  gboolean missing;

  if (meeting == NULL)
    return;
  words = dinh_words_papers_here (meeting);
  size = dinh_meeting_get_size (meeting);
  missing = dinh_meeting_get_n_ready (meeting) < dinh_meeting_get_n_papers (meeting);
  /* A cancelled meeting gets no papers any more. */
  gtk_widget_set_visible (GTK_WIDGET (self), dinh_meeting_get_n_papers (meeting) > 0 ||
                                                 dinh_meeting_get_status (meeting) != DINH_MEETING_CANCELLED);
  gtk_label_set_text (self->words, words);
  gtk_progress_bar_set_fraction (self->progress,
                                 size ? (double) dinh_meeting_get_fetched (meeting) / size : 0);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), missing);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->progress), GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
  gtk_widget_set_visible (GTK_WIDGET (self->pause),
                          self->pausable && missing && gtk_widget_get_sensitive (GTK_WIDGET (self->pause)));
}

static void
on_pause_toggled (DinhFetchBar *self)
{
  gtk_button_set_label (GTK_BUTTON (self->pause), gtk_toggle_button_get_active (self->pause)
                                                      ? _ ("Continue downloading")
                                                      : _ ("Pause downloading"));
}

static void
dinh_fetch_bar_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  g_value_set_boolean (value, DINH_FETCH_BAR (object)->pausable);
}

static void
dinh_fetch_bar_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  DINH_FETCH_BAR (object)->pausable = g_value_get_boolean (value);
}

static void
dinh_fetch_bar_dispose (GObject *object)
{
  g_clear_object (&DINH_FETCH_BAR (object)->watch);
  G_OBJECT_CLASS (dinh_fetch_bar_parent_class)->dispose (object);
}

static void
dinh_fetch_bar_class_init (DinhFetchBarClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = dinh_fetch_bar_get_property;
  object_class->set_property = dinh_fetch_bar_set_property;
  object_class->dispose = dinh_fetch_bar_dispose;
  g_object_class_install_property (
      object_class, PROP_PAUSABLE,
      g_param_spec_boolean ("pausable", NULL, NULL, FALSE,
                            G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));

  gtk_widget_class_set_template_from_resource (widget_class, "/dinh/ui/dinh-fetch-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, DinhFetchBar, words);
  gtk_widget_class_bind_template_child (widget_class, DinhFetchBar, progress);
  gtk_widget_class_bind_template_child (widget_class, DinhFetchBar, pause);
  gtk_widget_class_bind_template_callback (widget_class, on_pause_toggled);
  gtk_widget_class_bind_template_callback (widget_class, refresh);
}

static void
dinh_fetch_bar_init (DinhFetchBar *self)
{
  self->watch = g_signal_group_new (DINH_TYPE_MEETING);
  g_signal_group_connect_swapped (self->watch, "notify", G_CALLBACK (refresh), self);
  g_signal_connect_swapped (self->watch, "bind", G_CALLBACK (refresh), self);
  gtk_widget_init_template (GTK_WIDGET (self));
  on_pause_toggled (self);
}

/* dinh_fetch_bar_set_meeting: the meeting to show; NULL for none. */
void
dinh_fetch_bar_set_meeting (DinhFetchBar *self, DinhMeeting *meeting)
{
  g_signal_group_set_target (self->watch, meeting);
  refresh (self);
}
