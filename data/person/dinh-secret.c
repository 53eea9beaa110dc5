/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/person/dinh-secret.h"

#include <gnutls/crypto.h>
#include <sodium.h>
#include <string.h>

/* As g_malloc(): no memory is the end. */
static void *
allocate (gsize size)
{
  void *memory;

  if (sodium_init () < 0 || (memory = sodium_malloc (size)) == NULL)
    g_abort ();
  sodium_memzero (memory, size);
  return memory;
}

/**
 * dinh_secret_new:
 *
 * Returns: (transfer full): 32 zeros, to be filled.
 */
DinhSecret *
dinh_secret_new (void)
{
  return allocate (sizeof (DinhSecret));
}

/**
 * dinh_secret_new_random:
 *
 * Returns: (transfer full): 32 bytes of the system's random numbers.
 */
DinhSecret *
dinh_secret_new_random (void)
{
  DinhSecret *self = dinh_secret_new ();

  randombytes_buf (self->bytes, sizeof self->bytes);
  return self;
}

/**
 * dinh_secret_new_from_bytes:
 * @bytes: 32, copied; the caller wipes his own
 *
 * Returns: (transfer full): the secret.
 */
DinhSecret *
dinh_secret_new_from_bytes (const guint8 *bytes)
{
  DinhSecret *self = dinh_secret_new ();

  memcpy (self->bytes, bytes, sizeof self->bytes);
  return self;
}

/**
 * dinh_secret_copy:
 *
 * Returns: (transfer full): the same bytes once more.
 */
DinhSecret *
dinh_secret_copy (const DinhSecret *self)
{
  return dinh_secret_new_from_bytes (self->bytes);
}

/**
 * dinh_secret_free:
 * @self: (nullable):
 *
 * Wipes and frees it.
 */
void
dinh_secret_free (DinhSecret *self)
{
  sodium_free (self);
}

/**
 * dinh_secret_derive:
 * @salt: (nullable): a second secret, so that the result needs both
 * @use: names the use, e.g. "auth"
 *
 * HKDF-SHA-256 (RFC 5869) of @self with @salt, none being 32 zeros, and @use as its info.
 *
 * Returns: (transfer full): 32 bytes for that use only.
 */
DinhSecret *
dinh_secret_derive (const DinhSecret *self, const DinhSecret *salt, const char *use)
{
  g_autoptr (DinhSecret) extracted = dinh_secret_new ();
  g_autoptr (DinhSecret) derived = dinh_secret_new ();
  gnutls_datum_t key = {(guint8 *) self->bytes, DINH_SECRET_SIZE};
  gnutls_datum_t salt_datum = {salt == NULL ? NULL : (guint8 *) salt->bytes,
                               salt == NULL ? 0 : DINH_SECRET_SIZE};
  gnutls_datum_t extracted_datum = {extracted->bytes, DINH_SECRET_SIZE};
  gnutls_datum_t info = {(guint8 *) use, (unsigned) strlen (use)};

  /* Neither can fail with SHA-256 and these sizes; going on with zeros would be worse than the end. */
  if (gnutls_hkdf_extract (GNUTLS_MAC_SHA256, &key, &salt_datum, extracted->bytes) < 0 ||
      gnutls_hkdf_expand (GNUTLS_MAC_SHA256, &extracted_datum, &info, derived->bytes, DINH_SECRET_SIZE) < 0)
    g_abort ();
  return g_steal_pointer (&derived);
}

/**
 * dinh_secret_hash:
 * @use: names the use; has no line feed
 * @person: has no line feed
 *
 * BLAKE2b-256 (RFC 7693) with @self as its key over @use, line feed, @person, line feed, @data.
 *
 * Returns: (transfer full): 32 bytes that nobody can compute without @self.
 */
DinhSecret *
dinh_secret_hash (const DinhSecret *self, const char *use, const char *person, const void *data, gsize length)
{
  DinhSecret *hash = dinh_secret_new ();
  crypto_generichash_state state;

  crypto_generichash_init (&state, self->bytes, DINH_SECRET_SIZE, DINH_SECRET_SIZE);
  crypto_generichash_update (&state, (const guint8 *) use, strlen (use));
  crypto_generichash_update (&state, (const guint8 *) "\n", 1);
  crypto_generichash_update (&state, (const guint8 *) person, strlen (person));
  crypto_generichash_update (&state, (const guint8 *) "\n", 1);
  crypto_generichash_update (&state, data, length);
  crypto_generichash_final (&state, hash->bytes, DINH_SECRET_SIZE);
  sodium_memzero (&state, sizeof state);
  return hash;
}

/**
 * dinh_secret_text_new_sized:
 *
 * Returns: (transfer full): room for @length bytes of text, which reads as "".
 */
DinhSecretText *
dinh_secret_text_new_sized (gsize length)
{
  return allocate (length + 1);
}

/**
 * dinh_secret_text_new:
 *
 * Returns: (transfer full): a copy of @text in memory as a #DinhSecret's.
 */
DinhSecretText *
dinh_secret_text_new (const char *text)
{
  DinhSecretText *copy = dinh_secret_text_new_sized (strlen (text));

  memcpy (copy, text, strlen (text));
  return copy;
}

/**
 * dinh_secret_text_free:
 * @text: (nullable):
 *
 * Wipes and frees it.
 */
void
dinh_secret_text_free (DinhSecretText *text)
{
  sodium_free (text);
}
