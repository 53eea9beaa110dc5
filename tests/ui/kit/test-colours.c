/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gtk/gtk.h>
#include <math.h>

/* Contrast as in WCAG 2.2 §1.4.6: text 7:1, what is not text 4.5:1. */

static GHashTable *
load_colours (const char *scheme)
{
  g_autofree char *path = g_strdup_printf ("/dinh/ui/%s.css", scheme);
  g_autoptr (GBytes) bytes = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autoptr (GRegex) definition = g_regex_new ("@define-color (\\w+) (#\\w+);", 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  GHashTable *colours = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  g_assert_nonnull (bytes);
  for (g_regex_match (definition, g_bytes_get_data (bytes, NULL), 0, &match); g_match_info_matches (match);
       g_match_info_next (match, NULL))
    g_hash_table_insert (colours, g_match_info_fetch (match, 1), g_match_info_fetch (match, 2));
  return colours;
}

static double
linear (double part)
{
  return part <= 0.04045 ? part / 12.92 : pow ((part + 0.055) / 1.055, 2.4);
}

static double
luminance (GHashTable *colours, const char *name)
{
  GdkRGBA colour;
  const char *value = g_hash_table_lookup (colours, name);

  g_assert_nonnull (value);
  g_assert_true (gdk_rgba_parse (&colour, value));
  return 0.2126 * linear (colour.red) + 0.7152 * linear (colour.green) + 0.0722 * linear (colour.blue);
}

static double
contrast (GHashTable *colours, const char *one, const char *other)
{
  double a = luminance (colours, one), b = luminance (colours, other);

  return (MAX (a, b) + 0.05) / (MIN (a, b) + 0.05);
}

static void
test_contrast (gconstpointer scheme)
{
  static const struct {
    const char *front, *back;
    double least;
  } pairs[] = {
      {"ink", "paper", 7},          {"ink", "card", 7},
      {"quiet", "paper", 7},        {"quiet", "card", 7},
      {"primary", "paper", 7},      {"primary", "card", 7},
      {"on_primary", "primary", 7}, {"on_attention", "attention_paper", 7},
      {"caution", "paper", 7},      {"attention", "attention_paper", 4.5},
      {"refused", "paper", 7},      {"refused", "card", 7},
      {"for", "card", 4.5},         {"against", "card", 4.5},
      {"abstain", "card", 4.5},     {"live", "card", 4.5},
      {"edge", "card", 4.5},
  };
  g_autoptr (GHashTable) colours = load_colours (scheme);

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++) {
    g_test_message ("%s: %s on %s", (const char *) scheme, pairs[i].front, pairs[i].back);
    g_assert_cmpfloat (contrast (colours, pairs[i].front, pairs[i].back), >=, pairs[i].least);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/kit/colours/light", "light", test_contrast);
  g_test_add_data_func ("/kit/colours/dark", "dark", test_contrast);
  g_test_add_data_func ("/kit/colours/contrast", "contrast", test_contrast);
  return g_test_run ();
}
