/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/kit/dinh-notice.h"

#include <glib/gi18n-lib.h>

static const struct {
  const char *headline;
  const char *text;
} words[] = {
  [DINH_NOTICE_BROKEN_IDENTITY] = { N_ ("This device’s registration cannot be read"),
                                    N_ ("What the server holds is safe. Please tell the secretary: an administrator has "
                                        "to register this device again. Meanwhile use another device.") },
  [DINH_NOTICE_CANNOT_KEEP] = { N_ ("This device cannot store anything"),
                                N_ ("Its disk is full or damaged. What the server holds is safe. Please tell the "
                                    "secretary and use another device meanwhile.") },
};

static GtkWidget *
make_label (const char *text, const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_justify (GTK_LABEL (label), GTK_JUSTIFY_CENTER);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 60);
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  return label;
}

/**
 * dinh_notice_new:
 *
 * Returns: (transfer floating): a page that says why the kiosk cannot begin, what is safe and what to do. Its button is the
 * action "app.try-again".
 */
GtkWidget *
dinh_notice_new (DinhNotice notice)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *retry = gtk_button_new_with_label (_ ("Try again"));

  gtk_actionable_set_action_name (GTK_ACTIONABLE (retry), "app.try-again");
  gtk_widget_set_halign (retry, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (retry, "suggested");
  gtk_widget_add_css_class (box, "asking");
  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);
  gtk_widget_set_halign (box, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), make_label (_ (words[notice].headline), "headline"));
  gtk_box_append (GTK_BOX (box), make_label (_ (words[notice].text), NULL));
  gtk_box_append (GTK_BOX (box), retry);
  return box;
}
