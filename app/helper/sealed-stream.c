/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/helper/sealed-stream.h"

/* A sealed paper as poppler reads it: a GInputStream that can be placed anywhere. Only the chunks that are
 * asked for are opened, and the last ones kept, since poppler goes to and fro between an object and what it
 * refers to.
 *
 * It says that it is a GMemoryInputStream, with reading and placing of its own: poppler-glib (22.12) takes
 * all that is neither that nor a plain file for slow, and would keep every byte that it ever read. */

#define N_CACHED 32 /* 2 MiB */

typedef struct {
  GMemoryInputStream parent_instance;

  DinhSealedFile *file;
  guint64 size;
  guint64 position;
  gboolean failed;
} SealedStream;

typedef GMemoryInputStreamClass SealedStreamClass;

static void sealed_stream_seekable_init (GSeekableIface *iface);
static GType sealed_stream_get_type (void);

G_DEFINE_TYPE_WITH_CODE (SealedStream,
                         sealed_stream,
                         G_TYPE_MEMORY_INPUT_STREAM,
                         G_IMPLEMENT_INTERFACE (G_TYPE_SEEKABLE, sealed_stream_seekable_init))

static gssize
read_bytes (GInputStream *stream, void *buffer, gsize count, GCancellable *cancellable, GError **error)
{
  SealedStream *self = (SealedStream *) stream;
  gssize got = dinh_sealed_file_read (self->file, self->position, buffer, count, error);

  self->failed |= got < 0;
  self->position += (guint64) MAX (got, 0);
  return got;
}

static goffset
tell (GSeekable *seekable)
{
  return (goffset) ((SealedStream *) seekable)->position;
}

static gboolean
can_seek (GSeekable *seekable)
{
  return TRUE;
}

static gboolean
seek (GSeekable *seekable, goffset offset, GSeekType type, GCancellable *cancellable, GError **error)
{
  SealedStream *self = (SealedStream *) seekable;
  goffset from = type == G_SEEK_SET ? 0 : (goffset) (type == G_SEEK_CUR ? self->position : self->size);

  if (offset < -from || offset > G_MAXOFFSET - from) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "there is no such place");
    return FALSE;
  }
  self->position = (guint64) (from + offset);
  return TRUE;
}

static gboolean
can_truncate (GSeekable *seekable)
{
  return FALSE;
}

static void
finalize (GObject *object)
{
  g_clear_pointer (&((SealedStream *) object)->file, dinh_sealed_file_free);
  G_OBJECT_CLASS (sealed_stream_parent_class)->finalize (object);
}

static void
sealed_stream_class_init (SealedStreamClass *class)
{
  G_OBJECT_CLASS (class)->finalize = finalize;
  G_INPUT_STREAM_CLASS (class)->read_fn = read_bytes;
}

static void
sealed_stream_seekable_init (GSeekableIface *iface)
{
  iface->tell = tell;
  iface->can_seek = can_seek;
  iface->seek = seek;
  iface->can_truncate = can_truncate;
}

static void
sealed_stream_init (SealedStream *self)
{
}

/* Takes the sealed file `fd`, which is closed in any case. Returns NULL if it is not what `key` is for. */
GInputStream *
sealed_stream_new (int fd, const DinhPaperKey *key)
{
  DinhSealedFile *file = dinh_sealed_file_new (fd, key, N_CACHED, NULL);
  SealedStream *self;

  if (file == NULL)
    return NULL;
  self = g_object_new (sealed_stream_get_type (), NULL);
  self->file = file;
  self->size = key->size;
  return (GInputStream *) self;
}

/* Tells whether bytes were asked for that could not be given. */
gboolean
sealed_stream_has_failed (GInputStream *stream)
{
  return ((SealedStream *) stream)->failed;
}
