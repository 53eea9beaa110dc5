/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * DinhPersonError:
 * @DINH_PERSON_ERROR_PIN_LENGTH: not 6 to 12 digits
 * @DINH_PERSON_ERROR_PIN_NOT_DIGITS: something else than 0 to 9
 * @DINH_PERSON_ERROR_PIN_SAME_DIGITS: one digit over and over
 * @DINH_PERSON_ERROR_PIN_RUN: digits counting up or down
 * @DINH_PERSON_ERROR_PIN_DATE: a date that people try first
 * @DINH_PERSON_ERROR_PARAMETERS: Argon2id parameters that are none, too weak or too costly
 * @DINH_PERSON_ERROR_MALFORMED: not what it should be, or cut
 * @DINH_PERSON_ERROR_SEALED: does not open: another secret, another person, or damaged
 * @DINH_PERSON_ERROR_EXPIRED: its time is over
 * @DINH_PERSON_ERROR_TIME_UNKNOWN: nobody knows hub time
 * @DINH_PERSON_ERROR_TIME_BACK: hub time is before the time of sealing
 * @DINH_PERSON_ERROR_CHECKSUM: a recovery code with a slip of the pen
 * @DINH_PERSON_ERROR_FILE: a file cannot be read or written
 * @DINH_PERSON_ERROR_HARDWARE: the TPM that sealed it does not open it
 * @DINH_PERSON_ERROR_NONCE: a nonce that was not given out, or too long ago, or used before
 */
typedef enum {
  DINH_PERSON_ERROR_PIN_LENGTH,
  DINH_PERSON_ERROR_PIN_NOT_DIGITS,
  DINH_PERSON_ERROR_PIN_SAME_DIGITS,
  DINH_PERSON_ERROR_PIN_RUN,
  DINH_PERSON_ERROR_PIN_DATE,
  DINH_PERSON_ERROR_PARAMETERS,
  DINH_PERSON_ERROR_MALFORMED,
  DINH_PERSON_ERROR_SEALED,
  DINH_PERSON_ERROR_EXPIRED,
  DINH_PERSON_ERROR_TIME_UNKNOWN,
  DINH_PERSON_ERROR_TIME_BACK,
  DINH_PERSON_ERROR_CHECKSUM,
  DINH_PERSON_ERROR_FILE,
  DINH_PERSON_ERROR_HARDWARE,
  DINH_PERSON_ERROR_NONCE,
} DinhPersonError;

#define DINH_PERSON_ERROR (dinh_person_error_quark ())
GQuark dinh_person_error_quark (void);

G_END_DECLS
