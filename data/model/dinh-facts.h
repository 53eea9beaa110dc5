/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <jansson.h>

G_BEGIN_DECLS

/* What a fact is: in the record's state, in the struct and as a property. */
typedef enum {
  DINH_FACT_TEXT,  /* string, char *, string */
  DINH_FACT_COUNT, /* integer, guint, uint */
  DINH_FACT_LONG,  /* integer, guint64, uint64 */
  DINH_FACT_FLAG,  /* boolean, gboolean, boolean */
  DINH_FACT_TIME,  /* RFC 3339 string, gint64 (microseconds since 1970), int64 */
} DinhFactKind;

/* One fact of a meeting, an item or a paper; tables of them end with a name of NULL. */
typedef struct {
  const char *name; /* the property */
  const char *key;  /* in the record's state; NULL: the model's own */
  DinhFactKind kind;
  gboolean needed;
  gsize offset; /* in the instance */
} DinhFact;

guint dinh_facts_install (const DinhFact *facts, GObjectClass *object_class);
void dinh_facts_get (const DinhFact *facts, gpointer object, guint property_id, GValue *value);
void dinh_facts_clear (const DinhFact *facts, gpointer object);
gboolean dinh_facts_fit (const DinhFact *facts, const json_t *source, const char *where, GError **error);
void dinh_facts_update (const DinhFact *facts, gpointer object, const json_t *source);

gboolean dinh_facts_replace_text (char **text, const char *value);
void dinh_facts_set_text (gpointer object, const char *property, char **text, const char *value);
void dinh_facts_set_flag (gpointer object, const char *property, gboolean *flag, gboolean value);

void dinh_list_become (GListStore *list, GPtrArray *wanted);

G_END_DECLS
