/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/store/dinh-writer.h"

#include "data/hash/dinh-checkpoint.h"
#include "data/hash/dinh-merkle.h"
#include "data/record/dinh-audit.h"
#include "data/record/dinh-kind.h"
#include "data/record/dinh-record-error.h"
#include "data/record/dinh-time.h"
#include "data/store/dinh-crash-point.h"
#include "data/store/dinh-refusals.h"

#include <string.h>

/*
 * The one thread that writes records. It drains its queue, judges each command in a savepoint of its own, commits the
 * batch with one fsync, and only then answers: a hub with an old disk takes thousands of votes a second that way. It
 * alone owns live states; everybody else gets views. After a failed commit the states are thrown away and folded again.
 */

#define BATCH_SIZE 512
#define SNAPSHOT_EVERY 64
#define PROBE_SIZE (32 * 1024)
#define MAX_AHEAD (5 * 60 * G_USEC_PER_SEC)
#define AUDIT_KIND "audit"
#define NOTES "audit:" /* values: what other programs have done, to be told to the audit stream */
#define PURGE "purge"  /* the value that says that something was redacted and the file not purged since */

/* A stream that the thread holds in memory. */
typedef struct {
  char *kind;
  DinhState *state;
  DinhMerkle *tree;
  guint64 snapshot_size;
  guint64 committed_size;
  gboolean is_stale; /* the snapshot that is stored must not stay */
  GPtrArray *fresh; /* lines since the last commit */
  GPtrArray *kinds; /* and their kinds */
} Live;

struct _DinhWriter {
  GObject parent_instance;

  DinhStore *store; /* the thread's */
  GHashTable *live; /* the thread's: stream → Live */
  char *body;
  char *hub_device;
  gboolean keeps_audit;
  char *audit;             /* the thread's: its stream, NULL before there is one */
  DinhRefusals *refusals;  /* the thread's */
  gboolean must_purge;     /* the thread's */
  DinhKey *hub_key;

  GError *failure; /* the thread's: why nothing is acknowledged any more */

  GAsyncQueue *queue;   /* of GTask with a Job; the writer itself means stop */
  gboolean is_stopping; /* under the queue's lock */
  GThread *thread;
  GMainContext *context; /* where commits are told */

  GMutex mutex;
  GHashTable *views; /* under the mutex: stream → DinhView */
  GPtrArray *order;  /* under the mutex: streams, oldest first */
  gint64 last_time;  /* under the mutex: hub time never goes back */
};

enum { COMMITTED, FAILED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DinhWriter, dinh_writer, G_TYPE_OBJECT)

/* What is asked of the thread: a command, or some work. */
typedef struct {
  DinhCommand *command;
  DinhWriterWork work;
  DinhWriterAudit audit;
  gpointer data;
  GDestroyNotify free_data;
  GDestroyNotify free_result;
} Job;

/* What the thread knows of a job while its batch is not committed. */
typedef struct {
  GTask *task;
  gpointer result;
  GError *error;
} Answer;

static void
job_free (Job *job)
{
  g_clear_pointer (&job->command, dinh_command_unref);
  if (job->free_data != NULL)
    job->free_data (job->data);
  g_free (job);
}

static void
live_free (Live *live)
{
  g_free (live->kind);
  dinh_state_free (live->state);
  dinh_merkle_free (live->tree);
  g_ptr_array_unref (live->fresh);
  g_ptr_array_unref (live->kinds);
  g_free (live);
}

/**
 * dinh_view_ref:
 *
 * Returns: (transfer full): the same view.
 */
DinhView *
dinh_view_ref (DinhView *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

/**
 * dinh_view_unref:
 *
 * Gives a reference back.
 */
void
dinh_view_unref (DinhView *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_free (self->stream);
  g_free (self->kind);
  dinh_state_free (self->state);
  g_free (self->checkpoint);
  g_free (self);
}

static void
commit_free (DinhCommit *commit)
{
  dinh_view_unref (commit->view);
  g_ptr_array_unref (commit->lines);
  g_ptr_array_unref (commit->kinds);
  g_free (commit);
}

static DinhView *
make_view (DinhWriter *self, const char *stream, const Live *live)
{
  DinhView *view = g_new0 (DinhView, 1);
  g_autofree char *origin = g_strdup_printf ("dinh/%s/%s", self->body, stream);

  g_atomic_ref_count_init (&view->references);
  view->stream = g_strdup (stream);
  view->kind = g_strdup (live->kind);
  view->state = dinh_state_copy (live->state);
  dinh_merkle_root (live->tree, live->state->size, &view->root);
  view->checkpoint = dinh_checkpoint_sign (origin, live->state->size, &view->root, self->hub_key);
  return view;
}

static void
show_view (DinhWriter *self, DinhView *view)
{
  g_mutex_lock (&self->mutex);
  if (!g_hash_table_contains (self->views, view->stream))
    g_ptr_array_add (self->order, g_strdup (view->stream));
  g_hash_table_insert (self->views, g_strdup (view->stream), dinh_view_ref (view));
  g_mutex_unlock (&self->mutex);
}

static Live *
live_new (const char *stream, const char *kind)
{
  Live *live = g_new0 (Live, 1);

  live->kind = g_strdup (kind);
  live->state = dinh_state_new (stream);
  live->tree = dinh_merkle_new ();
  live->fresh = g_ptr_array_new_with_free_func (g_free);
  live->kinds = g_ptr_array_new_with_free_func (g_free);
  return live;
}

static gboolean
load_leaves (DinhWriter *self, Live *live, GError **error)
{
  g_autoptr (GArray) leaves = dinh_store_read_leaves (self->store, live->state->stream, error);

  if (leaves == NULL)
    return FALSE;
  for (guint i = 0; i < leaves->len; i++)
    dinh_merkle_append (live->tree, &g_array_index (leaves, DinhHash, i));
  return TRUE;
}

static gboolean
load_last_time (DinhWriter *self, const Live *live, GError **error)
{
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (DinhEvent) event = NULL;
  const DinhStoredEvent *stored;

  if (live->state->size == 0)
    return TRUE;
  events = dinh_store_read_events (self->store, live->state->stream, live->state->size - 1, 1, error);
  if (events == NULL)
    return FALSE;
  stored = events->len == 0 ? NULL : g_ptr_array_index (events, 0);
  event = stored == NULL || stored->bytes == NULL ? NULL : dinh_event_parse (stored->bytes, stored->length, NULL);
  g_mutex_lock (&self->mutex);
  if (event != NULL)
    self->last_time = MAX (self->last_time, event->at);
  g_mutex_unlock (&self->mutex);
  return TRUE;
}

/* A snapshot only saves time: whatever is wrong with it, the events are folded from the first. */
static gboolean
load_live (DinhWriter *self, const DinhStoredStream *stream, GError **error)
{
  Live *live = live_new (stream->id, stream->kind);
  g_autofree char *snapshot = NULL;
  guint64 size = 0;

  g_hash_table_insert (self->live, g_strdup (stream->id), live);
  if (!dinh_store_get_snapshot (self->store, stream->id, &size, &snapshot, error) || !load_leaves (self, live, error))
    return FALSE;
  if (dinh_merkle_get_size (live->tree) != stream->size) {
    g_set_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_CORRUPT,
                 "%" G_GUINT64_FORMAT " events are stored, not %" G_GUINT64_FORMAT, dinh_merkle_get_size (live->tree),
                 stream->size);
    return FALSE;
  }
  if (snapshot != NULL && size <= stream->size) {
    DinhState *state = dinh_state_new_from_snapshot (stream->id, size, snapshot, NULL);

    if (state != NULL) {
      dinh_state_free (live->state);
      live->state = state;
      live->snapshot_size = size;
    }
  }
  if (!dinh_store_fold (self->store, live->state, error) || !load_last_time (self, live, error))
    return FALSE;
  live->committed_size = live->state->size;
  return TRUE;
}

static gboolean
load_all (DinhWriter *self, GError **error)
{
  g_autoptr (GPtrArray) streams = dinh_store_list_streams (self->store, error);

  if (streams == NULL)
    return FALSE;
  g_hash_table_remove_all (self->live);
  g_clear_pointer (&self->audit, g_free);
  for (guint i = 0; i < streams->len; i++) {
    const DinhStoredStream *stream = g_ptr_array_index (streams, i);
    g_autoptr (DinhView) view = NULL;

    if (!load_live (self, stream, error)) {
      g_prefix_error (error, "stream “%s”: ", stream->id);
      return FALSE;
    }
    if (strcmp (stream->kind, AUDIT_KIND) == 0)
      self->audit = g_strdup (stream->id);
    view = make_view (self, stream->id, g_hash_table_lookup (self->live, stream->id));
    show_view (self, view);
  }
  return TRUE;
}

static const json_t *
find_device (DinhWriter *self, const char *device)
{
  const Live *body = g_hash_table_lookup (self->live, self->body);

  return body == NULL ? NULL : dinh_state_get (body->state, "devices", device);
}

static gboolean
refuse (GError **error, int code, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
refuse (GError **error, int code, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_propagate_error (error, g_error_new_valist (DINH_RECORD_ERROR, code, format, args));
  va_end (args);
  return FALSE;
}

/* Both when it was signed, as the device says, and now: nobody can date a command back to when a key still held. */
static gboolean
check_validity (const json_t *device, const DinhCommand *command, gint64 now, GError **error)
{
  if (dinh_json_get_string (device, "revoked") != NULL)
    return refuse (error, DINH_RECORD_ERROR_KEY, "device “%s” was revoked", command->device);
  return (dinh_device_holds (device, command->at) && dinh_device_holds (device, now)) ||
         refuse (error, DINH_RECORD_ERROR_KEY, "the key of device “%s” is not yet or no longer valid", command->device);
}

/* The key with which the person signed at the time that the command claims; it may have waited on a kiosk since then. */
static DinhKey *
find_person_key (DinhWriter *self, const DinhCommand *command, GError **error)
{
  const Live *body = g_hash_table_lookup (self->live, self->body);
  const char *key = body == NULL ? NULL : dinh_person_find_key (body->state, command->by, command->at);

  if (key != NULL)
    return dinh_key_new_from_public (key, error);
  refuse (error, DINH_RECORD_ERROR_KEY, "person “%s” had no key then", command->by);
  return NULL;
}

/* Who is it, and did they really sign? What fails here is not remembered: anybody could have sent it. */
static gboolean
authenticate (DinhWriter *self, const DinhCommand *command, gint64 now, DinhActor *actor, GError **error)
{
  const json_t *device = NULL;
  g_autoptr (DinhKey) key = NULL;
  gboolean is_hub = command->by == NULL && strcmp (command->device, self->hub_device) == 0;

  if (!is_hub) {
    device = find_device (self, command->device);
    if (device == NULL)
      return refuse (error, DINH_RECORD_ERROR_KEY, "no device “%s”", command->device);
    key = command->by == NULL ? dinh_key_new_from_public (dinh_json_get_string (device, "key"), error)
                              : find_person_key (self, command, error);
    if (key == NULL)
      return FALSE;
  }
  if (!dinh_command_verify (command, is_hub ? self->hub_key : key))
    return refuse (error, DINH_RECORD_ERROR_SIGNATURE, "not signed by %s “%s”", command->by == NULL ? "device" : "person",
                   command->by == NULL ? command->device : command->by);
  if (command->at > now + MAX_AHEAD)
    return refuse (error, DINH_RECORD_ERROR_TIME, "the claimed time is in the future; check the device's clock");
  if (!is_hub && !check_validity (device, command, now, error))
    return FALSE;
  actor->device = command->device;
  actor->profile = is_hub ? "hub" : dinh_json_get_string (device, "profile");
  actor->site = dinh_json_get_string (device, "site");
  actor->person = command->by;
  return TRUE;
}

/* The stream of a command; a founding one gets an empty stream that is kept only if the command is accepted. */
static Live *
find_live (DinhWriter *self, const DinhCommand *command)
{
  const DinhCommandKind *row = dinh_command_kind_find (command->kind);
  Live *live = g_hash_table_lookup (self->live, command->stream);

  if (live == NULL) {
    live = live_new (command->stream, dinh_stream_kind_get_name (row == NULL ? DINH_STREAM_MEETING : row->stream));
    g_hash_table_insert (self->live, g_strdup (command->stream), live);
  }
  return live;
}

/* Appends one event to the store and to everything in memory that follows it. */
static gboolean
record_draft (DinhWriter *self, Live *live, const DinhCommand *command, const DinhDraft *draft, gint64 now,
              gboolean is_first, json_t *recorded, GError **error)
{
  g_autoptr (DinhEvent) event =
    dinh_event_new (command->stream, live->state->size + 1, draft->kind, now, draft->body, command, is_first);
  gsize length;
  const char *bytes = g_bytes_get_data (event->bytes, &length);
  g_autofree char *readers_text = NULL;
  DinhStoredEvent stored = { event->seq, event->leaf, (char *) bytes, length, NULL };
  const json_t *readers;

  if (!dinh_state_apply (live->state, event, error))
    return FALSE;
  readers = dinh_event_readers (live->state, draft->kind, draft->body);
  if (readers != NULL)
    stored.readers = readers_text = dinh_json_print (readers);
  if (event->seq == 1 && !dinh_store_add_stream (self->store, command->stream, live->kind, error))
    return FALSE;
  if (!dinh_store_add_event (self->store, command->stream, &stored, error))
    return FALSE;
  dinh_merkle_append (live->tree, &event->leaf);
  g_ptr_array_add (live->fresh, readers == NULL ? g_strndup (bytes, length) : dinh_event_print_redacted (event));
  g_ptr_array_add (live->kinds, g_strdup (event->kind));
  json_array_append_new (recorded, json_pack ("{s:I, s:s, s:s}", "seq", (json_int_t) event->seq, "id", event->id,
                                              "kind", event->kind));
  return TRUE;
}

static char *
recorded_result (const DinhCommand *command, json_t *recorded, gint64 now)
{
  g_autofree char *at = dinh_time_format (now);
  g_autoptr (DinhJson) result = json_pack ("{s:s, s:s, s:s, s:s, s:O}", "status", "recorded", "command", command->id,
                                           "stream", command->stream, "at", at, "events", recorded);

  return dinh_json_print (result);
}

static char *
refused_result (const DinhCommand *command, const GError *reason)
{
  g_autofree char *type = g_strconcat ("urn:dinh:problem:", dinh_record_error_get_name (reason->code), NULL);
  g_autoptr (DinhJson) result = json_pack ("{s:s, s:s, s:s, s:s}", "status", "refused", "command", command->id, "type",
                                           type, "detail", reason->message);

  return dinh_json_print (result);
}

/* --- redaction --- */

/* Who is to be redacted: FALSE with a #DinhRecordError if there is no such event any more, or the record stands on it. */
static DinhEvent *
find_redactable (DinhWriter *self, const char *stream, guint64 seq, GError **error)
{
  g_autoptr (GPtrArray) events = dinh_store_read_events (self->store, stream, seq - 1, 1, error);
  const DinhStoredEvent *stored = events == NULL || events->len == 0 ? NULL : g_ptr_array_index (events, 0);
  g_autoptr (DinhEvent) event = NULL;
  const DinhEventKind *row;

  if (events == NULL)
    return NULL;
  if (stored == NULL || stored->bytes == NULL)
    return refuse (error, DINH_RECORD_ERROR_MISSING, "event %" G_GUINT64_FORMAT " has no body", seq), NULL;
  event = dinh_event_parse (stored->bytes, stored->length, error);
  row = event == NULL ? NULL : dinh_event_kind_find (event->kind);
  if (row != NULL && row->kept)
    return refuse (error, DINH_RECORD_ERROR_STATE, "event %" G_GUINT64_FORMAT " is “%s”, on which the record stands", seq,
                   event->kind),
           NULL;
  return g_steal_pointer (&event);
}

/* The event's words leave the store, and the state that was made of them. What they are still in is replaced with the commit. */
static gboolean
redact (DinhWriter *self, Live *live, const DinhCommand *command, GError **error)
{
  guint64 seq = dinh_redacted_seq (command->body);
  g_autoptr (DinhEvent) event = find_redactable (self, command->stream, seq, error);
  g_autoptr (DinhState) without = dinh_state_new (command->stream);

  if (event == NULL || !dinh_store_fold_without (self->store, without, seq, error) ||
      !dinh_redaction_check (live->state, without, error) ||
      !dinh_store_redact_event (self->store, command->stream, seq, event->command == NULL ? NULL : event->id, error) ||
      !dinh_store_put_value (self->store, PURGE, "1", error))
    return FALSE;
  dinh_state_free (live->state);
  live->state = g_steal_pointer (&without);
  live->is_stale = self->must_purge = TRUE;
  return TRUE;
}

/* After the commit. What cannot be done now, since somebody reads, is done when the writer settles. */
static void
purge (DinhWriter *self)
{
  if (!self->must_purge || !dinh_store_purge (self->store, NULL))
    return;
  self->must_purge = FALSE;
  dinh_store_put_value (self->store, PURGE, NULL, NULL);
}

/* --- the audit stream --- */

static char *decide_and_record (DinhWriter *self, DinhCommand *command, const DinhActor *actor, gint64 now, GError **error);

static gboolean
record_own (DinhWriter *self, const char *kind, const json_t *body, gint64 now, GError **error)
{
  g_autoptr (DinhCommand) command =
    dinh_command_new (kind, self->audit, self->hub_device, now, (json_t *) body, self->hub_key);
  DinhActor actor = { self->hub_device, "hub", NULL, NULL };
  g_autofree char *result = decide_and_record (self, command, &actor, now, error);

  if (result == NULL || strstr (result, "\"status\":\"recorded\"") != NULL)
    return result != NULL;
  return refuse (error, DINH_RECORD_ERROR_FIELD, "%s: %s", kind, result);
}

/* What was done or refused, in the same transaction; a refusal that came just before is only counted. */
static gboolean
record_audit (DinhWriter *self, const json_t *body, gint64 now, GError **error)
{
  g_autoptr (DinhJson) nothing = json_object ();

  if (!self->keeps_audit)
    return TRUE;
  if (self->audit == NULL) {
    self->audit = dinh_uuid_new ();
    if (!record_own (self, "audit-begin", nothing, now, error))
      return FALSE;
  }
  return record_own (self, "audit-record", body, now, error);
}

static gboolean
tell_audit (DinhWriter *self, const json_t *body, gint64 now, GError **error)
{
  gboolean is_refusal = g_strcmp0 (dinh_json_get_string (body, "outcome"), "refused") == 0;

  return (is_refusal && !dinh_refusals_take (self->refusals, body, now)) || record_audit (self, body, now, error);
}

static gboolean
audit_done (DinhWriter *self, const DinhCommand *command, gint64 now, GError **error)
{
  const char *reason = dinh_json_get_string (command->body, "order");
  const char *subject = dinh_json_get_string (command->body, "id");
  g_autofree char *seq = g_strdup_printf ("%" G_GUINT64_FORMAT, dinh_redacted_seq (command->body));
  g_autoptr (DinhJson) body = dinh_audit_to_json (&(DinhAudit) {
    .action = command->kind,
    .device = command->device,
    .person = command->by,
    .subject = reason == NULL ? subject : seq,
    .stream = reason == NULL && strcmp (command->stream, self->body) == 0 ? NULL : command->stream,
    .reason = reason == NULL ? dinh_json_get_string (command->body, "reason") : reason,
  });

  return tell_audit (self, body, now, error);
}

/* Only what was not theirs to do; that a name is taken is nobody's offence. */
static gboolean
audit_refusal (DinhWriter *self, const DinhCommand *command, const GError *reason, gint64 now, GError **error)
{
  g_autoptr (DinhJson) body = NULL;

  if (reason->code != DINH_RECORD_ERROR_FORBIDDEN && reason->code != DINH_RECORD_ERROR_SECRET)
    return TRUE;
  body = dinh_audit_to_json (&(DinhAudit) {
    .action = "command",
    .refused = TRUE,
    .device = command->device,
    .person = command->by,
    .subject = command->kind,
    .stream = command->stream,
    .reason = dinh_record_error_get_name (reason->code),
  });
  return tell_audit (self, body, now, error);
}

/* A refusal by the rules is an answer, too. */
static char *
refuse_command (DinhWriter *self, const DinhCommand *command, const GError *reason, gint64 now, GError **error)
{
  return audit_refusal (self, command, reason, now, error) ? refused_result (command, reason) : NULL;
}

/* Decides and writes. A refusal by the rules is a result; @error is for what cannot be answered for good. */
static char *
decide_and_record (DinhWriter *self, DinhCommand *command, const DinhActor *actor, gint64 now, GError **error)
{
  Live *live = find_live (self, command);
  const Live *body = g_hash_table_lookup (self->live, self->body);
  DinhSituation situation = { live->state, body == NULL ? live->state : body->state, actor, now };
  g_autoptr (GPtrArray) drafts = g_ptr_array_new_with_free_func ((GDestroyNotify) dinh_draft_free);
  g_autoptr (DinhJson) recorded = json_array ();
  g_autoptr (GError) reason = NULL;

  if (!dinh_decide (&situation, command, drafts, &reason)) {
    /* The stream that only this command wanted goes with it. */
    if (live->state->size == 0)
      g_hash_table_remove (self->live, command->stream);
    return refuse_command (self, command, reason, now, error);
  }
  if (drafts->len > 0 && strcmp (command->kind, "event-redact") == 0 && !redact (self, live, command, &reason)) {
    if (reason->domain == DINH_RECORD_ERROR)
      return refuse_command (self, command, reason, now, error);
    g_propagate_error (error, g_steal_pointer (&reason));
    return NULL;
  }
  for (guint i = 0; i < drafts->len; i++) {
    if (!record_draft (self, live, command, g_ptr_array_index (drafts, i), now, i == 0, recorded, error))
      return NULL;
  }
  if (drafts->len > 0 && dinh_command_kind_find (command->kind)->audited && !audit_done (self, command, now, error))
    return NULL;
  return recorded_result (command, recorded, now);
}

/* Returns the answer, or NULL with @error; @broken says that memory and store may differ now. */
static char *
handle_command (DinhWriter *self, DinhCommand *command, gint64 now, gboolean *broken, GError **error)
{
  g_autofree char *result = NULL;
  DinhHash hash, known;
  DinhActor actor;

  dinh_command_hash (command, &hash);
  if (!dinh_store_get_command (self->store, command->id, &known, &result, error))
    return NULL;
  if (result != NULL && dinh_hash_equal (&hash, &known))
    return g_steal_pointer (&result);
  if (result != NULL)
    return refuse (error, DINH_RECORD_ERROR_REUSED, "command “%s” came before with other bytes", command->id), NULL;
  if (!authenticate (self, command, now, &actor, error))
    return NULL;
  result = decide_and_record (self, command, &actor, now, error);
  *broken = result == NULL;
  if (result != NULL && !dinh_store_put_command (self->store, command->id, &hash, result, error)) {
    *broken = TRUE;
    return NULL;
  }
  return g_steal_pointer (&result);
}

/* Writes for the sake of writing, more than a usual command needs. */
static gpointer
probe (DinhStore *store, gpointer data, GError **error)
{
  g_autofree char *time = dinh_time_format (dinh_writer_now (data));
  g_autofree char *text = g_strnfill (PROBE_SIZE, time[strlen (time) - 2]);

  return dinh_store_put_value (store, "probe", text, error) ? g_steal_pointer (&time) : NULL;
}

static void
answer_free (Answer *answer)
{
  const Job *job = g_task_get_task_data (answer->task);

  if (answer->result != NULL && job->free_result != NULL)
    job->free_result (answer->result);
  g_object_unref (answer->task);
  g_clear_error (&answer->error);
  g_free (answer);
}

static void
answer_all (GPtrArray *answers, const GError *failure)
{
  for (guint i = 0; i < answers->len; i++) {
    Answer *answer = g_ptr_array_index (answers, i);

    if (failure != NULL)
      g_task_return_error (answer->task, g_error_copy (failure));
    else if (answer->error != NULL)
      g_task_return_error (answer->task, g_steal_pointer (&answer->error));
    else
      g_task_return_pointer (answer->task, g_steal_pointer (&answer->result),
                             ((const Job *) g_task_get_task_data (answer->task))->free_result);
  }
}

typedef struct {
  DinhWriter *writer;
  DinhCommit *commit;
} Notice;

/* Never g_main_context_invoke(): where no loop runs it would call back in this thread. */
static void
tell (DinhWriter *self, GSourceFunc function, gpointer data)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, function, data, NULL);
  g_source_attach (source, self->context);
}

static gboolean
on_commit_told (gpointer user_data)
{
  Notice *notice = user_data;

  g_signal_emit (notice->writer, signals[COMMITTED], 0, notice->commit);
  g_object_unref (notice->writer);
  commit_free (notice->commit);
  g_free (notice);
  return G_SOURCE_REMOVE;
}

static gboolean
on_failure_told (gpointer user_data)
{
  g_autoptr (DinhWriter) self = user_data;

  g_signal_emit (self, signals[FAILED], 0);
  return G_SOURCE_REMOVE;
}

/* After the commit: what everybody else may now know. */
static void
tell_commit (DinhWriter *self, const char *stream, Live *live)
{
  Notice *notice = g_new0 (Notice, 1);
  DinhCommit *commit = g_new0 (DinhCommit, 1);

  commit->view = make_view (self, stream, live);
  commit->lines = g_steal_pointer (&live->fresh);
  commit->kinds = g_steal_pointer (&live->kinds);
  commit->first = live->committed_size + 1;
  live->fresh = g_ptr_array_new_with_free_func (g_free);
  live->kinds = g_ptr_array_new_with_free_func (g_free);
  live->committed_size = live->state->size;
  show_view (self, commit->view);
  notice->writer = g_object_ref (self);
  notice->commit = commit;
  tell (self, on_commit_told, notice);
}

static gboolean
save_snapshots (DinhWriter *self, guint64 every, GError **error)
{
  GHashTableIter iter;
  const char *stream;
  Live *live;

  g_hash_table_iter_init (&iter, self->live);
  while (g_hash_table_iter_next (&iter, (gpointer *) &stream, (gpointer *) &live)) {
    g_autofree char *text = NULL;

    if (!live->is_stale && (live->state->size < live->snapshot_size + every || live->state->size == 0))
      continue;
    text = dinh_state_print (live->state);
    if (!dinh_store_put_snapshot (self->store, stream, live->state->size, text, error))
      return FALSE;
    live->snapshot_size = live->state->size;
    live->is_stale = FALSE;
  }
  return TRUE;
}

/*
 * Gives the batch up: the disk and the memory are again what was acknowledged last. Where that cannot be, nothing is
 * acknowledged ever after: the system forgets pages that it could not write, and a later sync would say that all is well.
 */
static void
abandon_batch (DinhWriter *self, GPtrArray *answers, const GError *error)
{
  if (self->failure == NULL) {
    dinh_store_rollback (self->store);
    dinh_refusals_free (self->refusals);
    self->refusals = dinh_refusals_new ();
    if (g_error_matches (error, DINH_STORE_ERROR, DINH_STORE_ERROR_IO))
      self->failure = g_error_copy (error);
    else
      load_all (self, &self->failure);
    if (self->failure != NULL)
      tell (self, on_failure_told, g_object_ref (self));
  }
  answer_all (answers, error);
}

static gboolean
begin_batch (DinhWriter *self, GError **error)
{
  if (self->failure == NULL)
    return dinh_store_begin (self->store, error);
  g_propagate_error (error, g_error_copy (self->failure));
  return FALSE;
}

/* A work, and what the audit stream is told of it. */
static gpointer
do_work (DinhWriter *self, const Job *job, gboolean *broken, GError **error)
{
  gpointer result = job->work (self->store, job->data, error);
  g_autoptr (DinhJson) body = result == NULL || job->audit == NULL ? NULL : job->audit (job->data, result);

  if (body == NULL || tell_audit (self, body, dinh_writer_now (self), error))
    return result;
  *broken = TRUE;
  if (job->free_result != NULL)
    job->free_result (result);
  return NULL;
}

/* Does one job inside the open transaction. Returns FALSE if the whole batch must be given up. */
static gboolean
take_one (DinhWriter *self, GTask *task, GPtrArray *answers, GError **error)
{
  Answer *answer = g_new0 (Answer, 1);
  const Job *job = g_task_get_task_data (task);
  gboolean broken = FALSE;

  answer->task = task;
  g_ptr_array_add (answers, answer);
  if (!dinh_store_savepoint (self->store, error))
    return FALSE;
  answer->result = job->command == NULL
                     ? do_work (self, job, &broken, &answer->error)
                     : handle_command (self, job->command, dinh_writer_now (self), &broken, &answer->error);
  if (broken || (answer->error != NULL && answer->error->domain == DINH_STORE_ERROR)) {
    g_propagate_error (error, g_error_copy (answer->error));
    return FALSE;
  }
  return dinh_store_release (self->store, answer->error == NULL, error);
}

static void
tell_commits (DinhWriter *self)
{
  GHashTableIter iter;
  const char *stream;
  Live *live;

  g_hash_table_iter_init (&iter, self->live);
  while (g_hash_table_iter_next (&iter, (gpointer *) &stream, (gpointer *) &live)) {
    if (live->state->size > live->committed_size)
      tell_commit (self, stream, live);
  }
}

/* Takes what waits, at most BATCH_SIZE. Returns FALSE when told to stop. */
static gboolean
run_batch (DinhWriter *self, gpointer item)
{
  g_autoptr (GPtrArray) answers = g_ptr_array_new_with_free_func ((GDestroyNotify) answer_free);
  g_autoptr (GError) error = NULL;
  gboolean stop = FALSE, good = begin_batch (self, &error);

  for (guint i = 0; item != NULL && i < BATCH_SIZE; i++) {
    if (item == self) {
      stop = TRUE;
      break;
    }
    if (good) {
      good = take_one (self, item, answers, &error);
    } else {
      Answer *answer = g_new0 (Answer, 1);
      answer->task = item;
      g_ptr_array_add (answers, answer);
    }
    item = i + 1 < BATCH_SIZE ? g_async_queue_try_pop (self->queue) : NULL;
  }
  good = good && save_snapshots (self, stop ? 1 : SNAPSHOT_EVERY, &error);
  dinh_crash_point ("before-commit");
  if (!good || !dinh_store_commit (self->store, &error)) {
    abandon_batch (self, answers, error);
    return !stop;
  }
  dinh_crash_point ("after-commit");
  purge (self);
  tell_commits (self);
  answer_all (answers, NULL);
  dinh_crash_point ("after-reply");
  return !stop;
}

static gpointer
run_thread (gpointer user_data)
{
  DinhWriter *self = user_data;

  while (run_batch (self, g_async_queue_pop (self->queue)))
    continue;
  return NULL;
}

/**
 * dinh_writer_stop:
 *
 * Finishes what waits, writes snapshots and ends the thread; what is submitted later gets %DINH_STORE_ERROR_BUSY. Blocks
 * for as long as that takes.
 */
void
dinh_writer_stop (DinhWriter *self)
{
  if (self->thread == NULL)
    return;
  g_async_queue_lock (self->queue);
  self->is_stopping = TRUE;
  g_async_queue_push_unlocked (self->queue, self);
  g_async_queue_unlock (self->queue);
  g_clear_pointer (&self->thread, g_thread_join);
}

static void
dinh_writer_finalize (GObject *object)
{
  DinhWriter *self = DINH_WRITER (object);

  dinh_writer_stop (self);
  g_clear_object (&self->store);
  g_hash_table_unref (self->live);
  g_hash_table_unref (self->views);
  g_ptr_array_unref (self->order);
  g_async_queue_unref (self->queue);
  g_main_context_unref (self->context);
  g_clear_pointer (&self->hub_key, dinh_key_free);
  g_clear_error (&self->failure);
  g_free (self->body);
  g_free (self->hub_device);
  g_free (self->audit);
  dinh_refusals_free (self->refusals);
  g_mutex_clear (&self->mutex);
  G_OBJECT_CLASS (dinh_writer_parent_class)->finalize (object);
}

static void
dinh_writer_class_init (DinhWriterClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dinh_writer_finalize;

  /**
   * DinhWriter::committed:
   * @commit: (type DinhCommit): what was added to one stream; only during the call
   *
   * Told in the context in which the writer was made, after the commit is durable.
   */
  signals[COMMITTED] = g_signal_new ("committed", DINH_TYPE_WRITER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                     1, G_TYPE_POINTER);
  /**
   * DinhWriter::failed:
   *
   * The disk can no longer be trusted; the program must end and be started again.
   */
  signals[FAILED] = g_signal_new ("failed", DINH_TYPE_WRITER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dinh_writer_init (DinhWriter *self)
{
  g_mutex_init (&self->mutex);
  self->refusals = dinh_refusals_new ();
  self->live = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) live_free);
  self->views = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) dinh_view_unref);
  self->order = g_ptr_array_new_with_free_func (g_free);
  self->queue = g_async_queue_new_full (NULL);
  self->context = g_main_context_ref_thread_default ();
}

/**
 * dinh_writer_new:
 * @store: becomes the writer's own
 * @body: UUID of the body's stream
 * @hub_device: UUID under which the hub itself signs
 * @hub_key: (transfer full): signs checkpoints and the hub's own commands
 *
 * Folds all streams and starts the thread. Blocks while it reads. Returns: (transfer full): the writer, or %NULL with a
 * #DinhStoreError or #DinhRecordError.
 */
DinhWriter *
dinh_writer_new (DinhStore *store, const char *body, const char *hub_device, DinhKey *hub_key, GError **error)
{
  g_autoptr (DinhWriter) self = g_object_new (DINH_TYPE_WRITER, NULL);

  self->store = g_object_ref (store);
  self->body = g_strdup (body);
  self->hub_device = g_strdup (hub_device);
  self->hub_key = hub_key;
  if (!load_all (self, error))
    return NULL;
  self->thread = g_thread_new ("dinh-writer", run_thread, self);
  return g_steal_pointer (&self);
}

/**
 * dinh_writer_now:
 *
 * Returns: hub time in µs; never earlier than it was before, however the machine's clock jumps. From any thread.
 */
gint64
dinh_writer_now (DinhWriter *self)
{
  gint64 now;

  g_mutex_lock (&self->mutex);
  self->last_time = now = MAX (g_get_real_time (), self->last_time);
  g_mutex_unlock (&self->mutex);
  return now;
}

/* Takes @job: into the queue, or at once its answer. */
static void
enqueue (DinhWriter *self, Job job, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  gboolean is_stopping;

  g_task_set_task_data (task, g_memdup2 (&job, sizeof job), (GDestroyNotify) job_free);
  g_async_queue_lock (self->queue);
  is_stopping = self->is_stopping;
  if (!is_stopping)
    g_async_queue_push_unlocked (self->queue, task);
  g_async_queue_unlock (self->queue);
  if (is_stopping) {
    g_task_return_new_error (task, DINH_STORE_ERROR, DINH_STORE_ERROR_BUSY, "the record is being closed");
    g_object_unref (task);
  }
}

/**
 * dinh_writer_submit_async:
 *
 * Hands a command to the thread. A cancelled one may still be recorded; sending it again tells.
 */
void
dinh_writer_submit_async (DinhWriter *self, DinhCommand *command, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  enqueue (self, (Job) { .command = dinh_command_ref (command), .free_result = g_free }, cancellable, callback,
           user_data);
}

/**
 * dinh_writer_run_async:
 * @data: what @work is called with; freed by @free_data
 * @free_result: (nullable): frees a result that nobody takes
 *
 * Has @work done in the thread, where it is durable before it is answered, as a command is.
 */
void
dinh_writer_run_async (DinhWriter *self, DinhWriterWork work, gpointer data, GDestroyNotify free_data,
                       GDestroyNotify free_result, GAsyncReadyCallback callback, gpointer user_data)
{
  dinh_writer_run_audited_async (self, work, NULL, data, free_data, free_result, callback, user_data);
}

/**
 * dinh_writer_run_audited_async:
 * @audit: says what the audit stream is told; a refusal that is repeated is only counted
 *
 * dinh_writer_run_async(), and what was done is in the audit stream with the same commit.
 */
void
dinh_writer_run_audited_async (DinhWriter *self, DinhWriterWork work, DinhWriterAudit audit, gpointer data,
                               GDestroyNotify free_data, GDestroyNotify free_result, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  enqueue (self, (Job) { NULL, work, audit, data, free_data, free_result }, NULL, callback, user_data);
}

static gpointer
take_note (DinhStore *store, gpointer data, GError **error)
{
  return json_incref (data);
}

static json_t *
tell_note (gpointer data, gpointer result)
{
  return json_incref (data);
}

/**
 * dinh_writer_audit_async:
 * @body: (transfer full): of an `audit-record` command
 * @callback: (nullable): dinh_writer_run_finish() tells whether it is durable, by a #json_t to be freed
 *
 * Tells the audit stream what was done or refused by nobody's command.
 */
void
dinh_writer_audit_async (DinhWriter *self, json_t *body, GAsyncReadyCallback callback, gpointer user_data)
{
  dinh_writer_run_audited_async (self, take_note, tell_note, body, (GDestroyNotify) json_decref,
                                 (GDestroyNotify) json_decref, callback, user_data);
}

/**
 * dinh_writer_note_audit:
 * @body: (transfer full): of an `audit-record` command
 *
 * For a program beside the hub: leaves durably in the hub's @store what the audit stream is to be told. The hub takes it when
 * it settles, or when it is started.
 */
gboolean
dinh_writer_note_audit (DinhStore *store, json_t *body, GError **error)
{
  g_autoptr (DinhJson) owned = body;
  g_autofree char *text = dinh_json_print (owned), *id = dinh_uuid_new (), *name = g_strconcat (NOTES, id, NULL);

  if (!dinh_store_begin (store, error))
    return FALSE;
  if (dinh_store_put_value (store, name, text, error))
    return dinh_store_commit (store, error);
  dinh_store_rollback (store);
  return FALSE;
}

/* One that is no body of a command is dropped: nobody could ever take it. */
static gboolean
take_notes (DinhWriter *self, GError **error)
{
  g_autoptr (GHashTable) notes = dinh_store_list_values (self->store, NOTES, error);
  GHashTableIter iter;
  const char *name, *text;

  if (notes == NULL)
    return FALSE;
  g_hash_table_iter_init (&iter, notes);
  while (g_hash_table_iter_next (&iter, (gpointer *) &name, (gpointer *) &text)) {
    g_autoptr (DinhJson) body = dinh_json_parse (text, strlen (text), NULL);
    g_autoptr (GError) fault = NULL;

    if (body != NULL && !record_audit (self, body, dinh_writer_now (self), &fault) && fault->domain == DINH_STORE_ERROR) {
      g_propagate_error (error, g_steal_pointer (&fault));
      return FALSE;
    }
    if (!dinh_store_put_value (self->store, name, NULL, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
settle (DinhWriter *self, gint64 until, GError **error)
{
  g_autoptr (DinhJson) bodies = dinh_refusals_end (self->refusals, until);
  g_autofree char *due = NULL;
  gsize index;
  json_t *body;

  json_array_foreach (bodies, index, body) {
    if (!record_audit (self, body, dinh_writer_now (self), error))
      return FALSE;
  }
  if (!take_notes (self, error) || !dinh_store_get_value (self->store, PURGE, &due, error))
    return FALSE;
  self->must_purge = due != NULL;
  return TRUE;
}

static gpointer
settle_now (DinhStore *store, gpointer data, GError **error)
{
  DinhWriter *self = data;

  return settle (self, dinh_writer_now (self), error) ? self : NULL;
}

static gpointer
settle_all (DinhStore *store, gpointer data, GError **error)
{
  return settle (data, G_MAXINT64, error) ? data : NULL;
}

/**
 * dinh_writer_settle_async:
 * @is_last: nothing will be refused any more
 *
 * To be called now and then: records what was counted, takes what other programs have left, and purges the store of what was
 * redacted if that could not be done at once.
 */
void
dinh_writer_settle_async (DinhWriter *self, gboolean is_last)
{
  dinh_writer_run_async (self, is_last ? settle_all : settle_now, self, NULL, NULL, NULL, NULL);
}

/**
 * dinh_writer_keep_audit:
 *
 * From now on what is done and refused is told to an audit stream; to be called before anything is submitted.
 */
void
dinh_writer_keep_audit (DinhWriter *self)
{
  self->keeps_audit = TRUE;
}

/**
 * dinh_writer_run_finish:
 *
 * Returns: (transfer full): what the work gave, or %NULL with its error or a #DinhStoreError.
 */
gpointer
dinh_writer_run_finish (DinhWriter *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * dinh_writer_probe_async:
 *
 * Asks whether a command would be kept now, by committing something of no meaning: dinh_writer_submit_finish() tells the
 * time, or why nothing can be kept.
 */
void
dinh_writer_probe_async (DinhWriter *self, GAsyncReadyCallback callback, gpointer user_data)
{
  dinh_writer_run_async (self, probe, self, NULL, g_free, callback, user_data);
}

/**
 * dinh_writer_submit_finish:
 *
 * Returns: (transfer full): the durable answer as JSON, {"status": "recorded" or "refused", …}; or %NULL with a
 * #DinhRecordError (not from whom it says) or #DinhStoreError (nothing was kept; try again).
 */
char *
dinh_writer_submit_finish (DinhWriter *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
on_submitted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/**
 * dinh_writer_submit:
 *
 * dinh_writer_submit_async() for programs without a main loop. Returns: (transfer full): as
 * dinh_writer_submit_finish() does.
 */
char *
dinh_writer_submit (DinhWriter *self, DinhCommand *command, GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GAsyncResult) result = NULL;

  g_main_context_push_thread_default (context);
  dinh_writer_submit_async (self, command, NULL, on_submitted, &result);
  while (result == NULL)
    g_main_context_iteration (context, TRUE);
  g_main_context_pop_thread_default (context);
  return dinh_writer_submit_finish (self, result, error);
}

/**
 * dinh_writer_dup_view:
 *
 * Returns: (transfer full) (nullable): @stream as of its newest commit. From any thread.
 */
DinhView *
dinh_writer_dup_view (DinhWriter *self, const char *stream)
{
  DinhView *view;

  g_mutex_lock (&self->mutex);
  view = g_hash_table_lookup (self->views, stream);
  if (view != NULL)
    dinh_view_ref (view);
  g_mutex_unlock (&self->mutex);
  return view;
}

/**
 * dinh_writer_list_views:
 *
 * Returns: (transfer full) (element-type DinhView): all streams, oldest first. From any thread.
 */
GPtrArray *
dinh_writer_list_views (DinhWriter *self)
{
  GPtrArray *views = g_ptr_array_new_with_free_func ((GDestroyNotify) dinh_view_unref);

  g_mutex_lock (&self->mutex);
  for (guint i = 0; i < self->order->len; i++)
    g_ptr_array_add (views, dinh_view_ref (g_hash_table_lookup (self->views, g_ptr_array_index (self->order, i))));
  g_mutex_unlock (&self->mutex);
  return views;
}
