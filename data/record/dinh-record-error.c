/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-record-error.h"

G_DEFINE_QUARK (dinh-record-error-quark, dinh_record_error)

/**
 * dinh_record_error_get_name:
 *
 * Returns: (transfer none): the code's name on the wire, the last part of a problem's type (RFC 9457 §3.1.1).
 */
const char *
dinh_record_error_get_name (DinhRecordError code)
{
  static const char *const names[] = {
    [DINH_RECORD_ERROR_JSON] = "not-json",         [DINH_RECORD_ERROR_FIELD] = "wrong-field",
    [DINH_RECORD_ERROR_KIND] = "unknown-kind",     [DINH_RECORD_ERROR_SIGNATURE] = "bad-signature",
    [DINH_RECORD_ERROR_KEY] = "key-not-valid",     [DINH_RECORD_ERROR_REUSED] = "id-reused",
    [DINH_RECORD_ERROR_FORBIDDEN] = "forbidden",   [DINH_RECORD_ERROR_MISSING] = "missing",
    [DINH_RECORD_ERROR_EXISTS] = "exists",         [DINH_RECORD_ERROR_STATE] = "wrong-state",
    [DINH_RECORD_ERROR_TIME] = "wrong-time",       [DINH_RECORD_ERROR_CHAIN] = "broken-chain",
    [DINH_RECORD_ERROR_SECRET] = "secret",
  };

  return (gsize) code < G_N_ELEMENTS (names) ? names[code] : "unknown";
}
