/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/program/dinh-frame-mailbox.h"

/*
 * The one place where a decoding thread leaves pictures for the thread that shows them. It holds the newest only: a
 * window that is slower than the video shows fewer pictures, never older ones, and no queue of them grows. At most one
 * call to the showing thread is on its way at any time.
 */
struct _DinhFrameMailbox {
  GObject parent_instance;

  GMainContext *context; /* of who made it: there "filled" is told */
  GMutex mutex;
  DinhFrame *frame;    /* under the mutex */
  gboolean told;       /* under the mutex: "filled" is on its way or was not answered yet */
  guint64 n_dropped;   /* under the mutex */
};

enum { FILLED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DinhFrameMailbox, dinh_frame_mailbox, G_TYPE_OBJECT)

/**
 * dinh_frame_new:
 * @pixels: (transfer none): at least @stride × @height bytes
 *
 * Returns: (transfer full): the frame, or %NULL if the bytes do not suffice for its size.
 */
DinhFrame *
dinh_frame_new (GBytes *pixels, int width, int height, int stride)
{
  DinhFrame *self;

  if (width <= 0 || height <= 0 || stride / 4 < width || g_bytes_get_size (pixels) / (gsize) stride < (gsize) height)
    return NULL;
  self = g_new0 (DinhFrame, 1);
  self->pixels = g_bytes_ref (pixels);
  self->width = width;
  self->height = height;
  self->stride = stride;
  return self;
}

/**
 * dinh_frame_free:
 *
 * Frees the frame.
 */
void
dinh_frame_free (DinhFrame *self)
{
  g_bytes_unref (self->pixels);
  g_free (self);
}

static void
dinh_frame_mailbox_finalize (GObject *object)
{
  DinhFrameMailbox *self = DINH_FRAME_MAILBOX (object);

  g_clear_pointer (&self->frame, dinh_frame_free);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->mutex);
  G_OBJECT_CLASS (dinh_frame_mailbox_parent_class)->finalize (object);
}

static void
dinh_frame_mailbox_class_init (DinhFrameMailboxClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dinh_frame_mailbox_finalize;

  /**
   * DinhFrameMailbox::filled:
   *
   * There is a picture to take; told in the context in which the mailbox was made.
   */
  signals[FILLED] =
    g_signal_new ("filled", DINH_TYPE_FRAME_MAILBOX, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dinh_frame_mailbox_init (DinhFrameMailbox *self)
{
  g_mutex_init (&self->mutex);
  self->context = g_main_context_ref_thread_default ();
}

/**
 * dinh_frame_mailbox_new:
 *
 * Returns: (transfer full): an empty mailbox.
 */
DinhFrameMailbox *
dinh_frame_mailbox_new (void)
{
  return g_object_new (DINH_TYPE_FRAME_MAILBOX, NULL);
}

static gboolean
on_filled (gpointer user_data)
{
  g_signal_emit (user_data, signals[FILLED], 0);
  return G_SOURCE_REMOVE;
}

static void
tell (DinhFrameMailbox *self)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_filled, g_object_ref (self), g_object_unref);
  g_source_attach (source, self->context);
}

/**
 * dinh_frame_mailbox_put:
 * @frame: (transfer full): the newest picture
 *
 * Leaves a picture; one that nobody took is dropped. From any thread, never waits for the one that shows.
 */
void
dinh_frame_mailbox_put (DinhFrameMailbox *self, DinhFrame *frame)
{
  DinhFrame *old;
  gboolean first;

  g_mutex_lock (&self->mutex);
  old = self->frame;
  self->frame = frame;
  self->n_dropped += old != NULL;
  first = !self->told;
  self->told = TRUE;
  g_mutex_unlock (&self->mutex);
  g_clear_pointer (&old, dinh_frame_free);
  if (first)
    tell (self);
}

/**
 * dinh_frame_mailbox_take:
 *
 * Returns: (transfer full) (nullable): the newest picture, if there is one that was not taken.
 */
DinhFrame *
dinh_frame_mailbox_take (DinhFrameMailbox *self)
{
  DinhFrame *frame;

  g_mutex_lock (&self->mutex);
  frame = g_steal_pointer (&self->frame);
  self->told = FALSE;
  g_mutex_unlock (&self->mutex);
  return frame;
}

/**
 * dinh_frame_mailbox_get_n_dropped:
 *
 * Returns: how many pictures were replaced before anybody took them.
 */
guint64
dinh_frame_mailbox_get_n_dropped (DinhFrameMailbox *self)
{
  guint64 n_dropped;

  g_mutex_lock (&self->mutex);
  n_dropped = self->n_dropped;
  g_mutex_unlock (&self->mutex);
  return n_dropped;
}
