/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/hub-fixture.h"

#include "app/hub/dinh-engine.h"

#include <signal.h>
#include <string.h>

/* The hub dies, at the worst moments, and comes back; what was acknowledged is there, and nothing twice. */

#define MEETING "6d1f0a52-8c3e-4b7a-9e15-2f40c7a9b831"

static const char *const crash_points[] = {"before-commit", "after-commit", "after-reply",
                                           "before-paper-rename"};

static void
assert_papers_here (Hub *hub, const json_t *items)
{
  gsize i, j;
  json_t *item, *paper;

  json_array_foreach (items, i, item)
  {
    json_array_foreach (json_object_get (item, "papers"), j, paper)
    {
      g_autofree char *path = g_strconcat ("/v1/blobs/", dinh_json_get_string (paper, "sha256"), NULL);
      g_autoptr (Reply) reply =
          hub_ask (hub, &(Question){.identity = hub->admin, .method = "HEAD", .path = path});

      g_test_message ("%s", dinh_json_get_string (paper, "id"));
      g_assert_cmpuint (reply->status, ==, 200);
    }
    assert_papers_here (hub, json_object_get (item, "items"));
  }
}

/* Everything of the sample is in the record once, in a record that holds, and every paper is there. */
static void
assert_published (Hub *hub)
{
  g_autoptr (DinhJson) published = hub_ctl (hub, "publish", hub->sample, NULL);
  g_autoptr (DinhJson) again = hub_ctl (hub, "publish", hub->sample, NULL);
  g_autoptr (DinhJson) verified = hub_ctl (hub, "record", "verify", NULL);
  g_autoptr (DinhJson) shown = hub_ctl (hub, "meeting", "show", MEETING, NULL);

  g_assert_cmpint (dinh_json_get_integer (again, "events"), ==, 0);
  g_assert_true (json_is_true (json_object_get (verified, "verified")));
  g_assert_cmpint (dinh_json_get_integer (shown, "papers"), ==, 14);
  g_assert_cmpstr (dinh_json_get_string (shown, "status"), ==, "published");
  /* A header, fourteen papers, the items, the participants, and that it was published: had an event come twice there were
   * more. */
  g_assert_cmpint (dinh_json_get_integer (shown, "events"), ==,
                   2 + 14 + dinh_json_get_integer (shown, "items") +
                       dinh_json_get_integer (shown, "participants"));
  assert_papers_here (hub, json_object_get (shown, "agenda"));
}

static void
test_crash_point (Hub *hub, gconstpointer data)
{
  const char *point = data;
  g_autoptr (Result) result = NULL;

  g_assert_cmpint (hub_stop (hub), ==, 0);
  hub_launch (hub, point);
  /* The first commit of all is the one of a probe or of a command. */
  g_assert_true (hub_await (hub));
  result = hub_run (hub, hub->admin, "publish", hub->sample, NULL);
  g_assert_cmpint (result->status, ==, 1);
  g_assert_cmpstr (dinh_json_get_string (result->json, "error"), ==, "hub-unreachable");
  hub_wait_dead (hub);
  hub_start (hub);
  assert_published (hub);
}

static void
test_killed_anywhere (Hub *hub, gconstpointer data)
{
  for (guint i = 0; i < 8; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GSubprocess) ctl =
        g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error,
                          g_getenv ("DINHCTL"), "--identity", hub->admin, "publish", hub->sample, NULL);

    g_assert_no_error (error);
    g_usleep ((gulong) g_test_rand_int_range (20 * 1000, 400 * 1000));
    hub_kill (hub);
    g_assert_true (g_subprocess_wait (ctl, NULL, NULL));
    hub_start (hub);
  }
  assert_published (hub);
}

/* dinhctl itself is interrupted: publishing again goes on. */
static void
test_interrupted (Hub *hub, gconstpointer data)
{
  for (guint i = 0; i < 8; i++) {
    g_autoptr (GSubprocess) ctl =
        g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL,
                          g_getenv ("DINHCTL"), "--identity", hub->admin, "publish", hub->sample, NULL);

    g_usleep ((gulong) g_test_rand_int_range (20 * 1000, 400 * 1000));
    g_subprocess_send_signal (ctl, SIGINT);
    g_assert_true (g_subprocess_wait (ctl, NULL, NULL));
  }
  assert_published (hub);
}

/* A hub that was killed leaves its nginx; the next one goes on with the same. */
static void
test_adopted (Hub *hub, gconstpointer data)
{
  pid_t master = fixture_master (hub->state);

  g_assert_cmpint (master, >, 0);
  hub_kill (hub);
  g_assert_cmpint (fixture_master (hub->state), ==, master);
  hub_start (hub);
  g_assert_cmpint (fixture_master (hub->state), ==, master);
  assert_published (hub);
  g_assert_cmpint (hub_stop (hub), ==, 0);
  g_assert_cmpuint (fixture_count_processes (hub->state), ==, 0);
}

static gboolean
answers (gpointer data)
{
  Hub *hub = data;
  g_autoptr (Result) result = hub_run (hub, hub->admin, "meeting", "list", NULL);

  return result->status == 0;
}

static void
test_nginx_killed (Hub *hub, gconstpointer data)
{
  pid_t master = fixture_master (hub->state);
  g_autofree char *folder = g_build_filename (hub->state, "nginx", NULL);
  g_autofree char *path = g_build_filename (hub->folder, "hub.err", NULL), *log = NULL;
  g_autofree char *died = g_strdup_printf ("dinh-hub: nginx %d died\n", master);
  g_autoptr (GArray) all = NULL;

  /* Only the master, whose workers live on and hold the port; then every one. */
  kill (master, SIGKILL);
  while (fixture_master (hub->state) == master || fixture_master (hub->state) == 0)
    g_usleep (20 * 1000);
  fixture_wait (answers, hub);
  all = dinh_engine_find ("nginx", folder);
  g_assert_cmpuint (all->len, >, 1);
  for (guint i = 0; i < all->len; i++)
    kill (g_array_index (all, pid_t, i), SIGKILL);
  fixture_wait (answers, hub);
  assert_published (hub);
  g_assert_true (g_file_get_contents (path, &log, NULL, NULL));
  g_assert_nonnull (strstr (log, died));
}

static void
test_second_hub (Hub *hub, gconstpointer data)
{
  pid_t master = fixture_master (hub->state);
  g_autofree char *listen = g_strdup_printf ("127.0.0.1:%u", fixture_free_port ());
  g_autoptr (Result) second = run_program (
      (const char *const[]){g_getenv ("DINH_HUB"), "run", "--state", hub->state, "--listen", listen, NULL});
  g_autoptr (Result) init =
      run_program ((const char *const[]){g_getenv ("DINH_HUB"), "init", "--state", hub->state, NULL});

  g_assert_cmpint (second->status, ==, 1);
  g_assert_nonnull (strstr (second->err, "another hub works on"));
  g_assert_cmpint (init->status, ==, 1);
  g_assert_nonnull (strstr (init->err, "already holds a hub"));
  g_assert_cmpint (fixture_master (hub->state), ==, master);
  assert_published (hub);
}

/* A port that is taken, an address that is none: said, and nothing is left running. */
static void
test_cannot_listen (Hub *hub, gconstpointer data)
{
  static const char *const wrong[] = {"here:1", "127.0.0.1", "127.0.0.1:70000", "192.0.2.1:8443"};
  Hub other = {0};
  g_autofree char *taken = g_strdup_printf ("127.0.0.1:%u", hub->port);

  hub_init (&other);
  for (guint i = 0; i <= G_N_ELEMENTS (wrong); i++) {
    const char *listen = i < G_N_ELEMENTS (wrong) ? wrong[i] : taken;
    g_autoptr (Result) result = run_program ((const char *const[]){g_getenv ("DINH_HUB"), "run", "--state",
                                                                   other.state, "--listen", listen, NULL});

    g_assert_cmpint (result->status, ==, 1);
    g_assert_nonnull (strstr (result->err, listen));
    g_assert_cmpuint (fixture_count_processes (other.state), ==, 0);
  }
  hub_tear_down (&other, NULL);
}

/* Asked to end while somebody waits and while something comes in: it ends, at once, and cleanly. */
static void
test_stopped_while_busy (Hub *hub, gconstpointer data)
{
  g_autofree char *body = identity_body (hub->admin);
  g_autofree char *url =
      g_strdup_printf ("https://127.0.0.1:%u/v1/streams/%s/events?after=99&wait=25", hub->port, body);
  g_autofree char *certificate = g_build_filename (hub->admin, "tls.crt", NULL),
                  *key = g_build_filename (hub->admin, "tls.key", NULL);
  g_autofree char *authority = g_build_filename (hub->admin, "ca.crt", NULL);
  GSubprocess *busy[4];
  gint64 begin;

  for (guint i = 0; i < 3; i++)
    busy[i] =
        g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL, "curl",
                          "-s", "--cacert", authority, "--cert", certificate, "--key", key, url, NULL);
  busy[3] = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL,
                              g_getenv ("DINHCTL"), "--identity", hub->admin, "publish", hub->sample, NULL);
  /* Two go away by themselves. */
  g_usleep (200 * 1000);
  for (guint i = 0; i < 2; i++)
    g_subprocess_force_exit (busy[i]);
  g_usleep (100 * 1000);
  begin = g_get_monotonic_time ();
  g_assert_cmpint (hub_stop (hub), ==, 0);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 10 * G_USEC_PER_SEC);
  g_assert_cmpuint (fixture_count_processes (hub->state), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (busy); i++) {
    g_assert_true (g_subprocess_wait (busy[i], NULL, NULL));
    g_object_unref (busy[i]);
  }
  hub_start (hub);
  assert_published (hub);
}

static void
add_tests (void)
{
#define ADD(path, function) g_test_add ("/life/" path, Hub, NULL, hub_set_up, function, hub_tear_down)
  for (guint i = 0; i < G_N_ELEMENTS (crash_points); i++) {
    g_autofree char *path = g_strconcat ("/life/crash/", crash_points[i], NULL);
    g_test_add (path, Hub, crash_points[i], hub_set_up, test_crash_point, hub_tear_down);
  }
  ADD ("killed-anywhere", test_killed_anywhere);
  ADD ("interrupted", test_interrupted);
  ADD ("adopted", test_adopted);
  ADD ("nginx-killed", test_nginx_killed);
  ADD ("second-hub", test_second_hub);
  ADD ("cannot-listen", test_cannot_listen);
  ADD ("stopped-while-busy", test_stopped_while_busy);
#undef ADD
}

int
main (int argc, char **argv)
{
  return fixture_run (argc, argv, add_tests);
}
