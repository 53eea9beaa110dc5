/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/hash/dinh-hash.h"
#include "data/hash/dinh-seal-error.h"

G_BEGIN_DECLS

#define DINH_SEAL_KEY_SIZE 32
#define DINH_SEALED_HEADER 16         /* bytes before the first chunk */
#define DINH_SEALED_CHUNK (64 * 1024) /* plain bytes of a chunk */
#define DINH_SEALED_OVERHEAD 40       /* nonce and tag of a chunk */
#define DINH_SEALED_STRIDE (DINH_SEALED_CHUNK + DINH_SEALED_OVERHEAD)

/* What opens one sealed paper, and what its chunks are bound to. */
typedef struct {
  guint8 key[DINH_SEAL_KEY_SIZE];
  DinhHash paper; /* SHA-256 of the plain bytes */
  guint64 size;   /* plain bytes */
} DinhPaperKey;

void dinh_paper_key_init (DinhPaperKey *key, const DinhHash *paper, guint64 size);
void dinh_paper_key_clear (DinhPaperKey *key);

guint64 dinh_sealed_get_size (guint64 size);
void dinh_sealed_make_header (guint8 header[DINH_SEALED_HEADER]);
void dinh_sealed_close_chunk (
    const DinhPaperKey *key, guint64 index, const void *plain, gsize length, guint8 *sealed);
gboolean dinh_sealed_open_chunk (
    const DinhPaperKey *key, guint64 index, const guint8 *sealed, gsize length, void *plain);

/* A complete sealed file, for reading; belongs to one thread at a time. */
typedef struct _DinhSealedFile DinhSealedFile;

DinhSealedFile *dinh_sealed_file_new (int fd, const DinhPaperKey *key, guint n_cached, GError **error);
void dinh_sealed_file_free (DinhSealedFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhSealedFile, dinh_sealed_file_free)

gssize
dinh_sealed_file_read (DinhSealedFile *self, guint64 offset, void *buffer, gsize length, GError **error);

G_END_DECLS
