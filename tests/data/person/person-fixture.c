/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/person/person-fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void
take_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return g_steal_pointer (result);
}

void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *child = g_build_filename (path, name, NULL);

    if (g_file_test (child, G_FILE_TEST_IS_DIR))
      remove_folder (child);
    else
      g_unlink (child);
  }
  g_rmdir (path);
}

/* A needle in clear would find itself. */
static gboolean
is_here (const guint8 *at, const guint8 *masked, gsize length, guint8 mask)
{
  for (gsize i = 0; i < length; i++) {
    if ((at[i] ^ mask) != masked[i])
      return FALSE;
  }
  return TRUE;
}

#define PIECE (1 << 20)
#define OVERLAP 64

static gboolean
range_has (int fd, guint8 *buffer, guint64 from, guint64 to, const guint8 *masked, gsize length, guint8 mask)
{
  for (; from < to; from += PIECE) {
    gssize n = pread (fd, buffer, MIN (PIECE + OVERLAP, to - from), (off_t) from);

    for (const guint8 *at = buffer; n > 0 && at + length <= buffer + n; at++) {
      at = memchr (at, masked[0] ^ mask, (gsize) (buffer + n - at));
      if (at == NULL || at + length > buffer + n)
        break;
      if (is_here (at, masked, length, mask))
        return TRUE;
    }
  }
  return FALSE;
}

gboolean
memory_has (const guint8 *masked, gsize length, guint8 mask)
{
  /* Shared, so that the system does not join it to what is searched. */
  guint8 *buffer = mmap (NULL, PIECE + OVERLAP, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int fd = open ("/proc/self/mem", O_RDONLY);
  FILE *maps = fopen ("/proc/self/maps", "r");
  gboolean found = FALSE;
  char line[512];

  g_assert_true (fd >= 0 && maps != NULL && buffer != MAP_FAILED);
  while (!found && fgets (line, sizeof line, maps) != NULL) {
    guint64 from, to;
    char rights[5];

    g_assert_cmpint (sscanf (line, "%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x %4s", &from, &to, rights),
                     ==, 3);
    /* Not the copy here, nor a sanitizer's terabytes. */
    if (rights[1] != 'w' || to - from > (1 << 28) || (from <= (gsize) buffer && (gsize) buffer < to))
      continue;
    found = range_has (fd, buffer, from, to, masked, length, mask);
  }
  fclose (maps);
  close (fd);
  munmap (buffer, PIECE + OVERLAP);
  return found;
}
