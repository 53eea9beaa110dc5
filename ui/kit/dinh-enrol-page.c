/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/kit/dinh-enrol-page.h"

#include "data/trust/dinh-enrolment-code.h"
#include "ui/kit/dinh-band.h"
#include "ui/kit/dinh-pad.h"
#include "ui/kit/dinh-pages.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/*
 * What a machine shows that nobody has registered yet: where the hub is and which code it gave, typed on the
 * glass; then how far the registration is. It follows a DinhAdmission and asks by signals.
 */
struct _DinhEnrolPage {
  GtkBox parent_instance;

  GtkWidget *pages;
  GtkWidget *entering;
  GtkWidget *working;
  GtkEditable *hub;
  GtkEditable *code;
  DinhPad *pad;
  DinhBand *fault;
  GtkLabel *step;
  GtkLabel *advice;
  GtkWidget *spinner;
  GtkWidget *key;
  GtkLabel *fingerprint;
  GtkWidget *change;

  DinhAdmission *admission;
  GtkEditable *typed; /* unowned: where the pad's keys go */
};

enum { SUBMITTED, CANCELLED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DinhEnrolPage, dinh_enrol_page, GTK_TYPE_BOX)

static const char *const code_keys[] = {"0123456789", "ABCDEFGHJK", "MNPQRSTVWX", "YZ", NULL};
static const char *const address_keys[] = {"0123456789", "abcdefghij", "klmnopqrst", "uvwxyz.-:", NULL};

/* What it is doing, and what a person can do meanwhile. */
static const struct {
  const char *step;
  const char *advice;
} steps[] = {
    [DINH_ADMISSION_ENTERING] = {"", ""},
    [DINH_ADMISSION_CHECKING] =
        {N_ ("Checking the server"),
         N_ ("This device makes sure that the server is the one that gave the code. Nothing has been "
             "sent yet.")},
    [DINH_ADMISSION_SENDING] = {N_ ("Asking to be registered"),
                                N_ ("If there is no connection, this device tries again by itself.")},
    [DINH_ADMISSION_WAITING] =
        {N_ ("Waiting for an administrator"),
         N_ ("Read this device's number to the administrator, who compares it and approves. This "
             "device may be switched off meanwhile.")},
    [DINH_ADMISSION_HELD_UP] =
        {N_ ("The server takes no codes for a moment"),
         N_ ("Too many wrong codes came to it. This device tries again by itself; the code stays "
             "good.")},
    [DINH_ADMISSION_DONE] = {N_ ("This device is registered"), N_ ("The meetings are being opened.")},
};

/* What happened, what is safe, what to do. */
static const char *const faults[] = {
    [DINH_ADMISSION_FAULT_NO_ADDRESS] =
        N_ ("This is not the address of a server. It looks like 10.0.0.5:8444 and stands beside the code."),
    [DINH_ADMISSION_FAULT_NO_CODE] = N_ ("The code is not complete: it has 24 letters and digits. Nothing "
                                         "has been sent. Please enter what is missing."),
    [DINH_ADMISSION_FAULT_UNREACHABLE] = N_ ("No server answers at this address. The code stays good. Please "
                                             "check the address and the network cable, then try "
                                             "again."),
    [DINH_ADMISSION_FAULT_AUTHORITY] = N_ ("The server at this address is not the one that gave the code. "
                                           "Nothing has been sent and the code stays good. "
                                           "Please check both; if both are right, tell the administrator."),
    [DINH_ADMISSION_FAULT_WRONG_CODE] = N_ ("The server does not take this code: it is wrong, was used, or "
                                            "its time is over. Please check it, or ask the "
                                            "administrator for a new one."),
    [DINH_ADMISSION_FAULT_REFUSED] =
        N_ ("An administrator has turned this device away. Please ask the administrator for a new code."),
    [DINH_ADMISSION_FAULT_HUB] = N_ ("The server answers in a way that this device does not understand. The "
                                     "code stays good. Please tell the "
                                     "administrator."),
    [DINH_ADMISSION_FAULT_CANNOT_KEEP] = N_ ("This device cannot store its keys: its disk is full or "
                                             "damaged. The code stays good. Please tell the "
                                             "administrator."),
};

/* The first sixteen digits, as an administrator sees them. */
static char *
in_groups (const char *fingerprint)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < 16 && fingerprint[i] != '\0'; i++) {
    if (i > 0 && i % 4 == 0)
      g_string_append_c (text, ' ');
    g_string_append_c (text, fingerprint[i]);
  }
  return g_string_free (text, FALSE);
}

static void
show_step (DinhEnrolPage *self, DinhAdmissionStep step)
{
  const char *fingerprint = dinh_admission_get_fingerprint (self->admission);
  g_autofree char *number = fingerprint == NULL ? g_strdup ("") : in_groups (fingerprint);

  gtk_label_set_label (self->step, _ (steps[step].step));
  gtk_label_set_label (self->advice, _ (steps[step].advice));
  gtk_label_set_label (self->fingerprint, number);
  gtk_widget_set_visible (self->key, step == DINH_ADMISSION_WAITING && fingerprint != NULL);
  gtk_widget_set_visible (self->change, step != DINH_ADMISSION_DONE);
  gtk_spinner_set_spinning (GTK_SPINNER (self->spinner), step != DINH_ADMISSION_DONE);
}

static void
set_text (GtkEditable *editable, const char *text)
{
  if (g_str_equal (gtk_editable_get_text (editable), text))
    return;
  gtk_editable_set_text (editable, text);
  gtk_editable_set_position (editable, -1);
}

/* Whether it is the code that has to be entered otherwise. */
static gboolean
is_of_code (DinhAdmissionFault fault)
{
  return fault == DINH_ADMISSION_FAULT_NO_CODE || fault == DINH_ADMISSION_FAULT_WRONG_CODE ||
         fault == DINH_ADMISSION_FAULT_REFUSED;
}

static void
on_admission_changed (DinhEnrolPage *self)
{
  DinhAdmissionStep step = dinh_admission_get_step (self->admission);
  DinhAdmissionFault fault = dinh_admission_get_fault (self->admission);

  set_text (self->hub, dinh_admission_get_hub (self->admission));
  set_text (self->code, dinh_admission_get_code (self->admission));
  dinh_band_say (self->fault, fault == DINH_ADMISSION_FAULT_NONE ? NULL : _ (faults[fault]), NULL);
  if (step == DINH_ADMISSION_ENTERING) {
    dinh_pages_show (self->pages, self->entering);
    gtk_widget_grab_focus (GTK_WIDGET (is_of_code (fault) ? self->code : self->hub));
    return;
  }
  show_step (self, step);
  dinh_pages_show (self->pages, self->working);
}

/* As far as it is typed, in groups of four; what is in no code is left out. */
static char *
tidy_code (const char *typed)
{
  g_autoptr (GString) code = g_string_new (NULL);

  for (const char *p = typed; *p != '\0' && code->len < DINH_ENROLMENT_CODE_LENGTH; p++) {
    char c = g_ascii_toupper (*p);

    c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
    if (strchr (DINH_ENROLMENT_CODE_ALPHABET, c) != NULL)
      g_string_append_c (code, c);
  }
  return dinh_enrolment_code_print (code->str);
}

static gboolean
on_tidying_due (gpointer user_data)
{
  DinhEnrolPage *self = user_data;
  g_autofree char *tidy = tidy_code (gtk_editable_get_text (self->code));

  set_text (self->code, tidy);
  return G_SOURCE_REMOVE;
}

/* Not within the change itself: who made it still counts its characters. */
static void
on_code_changed (DinhEnrolPage *self)
{
  g_idle_add_full (G_PRIORITY_HIGH_IDLE, on_tidying_due, g_object_ref (self), g_object_unref);
}

static void
show_keys (DinhEnrolPage *self, GtkEditable *typed)
{
  if (self->typed == typed)
    return;
  self->typed = typed;
  dinh_pad_set_keys (self->pad, typed == self->code ? code_keys : address_keys);
}

static void
on_hub_entered (DinhEnrolPage *self)
{
  show_keys (self, self->hub);
}

static void
on_code_entered (DinhEnrolPage *self)
{
  show_keys (self, self->code);
}

static void
on_key_pressed (DinhPad *pad, const char *character, DinhEnrolPage *self)
{
  int position = -1;

  gtk_editable_delete_selection (self->typed);
  position = gtk_editable_get_position (self->typed);
  gtk_editable_insert_text (self->typed, character, -1, &position);
  gtk_editable_set_position (self->typed, position);
}

static void
on_key_erased (DinhPad *pad, DinhEnrolPage *self)
{
  int position = gtk_editable_get_position (self->typed);
  const char *text = gtk_editable_get_text (self->typed);

  if (gtk_editable_get_selection_bounds (self->typed, NULL, NULL)) {
    gtk_editable_delete_selection (self->typed);
    return;
  }
  /* A dash comes and goes with the character before it. */
  if (self->typed == self->code && position > 1 && text[position - 1] == '-')
    gtk_editable_delete_text (self->typed, position - 2, position);
  else if (position > 0)
    gtk_editable_delete_text (self->typed, position - 1, position);
}

static void
on_register_clicked (DinhEnrolPage *self)
{
  g_signal_emit (self, signals[SUBMITTED], 0, gtk_editable_get_text (self->hub),
                 gtk_editable_get_text (self->code));
}

static void
on_change_clicked (DinhEnrolPage *self)
{
  g_signal_emit (self, signals[CANCELLED], 0);
}

static void
dinh_enrol_page_dispose (GObject *object)
{
  DinhEnrolPage *self = DINH_ENROL_PAGE (object);

  if (self->admission != NULL)
    g_signal_handlers_disconnect_by_data (self->admission, self);
  g_clear_object (&self->admission);
  G_OBJECT_CLASS (dinh_enrol_page_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, DinhEnrolPage, pages);
  gtk_widget_class_bind_template_child (widget_class, DinhEnrolPage, entering);
  gtk_widget_class_bind_template_child (widget_class, DinhEnrolPage, working);
  gtk_widget_class_bind_template_child (widget_class, DinhEnrolPage, hub);
  gtk_widget_class_bind_template_child (widget_class, DinhEnrolPage, code);
  gtk_widget_class_bind_template_child (widget_class, DinhEnrolPage, pad);
  gtk_widget_class_bind_template_child (widget_class, DinhEnrolPage, fault);
  gtk_widget_class_bind_template_child (widget_class, DinhEnrolPage, step);
  gtk_widget_class_bind_template_child (widget_class, DinhEnrolPage, advice);
  gtk_widget_class_bind_template_child (widget_class, DinhEnrolPage, spinner);
  gtk_widget_class_bind_template_child (widget_class, DinhEnrolPage, key);
  gtk_widget_class_bind_template_child (widget_class, DinhEnrolPage, fingerprint);
  gtk_widget_class_bind_template_child (widget_class, DinhEnrolPage, change);
  gtk_widget_class_bind_template_callback (widget_class, on_code_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_hub_entered);
  gtk_widget_class_bind_template_callback (widget_class, on_code_entered);
  gtk_widget_class_bind_template_callback (widget_class, on_key_pressed);
  gtk_widget_class_bind_template_callback (widget_class, on_key_erased);
  gtk_widget_class_bind_template_callback (widget_class, on_register_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_change_clicked);
}

static void
dinh_enrol_page_class_init (DinhEnrolPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dinh_enrol_page_dispose;
  g_type_ensure (DINH_TYPE_BAND);
  g_type_ensure (DINH_TYPE_PAD);
  gtk_widget_class_set_template_from_resource (widget_class, "/dinh/ui/dinh-enrol-page.ui");
  bind_children (widget_class);

  /**
   * DinhEnrolPage::submitted:
   * @hub: as it was typed
   * @code: the same
   */
  signals[SUBMITTED] = g_signal_new ("submitted", DINH_TYPE_ENROL_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                     NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  /**
   * DinhEnrolPage::cancelled:
   *
   * Something else is to be entered.
   */
  signals[CANCELLED] = g_signal_new ("cancelled", DINH_TYPE_ENROL_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                     NULL, G_TYPE_NONE, 0);
}

static void
dinh_enrol_page_init (DinhEnrolPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  /* A key must not replace what was typed before, only because it is typed into again. */
  g_object_set (gtk_widget_get_settings (GTK_WIDGET (self)), "gtk-entry-select-on-focus", FALSE, NULL);
  show_keys (self, self->hub);
}

/**
 * dinh_enrol_page_new:
 *
 * Returns: (transfer floating): the page that lets this device be registered, following @admission.
 */
GtkWidget *
dinh_enrol_page_new (DinhAdmission *admission)
{
  DinhEnrolPage *self = g_object_new (DINH_TYPE_ENROL_PAGE, NULL);

  self->admission = g_object_ref (admission);
  g_signal_connect_swapped (admission, "changed", G_CALLBACK (on_admission_changed), self);
  on_admission_changed (self);
  return GTK_WIDGET (self);
}
