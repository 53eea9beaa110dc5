/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-outbox.h"

#include "data/net/dinh-net-error.h"

#include <string.h>

/*
 * Commands on their way to the hub. Each is signed at once, kept durably, and sent until the hub gives an answer for
 * good: recorded (200) or refused (409); since the hub remembers ids, sending one again is never wrong. They go out one
 * after the other in the order in which they were made. One that the hub neither takes nor refuses for good (403: not
 * from whom it says, as when the clock is wrong) stays, and lets the others pass until the line comes back the next time.
 */

#define MIN_PAUSE 1000
#define MAX_PAUSE 60000

struct _DinhOutbox {
  GObject parent_instance;

  DinhHubClient *client;
  DinhHubClock *clock;
  DinhKeeper *keeper;
  DinhLine *line;

  GListStore *waiting;      /* of DinhSubmission, the oldest first */
  GHashTable *held_up;      /* of DinhSubmission: not before the line comes back */
  DinhSubmission *sending;  /* or NULL */
  GCancellable *cancellable; /* while started */
  guint failures;
  guint timer;
};

enum { FAULT, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DinhOutbox, dinh_outbox, G_TYPE_OBJECT)

static void send_next (DinhOutbox *self);

static gboolean
is_online (DinhOutbox *self)
{
  DinhLineState state = dinh_line_get_state (self->line);

  return state == DINH_LINE_LIVE || state == DINH_LINE_POLLING;
}

/* --- keeping; in the keeper's thread --- */

static gpointer
end_transaction (DinhStore *store, gboolean good, GError **error)
{
  if (good)
    dinh_store_commit (store, error);
  else
    dinh_store_rollback (store);
  return NULL;
}

static gpointer
keep (DinhReplica *replica, gpointer data, GError **error)
{
  const DinhCommand *command = data;
  DinhStore *store = dinh_replica_get_store (replica);
  g_autofree char *text = dinh_command_print (command);

  return dinh_store_begin (store, error)
           ? end_transaction (store, dinh_store_put_outbox (store, command->id, text, error), error)
           : NULL;
}

static gpointer
forget (DinhReplica *replica, gpointer data, GError **error)
{
  const DinhCommand *command = data;
  DinhStore *store = dinh_replica_get_store (replica);

  return dinh_store_begin (store, error)
           ? end_transaction (store, dinh_store_delete_outbox (store, command->id, error), error)
           : NULL;
}

static gpointer
list_kept (DinhReplica *replica, gpointer data, GError **error)
{
  g_autoptr (GPtrArray) texts = dinh_store_list_outbox (dinh_replica_get_store (replica), error);
  GPtrArray *commands;

  if (texts == NULL)
    return NULL;
  commands = g_ptr_array_new_with_free_func ((GDestroyNotify) dinh_command_unref);
  for (guint i = 0; i < texts->len; i++) {
    const char *text = g_ptr_array_index (texts, i);
    DinhCommand *command = dinh_command_parse (text, strlen (text), NULL);

    if (command != NULL)
      g_ptr_array_add (commands, command);
  }
  return commands;
}

static void
on_forgotten (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DinhOutbox) self = user_data;
  g_autoptr (GError) error = NULL;

  dinh_keeper_run_finish (DINH_KEEPER (source), result, &error);
  if (error != NULL)
    g_signal_emit (self, signals[FAULT], 0, error);
}

/* --- sending --- */

static gboolean
on_send_due (gpointer user_data)
{
  DinhOutbox *self = user_data;

  self->timer = 0;
  send_next (self);
  return G_SOURCE_REMOVE;
}

static void
pause_sending (DinhOutbox *self)
{
  guint pause = MIN (MIN_PAUSE << MIN (self->failures, 10u), MAX_PAUSE);

  self->failures++;
  g_clear_handle_id (&self->timer, g_source_remove);
  self->timer = g_timeout_add ((guint) g_random_int_range ((gint32) pause / 2, (gint32) pause), on_send_due, self);
}

static void
conclude (DinhOutbox *self, DinhSubmission *submission, DinhSubmissionState state, const GError *error)
{
  guint position;

  if (g_list_store_find (self->waiting, submission, &position))
    g_list_store_remove (self->waiting, position);
  self->failures = 0;
  dinh_keeper_run_async (self->keeper, forget, dinh_command_ref ((DinhCommand *) dinh_submission_get_command (submission)),
                         (GDestroyNotify) dinh_command_unref, NULL, NULL, on_forgotten, g_object_ref (self));
  dinh_submission_set_state (submission, state, dinh_net_error_get_problem (error), dinh_net_error_get_detail (error));
}

/* Whether the hub said no to this command alone, though not for good. */
static gboolean
is_of_command (const GError *error)
{
  guint status = dinh_net_error_get_status (error);

  return g_error_matches (error, DINH_NET_ERROR, DINH_NET_ERROR_PROBLEM) && status >= 400 && status < 500 &&
         status != SOUP_STATUS_REQUEST_TIMEOUT && status != 429;
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DinhOutbox) self = user_data;
  g_autoptr (DinhSubmission) submission = g_steal_pointer (&self->sending);
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhAnswer) answer = dinh_hub_client_send_finish (DINH_HUB_CLIENT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (answer != NULL) {
    conclude (self, submission, DINH_SUBMISSION_REACHED, NULL);
  } else if (dinh_net_error_get_status (error) == SOUP_STATUS_CONFLICT) {
    conclude (self, submission, DINH_SUBMISSION_REFUSED, error);
  } else if (is_of_command (error)) {
    g_hash_table_add (self->held_up, g_object_ref (submission));
    dinh_submission_set_state (submission, dinh_submission_get_state (submission), dinh_net_error_get_problem (error),
                               dinh_net_error_get_detail (error));
    g_signal_emit (self, signals[FAULT], 0, error);
  } else {
    pause_sending (self);
    return;
  }
  send_next (self);
}

static DinhSubmission *
find_next (DinhOutbox *self)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->waiting)); i++) {
    g_autoptr (DinhSubmission) submission = g_list_model_get_item (G_LIST_MODEL (self->waiting), i);

    if (!g_hash_table_contains (self->held_up, submission))
      return g_steal_pointer (&submission);
  }
  return NULL;
}

static void
send_next (DinhOutbox *self)
{
  g_autofree char *text = NULL;
  DinhRequest request = { .method = "POST", .path = "/v1/commands", .seconds = 30 };

  if (self->cancellable == NULL || self->sending != NULL || self->timer != 0 || !is_online (self))
    return;
  self->sending = find_next (self);
  if (self->sending == NULL)
    return;
  request.body = text = dinh_command_print (dinh_submission_get_command (self->sending));
  dinh_hub_client_send_async (self->client, &request, self->cancellable, on_answered, g_object_ref (self));
}

static void
on_line_changed (DinhLine *line, GParamSpec *pspec, DinhOutbox *self)
{
  if (!is_online (self))
    return;
  g_hash_table_remove_all (self->held_up);
  g_clear_handle_id (&self->timer, g_source_remove);
  send_next (self);
}

/* --- coming in --- */

typedef struct {
  DinhOutbox *outbox;
  DinhSubmission *submission;
} Keeping;

static void
on_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Keeping *keeping = user_data;
  DinhOutbox *self = keeping->outbox;
  DinhSubmission *submission = keeping->submission;
  g_autoptr (GError) error = NULL;

  dinh_keeper_run_finish (DINH_KEEPER (source), result, &error);
  if (error != NULL)
    g_signal_emit (self, signals[FAULT], 0, error);
  /* A command that the disk does not take goes out from memory. */
  if (dinh_submission_get_state (submission) == DINH_SUBMISSION_KEEPING)
    dinh_submission_set_state (submission, error == NULL ? DINH_SUBMISSION_KEPT : DINH_SUBMISSION_KEEPING,
                               error == NULL ? NULL : "no-space", error == NULL ? NULL : error->message);
  send_next (self);
  g_object_unref (submission);
  g_object_unref (self);
  g_free (keeping);
}

/**
 * dinh_outbox_submit_by:
 * @person: (nullable): UUID of who signs; %NULL: the device does
 * @key: of @person, or of the device
 * @kind: a row of the command table
 * @stream: UUID
 * @body: (transfer none): what is wanted
 *
 * Signs a command with the hub's time. Returns: (transfer full): how far it has come; what people are told must wait for
 * %DINH_SUBMISSION_KEPT.
 */
DinhSubmission *
dinh_outbox_submit_by (DinhOutbox *self, const char *person, const DinhKey *key, const char *kind, const char *stream,
                       json_t *body)
{
  DinhIdentity *identity = dinh_hub_client_get_identity (self->client);
  g_autoptr (DinhCommand) command = dinh_command_new_by (kind, stream, person, dinh_identity_get_device (identity),
                                                         dinh_hub_clock_now (self->clock), body, key);
  DinhSubmission *submission = dinh_submission_new (command, DINH_SUBMISSION_KEEPING);
  Keeping *keeping = g_new (Keeping, 1);

  keeping->outbox = g_object_ref (self);
  keeping->submission = g_object_ref (submission);
  g_list_store_append (self->waiting, submission);
  dinh_keeper_run_async (self->keeper, keep, g_steal_pointer (&command), (GDestroyNotify) dinh_command_unref, NULL, NULL,
                         on_kept, keeping);
  return submission;
}

/**
 * dinh_outbox_submit:
 *
 * dinh_outbox_submit_by() for what the device does by itself.
 */
DinhSubmission *
dinh_outbox_submit (DinhOutbox *self, const char *kind, const char *stream, json_t *body)
{
  DinhIdentity *identity = dinh_hub_client_get_identity (self->client);

  return dinh_outbox_submit_by (self, NULL, dinh_identity_get_signing_key (identity), kind, stream, body);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DinhOutbox) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) commands = dinh_keeper_run_finish (DINH_KEEPER (source), result, &error);
  guint n_new = g_list_model_get_n_items (G_LIST_MODEL (self->waiting));

  if (commands == NULL) {
    g_signal_emit (self, signals[FAULT], 0, error);
    return;
  }
  /* What was submitted since the program's start is listed too if it was kept already; it stands behind the others. */
  for (guint i = 0; i < commands->len; i++) {
    DinhCommand *command = g_ptr_array_index (commands, i);
    gboolean known = FALSE;

    for (guint j = 0; j < n_new && !known; j++) {
      g_autoptr (DinhSubmission) other = g_list_model_get_item (G_LIST_MODEL (self->waiting), i + j);
      known = g_str_equal (dinh_submission_get_command (other)->id, command->id);
    }
    if (!known) {
      g_autoptr (DinhSubmission) submission = dinh_submission_new (command, DINH_SUBMISSION_KEPT);
      g_list_store_insert (self->waiting, i, submission);
    }
  }
  send_next (self);
}

/**
 * dinh_outbox_start:
 *
 * Takes up what an earlier run left and begins to send; to be called before the first dinh_outbox_submit().
 */
void
dinh_outbox_start (DinhOutbox *self)
{
  if (self->cancellable != NULL)
    return;
  self->cancellable = g_cancellable_new ();
  g_signal_connect (self->line, "notify::state", G_CALLBACK (on_line_changed), self);
  dinh_keeper_run_async (self->keeper, list_kept, NULL, NULL, (GDestroyNotify) g_ptr_array_unref, NULL, on_listed,
                         g_object_ref (self));
}

/**
 * dinh_outbox_stop:
 *
 * Sends no more; what waits is kept.
 */
void
dinh_outbox_stop (DinhOutbox *self)
{
  if (self->cancellable == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->line, self);
  g_clear_handle_id (&self->timer, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

/**
 * dinh_outbox_get_waiting:
 *
 * Returns: (transfer none): the DinhSubmissions that the hub has not answered yet, the oldest first.
 */
GListModel *
dinh_outbox_get_waiting (DinhOutbox *self)
{
  return G_LIST_MODEL (self->waiting);
}

static void
dinh_outbox_dispose (GObject *object)
{
  dinh_outbox_stop (DINH_OUTBOX (object));
  G_OBJECT_CLASS (dinh_outbox_parent_class)->dispose (object);
}

static void
dinh_outbox_finalize (GObject *object)
{
  DinhOutbox *self = DINH_OUTBOX (object);

  g_clear_object (&self->client);
  g_clear_object (&self->clock);
  g_clear_object (&self->keeper);
  g_clear_object (&self->line);
  g_clear_object (&self->sending);
  g_object_unref (self->waiting);
  g_hash_table_unref (self->held_up);
  G_OBJECT_CLASS (dinh_outbox_parent_class)->finalize (object);
}

static void
dinh_outbox_class_init (DinhOutboxClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dinh_outbox_dispose;
  G_OBJECT_CLASS (klass)->finalize = dinh_outbox_finalize;

  /**
   * DinhOutbox::fault:
   * @fault: (type GError): what went wrong
   *
   * For the program's log; what people must know is in the submission.
   */
  signals[FAULT] =
    g_signal_new ("fault", DINH_TYPE_OUTBOX, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
dinh_outbox_init (DinhOutbox *self)
{
  self->waiting = g_list_store_new (DINH_TYPE_SUBMISSION);
  self->held_up = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
}

/**
 * dinh_outbox_new:
 * @client: of the main thread
 * @line: says when there is a hub
 *
 * Returns: (transfer full): an outbox that sends once it is started.
 */
DinhOutbox *
dinh_outbox_new (DinhHubClient *client, DinhHubClock *clock, DinhKeeper *keeper, DinhLine *line)
{
  DinhOutbox *self = g_object_new (DINH_TYPE_OUTBOX, NULL);

  self->client = g_object_ref (client);
  self->clock = g_object_ref (clock);
  self->keeper = g_object_ref (keeper);
  self->line = g_object_ref (line);
  return self;
}
