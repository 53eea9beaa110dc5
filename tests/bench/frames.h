/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What both programs do, one step a frame, so that their frames compare. */
#define FRAMES 60
#define FRAMES_PINCH_STEP 1.02      /* times a frame; in for half of the frames, then out */
#define FRAMES_SLIDE_STEP (1 / 12.) /* of the view's width */
#define FRAMES_FLING_ZOOM 3.0
#define FRAMES_CLIP_MARGIN 96 /* logical pixels that the reader draws beyond the view */
#define FRAMES_FLING_STEP 15  /* logical pixels a frame, down the page and back */

typedef void (*FramesStep) (gpointer data, guint frame);

double frames_measure (GtkWidget *widget, FramesStep step, gpointer data);

G_END_DECLS
