/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hub/dinh-server.h"

#include <string.h>

/* docs/protocol.md tells every route, and none that is not there. */

/* From `GET /v1/streams/{id}/events?after=N[&wait=S]` what the table has: braces are a star, the query is
 * left out. */
static char *
normalize (const char *told)
{
  g_autoptr (GRegex) braces = g_regex_new ("\\{[^}]*\\}", 0, 0, NULL),
                     query = g_regex_new ("[?\\[].*$", 0, 0, NULL);
  g_autofree char *path = g_regex_replace_literal (braces, told, -1, 0, "*", 0, NULL);

  return g_regex_replace_literal (query, path, -1, 0, "", 0, NULL);
}

static GHashTable *
read_document (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("DINH_DOCS"), "protocol.md", NULL), *text = NULL;
  g_autoptr (GRegex) row = g_regex_new ("^\\| `([A-Z]+ /[^`]*)` \\|", G_REGEX_MULTILINE, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  GHashTable *told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  for (g_regex_match (row, text, 0, &match); g_match_info_matches (match); g_match_info_next (match, NULL)) {
    g_autofree char *route = g_match_info_fetch (match, 1);

    g_assert_true (g_hash_table_add (told, normalize (route)));
  }
  return told;
}

static void
test_told (void)
{
  g_autoptr (GHashTable) told = read_document ();
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (const DinhRoute *route = dinh_routes; route->method != NULL; route++) {
    /* What nginx asks the hub on behalf of /v1/live. */
    const char *path = strcmp (route->path, "/v1/live/authorize") == 0 ? "/v1/live" : route->path;
    g_autofree char *line = g_strdup_printf ("%s %s", route->method, path);

    g_test_message ("%s", line);
    g_assert_true (g_hash_table_contains (told, line));
    g_hash_table_add (known, g_steal_pointer (&line));
  }
  g_assert_cmpuint (g_hash_table_size (told), ==, g_hash_table_size (known));
}

/* Only the health of the hub may be asked by anybody, and what lets devices in, where they are let in. */
static void
test_access (void)
{
  static const char *const open[] = {"/healthz", "/.well-known/est/cacerts", NULL};

  for (const DinhRoute *route = dinh_routes; route->method != NULL; route++) {
    gboolean by_code =
        route->listeners == DINH_LISTENER_ENROL && g_str_has_suffix (route->path, "/simpleenroll");

    g_assert_nonnull (route->handle);
    g_assert_cmpint (route->access == DINH_ACCESS_ANYBODY, ==,
                     by_code || g_strv_contains (open, route->path));
    if ((route->listeners & DINH_LISTENER_ENROL) != 0)
      g_assert_true (g_str_has_prefix (route->path, "/.well-known/est/"));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/routes/told", test_told);
  g_test_add_func ("/routes/access", test_access);
  return g_test_run ();
}
