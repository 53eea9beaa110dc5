/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/person/dinh-nonces.h"
#include "tests/data/person/card-fixture.h"

#include <string.h>

#define OK -1

/* An authority, one below it, and persons. */
typedef struct {
  Issued *root;
  Issued *middle;
  Issued *other_root;
  char *authorities;
} Fixture;

static const Request root_request = {"CA chuyên dùng", KEY_P256, AUTHORITY, TRUE, -3650, 3650};
static const Request middle_request = {"CA cấp dưới", KEY_P256, AUTHORITY, TRUE, -1000, 1000};
static const Request person_request = {"Nguyễn Văn A", KEY_P256, SIGNER, FALSE, -100, 100};

static void
set_up (Fixture *self, gconstpointer data)
{
  self->root = issue (&root_request, NULL);
  self->middle = issue (&middle_request, self->root);
  self->other_root = issue (&root_request, NULL);
  self->authorities = issued_pem (self->root);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  issued_free (self->root);
  issued_free (self->middle);
  issued_free (self->other_root);
  g_free (self->authorities);
}

static void
check (const DinhCardProof *proof, const char *authorities, int code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhCardHolder) holder = dinh_card_proof_verify (proof, NONCE, HUB, authorities, NOW, &error);

  if (code == OK)
    g_assert_no_error (error);
  else
    g_assert_error (error, DINH_CARD_ERROR, code);
  g_assert_true ((holder != NULL) == (code == OK));
}

static const struct {
  Request request;
  int code;
} persons[] = {
    {{"Nguyễn Văn A", KEY_P256, SIGNER, FALSE, -100, 100}, OK},
    {{"Nguyễn Văn A", KEY_P384, SIGNER, FALSE, -100, 100}, OK},
    {{"Nguyễn Văn A", KEY_RSA, SIGNER, FALSE, -100, 100}, OK},
    {{"Nguyễn Văn A", KEY_P256, GNUTLS_KEY_DIGITAL_SIGNATURE, FALSE, -1, 1}, OK},
    {{"Nguyễn Văn A", KEY_RSA_1024, SIGNER, FALSE, -100, 100}, DINH_CARD_ERROR_WEAK_KEY},
    {{"Nguyễn Văn A", KEY_P521, SIGNER, FALSE, -100, 100}, DINH_CARD_ERROR_WEAK_KEY},
    {{"Nguyễn Văn A", KEY_ED25519, SIGNER, FALSE, -100, 100}, DINH_CARD_ERROR_WEAK_KEY},
    {{"Nguyễn Văn A", KEY_P256, SIGNER, FALSE, -100, -1}, DINH_CARD_ERROR_EXPIRED},
    {{"Nguyễn Văn A", KEY_P256, SIGNER, FALSE, 1, 100}, DINH_CARD_ERROR_NOT_YET_VALID},
    {{"Nguyễn Văn A", KEY_P256, GNUTLS_KEY_KEY_ENCIPHERMENT, FALSE, -100, 100}, DINH_CARD_ERROR_USAGE},
    {{"Nguyễn Văn A", KEY_P256, GNUTLS_KEY_NON_REPUDIATION, FALSE, -100, 100}, DINH_CARD_ERROR_USAGE},
    {{"Nguyễn Văn A", KEY_P256, 0, FALSE, -100, 100}, DINH_CARD_ERROR_USAGE},
    {{"Nguyễn Văn A", KEY_P256, SIGNER | AUTHORITY, TRUE, -100, 100}, DINH_CARD_ERROR_USAGE},
};

static void
test_persons (Fixture *self, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (persons); i++) {
    g_autoptr (Issued) person = issue (&persons[i].request, self->root);
    g_autoptr (GPtrArray) chain = chain_of (person, NULL);
    g_autoptr (DinhCardProof) proof = prove (person, chain, NONCE, HUB);

    g_test_message ("person %" G_GSIZE_FORMAT, i);
    check (proof, self->authorities, persons[i].code);
  }
}

static void
test_holder (Fixture *self, gconstpointer data)
{
  g_autoptr (Issued) person = issue (&person_request, self->root);
  g_autoptr (GPtrArray) chain = chain_of (person, NULL);
  g_autoptr (DinhCardProof) proof = prove (person, chain, NONCE, HUB);
  g_autoptr (DinhCardHolder) holder =
      dinh_card_proof_verify (proof, NONCE, HUB, self->authorities, NOW, NULL);
  g_autofree char *fingerprint =
      g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, g_ptr_array_index (chain, 0));

  g_assert_cmpstr (holder->subject, ==, "CN=Nguyễn Văn A");
  g_assert_cmpstr (holder->fingerprint, ==, fingerprint);
  g_assert_cmpuint (strlen (holder->key_hash), ==, 64);
  g_assert_cmpint (holder->not_after, ==, NOW + 100 * DAY);
}

static void
test_chains (Fixture *self, gconstpointer data)
{
  static const Request expired_middle_request = {"CA cấp dưới", KEY_P256, AUTHORITY, TRUE, -1000, -1};
  static const Request expired_root_request = {"CA cũ", KEY_P256, AUTHORITY, TRUE, -1000, -1};
  g_autoptr (Issued) person = issue (&person_request, self->middle);
  g_autoptr (Issued) of_person = issue (&person_request, person);
  g_autoptr (Issued) expired_middle = issue (&expired_middle_request, self->root);
  g_autoptr (Issued) of_expired = issue (&person_request, expired_middle);
  g_autoptr (Issued) expired_root = issue (&expired_root_request, NULL);
  g_autoptr (Issued) of_expired_root = issue (&person_request, expired_root);
  g_autoptr (Issued) of_other = issue (&person_request, self->other_root);
  g_autoptr (Issued) self_signed = issue (&person_request, NULL);
  g_autofree char *expired_pem = issued_pem (expired_root);
  g_autofree char *self_signed_pem = issued_pem (self_signed);
  const struct {
    const Issued *who;
    const Issued *second;
    const Issued *third;
    const char *authorities;
    int code;
  } cases[] = {
      {person, self->middle, NULL, self->authorities, OK},
      {person, self->middle, self->root, self->authorities, OK},
      {person, NULL, NULL, self->authorities, DINH_CARD_ERROR_UNTRUSTED},
      {of_person, person, self->middle, self->authorities,
       DINH_CARD_ERROR_UNTRUSTED}, /* a person is no authority */
      {of_expired, expired_middle, NULL, self->authorities, DINH_CARD_ERROR_EXPIRED},
      {of_expired_root, NULL, NULL, expired_pem, DINH_CARD_ERROR_UNTRUSTED},
      {of_other, NULL, NULL, self->authorities, DINH_CARD_ERROR_UNTRUSTED}, /* of the same name */
      {of_other, self->other_root, NULL, self->authorities, DINH_CARD_ERROR_UNTRUSTED},
      {of_other, self->root, NULL, self->authorities, DINH_CARD_ERROR_UNTRUSTED},
      {self_signed, NULL, NULL, self->authorities, DINH_CARD_ERROR_UNTRUSTED},
      {self_signed, NULL, NULL, self_signed_pem, DINH_CARD_ERROR_UNTRUSTED},
      {person, self->middle, NULL, "", DINH_CARD_ERROR_UNTRUSTED},
      {person, self->middle, NULL, "no certificate", DINH_CARD_ERROR_UNTRUSTED},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GPtrArray) chain = chain_of (cases[i].who, cases[i].second, cases[i].third, NULL);
    g_autoptr (DinhCardProof) proof = prove (cases[i].who, chain, NONCE, HUB);

    g_test_message ("chain %" G_GSIZE_FORMAT, i);
    check (proof, cases[i].authorities, cases[i].code);
  }
}

static void
test_signatures (Fixture *self, gconstpointer data)
{
  g_autoptr (Issued) person = issue (&person_request, self->root);
  g_autoptr (Issued) colleague = issue (&person_request, self->root);
  g_autoptr (GPtrArray) chain = chain_of (person, NULL);
  g_autoptr (DinhCardProof) good = prove (person, chain, NONCE, HUB);
  g_autoptr (DinhCardProof) other_nonce = prove (person, chain, "another", HUB);
  g_autoptr (DinhCardProof) other_hub = prove (person, chain, NONCE, "hub.khac.example");
  g_autoptr (DinhCardProof) by_colleague = prove (colleague, chain, NONCE, HUB);
  g_autoptr (GBytes) none = g_bytes_new_static ("", 0);
  g_autofree char *large = g_malloc0 (1025);
  g_autoptr (GBytes) too_large = g_bytes_new_static (large, 1025);
  g_autoptr (DinhCardProof) without = dinh_card_proof_new ("ecdsa-p256-sha256", none, chain);
  g_autoptr (DinhCardProof) with_large = dinh_card_proof_new ("ecdsa-p256-sha256", too_large, chain);
  g_autoptr (DinhCardProof) as_rsa = dinh_card_proof_new ("rsa-sha256", good->signature, chain);
  g_autoptr (DinhCardProof) as_p384 = dinh_card_proof_new ("ecdsa-p384-sha384", good->signature, chain);
  g_autoptr (DinhCardProof) as_none = dinh_card_proof_new ("none", good->signature, chain);

  check (good, self->authorities, OK);
  check (other_nonce, self->authorities, DINH_CARD_ERROR_SIGNATURE);
  check (other_hub, self->authorities, DINH_CARD_ERROR_SIGNATURE);
  check (by_colleague, self->authorities, DINH_CARD_ERROR_SIGNATURE);
  check (without, self->authorities, DINH_CARD_ERROR_SIGNATURE);
  check (with_large, self->authorities, DINH_CARD_ERROR_TOO_LARGE);
  check (as_rsa, self->authorities, DINH_CARD_ERROR_ALGORITHM);
  check (as_p384, self->authorities, DINH_CARD_ERROR_ALGORITHM);
  check (as_none, self->authorities, DINH_CARD_ERROR_ALGORITHM);
}

static void
test_lines (Fixture *self, gconstpointer data)
{
  g_autofree char *long_line = g_strnfill (201, 'a');
  const char *const bad[] = {"", "a\nb", "a\r", long_line};
  g_autoptr (Issued) person = issue (&person_request, self->root);
  g_autoptr (GPtrArray) chain = chain_of (person, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (DinhCardProof) proof = prove (person, chain, bad[i], HUB);
    g_autoptr (GError) error = NULL;

    g_assert_null (dinh_card_proof_verify (proof, bad[i], HUB, self->authorities, NOW, &error));
    g_assert_error (error, DINH_CARD_ERROR, DINH_CARD_ERROR_MALFORMED);
    g_clear_error (&error);
    g_assert_null (dinh_card_proof_verify (proof, NONCE, bad[i], self->authorities, NOW, &error));
    g_assert_error (error, DINH_CARD_ERROR, DINH_CARD_ERROR_MALFORMED);
  }
}

static void
check_with (Fixture *self, DinhCardProof *proof, GBytes *added, guint n, int code)
{
  g_autoptr (GPtrArray) chain = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (DinhCardProof) other = NULL;

  g_ptr_array_add (chain, g_bytes_ref (g_ptr_array_index (proof->chain, 0)));
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (chain, g_bytes_ref (added));
  other = dinh_card_proof_new (proof->algorithm, proof->signature, chain);
  check (other, self->authorities, code);
}

/* Ten megabytes as one certificate, as many, garbage, and what only begins as a certificate. */
static void
test_garbage (Fixture *self, gconstpointer data)
{
  const gsize size = 10 * 1024 * 1024;
  g_autoptr (Issued) person = issue (&person_request, self->root);
  g_autoptr (GPtrArray) chain = chain_of (person, NULL);
  g_autoptr (DinhCardProof) proof = prove (person, chain, NONCE, HUB);
  GBytes *der = g_ptr_array_index (chain, 0);
  g_autoptr (GBytes) huge = g_bytes_new_take (g_malloc0 (size), size);
  g_autoptr (GBytes) nothing = g_bytes_new_static ("", 0);
  g_autoptr (GBytes) garbage = g_bytes_new_static ("\x30\x82\xff\xff\x30\x84\xff\xff\xff\xff\xa0\x80", 12);
  g_autoptr (GBytes) cut = g_bytes_new_from_bytes (der, 0, g_bytes_get_size (der) - 1);
  g_autoptr (GByteArray) tail = g_byte_array_new ();
  g_autoptr (GBytes) with_tail = NULL;
  g_autoptr (GPtrArray) empty = g_ptr_array_new ();
  g_autoptr (DinhCardProof) of_nothing = dinh_card_proof_new (proof->algorithm, proof->signature, empty);

  g_byte_array_append (tail, g_bytes_get_data (der, NULL), (guint) g_bytes_get_size (der));
  g_byte_array_append (tail, (const guint8 *) "x", 1);
  with_tail = g_bytes_new (tail->data, tail->len);
  check_with (self, proof, der, 0, OK);
  check_with (self, proof, huge, 1, DINH_CARD_ERROR_TOO_LARGE);
  check_with (self, proof, der, 10 * 1024, DINH_CARD_ERROR_TOO_LARGE);
  check_with (self, proof, nothing, 1, DINH_CARD_ERROR_MALFORMED);
  check_with (self, proof, garbage, 1, DINH_CARD_ERROR_MALFORMED);
  check_with (self, proof, cut, 1, DINH_CARD_ERROR_MALFORMED);
  check_with (self, proof, with_tail, 1, DINH_CARD_ERROR_MALFORMED);
  check (of_nothing, self->authorities, DINH_CARD_ERROR_TOO_LARGE);
}

static void
assert_nonce (DinhNonces *nonces, const char *nonce, const char *device, gint64 now, gboolean good)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (dinh_nonces_take (nonces, nonce, device, now, &error) == good);
  if (!good)
    g_assert_error (error, DINH_PERSON_ERROR, DINH_PERSON_ERROR_NONCE);
}

static void
test_nonces (void)
{
  g_autoptr (DinhNonces) nonces = dinh_nonces_new ();
  g_autoptr (DinhNonces) others = dinh_nonces_new ();
  g_autofree char *one = dinh_nonces_issue (nonces, "seat-1", NOW);
  g_autofree char *two = dinh_nonces_issue (nonces, "seat-1", NOW);
  g_autofree char *three = dinh_nonces_issue (nonces, "seat-1", NOW);
  g_autofree char *longer = g_strconcat (two, "A", NULL);
  g_autofree char *of_others = dinh_nonces_issue (others, "seat-1", NOW);

  g_assert_cmpstr (one, !=, two);
  assert_nonce (nonces, one, "seat-2", NOW, FALSE);
  assert_nonce (nonces, one, "seat-1", NOW + S, TRUE);
  assert_nonce (nonces, one, "seat-1", NOW + S, FALSE); /* replayed */
  assert_nonce (nonces, of_others, "seat-1", NOW + S, FALSE);
  assert_nonce (nonces, longer, "seat-1", NOW + S, FALSE);
  assert_nonce (nonces, "", "seat-1", NOW + S, FALSE);
  two[3] = two[3] == 'A' ? 'B' : 'A';
  assert_nonce (nonces, two, "seat-1", NOW + S, FALSE);
  assert_nonce (nonces, three, "seat-1", NOW + DINH_NONCE_LIFETIME, FALSE);
  /* the used one was forgotten by now; a clock that is set back does not bring it back */
  assert_nonce (nonces, one, "seat-1", NOW + S, FALSE);
}

#define ADD(name, function)                                                                                  \
  g_test_add ("/person/card-proof/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("persons", test_persons);
  ADD ("holder", test_holder);
  ADD ("chains", test_chains);
  ADD ("signatures", test_signatures);
  ADD ("lines", test_lines);
  ADD ("garbage", test_garbage);
  g_test_add_func ("/person/card-proof/nonces", test_nonces);
  return g_test_run ();
}
