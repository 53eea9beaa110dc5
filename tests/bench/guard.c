/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/figure.h"
#include "tests/integration/bad-peer.h"

#include <libsoup/soup.h>
#include <math.h>
#include <stdlib.h>

/* How long a healthy device waits for an answer while another one floods, beside a quiet hub, in turns:
 * guard GOOD BAD PORT ROUNDS, with two identities' folders. */

#define PAUSE_MS 200
#define ASKED 25 /* times in a turn */

static GTlsCertificate *
load_certificate (const char *identity)
{
  g_autofree char *certificate = g_build_filename (identity, "tls.crt", NULL);
  g_autofree char *key = g_build_filename (identity, "tls.key", NULL);

  return g_tls_certificate_new_from_files (certificate, key, NULL);
}

static SoupSession *
make_session (const char *identity)
{
  g_autofree char *authority = g_build_filename (identity, "ca.crt", NULL);
  g_autoptr (GTlsDatabase) database = g_tls_file_database_new (authority, NULL);

  return soup_session_new_with_options ("tls-database", database, "proxy-resolver", NULL, "timeout", 30,
                                        NULL);
}

/* Milliseconds, or not a number if there was no good answer. */
static double
ask (SoupSession *session, GTlsCertificate *certificate, const char *uri)
{
  g_autoptr (SoupMessage) message = soup_message_new ("GET", uri);
  gint64 began = g_get_monotonic_time ();
  g_autoptr (GBytes) body = NULL;

  soup_message_set_tls_client_certificate (message, certificate);
  body = soup_session_send_and_read (session, message, NULL, NULL);
  if (body == NULL || soup_message_get_status (message) != SOUP_STATUS_OK)
    return NAN;
  return (double) (g_get_monotonic_time () - began) / 1000;
}

static guint
ask_often (SoupSession *session, GTlsCertificate *certificate, const char *uri, GArray *values)
{
  guint n_failed = 0;

  for (guint i = 0; i < ASKED; i++) {
    double milliseconds = ask (session, certificate, uri);

    n_failed += isnan (milliseconds);
    if (!isnan (milliseconds))
      values_add (values, milliseconds);
    g_usleep (PAUSE_MS * 1000);
  }
  return n_failed;
}

int
main (int argc, char *argv[])
{
  g_autoptr (GTlsCertificate) good = argc == 5 ? load_certificate (argv[1]) : NULL;
  g_autoptr (GTlsCertificate) bad = good == NULL ? NULL : load_certificate (argv[2]);
  g_autoptr (GArray) quiet = values_new (), flooded = values_new ();
  g_autoptr (SoupSession) session = NULL;
  g_autofree char *uri = NULL;
  guint port, n_failed = 0;

  if (bad == NULL) {
    g_printerr ("usage: guard GOOD BAD PORT ROUNDS\n");
    return 2;
  }
  port = (guint) atoi (argv[3]);
  session = make_session (argv[1]);
  uri = g_strdup_printf ("https://127.0.0.1:%u/v1/streams", port);
  for (int i = 0; i < atoi (argv[4]); i++) {
    BadPeer *flood;

    n_failed += ask_often (session, good, uri, quiet);
    flood = bad_peer_flood (port, bad);
    n_failed += ask_often (session, good, uri, flooded);
    bad_peer_stop (flood);
  }
  return figure_print (&(Figure){.bench = "guard",
                                 .figure = "answer-p99",
                                 .of = "one device floods",
                                 .value = n_failed > 0 ? NAN : values_percentile (flooded, 99),
                                 .unit = "ms",
                                 .peer = "quiet",
                                 .peer_value = values_percentile (quiet, 99)})
             ? EXIT_SUCCESS
             : EXIT_FAILURE;
}
