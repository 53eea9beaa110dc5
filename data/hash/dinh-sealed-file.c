/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/hash/dinh-sealed-file.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A paper on the disk that only its key opens, in chunks of 64 KiB that are read in any order. Each chunk is
 * sealed by itself and bound to the paper's hash, its size and the chunk's place, so one that was changed,
 * cut, moved or taken from another paper is found out and nothing of it is given. docs/at-rest.md has the
 * format byte for byte. It stands here, below all who need it: the store that writes it, the library that
 * hands it over and the helper that reads it.
 */

#define MAGIC "DinhSeal"
#define VERSION 1

/* A chunk that was opened. */
typedef struct {
  guint64 index;
  guint64 used; /* when it was last used; 0: empty */
  guint8 *plain;
} Slot;

struct _DinhSealedFile {
  int fd;
  DinhPaperKey key;
  guint8 *sealed; /* a chunk as it is on the disk */
  guint64 uses;
  guint n_slots;
  Slot slots[];
};

/* The additional data of a chunk. */
typedef struct {
  DinhHash paper;
  guint64 index; /* little endian, as the size */
  guint64 size;
} Binding;

G_STATIC_ASSERT (sizeof (Binding) == DINH_HASH_SIZE + 16);
G_STATIC_ASSERT (DINH_SEALED_OVERHEAD ==
                 crypto_aead_xchacha20poly1305_ietf_NPUBBYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES);

/**
 * dinh_paper_key_init:
 * @paper: SHA-256 of the paper
 * @size: its bytes
 *
 * Makes a random key for a paper.
 */
void
dinh_paper_key_init (DinhPaperKey *key, const DinhHash *paper, guint64 size)
{
  g_return_if_fail (sodium_init () >= 0);
  randombytes_buf (key->key, sizeof key->key);
  key->paper = *paper;
  key->size = size;
}

/**
 * dinh_paper_key_clear:
 *
 * Wipes the key.
 */
void
dinh_paper_key_clear (DinhPaperKey *key)
{
  sodium_memzero (key, sizeof *key);
}

static guint64
count_chunks (guint64 size)
{
  return size / DINH_SEALED_CHUNK + (size % DINH_SEALED_CHUNK != 0);
}

/**
 * dinh_sealed_get_size:
 * @size: plain bytes
 *
 * Returns: bytes of the complete sealed file: the last chunk is filled up, so that the file does not tell the
 * size.
 */
guint64
dinh_sealed_get_size (guint64 size)
{
  return DINH_SEALED_HEADER + count_chunks (size) * DINH_SEALED_STRIDE;
}

/**
 * dinh_sealed_make_header:
 * @header: (out): the first bytes of every sealed file
 *
 * Writes down what it is, in which version.
 */
void
dinh_sealed_make_header (guint8 header[DINH_SEALED_HEADER])
{
  const guint32 numbers[] = {GUINT32_TO_LE (VERSION), GUINT32_TO_LE (DINH_SEALED_CHUNK)};

  memcpy (header, MAGIC, 8);
  memcpy (header + 8, numbers, sizeof numbers);
}

static Binding
bind_chunk (const DinhPaperKey *key, guint64 index)
{
  return (Binding){key->paper, GUINT64_TO_LE (index), GUINT64_TO_LE (key->size)};
}

/**
 * dinh_sealed_close_chunk:
 * @index: of the chunk, from 0
 * @length: bytes of @plain, at most %DINH_SEALED_CHUNK
 * @sealed: (out): @length and %DINH_SEALED_OVERHEAD bytes: nonce, ciphertext, tag
 *
 * Seals a chunk, with another nonce each time.
 */
void
dinh_sealed_close_chunk (
    const DinhPaperKey *key, guint64 index, const void *plain, gsize length, guint8 *sealed)
{
  const Binding binding = bind_chunk (key, index);

  randombytes_buf (sealed, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
  crypto_aead_xchacha20poly1305_ietf_encrypt (sealed + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, NULL,
                                              plain, length, (const guint8 *) &binding, sizeof binding, NULL,
                                              sealed, key->key);
}

/**
 * dinh_sealed_open_chunk:
 * @length: bytes of @sealed
 * @plain: (out): room for @length less %DINH_SEALED_OVERHEAD bytes
 *
 * Returns: whether it is that chunk of that paper; if not, @plain holds nothing of it.
 */
gboolean
dinh_sealed_open_chunk (
    const DinhPaperKey *key, guint64 index, const guint8 *sealed, gsize length, void *plain)
{
  const Binding binding = bind_chunk (key, index);
  const gsize nonce_length = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;

  return length >= DINH_SEALED_OVERHEAD && length <= DINH_SEALED_STRIDE &&
         crypto_aead_xchacha20poly1305_ietf_decrypt (plain, NULL, NULL, sealed + nonce_length,
                                                     length - nonce_length, (const guint8 *) &binding,
                                                     sizeof binding, sealed, key->key) == 0;
}

static gboolean
fail (GError **error, DinhSealError code, const char *what)
{
  g_set_error_literal (error, DINH_SEAL_ERROR, code, what);
  return FALSE;
}

static gboolean
read_all (int fd, void *buffer, gsize length, guint64 offset, GError **error)
{
  char *next = buffer;

  while (length > 0) {
    ssize_t got = pread (fd, next, length, (off_t) offset);

    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return fail (error, DINH_SEAL_ERROR_READ, g_strerror (errno));
    if (got == 0)
      return fail (error, DINH_SEAL_ERROR_DAMAGED, "the sealed file was cut");
    next += got;
    offset += (guint64) got;
    length -= (gsize) got;
  }
  return TRUE;
}

static gboolean
check_file (DinhSealedFile *self, GError **error)
{
  guint8 expected[DINH_SEALED_HEADER], header[DINH_SEALED_HEADER];
  struct stat status;

  if (fstat (self->fd, &status) != 0)
    return fail (error, DINH_SEAL_ERROR_READ, g_strerror (errno));
  if ((guint64) status.st_size != dinh_sealed_get_size (self->key.size))
    return fail (error, DINH_SEAL_ERROR_DAMAGED, "the sealed file does not have its length");
  dinh_sealed_make_header (expected);
  if (!read_all (self->fd, header, sizeof header, 0, error))
    return FALSE;
  return memcmp (header, expected, sizeof header) == 0 ||
         fail (error, DINH_SEAL_ERROR_DAMAGED, "not a sealed file of version " G_STRINGIFY (VERSION));
}

/**
 * dinh_sealed_file_new:
 * @fd: (transfer full): the file, closed in any case
 * @n_cached: opened chunks that are kept, at least 1
 *
 * Returns: (transfer full): the file; or %NULL with a #DinhSealError.
 */
DinhSealedFile *
dinh_sealed_file_new (int fd, const DinhPaperKey *key, guint n_cached, GError **error)
{
  DinhSealedFile *self = g_malloc0 (sizeof *self + n_cached * sizeof (Slot));

  g_return_val_if_fail (sodium_init () >= 0, NULL); /* or the slowest of its ways would be taken */
  self->fd = fd;
  self->key = *key;
  self->n_slots = n_cached;
  self->sealed = g_malloc (DINH_SEALED_STRIDE);
  if (check_file (self, error))
    return self;
  dinh_sealed_file_free (self);
  return NULL;
}

/**
 * dinh_sealed_file_free:
 *
 * Closes the file and wipes what is kept of it.
 */
void
dinh_sealed_file_free (DinhSealedFile *self)
{
  for (guint i = 0; i < self->n_slots && self->slots[i].plain != NULL; i++) {
    sodium_memzero (self->slots[i].plain, DINH_SEALED_CHUNK);
    g_free (self->slots[i].plain);
  }
  close (self->fd);
  dinh_paper_key_clear (&self->key);
  g_free (self->sealed);
  g_free (self);
}

/* The slot that has the chunk, or else the one to give up for it. */
static Slot *
find_slot (DinhSealedFile *self, guint64 index)
{
  Slot *oldest = &self->slots[0];

  for (guint i = 0; i < self->n_slots; i++) {
    Slot *slot = &self->slots[i];

    if (slot->used > 0 && slot->index == index)
      return slot;
    if (slot->used < oldest->used)
      oldest = slot;
  }
  return oldest;
}

static Slot *
load_chunk (DinhSealedFile *self, guint64 index, GError **error)
{
  Slot *slot = find_slot (self, index);

  if (slot->used == 0 || slot->index != index) {
    slot->used = 0;
    if (!read_all (self->fd, self->sealed, DINH_SEALED_STRIDE,
                   DINH_SEALED_HEADER + index * DINH_SEALED_STRIDE, error))
      return NULL;
    if (slot->plain == NULL)
      slot->plain = g_malloc (DINH_SEALED_CHUNK);
    if (!dinh_sealed_open_chunk (&self->key, index, self->sealed, DINH_SEALED_STRIDE, slot->plain)) {
      g_set_error (error, DINH_SEAL_ERROR, DINH_SEAL_ERROR_DAMAGED,
                   "chunk %" G_GUINT64_FORMAT " of the sealed file is not what was written", index);
      return NULL;
    }
    slot->index = index;
  }
  slot->used = ++self->uses;
  return slot;
}

/**
 * dinh_sealed_file_read:
 * @offset: plain bytes before those that are wanted
 *
 * Reads from one chunk, therefore maybe less than @length. Returns: how many plain bytes, 0 at the end; or -1
 * with a #DinhSealError and nothing in @buffer.
 */
gssize
dinh_sealed_file_read (DinhSealedFile *self, guint64 offset, void *buffer, gsize length, GError **error)
{
  gsize within = offset % DINH_SEALED_CHUNK;
  const Slot *slot;

  if (offset >= self->key.size || length == 0)
    return 0;
  slot = load_chunk (self, offset / DINH_SEALED_CHUNK, error);
  if (slot == NULL)
    return -1;
  length = MIN (length, DINH_SEALED_CHUNK - within);
  length = (gsize) MIN (length, self->key.size - offset);
  memcpy (buffer, slot->plain + within, length);
  return (gssize) length;
}
