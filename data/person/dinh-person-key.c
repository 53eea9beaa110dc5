/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/person/dinh-person-key.h"

#include "data/person/dinh-recovery.h"

#include <sodium.h>
#include <string.h>

/*
 * What is sealed begins with a head: "DPK", the version 1, one byte for the purpose, and the public key's 32
 * bytes; off line two big-endian numbers of 8 bytes follow: when it was sealed and until when it opens, µs
 * since 1970. Then come
 *
 *   purposes 1 and 2: a nonce of 24 bytes, and the seed's 32 bytes under XChaCha20-Poly1305 with the head and
 * the person's id as additional data, 48 bytes purpose 3:        a libsodium sealed box of the seed and of
 * BLAKE2b-256 (head, person's id), 112 bytes
 *
 * The key of purpose 1 is HKDF-SHA-256 (salt: share, key: wrap), that of purpose 2 HKDF-SHA-256 (salt: device
 * secret, key: k). The public key stands in front since this cipher does not commit to its key: what opens
 * must also be the key that it says.
 */

typedef enum {
  ROAMING = 1,
  OFFLINE = 2,
  RECOVERY = 3,
} Purpose;

#define MAGIC "DPK\1"
#define N_MAGIC 4
#define PURPOSE_AT N_MAGIC
#define PUBLIC_AT (PURPOSE_AT + 1)
#define TIMES_AT (PUBLIC_AT + DINH_KEY_PUBLIC_SIZE)
#define MAX_PERSON 200

#define N_NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define N_BOX (DINH_KEY_SEED_SIZE + crypto_aead_xchacha20poly1305_ietf_ABYTES)
#define N_BOUND (DINH_KEY_SEED_SIZE + DINH_SECRET_SIZE)
#define N_SEALED_BOX (N_BOUND + crypto_box_SEALBYTES)

static const struct {
  gsize head;
  gsize total;
  const char *use;
} forms[] = {
    [ROAMING] = {TIMES_AT, TIMES_AT + N_NONCE + N_BOX, "dinh-person-key-v1 roaming"},
    [OFFLINE] = {TIMES_AT + 16, TIMES_AT + 16 + N_NONCE + N_BOX, "dinh-person-key-v1 off-line"},
    [RECOVERY] = {TIMES_AT, TIMES_AT + N_SEALED_BOX, NULL},
};

static DinhPersonKey *
take_seed (const char *person, const guint8 *seed)
{
  DinhPersonKey *self = g_new0 (DinhPersonKey, 1);

  self->person = g_strdup (person);
  self->key = dinh_key_new_from_seed (seed);
  return self;
}

/**
 * dinh_person_key_new:
 * @person: the person's id
 *
 * Returns: (transfer full): a fresh key.
 */
DinhPersonKey *
dinh_person_key_new (const char *person)
{
  g_autoptr (DinhSecret) seed = dinh_secret_new_random ();

  return take_seed (person, seed->bytes);
}

/**
 * dinh_person_key_free:
 *
 * Wipes and frees the key.
 */
void
dinh_person_key_free (DinhPersonKey *self)
{
  dinh_key_free (self->key);
  g_free (self->person);
  g_free (self);
}

static GByteArray *
head_new (const DinhPersonKey *self, Purpose purpose)
{
  GByteArray *head = g_byte_array_new ();
  guint8 byte = purpose;

  g_byte_array_append (head, (const guint8 *) MAGIC, N_MAGIC);
  g_byte_array_append (head, &byte, 1);
  return g_byte_array_append (head, dinh_key_get_public_bytes (self->key), DINH_KEY_PUBLIC_SIZE);
}

static void
append_time (GByteArray *head, gint64 time)
{
  gint64 big_endian = GINT64_TO_BE (time);

  g_byte_array_append (head, (const guint8 *) &big_endian, sizeof big_endian);
}

static gint64
read_time (const guint8 *at)
{
  gint64 big_endian;

  memcpy (&big_endian, at, sizeof big_endian);
  return GINT64_FROM_BE (big_endian);
}

/* The additional data: head and person. */
static GByteArray *
bind (const guint8 *head, gsize length, const char *person)
{
  GByteArray *bound = g_byte_array_new ();

  g_byte_array_append (bound, head, (guint) length);
  return g_byte_array_append (bound, (const guint8 *) person, (guint) strlen (person));
}

static void
hash_bound (const GByteArray *bound, guint8 *hash)
{
  crypto_generichash (hash, DINH_SECRET_SIZE, bound->data, bound->len, NULL, 0);
}

static gboolean
refuse (GError **error, DinhPersonError code, const char *message)
{
  g_set_error_literal (error, DINH_PERSON_ERROR, code, message);
  return FALSE;
}

/* Whether @sealed looks like one for @purpose. */
static const guint8 *
check_form (GBytes *sealed, const char *person, Purpose purpose, GError **error)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (sealed, &length);

  if (length != forms[purpose].total || memcmp (data, MAGIC, N_MAGIC) != 0 || data[PURPOSE_AT] != purpose) {
    refuse (error, DINH_PERSON_ERROR_MALFORMED, "this is not a key that was sealed for this use");
    return NULL;
  }
  if (strnlen (person, MAX_PERSON + 1) > MAX_PERSON) {
    refuse (error, DINH_PERSON_ERROR_MALFORMED, "this is not a person's id");
    return NULL;
  }
  return data;
}

static GBytes *
seal_with (const DinhPersonKey *self,
           GByteArray *head,
           Purpose purpose,
           const DinhSecret *one,
           const DinhSecret *other)
{
  g_autoptr (DinhSecret) key = dinh_secret_derive (one, other, forms[purpose].use);
  g_autoptr (DinhSecret) seed = dinh_secret_new ();
  g_autoptr (GByteArray) bound = bind (head->data, head->len, self->person);
  guint8 nonce[N_NONCE], box[N_BOX];

  dinh_key_copy_seed (self->key, seed->bytes);
  randombytes_buf (nonce, sizeof nonce);
  crypto_aead_xchacha20poly1305_ietf_encrypt (box, NULL, seed->bytes, sizeof seed->bytes, bound->data,
                                              bound->len, NULL, nonce, key->bytes);
  g_byte_array_append (head, nonce, sizeof nonce);
  g_byte_array_append (head, box, sizeof box);
  return g_byte_array_free_to_bytes (head);
}

/* The key of @seed if it is the one that the head names. */
static DinhPersonKey *
open_seed (const guint8 *data, const char *person, const guint8 *seed, GError **error)
{
  g_autoptr (DinhPersonKey) self = take_seed (person, seed);

  if (memcmp (dinh_key_get_public_bytes (self->key), data + PUBLIC_AT, DINH_KEY_PUBLIC_SIZE) == 0)
    return g_steal_pointer (&self);
  refuse (error, DINH_PERSON_ERROR_SEALED, "what was sealed is another key");
  return NULL;
}

static DinhPersonKey *
open_with (const guint8 *data,
           const char *person,
           Purpose purpose,
           const DinhSecret *one,
           const DinhSecret *other,
           GError **error)
{
  g_autoptr (DinhSecret) key = dinh_secret_derive (one, other, forms[purpose].use);
  g_autoptr (DinhSecret) seed = dinh_secret_new ();
  const guint8 *nonce = data + forms[purpose].head;
  g_autoptr (GByteArray) bound = bind (data, forms[purpose].head, person);

  if (crypto_aead_xchacha20poly1305_ietf_decrypt (seed->bytes, NULL, NULL, nonce + N_NONCE, N_BOX,
                                                  bound->data, bound->len, nonce, key->bytes) == 0)
    return open_seed (data, person, seed->bytes, error);
  refuse (error, DINH_PERSON_ERROR_SEALED, "the key does not open with these secrets for this person");
  return NULL;
}

/**
 * dinh_person_key_seal:
 * @wrap: the PIN's half, of #DinhPinKeys
 * @share: the hub's half, of dinh_pin_share()
 *
 * Seals the key so that it opens only with both. A new PIN is the same key sealed with a new @wrap and
 * @share.
 *
 * Returns: (transfer full): 109 bytes for the hub to keep.
 */
GBytes *
dinh_person_key_seal (const DinhPersonKey *self, const DinhSecret *wrap, const DinhSecret *share)
{
  return seal_with (self, head_new (self, ROAMING), ROAMING, wrap, share);
}

/**
 * dinh_person_key_open:
 * @sealed: of dinh_person_key_seal()
 *
 * Returns: (transfer full): the key, or %NULL with %DINH_PERSON_ERROR_MALFORMED or %DINH_PERSON_ERROR_SEALED.
 */
DinhPersonKey *
dinh_person_key_open (
    GBytes *sealed, const char *person, const DinhSecret *wrap, const DinhSecret *share, GError **error)
{
  const guint8 *data = check_form (sealed, person, ROAMING, error);

  return data == NULL ? NULL : open_with (data, person, ROAMING, wrap, share, error);
}

/**
 * dinh_person_key_seal_offline:
 * @k: of #DinhPinKeys
 * @device_secret: what only this device has
 * @now: hub time, µs since 1970
 * @meeting_ends: hub time
 *
 * Seals the key for use without the hub until 24 hours after the meeting.
 *
 * Returns: (transfer full): 125 bytes for this kiosk to keep, or %NULL with %DINH_PERSON_ERROR_TIME_UNKNOWN
 * if @now is none, or %DINH_PERSON_ERROR_EXPIRED if that is over already.
 */
GBytes *
dinh_person_key_seal_offline (const DinhPersonKey *self,
                              const DinhSecret *k,
                              const DinhSecret *device_secret,
                              gint64 now,
                              gint64 meeting_ends,
                              GError **error)
{
  GByteArray *head;
  gint64 until;

  if (now <= 0) {
    refuse (error, DINH_PERSON_ERROR_TIME_UNKNOWN, "hub time is not known");
    return NULL;
  }
  if (__builtin_add_overflow (meeting_ends, DINH_PERSON_KEY_OFFLINE_AFTER, &until) || until <= now) {
    refuse (error, DINH_PERSON_ERROR_EXPIRED, "the meeting is over");
    return NULL;
  }
  head = head_new (self, OFFLINE);
  append_time (head, now);
  append_time (head, until);
  return seal_with (self, head, OFFLINE, k, device_secret);
}

static gboolean
check_time (gint64 sealed_at, gint64 until, gint64 now, GError **error)
{
  if (now <= 0)
    return refuse (error, DINH_PERSON_ERROR_TIME_UNKNOWN, "hub time is not known");
  if (now < sealed_at)
    return refuse (error, DINH_PERSON_ERROR_TIME_BACK, "hub time is before the key was sealed");
  if (now >= until)
    return refuse (error, DINH_PERSON_ERROR_EXPIRED, "the key opened until 24 hours after the meeting");
  return TRUE;
}

/**
 * dinh_person_key_open_offline:
 * @now: hub time, µs since 1970; 0 if it is not known
 *
 * Returns: (transfer full): the key, to be freed at its @until, or %NULL with
 * %DINH_PERSON_ERROR_TIME_UNKNOWN, %DINH_PERSON_ERROR_TIME_BACK, %DINH_PERSON_ERROR_EXPIRED,
 * %DINH_PERSON_ERROR_MALFORMED or %DINH_PERSON_ERROR_SEALED.
 */
DinhPersonKey *
dinh_person_key_open_offline (GBytes *sealed,
                              const char *person,
                              const DinhSecret *k,
                              const DinhSecret *device_secret,
                              gint64 now,
                              GError **error)
{
  const guint8 *data = check_form (sealed, person, OFFLINE, error);
  DinhPersonKey *self;
  gint64 until;

  if (data == NULL)
    return NULL;
  until = read_time (data + TIMES_AT + 8);
  if (!check_time (read_time (data + TIMES_AT), until, now, error))
    return NULL;
  self = open_with (data, person, OFFLINE, k, device_secret, error);
  if (self != NULL)
    self->until = until;
  return self;
}

/**
 * dinh_person_key_seal_recovery:
 * @recovery_public: of dinh_recovery_get_public(); from the device's own enrolment, never from the hub at
 * that moment
 *
 * Returns: (transfer full): 149 bytes for the hub to keep, or %NULL with %DINH_PERSON_ERROR_MALFORMED.
 */
GBytes *
dinh_person_key_seal_recovery (const DinhPersonKey *self, const char *recovery_public, GError **error)
{
  g_autoptr (DinhSecretText) memory = dinh_secret_text_new_sized (N_BOUND);
  g_autoptr (GByteArray) sealed = head_new (self, RECOVERY);
  g_autoptr (GByteArray) bound = bind (sealed->data, sealed->len, self->person);
  guint8 public_bytes[DINH_RECOVERY_PUBLIC_SIZE], box[N_SEALED_BOX];
  guint8 *content = (guint8 *) memory;

  if (!dinh_recovery_parse_public (recovery_public, public_bytes, error))
    return NULL;
  dinh_key_copy_seed (self->key, content);
  hash_bound (bound, content + DINH_KEY_SEED_SIZE);
  if (crypto_box_seal (box, content, N_BOUND, public_bytes) != 0) {
    refuse (error, DINH_PERSON_ERROR_MALFORMED,
            "this public half takes no secrets"); /* RFC 7748 §6.1: all zeros */
    return NULL;
  }
  g_byte_array_append (sealed, box, sizeof box);
  return g_byte_array_free_to_bytes (g_steal_pointer (&sealed));
}

/**
 * dinh_person_key_open_recovery:
 * @recovery: of dinh_recovery_decode()
 *
 * Returns: (transfer full): the key, or %NULL with %DINH_PERSON_ERROR_MALFORMED or %DINH_PERSON_ERROR_SEALED.
 */
DinhPersonKey *
dinh_person_key_open_recovery (GBytes *sealed, const char *person, const DinhSecret *recovery, GError **error)
{
  g_autoptr (DinhSecretText) memory = dinh_secret_text_new_sized (N_BOUND);
  const guint8 *data = check_form (sealed, person, RECOVERY, error);
  g_autoptr (GByteArray) bound = NULL;
  guint8 public_bytes[DINH_RECOVERY_PUBLIC_SIZE], hash[DINH_SECRET_SIZE];
  guint8 *content = (guint8 *) memory;

  if (data == NULL)
    return NULL;
  crypto_scalarmult_base (public_bytes, recovery->bytes);
  bound = bind (data, TIMES_AT, person);
  hash_bound (bound, hash);
  if (crypto_box_seal_open (content, data + TIMES_AT, N_SEALED_BOX, public_bytes, recovery->bytes) == 0 &&
      sodium_memcmp (content + DINH_KEY_SEED_SIZE, hash, sizeof hash) == 0)
    return open_seed (data, person, content, error);
  refuse (error, DINH_PERSON_ERROR_SEALED, "the key does not open with this recovery key for this person");
  return NULL;
}
