/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/hash/dinh-sealed-file.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE (3 * DINH_SEALED_CHUNK + 1000)

typedef struct {
  guint8 *plain;
  guint8 *sealed; /* the whole file */
  gsize length;
  DinhPaperKey key;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  DinhHash paper;

  fixture->plain = g_malloc0 (4 * DINH_SEALED_CHUNK);
  for (gsize i = 0; i < SIZE; i++)
    fixture->plain[i] = (guint8) (i * 7 + i / 251);
  dinh_hash_data (fixture->plain, SIZE, &paper);
  dinh_paper_key_init (&fixture->key, &paper, SIZE);
  fixture->length = (gsize) dinh_sealed_get_size (SIZE);
  g_assert_cmpuint (fixture->length, ==, DINH_SEALED_HEADER + 4 * DINH_SEALED_STRIDE);
  fixture->sealed = g_malloc (fixture->length);
  dinh_sealed_make_header (fixture->sealed);
  for (guint64 i = 0; i < 4; i++)
    dinh_sealed_close_chunk (&fixture->key, i, fixture->plain + i * DINH_SEALED_CHUNK, DINH_SEALED_CHUNK,
                             fixture->sealed + DINH_SEALED_HEADER + i * DINH_SEALED_STRIDE);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_free (fixture->plain);
  g_free (fixture->sealed);
}

static DinhSealedFile *
open_bytes (Fixture *fixture, gsize length, guint n_cached, GError **error)
{
  int fd = memfd_create ("sealed", MFD_CLOEXEC);

  g_assert_cmpint (write (fd, fixture->sealed, length), ==, length);
  return dinh_sealed_file_new (fd, &fixture->key, n_cached, error);
}

/* Any range, with one chunk kept or with several. */
static void
test_ranges (Fixture *fixture, gconstpointer data)
{
  for (guint n_cached = 1; n_cached < 6; n_cached++) {
    g_autoptr (DinhSealedFile) file = open_bytes (fixture, fixture->length, n_cached, NULL);
    guint8 buffer[5000];

    for (guint i = 0; i < 2000; i++) {
      guint64 offset = (guint64) g_test_rand_int_range (0, SIZE + 100);
      gsize length = (gsize) g_test_rand_int_range (0, sizeof buffer), want = offset >= SIZE ? 0 : length;
      gssize got = dinh_sealed_file_read (file, offset, buffer, length, NULL);

      want = offset >= SIZE ? 0
                            : MIN (want, MIN (SIZE - offset, DINH_SEALED_CHUNK - offset % DINH_SEALED_CHUNK));
      g_assert_cmpint (got, ==, want);
      g_assert_cmpint (memcmp (buffer, fixture->plain + MIN (offset, SIZE), want), ==, 0);
    }
    g_assert_cmpint (dinh_sealed_file_read (file, G_MAXUINT64, buffer, 1, NULL), ==, 0);
  }
}

/* Whether reading chunk @index fails, and gives nothing; the others must open. */
static void
assert_only_fails (Fixture *fixture, guint index)
{
  g_autoptr (DinhSealedFile) file = open_bytes (fixture, fixture->length, 2, NULL);
  guint8 buffer[64];

  for (guint i = 0; i < 4; i++) {
    g_autoptr (GError) error = NULL;

    memset (buffer, 0, sizeof buffer);
    if (i != index) {
      g_assert_cmpint (dinh_sealed_file_read (file, i * DINH_SEALED_CHUNK, buffer, sizeof buffer, NULL), ==,
                       sizeof buffer);
      continue;
    }
    for (guint again = 0; again < 2; again++) {
      g_assert_cmpint (dinh_sealed_file_read (file, i * DINH_SEALED_CHUNK, buffer, sizeof buffer, &error), ==,
                       -1);
      g_assert_error (error, DINH_SEAL_ERROR, DINH_SEAL_ERROR_DAMAGED);
      g_clear_error (&error);
    }
    for (guint j = 0; j < sizeof buffer; j++)
      g_assert_cmpint (buffer[j], ==, 0);
  }
}

static void
test_changed (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 60; i++) {
    guint32 index = (guint32) g_test_rand_int_range (0, 4);
    gsize at = i < 4 ? (gsize[]){0, 23, 24, DINH_SEALED_STRIDE - 1}[i]
                     : (gsize) g_test_rand_int_range (0, DINH_SEALED_STRIDE);
    guint8 *byte = fixture->sealed + DINH_SEALED_HEADER + index * DINH_SEALED_STRIDE + at;
    guint8 bit = (guint8) (1 << g_test_rand_int_range (0, 8));

    *byte ^= bit;
    assert_only_fails (fixture, index);
    *byte ^= bit;
  }
}

static guint8 *
get_chunk (Fixture *fixture, guint index)
{
  return fixture->sealed + DINH_SEALED_HEADER + index * DINH_SEALED_STRIDE;
}

static void
test_reordered (Fixture *fixture, gconstpointer data)
{
  memcpy (get_chunk (fixture, 1), get_chunk (fixture, 2), DINH_SEALED_STRIDE);
  assert_only_fails (fixture, 1);
}

/* A chunk of another paper under the same key, or of the same paper in another size. */
static void
test_swapped (Fixture *fixture, gconstpointer data)
{
  DinhPaperKey other = fixture->key;

  other.paper.bytes[0] ^= 1;
  dinh_sealed_close_chunk (&other, 1, fixture->plain, DINH_SEALED_CHUNK, get_chunk (fixture, 1));
  assert_only_fails (fixture, 1);
  other = fixture->key;
  other.size++;
  dinh_sealed_close_chunk (&other, 1, fixture->plain, DINH_SEALED_CHUNK, get_chunk (fixture, 1));
  assert_only_fails (fixture, 1);
  other = fixture->key;
  other.key[0] ^= 1;
  dinh_sealed_close_chunk (&other, 1, fixture->plain, DINH_SEALED_CHUNK, get_chunk (fixture, 1));
  assert_only_fails (fixture, 1);
}

static void
assert_refused (Fixture *fixture, gsize length)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (open_bytes (fixture, length, 1, &error));
  g_assert_error (error, DINH_SEAL_ERROR, DINH_SEAL_ERROR_DAMAGED);
}

/* Cut anywhere, at the border of a chunk too; longer; not such a file; another version. */
static void
test_cut (Fixture *fixture, gconstpointer data)
{
  assert_refused (fixture, 0);
  assert_refused (fixture, DINH_SEALED_HEADER);
  assert_refused (fixture, fixture->length - 1);
  assert_refused (fixture, fixture->length - DINH_SEALED_STRIDE);
  fixture->key.size += DINH_SEALED_CHUNK;
  assert_refused (fixture, fixture->length);
  fixture->key.size -= DINH_SEALED_CHUNK;
  for (guint i = 0; i < DINH_SEALED_HEADER; i++) {
    fixture->sealed[i] ^= 1;
    assert_refused (fixture, fixture->length);
    fixture->sealed[i] ^= 1;
  }
}

static void
test_empty (void)
{
  Fixture fixture = {.sealed = (guint8[DINH_SEALED_HEADER]){0}};
  g_autoptr (DinhSealedFile) file = NULL;
  guint8 byte;

  dinh_sealed_make_header (fixture.sealed);
  g_assert_cmpuint (dinh_sealed_get_size (0), ==, DINH_SEALED_HEADER);
  file = open_bytes (&fixture, DINH_SEALED_HEADER, 1, NULL);
  g_assert_cmpint (dinh_sealed_file_read (file, 0, &byte, 1, NULL), ==, 0);
}

/* Fixed for ever; made by another program from what docs/at-rest.md says. */
static void
test_stays (void)
{
  static const guint8 header[] = {'D', 'i', 'n', 'h', 'S', 'e', 'a', 'l', 1, 0, 0, 0, 0, 0, 1, 0};
  gsize length = 0;
  g_autofree guint8 *chunk =
      g_base64_decode ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYX/6BsuBO0fcXxiM5Ofd0u3NDUkw==", &length);
  guint8 made[DINH_SEALED_HEADER], plain[3];
  DinhPaperKey key = {.size = 3};

  memset (key.paper.bytes, 0xaa, sizeof key.paper.bytes);
  for (guint i = 0; i < sizeof key.key; i++)
    key.key[i] = (guint8) i;
  dinh_sealed_make_header (made);
  g_assert_cmpmem (made, sizeof made, header, sizeof header);
  g_assert_true (dinh_sealed_open_chunk (&key, 0, chunk, length, plain));
  g_assert_cmpmem (plain, 3, "abc", 3);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
      {"ranges", test_ranges},   {"changed", test_changed}, {"reordered", test_reordered},
      {"swapped", test_swapped}, {"cut", test_cut},
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *path = g_strconcat ("/hash/sealed-file/", tests[i].name, NULL);
    g_test_add (path, Fixture, NULL, set_up, tests[i].test, tear_down);
  }
  g_test_add_func ("/hash/sealed-file/empty", test_empty);
  g_test_add_func ("/hash/sealed-file/stays", test_stays);
  return g_test_run ();
}
