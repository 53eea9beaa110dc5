/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/hash/dinh-merkle.h"

#include <string.h>

#define N_LEAVES 70

/* The reference entries and roots of Certificate Transparency's own tests. */
static const struct {
  const char *entry;
  gsize length;
  const char *root;
} known[] = {
  { "", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
  { "\x00", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
  { "\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
  { "\x20\x21", 2, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
  { "\x30\x31", 2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
  { "\x40\x41\x42\x43", 4, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
  { "\x50\x51\x52\x53\x54\x55\x56\x57", 8, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
  { "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16,
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" },
};

static void
test_known_roots (void)
{
  g_autoptr (DinhMerkle) tree = dinh_merkle_new ();
  DinhHash hash;

  dinh_merkle_root (tree, 0, &hash);
  g_autofree char *empty = dinh_hash_to_hex (&hash);
  g_assert_cmpstr (empty, ==, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (guint i = 0; i < G_N_ELEMENTS (known); i++) {
    g_autofree char *root = NULL;

    dinh_merkle_hash_leaf (known[i].entry, known[i].length, &hash);
    dinh_merkle_append (tree, &hash);
    g_assert_true (dinh_merkle_root (tree, i + 1, &hash));
    root = dinh_hash_to_hex (&hash);
    g_assert_cmpstr (root, ==, known[i].root);
  }
  g_assert_false (dinh_merkle_root (tree, 9, &hash));
}

static DinhMerkle *
make_tree (guint n_leaves)
{
  DinhMerkle *tree = dinh_merkle_new ();

  for (guint i = 0; i < n_leaves; i++) {
    DinhHash leaf;

    dinh_merkle_hash_leaf (&i, sizeof i, &leaf);
    dinh_merkle_append (tree, &leaf);
  }
  return tree;
}

static void
test_inclusion (void)
{
  g_autoptr (DinhMerkle) tree = make_tree (N_LEAVES);

  for (guint size = 1; size <= N_LEAVES; size++) {
    DinhHash root;

    dinh_merkle_root (tree, size, &root);
    for (guint index = 0; index < size; index++) {
      const DinhHash *leaf = dinh_merkle_get_leaf (tree, index);
      g_autoptr (GArray) proof = dinh_merkle_prove_inclusion (tree, index, size);

      g_assert_true (dinh_merkle_verify_inclusion (leaf, index, size, proof, &root));
      g_assert_false (dinh_merkle_verify_inclusion (leaf, (index + 1) % size, size, proof, &root) && size > 1);
      if (proof->len > 0) {
        g_array_index (proof, DinhHash, proof->len / 2).bytes[7] ^= 1;
        g_assert_false (dinh_merkle_verify_inclusion (leaf, index, size, proof, &root));
        g_array_set_size (proof, proof->len - 1);
        g_assert_false (dinh_merkle_verify_inclusion (leaf, index, size, proof, &root));
      }
    }
  }
  g_assert_null (dinh_merkle_prove_inclusion (tree, 3, 3));
  g_assert_null (dinh_merkle_prove_inclusion (tree, 3, N_LEAVES + 1));
}

static void
test_consistency (void)
{
  g_autoptr (DinhMerkle) tree = make_tree (N_LEAVES);

  for (guint to = 1; to <= N_LEAVES; to++) {
    DinhHash to_root;

    dinh_merkle_root (tree, to, &to_root);
    for (guint from = 1; from <= to; from++) {
      g_autoptr (GArray) proof = dinh_merkle_prove_consistency (tree, from, to);
      DinhHash from_root, other;

      dinh_merkle_root (tree, from, &from_root);
      g_assert_true (dinh_merkle_verify_consistency (from, &from_root, to, &to_root, proof));
      other = from_root;
      other.bytes[0] ^= 1;
      g_assert_false (dinh_merkle_verify_consistency (from, &other, to, &to_root, proof));
      if (from < to) {
        g_array_index (proof, DinhHash, 0).bytes[31] ^= 0x80;
        g_assert_false (dinh_merkle_verify_consistency (from, &from_root, to, &to_root, proof));
      }
    }
  }
  g_assert_null (dinh_merkle_prove_consistency (tree, 0, 3));
  g_assert_null (dinh_merkle_prove_consistency (tree, 4, 3));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hash/merkle/known-roots", test_known_roots);
  g_test_add_func ("/hash/merkle/inclusion", test_inclusion);
  g_test_add_func ("/hash/merkle/consistency", test_consistency);
  return g_test_run ();
}
