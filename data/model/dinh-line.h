/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef enum {
  DINH_LINE_OFFLINE,
  DINH_LINE_CONNECTING,
  DINH_LINE_LIVE,    /* events come by themselves */
  DINH_LINE_POLLING, /* the hub answers, but events must be asked for */
} DinhLineState;
#define DINH_TYPE_LINE_STATE (dinh_line_state_get_type ())
GType dinh_line_state_get_type (void);

/* What is wrong beyond the line being cut. */
typedef enum {
  DINH_LINE_PROBLEM_NONE,
  DINH_LINE_PROBLEM_RECORD_WENT_BACK,    /* the hub was restored from a backup */
  DINH_LINE_PROBLEM_RECORD_FORKED,       /* the hub's record is not the one that this machine saw */
  DINH_LINE_PROBLEM_CLOCK_WRONG,         /* this machine's clock; the hub's time is used */
  DINH_LINE_PROBLEM_CERTIFICATE_REFUSED, /* the hub does not take this machine, or this machine not the hub */
  DINH_LINE_PROBLEM_NEEDS_UPDATE,        /* the record holds what this program does not understand */
  DINH_LINE_PROBLEM_STORE_LOST,          /* what was to be sent could not be opened any more */
} DinhLineProblem;
#define DINH_TYPE_LINE_PROBLEM (dinh_line_problem_get_type ())
GType dinh_line_problem_get_type (void);

#define DINH_TYPE_LINE (dinh_line_get_type ())
G_DECLARE_FINAL_TYPE (DinhLine, dinh_line, DINH, LINE, GObject)

DinhLine *dinh_line_new (void);

DinhLineState dinh_line_get_state (DinhLine *self);
void dinh_line_set_state (DinhLine *self, DinhLineState state);
gint64 dinh_line_get_since (DinhLine *self);
DinhLineProblem dinh_line_get_problem (DinhLine *self);
void dinh_line_set_problem (DinhLine *self, DinhLineProblem problem);
gint64 dinh_line_get_clock_offset (DinhLine *self);
void dinh_line_set_clock_offset (DinhLine *self, gint64 clock_offset);
gint64 dinh_line_get_now (DinhLine *self);

G_END_DECLS
