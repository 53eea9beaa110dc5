/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-time.h"
#include "tests/data/store/writer-fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * bench-store [FOLDER]: durable commands a second through the writer, with so many at once, beside what the disk under
 * FOLDER (or $TMPDIR) can sync; and a burst of votes. One JSON object a line.
 */

#define SECONDS 3
#define BURST 2000
#define BURST_BAR 1.0 /* seconds */

static double
seconds_since (gint64 begin)
{
  return (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
}

/* A page appended and synced, over and over: what any durable program is limited by. */
static double
measure_syncs (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "syncs", NULL);
  char page[4096] = { 1 };
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  gint64 begin = g_get_monotonic_time ();
  guint n = 0;
  double rate;

  while (fd >= 0 && seconds_since (begin) < 2 && write (fd, page, sizeof page) == sizeof page && fdatasync (fd) == 0)
    n++;
  rate = n / seconds_since (begin);
  if (fd >= 0)
    close (fd);
  g_unlink (path);
  return rate;
}

typedef struct {
  Fixture fixture;
  char *meeting;
  GPtrArray *commands; /* made beforehand: signing is the kiosks' work */
  guint next;
  guint n_waiting;
  guint n_done;
} Bench;

static void submit_next (Bench *self);

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Bench *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = dinh_writer_submit_finish (DINH_WRITER (source), result, &error);

  if (answer == NULL || strstr (answer, "\"recorded\"") == NULL)
    g_error ("not recorded: %s", answer == NULL ? error->message : answer);
  self->n_waiting--;
  self->n_done++;
  submit_next (self);
}

static void
submit_next (Bench *self)
{
  if (self->next == self->commands->len)
    return;
  self->n_waiting++;
  dinh_writer_submit_async (self->fixture.writer, g_ptr_array_index (self->commands, self->next++), NULL, on_answered, self);
}

/* Commands that change one of a meeting's fifty items, as a meeting of that size has. */
static void
make_commands (Bench *self, guint n)
{
  g_ptr_array_set_size (self->commands, 0);
  self->next = self->n_done = 0;
  for (guint i = 0; i < n; i++) {
    g_autofree char *id = g_strdup_printf ("muc-%u", i % 50);
    static guint stamp;
    json_t *item = fixture_item (id, (int) (i % 50));

    json_object_set_new (item, "agency", json_sprintf ("Sở số %u", stamp++));
    g_ptr_array_add (self->commands, fixture_command (&self->fixture, self->meeting, "item-change", item));
  }
}

/* Keeps @at_once commands under way. Returns seconds. */
static double
run (Bench *self, guint at_once)
{
  gint64 begin = g_get_monotonic_time ();

  for (guint i = 0; i < at_once; i++)
    submit_next (self);
  while (self->n_waiting > 0)
    g_main_context_iteration (NULL, TRUE);
  return seconds_since (begin);
}

static double
measure_commands (Bench *self, guint at_once)
{
  double first;

  make_commands (self, 2 * at_once + 50);
  first = run (self, at_once) / self->n_done;
  make_commands (self, CLAMP ((guint) (SECONDS / first), at_once, 40000));
  return self->commands->len / run (self, at_once);
}

static void
bench_open (Bench *self, const char *parent)
{
  g_autofree char *folder = g_build_filename (parent, "dinh-bench-XXXXXX", NULL);

  g_assert_nonnull (g_mkdtemp (folder));
  *self = (Bench){ .meeting = dinh_uuid_new () };
  self->commands = g_ptr_array_new_with_free_func ((GDestroyNotify) dinh_command_unref);
  fixture_open_folder (&self->fixture, folder);
  fixture_open_writer (&self->fixture);
  g_assert_true (fixture_found (&self->fixture));
  fixture_submit (&self->fixture, self->meeting, "meeting-prepare", fixture_header ("Họp"), "recorded");
  for (int i = 0; i < 50; i++) {
    g_autofree char *id = g_strdup_printf ("muc-%d", i);
    fixture_submit (&self->fixture, self->meeting, "item-add", fixture_item (id, i), "recorded");
  }
}

static void
bench_close (Bench *self)
{
  g_ptr_array_unref (self->commands);
  g_free (self->meeting);
  fixture_tear_down (&self->fixture, NULL);
}

int
main (int argc, char **argv)
{
  static const guint crowds[] = { 1, 8, 64, 512 };
  const char *folder = argc > 1 ? argv[1] : g_get_tmp_dir ();
  Bench bench;
  double seconds;

  bench_open (&bench, folder);
  for (guint i = 0; i < G_N_ELEMENTS (crowds); i++) {
    double syncs = measure_syncs (folder), commands = measure_commands (&bench, crowds[i]);

    g_print ("{\"bench\":\"store\",\"figure\":\"commands-at-%u\",\"value\":%.0f,\"unit\":\"commands/s\","
             "\"peer\":\"fdatasync\",\"peer_value\":%.0f,\"ratio\":%.2f}\n",
             crowds[i], commands, syncs, commands / syncs);
  }
  make_commands (&bench, BURST);
  seconds = run (&bench, BURST);
  g_print ("{\"bench\":\"store\",\"figure\":\"burst-of-%d\",\"value\":%.3f,\"unit\":\"s\",\"bar\":%.1f,\"ok\":%s}\n", BURST,
           seconds, BURST_BAR, seconds <= BURST_BAR ? "true" : "false");
  bench_close (&bench);
  return EXIT_SUCCESS;
}
