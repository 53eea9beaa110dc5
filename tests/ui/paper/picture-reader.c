/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n-lib.h>
#include <locale.h>

#include "ui/paper/dinh-reader.h"

/* Takes a picture of a paper in the reader:
 *   picture-reader HELPER PAPER WIDTH HEIGHT PAGE PICTURE.png [ACTION…]
 * Each action is one of the reader's (`reader.zoom-in`) or `thumbnails`, done one after the other. */

#define SETTLE 700 /* milliseconds between actions */
#define WAIT_AT_END 2000

typedef struct {
  GMainLoop *loop;
  GtkWidget *window, *reader;
  char **actions; /* what is left to do */
  const char *picture;
} Show;

static GtkWidget *
find_widget (GtkWidget *widget, GType type)
{
  if (G_TYPE_CHECK_INSTANCE_TYPE (widget, type)) {
    return widget;
  }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child)) {
    GtkWidget *found = find_widget (child, type);

    if (found != NULL) {
      return found;
    }
  }
  return NULL;
}

static void
take_picture (Show *show)
{
  int width = gtk_widget_get_width (show->window), height = gtk_widget_get_height (show->window);
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (show->window);
  g_autoptr (GtkSnapshot) snapshot = gtk_snapshot_new ();
  GskRenderer *renderer = gtk_native_get_renderer (GTK_NATIVE (show->window));

  gdk_paintable_snapshot (paintable, snapshot, width, height);
  g_autoptr (GskRenderNode) node = gtk_snapshot_free_to_node (g_steal_pointer (&snapshot));
  g_autoptr (GdkTexture) texture = gsk_renderer_render_texture (renderer, node, NULL);
  gdk_texture_save_to_png (texture, show->picture);
}

static gboolean
on_time_to_act (gpointer user_data)
{
  Show *show = user_data;
  const char *action = *show->actions;

  if (action == NULL) {
    take_picture (show);
    g_main_loop_quit (show->loop);
    return G_SOURCE_REMOVE;
  }
  if (g_str_equal (action, "thumbnails")) {
    gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (find_widget (show->reader, GTK_TYPE_TOGGLE_BUTTON)),
                                  TRUE);
  } else {
    gtk_widget_activate_action (show->reader, action, NULL);
  }
  show->actions++;
  g_timeout_add (*show->actions != NULL ? SETTLE : WAIT_AT_END, on_time_to_act, show);
  return G_SOURCE_REMOVE;
}

int
main (int argc, char **argv)
{
  Show show = {0};

  if (argc < 7) {
    g_printerr ("usage: picture-reader HELPER PAPER WIDTH HEIGHT PAGE PICTURE.png [ACTION...]\n");
    return 2;
  }
  setlocale (LC_ALL, "");
  if (g_getenv ("DINH_LOCALEDIR") != NULL) {
    bindtextdomain ("dinh", g_getenv ("DINH_LOCALEDIR"));
    bind_textdomain_codeset ("dinh", "UTF-8");
  }
  gtk_init ();
  g_object_set (gtk_settings_get_default (), "gtk-font-name", "Noto Sans 18", NULL); /* as the kit sets it */
  g_autoptr (DinhRenderer) renderer = dinh_renderer_new (argv[1], 2);
  show.loop = g_main_loop_new (NULL, FALSE);
  show.window = gtk_window_new ();
  show.reader = dinh_reader_new (renderer);
  show.actions = argv + 7;
  show.picture = argv[6];
  gtk_window_set_decorated (GTK_WINDOW (show.window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (show.window), atoi (argv[3]), atoi (argv[4]));
  gtk_window_set_child (GTK_WINDOW (show.window), show.reader);
  gtk_window_present (GTK_WINDOW (show.window));
  dinh_reader_open (DINH_READER (show.reader), argv[2], atoi (argv[5]));
  g_timeout_add (WAIT_AT_END, on_time_to_act, &show);
  g_main_loop_run (show.loop);
  gtk_window_destroy (GTK_WINDOW (show.window));
  g_main_loop_unref (show.loop);
  return 0;
}
