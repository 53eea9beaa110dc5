/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-record-error.h"
#include "data/record/dinh-rules.h"
#include "data/record/dinh-time.h"

#include <string.h>

/* The body: its sites, groups and devices. */

static const char *const profiles[] = { "seat", "room", "display", "admin", "hub", NULL };

const DinhField dinh_founded_fields[] = {
  { "name", DINH_FIELD_TEXT, TRUE, 1, 200 },
  { "record_key", DINH_FIELD_SIGNER, TRUE },
  { "device", DINH_FIELD_UUID, TRUE },
  { NULL },
};

const DinhField dinh_site_fields[] = {
  { "id", DINH_FIELD_KEY, TRUE },
  { "name", DINH_FIELD_TEXT, TRUE, 1, 200 },
  { "parent", DINH_FIELD_KEY },
  { NULL },
};

const DinhField dinh_group_fields[] = {
  { "id", DINH_FIELD_KEY, TRUE },
  { "name", DINH_FIELD_TEXT, TRUE, 1, 200 },
  { "sites", DINH_FIELD_KEYS, TRUE, 0, 5000 },
  { "persons", DINH_FIELD_KEYS, FALSE, 0, 5000 },
  { NULL },
};

const DinhField dinh_device_fields[] = {
  { "id", DINH_FIELD_UUID, TRUE },
  { "name", DINH_FIELD_TEXT, TRUE, 1, 200 },
  { "profile", DINH_FIELD_CHOICE, TRUE, .choices = profiles },
  { "site", DINH_FIELD_KEY },
  { "certificate", DINH_FIELD_HASH, TRUE },
  { "key", DINH_FIELD_SIGNER, TRUE },
  { "from", DINH_FIELD_TIME },
  { "until", DINH_FIELD_TIME },
  { NULL },
};

const DinhField dinh_device_renew_fields[] = {
  { "id", DINH_FIELD_UUID, TRUE },
  { "certificate", DINH_FIELD_HASH, TRUE },
  { "used", DINH_FIELD_BOOLEAN },
  { NULL },
};

const DinhField dinh_device_revoke_fields[] = {
  { "id", DINH_FIELD_UUID, TRUE },
  { "reason", DINH_FIELD_TEXT, FALSE, 0, 500 },
  { NULL },
};

static const char *
id_of (const DinhCommand *command)
{
  return dinh_json_get_string (command->body, "id");
}

DINH_DECIDE (dinh_decide_body_found)
{
  if (situation->body->size > 0)
    return dinh_refuse (error, DINH_RECORD_ERROR_EXISTS, "the body is founded, as “%s”", situation->body->stream);
  dinh_become (drafts, "body-founded", command->body);
  return TRUE;
}

DINH_APPLY (dinh_apply_body_founded)
{
  json_object_set (state->json, "body", event->body);
}

/* A parent must exist, and no site may be its own ancestor. */
static gboolean
check_parent (const DinhState *state, const DinhCommand *command, GError **error)
{
  const char *parent = dinh_json_get_string (command->body, "parent");

  if (parent != NULL && dinh_state_get (state, "sites", parent) == NULL)
    return dinh_refuse (error, DINH_RECORD_ERROR_MISSING, "field “parent”: no site “%s”", parent);
  for (const char *site = parent; site != NULL;
       site = dinh_json_get_string (dinh_state_get (state, "sites", site), "parent")) {
    if (strcmp (site, id_of (command)) == 0)
      return dinh_refuse (error, DINH_RECORD_ERROR_STATE, "field “parent”: “%s” lies below “%s”", parent, site);
  }
  return TRUE;
}

DINH_DECIDE (dinh_decide_site_add)
{
  const json_t *old = dinh_state_get (situation->state, "sites", id_of (command));

  if (old != NULL && !dinh_same_object (old, command->body))
    return dinh_refuse (error, DINH_RECORD_ERROR_EXISTS, "site “%s” exists with another name or parent",
                        id_of (command));
  if (old == NULL && !check_parent (situation->state, command, error))
    return FALSE;
  if (old == NULL)
    dinh_become (drafts, "site-added", command->body);
  return TRUE;
}

DINH_DECIDE (dinh_decide_site_change)
{
  const json_t *old = dinh_state_get (situation->state, "sites", id_of (command));

  if (old == NULL)
    return dinh_refuse (error, DINH_RECORD_ERROR_MISSING, "no site “%s”", id_of (command));
  if (!check_parent (situation->state, command, error))
    return FALSE;
  if (!dinh_same_object (old, command->body))
    dinh_become (drafts, "site-changed", command->body);
  return TRUE;
}

DINH_APPLY (dinh_apply_site)
{
  dinh_put_object (state, "sites", event);
}

static gboolean
check_sites (const DinhState *state, const json_t *sites, GError **error)
{
  gsize index;
  json_t *site;

  json_array_foreach (sites, index, site) {
    if (dinh_state_get (state, "sites", json_string_value (site)) == NULL)
      return dinh_refuse (error, DINH_RECORD_ERROR_MISSING, "field “sites[%zu]”: no site “%s”", index,
                          json_string_value (site));
  }
  return TRUE;
}

static gboolean
check_members (const DinhState *state, const json_t *body, GError **error)
{
  gsize index;
  json_t *person;

  json_array_foreach (json_object_get (body, "persons"), index, person) {
    if (dinh_state_get (state, "persons", json_string_value (person)) == NULL)
      return dinh_refuse (error, DINH_RECORD_ERROR_MISSING, "field “persons[%zu]”: no person “%s”", index,
                          json_string_value (person));
  }
  return check_sites (state, json_object_get (body, "sites"), error);
}

DINH_DECIDE (dinh_decide_group_add)
{
  const json_t *old = dinh_state_get (situation->state, "groups", id_of (command));

  if (old != NULL && !dinh_same_object (old, command->body))
    return dinh_refuse (error, DINH_RECORD_ERROR_EXISTS, "group “%s” exists with another name or sites",
                        id_of (command));
  if (!check_members (situation->state, command->body, error))
    return FALSE;
  if (old == NULL)
    dinh_become (drafts, "group-added", command->body);
  return TRUE;
}

DINH_DECIDE (dinh_decide_group_change)
{
  const json_t *old = dinh_state_get (situation->state, "groups", id_of (command));

  if (old == NULL)
    return dinh_refuse (error, DINH_RECORD_ERROR_MISSING, "no group “%s”", id_of (command));
  if (!check_members (situation->state, command->body, error))
    return FALSE;
  if (!dinh_same_object (old, command->body))
    dinh_become (drafts, "group-changed", command->body);
  return TRUE;
}

DINH_APPLY (dinh_apply_group)
{
  dinh_put_object (state, "groups", event);
}

/* Two devices with one certificate or one key could not be told apart. */
static gboolean
check_distinct (const DinhState *state, const DinhCommand *command, GError **error)
{
  static const struct {
    const char *wanted, *present;
  } distinct[] = { { "certificate", "certificate" }, { "certificate", "renewal" }, { "key", "key" } };
  const char *id;
  json_t *device;

  json_object_foreach (json_object_get (state->json, "devices"), id, device) {
    for (guint i = 0; i < G_N_ELEMENTS (distinct); i++) {
      const char *wanted = dinh_json_get_string (command->body, distinct[i].wanted);

      if (wanted != NULL && g_strcmp0 (wanted, dinh_json_get_string (device, distinct[i].present)) == 0)
        return dinh_refuse (error, DINH_RECORD_ERROR_EXISTS, "field “%s”: device “%s” has the same one",
                            distinct[i].wanted, dinh_json_get_string (device, "name"));
    }
  }
  return TRUE;
}

DINH_DECIDE (dinh_decide_device_add)
{
  const char *site = dinh_json_get_string (command->body, "site");
  const char *from = dinh_json_get_string (command->body, "from");
  const char *until = dinh_json_get_string (command->body, "until");
  gint64 from_time = situation->now, until_time = G_MAXINT64;

  if (dinh_state_get (situation->state, "devices", id_of (command)) != NULL)
    return dinh_refuse (error, DINH_RECORD_ERROR_EXISTS, "device “%s” exists", id_of (command));
  /* Nobody could shut it out again. */
  if (strcmp (dinh_json_get_string (command->body, "profile"), "hub") == 0 &&
      strcmp (situation->actor->profile, "hub") != 0)
    return dinh_refuse (error, DINH_RECORD_ERROR_FORBIDDEN, "field “profile”: only the hub adds a hub");
  if (site != NULL && dinh_state_get (situation->state, "sites", site) == NULL)
    return dinh_refuse (error, DINH_RECORD_ERROR_MISSING, "field “site”: no site “%s”", site);
  if (from != NULL)
    dinh_time_parse (from, &from_time);
  if (until != NULL)
    dinh_time_parse (until, &until_time);
  if (from_time >= until_time)
    return dinh_refuse (error, DINH_RECORD_ERROR_TIME, "field “until”: not after “from”");
  if (!check_distinct (situation->state, command, error))
    return FALSE;
  dinh_become (drafts, "device-added", command->body);
  return TRUE;
}

DINH_APPLY (dinh_apply_device_added)
{
  json_t *device = dinh_put_object (state, "devices", event);

  if (json_object_get (device, "from") == NULL) {
    g_autofree char *at = dinh_time_format (event->at);
    json_object_set_new (device, "from", json_string (at));
  }
}

/* Said twice: when the device gets the certificate, and when it has shown that it has it. */
DINH_DECIDE (dinh_decide_device_renew)
{
  const json_t *device = dinh_state_get (situation->state, "devices", id_of (command));
  const char *certificate = dinh_json_get_string (command->body, "certificate");
  gboolean is_renewal, used = json_is_true (json_object_get (command->body, "used"));

  if (device == NULL)
    return dinh_refuse (error, DINH_RECORD_ERROR_MISSING, "no device “%s”", id_of (command));
  if (json_object_get (device, "revoked") != NULL)
    return dinh_refuse (error, DINH_RECORD_ERROR_STATE, "device “%s” was revoked", id_of (command));
  is_renewal = g_strcmp0 (dinh_json_get_string (device, "renewal"), certificate) == 0;
  if (used && !is_renewal && strcmp (dinh_json_get_string (device, "certificate"), certificate) != 0)
    return dinh_refuse (error, DINH_RECORD_ERROR_STATE, "field “certificate”: not one that the device got");
  if (!used && !is_renewal && !check_distinct (situation->state, command, error))
    return FALSE;
  if (used == is_renewal)
    dinh_become (drafts, "device-renewed", command->body);
  return TRUE;
}

DINH_APPLY (dinh_apply_device_renewed)
{
  json_t *device = json_object_get (dinh_state_table (state, "devices"), dinh_json_get_string (event->body, "id"));
  gboolean used = json_is_true (json_object_get (event->body, "used"));

  if (device == NULL)
    return;
  json_object_set (device, used ? "certificate" : "renewal", json_object_get (event->body, "certificate"));
  if (used)
    json_object_del (device, "renewal");
  json_object_set_new (device, "seq", json_integer ((json_int_t) event->seq));
}

/**
 * dinh_device_holds:
 * @device: an object of the body's state
 * @at: µs
 *
 * Whether @at lies between the dates from and until which the device was let in.
 */
gboolean
dinh_device_holds (const json_t *device, gint64 at)
{
  const char *until = dinh_json_get_string (device, "until");
  gint64 from_time = 0, until_time = G_MAXINT64;

  dinh_time_parse (dinh_json_get_string (device, "from"), &from_time);
  if (until != NULL)
    dinh_time_parse (until, &until_time);
  return from_time <= at && at < until_time;
}

DINH_DECIDE (dinh_decide_device_revoke)
{
  const json_t *device = dinh_state_get (situation->state, "devices", id_of (command));

  if (device == NULL)
    return dinh_refuse (error, DINH_RECORD_ERROR_MISSING, "no device “%s”", id_of (command));
  if (strcmp (dinh_json_get_string (device, "profile"), "hub") == 0)
    return dinh_refuse (error, DINH_RECORD_ERROR_STATE, "the hub cannot be shut out of its own record");
  if (json_object_get (device, "revoked") == NULL)
    dinh_become (drafts, "device-revoked", command->body);
  return TRUE;
}

DINH_APPLY (dinh_apply_device_revoked)
{
  json_t *device = json_object_get (dinh_state_table (state, "devices"), dinh_json_get_string (event->body, "id"));
  g_autofree char *at = dinh_time_format (event->at);

  if (device == NULL)
    return;
  json_object_set_new (device, "revoked", json_string (at));
  json_object_set_new (device, "seq", json_integer ((json_int_t) event->seq));
}
