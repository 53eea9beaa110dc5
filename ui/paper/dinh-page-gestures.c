/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/paper/dinh-page-gestures.h"

#include <math.h>

/* What a hand does on a page: one finger drags a page about when there is more of it that way and turns it
 * when there is not; a tap at the left or right edge turns it; two fingers zoom around themselves; a double
 * tap zooms and fits; a wheel goes down the page and on to the next. */

#define DRAG_FROM 10   /* logical pixels before a touch is a drag and no tap */
#define TURN_FROM 70   /* logical pixels after which letting go turns the page */
#define FLICK 500      /* logical pixels a second that turn the page whatever the distance */
#define EDGE 48        /* logical pixels, 12.7 mm at 96 a inch: the least width of an edge that turns */
#define EDGE_SHARE 0.1 /* of the view's width, where that is more */
#define DOUBLE_TAP_ZOOM 2.0
#define WHEEL_STEP 90   /* logical pixels a notch */
#define WHEEL_ZOOM 1.15 /* times a notch */
#define WHEEL_PAUSE 200 /* milliseconds after a page was turned by the wheel */

typedef enum {
  DRAG_NONE,
  DRAG_PAN,
  DRAG_TURN,      /* sideways, the page under the finger */
  DRAG_SCROLL_ON, /* up or down beyond the page's end */
} DragKind;

typedef struct {
  DinhPageView *view; /* borrowed: the view owns these controllers */
  GtkGesture *swipe;
  DragKind kind;
  double start_x, start_y;
  double last_x, last_y;
  double zoom_scale, zoom_x, zoom_y;
  gint64 wheel_turned_at; /* monotonic microseconds */
  double wheel;           /* of a notch, not yet acted on */
} Gestures;

static void
on_press (GtkGesture *gesture, GdkEventSequence *sequence, gpointer user_data)
{
  Gestures *self = user_data;

  dinh_page_view_stop (self->view);
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
  gtk_gesture_get_point (gesture, sequence, &self->start_x, &self->start_y);
  self->last_x = self->start_x;
  self->last_y = self->start_y;
  self->kind = DRAG_NONE;
}

static DragKind
kind_of_drag (DinhPageView *view, double dx, double dy)
{
  gboolean sideways = fabs (dx) > fabs (dy);

  if (sideways ? dinh_page_view_can_pan (view, dx, 0) : dinh_page_view_can_pan (view, 0, dy)) {
    return DRAG_PAN;
  }
  return sideways ? DRAG_TURN : DRAG_SCROLL_ON;
}

static void
on_finger_moved (GtkGesture *gesture, GdkEventSequence *sequence, gpointer user_data)
{
  Gestures *self = user_data;
  double x, y;

  if (!gtk_gesture_get_point (gesture, sequence, &x, &y)) {
    return;
  }
  if (self->kind == DRAG_NONE) {
    if (hypot (x - self->start_x, y - self->start_y) < DRAG_FROM) {
      return;
    }
    self->kind = kind_of_drag (self->view, x - self->start_x, y - self->start_y);
    gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
  }
  if (self->kind == DRAG_PAN) {
    dinh_page_view_pan (self->view, x - self->last_x, y - self->last_y);
  } else if (self->kind == DRAG_TURN) {
    dinh_page_view_drag (self->view, x - self->start_x);
  }
  self->last_x = x;
  self->last_y = y;
}

static int
turn_of (double distance, double velocity)
{
  if (fabs (velocity) >= FLICK && velocity * distance > 0) {
    return velocity < 0 ? 1 : -1;
  }
  return fabs (distance) >= TURN_FROM ? (distance < 0 ? 1 : -1) : 0;
}

static void
on_finger_lifted (GtkGesture *gesture, GdkEventSequence *sequence, gpointer user_data)
{
  Gestures *self = user_data;
  DragKind kind = self->kind;
  double velocity_x = 0, velocity_y = 0;

  self->kind = DRAG_NONE;
  gtk_gesture_swipe_get_velocity (GTK_GESTURE_SWIPE (gesture), &velocity_x, &velocity_y);
  if (kind == DRAG_PAN) {
    dinh_page_view_fling (self->view, velocity_x, velocity_y);
  } else if (kind == DRAG_TURN) {
    dinh_page_view_settle (self->view, turn_of (self->last_x - self->start_x, velocity_x));
  } else if (kind == DRAG_SCROLL_ON) {
    dinh_page_view_turn (self->view, turn_of (self->last_y - self->start_y, velocity_y));
  }
}

static void
on_finger_lost (GtkGesture *gesture, GdkEventSequence *sequence, gpointer user_data)
{
  Gestures *self = user_data;

  if (self->kind == DRAG_TURN) {
    dinh_page_view_settle (self->view, 0);
  }
  self->kind = DRAG_NONE;
}

static void
on_pinch_begun (GtkGesture *gesture, GdkEventSequence *sequence, gpointer user_data)
{
  Gestures *self = user_data;

  gtk_gesture_set_state (self->swipe, GTK_EVENT_SEQUENCE_DENIED);
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_gesture_get_bounding_box_center (gesture, &self->zoom_x, &self->zoom_y);
  self->zoom_scale = 1;
}

static void
on_pinched (GtkGestureZoom *gesture, double scale, gpointer user_data)
{
  Gestures *self = user_data;
  double x, y;

  if (!gtk_gesture_get_bounding_box_center (GTK_GESTURE (gesture), &x, &y)) {
    return;
  }
  dinh_page_view_zoom (self->view, scale / self->zoom_scale, x, y);
  dinh_page_view_pan (self->view, x - self->zoom_x, y - self->zoom_y);
  self->zoom_scale = scale;
  self->zoom_x = x;
  self->zoom_y = y;
}

static int
edge_at (DinhPageView *view, double x)
{
  int width = gtk_widget_get_width (GTK_WIDGET (view));
  double edge = MAX (EDGE, width * EDGE_SHARE);

  return x < edge ? -1 : x >= width - edge ? 1 : 0;
}

static void
on_tapped (GtkGestureClick *gesture, int n_press, double x, double y, gpointer user_data)
{
  Gestures *self = user_data;
  int edge = edge_at (self->view, x);

  if (edge != 0) {
    dinh_page_view_turn (self->view, edge);
  } else if (n_press % 2 == 0 && dinh_page_view_is_zoomed (self->view)) {
    dinh_page_view_fit (self->view);
  } else if (n_press % 2 == 0) {
    dinh_page_view_zoom (self->view, DOUBLE_TAP_ZOOM, x, y);
  }
}

static gboolean
wheel_turned_just_now (Gestures *self)
{
  return g_get_monotonic_time () - self->wheel_turned_at < WHEEL_PAUSE * 1000;
}

static void
turn_by_wheel (Gestures *self, double dy)
{
  self->wheel += dy;
  if (fabs (self->wheel) >= 1 && !wheel_turned_just_now (self)) {
    dinh_page_view_turn (self->view, self->wheel > 0 ? 1 : -1);
    self->wheel_turned_at = g_get_monotonic_time ();
    self->wheel = 0;
  }
}

static gboolean
on_wheel_turned (GtkEventControllerScroll *controller, double dx, double dy, gpointer user_data)
{
  Gestures *self = user_data;
  GdkModifierType modifiers =
      gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (controller));

  if (modifiers & GDK_CONTROL_MASK) {
    dinh_page_view_zoom (self->view, pow (WHEEL_ZOOM, -dy),
                         gtk_widget_get_width (GTK_WIDGET (self->view)) / 2.0,
                         gtk_widget_get_height (GTK_WIDGET (self->view)) / 2.0);
  } else if (dinh_page_view_can_pan (self->view, -dx * WHEEL_STEP, -dy * WHEEL_STEP)) {
    dinh_page_view_pan (self->view, -dx * WHEEL_STEP, -dy * WHEEL_STEP);
    self->wheel = 0;
  } else {
    turn_by_wheel (self, dy);
  }
  return GDK_EVENT_STOP;
}

static GtkGesture *
add (DinhPageView *view, GtkGesture *gesture)
{
  gtk_widget_add_controller (GTK_WIDGET (view), GTK_EVENT_CONTROLLER (gesture));
  return gesture;
}

/**
 * dinh_page_gestures_attach:
 * @view: (transfer none): a page view
 *
 * Lets a page view be worked by fingers, a mouse and a wheel.
 */
void
dinh_page_gestures_attach (DinhPageView *view)
{
  Gestures *self = g_new0 (Gestures, 1);
  GtkEventController *wheel = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  GtkGesture *click = add (view, gtk_gesture_click_new ());

  self->view = view;
  self->swipe = add (view, gtk_gesture_swipe_new ());
  GtkGesture *zoom = add (view, gtk_gesture_zoom_new ());
  gtk_widget_add_controller (GTK_WIDGET (view), wheel);
  g_object_set_data_full (G_OBJECT (view), "dinh-page-gestures", self, g_free);

  g_signal_connect (click, "released", G_CALLBACK (on_tapped), self);
  g_signal_connect (self->swipe, "begin", G_CALLBACK (on_press), self);
  g_signal_connect (self->swipe, "update", G_CALLBACK (on_finger_moved), self);
  g_signal_connect (self->swipe, "end", G_CALLBACK (on_finger_lifted), self);
  g_signal_connect (self->swipe, "cancel", G_CALLBACK (on_finger_lost), self);
  g_signal_connect (zoom, "begin", G_CALLBACK (on_pinch_begun), self);
  g_signal_connect (zoom, "scale-changed", G_CALLBACK (on_pinched), self);
  g_signal_connect (wheel, "scroll", G_CALLBACK (on_wheel_turned), self);
}
