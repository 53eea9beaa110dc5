/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/ctl/dinh-ctl.h"

#include "data/net/dinh-net-error.h"
#include "data/record/dinh-time.h"
#include "data/trust/dinh-certificate.h"

#include <glib/gstdio.h>

#include <string.h>

/* The body's sites and devices, and the list of meetings. */

static DinhState *
fold_body (DinhCtl *ctl, GError **error)
{
  return dinh_ctl_fold (ctl, dinh_identity_get_body (ctl->identity), error);
}

gboolean
dinh_ctl_site_add (DinhCtl *ctl, char **arguments, GError **error)
{
  const char *parent = dinh_ctl_get_option (ctl, "parent");
  g_autoptr (DinhJson) body = json_pack ("{s:s, s:s}", "id", arguments[0], "name", arguments[1]);
  g_autoptr (DinhJson) answer = NULL;

  if (parent != NULL)
    json_object_set_new (body, "parent", json_string (parent));
  answer = dinh_ctl_command (ctl, dinh_identity_get_body (ctl->identity), "site-add", body, error);
  if (answer == NULL)
    return FALSE;
  json_object_update (ctl->output, body);
  dinh_ctl_say (ctl, "%s\t%s", arguments[0], arguments[1]);
  return TRUE;
}

/* Prints a table of the body's state: @fields are its columns. */
static gboolean
list_table (DinhCtl *ctl, const char *table, const char *const *fields, GError **error)
{
  g_autoptr (DinhState) body = fold_body (ctl, error);
  json_t *list = json_array (), *object;
  const char *id;

  json_object_set_new (ctl->output, table, list);
  if (body == NULL)
    return FALSE;
  json_object_foreach (json_object_get (body->json, table), id, object)
  {
    g_autoptr (GString) line = g_string_new (id);

    for (const char *const *field = fields; *field != NULL; field++)
      g_string_append_printf (
          line, "\t%s",
          dinh_json_get_string (object, *field) == NULL ? "" : dinh_json_get_string (object, *field));
    dinh_ctl_say (ctl, "%s", line->str);
    json_array_append (list, object);
  }
  return TRUE;
}

gboolean
dinh_ctl_site_list (DinhCtl *ctl, char **arguments, GError **error)
{
  static const char *const fields[] = {"name", "parent", NULL};

  return list_table (ctl, "sites", fields, error);
}

gboolean
dinh_ctl_device_list (DinhCtl *ctl, char **arguments, GError **error)
{
  static const char *const fields[] = {"profile", "site", "name", "revoked", NULL};

  return list_table (ctl, "devices", fields, error);
}

gboolean
dinh_ctl_person_list (DinhCtl *ctl, char **arguments, GError **error)
{
  static const char *const fields[] = {"name", "title", "agency", "retired", NULL};

  return list_table (ctl, "persons", fields, error);
}

/* PEM to the bare base64 of RFC 7030 §4.2.1. */
static char *
bare_base64 (const char *pem)
{
  g_auto (GStrv) lines = g_strsplit (pem, "\n", -1);
  GString *base64 = g_string_new (NULL);

  for (char **line = lines; *line != NULL; line++) {
    if (!g_str_has_prefix (*line, "-----"))
      g_string_append (base64, *line);
  }
  return g_string_free (base64, FALSE);
}

/* Asks the hub's authority for a certificate, as an administrator on behalf of the device. */
static char *
enroll (DinhCtl *ctl, const char *name, char **tls_key, GError **error)
{
  g_autofree char *request = dinh_certificate_request_new (name, NULL, tls_key, error);
  g_autofree char *base64 = request == NULL ? NULL : bare_base64 (request);
  g_autoptr (DinhAnswer) answer = NULL;
  gsize length;
  const char *text;

  if (base64 == NULL)
    return NULL;
  answer = dinh_ctl_ask (
      ctl, &(DinhRequest){.method = "POST", .path = "/.well-known/est/simpleenroll", .body = base64}, error);
  if (answer == NULL)
    return NULL;
  text = g_bytes_get_data (answer->body, &length);
  return dinh_certificate_from_pkcs7 (text == NULL ? "" : text, length, error);
}

static gboolean
check_device_options (DinhCtl *ctl, GError **error)
{
  DinhProfile profile;

  if (dinh_ctl_get_option (ctl, "out") == NULL || dinh_ctl_get_option (ctl, "profile") == NULL ||
      !dinh_profile_from_string (dinh_ctl_get_option (ctl, "profile"), &profile)) {
    g_set_error_literal (error, DINH_CTL_ERROR, DINH_CTL_ERROR_USAGE,
                         "device add needs --profile seat|room|display|admin and --out DIR");
    return FALSE;
  }
  if (g_file_test (dinh_ctl_get_option (ctl, "out"), G_FILE_TEST_EXISTS)) {
    g_set_error (error, DINH_CTL_ERROR, DINH_CTL_ERROR_FILE,
                 "“%s” exists; an identity is never written over another", dinh_ctl_get_option (ctl, "out"));
    return FALSE;
  }
  return TRUE;
}

/* The identity is on the disk before the hub lets it in: the other way round a full disk would lose its keys.
 */
static gboolean
write_identity (DinhCtl *ctl, const DinhIdentityFields *fields, DinhKey *signing_key, GError **error)
{
  g_autoptr (DinhIdentity) identity = dinh_identity_new (fields, signing_key, error);

  return identity != NULL && dinh_identity_save (identity, dinh_ctl_get_option (ctl, "out"), error);
}

/* What the hub refused for good is of no use to anybody. */
static void
remove_identity (const char *folder)
{
  static const char *const files[] = {"identity.json", "sign.key", "tls.key", "tls.crt", "ca.crt"};

  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = g_build_filename (folder, files[i], NULL);
    g_unlink (path);
  }
  g_rmdir (folder);
}

gboolean
dinh_ctl_device_add (DinhCtl *ctl, char **arguments, GError **error)
{
  g_autofree char *name = g_utf8_normalize (arguments[0], -1, G_NORMALIZE_NFC);
  g_autofree char *id = dinh_uuid_new ();
  g_autofree char *tls_key = NULL, *certificate = NULL, *fingerprint = NULL, *authority = NULL;
  const char *site = dinh_ctl_get_option (ctl, "site"), *profile = dinh_ctl_get_option (ctl, "profile");
  DinhKey *signing_key = dinh_key_new ();
  g_autoptr (DinhJson) body =
      json_pack ("{s:s, s:s, s:s, s:s*, s:s}", "id", id, "name", name, "profile",
                 profile == NULL ? "" : profile, "site", site, "key", dinh_key_get_public (signing_key));
  g_autoptr (DinhJson) answer = NULL;
  g_autoptr (GError) refusal = NULL;
  DinhIdentityFields fields = {id,
                               name,
                               profile,
                               site,
                               dinh_identity_get_body (ctl->identity),
                               dinh_identity_get_record_key (ctl->identity),
                               dinh_identity_get_hubs (ctl->identity)};

  if (check_device_options (ctl, error))
    certificate = enroll (ctl, name, &tls_key, error);
  if (certificate != NULL)
    fingerprint = dinh_certificate_fingerprint (certificate, strlen (certificate), error);
  if (fingerprint == NULL ||
      !g_file_get_contents (dinh_identity_get_authority_path (ctl->identity), &authority, NULL, error)) {
    dinh_key_free (signing_key);
    return FALSE;
  }
  json_object_set_new (body, "certificate", json_string (fingerprint));
  fields.tls_key = tls_key;
  fields.tls_certificate = certificate;
  fields.authority = authority;
  if (!write_identity (ctl, &fields, signing_key, error))
    return FALSE;
  answer = dinh_ctl_command (ctl, dinh_identity_get_body (ctl->identity), "device-add", body, &refusal);
  if (answer == NULL && dinh_net_error_get_problem (refusal) != NULL)
    remove_identity (dinh_ctl_get_option (ctl, "out"));
  else if (answer == NULL)
    g_prefix_error (&refusal, "device list tells whether “%s” was let in; its identity is in “%s”: ", id,
                    dinh_ctl_get_option (ctl, "out"));
  if (answer == NULL) {
    g_propagate_error (error, g_steal_pointer (&refusal));
    return FALSE;
  }
  json_object_update (ctl->output, body);
  dinh_ctl_say (ctl, "%s\t%s\t%s", id, name, dinh_ctl_get_option (ctl, "out"));
  return TRUE;
}

gboolean
dinh_ctl_device_revoke (DinhCtl *ctl, char **arguments, GError **error)
{
  const char *reason = dinh_ctl_get_option (ctl, "reason");
  g_autoptr (DinhJson) body = json_pack ("{s:s, s:s*}", "id", arguments[0], "reason", reason);
  g_autoptr (DinhJson) answer =
      dinh_ctl_command (ctl, dinh_identity_get_body (ctl->identity), "device-revoke", body, error);

  if (answer == NULL)
    return FALSE;
  json_object_update (ctl->output, body);
  dinh_ctl_say (ctl, "%s", arguments[0]);
  return TRUE;
}

static json_t *
summarize (const DinhState *state)
{
  static const char *const words[] = {"title", "host", "chair", "place", "begins", "ends", "status", "sites"};
  static const char *const tables[] = {"items", "papers", "participants"};
  const json_t *meeting = json_object_get (state->json, "meeting");
  json_t *summary = json_pack ("{s:s}", "id", state->stream);

  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    if (json_object_get (meeting, words[i]) != NULL)
      json_object_set (summary, words[i], json_object_get (meeting, words[i]));
  }
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    json_object_set_new (summary, tables[i],
                         json_integer ((json_int_t) json_object_size (json_object_get (state->json, tables[i]))));
  json_object_set_new (summary, "events", json_integer ((json_int_t) state->size));
  return summary;
}

gboolean
dinh_ctl_meeting_list (DinhCtl *ctl, char **arguments, GError **error)
{
  g_autoptr (GPtrArray) streams = dinh_ctl_list_streams (ctl, error);
  json_t *list = json_array ();

  json_object_set_new (ctl->output, "meetings", list);
  for (guint i = 0; streams != NULL && i < streams->len; i++) {
    const DinhListed *listed = g_ptr_array_index (streams, i);
    g_autoptr (DinhState) state = NULL;
    json_t *summary;

    if (strcmp (listed->kind, "meeting") != 0)
      continue;
    state = dinh_ctl_fold (ctl, listed->id, error);
    if (state == NULL)
      return FALSE;
    summary = summarize (state);
    json_array_append_new (list, summary);
    dinh_ctl_say (ctl, "%s\t%s\t%s\t%s", state->stream, dinh_json_get_string (summary, "begins"),
                  dinh_json_get_string (summary, "status"), dinh_json_get_string (summary, "title"));
  }
  return streams != NULL;
}

/* Things of a table that belong under @parent at @field, by position. */
static GPtrArray *
children (const json_t *table, const char *field, const char *parent)
{
  GPtrArray *found = g_ptr_array_new ();
  const char *key;
  json_t *object;

  json_object_foreach ((json_t *) table, key, object)
  {
    guint at = 0;

    if (g_strcmp0 (dinh_json_get_string (object, field), parent) != 0)
      continue;
    while (at < found->len && dinh_json_get_integer (g_ptr_array_index (found, at), "position") <=
                                  dinh_json_get_integer (object, "position"))
      at++;
    g_ptr_array_insert (found, (int) at, object);
  }
  return found;
}

static json_t *
show_items (DinhCtl *ctl, const DinhState *state, const char *parent, guint level)
{
  g_autoptr (GPtrArray) items = children (json_object_get (state->json, "items"), "parent", parent);
  json_t *list = json_array ();

  for (guint i = 0; i < items->len; i++) {
    json_t *item = json_deep_copy (g_ptr_array_index (items, i));
    const char *id = dinh_json_get_string (item, "id");
    g_autoptr (GPtrArray) papers = children (json_object_get (state->json, "papers"), "item", id);
    json_t *shown = json_array ();

    dinh_ctl_say (ctl, "%*s%u. %s", (int) (2 * level), "", i + 1, dinh_json_get_string (item, "title"));
    for (guint j = 0; j < papers->len; j++) {
      json_t *paper = g_ptr_array_index (papers, j);

      json_array_append (shown, paper);
      dinh_ctl_say (ctl, "%*s- %s%s", (int) (2 * level + 3), "", dinh_json_get_string (paper, "title"),
                    json_is_true (json_object_get (paper, "recalled")) ? " (recalled)" : "");
    }
    json_object_set_new (item, "papers", shown);
    json_array_append_new (list, item);
    json_object_set_new (item, "items", show_items (ctl, state, id, level + 1));
  }
  return list;
}

static gboolean
check_meeting (const char *id, GError **error)
{
  if (dinh_uuid_is_valid (id))
    return TRUE;
  g_set_error (error, DINH_CTL_ERROR, DINH_CTL_ERROR_USAGE,
               "“%s” is not a meeting's UUID; meeting list shows them", id);
  return FALSE;
}

gboolean
dinh_ctl_meeting_show (DinhCtl *ctl, char **arguments, GError **error)
{
  g_autoptr (DinhState) state = NULL;
  g_autoptr (DinhJson) summary = NULL;

  if (!check_meeting (arguments[0], error))
    return FALSE;
  state = dinh_ctl_fold (ctl, arguments[0], error);
  if (state == NULL)
    return FALSE;
  if (json_object_get (state->json, "meeting") == NULL) {
    g_set_error (error, DINH_CTL_ERROR, DINH_CTL_ERROR_REFUSED, "no meeting “%s”", arguments[0]);
    return FALSE;
  }
  summary = summarize (state);
  json_object_update (ctl->output, summary);
  dinh_ctl_say (ctl, "%s\n%s – %s, %s\n", dinh_json_get_string (summary, "title"),
                dinh_json_get_string (summary, "begins"), dinh_json_get_string (summary, "ends"),
                dinh_json_get_string (summary, "status"));
  json_object_set_new (ctl->output, "agenda", show_items (ctl, state, NULL, 0));
  return TRUE;
}

gboolean
dinh_ctl_meeting_cancel (DinhCtl *ctl, char **arguments, GError **error)
{
  g_autoptr (DinhJson) body = json_pack ("{s:s*}", "reason", dinh_ctl_get_option (ctl, "reason"));
  g_autoptr (DinhJson) answer = check_meeting (arguments[0], error)
                                    ? dinh_ctl_command (ctl, arguments[0], "meeting-cancel", body, error)
                                    : NULL;

  if (answer == NULL)
    return FALSE;
  json_object_set_new (ctl->output, "meeting", json_string (arguments[0]));
  dinh_ctl_say (ctl, "%s", arguments[0]);
  return TRUE;
}
