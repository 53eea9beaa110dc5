/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/person/dinh-card-private.h"

#include "data/hash/dinh-hash.h"

#include <string.h>

#define CONTEXT "dinh-card-v1"
#define MAX_LINE 200
#define MIN_RSA 2048
#define MAX_RSA 8192 /* more is only slow */

G_DEFINE_QUARK (dinh-card-error - quark, dinh_card_error)

typedef gnutls_x509_trust_list_t TrustList;

static void
trust_list_free (TrustList list)
{
  gnutls_x509_trust_list_deinit (list, TRUE);
}

G_DEFINE_AUTO_CLEANUP_FREE_FUNC (TrustList, trust_list_free, NULL)

/* The first that fits a key is the one to use. */
static const DinhCardAlgorithm algorithms[] = {
    {"rsa-pss-sha256", GNUTLS_SIGN_RSA_PSS_RSAE_SHA256, GNUTLS_PK_RSA, 0},
    {"rsa-sha256", GNUTLS_SIGN_RSA_SHA256, GNUTLS_PK_RSA, 0},
    {"ecdsa-p256-sha256", GNUTLS_SIGN_ECDSA_SHA256, GNUTLS_PK_ECDSA, 256},
    {"ecdsa-p384-sha384", GNUTLS_SIGN_ECDSA_SHA384, GNUTLS_PK_ECDSA, 384},
};

static gboolean
refuse (GError **error, DinhCardError code, const char *message)
{
  g_set_error_literal (error, DINH_CARD_ERROR, code, message);
  return FALSE;
}

static gboolean
fits (const DinhCardAlgorithm *algorithm, gnutls_x509_crt_t certificate)
{
  gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
  guint bits = 0;

  if (gnutls_x509_crt_get_pk_algorithm (certificate, &bits) != (int) algorithm->key)
    return FALSE;
  if (algorithm->bits == 0)
    return bits >= MIN_RSA && bits <= MAX_RSA;
  return gnutls_x509_crt_get_pk_ecc_raw (certificate, &curve, NULL, NULL) == 0 &&
         curve == (algorithm->bits == 256 ? GNUTLS_ECC_CURVE_SECP256R1 : GNUTLS_ECC_CURVE_SECP384R1);
}

/*
 * dinh_card_algorithm_for:
 * @pss: whether the card can sign by RSA-PSS
 *
 * Returns: (nullable): how @certificate's key is to sign; %NULL for a key that is not accepted.
 */
const DinhCardAlgorithm *
dinh_card_algorithm_for (gnutls_x509_crt_t certificate, gboolean pss)
{
  for (gsize i = pss ? 0 : 1; i < G_N_ELEMENTS (algorithms); i++) {
    if (fits (&algorithms[i], certificate))
      return &algorithms[i];
  }
  return NULL;
}

static const DinhCardAlgorithm *
find_algorithm (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++) {
    if (g_str_equal (algorithms[i].name, name))
      return &algorithms[i];
  }
  return NULL;
}

/*
 * dinh_card_certificate_parse:
 *
 * Returns: (nullable): the one certificate that @der is, or %NULL with %DINH_CARD_ERROR_TOO_LARGE or
 * …_MALFORMED.
 */
gnutls_x509_crt_t
dinh_card_certificate_parse (GBytes *der, GError **error)
{
  g_auto (gnutls_x509_crt_t) certificate = NULL;
  gnutls_datum_t datum;
  gsize length;

  datum.data = (guint8 *) g_bytes_get_data (der, &length);
  datum.size = (unsigned) length;
  if (length > DINH_CARD_MAX_CERTIFICATE) {
    refuse (error, DINH_CARD_ERROR_TOO_LARGE, "no certificate is that large");
    return NULL;
  }
  if (length == 0 || gnutls_x509_crt_init (&certificate) < 0 ||
      gnutls_x509_crt_import (certificate, &datum, GNUTLS_X509_FMT_DER) < 0) {
    refuse (error, DINH_CARD_ERROR_MALFORMED, "this is not a certificate");
    return NULL;
  }
  return g_steal_pointer (&certificate);
}

/*
 * dinh_card_certificate_is_for_signing:
 *
 * Whether its key usage has digitalSignature (RFC 5280 §4.2.1.3) and it is no authority's.
 */
gboolean
dinh_card_certificate_is_for_signing (gnutls_x509_crt_t certificate)
{
  guint usage = 0;

  return gnutls_x509_crt_get_ca_status (certificate, NULL) <= 0 &&
         gnutls_x509_crt_get_key_usage (certificate, &usage, NULL) >= 0 &&
         (usage & GNUTLS_KEY_DIGITAL_SIGNATURE) != 0;
}

/*
 * dinh_card_certificate_dup_name:
 *
 * Returns: (transfer full): the subject, RFC 4514.
 */
char *
dinh_card_certificate_dup_name (gnutls_x509_crt_t certificate)
{
  gnutls_datum_t name = {0};
  char *text;

  if (gnutls_x509_crt_get_dn3 (certificate, &name, 0) < 0)
    return g_strdup ("");
  text = g_utf8_make_valid ((char *) name.data, (gssize) name.size);
  gnutls_free (name.data);
  return text;
}

/*
 * dinh_card_message:
 *
 * Returns: (transfer full): what is signed, or %NULL with %DINH_CARD_ERROR_MALFORMED: one line each, so that
 * nobody is led to sign something else.
 */
char *
dinh_card_message (const char *nonce, const char *hub, GError **error)
{
  const char *const lines[] = {nonce, hub};

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++) {
    gsize length = strnlen (lines[i], MAX_LINE + 1);

    if (length == 0 || length > MAX_LINE || strcspn (lines[i], "\r\n") != length) {
      refuse (error, DINH_CARD_ERROR_MALFORMED, "a nonce and a hub's name are a line of 1 to 200 bytes each");
      return NULL;
    }
  }
  return g_strconcat (CONTEXT "\n", nonce, "\n", hub, NULL);
}

/**
 * dinh_card_proof_new:
 * @chain: (element-type GBytes): shared
 *
 * Returns: (transfer full): the proof, unchecked.
 */
DinhCardProof *
dinh_card_proof_new (const char *algorithm, GBytes *signature, GPtrArray *chain)
{
  DinhCardProof *self = g_new0 (DinhCardProof, 1);

  self->algorithm = g_strdup (algorithm);
  self->signature = g_bytes_ref (signature);
  self->chain = g_ptr_array_ref (chain);
  return self;
}

/**
 * dinh_card_proof_free:
 */
void
dinh_card_proof_free (DinhCardProof *self)
{
  g_free (self->algorithm);
  g_bytes_unref (self->signature);
  g_ptr_array_unref (self->chain);
  g_free (self);
}

/**
 * dinh_card_holder_free:
 */
void
dinh_card_holder_free (DinhCardHolder *self)
{
  g_free (self->subject);
  g_free (self->fingerprint);
  g_free (self->key_hash);
  g_free (self);
}

static gboolean
is_valid_at (gnutls_x509_crt_t certificate, gint64 now, GError **error)
{
  gint64 seconds = now / G_USEC_PER_SEC;

  if (gnutls_x509_crt_get_activation_time (certificate) > seconds)
    return refuse (error, DINH_CARD_ERROR_NOT_YET_VALID, "a certificate is not valid yet");
  if (gnutls_x509_crt_get_expiration_time (certificate) < seconds)
    return refuse (error, DINH_CARD_ERROR_EXPIRED, "a certificate has expired");
  return TRUE;
}

/* All certificates of the chain, bounded before anything is parsed, each of an accepted key and valid now. */
static GPtrArray *
parse_chain (GPtrArray *chain, gint64 now, GError **error)
{
  g_autoptr (GPtrArray) certificates =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gnutls_x509_crt_deinit);

  if (chain->len == 0 || chain->len > DINH_CARD_MAX_CHAIN) {
    refuse (error, DINH_CARD_ERROR_TOO_LARGE, "a chain has 1 to 6 certificates");
    return NULL;
  }
  for (guint i = 0; i < chain->len; i++) {
    gnutls_x509_crt_t certificate = dinh_card_certificate_parse (g_ptr_array_index (chain, i), error);

    if (certificate == NULL)
      return NULL;
    g_ptr_array_add (certificates, certificate);
    if (dinh_card_algorithm_for (certificate, TRUE) == NULL) {
      refuse (error, DINH_CARD_ERROR_WEAK_KEY,
              "a key is neither RSA of 2048 to 8192 bits nor on P-256 or P-384");
      return NULL;
    }
    if (!is_valid_at (certificate, now, error))
      return NULL;
  }
  return g_steal_pointer (&certificates);
}

/* The authorities that are valid now. GnuTLS itself would judge by this machine's clock. */
static TrustList
trust (const char *authorities, gint64 now)
{
  gnutls_datum_t pem = {(guint8 *) authorities, (unsigned) strlen (authorities)};
  gnutls_x509_crt_t *certificates = NULL;
  TrustList list = NULL;
  guint n = 0;

  gnutls_x509_trust_list_init (&list, 0);
  if (gnutls_x509_crt_list_import2 (&certificates, &n, &pem, GNUTLS_X509_FMT_PEM, 0) < 0)
    return list;
  for (guint i = 0; i < n; i++) {
    if (!is_valid_at (certificates[i], now, NULL) ||
        gnutls_x509_trust_list_add_cas (list, &certificates[i], 1, 0) != 1)
      gnutls_x509_crt_deinit (certificates[i]);
  }
  gnutls_free (certificates);
  return list;
}

static gboolean
verify_chain (GPtrArray *certificates, const char *authorities, gint64 now, GError **error)
{
  g_auto (TrustList) list = trust (authorities, now);
  guint status = 0;

  if (gnutls_x509_trust_list_verify_crt2 (
          list, (gnutls_x509_crt_t *) certificates->pdata, certificates->len, NULL, 0,
          GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS |
              GNUTLS_VERIFY_DO_NOT_ALLOW_SAME | GNUTLS_PROFILE_TO_VFLAGS (GNUTLS_PROFILE_MEDIUM),
          &status, NULL) < 0 ||
      status != 0)
    return refuse (error, DINH_CARD_ERROR_UNTRUSTED, "no accepted authority has issued the certificate");
  return TRUE;
}

static gboolean
verify_signature (const DinhCardProof *self,
                  gnutls_x509_crt_t certificate,
                  const char *nonce,
                  const char *hub,
                  GError **error)
{
  const DinhCardAlgorithm *algorithm = find_algorithm (self->algorithm);
  g_autofree char *message = dinh_card_message (nonce, hub, error);
  g_auto (gnutls_pubkey_t) key = NULL;
  gnutls_datum_t data, signature;
  gsize length;

  if (message == NULL)
    return FALSE;
  if (algorithm == NULL || !fits (algorithm, certificate))
    return refuse (error, DINH_CARD_ERROR_ALGORITHM, "this key does not sign in that way");
  data = (gnutls_datum_t){(guint8 *) message, (unsigned) strlen (message)};
  signature.data = (guint8 *) g_bytes_get_data (self->signature, &length);
  signature.size = (unsigned) length;
  if (length == 0 || gnutls_pubkey_init (&key) < 0 || gnutls_pubkey_import_x509 (key, certificate, 0) < 0 ||
      gnutls_pubkey_verify_data2 (key, algorithm->sign, 0, &data, &signature) < 0)
    return refuse (error, DINH_CARD_ERROR_SIGNATURE,
                   "the signature is not by this card over this nonce for this hub");
  return TRUE;
}

static DinhCardHolder *
describe (gnutls_x509_crt_t certificate, GBytes *der)
{
  DinhCardHolder *holder = g_new0 (DinhCardHolder, 1);
  GString *hex = g_string_new (NULL);
  guint8 id[DINH_HASH_SIZE];
  gsize length = sizeof id;

  gnutls_x509_crt_get_key_id (certificate, GNUTLS_KEYID_USE_SHA256, id, &length);
  for (gsize i = 0; i < sizeof id; i++)
    g_string_append_printf (hex, "%02x", id[i]);
  holder->subject = dinh_card_certificate_dup_name (certificate);
  holder->fingerprint = dinh_hash_data_hex (g_bytes_get_data (der, NULL), g_bytes_get_size (der));
  holder->key_hash = g_string_free (hex, FALSE);
  holder->not_after = (gint64) gnutls_x509_crt_get_expiration_time (certificate) * G_USEC_PER_SEC;
  return holder;
}

/**
 * dinh_card_proof_verify:
 * @self: from anybody
 * @nonce: the one that was given out, and taken back with dinh_nonces_take()
 * @hub: this hub's name
 * @authorities: the certificates whose cards are accepted, PEM
 * @now: hub time, µs since 1970
 *
 * Checks, in this order, size, form, kinds of keys, dates, use, chain (RFC 5280 §6) and signature. Revocation
 * is not looked up.
 *
 * Returns: (transfer full): whose card it is, or %NULL with a #DinhCardError.
 */
DinhCardHolder *
dinh_card_proof_verify (const DinhCardProof *self,
                        const char *nonce,
                        const char *hub,
                        const char *authorities,
                        gint64 now,
                        GError **error)
{
  g_autoptr (GPtrArray) certificates = NULL;
  gnutls_x509_crt_t card;

  if (g_bytes_get_size (self->signature) > DINH_CARD_MAX_SIGNATURE) {
    refuse (error, DINH_CARD_ERROR_TOO_LARGE, "no signature is that large");
    return NULL;
  }
  certificates = parse_chain (self->chain, now, error);
  if (certificates == NULL)
    return NULL;
  card = g_ptr_array_index (certificates, 0);
  if (!dinh_card_certificate_is_for_signing (card)) {
    refuse (error, DINH_CARD_ERROR_USAGE, "the certificate is not for a person's signatures");
    return NULL;
  }
  if (!verify_chain (certificates, authorities, now, error) ||
      !verify_signature (self, card, nonce, hub, error))
    return NULL;
  return describe (card, g_ptr_array_index (self->chain, 0));
}
