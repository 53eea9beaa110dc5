/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/hash/dinh-hash.h"
#include "data/person/dinh-pin.h"
#include "tests/data/person/person-fixture.h"

#include <sodium.h>
#include <string.h>

#define PIN "135790"
#define PARAMETERS "$argon2id$v=19$m=131072,t=4,p=1$MDEyMzQ1Njc4OWFiY2RlZg"
#define PERSON "nguyen-van-a"

/* Made by the argon2 program and by "openssl kdf". */
#define K "459eef5fcd30829b454de5c938635e2288ffdfe73f78279863b619272687bd16"
#define AUTH "178bb870b18d7a6b8f84f4cdbcd5bbcfd1f94723b6ec4f7beef335d0ad512fa2"
#define WRAP "59af3862694a9ff99877dcd140d3f1db65d0a03bb01a5c276f6aaf367de05f02"

/* By Python's hashlib, of a pepper of sevens. */
#define SHARE_OF_THREES "5e1744a50a0a7adf859d7b1a22f71bd2101b2fdea1d71254f1bb3704791776a9"
#define VERIFIER_OF_NINES "blake2b:H+oU2PhAGUsvm388q8THqjoGTgyG0fAv66JCXDNhjuY="

#define OK -1

static const struct {
  const char *pin;
  int code;
} pins[] = {
    {"135790", OK},
    {"483920157364", OK},
    {"112233", OK},
    {"121212", OK},
    {"", DINH_PERSON_ERROR_PIN_LENGTH},
    {"13579", DINH_PERSON_ERROR_PIN_LENGTH},
    {"1357924680135", DINH_PERSON_ERROR_PIN_LENGTH},
    {"13579a", DINH_PERSON_ERROR_PIN_NOT_DIGITS},
    {"13579 ", DINH_PERSON_ERROR_PIN_NOT_DIGITS},
    {"-135790", DINH_PERSON_ERROR_PIN_NOT_DIGITS},
    {"١٣٥٧٩٠", DINH_PERSON_ERROR_PIN_NOT_DIGITS},
    {"000000", DINH_PERSON_ERROR_PIN_SAME_DIGITS},
    {"777777777777", DINH_PERSON_ERROR_PIN_SAME_DIGITS},
    {"123456", DINH_PERSON_ERROR_PIN_RUN},
    {"987654", DINH_PERSON_ERROR_PIN_RUN},
    {"7890123", DINH_PERSON_ERROR_PIN_RUN},
    {"210987", DINH_PERSON_ERROR_PIN_RUN},
    {"123457", OK},
    {"05091975", DINH_PERSON_ERROR_PIN_DATE},
    {"050975", DINH_PERSON_ERROR_PIN_DATE},
    {"19750905", DINH_PERSON_ERROR_PIN_DATE},
    {"750905", DINH_PERSON_ERROR_PIN_DATE},
    {"09051975", DINH_PERSON_ERROR_PIN_DATE},
    {"090575", DINH_PERSON_ERROR_PIN_DATE},
    {"591975", DINH_PERSON_ERROR_PIN_DATE},
    {"05091976", OK},
    {"20112020", DINH_PERSON_ERROR_PIN_DATE},
};

static void
test_pins (void)
{
  g_autoptr (GDate) birth = g_date_new_dmy (5, 9, 1975);
  g_autoptr (GDate) other = g_date_new_dmy (20, 11, 2020);
  const GDate *const dates[] = {birth, other};

  for (gsize i = 0; i < G_N_ELEMENTS (pins); i++) {
    g_autoptr (GError) error = NULL;
    gboolean good = dinh_pin_check (pins[i].pin, dates, 2, &error);

    g_test_message ("“%s”", pins[i].pin);
    g_assert_true (good == (pins[i].code == OK));
    if (pins[i].code != OK)
      g_assert_error (error, DINH_PERSON_ERROR, pins[i].code);
  }
  g_assert_true (dinh_pin_check ("05091975", NULL, 0, NULL));
}

static const struct {
  const char *text;
  gboolean good;
} parameters[] = {
    {PARAMETERS, TRUE},
    {"$argon2id$v=19$m=65536,t=3,p=1$MDEyMzQ1Njc4OWFiY2RlZg", TRUE},
    {"$argon2id$v=19$m=131072,t=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg", TRUE},
    /* trivially weak */
    {"$argon2id$v=19$m=65535,t=3,p=1$MDEyMzQ1Njc4OWFiY2RlZg", FALSE},
    {"$argon2id$v=19$m=131072,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg", FALSE},
    {"$argon2id$v=19$m=8,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg", FALSE},
    /* burning memory or time */
    {"$argon2id$v=19$m=131073,t=4,p=1$MDEyMzQ1Njc4OWFiY2RlZg", FALSE},
    {"$argon2id$v=19$m=131072,t=9,p=1$MDEyMzQ1Njc4OWFiY2RlZg", FALSE},
    {"$argon2id$v=19$m=4294967295,t=4,p=1$MDEyMzQ1Njc4OWFiY2RlZg", FALSE},
    {"$argon2id$v=19$m=4295098368,t=4,p=1$MDEyMzQ1Njc4OWFiY2RlZg", FALSE},
    {"$argon2id$v=19$m=131072,t=18446744073709551617,p=1$MDEyMzQ1Njc4OWFiY2RlZg", FALSE},
    /* others */
    {"", FALSE},
    {"$argon2id$v=19$", FALSE},
    {"$argon2i$v=19$m=131072,t=4,p=1$MDEyMzQ1Njc4OWFiY2RlZg", FALSE},
    {"$argon2id$v=16$m=131072,t=4,p=1$MDEyMzQ1Njc4OWFiY2RlZg", FALSE},
    {"$argon2id$v=19$m=131072,t=4,p=2$MDEyMzQ1Njc4OWFiY2RlZg", FALSE},
    {"$argon2id$v=19$m=-1,t=4,p=1$MDEyMzQ1Njc4OWFiY2RlZg", FALSE},
    {"$argon2id$v=19$m= 131072,t=4,p=1$MDEyMzQ1Njc4OWFiY2RlZg", FALSE},
    {"$argon2id$v=19$m=131072,t=4,p=1$MDEyMzQ1Njc4OWFiY2RlZg$", FALSE},
    {"$argon2id$v=19$m=131072,t=4,p=1$MDEyMzQ1Njc4OWFiY2Rl", FALSE},
    {"$argon2id$v=19$m=131072,t=4,p=1$MDEyMzQ1Njc4OWFiY2RlZgAA", FALSE},
    {"$argon2id$v=19$m=131072,t=4,p=1$MDEyMzQ1Njc4OWFiY2RlZh", FALSE},
    {"$argon2id$v=19$m=131072,t=4,p=1$", FALSE},
};

static void
test_parameters (void)
{
  DinhPinParameters fresh, other;
  g_autofree char *text = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (parameters); i++) {
    g_autoptr (GError) error = NULL;
    DinhPinParameters parsed;
    gboolean good = dinh_pin_parameters_parse (&parsed, parameters[i].text, &error);
    g_autofree char *printed = good ? dinh_pin_parameters_print (&parsed) : NULL;

    g_test_message ("“%s”", parameters[i].text);
    g_assert_true (good == parameters[i].good);
    if (good)
      g_assert_cmpstr (printed, ==, parameters[i].text);
    else
      g_assert_error (error, DINH_PERSON_ERROR, DINH_PERSON_ERROR_PARAMETERS);
  }
  dinh_pin_parameters_init (&fresh);
  dinh_pin_parameters_init (&other);
  g_assert_true (memcmp (fresh.salt, other.salt, sizeof fresh.salt) != 0);
  text = dinh_pin_parameters_print (&fresh);
  g_assert_true (dinh_pin_parameters_parse (&other, text, NULL));
  g_assert_cmpmem (fresh.salt, sizeof fresh.salt, other.salt, sizeof other.salt);
}

static void
assert_secret (const DinhSecret *secret, const char *hex)
{
  DinhHash expected;

  g_assert_true (dinh_hash_from_hex (hex, &expected));
  g_assert_cmpmem (secret->bytes, DINH_SECRET_SIZE, expected.bytes, DINH_HASH_SIZE);
}

static void
test_vectors (void)
{
  DinhPinParameters known;
  g_autoptr (DinhPinKeys) keys = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (dinh_pin_parameters_parse (&known, PARAMETERS, NULL));
  keys = dinh_pin_derive (PIN, &known, &error);
  g_assert_no_error (error);
  assert_secret (keys->k, K);
  assert_secret (keys->auth, AUTH);
  assert_secret (keys->wrap, WRAP);
}

static void
test_worker (void)
{
  DinhPinParameters known;
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (DinhPinKeys) keys = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (dinh_pin_parameters_parse (&known, PARAMETERS, NULL));
  dinh_pin_derive_async (PIN, &known, NULL, take_result, &pending);
  result = wait_for (&pending);
  keys = dinh_pin_derive_finish (result, &error);
  g_assert_no_error (error);
  assert_secret (keys->auth, AUTH);
}

/* The callback comes while the computation still runs; the next one waits for it and is right. */
static void
test_cancel (void)
{
  DinhPinParameters known;
  GAsyncResult *pending = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (dinh_pin_parameters_parse (&known, PARAMETERS, NULL));
  dinh_pin_derive_async (PIN, &known, cancellable, take_result, &pending);
  g_cancellable_cancel (cancellable);
  result = wait_for (&pending);
  g_assert_null (dinh_pin_derive_finish (result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  test_worker ();
}

static void
test_refusal (void)
{
  DinhPinParameters weak = {.memory = 8, .passes = 1};
  g_autoptr (DinhPinKeys) allowed = NULL;
  DinhPinParameters known;
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (dinh_pin_derive (PIN, &weak, &error));
  g_assert_error (error, DINH_PERSON_ERROR, DINH_PERSON_ERROR_PARAMETERS);
  g_clear_error (&error);
  dinh_pin_parameters_init (&known);
  /* one that was good when it was chosen must not lock anybody out */
  allowed = dinh_pin_derive ("123456", &known, &error);
  g_assert_no_error (error);
  dinh_pin_derive_async ("12", &known, NULL, take_result, &pending);
  result = wait_for (&pending);
  g_assert_null (dinh_pin_derive_finish (result, &error));
  g_assert_error (error, DINH_PERSON_ERROR, DINH_PERSON_ERROR_PIN_LENGTH);
}

static DinhSecret *
secret_of (guint8 byte)
{
  DinhSecret *secret = dinh_secret_new ();

  memset (secret->bytes, byte, DINH_SECRET_SIZE);
  return secret;
}

static void
test_verifier (void)
{
  g_autoptr (DinhSecret) pepper = secret_of (7);
  g_autoptr (DinhSecret) other_pepper = secret_of (8);
  g_autoptr (DinhSecret) auth = secret_of (9);
  g_autofree char *verifier = dinh_pin_verifier_new (auth, pepper, PERSON);

  g_assert_cmpstr (verifier, ==, VERIFIER_OF_NINES);
  g_assert_true (dinh_pin_verifier_check (verifier, auth, pepper, PERSON));
  g_assert_false (dinh_pin_verifier_check (verifier, auth, other_pepper, PERSON));
  g_assert_false (dinh_pin_verifier_check (verifier, auth, pepper, "tran-thi-b"));
  g_assert_false (dinh_pin_verifier_check ("", auth, pepper, PERSON));
  g_assert_false (dinh_pin_verifier_check ("blake2b:", auth, pepper, PERSON));
  for (gsize i = 0; i < DINH_SECRET_SIZE; i++) {
    auth->bytes[i] ^= 1;
    g_assert_false (dinh_pin_verifier_check (verifier, auth, pepper, PERSON));
    auth->bytes[i] ^= 1;
  }
}

static void
test_share (void)
{
  guint8 id[DINH_PIN_SHARE_ID_SIZE];
  g_autoptr (DinhSecret) pepper = secret_of (7);
  g_autoptr (DinhSecret) share = NULL;
  g_autoptr (DinhSecret) of_other = NULL;
  g_autoptr (DinhSecret) later = NULL;

  memset (id, 3, sizeof id);
  share = dinh_pin_share (id, pepper, PERSON);
  assert_secret (share, SHARE_OF_THREES);
  of_other = dinh_pin_share (id, pepper, "tran-thi-b");
  g_assert_true (memcmp (share, of_other, sizeof *share) != 0);
  dinh_pin_share_id_init (id);
  later = dinh_pin_share (id, pepper, PERSON);
  g_assert_true (memcmp (share, later, sizeof *share) != 0);
}

/* Of a PIN and what was made of it, nothing stays in memory. */
static void
test_wiped (void)
{
  DinhPinParameters fresh; /* other tests had the known keys lie about */
  guint8 masked[3][DINH_SECRET_SIZE];
  DinhPinKeys *keys;

  dinh_pin_parameters_init (&fresh);
  keys = dinh_pin_derive (PIN, &fresh, NULL);
  for (gsize i = 0; i < DINH_SECRET_SIZE; i++) {
    masked[0][i] = keys->k->bytes[i] ^ 0x5a;
    masked[1][i] = keys->auth->bytes[i] ^ 0x5a;
    masked[2][i] = keys->wrap->bytes[i] ^ 0x5a;
  }
  for (gsize i = 0; i < 3; i++)
    g_assert_true (memory_has (masked[i], DINH_SECRET_SIZE, 0x5a));
  dinh_pin_keys_free (keys);
  for (gsize i = 0; i < 3; i++)
    g_assert_false (memory_has (masked[i], DINH_SECRET_SIZE, 0x5a));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/person/pin/rules", test_pins);
  g_test_add_func ("/person/pin/parameters", test_parameters);
  g_test_add_func ("/person/pin/vectors", test_vectors);
  g_test_add_func ("/person/pin/worker", test_worker);
  g_test_add_func ("/person/pin/cancel", test_cancel);
  g_test_add_func ("/person/pin/refusal", test_refusal);
  g_test_add_func ("/person/pin/verifier", test_verifier);
  g_test_add_func ("/person/pin/share", test_share);
  g_test_add_func ("/person/pin/wiped", test_wiped);
  return g_test_run ();
}
