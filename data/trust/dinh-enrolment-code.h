/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

/* The one-time code that lets a device in: 24 characters of Crockford's base32 without a digit more. */
#define DINH_ENROLMENT_CODE_LENGTH 24
#define DINH_ENROLMENT_CODE_ALPHABET "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

char *dinh_enrolment_code_new (const char *fingerprint);
char *dinh_enrolment_code_parse (const char *text, GError **error);
char *dinh_enrolment_code_print (const char *code);
gboolean dinh_enrolment_code_names (const char *code, const char *fingerprint);
