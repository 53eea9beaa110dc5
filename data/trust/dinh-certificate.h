/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

char *dinh_certificate_fingerprint (const char *pem, gsize length, GError **error);
char *dinh_certificate_request_new (const char *common_name, char **key_pem, GError **error);
char *dinh_certificate_to_pkcs7 (const char *pem, gsize length, GError **error);
char *dinh_certificate_from_pkcs7 (const char *base64, gsize length, GError **error);
