/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/paper/dinh-page-view.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "ui/paper/dinh-page-gestures.h"
#include "ui/paper/dinh-page-picture.h"
#include "ui/paper/dinh-paper-words.h"

/* Shows one page of a paper and, while it is being turned, its neighbour. Moves at once with what pictures
 * there are and asks for sharp ones when the hand rests.
 *
 * CSS: node `dinh-page`; its child `label.dinh-page-notice` is the paper white with the page's number while
 * there is no picture, and says what is wrong when there will be none. Accessible as an image called "Page n
 * of m". */

#define SHARPEN_AFTER 150 /* milliseconds after the last change */
#define NOTICE_AFTER 300  /* milliseconds before a wait is put into words */
#define TURN_TIME 0.18    /* seconds */
#define SLOW_FRAME 0.034  /* seconds; slower than this a moving page is no help */
#define SLOW_FRAMES 3     /* that many of them, and pages turn without sliding */
#define MAX_ZOOM 8.0      /* times the fitted size */
#define CLIP_MARGIN 96    /* logical pixels drawn beyond the view, so that a short drag stays sharp */
#define LAST_FLING 20     /* logical pixels a second */

struct _DinhPageView {
  GtkWidget parent_instance;

  DinhPageSource *source;
  guint page;
  DinhPlacement placement;
  DinhFit fit;
  gboolean fit_is_chosen; /* by the person, for every page */
  gboolean zoomed;        /* the placement's scale is the person's, not the fit's */

  /* The sharp part of a zoomed page; shown, scaled, until there is a newer one. */
  GdkTexture *clip;
  DinhDrawing clip_drawing;
  DinhDrawing clip_asked;

  /* A turn under way: how far the page is from its place, and the page beside it. */
  double slide;
  DinhPlacement beside;
  guint n_slow_frames; /* in turns so far */

  double velocity_x, velocity_y;
  gint64 moved_at; /* frame time in microseconds; 0 before the first frame of a movement */
  guint tick_id;
  guint sharpen_id;
  guint notice_id;
  guint fit_id;
  DinhFit fit_told; /* for the size the view had last */

  GtkWidget *notice;
};

G_DEFINE_FINAL_TYPE (DinhPageView, dinh_page_view, GTK_TYPE_WIDGET)

enum {
  PROP_PAGE = 1,
  PROP_ZOOMED,
  PROP_FIT,
  PROP_SHARP,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

static DinhSize
view_size (DinhPageView *self)
{
  return (DinhSize){gtk_widget_get_width (GTK_WIDGET (self)), gtk_widget_get_height (GTK_WIDGET (self))};
}

static DinhSize
page_size (DinhPageView *self, guint page)
{
  return dinh_page_source_get_page_size (self->source, page);
}

static DinhFit
fit_of (DinhPageView *self, guint page)
{
  return self->fit_is_chosen ? self->fit : dinh_fit_choose (page_size (self, page), view_size (self));
}

static DinhPlacement
fitted (DinhPageView *self, guint page)
{
  int device = gtk_widget_get_scale_factor (GTK_WIDGET (self));
  DinhSize size = page_size (self, page);
  DinhPlacement placement = dinh_placement_fit (fit_of (self, page), size, view_size (self));

  placement.scale = dinh_sharp_scale (size, placement.scale * device) / device;
  return dinh_placement_clamp (placement, size, view_size (self));
}

/* Where a page lies when it is turned to: fitted, or at the zoom that the person reads with, from its top. */
static DinhPlacement
resting (DinhPageView *self, guint page)
{
  DinhPlacement placement = {.scale = self->placement.scale, .x = self->placement.x};

  return self->zoomed ? dinh_placement_clamp (placement, page_size (self, page), view_size (self))
                      : fitted (self, page);
}

static DinhDrawing
whole (DinhPageView *self, guint page, int priority)
{
  double scale = fitted (self, page).scale * gtk_widget_get_scale_factor (GTK_WIDGET (self));

  return (DinhDrawing){
      .page = page, .scale = dinh_whole_scale (page_size (self, page), scale), .priority = priority};
}

static DinhDrawing
clip_in_view (DinhPageView *self, double margin)
{
  DinhDrawing clip = dinh_placement_clip (self->placement, page_size (self, self->page), view_size (self),
                                          gtk_widget_get_scale_factor (GTK_WIDGET (self)), margin);
  clip.page = self->page;
  return clip;
}

/* The page in view first, the next two, the previous one; as many as leave room for a clip and some
 * thumbnails. */
static void
ask_for_pages (DinhPageView *self)
{
  static const int order[] = {0, 1, 2, -1};
  DinhDrawing wanted[G_N_ELEMENTS (order)];
  gsize room = dinh_page_source_get_limit (self->source) / 4 * 3;
  guint n_wanted = 0;

  for (guint i = 0; i < G_N_ELEMENTS (order); i++) {
    if (!dinh_page_view_can_turn (self, order[i])) {
      continue;
    }
    DinhDrawing drawing = whole (self, self->page + order[i], i);
    gsize bytes = dinh_drawing_bytes (&drawing, page_size (self, drawing.page));

    if (n_wanted == 0 || bytes <= room) {
      wanted[n_wanted++] = drawing;
      room -= MIN (bytes, room);
    }
  }
  dinh_page_source_want (self->source, DINH_LANE_PAGES, wanted, n_wanted);
}

static gboolean
needs_clip (DinhPageView *self)
{
  double shown = self->placement.scale * gtk_widget_get_scale_factor (GTK_WIDGET (self));

  return shown > whole (self, self->page, 0).scale * 1.01;
}

static gboolean
clip_covers_view (DinhPageView *self)
{
  DinhDrawing need = clip_in_view (self, 0);
  const DinhDrawing *have = &self->clip_drawing;
  double ratio = have->scale / need.scale;

  return self->clip != NULL && need.x * ratio >= have->x - 1 && need.y * ratio >= have->y - 1 &&
         (need.x + need.width) * ratio <= have->x + have->width + 1 &&
         (need.y + need.height) * ratio <= have->y + have->height + 1;
}

static void
take_clip (DinhPageView *self)
{
  GdkTexture *texture = dinh_page_source_get (self->source, &self->clip_asked);

  if (texture != NULL && self->clip_asked.page == self->page && self->clip_asked.width > 0) {
    g_set_object (&self->clip, texture);
    self->clip_drawing = self->clip_asked;
    gtk_widget_queue_draw (GTK_WIDGET (self));
  }
}

static void
ask_for_clip (DinhPageView *self)
{
  DinhDrawing clip = clip_in_view (self, CLIP_MARGIN);
  gboolean wanted = needs_clip (self) && !(clip_covers_view (self) && self->clip_drawing.scale == clip.scale);

  dinh_page_source_want (self->source, DINH_LANE_CLIP, &clip, wanted ? 1 : 0);
  if (wanted) {
    self->clip_asked = clip;
    take_clip (self);
  }
}

static gboolean
can_ask (DinhPageView *self)
{
  return self->source != NULL && gtk_widget_get_width (GTK_WIDGET (self)) > 0;
}

static gboolean
on_hand_rested (gpointer user_data)
{
  DinhPageView *self = user_data;

  self->sharpen_id = 0;
  if (can_ask (self)) {
    ask_for_pages (self);
    ask_for_clip (self);
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_FIT]);
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SHARP]);
  }
  return G_SOURCE_REMOVE;
}

static void
sharpen_later (DinhPageView *self)
{
  g_clear_handle_id (&self->sharpen_id, g_source_remove);
  self->sharpen_id = g_timeout_add (SHARPEN_AFTER, on_hand_rested, self);
}

static gboolean
has_picture (DinhPageView *self)
{
  DinhDrawing found;

  return dinh_page_source_get_nearest (self->source, self->page, 0, &found) != NULL;
}

static int
page_problem (DinhPageView *self)
{
  return dinh_page_source_get_problem (self->source, DINH_LANE_PAGES, self->page);
}

static gboolean
on_wait_grew_long (gpointer user_data)
{
  DinhPageView *self = user_data;
  g_autofree char *text = g_strdup_printf (_ ("Opening page %u…"), self->page + 1);

  self->notice_id = 0;
  gtk_label_set_label (GTK_LABEL (self->notice), text);
  return G_SOURCE_REMOVE;
}

static void
say_number (DinhPageView *self)
{
  g_autofree char *number = g_strdup_printf ("%u", self->page + 1);

  gtk_label_set_label (GTK_LABEL (self->notice), number);
  self->notice_id = g_timeout_add (NOTICE_AFTER, on_wait_grew_long, self);
}

static void
say_problem (DinhPageView *self, int problem)
{
  g_autofree char *text = dinh_paper_words_for_page (problem, self->page);

  g_clear_handle_id (&self->notice_id, g_source_remove);
  gtk_label_set_markup (GTK_LABEL (self->notice), text);
}

static void
update_notice (DinhPageView *self, gboolean page_is_new)
{
  int problem = self->source != NULL ? page_problem (self) : -1;
  gboolean waiting = self->source != NULL && !has_picture (self) && problem < 0;

  if (page_is_new || !waiting) {
    g_clear_handle_id (&self->notice_id, g_source_remove);
  }
  if (problem >= 0) {
    say_problem (self, problem);
  } else if (waiting && (page_is_new || !gtk_widget_get_child_visible (self->notice))) {
    say_number (self);
  }
  if (problem >= 0) {
    gtk_widget_add_css_class (self->notice, "problem");
  } else {
    gtk_widget_remove_css_class (self->notice, "problem");
  }
  if (waiting || problem >= 0 || gtk_widget_get_child_visible (self->notice)) {
    gtk_widget_set_child_visible (self->notice, waiting || problem >= 0);
    gtk_widget_queue_allocate (GTK_WIDGET (self));
  }
}

static void
on_source_changed (DinhPageSource *source, guint page, gpointer user_data)
{
  DinhPageView *self = user_data;

  if (page == self->page) {
    take_clip (self);
    update_notice (self, FALSE);
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SHARP]);
  }
  if (page == self->page || self->slide != 0) {
    gtk_widget_queue_draw (GTK_WIDGET (self));
  }
}

static void
set_zoomed (DinhPageView *self, gboolean zoomed)
{
  if (self->zoomed != zoomed) {
    self->zoomed = zoomed;
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ZOOMED]);
  }
}

static void
place (DinhPageView *self, DinhPlacement placement)
{
  self->placement = dinh_placement_clamp (placement, page_size (self, self->page), view_size (self));
  sharpen_later (self);
  if (gtk_widget_get_child_visible (self->notice)) {
    gtk_widget_queue_allocate (GTK_WIDGET (self));
  }
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
slide_towards_rest (DinhPageView *self, double seconds)
{
  double step = gtk_widget_get_width (GTK_WIDGET (self)) / TURN_TIME * seconds;

  self->slide = fabs (self->slide) <= step ? 0 : self->slide - copysign (step, self->slide);
}

static void
fling_on (DinhPageView *self, double seconds)
{
  double dx = dinh_fling_step (&self->velocity_x, seconds);
  double dy = dinh_fling_step (&self->velocity_y, seconds);

  if (hypot (self->velocity_x, self->velocity_y) < LAST_FLING ||
      !dinh_page_view_can_pan (self, self->velocity_x, self->velocity_y)) {
    dinh_page_view_stop (self);
  }
  dinh_page_view_pan (self, dx, dy);
}

static gboolean
on_frame_begun (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  DinhPageView *self = DINH_PAGE_VIEW (widget);
  gint64 now = gdk_frame_clock_get_frame_time (clock);
  double seconds = self->moved_at > 0 ? (now - self->moved_at) / 1e6 : 0;

  self->moved_at = now;
  if (self->slide != 0 && seconds > SLOW_FRAME && ++self->n_slow_frames >= SLOW_FRAMES) {
    self->slide = 0;
  }
  slide_towards_rest (self, seconds);
  if (self->velocity_x != 0 || self->velocity_y != 0) {
    fling_on (self, seconds);
  }
  gtk_widget_queue_draw (widget);
  if (self->slide != 0 || self->velocity_x != 0 || self->velocity_y != 0) {
    return G_SOURCE_CONTINUE;
  }
  self->tick_id = 0;
  return G_SOURCE_REMOVE;
}

static void
start_moving (DinhPageView *self)
{
  if (self->tick_id == 0) {
    self->moved_at = 0;
    self->tick_id = gtk_widget_add_tick_callback (GTK_WIDGET (self), on_frame_begun, NULL, NULL);
  }
}

static gboolean
may_slide (DinhPageView *self)
{
  gboolean animations;

  g_object_get (gtk_widget_get_settings (GTK_WIDGET (self)), "gtk-enable-animations", &animations, NULL);
  return animations && self->n_slow_frames < SLOW_FRAMES && gtk_widget_get_mapped (GTK_WIDGET (self));
}

static void
describe (DinhPageView *self)
{
  g_autofree char *label =
      g_strdup_printf (_ ("Page %u of %u"), self->page + 1,
                       self->source != NULL ? dinh_page_source_get_n_pages (self->source) : 0);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
show_page (DinhPageView *self, guint page, double slide)
{
  DinhPlacement left = self->placement;

  self->placement = resting (self, page);
  self->page = page;
  self->beside = left;
  self->slide = may_slide (self) ? slide : 0;
  self->velocity_x = self->velocity_y = 0;
  g_clear_object (&self->clip);
  dinh_page_source_want (self->source, DINH_LANE_CLIP, NULL, 0);
  if (can_ask (self)) {
    ask_for_pages (self);
    sharpen_later (self);
  }
  update_notice (self, TRUE);
  describe (self);
  if (self->slide != 0) {
    start_moving (self);
  }
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PAGE]);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SHARP]);
}

static void
append_picture (DinhPageView *self,
                GtkSnapshot *snapshot,
                GdkTexture *picture,
                const DinhDrawing *drawing,
                DinhPlacement placement)
{
  GskRenderer *renderer = gtk_native_get_renderer (gtk_widget_get_native (GTK_WIDGET (self)));
  double ratio = placement.scale / drawing->scale;

  dinh_page_picture_snapshot (picture, snapshot, renderer, round (placement.x) + drawing->x * ratio,
                              round (placement.y) + drawing->y * ratio, ratio);
}

static void
snapshot_whole (DinhPageView *self, GtkSnapshot *snapshot, guint page, DinhPlacement placement)
{
  double shown = placement.scale * gtk_widget_get_scale_factor (GTK_WIDGET (self));
  DinhDrawing found;
  GdkTexture *texture = dinh_page_source_get_nearest (self->source, page, shown * 0.999, &found);

  if (texture != NULL) {
    append_picture (self, snapshot, texture, &found, placement);
  }
}

/* Calls @append with each rectangle of the view that is not in @hole as the clip. */
static void
for_each_around (DinhPageView *self,
                 GtkSnapshot *snapshot,
                 const cairo_rectangle_int_t *hole,
                 void (*append) (DinhPageView *self, GtkSnapshot *snapshot, const graphene_rect_t *area))
{
  DinhSize size = view_size (self);
  cairo_rectangle_int_t area = {0, 0, size.width, size.height};
  cairo_region_t *around = cairo_region_create_rectangle (&area);

  cairo_region_subtract_rectangle (around, hole);
  for (int i = 0; i < cairo_region_num_rectangles (around); i++) {
    cairo_region_get_rectangle (around, i, &area);
    append (self, snapshot, &GRAPHENE_RECT_INIT (area.x, area.y, area.width, area.height));
  }
  cairo_region_destroy (around);
}

/* The paper's edge. What lies beyond it is the window's own background: painting a desk around the page would
 * be a quarter of a frame. */
static void
append_edge (DinhPageView *self, GtkSnapshot *snapshot, guint page, DinhPlacement placement)
{
  DinhSize size = page_size (self, page);
  GskRoundedRect edge;
  GdkRGBA line;

  if (gtk_style_context_lookup_color (gtk_widget_get_style_context (GTK_WIDGET (self)), "dinh_line", &line)) {
    gsk_rounded_rect_init_from_rect (&edge,
                                     &GRAPHENE_RECT_INIT (round (placement.x) - 1, round (placement.y) - 1,
                                                          ceil (size.width * placement.scale - 0.01) + 2,
                                                          ceil (size.height * placement.scale - 0.01) + 2),
                                     0);
    gtk_snapshot_append_border (snapshot, &edge, (float[4]){1, 1, 1, 1},
                                (GdkRGBA[4]){line, line, line, line});
  }
}

/* Where the clip comes to lie in the view. */
static cairo_rectangle_int_t
clip_area (DinhPageView *self)
{
  double ratio = self->placement.scale / self->clip_drawing.scale;
  int x = ceil (round (self->placement.x) + self->clip_drawing.x * ratio);
  int y = ceil (round (self->placement.y) + self->clip_drawing.y * ratio);

  return (cairo_rectangle_int_t){x, y, floor (self->clip_drawing.width * ratio - 1),
                                 floor (self->clip_drawing.height * ratio - 1)};
}

static void
append_whole_in (DinhPageView *self, GtkSnapshot *snapshot, const graphene_rect_t *area)
{
  gtk_snapshot_push_clip (snapshot, area);
  snapshot_whole (self, snapshot, self->page, self->placement);
  gtk_snapshot_pop (snapshot);
}

static void
snapshot_page (DinhPageView *self, GtkSnapshot *snapshot)
{
  if (self->clip == NULL || !needs_clip (self)) {
    snapshot_whole (self, snapshot, self->page, self->placement);
    return;
  }
  if (!clip_covers_view (self)) {
    cairo_rectangle_int_t clip = clip_area (self);
    for_each_around (self, snapshot, &clip, append_whole_in); /* nothing is drawn twice */
  }
  append_picture (self, snapshot, self->clip, &self->clip_drawing, self->placement);
}

static void
snapshot_beside (DinhPageView *self, GtkSnapshot *snapshot)
{
  int side = self->slide > 0 ? -1 : 1;

  if (self->slide != 0 && dinh_page_view_can_turn (self, side)) {
    double offset = side * gtk_widget_get_width (GTK_WIDGET (self));

    gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (offset, 0));
    append_edge (self, snapshot, self->page + side, self->beside);
    snapshot_whole (self, snapshot, self->page + side, self->beside);
  }
}

static void
dinh_page_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  DinhPageView *self = DINH_PAGE_VIEW (widget);

  if (!can_ask (self)) {
    return;
  }
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (round (self->slide), 0));
  append_edge (self, snapshot, self->page, self->placement);
  snapshot_page (self, snapshot);
  gtk_widget_snapshot_child (widget, self->notice, snapshot);
  snapshot_beside (self, snapshot);
  gtk_snapshot_restore (snapshot);
}

/* The notice is the paper white itself, but never beyond the view, so that its words stay in the middle. */
static void
allocate_notice (DinhPageView *self, DinhSize view)
{
  DinhSize page = page_size (self, self->page);
  int minimum_width, minimum_height;
  double left = MAX (self->placement.x, 0), top = MAX (self->placement.y, 0);
  double right = MIN (self->placement.x + page.width * self->placement.scale, view.width);
  double bottom = MIN (self->placement.y + page.height * self->placement.scale, view.height);

  gtk_widget_measure (self->notice, GTK_ORIENTATION_HORIZONTAL, -1, &minimum_width, NULL, NULL, NULL);
  double width = MAX (right - left, minimum_width);
  gtk_widget_measure (self->notice, GTK_ORIENTATION_VERTICAL, width, &minimum_height, NULL, NULL, NULL);
  double height = MAX (bottom - top, minimum_height);
  gtk_widget_size_allocate (self->notice, &(GtkAllocation){left, top, width, height}, -1);
}

/* Not while sizes are being given out: who hears of it may want other words, and with them another size. */
static gboolean
on_fit_became_another (gpointer user_data)
{
  DinhPageView *self = user_data;

  self->fit_id = 0;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_FIT]);
  return G_SOURCE_REMOVE;
}

static void
tell_fit (DinhPageView *self)
{
  DinhFit fit = fit_of (self, self->page);

  if (fit != self->fit_told && self->fit_id == 0)
    self->fit_id = g_idle_add (on_fit_became_another, self);
  self->fit_told = fit;
}

static void
dinh_page_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  DinhPageView *self = DINH_PAGE_VIEW (widget);
  DinhPlacement placement = self->placement;

  if (!can_ask (self)) {
    return;
  }
  tell_fit (self);
  if (!self->zoomed) {
    placement.scale = fitted (self, self->page).scale;
    placement.y *= placement.scale / self->placement.scale;
  }
  placement = dinh_placement_clamp (placement, page_size (self, self->page), view_size (self));
  if (memcmp (&placement, &self->placement, sizeof placement) != 0) {
    self->placement = placement;
    sharpen_later (self);
  }
  if (!has_picture (self)) {
    ask_for_pages (self);
  }
  if (gtk_widget_get_child_visible (self->notice)) {
    allocate_notice (self, (DinhSize){width, height});
  }
}

static void
dinh_page_view_measure (GtkWidget *widget,
                        GtkOrientation orientation,
                        int for_size,
                        int *minimum,
                        int *natural,
                        int *minimum_baseline,
                        int *natural_baseline)
{
  *minimum = *natural = 0;
}

static void
dinh_page_view_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  DinhPageView *self = DINH_PAGE_VIEW (object);

  switch (id) {
  case PROP_PAGE:
    g_value_set_uint (value, self->page);
    break;
  case PROP_ZOOMED:
    g_value_set_boolean (value, self->zoomed);
    break;
  case PROP_FIT:
    g_value_set_int (value, dinh_page_view_get_fit (self));
    break;
  case PROP_SHARP:
    g_value_set_boolean (value, dinh_page_view_is_sharp (self));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
dinh_page_view_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  DinhPageView *self = DINH_PAGE_VIEW (object);

  switch (id) {
  case PROP_PAGE:
    dinh_page_view_set_page (self, g_value_get_uint (value));
    break;
  case PROP_FIT:
    dinh_page_view_set_fit (self, g_value_get_int (value));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
dinh_page_view_dispose (GObject *object)
{
  DinhPageView *self = DINH_PAGE_VIEW (object);

  dinh_page_view_set_source (self, NULL);
  g_clear_pointer (&self->notice, gtk_widget_unparent);
  G_OBJECT_CLASS (dinh_page_view_parent_class)->dispose (object);
}

static void
dinh_page_view_class_init (DinhPageViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags own = G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = dinh_page_view_get_property;
  object_class->set_property = dinh_page_view_set_property;
  object_class->dispose = dinh_page_view_dispose;
  widget_class->snapshot = dinh_page_view_snapshot;
  widget_class->size_allocate = dinh_page_view_size_allocate;
  widget_class->measure = dinh_page_view_measure;

  props[PROP_PAGE] = g_param_spec_uint ("page", NULL, NULL, 0, G_MAXUINT, 0, own | G_PARAM_READWRITE);
  props[PROP_ZOOMED] = g_param_spec_boolean ("zoomed", NULL, NULL, FALSE, own | G_PARAM_READABLE);
  props[PROP_FIT] = g_param_spec_int ("fit", NULL, NULL, DINH_FIT_PAGE, DINH_FIT_WIDTH, DINH_FIT_PAGE,
                                      own | G_PARAM_READWRITE);
  props[PROP_SHARP] = g_param_spec_boolean ("sharp", NULL, NULL, FALSE, own | G_PARAM_READABLE);
  g_object_class_install_properties (object_class, N_PROPS, props);

  gtk_widget_class_set_css_name (widget_class, "dinh-page");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
dinh_page_view_init (DinhPageView *self)
{
  self->placement.scale = 1;
  self->notice = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->notice), TRUE);
  gtk_label_set_justify (GTK_LABEL (self->notice), GTK_JUSTIFY_CENTER);
  gtk_widget_add_css_class (self->notice, "dinh-page-notice");
  gtk_widget_set_child_visible (self->notice, FALSE);
  gtk_widget_set_parent (self->notice, GTK_WIDGET (self));
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  dinh_page_gestures_attach (self);
}

/**
 * dinh_page_view_new:
 *
 * Returns: a view that shows nothing yet
 */
GtkWidget *
dinh_page_view_new (void)
{
  return g_object_new (DINH_TYPE_PAGE_VIEW, NULL);
}

/**
 * dinh_page_view_set_source:
 * @source: (nullable) (transfer none): the pages to show
 *
 * Shows another paper, fitted, at the page that the view was told last, or nothing.
 */
void
dinh_page_view_set_source (DinhPageView *self, DinhPageSource *source)
{
  if (self->source != NULL) {
    g_signal_handlers_disconnect_by_data (self->source, self);
  }
  g_clear_handle_id (&self->sharpen_id, g_source_remove);
  g_clear_handle_id (&self->fit_id, g_source_remove);
  g_clear_handle_id (&self->notice_id, g_source_remove);
  g_clear_object (&self->clip);
  dinh_page_view_stop (self);
  self->slide = 0;
  g_set_object (&self->source, source);
  if (source == NULL) {
    update_notice (self, TRUE);
    gtk_widget_queue_draw (GTK_WIDGET (self));
    return;
  }
  g_signal_connect (source, "changed", G_CALLBACK (on_source_changed), self);
  set_zoomed (self, FALSE);
  show_page (self, MIN (self->page, dinh_page_source_get_n_pages (source) - 1), 0);
}

/**
 * dinh_page_view_get_source:
 *
 * Returns: (transfer none) (nullable): the pages that are shown
 */
DinhPageSource *
dinh_page_view_get_source (DinhPageView *self)
{
  return self->source;
}

/**
 * dinh_page_view_get_page:
 *
 * Returns: the page in view, from 0
 */
guint
dinh_page_view_get_page (DinhPageView *self)
{
  return self->page;
}

/**
 * dinh_page_view_set_page:
 * @page: from 0; a number beyond the end means the last page
 *
 * Turns to a page. A neighbour slides in if the glass is quick enough and the person lets things move.
 */
void
dinh_page_view_set_page (DinhPageView *self, guint page)
{
  if (self->source == NULL) {
    self->page = page;
    return;
  }
  page = MIN (page, dinh_page_source_get_n_pages (self->source) - 1);
  if (page != self->page) {
    int by = (int) page - (int) self->page;

    show_page (self, page, ABS (by) == 1 ? by * gtk_widget_get_width (GTK_WIDGET (self)) : 0);
  }
}

/**
 * dinh_page_view_is_zoomed:
 *
 * Returns: whether the page is at a size of the person's choosing rather than fitted
 */
gboolean
dinh_page_view_is_zoomed (DinhPageView *self)
{
  return self->zoomed;
}

/**
 * dinh_page_view_is_sharp:
 *
 * Returns: whether all that is in view is shown at the full resolution of the glass
 */
gboolean
dinh_page_view_is_sharp (DinhPageView *self)
{
  if (!can_ask (self)) {
    return FALSE;
  }
  if (needs_clip (self)) {
    return clip_covers_view (self) && self->clip_drawing.scale == clip_in_view (self, 0).scale;
  }
  DinhDrawing drawing = whole (self, self->page, 0);
  return dinh_page_source_get (self->source, &drawing) != NULL;
}

/**
 * dinh_page_view_get_fit:
 *
 * Returns: how pages are fitted: as the person chose, otherwise as suits the page in view
 */
DinhFit
dinh_page_view_get_fit (DinhPageView *self)
{
  return can_ask (self) ? fit_of (self, self->page) : self->fit;
}

/**
 * dinh_page_view_set_fit:
 *
 * Fits every page from now on in this way.
 */
void
dinh_page_view_set_fit (DinhPageView *self, DinhFit fit)
{
  self->fit = fit;
  self->fit_is_chosen = TRUE;
  dinh_page_view_fit (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_FIT]);
}

/**
 * dinh_page_view_get_placement:
 *
 * Returns: where the page lies in the view
 */
DinhPlacement
dinh_page_view_get_placement (DinhPageView *self)
{
  return self->placement;
}

/**
 * dinh_page_view_fit:
 *
 * Fits the page in view again after it was zoomed.
 */
void
dinh_page_view_fit (DinhPageView *self)
{
  if (can_ask (self)) {
    set_zoomed (self, FALSE);
    dinh_page_view_stop (self);
    place (self, fitted (self, self->page));
  }
}

/**
 * dinh_page_view_zoom:
 * @factor: more than 1 to enlarge
 * @x: the point of the view that stays where it is, in logical pixels
 * @y: and down
 *
 * Enlarges or reduces the page, between the whole page in view and eight times the fitted size.
 */
void
dinh_page_view_zoom (DinhPageView *self, double factor, double x, double y)
{
  if (!can_ask (self)) {
    return;
  }
  double fit = fitted (self, self->page).scale;
  double least = dinh_fit_scale (DINH_FIT_PAGE, page_size (self, self->page), view_size (self));
  double scale = CLAMP (self->placement.scale * factor, least, fit * MAX_ZOOM);

  if (fabs (scale / fit - 1) < 0.001) {
    scale = fit;
  }
  dinh_page_view_stop (self);
  set_zoomed (self, scale != fit);
  place (self, dinh_placement_zoom (self->placement, scale, x, y));
}

/**
 * dinh_page_view_can_pan:
 *
 * Returns: whether moving the page by (@dx, @dy) would show more of it
 */
gboolean
dinh_page_view_can_pan (DinhPageView *self, double dx, double dy)
{
  return can_ask (self) &&
         dinh_placement_can_pan (self->placement, page_size (self, self->page), view_size (self), dx, dy);
}

/**
 * dinh_page_view_pan:
 *
 * Moves the page by (@dx, @dy) logical pixels, as far as there is more of it.
 */
void
dinh_page_view_pan (DinhPageView *self, double dx, double dy)
{
  if (can_ask (self)) {
    DinhPlacement placement = self->placement;

    placement.x += dx;
    placement.y += dy;
    place (self, placement);
  }
}

/**
 * dinh_page_view_fling:
 * @velocity_x: logical pixels a second
 * @velocity_y: and down
 *
 * Lets the page go on moving and come to rest by itself.
 */
void
dinh_page_view_fling (DinhPageView *self, double velocity_x, double velocity_y)
{
  if (can_ask (self) && may_slide (self)) {
    self->velocity_x = velocity_x;
    self->velocity_y = velocity_y;
    start_moving (self);
  }
}

/**
 * dinh_page_view_stop:
 *
 * Stops a flung page where it is.
 */
void
dinh_page_view_stop (DinhPageView *self)
{
  self->velocity_x = self->velocity_y = 0;
}

/**
 * dinh_page_view_can_turn:
 *
 * Returns: whether there is a page that many pages further on (or, below 0, back)
 */
gboolean
dinh_page_view_can_turn (DinhPageView *self, int pages)
{
  gint64 page = (gint64) self->page + pages;

  return self->source != NULL && page >= 0 && page < dinh_page_source_get_n_pages (self->source);
}

/**
 * dinh_page_view_turn:
 *
 * Turns that many pages on (or, below 0, back).
 *
 * Returns: whether there was such a page
 */
gboolean
dinh_page_view_turn (DinhPageView *self, int pages)
{
  if (!dinh_page_view_can_turn (self, pages)) {
    return FALSE;
  }
  dinh_page_view_set_page (self, self->page + pages);
  return TRUE;
}

/**
 * dinh_page_view_drag:
 * @dx: logical pixels from the page's place
 *
 * Holds the page, under a finger that is about to turn it, away from its place, its neighbour beside it.
 * There is resistance where there is no neighbour, and no movement where movement is slow or unwanted.
 */
void
dinh_page_view_drag (DinhPageView *self, double dx)
{
  int side = dx > 0 ? -1 : 1;
  gboolean has_neighbour = dinh_page_view_can_turn (self, side);

  if (!can_ask (self) || !may_slide (self)) {
    return;
  }
  self->slide = has_neighbour ? dx : dx / 4;
  if (has_neighbour) {
    self->beside = resting (self, self->page + side);
  }
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/**
 * dinh_page_view_settle:
 * @pages: 1 to turn on, -1 to turn back, 0 to stay
 *
 * Lets go of a page held by dinh_page_view_drag(): it goes on from where it is, to the next page or back.
 */
void
dinh_page_view_settle (DinhPageView *self, int pages)
{
  if (pages != 0 && dinh_page_view_can_turn (self, pages)) {
    show_page (self, self->page + pages, self->slide + pages * gtk_widget_get_width (GTK_WIDGET (self)));
  } else if (self->slide != 0) {
    start_moving (self);
  }
}
