/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/paper/dinh-page-cache.h"

#include "ui/paper/dinh-page-geometry.h"

/* Drawn pages, the least recently used given up first when they take more bytes than allowed. Some dozens of
 * pages and a few hundred thumbnails: a list is searched sooner than a frame could notice. */

typedef struct {
  DinhDrawing drawing;
  GObject *picture;
  gsize bytes;
} Entry;

struct _DinhPageCache {
  GQueue entries; /* newest first */
  gsize bytes;
  gsize limit;
};

static void
entry_free (Entry *entry)
{
  g_object_unref (entry->picture);
  g_free (entry);
}

/**
 * dinh_page_cache_new:
 * @limit: bytes of pixels to keep; the newest picture is kept whatever its size
 *
 * Returns: (transfer full): an empty cache
 */
DinhPageCache *
dinh_page_cache_new (gsize limit)
{
  DinhPageCache *self = g_new0 (DinhPageCache, 1);

  g_queue_init (&self->entries);
  self->limit = limit;
  return self;
}

/**
 * dinh_page_cache_free:
 *
 * Frees the cache and gives up its pictures.
 */
void
dinh_page_cache_free (DinhPageCache *self)
{
  g_queue_clear_full (&self->entries, (GDestroyNotify) entry_free);
  g_free (self);
}

static void
drop (DinhPageCache *self, GList *link)
{
  Entry *entry = link->data;

  self->bytes -= entry->bytes;
  entry_free (entry);
  g_queue_delete_link (&self->entries, link);
}

static GList *
find (DinhPageCache *self, const DinhDrawing *drawing)
{
  for (GList *link = self->entries.head; link != NULL; link = link->next) {
    const Entry *entry = link->data;

    if (dinh_drawing_equal (&entry->drawing, drawing)) {
      return link;
    }
  }
  return NULL;
}

static gpointer
use (DinhPageCache *self, GList *link)
{
  g_queue_unlink (&self->entries, link);
  g_queue_push_head_link (&self->entries, link);
  return ((Entry *) link->data)->picture;
}

/**
 * dinh_page_cache_put:
 * @picture: (transfer none): a GObject, of which the cache takes a reference
 * @bytes: what it weighs
 *
 * Keeps a picture as the newest, in place of one of the same drawing, and gives up the oldest until all fit
 * again.
 */
void
dinh_page_cache_put (DinhPageCache *self, const DinhDrawing *drawing, gpointer picture, gsize bytes)
{
  GList *same = find (self, drawing);
  Entry *entry = g_new0 (Entry, 1);

  *entry = (Entry){.drawing = *drawing, .picture = g_object_ref (picture), .bytes = bytes};
  if (same != NULL) {
    drop (self, same);
  }
  g_queue_push_head (&self->entries, entry);
  self->bytes += bytes;
  while (self->bytes > self->limit && self->entries.length > 1) {
    drop (self, self->entries.tail);
  }
}

/**
 * dinh_page_cache_get:
 *
 * Returns: (transfer none) (nullable): the picture of exactly that drawing, which becomes the newest
 */
gpointer
dinh_page_cache_get (DinhPageCache *self, const DinhDrawing *drawing)
{
  GList *link = find (self, drawing);

  return link != NULL ? use (self, link) : NULL;
}

static gboolean
is_nearer (const DinhDrawing *candidate, const DinhDrawing *best, double scale)
{
  if (best == NULL) {
    return TRUE;
  }
  if (best->scale >= scale) {
    return candidate->scale >= scale && candidate->scale < best->scale;
  }
  return candidate->scale > best->scale;
}

/**
 * dinh_page_cache_get_nearest:
 * @scale: the scale at which the page is to be shown
 * @found: (out): the drawing that the picture shows
 *
 * Returns: (transfer none) (nullable): the best picture of a whole page, which becomes the newest: the
 * smallest that need not be enlarged, otherwise the largest.
 */
gpointer
dinh_page_cache_get_nearest (DinhPageCache *self, guint page, double scale, DinhDrawing *found)
{
  GList *best = NULL;

  for (GList *link = self->entries.head; link != NULL; link = link->next) {
    const Entry *entry = link->data;
    const Entry *nearest = best != NULL ? best->data : NULL;

    if (entry->drawing.page == page && entry->drawing.width == 0 &&
        is_nearer (&entry->drawing, nearest != NULL ? &nearest->drawing : NULL, scale)) {
      best = link;
    }
  }
  if (best == NULL) {
    return NULL;
  }
  *found = ((Entry *) best->data)->drawing;
  return use (self, best);
}

/**
 * dinh_page_cache_get_bytes:
 *
 * Returns: what the kept pictures weigh together
 */
gsize
dinh_page_cache_get_bytes (DinhPageCache *self)
{
  return self->bytes;
}
