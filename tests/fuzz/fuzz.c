/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* Pieces that parsers stumble over. */
const char *const fuzz_pieces[] = {
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "\xff",
    "\xc3",
    "\xe2\x80\xae",
    "\xef\xbb\xbf",
    "null",
    "true",
    "-1",
    "9223372036854775807",
    "9223372036854775808",
    "1e309",
    "0.1",
    ",",
    ":",
    "\n",
    " ",
    "..",
    "/",
    "ễ",
    "e\xcc\x82\xcc\x83",
    "2026-12-01T08:00:00+07:00",
    "— ",
    "=",
    "ed25519:",
    "{\"id\":\"a\"}",
    "\"id\":\"a\",",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
};

#define N_PIECES G_N_ELEMENTS (fuzz_pieces)

gint32
fuzz_below (gsize limit)
{
  return g_test_rand_int_range (0, (gint32) limit);
}

static void
damage (GString *text)
{
  gssize at = text->len == 0 ? 0 : fuzz_below (text->len);
  gssize some = fuzz_below (40), length = MIN (some, (gssize) text->len - at);

  switch (fuzz_below (7)) {
  case 0:
    if (text->len > 0)
      text->str[at] ^= (char) (1 << fuzz_below (8));
    break;
  case 1:
    g_string_erase (text, at, length);
    break;
  case 2: {
    g_autofree char *copy = g_memdup2 (text->str + at, (gsize) length);
    g_string_insert_len (text, text->len == 0 ? 0 : fuzz_below (text->len), copy, length);
    break;
  }
  case 3:
    g_string_truncate (text, (gsize) at);
    break;
  case 4:
    g_string_insert_c (text, at, (char) fuzz_below (256));
    break;
  default:
    g_string_insert (text, at, fuzz_pieces[fuzz_below (N_PIECES)]);
  }
}

/* Reads from memory that ends with the text: what reads further is found by the sanitizer. */
static gboolean
read_exactly (const FuzzTarget *target, const GString *text)
{
  g_autofree char *exact = g_memdup2 (text->str, text->len);
  g_autoptr (GError) error = NULL;
  gpointer result = target->read (exact == NULL ? "" : exact, text->len, &error);

  g_assert_true ((result == NULL) == (error != NULL));
  if (error != NULL && (error->message[0] == '\0' || !g_utf8_validate (error->message, -1, NULL))) {
    g_autofree char *escaped = g_strescape (error->message, NULL), *input = g_strescape (text->str, NULL);
    g_error ("“%s” is no message, of “%s”", escaped, input);
  }
  if (result != NULL)
    target->free (result);
  return result != NULL;
}

static void
test_target (gconstpointer data)
{
  const FuzzTarget *target = data;
  const char *rounds = g_getenv ("FUZZ_ROUNDS");
  guint n_rounds = rounds == NULL ? 20000 : (guint) g_ascii_strtoull (rounds, NULL, 10), n_read = 0;
  gint64 end = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  g_autoptr (GString) whole = target->make ();

  g_assert_true (read_exactly (target, whole));
  for (guint i = 0; i < n_rounds && g_get_monotonic_time () < end; i++) {
    g_autoptr (GString) text = target->make ();

    if (target->damage != NULL)
      target->damage (text);
    for (int n = fuzz_below (6) - (target->damage != NULL ? 3 : 1); n >= 0; n--)
      damage (text);
    n_read += read_exactly (target, text);
  }
  g_test_message ("%u of %u were read", n_read, n_rounds);
}

int
fuzz_run (int argc, char **argv, const char *name, const FuzzTarget *targets, gsize n_targets)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < n_targets; i++) {
    g_autofree char *path = g_strconcat ("/fuzz/", name, "/", targets[i].name, NULL);
    g_test_add_data_func (path, &targets[i], test_target);
  }
  return g_test_run ();
}
