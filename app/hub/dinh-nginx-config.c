/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/hub/dinh-nginx-config.h"

#include "app/hub/dinh-nginx.h"

#include <gio/gio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define DESCRIPTORS_WANTED 32768

/* nginx's own answers, as RFC 9457 problem documents: the faults (nginx's numbers) that become @status. 494
 * to 497 are too large a header, a certificate that does not hold, none at all, and no TLS; 401 and 403 come
 * from asking the hub about /v1/live. */
static const struct {
  const char *faults;
  int status;
  const char *name;
  const char *title;
  const char *detail; /* a variable of nginx's, or NULL */
} problems[] = {
    {"400 414 494 497 501 505", 400, "malformed-request", "The request is malformed"},
    {"495 496", 403, "certificate-required", "A device certificate of this hub is required",
     "$certificate_fault"},
    {"401", 401, "session-required", "A session is required"},
    {"403", 403, "forbidden", "This is not allowed"},
    {"404", 404, "not-found", "There is no such thing"},
    {"405", 405, "wrong-method", "This method is not for anything here"},
    {"413", 413, "too-large", "The body is too large"},
    {"429", 429, "too-many-requests", "Too many requests from this device"},
    {"500 502 503 504", 503, "hub-unavailable", "The hub does not answer at the moment"},
};

/*
 * Time-outs guard against a peer that stalls, not one that is slow: each counts from the last byte, but for a
 * header, which comes in one piece. Bodies are taken in whole before the hub hears of them, since the hub's
 * own server has no time-outs. A listener that answers no ping is gone at the next; nginx keeps what it
 * misses till then. The limits are a fuse for a device gone mad: 512 commands at once are a normal morning,
 * 64 polls may wait. No HTTP/2: libsoup 3.2, with which kiosks ask, loses its way when an answer comes before
 * the body is sent, as a 413 does; who sends on behind one is heard for five seconds. What is answered
 * without a certificate is in the map $refused, or in the enrolment's server, and nowhere else; by patterns,
 * since plain words in a map match in whatever case.
 */
static const char template[] = "# Written by dinh-hub, which overwrites every change.\n"
                               "load_module /usr/lib/nginx/modules/ngx_nchan_module.so;\n"
                               "daemon off;\n"
                               "@USER@"
                               "pid \"@STATE@/nginx/nginx.pid\";\n"
                               "error_log \"@STATE@/nginx/error.log\" error;\n"
                               "worker_processes 2;\n"
                               "worker_rlimit_nofile @DESCRIPTORS@;\n"
                               "worker_shutdown_timeout 5s;\n"
                               "events { worker_connections @CONNECTIONS@; }\n"
                               "http {\n"
                               "  access_log off;\n"
                               "  server_tokens off;\n"
                               "  default_type application/octet-stream;\n"
                               "  sendfile on;\n"
                               "  tcp_nopush on;\n"
                               "  client_body_temp_path \"@STATE@/nginx/body\";\n"
                               "  proxy_temp_path \"@STATE@/nginx/proxy\";\n"
                               "  fastcgi_temp_path \"@STATE@/nginx/fastcgi\";\n"
                               "  uwsgi_temp_path \"@STATE@/nginx/uwsgi\";\n"
                               "  scgi_temp_path \"@STATE@/nginx/scgi\";\n"
                               "  client_header_timeout 10s;\n"
                               "  client_body_timeout 30s;\n"
                               "  send_timeout 30s;\n"
                               "  lingering_time 5s;\n"
                               "  lingering_timeout 2s;\n"
                               "  reset_timedout_connection on;\n"
                               "  keepalive_timeout 75s;\n"
                               "  keepalive_requests 100000;\n"
                               "  keepalive_time 24h;\n"
                               "  client_max_body_size 1m;\n"
                               "  map \"$ssl_client_verify:$uri\" $refused {\n"
                               "    default 1;\n"
                               "    \"~^SUCCESS:\" 0;\n"
                               "    \"~^NONE:/healthz\\z\" 0;\n"
                               "    \"~^(NONE|FAILED:[^/]*)?:/malformed-request\\z\" 0;\n"
                               "  }\n"
                               "  map $ssl_client_verify $certificate_fault {\n"
                               "    default \"no certificate was shown\";\n"
                               "    \"~certificate has expired\" \"the certificate has expired\";\n"
                               "    \"~not yet valid\" \"the certificate is not valid yet\";\n"
                               "    \"~^FAILED:\" \"the certificate is not by this hub's authority\";\n"
                               "  }\n"
                               "  map $ssl_client_fingerprint $peer {\n"
                               "    default $ssl_client_fingerprint;\n"
                               "    \"\" $binary_remote_addr;\n"
                               "  }\n"
                               "  limit_req_zone $peer zone=requests:8m rate=100r/s;\n"
                               "  limit_conn_zone $peer zone=connections:8m;\n"
                               "  limit_req_status 429;\n"
                               "  limit_conn_status 429;\n"
                               "  upstream hub {\n"
                               "    server \"unix:@STATE@/run/hub.sock\";\n"
                               "    keepalive 128;\n"
                               "  }\n"
                               "  ssl_protocols TLSv1.2 TLSv1.3;\n"
                               "  ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;\n"
                               "  ssl_certificate \"@STATE@/trust/server.crt\";\n"
                               "  ssl_certificate_key \"@STATE@/trust/server.key\";\n"
                               "  ssl_client_certificate \"@STATE@/trust/ca.crt\";\n"
                               "  ssl_verify_client optional;\n"
                               "  ssl_session_cache shared:sessions:16m;\n"
                               "  ssl_session_timeout 1h;\n"
                               "  proxy_http_version 1.1;\n"
                               "  proxy_connect_timeout 5s;\n"
                               "  proxy_send_timeout 30s;\n"
                               "  proxy_read_timeout 60s;\n"
                               "@FORWARD@"
                               "  server {\n"
                               "@LISTEN@"
                               "    server_name _;\n"
                               "    limit_req zone=requests burst=4096 nodelay;\n"
                               "    limit_conn connections 128;\n"
                               "@PROBLEMS@"
                               "    if ($refused) { return 496; }\n"
                               "    location / { proxy_pass http://hub; }\n"
                               "    location = /healthz {\n"
                               "      client_max_body_size 1;\n"
                               "      proxy_pass http://hub/healthz;\n"
                               "    }\n"
                               "    location /v1/blobs/ {\n"
                               "      client_max_body_size 5m;\n"
                               "      proxy_pass http://hub;\n"
                               "    }\n"
                               "    location /papers/ {\n"
                               "      internal;\n"
                               "      alias \"@STATE@/papers/\";\n"
                               "    }\n"
                               "    location = /v1/live {\n"
                               "      auth_request /v1/live/authorize;\n"
                               "      auth_request_set $channel $upstream_http_x_dinh_channel;\n"
                               "      nchan_subscriber websocket eventsource;\n"
                               "      nchan_channel_id $channel;\n"
                               "      nchan_subscriber_first_message newest;\n"
                               "      nchan_websocket_ping_interval 30;\n"
                               "      nchan_eventsource_ping_interval 30;\n"
                               "    }\n"
                               "    location = /v1/live/authorize {\n"
                               "      internal;\n"
                               "      proxy_pass http://hub;\n"
                               "      proxy_pass_request_body off;\n"
                               "@FORWARD@"
                               "      proxy_set_header Content-Length \"\";\n"
                               "    }\n"
                               "  }\n"
                               "@ENROL@"
                               "  server {\n"
                               "    listen \"unix:@STATE@/run/push.sock\";\n"
                               "    location = /publish {\n"
                               "      client_body_buffer_size 1m;\n"
                               "      nchan_publisher http;\n"
                               "      nchan_channel_id $arg_id;\n"
                               "      nchan_message_buffer_length 0;\n"
                               "    }\n"
                               "    location = /configuration { return 200 \"@DIGEST@\"; }\n"
                               "  }\n"
                               "}\n";

/* Where devices are let in, a subset of EST (RFC 7030): without a certificate, and nothing else. What the hub
 * tells of a device stands in a header. */
static const char enrol_template[] =
    "  server {\n"
    "@LISTEN@"
    "    server_name _;\n"
    "    limit_req zone=requests burst=4096 nodelay;\n"
    "    limit_conn connections 4096;\n"
    "    proxy_buffer_size 32k;\n"
    "    proxy_buffers 8 32k;\n"
    "@FORWARD@"
    "@PROBLEMS@"
    "    location / { return 404; }\n"
    "    location = /.well-known/est/cacerts { proxy_pass http://hub; }\n"
    "    location = /.well-known/est/simpleenroll { proxy_pass http://hub; }\n"
    "    location = /.well-known/est/simplereenroll {\n"
    "      if ($ssl_client_verify != SUCCESS) { return 496; }\n"
    "      proxy_pass http://hub;\n"
    "    }\n"
    "  }\n";

/* What the hub hears of the peer; whatever came from outside under these names is dropped. Ranges are
 * nginx's: libsoup would cut its own answer to them, and not safely. */
static const char forward[] = "      proxy_set_header Host hub;\n"
                              "      proxy_set_header Connection \"\";\n"
                              "      proxy_set_header Upgrade \"\";\n"
                              "      proxy_set_header Range \"\";\n"
                              "      proxy_set_header If-Range \"\";\n"
                              "      proxy_set_header X-Real-IP $remote_addr;\n"
                              "      proxy_set_header X-Dinh-Listener @LISTENER@;\n"
                              "      proxy_set_header X-Dinh-Verify $ssl_client_verify;\n"
                              "      proxy_set_header X-Dinh-Certificate $ssl_client_escaped_cert;\n";

static gboolean
check_path (const char *state_dir, GError **error)
{
  gsize length = strlen (state_dir) + strlen ("/run/push.sock");

  if (length > DINH_NGINX_PATH_LIMIT) {
    g_set_error (error, DINH_NGINX_ERROR, DINH_NGINX_ERROR_PATH,
                 "state folder '%s': a socket's path below it has %" G_GSIZE_FORMAT " bytes, more than %d",
                 state_dir, length, DINH_NGINX_PATH_LIMIT);
    return FALSE;
  }
  for (const char *at = state_dir; *at != '\0'; at++) {
    if (g_ascii_iscntrl (*at) || strchr ("\"'\\$:@", *at) != NULL) {
      g_set_error (error, DINH_NGINX_ERROR, DINH_NGINX_ERROR_PATH,
                   "state folder '%s': nginx cannot take '%c' in a path", state_dir, *at);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
is_address (const char *listen)
{
  g_autoptr (GRegex) form =
      g_regex_new ("^(?:\\[([0-9A-Fa-f:.]+)\\]|([0-9.]+)):([0-9]{1,5})$", G_REGEX_DOLLAR_ENDONLY, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autofree char *six = NULL;
  g_autofree char *four = NULL;
  g_autofree char *port = NULL;

  if (!g_regex_match (form, listen, 0, &match))
    return FALSE;
  six = g_match_info_fetch (match, 1);
  four = g_match_info_fetch (match, 2);
  port = g_match_info_fetch (match, 3);
  return g_hostname_is_ip_address (*six != '\0' ? six : four) &&
         g_ascii_strtoull (port, NULL, 10) - 1 < 65535;
}

static char *
listen_lines (const char *const *listen, GError **error)
{
  g_autoptr (GString) lines = g_string_new (NULL);

  for (guint i = 0; listen[i] != NULL; i++) {
    if (!is_address (listen[i])) {
      g_set_error (error, DINH_NGINX_ERROR, DINH_NGINX_ERROR_ADDRESS, "'%s' is not an IP address and a port",
                   listen[i]);
      return NULL;
    }
    g_string_append_printf (lines, "    listen %s ssl backlog=4096 so_keepalive=60s:15s:4;\n", listen[i]);
  }
  return g_string_free (g_steal_pointer (&lines), FALSE);
}

/* What cannot be read may have no path, and nginx sends nothing without a path to a named location. */
static char *
problem_lines (void)
{
  GString *lines = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (problems); i++) {
    g_string_append_printf (
        lines,
        "    error_page %s =%d %s%s;\n"
        "    location %s%s {\n"
        "      internal;\n"
        "      default_type application/problem+json;\n"
        "      return %d '{\"type\":\"urn:dinh:problem:%s\",\"title\":\"%s\",\"status\":%d%s%s%s}';\n"
        "    }\n",
        problems[i].faults, problems[i].status, i == 0 ? "/" : "@", problems[i].name, i == 0 ? "= /" : "@",
        problems[i].name, problems[i].status, problems[i].name, problems[i].title, problems[i].status,
        problems[i].detail == NULL ? "" : ",\"detail\":\"",
        problems[i].detail == NULL ? "" : problems[i].detail, problems[i].detail == NULL ? "" : "\"");
  }
  return g_string_free (lines, FALSE);
}

static guint
count_descriptors (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max > DESCRIPTORS_WANTED)
    return DESCRIPTORS_WANTED;
  return (guint) limit.rlim_max;
}

/* Over the text and the certificates that it names: nginx has to read either anew. */
static char *
digest_of (const char *text, const char *state_dir, GError **error)
{
  static const char *const names[] = {"ca.crt", "server.crt"};
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (checksum, (const guchar *) text, -1);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (state_dir, "trust", names[i], NULL);
    g_autofree char *content = NULL;
    gsize length = 0;

    if (!g_file_get_contents (path, &content, &length, error))
      return NULL;
    g_checksum_update (checksum, (const guchar *) content, (gssize) length);
  }
  return g_strdup (g_checksum_get_string (checksum));
}

/* Puts into @text what it is told of the peer, and that it came to @listener. */
static void
put_forward (GString *text, const char *listener)
{
  g_autoptr (GString) lines = g_string_new (forward);

  g_string_replace (lines, "@LISTENER@", listener, 0);
  g_string_replace (text, "@FORWARD@", lines->str, 0);
}

/* The server for enrolment; empty where nobody listens for it. */
static char *
enrol_server (const char *const *listen, GError **error)
{
  g_autofree char *listening = listen_lines (listen, error);
  GString *text;

  if (listening == NULL || *listening == '\0')
    return g_steal_pointer (&listening);
  text = g_string_new (enrol_template);
  g_string_replace (text, "@LISTEN@", listening, 0);
  put_forward (text, "enrol");
  return g_string_free (text, FALSE);
}

/**
 * dinh_nginx_config_build:
 *
 * Returns the text of nginx.conf for the state folder @state_dir (absolute, without symbolic links), the
 * addresses @listen ("192.0.2.7:443", "[::]:443"; ended by %NULL) and those where devices are let in,
 * @enrol_listen (the same; may be none), and in @digest what this configuration answers at
 * /configuration on the push socket; the caller owns both. A DinhNginxError, or a GFileError where a
 * certificate is missing.
 */
char *
dinh_nginx_config_build (const char *state_dir,
                         const char *const *listen,
                         const char *const *enrol_listen,
                         char **digest,
                         GError **error)
{
  g_autofree char *listening = listen_lines (listen, error);
  g_autofree char *enrol = listening == NULL ? NULL : enrol_server (enrol_listen, error);
  g_autofree char *answers = problem_lines ();
  g_autofree char *descriptors = g_strdup_printf ("%u", count_descriptors ());
  g_autofree char *connections = g_strdup_printf ("%u", count_descriptors () / 4 * 3);
  g_autoptr (GString) text = g_string_new (template);

  if (enrol == NULL || !check_path (state_dir, error))
    return NULL;
  g_string_replace (text, "@USER@", geteuid () == 0 ? "user root;\n" : "", 0);
  g_string_replace (text, "@LISTEN@", listening, 0);
  put_forward (text, "main");
  g_string_replace (text, "@ENROL@", enrol, 0);
  g_string_replace (text, "@PROBLEMS@", answers, 0);
  g_string_replace (text, "@DESCRIPTORS@", descriptors, 0);
  g_string_replace (text, "@CONNECTIONS@", connections, 0);
  g_string_replace (text, "@STATE@", state_dir, 0);
  *digest = digest_of (text->str, state_dir, error);
  if (*digest == NULL)
    return NULL;
  g_string_replace (text, "@DIGEST@", *digest, 0);
  return g_string_free (g_steal_pointer (&text), FALSE);
}
