/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-record-error.h"
#include "data/record/dinh-time.h"
#include "tests/data/record/random-command.h"
#include "tests/data/store/record-check.h"

#include <string.h>

/* Many commands at once through one writer. */

#define N_THREADS 8
#define N_EACH 64

typedef struct {
  GHashTable *answers; /* command's id → answer */
  GMutex mutex;
} Answers;

static void
answers_init (Answers *self)
{
  self->answers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_mutex_init (&self->mutex);
}

static void
answers_clear (Answers *self)
{
  g_hash_table_unref (self->answers);
  g_mutex_clear (&self->mutex);
}

typedef struct {
  Fixture *fixture;
  const char *meeting;
  guint thread;
  guint n_waiting;
  Answers *answers;
} Crowd;

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Crowd *crowd = user_data;
  g_autoptr (GError) error = NULL;
  char *answer = dinh_writer_submit_finish (DINH_WRITER (source), result, &error);
  g_autoptr (DinhJson) told = NULL;

  g_assert_no_error (error);
  told = dinh_json_parse (answer, strlen (answer), NULL);
  g_assert_cmpstr (dinh_json_get_string (told, "status"), ==, "recorded");
  g_mutex_lock (&crowd->answers->mutex);
  g_hash_table_insert (crowd->answers->answers, g_strdup (dinh_json_get_string (told, "command")), answer);
  g_mutex_unlock (&crowd->answers->mutex);
  crowd->n_waiting--;
}

static gpointer
submit_many (gpointer user_data)
{
  Crowd *crowd = user_data;
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  for (guint i = 0; i < N_EACH; i++) {
    g_autofree char *id = g_strdup_printf ("muc-%u-%u", crowd->thread, i);
    g_autoptr (DinhCommand) command = fixture_command (crowd->fixture, crowd->meeting, "item-add", fixture_item (id, 1));

    crowd->n_waiting++;
    dinh_writer_submit_async (crowd->fixture->writer, command, NULL, on_answered, crowd);
  }
  while (crowd->n_waiting > 0)
    g_main_context_iteration (context, TRUE);
  g_main_context_pop_thread_default (context);
  return NULL;
}

static void
test_threads (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = dinh_uuid_new ();
  g_autofree char *fault = NULL;
  g_autoptr (DinhView) view = NULL;
  GThread *threads[N_THREADS];
  Crowd crowds[N_THREADS];
  Answers answers;

  answers_init (&answers);
  fixture_submit (fixture, meeting, "meeting-prepare", fixture_header ("Họp"), "recorded");
  for (guint i = 0; i < N_THREADS; i++) {
    crowds[i] = (Crowd){ fixture, meeting, i, 0, &answers };
    threads[i] = g_thread_new ("crowd", submit_many, &crowds[i]);
  }
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (g_hash_table_size (answers.answers), ==, N_THREADS * N_EACH);
  view = dinh_writer_dup_view (fixture->writer, meeting);
  g_assert_cmpuint (view->state->size, ==, 1 + N_THREADS * N_EACH);
  fixture_close_writer (fixture);
  fault = record_find_fault (fixture, answers.answers);
  g_assert_cmpstr (fault, ==, NULL);
  answers_clear (&answers);
}

typedef struct {
  GArray *seqs;
  guint n_waiting;
} Order;

static void
on_ordered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Order *order = user_data;
  g_autofree char *answer = dinh_writer_submit_finish (DINH_WRITER (source), result, NULL);
  g_autoptr (DinhJson) told = dinh_json_parse (answer, strlen (answer), NULL);
  gint64 seq = dinh_json_get_integer (json_array_get (json_object_get (told, "events"), 0), "seq");

  g_array_append_val (order->seqs, seq);
  order->n_waiting--;
}

/* First come, first served, also across the end of a batch. */
static void
test_order (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = dinh_uuid_new ();
  Order order = { g_array_new (FALSE, FALSE, sizeof (gint64)), 1200 };

  fixture_submit (fixture, meeting, "meeting-prepare", fixture_header ("Họp"), "recorded");
  for (guint i = 0; i < 1200; i++) {
    g_autofree char *id = g_strdup_printf ("muc-%u", i);
    g_autoptr (DinhCommand) command = fixture_command (fixture, meeting, "item-add", fixture_item (id, (int) i));

    dinh_writer_submit_async (fixture->writer, command, NULL, on_ordered, &order);
  }
  while (order.n_waiting > 0)
    g_main_context_iteration (NULL, TRUE);
  for (guint i = 0; i < order.seqs->len; i++)
    g_assert_cmpint (g_array_index (order.seqs, gint64, i), ==, 2 + i);
  g_array_unref (order.seqs);
}

typedef struct {
  GPtrArray *answers;
  guint n_waiting;
} Twins;

static void
on_twin_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Twins *twins = user_data;

  g_ptr_array_add (twins->answers, dinh_writer_submit_finish (DINH_WRITER (source), result, NULL));
  twins->n_waiting--;
}

/* The same command many times in one batch happens once. */
static void
test_twins (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = dinh_uuid_new ();
  g_autoptr (DinhCommand) command = fixture_command (fixture, meeting, "meeting-prepare", fixture_header ("Họp"));
  g_autoptr (DinhView) view = NULL;
  Twins twins = { g_ptr_array_new_with_free_func (g_free), 100 };

  for (guint i = 0; i < 100; i++)
    dinh_writer_submit_async (fixture->writer, command, NULL, on_twin_answered, &twins);
  while (twins.n_waiting > 0)
    g_main_context_iteration (NULL, TRUE);
  for (guint i = 0; i < 100; i++)
    g_assert_cmpstr (g_ptr_array_index (twins.answers, i), ==, g_ptr_array_index (twins.answers, 0));
  view = dinh_writer_dup_view (fixture->writer, meeting);
  g_assert_cmpuint (view->state->size, ==, 1);
  g_ptr_array_unref (twins.answers);
}

static char *
dup_state (Fixture *fixture, const char *stream)
{
  g_autoptr (DinhView) view = dinh_writer_dup_view (fixture->writer, stream);
  g_autofree char *state = dinh_json_print (view->state->json);

  return g_strconcat (state, view->checkpoint, NULL);
}

static void
submit_random (Fixture *fixture, const char *meeting, GPtrArray *commands, GPtrArray *answers)
{
  DinhStreamKind stream = g_test_rand_int_range (0, 5) == 0 ? DINH_STREAM_BODY : DINH_STREAM_MEETING;
  const char *kind;
  json_t *body = random_command (stream, &kind);
  DinhCommand *command = fixture_command (fixture, stream == DINH_STREAM_BODY ? fixture->body : meeting, kind, body);
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (commands, command);
  g_ptr_array_add (answers, dinh_writer_submit (fixture->writer, command, &error));
  g_assert_no_error (error);
}

static void
assert_repeats (Fixture *fixture, const char *meeting, GPtrArray *commands, GPtrArray *answers)
{
  g_autofree char *body_before = dup_state (fixture, fixture->body), *before = dup_state (fixture, meeting);
  g_autofree char *body_after = NULL, *after = NULL;

  for (guint i = 0; i < commands->len; i++) {
    g_autofree char *again = dinh_writer_submit (fixture->writer, g_ptr_array_index (commands, i), NULL);
    g_assert_cmpstr (again, ==, g_ptr_array_index (answers, i));
  }
  body_after = dup_state (fixture, fixture->body);
  after = dup_state (fixture, meeting);
  g_assert_cmpstr (body_after, ==, body_before);
  g_assert_cmpstr (after, ==, before);
}

/* Whatever a command became, given again it gets the same answer and becomes nothing more; after a restart too. */
static void
test_repeats (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = dinh_uuid_new ();
  g_autoptr (GPtrArray) commands = g_ptr_array_new_with_free_func ((GDestroyNotify) dinh_command_unref);
  g_autoptr (GPtrArray) answers = g_ptr_array_new_with_free_func (g_free);

  fixture_submit (fixture, meeting, "meeting-prepare", fixture_header ("Họp"), "recorded");
  for (guint i = 0; i < 400; i++)
    submit_random (fixture, meeting, commands, answers);
  assert_repeats (fixture, meeting, commands, answers);
  fixture_close_writer (fixture);
  fixture_open_writer (fixture);
  assert_repeats (fixture, meeting, commands, answers);
}

/* What was handed over before the end is answered, what comes later is told so; nobody waits for ever. */
static void
test_stop (Fixture *fixture, gconstpointer data)
{
  g_autofree char *meeting = dinh_uuid_new ();
  g_autoptr (DinhCommand) command = fixture_command (fixture, meeting, "meeting-prepare", fixture_header ("Họp"));
  g_autoptr (GError) error = NULL;
  Twins twins = { g_ptr_array_new_with_free_func (g_free), 600 };

  for (guint i = 0; i < 600; i++)
    dinh_writer_submit_async (fixture->writer, command, NULL, on_twin_answered, &twins);
  dinh_writer_stop (fixture->writer);
  while (twins.n_waiting > 0)
    g_main_context_iteration (NULL, TRUE);
  for (guint i = 0; i < 600; i++)
    g_assert_nonnull (g_ptr_array_index (twins.answers, i));
  g_assert_null (dinh_writer_submit (fixture->writer, command, &error));
  g_assert_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_BUSY);
  g_ptr_array_unref (twins.answers);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "/store/crowd/threads", test_threads }, { "/store/crowd/order", test_order }, { "/store/crowd/twins", test_twins },
    { "/store/crowd/repeats", test_repeats }, { "/store/crowd/stop", test_stop },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, fixture_set_up, tests[i].test, fixture_tear_down);
  return g_test_run ();
}
