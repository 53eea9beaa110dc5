/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-sync.h"

#include "data/net/dinh-catch-up.h"
#include "data/net/dinh-live.h"
#include "data/net/dinh-marks.h"
#include "data/net/dinh-net-error.h"
#include "data/net/dinh-refill.h"
#include "data/net/dinh-stream-list.h"
#include "data/record/dinh-time.h"

#include <string.h>

/*
 * Keeps the library what the hub's record says. First comes what is stored, hub or no hub. Then, again and again: ask the
 * time, open the live line, ask for the list of streams, catch up with those that are behind. From then on pushed lines
 * are taken as they come; a gap or a line without its text means: fetch. Every minute the list is asked for again: it
 * finds what a push has missed, and its signed checkpoints prove what the pushes said.
 *
 * A push is only a doorbell and a hub that answers is only believed as far as its signatures go: what is stored is never
 * given up, and a record that went back or forked is told, not followed.
 */

#define CHECK_SECONDS 60
#define POLL_CHECK_SECONDS 20
#define POLL_WAIT 25
#define MAX_POLLS 4
#define MAX_CATCH_UPS 4
#define MAX_BACK_OFF 30
#define CLOCK_TOLERANCE (2 * 60 * G_USEC_PER_SEC)
#define CHECKS_BETWEEN_TIMES 10

/* A stream that this device holds or is about to. */
typedef struct {
  char *id;
  char *kind;
  guint64 size;  /* as the model shows it */
  guint64 ahead; /* with the pushed lines that the keeper is still storing */
  guint64 asked; /* ahead when the list was asked for */
  gboolean withdrawn;
  gboolean needs_update;
  gboolean wanted; /* events are missing that only the hub has */
  gboolean catching_up;
  gboolean polled;
  gboolean listed;
  DinhLineProblem problem; /* of its record */
  DinhMarks *marks;
} Stream;

struct _DinhSync {
  GObject parent_instance;

  DinhHubClient *client;
  DinhHubClock *clock;
  DinhKeeper *keeper;
  DinhLibrary *library;
  DinhLine *line;
  GNetworkMonitor *monitor;

  GHashTable *streams; /* id → Stream */
  json_t *body;        /* state of the body */
  char *person;        /* who is signed in here, or NULL */
  gboolean refill_due; /* for another reason than groups */
  char *groups;        /* that this device was in when all it may read was fetched; NULL: never yet */
  gboolean running;
  gboolean loaded;
  gboolean refused; /* one side does not take the other's certificate */
  gboolean lost;    /* commands that waited could not be opened any more */

  GCancellable *attempt; /* of this connection */
  DinhLive *live;
  gboolean checking;
  gboolean check_again;
  gboolean refilling;
  guint catch_ups;
  guint failures;
  guint checks;
  guint timer;  /* to the next connection or check */
  guint reopen; /* to a live line with a new stream */
};

enum { LOADED, FAULT, SIGNAL, HIDDEN, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DinhSync, dinh_sync, G_TYPE_OBJECT)

static void connect_to_hub (DinhSync *self);
static void check (DinhSync *self);
static void start_catch_ups (DinhSync *self);
static void settle (DinhSync *self);
static void poll_streams (DinhSync *self);

static void
stream_free (Stream *stream)
{
  g_clear_object (&stream->marks);
  g_free (stream->id);
  g_free (stream->kind);
  g_free (stream);
}

/* A question on its way; its answer only counts while the attempt is still the current one. */
typedef struct {
  DinhSync *sync;
  GCancellable *attempt;
  char *stream;
  guint64 size; /* of the stream then */
  gint64 begun; /* monotonic time */
  char *nonce;
  char *groups;
} Asking;

static Asking *
asking_new (DinhSync *self, const Stream *stream)
{
  Asking *asking = g_new0 (Asking, 1);

  asking->sync = g_object_ref (self);
  asking->attempt = g_object_ref (self->attempt);
  asking->stream = stream == NULL ? NULL : g_strdup (stream->id);
  asking->size = stream == NULL ? 0 : stream->size;
  asking->begun = g_get_monotonic_time ();
  return asking;
}

static void
asking_free (Asking *asking)
{
  g_object_unref (asking->sync);
  g_object_unref (asking->attempt);
  g_free (asking->stream);
  g_free (asking->nonce);
  g_free (asking->groups);
  g_free (asking);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Asking, asking_free)

static gboolean
is_current (const Asking *asking)
{
  return asking->attempt == asking->sync->attempt;
}

static void
tell_fault (DinhSync *self, const GError *fault)
{
  g_signal_emit (self, signals[FAULT], 0, fault);
}

static gboolean
is_cancelled (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* The gravest of all that is wrong. */
static void
tell_problem (DinhSync *self)
{
  static const DinhLineProblem by_weight[] = { DINH_LINE_PROBLEM_NONE, DINH_LINE_PROBLEM_CLOCK_WRONG,
                                               DINH_LINE_PROBLEM_NEEDS_UPDATE, DINH_LINE_PROBLEM_STORE_LOST,
                                               DINH_LINE_PROBLEM_CERTIFICATE_REFUSED,
                                               DINH_LINE_PROBLEM_RECORD_WENT_BACK, DINH_LINE_PROBLEM_RECORD_FORKED };
  gboolean present[G_N_ELEMENTS (by_weight)] = { FALSE };
  DinhLineProblem problem = DINH_LINE_PROBLEM_NONE;
  GHashTableIter iter;
  Stream *stream;

  present[DINH_LINE_PROBLEM_CLOCK_WRONG] =
    dinh_hub_clock_is_known (self->clock) && ABS (dinh_line_get_clock_offset (self->line)) > CLOCK_TOLERANCE;
  present[DINH_LINE_PROBLEM_STORE_LOST] = self->lost;
  present[DINH_LINE_PROBLEM_CERTIFICATE_REFUSED] = self->refused;
  g_hash_table_iter_init (&iter, self->streams);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &stream)) {
    present[stream->problem] = TRUE;
    present[DINH_LINE_PROBLEM_NEEDS_UPDATE] |= stream->needs_update && !stream->withdrawn;
  }
  for (guint i = 0; i < G_N_ELEMENTS (by_weight); i++) {
    if (present[by_weight[i]])
      problem = by_weight[i];
  }
  dinh_line_set_problem (self->line, problem);
}

static Stream *
find_or_make (DinhSync *self, const char *id, const char *kind)
{
  Stream *stream = g_hash_table_lookup (self->streams, id);

  if (stream == NULL) {
    stream = g_new0 (Stream, 1);
    stream->id = g_strdup (id);
    stream->kind = g_strdup (kind);
    g_hash_table_insert (self->streams, stream->id, stream);
  }
  return stream;
}

/* --- from the store to the model --- */

static void
show_meeting (DinhSync *self, Stream *stream, const DinhCopy *copy)
{
  DinhMeeting *known = dinh_library_find (self->library, stream->id);
  g_autoptr (DinhMeeting) meeting = known == NULL ? dinh_meeting_new (stream->id) : g_object_ref (known);
  g_autoptr (GError) error = NULL;

  if (copy->withdrawn) {
    g_clear_object (&stream->marks);
    dinh_library_remove (self->library, stream->id);
    return;
  }
  if (!dinh_meeting_update (meeting, copy->state->json, copy->state->size, &error)) {
    g_prefix_error (&error, "meeting “%s”: ", stream->id);
    tell_fault (self, error);
    return;
  }
  if (known != NULL)
    return;
  stream->marks = dinh_marks_new (self->keeper, meeting, copy->marks);
  dinh_library_add (self->library, meeting);
}

static void
show_copy (DinhSync *self, const DinhCopy *copy)
{
  Stream *stream = find_or_make (self, copy->stream, copy->kind);

  stream->size = copy->state->size;
  stream->ahead = MAX (stream->ahead, stream->size);
  stream->withdrawn = copy->withdrawn;
  stream->needs_update = dinh_state_needs_update (copy->state);
  if (strcmp (stream->kind, "body") == 0) {
    json_decref (self->body);
    self->body = json_incref (copy->state->json);
  } else if (strcmp (stream->kind, "meeting") == 0 && copy->state->size > 0) {
    show_meeting (self, stream, copy);
  }
}

static void
on_progress (const DinhCopy *copy, gpointer user_data)
{
  show_copy (user_data, copy);
}

/* --- connecting --- */

static void
set_timer (DinhSync *self, guint milliseconds, GSourceFunc function)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  self->timer = g_timeout_add (milliseconds, function, self);
}

static gboolean
on_connect_due (gpointer user_data)
{
  DinhSync *self = user_data;

  self->timer = 0;
  connect_to_hub (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_check_due (gpointer user_data)
{
  DinhSync *self = user_data;

  self->timer = 0;
  check (self);
  return G_SOURCE_REMOVE;
}

static void
close_live (DinhSync *self)
{
  if (self->live != NULL)
    g_signal_handlers_disconnect_by_data (self->live, self);
  g_clear_object (&self->live);
}

static void
hang_up (DinhSync *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_handle_id (&self->reopen, g_source_remove);
  if (self->attempt != NULL)
    g_cancellable_cancel (self->attempt);
  g_clear_object (&self->attempt);
  close_live (self);
  self->checking = FALSE;
  self->check_again = FALSE;
}

/* Gives this connection up and tries another one later: soon at first, then every half minute; never all at once. */
static void
give_up (DinhSync *self, const GError *error)
{
  guint delay = MIN (1u << MIN (self->failures, 6u), MAX_BACK_OFF) * 1000;

  hang_up (self);
  self->refused = g_error_matches (error, DINH_NET_ERROR, DINH_NET_ERROR_CERTIFICATE) ||
                  g_error_matches (error, DINH_NET_ERROR, DINH_NET_ERROR_REFUSED_CERTIFICATE);
  if (self->failures > 0 || self->refused)
    dinh_line_set_state (self->line, DINH_LINE_OFFLINE);
  else
    dinh_line_set_state (self->line, DINH_LINE_CONNECTING);
  self->failures++;
  tell_problem (self);
  if (error != NULL)
    tell_fault (self, error);
  set_timer (self, (guint) g_random_int_range ((gint32) delay / 4, (gint32) delay), on_connect_due);
}

static void
on_line_closed (DinhLive *live, DinhSync *self)
{
  g_autoptr (GError) error = g_error_new_literal (DINH_NET_ERROR, DINH_NET_ERROR_UNREACHABLE, "the live line was closed");

  self->failures = 0;
  give_up (self, error);
}

/* --- what the hub pushes --- */

/* In the keeper's thread. */
static gpointer
take_pushed (DinhReplica *replica, gpointer data, GError **error)
{
  GBytes *lines = data;
  g_autoptr (DinhJson) first = NULL;
  DinhPage page = { .lines = lines };
  gsize length;
  const char *text = g_bytes_get_data (lines, &length);
  const char *end = memchr (text, '\n', length);

  first = dinh_json_parse (text, end == NULL ? length : (gsize) (end - text), error);
  if (first == NULL)
    return NULL;
  page.stream = dinh_json_get_string (first, "stream");
  return dinh_replica_take (replica, &page, error);
}

typedef struct {
  DinhSync *sync;
  char *stream;
} Taking;

static void
on_pushed_taken (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Taking *taking = user_data;
  DinhSync *self = taking->sync;
  Stream *stream = g_hash_table_lookup (self->streams, taking->stream);
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhCopy) copy = dinh_keeper_run_finish (DINH_KEEPER (source), result, &error);

  if (copy != NULL) {
    show_copy (self, copy);
  } else if (stream != NULL) {
    stream->ahead = stream->size;
    stream->wanted = TRUE;
  }
  start_catch_ups (self);
  settle (self);
  g_object_unref (self);
  g_free (taking->stream);
  g_free (taking);
}

static void
take_lines (DinhSync *self, Stream *stream, GString *lines)
{
  Taking *taking;

  if (lines->len == 0)
    return;
  taking = g_new (Taking, 1);
  taking->sync = g_object_ref (self);
  taking->stream = g_strdup (stream->id);
  dinh_keeper_run_async (self->keeper, take_pushed, g_bytes_new (lines->str, lines->len), (GDestroyNotify) g_bytes_unref,
                         (GDestroyNotify) dinh_copy_free, NULL, on_pushed_taken, taking);
  g_string_truncate (lines, 0);
}

/* A message on its way to the keeper. */
typedef struct {
  Stream *stream;    /* of the lines gathered so far */
  GString *lines;    /* that follow on each other */
  gboolean unclear;  /* something is new, only the hub knows what */
  gboolean new_stream;
} Gathering;

static void
gather_event (DinhSync *self, Gathering *gathering, const json_t *json, const char *line, gsize length)
{
  guint64 seq = (guint64) dinh_json_get_integer (json, "seq");
  Stream *stream = g_hash_table_lookup (self->streams, dinh_json_get_string (json, "stream"));

  if (stream == NULL) {
    gathering->unclear = TRUE;
    return;
  }
  if (stream != gathering->stream && gathering->stream != NULL)
    take_lines (self, gathering->stream, gathering->lines);
  gathering->stream = stream;
  if (seq <= stream->ahead)
    return;
  if (seq > stream->ahead + 1 || stream->catching_up || stream->problem != DINH_LINE_PROBLEM_NONE) {
    stream->wanted = TRUE;
    return;
  }
  stream->ahead = seq;
  g_string_append_printf (gathering->lines, gathering->lines->len == 0 ? "%.*s" : "\n%.*s", (int) length, line);
}

static void
on_pushed_compared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Asking) asking = user_data;
  DinhSync *self = asking->sync;
  g_autoptr (GPtrArray) list = dinh_keeper_run_finish (DINH_KEEPER (source), result, NULL);

  if (list == NULL || !is_current (asking))
    return;
  for (guint i = 0; i < list->len; i++) {
    const DinhListed *listed = g_ptr_array_index (list, i);
    Stream *stream = g_hash_table_lookup (self->streams, listed->id);

    /* It may be late: only an answer says that the hub has less, and what may be seen. */
    if (listed->error != NULL)
      tell_fault (self, listed->error);
    else if (stream != NULL && listed->standing == DINH_STANDING_FORKED)
      stream->problem = DINH_LINE_PROBLEM_RECORD_FORKED;
    else if (stream != NULL && listed->standing == DINH_STANDING_BEHIND)
      stream->wanted |= stream->listed && stream->problem == DINH_LINE_PROBLEM_NONE;
  }
  tell_problem (self);
  start_catch_ups (self);
}

/* Where a stream stands: a line may have been missed before, and those that came are proved now. */
static void
compare_pushed (DinhSync *self, Gathering *gathering, const char *line, gsize length)
{
  g_autoptr (GBytes) text = g_bytes_new (line, length);
  GPtrArray *list = dinh_stream_list_parse (text, NULL);

  if (list == NULL) {
    gathering->unclear = TRUE;
    return;
  }
  if (gathering->stream != NULL)
    take_lines (self, gathering->stream, gathering->lines);
  dinh_keeper_run_async (self->keeper, dinh_stream_list_compare, list, NULL, (GDestroyNotify) g_ptr_array_unref, NULL,
                         on_pushed_compared, asking_new (self, NULL));
}

static void
gather_line (DinhSync *self, Gathering *gathering, const char *line, gsize length)
{
  g_autoptr (DinhJson) json = dinh_json_parse (line, length, NULL);

  if (json == NULL)
    gathering->unclear = TRUE;
  else if (json_object_get (json, "streams") != NULL)
    compare_pushed (self, gathering, line, length);
  else if (json_object_get (json, "signal") != NULL)
    g_signal_emit (self, signals[SIGNAL], 0, json_object_get (json, "signal"));
  else if (json_object_get (json, "leaf") != NULL && gathering->stream != NULL)
    gathering->stream->wanted = TRUE;
  else if (dinh_json_get_string (json, "stream") == NULL)
    gathering->unclear = TRUE;
  else if (json_object_get (json, "seq") == NULL)
    gathering->new_stream = TRUE;
  else
    gather_event (self, gathering, json, line, length);
}

static gboolean
on_reopen_due (gpointer user_data)
{
  DinhSync *self = user_data;

  self->reopen = 0;
  close_live (self);
  check (self);
  return G_SOURCE_REMOVE;
}

/* Every kiosk hears of a new meeting at once, but none should ask at once. A live line only carries the streams that
 * there were when it was opened. */
static void
expect_stream (DinhSync *self)
{
  if (self->checking)
    self->check_again = TRUE;
  else
    set_timer (self, (guint) g_random_int_range (1, 1000), on_check_due);
  if (self->reopen == 0)
    self->reopen = g_timeout_add ((guint) g_random_int_range (1000, 5000), on_reopen_due, self);
}

static void
on_line_message (DinhLive *live, GBytes *message, DinhSync *self)
{
  gsize left;
  const char *text = g_bytes_get_data (message, &left);
  Gathering gathering = { .lines = g_string_new (NULL) };

  while (left > 0) {
    const char *end = memchr (text, '\n', left);
    gsize length = end == NULL ? left : (gsize) (end - text);

    if (length > 0)
      gather_line (self, &gathering, text, length);
    length += end != NULL;
    text += length;
    left -= length;
  }
  if (gathering.stream != NULL)
    take_lines (self, gathering.stream, gathering.lines);
  g_string_free (gathering.lines, TRUE);
  start_catch_ups (self);
  if (gathering.new_stream)
    expect_stream (self);
  else if (gathering.unclear)
    check (self);
}

/* --- asking up --- */

static void
set_stream_problem (DinhSync *self, Stream *stream, const GError *error)
{
  if (g_error_matches (error, DINH_NET_ERROR, DINH_NET_ERROR_FORKED))
    stream->problem = DINH_LINE_PROBLEM_RECORD_FORKED;
  else if (g_error_matches (error, DINH_NET_ERROR, DINH_NET_ERROR_WENT_BACK))
    stream->problem = DINH_LINE_PROBLEM_RECORD_WENT_BACK;
  tell_problem (self);
}

static gboolean
is_of_line (const GError *error)
{
  return g_error_matches (error, DINH_NET_ERROR, DINH_NET_ERROR_UNREACHABLE) ||
         g_error_matches (error, DINH_NET_ERROR, DINH_NET_ERROR_CERTIFICATE) ||
         g_error_matches (error, DINH_NET_ERROR, DINH_NET_ERROR_REFUSED_CERTIFICATE);
}

static gboolean
is_settled (DinhSync *self)
{
  return self->attempt != NULL && !self->checking && self->catch_ups == 0;
}

/* --- what may be read since --- */

/* The groups that hold this device's site, in a row. */
static char *
list_groups (DinhSync *self)
{
  const char *site = dinh_identity_get_site (dinh_hub_client_get_identity (self->client));
  json_t *table = json_object_get (self->body, "groups"), *group, *member;
  GString *list = g_string_new (" ");
  const char *key;
  gsize index;

  json_object_foreach (table, key, group) {
    json_array_foreach (json_object_get (group, "sites"), index, member) {
      if (g_strcmp0 (json_string_value (member), site) == 0)
        g_string_append_printf (list, "%s ", key);
    }
  }
  return g_string_free (list, FALSE);
}

static void
set_groups (DinhSync *self, const char *groups)
{
  g_free (self->groups);
  self->groups = g_strdup (groups);
  dinh_keeper_put_value_async (self->keeper, "groups", groups, NULL, NULL, NULL);
}

static void
on_refilled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Asking) asking = user_data;
  DinhSync *self = asking->sync;
  g_autoptr (GError) error = NULL;

  self->refilling = FALSE;
  if (dinh_refill_finish (result, &error))
    set_groups (self, asking->groups);
  else
    self->refill_due = TRUE;
  if (error != NULL && !is_cancelled (error))
    tell_fault (self, error);
}

/* A group that the site joined, or who signed in, lets it read what it could not when it came. */
static void
refill (DinhSync *self)
{
  g_autofree char *groups = list_groups (self);
  GPtrArray *streams;
  GHashTableIter iter;
  Asking *asking;
  Stream *stream;

  if (self->groups == NULL)
    set_groups (self, groups);
  if (self->refilling || (g_str_equal (groups, self->groups) && !self->refill_due))
    return;
  self->refilling = TRUE;
  self->refill_due = FALSE;
  asking = asking_new (self, NULL);
  asking->groups = g_steal_pointer (&groups);
  streams = g_ptr_array_new_with_free_func (g_free);
  g_hash_table_iter_init (&iter, self->streams);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &stream)) {
    if (stream->listed && stream->problem == DINH_LINE_PROBLEM_NONE)
      g_ptr_array_add (streams, g_strdup (stream->id));
  }
  dinh_refill_async (self->client, self->keeper, streams, on_progress, self, self->attempt, on_refilled, asking);
}

/* Everything that the hub listed is here, or known not to be had. */
static void
settle (DinhSync *self)
{
  guint seconds = self->live != NULL ? CHECK_SECONDS : POLL_CHECK_SECONDS;

  if (!is_settled (self))
    return;
  self->failures = 0;
  dinh_line_set_state (self->line, self->live != NULL ? DINH_LINE_LIVE : DINH_LINE_POLLING);
  if (self->check_again) {
    self->check_again = FALSE;
    check (self);
    return;
  }
  if (self->timer == 0)
    set_timer (self, seconds * (guint) g_random_int_range (850, 1150), on_check_due);
  if (self->live == NULL)
    poll_streams (self);
  refill (self);
}

static void
on_caught_up (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Asking) asking = user_data;
  DinhSync *self = asking->sync;
  Stream *stream = g_hash_table_lookup (self->streams, asking->stream);
  g_autoptr (GError) error = NULL;
  gboolean good = dinh_catch_up_finish (result, &error);

  self->catch_ups--;
  stream->catching_up = FALSE;
  /* After an error the next check asks again. */
  stream->wanted = stream->wanted && good;
  if (error != NULL && !is_cancelled (error)) {
    set_stream_problem (self, stream, error);
    if (is_of_line (error) && is_current (asking)) {
      give_up (self, error);
      return;
    }
    tell_fault (self, error);
  }
  start_catch_ups (self);
  settle (self);
}

static void
start_catch_up (DinhSync *self, Stream *stream)
{
  DinhCatchUp what = { .stream = stream->id, .kind = stream->kind, .after = stream->size,
                       .progress = on_progress, .progress_data = self };

  stream->wanted = FALSE;
  stream->catching_up = TRUE;
  self->catch_ups++;
  dinh_catch_up_async (self->client, self->keeper, &what, self->attempt, on_caught_up, asking_new (self, stream));
}

static void
start_catch_ups (DinhSync *self)
{
  GHashTableIter iter;
  Stream *stream;

  if (self->attempt == NULL)
    return;
  g_hash_table_iter_init (&iter, self->streams);
  while (self->catch_ups < MAX_CATCH_UPS && g_hash_table_iter_next (&iter, NULL, (gpointer *) &stream)) {
    /* Lines that the keeper is still storing are told when they are. */
    if (stream->wanted && !stream->catching_up && !stream->polled && stream->ahead == stream->size)
      start_catch_up (self, stream);
  }
}

/* --- asking again and again, where the hub cannot push --- */

static void poll_stream (DinhSync *self, Stream *stream);

static void
on_polled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Asking) asking = user_data;
  DinhSync *self = asking->sync;
  Stream *stream = g_hash_table_lookup (self->streams, asking->stream);
  g_autoptr (GError) error = NULL;
  gboolean good = dinh_catch_up_finish (result, &error);

  stream->polled = FALSE;
  if (!is_current (asking))
    return;
  if (error != NULL && is_of_line (error)) {
    give_up (self, error);
    return;
  }
  if (error != NULL) {
    set_stream_problem (self, stream, error);
    tell_fault (self, error);
  }
  /* A hub that does not hold an empty answer back is asked again with the next check only. */
  if (good && self->live == NULL &&
      (stream->size > asking->size || g_get_monotonic_time () - asking->begun > G_USEC_PER_SEC))
    poll_stream (self, stream);
}

static void
poll_stream (DinhSync *self, Stream *stream)
{
  DinhCatchUp what = { .stream = stream->id, .kind = stream->kind, .after = stream->size, .wait = POLL_WAIT,
                       .progress = on_progress, .progress_data = self };

  stream->polled = TRUE;
  dinh_catch_up_async (self->client, self->keeper, &what, self->attempt, on_polled, asking_new (self, stream));
}

static gboolean
can_poll (const Stream *stream)
{
  return stream != NULL && !stream->polled && !stream->catching_up && stream->listed &&
         stream->problem == DINH_LINE_PROBLEM_NONE;
}

/* The body and the meetings that are nearest; the others wait for the next check. */
static void
poll_streams (DinhSync *self)
{
  gint64 now = dinh_hub_clock_now (self->clock);
  guint n_polls = 0, n_meetings = g_list_model_get_n_items (G_LIST_MODEL (self->library));
  Stream *body = g_hash_table_lookup (self->streams, dinh_identity_get_body (dinh_hub_client_get_identity (self->client)));

  if (can_poll (body))
    poll_stream (self, body);
  for (guint i = 0; i < n_meetings && n_polls < MAX_POLLS; i++) {
    g_autoptr (DinhMeeting) meeting = g_list_model_get_item (G_LIST_MODEL (self->library), i);
    Stream *stream = g_hash_table_lookup (self->streams, dinh_meeting_get_id (meeting));

    if (dinh_meeting_get_ends (meeting) < now)
      continue;
    n_polls++;
    if (can_poll (stream))
      poll_stream (self, stream);
  }
}

/* --- the list of streams --- */

static void
on_withdrawn_set (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DinhSync) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhCopy) copy = dinh_keeper_run_finish (DINH_KEEPER (source), result, &error);

  if (copy != NULL)
    show_copy (self, copy);
  else
    tell_fault (self, error);
}

static gpointer
withdraw (DinhReplica *replica, gpointer data, GError **error)
{
  return dinh_replica_set_withdrawn (replica, data, TRUE, error);
}

static gpointer
restore (DinhReplica *replica, gpointer data, GError **error)
{
  return dinh_replica_set_withdrawn (replica, data, FALSE, error);
}

static void
set_withdrawn (DinhSync *self, Stream *stream, gboolean withdrawn)
{
  stream->withdrawn = withdrawn;
  dinh_keeper_run_async (self->keeper, withdrawn ? withdraw : restore, g_strdup (stream->id), g_free,
                         (GDestroyNotify) dinh_copy_free, NULL, on_withdrawn_set, g_object_ref (self));
}

/* What became of a meeting that the hub no longer lists. */
static void
on_unlisted_explained (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Asking) asking = user_data;
  DinhSync *self = asking->sync;
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhAnswer) answer = dinh_hub_client_send_finish (DINH_HUB_CLIENT (source), result, &error);
  const char *problem = error == NULL ? NULL : dinh_net_error_get_problem (error);
  Stream *stream = g_hash_table_lookup (self->streams, asking->stream);

  if (!is_current (asking) || stream == NULL || stream->listed || problem == NULL)
    return;
  if (strcmp (problem, "withdrawn") == 0 && !stream->withdrawn)
    set_withdrawn (self, stream, TRUE);
  else if (strcmp (problem, "missing") == 0)
    stream->problem = DINH_LINE_PROBLEM_RECORD_WENT_BACK;
  tell_problem (self);
}

/* A hub that was restored from a backup may not know a meeting any more: that is told and hides nothing. */
static void
explain_unlisted (DinhSync *self)
{
  GHashTableIter iter;
  Stream *stream;

  g_hash_table_iter_init (&iter, self->streams);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &stream)) {
    g_autofree char *path = g_strdup_printf ("/v1/streams/%s/proof?from=1", stream->id);

    if (!stream->listed && !stream->withdrawn && stream->size > 0 && strcmp (stream->kind, "meeting") == 0)
      dinh_hub_client_send_async (self->client, &(DinhRequest){ .path = path }, self->attempt, on_unlisted_explained,
                                  asking_new (self, stream));
  }
}

static void
use_listed (DinhSync *self, const DinhListed *listed)
{
  Stream *stream = find_or_make (self, listed->id, listed->kind);

  stream->listed = TRUE;
  if (listed->error != NULL) {
    tell_fault (self, listed->error);
    return;
  }
  stream->problem = listed->standing == DINH_STANDING_FORKED      ? DINH_LINE_PROBLEM_RECORD_FORKED
                    : listed->standing == DINH_STANDING_WENT_BACK ? DINH_LINE_PROBLEM_RECORD_WENT_BACK
                                                                  : DINH_LINE_PROBLEM_NONE;
  stream->wanted |= listed->standing == DINH_STANDING_BEHIND;
  if (stream->withdrawn)
    set_withdrawn (self, stream, FALSE);
}

static void
use_list (DinhSync *self, GPtrArray *list)
{
  const char *body = dinh_identity_get_body (dinh_hub_client_get_identity (self->client));
  gboolean has_body = FALSE;
  GHashTableIter iter;
  Stream *stream;

  g_hash_table_iter_init (&iter, self->streams);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &stream))
    stream->listed = FALSE;
  for (guint i = 0; i < list->len; i++) {
    const DinhListed *listed = g_ptr_array_index (list, i);

    has_body |= strcmp (listed->id, body) == 0;
    use_listed (self, listed);
  }
  if (has_body)
    explain_unlisted (self);
  tell_problem (self);
}

static void
on_list_compared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Asking) asking = user_data;
  DinhSync *self = asking->sync;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = dinh_keeper_run_finish (DINH_KEEPER (source), result, &error);

  if (!is_current (asking))
    return;
  if (list == NULL) {
    give_up (self, error);
    return;
  }
  self->checking = FALSE;
  use_list (self, list);
  start_catch_ups (self);
  settle (self);
}

static void
on_list_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Asking) asking = user_data;
  DinhSync *self = asking->sync;
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhAnswer) answer = dinh_hub_client_send_finish (DINH_HUB_CLIENT (source), result, &error);
  GPtrArray *list = answer == NULL ? NULL : dinh_stream_list_parse (answer->body, &error);

  if (!is_current (asking)) {
    g_clear_pointer (&list, g_ptr_array_unref);
    return;
  }
  if (list == NULL) {
    give_up (self, error);
    return;
  }
  for (guint i = 0; i < list->len; i++) {
    DinhListed *listed = g_ptr_array_index (list, i);
    const Stream *stream = g_hash_table_lookup (self->streams, listed->id);

    listed->at_least = stream == NULL ? 0 : stream->asked;
  }
  dinh_keeper_run_async (self->keeper, dinh_stream_list_compare, list, NULL, (GDestroyNotify) g_ptr_array_unref, NULL,
                         on_list_compared, g_steal_pointer (&asking));
}

static void
ask_list (DinhSync *self)
{
  DinhRequest request = { .path = "/v1/streams", .limit = DINH_STREAM_LIST_LIMIT, .seconds = 30 };
  GHashTableIter iter;
  Stream *stream;

  g_hash_table_iter_init (&iter, self->streams);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &stream))
    stream->asked = stream->ahead;
  dinh_hub_client_send_async (self->client, &request, self->attempt, on_list_answered, asking_new (self, NULL));
}

/* --- the steps of a connection: time, live line, list --- */

static void
on_live_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Asking) asking = user_data;
  DinhSync *self = asking->sync;
  g_autoptr (GError) error = NULL;
  SoupWebsocketConnection *connection = dinh_hub_client_connect_finish (DINH_HUB_CLIENT (source), result, &error);

  if (!is_current (asking)) {
    g_clear_object (&connection);
    return;
  }
  if (connection != NULL) {
    self->live = dinh_live_new (connection);
    g_signal_connect (self->live, "message", G_CALLBACK (on_line_message), self);
    g_signal_connect (self->live, "closed", G_CALLBACK (on_line_closed), self);
  } else if (is_of_line (error) && error->code != DINH_NET_ERROR_UNREACHABLE) {
    give_up (self, error);
    return;
  }
  /* Without a live line the hub is asked again and again, through whatever stands in between. */
  ask_list (self);
}

static void
open_live (DinhSync *self)
{
  if (self->live != NULL)
    ask_list (self);
  else
    dinh_hub_client_connect_async (self->client, "/v1/live", self->attempt, on_live_opened, asking_new (self, NULL));
}

static void
keep_time (DinhSync *self)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, dinh_hub_clock_get_earliest (self->clock));

  dinh_keeper_put_value_async (self->keeper, "hub-time", text, NULL, NULL, NULL);
  dinh_line_set_clock_offset (self->line, dinh_hub_clock_get_offset (self->clock));
  tell_problem (self);
}

static void
on_time_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Asking) asking = user_data;
  DinhSync *self = asking->sync;
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhAnswer) answer = dinh_hub_client_send_finish (DINH_HUB_CLIENT (source), result, &error);

  if (!is_current (asking))
    return;
  if (answer != NULL && dinh_hub_clock_take (self->clock, asking->nonce, asking->begun, answer->body, &error)) {
    keep_time (self);
    open_live (self);
  } else if (g_error_matches (error, DINH_NET_ERROR, DINH_NET_ERROR_TIME_WENT_BACK)) {
    tell_fault (self, error);
    open_live (self);
  } else {
    give_up (self, error);
  }
}

static void
ask_time (DinhSync *self)
{
  Asking *asking = asking_new (self, NULL);
  g_autofree char *path = NULL;
  DinhRequest request = { 0 };

  asking->nonce = dinh_hub_clock_make_nonce ();
  path = g_strconcat ("/v1/time?nonce=", asking->nonce, NULL);
  request.path = path;
  dinh_hub_client_send_async (self->client, &request, self->attempt, on_time_answered, asking);
}

/* Asks whether anything was missed. */
static void
check (DinhSync *self)
{
  if (self->attempt == NULL)
    return;
  if (self->checking) {
    self->check_again = TRUE;
    return;
  }
  self->checking = TRUE;
  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->checks++ % CHECKS_BETWEEN_TIMES == 0)
    ask_time (self);
  else
    open_live (self);
}

static void
connect_to_hub (DinhSync *self)
{
  if (!self->running || !self->loaded || self->attempt != NULL)
    return;
  self->attempt = g_cancellable_new ();
  self->checks = 0;
  check (self);
}

/**
 * dinh_sync_retry:
 *
 * Does not wait any longer: connects now, or asks at once whether anything was missed.
 */
void
dinh_sync_retry (DinhSync *self)
{
  if (!self->running || !self->loaded)
    return;
  self->failures = 0;
  if (self->attempt != NULL) {
    check (self);
    return;
  }
  g_clear_handle_id (&self->timer, g_source_remove);
  dinh_line_set_state (self->line, DINH_LINE_CONNECTING);
  connect_to_hub (self);
}

static void
on_network_changed (GNetworkMonitor *monitor, gboolean available, DinhSync *self)
{
  if (available)
    dinh_sync_retry (self);
}

/* --- who is signed in --- */

/* Whose texts are to go, and from where. */
typedef struct {
  char *site;
  char *person;
} Leaving;

static void
leaving_free (Leaving *leaving)
{
  g_free (leaving->site);
  g_free (leaving->person);
  g_free (leaving);
}

static gpointer
hide (DinhReplica *replica, gpointer data, GError **error)
{
  const Leaving *leaving = data;

  return dinh_replica_hide (replica, leaving->site, leaving->person, error);
}

/* A meeting that was here for the person only; if it is listed again, it comes again from its first event on. */
static void
drop_meeting (DinhSync *self, const char *id)
{
  Stream *stream = g_hash_table_lookup (self->streams, id);

  if (stream != NULL) {
    g_clear_object (&stream->marks);
    stream->size = stream->ahead = stream->asked = 0;
  }
  dinh_library_remove (self->library, id);
}

static void
show_hidden (DinhSync *self, const DinhHidden *hidden)
{
  for (guint i = 0; i < hidden->copies->len; i++) {
    const DinhCopy *copy = g_ptr_array_index (hidden->copies, i);

    if (copy->state->size > 0)
      show_copy (self, copy);
    else
      drop_meeting (self, copy->stream);
  }
  g_signal_emit (self, signals[HIDDEN], 0, hidden->papers);
}

static void
on_hidden (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DinhSync) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhHidden) hidden = dinh_keeper_run_finish (DINH_KEEPER (source), result, &error);

  /* Who was signed in stands in the store until it worked: the next start tries again. */
  if (hidden == NULL)
    tell_fault (self, error);
  else
    show_hidden (self, hidden);
}

/* Whatever is on its way was asked for in the person's name. */
static void
see_off (DinhSync *self, const char *person)
{
  Leaving *leaving = g_new (Leaving, 1);

  leaving->site = g_strdup (dinh_identity_get_site (dinh_hub_client_get_identity (self->client)));
  leaving->person = g_strdup (person);
  hang_up (self);
  dinh_keeper_run_async (self->keeper, hide, leaving, (GDestroyNotify) leaving_free, (GDestroyNotify) dinh_hidden_free,
                         NULL, on_hidden, g_object_ref (self));
}

/**
 * dinh_sync_set_person:
 * @person: (nullable): UUID of who is signed in at this device, and whose token the client brings along
 *
 * Fetches what the person may read besides. Whoever was signed in before must not any more: what only they might read goes
 * from library and store.
 */
void
dinh_sync_set_person (DinhSync *self, const char *person)
{
  if (self->person != NULL && g_strcmp0 (self->person, person) != 0)
    see_off (self, self->person);
  g_free (self->person);
  self->person = g_strdup (person);
  if (person != NULL)
    dinh_keeper_put_value_async (self->keeper, DINH_REPLICA_PERSON, person, NULL, NULL, NULL);
  self->refill_due = TRUE;
  dinh_sync_retry (self);
}

/* --- the beginning and the end --- */

/* What is stored, as the main thread needs it. */
typedef struct {
  GPtrArray *copies;
  char *hub_time;
  char *groups;
  char *lost; /* commands that could not be opened any more, or NULL */
  DinhHidden *hidden; /* what went with who was signed in when the machine was switched off, or NULL */
} Stored;

static void
stored_free (Stored *stored)
{
  g_clear_pointer (&stored->copies, g_ptr_array_unref);
  g_free (stored->hub_time);
  g_free (stored->groups);
  g_free (stored->lost);
  g_clear_pointer (&stored->hidden, dinh_hidden_free);
  g_free (stored);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Stored, stored_free)

static gpointer
load (DinhReplica *replica, gpointer data, GError **error)
{
  const char *site = data;
  g_autoptr (Stored) stored = g_new0 (Stored, 1);
  g_autofree char *person = NULL;

  if (!dinh_store_get_value (dinh_replica_get_store (replica), "hub-time", &stored->hub_time, error) ||
      !dinh_store_get_value (dinh_replica_get_store (replica), "groups", &stored->groups, error) ||
      !dinh_store_get_value (dinh_replica_get_store (replica), DINH_STORE_LOST, &stored->lost, error) ||
      !dinh_store_get_value (dinh_replica_get_store (replica), DINH_REPLICA_PERSON, &person, error))
    return NULL;
  stored->copies = dinh_replica_load (replica, error);
  if (stored->copies != NULL && person != NULL) {
    stored->hidden = dinh_replica_hide (replica, site, person, error);
    g_clear_pointer (&stored->copies, g_ptr_array_unref);
    if (stored->hidden != NULL)
      stored->copies = dinh_replica_load (replica, error);
  }
  return stored->copies == NULL ? NULL : g_steal_pointer (&stored);
}

/* Told until the kiosk is switched off. */
static void
tell_lost (DinhSync *self, const char *lost)
{
  g_autoptr (GError) fault = NULL;

  if (lost == NULL)
    return;
  fault = g_error_new (DINH_STORE_ERROR, DINH_STORE_ERROR_NO_KEY,
                       "what was stored cannot be opened any more; commands lost that were not sent: %s", lost);
  self->lost = !g_str_equal (lost, "0");
  dinh_keeper_put_value_async (self->keeper, DINH_STORE_LOST, NULL, NULL, NULL, NULL);
  tell_fault (self, fault);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DinhSync) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (Stored) stored = dinh_keeper_run_finish (DINH_KEEPER (source), result, &error);

  if (!self->running)
    return;
  if (stored == NULL) {
    tell_fault (self, error);
    return;
  }
  if (stored->hub_time != NULL)
    dinh_hub_clock_set_earliest (self->clock, g_ascii_strtoll (stored->hub_time, NULL, 10));
  self->groups = g_steal_pointer (&stored->groups);
  tell_lost (self, stored->lost);
  for (guint i = 0; i < stored->copies->len; i++)
    show_copy (self, g_ptr_array_index (stored->copies, i));
  if (stored->hidden != NULL)
    g_signal_emit (self, signals[HIDDEN], 0, stored->hidden->papers);
  tell_problem (self);
  self->loaded = TRUE;
  dinh_line_set_state (self->line, DINH_LINE_CONNECTING);
  g_signal_emit (self, signals[LOADED], 0);
  connect_to_hub (self);
}

/**
 * dinh_sync_start:
 *
 * Shows what is stored and begins to talk to the hub.
 */
void
dinh_sync_start (DinhSync *self)
{
  if (self->running)
    return;
  self->running = TRUE;
  g_signal_connect (self->monitor, "network-changed", G_CALLBACK (on_network_changed), self);
  dinh_keeper_run_async (self->keeper, load,
                         g_strdup (dinh_identity_get_site (dinh_hub_client_get_identity (self->client))), g_free,
                         (GDestroyNotify) stored_free, NULL, on_loaded, g_object_ref (self));
}

/**
 * dinh_sync_stop:
 *
 * Hangs up. What was shown stays shown.
 */
void
dinh_sync_stop (DinhSync *self)
{
  GHashTableIter iter;
  Stream *stream;

  if (!self->running)
    return;
  self->running = FALSE;
  g_hash_table_iter_init (&iter, self->streams);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &stream)) {
    if (stream->marks != NULL)
      dinh_marks_flush (stream->marks);
  }
  g_signal_handlers_disconnect_by_data (self->monitor, self);
  hang_up (self);
  dinh_line_set_state (self->line, DINH_LINE_OFFLINE);
}

/**
 * dinh_sync_get_body:
 *
 * Returns: (transfer none) (nullable): the state of the body's record: its sites, groups and devices.
 */
const json_t *
dinh_sync_get_body (DinhSync *self)
{
  return self->body;
}

static void
dinh_sync_dispose (GObject *object)
{
  dinh_sync_stop (DINH_SYNC (object));
  G_OBJECT_CLASS (dinh_sync_parent_class)->dispose (object);
}

static void
dinh_sync_finalize (GObject *object)
{
  DinhSync *self = DINH_SYNC (object);

  g_hash_table_unref (self->streams);
  json_decref (self->body);
  g_free (self->person);
  g_free (self->groups);
  g_object_unref (self->client);
  g_object_unref (self->clock);
  g_object_unref (self->keeper);
  g_object_unref (self->library);
  g_object_unref (self->line);
  G_OBJECT_CLASS (dinh_sync_parent_class)->finalize (object);
}

static void
dinh_sync_class_init (DinhSyncClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = dinh_sync_dispose;
  object_class->finalize = dinh_sync_finalize;

  /**
   * DinhSync::loaded:
   *
   * The library now holds what is stored.
   */
  signals[LOADED] = g_signal_new ("loaded", DINH_TYPE_SYNC, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  /**
   * DinhSync::fault:
   * @fault: (type GError): what went wrong
   *
   * For the program's log; what people must know is in the line.
   */
  signals[FAULT] =
    g_signal_new ("fault", DINH_TYPE_SYNC, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
  /**
   * DinhSync::signal:
   * @signal: (type json_t): what a device told all who listen; only during the call
   */
  signals[SIGNAL] =
    g_signal_new ("signal", DINH_TYPE_SYNC, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  /**
   * DinhSync::hidden:
   * @papers: (element-type utf8): SHA-256 of papers that nobody may read here any more
   *
   * Somebody is not signed in any more, and what only they might read went.
   */
  signals[HIDDEN] =
    g_signal_new ("hidden", DINH_TYPE_SYNC, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_PTR_ARRAY);
}

static void
dinh_sync_init (DinhSync *self)
{
  self->streams = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) stream_free);
  self->monitor = g_network_monitor_get_default ();
}

/**
 * dinh_sync_new:
 * @client: of the main thread
 * @library: is filled with meetings
 * @line: says how the hub is reached
 *
 * Returns: (transfer full): what keeps @library up to date once it is started.
 */
DinhSync *
dinh_sync_new (DinhHubClient *client, DinhHubClock *clock, DinhKeeper *keeper, DinhLibrary *library, DinhLine *line)
{
  DinhSync *self = g_object_new (DINH_TYPE_SYNC, NULL);

  self->client = g_object_ref (client);
  self->clock = g_object_ref (clock);
  self->keeper = g_object_ref (keeper);
  self->library = g_object_ref (library);
  self->line = g_object_ref (line);
  return self;
}
