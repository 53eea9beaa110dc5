/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/store/dinh-sealed-writer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/*
 * Appends to a sealed file. A chunk goes to the disk when it is full; what rests of a fetch that stops goes
 * as a shorter chunk, which is sealed anew when more comes. Whatever a crash left is opened when the file is
 * taken up again, and from the first chunk that does not open everything is cut off: no more is lost than
 * what was being written.
 */
struct _DinhSealedWriter {
  int fd; /* borrowed */
  DinhPaperKey key;
  guint64 index;      /* of the chunk that is being filled */
  gsize filled;       /* bytes of it */
  gboolean unwritten; /* some of them are only here */
  guint8 plain[DINH_SEALED_CHUNK];
  guint8 sealed[DINH_SEALED_STRIDE];
};

/**
 * dinh_sealed_writer_new:
 * @fd: the file, open for reading and writing; stays the caller's
 *
 * Returns: (transfer full): a writer, to be resumed first.
 */
DinhSealedWriter *
dinh_sealed_writer_new (int fd, const DinhPaperKey *key)
{
  DinhSealedWriter *self = g_new0 (DinhSealedWriter, 1);

  self->fd = fd;
  self->key = *key;
  return self;
}

/**
 * dinh_sealed_writer_free:
 *
 * Wipes what is in memory; what was not put to rest before is lost.
 */
void
dinh_sealed_writer_free (DinhSealedWriter *self)
{
  explicit_bzero (self, sizeof *self);
  g_free (self);
}

static off_t
place_of (guint64 index)
{
  return (off_t) (DINH_SEALED_HEADER + index * DINH_SEALED_STRIDE);
}

static ssize_t
read_up_to (int fd, guint8 *buffer, gsize length, off_t place)
{
  gsize done = 0;

  while (done < length) {
    ssize_t got = pread (fd, buffer + done, length - done, place + (off_t) done);

    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return -1;
    if (got == 0)
      break;
    done += (gsize) got;
  }
  return (ssize_t) done;
}

static gboolean
write_all (int fd, const guint8 *buffer, gsize length, off_t place)
{
  while (length > 0) {
    ssize_t written = pwrite (fd, buffer, length, place);

    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return FALSE;
    buffer += written;
    length -= (gsize) written;
    place += written;
  }
  return TRUE;
}

static gboolean
begin_anew (DinhSealedWriter *self)
{
  guint8 header[DINH_SEALED_HEADER];

  dinh_sealed_make_header (header);
  return ftruncate (self->fd, 0) == 0 && write_all (self->fd, header, sizeof header, 0);
}

/* Opens the next chunk that is there, in @self->sealed, @length bytes of it. Returns its plain bytes, 0 if it
 * is none. */
static gsize
take_chunk (DinhSealedWriter *self, gsize length)
{
  guint64 left = self->key.size - MIN (self->key.size, self->index * DINH_SEALED_CHUNK);

  if (left == 0 || length <= DINH_SEALED_OVERHEAD ||
      !dinh_sealed_open_chunk (&self->key, self->index, self->sealed, length, self->plain))
    return 0;
  /* The last one is filled up with zeros. */
  return (gsize) MIN (left, length - DINH_SEALED_OVERHEAD);
}

/**
 * dinh_sealed_writer_resume:
 * @hasher: is given all plain bytes that are there
 *
 * Takes the file up where it was left, or begins it. Returns: %FALSE with errno.
 */
gboolean
dinh_sealed_writer_resume (DinhSealedWriter *self, DinhHasher *hasher)
{
  guint8 expected[DINH_SEALED_HEADER];
  ssize_t got = read_up_to (self->fd, self->sealed, sizeof expected, 0);

  dinh_sealed_make_header (expected);
  if (got < 0)
    return FALSE;
  if (got < (ssize_t) sizeof expected || memcmp (self->sealed, expected, sizeof expected) != 0)
    return begin_anew (self);
  for (;;) {
    got = read_up_to (self->fd, self->sealed, DINH_SEALED_STRIDE, place_of (self->index));
    if (got < 0)
      return FALSE;
    self->filled = take_chunk (self, (gsize) got);
    dinh_hasher_update (hasher, self->plain, self->filled);
    if (self->filled < DINH_SEALED_CHUNK)
      break;
    self->filled = 0;
    self->index++;
  }
  return self->filled > 0 || ftruncate (self->fd, place_of (self->index)) == 0;
}

/**
 * dinh_sealed_writer_get_offset:
 *
 * Returns: plain bytes that were taken.
 */
guint64
dinh_sealed_writer_get_offset (DinhSealedWriter *self)
{
  return self->index * DINH_SEALED_CHUNK + self->filled;
}

static gboolean
write_chunk (DinhSealedWriter *self, gsize length)
{
  dinh_sealed_close_chunk (&self->key, self->index, self->plain, length, self->sealed);
  return write_all (self->fd, self->sealed, length + DINH_SEALED_OVERHEAD, place_of (self->index));
}

/**
 * dinh_sealed_writer_write:
 *
 * As write(2): takes some of @data, at most to the end of the chunk, which then is with the kernel. Returns:
 * bytes that were taken; or -1 with errno, and none was.
 */
ssize_t
dinh_sealed_writer_write (DinhSealedWriter *self, const void *data, gsize length)
{
  gsize taken = MIN (length, DINH_SEALED_CHUNK - self->filled);

  memcpy (self->plain + self->filled, data, taken);
  if (self->filled + taken == DINH_SEALED_CHUNK) {
    if (!write_chunk (self, DINH_SEALED_CHUNK))
      return -1;
    self->index++;
    self->filled = 0;
    self->unwritten = FALSE;
    return (ssize_t) taken;
  }
  self->filled += taken;
  self->unwritten |= taken > 0;
  return (ssize_t) taken;
}

/**
 * dinh_sealed_writer_rest:
 *
 * Writes what is less than a chunk, so that it need not come again. Returns: %FALSE with errno.
 */
gboolean
dinh_sealed_writer_rest (DinhSealedWriter *self)
{
  if (!self->unwritten)
    return TRUE;
  self->unwritten = FALSE;
  return write_chunk (self, self->filled) &&
         ftruncate (self->fd, place_of (self->index) + (off_t) self->filled + DINH_SEALED_OVERHEAD) == 0;
}

/**
 * dinh_sealed_writer_finish:
 *
 * Writes the last chunk, filled up with zeros. Returns: %FALSE with errno.
 */
gboolean
dinh_sealed_writer_finish (DinhSealedWriter *self)
{
  self->unwritten = FALSE;
  if (self->filled > 0) {
    memset (self->plain + self->filled, 0, DINH_SEALED_CHUNK - self->filled);
    if (!write_chunk (self, DINH_SEALED_CHUNK))
      return FALSE;
  }
  return ftruncate (self->fd, (off_t) dinh_sealed_get_size (self->key.size)) == 0;
}
