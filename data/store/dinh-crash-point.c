/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/store/dinh-crash-point.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

/**
 * dinh_crash_point:
 * @name: of a moment at which a power cut would be worst
 *
 * Kills the process there if $DINH_CRASH_POINT is @name. The tests that prove that nothing acknowledged is lost need the
 * real program to die at exactly such a moment.
 */
void
dinh_crash_point (const char *name)
{
  const char *wanted = g_getenv ("DINH_CRASH_POINT");

  if (G_UNLIKELY (wanted != NULL && strcmp (wanted, name) == 0))
    kill (getpid (), SIGKILL);
}
