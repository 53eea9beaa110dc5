/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/kit/dinh-sign-in-page.h"

#include "data/person/dinh-pin.h"
#include "ui/kit/dinh-band.h"
#include "ui/kit/dinh-column.h"
#include "ui/kit/dinh-pad.h"
#include "ui/kit/dinh-pages.h"
#include "ui/kit/dinh-words.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/*
 * Where a person says who they are: their name among those who take part, then the PIN; the first time a
 * one-time code and the PIN that is to be, twice. It follows a DinhSession and asks by signals. What was
 * typed goes with each step.
 */
struct _DinhSignInPage {
  GtkBox parent_instance;

  GtkWidget *pages;
  GtkWidget *choosing;
  GtkWidget *entering;
  GtkWidget *working;
  GtkLabel *meeting_title;
  GtkEditable *search;
  DinhPad *letters;
  GtkListView *view;
  GtkWidget *nobody;
  GtkLabel *name;
  GtkLabel *advice;
  GtkWidget *code_label;
  GtkEditable *code;
  GtkLabel *pin_label;
  GtkEditable *pin;
  GtkWidget *again_label;
  GtkEditable *again;
  GtkWidget *use_code;
  DinhPad *digits;
  DinhBand *fault;

  DinhSession *session;
  GtkFilter *filter;
  char *wanted;       /* what is searched for, folded */
  GtkEditable *typed; /* unowned: where the digits go */
};

enum { CHOSEN, PIN_ENTERED, CODE_ENTERED, CODE_WANTED, CANCELLED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DinhSignInPage, dinh_sign_in_page, GTK_TYPE_BOX)

static const char *const letter_keys[] = {"abcdefghijklm", "nopqrstuvwxyz", NULL};
static const char *const digit_keys[] = {"123", "456", "789", "0", NULL};

/* --- names --- */

static gboolean
is_wanted (gpointer item, gpointer user_data)
{
  DinhSignInPage *self = user_data;
  g_autofree char *folded = dinh_words_fold (dinh_participant_get_name (item));
  g_autofree char *words = g_strconcat (" ", folded, NULL);

  return self->wanted == NULL || strstr (words, self->wanted) != NULL;
}

/* The beginnings of words only: who types “an” looks for An, not for Lan. */
static void
on_search_changed (DinhSignInPage *self)
{
  g_autofree char *folded = dinh_words_fold (gtk_editable_get_text (self->search));

  g_free (self->wanted);
  self->wanted = g_strconcat (" ", g_strchug (folded), NULL);
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
}

static void
on_letter_pressed (DinhPad *pad, const char *letter, DinhSignInPage *self)
{
  int position = -1;

  gtk_editable_insert_text (self->search, letter, -1, &position);
  gtk_editable_set_position (self->search, -1);
}

static void
on_letter_erased (DinhPad *pad, DinhSignInPage *self)
{
  int length = (int) g_utf8_strlen (gtk_editable_get_text (self->search), -1);

  gtk_editable_delete_text (self->search, MAX (length - 1, 0), length);
}

static char *
describe (DinhParticipant *participant)
{
  const char *seat = dinh_participant_get_seat (participant);
  /* Translators: the number of a person's seat in the hall. */
  g_autofree char *seat_words = seat == NULL ? NULL : g_strdup_printf (_ ("Seat %s"), seat);
  const char *texts[] = {dinh_participant_get_title (participant), dinh_participant_get_agency (participant),
                         seat_words};

  return dinh_words_join (texts, G_N_ELEMENTS (texts));
}

static void
on_row_clicked (GtkButton *row, GtkListItem *list_item)
{
  GtkWidget *page = gtk_widget_get_ancestor (GTK_WIDGET (row), DINH_TYPE_SIGN_IN_PAGE);
  DinhParticipant *participant = gtk_list_item_get_item (list_item);

  g_signal_emit (page, signals[CHOSEN], 0, dinh_participant_get_id (participant),
                 dinh_participant_get_name (participant));
}

static GtkWidget *
add_line (GtkWidget *box, const char *css_class)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_widget_add_css_class (label, css_class);
  gtk_box_append (GTK_BOX (box), label);
  return label;
}

static void
on_row_made (GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
  GtkWidget *row = gtk_button_new (), *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  add_line (box, "strong");
  add_line (box, "quiet");
  gtk_button_set_child (GTK_BUTTON (row), box);
  gtk_widget_add_css_class (row, "row");
  g_signal_connect (row, "clicked", G_CALLBACK (on_row_clicked), list_item);
  gtk_list_item_set_activatable (list_item, FALSE);
  gtk_list_item_set_child (list_item, row);
}

static void
on_row_bound (GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
  DinhParticipant *participant = gtk_list_item_get_item (list_item);
  GtkWidget *row = gtk_list_item_get_child (list_item);
  GtkWidget *name = gtk_widget_get_first_child (gtk_button_get_child (GTK_BUTTON (row)));
  GtkWidget *details = gtk_widget_get_next_sibling (name);
  g_autofree char *words = describe (participant);

  gtk_label_set_text (GTK_LABEL (name), dinh_participant_get_name (participant));
  gtk_label_set_text (GTK_LABEL (details), words);
  gtk_widget_set_visible (details, *words != '\0');
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  dinh_participant_get_name (participant),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, words, -1);
}

static void
make_list (DinhSignInPage *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (on_row_made), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_row_bound), NULL);
  gtk_list_view_set_factory (self->view, factory);
  g_object_unref (factory);
  self->filter = GTK_FILTER (gtk_custom_filter_new (is_wanted, self, NULL));
}

/* --- entering --- */

/* Which rule it breaks, in words. */
static const char *
describe_pin (const GError *error)
{
  switch (error->code) {
  case DINH_PERSON_ERROR_PIN_LENGTH:
    return _ ("A PIN has 6 to 12 digits. Nothing has been sent. Please choose another one.");
  case DINH_PERSON_ERROR_PIN_SAME_DIGITS:
    return _ ("One digit over and over is guessed first. Nothing has been sent. Please choose another PIN.");
  case DINH_PERSON_ERROR_PIN_RUN:
    return _ (
        "Digits that count up or down are guessed first. Nothing has been sent. Please choose another PIN.");
  case DINH_PERSON_ERROR_PIN_DATE:
    return _ ("A date that others know is guessed first. Nothing has been sent. Please choose another PIN.");
  default:
    return _ ("A PIN is made of digits only. Nothing has been sent. Please choose another one.");
  }
}

static void
say (DinhSignInPage *self, const char *text)
{
  dinh_band_say (self->fault, text, NULL);
}

static void
empty_entries (DinhSignInPage *self)
{
  gtk_editable_set_text (self->code, "");
  gtk_editable_set_text (self->pin, "");
  gtk_editable_set_text (self->again, "");
}

static gboolean
is_first_time (DinhSignInPage *self)
{
  return dinh_session_get_step (self->session) == DINH_SESSION_ENTERING_CODE;
}

static gboolean
is_empty (GtkEditable *entry)
{
  return *gtk_editable_get_text (entry) == '\0';
}

static void
go_on_at (DinhSignInPage *self, GtkEditable *entry, const char *text)
{
  say (self, text);
  gtk_widget_grab_focus (GTK_WIDGET (entry));
}

/* One entry after the other: the same key of the glass goes on from each. */
static void
enter_code (DinhSignInPage *self)
{
  const char *pin = gtk_editable_get_text (self->pin);
  g_autoptr (GError) error = NULL;

  if (is_empty (self->code)) {
    go_on_at (self, self->code, _ ("The one-time code is missing. The secretary gives it to you."));
  } else if (is_empty (self->pin)) {
    go_on_at (self, self->pin, NULL);
  } else if (!dinh_pin_check (pin, NULL, 0, &error)) {
    gtk_editable_set_text (self->pin, "");
    go_on_at (self, self->pin, describe_pin (error));
  } else if (is_empty (self->again)) {
    go_on_at (self, self->again, NULL);
  } else if (strcmp (pin, gtk_editable_get_text (self->again)) != 0) {
    gtk_editable_set_text (self->again, "");
    go_on_at (self, self->again,
              _ ("The two PINs are not the same. Nothing has been sent. Please enter the second one again."));
  } else {
    g_signal_emit (self, signals[CODE_ENTERED], 0, gtk_editable_get_text (self->code), pin);
  }
}

static void
on_enter_clicked (DinhSignInPage *self)
{
  if (is_first_time (self))
    enter_code (self);
  else if (!is_empty (self->pin))
    g_signal_emit (self, signals[PIN_ENTERED], 0, gtk_editable_get_text (self->pin));
}

static void
on_code_focused (DinhSignInPage *self)
{
  self->typed = self->code;
}

static void
on_pin_focused (DinhSignInPage *self)
{
  self->typed = self->pin;
}

static void
on_again_focused (DinhSignInPage *self)
{
  self->typed = self->again;
}

static void
on_digit_pressed (DinhPad *pad, const char *digit, DinhSignInPage *self)
{
  int position = -1;

  gtk_editable_insert_text (self->typed, digit, -1, &position);
  gtk_editable_set_position (self->typed, -1);
}

static void
on_digit_erased (DinhPad *pad, DinhSignInPage *self)
{
  int length = (int) strlen (gtk_editable_get_text (self->typed));

  gtk_editable_delete_text (self->typed, MAX (length - 1, 0), length);
}

static void
on_use_code_clicked (DinhSignInPage *self)
{
  g_signal_emit (self, signals[CODE_WANTED], 0);
}

static void
on_cancel_clicked (DinhSignInPage *self)
{
  g_signal_emit (self, signals[CANCELLED], 0);
}

/* --- what the session says --- */

static char *
describe_wait (guint seconds)
{
  guint minutes = (seconds + 59) / 60;

  if (seconds <= 60)
    return g_strdup_printf (
        g_dngettext (
            GETTEXT_PACKAGE, "Too many wrong tries. Your PIN stays as it is. Please try again in %u second.",
            "Too many wrong tries. Your PIN stays as it is. Please try again in %u seconds.", seconds),
        seconds);
  return g_strdup_printf (
      g_dngettext (GETTEXT_PACKAGE,
                   "Too many wrong tries. Your PIN stays as it is. Please try again in %u minute.",
                   "Too many wrong tries. Your PIN stays as it is. Please try again in %u minutes.", minutes),
      minutes);
}

static char *
describe_left (gboolean code, guint left)
{
  if (code)
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                         "The code is wrong, was used, or its time is over. %u try is left. "
                                         "Please check it, or ask the secretary for a new one.",
                                         "The code is wrong, was used, or its time is over. %u tries are "
                                         "left. Please check it, or ask the secretary for a new one.",
                                         left),
                            left);
  return g_strdup_printf (
      g_dngettext (
          GETTEXT_PACKAGE,
          "The PIN is not right. %u try is left. If you have forgotten it, the secretary can help.",
          "The PIN is not right. %u tries are left. If you have forgotten it, the secretary can help.", left),
      left);
}

/* What happened, what is safe, what to do. */
static char *
describe_fault (DinhSignInPage *self)
{
  switch (dinh_session_get_fault (self->session)) {
  case DINH_SESSION_FAULT_NONE:
    return NULL;
  case DINH_SESSION_FAULT_NO_LINE:
    return g_strdup (_ ("The server does not answer. The papers on this device can still be read. Please try "
                        "again when the line is back."));
  case DINH_SESSION_FAULT_NO_PERSON:
    return g_strdup (_ ("This person cannot sign in here. Please ask the secretary."));
  case DINH_SESSION_FAULT_WRONG_PIN:
    return describe_left (FALSE, dinh_session_get_left (self->session));
  case DINH_SESSION_FAULT_WRONG_CODE:
    return describe_left (TRUE, dinh_session_get_left (self->session));
  case DINH_SESSION_FAULT_TRY_LATER:
    return describe_wait (dinh_session_get_wait (self->session));
  case DINH_SESSION_FAULT_SEALED:
    return g_strdup (_ ("The PIN is right, but your key does not open. Nothing is lost. Please ask the "
                        "secretary for a new code."));
  case DINH_SESSION_FAULT_HUB:
  default:
    return g_strdup (_ (
        "The server answers in a way that this device does not understand. Please tell the administrator."));
  }
}

static void
show_entries (DinhSignInPage *self)
{
  gboolean first = is_first_time (self);

  gtk_label_set_text (self->name, dinh_session_get_name (self->session));
  gtk_label_set_text (self->advice, first ? _ ("Enter the one-time code from the secretary, then choose a "
                                               "PIN of 6 to 12 digits. With it you sign in from now on.")
                                          : _ ("Enter your PIN."));
  gtk_label_set_text (self->pin_label, first ? _ ("New PIN") : _ ("PIN"));
  gtk_widget_set_visible (self->code_label, first);
  gtk_widget_set_visible (GTK_WIDGET (self->code), first);
  gtk_widget_set_visible (self->again_label, first);
  gtk_widget_set_visible (GTK_WIDGET (self->again), first);
  gtk_widget_set_visible (self->use_code, !first);
  dinh_pages_show (self->pages, self->entering);
  gtk_widget_grab_focus (GTK_WIDGET (first ? self->code : self->pin));
}

static void
on_session_changed (DinhSignInPage *self)
{
  g_autofree char *fault = describe_fault (self);

  empty_entries (self);
  say (self, fault);
  switch (dinh_session_get_step (self->session)) {
  case DINH_SESSION_NOBODY:
    gtk_editable_set_text (self->search, "");
    dinh_pages_show (self->pages, self->choosing);
    break;
  case DINH_SESSION_ENTERING_PIN:
  case DINH_SESSION_ENTERING_CODE:
    show_entries (self);
    break;
  default:
    dinh_pages_show (self->pages, self->working);
  }
}

/* --- the widget --- */

static void
dinh_sign_in_page_dispose (GObject *object)
{
  DinhSignInPage *self = DINH_SIGN_IN_PAGE (object);

  g_clear_object (&self->session);
  g_clear_object (&self->filter);
  g_clear_pointer (&self->wanted, g_free);
  G_OBJECT_CLASS (dinh_sign_in_page_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, DinhSignInPage, pages);
  gtk_widget_class_bind_template_child (widget_class, DinhSignInPage, choosing);
  gtk_widget_class_bind_template_child (widget_class, DinhSignInPage, entering);
  gtk_widget_class_bind_template_child (widget_class, DinhSignInPage, working);
  gtk_widget_class_bind_template_child (widget_class, DinhSignInPage, meeting_title);
  gtk_widget_class_bind_template_child (widget_class, DinhSignInPage, search);
  gtk_widget_class_bind_template_child (widget_class, DinhSignInPage, letters);
  gtk_widget_class_bind_template_child (widget_class, DinhSignInPage, view);
  gtk_widget_class_bind_template_child (widget_class, DinhSignInPage, nobody);
  gtk_widget_class_bind_template_child (widget_class, DinhSignInPage, name);
  gtk_widget_class_bind_template_child (widget_class, DinhSignInPage, advice);
  gtk_widget_class_bind_template_child (widget_class, DinhSignInPage, code_label);
  gtk_widget_class_bind_template_child (widget_class, DinhSignInPage, code);
  gtk_widget_class_bind_template_child (widget_class, DinhSignInPage, pin_label);
  gtk_widget_class_bind_template_child (widget_class, DinhSignInPage, pin);
  gtk_widget_class_bind_template_child (widget_class, DinhSignInPage, again_label);
  gtk_widget_class_bind_template_child (widget_class, DinhSignInPage, again);
  gtk_widget_class_bind_template_child (widget_class, DinhSignInPage, use_code);
  gtk_widget_class_bind_template_child (widget_class, DinhSignInPage, digits);
  gtk_widget_class_bind_template_child (widget_class, DinhSignInPage, fault);
}

static void
bind_callbacks (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_letter_pressed);
  gtk_widget_class_bind_template_callback (widget_class, on_letter_erased);
  gtk_widget_class_bind_template_callback (widget_class, on_code_focused);
  gtk_widget_class_bind_template_callback (widget_class, on_pin_focused);
  gtk_widget_class_bind_template_callback (widget_class, on_again_focused);
  gtk_widget_class_bind_template_callback (widget_class, on_digit_pressed);
  gtk_widget_class_bind_template_callback (widget_class, on_digit_erased);
  gtk_widget_class_bind_template_callback (widget_class, on_enter_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_use_code_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel_clicked);
}

static void
install_signals (void)
{
  /**
   * DinhSignInPage::chosen:
   * @person: UUID
   * @name: of that person
   */
  signals[CHOSEN] = g_signal_new ("chosen", DINH_TYPE_SIGN_IN_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  /**
   * DinhSignInPage::pin-entered:
   * @pin: as it was typed
   */
  signals[PIN_ENTERED] =
      g_signal_new ("pin-entered", DINH_TYPE_SIGN_IN_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 1, G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE);
  /**
   * DinhSignInPage::code-entered:
   * @code: one-time
   * @pin: that is to be, and breaks no rule
   */
  signals[CODE_ENTERED] = g_signal_new (
      "code-entered", DINH_TYPE_SIGN_IN_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
      G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE, G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE);
  /**
   * DinhSignInPage::code-wanted:
   *
   * The person has forgotten the PIN, and has a code.
   */
  signals[CODE_WANTED] = g_signal_new ("code-wanted", DINH_TYPE_SIGN_IN_PAGE, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 0);
  /**
   * DinhSignInPage::cancelled:
   *
   * It is somebody else, or nobody.
   */
  signals[CANCELLED] = g_signal_new ("cancelled", DINH_TYPE_SIGN_IN_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                     NULL, G_TYPE_NONE, 0);
}

static void
dinh_sign_in_page_class_init (DinhSignInPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dinh_sign_in_page_dispose;
  g_type_ensure (DINH_TYPE_BAND);
  g_type_ensure (DINH_TYPE_COLUMN);
  g_type_ensure (DINH_TYPE_PAD);
  gtk_widget_class_set_template_from_resource (widget_class, "/dinh/ui/dinh-sign-in-page.ui");
  bind_children (widget_class);
  bind_callbacks (widget_class);
  install_signals ();
}

static void
dinh_sign_in_page_init (DinhSignInPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_object_set (gtk_widget_get_settings (GTK_WIDGET (self)), "gtk-entry-select-on-focus", FALSE, NULL);
  dinh_pad_set_keys (self->letters, letter_keys);
  dinh_pad_set_keys (self->digits, digit_keys);
  self->typed = self->pin;
  make_list (self);
}

/* dinh_sign_in_page_set_session: what to follow, once. */
void
dinh_sign_in_page_set_session (DinhSignInPage *self, DinhSession *session)
{
  g_return_if_fail (self->session == NULL);

  self->session = g_object_ref (session);
  g_signal_connect_object (session, "changed", G_CALLBACK (on_session_changed), self, G_CONNECT_SWAPPED);
  on_session_changed (self);
}

/* dinh_sign_in_page_set_meeting: whose participants are offered; NULL: there is no meeting yet. */
void
dinh_sign_in_page_set_meeting (DinhSignInPage *self, DinhMeeting *meeting)
{
  GListModel *people = meeting == NULL ? NULL : dinh_meeting_get_participants (meeting);
  GtkFilterListModel *shown;
  GtkNoSelection *selection;

  gtk_label_set_text (self->meeting_title, meeting == NULL ? "" : dinh_meeting_get_title (meeting));
  gtk_widget_set_visible (self->nobody, people == NULL || g_list_model_get_n_items (people) == 0);
  shown =
      gtk_filter_list_model_new (people == NULL ? NULL : g_object_ref (people), g_object_ref (self->filter));
  selection = gtk_no_selection_new (G_LIST_MODEL (shown));
  gtk_list_view_set_model (self->view, GTK_SELECTION_MODEL (selection));
  g_object_unref (selection);
}
