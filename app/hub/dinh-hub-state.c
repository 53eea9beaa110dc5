/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hub/dinh-hub.h"

#include "data/record/dinh-command.h"
#include "data/record/dinh-field.h"
#include "data/record/dinh-time.h"
#include "data/store/dinh-sqlite-store.h"
#include "data/trust/dinh-certificate.h"
#include "data/trust/dinh-identity.h"

#include <glib/gstdio.h>
#include <string.h>

/*
 * The state folder: hub.json, hub.key (signs the record), hub.db, trust/ (the authority and the server's
 * certificate), papers/, admin/ (the first administrator's identity), nginx/ and run/.
 */

G_DEFINE_QUARK (dinh - hub - error - quark, dinh_hub_error)

#define DEFAULT_PORT "8443"

static const DinhField state_fields[] = {
    {"version", DINH_FIELD_INTEGER, TRUE, 1, 1},
    {"name", DINH_FIELD_TEXT, TRUE, 1, 200},
    {"body", DINH_FIELD_UUID, TRUE},
    {"device", DINH_FIELD_UUID, TRUE},
    {NULL},
};

/**
 * dinh_hub_state_path:
 *
 * Returns: (transfer full): the path of something in the state folder.
 */
char *
dinh_hub_state_path (const DinhHubState *self, const char *name)
{
  return g_build_filename (self->folder, name, NULL);
}

/**
 * dinh_hub_state_free:
 *
 * Frees the state.
 */
void
dinh_hub_state_free (DinhHubState *self)
{
  g_free (self->folder);
  g_free (self->name);
  g_free (self->body);
  g_free (self->device);
  g_strfreev (self->addresses);
  g_free (self);
}

static GStrv
take_addresses (const json_t *list)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  gsize index;
  json_t *address;

  json_array_foreach (list, index, address)
  {
    if (json_is_string (address))
      g_strv_builder_add (builder, json_string_value (address));
  }
  return g_strv_builder_end (builder);
}

/**
 * dinh_hub_state_load:
 *
 * Reads STATE/hub.json. Returns: (transfer full): the state, or %NULL with a #DinhHubError or what is wrong
 * with the file.
 */
DinhHubState *
dinh_hub_state_load (const char *folder, GError **error)
{
  g_autoptr (DinhHubState) self = g_new0 (DinhHubState, 1);
  g_autofree char *path = NULL;
  g_autoptr (DinhJson) json = NULL;
  g_autoptr (DinhJson) plain = NULL;

  self->folder = g_canonicalize_filename (folder, NULL);
  path = dinh_hub_state_path (self, "hub.json");
  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, DINH_HUB_ERROR, DINH_HUB_ERROR_MISSING,
                 "“%s” holds no hub; make one with dinh-hub init", folder);
    return NULL;
  }
  json = dinh_json_load (path, error);
  if (json == NULL)
    return NULL;
  plain = json_copy (json);
  json_object_del (plain, "addresses");
  if (!dinh_fields_check (state_fields, plain, TRUE, error)) {
    g_prefix_error (error, "“%s”: ", path);
    return NULL;
  }
  self->name = g_strdup (dinh_json_get_string (json, "name"));
  self->body = g_strdup (dinh_json_get_string (json, "body"));
  self->device = g_strdup (dinh_json_get_string (json, "device"));
  self->addresses = take_addresses (json_object_get (json, "addresses"));
  return g_steal_pointer (&self);
}

/**
 * dinh_hub_state_open_writer:
 *
 * Opens the database and starts its writer. Returns: (transfer full): the writer, or %NULL with a
 * #DinhStoreError or #DinhKeyError.
 */
DinhWriter *
dinh_hub_state_open_writer (const DinhHubState *self, GError **error)
{
  g_autofree char *database = dinh_hub_state_path (self, "hub.db");
  g_autofree char *key_path = dinh_hub_state_path (self, "hub.key");
  g_autoptr (DinhStore) store = dinh_sqlite_store_open (database, error);
  DinhKey *key = store == NULL ? NULL : dinh_key_load (key_path, error);
  DinhWriter *writer = key == NULL ? NULL : dinh_writer_new (store, self->body, self->device, key, error);

  if (writer != NULL)
    dinh_writer_keep_audit (writer);
  return writer;
}

/* Address and port apart: "hub.example", "10.0.0.1:8443", "[::1]:8443". */
static void
split_address (const char *text, char **host, char **port)
{
  g_autoptr (GSocketConnectable) parsed = g_network_address_parse (text, 8443, NULL);

  *host = g_strdup (parsed == NULL ? text : g_network_address_get_hostname (G_NETWORK_ADDRESS (parsed)));
  *port = parsed == NULL ? g_strdup (DEFAULT_PORT)
                         : g_strdup_printf ("%u", g_network_address_get_port (G_NETWORK_ADDRESS (parsed)));
}

/**
 * dinh_hub_state_urls:
 *
 * Returns: (transfer full): where devices reach the hub, "https://HOST:PORT", at least one.
 */
GStrv
dinh_hub_state_urls (const DinhHubState *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (char **address = self->addresses; *address != NULL; address++) {
    g_autofree char *host = NULL, *port = NULL, *url = NULL;

    split_address (*address, &host, &port);
    url = g_strdup_printf (strchr (host, ':') == NULL ? "https://%s:%s" : "https://[%s]:%s", host, port);
    g_strv_builder_add (builder, url);
  }
  return g_strv_builder_end (builder);
}

static GStrv
hub_hosts (const char *const *addresses)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (; *addresses != NULL; addresses++) {
    g_autofree char *host = NULL, *port = NULL;

    split_address (*addresses, &host, &port);
    g_strv_builder_add (builder, host);
  }
  return g_strv_builder_end (builder);
}

static gboolean
save_state (const DinhHubState *self, GError **error)
{
  g_autofree char *path = dinh_hub_state_path (self, "hub.json");
  g_autofree char *text = NULL;
  json_t *addresses = json_array ();
  g_autoptr (DinhJson) json = json_pack ("{s:i, s:s, s:s, s:s, s:o}", "version", 1, "name", self->name,
                                         "body", self->body, "device", self->device, "addresses", addresses);

  for (char **address = self->addresses; *address != NULL; address++)
    json_array_append_new (addresses, json_string (*address));
  text = dinh_json_print (json);
  return g_file_set_contents_full (path, text, -1,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, error);
}

static gboolean
submit (DinhWriter *writer,
        const DinhHubState *self,
        const DinhKey *key,
        const char *kind,
        json_t *body,
        GError **error)
{
  g_autoptr (DinhJson) owned = body;
  g_autoptr (DinhCommand) command =
      dinh_command_new (kind, self->body, self->device, dinh_writer_now (writer), owned, key);
  g_autofree char *result = dinh_writer_submit (writer, command, error);

  if (result == NULL)
    return FALSE;
  if (strstr (result, "\"recorded\"") != NULL)
    return TRUE;
  g_set_error (error, DINH_HUB_ERROR, DINH_HUB_ERROR_BROKEN, "%s: %s", kind, result);
  return FALSE;
}

/* The first administrator: made here, since before them nobody may add anybody. */
static gboolean
add_administrator (const DinhHubState *self, DinhWriter *writer, const DinhKey *key, GError **error)
{
  g_autofree char *trust = dinh_hub_state_path (self, "trust");
  g_autofree char *folder = dinh_hub_state_path (self, "admin");
  g_autofree char *device = dinh_uuid_new ();
  g_autofree char *tls_key = NULL;
  g_autofree char *request = dinh_certificate_request_new ("administrator", NULL, &tls_key, error);
  g_autoptr (DinhAuthority) authority = request == NULL ? NULL : dinh_authority_load (trust, error);
  g_autofree char *certificate =
      authority == NULL ? NULL : dinh_authority_sign_request (authority, request, "administrator", error);
  g_autofree char *fingerprint =
      certificate == NULL ? NULL : dinh_certificate_fingerprint (certificate, strlen (certificate), error);
  g_auto (GStrv) urls = dinh_hub_state_urls (self);
  g_autoptr (DinhKey) signing_key = dinh_key_new ();
  g_autoptr (DinhIdentity) identity = NULL;
  json_t *body;

  if (fingerprint == NULL)
    return FALSE;
  body = json_pack ("{s:s, s:s, s:s, s:s, s:s}", "id", device, "name", "administrator", "profile", "admin",
                    "certificate", fingerprint, "key", dinh_key_get_public (signing_key));
  if (!submit (writer, self, key, "device-add", body, error))
    return FALSE;
  identity =
      dinh_identity_new (&(DinhIdentityFields){device, "administrator", "admin", NULL, self->body,
                                               dinh_key_get_public (key), (const char *const *) urls, tls_key,
                                               certificate, dinh_authority_get_certificate (authority)},
                         g_steal_pointer (&signing_key), error);
  return identity != NULL && dinh_identity_save (identity, folder, error);
}

static gboolean
found_body (const DinhHubState *self, GError **error)
{
  g_autofree char *key_path = dinh_hub_state_path (self, "hub.key");
  g_autoptr (DinhKey) key = dinh_key_load (key_path, error);
  g_autoptr (DinhWriter) writer = key == NULL ? NULL : dinh_hub_state_open_writer (self, error);
  gboolean founded;

  if (writer == NULL)
    return FALSE;
  founded = submit (writer, self, key, "body-found",
                    json_pack ("{s:s, s:s, s:s}", "name", self->name, "record_key", dinh_key_get_public (key),
                               "device", self->device),
                    error) &&
            add_administrator (self, writer, key, error);
  dinh_writer_stop (writer);
  return founded;
}

static gboolean
make_trust (const DinhHubState *self, GError **error)
{
  g_autofree char *trust = dinh_hub_state_path (self, "trust");
  g_autofree char *key_path = dinh_hub_state_path (self, "hub.key");
  g_auto (GStrv) hosts = hub_hosts ((const char *const *) self->addresses);
  g_autoptr (DinhAuthority) authority = NULL;
  g_autoptr (DinhKey) key = dinh_key_new ();

  if (g_mkdir_with_parents (trust, 0700) != 0 || !dinh_authority_create (trust, self->name, error))
    return FALSE;
  authority = dinh_authority_load (trust, error);
  return authority != NULL &&
         dinh_authority_issue_server (authority, (const char *const *) hosts, trust, error) &&
         dinh_key_save (key, key_path, error);
}

static gboolean
make_folders (const DinhHubState *self, GError **error)
{
  static const char *const names[] = {"", "papers", "run", "nginx"};

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = dinh_hub_state_path (self, names[i]);

    if (g_mkdir_with_parents (path, 0700) != 0) {
      g_set_error (error, DINH_HUB_ERROR, DINH_HUB_ERROR_BROKEN, "cannot make “%s”: %s", path,
                   g_strerror (errno));
      return FALSE;
    }
  }
  return TRUE;
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) names = g_unlink (path) == 0 ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (names != NULL && (name = g_dir_read_name (names)) != NULL) {
    g_autofree char *child = g_build_filename (path, name, NULL);
    remove_tree (child);
  }
  g_rmdir (path);
}

/* So that init can be called again with what was wrong put right. */
static void
remove_parts (const DinhHubState *self)
{
  static const char *const names[] = {"trust", "admin", "hub.key", "pepper", "hub.db", "hub.db-wal",
                                       "hub.db-shm"};

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = dinh_hub_state_path (self, names[i]);
    remove_tree (path);
  }
}

/**
 * dinh_hub_state_create:
 * @addresses: names or addresses, each with a port or not, under which kiosks reach the hub
 *
 * Makes a hub: authority, keys, database, and the first administrator's identity in STATE/admin. hub.json is
 * written last, so that a folder that was not finished is not taken for a hub; what was begun is removed when
 * something fails. Returns: %FALSE with what went wrong.
 */
gboolean
dinh_hub_state_create (const char *folder, const char *name, const char *const *addresses, GError **error)
{
  g_autoptr (DinhHubState) self = g_new0 (DinhHubState, 1);
  g_autofree char *path = NULL, *database = NULL, *trust = NULL;

  self->folder = g_canonicalize_filename (folder, NULL);
  self->name = g_utf8_normalize (name, -1, G_NORMALIZE_NFC);
  self->body = dinh_uuid_new ();
  self->device = dinh_uuid_new ();
  self->addresses = g_strdupv ((char **) addresses);
  path = dinh_hub_state_path (self, "hub.json");
  database = dinh_hub_state_path (self, "hub.db");
  trust = dinh_hub_state_path (self, "trust");
  if (g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, DINH_HUB_ERROR, DINH_HUB_ERROR_EXISTS,
                 "“%s” already holds a hub; nothing was changed", folder);
    return FALSE;
  }
  if (g_file_test (database, G_FILE_TEST_EXISTS) || g_file_test (trust, G_FILE_TEST_EXISTS)) {
    g_set_error (error, DINH_HUB_ERROR, DINH_HUB_ERROR_EXISTS,
                 "“%s” holds parts of a hub that was never finished; delete them and call init again",
                 folder);
    return FALSE;
  }
  if (make_folders (self, error) && make_trust (self, error) && found_body (self, error) &&
      save_state (self, error))
    return TRUE;
  remove_parts (self);
  return FALSE;
}
