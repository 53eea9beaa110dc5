/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/hash/dinh-hash.h"
#include "data/hash/dinh-key.h"

#include <string.h>

/* RFC 8032 §7.1, test 1. */
#define SEED "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define PUBLIC "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

static void
test_seed (void)
{
  DinhHash seed, public_bytes;
  guint8 copy[DINH_KEY_SEED_SIZE];
  g_autoptr (DinhKey) key = NULL;
  g_autoptr (DinhKey) again = NULL;

  g_assert_true (dinh_hash_from_hex (SEED, &seed) && dinh_hash_from_hex (PUBLIC, &public_bytes));
  key = dinh_key_new_from_seed (seed.bytes);
  g_assert_cmpmem (dinh_key_get_public_bytes (key), DINH_KEY_PUBLIC_SIZE, public_bytes.bytes, DINH_HASH_SIZE);
  dinh_key_copy_seed (key, copy);
  g_assert_cmpmem (copy, sizeof copy, seed.bytes, DINH_HASH_SIZE);
  again = dinh_key_new_from_seed (copy);
  g_assert_cmpstr (dinh_key_get_public (again), ==, dinh_key_get_public (key));
}

static void
test_signature (void)
{
  g_autoptr (DinhKey) key = dinh_key_new ();
  g_autoptr (DinhKey) public_key = dinh_key_new_from_public (dinh_key_get_public (key), NULL);
  g_autofree char *signature = dinh_key_sign (key, "one-use", "text", 4);

  g_assert_true (dinh_key_verify (public_key, "one-use", "text", 4, signature));
  g_assert_false (dinh_key_verify (public_key, "other-use", "text", 4, signature));
  g_assert_false (dinh_key_verify (public_key, "one-use", "texT", 4, signature));
  g_assert_false (dinh_key_verify (public_key, NULL, "text", 4, signature));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hash/key/seed", test_seed);
  g_test_add_func ("/hash/key/signature", test_signature);
  return g_test_run ();
}
