/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/kiosk/dinh-kiosk.h"

#include "data/net/dinh-kiosk-session.h"
#include "ui/agenda/dinh-kiosk-window.h"
#include "ui/kit/dinh-measure.h"
#include "ui/kit/dinh-ruler.h"

#include <glib/gstdio.h>
#include <stdio.h>

/* The wiring of a kiosk: what keeps, what asks, what fetches, what draws, and the window that shows it. */
struct _DinhKiosk {
  GtkApplication *app; /* unowned */
  DinhKioskOptions options; /* borrowed */
  DinhLibrary *library;
  DinhLine *line;
  DinhKioskSession *session;
  DinhRenderer *renderer;
  DinhStyle *style;  /* of what comes before the window */
  GtkWindow *window; /* the application's */
  gboolean restored; /* what the person chose was read back */
};

#define SCREEN_DPI "screen:dpi"

/* What is kept of the window's looks, by the names of its properties. */
static const char *const looks[] = { "text-size", "scheme" };

static const char *
helper_program (void)
{
  const char *program = g_getenv ("DINH_HELPER");

  return program == NULL ? DINH_LIBEXECDIR "/dinh-helper" : program;
}

static void
on_paper_wanted (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DinhKiosk *self = user_data;
  const char *meeting_id, *paper_id;
  DinhMeeting *meeting;
  DinhPaper *paper;

  g_variant_get (parameter, "(&s&s)", &meeting_id, &paper_id);
  meeting = dinh_library_find (self->library, meeting_id);
  paper = meeting == NULL ? NULL : dinh_meeting_find_paper (meeting, paper_id);
  if (paper != NULL)
    dinh_fetcher_want (dinh_kiosk_session_get_fetcher (self->session), paper);
}

static void
on_pause_changed (GSimpleAction *action, GVariant *state, gpointer user_data)
{
  DinhKiosk *self = user_data;

  dinh_fetcher_set_paused (dinh_kiosk_session_get_fetcher (self->session), g_variant_get_boolean (state));
  g_simple_action_set_state (action, state);
}

static void
add_line_actions (DinhKiosk *self)
{
  const GActionEntry entries[] = {
    { "pause-fetch", NULL, NULL, "false", on_pause_changed },
    { "fetch-paper", on_paper_wanted, "(ss)" },
  };
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();

  g_action_map_add_action_entries (G_ACTION_MAP (group), entries, G_N_ELEMENTS (entries), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self->window), "line", G_ACTION_GROUP (group));
}

static void
on_look_changed (GObject *window, GParamSpec *property, gpointer user_data)
{
  DinhKiosk *self = user_data;
  g_auto (GValue) value = G_VALUE_INIT;
  g_autofree char *name = g_strconcat ("window:", property->name, NULL);
  g_autofree char *text = NULL;

  if (!self->restored)
    return;
  g_value_init (&value, property->value_type);
  g_object_get_property (window, property->name, &value);
  text = g_strdup_printf ("%d", G_VALUE_HOLDS_ENUM (&value) ? g_value_get_enum (&value) : (int) g_value_get_uint (&value));
  dinh_keeper_put_value_async (dinh_kiosk_session_get_keeper (self->session), name, text, NULL, NULL, NULL);
}

/* A look on its way back from the store. */
typedef struct {
  DinhKiosk *kiosk;
  const char *look;
} Restoring;

static void
on_look_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Restoring *restoring = user_data;
  DinhKiosk *self = restoring->kiosk;
  g_autofree char *text = dinh_keeper_run_finish (DINH_KEEPER (source), result, NULL);
  gint64 number;

  if (text != NULL && g_ascii_string_to_signed (text, 10, 0, 100, &number, NULL))
    g_object_set (self->window, restoring->look, (guint) number, NULL);
  self->restored |= restoring->look == looks[G_N_ELEMENTS (looks) - 1];
}

static void
restore_looks (DinhKiosk *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (looks); i++) {
    g_autofree char *name = g_strconcat ("window:", looks[i], NULL);
    g_autofree char *notify = g_strconcat ("notify::", looks[i], NULL);
    Restoring *restoring = g_new0 (Restoring, 1);

    restoring->kiosk = self;
    restoring->look = looks[i];
    dinh_keeper_get_value_async (dinh_kiosk_session_get_keeper (self->session), name, NULL, on_look_read, restoring);
    g_signal_connect (self->window, notify, G_CALLBACK (on_look_changed), self);
  }
}

static void
on_paper_damaged (DinhRenderer *renderer, const char *path, DinhKiosk *self)
{
  dinh_fetcher_fetch_again (dinh_kiosk_session_get_fetcher (self->session), path);
}

/* Of what is stored here only: what the hub says may hold what nobody else should read in a log. */
static void
on_fault_told (DinhKioskSession *session, const GError *fault, gpointer user_data)
{
  if (fault->domain == DINH_STORE_ERROR)
    g_printerr ("dinh-kiosk: %s\n", fault->message);
}

static int
open_paper (const char *path, DinhPaperKey *key, gpointer papers, GError **error)
{
  return dinh_paper_store_open (papers, path, key, error);
}

/**
 * dinh_kiosk_new:
 * @app: (transfer none): outlives the kiosk
 * @options: (transfer none): outlives the kiosk
 *
 * Wires a kiosk. Returns: (transfer full): the kiosk, or %NULL with what cannot be opened.
 */
DinhKiosk *
dinh_kiosk_new (GtkApplication *app, DinhIdentity *identity, const DinhKioskOptions *options, GError **error)
{
  g_autoptr (DinhKiosk) self = g_new0 (DinhKiosk, 1);

  self->app = app;
  self->options = *options;
  self->library = dinh_library_new ();
  self->line = dinh_line_new ();
  self->renderer = dinh_renderer_new (helper_program (), 2);
  self->session = dinh_kiosk_session_new (identity, options->data, self->library, self->line, error);
  if (self->session == NULL)
    return NULL;
  dinh_renderer_set_opener (self->renderer, open_paper,
                            g_object_ref (dinh_kiosk_session_get_papers (self->session)), g_object_unref);
  g_signal_connect (self->renderer, "damaged", G_CALLBACK (on_paper_damaged), self);
  g_signal_connect (self->session, "fault", G_CALLBACK (on_fault_told), NULL);
  return g_steal_pointer (&self);
}

static void
size_window (GtkWindow *window, const DinhKioskOptions *options)
{
  int width = 0, height = 0;

  if (options->window != NULL && sscanf (options->window, "%dx%d", &width, &height) == 2 && width > 0 && height > 0)
    gtk_window_set_default_size (window, width, height);
  else
    gtk_window_fullscreen (window);
}

/**
 * dinh_kiosk_show_bare:
 * @page: (transfer floating): what is in it
 * @style: (out) (transfer full): keeps its looks while it lives
 *
 * Opens a window of the application around @page, for what comes before the kiosk's own. Returns: (transfer none): it.
 */
GtkWindow *
dinh_kiosk_show_bare (GtkApplication *app, GtkWidget *page, const DinhKioskOptions *options, DinhStyle **style)
{
  GtkWindow *window = GTK_WINDOW (gtk_application_window_new (app));

  g_clear_object (style);
  *style = dinh_style_new (gdk_display_get_default ());
  gtk_widget_add_css_class (GTK_WIDGET (window), "kiosk");
  gtk_window_set_child (window, page);
  size_window (window, options);
  gtk_window_present (window);
  return window;
}

static void
on_person_chosen (DinhSignInPage *page, const char *person, const char *name, DinhSignIn *sign_in)
{
  dinh_sign_in_choose (sign_in, person, name);
}

static void
on_pin_entered (DinhSignInPage *page, const char *pin, DinhSignIn *sign_in)
{
  dinh_sign_in_enter_pin (sign_in, pin);
}

static void
on_code_entered (DinhSignInPage *page, const char *code, const char *pin, DinhSignIn *sign_in)
{
  dinh_sign_in_enter_code (sign_in, code, pin);
}

static void
add_sign_in (DinhKiosk *self)
{
  DinhSignIn *sign_in = dinh_kiosk_session_get_sign_in (self->session);
  DinhKioskWindow *window = DINH_KIOSK_WINDOW (self->window);
  DinhSignInPage *page = dinh_kiosk_window_get_sign_in_page (window);

  dinh_kiosk_window_set_session (window, dinh_sign_in_get_session (sign_in), (guint) self->options.lock_after);
  g_signal_connect_object (page, "chosen", G_CALLBACK (on_person_chosen), sign_in, 0);
  g_signal_connect_object (page, "pin-entered", G_CALLBACK (on_pin_entered), sign_in, 0);
  g_signal_connect_object (page, "code-entered", G_CALLBACK (on_code_entered), sign_in, 0);
  g_signal_connect_object (page, "code-wanted", G_CALLBACK (dinh_sign_in_use_code), sign_in, G_CONNECT_SWAPPED);
  g_signal_connect_object (page, "cancelled", G_CALLBACK (dinh_sign_in_lock), sign_in, G_CONNECT_SWAPPED);
  g_signal_connect_object (window, "lock", G_CALLBACK (dinh_sign_in_lock), sign_in, G_CONNECT_SWAPPED);
}

static void
open_window (DinhKiosk *self)
{
  self->window = GTK_WINDOW (dinh_kiosk_window_new (self->app, self->library, self->line, self->renderer));
  add_sign_in (self);
  add_line_actions (self);
  restore_looks (self);
  size_window (self->window, &self->options);
  gtk_window_present (self->window);
}

static void
on_measured (DinhRuler *ruler, double dpi, DinhKiosk *self)
{
  GtkWindow *asking = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (ruler)));
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  dinh_keeper_put_value_async (dinh_kiosk_session_get_keeper (self->session), SCREEN_DPI,
                               g_ascii_dtostr (text, sizeof text, dpi), NULL, NULL, NULL);
  dinh_measure_apply (gdk_display_get_default (), dpi);
  g_clear_object (&self->style);
  open_window (self);
  gtk_window_destroy (asking);
}

static void
ask_for_size (DinhKiosk *self)
{
  GtkWidget *ruler = dinh_ruler_new ();

  g_signal_connect (ruler, "measured", G_CALLBACK (on_measured), self);
  dinh_kiosk_show_bare (self->app, ruler, &self->options, &self->style);
}

static void
on_dpi_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DinhKiosk *self = user_data;
  g_autofree char *text = dinh_keeper_run_finish (DINH_KEEPER (source), result, NULL);
  double dpi = self->options.dpi > 0 || text == NULL ? self->options.dpi : g_ascii_strtod (text, NULL);

  if (dinh_measure_apply (gdk_display_get_default (), dpi))
    open_window (self);
  else
    ask_for_size (self);
  g_application_release (G_APPLICATION (self->app));
}

/**
 * dinh_kiosk_show:
 *
 * Begins to work and opens the window, or first asks for the screen's size where nobody knows it.
 */
void
dinh_kiosk_show (DinhKiosk *self)
{
  dinh_kiosk_session_start (self->session);
  /* Until the answer there is no window that would keep the application. */
  g_application_hold (G_APPLICATION (self->app));
  dinh_keeper_get_value_async (dinh_kiosk_session_get_keeper (self->session), SCREEN_DPI, NULL, on_dpi_read, self);
}

/**
 * dinh_kiosk_free:
 *
 * Stops everything; waits for what is being written.
 */
void
dinh_kiosk_free (DinhKiosk *self)
{
  g_signal_handlers_disconnect_by_data (self->renderer, self);
  if (self->session != NULL)
    dinh_kiosk_session_stop (self->session);
  g_clear_object (&self->session);
  g_clear_object (&self->style);
  g_clear_object (&self->renderer);
  g_clear_object (&self->library);
  g_clear_object (&self->line);
  g_free (self);
}
