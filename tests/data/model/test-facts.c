/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/model/dinh-facts.h"

/* One object a letter; the same letter is the same object. */
static GPtrArray *
objects (GHashTable *alphabet, const char *letters)
{
  GPtrArray *result = g_ptr_array_new ();

  for (; *letters; letters++) {
    gpointer object = g_hash_table_lookup (alphabet, GINT_TO_POINTER (*letters));

    if (object == NULL) {
      object = g_object_new (G_TYPE_OBJECT, NULL);
      g_object_set_data (object, "letter", GINT_TO_POINTER (*letters));
      g_hash_table_insert (alphabet, GINT_TO_POINTER (*letters), object);
    }
    g_ptr_array_add (result, object);
  }
  return result;
}

static char *
letters_of (GListStore *list)
{
  GString *letters = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (list)); i++) {
    g_autoptr (GObject) object = g_list_model_get_item (G_LIST_MODEL (list), i);

    g_string_append_c (letters, GPOINTER_TO_INT (g_object_get_data (object, "letter")));
  }
  return g_string_free (letters, FALSE);
}

static void
on_items_changed (GListModel *list, guint position, guint removed, guint added, guint *touched)
{
  *touched += removed + added;
}

static void
test_list_become (void)
{
  static const struct {
    const char *before, *after;
    guint touched;
  } cases[] = {
      {"", "abc", 3},        {"abc", "abc", 0},   {"abc", "axbc", 1},    {"abcd", "acd", 1},
      {"abc", "", 3},        {"abc", "xabcy", 2}, {"abcde", "abdce", 2}, {"abcde", "bcdea", 2},
      {"abcde", "eabcd", 2}, {"abc", "xyz", 6},   {"abcde", "xbde", 3},  {"ab", "abcdef", 4},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GHashTable) alphabet = g_hash_table_new_full (NULL, NULL, NULL, g_object_unref);
    g_autoptr (GListStore) list = g_list_store_new (G_TYPE_OBJECT);
    g_autoptr (GPtrArray) before = objects (alphabet, cases[i].before);
    g_autoptr (GPtrArray) after = objects (alphabet, cases[i].after);
    g_autofree char *got = NULL;
    guint touched = 0;

    dinh_list_become (list, before);
    g_signal_connect (list, "items-changed", G_CALLBACK (on_items_changed), &touched);
    dinh_list_become (list, after);
    got = letters_of (list);
    g_assert_cmpstr (got, ==, cases[i].after);
    g_assert_cmpuint (touched, ==, cases[i].touched);
  }
}

/* Any list becomes any other, and what is in both and in place is left alone. */
static void
test_list_becomes_any (void)
{
  for (guint round = 0; round < 500; round++) {
    g_autoptr (GHashTable) alphabet = g_hash_table_new_full (NULL, NULL, NULL, g_object_unref);
    g_autoptr (GListStore) list = g_list_store_new (G_TYPE_OBJECT);

    for (guint step = 0; step < 5; step++) {
      g_autofree char *wanted = g_strdup ("abcdefghij");
      g_autoptr (GPtrArray) target = NULL;
      g_autofree char *got = NULL;

      for (guint i = 10; i > 1; i--) {
        guint j = g_test_rand_int_range (0, i);
        char kept = wanted[i - 1];

        wanted[i - 1] = wanted[j];
        wanted[j] = kept;
      }
      wanted[g_test_rand_int_range (0, 11)] = '\0';
      target = objects (alphabet, wanted);
      dinh_list_become (list, target);
      got = letters_of (list);
      g_assert_cmpstr (got, ==, wanted);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/facts/list-become", test_list_become);
  g_test_add_func ("/model/facts/list-becomes-any", test_list_becomes_any);
  return g_test_run ();
}
