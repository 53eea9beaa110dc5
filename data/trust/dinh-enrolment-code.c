/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "data/trust/dinh-enrolment-code.h"

#include "data/trust/dinh-trust-error.h"

#include <openssl/rand.h>
#include <string.h>

/*
 * Ten characters are a secret (50 bits), fourteen the beginning of the SHA-256 of the authority's certificate
 * (70 bits): a device knows from the code alone whether who answers is the hub that invited it, before it
 * sends anything.
 */
#define SECRET_LENGTH 10
#define BITS 5

static const char alphabet[] = DINH_ENROLMENT_CODE_ALPHABET;

/* The first @length groups of five bits of @bytes. */
static void
append_groups (GString *text, const guchar *bytes, guint length)
{
  guint bits = 0, value = 0;

  for (guint i = 0; i < length; i++) {
    if (bits < BITS) {
      value = value << 8 | *bytes++;
      bits += 8;
    }
    bits -= BITS;
    g_string_append_c (text, alphabet[value >> bits & 31]);
  }
}

static void
append_fingerprint (GString *text, const char *fingerprint)
{
  guchar bytes[(DINH_ENROLMENT_CODE_LENGTH - SECRET_LENGTH) * BITS / 8 + 1];

  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = (guchar) (g_ascii_xdigit_value (fingerprint[2 * i]) << 4 |
                         g_ascii_xdigit_value (fingerprint[2 * i + 1]));
  append_groups (text, bytes, DINH_ENROLMENT_CODE_LENGTH - SECRET_LENGTH);
}

/**
 * dinh_enrolment_code_new:
 * @fingerprint: SHA-256 of the authority's certificate, 64 hexadecimal digits
 *
 * Returns: (transfer full): a fresh code, without spaces or dashes.
 */
char *
dinh_enrolment_code_new (const char *fingerprint)
{
  guchar secret[SECRET_LENGTH * BITS / 8 + 1];
  GString *code = g_string_new (NULL);

  if (RAND_bytes (secret, sizeof secret) != 1)
    g_assert_not_reached ();
  append_groups (code, secret, SECRET_LENGTH);
  append_fingerprint (code, fingerprint);
  return g_string_free (code, FALSE);
}

/* What a person meant by a character; 0 for one that is in no code. */
static char
read_character (char typed)
{
  char upper = g_ascii_toupper (typed);

  if (upper == 'O')
    return '0';
  if (upper == 'I' || upper == 'L')
    return '1';
  return upper != '\0' && strchr (alphabet, upper) != NULL ? upper : '\0';
}

/**
 * dinh_enrolment_code_parse:
 *
 * Reads a code as people type it: letters of either case, O for 0, I and L for 1, spaces and dashes anywhere.
 * Returns: (transfer full): its 24 characters, or %NULL with %DINH_TRUST_ERROR_MALFORMED.
 */
char *
dinh_enrolment_code_parse (const char *text, GError **error)
{
  g_autoptr (GString) code = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p++) {
    char read = read_character (*p);

    if (*p == ' ' || *p == '-')
      continue;
    if (read == '\0') {
      g_set_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_MALFORMED,
                   "character %u is in no enrolment code", (guint) (p - text) + 1);
      return NULL;
    }
    g_string_append_c (code, read);
  }
  if (code->len == DINH_ENROLMENT_CODE_LENGTH)
    return g_string_free (g_steal_pointer (&code), FALSE);
  g_set_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_MALFORMED,
               "an enrolment code has %d characters, not %zu", DINH_ENROLMENT_CODE_LENGTH, code->len);
  return NULL;
}

/**
 * dinh_enrolment_code_print:
 *
 * Returns: (transfer full): @code, whole or as far as it is typed, in groups of four with dashes between
 * them.
 */
char *
dinh_enrolment_code_print (const char *code)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; code[i] != '\0'; i++) {
    if (i > 0 && i % 4 == 0)
      g_string_append_c (text, '-');
    g_string_append_c (text, code[i]);
  }
  return g_string_free (text, FALSE);
}

/**
 * dinh_enrolment_code_names:
 * @code: from dinh_enrolment_code_parse()
 * @fingerprint: SHA-256 of a certificate, 64 hexadecimal digits
 *
 * Returns: whether @code was given by the hub with this authority.
 */
gboolean
dinh_enrolment_code_names (const char *code, const char *fingerprint)
{
  g_autoptr (GString) expected = g_string_new (NULL);

  append_fingerprint (expected, fingerprint);
  return strcmp (code + SECRET_LENGTH, expected->str) == 0;
}
