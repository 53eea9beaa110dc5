/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "data/trust/dinh-trust-error.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* Inside data/trust only: the seam between OpenSSL's types and the rest. */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIGNUM, BN_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free_all)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GENERAL_NAMES, GENERAL_NAMES_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PKCS7, PKCS7_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_EXTENSION, X509_EXTENSION_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_REQ, X509_REQ_free)

#define DINH_PEM_LIMIT (64 * 1024)

void dinh_pem_set_error (GError **error, DinhTrustError code, const char *message);

X509 *dinh_pem_read_certificate (const char *pem, gsize length, GError **error);
EVP_PKEY *dinh_pem_read_key (const char *pem, gsize length, GError **error);
X509_REQ *dinh_pem_read_request (const char *text, gsize length, GError **error);
GPtrArray *dinh_pem_read_certificates (const char *pem, gsize length, GError **error);

char *dinh_pem_from_certificate (X509 *certificate);
char *dinh_pem_from_key (EVP_PKEY *key);
char *dinh_pem_from_request (X509_REQ *request);

char *dinh_pem_load (const char *path, gsize *length, GError **error);
X509 *dinh_pem_load_certificate (const char *path, GError **error);
EVP_PKEY *dinh_pem_load_key (const char *path, GError **error);
gboolean dinh_pem_save (const char *path, const char *text, int mode, GError **error);

/* The URI that names a device's signing key, in requests and certificates. */
char *dinh_pem_signer_uri (const guint8 *bytes);
char *dinh_pem_signer_from_uri (const char *uri);
GENERAL_NAMES *dinh_pem_uri_names (const char *uri);
GENERAL_NAMES *dinh_pem_get_request_names (X509_REQ *request);
char *dinh_pem_find_signer (GENERAL_NAMES *names);
