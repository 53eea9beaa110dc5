/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "frames.h"

#include <stdlib.h>

typedef struct {
  GMainLoop *loop;
  FramesStep step;
  gpointer data;
  guint frame;
  gint64 begun;
  guint n_painted;
  double milliseconds[FRAMES];
} Frames;

/* The display has its share of a frame: it is waited for. */
static void
on_frame_painted (GdkFrameClock *clock, gpointer user_data)
{
  Frames *self = user_data;

  gdk_display_sync (gdk_display_get_default ());
  if (self->begun > 0 && self->n_painted < FRAMES) {
    self->milliseconds[self->n_painted++] = (g_get_monotonic_time () - self->begun) / 1000.0;
    self->begun = 0;
  }
}

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  Frames *self = user_data;

  if (self->frame == FRAMES) {
    g_main_loop_quit (self->loop);
    return G_SOURCE_REMOVE;
  }
  self->begun = g_get_monotonic_time ();
  self->step (self->data, self->frame++);
  return G_SOURCE_CONTINUE;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double left = *(const double *) a, right = *(const double *) b;

  return (left > right) - (left < right);
}

/* Does one step in each of FRAMES frames. Returns the median of the milliseconds that a frame takes, from its
 * beginning to the moment at which the display has it: other programs that want the processor disturb it
 * least. */
double
frames_measure (GtkWidget *widget, FramesStep step, gpointer data)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Frames self = {.loop = loop, .step = step, .data = data};
  GdkFrameClock *clock = gtk_widget_get_frame_clock (widget);
  gulong painted = g_signal_connect (clock, "after-paint", G_CALLBACK (on_frame_painted), &self);

  gtk_widget_add_tick_callback (widget, on_tick, &self, NULL);
  g_main_loop_run (loop);
  g_signal_handler_disconnect (clock, painted);
  qsort (self.milliseconds, self.n_painted, sizeof (double), compare);
  return self.milliseconds[self.n_painted / 2];
}
