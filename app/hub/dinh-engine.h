/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>
#include <sys/types.h>

/* The processes of an engine, found by what they hold: they outlive the hub that started them, and their
 * master. */

GArray *dinh_engine_find (const char *program, const char *folder);
gboolean dinh_engine_end (const char *program, const char *folder);
char *dinh_engine_dup_title (pid_t pid);
