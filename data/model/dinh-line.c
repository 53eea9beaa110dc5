/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/model/dinh-line.h"

/* How this machine stands to its hub, as data/net found it; ui shows it. */
struct _DinhLine {
  GObject parent_instance;

  DinhLineState state;
  DinhLineProblem problem;
  gint64 since;
  gint64 clock_offset;
};

G_DEFINE_ENUM_TYPE (DinhLineState,
                    dinh_line_state,
                    G_DEFINE_ENUM_VALUE (DINH_LINE_OFFLINE, "offline"),
                    G_DEFINE_ENUM_VALUE (DINH_LINE_CONNECTING, "connecting"),
                    G_DEFINE_ENUM_VALUE (DINH_LINE_LIVE, "live"),
                    G_DEFINE_ENUM_VALUE (DINH_LINE_POLLING, "polling"))

G_DEFINE_ENUM_TYPE (DinhLineProblem,
                    dinh_line_problem,
                    G_DEFINE_ENUM_VALUE (DINH_LINE_PROBLEM_NONE, "none"),
                    G_DEFINE_ENUM_VALUE (DINH_LINE_PROBLEM_RECORD_WENT_BACK, "record-went-back"),
                    G_DEFINE_ENUM_VALUE (DINH_LINE_PROBLEM_RECORD_FORKED, "record-forked"),
                    G_DEFINE_ENUM_VALUE (DINH_LINE_PROBLEM_CLOCK_WRONG, "clock-wrong"),
                    G_DEFINE_ENUM_VALUE (DINH_LINE_PROBLEM_CERTIFICATE_REFUSED, "certificate-refused"),
                    G_DEFINE_ENUM_VALUE (DINH_LINE_PROBLEM_NEEDS_UPDATE, "needs-update"),
                    G_DEFINE_ENUM_VALUE (DINH_LINE_PROBLEM_STORE_LOST, "store-lost"))

G_DEFINE_FINAL_TYPE (DinhLine, dinh_line, G_TYPE_OBJECT)

enum { PROP_STATE = 1, PROP_SINCE, PROP_PROBLEM, PROP_CLOCK_OFFSET, N_PROPS };

static GParamSpec *properties[N_PROPS];

static void
dinh_line_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  DinhLine *self = DINH_LINE (object);

  switch (property_id) {
  case PROP_STATE:
    g_value_set_enum (value, self->state);
    break;
  case PROP_SINCE:
    g_value_set_int64 (value, self->since);
    break;
  case PROP_PROBLEM:
    g_value_set_enum (value, self->problem);
    break;
  case PROP_CLOCK_OFFSET:
    g_value_set_int64 (value, self->clock_offset);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
  }
}

static void
dinh_line_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  DinhLine *self = DINH_LINE (object);

  switch (property_id) {
  case PROP_STATE:
    dinh_line_set_state (self, g_value_get_enum (value));
    break;
  case PROP_PROBLEM:
    dinh_line_set_problem (self, g_value_get_enum (value));
    break;
  case PROP_CLOCK_OFFSET:
    dinh_line_set_clock_offset (self, g_value_get_int64 (value));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
  }
}

static void
dinh_line_class_init (DinhLineClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = dinh_line_get_property;
  object_class->set_property = dinh_line_set_property;

  properties[PROP_STATE] =
      g_param_spec_enum ("state", NULL, NULL, DINH_TYPE_LINE_STATE, DINH_LINE_OFFLINE, flags);
  properties[PROP_SINCE] = g_param_spec_int64 ("since", NULL, NULL, G_MININT64, G_MAXINT64, 0,
                                               G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_PROBLEM] =
      g_param_spec_enum ("problem", NULL, NULL, DINH_TYPE_LINE_PROBLEM, DINH_LINE_PROBLEM_NONE, flags);
  properties[PROP_CLOCK_OFFSET] =
      g_param_spec_int64 ("clock-offset", NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
dinh_line_init (DinhLine *self)
{
  self->since = g_get_real_time ();
}

/* dinh_line_new: a line that is off since now. */
DinhLine *
dinh_line_new (void)
{
  return g_object_new (DINH_TYPE_LINE, NULL);
}

/* dinh_line_get_state: how the line is. */
DinhLineState
dinh_line_get_state (DinhLine *self)
{
  return self->state;
}

/* dinh_line_set_state: the line is now so; another state begins now, by the hub's clock. */
void
dinh_line_set_state (DinhLine *self, DinhLineState state)
{
  if (self->state == state)
    return;
  self->state = state;
  self->since = dinh_line_get_now (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SINCE]);
}

/* dinh_line_get_since: when the state began, microseconds since 1970 by the hub's clock. */
gint64
dinh_line_get_since (DinhLine *self)
{
  return self->since;
}

/* dinh_line_get_problem: what is wrong beyond the line being cut. */
DinhLineProblem
dinh_line_get_problem (DinhLine *self)
{
  return self->problem;
}

/* dinh_line_set_problem: says what is wrong, or that nothing is any more. */
void
dinh_line_set_problem (DinhLine *self, DinhLineProblem problem)
{
  if (self->problem == problem)
    return;
  self->problem = problem;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROBLEM]);
}

/* dinh_line_get_clock_offset: microseconds that the hub's clock is ahead of this machine's. */
gint64
dinh_line_get_clock_offset (DinhLine *self)
{
  return self->clock_offset;
}

/* dinh_line_set_clock_offset: the hub's clock is so many microseconds ahead of this machine's. */
void
dinh_line_set_clock_offset (DinhLine *self, gint64 clock_offset)
{
  if (self->clock_offset == clock_offset)
    return;
  self->clock_offset = clock_offset;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CLOCK_OFFSET]);
}

/* dinh_line_get_now: the hub's time, microseconds since 1970: the one that people are shown. */
gint64
dinh_line_get_now (DinhLine *self)
{
  return g_get_real_time () + self->clock_offset;
}
