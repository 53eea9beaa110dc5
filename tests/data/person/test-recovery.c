/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/person/dinh-recovery.h"

#include <string.h>

/* RFC 7748 §6.1, Alice's; the code by Python's hashlib and its own base32 with Crockford's letters. */
static const guint8 known[] = {
    0x77, 0x07, 0x6d, 0x0a, 0x73, 0x18, 0xa5, 0x7d, 0x3c, 0x16, 0xc1, 0x72, 0x51, 0xb2, 0x66, 0x45,
    0xdf, 0x4c, 0x2f, 0x87, 0xeb, 0xc0, 0x99, 0x2a, 0xb1, 0x77, 0xfb, 0xa5, 0x1d, 0xb9, 0x2c, 0x2a,
};
#define PUBLIC "x25519:hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="
#define CODE "EW3P T2KK 32JQ TF0P R5S5 3CK6 8QFM\nRBW7 XF09 JANH EZXT A7DS 5GN6 C3S8"

static void
test_vectors (void)
{
  g_autoptr (DinhSecret) secret = dinh_secret_new_from_bytes (known);
  g_autofree char *public_text = dinh_recovery_get_public (secret);
  g_autoptr (DinhSecretText) code = dinh_recovery_encode (secret);

  g_assert_cmpstr (public_text, ==, PUBLIC);
  g_assert_cmpstr (code, ==, CODE);
}

/* As people type. */
static void
test_typing (void)
{
  g_autofree char *small = g_ascii_strdown (CODE, -1);
  g_auto (GStrv) groups = g_strsplit_set (CODE, " \n", -1);
  g_autofree char *dashes = g_strjoinv ("-", groups);
  g_autofree char *bare = g_strjoinv ("", groups);
  g_autofree char *letters = g_strdelimit (g_strdelimit (g_strdup (bare), "0", 'o'), "1", 'l');
  g_autofree char *spaces = g_strconcat ("  ", CODE, "\r\n", NULL);
  const char *const ways[] = {CODE, small, dashes, bare, letters, spaces};

  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (DinhSecret) secret = dinh_recovery_decode (ways[i], &error);

    g_assert_no_error (error);
    g_assert_cmpmem (secret->bytes, DINH_SECRET_SIZE, known, sizeof known);
  }
}

static void
assert_refused (const char *code, int why)
{
  g_autoptr (GError) error = NULL;

  g_test_message ("“%s”", code);
  g_assert_null (dinh_recovery_decode (code, &error));
  g_assert_error (error, DINH_PERSON_ERROR, why);
}

static void
test_slips (void)
{
  static const char *const others[] = {"", " ", "Đình", "U", CODE "0", CODE CODE, CODE CODE CODE CODE};

  for (gsize i = 0; i < strlen (CODE); i++) {
    g_autofree char *slip = g_strdup (CODE);
    g_autofree char *missing = g_strdup (CODE);

    if (!g_ascii_isalnum (slip[i]))
      continue;
    slip[i] = slip[i] == 'Z' ? 'Y' : 'Z';
    assert_refused (slip, DINH_PERSON_ERROR_CHECKSUM);
    missing[i] = ' ';
    assert_refused (missing, DINH_PERSON_ERROR_MALFORMED);
    missing[i] = 'U';
    assert_refused (missing, DINH_PERSON_ERROR_MALFORMED);
  }
  /* two neighbours changed places */
  for (gsize i = 0; CODE[i + 1] != '\0'; i++) {
    g_autofree char *slip = g_strdup (CODE);

    if (!g_ascii_isalnum (slip[i]) || !g_ascii_isalnum (slip[i + 1]) || slip[i] == slip[i + 1])
      continue;
    slip[i] = CODE[i + 1];
    slip[i + 1] = CODE[i];
    assert_refused (slip, DINH_PERSON_ERROR_CHECKSUM);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    assert_refused (others[i], DINH_PERSON_ERROR_MALFORMED);
}

static void
test_many (void)
{
  for (int i = 0; i < 1000; i++) {
    g_autoptr (DinhSecret) secret = dinh_recovery_new ();
    g_autoptr (DinhSecretText) code = dinh_recovery_encode (secret);
    g_autoptr (DinhSecret) again = dinh_recovery_decode (code, NULL);

    g_assert_cmpmem (secret->bytes, DINH_SECRET_SIZE, again->bytes, DINH_SECRET_SIZE);
  }
}

static void
test_public (void)
{
  static const char *const bad[] = {
      "",
      "x25519:",
      "ed25519:hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=",
      PUBLIC "=",
      "x25519:hSDwCYkwp1R0i33ctD73Wg2/Og0m",
      "x25519:hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo!",
  };
  guint8 bytes[DINH_RECOVERY_PUBLIC_SIZE];

  g_assert_true (dinh_recovery_parse_public (PUBLIC, bytes, NULL));
  g_assert_cmphex (bytes[0], ==, 0x85);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (dinh_recovery_parse_public (bad[i], bytes, &error));
    g_assert_error (error, DINH_PERSON_ERROR, DINH_PERSON_ERROR_MALFORMED);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/person/recovery/vectors", test_vectors);
  g_test_add_func ("/person/recovery/typing", test_typing);
  g_test_add_func ("/person/recovery/slips", test_slips);
  g_test_add_func ("/person/recovery/many", test_many);
  g_test_add_func ("/person/recovery/public", test_public);
  return g_test_run ();
}
