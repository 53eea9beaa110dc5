/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/record/dinh-json.h"

G_BEGIN_DECLS

/* Which refusals are recorded one by one, and which are counted. */
typedef struct _DinhRefusals DinhRefusals;

DinhRefusals *dinh_refusals_new (void);
void dinh_refusals_free (DinhRefusals *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhRefusals, dinh_refusals_free)

gboolean dinh_refusals_take (DinhRefusals *self, const json_t *body, gint64 now);
json_t *dinh_refusals_end (DinhRefusals *self, gint64 now);

G_END_DECLS
