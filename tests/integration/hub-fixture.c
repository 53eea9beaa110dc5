/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/hub-fixture.h"

#include "app/hub/dinh-engine.h"
#include "data/record/dinh-time.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#define START_US (30 * G_USEC_PER_SEC)
#define MONTH (30 * G_TIME_SPAN_DAY)

void
result_free (Result *result)
{
  g_free (result->out);
  g_free (result->err);
  json_decref (result->json);
  g_free (result);
}

void
reply_free (Reply *reply)
{
  g_free (reply->text);
  soup_message_headers_unref (reply->headers);
  json_decref (reply->json);
  g_free (reply);
}

/* Nothing that a test starts outlives it. */
static void
on_child_forked (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static GSubprocessLauncher *
make_launcher (GSubprocessFlags flags)
{
  GSubprocessLauncher *launcher = g_subprocess_launcher_new (flags);

  g_subprocess_launcher_set_child_setup (launcher, on_child_forked, NULL, NULL);
  g_subprocess_launcher_unsetenv (launcher, "G_DEBUG");
  return launcher;
}

Result *
run_program (const char *const *argv)
{
  g_autoptr (GSubprocessLauncher) launcher =
      make_launcher (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  Result *result = g_new0 (Result, 1);

  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, &result->out, &result->err, &error));
  result->status = g_subprocess_get_if_exited (process) ? g_subprocess_get_exit_status (process)
                                                        : -g_subprocess_get_term_sig (process);
  result->json = dinh_json_parse (result->out, strlen (result->out), NULL);
  return result;
}

/* Makes the folder and the hub in it, and starts nothing. */
void
hub_init (Hub *hub)
{
  static guint count;
  g_autofree char *address = NULL;
  g_autoptr (Result) result = NULL;

  hub->folder = g_strdup_printf ("%s/%u", fixture_root (), ++count);
  hub->state = g_build_filename (hub->folder, "hub", NULL);
  hub->admin = g_build_filename (hub->state, "admin", NULL);
  hub->sample = g_build_filename (hub->folder, "sample", NULL);
  hub->port = fixture_free_port ();
  hub->enrol_port = fixture_free_port ();
  g_assert_cmpint (g_mkdir_with_parents (hub->folder, 0711), ==, 0);
  address = g_strdup_printf ("127.0.0.1:%u", hub->port);
  result = run_program ((const char *const[]){g_getenv ("DINH_HUB"), "init", "--state", hub->state, "--name",
                                              "UBND tỉnh Hồng Lam", "--address", address, NULL});
  g_assert_cmpstr (result->err, ==, "");
  g_assert_cmpint (result->status, ==, 0);
}

/* Starts dinh-hub without waiting until it serves. */
void
hub_launch (Hub *hub, const char *crash_point)
{
  g_autoptr (GSubprocessLauncher) launcher = make_launcher (G_SUBPROCESS_FLAGS_NONE);
  g_autofree char *listen = g_strdup_printf ("127.0.0.1:%u", hub->port);
  g_autofree char *enrol = g_strdup_printf ("127.0.0.1:%u", hub->enrol_port);
  /* Not to this machine's own log. */
  g_autofree char *syslog = g_strdup_printf ("unix:%s/log", hub->folder);
  g_autofree char *out = g_build_filename (hub->folder, "hub.out", NULL);
  g_autofree char *err = g_build_filename (hub->folder, "hub.err", NULL);
  g_autoptr (GError) error = NULL;

  g_unlink (out);
  g_subprocess_launcher_set_stdout_file_path (launcher, out);
  g_subprocess_launcher_set_stderr_file_path (launcher, err);
  if (crash_point != NULL)
    g_subprocess_launcher_setenv (launcher, "DINH_CRASH_POINT", crash_point, TRUE);
  hub->process = g_subprocess_launcher_spawn (launcher, &error, g_getenv ("DINH_HUB"), "run", "--state",
                                              hub->state, "--listen", listen, "--syslog", syslog,
                                              hub->enrol_port == 0 ? NULL : "--enrol-listen", enrol, NULL);
  g_assert_no_error (error);
}

/* Returns whether it serves; it has ended otherwise. */
gboolean
hub_await (Hub *hub)
{
  g_autofree char *out = g_build_filename (hub->folder, "hub.out", NULL);
  gint64 end = g_get_monotonic_time () + START_US;

  for (;;) {
    g_autofree char *said = NULL;

    if (g_file_get_contents (out, &said, NULL, NULL) && g_str_has_prefix (said, "listening on"))
      return TRUE;
    while (g_main_context_iteration (NULL, FALSE))
      continue;
    if (g_subprocess_get_identifier (hub->process) == NULL)
      return FALSE;
    g_assert_cmpint (g_get_monotonic_time (), <, end);
    g_usleep (10 * 1000);
  }
}

void
hub_start (Hub *hub)
{
  hub_launch (hub, NULL);
  g_assert_true (hub_await (hub));
}

/* Waits until it has died by itself. */
void
hub_wait_dead (Hub *hub)
{
  g_assert_true (g_subprocess_wait (hub->process, NULL, NULL));
  g_clear_object (&hub->process);
}

void
hub_kill (Hub *hub)
{
  g_subprocess_send_signal (hub->process, SIGKILL);
  hub_wait_dead (hub);
}

/* Asks it to end, as systemd does, and returns its exit status. */
int
hub_stop (Hub *hub)
{
  int status;

  g_subprocess_send_signal (hub->process, SIGTERM);
  g_assert_true (g_subprocess_wait (hub->process, NULL, NULL));
  status = g_subprocess_get_if_exited (hub->process) ? g_subprocess_get_exit_status (hub->process) : -1;
  g_clear_object (&hub->process);
  return status;
}

static char *
time_from_now (gint64 microseconds)
{
  return dinh_time_format (g_get_real_time () + microseconds);
}

static void
take_sample (Hub *hub)
{
  g_autofree char *source = g_build_filename (g_getenv ("DINH_SAMPLE"), "papers", NULL);
  g_autofree char *target = g_build_filename (hub->sample, "papers", NULL);
  g_autofree char *begins = time_from_now (MONTH), *ends = time_from_now (MONTH + 3 * G_TIME_SPAN_HOUR);
  g_autoptr (DinhJson) meeting = folder_load (g_getenv ("DINH_SAMPLE"));

  copy_tree (source, target);
  json_object_set_new (meeting, "begins", json_string (begins));
  json_object_set_new (meeting, "ends", json_string (ends));
  folder_save (hub->sample, meeting);
}

void
hub_set_up (Hub *hub, gconstpointer data)
{
  hub_init (hub);
  take_sample (hub);
  hub_start (hub);
}

void
hub_tear_down (Hub *hub, gconstpointer data)
{
  if (hub->process != NULL)
    g_assert_cmpint (hub_stop (hub), ==, 0);
  g_assert_cmpuint (fixture_count_processes (hub->state), ==, 0);
  g_free (hub->folder);
  g_free (hub->state);
  g_free (hub->admin);
  g_free (hub->sample);
}

static Result *
run_ctl (const char *identity, const char *first, va_list args)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();

  g_ptr_array_add (argv, (char *) g_getenv ("DINHCTL"));
  g_ptr_array_add (argv, (char *) "--json");
  g_ptr_array_add (argv, (char *) "--identity");
  g_ptr_array_add (argv, (char *) identity);
  for (const char *word = first; word != NULL; word = va_arg (args, const char *))
    g_ptr_array_add (argv, (char *) word);
  g_ptr_array_add (argv, NULL);
  return run_program ((const char *const *) argv->pdata);
}

/* Runs dinhctl --json with @identity and the words that follow. */
Result *
hub_run (Hub *hub, const char *identity, ...)
{
  Result *result;
  va_list args;

  va_start (args, identity);
  result = run_ctl (identity, va_arg (args, const char *), args);
  va_end (args);
  return result;
}

/* The same as the administrator, and it must work. */
json_t *
hub_ctl (Hub *hub, ...)
{
  g_autoptr (Result) result = NULL;
  va_list args;

  va_start (args, hub);
  result = run_ctl (hub->admin, va_arg (args, const char *), args);
  va_end (args);
  if (result->status != 0)
    g_test_message ("dinhctl: %s", result->err);
  g_assert_cmpint (result->status, ==, 0);
  g_assert_nonnull (result->json);
  return g_steal_pointer (&result->json);
}

/* And here it must not: with the stable name @error, and @words (separated by |) in its message. */
void
hub_assert_fails (Hub *hub, const char *error, const char *words, ...)
{
  g_auto (GStrv) wanted = g_strsplit (words, "|", -1);
  g_autoptr (Result) result = NULL;
  const char *detail;
  va_list args;

  va_start (args, words);
  result = run_ctl (hub->admin, va_arg (args, const char *), args);
  va_end (args);
  g_assert_cmpint (result->status, >, 0);
  g_assert_nonnull (result->json);
  detail = dinh_json_get_string (result->json, "detail");
  g_assert_nonnull (strstr (result->err, detail));
  if (g_strcmp0 (dinh_json_get_string (result->json, "error"), error) != 0)
    g_test_fail_printf ("not “%s”: %s", error, result->out);
  for (char **word = wanted; *word != NULL; word++) {
    if (strstr (detail, *word) == NULL)
      g_test_fail_printf ("no “%s” in “%s”", *word, detail);
  }
}

char *
hub_add_device (Hub *hub, const char *name, const char *profile, const char *site)
{
  char *folder = g_build_filename (hub->folder, name, NULL);
  g_autoptr (DinhJson) added =
      hub_ctl (hub, "device", "add", name, "--profile", profile, "--site", site, "--out", folder, NULL);

  return folder;
}

static char *
identity_word (const char *identity, const char *word)
{
  g_autofree char *path = g_build_filename (identity, "identity.json", NULL);
  g_autoptr (DinhJson) json = dinh_json_load (path, NULL);

  g_assert_nonnull (dinh_json_get_string (json, word));
  return g_strdup (dinh_json_get_string (json, word));
}

char *
identity_device (const char *identity)
{
  return identity_word (identity, "device");
}

char *
identity_body (const char *identity)
{
  return identity_word (identity, "body");
}

GTlsCertificate *
identity_certificate (const char *identity)
{
  g_autofree char *certificate = g_build_filename (identity, "tls.crt", NULL);
  g_autofree char *key = g_build_filename (identity, "tls.key", NULL);
  g_autoptr (GError) error = NULL;
  GTlsCertificate *made = g_tls_certificate_new_from_files (certificate, key, &error);

  g_assert_no_error (error);
  return made;
}

static SoupMessage *
make_message (Hub *hub, GTlsCertificate *certificate, const Question *question)
{
  g_autofree char *uri = g_strdup_printf ("https://127.0.0.1:%u%s",
                                          question->enrol ? hub->enrol_port : hub->port, question->path);
  SoupMessage *message = soup_message_new (question->method == NULL ? "GET" : question->method, uri);

  g_assert_nonnull (message);
  if (certificate != NULL)
    soup_message_set_tls_client_certificate (message, certificate);
  if (question->body != NULL) {
    g_autoptr (GBytes) body =
        g_bytes_new (question->body, question->length == 0 ? strlen (question->body) : question->length);
    soup_message_set_request_body_from_bytes (message, "application/octet-stream", body);
  }
  for (guint i = 0; question->headers != NULL && question->headers[i] != NULL; i += 2)
    soup_message_headers_append (soup_message_get_request_headers (message), question->headers[i],
                                 question->headers[i + 1]);
  return message;
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* Each question has a session, and so a connection, of its own: sessions share connections among
 * certificates. */
Reply *
hub_ask_with (Hub *hub, GTlsCertificate *certificate, const Question *question)
{
  g_autofree char *authority = g_build_filename (hub->state, "trust", "ca.crt", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsDatabase) database = g_tls_file_database_new (authority, &error);
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (SoupMessage) message = make_message (hub, certificate, question);
  g_autoptr (SoupSession) session = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GBytes) body = NULL;
  Reply *reply = g_new0 (Reply, 1);

  /* A handshake that asks for a certificate needs a context that runs, and threads one each. */
  g_main_context_push_thread_default (context);
  session = soup_session_new_with_options ("tls-database", database, "proxy-resolver", NULL, "timeout", 40, NULL);
  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, on_result, &result);
  while (result == NULL)
    g_main_context_iteration (context, TRUE);
  body = soup_session_send_and_read_finish (session, result, &error);
  g_main_context_pop_thread_default (context);
  g_assert_no_error (error);
  reply->status = soup_message_get_status (message);
  reply->text = g_malloc0 (g_bytes_get_size (body) + 1);
  if (g_bytes_get_size (body) > 0)
    memcpy (reply->text, g_bytes_get_data (body, NULL), g_bytes_get_size (body));
  reply->headers = soup_message_headers_ref (soup_message_get_response_headers (message));
  reply->json = dinh_json_parse (reply->text, strlen (reply->text), NULL);
  return reply;
}

Reply *
hub_ask (Hub *hub, const Question *question)
{
  g_autoptr (GTlsCertificate) certificate =
      question->identity == NULL ? NULL : identity_certificate (question->identity);

  return hub_ask_with (hub, certificate, question);
}

/* A problem document (RFC 9457) with its stable type. */
void
assert_problem (const Reply *reply, guint status, const char *name)
{
  g_autofree char *type = g_strconcat ("urn:dinh:problem:", name, NULL);

  if (g_strcmp0 (dinh_json_get_string (reply->json, "type"), type) != 0)
    g_test_message ("%u: %s", reply->status, reply->text);
  g_assert_cmpuint (reply->status, ==, status);
  g_assert_cmpstr (soup_message_headers_get_content_type (reply->headers, NULL), ==,
                   "application/problem+json");
  g_assert_cmpstr (dinh_json_get_string (reply->json, "type"), ==, type);
  g_assert_cmpint (dinh_json_get_integer (reply->json, "status"), ==, status);
  g_assert_nonnull (dinh_json_get_string (reply->json, "title"));
}

/* How many events the hub says that @stream has; 0 if there is none. */
gint64
hub_stream_size (Hub *hub, const char *stream)
{
  g_autoptr (Reply) reply = hub_ask (hub, &(Question){.identity = hub->admin, .path = "/v1/streams"});
  gsize index;
  json_t *entry;

  g_assert_cmpuint (reply->status, ==, 200);
  json_array_foreach (json_object_get (reply->json, "streams"), index, entry)
  {
    if (strcmp (dinh_json_get_string (entry, "id"), stream) == 0)
      return dinh_json_get_integer (entry, "size");
  }
  return 0;
}

json_t *
folder_load (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "meeting.json", NULL);
  g_autoptr (GError) error = NULL;
  json_t *meeting = dinh_json_load (path, &error);

  g_assert_no_error (error);
  return meeting;
}

void
folder_write (const char *folder, const char *name, const char *bytes, gssize length)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_file_set_contents (path, bytes, length, &error);
  g_assert_no_error (error);
}

void
folder_save (const char *folder, json_t *meeting)
{
  g_autofree char *text = dinh_json_print (meeting);

  folder_write (folder, "meeting.json", text, -1);
}

static json_t *
find_below (json_t *items, const char *list, const char *id)
{
  gsize index, inner;
  json_t *item, *entry, *found;

  json_array_foreach (items, index, item)
  {
    json_t *entries = list == NULL ? NULL : json_object_get (item, list);

    if (list == NULL && strcmp (dinh_json_get_string (item, "id"), id) == 0)
      return item;
    json_array_foreach (entries, inner, entry)
    {
      if (strcmp (dinh_json_get_string (entry, "id"), id) == 0)
        return entry;
    }
    found = find_below (json_object_get (item, "items"), list, id);
    if (found != NULL)
      return found;
  }
  return NULL;
}

json_t *
find_item (json_t *meeting, const char *id)
{
  return find_below (json_object_get (meeting, "agenda"), NULL, id);
}

json_t *
find_paper (json_t *meeting, const char *id)
{
  return find_below (json_object_get (meeting, "agenda"), "papers", id);
}

void
copy_file (const char *from, const char *to)
{
  g_autofree char *bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  g_file_get_contents (from, &bytes, &length, &error);
  g_assert_no_error (error);
  g_file_set_contents (to, bytes, (gssize) length, &error);
  g_assert_no_error (error);
}

void
copy_tree (const char *from, const char *to)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) names = g_dir_open (from, 0, &error);
  const char *name;

  g_assert_no_error (error);
  g_assert_cmpint (g_mkdir_with_parents (to, 0700), ==, 0);
  while ((name = g_dir_read_name (names)) != NULL) {
    g_autofree char *source = g_build_filename (from, name, NULL);
    g_autofree char *target = g_build_filename (to, name, NULL);

    if (g_file_test (source, G_FILE_TEST_IS_DIR))
      copy_tree (source, target);
    else if (g_file_test (source, G_FILE_TEST_IS_REGULAR))
      copy_file (source, target);
  }
}

/* Makes a PDF larger by a comment, and different from what it was. */
void
pad_pdf (const char *path, gsize bytes)
{
  g_autofree char *old = NULL;
  g_autofree char *comment = g_strnfill (bytes, 'x');
  g_autoptr (GString) text = NULL;
  gsize length;
  const char *tail;

  g_assert_true (g_file_get_contents (path, &old, &length, NULL));
  tail = old + length - strlen ("startxref");
  while (strncmp (tail, "startxref", strlen ("startxref")) != 0)
    g_assert_true (--tail > old);
  text = g_string_new_len (old, (gssize) length);
  g_string_append_printf (text, "\n%%%08x%s\n", g_random_int (), comment);
  g_string_append_len (text, tail, (gssize) (length - (gsize) (tail - old)));
  g_assert_true (g_file_set_contents (path, text->str, (gssize) text->len, NULL));
}

char *
hash_file (const char *path)
{
  g_autofree char *bytes = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) bytes, length);
}
