/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/kit/dinh-pages.h"

/*
 * Pages of which one is shown: the children of a box. Not a GtkStack, because that reads its hidden pages to
 * the screen reader as well.
 */

/* dinh_pages_show: shows @page, a child of @pages, and hides the others. */
void
dinh_pages_show (GtkWidget *pages, gpointer page)
{
  for (GtkWidget *child = gtk_widget_get_first_child (pages); child;
       child = gtk_widget_get_next_sibling (child))
    gtk_widget_set_visible (child, child == page);
}

/* dinh_pages_get_shown: the page that is shown, borrowed, or NULL. */
GtkWidget *
dinh_pages_get_shown (GtkWidget *pages)
{
  GtkWidget *child = gtk_widget_get_first_child (pages);

  while (child != NULL && !gtk_widget_get_visible (child))
    child = gtk_widget_get_next_sibling (child);
  return child;
}

/* dinh_pages_find: the page whose widget is called @name, borrowed, or NULL. */
GtkWidget *
dinh_pages_find (GtkWidget *pages, const char *name)
{
  GtkWidget *child = gtk_widget_get_first_child (pages);

  while (child != NULL && !g_str_equal (gtk_widget_get_name (child), name))
    child = gtk_widget_get_next_sibling (child);
  return child;
}
