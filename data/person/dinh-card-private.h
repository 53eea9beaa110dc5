/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "data/person/dinh-card-proof.h"

/* Inside data/person only: what the card's side and the hub's side share. */

G_DEFINE_AUTO_CLEANUP_FREE_FUNC (gnutls_x509_crt_t, gnutls_x509_crt_deinit, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC (gnutls_pubkey_t, gnutls_pubkey_deinit, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC (gnutls_privkey_t, gnutls_privkey_deinit, NULL)

/* A way of signing. */
typedef struct {
  const char *name;
  gnutls_sign_algorithm_t sign;
  gnutls_pk_algorithm_t key;
  guint bits; /* of an elliptic curve; 0: RSA of an accepted size */
} DinhCardAlgorithm;

const DinhCardAlgorithm *dinh_card_algorithm_for (gnutls_x509_crt_t certificate, gboolean pss);
gnutls_x509_crt_t dinh_card_certificate_parse (GBytes *der, GError **error);
gboolean dinh_card_certificate_is_for_signing (gnutls_x509_crt_t certificate);
char *dinh_card_certificate_dup_name (gnutls_x509_crt_t certificate);
char *dinh_card_message (const char *nonce, const char *hub, GError **error);
