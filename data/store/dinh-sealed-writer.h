/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/hash/dinh-sealed-file.h"

#include <sys/types.h>

G_BEGIN_DECLS

/* A sealed file on its way in. Fails as the C library does, with errno. */
typedef struct _DinhSealedWriter DinhSealedWriter;

DinhSealedWriter *dinh_sealed_writer_new (int fd, const DinhPaperKey *key);
void dinh_sealed_writer_free (DinhSealedWriter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhSealedWriter, dinh_sealed_writer_free)

gboolean dinh_sealed_writer_resume (DinhSealedWriter *self, DinhHasher *hasher);
guint64 dinh_sealed_writer_get_offset (DinhSealedWriter *self);
ssize_t dinh_sealed_writer_write (DinhSealedWriter *self, const void *data, gsize length);
gboolean dinh_sealed_writer_rest (DinhSealedWriter *self);
gboolean dinh_sealed_writer_finish (DinhSealedWriter *self);

G_END_DECLS
