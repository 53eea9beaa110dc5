/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-fetcher.h"

#include "data/net/dinh-fetch.h"
#include "data/net/dinh-net-error.h"

/*
 * Has the papers of all meetings here before anybody opens them. Each paper is one job, whatever number of meetings it
 * belongs to; the jobs are ordered anew whenever something changes: first the paper that a person waits for, then the
 * nearest meeting's, in the order of its agenda. A few threads fetch, each with a connection of its own; the main loop
 * only looks at how far they are.
 */

#define N_CONNECTIONS 2
#define WATCH_MILLISECONDS 100
#define MIN_PAUSE (2 * G_USEC_PER_SEC)
#define MAX_PAUSE (120 * G_USEC_PER_SEC)

/* A paper that is wanted and not here. */
typedef struct {
  char *sha256;
  gint64 size;
  char *before;      /* SHA-256 of the version before, or NULL */
  GPtrArray *papers; /* of DinhPaper that have these bytes */
  guint rank;        /* 0 comes first */
  DinhFetch *fetch;  /* while it runs */
  gint64 not_before; /* monotonic time of the next try */
  guint failures;
} Job;

/* What the threads share. */
typedef struct {
  DinhIdentity *identity;
  DinhHubClock *clock;
  DinhBearer *bearer; /* or NULL */
  DinhPaperStore *store;
  GAsyncQueue *queue; /* of Outcome; the ground itself means stop */
} Ground;

struct _DinhFetcher {
  GObject parent_instance;

  Ground *ground;
  DinhLibrary *library;
  DinhLine *line;

  GThread *threads[N_CONNECTIONS]; /* while started */
  GPtrArray *meetings;    /* that are listened to */
  GHashTable *here;       /* SHA-256 → size; NULL until the folder was read */
  GHashTable *partial;    /* SHA-256 → size, when its fetch ended */
  GHashTable *jobs;       /* SHA-256 → Job */
  GHashTable *running;    /* of DinhFetch, those too that nobody wants any more */
  GHashTable *removing;   /* SHA-256s */
  GHashTable *unwanted;   /* SHA-256s of papers that are in no meeting any more and must go */
  char *urgent;           /* SHA-256 of what a person waits for */
  guint64 received;       /* bytes over the wire by fetches that ended */
  gboolean paused;
  guint soon;  /* idle that orders the jobs */
  guint watch; /* timer that looks at the fetches */
  guint retry; /* timer to the next try */
  guint again; /* timer to the next try to remove */
};

enum { PROP_PAUSED = 1, PROP_N_LEFT, N_PROPS };
static GParamSpec *properties[N_PROPS];

enum { FAULT, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DinhFetcher, dinh_fetcher, G_TYPE_OBJECT)

static void reorder_soon (DinhFetcher *self);

static void
job_free (Job *job)
{
  if (job->fetch != NULL)
    g_cancellable_cancel (job->fetch->cancellable);
  g_free (job->sha256);
  g_free (job->before);
  g_ptr_array_unref (job->papers);
  g_free (job);
}

static void
put_size (GHashTable *sizes, const char *sha256, gint64 size)
{
  g_hash_table_insert (sizes, g_strdup (sha256), g_memdup2 (&size, sizeof size));
}

static gint64
get_size (GHashTable *sizes, const char *sha256)
{
  const gint64 *size = sha256 == NULL ? NULL : g_hash_table_lookup (sizes, sha256);

  return size == NULL ? -1 : *size;
}

/* --- the threads --- */

/* What a thread leaves for the main loop. */
typedef struct {
  DinhFetcher *fetcher;
  DinhFetch *fetch;
  GError *error;
} Outcome;

static void
outcome_free (Outcome *outcome)
{
  g_object_unref (outcome->fetcher);
  dinh_fetch_free (outcome->fetch);
  g_clear_error (&outcome->error);
  g_free (outcome);
}

static gboolean on_fetch_ended (gpointer user_data);

static DinhHubClient *
make_client (const Ground *ground, GError **error)
{
  DinhHubClient *client = dinh_hub_client_new (ground->identity, ground->clock, error);

  if (client != NULL)
    dinh_hub_client_set_bearer (client, ground->bearer);
  return client;
}

/* A client of its own for each thread, in a context that nobody else runs. */
static gpointer
run_thread (gpointer user_data)
{
  const Ground *ground = user_data;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (DinhHubClient) client = NULL;
  gpointer item;

  g_main_context_push_thread_default (context);
  while ((item = g_async_queue_pop (ground->queue)) != ground) {
    Outcome *outcome = item;

    while (g_main_context_iteration (context, FALSE))
      continue;
    if (client == NULL)
      client = make_client (ground, &outcome->error);
    if (client != NULL)
      dinh_fetch_run (outcome->fetch, client, ground->store, &outcome->error);
    g_idle_add_full (G_PRIORITY_DEFAULT, on_fetch_ended, outcome, (GDestroyNotify) outcome_free);
  }
  g_clear_object (&client);
  g_main_context_pop_thread_default (context);
  return NULL;
}

/* --- what is wanted --- */

static gboolean
is_online (DinhFetcher *self)
{
  DinhLineState state = dinh_line_get_state (self->line);

  return state == DINH_LINE_LIVE || state == DINH_LINE_POLLING;
}

static gboolean
is_over (DinhMeeting *meeting, gint64 now)
{
  return dinh_meeting_get_ends (meeting) < now || dinh_meeting_get_status (meeting) == DINH_MEETING_CANCELLED;
}

static int
compare_meetings (gconstpointer a, gconstpointer b, gpointer now_pointer)
{
  DinhMeeting *one = *(DinhMeeting **) a, *other = *(DinhMeeting **) b;
  gint64 now = *(gint64 *) now_pointer;
  gboolean one_over = is_over (one, now), other_over = is_over (other, now);
  gint64 difference = dinh_meeting_get_begins (one) - dinh_meeting_get_begins (other);

  if (one_over != other_over)
    return one_over ? 1 : -1;
  /* Of those to come the next one first, of those that are over the last one. */
  return difference == 0 ? 0 : (difference < 0) == one_over ? 1 : -1;
}

static GPtrArray *
list_meetings (DinhFetcher *self)
{
  GListModel *model = G_LIST_MODEL (self->library);
  GPtrArray *meetings = g_ptr_array_new_with_free_func (g_object_unref);
  gint64 now = dinh_hub_clock_now (self->ground->clock);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    g_ptr_array_add (meetings, g_list_model_get_item (model, i));
  g_ptr_array_sort_with_data (meetings, compare_meetings, &now);
  return meetings;
}

static void
want_paper (DinhFetcher *self, DinhPaper *paper, guint rank, GHashTable *wanted)
{
  const char *sha256 = dinh_paper_get_sha256 (paper);
  gint64 size = (gint64) dinh_paper_get_size (paper);
  Job *job;

  g_hash_table_add (wanted, (gpointer) sha256);
  if (get_size (self->here, sha256) == size) {
    g_autofree char *path = dinh_paper_store_get_path (self->ground->store, sha256);

    /* One that is here but cannot be shown stays as it is. */
    if (dinh_paper_get_state (paper) != DINH_PAPER_READY && dinh_paper_get_state (paper) != DINH_PAPER_FAILED)
      dinh_paper_set_ready (paper, path);
    return;
  }
  job = g_hash_table_lookup (self->jobs, sha256);
  if (job == NULL) {
    job = g_new0 (Job, 1);
    job->sha256 = g_strdup (sha256);
    job->papers = g_ptr_array_new_with_free_func (g_object_unref);
    job->rank = G_MAXUINT;
    g_hash_table_insert (self->jobs, job->sha256, job);
    dinh_paper_store_expect (self->ground->store, sha256, size);
  }
  job->size = size;
  job->rank = MIN (job->rank, g_strcmp0 (sha256, self->urgent) == 0 ? 0 : rank);
  g_free (job->before);
  job->before = g_strdup (dinh_paper_get_replaces (paper));
  g_ptr_array_add (job->papers, g_object_ref (paper));
}

static gboolean
is_unwanted (gpointer sha256, gpointer job, gpointer user_data)
{
  return ((Job *) job)->papers->len == 0;
}

static void
show_job (DinhFetcher *self, const Job *job)
{
  gint64 fetched = job->fetch != NULL ? (gint64) (gsize) g_atomic_pointer_get (&job->fetch->fetched)
                                      : MAX (get_size (self->partial, job->sha256), 0);

  for (guint i = 0; i < job->papers->len; i++) {
    DinhPaper *paper = g_ptr_array_index (job->papers, i);

    if (job->fetch == NULL && job->failures > 0 && dinh_paper_get_state (paper) == DINH_PAPER_FAILED)
      continue;
    if (g_str_equal (dinh_paper_get_sha256 (paper), job->sha256))
      dinh_paper_set_progress (paper, job->fetch != NULL ? DINH_PAPER_FETCHING : DINH_PAPER_QUEUED, (guint64) fetched);
  }
}

/* --- what must go --- */

typedef struct {
  DinhFetcher *fetcher;
  char *sha256;
} Removal;

static void
removal_free (Removal *removal)
{
  g_object_unref (removal->fetcher);
  g_free (removal->sha256);
  g_free (removal);
}

static void
remove_paper (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Removal *removal = data;
  GError *error = NULL;

  if (dinh_paper_store_remove (removal->fetcher->ground->store, removal->sha256, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* A recalled paper must not stay because nothing else happens. */
static gboolean
on_again_due (gpointer user_data)
{
  DinhFetcher *self = user_data;

  self->again = 0;
  reorder_soon (self);
  return G_SOURCE_REMOVE;
}

static void
on_paper_removed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DinhFetcher *self = DINH_FETCHER (source);
  const Removal *removal = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;

  g_hash_table_remove (self->removing, removal->sha256);
  if (!g_task_propagate_boolean (G_TASK (result), &error)) {
    if (self->threads[0] != NULL && self->again == 0)
      self->again = g_timeout_add (MIN_PAUSE / 1000, on_again_due, self);
    g_signal_emit (self, signals[FAULT], 0, error);
    return;
  }
  g_hash_table_remove (self->here, removal->sha256);
  g_hash_table_remove (self->partial, removal->sha256);
  reorder_soon (self);
}

static gboolean
is_running (DinhFetcher *self, const char *sha256)
{
  GHashTableIter iter;
  DinhFetch *fetch;

  g_hash_table_iter_init (&iter, self->running);
  while (g_hash_table_iter_next (&iter, (gpointer *) &fetch, NULL)) {
    if (g_str_equal (fetch->sha256, sha256))
      return TRUE;
  }
  return FALSE;
}

static void
remove_bytes (DinhFetcher *self, const char *sha256, GHashTable *wanted)
{
  g_autoptr (GTask) task = NULL;
  Removal *removal;

  if (sha256 == NULL || g_hash_table_contains (wanted, sha256) || g_hash_table_contains (self->removing, sha256) ||
      is_running (self, sha256) || (get_size (self->here, sha256) < 0 && get_size (self->partial, sha256) < 0))
    return;
  g_hash_table_add (self->removing, g_strdup (sha256));
  removal = g_new (Removal, 1);
  removal->fetcher = g_object_ref (self);
  removal->sha256 = g_strdup (sha256);
  task = g_task_new (self, NULL, on_paper_removed, NULL);
  g_task_set_task_data (task, removal, (GDestroyNotify) removal_free);
  g_task_run_in_thread (task, remove_paper);
}

/* Takes the bytes of a recalled paper, and of the version before it, off this device. */
static void
forget_paper (DinhFetcher *self, DinhPaper *paper, GHashTable *wanted)
{
  if (dinh_paper_get_state (paper) != DINH_PAPER_ABSENT)
    dinh_paper_set_progress (paper, DINH_PAPER_ABSENT, 0);
  remove_bytes (self, dinh_paper_get_sha256 (paper), wanted);
  remove_bytes (self, dinh_paper_get_replaces (paper), wanted);
}

/* --- the order --- */

static Job *
find_next (DinhFetcher *self, gint64 now)
{
  GHashTableIter iter;
  Job *job, *next = NULL;

  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &job)) {
    if (job->fetch == NULL && job->not_before <= now && (next == NULL || job->rank < next->rank) &&
        !g_hash_table_contains (self->removing, job->sha256) && !is_running (self, job->sha256))
      next = job;
  }
  return next;
}

static void
start_job (DinhFetcher *self, Job *job)
{
  gint64 before_size = get_size (self->here, job->before);
  Outcome *outcome = g_new0 (Outcome, 1);

  job->fetch = dinh_fetch_new (job->sha256, job->size, before_size < 0 ? NULL : job->before, before_size);
  job->fetch->fetched = (gsize) MAX (get_size (self->partial, job->sha256), 0);
  g_hash_table_add (self->running, job->fetch);
  outcome->fetcher = g_object_ref (self);
  outcome->fetch = job->fetch;
  g_async_queue_push (self->ground->queue, outcome);
}

/* A person waits: what others only might want stops and goes on later from where it was. */
static void
make_room (DinhFetcher *self)
{
  const Job *urgent = self->urgent == NULL ? NULL : g_hash_table_lookup (self->jobs, self->urgent);
  GHashTableIter iter;
  Job *job, *last = NULL;

  if (urgent == NULL || urgent->fetch != NULL)
    return;
  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &job)) {
    if (job->fetch != NULL && (last == NULL || job->rank > last->rank))
      last = job;
  }
  if (last != NULL)
    g_cancellable_cancel (last->fetch->cancellable);
}

static gboolean
on_watch_due (gpointer user_data)
{
  DinhFetcher *self = user_data;
  GHashTableIter iter;
  Job *job;

  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &job)) {
    if (job->fetch != NULL)
      show_job (self, job);
  }
  if (g_hash_table_size (self->running) > 0)
    return G_SOURCE_CONTINUE;
  self->watch = 0;
  return G_SOURCE_REMOVE;
}

static gboolean
on_retry_due (gpointer user_data)
{
  DinhFetcher *self = user_data;

  self->retry = 0;
  reorder_soon (self);
  return G_SOURCE_REMOVE;
}

static void
schedule_retry (DinhFetcher *self, gint64 now)
{
  gint64 next = G_MAXINT64;
  GHashTableIter iter;
  Job *job;

  g_clear_handle_id (&self->retry, g_source_remove);
  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &job)) {
    if (job->fetch == NULL && job->not_before > now)
      next = MIN (next, job->not_before);
  }
  if (next != G_MAXINT64)
    self->retry = g_timeout_add ((guint) ((next - now) / 1000) + 1, on_retry_due, self);
}

static void
start_jobs (DinhFetcher *self)
{
  gint64 now = g_get_monotonic_time ();
  Job *job;

  if (self->paused || !is_online (self))
    return;
  while (g_hash_table_size (self->running) < N_CONNECTIONS && (job = find_next (self, now)) != NULL)
    start_job (self, job);
  if (g_hash_table_size (self->running) >= N_CONNECTIONS)
    make_room (self);
  if (self->watch == 0 && g_hash_table_size (self->running) > 0)
    self->watch = g_timeout_add (WATCH_MILLISECONDS, on_watch_due, self);
  schedule_retry (self, now);
}

static void
stop_jobs (DinhFetcher *self)
{
  GHashTableIter iter;
  DinhFetch *fetch;

  g_hash_table_iter_init (&iter, self->running);
  while (g_hash_table_iter_next (&iter, (gpointer *) &fetch, NULL))
    g_cancellable_cancel (fetch->cancellable);
}

static void
for_each_paper (DinhFetcher *self, GPtrArray *meetings, gboolean recalled, GHashTable *wanted)
{
  guint rank = 1;

  for (guint i = 0; i < meetings->len; i++) {
    GListModel *papers = dinh_meeting_get_papers (g_ptr_array_index (meetings, i));

    for (guint j = 0; j < g_list_model_get_n_items (papers); j++) {
      g_autoptr (DinhPaper) paper = g_list_model_get_item (papers, j);

      if (dinh_paper_get_recalled (paper) != recalled)
        continue;
      if (recalled)
        forget_paper (self, paper, wanted);
      else
        want_paper (self, paper, rank++, wanted);
    }
  }
}

static void
clear_job (gpointer sha256, gpointer data, gpointer user_data)
{
  Job *job = data;

  g_ptr_array_set_size (job->papers, 0);
  job->rank = G_MAXUINT;
}

static gboolean
is_gone (DinhFetcher *self, const char *sha256)
{
  return get_size (self->here, sha256) < 0 && get_size (self->partial, sha256) < 0 && !is_running (self, sha256) &&
         !g_hash_table_contains (self->removing, sha256);
}

static void
remove_unwanted (DinhFetcher *self, GHashTable *wanted)
{
  GHashTableIter iter;
  const char *sha256;

  g_hash_table_iter_init (&iter, self->unwanted);
  while (g_hash_table_iter_next (&iter, (gpointer *) &sha256, NULL)) {
    if (g_hash_table_contains (wanted, sha256) || is_gone (self, sha256))
      g_hash_table_iter_remove (&iter);
    else
      remove_bytes (self, sha256, wanted);
  }
}

/* Finds out anew what is wanted, in which order, and what must go. */
static void
reorder (DinhFetcher *self)
{
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) meetings = list_meetings (self);
  guint n_left = g_hash_table_size (self->jobs);
  GHashTableIter iter;
  Job *job;

  g_hash_table_foreach (self->jobs, clear_job, NULL);
  for_each_paper (self, meetings, FALSE, wanted);
  g_hash_table_foreach_remove (self->jobs, is_unwanted, NULL);
  for_each_paper (self, meetings, TRUE, wanted);
  remove_unwanted (self, wanted);
  start_jobs (self);
  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &job))
    show_job (self, job);
  if (n_left != g_hash_table_size (self->jobs))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_LEFT]);
}

static gboolean
on_reorder_due (gpointer user_data)
{
  DinhFetcher *self = user_data;

  self->soon = 0;
  reorder (self);
  return G_SOURCE_REMOVE;
}

static void
reorder_soon (DinhFetcher *self)
{
  if (self->threads[0] != NULL && self->here != NULL && self->soon == 0)
    self->soon = g_idle_add (on_reorder_due, self);
}

/* --- how a fetch ended --- */

static const char *
name_problem (const GError *error)
{
  if (g_error_matches (error, DINH_STORE_ERROR, DINH_STORE_ERROR_FULL))
    return "no-space";
  if (g_error_matches (error, DINH_STORE_ERROR, DINH_STORE_ERROR_HASH))
    return "damaged";
  if (dinh_net_error_get_status (error) == SOUP_STATUS_FORBIDDEN)
    return "refused";
  if (dinh_net_error_get_status (error) == SOUP_STATUS_NOT_FOUND)
    return "gone";
  return error->domain == DINH_STORE_ERROR ? "disk" : "not-fetched";
}

/* A cut line is nobody's fault: the paper waits. Anything else is told, and tried again more and more seldom. */
static void
fail_job (DinhFetcher *self, Job *job, const GError *error)
{
  gint64 pause = MIN (MIN_PAUSE << MIN (job->failures, 10u), MAX_PAUSE);
  gboolean cut = g_error_matches (error, DINH_NET_ERROR, DINH_NET_ERROR_UNREACHABLE) ||
                 g_error_matches (error, DINH_STORE_ERROR, DINH_STORE_ERROR_BUSY);

  job->failures++;
  job->not_before = g_get_monotonic_time () + pause;
  for (guint i = 0; !cut && i < job->papers->len; i++) {
    DinhPaper *paper = g_ptr_array_index (job->papers, i);

    if (g_str_equal (dinh_paper_get_sha256 (paper), job->sha256))
      dinh_paper_set_failed (paper, name_problem (error));
  }
  g_signal_emit (self, signals[FAULT], 0, error);
}

static void
finish_job (DinhFetcher *self, Job *job)
{
  g_autofree char *path = dinh_paper_store_get_path (self->ground->store, job->sha256);

  for (guint i = 0; i < job->papers->len; i++) {
    DinhPaper *paper = g_ptr_array_index (job->papers, i);

    if (g_str_equal (dinh_paper_get_sha256 (paper), job->sha256))
      dinh_paper_set_ready (paper, path);
  }
  g_hash_table_remove (self->jobs, job->sha256);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_LEFT]);
}

/* Remembers what of the paper is on the disk now. */
static void
note_bytes (DinhFetcher *self, const DinhFetch *fetch, const GError *error)
{
  gboolean thrown_away = g_error_matches (error, DINH_STORE_ERROR, DINH_STORE_ERROR_HASH);

  if (error == NULL) {
    put_size (self->here, fetch->sha256, fetch->size);
    g_hash_table_remove (self->partial, fetch->sha256);
  } else {
    put_size (self->partial, fetch->sha256, thrown_away ? 0 : (gint64) fetch->fetched);
  }
}

static gboolean
on_fetch_ended (gpointer user_data)
{
  const Outcome *outcome = user_data;
  DinhFetcher *self = outcome->fetcher;
  DinhFetch *fetch = outcome->fetch;
  Job *job = g_hash_table_lookup (self->jobs, fetch->sha256);

  g_hash_table_remove (self->running, fetch);
  self->received += fetch->received;
  note_bytes (self, fetch, outcome->error);
  if (job != NULL && job->fetch == fetch) {
    job->fetch = NULL;
    if (outcome->error == NULL)
      finish_job (self, job);
    else if (!g_error_matches (outcome->error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
      fail_job (self, job, outcome->error);
  }
  if (self->threads[0] != NULL)
    start_jobs (self);
  /* What it waited for may have been its end: bytes that nobody wants any more. */
  if (job == NULL || outcome->error != NULL)
    reorder_soon (self);
  return G_SOURCE_REMOVE;
}

/* --- what changes --- */

static void
on_meeting_changed (DinhMeeting *meeting, GParamSpec *pspec, DinhFetcher *self)
{
  reorder_soon (self);
}

/* A paper may appear without a new event: one that could not be read before. */
static void
on_papers_changed (GListModel *papers, guint position, guint removed, guint added, DinhFetcher *self)
{
  reorder_soon (self);
}

static void
listen_to_meetings (DinhFetcher *self, gboolean listen)
{
  for (guint i = 0; i < self->meetings->len; i++) {
    DinhMeeting *meeting = g_ptr_array_index (self->meetings, i);

    g_signal_handlers_disconnect_by_data (dinh_meeting_get_papers (meeting), self);
    g_signal_handlers_disconnect_by_data (meeting, self);
  }
  g_ptr_array_set_size (self->meetings, 0);
  for (guint i = 0; listen && i < g_list_model_get_n_items (G_LIST_MODEL (self->library)); i++) {
    DinhMeeting *meeting = g_list_model_get_item (G_LIST_MODEL (self->library), i);

    g_ptr_array_add (self->meetings, meeting);
    g_signal_connect (meeting, "notify::seq", G_CALLBACK (on_meeting_changed), self);
    g_signal_connect (dinh_meeting_get_papers (meeting), "items-changed", G_CALLBACK (on_papers_changed), self);
  }
}

static void
on_library_changed (GListModel *library, guint position, guint removed, guint added, DinhFetcher *self)
{
  listen_to_meetings (self, TRUE);
  reorder_soon (self);
}

/* With the line back everything may be tried at once. */
static void
on_line_changed (DinhLine *line, GParamSpec *pspec, DinhFetcher *self)
{
  GHashTableIter iter;
  Job *job;

  if (!is_online (self))
    return;
  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &job))
    job->not_before = 0;
  reorder_soon (self);
}

/* --- the beginning and the end --- */

typedef struct {
  GHashTable *here;
  GHashTable *partial;
} Inventory;

static void
inventory_free (Inventory *inventory)
{
  g_clear_pointer (&inventory->here, g_hash_table_unref);
  g_clear_pointer (&inventory->partial, g_hash_table_unref);
  g_free (inventory);
}

static void
take_inventory (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  DinhPaperStore *store = data;
  Inventory *inventory = g_new0 (Inventory, 1);
  GError *error = NULL;

  if (dinh_paper_store_sweep (store, &error))
    inventory->here = dinh_paper_store_list (store, FALSE, &error);
  if (inventory->here != NULL)
    inventory->partial = dinh_paper_store_list (store, TRUE, &error);
  if (error == NULL) {
    g_task_return_pointer (task, inventory, (GDestroyNotify) inventory_free);
    return;
  }
  inventory_free (inventory);
  g_task_return_error (task, error);
}

static void on_inventory_taken (GObject *source, GAsyncResult *result, gpointer user_data);

static gboolean
on_inventory_due (gpointer user_data)
{
  DinhFetcher *self = user_data;
  g_autoptr (GTask) task = g_task_new (self, NULL, on_inventory_taken, NULL);

  self->retry = 0;
  g_task_set_task_data (task, g_object_ref (self->ground->store), g_object_unref);
  g_task_run_in_thread (task, take_inventory);
  return G_SOURCE_REMOVE;
}

static void
on_inventory_taken (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DinhFetcher *self = DINH_FETCHER (source);
  g_autoptr (GError) error = NULL;
  Inventory *inventory = g_task_propagate_pointer (G_TASK (result), &error);

  if (inventory == NULL) {
    g_signal_emit (self, signals[FAULT], 0, error);
    if (self->threads[0] != NULL)
      self->retry = g_timeout_add (MIN_PAUSE / 1000, on_inventory_due, self);
    return;
  }
  g_clear_pointer (&self->here, g_hash_table_unref);
  g_clear_pointer (&self->partial, g_hash_table_unref);
  self->here = g_steal_pointer (&inventory->here);
  self->partial = g_steal_pointer (&inventory->partial);
  inventory_free (inventory);
  reorder_soon (self);
}

/**
 * dinh_fetcher_start:
 *
 * Looks what is here and begins to fetch the rest, now and whenever the library changes.
 */
void
dinh_fetcher_start (DinhFetcher *self)
{
  if (self->threads[0] != NULL)
    return;
  for (guint i = 0; i < N_CONNECTIONS; i++)
    self->threads[i] = g_thread_new ("dinh-fetcher", run_thread, self->ground);
  g_signal_connect (self->library, "items-changed", G_CALLBACK (on_library_changed), self);
  g_signal_connect (self->line, "notify::state", G_CALLBACK (on_line_changed), self);
  listen_to_meetings (self, TRUE);
  on_inventory_due (self);
}

/**
 * dinh_fetcher_stop:
 *
 * Ends what is under way; it goes on from there the next time. Blocks until the threads are done.
 */
void
dinh_fetcher_stop (DinhFetcher *self)
{
  if (self->threads[0] == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->library, self);
  g_signal_handlers_disconnect_by_data (self->line, self);
  listen_to_meetings (self, FALSE);
  g_clear_handle_id (&self->soon, g_source_remove);
  g_clear_handle_id (&self->watch, g_source_remove);
  g_clear_handle_id (&self->retry, g_source_remove);
  g_clear_handle_id (&self->again, g_source_remove);
  stop_jobs (self);
  for (guint i = 0; i < N_CONNECTIONS; i++)
    g_async_queue_push (self->ground->queue, self->ground);
  for (guint i = 0; i < N_CONNECTIONS; i++)
    g_clear_pointer (&self->threads[i], g_thread_join);
}

/**
 * dinh_fetcher_want:
 *
 * A person waits for @paper: it comes first, even if others have to stop for it.
 */
void
dinh_fetcher_want (DinhFetcher *self, DinhPaper *paper)
{
  Job *job = g_hash_table_lookup (self->jobs, dinh_paper_get_sha256 (paper));

  g_free (self->urgent);
  self->urgent = g_strdup (dinh_paper_get_sha256 (paper));
  if (job != NULL)
    job->not_before = 0;
  reorder_soon (self);
}

/**
 * dinh_fetcher_remove:
 * @papers: (element-type utf8): SHA-256s
 *
 * Takes the bytes of papers off this device, unless a meeting still has them.
 */
void
dinh_fetcher_remove (DinhFetcher *self, GPtrArray *papers)
{
  for (guint i = 0; i < papers->len; i++)
    g_hash_table_add (self->unwanted, g_strdup (g_ptr_array_index (papers, i)));
  reorder_soon (self);
}

/**
 * dinh_fetcher_set_bearer:
 * @bearer: of whoever is signed in at this device
 *
 * Before dinh_fetcher_start(): papers are asked for as that person.
 */
void
dinh_fetcher_set_bearer (DinhFetcher *self, DinhBearer *bearer)
{
  g_set_object (&self->ground->bearer, bearer);
}

/**
 * dinh_fetcher_fetch_again:
 * @path: of a paper that turned out to be damaged
 *
 * Gives up what is here of the paper and fetches it again; meanwhile it counts as failed ("spoilt") and then as queued.
 */
void
dinh_fetcher_fetch_again (DinhFetcher *self, const char *path)
{
  g_autoptr (GPtrArray) meetings = list_meetings (self);
  g_autoptr (GHashTable) nothing = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < meetings->len; i++) {
    GListModel *papers = dinh_meeting_get_papers (g_ptr_array_index (meetings, i));

    for (guint j = 0; j < g_list_model_get_n_items (papers); j++) {
      g_autoptr (DinhPaper) paper = g_list_model_get_item (papers, j);

      if (g_strcmp0 (dinh_paper_get_path (paper), path) != 0)
        continue;
      dinh_paper_set_failed (paper, "spoilt");
      remove_bytes (self, dinh_paper_get_sha256 (paper), nothing);
    }
  }
}

/**
 * dinh_fetcher_get_paused:
 *
 * Whether nothing is fetched for the time being.
 */
gboolean
dinh_fetcher_get_paused (DinhFetcher *self)
{
  return self->paused;
}

/**
 * dinh_fetcher_set_paused:
 *
 * Stops fetching, or goes on.
 */
void
dinh_fetcher_set_paused (DinhFetcher *self, gboolean paused)
{
  if (self->paused == paused)
    return;
  self->paused = paused;
  if (paused)
    stop_jobs (self);
  reorder_soon (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PAUSED]);
}

/**
 * dinh_fetcher_get_n_left:
 *
 * Returns: papers that are wanted and not here.
 */
guint
dinh_fetcher_get_n_left (DinhFetcher *self)
{
  return g_hash_table_size (self->jobs);
}

/**
 * dinh_fetcher_get_received:
 *
 * Returns: bytes of papers that came over the wire since the object was made, without those still coming.
 */
guint64
dinh_fetcher_get_received (DinhFetcher *self)
{
  return self->received;
}

static void
dinh_fetcher_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  DinhFetcher *self = DINH_FETCHER (object);

  if (property_id == PROP_PAUSED)
    g_value_set_boolean (value, self->paused);
  else
    g_value_set_uint (value, dinh_fetcher_get_n_left (self));
}

static void
dinh_fetcher_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  dinh_fetcher_set_paused (DINH_FETCHER (object), g_value_get_boolean (value));
}

static void
dinh_fetcher_dispose (GObject *object)
{
  dinh_fetcher_stop (DINH_FETCHER (object));
  G_OBJECT_CLASS (dinh_fetcher_parent_class)->dispose (object);
}

static void
dinh_fetcher_finalize (GObject *object)
{
  DinhFetcher *self = DINH_FETCHER (object);

  g_object_unref (self->ground->identity);
  g_object_unref (self->ground->clock);
  g_clear_object (&self->ground->bearer);
  g_object_unref (self->ground->store);
  g_async_queue_unref (self->ground->queue);
  g_free (self->ground);
  g_clear_object (&self->library);
  g_clear_object (&self->line);
  g_ptr_array_unref (self->meetings);
  g_clear_pointer (&self->here, g_hash_table_unref);
  g_clear_pointer (&self->partial, g_hash_table_unref);
  g_hash_table_unref (self->jobs);
  g_hash_table_unref (self->running);
  g_hash_table_unref (self->removing);
  g_hash_table_unref (self->unwanted);
  g_free (self->urgent);
  G_OBJECT_CLASS (dinh_fetcher_parent_class)->finalize (object);
}

static void
dinh_fetcher_class_init (DinhFetcherClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = dinh_fetcher_get_property;
  object_class->set_property = dinh_fetcher_set_property;
  object_class->dispose = dinh_fetcher_dispose;
  object_class->finalize = dinh_fetcher_finalize;

  properties[PROP_PAUSED] =
    g_param_spec_boolean ("paused", NULL, NULL, FALSE, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_N_LEFT] =
    g_param_spec_uint ("n-left", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * DinhFetcher::fault:
   * @fault: (type GError): what went wrong
   *
   * For the program's log; what people must know is in the paper.
   */
  signals[FAULT] =
    g_signal_new ("fault", DINH_TYPE_FETCHER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
dinh_fetcher_init (DinhFetcher *self)
{
  self->ground = g_new0 (Ground, 1);
  self->ground->queue = g_async_queue_new ();
  self->meetings = g_ptr_array_new_with_free_func (g_object_unref);
  self->jobs = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) job_free);
  self->running = g_hash_table_new (NULL, NULL);
  self->removing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->unwanted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/**
 * dinh_fetcher_new:
 * @store: where papers are kept
 * @library: whose papers are fetched
 * @line: says when there is a hub
 *
 * Returns: (transfer full): a fetcher that does nothing until it is started.
 */
DinhFetcher *
dinh_fetcher_new (DinhIdentity *identity, DinhHubClock *clock, DinhPaperStore *store, DinhLibrary *library, DinhLine *line)
{
  DinhFetcher *self = g_object_new (DINH_TYPE_FETCHER, NULL);

  self->ground->identity = g_object_ref (identity);
  self->ground->clock = g_object_ref (clock);
  self->ground->store = g_object_ref (store);
  self->library = g_object_ref (library);
  self->line = g_object_ref (line);
  return self;
}
