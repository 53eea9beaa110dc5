/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/person/dinh-person-key.h"
#include "data/person/dinh-recovery.h"
#include "tests/data/person/person-fixture.h"

#include <sodium.h>
#include <string.h>

#define PERSON "nguyen-van-a"
#define OTHER "nguyen-van-ă"
#define S ((gint64) G_USEC_PER_SEC)
#define NOW (1764000000 * S)
#define ENDS (NOW + 3 * 3600 * S)
#define UNTIL (ENDS + 24 * 3600 * S)

typedef struct {
  DinhPersonKey *key;
  DinhSecret *one;   /* wrap, or k */
  DinhSecret *other; /* share, or device secret */
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->key = dinh_person_key_new (PERSON);
  self->one = dinh_secret_new_random ();
  self->other = dinh_secret_new_random ();
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  dinh_person_key_free (self->key);
  dinh_secret_free (self->one);
  dinh_secret_free (self->other);
}

static void
assert_same (const DinhPersonKey *self, const DinhPersonKey *other)
{
  guint8 seed[DINH_KEY_SEED_SIZE], other_seed[DINH_KEY_SEED_SIZE];

  g_assert_nonnull (other);
  g_assert_cmpstr (self->person, ==, other->person);
  dinh_key_copy_seed (self->key, seed);
  dinh_key_copy_seed (other->key, other_seed);
  g_assert_cmpmem (seed, sizeof seed, other_seed, sizeof other_seed);
}

static GBytes *
flip (GBytes *bytes, gsize at)
{
  gsize length;
  guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));

  length = g_bytes_get_size (bytes);
  copy[at] ^= 1;
  return g_bytes_new_take (copy, length);
}

static void
test_roaming (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) sealed = dinh_person_key_seal (self->key, self->one, self->other);
  g_autoptr (GBytes) again = dinh_person_key_seal (self->key, self->one, self->other);
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhPersonKey) opened = dinh_person_key_open (sealed, PERSON, self->one, self->other, &error);

  g_assert_no_error (error);
  assert_same (self->key, opened);
  g_assert_cmpint (opened->until, ==, 0);
  g_assert_cmpuint (g_bytes_get_size (sealed), ==, 109);
  g_assert_false (g_bytes_equal (sealed, again));
}

/* Only with both halves, for this person, every bit as it was. */
static void
test_roaming_refusals (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) sealed = dinh_person_key_seal (self->key, self->one, self->other);
  g_autoptr (DinhSecret) wrong = dinh_secret_new_random ();
  const struct {
    const char *person;
    const DinhSecret *one;
    const DinhSecret *other;
  } tries[] = {
      {OTHER, self->one, self->other}, {"", self->one, self->other},     {PERSON, wrong, self->other},
      {PERSON, self->one, wrong},      {PERSON, self->other, self->one}, {PERSON, self->one, NULL},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (tries); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (dinh_person_key_open (sealed, tries[i].person, tries[i].one, tries[i].other, &error));
    g_assert_error (error, DINH_PERSON_ERROR, DINH_PERSON_ERROR_SEALED);
  }
  for (gsize i = 0; i < g_bytes_get_size (sealed); i++) {
    g_autoptr (GBytes) damaged = flip (sealed, i);
    g_autoptr (GBytes) cut = g_bytes_new_from_bytes (sealed, 0, i);
    g_autoptr (GError) error = NULL;

    g_assert_null (dinh_person_key_open (damaged, PERSON, self->one, self->other, &error));
    g_assert_error (error, DINH_PERSON_ERROR,
                    (i < 5 ? DINH_PERSON_ERROR_MALFORMED : DINH_PERSON_ERROR_SEALED));
    g_clear_error (&error);
    g_assert_null (dinh_person_key_open (cut, PERSON, self->one, self->other, &error));
    g_assert_error (error, DINH_PERSON_ERROR, DINH_PERSON_ERROR_MALFORMED);
  }
}

/* The same key under a new PIN; the old halves open only what is old. */
static void
test_new_pin (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) old = dinh_person_key_seal (self->key, self->one, self->other);
  g_autoptr (DinhPersonKey) opened = dinh_person_key_open (old, PERSON, self->one, self->other, NULL);
  g_autoptr (DinhSecret) wrap = dinh_secret_new_random ();
  g_autoptr (DinhSecret) share = dinh_secret_new_random ();
  g_autoptr (GBytes) sealed = dinh_person_key_seal (opened, wrap, share);
  g_autoptr (DinhPersonKey) again = dinh_person_key_open (sealed, PERSON, wrap, share, NULL);

  assert_same (self->key, again);
  g_assert_null (dinh_person_key_open (sealed, PERSON, self->one, self->other, NULL));
  g_assert_null (dinh_person_key_open (sealed, PERSON, wrap, self->other, NULL));
  g_assert_null (dinh_person_key_open (sealed, PERSON, self->one, share, NULL));
}

/* As docs/identity.md says, put together by libsodium alone. */
static void
test_roaming_bytes (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) sealed = dinh_person_key_seal (self->key, self->one, self->other);
  g_autoptr (DinhSecret) prk = dinh_secret_new ();
  const guint8 *bytes = g_bytes_get_data (sealed, NULL);
  guint8 key[32], additional[37 + sizeof PERSON - 1], seed[32], expected[32];
  static const char info[] = "dinh-person-key-v1 roaming\1";
  crypto_auth_hmacsha256_state state;

  crypto_auth_hmacsha256 (prk->bytes, self->one->bytes, 32, self->other->bytes); /* RFC 5869 §2.2 */
  crypto_auth_hmacsha256_init (&state, prk->bytes, 32);                          /* §2.3, one block */
  crypto_auth_hmacsha256_update (&state, (const guint8 *) info, sizeof info - 1);
  crypto_auth_hmacsha256_final (&state, key);
  g_assert_cmpmem (bytes, 5, "DPK\1\1", 5);
  g_assert_cmpmem (bytes + 5, 32, dinh_key_get_public_bytes (self->key->key), 32);
  memcpy (additional, bytes, 37);
  memcpy (additional + 37, PERSON, strlen (PERSON));
  g_assert_cmpint (crypto_aead_xchacha20poly1305_ietf_decrypt (seed, NULL, NULL, bytes + 61, 48, additional,
                                                               sizeof additional, bytes + 37, key),
                   ==, 0);
  dinh_key_copy_seed (self->key->key, expected);
  g_assert_cmpmem (seed, 32, expected, 32);
}

static const struct {
  gint64 now;
  int code;
} times[] = {
    {NOW, -1},
    {ENDS, -1},
    {UNTIL - 1, -1},
    {UNTIL, DINH_PERSON_ERROR_EXPIRED},
    {UNTIL + 1000 * S, DINH_PERSON_ERROR_EXPIRED},
    {G_MAXINT64, DINH_PERSON_ERROR_EXPIRED},
    {NOW - 1, DINH_PERSON_ERROR_TIME_BACK},
    {1, DINH_PERSON_ERROR_TIME_BACK},
    {0, DINH_PERSON_ERROR_TIME_UNKNOWN},
    {-1, DINH_PERSON_ERROR_TIME_UNKNOWN},
    {G_MININT64, DINH_PERSON_ERROR_TIME_UNKNOWN},
};

static void
test_offline (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) sealed =
      dinh_person_key_seal_offline (self->key, self->one, self->other, NOW, ENDS, NULL);

  g_assert_cmpuint (g_bytes_get_size (sealed), ==, 125);
  for (gsize i = 0; i < G_N_ELEMENTS (times); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (DinhPersonKey) opened =
        dinh_person_key_open_offline (sealed, PERSON, self->one, self->other, times[i].now, &error);

    if (times[i].code >= 0) {
      g_assert_error (error, DINH_PERSON_ERROR, times[i].code);
      continue;
    }
    g_assert_no_error (error);
    assert_same (self->key, opened);
    g_assert_cmpint (opened->until, ==, UNTIL);
  }
}

/* The times are sealed too: who writes another end opens nothing. */
static void
test_offline_refusals (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) sealed =
      dinh_person_key_seal_offline (self->key, self->one, self->other, NOW, ENDS, NULL);
  g_autoptr (DinhSecret) wrong = dinh_secret_new_random ();

  for (gsize i = 0; i < g_bytes_get_size (sealed); i++) {
    g_autoptr (GBytes) damaged = flip (sealed, i);

    g_assert_null (dinh_person_key_open_offline (damaged, PERSON, self->one, self->other, NOW + S, NULL));
  }
  g_assert_null (dinh_person_key_open_offline (sealed, OTHER, self->one, self->other, NOW, NULL));
  g_assert_null (dinh_person_key_open_offline (sealed, PERSON, wrong, self->other, NOW, NULL));
  g_assert_null (dinh_person_key_open_offline (sealed, PERSON, self->one, wrong, NOW, NULL));
  g_assert_null (dinh_person_key_open (sealed, PERSON, self->one, self->other, NULL));
}

static void
test_offline_sealing (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (dinh_person_key_seal_offline (self->key, self->one, self->other, 0, ENDS, &error));
  g_assert_error (error, DINH_PERSON_ERROR, DINH_PERSON_ERROR_TIME_UNKNOWN);
  g_clear_error (&error);
  g_assert_null (dinh_person_key_seal_offline (self->key, self->one, self->other, UNTIL, ENDS, &error));
  g_assert_error (error, DINH_PERSON_ERROR, DINH_PERSON_ERROR_EXPIRED);
  g_clear_error (&error);
  g_assert_null (dinh_person_key_seal_offline (self->key, self->one, self->other, NOW, G_MAXINT64, &error));
  g_assert_error (error, DINH_PERSON_ERROR, DINH_PERSON_ERROR_EXPIRED);
}

static void
test_recovery (Fixture *self, gconstpointer data)
{
  g_autoptr (DinhSecret) recovery = dinh_recovery_new ();
  g_autoptr (DinhSecret) wrong = dinh_recovery_new ();
  g_autofree char *public_text = dinh_recovery_get_public (recovery);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) sealed = dinh_person_key_seal_recovery (self->key, public_text, &error);
  g_autoptr (DinhPersonKey) opened = dinh_person_key_open_recovery (sealed, PERSON, recovery, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (sealed), ==, 149);
  assert_same (self->key, opened);
  g_assert_null (dinh_person_key_open_recovery (sealed, OTHER, recovery, &error));
  g_assert_error (error, DINH_PERSON_ERROR, DINH_PERSON_ERROR_SEALED);
  g_clear_error (&error);
  g_assert_null (dinh_person_key_open_recovery (sealed, PERSON, wrong, &error));
  g_assert_error (error, DINH_PERSON_ERROR, DINH_PERSON_ERROR_SEALED);
  g_clear_error (&error);
  for (gsize i = 0; i < g_bytes_get_size (sealed); i++) {
    g_autoptr (GBytes) damaged = flip (sealed, i);

    g_assert_null (dinh_person_key_open_recovery (damaged, PERSON, recovery, NULL));
  }
  g_assert_null (dinh_person_key_seal_recovery (
      self->key, "x25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", &error));
  g_assert_error (error, DINH_PERSON_ERROR, DINH_PERSON_ERROR_MALFORMED);
}

/* Through every way in and out, then nowhere in this process: neither the seed nor what was made of it. */
static void
test_wiped (void)
{
  g_autoptr (DinhSecret) one = dinh_secret_new_random ();
  g_autoptr (DinhSecret) other = dinh_secret_new_random ();
  g_autoptr (DinhSecret) recovery = dinh_recovery_new ();
  g_autofree char *public_text = dinh_recovery_get_public (recovery);
  DinhPersonKey *key = dinh_person_key_new (PERSON);
  g_autoptr (GBytes) sealed = dinh_person_key_seal (key, one, other);
  g_autoptr (GBytes) offline = dinh_person_key_seal_offline (key, one, other, NOW, ENDS, NULL);
  g_autoptr (GBytes) in_safe = dinh_person_key_seal_recovery (key, public_text, NULL);
  DinhPersonKey *opened[] = {
      dinh_person_key_open (sealed, PERSON, one, other, NULL),
      dinh_person_key_open_offline (offline, PERSON, one, other, NOW, NULL),
      dinh_person_key_open_recovery (in_safe, PERSON, recovery, NULL),
  };
  g_autofree char *signature = dinh_key_sign (opened[0]->key, "test", "text", 4);
  guint8 masked[DINH_KEY_SEED_SIZE];

  dinh_key_copy_seed (key->key, masked);
  for (gsize i = 0; i < sizeof masked; i++)
    masked[i] ^= 0x5a;
  g_assert_true (memory_has (masked, sizeof masked, 0x5a));
  dinh_person_key_free (key);
  g_assert_true (memory_has (masked, sizeof masked, 0x5a));
  for (gsize i = 0; i < G_N_ELEMENTS (opened); i++)
    dinh_person_key_free (opened[i]);
  g_assert_false (memory_has (masked, sizeof masked, 0x5a));
  g_assert_false (memory_has (masked, 16, 0x5a));
  g_assert_false (memory_has (masked + 16, 16, 0x5a));
}

#define ADD(name, function) g_test_add ("/person/key/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("roaming", test_roaming);
  ADD ("roaming-refusals", test_roaming_refusals);
  ADD ("roaming-bytes", test_roaming_bytes);
  ADD ("new-pin", test_new_pin);
  ADD ("offline", test_offline);
  ADD ("offline-refusals", test_offline_refusals);
  ADD ("offline-sealing", test_offline_sealing);
  ADD ("recovery", test_recovery);
  g_test_add_func ("/person/key/wiped", test_wiped);
  return g_test_run ();
}
