/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hub/dinh-metrics.h"

/* Counters for Prometheus; the hub has one process and so one set of them. */

static const struct {
  const char *name;
  const char *help;
} descriptions[DINH_N_METRICS] = {
    [DINH_METRIC_COMMANDS_RECORDED] = {"commands_recorded", "Commands that were recorded"},
    [DINH_METRIC_COMMANDS_REFUSED] = {"commands_refused", "Commands that the rules refused"},
    [DINH_METRIC_COMMANDS_REJECTED] = {"commands_rejected",
                                       "Commands that were not from whom they said, or could not be kept"},
    [DINH_METRIC_EVENTS] = {"events", "Events that were recorded"},
    [DINH_METRIC_REQUESTS] = {"requests", "Requests that the hub answered itself"},
    [DINH_METRIC_PROBLEMS] = {"problems", "Requests that were answered with a problem"},
    [DINH_METRIC_PUSHES] = {"pushes", "Messages handed to the live channel"},
    [DINH_METRIC_PUSHES_LOST] = {"pushes_lost", "Messages that the live channel did not take"},
    [DINH_METRIC_UPLOADED_BYTES] = {"uploaded_bytes", "Bytes of papers that were uploaded"},
    [DINH_METRIC_ENGINE_STARTS] = {"engine_starts", "Times that nginx was started or taken over"},
};

static gsize counters[DINH_N_METRICS];

/**
 * dinh_metrics_add:
 *
 * Counts. From any thread.
 */
void
dinh_metrics_add (DinhMetric metric, guint64 amount)
{
  g_atomic_pointer_add (&counters[metric], (gssize) amount);
}

/**
 * dinh_metrics_print:
 *
 * Returns: (transfer full): everything in Prometheus' text format 0.0.4.
 */
char *
dinh_metrics_print (guint n_streams, guint n_devices)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (
      text, "# TYPE dinh_streams gauge\ndinh_streams %u\n# TYPE dinh_devices gauge\ndinh_devices %u\n",
      n_streams, n_devices);
  for (guint i = 0; i < DINH_N_METRICS; i++) {
    gsize value = (gsize) g_atomic_pointer_get (&counters[i]);

    g_string_append_printf (
        text, "# HELP dinh_%s_total %s\n# TYPE dinh_%s_total counter\ndinh_%s_total %" G_GSIZE_FORMAT "\n",
        descriptions[i].name, descriptions[i].help, descriptions[i].name, descriptions[i].name, value);
  }
  return g_string_free (text, FALSE);
}
