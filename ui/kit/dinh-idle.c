/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/kit/dinh-idle.h"

/* Notices that nobody touches a window: counts down while it is started, and begins anew with every touch or
 * key. */
struct _DinhIdle {
  GObject parent_instance;

  guint seconds; /* until it is over; 0: not started */
  gint64 since;  /* monotonic, of the last touch */
  guint left;
  guint ticking;
};

enum { TICKED, OVER, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DinhIdle, dinh_idle, G_TYPE_OBJECT)

static void
set_left (DinhIdle *self, guint left)
{
  if (self->left == left)
    return;
  self->left = left;
  g_signal_emit (self, signals[TICKED], 0);
}

static gboolean
on_second_passed (gpointer user_data)
{
  DinhIdle *self = user_data;
  guint idle = (guint) ((g_get_monotonic_time () - self->since) / G_USEC_PER_SEC);

  set_left (self, idle >= self->seconds ? 0 : self->seconds - idle);
  if (self->left > 0)
    return G_SOURCE_CONTINUE;
  self->ticking = 0;
  g_signal_emit (self, signals[OVER], 0);
  return G_SOURCE_REMOVE;
}

static gboolean
on_event (GtkEventController *controller, GdkEvent *event, DinhIdle *self)
{
  switch (gdk_event_get_event_type (event)) {
  case GDK_BUTTON_PRESS:
  case GDK_MOTION_NOTIFY:
  case GDK_KEY_PRESS:
  case GDK_SCROLL:
  case GDK_TOUCH_BEGIN:
  case GDK_TOUCH_UPDATE:
    dinh_idle_begin_anew (self);
    break;
  default:
    break;
  }
  return GDK_EVENT_PROPAGATE;
}

static void
dinh_idle_dispose (GObject *object)
{
  dinh_idle_stop (DINH_IDLE (object));
  G_OBJECT_CLASS (dinh_idle_parent_class)->dispose (object);
}

static void
dinh_idle_class_init (DinhIdleClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dinh_idle_dispose;

  /**
   * DinhIdle::ticked:
   *
   * dinh_idle_get_left () is another than before.
   */
  signals[TICKED] =
      g_signal_new ("ticked", DINH_TYPE_IDLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  /**
   * DinhIdle::over:
   *
   * Nobody touched the window for so long.
   */
  signals[OVER] =
      g_signal_new ("over", DINH_TYPE_IDLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dinh_idle_init (DinhIdle *self)
{
}

/* dinh_idle_new: watches @window; stopped. */
DinhIdle *
dinh_idle_new (GtkWidget *window)
{
  DinhIdle *self = g_object_new (DINH_TYPE_IDLE, NULL);
  GtkEventController *controller = gtk_event_controller_legacy_new ();

  gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_CAPTURE);
  g_signal_connect_object (controller, "event", G_CALLBACK (on_event), self, 0);
  gtk_widget_add_controller (window, controller);
  return self;
}

/* dinh_idle_start: it is over after @seconds without a touch. */
void
dinh_idle_start (DinhIdle *self, guint seconds)
{
  dinh_idle_stop (self);
  self->seconds = self->left = seconds;
  self->since = g_get_monotonic_time ();
  self->ticking = g_timeout_add_seconds (1, on_second_passed, self);
}

/* dinh_idle_stop: nobody needs to be noticed. */
void
dinh_idle_stop (DinhIdle *self)
{
  g_clear_handle_id (&self->ticking, g_source_remove);
  self->seconds = 0;
}

/* dinh_idle_begin_anew: somebody is there. */
void
dinh_idle_begin_anew (DinhIdle *self)
{
  if (self->seconds == 0)
    return;
  self->since = g_get_monotonic_time ();
  set_left (self, self->seconds);
}

/* dinh_idle_get_left: seconds until it is over, if nobody comes. */
guint
dinh_idle_get_left (DinhIdle *self)
{
  return self->left;
}
