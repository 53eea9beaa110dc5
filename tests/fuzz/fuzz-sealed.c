/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/hash/dinh-sealed-file.h"
#include "data/hash/dinh-seal.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * Sealed files and sealed values, damaged in every way that a disk or a thief can. Reading ends with the
 * bytes that were sealed or with an error, never with others. $FUZZ_ROUNDS says how often; --seed repeats a
 * run.
 */

#define MAX_CHUNKS 4

typedef struct {
  GByteArray *sealed; /* the file */
  guint8 *plain;
  guint64 size;
  DinhPaperKey key;
} Paper;

static gint32
below (gsize limit)
{
  return g_test_rand_int_range (0, (gint32) limit);
}

static guint
count_rounds (void)
{
  const char *rounds = g_getenv ("FUZZ_ROUNDS");

  return rounds == NULL ? 4000 : (guint) g_ascii_strtoull (rounds, NULL, 10);
}

static void
paper_init (Paper *paper)
{
  guint8 chunk[DINH_SEALED_STRIDE];

  paper->size = (guint64) below (MAX_CHUNKS * DINH_SEALED_CHUNK + 1);
  paper->plain = g_malloc0 (MAX_CHUNKS * DINH_SEALED_CHUNK);
  for (guint64 i = 0; i < paper->size; i++)
    paper->plain[i] = (guint8) (i * 7 + i / 251);
  dinh_paper_key_init (&paper->key, &(DinhHash){{1}}, paper->size);
  paper->sealed = g_byte_array_new ();
  dinh_sealed_make_header (chunk);
  g_byte_array_append (paper->sealed, chunk, DINH_SEALED_HEADER);
  for (guint64 i = 0; i * DINH_SEALED_CHUNK < paper->size; i++) {
    dinh_sealed_close_chunk (&paper->key, i, paper->plain + i * DINH_SEALED_CHUNK, DINH_SEALED_CHUNK, chunk);
    g_byte_array_append (paper->sealed, chunk, DINH_SEALED_STRIDE);
  }
}

static void
paper_clear (Paper *paper)
{
  g_byte_array_unref (paper->sealed);
  g_free (paper->plain);
}

/* Puts a piece of the file somewhere else; whole chunks to a chunk's place as often as not. */
static void
move_piece (GByteArray *sealed)
{
  guint n_chunks = sealed->len / DINH_SEALED_STRIDE;
  gboolean chunk = n_chunks > 0 && below (2) == 0;
  guint length = chunk ? DINH_SEALED_STRIDE : (guint) below (sealed->len) + 1;
  guint from = chunk ? DINH_SEALED_HEADER + (guint) below (n_chunks) * DINH_SEALED_STRIDE
                     : (guint) below (sealed->len - length + 1);
  guint to = chunk ? DINH_SEALED_HEADER + (guint) below (n_chunks) * DINH_SEALED_STRIDE
                   : (guint) below (sealed->len - length + 1);

  if (from + length <= sealed->len && to + length <= sealed->len)
    memmove (sealed->data + to, sealed->data + from, length);
}

static void
damage (GByteArray *sealed)
{
  guint8 more[100] = {0};

  if (sealed->len == 0)
    return;
  switch (below (6)) {
  case 0:
    sealed->data[below (sealed->len)] ^= (guint8) (1 << below (8));
    break;
  case 1:
    g_byte_array_set_size (sealed, (guint) below (sealed->len));
    break;
  case 2:
    g_byte_array_set_size (sealed,
                           sealed->len / DINH_SEALED_STRIDE * DINH_SEALED_STRIDE + DINH_SEALED_HEADER);
    break;
  case 3:
    g_byte_array_append (sealed, more, (guint) below (sizeof more));
    break;
  case 4:
    memset (sealed->data + below (sealed->len), 0, 1);
    break;
  default:
    move_piece (sealed);
  }
}

static void
read_any (DinhSealedFile *file, const Paper *paper)
{
  guint64 offset = (guint64) below (MAX_CHUNKS * DINH_SEALED_CHUNK + 1000);
  gsize length = (gsize) below (DINH_SEALED_CHUNK * 2);
  g_autofree guint8 *exact = g_malloc (length); /* what writes further is found by the sanitizer */
  g_autoptr (GError) error = NULL;
  gssize got = dinh_sealed_file_read (file, offset, exact, length, &error);

  g_assert_true ((got < 0) == (error != NULL));
  if (got > 0) {
    g_assert_cmpuint (offset + (guint64) got, <=, paper->size);
    g_assert_cmpint (memcmp (exact, paper->plain + offset, (gsize) got), ==, 0);
  }
}

static void
test_file (void)
{
  for (guint i = 0; i < count_rounds (); i++) {
    int fd = memfd_create ("sealed", MFD_CLOEXEC);
    g_autoptr (DinhSealedFile) file = NULL;
    g_autoptr (GError) error = NULL;
    Paper paper;

    paper_init (&paper);
    for (int n = below (4); n > 0; n--)
      damage (paper.sealed);
    g_assert_cmpint (write (fd, paper.sealed->data, paper.sealed->len), ==, paper.sealed->len);
    file = dinh_sealed_file_new (fd, &paper.key, (guint) below (3) + 1, &error);
    g_assert_true ((file == NULL) == (error != NULL));
    for (guint j = 0; file != NULL && j < 10; j++)
      read_any (file, &paper);
    paper_clear (&paper);
  }
}

static void
test_value (void)
{
  g_autoptr (DinhSeal) seal = dinh_seal_new ((const guint8[DINH_SEAL_SECRET_SIZE]){1});

  for (guint i = 0; i < count_rounds () * 10; i++) {
    gsize length = (gsize) below (300), sealed_length, opened_length = 0;
    g_autofree char *text = g_strnfill (length, 'x');
    g_autofree guint8 *made = dinh_seal_close (seal, "place", text, length, &sealed_length);
    g_autoptr (GByteArray) sealed = g_byte_array_new ();
    g_autofree guint8 *exact = NULL;
    g_autofree char *opened = NULL;
    g_autoptr (GError) error = NULL;

    g_byte_array_append (sealed, made, (guint) sealed_length);
    for (int n = below (3); n > 0; n--)
      damage (sealed);
    exact = g_malloc (sealed->len + 1);
    memcpy (exact + 1, sealed->data, sealed->len);
    opened = dinh_seal_open (seal, "place", exact + 1, sealed->len, &opened_length, &error);
    g_assert_true ((opened == NULL) == (error != NULL));
    if (opened != NULL)
      g_assert_cmpmem (opened, opened_length, text, length);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fuzz/sealed/file", test_file);
  g_test_add_func ("/fuzz/sealed/value", test_value);
  return g_test_run ();
}
