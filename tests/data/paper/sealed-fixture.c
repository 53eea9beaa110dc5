/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/paper/sealed-fixture.h"

#include <fcntl.h>
#include <string.h>

static GHashTable *keys; /* path → DinhPaperKey; made before any renderer's thread looks */

/* Seals a copy of the file `plain` into `folder` under the same name and returns its path. */
char *
sealed_fixture_seal (const char *plain, const char *folder)
{
  g_autofree char *name = g_path_get_basename (plain);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *bytes = NULL;
  g_autofree guint8 *sealed = NULL;
  DinhPaperKey *key = g_new0 (DinhPaperKey, 1);
  gsize size = 0;
  DinhHash paper;

  g_assert_true (g_file_get_contents (plain, &bytes, &size, NULL));
  dinh_hash_data (bytes, size, &paper);
  dinh_paper_key_init (key, &paper, size);
  sealed = g_malloc ((gsize) dinh_sealed_get_size (size));
  dinh_sealed_make_header (sealed);
  for (guint64 i = 0; i * DINH_SEALED_CHUNK < size; i++) {
    guint8 chunk[DINH_SEALED_CHUNK] = {0};

    memcpy (chunk, bytes + i * DINH_SEALED_CHUNK, MIN (size - i * DINH_SEALED_CHUNK, sizeof chunk));
    dinh_sealed_close_chunk (key, i, chunk, sizeof chunk,
                             sealed + DINH_SEALED_HEADER + i * DINH_SEALED_STRIDE);
  }
  g_assert_true (g_file_set_contents (path, (char *) sealed, (gssize) dinh_sealed_get_size (size), NULL));
  if (keys == NULL)
    keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_insert (keys, g_strdup (path), key);
  return g_steal_pointer (&path);
}

static int
open_sealed (const char *path, DinhPaperKey *key, gpointer data, GError **error)
{
  const DinhPaperKey *found = g_hash_table_lookup (keys, path);

  if (found == NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "there is no key for '%s'", path);
    return -1;
  }
  *key = *found;
  return open (path, O_RDONLY | O_CLOEXEC);
}

/* Lets a renderer open what was sealed. */
void
sealed_fixture_use (DinhRenderer *renderer)
{
  dinh_renderer_set_opener (renderer, open_sealed, NULL, NULL);
}
