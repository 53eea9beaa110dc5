/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/hash/dinh-hash.h"

#include <openssl/evp.h>
#include <string.h>

/*
 * SHA-256 comes from OpenSSL, which uses the processor's own instructions: papers of hundreds of megabytes are hashed
 * while they arrive.
 */
struct _DinhHasher {
  EVP_MD_CTX *context;
};

static const EVP_MD *
sha256 (void)
{
  static gsize fetched = 0;

  /* Fetched once: looking an algorithm up by name costs more than hashing an event. */
  if (g_once_init_enter (&fetched))
    g_once_init_leave (&fetched, (gsize) EVP_MD_fetch (NULL, "SHA256", NULL));
  return (const EVP_MD *) fetched;
}

/**
 * dinh_hasher_new:
 *
 * Starts a SHA-256 (FIPS 180-4). Returns: (transfer full): the hasher, for one value.
 */
DinhHasher *
dinh_hasher_new (void)
{
  DinhHasher *self = g_new0 (DinhHasher, 1);

  self->context = EVP_MD_CTX_new ();
  EVP_DigestInit_ex (self->context, sha256 (), NULL);
  return self;
}

/**
 * dinh_hasher_update:
 *
 * Adds @length bytes.
 */
void
dinh_hasher_update (DinhHasher *self, const void *data, gsize length)
{
  EVP_DigestUpdate (self->context, data, length);
}

/**
 * dinh_hasher_finish:
 *
 * Writes the value to @out; the hasher can only be freed afterwards.
 */
void
dinh_hasher_finish (DinhHasher *self, DinhHash *out)
{
  EVP_DigestFinal_ex (self->context, out->bytes, NULL);
}

/**
 * dinh_hasher_free:
 *
 * Frees a hasher, finished or not.
 */
void
dinh_hasher_free (DinhHasher *self)
{
  EVP_MD_CTX_free (self->context);
  g_free (self);
}

/**
 * dinh_hash_data:
 *
 * The SHA-256 of @length bytes, into @out.
 */
void
dinh_hash_data (const void *data, gsize length, DinhHash *out)
{
  EVP_Digest (data, length, out->bytes, NULL, sha256 (), NULL);
}

/**
 * dinh_hash_equal:
 *
 * Whether both values are the same; hashes are public, so time does not matter.
 */
gboolean
dinh_hash_equal (const DinhHash *a, const DinhHash *b)
{
  return memcmp (a->bytes, b->bytes, DINH_HASH_SIZE) == 0;
}

/**
 * dinh_hash_to_hex:
 *
 * Returns: (transfer full): the value as 64 lower-case hexadecimal digits.
 */
char *
dinh_hash_to_hex (const DinhHash *hash)
{
  static const char digits[] = "0123456789abcdef";
  char *hex = g_malloc (DINH_HASH_HEX_LENGTH + 1);

  for (guint i = 0; i < DINH_HASH_SIZE; i++) {
    hex[2 * i] = digits[hash->bytes[i] >> 4];
    hex[2 * i + 1] = digits[hash->bytes[i] & 15];
  }
  hex[DINH_HASH_HEX_LENGTH] = '\0';
  return hex;
}

/**
 * dinh_hash_data_hex:
 *
 * Returns: (transfer full): the SHA-256 of @length bytes as hexadecimal digits.
 */
char *
dinh_hash_data_hex (const void *data, gsize length)
{
  DinhHash hash;

  dinh_hash_data (data, length, &hash);
  return dinh_hash_to_hex (&hash);
}

/**
 * dinh_hash_is_hex:
 *
 * Whether @text is exactly 64 lower-case hexadecimal digits: the only form that a name of a paper may have.
 */
gboolean
dinh_hash_is_hex (const char *text)
{
  return text != NULL && strspn (text, "0123456789abcdef") == DINH_HASH_HEX_LENGTH &&
         text[DINH_HASH_HEX_LENGTH] == '\0';
}

/**
 * dinh_hash_from_hex:
 *
 * Reads 64 lower-case hexadecimal digits. Returns: %FALSE, @out untouched, for anything else.
 */
gboolean
dinh_hash_from_hex (const char *hex, DinhHash *out)
{
  if (!dinh_hash_is_hex (hex))
    return FALSE;
  for (guint i = 0; i < DINH_HASH_SIZE; i++)
    out->bytes[i] = (guint8) (g_ascii_xdigit_value (hex[2 * i]) << 4 | g_ascii_xdigit_value (hex[2 * i + 1]));
  return TRUE;
}
