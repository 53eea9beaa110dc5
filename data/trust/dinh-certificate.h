/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "data/hash/dinh-key.h"

/* What a certificate request says besides its name. */
typedef struct {
  char *signer; /* the device's signing key as dinh_key_get_public() gives it; NULL: the request names none */
  char *fingerprint; /* SHA-256 of the TLS key's SubjectPublicKeyInfo, hexadecimal */
} DinhRequestFacts;

void dinh_request_facts_free (DinhRequestFacts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhRequestFacts, dinh_request_facts_free)

char *dinh_certificate_fingerprint (const char *pem, gsize length, GError **error);
char *
dinh_certificate_request_new (const char *common_name, const DinhKey *signer, char **key_pem, GError **error);
DinhRequestFacts *dinh_certificate_request_read (const char *text, gsize length, GError **error);
gboolean
dinh_certificate_get_life (const char *pem, gsize length, gint64 *from, gint64 *until, GError **error);
char *dinh_certificate_dup_signer (const char *pem, gsize length);
char *dinh_certificate_to_pkcs7 (const char *pem, gsize length, GError **error);
char *dinh_certificate_from_pkcs7 (const char *base64, gsize length, GError **error);
