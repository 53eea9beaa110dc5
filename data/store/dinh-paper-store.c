/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/store/dinh-paper-store.h"

#include "data/store/dinh-crash-point.h"
#include "data/store/dinh-sealed-writer.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define EARLY_WRITE (8 * 1024 * 1024)

/*
 * Papers under their SHA-256: FOLDER/ab/abcd… once complete, FOLDER/partial/abcd… on their way in. A paper is never
 * changed; a partial one is hashed again when it is taken up, so that whatever a power cut left is found out.
 *
 * A hub's papers lie open, for nginx to send. A device's are sealed, each by a key of its own, and called by names that
 * do not tell which papers they are.
 */
struct _DinhPaperStore {
  GObject parent_instance;

  char *folder;
  DinhPaperKeys *keys; /* NULL: the papers lie open */
};

struct _DinhPaperWriter {
  DinhPaperStore *store;
  DinhHasher *hasher;
  DinhSealedWriter *sealed; /* NULL: the paper lies open */
  char *sha256;
  char *partial;
  gint64 size;
  gint64 offset;
  int fd;
};

G_DEFINE_FINAL_TYPE (DinhPaperStore, dinh_paper_store, G_TYPE_OBJECT)

static gboolean
fail (GError **error, const char *what, const char *path)
{
  int reason = errno;
  gboolean full = reason == ENOSPC || reason == EDQUOT || reason == EFBIG;

  g_set_error (error, DINH_STORE_ERROR, full ? DINH_STORE_ERROR_FULL : DINH_STORE_ERROR_IO, "cannot %s “%s”: %s", what,
               path, g_strerror (reason));
  return FALSE;
}

/* A name that is no hash could lead out of the folder. */
static gboolean
check_name (const char *sha256, GError **error)
{
  if (dinh_hash_is_hex (sha256))
    return TRUE;
  g_set_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_HASH, "“%.80s” is not a SHA-256", sha256);
  return FALSE;
}

static void
dinh_paper_store_finalize (GObject *object)
{
  g_free (DINH_PAPER_STORE (object)->folder);
  g_clear_object (&DINH_PAPER_STORE (object)->keys);
  G_OBJECT_CLASS (dinh_paper_store_parent_class)->finalize (object);
}

static void
dinh_paper_store_class_init (DinhPaperStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dinh_paper_store_finalize;
}

static void
dinh_paper_store_init (DinhPaperStore *self)
{
}

static gboolean
make_folder (const char *path, GError **error)
{
  return g_mkdir_with_parents (path, 0700) == 0 || fail (error, "make the folder", path);
}

/**
 * dinh_paper_store_new:
 * @folder: made when it is not there
 *
 * Returns: (transfer full): the store, usable from any thread; or %NULL with a #DinhStoreError.
 */
DinhPaperStore *
dinh_paper_store_new (const char *folder, GError **error)
{
  g_autoptr (DinhPaperStore) self = g_object_new (DINH_TYPE_PAPER_STORE, NULL);
  g_autofree char *partial = g_build_filename (folder, "partial", NULL);

  self->folder = g_strdup (folder);
  return make_folder (partial, error) ? g_steal_pointer (&self) : NULL;
}

/**
 * dinh_paper_store_new_sealed:
 * @keys: who has the keys
 *
 * Returns: (transfer full): a store whose papers are sealed; or %NULL with a #DinhStoreError.
 */
DinhPaperStore *
dinh_paper_store_new_sealed (const char *folder, DinhPaperKeys *keys, GError **error)
{
  DinhPaperStore *self = dinh_paper_store_new (folder, error);

  if (self != NULL)
    self->keys = g_object_ref (keys);
  return self;
}

/* What the paper's file is called. */
static char *
get_name (DinhPaperStore *self, const char *sha256)
{
  DinhHash hash;

  return self->keys != NULL && dinh_hash_from_hex (sha256, &hash) ? dinh_paper_keys_get_name (self->keys, &hash)
                                                                  : g_strdup (sha256);
}

static char *
build_path (DinhPaperStore *self, gboolean partial, const char *name)
{
  char prefix[3];

  g_strlcpy (prefix, name, sizeof prefix);
  return g_build_filename (self->folder, partial ? "partial" : prefix, name, NULL);
}

/**
 * dinh_paper_store_get_path:
 * @sha256: hexadecimal
 *
 * Returns: (transfer full): where the complete paper is or will be.
 */
char *
dinh_paper_store_get_path (DinhPaperStore *self, const char *sha256)
{
  g_autofree char *name = get_name (self, sha256);

  return build_path (self, FALSE, name);
}

static char *
get_partial_path (DinhPaperStore *self, const char *sha256)
{
  g_autofree char *name = get_name (self, sha256);

  return build_path (self, TRUE, name);
}

/**
 * dinh_paper_store_expect:
 *
 * Says that a paper will be written soon: what it needs is made together with what others need. Asks no disk.
 */
void
dinh_paper_store_expect (DinhPaperStore *self, const char *sha256, gint64 size)
{
  DinhHash hash;

  if (self->keys != NULL && dinh_hash_from_hex (sha256, &hash))
    dinh_paper_keys_expect (self->keys, &hash, (guint64) size);
}

/**
 * dinh_paper_store_open:
 * @path: of a complete paper in a store whose papers are sealed
 * @key: (out caller-allocates): what opens it, to be cleared
 *
 * Opens the paper's file, to be read with dinh_sealed_file_new(). Blocks. Returns: a descriptor; or -1 with a
 * #DinhStoreError, %DINH_STORE_ERROR_NO_KEY if it is not for this device any more.
 */
int
dinh_paper_store_open (DinhPaperStore *self, const char *path, DinhPaperKey *key, GError **error)
{
  g_autofree char *name = g_path_get_basename (path);
  int fd;

  if (!dinh_paper_keys_find (self->keys, name, key, error))
    return -1;
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) {
    fail (error, "open", path);
    dinh_paper_key_clear (key);
  }
  return fd;
}

/**
 * dinh_paper_store_has:
 * @size: (out) (optional): bytes of its file
 *
 * Whether the complete paper is here.
 */
gboolean
dinh_paper_store_has (DinhPaperStore *self, const char *sha256, gint64 *size)
{
  g_autofree char *path = dinh_paper_store_get_path (self, sha256);
  GStatBuf info;

  if (!dinh_hash_is_hex (sha256) || g_stat (path, &info) != 0)
    return FALSE;
  if (size != NULL)
    *size = info.st_size;
  return TRUE;
}

/**
 * dinh_paper_store_get_partial_size:
 *
 * Returns: how many bytes of an incomplete paper's file are here.
 */
gint64
dinh_paper_store_get_partial_size (DinhPaperStore *self, const char *sha256)
{
  g_autofree char *path = get_partial_path (self, sha256);
  GStatBuf info;

  return g_stat (path, &info) == 0 ? info.st_size : 0;
}

static gboolean
list_folder (const char *folder, GHashTable *sizes, GError **error)
{
  g_autoptr (GDir) names = g_dir_open (folder, 0, error);
  const char *name;

  while (names != NULL && (name = g_dir_read_name (names)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    GStatBuf info;
    gint64 size;

    if (!dinh_hash_is_hex (name) || g_stat (path, &info) != 0)
      continue;
    size = info.st_size;
    g_hash_table_insert (sizes, g_strdup (name), g_memdup2 (&size, sizeof size));
  }
  return names != NULL;
}

/* Plain bytes in a sealed file of that length, as far as they open. */
static gint64
measure_sealed (gint64 length, guint64 size)
{
  gint64 chunks = MAX (length - DINH_SEALED_HEADER, 0), rest = chunks % DINH_SEALED_STRIDE;

  return (gint64) MIN ((guint64) (chunks / DINH_SEALED_STRIDE * DINH_SEALED_CHUNK + MAX (rest - DINH_SEALED_OVERHEAD, 0)),
                       size);
}

/* By the papers' hashes instead of by what their files are called. */
static GHashTable *
name_papers (DinhPaperStore *self, GHashTable *lengths, gboolean partial, GError **error)
{
  g_autoptr (GHashTable) keys = dinh_paper_keys_list (self->keys, error);
  g_autoptr (GHashTable) sizes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GHashTableIter iter;
  char *name;
  DinhPaperKey *key;

  if (keys == NULL)
    return NULL;
  g_hash_table_iter_init (&iter, keys);
  while (g_hash_table_iter_next (&iter, (gpointer *) &name, (gpointer *) &key)) {
    const gint64 *length = g_hash_table_lookup (lengths, name);
    gint64 size = (gint64) key->size;

    if (length == NULL || (!partial && *length != (gint64) dinh_sealed_get_size (key->size)))
      continue;
    if (partial)
      size = measure_sealed (*length, key->size);
    g_hash_table_insert (sizes, dinh_hash_to_hex (&key->paper), g_memdup2 (&size, sizeof size));
  }
  return g_steal_pointer (&sizes);
}

static GHashTable *
list_names (DinhPaperStore *self, gboolean partial, GError **error)
{
  g_autoptr (GHashTable) sizes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autofree char *inbox = g_build_filename (self->folder, "partial", NULL);
  g_autoptr (GDir) folders = g_dir_open (self->folder, 0, error);
  const char *name;

  if (folders == NULL)
    return NULL;
  if (partial)
    return list_folder (inbox, sizes, error) ? g_steal_pointer (&sizes) : NULL;
  while ((name = g_dir_read_name (folders)) != NULL) {
    g_autofree char *path = g_build_filename (self->folder, name, NULL);

    if (strlen (name) == 2 && !list_folder (path, sizes, error))
      return NULL;
  }
  return g_steal_pointer (&sizes);
}

/**
 * dinh_paper_store_list:
 * @partial: the incomplete papers instead of the complete ones
 *
 * Returns: (transfer full) (element-type utf8 gint64): how many bytes of each paper are here by its SHA-256; or %NULL with
 * a #GFileError or #DinhStoreError. Reads the folders.
 */
GHashTable *
dinh_paper_store_list (DinhPaperStore *self, gboolean partial, GError **error)
{
  g_autoptr (GHashTable) lengths = list_names (self, partial, error);

  if (lengths == NULL || self->keys == NULL)
    return g_steal_pointer (&lengths);
  return name_papers (self, lengths, partial, error);
}

static gboolean
sweep_folder (DinhPaperStore *self, gboolean partial, GError **error)
{
  /* In this order: a key is made before its file. */
  g_autoptr (GHashTable) lengths = list_names (self, partial, error);
  g_autoptr (GHashTable) keys = lengths == NULL ? NULL : dinh_paper_keys_list (self->keys, error);
  GHashTableIter iter;
  char *name;

  if (keys == NULL)
    return FALSE;
  g_hash_table_iter_init (&iter, lengths);
  while (g_hash_table_iter_next (&iter, (gpointer *) &name, NULL)) {
    g_autofree char *path = build_path (self, partial, name);

    if (g_hash_table_contains (keys, name))
      continue;
    if (!dinh_paper_keys_forget (self->keys, name, error))
      return FALSE;
    if (g_unlink (path) != 0 && errno != ENOENT)
      return fail (error, "delete", path);
  }
  return TRUE;
}

/**
 * dinh_paper_store_sweep:
 *
 * Deletes every file that no key opens: what lay open before papers were sealed, what was sealed under a secret that is
 * gone, what a crash left of a recalled paper. Returns: %FALSE with a #DinhStoreError or #GFileError.
 */
gboolean
dinh_paper_store_sweep (DinhPaperStore *self, GError **error)
{
  return self->keys == NULL || (sweep_folder (self, FALSE, error) && sweep_folder (self, TRUE, error));
}

static gboolean
open_sealed (DinhPaperWriter *self, GError **error)
{
  DinhPaperKey key;
  DinhHash hash;

  if (!dinh_hash_from_hex (self->sha256, &hash) ||
      !dinh_paper_keys_make (self->store->keys, &hash, (guint64) self->size, &key, error))
    return FALSE;
  self->sealed = dinh_sealed_writer_new (self->fd, &key);
  dinh_paper_key_clear (&key);
  if (!dinh_sealed_writer_resume (self->sealed, self->hasher))
    return fail (error, "read", self->partial);
  self->offset = (gint64) dinh_sealed_writer_get_offset (self->sealed);
  return TRUE;
}

static gboolean
hash_existing (DinhPaperWriter *self, GError **error)
{
  g_autofree char *buffer = g_malloc (1 << 16);
  ssize_t got;

  while ((got = read (self->fd, buffer, 1 << 16)) > 0) {
    dinh_hasher_update (self->hasher, buffer, (gsize) got);
    self->offset += got;
  }
  if (got < 0)
    return fail (error, "read", self->partial);
  if (self->offset <= self->size)
    return TRUE;
  /* Longer than announced: not the same paper at all. */
  g_clear_pointer (&self->hasher, dinh_hasher_free);
  self->hasher = dinh_hasher_new ();
  self->offset = 0;
  return (ftruncate (self->fd, 0) == 0 && lseek (self->fd, 0, SEEK_SET) == 0) || fail (error, "empty", self->partial);
}

/* Whether @fd is still what lies at @path: who had the lock before may have finished and put the paper in its place. */
static gboolean
is_at (int fd, const char *path)
{
  struct stat opened, found;

  return fstat (fd, &opened) == 0 && stat (path, &found) == 0 && opened.st_dev == found.st_dev &&
         opened.st_ino == found.st_ino;
}

/**
 * dinh_paper_writer_open:
 * @sha256: hexadecimal
 * @size: bytes of the whole paper
 *
 * Begins a paper or takes it up where it was left. Blocks while it reads what is there. Returns: (transfer full): the
 * writer, or %NULL with a #DinhStoreError: %DINH_STORE_ERROR_BUSY if another one is at work on it, %DINH_STORE_ERROR_HASH
 * if @sha256 is none.
 */
DinhPaperWriter *
dinh_paper_writer_open (DinhPaperStore *store, const char *sha256, gint64 size, GError **error)
{
  g_autoptr (DinhPaperWriter) self = NULL;

  if (!check_name (sha256, error))
    return NULL;
  self = g_new0 (DinhPaperWriter, 1);
  self->store = g_object_ref (store);
  self->sha256 = g_strdup (sha256);
  self->partial = get_partial_path (store, sha256);
  self->size = size;
  self->hasher = dinh_hasher_new ();
  self->fd = open (self->partial, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (self->fd < 0)
    return fail (error, "open", self->partial), NULL;
  if (flock (self->fd, LOCK_EX | LOCK_NB) != 0 || !is_at (self->fd, self->partial)) {
    g_set_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_BUSY, "“%s” is being written", sha256);
    return NULL;
  }
  if (store->keys != NULL)
    return open_sealed (self, error) ? g_steal_pointer (&self) : NULL;
  return hash_existing (self, error) ? g_steal_pointer (&self) : NULL;
}

/**
 * dinh_paper_writer_free:
 *
 * Leaves the paper as it is; an incomplete one can be taken up later.
 */
void
dinh_paper_writer_free (DinhPaperWriter *self)
{
  if (self->sealed != NULL) {
    dinh_sealed_writer_rest (self->sealed);
    dinh_sealed_writer_free (self->sealed);
  }
  if (self->fd >= 0)
    close (self->fd);
  dinh_hasher_free (self->hasher);
  g_object_unref (self->store);
  g_free (self->sha256);
  g_free (self->partial);
  g_free (self);
}

/**
 * dinh_paper_writer_get_offset:
 *
 * Returns: bytes that are here; the next ones go behind them.
 */
gint64
dinh_paper_writer_get_offset (DinhPaperWriter *self)
{
  return self->offset;
}

/**
 * dinh_paper_writer_get_size:
 *
 * Returns: bytes that the whole paper was announced to have.
 */
gint64
dinh_paper_writer_get_size (DinhPaperWriter *self)
{
  return self->size;
}

/**
 * dinh_paper_writer_write:
 *
 * Appends bytes. Returns: %FALSE with %DINH_STORE_ERROR_FULL, %DINH_STORE_ERROR_IO, or %DINH_STORE_ERROR_HASH if there
 * are more than were announced.
 */
gboolean
dinh_paper_writer_write (DinhPaperWriter *self, const void *data, gsize length, GError **error)
{
  const char *next = data;
  gsize left = length;

  if (self->offset + (gint64) length > self->size) {
    g_set_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_HASH, "more than the announced %" G_GINT64_FORMAT " bytes",
                 self->size);
    return FALSE;
  }
  while (left > 0) {
    ssize_t written = self->sealed != NULL ? dinh_sealed_writer_write (self->sealed, next, left)
                                           : write (self->fd, next, left);

    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return fail (error, "write", self->partial);
    dinh_hasher_update (self->hasher, next, (gsize) written);
    self->offset += written;
    next += written;
    left -= (gsize) written;
  }
  /* The disk begins early, so that the end need not wait for all of it. */
  if ((self->offset - (gint64) length) / EARLY_WRITE != self->offset / EARLY_WRITE)
    sync_file_range (self->fd, 0, self->offset, SYNC_FILE_RANGE_WRITE);
  return TRUE;
}

/**
 * dinh_paper_writer_write_head:
 * @before: SHA-256 of the version before, complete in the same store, whose papers are sealed
 *
 * Begins an empty paper with the bytes of another one: a signature is appended to a PDF, the rest stays. Whether it
 * really starts so is known at the end. Returns: %FALSE with a #DinhStoreError or #DinhSealError.
 */
gboolean
dinh_paper_writer_write_head (DinhPaperWriter *self, const char *before, GError **error)
{
  g_autofree char *path = dinh_paper_store_get_path (self->store, before);
  g_autofree char *buffer = g_malloc (DINH_SEALED_CHUNK);
  g_autoptr (DinhSealedFile) file = NULL;
  DinhPaperKey key;
  int fd = dinh_paper_store_open (self->store, path, &key, error);
  gssize got;

  if (fd < 0)
    return FALSE;
  file = dinh_sealed_file_new (fd, &key, 1, error);
  dinh_paper_key_clear (&key);
  if (file == NULL)
    return FALSE;
  while ((got = dinh_sealed_file_read (file, (guint64) self->offset, buffer, DINH_SEALED_CHUNK, error)) > 0) {
    if (!dinh_paper_writer_write (self, buffer, (gsize) got, error))
      return FALSE;
  }
  return got == 0;
}

/**
 * dinh_paper_store_remove:
 *
 * Deletes the paper, complete or not, its key before its bytes; that it is not here is no error. Returns: %FALSE with a
 * #DinhStoreError, %DINH_STORE_ERROR_HASH for what is no SHA-256.
 */
gboolean
dinh_paper_store_remove (DinhPaperStore *self, const char *sha256, GError **error)
{
  g_autofree char *path = dinh_paper_store_get_path (self, sha256);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *partial = get_partial_path (self, sha256);
  g_autofree char *name = get_name (self, sha256);

  if (!check_name (sha256, error))
    return FALSE;
  if (self->keys != NULL && !dinh_paper_keys_forget (self->keys, name, error))
    return FALSE;
  dinh_crash_point ("after-paper-key");
  if (g_unlink (partial) != 0 && errno != ENOENT)
    return fail (error, "delete", partial);
  if (g_unlink (path) != 0)
    return errno == ENOENT || fail (error, "delete", path);
  return dinh_store_sync_path (folder, error);
}

/**
 * dinh_paper_store_drop_stale:
 * @age: µs
 *
 * Deletes the incomplete papers to which nothing was added for so long; to be called while nobody writes.
 */
void
dinh_paper_store_drop_stale (DinhPaperStore *self, gint64 age)
{
  g_autofree char *folder = get_partial_path (self, "");
  g_autoptr (GDir) names = g_dir_open (folder, 0, NULL);
  gint64 last = (g_get_real_time () - age) / G_USEC_PER_SEC;
  const char *name;

  while (names != NULL && (name = g_dir_read_name (names)) != NULL) {
    g_autofree char *path = get_partial_path (self, name);
    GStatBuf info;

    if (dinh_hash_is_hex (name) && g_stat (path, &info) == 0 && info.st_mtime < last)
      g_unlink (path);
  }
}

/**
 * dinh_paper_writer_finish:
 *
 * Checks the hash and puts the paper in its place, durably: after %TRUE a power cut cannot take it away. Returns: %FALSE
 * with %DINH_STORE_ERROR_HASH, the bytes thrown away, or another #DinhStoreError.
 */
gboolean
dinh_paper_writer_finish (DinhPaperWriter *self, GError **error)
{
  g_autofree char *path = dinh_paper_store_get_path (self->store, self->sha256);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *found = NULL;
  DinhHash hash;

  dinh_hasher_finish (self->hasher, &hash);
  found = dinh_hash_to_hex (&hash);
  if (strcmp (found, self->sha256) != 0) {
    dinh_paper_writer_discard (self);
    g_set_error (error, DINH_STORE_ERROR, DINH_STORE_ERROR_HASH, "the bytes have the hash “%s”, not “%s”", found,
                 self->sha256);
    return FALSE;
  }
  if (self->sealed != NULL && !dinh_sealed_writer_finish (self->sealed))
    return fail (error, "write", self->partial);
  if (fsync (self->fd) != 0) {
    fail (error, "sync", self->partial);
    /* The next sync would say that all is well, though pages were lost. */
    dinh_paper_writer_discard (self);
    return FALSE;
  }
  dinh_crash_point ("before-paper-rename");
  /* Who made the folder may not have come to the sync. */
  if (!make_folder (folder, error) || !dinh_store_sync_path (self->store->folder, error))
    return FALSE;
  if (g_rename (self->partial, path) != 0)
    return fail (error, "rename", self->partial);
  return dinh_store_sync_path (folder, error);
}

/**
 * dinh_paper_writer_discard:
 *
 * Throws the bytes away; the writer can only be freed afterwards.
 */
void
dinh_paper_writer_discard (DinhPaperWriter *self)
{
  g_unlink (self->partial);
}
