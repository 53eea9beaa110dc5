/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Damages what comes from outside: real ones, each reading of which ends with a result or with an error that
 * is text. $FUZZ_ROUNDS says how often; --seed repeats a run. */

typedef struct {
  const char *name;
  GString *(*make) (void); /* a real one */
  gpointer (*read) (const char *text, gsize length, GError **error);
  GDestroyNotify free;
  void (*damage) (GString *text); /* of its own, before bytes are damaged; or NULL */
} FuzzTarget;

extern const char *const fuzz_pieces[];

gint32 fuzz_below (gsize limit);
int fuzz_run (int argc, char **argv, const char *name, const FuzzTarget *targets, gsize n_targets);
