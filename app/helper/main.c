/* SPDX-License-Identifier: GPL-3.0-or-later */

/* dinh-helper: whatever opens a stranger's file. `dinh-helper render` draws PDFs for data/paper; the socket
 * at which it is asked is descriptor 3. It opens nothing but fonts by itself. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fontconfig/fontconfig.h>
#include <glib.h>

#include "app/helper/render.h"
#include "app/helper/sandbox.h"
#include "data/paper/dinh-helper-protocol.h"

static void
add_all (GPtrArray *paths, FcStrList *list)
{
  FcChar8 *path;

  while (list != NULL && (path = FcStrListNext (list)) != NULL)
    g_ptr_array_add (paths, g_strdup ((char *) path));
  if (list != NULL)
    FcStrListDone (list);
}

/* Reads the fonts' list, so that nothing of it is missing later, and returns where fonts and poppler's tables
 * are. */
static GPtrArray *
prepare_fonts (void)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  FcConfig *config = FcInitLoadConfigAndFonts ();

  FcConfigSetCurrent (config);
  add_all (paths, FcConfigGetFontDirs (config));
  add_all (paths, FcConfigGetCacheDirs (config));
  add_all (paths, FcConfigGetConfigFiles (config));
  FcConfigDestroy (config);
  g_ptr_array_add (paths, g_strdup ("/usr/share/poppler"));
  g_ptr_array_add (paths, NULL);
  return paths;
}

static int
run_render (void)
{
  g_autoptr (GPtrArray) readable = prepare_fonts ();

  setpriority (PRIO_PROCESS, 0, 5); /* the window goes first */
  if (!sandbox_enter ((const char *const *) readable->pdata)) {
    perror ("dinh-helper: cannot enter the sandbox");
    return EXIT_FAILURE;
  }
  return render_serve (DINH_HELPER_SOCKET) ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main (int argc, char *argv[])
{
  if (argc != 2 || strcmp (argv[1], "render") != 0) {
    fputs ("usage: dinh-helper render (with a socket at descriptor 3)\n", stderr);
    return 2;
  }
  _exit (run_render ()); /* nothing is left to be written, and exit handlers would run inside the sandbox */
}
