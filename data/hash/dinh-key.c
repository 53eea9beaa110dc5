/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/hash/dinh-key.h"

#include <glib/gstdio.h>
#include <sodium.h>
#include <string.h>

/*
 * An Ed25519 key (RFC 8032), or only its public half. The text form of a public key is "ed25519:" and the 32 bytes in
 * base64; a file holds "ed25519-seed:" and the seed in base64. The secret half lies in memory of its own that is neither
 * swapped nor dumped where the system allows that.
 */
struct _DinhKey {
  guint8 public_bytes[crypto_sign_PUBLICKEYBYTES];
  guint8 *secret; /* crypto_sign_SECRETKEYBYTES by sodium_malloc(), or NULL */
  char *public_text;
};

#define PUBLIC_PREFIX "ed25519:"
#define SEED_PREFIX "ed25519-seed:"

G_DEFINE_QUARK (dinh-key-error-quark, dinh_key_error)

static DinhKey *
key_from_public_bytes (const guint8 *bytes)
{
  DinhKey *self = g_new0 (DinhKey, 1);
  g_autofree char *encoded = g_base64_encode (bytes, crypto_sign_PUBLICKEYBYTES);

  memcpy (self->public_bytes, bytes, sizeof self->public_bytes);
  self->public_text = g_strconcat (PUBLIC_PREFIX, encoded, NULL);
  return self;
}

/**
 * dinh_key_new_from_seed:
 * @seed: %DINH_KEY_SEED_SIZE bytes
 *
 * Returns: (transfer full): the key that RFC 8032 §5.1.5 derives from @seed, which is copied.
 */
DinhKey *
dinh_key_new_from_seed (const guint8 *seed)
{
  guint8 public_bytes[crypto_sign_PUBLICKEYBYTES];
  DinhKey *self;
  guint8 *secret;

  g_return_val_if_fail (sodium_init () >= 0, NULL);
  secret = sodium_malloc (crypto_sign_SECRETKEYBYTES);
  if (secret == NULL)
    g_abort (); /* as g_malloc() when there is no memory */
  crypto_sign_seed_keypair (public_bytes, secret, seed);
  self = key_from_public_bytes (public_bytes);
  self->secret = secret;
  return self;
}

/* Exactly 32 bytes of base64 behind @prefix, or NULL. */
static guint8 *
decode_32 (const char *text, const char *prefix)
{
  g_autofree guint8 *bytes = NULL;
  gsize length = 0;

  if (!g_str_has_prefix (text, prefix) || strlen (text) != strlen (prefix) + 44)
    return NULL;
  bytes = g_base64_decode (text + strlen (prefix), &length);
  return length == 32 ? g_steal_pointer (&bytes) : NULL;
}

/**
 * dinh_key_new:
 *
 * Returns: (transfer full): a fresh key from the system's random numbers.
 */
DinhKey *
dinh_key_new (void)
{
  guint8 seed[crypto_sign_SEEDBYTES];
  DinhKey *self;

  randombytes_buf (seed, sizeof seed);
  self = dinh_key_new_from_seed (seed);
  sodium_memzero (seed, sizeof seed);
  return self;
}

/**
 * dinh_key_new_from_public:
 * @text: "ed25519:" and base64
 *
 * Returns: (transfer full): a key that can only verify, or %NULL with %DINH_KEY_ERROR_FORMAT.
 */
DinhKey *
dinh_key_new_from_public (const char *text, GError **error)
{
  g_autofree guint8 *bytes = decode_32 (text, PUBLIC_PREFIX);

  if (bytes == NULL) {
    g_set_error (error, DINH_KEY_ERROR, DINH_KEY_ERROR_FORMAT, "“%.80s” is not a public key", text);
    return NULL;
  }
  return key_from_public_bytes (bytes);
}

/**
 * dinh_key_load:
 *
 * Reads a key that dinh_key_save() wrote. Returns: (transfer full): the key, or %NULL with a #DinhKeyError.
 */
DinhKey *
dinh_key_load (const char *path, GError **error)
{
  g_autoptr (GError) read_error = NULL;
  g_autofree char *text = NULL;
  g_autofree guint8 *seed = NULL;
  DinhKey *self;

  if (!g_file_get_contents (path, &text, NULL, &read_error)) {
    g_set_error (error, DINH_KEY_ERROR, DINH_KEY_ERROR_READ, "%s", read_error->message);
    return NULL;
  }
  seed = decode_32 (g_strchomp (text), SEED_PREFIX);
  sodium_memzero (text, strlen (text));
  if (seed == NULL) {
    g_set_error (error, DINH_KEY_ERROR, DINH_KEY_ERROR_FORMAT, "“%s” does not hold a signing key", path);
    return NULL;
  }
  self = dinh_key_new_from_seed (seed);
  sodium_memzero (seed, 32);
  return self;
}

/**
 * dinh_key_save:
 *
 * Writes the secret half to @path, readable by its owner only, durably. Returns: %FALSE with %DINH_KEY_ERROR_READ.
 */
gboolean
dinh_key_save (const DinhKey *self, const char *path, GError **error)
{
  g_autofree char *encoded = g_base64_encode (self->secret, crypto_sign_SEEDBYTES);
  g_autofree char *text = g_strconcat (SEED_PREFIX, encoded, "\n", NULL);
  g_autoptr (GError) write_error = NULL;
  gboolean saved;

  g_return_val_if_fail (self->secret != NULL, FALSE);
  saved = g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                    0600, &write_error);
  sodium_memzero (text, strlen (text));
  sodium_memzero (encoded, strlen (encoded));
  if (!saved)
    g_set_error (error, DINH_KEY_ERROR, DINH_KEY_ERROR_READ, "%s", write_error->message);
  return saved;
}

/**
 * dinh_key_free:
 *
 * Wipes and frees the key.
 */
void
dinh_key_free (DinhKey *self)
{
  sodium_free (self->secret); /* which wipes */
  g_free (self->public_text);
  g_free (self);
}

/**
 * dinh_key_get_public:
 *
 * Returns: (transfer none): the public half in its text form.
 */
const char *
dinh_key_get_public (const DinhKey *self)
{
  return self->public_text;
}

/**
 * dinh_key_copy_seed:
 * @seed: (out caller-allocates): %DINH_KEY_SEED_SIZE bytes, for the caller to wipe
 *
 * Gives away the secret half, for sealing it.
 */
void
dinh_key_copy_seed (const DinhKey *self, guint8 *seed)
{
  g_return_if_fail (self->secret != NULL);
  memcpy (seed, self->secret, DINH_KEY_SEED_SIZE);
}

/**
 * dinh_key_get_public_bytes:
 *
 * Returns: (transfer none): the 32 bytes of the public half.
 */
const guint8 *
dinh_key_get_public_bytes (const DinhKey *self)
{
  return self->public_bytes;
}

/* What is signed: the context, a line feed, the data. A signature of one use can so never serve another. */
static guint8 *
with_context (const char *context, const void *data, gsize length, gsize *total)
{
  gsize head = context == NULL ? 0 : strlen (context) + 1;
  guint8 *message = g_malloc (head + length + 1);

  if (head > 0) {
    memcpy (message, context, head - 1);
    message[head - 1] = '\n';
  }
  memcpy (message + head, data, length);
  *total = head + length;
  return message;
}

/**
 * dinh_key_sign:
 * @context: (nullable): names the use, e.g. "dinh-command-v1"; %NULL signs the bare bytes, for formats of others
 *
 * Returns: (transfer full): the signature's 64 bytes in base64.
 */
char *
dinh_key_sign (const DinhKey *self, const char *context, const void *data, gsize length)
{
  guint8 signature[crypto_sign_BYTES];
  gsize total;
  g_autofree guint8 *message = with_context (context, data, length, &total);

  g_return_val_if_fail (self->secret != NULL, NULL);
  crypto_sign_detached (signature, NULL, message, total, self->secret);
  return g_base64_encode (signature, sizeof signature);
}

/**
 * dinh_key_verify:
 * @context: (nullable): as it was given to dinh_key_sign()
 * @signature: base64
 *
 * Whether @signature is by this key, over this context and data.
 */
gboolean
dinh_key_verify (const DinhKey *self, const char *context, const void *data, gsize length, const char *signature)
{
  g_autofree guint8 *bytes = NULL;
  g_autofree guint8 *message = NULL;
  gsize signature_length = 0;
  gsize total;

  if (strlen (signature) != 88)
    return FALSE;
  bytes = g_base64_decode (signature, &signature_length);
  if (signature_length != crypto_sign_BYTES)
    return FALSE;
  message = with_context (context, data, length, &total);
  return crypto_sign_verify_detached (bytes, message, total, self->public_bytes) == 0;
}
