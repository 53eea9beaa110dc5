/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What remains, when the power is cut, of what was written and not synced. */
typedef enum {
  SHAKY_DROP,    /* nothing */
  SHAKY_TEAR,    /* the first writes, the last of them in part */
  SHAKY_REORDER, /* any of them */
  SHAKY_KEEP,    /* everything */
} ShakyRemains;

void shaky_install (void);
void shaky_reset (void);
void shaky_cut_power_at (guint call);
void shaky_fail_at (guint call, int result);
void shaky_fail_sync_at (guint sync);
void shaky_set_full (gboolean is_full);
void shaky_set_lying (gboolean is_lying);
gboolean shaky_has_fired (void);
guint shaky_get_calls (void);
void shaky_settle (ShakyRemains remains);

G_END_DECLS
