/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/person/card-fixture.h"

#include <stdarg.h>
#include <string.h>

static void
ok (int code)
{
  if (code < 0)
    g_test_message ("%s", gnutls_strerror (code));
  g_assert_cmpint (code, >=, 0);
}

static gnutls_x509_privkey_t
make_key (KeyKind kind)
{
  static const struct {
    gnutls_pk_algorithm_t algorithm;
    guint bits;
  } kinds[N_KEYS] = {
      {GNUTLS_PK_RSA, 2048},
      {GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1)},
      {GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP384R1)},
      {GNUTLS_PK_RSA, 1024},
      {GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP521R1)},
      {GNUTLS_PK_EDDSA_ED25519, 0},
  };
  gnutls_x509_privkey_t key;

  ok (gnutls_x509_privkey_init (&key));
  ok (gnutls_x509_privkey_generate (key, kinds[kind].algorithm, kinds[kind].bits, 0));
  return key;
}

/* Each certificate with a key of its own; @issuer NULL: by itself. */
Issued *
issue (const Request *request, const Issued *issuer)
{
  static guint8 serial = 1;
  Issued *self = g_new0 (Issued, 1);
  guint8 id[20];
  gsize length = sizeof id;

  self->key = make_key (request->key);
  ok (gnutls_x509_crt_init (&self->certificate));
  ok (gnutls_x509_crt_set_version (self->certificate, 3));
  ok (gnutls_x509_crt_set_serial (self->certificate, &serial, 1));
  serial++;
  ok (gnutls_x509_crt_set_dn_by_oid (self->certificate, GNUTLS_OID_X520_COMMON_NAME, 0, request->name,
                                     (unsigned) strlen (request->name)));
  ok (gnutls_x509_crt_set_key (self->certificate, self->key));
  ok (gnutls_x509_crt_set_activation_time (self->certificate, (NOW + request->from * DAY) / S));
  ok (gnutls_x509_crt_set_expiration_time (self->certificate, (NOW + request->until * DAY) / S));
  ok (gnutls_x509_crt_set_basic_constraints (self->certificate, request->authority, -1));
  ok (gnutls_x509_crt_get_key_id (self->certificate, 0, id, &length));
  ok (gnutls_x509_crt_set_subject_key_id (self->certificate, id, length));
  if (request->usage != 0)
    ok (gnutls_x509_crt_set_key_usage (self->certificate, request->usage));
  ok (gnutls_x509_crt_sign2 (self->certificate, issuer == NULL ? self->certificate : issuer->certificate,
                             issuer == NULL ? self->key : issuer->key, GNUTLS_DIG_SHA256, 0));
  return self;
}

void
issued_free (Issued *self)
{
  gnutls_x509_privkey_deinit (self->key);
  gnutls_x509_crt_deinit (self->certificate);
  g_free (self);
}

GBytes *
issued_der (const Issued *self)
{
  gnutls_datum_t datum;
  GBytes *der;

  ok (gnutls_x509_crt_export2 (self->certificate, GNUTLS_X509_FMT_DER, &datum));
  der = g_bytes_new (datum.data, datum.size);
  gnutls_free (datum.data);
  return der;
}

char *
issued_pem (const Issued *self)
{
  gnutls_datum_t datum;
  char *pem;

  ok (gnutls_x509_crt_export2 (self->certificate, GNUTLS_X509_FMT_PEM, &datum));
  pem = g_strndup ((char *) datum.data, datum.size);
  gnutls_free (datum.data);
  return pem;
}

char *
issued_key_pem (const Issued *self)
{
  gnutls_datum_t datum;
  char *pem;

  ok (gnutls_x509_privkey_export2_pkcs8 (self->key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &datum));
  pem = g_strndup ((char *) datum.data, datum.size);
  gnutls_free (datum.data);
  return pem;
}

GPtrArray *
chain_of (const Issued *first, ...)
{
  GPtrArray *chain = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  va_list list;

  va_start (list, first);
  for (const Issued *at = first; at != NULL; at = va_arg (list, const Issued *))
    g_ptr_array_add (chain, issued_der (at));
  va_end (list);
  return chain;
}

/* As a card would. */
DinhCardProof *
prove (const Issued *self, GPtrArray *chain, const char *nonce, const char *hub)
{
  g_autofree char *message = g_strconcat ("dinh-card-v1\n", nonce, "\n", hub, NULL);
  gnutls_datum_t data = {(guint8 *) message, (unsigned) strlen (message)}, signature;
  gnutls_sign_algorithm_t sign = GNUTLS_SIGN_RSA_PSS_RSAE_SHA256;
  const char *name = "rsa-pss-sha256";
  gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
  g_autoptr (GBytes) bytes = NULL;
  gnutls_privkey_t key;

  if (gnutls_x509_privkey_get_pk_algorithm (self->key) == GNUTLS_PK_ECDSA) {
    ok (gnutls_x509_privkey_export_ecc_raw (self->key, &curve, NULL, NULL, NULL));
    name = curve == GNUTLS_ECC_CURVE_SECP256R1 ? "ecdsa-p256-sha256" : "ecdsa-p384-sha384";
    sign = curve == GNUTLS_ECC_CURVE_SECP256R1 ? GNUTLS_SIGN_ECDSA_SHA256 : GNUTLS_SIGN_ECDSA_SHA384;
  }
  if (gnutls_x509_privkey_get_pk_algorithm (self->key) == GNUTLS_PK_EDDSA_ED25519)
    sign = GNUTLS_SIGN_EDDSA_ED25519;
  ok (gnutls_privkey_init (&key));
  ok (gnutls_privkey_import_x509 (key, self->key, 0));
  ok (gnutls_privkey_sign_data2 (key, sign, 0, &data, &signature));
  bytes = g_bytes_new (signature.data, signature.size);
  gnutls_free (signature.data);
  gnutls_privkey_deinit (key);
  return dinh_card_proof_new (name, bytes, chain);
}
