/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/kit/dinh-pad.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/*
 * Keys on the glass for machines without others: rows of characters, and one key that takes the last
 * character back. It leaves the focus where it is.
 */
struct _DinhPad {
  GtkGrid parent_instance;
};

enum { PRESSED, ERASED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DinhPad, dinh_pad, GTK_TYPE_GRID)

static void
on_key_clicked (GtkButton *key, DinhPad *self)
{
  g_signal_emit (self, signals[PRESSED], 0, gtk_button_get_label (key));
}

static void
on_erase_clicked (GtkButton *key, DinhPad *self)
{
  g_signal_emit (self, signals[ERASED], 0);
}

static GtkWidget *
add_key (DinhPad *self, const char *label, int column, int row, int width, GCallback callback)
{
  GtkWidget *key = gtk_button_new_with_label (label);

  gtk_widget_set_focus_on_click (key, FALSE);
  gtk_widget_set_can_focus (key, FALSE);
  g_signal_connect (key, "clicked", callback, self);
  gtk_grid_attach (GTK_GRID (self), key, column, row, width, 1);
  return key;
}

/* dinh_pad_set_keys: the keys, a text a row and %NULL at the end; the last row leaves room for the erasing
 * key. */
void
dinh_pad_set_keys (DinhPad *self, const char *const *rows)
{
  int columns = 0, row = 0, column = 0;
  GtkWidget *child, *erase;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_grid_remove (GTK_GRID (self), child);
  for (; rows[row] != NULL; row++) {
    for (column = 0; rows[row][column] != '\0'; column++) {
      const char label[] = {rows[row][column], '\0'};

      add_key (self, label, column, row, 1, G_CALLBACK (on_key_clicked));
    }
    columns = MAX (columns, column);
  }
  erase = add_key (self, "⌫", column, row - 1, MAX (columns - column, 1), G_CALLBACK (on_erase_clicked));
  gtk_accessible_update_property (GTK_ACCESSIBLE (erase), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Erase"), -1);
}

static void
dinh_pad_class_init (DinhPadClass *klass)
{
  /**
   * DinhPad::pressed:
   * @character: the key's
   */
  signals[PRESSED] = g_signal_new ("pressed", DINH_TYPE_PAD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 1, G_TYPE_STRING);
  /**
   * DinhPad::erased:
   *
   * The last character is to go.
   */
  signals[ERASED] =
      g_signal_new ("erased", DINH_TYPE_PAD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dinh_pad_init (DinhPad *self)
{
  gtk_widget_add_css_class (GTK_WIDGET (self), "pad");
  gtk_grid_set_column_homogeneous (GTK_GRID (self), TRUE);
}
