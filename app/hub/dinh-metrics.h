/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What is counted since the program's start. */
typedef enum {
  DINH_METRIC_COMMANDS_RECORDED,
  DINH_METRIC_COMMANDS_REFUSED,
  DINH_METRIC_COMMANDS_REJECTED,
  DINH_METRIC_EVENTS,
  DINH_METRIC_REQUESTS,
  DINH_METRIC_PROBLEMS,
  DINH_METRIC_PUSHES,
  DINH_METRIC_PUSHES_LOST,
  DINH_METRIC_UPLOADED_BYTES,
  DINH_METRIC_ENGINE_STARTS,
  DINH_N_METRICS,
} DinhMetric;

void dinh_metrics_add (DinhMetric metric, guint64 amount);
char *dinh_metrics_print (guint n_streams, guint n_devices);

G_END_DECLS
