/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gnutls/abstract.h>
#include <gnutls/x509.h>

#include "data/person/dinh-card-proof.h"

#define S ((gint64) G_USEC_PER_SEC)
#define NOW (1764000000 * S)
#define DAY (24 * 3600 * S)
#define HUB "hub.tinh.example"
#define NONCE "bm9uY2Utb2YtdGhpcy10ZXN0"

typedef enum { KEY_RSA, KEY_P256, KEY_P384, KEY_RSA_1024, KEY_P521, KEY_ED25519, N_KEYS } KeyKind;

/* A key and the certificate that an issuer gave for it. */
typedef struct {
  gnutls_x509_privkey_t key;
  gnutls_x509_crt_t certificate;
} Issued;

typedef struct {
  const char *name;
  KeyKind key;
  guint usage; /* GNUTLS_KEY_…; 0: no such extension */
  gboolean authority;
  gint64 from; /* days from NOW */
  gint64 until;
} Request;

#define AUTHORITY GNUTLS_KEY_KEY_CERT_SIGN
#define SIGNER (GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_NON_REPUDIATION)

Issued *issue (const Request *request, const Issued *issuer);
void issued_free (Issued *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Issued, issued_free)

GBytes *issued_der (const Issued *self);
char *issued_pem (const Issued *self);
char *issued_key_pem (const Issued *self);
GPtrArray *chain_of (const Issued *first, ...) G_GNUC_NULL_TERMINATED;
DinhCardProof *prove (const Issued *self, GPtrArray *chain, const char *nonce, const char *hub);
