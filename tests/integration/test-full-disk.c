/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/hub-fixture.h"

#include <glib/gstdio.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

/* A disk without room: what was acknowledged stays, what cannot be kept is refused, and with room all goes
 * on. */

#define MEETING "6d1f0a52-8c3e-4b7a-9e15-2f40c7a9b831"

/* The hub's folder on a small disk of its own, in a name space that ends with this process. */
static void
set_up (Hub *hub, gconstpointer data)
{
  g_autofree char *aside = NULL;

  hub_set_up (hub, data);
  g_assert_cmpint (hub_stop (hub), ==, 0);
  aside = g_strconcat (hub->state, ".aside", NULL);
  g_assert_cmpint (g_rename (hub->state, aside), ==, 0);
  g_assert_cmpint (g_mkdir (hub->state, 0700), ==, 0);
  g_assert_cmpint (unshare (CLONE_NEWNS), ==, 0);
  g_assert_cmpint (mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), ==, 0);
  g_assert_cmpint (mount ("dinh", hub->state, "tmpfs", 0, "size=8m"), ==, 0);
  copy_tree (aside, hub->state);
  hub_start (hub);
}

static void
tear_down (Hub *hub, gconstpointer data)
{
  g_autofree char *state = g_strdup (hub->state);

  hub_tear_down (hub, data);
  g_assert_cmpint (umount2 (state, MNT_DETACH), ==, 0);
}

/* Takes all room that is left but @spare bytes. */
static void
fill (Hub *hub, gsize spare)
{
  g_autofree char *path = g_build_filename (hub->state, "ballast", NULL);
  g_autofree char *block = g_malloc0 (4096);
  FILE *file = fopen (path, "we");

  g_assert_nonnull (file);
  setvbuf (file, NULL, _IONBF, 0);
  while (fwrite (block, 4096, 1, file) == 1)
    continue;
  if (spare > 0)
    g_assert_cmpint (ftruncate (fileno (file), ftello (file) - (off_t) spare), ==, 0);
  fclose (file);
}

static void
make_room (Hub *hub)
{
  g_autofree char *path = g_build_filename (hub->state, "ballast", NULL);

  g_assert_cmpint (g_unlink (path), ==, 0);
}

static guint
health (Hub *hub)
{
  g_autoptr (Reply) reply = NULL;

  /* What it says holds for a second. */
  g_usleep (1100 * 1000);
  reply = hub_ask (hub, &(Question){.path = "/healthz"});
  if (reply->status != 200)
    assert_problem (reply, 503, "not-kept");
  return reply->status;
}

static void
assert_whole (Hub *hub)
{
  g_autoptr (DinhJson) published = hub_ctl (hub, "publish", hub->sample, NULL);
  g_autoptr (DinhJson) again = hub_ctl (hub, "publish", hub->sample, NULL);
  g_autoptr (DinhJson) verified = hub_ctl (hub, "record", "verify", NULL);

  g_assert_cmpint (dinh_json_get_integer (again, "events"), ==, 0);
  g_assert_true (json_is_true (json_object_get (verified, "verified")));
}

static void
test_paper (Hub *hub, gconstpointer data)
{
  fill (hub, 1000 * 1000);
  hub_assert_fails (hub, "disk-full", "507", "publish", hub->sample, NULL);
  g_assert_cmpint (hub_stream_size (hub, MEETING), ==, 0);
  make_room (hub);
  g_assert_cmpuint (health (hub), ==, 200);
  assert_whole (hub);
}

/* The sites that the hub has acknowledged are exactly those that it shows. */
static void
test_record (Hub *hub, gconstpointer data)
{
  g_autoptr (GPtrArray) acknowledged = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *name = g_strnfill (200, 'x');
  g_autoptr (DinhJson) list = NULL;
  gsize index;
  json_t *site;
  guint n_full = 0;

  g_assert_cmpuint (health (hub), ==, 200);
  fill (hub, 64 * 1024);
  /* A log that was copied back into the database is room to write in again: full is what stays full. */
  for (guint i = 0; i < 1000 && n_full < 3; i++) {
    g_autofree char *id = g_strdup_printf ("site-%u", i);
    g_autoptr (Result) result = hub_run (hub, hub->admin, "site", "add", id, name, NULL);

    if (result->status == 0) {
      g_ptr_array_add (acknowledged, g_steal_pointer (&id));
      continue;
    }
    g_assert_cmpstr (dinh_json_get_string (result->json, "error"), ==, "disk-full");
    n_full = health (hub) == 503 ? n_full + 1 : 0;
  }
  g_assert_cmpuint (n_full, ==, 3);
  g_assert_cmpuint (acknowledged->len, >, 0);
  make_room (hub);
  g_assert_cmpuint (health (hub), ==, 200);
  hub_kill (hub);
  hub_start (hub);
  list = hub_ctl (hub, "site", "list", NULL);
  g_assert_cmpuint (json_array_size (json_object_get (list, "sites")), ==, acknowledged->len);
  json_array_foreach (json_object_get (list, "sites"), index, site)
      g_assert_cmpstr (dinh_json_get_string (site, "id"), ==, g_ptr_array_index (acknowledged, index));
  assert_whole (hub);
}

static void
add_tests (void)
{
  g_test_add ("/full-disk/paper", Hub, NULL, set_up, test_paper, tear_down);
  g_test_add ("/full-disk/record", Hub, NULL, set_up, test_record, tear_down);
}

int
main (int argc, char **argv)
{
  return fixture_run (argc, argv, add_tests);
}
