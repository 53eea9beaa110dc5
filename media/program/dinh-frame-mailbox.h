/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* A picture of a video, B8G8R8X8 in memory. */
typedef struct {
  GBytes *pixels;
  int width, height; /* pixels */
  int stride;        /* bytes a row */
} DinhFrame;

DinhFrame *dinh_frame_new (GBytes *pixels, int width, int height, int stride);
void dinh_frame_free (DinhFrame *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhFrame, dinh_frame_free)

#define DINH_TYPE_FRAME_MAILBOX (dinh_frame_mailbox_get_type ())
G_DECLARE_FINAL_TYPE (DinhFrameMailbox, dinh_frame_mailbox, DINH, FRAME_MAILBOX, GObject)

DinhFrameMailbox *dinh_frame_mailbox_new (void);
void dinh_frame_mailbox_put (DinhFrameMailbox *self, DinhFrame *frame);
DinhFrame *dinh_frame_mailbox_take (DinhFrameMailbox *self);
guint64 dinh_frame_mailbox_get_n_dropped (DinhFrameMailbox *self);

G_END_DECLS
