/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/dinh-locale.h"

#include <langinfo.h>
#include <libintl.h>
#include <locale.h>

/* What the environment asks for, as setlocale () reads it; NULL when it names no language. */
static const char *
asked_locale (void)
{
  static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

  for (guint i = 0; i < G_N_ELEMENTS (variables); i++) {
    const char *value = g_getenv (variables[i]);

    if (value == NULL || *value == '\0')
      continue;
    if (g_str_equal (value, "C") || g_str_equal (value, "POSIX") || g_str_has_prefix (value, "C."))
      return NULL;
    return value;
  }
  return NULL;
}

static gboolean
is_set (const char *variable)
{
  const char *value = g_getenv (variable);

  return value != NULL && *value != '\0';
}

/*
 * dinh_locale_init: sets the language and the catalogue of messages; first thing in main (). The language is
 * the one that the environment names, else Vietnamese; it needs no generated locale, because the catalogue is
 * found by LANGUAGE from C.UTF-8 as well. Text is always UTF-8, numbers always have a point. Catalogues come
 * from $DINH_LOCALEDIR, else from where they are installed.
 */
void
dinh_locale_init (void)
{
  const char *asked = asked_locale ();
  const char *directory = g_getenv ("DINH_LOCALEDIR");

  if (!is_set ("LANGUAGE"))
    g_setenv ("LANGUAGE", asked ? asked : "vi", TRUE);
  if (setlocale (LC_ALL, asked ? "" : "C.UTF-8") == NULL || !g_str_equal (nl_langinfo (CODESET), "UTF-8"))
    setlocale (LC_ALL, "C.UTF-8");
  setlocale (LC_NUMERIC, "C");

  bindtextdomain (GETTEXT_PACKAGE, directory ? directory : DINH_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
}
