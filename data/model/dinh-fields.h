/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <jansson.h>

G_BEGIN_DECLS

/* What a field is: in the record's state, in the struct and as a property. */
typedef enum {
  DINH_FIELD_TEXT,  /* string, char *, string */
  DINH_FIELD_COUNT, /* integer, guint, uint */
  DINH_FIELD_LONG,  /* integer, guint64, uint64 */
  DINH_FIELD_FLAG,  /* boolean, gboolean, boolean */
  DINH_FIELD_TIME,  /* RFC 3339 string, gint64 (microseconds since 1970), int64 */
} DinhFieldKind;

/* One fact of a meeting, an item or a paper; tables of them end with a name of NULL. */
typedef struct {
  const char *name; /* the property */
  const char *key;  /* in the record's state; NULL: the model's own */
  DinhFieldKind kind;
  gboolean needed;
  gsize offset; /* in the instance */
} DinhField;

guint dinh_fields_install (const DinhField *fields, GObjectClass *object_class);
void dinh_fields_get (const DinhField *fields, gpointer object, guint property_id, GValue *value);
void dinh_fields_clear (const DinhField *fields, gpointer object);
gboolean dinh_fields_fit (const DinhField *fields, const json_t *source, const char *where, GError **error);
void dinh_fields_update (const DinhField *fields, gpointer object, const json_t *source);

gboolean dinh_fields_replace_text (char **text, const char *value);
void dinh_fields_set_text (gpointer object, const char *property, char **text, const char *value);
void dinh_fields_set_flag (gpointer object, const char *property, gboolean *flag, gboolean value);

void dinh_list_become (GListStore *list, GPtrArray *wanted);

G_END_DECLS
