/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/model/dinh-facts.h"

#include "data/model/dinh-meeting.h"
#include "data/record/dinh-time.h"

/*
 * The facts that a meeting, an item and a paper take from the record's state, declared once in a table each:
 * the table installs the properties, reads them, checks what comes in and notifies what changed.
 */

static GParamSpec *
fact_param_spec (const DinhFact *fact)
{
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  switch (fact->kind) {
  case DINH_FACT_TEXT:
    return g_param_spec_string (fact->name, NULL, NULL, NULL, flags);
  case DINH_FACT_COUNT:
    return g_param_spec_uint (fact->name, NULL, NULL, 0, G_MAXUINT, 0, flags);
  case DINH_FACT_LONG:
    return g_param_spec_uint64 (fact->name, NULL, NULL, 0, G_MAXUINT64, 0, flags);
  case DINH_FACT_FLAG:
    return g_param_spec_boolean (fact->name, NULL, NULL, FALSE, flags);
  case DINH_FACT_TIME:
    return g_param_spec_int64 (fact->name, NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
  default:
    g_return_val_if_reached (NULL);
  }
}

/*
 * dinh_facts_install: installs one read-only property a fact, with ids from 1 in the table's order. Returns
 * the first id that is free.
 */
guint
dinh_facts_install (const DinhFact *facts, GObjectClass *object_class)
{
  guint id = 1;

  for (const DinhFact *fact = facts; fact->name != NULL; fact++)
    g_object_class_install_property (object_class, id++, fact_param_spec (fact));
  return id;
}

/* dinh_facts_get: puts the value of property @property_id, which must be one of the table's, into @value. */
void
dinh_facts_get (const DinhFact *facts, gpointer object, guint property_id, GValue *value)
{
  const DinhFact *fact = &facts[property_id - 1];
  gpointer place = G_STRUCT_MEMBER_P (object, fact->offset);

  switch (fact->kind) {
  case DINH_FACT_TEXT:
    g_value_set_string (value, *(char **) place);
    break;
  case DINH_FACT_COUNT:
    g_value_set_uint (value, *(guint *) place);
    break;
  case DINH_FACT_LONG:
    g_value_set_uint64 (value, *(guint64 *) place);
    break;
  case DINH_FACT_FLAG:
    g_value_set_boolean (value, *(gboolean *) place);
    break;
  case DINH_FACT_TIME:
    g_value_set_int64 (value, *(gint64 *) place);
    break;
  }
}

/* dinh_facts_clear: frees the texts of @object; for finalize. */
void
dinh_facts_clear (const DinhFact *facts, gpointer object)
{
  for (const DinhFact *fact = facts; fact->name != NULL; fact++)
    if (fact->kind == DINH_FACT_TEXT)
      g_free (G_STRUCT_MEMBER (char *, object, fact->offset));
}

static gboolean
value_fits (DinhFactKind kind, const json_t *value)
{
  gint64 time;

  switch (kind) {
  case DINH_FACT_TEXT:
    return json_is_string (value);
  case DINH_FACT_COUNT:
    return json_is_integer (value) && json_integer_value (value) >= 0 &&
           json_integer_value (value) <= G_MAXUINT;
  case DINH_FACT_LONG:
    return json_is_integer (value) && json_integer_value (value) >= 0;
  case DINH_FACT_FLAG:
    return json_is_boolean (value);
  case DINH_FACT_TIME:
    return json_is_string (value) && dinh_time_parse (json_string_value (value), &time);
  default:
    return FALSE;
  }
}

/*
 * dinh_facts_fit: whether @source, which the error calls @where, is an object with every needed fact, each
 * of the right form. Fields that the table does not know are left alone. Sets a DinhModelError.
 */
gboolean
dinh_facts_fit (const DinhFact *facts, const json_t *source, const char *where, GError **error)
{
  if (!json_is_object (source)) {
    g_set_error (error, DINH_MODEL_ERROR, DINH_MODEL_ERROR_FORM, "'%s' is not an object", where);
    return FALSE;
  }

  for (const DinhFact *fact = facts; fact->name != NULL; fact++) {
    const json_t *value = fact->key ? json_object_get (source, fact->key) : NULL;

    if (value == NULL && fact->needed) {
      g_set_error (error, DINH_MODEL_ERROR, DINH_MODEL_ERROR_FORM, "'%s' has no '%s'", where, fact->key);
      return FALSE;
    }
    if (value != NULL && !value_fits (fact->kind, value)) {
      g_set_error (error, DINH_MODEL_ERROR, DINH_MODEL_ERROR_FORM, "'%s.%s' has the wrong form", where,
                   fact->key);
      return FALSE;
    }
  }
  return TRUE;
}

/* dinh_facts_replace_text: makes @text a copy of @value; whether it was another before. */
gboolean
dinh_facts_replace_text (char **text, const char *value)
{
  if (g_strcmp0 (*text, value) == 0)
    return FALSE;
  g_free (*text);
  *text = g_strdup (value);
  return TRUE;
}

static gboolean
replace_bytes (gpointer place, gconstpointer value, gsize size)
{
  if (memcmp (place, value, size) == 0)
    return FALSE;
  memcpy (place, value, size);
  return TRUE;
}

static gboolean
replace_value (const DinhFact *fact, gpointer place, const json_t *value)
{
  guint64 number = json_integer_value (value);
  guint count = number;
  gboolean flag = json_is_true (value);
  gint64 time = 0;

  switch (fact->kind) {
  case DINH_FACT_TEXT:
    return dinh_facts_replace_text (place, json_string_value (value));
  case DINH_FACT_COUNT:
    return replace_bytes (place, &count, sizeof count);
  case DINH_FACT_LONG:
    return replace_bytes (place, &number, sizeof number);
  case DINH_FACT_FLAG:
    return replace_bytes (place, &flag, sizeof flag);
  case DINH_FACT_TIME:
    if (value != NULL)
      dinh_time_parse (json_string_value (value), &time);
    return replace_bytes (place, &time, sizeof time);
  default:
    return FALSE;
  }
}

/*
 * dinh_facts_update: takes the facts of @source, which dinh_facts_fit () passed, into @object and notifies
 * those that changed. A fact that @source lacks becomes empty.
 */
void
dinh_facts_update (const DinhFact *facts, gpointer object, const json_t *source)
{
  for (const DinhFact *fact = facts; fact->name != NULL; fact++)
    if (fact->key != NULL &&
        replace_value (fact, G_STRUCT_MEMBER_P (object, fact->offset), json_object_get (source, fact->key)))
      g_object_notify (object, fact->name);
}

/* dinh_facts_set_text: makes @text, which is @property of @object, a copy of @value and notifies a change.
 */
void
dinh_facts_set_text (gpointer object, const char *property, char **text, const char *value)
{
  if (dinh_facts_replace_text (text, value))
    g_object_notify (object, property);
}

/* dinh_facts_set_flag: sets @flag, which is @property of @object, and notifies a change. */
void
dinh_facts_set_flag (gpointer object, const char *property, gboolean *flag, gboolean value)
{
  if (*flag == !!value)
    return;
  *flag = !!value;
  g_object_notify (object, property);
}

static gboolean
list_has (GListStore *list, guint position, gpointer object)
{
  g_autoptr (GObject) there = g_list_model_get_item (G_LIST_MODEL (list), position);

  return there == object;
}

/* Brings the wanted object to @position, where another is, by one insertion or one removal or both. */
static void
bring (GListStore *list, guint position, gpointer object)
{
  guint from;

  if (g_list_store_find (list, object, &from))
    g_list_store_remove (list, from);
  g_list_store_insert (list, position, object);
}

/*
 * dinh_list_become: makes @list hold the objects of @wanted in their order, by insertions and removals of
 * single objects: those that stay are not touched, so that rows in view keep their place.
 */
void
dinh_list_become (GListStore *list, GPtrArray *wanted)
{
  GListModel *model = G_LIST_MODEL (list);

  if (g_list_model_get_n_items (model) == 0) {
    g_list_store_splice (list, 0, 0, wanted->pdata, wanted->len);
    return;
  }

  for (guint i = 0; i < wanted->len; i++) {
    while (i < g_list_model_get_n_items (model) && !list_has (list, i, wanted->pdata[i])) {
      g_autoptr (GObject) here = g_list_model_get_item (model, i);

      /* An object that goes away, or that moves down past the wanted one. */
      if (g_ptr_array_find (wanted, here, NULL) && !list_has (list, i + 1, wanted->pdata[i]))
        break;
      g_list_store_remove (list, i);
    }
    if (!list_has (list, i, wanted->pdata[i]))
      bring (list, i, wanted->pdata[i]);
  }
  while (g_list_model_get_n_items (model) > wanted->len)
    g_list_store_remove (list, wanted->len);
}
