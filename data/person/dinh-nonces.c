/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/person/dinh-nonces.h"

#include "data/person/dinh-secret.h"

#include <sodium.h>
#include <string.h>

/*
 * A nonce says itself when it was given out, under a key that lives as long as the program: only those that
 * came back are remembered, so that asking for many costs the hub nothing. In base64: 8 bytes of time, 16
 * random ones, and the keyed hash of them and the device.
 */
struct _DinhNonces {
  DinhSecret *key;
  GHashTable *used; /* nonce → gint64, when it was given out */
  gint64 latest;    /* a clock that is set back must not make used ones new */
};

#define N_RANDOM 16
#define N_BODY (8 + N_RANDOM)
#define N_NONCE (N_BODY + DINH_SECRET_SIZE)
#define N_TEXT (sodium_base64_ENCODED_LEN (N_NONCE, sodium_base64_VARIANT_URLSAFE_NO_PADDING) - 1)

/**
 * dinh_nonces_new:
 *
 * Returns: (transfer full): nothing given out yet. For one thread.
 */
DinhNonces *
dinh_nonces_new (void)
{
  DinhNonces *self = g_new0 (DinhNonces, 1);

  self->key = dinh_secret_new_random ();
  self->used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

/**
 * dinh_nonces_free:
 */
void
dinh_nonces_free (DinhNonces *self)
{
  dinh_secret_free (self->key);
  g_hash_table_unref (self->used);
  g_free (self);
}

static gint64
advance (DinhNonces *self, gint64 now)
{
  self->latest = MAX (self->latest, now);
  return self->latest;
}

static DinhSecret *
hash_body (DinhNonces *self, const guint8 *body, const char *device)
{
  return dinh_secret_hash (self->key, "dinh-nonce-v1", device, body, N_BODY);
}

/**
 * dinh_nonces_issue:
 * @device: who asks
 * @now: hub time, µs since 1970
 *
 * Returns: (transfer full): a fresh nonce: letters, digits, "-" and "_".
 */
char *
dinh_nonces_issue (DinhNonces *self, const char *device, gint64 now)
{
  gint64 issued = GINT64_TO_BE (advance (self, now));
  g_autoptr (DinhSecret) hash = NULL;
  char *text = g_malloc (N_TEXT + 1);
  guint8 bytes[N_NONCE];

  memcpy (bytes, &issued, sizeof issued);
  randombytes_buf (bytes + sizeof issued, N_RANDOM);
  hash = hash_body (self, bytes, device);
  memcpy (bytes + N_BODY, hash->bytes, DINH_SECRET_SIZE);
  return sodium_bin2base64 (text, N_TEXT + 1, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* When this nonce was given out to @device; -1 if it was not. */
static gint64
read_nonce (DinhNonces *self, const char *nonce, const char *device)
{
  g_autoptr (DinhSecret) hash = NULL;
  guint8 bytes[N_NONCE];
  gsize length = 0;
  gint64 issued;

  if (strnlen (nonce, N_TEXT + 1) != N_TEXT ||
      sodium_base642bin (bytes, sizeof bytes, nonce, N_TEXT, NULL, &length, NULL,
                         sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
      length != N_NONCE)
    return -1;
  hash = hash_body (self, bytes, device);
  if (sodium_memcmp (bytes + N_BODY, hash->bytes, DINH_SECRET_SIZE) != 0)
    return -1;
  memcpy (&issued, bytes, sizeof issued);
  return GINT64_FROM_BE (issued);
}

static gboolean
is_over (gpointer nonce, gpointer issued, gpointer now)
{
  return *(gint64 *) issued + DINH_NONCE_LIFETIME <= *(gint64 *) now;
}

/**
 * dinh_nonces_take:
 *
 * Takes back a nonce that came signed, whether the signature is good or not. Returns: %FALSE with
 * %DINH_PERSON_ERROR_NONCE if it was not given to @device, more than two minutes ago, or came before.
 */
gboolean
dinh_nonces_take (DinhNonces *self, const char *nonce, const char *device, gint64 now, GError **error)
{
  gint64 issued = read_nonce (self, nonce, device);
  gint64 time = advance (self, now);

  g_hash_table_foreach_remove (self->used, is_over, &time);
  if (issued >= 0 && !is_over (NULL, &issued, &time) && !g_hash_table_contains (self->used, nonce)) {
    g_hash_table_insert (self->used, g_strdup (nonce), g_memdup2 (&issued, sizeof issued));
    return TRUE;
  }
  g_set_error_literal (error, DINH_PERSON_ERROR, DINH_PERSON_ERROR_NONCE,
                       "the nonce is not one of this device's, or over, or used");
  return FALSE;
}
