/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/hash/dinh-merkle.h"

#include <string.h>

/*
 * The Merkle tree of RFC 9162 §2.1. Every complete subtree's hash is kept, level by level (level 0 are the leaves), so
 * that an append, a root of any size and a proof cost a logarithm; two hashes a leaf is what that takes.
 */
struct _DinhMerkle {
  GPtrArray *levels; /* of GArray of DinhHash */
};

static void
hash_node (const DinhHash *left, const DinhHash *right, DinhHash *out)
{
  guint8 node[1 + 2 * DINH_HASH_SIZE] = { 0x01 };

  memcpy (node + 1, left->bytes, DINH_HASH_SIZE);
  memcpy (node + 1 + DINH_HASH_SIZE, right->bytes, DINH_HASH_SIZE);
  dinh_hash_data (node, sizeof node, out);
}

static GArray *
level_at (const DinhMerkle *self, guint level)
{
  while (self->levels->len <= level)
    g_ptr_array_add (self->levels, g_array_new (FALSE, FALSE, sizeof (DinhHash)));
  return g_ptr_array_index (self->levels, level);
}

/**
 * dinh_merkle_new:
 *
 * Returns: (transfer full): an empty tree.
 */
DinhMerkle *
dinh_merkle_new (void)
{
  DinhMerkle *self = g_new0 (DinhMerkle, 1);

  self->levels = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  level_at (self, 0);
  return self;
}

/**
 * dinh_merkle_free:
 *
 * Frees the tree.
 */
void
dinh_merkle_free (DinhMerkle *self)
{
  g_ptr_array_unref (self->levels);
  g_free (self);
}

/**
 * dinh_merkle_hash_leaf:
 *
 * The leaf hash of an entry, SHA-256 (0x00 ‖ data).
 */
void
dinh_merkle_hash_leaf (const void *data, gsize length, DinhHash *out)
{
  static const guint8 prefix = 0x00;
  g_autoptr (DinhHasher) hasher = dinh_hasher_new ();

  dinh_hasher_update (hasher, &prefix, 1);
  dinh_hasher_update (hasher, data, length);
  dinh_hasher_finish (hasher, out);
}

/**
 * dinh_merkle_append:
 *
 * Adds the hash of the next leaf.
 */
void
dinh_merkle_append (DinhMerkle *self, const DinhHash *leaf)
{
  DinhHash hash = *leaf;

  for (guint level = 0;; level++) {
    GArray *nodes = level_at (self, level);

    g_array_append_val (nodes, hash);
    if (nodes->len % 2 != 0)
      return;
    hash_node (&g_array_index (nodes, DinhHash, nodes->len - 2), &g_array_index (nodes, DinhHash, nodes->len - 1),
               &hash);
  }
}

/**
 * dinh_merkle_get_size:
 *
 * Returns: the number of leaves.
 */
guint64
dinh_merkle_get_size (const DinhMerkle *self)
{
  return level_at (self, 0)->len;
}

/**
 * dinh_merkle_get_leaf:
 *
 * Returns: (transfer none) (nullable): the hash of leaf @index, counted from 0.
 */
const DinhHash *
dinh_merkle_get_leaf (const DinhMerkle *self, guint64 index)
{
  return index < dinh_merkle_get_size (self) ? &g_array_index (level_at (self, 0), DinhHash, index) : NULL;
}

/* The largest power of two smaller than @size, as its exponent; @size is at least 2. */
static guint
split_level (guint64 size)
{
  return (guint) (63 - __builtin_clzll (size - 1));
}

/* MTH (D[begin:end]) of RFC 9162 §2.1.1; complete, aligned subtrees are looked up. */
static void
subtree (const DinhMerkle *self, guint64 begin, guint64 end, DinhHash *out)
{
  guint64 size = end - begin;
  guint level = size == 1 ? 0 : split_level (size);
  DinhHash left, right;

  if (size > 1 && size == (guint64) 2 << level)
    level++;
  if (size == (guint64) 1 << level) {
    *out = g_array_index (level_at (self, level), DinhHash, begin >> level);
    return;
  }
  subtree (self, begin, begin + ((guint64) 1 << level), &left);
  subtree (self, begin + ((guint64) 1 << level), end, &right);
  hash_node (&left, &right, out);
}

/**
 * dinh_merkle_root:
 * @size: how many of the first leaves
 *
 * The root of the tree as it was with @size leaves. Returns: %FALSE if it never had so many.
 */
gboolean
dinh_merkle_root (const DinhMerkle *self, guint64 size, DinhHash *out)
{
  if (size > dinh_merkle_get_size (self))
    return FALSE;
  if (size == 0)
    dinh_hash_data ("", 0, out);
  else
    subtree (self, 0, size, out);
  return TRUE;
}

static void
append_subtree (const DinhMerkle *self, guint64 begin, guint64 end, GArray *proof)
{
  DinhHash hash;

  subtree (self, begin, end, &hash);
  g_array_append_val (proof, hash);
}

/* PATH (m, D[begin:end]) of RFC 9162 §2.1.3.1. */
static void
inclusion_path (const DinhMerkle *self, guint64 index, guint64 begin, guint64 end, GArray *proof)
{
  guint64 middle;

  if (end - begin == 1)
    return;
  middle = begin + ((guint64) 1 << split_level (end - begin));
  if (index < middle) {
    inclusion_path (self, index, begin, middle, proof);
    append_subtree (self, middle, end, proof);
  } else {
    inclusion_path (self, index, middle, end, proof);
    append_subtree (self, begin, middle, proof);
  }
}

/**
 * dinh_merkle_prove_inclusion:
 *
 * The audit path of leaf @index in the tree of @size leaves. Returns: (transfer full) (nullable): an array of
 * #DinhHash, %NULL if there is no such leaf or size.
 */
GArray *
dinh_merkle_prove_inclusion (const DinhMerkle *self, guint64 index, guint64 size)
{
  GArray *proof;

  if (index >= size || size > dinh_merkle_get_size (self))
    return NULL;
  proof = g_array_new (FALSE, FALSE, sizeof (DinhHash));
  inclusion_path (self, index, 0, size, proof);
  return proof;
}

/* SUBPROOF (m, D[begin:end], known) of RFC 9162 §2.1.4.1. */
static void
consistency_path (const DinhMerkle *self, guint64 from, guint64 begin, guint64 end, gboolean known, GArray *proof)
{
  guint64 middle;

  if (from == end) {
    if (!known)
      append_subtree (self, begin, end, proof);
    return;
  }
  middle = begin + ((guint64) 1 << split_level (end - begin));
  if (from <= middle) {
    consistency_path (self, from, begin, middle, known, proof);
    append_subtree (self, middle, end, proof);
  } else {
    consistency_path (self, from, middle, end, FALSE, proof);
    append_subtree (self, begin, middle, proof);
  }
}

/**
 * dinh_merkle_prove_consistency:
 *
 * Proves that the tree of @from leaves is a prefix of that of @to. Returns: (transfer full) (nullable): an array of
 * #DinhHash, empty when the sizes are equal, %NULL for sizes out of order, zero or too large.
 */
GArray *
dinh_merkle_prove_consistency (const DinhMerkle *self, guint64 from, guint64 to)
{
  GArray *proof;

  if (from == 0 || from > to || to > dinh_merkle_get_size (self))
    return NULL;
  proof = g_array_new (FALSE, FALSE, sizeof (DinhHash));
  if (from < to)
    consistency_path (self, from, 0, to, TRUE, proof);
  return proof;
}

/**
 * dinh_merkle_verify_inclusion:
 *
 * Checks an audit path as RFC 9162 §2.1.3.2 says. Returns: whether @leaf is entry @index of the tree with @root.
 */
gboolean
dinh_merkle_verify_inclusion (const DinhHash *leaf, guint64 index, guint64 size, const GArray *proof,
                              const DinhHash *root)
{
  guint64 fn = index, sn = size - 1;
  DinhHash hash = *leaf;

  if (index >= size)
    return FALSE;
  for (guint i = 0; i < proof->len; i++) {
    const DinhHash *step = &g_array_index (proof, DinhHash, i);

    if (sn == 0)
      return FALSE;
    if ((fn & 1) != 0 || fn == sn) {
      hash_node (step, &hash, &hash);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      hash_node (&hash, step, &hash);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && dinh_hash_equal (&hash, root);
}

/* The walk of RFC 9162 §2.1.4.2, once both starting hashes are known. */
static gboolean
walk_consistency (guint64 fn, guint64 sn, DinhHash from_hash, const GArray *proof, guint first,
                  const DinhHash *from_root, const DinhHash *to_root)
{
  DinhHash to_hash = from_hash;

  for (guint i = first; i < proof->len; i++) {
    const DinhHash *step = &g_array_index (proof, DinhHash, i);

    if (sn == 0)
      return FALSE;
    if ((fn & 1) != 0 || fn == sn) {
      hash_node (step, &from_hash, &from_hash);
      hash_node (step, &to_hash, &to_hash);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      hash_node (&to_hash, step, &to_hash);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && dinh_hash_equal (&from_hash, from_root) && dinh_hash_equal (&to_hash, to_root);
}

/**
 * dinh_merkle_verify_consistency:
 *
 * Checks a proof of dinh_merkle_prove_consistency(). Returns: whether the tree with @from_root is a prefix of that with
 * @to_root.
 */
gboolean
dinh_merkle_verify_consistency (guint64 from, const DinhHash *from_root, guint64 to, const DinhHash *to_root,
                                const GArray *proof)
{
  guint64 fn = from - 1, sn = to - 1;
  gboolean whole = from != 0 && (from & (from - 1)) == 0;

  if (from == 0 || from > to)
    return FALSE;
  if (from == to)
    return proof->len == 0 && dinh_hash_equal (from_root, to_root);
  if (proof->len == 0 && !whole)
    return FALSE;
  while ((fn & 1) != 0) {
    fn >>= 1;
    sn >>= 1;
  }
  /* A complete first tree is its own starting point and is left out of the proof. */
  return walk_consistency (fn, sn, whole ? *from_root : g_array_index (proof, DinhHash, 0), proof, whole ? 0 : 1,
                           from_root, to_root);
}
