/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/dinh-locale.h"

#include <langinfo.h>
#include <libintl.h>

/* Each case in a process of its own: a locale is set once. */
static const struct {
  const char *name, *lc_all, *lang, *language;
  const char *word; /* what "Agenda" is */
} cases[] = {
    {"unset", NULL, NULL, NULL, "Chương trình"},
    {"empty", "", "", "", "Chương trình"},
    {"c", "C", NULL, NULL, "Chương trình"},
    {"posix", NULL, "POSIX", NULL, "Chương trình"},
    {"c-utf8", NULL, "C.UTF-8", NULL, "Chương trình"},
    {"vietnamese-not-generated", NULL, "vi_VN.UTF-8", NULL, "Chương trình"},
    {"english-not-generated", NULL, "en_XX.UTF-8", NULL, "Agenda"},
    {"language-vi", "C.UTF-8", NULL, "vi", "Chương trình"},
    {"language-en", "C.UTF-8", NULL, "en", "Agenda"},
    {"language-over-locale", NULL, "en_US.UTF-8", "vi", "Chương trình"},
};

static void
set (const char *variable, const char *value)
{
  if (value != NULL)
    g_setenv (variable, value, TRUE);
  else
    g_unsetenv (variable);
}

static void
test_language (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);

  if (!g_test_subprocess ()) {
    g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_passed ();
    return;
  }
  set ("LC_ALL", cases[i].lc_all);
  set ("LC_MESSAGES", NULL);
  set ("LANG", cases[i].lang);
  set ("LANGUAGE", cases[i].language);
  dinh_locale_init ();
  g_assert_cmpstr (gettext ("Agenda"), ==, cases[i].word);
  g_assert_cmpstr (nl_langinfo (CODESET), ==, "UTF-8");
  g_assert_cmpstr (nl_langinfo (RADIXCHAR), ==, ".");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strconcat ("/locale/", cases[i].name, NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_language);
  }
  return g_test_run ();
}
