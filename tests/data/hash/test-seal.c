/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/hash/dinh-seal.h"

#include <string.h>

/* Made by another program from what docs/at-rest.md says. */
#define NAME "30cbc7ddede006b6d05594b34cee6030ee0ab649f21d43f122ffc691fe7b2ada"
#define SEALED "AQABAgMEBQYHCAkKCwwNDg8QERITFBUWF/9fcCWbyWZT8Ow4lSdgDztOBoL9qE4="

static const guint8 secret[DINH_SEAL_SECRET_SIZE] = {1, 2, 3};
static const guint8 other_secret[DINH_SEAL_SECRET_SIZE] = {1, 2, 4};

static void
test_opens (void)
{
  g_autoptr (DinhSeal) seal = dinh_seal_new (secret);
  g_autoptr (DinhSeal) same = dinh_seal_new (secret);
  const char text[] = "Tờ\0trình";
  gsize sealed_length = 0, length = 0;
  g_autofree guint8 *sealed = dinh_seal_close (seal, "a", text, sizeof text, &sealed_length);
  g_autofree guint8 *again = dinh_seal_close (seal, "a", text, sizeof text, &sealed_length);
  g_autofree char *opened = dinh_seal_open (same, "a", sealed, sealed_length, &length, NULL);

  g_assert_cmpuint (sealed_length, ==, sizeof text + 41);
  g_assert_cmpmem (opened, length, text, sizeof text);
  g_assert_cmpint (opened[length], ==, '\0');
  g_assert_null (memmem (sealed, sealed_length, text, 3));
  g_assert_cmpint (memcmp (sealed, again, sealed_length), !=, 0);
}

static void
assert_refused (DinhSeal *seal, const char *place, const guint8 *sealed, gsize length)
{
  g_autofree guint8 *exact = g_memdup2 (sealed, length); /* what reads further is found by the sanitizer */
  g_autoptr (GError) error = NULL;

  g_assert_null (dinh_seal_open (seal, place, exact == NULL ? (guint8 *) "" : exact, length, NULL, &error));
  g_assert_error (error, DINH_SEAL_ERROR, DINH_SEAL_ERROR_DAMAGED);
}

static void
test_refuses (void)
{
  g_autoptr (DinhSeal) seal = dinh_seal_new (secret);
  g_autoptr (DinhSeal) other = dinh_seal_new (other_secret);
  gsize length = 0, empty_length = 0;
  g_autofree guint8 *sealed = dinh_seal_close (seal, "a", "text", 4, &length);
  g_autofree guint8 *empty = dinh_seal_close (seal, "a", "", 0, &empty_length);
  g_autofree char *nothing = dinh_seal_open (seal, "a", empty, empty_length, NULL, NULL);

  g_assert_cmpstr (nothing, ==, "");
  assert_refused (other, "a", sealed, length);
  assert_refused (seal, "b", sealed, length);
  for (gsize i = 0; i < length; i++) {
    assert_refused (seal, "a", sealed, i);
    sealed[i] ^= 1;
    assert_refused (seal, "a", sealed, length);
    sealed[i] ^= 1;
  }
}

static void
test_names (void)
{
  g_autoptr (DinhSeal) seal = dinh_seal_new (secret);
  g_autoptr (DinhSeal) other = dinh_seal_new (other_secret);
  DinhHash paper = {{1}}, another = {{2}};
  g_autofree char *name = dinh_seal_name (seal, &paper);
  g_autofree char *again = dinh_seal_name (seal, &paper);
  g_autofree char *another_name = dinh_seal_name (seal, &another);
  g_autofree char *other_name = dinh_seal_name (other, &paper);

  g_assert_true (dinh_hash_is_hex (name));
  g_assert_cmpstr (name, ==, again);
  g_assert_cmpstr (name, !=, another_name);
  g_assert_cmpstr (name, !=, other_name);
}

/* Fixed for ever: what was sealed once must open with every later version (docs/at-rest.md). */
static void
test_stays (void)
{
  g_autoptr (DinhSeal) seal = dinh_seal_new (secret);
  DinhHash paper = {{1}};
  g_autofree char *name = dinh_seal_name (seal, &paper);
  gsize length = 0;
  g_autofree guint8 *sealed = g_base64_decode (SEALED, &length);
  g_autofree char *text = dinh_seal_open (seal, "value/v/0", sealed, length, NULL, NULL);

  g_assert_cmpstr (name, ==, NAME);
  g_assert_cmpstr (text, ==, "Đình");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hash/seal/opens", test_opens);
  g_test_add_func ("/hash/seal/refuses", test_refuses);
  g_test_add_func ("/hash/seal/names", test_names);
  g_test_add_func ("/hash/seal/stays", test_stays);
  return g_test_run ();
}
