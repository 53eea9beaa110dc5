/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define DINH_TRIES_FREE 5

/* How often a PIN was wrong: of one person, or on one device. Two numbers of a row; zeros are a clean slate.
 */
typedef struct {
  guint failed;
  gint64 until; /* when the next try may be made, hub time, µs since 1970 */
} DinhTries;

typedef enum {
  DINH_TRIES_RIGHT,
  DINH_TRIES_WRONG,
  DINH_TRIES_WAIT, /* too soon: not even looked at */
} DinhTriesVerdict;

typedef struct {
  DinhTriesVerdict verdict;
  guint left;  /* tries that may be made now */
  gint64 wait; /* µs until the next may be made; 0 if @left is not */
} DinhTriesAnswer;

DinhTriesAnswer dinh_tries_judge (DinhTries *person, DinhTries *device, gboolean right, gint64 now);

G_END_DECLS
