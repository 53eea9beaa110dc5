/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/record/dinh-json.h"

G_BEGIN_DECLS

typedef enum {
  DINH_FIELD_TEXT,    /* min to max characters of NFC, no control or direction characters */
  DINH_FIELD_OPAQUE,  /* min to max bytes of any text */
  DINH_FIELD_KEY,     /* [a-z0-9][a-z0-9-]{0,63} */
  DINH_FIELD_KEYS,    /* list of keys, none twice */
  DINH_FIELD_UUID,
  DINH_FIELD_HASH,    /* SHA-256 as 64 hexadecimal digits */
  DINH_FIELD_SIGNER,  /* a public key, "ed25519:…" */
  DINH_FIELD_INTEGER, /* min to max */
  DINH_FIELD_BOOLEAN,
  DINH_FIELD_TIME,    /* RFC 3339 with an offset */
  DINH_FIELD_DATE,    /* YYYY-MM-DD */
  DINH_FIELD_CHOICE,  /* one of choices */
  DINH_FIELD_LIST,    /* list of objects with fields; at most max */
  DINH_FIELD_KEYS_OR_LIST, /* list whose members are keys, or objects with fields */
} DinhFieldType;

/* One field of an object; tables of them end with a row without a name. */
typedef struct _DinhField DinhField;
struct _DinhField {
  const char *name;
  DinhFieldType type;
  gboolean required;
  gint64 min, max;
  const char *const *choices;
  const DinhField *fields;
};

gboolean dinh_fields_check (const DinhField *fields, const json_t *object, gboolean strict, GError **error);
gboolean dinh_field_is_misleading (gunichar c);
char *dinh_field_describe (const DinhField *field);
gboolean dinh_key_is_valid (const char *text);

G_END_DECLS
