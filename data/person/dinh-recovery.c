/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/person/dinh-recovery.h"

#include <sodium.h>
#include <string.h>

/*
 * The code for the safe: the secret's 32 bytes and the first three of BLAKE2b-256 ("dinh-recovery-v1", line
 * feed, secret), in Crockford's base32: 56 letters in 14 groups of four, two lines. People read it aloud and
 * type it: capitals and small letters are the same, O is read as 0, I and L as 1, and spaces, line ends and
 * dashes do not matter.
 */

#define N_CHECK 3
#define N_BYTES (DINH_SECRET_SIZE + N_CHECK)
#define N_LETTERS (N_BYTES * 8 / 5)
#define MAX_CODE 200
#define PUBLIC_PREFIX "x25519:"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * dinh_recovery_new:
 *
 * Returns: (transfer full): the secret half of a fresh key.
 */
DinhSecret *
dinh_recovery_new (void)
{
  return dinh_secret_new_random ();
}

/**
 * dinh_recovery_get_public:
 *
 * Returns: (transfer full): the public half: "x25519:" and base64.
 */
char *
dinh_recovery_get_public (const DinhSecret *self)
{
  guint8 public_bytes[DINH_RECOVERY_PUBLIC_SIZE];
  g_autofree char *encoded = NULL;

  crypto_scalarmult_base (public_bytes, self->bytes);
  encoded = g_base64_encode (public_bytes, sizeof public_bytes);
  return g_strconcat (PUBLIC_PREFIX, encoded, NULL);
}

/**
 * dinh_recovery_parse_public:
 * @public_bytes: (out caller-allocates): %DINH_RECOVERY_PUBLIC_SIZE bytes
 *
 * Reads what dinh_recovery_get_public() wrote. Returns: %FALSE with %DINH_PERSON_ERROR_MALFORMED.
 */
gboolean
dinh_recovery_parse_public (const char *text, guint8 *public_bytes, GError **error)
{
  const char *encoded = text + strlen (PUBLIC_PREFIX);
  gsize length = 0;

  if (g_str_has_prefix (text, PUBLIC_PREFIX) && strnlen (encoded, 45) == 44 &&
      sodium_base642bin (public_bytes, DINH_RECOVERY_PUBLIC_SIZE, encoded, 44, NULL, &length, NULL,
                         sodium_base64_VARIANT_ORIGINAL) == 0 &&
      length == DINH_RECOVERY_PUBLIC_SIZE)
    return TRUE;
  g_set_error_literal (error, DINH_PERSON_ERROR, DINH_PERSON_ERROR_MALFORMED,
                       "this is not a recovery key's public half");
  return FALSE;
}

static void
compute_check (const DinhSecret *self, guint8 *check)
{
  g_autoptr (DinhSecret) hash = dinh_secret_new ();
  static const guint8 head[] = "dinh-recovery-v1\n";
  crypto_generichash_state state;

  crypto_generichash_init (&state, NULL, 0, sizeof hash->bytes);
  crypto_generichash_update (&state, head, sizeof head - 1);
  crypto_generichash_update (&state, self->bytes, sizeof self->bytes);
  crypto_generichash_final (&state, hash->bytes, sizeof hash->bytes);
  sodium_memzero (&state, sizeof state);
  memcpy (check, hash->bytes, N_CHECK);
}

/**
 * dinh_recovery_encode:
 *
 * Returns: (transfer full): the code for the safe: two lines of seven groups.
 */
DinhSecretText *
dinh_recovery_encode (const DinhSecret *self)
{
  g_autoptr (DinhSecretText) memory = dinh_secret_text_new_sized (N_BYTES);
  DinhSecretText *code = dinh_secret_text_new_sized (N_LETTERS / 4 * 5);
  guint8 *whole = (guint8 *) memory;
  guint at = 0;

  memcpy (whole, self->bytes, DINH_SECRET_SIZE);
  compute_check (self, whole + DINH_SECRET_SIZE);
  for (guint i = 0; i < N_LETTERS; i++) {
    guint bit = i * 5, pair = whole[bit / 8] << 8 | (bit / 8 + 1 < N_BYTES ? whole[bit / 8 + 1] : 0);

    code[at++] = alphabet[pair >> (11 - bit % 8) & 31];
    if (i % 4 == 3 && i + 1 < N_LETTERS)
      code[at++] = i + 1 == N_LETTERS / 2 ? '\n' : ' ';
  }
  return code;
}

/* The letter's five bits; -1 for one that does not matter, -2 for one that is none. */
static int
value_of (char letter)
{
  char capital = g_ascii_toupper (letter);
  const char *found;

  if (g_ascii_isspace (letter) || letter == '-')
    return -1;
  if (capital == 'O')
    capital = '0';
  if (capital == 'I' || capital == 'L')
    capital = '1';
  found = capital == '\0' ? NULL : strchr (alphabet, capital);
  return found == NULL ? -2 : (int) (found - alphabet);
}

static gboolean
read_letters (const char *code, guint8 *whole)
{
  guint n = 0;

  if (strnlen (code, MAX_CODE + 1) > MAX_CODE)
    return FALSE;
  for (; *code != '\0'; code++) {
    int value = value_of (*code);

    if (value == -1)
      continue;
    if (value == -2 || n == N_LETTERS)
      return FALSE;
    for (guint i = 0; i < 5; i++, value <<= 1)
      whole[(n * 5 + i) / 8] |= (value >> 4 & 1) << (7 - (n * 5 + i) % 8);
    n++;
  }
  return n == N_LETTERS;
}

/**
 * dinh_recovery_decode:
 * @code: what somebody typed
 *
 * Returns: (transfer full): the secret half, or %NULL with %DINH_PERSON_ERROR_MALFORMED if that cannot be
 * such a code, and %DINH_PERSON_ERROR_CHECKSUM if some letter is wrong.
 */
DinhSecret *
dinh_recovery_decode (const char *code, GError **error)
{
  g_autoptr (DinhSecretText) memory = dinh_secret_text_new_sized (N_BYTES);
  g_autoptr (DinhSecret) secret = NULL;
  guint8 *whole = (guint8 *) memory;
  guint8 check[N_CHECK];

  if (!read_letters (code, whole)) {
    g_set_error (error, DINH_PERSON_ERROR, DINH_PERSON_ERROR_MALFORMED,
                 "a recovery code has %d letters and digits", N_LETTERS);
    return NULL;
  }
  secret = dinh_secret_new_from_bytes (whole);
  compute_check (secret, check);
  if (sodium_memcmp (check, whole + DINH_SECRET_SIZE, N_CHECK) != 0) {
    g_set_error_literal (error, DINH_PERSON_ERROR, DINH_PERSON_ERROR_CHECKSUM,
                         "some letter of the recovery code is wrong");
    return NULL;
  }
  return g_steal_pointer (&secret);
}
