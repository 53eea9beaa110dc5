/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/hash/dinh-seal.h"

#include <sodium.h>
#include <string.h>

/*
 * Values sealed under a device's secret with XChaCha20-Poly1305: a version, a random nonce of 24 bytes, the
 * ciphertext and its tag. What a value is and where it belongs is the additional data, so that one cannot be
 * put in another's place. docs/at-rest.md has it byte for byte.
 */

#define VERSION 1
#define OVERHEAD                                                                                             \
  (1 + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES)
#define CONTEXT "DinhSeal" /* crypto_kdf's, eight bytes */

/* In memory that is neither swapped nor dumped. */
struct _DinhSeal {
  guint8 values[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
  guint8 names[crypto_generichash_KEYBYTES];
  gatomicrefcount references;
};

enum { SUBKEY_VALUES = 1, SUBKEY_NAMES = 2 };

G_STATIC_ASSERT (DINH_SEAL_SECRET_SIZE == crypto_kdf_KEYBYTES);
G_STATIC_ASSERT (sizeof CONTEXT - 1 == crypto_kdf_CONTEXTBYTES);

/**
 * dinh_seal_new:
 * @secret: random bytes that only this device has
 *
 * Returns: (transfer full): what seals under @secret, which need not be kept.
 */
DinhSeal *
dinh_seal_new (const guint8 secret[DINH_SEAL_SECRET_SIZE])
{
  DinhSeal *self;

  g_return_val_if_fail (sodium_init () >= 0, NULL);
  self = sodium_malloc (sizeof *self);
  g_return_val_if_fail (self != NULL, NULL);
  g_atomic_ref_count_init (&self->references);
  crypto_kdf_derive_from_key (self->values, sizeof self->values, SUBKEY_VALUES, CONTEXT, secret);
  crypto_kdf_derive_from_key (self->names, sizeof self->names, SUBKEY_NAMES, CONTEXT, secret);
  return self;
}

/**
 * dinh_seal_ref:
 *
 * Returns: (transfer full): @self.
 */
DinhSeal *
dinh_seal_ref (DinhSeal *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

/**
 * dinh_seal_unref:
 *
 * The last one wipes the keys.
 */
void
dinh_seal_unref (DinhSeal *self)
{
  if (g_atomic_ref_count_dec (&self->references))
    sodium_free (self);
}

/**
 * dinh_seal_close:
 * @place: where the value belongs; the same is needed to open it
 * @sealed_length: (out): @length and 41 more
 *
 * Returns: (transfer full): the sealed value.
 */
guint8 *
dinh_seal_close (
    const DinhSeal *self, const char *place, const void *data, gsize length, gsize *sealed_length)
{
  guint8 *sealed = g_malloc (length + OVERHEAD);
  guint8 *nonce = sealed + 1;

  sealed[0] = VERSION;
  randombytes_buf (nonce, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
  crypto_aead_xchacha20poly1305_ietf_encrypt (nonce + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, NULL,
                                              data, length, (const guint8 *) place, strlen (place), NULL,
                                              nonce, self->values);
  *sealed_length = length + OVERHEAD;
  return sealed;
}

/**
 * dinh_seal_open:
 * @length: (out) (optional): bytes of the value, without the zero behind it
 *
 * Returns: (transfer full): the value, with a zero behind it; or %NULL with %DINH_SEAL_ERROR_DAMAGED.
 */
char *
dinh_seal_open (const DinhSeal *self,
                const char *place,
                const void *sealed,
                gsize sealed_length,
                gsize *length,
                GError **error)
{
  const guint8 *nonce = (const guint8 *) sealed + 1;
  const guint8 *cipher = nonce + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
  g_autofree char *value = NULL;
  gsize cipher_length = sealed_length - (gsize) (cipher - (const guint8 *) sealed);

  if (sealed_length >= OVERHEAD && ((const guint8 *) sealed)[0] == VERSION) {
    value = g_malloc (sealed_length - OVERHEAD + 1);
    value[sealed_length - OVERHEAD] = '\0';
    if (crypto_aead_xchacha20poly1305_ietf_decrypt ((guint8 *) value, NULL, NULL, cipher, cipher_length,
                                                    (const guint8 *) place, strlen (place), nonce,
                                                    self->values) == 0) {
      if (length != NULL)
        *length = sealed_length - OVERHEAD;
      return g_steal_pointer (&value);
    }
  }
  g_set_error (error, DINH_SEAL_ERROR, DINH_SEAL_ERROR_DAMAGED, "“%s” was not sealed by this device", place);
  return NULL;
}

/**
 * dinh_seal_name:
 * @paper: a paper's SHA-256
 *
 * A keyed hash (BLAKE2b): who knows papers but not the secret cannot tell which of them are here.
 *
 * Returns: (transfer full): what the paper's file is called on this device, 64 hexadecimal digits.
 */
char *
dinh_seal_name (const DinhSeal *self, const DinhHash *paper)
{
  DinhHash name;

  crypto_generichash (name.bytes, sizeof name.bytes, paper->bytes, sizeof paper->bytes, self->names,
                      sizeof self->names);
  return dinh_hash_to_hex (&name);
}
