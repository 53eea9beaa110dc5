/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

/**
 * DinhTrustError:
 * @DINH_TRUST_ERROR_MALFORMED: the text is not what it should be
 * @DINH_TRUST_ERROR_TOO_LARGE: the text is longer than such a text can be
 * @DINH_TRUST_ERROR_SIGNATURE: a signature does not fit
 * @DINH_TRUST_ERROR_WEAK_KEY: a key of a kind or size that is not accepted
 * @DINH_TRUST_ERROR_MISMATCH: two files that belong together do not
 * @DINH_TRUST_ERROR_EXISTS: what would be made is there already
 * @DINH_TRUST_ERROR_CRYPTO: the library could not do what it always can
 */
typedef enum {
  DINH_TRUST_ERROR_MALFORMED,
  DINH_TRUST_ERROR_TOO_LARGE,
  DINH_TRUST_ERROR_SIGNATURE,
  DINH_TRUST_ERROR_WEAK_KEY,
  DINH_TRUST_ERROR_MISMATCH,
  DINH_TRUST_ERROR_EXISTS,
  DINH_TRUST_ERROR_CRYPTO,
} DinhTrustError;

#define DINH_TRUST_ERROR (dinh_trust_error_quark ())
GQuark dinh_trust_error_quark (void);
