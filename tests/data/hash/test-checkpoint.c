/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/hash/dinh-checkpoint.h"

#include <glib/gstdio.h>
#include <string.h>

static void
test_round_trip (void)
{
  g_autoptr (DinhKey) key = dinh_key_new ();
  g_autoptr (DinhKey) reader = dinh_key_new_from_public (dinh_key_get_public (key), NULL);
  g_autoptr (GError) error = NULL;
  DinhHash root = { { 1, 2, 3 } };
  g_autofree char *note = dinh_checkpoint_sign ("dinh.example/stream", 42, &root, key);
  g_autoptr (DinhCheckpoint) checkpoint = dinh_checkpoint_open (note, reader, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (checkpoint->origin, ==, "dinh.example/stream");
  g_assert_cmpuint (checkpoint->size, ==, 42);
  g_assert_cmpmem (&checkpoint->root, sizeof root, &root, sizeof root);
}

static void
test_tampered (void)
{
  g_autoptr (DinhKey) key = dinh_key_new ();
  g_autoptr (DinhKey) other = dinh_key_new ();
  g_autoptr (GError) error = NULL;
  DinhHash root = { { 9 } };
  g_autofree char *note = dinh_checkpoint_sign ("dinh.example/stream", 42, &root, key);
  char *size = strstr (note, "42");

  g_assert_null (dinh_checkpoint_open (note, other, &error));
  g_assert_error (error, DINH_CHECKPOINT_ERROR, DINH_CHECKPOINT_ERROR_SIGNATURE);
  g_clear_error (&error);
  size[1] = '1';
  g_assert_null (dinh_checkpoint_open (note, key, &error));
  g_assert_error (error, DINH_CHECKPOINT_ERROR, DINH_CHECKPOINT_ERROR_SIGNATURE);
}

static void
test_malformed (void)
{
  static const char *const notes[] = { "", "\n", "a\n1\n\n— a b\n", "a\nx\nAAAA\n\n— a b\n", "a\n1\n!\n\n— ",
                                       "a\n-1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— a AAAA\n" };
  g_autoptr (DinhKey) key = dinh_key_new ();

  for (guint i = 0; i < G_N_ELEMENTS (notes); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (dinh_checkpoint_open (notes[i], key, &error));
    g_assert_error (error, DINH_CHECKPOINT_ERROR, DINH_CHECKPOINT_ERROR_FORMAT);
  }
}

static void
test_key_context (void)
{
  g_autoptr (DinhKey) key = dinh_key_new ();
  g_autofree char *signature = dinh_key_sign (key, "one", "text", 4);

  g_assert_true (dinh_key_verify (key, "one", "text", 4, signature));
  g_assert_false (dinh_key_verify (key, "two", "text", 4, signature));
  g_assert_false (dinh_key_verify (key, NULL, "text", 4, signature));
  g_assert_false (dinh_key_verify (key, "one", "texts", 5, signature));
  g_assert_false (dinh_key_verify (key, "one", "text", 4, ""));
}

static void
test_key_file (void)
{
  g_autoptr (DinhKey) key = dinh_key_new ();
  g_autoptr (DinhKey) loaded = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_dir_make_tmp ("dinh-key-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "sign.key", NULL);
  GStatBuf info;

  g_assert_true (dinh_key_save (key, path, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  loaded = dinh_key_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (dinh_key_get_public (loaded), ==, dinh_key_get_public (key));
  g_assert_true (g_file_set_contents (path, "ed25519-seed:short\n", -1, NULL));
  g_assert_null (dinh_key_load (path, &error));
  g_assert_error (error, DINH_KEY_ERROR, DINH_KEY_ERROR_FORMAT);
  g_unlink (path);
  g_rmdir (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hash/checkpoint/round-trip", test_round_trip);
  g_test_add_func ("/hash/checkpoint/tampered", test_tampered);
  g_test_add_func ("/hash/checkpoint/malformed", test_malformed);
  g_test_add_func ("/hash/key/context", test_key_context);
  g_test_add_func ("/hash/key/file", test_key_file);
  return g_test_run ();
}
