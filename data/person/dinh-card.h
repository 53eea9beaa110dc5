/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "data/person/dinh-card-proof.h"

G_BEGIN_DECLS

/* What a card says of its PIN before anybody types it (PKCS #11, CK_TOKEN_INFO). */
typedef enum {
  DINH_CARD_PIN_GOOD,
  DINH_CARD_PIN_FEW_LEFT,  /* it was wrong at least once */
  DINH_CARD_PIN_FINAL_TRY, /* one more wrong PIN locks the card */
  DINH_CARD_PIN_LOCKED,
} DinhCardPinState;

/* A certificate for signing on a card that is plugged in. */
typedef struct {
  char *token;       /* the card's label */
  char *subject;     /* the certificate's, RFC 4514 */
  gint64 not_before; /* µs since 1970 */
  gint64 not_after;
  DinhCardPinState pin_state;
  gboolean has_pin_pad; /* the PIN is typed at the reader */
  char *url;            /* of the private key, RFC 7512 */
  GPtrArray *chain;     /* of GBytes, DER: this certificate, then its issuers as far as the card has them */
} DinhCard;

DinhCard *dinh_card_copy (const DinhCard *self);
void dinh_card_free (DinhCard *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhCard, dinh_card_free)

void dinh_card_list_async (GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *dinh_card_list_finish (GAsyncResult *result, GError **error);

void dinh_card_sign_async (const DinhCard *self,
                           const char *pin,
                           const char *nonce,
                           const char *hub,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
DinhCardProof *dinh_card_sign_finish (GAsyncResult *result, GError **error);

G_END_DECLS
