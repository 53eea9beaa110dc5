/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/program/dinh-frame-mailbox.h"

#define N_FRAMES 5000

static DinhFrame *
make_frame (guint number)
{
  g_autoptr (GBytes) pixels = g_bytes_new (&number, sizeof number);

  return dinh_frame_new (pixels, 1, 1, 4);
}

static guint
number_of (const DinhFrame *frame)
{
  return *(const guint *) g_bytes_get_data (frame->pixels, NULL);
}

static void
test_keeps_the_newest (void)
{
  g_autoptr (DinhFrameMailbox) mailbox = dinh_frame_mailbox_new ();
  g_autoptr (DinhFrame) taken = NULL;

  g_assert_null (dinh_frame_mailbox_take (mailbox));
  for (guint i = 0; i < 3; i++)
    dinh_frame_mailbox_put (mailbox, make_frame (i));
  taken = dinh_frame_mailbox_take (mailbox);
  g_assert_cmpuint (number_of (taken), ==, 2);
  g_assert_null (dinh_frame_mailbox_take (mailbox));
  g_assert_cmpuint (dinh_frame_mailbox_get_n_dropped (mailbox), ==, 2);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

static void
test_refuses_short_pixels (void)
{
  g_autoptr (GBytes) pixels = g_bytes_new_static ("0123456789abcdef", 16);

  g_assert_null (dinh_frame_new (pixels, 2, 3, 8));
  g_assert_null (dinh_frame_new (pixels, 3, 1, 8));
  g_assert_null (dinh_frame_new (pixels, 0, 1, 8));
  g_assert_null (dinh_frame_new (pixels, 1, G_MAXINT, 4));
}

typedef struct {
  DinhFrameMailbox *mailbox;
  guint n_told, n_taken, last;
} Viewer;

static void
on_filled (DinhFrameMailbox *mailbox, Viewer *viewer)
{
  g_autoptr (DinhFrame) frame = dinh_frame_mailbox_take (mailbox);

  viewer->n_told++;
  g_assert_nonnull (frame);
  g_assert_cmpuint (number_of (frame), >=, viewer->last);
  viewer->last = number_of (frame);
  viewer->n_taken++;
}

static gpointer
put_many (gpointer mailbox)
{
  for (guint i = 0; i < N_FRAMES; i++)
    dinh_frame_mailbox_put (mailbox, make_frame (i));
  return NULL;
}

/* Every picture is taken or counted as dropped, in order, and the last one always arrives. */
static void
test_between_threads (void)
{
  g_autoptr (DinhFrameMailbox) mailbox = dinh_frame_mailbox_new ();
  Viewer viewer = { mailbox, 0, 0, 0 };
  GThread *thread;

  g_signal_connect (mailbox, "filled", G_CALLBACK (on_filled), &viewer);
  thread = g_thread_new ("decoder", put_many, mailbox);
  while (viewer.last != N_FRAMES - 1)
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (thread);
  g_assert_cmpuint (viewer.n_told, ==, viewer.n_taken);
  g_assert_cmpuint (viewer.n_taken + dinh_frame_mailbox_get_n_dropped (mailbox), ==, N_FRAMES);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/media/frame-mailbox/keeps-the-newest", test_keeps_the_newest);
  g_test_add_func ("/media/frame-mailbox/refuses-short-pixels", test_refuses_short_pixels);
  g_test_add_func ("/media/frame-mailbox/between-threads", test_between_threads);
  return g_test_run ();
}
