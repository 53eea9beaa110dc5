/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/person/dinh-nonces.h"
#include "data/person/dinh-person-key.h"
#include "data/person/dinh-pin.h"
#include "data/person/dinh-recovery.h"
#include "tests/data/person/card-fixture.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* What a hub, a kiosk's disk, a card or a person hands in. What is read must be what was made: nothing forged
 * opens. */

#define PERSON "nguyen-van-a"

typedef struct {
  DinhPersonKey *key;
  DinhSecret *one;
  DinhSecret *other;
  DinhSecret *recovery;
  char *recovery_public;
  Issued *root;
  Issued *middle;
  Issued *person;
  char *authorities;
  GPtrArray *chain;
  DinhCardProof *proof;
  DinhCardHolder *holder;
  DinhNonces *nonces;
} Real;

static const Real *
get_real (void)
{
  static const Request root = {"CA chuyên dùng", KEY_P256, AUTHORITY, TRUE, -3650, 3650};
  static const Request middle = {"CA cấp dưới", KEY_P256, AUTHORITY, TRUE, -1000, 1000};
  static const Request person = {"Nguyễn Văn A", KEY_P256, SIGNER, FALSE, -100, 100};
  static Real real;

  if (real.key != NULL)
    return &real;
  real.key = dinh_person_key_new (PERSON);
  real.one = dinh_secret_new_random ();
  real.other = dinh_secret_new_random ();
  real.recovery = dinh_recovery_new ();
  real.recovery_public = dinh_recovery_get_public (real.recovery);
  real.root = issue (&root, NULL);
  real.middle = issue (&middle, real.root);
  real.person = issue (&person, real.middle);
  real.authorities = issued_pem (real.root);
  real.chain = chain_of (real.person, real.middle, NULL);
  real.proof = prove (real.person, real.chain, NONCE, HUB);
  real.holder = dinh_card_proof_verify (real.proof, NONCE, HUB, real.authorities, NOW, NULL);
  real.nonces = dinh_nonces_new ();
  return &real;
}

static GString *
take_bytes (GBytes *bytes)
{
  GString *text = g_string_new_len (g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes));

  g_bytes_unref (bytes);
  return text;
}

static GString *
take_text (char *text)
{
  GString *string = g_string_new (text);

  g_free (text);
  return string;
}

/* Sealed keys */

static gpointer
same_key (DinhPersonKey *key)
{
  if (key != NULL)
    g_assert_cmpstr (dinh_key_get_public (key->key), ==, dinh_key_get_public (get_real ()->key->key));
  return key;
}

static GString *
make_roaming (void)
{
  return take_bytes (dinh_person_key_seal (get_real ()->key, get_real ()->one, get_real ()->other));
}

static gpointer
read_roaming (const char *text, gsize length, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, length);

  return same_key (dinh_person_key_open (bytes, PERSON, get_real ()->one, get_real ()->other, error));
}

static GString *
make_offline (void)
{
  return take_bytes (dinh_person_key_seal_offline (get_real ()->key, get_real ()->one, get_real ()->other,
                                                   NOW, NOW + DAY, NULL));
}

/* The end that it is opened with must be the one that was sealed. */
static gpointer
read_offline (const char *text, gsize length, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, length);
  DinhPersonKey *key =
      dinh_person_key_open_offline (bytes, PERSON, get_real ()->one, get_real ()->other, NOW + DAY, error);

  if (key != NULL)
    g_assert_cmpint (key->until, ==, NOW + 2 * DAY);
  return same_key (key);
}

static GString *
make_in_safe (void)
{
  return take_bytes (dinh_person_key_seal_recovery (get_real ()->key, get_real ()->recovery_public, NULL));
}

static gpointer
read_in_safe (const char *text, gsize length, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, length);

  return same_key (dinh_person_key_open_recovery (bytes, PERSON, get_real ()->recovery, error));
}

/* Texts */

static GString *
make_code (void)
{
  g_autoptr (DinhSecretText) code = dinh_recovery_encode (get_real ()->recovery);

  return g_string_new (code);
}

static gpointer
read_code (const char *text, gsize length, GError **error)
{
  g_autofree char *copy = g_strndup (text, length);
  DinhSecret *secret = dinh_recovery_decode (copy, error);

  if (secret != NULL)
    g_assert_cmpmem (secret->bytes, DINH_SECRET_SIZE, get_real ()->recovery->bytes, DINH_SECRET_SIZE);
  return secret;
}

static GString *
make_public (void)
{
  return g_string_new (get_real ()->recovery_public);
}

static gpointer
read_public (const char *text, gsize length, GError **error)
{
  g_autofree char *copy = g_strndup (text, length);
  guint8 *bytes = g_malloc (DINH_RECOVERY_PUBLIC_SIZE);

  if (dinh_recovery_parse_public (copy, bytes, error))
    return bytes;
  g_free (bytes);
  return NULL;
}

static GString *
make_parameters (void)
{
  DinhPinParameters parameters;

  dinh_pin_parameters_init (&parameters);
  return take_text (dinh_pin_parameters_print (&parameters));
}

static gpointer
read_parameters (const char *text, gsize length, GError **error)
{
  g_autofree char *copy = g_strndup (text, length);
  DinhPinParameters *parameters = g_new0 (DinhPinParameters, 1);

  if (!dinh_pin_parameters_parse (parameters, copy, error)) {
    g_free (parameters);
    return NULL;
  }
  g_assert_true (parameters->memory >= 64 * 1024 && parameters->memory <= 128 * 1024);
  g_assert_true (parameters->passes >= 3 && parameters->passes <= 8);
  return parameters;
}

static GString *
make_verifier (void)
{
  return take_text (dinh_pin_verifier_new (get_real ()->one, get_real ()->other, PERSON));
}

static gpointer
read_verifier (const char *text, gsize length, GError **error)
{
  g_autofree char *copy = g_strndup (text, length);
  g_autofree char *good = dinh_pin_verifier_new (get_real ()->one, get_real ()->other, PERSON);
  gboolean right = dinh_pin_verifier_check (copy, get_real ()->one, get_real ()->other, PERSON);

  g_assert_true (right == g_str_equal (copy, good));
  if (right)
    return g_steal_pointer (&good);
  g_set_error_literal (error, DINH_PERSON_ERROR, DINH_PERSON_ERROR_MALFORMED, "no");
  return NULL;
}

static GString *
make_nonce (void)
{
  return take_text (dinh_nonces_issue (get_real ()->nonces, "seat-1", NOW));
}

static gpointer
read_nonce (const char *text, gsize length, GError **error)
{
  g_autofree char *copy = g_strndup (text, length);

  return dinh_nonces_take (get_real ()->nonces, copy, "seat-1", NOW, error) ? g_steal_pointer (&copy) : NULL;
}

/* Cards */

static GString *
make_certificate (void)
{
  return take_bytes (g_bytes_ref (g_ptr_array_index (get_real ()->chain, 0)));
}

static GString *
make_issuer (void)
{
  return take_bytes (g_bytes_ref (g_ptr_array_index (get_real ()->chain, 1)));
}

static GString *
make_signature (void)
{
  return take_bytes (g_bytes_ref (get_real ()->proof->signature));
}

static gpointer
verify (GPtrArray *chain, GBytes *signature, GError **error)
{
  g_autoptr (DinhCardProof) proof = dinh_card_proof_new (get_real ()->proof->algorithm, signature, chain);
  DinhCardHolder *holder = dinh_card_proof_verify (proof, NONCE, HUB, get_real ()->authorities, NOW, error);

  if (holder != NULL) {
    g_assert_cmpstr (holder->key_hash, ==, get_real ()->holder->key_hash);
    g_assert_cmpstr (holder->subject, ==, get_real ()->holder->subject);
  }
  return holder;
}

static gpointer
verify_with (GBytes *first, GBytes *second, GError **error)
{
  g_autoptr (GPtrArray) chain = g_ptr_array_new ();

  g_ptr_array_add (chain, first);
  g_ptr_array_add (chain, second);
  return verify (chain, get_real ()->proof->signature, error);
}

static gpointer
read_certificate (const char *text, gsize length, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, length);

  return verify_with (bytes, g_ptr_array_index (get_real ()->chain, 1), error);
}

static gpointer
read_issuer (const char *text, gsize length, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, length);

  return verify_with (g_ptr_array_index (get_real ()->chain, 0), bytes, error);
}

static gpointer
read_signature (const char *text, gsize length, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, length);

  return verify (get_real ()->chain, bytes, error);
}

static const FuzzTarget targets[] = {
    {"roaming-key", make_roaming, read_roaming, (GDestroyNotify) dinh_person_key_free},
    {"offline-key", make_offline, read_offline, (GDestroyNotify) dinh_person_key_free},
    {"recovery-key", make_in_safe, read_in_safe, (GDestroyNotify) dinh_person_key_free},
    {"recovery-code", make_code, read_code, (GDestroyNotify) dinh_secret_free},
    {"recovery-public", make_public, read_public, g_free},
    {"pin-parameters", make_parameters, read_parameters, g_free},
    {"pin-verifier", make_verifier, read_verifier, g_free},
    {"nonce", make_nonce, read_nonce, g_free},
    {"card-certificate", make_certificate, read_certificate, (GDestroyNotify) dinh_card_holder_free},
    {"card-issuer", make_issuer, read_issuer, (GDestroyNotify) dinh_card_holder_free},
    {"card-signature", make_signature, read_signature, (GDestroyNotify) dinh_card_holder_free},
};

int
main (int argc, char **argv)
{
  return fuzz_run (argc, argv, "person", targets, G_N_ELEMENTS (targets));
}
