/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/person/dinh-card-error.h"

G_BEGIN_DECLS

/* What bounds everything that comes from a card, or from whoever says that he has one. */
#define DINH_CARD_MAX_CHAIN 6
#define DINH_CARD_MAX_CERTIFICATE (16 * 1024)
#define DINH_CARD_MAX_SIGNATURE 1024

/* That somebody has a card: a signature over "dinh-card-v1", line feed, the nonce, line feed, the hub's name.
 */
typedef struct {
  char *algorithm; /* rsa-pss-sha256, rsa-sha256, ecdsa-p256-sha256, ecdsa-p384-sha384 */
  GBytes *signature;
  GPtrArray
      *chain; /* of GBytes, each a certificate in DER (RFC 5280): the card's, then who issued it, and so on */
} DinhCardProof;

DinhCardProof *dinh_card_proof_new (const char *algorithm, GBytes *signature, GPtrArray *chain);
void dinh_card_proof_free (DinhCardProof *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhCardProof, dinh_card_proof_free)

/* Whose card it is. */
typedef struct {
  char *subject;     /* RFC 4514 */
  char *fingerprint; /* SHA-256 of the certificate, hexadecimal */
  char *key_hash;    /* SHA-256 of its public key, which outlives a renewal */
  gint64 not_after;  /* µs since 1970 */
} DinhCardHolder;

DinhCardHolder *dinh_card_proof_verify (const DinhCardProof *self,
                                        const char *nonce,
                                        const char *hub,
                                        const char *authorities,
                                        gint64 now,
                                        GError **error);
void dinh_card_holder_free (DinhCardHolder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhCardHolder, dinh_card_holder_free)

G_END_DECLS
