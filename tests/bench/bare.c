/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "frames.h"

#include <stdlib.h>

/* The least that GTK can do: draws the textures that the reader draws, in a window of the same size and by
 * the same renderer, and prints what a frame takes. bare WIDTH HEIGHT BAR-HEIGHT PAGE-WIDTH PAGE-HEIGHT */

#define BARE_TYPE_VIEW (bare_view_get_type ())
G_DECLARE_FINAL_TYPE (BareView, bare_view, BARE, VIEW, GtkWidget)

struct _BareView {
  GtkWidget parent_instance;

  GdkTexture *pages[2];
  GdkTexture *clip; /* what was sharp before a fling */
  guint page;
  double zoom, x, y;
  double slide, flung;
};

G_DEFINE_FINAL_TYPE (BareView, bare_view, GTK_TYPE_WIDGET)

static void
bare_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  BareView *self = BARE_VIEW (widget);
  float width = gdk_texture_get_width (self->pages[0]) * self->zoom;
  float height = gdk_texture_get_height (self->pages[0]) * self->zoom;

  gtk_snapshot_append_texture (snapshot, self->pages[self->page],
                               &GRAPHENE_RECT_INIT (self->x + self->slide, self->y, width, height));
  if (self->clip != NULL) {
    gtk_snapshot_append_texture (snapshot, self->clip,
                                 &GRAPHENE_RECT_INIT (-FRAMES_CLIP_MARGIN, -FRAMES_CLIP_MARGIN + self->flung,
                                                      gdk_texture_get_width (self->clip),
                                                      gdk_texture_get_height (self->clip)));
  }
  if (self->slide != 0) {
    gtk_snapshot_append_texture (
        snapshot, self->pages[1 - self->page],
        &GRAPHENE_RECT_INIT (self->x + self->slide - gtk_widget_get_width (widget), self->y, width, height));
  }
}

static void
bare_view_finalize (GObject *object)
{
  g_clear_object (&BARE_VIEW (object)->clip);
  g_object_unref (BARE_VIEW (object)->pages[0]);
  g_object_unref (BARE_VIEW (object)->pages[1]);
  G_OBJECT_CLASS (bare_view_parent_class)->finalize (object);
}

static void
bare_view_class_init (BareViewClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = bare_view_finalize;
  GTK_WIDGET_CLASS (klass)->snapshot = bare_view_snapshot;
}

static void
bare_view_init (BareView *self)
{
  self->zoom = 1;
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_vexpand (GTK_WIDGET (self), TRUE);
}

static GdkTexture *
make_page (int width, int height, guint32 colour)
{
  gsize n_pixels = (gsize) width * height;
  guint32 *data = g_new (guint32, n_pixels);

  for (gsize i = 0; i < n_pixels; i++) {
    guint x = i % width, y = i / width;
    data[i] = y % 12 < 7 && (x * 7 + y * 3) % 5 < 2 ? colour : 0xffffffff;
  }
  g_autoptr (GBytes) bytes = g_bytes_new_take (data, n_pixels * 4);
  return gdk_memory_texture_new (width, height, GDK_MEMORY_B8G8R8A8_PREMULTIPLIED, bytes, width * 4);
}

static void
turn (gpointer data, guint frame)
{
  BareView *self = data;

  self->page = 1 - self->page;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
slide (gpointer data, guint frame)
{
  BareView *self = data;

  self->slide = gtk_widget_get_width (GTK_WIDGET (self)) * (1 - (frame % 12 + 0.5) * FRAMES_SLIDE_STEP);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
zoom_about_middle (BareView *self, double factor)
{
  double x = gtk_widget_get_width (GTK_WIDGET (self)) / 2.0,
         y = gtk_widget_get_height (GTK_WIDGET (self)) / 2.0;

  self->zoom *= factor;
  self->x = x - (x - self->x) * factor;
  self->y = y - (y - self->y) * factor;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
pinch (gpointer data, guint frame)
{
  zoom_about_middle (data, frame < FRAMES / 2 ? FRAMES_PINCH_STEP : 1 / FRAMES_PINCH_STEP);
}

static void
fling (gpointer data, guint frame)
{
  BareView *self = data;

  double step = frame < FRAMES / 2 ? -FRAMES_FLING_STEP : FRAMES_FLING_STEP;

  self->y += step;
  self->flung += step;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static GtkWidget *
make_window (BareView *view, char **argv)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *bar = gtk_label_new ("");

  gtk_widget_set_size_request (bar, -1, atoi (argv[3]));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (view));
  gtk_box_append (GTK_BOX (box), bar);
  gtk_window_set_child (GTK_WINDOW (window), box);
  gtk_window_set_decorated (GTK_WINDOW (window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (window), atoi (argv[1]), atoi (argv[2]));
  return window;
}

int
main (int argc, char **argv)
{
  gtk_init ();
  if (argc != 6) {
    g_printerr ("usage: bare WIDTH HEIGHT BAR-HEIGHT PAGE-WIDTH PAGE-HEIGHT\n");
    return 2;
  }
  BareView *view = g_object_new (BARE_TYPE_VIEW, NULL);
  GtkWidget *window = make_window (view, argv);

  view->pages[0] = make_page (atoi (argv[4]), atoi (argv[5]), 0xff345678);
  view->pages[1] = make_page (atoi (argv[4]), atoi (argv[5]), 0xff876543);
  gtk_window_present (GTK_WINDOW (window));
  while (gtk_widget_get_width (GTK_WIDGET (view)) == 0) {
    g_main_context_iteration (NULL, TRUE);
  }
  view->x = (gtk_widget_get_width (GTK_WIDGET (view)) - atoi (argv[4])) / 2;
  g_print ("page-turn-frame %f\n", frames_measure (GTK_WIDGET (view), turn, view));
  g_print ("page-slide-frame %f\n", frames_measure (GTK_WIDGET (view), slide, view));
  view->slide = 0;
  g_print ("pinch-frame %f\n", frames_measure (GTK_WIDGET (view), pinch, view));
  zoom_about_middle (view, FRAMES_FLING_ZOOM);
  view->clip = make_page (gtk_widget_get_width (GTK_WIDGET (view)) + 2 * FRAMES_CLIP_MARGIN,
                          gtk_widget_get_height (GTK_WIDGET (view)) + 2 * FRAMES_CLIP_MARGIN, 0xff345678);
  g_print ("fling-frame %f\n", frames_measure (GTK_WIDGET (view), fling, view));
  gtk_window_destroy (GTK_WINDOW (window));
  return 0;
}
