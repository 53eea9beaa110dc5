/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/* The result that an _async function handed to its callback. */
void take_result (GObject *source, GAsyncResult *result, gpointer user_data);
GAsyncResult *wait_for (GAsyncResult **result);

void remove_folder (const char *path);

/* Whether this process has @length bytes, each XOR @mask, anywhere in memory that it may write. */
gboolean memory_has (const guint8 *masked, gsize length, guint8 mask);
