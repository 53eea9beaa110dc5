/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/agenda/dinh-kiosk-window.h"

#include "ui/agenda/dinh-home-page.h"
#include "ui/agenda/dinh-meeting-page.h"
#include "ui/agenda/dinh-status-line.h"
#include "ui/kit/dinh-band.h"
#include "ui/kit/dinh-idle.h"
#include "ui/kit/dinh-pages.h"
#include "ui/kit/dinh-style.h"
#include "ui/kit/dinh-words.h"

#include <glib/gi18n-lib.h>

/*
 * The kiosk's window: the status line above, the places below, one page between them. It keeps nothing: the
 * page a person was on in a paper is DinhPaper:page, what they have seen DinhMeeting:seen-seq, and the size
 * of text and the colours are this window's properties "text-size" and "scheme"; the program stores them. Who
 * fetches inserts an action group "line" with "pause-fetch" (state: boolean) and "fetch-paper" (a meeting's
 * id and a paper's key, (ss)).
 *
 * Actions: kiosk.open-meeting (id), kiosk.go ("home", "agenda", "papers"), kiosk.back, kiosk.sign-in,
 * kiosk.lock, kiosk.larger-text, kiosk.smaller-text, kiosk.scheme.
 *
 * Who signs people in listens to its sign-in page, and to "lock", which a person asks for or nobody's being
 * there. When nobody is signed in any more it closes what is open and empties the clipboard.
 */
struct _DinhKioskWindow {
  GtkApplicationWindow parent_instance;

  DinhStatusLine *status_line;
  GtkWidget *pages;
  DinhHomePage *home;
  DinhMeetingPage *meeting_page;
  DinhSignInPage *sign_in_page;
  DinhBand *line_band;
  DinhBand *idle_band;
  GtkWidget *places;
  GtkWidget *home_place;
  GtkWidget *agenda_place;
  GtkWidget *papers_place;
  GtkLabel *reading;
  GtkWidget *looks;

  DinhLibrary *library;
  DinhLine *line;
  DinhStyle *style;
  DinhSession *session;
  DinhIdle *idle;
  guint idle_seconds;
  gboolean signed_in; /* as of the session's last change */
  GtkWidget *before;  /* unowned: the page that signing in was begun from */
};

enum { LOCK, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DinhKioskWindow, dinh_kiosk_window, GTK_TYPE_APPLICATION_WINDOW)

enum { PROP_TEXT_SIZE = 1, PROP_SCHEME };

static gboolean
is_home (DinhKioskWindow *self)
{
  return dinh_pages_get_shown (self->pages) == GTK_WIDGET (self->home);
}

static gboolean
is_signing_in (DinhKioskWindow *self)
{
  return dinh_pages_get_shown (self->pages) == GTK_WIDGET (self->sign_in_page);
}

/* --- what the frame says --- */

static char *
item_words (DinhMeeting *meeting, DinhPaper *paper)
{
  DinhAgendaItem *item = paper ? dinh_meeting_find_item (meeting, dinh_paper_get_item_id (paper)) : NULL;

  if (item == NULL)
    return NULL;
  /* Translators: the number of an agenda item, and how many there are at the top of the agenda. */
  return g_strdup_printf (_ ("Item %s of %u"), dinh_agenda_item_get_number (item),
                          g_list_model_get_n_items (dinh_meeting_get_agenda (meeting)));
}

static void
refresh_status (DinhKioskWindow *self)
{
  DinhMeeting *meeting = is_home (self) ? NULL : dinh_meeting_page_get_meeting (self->meeting_page);
  g_autofree char *item = NULL;

  if (is_signing_in (self)) {
    dinh_status_line_set_place (self->status_line, _ ("Sign in"), NULL);
    return;
  }

  if (meeting != NULL)
    item = item_words (meeting, dinh_meeting_page_get_paper (self->meeting_page));
  dinh_status_line_set_place (self->status_line, meeting ? dinh_meeting_get_title (meeting) : _ ("Meetings"),
                              item);
}

static void
show_here (GtkWidget *place, gboolean here)
{
  if (here)
    gtk_widget_add_css_class (place, "here");
  else
    gtk_widget_remove_css_class (place, "here");
}

static void
refresh_places (DinhKioskWindow *self)
{
  const char *place = is_home (self) ? "home" : dinh_meeting_page_get_place (self->meeting_page);

  show_here (self->home_place, g_strcmp0 (place, "home") == 0);
  show_here (self->agenda_place, g_strcmp0 (place, "agenda") == 0);
  show_here (self->papers_place, g_strcmp0 (place, "papers") == 0);
  gtk_widget_set_visible (self->home_place, !is_home (self));
  gtk_widget_set_visible (self->agenda_place, !is_home (self));
  gtk_widget_set_visible (self->papers_place, !is_home (self));
  gtk_widget_set_visible (self->looks, is_home (self));
  gtk_widget_set_visible (self->places, !is_signing_in (self));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "kiosk.sign-in", !is_signing_in (self));
}

static void
refresh_reading (DinhKioskWindow *self)
{
  DinhPaper *paper = is_home (self) ? NULL : dinh_meeting_page_get_paper (self->meeting_page);

  gtk_label_set_text (self->reading, paper ? dinh_paper_get_title (paper) : "");
  gtk_widget_set_visible (GTK_WIDGET (self->reading), paper != NULL);
}

static void
refresh (DinhKioskWindow *self)
{
  refresh_status (self);
  refresh_places (self);
  refresh_reading (self);
}

static void
on_line_changed (DinhKioskWindow *self)
{
  const char *problem = dinh_words_line_problem (dinh_line_get_problem (self->line));
  g_autofree char *since = dinh_words_clock (dinh_line_get_since (self->line));
  g_autofree char *lost = NULL;

  if (dinh_line_get_state (self->line) == DINH_LINE_OFFLINE)
    lost = g_strdup_printf (
        _ ("No connection to the server since %s. Papers already downloaded can still be read; the "
           "others come by themselves when the connection is back."),
        since);
  dinh_band_say (self->line_band, problem ? problem : lost, NULL);
}

/* --- going about --- */

static void
show_page (DinhKioskWindow *self, gpointer page)
{
  dinh_pages_show (self->pages, page);
  refresh (self);
  gtk_widget_child_focus (page, GTK_DIR_TAB_FORWARD);
}

static void
open_meeting (GtkWidget *widget, const char *action, GVariant *parameter)
{
  dinh_kiosk_window_open_meeting (DINH_KIOSK_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
go (GtkWidget *widget, const char *action, GVariant *parameter)
{
  DinhKioskWindow *self = DINH_KIOSK_WINDOW (widget);
  const char *place = g_variant_get_string (parameter, NULL);

  if (g_str_equal (place, "home"))
    show_page (self, self->home);
  else
    dinh_meeting_page_go (self->meeting_page, place);
}

static void
go_back (GtkWidget *widget, const char *action, GVariant *parameter)
{
  DinhKioskWindow *self = DINH_KIOSK_WINDOW (widget);

  if (is_signing_in (self))
    g_signal_emit_by_name (self->sign_in_page, "cancelled");
  else if (!is_home (self) && !dinh_meeting_page_go_back (self->meeting_page))
    show_page (self, self->home);
}

/* --- who is signed in --- */

/* The meeting that is open, or the first that is not over. */
static DinhMeeting *
find_meeting (DinhKioskWindow *self)
{
  DinhMeeting *meeting = is_home (self) ? NULL : dinh_meeting_page_get_meeting (self->meeting_page);
  gint64 now = dinh_line_get_now (self->line);

  for (guint i = 0; meeting == NULL && i < g_list_model_get_n_items (G_LIST_MODEL (self->library)); i++) {
    g_autoptr (DinhMeeting) next = g_list_model_get_item (G_LIST_MODEL (self->library), i);

    if (dinh_meeting_get_status (next) == DINH_MEETING_PUBLISHED && dinh_meeting_get_ends (next) > now)
      meeting = next;
  }
  return meeting;
}

static void
sign_in (GtkWidget *widget, const char *action, GVariant *parameter)
{
  DinhKioskWindow *self = DINH_KIOSK_WINDOW (widget);

  self->before = dinh_pages_get_shown (self->pages);
  dinh_sign_in_page_set_meeting (self->sign_in_page, find_meeting (self));
  show_page (self, self->sign_in_page);
}

/* From a name that was chosen back to the names; from those back to where it began. */
static void
on_sign_in_cancelled (DinhKioskWindow *self)
{
  if (dinh_session_get_step (self->session) == DINH_SESSION_NOBODY && self->before != NULL)
    show_page (self, self->before);
}

static void
lock (GtkWidget *widget, const char *action, GVariant *parameter)
{
  g_signal_emit (widget, signals[LOCK], 0);
}

/* What one person had open is for nobody else: papers with their drawn pages, and what was copied out of
 * them. */
static void
wipe (DinhKioskWindow *self)
{
  GdkDisplay *display = gtk_widget_get_display (GTK_WIDGET (self));

  dinh_meeting_page_set_meeting (self->meeting_page, NULL);
  gdk_clipboard_set_content (gdk_display_get_clipboard (display), NULL);
  gdk_clipboard_set_content (gdk_display_get_primary_clipboard (display), NULL);
  show_page (self, self->home);
}

static void
on_session_changed (DinhKioskWindow *self)
{
  gboolean signed_in = dinh_session_get_step (self->session) == DINH_SESSION_SIGNED_IN;

  if (signed_in == self->signed_in)
    return;
  self->signed_in = signed_in;
  dinh_band_say (self->idle_band, NULL, NULL);
  if (signed_in) {
    dinh_idle_start (self->idle, self->idle_seconds);
    show_page (self, self->before == NULL ? GTK_WIDGET (self->home) : self->before);
  } else {
    dinh_idle_stop (self->idle);
    wipe (self);
  }
}

static void
on_idle_ticked (DinhKioskWindow *self)
{
  guint left = dinh_idle_get_left (self->idle);
  g_autofree char *words = NULL;

  if (left <= DINH_IDLE_WARNING)
    words = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                          "Nobody seems to be here. This device locks in %u second.",
                                          "Nobody seems to be here. This device locks in %u seconds.", left),
                             left);
  dinh_band_say (self->idle_band, words, words == NULL ? NULL : _ ("Continue"));
}

static void
on_idle_answered (DinhKioskWindow *self)
{
  dinh_idle_begin_anew (self->idle);
}

static void
on_idle_over (DinhKioskWindow *self)
{
  g_signal_emit (self, signals[LOCK], 0);
}

/* --- looks --- */

static void
make_text_larger (GtkWidget *widget, const char *action, GVariant *parameter)
{
  DinhKioskWindow *self = DINH_KIOSK_WINDOW (widget);

  dinh_style_set_text_size (self->style, dinh_style_get_text_size (self->style) + 2);
}

static void
make_text_smaller (GtkWidget *widget, const char *action, GVariant *parameter)
{
  DinhKioskWindow *self = DINH_KIOSK_WINDOW (widget);

  dinh_style_set_text_size (self->style, dinh_style_get_text_size (self->style) - 2);
}

static void
on_style_changed (DinhKioskWindow *self, GParamSpec *pspec)
{
  guint text_size = dinh_style_get_text_size (self->style);

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "kiosk.larger-text", text_size < DINH_TEXT_SIZE_MOST);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "kiosk.smaller-text", text_size > DINH_TEXT_SIZE_LEAST);
  g_object_notify (G_OBJECT (self), pspec->name);
}

static void
dinh_kiosk_window_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  g_object_get_property (G_OBJECT (DINH_KIOSK_WINDOW (object)->style), pspec->name, value);
}

static void
dinh_kiosk_window_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  g_object_set_property (G_OBJECT (DINH_KIOSK_WINDOW (object)->style), pspec->name, value);
}

static void
dinh_kiosk_window_dispose (GObject *object)
{
  DinhKioskWindow *self = DINH_KIOSK_WINDOW (object);

  g_clear_object (&self->library);
  g_clear_object (&self->line);
  g_clear_object (&self->style);
  g_clear_object (&self->session);
  g_clear_object (&self->idle);
  G_OBJECT_CLASS (dinh_kiosk_window_parent_class)->dispose (object);
}

/* The keyboard begins in the page, not in the bar below it. */
static void
dinh_kiosk_window_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (dinh_kiosk_window_parent_class)->map (widget);
  gtk_widget_child_focus (dinh_pages_get_shown (DINH_KIOSK_WINDOW (widget)->pages), GTK_DIR_TAB_FORWARD);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, DinhKioskWindow, status_line);
  gtk_widget_class_bind_template_child (widget_class, DinhKioskWindow, pages);
  gtk_widget_class_bind_template_child (widget_class, DinhKioskWindow, home);
  gtk_widget_class_bind_template_child (widget_class, DinhKioskWindow, meeting_page);
  gtk_widget_class_bind_template_child (widget_class, DinhKioskWindow, sign_in_page);
  gtk_widget_class_bind_template_child (widget_class, DinhKioskWindow, line_band);
  gtk_widget_class_bind_template_child (widget_class, DinhKioskWindow, idle_band);
  gtk_widget_class_bind_template_child (widget_class, DinhKioskWindow, places);
  gtk_widget_class_bind_template_child (widget_class, DinhKioskWindow, home_place);
  gtk_widget_class_bind_template_child (widget_class, DinhKioskWindow, agenda_place);
  gtk_widget_class_bind_template_child (widget_class, DinhKioskWindow, papers_place);
  gtk_widget_class_bind_template_child (widget_class, DinhKioskWindow, reading);
  gtk_widget_class_bind_template_child (widget_class, DinhKioskWindow, looks);
  gtk_widget_class_bind_template_callback (widget_class, refresh);
  gtk_widget_class_bind_template_callback (widget_class, on_sign_in_cancelled);
  gtk_widget_class_bind_template_callback (widget_class, on_idle_answered);
}

static void
dinh_kiosk_window_class_init (DinhKioskWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = dinh_kiosk_window_get_property;
  object_class->set_property = dinh_kiosk_window_set_property;
  object_class->dispose = dinh_kiosk_window_dispose;
  widget_class->map = dinh_kiosk_window_map;
  g_object_class_install_property (object_class, PROP_TEXT_SIZE,
                                   g_param_spec_uint ("text-size", NULL, NULL, DINH_TEXT_SIZE_LEAST,
                                                      DINH_TEXT_SIZE_MOST, DINH_TEXT_SIZE_USUAL, flags));
  g_object_class_install_property (
      object_class, PROP_SCHEME,
      g_param_spec_enum ("scheme", NULL, NULL, DINH_TYPE_SCHEME, DINH_SCHEME_LIGHT, flags));

  /**
   * DinhKioskWindow::lock:
   *
   * Nobody is to be signed in any more.
   */
  signals[LOCK] =
      g_signal_new ("lock", DINH_TYPE_KIOSK_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_install_action (widget_class, "kiosk.sign-in", NULL, sign_in);
  gtk_widget_class_install_action (widget_class, "kiosk.lock", NULL, lock);
  gtk_widget_class_install_action (widget_class, "kiosk.open-meeting", "s", open_meeting);
  gtk_widget_class_install_action (widget_class, "kiosk.go", "s", go);
  gtk_widget_class_install_action (widget_class, "kiosk.back", NULL, go_back);
  gtk_widget_class_install_action (widget_class, "kiosk.larger-text", NULL, make_text_larger);
  gtk_widget_class_install_action (widget_class, "kiosk.smaller-text", NULL, make_text_smaller);
  gtk_widget_class_install_property_action (widget_class, "kiosk.scheme", "scheme");
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "kiosk.back", NULL);

  g_type_ensure (DINH_TYPE_BAND);
  g_type_ensure (DINH_TYPE_HOME_PAGE);
  g_type_ensure (DINH_TYPE_MEETING_PAGE);
  g_type_ensure (DINH_TYPE_SIGN_IN_PAGE);
  g_type_ensure (DINH_TYPE_STATUS_LINE);
  gtk_widget_class_set_template_from_resource (widget_class, "/dinh/ui/dinh-kiosk-window.ui");
  bind_children (widget_class);
}

static void
dinh_kiosk_window_init (DinhKioskWindow *self)
{
  self->style = dinh_style_new (gtk_widget_get_display (GTK_WIDGET (self)));
  g_signal_connect_object (self->style, "notify", G_CALLBACK (on_style_changed), self, G_CONNECT_SWAPPED);
  gtk_widget_init_template (GTK_WIDGET (self));
  self->idle = dinh_idle_new (GTK_WIDGET (self));
  g_signal_connect_object (self->idle, "ticked", G_CALLBACK (on_idle_ticked), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->idle, "over", G_CALLBACK (on_idle_over), self, G_CONNECT_SWAPPED);
}

/*
 * dinh_kiosk_window_new: the window of a seat, at its home page. It follows @library and @line; @renderer
 * draws the papers. The caller makes it full screen or gives it a size.
 */
GtkWidget *
dinh_kiosk_window_new (GtkApplication *app, DinhLibrary *library, DinhLine *line, DinhRenderer *renderer)
{
  DinhKioskWindow *self = g_object_new (DINH_TYPE_KIOSK_WINDOW, "application", app, NULL);

  self->library = g_object_ref (library);
  self->line = g_object_ref (line);
  dinh_status_line_set_line (self->status_line, line);
  dinh_home_page_set_library (self->home, library, line);
  dinh_meeting_page_set_renderer (self->meeting_page, renderer);
  g_signal_connect_object (line, "notify", G_CALLBACK (on_line_changed), self, G_CONNECT_SWAPPED);
  on_line_changed (self);
  refresh (self);
  return GTK_WIDGET (self);
}

/* dinh_kiosk_window_set_session: lets people sign in, once; who is signed in and not there for @idle_seconds
 * is to be locked out. */
void
dinh_kiosk_window_set_session (DinhKioskWindow *self, DinhSession *session, guint idle_seconds)
{
  g_return_if_fail (self->session == NULL);

  self->session = g_object_ref (session);
  self->idle_seconds = idle_seconds;
  dinh_sign_in_page_set_session (self->sign_in_page, session);
  dinh_status_line_set_session (self->status_line, session);
  g_signal_connect_object (session, "changed", G_CALLBACK (on_session_changed), self, G_CONNECT_SWAPPED);
}

/* dinh_kiosk_window_get_sign_in_page: by whose signals people sign in; borrowed. */
DinhSignInPage *
dinh_kiosk_window_get_sign_in_page (DinhKioskWindow *self)
{
  return self->sign_in_page;
}

/* dinh_kiosk_window_open_meeting: goes to the meeting @id; one that is not in the library leaves the window
 * as it is. */
void
dinh_kiosk_window_open_meeting (DinhKioskWindow *self, const char *id)
{
  DinhMeeting *meeting = dinh_library_find (self->library, id);

  if (meeting == NULL)
    return;
  dinh_meeting_page_set_meeting (self->meeting_page, meeting);
  show_page (self, self->meeting_page);
}
