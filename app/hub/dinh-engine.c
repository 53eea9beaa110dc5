/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/hub/dinh-engine.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define ASK_US (3 * G_USEC_PER_SEC)
#define FORCE_US (3 * G_USEC_PER_SEC)

static gboolean
has_name (const char *proc, const char *program)
{
  g_autofree char *path = g_build_filename (proc, "comm", NULL);
  g_autofree char *name = NULL;

  return g_file_get_contents (path, &name, NULL, NULL) && g_str_equal (g_strchomp (name), program);
}

static gboolean
holds_file_below (const char *proc, const char *folder)
{
  g_autofree char *path = g_build_filename (proc, "fd", NULL);
  g_autoptr (GDir) descriptors = g_dir_open (path, 0, NULL);
  gsize length = strlen (folder);
  const char *name;

  while (descriptors != NULL && (name = g_dir_read_name (descriptors)) != NULL) {
    g_autofree char *link = g_build_filename (path, name, NULL);
    g_autofree char *target = g_file_read_link (link, NULL);

    if (target != NULL && strncmp (target, folder, length) == 0 && target[length] == '/')
      return TRUE;
  }
  return FALSE;
}

/**
 * dinh_engine_find:
 *
 * Returns the pids (pid_t) of the processes called @program that have a file below @folder open, a path
 * without symbolic links. A pid file would say less: after its master is killed a worker lives on, and a pid
 * comes again.
 */
GArray *
dinh_engine_find (const char *program, const char *folder)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (pid_t));
  g_autoptr (GDir) processes = g_dir_open ("/proc", 0, NULL);
  const char *name;

  while (processes != NULL && (name = g_dir_read_name (processes)) != NULL) {
    g_autofree char *proc = g_build_filename ("/proc", name, NULL);
    pid_t pid = (pid_t) g_ascii_strtoll (name, NULL, 10);

    if (pid > 0 && has_name (proc, program) && holds_file_below (proc, folder))
      g_array_append_val (found, pid);
  }
  return found;
}

static guint
signal_all (const char *program, const char *folder, int number)
{
  g_autoptr (GArray) pids = dinh_engine_find (program, folder);

  for (guint i = 0; i < pids->len && number != 0; i++)
    kill (g_array_index (pids, pid_t, i), number);
  return pids->len;
}

/**
 * dinh_engine_end:
 *
 * Ends what dinh_engine_find() finds: asks with SIGTERM, after three seconds forces with SIGKILL. Returns
 * %FALSE if something is still there after three more. Blocks.
 */
gboolean
dinh_engine_end (const char *program, const char *folder)
{
  gint64 begin = g_get_monotonic_time ();
  guint left = signal_all (program, folder, SIGTERM);

  while (left > 0 && g_get_monotonic_time () < begin + ASK_US + FORCE_US) {
    g_usleep (10 * 1000);
    left = signal_all (program, folder, g_get_monotonic_time () < begin + ASK_US ? 0 : SIGKILL);
  }
  return left == 0;
}

/**
 * dinh_engine_dup_title:
 *
 * Returns how the process @pid calls itself, its words separated by spaces, or %NULL if there is none.
 */
char *
dinh_engine_dup_title (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/cmdline", (int) pid);
  g_autofree char *title = NULL;
  gsize length = 0;

  if (!g_file_get_contents (path, &title, &length, NULL) || length == 0)
    return NULL;
  for (gsize i = 0; i + 1 < length; i++) {
    if (title[i] == '\0')
      title[i] = ' ';
  }
  return g_steal_pointer (&title);
}
