/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/record/dinh-kind.h"

G_BEGIN_DECLS

/* What somebody who asks for a stream may see of it. */
typedef struct _DinhReader DinhReader;

DinhReader *dinh_reader_new (const DinhState *body, const DinhActor *actor);
void dinh_reader_free (DinhReader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhReader, dinh_reader_free)

gboolean dinh_reader_may_see (const DinhReader *self, const DinhState *state);
gboolean dinh_reader_may_read (const DinhReader *self, const json_t *readers);
DinhState *dinh_reader_redact (const DinhReader *self, const DinhState *state);

G_END_DECLS
