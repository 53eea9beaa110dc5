/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/record/dinh-kind.h"

G_BEGIN_DECLS

/* What somebody who asks for a stream may see of it. */
typedef struct _DinhViewer DinhViewer;

DinhViewer *dinh_viewer_new (const DinhState *body, const DinhActor *actor);
void dinh_viewer_free (DinhViewer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhViewer, dinh_viewer_free)

gboolean dinh_viewer_may_see (const DinhViewer *self, const DinhState *state);
gboolean dinh_viewer_may_read (const DinhViewer *self, const json_t *readers);
DinhState *dinh_viewer_redact (const DinhViewer *self, const DinhState *state);

G_END_DECLS
