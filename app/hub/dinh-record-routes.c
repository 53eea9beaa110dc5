/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hub/dinh-metrics.h"
#include "app/hub/dinh-server.h"
#include "data/hash/dinh-merkle.h"
#include "data/record/dinh-command.h"
#include "data/record/dinh-field.h"
#include "data/record/dinh-record-error.h"
#include "data/record/dinh-redaction.h"
#include "data/record/dinh-time.h"

#include <string.h>

/* Commands in, streams out. */

#define EVENTS_A_REPLY 1000
#define EVENTS_AT_ONCE 50
#define BYTES_A_REPLY (4 * 1024 * 1024)
#define MAX_WAIT 25
#define MAX_WAITING 64 /* of one device: each holds a connection */
#define LIVE_AFTER_END (7 * G_TIME_SPAN_DAY)

/* A reply that is held back until its stream grows. */
typedef struct {
  DinhExchange *exchange;
  char *stream;
  guint64 after;
  GSource *timeout;
  GSource *hang_up;
} Waiter;

static GPtrArray *waiters; /* one hub a process */

static void read_events (DinhExchange *exchange, const char *stream, guint64 after, guint64 wait);

static void
answer_refusal (DinhExchange *exchange, json_t *result)
{
  dinh_metrics_add (DINH_METRIC_COMMANDS_REFUSED, 1);
  json_object_del (result, "status");
  json_object_set_new (result, "title", json_string ("Refused"));
  json_object_set_new (result, "status", json_integer (409));
  dinh_exchange_answer_json (exchange, 409, result);
}

static void
on_submitted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DinhExchange *exchange = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = dinh_writer_submit_finish (DINH_WRITER (source), result, &error);
  json_t *answer;

  if (text == NULL) {
    dinh_metrics_add (DINH_METRIC_COMMANDS_REJECTED, 1);
    dinh_exchange_fail (exchange, error);
    return;
  }
  answer = dinh_json_parse (text, strlen (text), NULL);
  if (strcmp (dinh_json_get_string (answer, "status"), "recorded") != 0) {
    answer_refusal (exchange, answer);
    return;
  }
  dinh_metrics_add (DINH_METRIC_COMMANDS_RECORDED, 1);
  dinh_exchange_answer_json (exchange, 200, answer);
}

void
dinh_handle_commands (DinhExchange *exchange)
{
  SoupMessageBody *body = soup_server_message_get_request_body (exchange->message);
  g_autoptr (GBytes) bytes = soup_message_body_flatten (body);
  g_autoptr (GError) error = NULL;
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  g_autoptr (DinhCommand) command = dinh_command_parse (text == NULL ? "" : text, length, &error);

  if (command == NULL)
    dinh_exchange_fail (exchange, error);
  else
    dinh_writer_submit_async (dinh_hub_get_writer (exchange->hub), command, NULL, on_submitted, exchange);
}

void
dinh_handle_streams (DinhExchange *exchange)
{
  g_autoptr (GPtrArray) views = dinh_writer_list_views (dinh_hub_get_writer (exchange->hub));
  g_autoptr (DinhViewer) reader = dinh_viewer_new (exchange->body->state, &exchange->actor);
  json_t *list = json_array ();

  for (guint i = 0; i < views->len; i++) {
    const DinhView *view = g_ptr_array_index (views, i);

    if (dinh_viewer_may_see (reader, view->state))
      json_array_append_new (list, dinh_hub_describe (view));
  }
  dinh_exchange_answer_json (exchange, 200, json_pack ("{s:o}", "streams", list));
}

/*
 * The stream of the path as this device may see it; ends the exchange otherwise. A kiosk that holds a meeting
 * must tell one that was taken from it from one that the hub has lost.
 */
static DinhView *
find_stream (DinhExchange *exchange, const char *stream)
{
  g_autoptr (DinhView) view = dinh_writer_dup_view (dinh_hub_get_writer (exchange->hub), stream);
  g_autoptr (DinhViewer) reader = dinh_viewer_new (exchange->body->state, &exchange->actor);

  if (view != NULL && dinh_viewer_may_see (reader, view->state))
    return g_steal_pointer (&view);
  if (view != NULL &&
      json_object_get (json_object_get (view->state->json, "meeting"), "published_at") != NULL)
    dinh_exchange_problem (exchange, 403, "withdrawn", "stream “%.80s” is not for this device", stream);
  else
    dinh_exchange_problem (exchange, 404, "missing", "no stream “%.80s”", stream);
  return NULL;
}

static void
waiter_free (Waiter *waiter)
{
  g_source_destroy (waiter->timeout);
  g_source_unref (waiter->timeout);
  g_source_destroy (waiter->hang_up);
  g_source_unref (waiter->hang_up);
  g_free (waiter->stream);
  g_free (waiter);
}

/* Takes the waiter off the list and answers; the device may have been shut out while it waited. */
static void
end_wait (Waiter *waiter)
{
  DinhExchange *exchange = waiter->exchange;
  g_autofree char *stream = g_strdup (waiter->stream);
  guint64 after = waiter->after;

  g_ptr_array_remove_fast (waiters, waiter);
  if (dinh_exchange_identify (exchange))
    read_events (exchange, stream, after, 0);
  else
    dinh_exchange_problem (exchange, 403, "unknown-device",
                           "this certificate belongs to no device of this hub");
}

static gboolean
on_wait_ended (gpointer user_data)
{
  end_wait (user_data);
  return G_SOURCE_REMOVE;
}

/* Nobody is there to read an answer: nothing is read for it, and its connection is free again. */
static gboolean
on_hung_up (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  Waiter *waiter = user_data;
  DinhExchange *exchange = waiter->exchange;

  g_ptr_array_remove_fast (waiters, waiter);
  dinh_exchange_answer_empty (exchange, 503);
  return G_SOURCE_REMOVE;
}

static guint
count_waiting (const char *device)
{
  guint n = 0;

  for (guint i = 0; i < waiters->len; i++)
    n += strcmp (((Waiter *) g_ptr_array_index (waiters, i))->exchange->actor.device, device) == 0;
  return n;
}

static void
hold_back (DinhExchange *exchange, const char *stream, guint64 after, guint64 wait)
{
  Waiter *waiter;

  if (waiters == NULL)
    waiters = g_ptr_array_new_with_free_func ((GDestroyNotify) waiter_free);
  if (count_waiting (exchange->actor.device) >= MAX_WAITING) {
    dinh_exchange_problem (exchange, 429, "too-many-requests", "this device waits for %d replies already",
                           MAX_WAITING);
    return;
  }
  waiter = g_new0 (Waiter, 1);
  waiter->exchange = exchange;
  waiter->stream = g_strdup (stream);
  waiter->after = after;
  waiter->timeout = g_timeout_source_new_seconds ((guint) wait);
  g_source_set_callback (waiter->timeout, on_wait_ended, waiter, NULL);
  g_source_attach (waiter->timeout, NULL);
  waiter->hang_up =
      g_socket_create_source (soup_server_message_get_socket (exchange->message), G_IO_HUP, NULL);
  g_source_set_callback (waiter->hang_up, G_SOURCE_FUNC (on_hung_up), waiter, NULL);
  g_source_attach (waiter->hang_up, NULL);
  g_ptr_array_add (waiters, waiter);
}

/**
 * dinh_events_drop_all:
 *
 * Ends every wait without an answer: the server has stopped.
 */
void
dinh_events_drop_all (void)
{
  while (waiters != NULL && waiters->len > 0) {
    DinhExchange *exchange = ((Waiter *) g_ptr_array_index (waiters, 0))->exchange;

    g_ptr_array_remove_index_fast (waiters, 0);
    dinh_exchange_answer_empty (exchange, 503);
  }
}

/**
 * dinh_events_wake:
 *
 * @stream has grown: answers who waits for it.
 */
void
dinh_events_wake (DinhHub *hub, const char *stream)
{
  for (guint i = waiters == NULL ? 0 : waiters->len; i > 0; i--) {
    Waiter *waiter = g_ptr_array_index (waiters, i - 1);

    if (strcmp (waiter->stream, stream) == 0)
      end_wait (waiter);
  }
}

/* What a worker needs to print a page of events for one reader. */
typedef struct {
  DinhExchange *exchange;
  DinhView *view;
  DinhViewer *reader;
  guint64 after;
} Page;

static void
page_free (Page *page)
{
  dinh_view_unref (page->view);
  dinh_viewer_free (page->reader);
  g_free (page);
}

static void
print_event (const Page *page, const DinhStoredEvent *stored, GString *text)
{
  g_autoptr (DinhJson) readers = stored->readers == NULL ? NULL : json_loads (stored->readers, 0, NULL);

  if (stored->bytes != NULL && dinh_viewer_may_read (page->reader, readers)) {
    g_string_append_len (text, stored->bytes, (gssize) stored->length);
  } else {
    g_autoptr (DinhEvent) event = dinh_event_new_redacted (stored->seq, &stored->leaf);
    g_autofree char *line = dinh_event_print_redacted (event);
    g_string_append (text, line);
  }
  g_string_append_c (text, '\n');
}

/* Not past the checkpoint that goes with them. Few are in memory at once: each may have a megabyte. */
static gboolean
print_events (const Page *page, DinhStore *store, GString *text, GError **error)
{
  guint64 next = page->after + 1, end = MIN (page->after + EVENTS_A_REPLY, page->view->state->size);

  while (next <= end && text->len < BYTES_A_REPLY) {
    guint n_wanted = (guint) MIN (EVENTS_AT_ONCE, end - next + 1);
    g_autoptr (GPtrArray) events =
        dinh_store_read_events (store, page->view->stream, next - 1, n_wanted, error);

    if (events == NULL)
      return FALSE;
    if (events->len == 0)
      return TRUE;
    for (guint i = 0; i < events->len && text->len < BYTES_A_REPLY; i++)
      print_event (page, g_ptr_array_index (events, i), text);
    next += events->len;
  }
  return TRUE;
}

static void
print_page (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Page *page = task_data;
  DinhHub *hub = page->exchange->hub;
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhStore) store = dinh_hub_take_store (hub, &error);
  g_autoptr (GString) text = g_string_new (NULL);

  if (store == NULL || !print_events (page, store, text, &error)) {
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }
  dinh_hub_give_store (hub, g_steal_pointer (&store));
  g_task_return_pointer (task, g_string_free (g_steal_pointer (&text), FALSE), g_free);
}

static void
on_page_printed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Page *page = g_task_get_task_data (G_TASK (result));
  DinhExchange *exchange = page->exchange;
  g_autoptr (GError) error = NULL;
  g_autofree char *size = g_strdup_printf ("%" G_GUINT64_FORMAT, page->view->state->size);
  g_autofree char *note =
      g_base64_encode ((const guchar *) page->view->checkpoint, strlen (page->view->checkpoint));
  char *text = g_task_propagate_pointer (G_TASK (result), &error);

  if (text == NULL) {
    dinh_exchange_fail (exchange, error);
    return;
  }
  dinh_exchange_set_header (exchange, "Dinh-Size", size);
  dinh_exchange_set_header (exchange, "Dinh-Checkpoint", note);
  dinh_exchange_answer (exchange, 200, "application/x-ndjson", text);
}

static void
read_events (DinhExchange *exchange, const char *stream, guint64 after, guint64 wait)
{
  g_autoptr (DinhView) view = find_stream (exchange, stream);
  g_autoptr (GTask) task = NULL;
  Page *page;

  if (view == NULL)
    return;
  if (wait > 0 && after >= view->state->size) {
    hold_back (exchange, stream, after, wait);
    return;
  }
  page = g_new0 (Page, 1);
  page->exchange = exchange;
  page->reader = dinh_viewer_new (exchange->body->state, &exchange->actor);
  page->view = g_steal_pointer (&view);
  page->after = after;
  task = g_task_new (NULL, NULL, on_page_printed, NULL);
  g_task_set_task_data (task, page, (GDestroyNotify) page_free);
  g_task_run_in_thread (task, print_page);
}

void
dinh_handle_events (DinhExchange *exchange)
{
  guint64 after, wait;

  if (dinh_exchange_get_number (exchange, "after", 0, G_MAXINT64, &after) &&
      dinh_exchange_get_number (exchange, "wait", 0, MAX_WAIT, &wait))
    read_events (exchange, exchange->argument, after, wait);
}

/* Which proof of which stream. */
typedef struct {
  DinhExchange *exchange;
  char *stream;
  guint64 from, to;
} ProofRequest;

static void
proof_request_free (ProofRequest *request)
{
  g_free (request->stream);
  g_free (request);
}

static json_t *
proof_to_json (const GArray *proof, guint64 from, guint64 to)
{
  json_t *hashes = json_array ();

  for (guint i = 0; i < proof->len; i++) {
    g_autofree char *hex = dinh_hash_to_hex (&g_array_index (proof, DinhHash, i));
    json_array_append_new (hashes, json_string (hex));
  }
  return json_pack ("{s:I, s:I, s:o}", "from", (json_int_t) from, "to", (json_int_t) to, "proof", hashes);
}

static void
make_proof (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  ProofRequest *request = task_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhStore) store = dinh_hub_take_store (request->exchange->hub, &error);
  g_autoptr (GArray) leaves = store == NULL ? NULL : dinh_store_read_leaves (store, request->stream, &error);
  g_autoptr (DinhMerkle) tree = dinh_merkle_new ();
  g_autoptr (GArray) proof = NULL;

  if (leaves == NULL) {
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }
  dinh_hub_give_store (request->exchange->hub, g_steal_pointer (&store));
  for (guint i = 0; i < leaves->len; i++)
    dinh_merkle_append (tree, &g_array_index (leaves, DinhHash, i));
  proof = dinh_merkle_prove_consistency (tree, request->from, request->to);
  if (proof == NULL)
    g_task_return_new_error (task, DINH_RECORD_ERROR, DINH_RECORD_ERROR_FIELD,
                             "the sizes are not 1 ≤ from ≤ to ≤ %u", leaves->len);
  else
    g_task_return_pointer (task, proof_to_json (proof, request->from, request->to),
                           (GDestroyNotify) json_decref);
}

static void
on_proof_made (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ProofRequest *request = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  json_t *json = g_task_propagate_pointer (G_TASK (result), &error);

  if (json == NULL)
    dinh_exchange_fail (request->exchange, error);
  else
    dinh_exchange_answer_json (request->exchange, 200, json);
}

void
dinh_handle_proof (DinhExchange *exchange)
{
  g_autoptr (DinhView) view = find_stream (exchange, exchange->argument);
  g_autoptr (GTask) task = NULL;
  ProofRequest *request;
  guint64 from, to;

  if (view == NULL || !dinh_exchange_get_number (exchange, "from", 0, G_MAXINT64, &from) ||
      !dinh_exchange_get_number (exchange, "to", view->state->size, G_MAXINT64, &to))
    return;
  request = g_new0 (ProofRequest, 1);
  request->exchange = exchange;
  request->stream = g_strdup (view->stream);
  request->from = from;
  request->to = to;
  task = g_task_new (NULL, NULL, on_proof_made, NULL);
  g_task_set_task_data (task, request, (GDestroyNotify) proof_request_free);
  g_task_run_in_thread (task, make_proof);
}

static gboolean
is_live (const DinhView *view, gint64 now)
{
  const char *ends = dinh_json_get_string (json_object_get (view->state->json, "meeting"), "ends");
  gint64 time = G_MAXINT64;

  return ends == NULL || !dinh_time_parse (ends, &time) || time + LIVE_AFTER_END > now;
}

/*
 * nginx asks which channel a device is to listen to: that of those who hear the same. Long past meetings are left
 * out, so that there are few of these; the kiosk asks for those now and then.
 */
void
dinh_handle_live (DinhExchange *exchange)
{
  DinhWriter *writer = dinh_hub_get_writer (exchange->hub);
  g_autoptr (GPtrArray) views = dinh_writer_list_views (writer);
  g_autoptr (DinhViewer) reader = dinh_viewer_new (exchange->body->state, &exchange->actor);
  g_autoptr (GString) hears = g_string_new (NULL);

  for (guint i = 0; i < views->len; i++) {
    const DinhView *view = g_ptr_array_index (views, i);

    if (i == 0 || (is_live (view, dinh_writer_now (writer)) && dinh_viewer_may_see (reader, view->state)))
      g_string_append_printf (hears, "%s%s", i == 0 ? "" : ",", view->stream);
  }
  dinh_exchange_set_header (exchange, "X-Dinh-Channel",
                            dinh_push_enter (dinh_hub_get_push (exchange->hub), exchange->actor.device, hears->str));
  dinh_exchange_answer_empty (exchange, 200);
}

static const DinhField signal_fields[] = {
    {"stream", DINH_FIELD_UUID, TRUE},
    {"name", DINH_FIELD_KEY, TRUE},
    {"value", DINH_FIELD_TEXT, TRUE, 0, 1000},
    {NULL},
};

/* Passed on and forgotten. */
void
dinh_handle_signals (DinhExchange *exchange)
{
  g_autoptr (DinhJson) signal = dinh_exchange_get_json (exchange, signal_fields);
  g_autoptr (DinhView) view = NULL;
  g_autoptr (DinhJson) wrapped = NULL;
  g_autofree char *line = NULL;

  if (signal == NULL)
    return;
  view = find_stream (exchange, dinh_json_get_string (signal, "stream"));
  if (view == NULL)
    return;
  json_object_set_new (signal, "device", json_string (exchange->actor.device));
  wrapped = json_pack ("{s:O}", "signal", signal);
  line = dinh_json_print (wrapped);
  dinh_push_send (dinh_hub_get_push (exchange->hub), view->stream, line);
  dinh_exchange_answer_empty (exchange, 204);
}
