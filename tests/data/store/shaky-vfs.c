/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/store/shaky-vfs.h"

#include <sqlite3.h>
#include <string.h>

/*
 * A disk that can lose its power. It stands as SQLite's own file system before the real one: what is written stays in
 * memory until it is synced; the file below holds only what is durable. Calls that change something are counted. At a
 * chosen call the power is cut, and everything fails from then on; or that one call fails. shaky_settle() then decides
 * what of the unsynced writes had reached the disk, and the file below is what the next start of the program finds.
 */

#define SECTOR 512

/* One write, or a truncation if there are no data. */
typedef struct {
  gint64 offset;
  GBytes *data;
} Change;

/* A file's content as programs see it, and what of it is not durable. */
typedef struct {
  char *path;
  GByteArray *content;
  GPtrArray *changes;
} Image;

typedef struct {
  sqlite3_file base;
  Image *image; /* NULL: a temporary file, which passes through */
  sqlite3_file *real;
} ShakyFile;

static sqlite3_vfs *below;
static sqlite3_vfs shaky;
static GRecMutex lock;
static GHashTable *images;
static guint n_calls, n_syncs, cut_at, fail_at, fail_sync_at;
static int fail_result;
static gboolean has_no_power, has_fired, full, lying;

static void
change_free (Change *change)
{
  g_clear_pointer (&change->data, g_bytes_unref);
  g_free (change);
}

static void
image_free (Image *image)
{
  g_free (image->path);
  g_byte_array_unref (image->content);
  g_ptr_array_unref (image->changes);
  g_free (image);
}

static void
apply (GByteArray *content, gint64 offset, const void *data, gsize length)
{
  gsize end = (gsize) offset + length, old = content->len;

  if (data == NULL) {
    g_byte_array_set_size (content, (guint) offset);
    return;
  }
  if (end > old) {
    g_byte_array_set_size (content, (guint) end);
    memset (content->data + old, 0, end - old);
  }
  memcpy (content->data + offset, data, length);
}

static void
load (Image *image, const char *path)
{
  g_autofree char *bytes = NULL;
  gsize length;

  if (g_file_get_contents (path, &bytes, &length, NULL))
    g_byte_array_append (image->content, (const guint8 *) bytes, (guint) length);
}

static Image *
find_image (const char *path)
{
  Image *image = g_hash_table_lookup (images, path);

  if (image != NULL)
    return image;
  image = g_new0 (Image, 1);
  image->path = g_strdup (path);
  image->content = g_byte_array_new ();
  image->changes = g_ptr_array_new_with_free_func ((GDestroyNotify) change_free);
  load (image, path);
  g_hash_table_insert (images, image->path, image);
  return image;
}

/* Counts a call that changes something. Returns SQLITE_OK if it may happen. */
static int
count_call (int failure)
{
  n_calls++;
  if (n_calls == cut_at)
    has_no_power = has_fired = TRUE;
  if (has_no_power)
    return failure;
  if (n_calls != fail_at)
    return SQLITE_OK;
  has_fired = TRUE;
  return fail_result;
}

/* Makes what was written durable: in place, since the file below also carries the locks. */
static int
flush (Image *image, sqlite3_file *real)
{
  int result = SQLITE_OK;

  for (guint i = 0; result == SQLITE_OK && i < image->changes->len; i++) {
    const Change *change = g_ptr_array_index (image->changes, i);
    gsize length;
    const void *data = change->data == NULL ? NULL : g_bytes_get_data (change->data, &length);

    result = data == NULL ? real->pMethods->xTruncate (real, change->offset)
                          : real->pMethods->xWrite (real, data, (int) length, change->offset);
  }
  g_ptr_array_set_size (image->changes, 0);
  return result;
}

static int
file_close (sqlite3_file *file)
{
  ShakyFile *self = (ShakyFile *) file;
  int result = self->real->pMethods == NULL ? SQLITE_OK : self->real->pMethods->xClose (self->real);

  g_free (self->real);
  return result;
}

static int
file_read (sqlite3_file *file, void *buffer, int length, sqlite3_int64 offset)
{
  ShakyFile *self = (ShakyFile *) file;
  gint64 available;

  if (self->image == NULL)
    return self->real->pMethods->xRead (self->real, buffer, length, offset);
  g_rec_mutex_lock (&lock);
  available = CLAMP ((gint64) self->image->content->len - offset, 0, length);
  memset (buffer, 0, (gsize) length);
  if (available > 0)
    memcpy (buffer, self->image->content->data + offset, (gsize) available);
  g_rec_mutex_unlock (&lock);
  return has_no_power ? SQLITE_IOERR_READ : available == length ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int
change (Image *image, const void *data, int length, sqlite3_int64 offset)
{
  Change *new = g_new0 (Change, 1);

  apply (image->content, offset, data, (gsize) length);
  new->offset = offset;
  new->data = data == NULL ? NULL : g_bytes_new (data, (gsize) length);
  g_ptr_array_add (image->changes, new);
  return SQLITE_OK;
}

static int
file_write (sqlite3_file *file, const void *data, int length, sqlite3_int64 offset)
{
  ShakyFile *self = (ShakyFile *) file;
  int result;

  if (self->image == NULL)
    return self->real->pMethods->xWrite (self->real, data, length, offset);
  g_rec_mutex_lock (&lock);
  result = count_call (SQLITE_IOERR_WRITE);
  if (result == SQLITE_OK && full && (gsize) offset + (gsize) length > self->image->content->len)
    result = SQLITE_FULL;
  if (result == SQLITE_OK)
    result = change (self->image, data, length, offset);
  g_rec_mutex_unlock (&lock);
  return result;
}

static int
file_truncate (sqlite3_file *file, sqlite3_int64 size)
{
  ShakyFile *self = (ShakyFile *) file;
  int result;

  if (self->image == NULL)
    return self->real->pMethods->xTruncate (self->real, size);
  g_rec_mutex_lock (&lock);
  result = count_call (SQLITE_IOERR_TRUNCATE);
  if (result == SQLITE_OK)
    result = change (self->image, NULL, 0, size);
  g_rec_mutex_unlock (&lock);
  return result;
}

/* A sync that failed takes along what it should have written: Linux marks such pages clean, and the next one is content. */
static int
fail_sync (Image *image)
{
  has_fired = TRUE;
  g_ptr_array_set_size (image->changes, 0);
  return SQLITE_IOERR_FSYNC;
}

static int
file_sync (sqlite3_file *file, int flags)
{
  ShakyFile *self = (ShakyFile *) file;
  int result;

  if (self->image == NULL)
    return self->real->pMethods->xSync (self->real, flags);
  g_rec_mutex_lock (&lock);
  result = count_call (SQLITE_IOERR_FSYNC);
  if (result == SQLITE_OK && ++n_syncs == fail_sync_at)
    result = fail_sync (self->image);
  else if (result == SQLITE_OK && !lying)
    result = flush (self->image, self->real);
  g_rec_mutex_unlock (&lock);
  return result;
}

static int
file_size (sqlite3_file *file, sqlite3_int64 *size)
{
  ShakyFile *self = (ShakyFile *) file;

  if (self->image == NULL)
    return self->real->pMethods->xFileSize (self->real, size);
  g_rec_mutex_lock (&lock);
  *size = self->image->content->len;
  g_rec_mutex_unlock (&lock);
  return SQLITE_OK;
}

#define REAL(file) (((ShakyFile *) (file))->real)

static int
file_lock (sqlite3_file *file, int level)
{
  return REAL (file)->pMethods->xLock (REAL (file), level);
}

static int
file_unlock (sqlite3_file *file, int level)
{
  return REAL (file)->pMethods->xUnlock (REAL (file), level);
}

static int
file_check_lock (sqlite3_file *file, int *is_reserved)
{
  return REAL (file)->pMethods->xCheckReservedLock (REAL (file), is_reserved);
}

static int
file_control (sqlite3_file *file, int operation, void *argument)
{
  /* The file below must not be grown behind the image's back. */
  return operation == SQLITE_FCNTL_SIZE_HINT || operation == SQLITE_FCNTL_CHUNK_SIZE
           ? SQLITE_OK
           : REAL (file)->pMethods->xFileControl (REAL (file), operation, argument);
}

static int
file_sector_size (sqlite3_file *file)
{
  return SECTOR;
}

/* No promise at all: a disk that tears even sectors' neighbours. */
static int
file_characteristics (sqlite3_file *file)
{
  return 0;
}

static int
file_map_shared (sqlite3_file *file, int page, int size, int extend, void volatile **memory)
{
  return REAL (file)->pMethods->xShmMap (REAL (file), page, size, extend, memory);
}

static int
file_lock_shared (sqlite3_file *file, int offset, int n, int flags)
{
  return REAL (file)->pMethods->xShmLock (REAL (file), offset, n, flags);
}

static void
file_barrier_shared (sqlite3_file *file)
{
  REAL (file)->pMethods->xShmBarrier (REAL (file));
}

static int
file_unmap_shared (sqlite3_file *file, int delete)
{
  return REAL (file)->pMethods->xShmUnmap (REAL (file), delete);
}

static sqlite3_io_methods methods = {
  .iVersion = 2,
  .xClose = file_close,
  .xRead = file_read,
  .xWrite = file_write,
  .xTruncate = file_truncate,
  .xSync = file_sync,
  .xFileSize = file_size,
  .xLock = file_lock,
  .xUnlock = file_unlock,
  .xCheckReservedLock = file_check_lock,
  .xFileControl = file_control,
  .xSectorSize = file_sector_size,
  .xDeviceCharacteristics = file_characteristics,
  .xShmMap = file_map_shared,
  .xShmLock = file_lock_shared,
  .xShmBarrier = file_barrier_shared,
  .xShmUnmap = file_unmap_shared,
};

static int
vfs_open (sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
  ShakyFile *self = (ShakyFile *) file;
  int result;

  self->base.pMethods = NULL;
  self->real = g_malloc0 ((gsize) below->szOsFile);
  result = below->xOpen (below, name, self->real, flags, out_flags);
  if (result != SQLITE_OK) {
    g_clear_pointer (&self->real, g_free);
    return result;
  }
  g_rec_mutex_lock (&lock);
  self->image = name == NULL ? NULL : find_image (name);
  g_rec_mutex_unlock (&lock);
  self->base.pMethods = &methods;
  return SQLITE_OK;
}

static int
vfs_delete (sqlite3_vfs *vfs, const char *name, int sync)
{
  int result;

  g_rec_mutex_lock (&lock);
  result = count_call (SQLITE_IOERR_DELETE);
  if (result == SQLITE_OK) {
    g_hash_table_remove (images, name);
    result = below->xDelete (below, name, sync);
  }
  g_rec_mutex_unlock (&lock);
  return result;
}

/* Puts the shaky disk before the real one, for all databases that are opened from now on. */
void
shaky_install (void)
{
  below = sqlite3_vfs_find (NULL);
  images = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) image_free);
  shaky = *below;
  shaky.pNext = NULL;
  shaky.zName = "shaky";
  shaky.szOsFile = sizeof (ShakyFile);
  shaky.xOpen = vfs_open;
  shaky.xDelete = vfs_delete;
  sqlite3_vfs_register (&shaky, TRUE);
}

/* A sound disk that holds what the real one does. No database may be open. */
void
shaky_reset (void)
{
  g_hash_table_remove_all (images);
  n_calls = n_syncs = cut_at = fail_at = fail_sync_at = 0;
  has_no_power = has_fired = full = lying = FALSE;
}

/* Cuts the power at the call of that number, from now on. */
void
shaky_cut_power_at (guint call)
{
  cut_at = n_calls + call;
}

/* Has that one call fail with a code of SQLite's. */
void
shaky_fail_at (guint call, int result)
{
  fail_at = n_calls + call;
  fail_result = result;
}

/* Has that one sync fail, and lose what it should have written. */
void
shaky_fail_sync_at (guint sync)
{
  g_rec_mutex_lock (&lock);
  fail_sync_at = n_syncs + sync;
  g_rec_mutex_unlock (&lock);
}

/* No file may grow while the disk is full. */
void
shaky_set_full (gboolean is_full)
{
  g_rec_mutex_lock (&lock);
  full = is_full;
  g_rec_mutex_unlock (&lock);
}

/* A disk that says that it has synced and has not. */
void
shaky_set_lying (gboolean is_lying)
{
  lying = is_lying;
}

/* Whether the power was cut or a call failed. */
gboolean
shaky_has_fired (void)
{
  return has_fired;
}

guint
shaky_get_calls (void)
{
  return n_calls;
}

static gsize
kept_of (const Change *change, ShakyRemains remains, gboolean is_last)
{
  gsize length = change->data == NULL ? 0 : g_bytes_get_size (change->data);

  if (remains != SHAKY_TEAR || !is_last || length == 0)
    return length;
  return MIN (length, (gsize) g_test_rand_int_range (0, (gint32) (length / SECTOR) + 1) * SECTOR);
}

static void
settle_image (Image *image, ShakyRemains remains)
{
  guint n_kept = remains == SHAKY_TEAR && image->changes->len > 0
                   ? (guint) g_test_rand_int_range (0, (gint32) image->changes->len) + 1
                   : image->changes->len;

  g_byte_array_set_size (image->content, 0);
  load (image, image->path);
  for (guint i = 0; i < n_kept && remains != SHAKY_DROP; i++) {
    const Change *change = g_ptr_array_index (image->changes, i);

    if (remains == SHAKY_REORDER && g_test_rand_bit ())
      continue;
    apply (image->content, change->offset, change->data == NULL ? NULL : g_bytes_get_data (change->data, NULL),
           kept_of (change, remains, i + 1 == n_kept));
  }
  g_assert_true (g_file_set_contents (image->path, (char *) image->content->data, image->content->len, NULL));
}

/* Decides what was left on the disk, and gives it power again. No database may be open. */
void
shaky_settle (ShakyRemains remains)
{
  GHashTableIter iter;
  Image *image;

  g_hash_table_iter_init (&iter, images);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &image))
    settle_image (image, remains);
  shaky_reset ();
}
