/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * DinhCardError:
 * @DINH_CARD_ERROR_BUSY: a card has not answered yet
 * @DINH_CARD_ERROR_REMOVED: the card is not there, or no longer
 * @DINH_CARD_ERROR_WRONG_PIN: the PIN was wrong
 * @DINH_CARD_ERROR_WRONG_PIN_FEW_LEFT: the PIN was wrong, and the card says that few tries are left
 * @DINH_CARD_ERROR_WRONG_PIN_FINAL_TRY: the PIN was wrong, and one more wrong PIN locks the card
 * @DINH_CARD_ERROR_PIN_LOCKED: the card takes no PIN any more
 * @DINH_CARD_ERROR_UNSUPPORTED: the card has no key or way of signing that is accepted
 * @DINH_CARD_ERROR_FAILED: the card, or its driver, says something else
 * @DINH_CARD_ERROR_TOO_LARGE: larger than any real one
 * @DINH_CARD_ERROR_MALFORMED: not certificates, or not a nonce
 * @DINH_CARD_ERROR_ALGORITHM: not an accepted way of signing for this key
 * @DINH_CARD_ERROR_WEAK_KEY: a key of a kind or size that is not accepted
 * @DINH_CARD_ERROR_USAGE: the certificate is not for signatures of a person
 * @DINH_CARD_ERROR_NOT_YET_VALID: a certificate's time has not begun
 * @DINH_CARD_ERROR_EXPIRED: a certificate's time is over
 * @DINH_CARD_ERROR_UNTRUSTED: no authority that is accepted now has issued it
 * @DINH_CARD_ERROR_SIGNATURE: the signature is not by this key over this nonce for this hub
 */
typedef enum {
  DINH_CARD_ERROR_BUSY,
  DINH_CARD_ERROR_REMOVED,
  DINH_CARD_ERROR_WRONG_PIN,
  DINH_CARD_ERROR_WRONG_PIN_FEW_LEFT,
  DINH_CARD_ERROR_WRONG_PIN_FINAL_TRY,
  DINH_CARD_ERROR_PIN_LOCKED,
  DINH_CARD_ERROR_UNSUPPORTED,
  DINH_CARD_ERROR_FAILED,
  DINH_CARD_ERROR_TOO_LARGE,
  DINH_CARD_ERROR_MALFORMED,
  DINH_CARD_ERROR_ALGORITHM,
  DINH_CARD_ERROR_WEAK_KEY,
  DINH_CARD_ERROR_USAGE,
  DINH_CARD_ERROR_NOT_YET_VALID,
  DINH_CARD_ERROR_EXPIRED,
  DINH_CARD_ERROR_UNTRUSTED,
  DINH_CARD_ERROR_SIGNATURE,
} DinhCardError;

#define DINH_CARD_ERROR (dinh_card_error_quark ())
GQuark dinh_card_error_quark (void);

G_END_DECLS
