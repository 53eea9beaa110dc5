/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Wrong codes, and how long nobody may try another. */
typedef struct _DinhGuesses DinhGuesses;

DinhGuesses *dinh_guesses_new (void);
void dinh_guesses_free (DinhGuesses *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhGuesses, dinh_guesses_free)

void dinh_guesses_add (DinhGuesses *self, const char *address, gint64 now);
guint dinh_guesses_get_wait (DinhGuesses *self, const char *address, gint64 now);

G_END_DECLS
