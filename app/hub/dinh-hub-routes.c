/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hub/dinh-metrics.h"
#include "app/hub/dinh-server.h"
#include "data/record/dinh-time.h"
#include "data/trust/dinh-certificate.h"

#include <string.h>

/* What the hub says of itself, and the certificates that it gives out. */

#define TIME_CONTEXT "dinh-time-v1"
#define MAX_NONCE 64
#define PROBE_HOLDS G_TIME_SPAN_SECOND

/* What the last probe of the disk found; one hub a process. Anybody may ask, so not each question may cost a
 * commit. */
static struct {
  gint64 time; /* monotonic; 0: never */
  char *fault; /* NULL: it wrote */
} probe;

static void
answer_health (DinhExchange *exchange)
{
  if (probe.fault == NULL)
    dinh_exchange_answer (exchange, 200, "text/plain", g_strdup ("ok\n"));
  else
    dinh_exchange_problem (exchange, 503, "not-kept", "%s", probe.fault);
}

static void
on_probed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *time = dinh_writer_submit_finish (DINH_WRITER (source), result, &error);

  g_free (probe.fault);
  probe.fault = time == NULL ? g_strdup (error->message) : NULL;
  probe.time = g_get_monotonic_time ();
  answer_health (user_data);
}

void
dinh_handle_health (DinhExchange *exchange)
{
  if (probe.time != 0 && g_get_monotonic_time () < probe.time + PROBE_HOLDS)
    answer_health (exchange);
  else
    dinh_writer_probe_async (dinh_hub_get_writer (exchange->hub), on_probed, exchange);
}

void
dinh_handle_metrics (DinhExchange *exchange)
{
  g_autoptr (GPtrArray) views = dinh_writer_list_views (dinh_hub_get_writer (exchange->hub));
  guint n_devices = (guint) json_object_size (json_object_get (exchange->body->state->json, "devices"));

  dinh_exchange_answer (exchange, 200, "text/plain; version=0.0.4",
                        dinh_metrics_print (views->len, n_devices));
}

/* Hub time for clocks that cannot be trusted; the nonce keeps an old answer from serving again. */
void
dinh_handle_time (DinhExchange *exchange)
{
  const char *nonce = dinh_exchange_get_query (exchange, "nonce");
  g_autofree char *time = dinh_time_format (dinh_writer_now (dinh_hub_get_writer (exchange->hub)));
  g_autofree char *text = NULL;
  g_autofree char *signature = NULL;

  if (nonce == NULL || *nonce == '\0' || strlen (nonce) > MAX_NONCE || strchr (nonce, '\n') != NULL ||
      !g_utf8_validate (nonce, -1, NULL)) {
    dinh_exchange_problem (exchange, 400, "wrong-field", "parameter “nonce”: 1 to %d characters on one line",
                           MAX_NONCE);
    return;
  }
  text = g_strdup_printf ("%s\n%s", nonce, time);
  signature = dinh_key_sign (dinh_hub_get_key (exchange->hub), TIME_CONTEXT, text, strlen (text));
  dinh_exchange_answer_json (
      exchange, 200, json_pack ("{s:s, s:s, s:s}", "time", time, "nonce", nonce, "signature", signature));
}

void
dinh_handle_enroll (DinhExchange *exchange)
{
  g_autoptr (GBytes) bytes =
      soup_message_body_flatten (soup_server_message_get_request_body (exchange->message));
  g_autoptr (GError) error = NULL;
  gsize length;
  const char *base64 = g_bytes_get_data (bytes, &length);
  g_autofree char *request = g_strndup (base64 == NULL ? "" : base64, length);
  g_autofree char *certificate =
      dinh_authority_sign_request (dinh_hub_get_authority (exchange->hub), request, "dinh device", &error);
  g_autofree char *answer =
      certificate == NULL ? NULL : dinh_certificate_to_pkcs7 (certificate, strlen (certificate), &error);

  if (answer == NULL) {
    dinh_exchange_problem (exchange, 400, "wrong-request", "%s", error->message);
    return;
  }
  dinh_exchange_set_header (exchange, "Content-Transfer-Encoding", "base64");
  dinh_exchange_answer (exchange, 200, "application/pkcs7-mime; smime-type=certs-only",
                        g_steal_pointer (&answer));
}
