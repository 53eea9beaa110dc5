/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/record/random-command.h"

#include <string.h>

/* Bodies are made from the tables of fields, so that a new kind is tested as soon as it has a row. */

static gboolean
one_in (int n)
{
  return g_test_rand_int_range (0, n) == 0;
}

static const char *
one_of (const char *const *choices, gsize n_choices)
{
  return choices[g_test_rand_int_range (0, (gint32) n_choices)];
}

#define ONE_OF(choices) one_of (choices, G_N_ELEMENTS (choices))

static const char *const sites[] = { "xa-a", "xa-b", "xa-c", "xa-d" };
static const char *const new_sites[] = { "xa-e", "xa-z" };
static const char *const groups[] = { "ban", "to" };
static const char *const items[] = { "i0", "i1", "i2", "i3", "i4", "i5" };
static const char *const papers[] = { "p0", "p1", "p2", "p3" };

/* The name that a field of @kind should hold. */
static const char *
random_key (const char *kind, const char *field)
{
  if (strcmp (field, "item") == 0)
    return ONE_OF (items);
  if (strcmp (field, "readers") == 0 && one_in (2))
    return groups[one_in (10)];
  if (strcmp (field, "id") == 0 || strcmp (field, "parent") == 0) {
    if (g_str_has_prefix (kind, "item"))
      return ONE_OF (items);
    if (g_str_has_prefix (kind, "paper"))
      return ONE_OF (papers);
    if (g_str_has_prefix (kind, "group"))
      return ONE_OF (groups);
  }
  return one_in (10) ? ONE_OF (new_sites) : ONE_OF (sites);
}

static const char *const uuids[] = { "00000000-0000-7000-8000-000000000101", "00000000-0000-7000-8000-000000000102" };

static json_t *
random_keys (const char *kind, const char *field)
{
  gboolean persons = strcmp (field, "persons") == 0 || (strcmp (field, "readers") == 0 && one_in (4));
  json_t *keys = json_array ();

  for (int i = g_test_rand_int_range (0, 3); i > 0; i--)
    json_array_append_new (keys, json_string (persons ? ONE_OF (uuids) : random_key (kind, field)));
  return keys;
}

static json_t *
random_time (const char *field)
{
  static const char *const begins[] = { "2026-12-01T08:00:00+07:00", "2026-12-01T01:00:00Z", "2026-12-02T08:00:00Z" };
  static const char *const ends[] = { "2026-12-01T11:30:00+07:00", "2026-12-02T11:00:00.5Z", "2026-12-01T00:00:00Z" };

  return json_string (strcmp (field, "begins") == 0 || strcmp (field, "from") == 0 ? ONE_OF (begins) : ONE_OF (ends));
}

static json_t *
random_signer (void)
{
  static const char *const letters[] = { "A", "B", "C", "D" };
  g_autofree char *key = g_strconcat ("ed25519:", ONE_OF (letters), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", NULL);

  return json_string (key);
}

static json_t *
random_text (const char *field)
{
  static const char *const texts[] = { "Khai mạc", "Họp", "“Tờ trình”\\" };
  static const char *const dates[] = { "2026-11-16", "2026-11-17" };
  static const char *const hashes[] = { HASH_A, HASH_B };

  if (strcmp (field, "date") == 0)
    return json_string (ONE_OF (dates));
  if (strcmp (field, "uuid") == 0)
    return json_string (ONE_OF (uuids));
  return json_string (strcmp (field, "hash") == 0 ? ONE_OF (hashes) : ONE_OF (texts));
}

static json_t *
random_value (const char *kind, const DinhField *field)
{
  switch (field->type) {
    case DINH_FIELD_KEY:
      return json_string (random_key (kind, field->name));
    case DINH_FIELD_KEYS:
      return random_keys (kind, field->name);
    case DINH_FIELD_UUID:
      return random_text ("uuid");
    case DINH_FIELD_HASH:
      return random_text ("hash");
    case DINH_FIELD_SIGNER:
      return random_signer ();
    case DINH_FIELD_INTEGER:
      return json_integer (field->min + g_test_rand_int_range (0, 3));
    case DINH_FIELD_BOOLEAN:
      return json_boolean (one_in (2));
    case DINH_FIELD_TIME:
      return random_time (field->name);
    case DINH_FIELD_DATE:
      return random_text ("date");
    case DINH_FIELD_CHOICE:
      return json_string (field->choices[g_test_rand_int_range (0, (gint32) g_strv_length ((char **) field->choices))]);
    default:
      return random_text ("text");
  }
}

/* What no field takes. */
static json_t *
wrong_value (void)
{
  switch (g_test_rand_int_range (0, 4)) {
    case 0:
      return json_null ();
    case 1:
      return json_string ("Không\nđược");
    case 2:
      return json_pack ("{s:[i]}", "a", 1);
    default:
      return json_integer (-7);
  }
}

static gboolean
is_likely (const char *kind)
{
  /* A meeting that is cancelled early has no life to test. */
  return strcmp (kind, "meeting-cancel") != 0 || one_in (100);
}

/* A command of some kind of @stream, mostly a right one. Returns: (transfer full): its body. */
json_t *
random_command (DinhStreamKind stream, const char **kind)
{
  guint n_kinds;
  const DinhCommandKind *kinds = dinh_command_kinds (&n_kinds), *row;
  json_t *body = json_object ();

  do
    row = &kinds[g_test_rand_int_range (0, (gint32) n_kinds)];
  while (row->stream != stream || row->founds || !is_likely (row->name));
  *kind = row->name;
  for (const DinhField *field = row->fields; field->name != NULL; field++) {
    if (one_in (150))
      json_object_set_new (body, field->name, wrong_value ());
    else if (field->required ? !one_in (200) : one_in (2))
      json_object_set_new (body, field->name, random_value (row->name, field));
  }
  if (one_in (100))
    json_object_set_new (body, "colour", json_true ());
  return body;
}

static const DinhActor persons[] = {
  { "00000000-0000-7000-8000-0000000000ac", "seat", "xa-a", "00000000-0000-7000-8000-000000000101" },
  { "00000000-0000-7000-8000-0000000000ac", "seat", "xa-d", "00000000-0000-7000-8000-000000000102" },
};

/* Mostly the administrator: nobody else's commands become much. */
const DinhActor *
random_actor (void)
{
  switch (g_test_rand_int_range (0, 20)) {
    case 0:
      return &seat_actor;
    case 1:
      return &hub_actor;
    case 2:
      return &persons[one_in (2)];
    default:
      return &admin_actor;
  }
}
