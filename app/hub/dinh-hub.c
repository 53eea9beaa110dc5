/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hub/dinh-hub.h"

#include "app/hub/dinh-metrics.h"
#include "app/hub/dinh-nginx.h"
#include "app/hub/dinh-server.h"
#include "data/record/dinh-command.h"
#include "data/store/dinh-sqlite-store.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* A running hub: the record and its writer, the server on its Unix socket, nginx in front, nchan behind. */
struct _DinhHub {
  GObject parent_instance;

  DinhHubState *state;
  DinhWriter *writer;
  DinhPaperStore *papers;
  DinhAuthority *authority;
  DinhKey *key;
  DinhDeviceSecret *pepper; /* without which what the database knows of PINs is worth nothing; no backup takes it */
  DinhNonces *nonces;
  DinhSessions *sessions;
  DinhPush *push;
  DinhServer *server;
  DinhNginx *nginx;
  char *enrol_port;    /* where devices are let in; NULL: nowhere */
  GAsyncQueue *stores; /* idle connections for readers */
  GHashTable *devices; /* certificate's fingerprint → device, for devices_size events of the body */
  guint64 devices_size;
  GHashTable *grown;      /* stream that has grown → gint64, the monotonic time when it rests */
  guint rest;             /* looks for those */
  gboolean takes_renewal; /* is recording that one was used */
  GHashTable *sites; /* meeting → json_t, the list of its sites when it last grew */
  int lock;
};

#define REST (1500 * G_TIME_SPAN_MILLISECOND)

enum { FAILED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DinhHub, dinh_hub, G_TYPE_OBJECT)

/**
 * dinh_hub_get_writer:
 *
 * Returns: (transfer none): what writes the record and shows its streams.
 */
DinhWriter *
dinh_hub_get_writer (DinhHub *self)
{
  return self->writer;
}

/**
 * dinh_hub_get_papers:
 *
 * Returns: (transfer none): where the papers are.
 */
DinhPaperStore *
dinh_hub_get_papers (DinhHub *self)
{
  return self->papers;
}

/**
 * dinh_hub_get_authority:
 *
 * Returns: (transfer none): what certifies devices.
 */
DinhAuthority *
dinh_hub_get_authority (DinhHub *self)
{
  return self->authority;
}

/**
 * dinh_hub_get_key:
 *
 * Returns: (transfer none): the key that signs the record.
 */
const DinhKey *
dinh_hub_get_key (DinhHub *self)
{
  return self->key;
}

/**
 * dinh_hub_get_push:
 *
 * Returns: (transfer none): the way to who listens.
 */
DinhPush *
dinh_hub_get_push (DinhHub *self)
{
  return self->push;
}

/**
 * dinh_hub_get_body:
 *
 * Returns: (transfer none): the UUID of the body's stream.
 */
const char *
dinh_hub_get_body (DinhHub *self)
{
  return self->state->body;
}

/* The hub as a device of its own record. */
const char *
dinh_hub_get_device (DinhHub *self)
{
  return self->state->device;
}

const DinhSecret *
dinh_hub_get_pepper (DinhHub *self)
{
  return dinh_device_secret_get (self->pepper);
}

DinhSessions *
dinh_hub_get_sessions (DinhHub *self)
{
  return self->sessions;
}

DinhNonces *
dinh_hub_get_nonces (DinhHub *self)
{
  return self->nonces;
}

/**
 * dinh_hub_take_store:
 *
 * Returns: (transfer full): a connection for reading, for the calling thread until it is given back; or %NULL
 * with a #DinhStoreError.
 */
DinhStore *
dinh_hub_take_store (DinhHub *self, GError **error)
{
  DinhStore *store = g_async_queue_try_pop (self->stores);
  g_autofree char *path = dinh_hub_state_path (self->state, "hub.db");

  return store != NULL ? store : dinh_sqlite_store_open (path, error);
}

/**
 * dinh_hub_give_store:
 * @store: (transfer full): from dinh_hub_take_store()
 */
void
dinh_hub_give_store (DinhHub *self, DinhStore *store)
{
  g_async_queue_push (self->stores, store);
}

static void
index_devices (DinhHub *self, const DinhView *body)
{
  const char *id;
  json_t *device;

  g_hash_table_remove_all (self->devices);
  json_object_foreach (json_object_get (body->state->json, "devices"), id, device)
  {
    const char *renewal = dinh_json_get_string (device, "renewal");

    g_hash_table_insert (self->devices, g_strdup (dinh_json_get_string (device, "certificate")),
                         g_strdup (id));
    if (renewal != NULL)
      g_hash_table_insert (self->devices, g_strdup (renewal), g_strdup (id));
  }
  self->devices_size = body->state->size;
}

/**
 * dinh_hub_find_device:
 * @fingerprint: SHA-256 of a client certificate, hexadecimal
 *
 * Returns: (transfer full) (nullable): whose certificate it is, also if revoked.
 */
char *
dinh_hub_find_device (DinhHub *self, const char *fingerprint)
{
  g_autoptr (DinhView) body = dinh_writer_dup_view (self->writer, self->state->body);

  if (body->state->size != self->devices_size)
    index_devices (self, body);
  return g_strdup (g_hash_table_lookup (self->devices, fingerprint));
}

/**
 * dinh_hub_command_async:
 * @body: (transfer full): fields of @kind
 *
 * The hub itself commands something in its body; dinh_writer_submit_finish() tells the answer.
 */
void
dinh_hub_command_async (
    DinhHub *self, const char *kind, json_t *body, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (DinhJson) owned = body;
  g_autoptr (DinhCommand) command = dinh_command_new (kind, self->state->body, self->state->device,
                                                      dinh_writer_now (self->writer), owned, self->key);

  dinh_writer_submit_async (self->writer, command, NULL, callback, user_data);
}

static void
on_renewal_taken (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DinhHub) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = dinh_writer_submit_finish (DINH_WRITER (source), result, &error);

  if (answer == NULL)
    g_printerr ("dinh-hub: a renewed certificate: %s\n", error->message);
  self->takes_renewal = FALSE;
}

/**
 * dinh_hub_take_renewal:
 *
 * @device has come with its renewed certificate: the one before counts no longer. If that cannot be recorded
 * now, the device's next request tries again.
 */
void
dinh_hub_take_renewal (DinhHub *self, const char *device, const char *fingerprint)
{
  if (self->takes_renewal)
    return;
  self->takes_renewal = TRUE;
  dinh_hub_command_async (
      self, "device-renew",
      json_pack ("{s:s, s:s, s:b}", "id", device, "certificate", fingerprint, "used", TRUE), on_renewal_taken,
      g_object_ref (self));
}

/**
 * dinh_hub_describe_device:
 *
 * Returns: (transfer full): what a device has to know of itself and of the hub, as in its identity.json.
 */
json_t *
dinh_hub_describe_device (DinhHub *self, const char *device)
{
  g_autoptr (DinhView) body = dinh_writer_dup_view (self->writer, self->state->body);
  const json_t *object = dinh_state_get (body->state, "devices", device);
  g_auto (GStrv) urls = dinh_hub_state_urls (self->state);
  json_t *hubs = json_array ();

  for (char **url = urls; *url != NULL; url++)
    json_array_append_new (hubs, json_string (*url));
  return json_pack ("{s:i, s:s, s:s, s:s, s:s*, s:s, s:s, s:o}", "version", 1, "device", device, "name",
                    dinh_json_get_string (object, "name"), "profile",
                    dinh_json_get_string (object, "profile"), "site", dinh_json_get_string (object, "site"),
                    "body", self->state->body, "record_key", dinh_key_get_public (self->key), "hubs", hubs);
}

/**
 * dinh_hub_get_enrol_address:
 *
 * Returns: (transfer full) (nullable): "HOST:PORT" where devices are let in, for people to type.
 */
char *
dinh_hub_get_enrol_address (DinhHub *self)
{
  g_auto (GStrv) urls = dinh_hub_state_urls (self->state);
  const char *host = urls[0] + strlen ("https://");

  if (self->enrol_port == NULL)
    return NULL;
  *strrchr (urls[0], ':') = '\0';
  return g_strdup_printf ("%s:%s", host, self->enrol_port);
}

/* Kinds after which other devices may see a stream than before. */
static gboolean
changes_audience (const DinhCommit *commit)
{
  static const char *const kinds[] = {"meeting-published", "meeting-changed", "group-changed", NULL};

  for (guint i = 0; i < commit->kinds->len; i++) {
    if (g_strv_contains (kinds, g_ptr_array_index (commit->kinds, i)))
      return TRUE;
  }
  return FALSE;
}

static void
close_revoked (DinhHub *self, const DinhCommit *commit)
{
  const char *id;
  json_t *device;

  json_object_foreach (json_object_get (commit->view->state->json, "devices"), id, device)
  {
    if (json_object_get (device, "revoked") != NULL &&
        (guint64) dinh_json_get_integer (device, "seq") >= commit->first)
      dinh_push_close (self->push, id);
  }
}

/* Whether a site of @before, of which there are all when it is empty, is not in @after. */
static gboolean
is_narrower (const json_t *before, const json_t *after)
{
  g_autoptr (GHashTable) keys = g_hash_table_new (g_str_hash, g_str_equal);
  gsize index;
  json_t *site;

  if (json_array_size (after) == 0 || json_array_size (before) == 0)
    return json_array_size (after) > 0;
  json_array_foreach (after, index, site) g_hash_table_add (keys, (char *) json_string_value (site));
  json_array_foreach (before, index, site)
  {
    if (!g_hash_table_contains (keys, json_string_value (site)))
      return TRUE;
  }
  return FALSE;
}

/* Who loses a meeting must not hear its next line, however long the line stays open. Who keeps it comes back
 * at once and fetches what went by meanwhile. */
static void
close_withdrawn (DinhHub *self, const DinhView *view)
{
  json_t *sites = json_object_get (json_object_get (view->state->json, "meeting"), "sites");
  const json_t *before = g_hash_table_lookup (self->sites, view->stream);

  if (sites == NULL || json_equal ((json_t *) before, sites))
    return;
  if (before != NULL && is_narrower (before, sites))
    dinh_push_close (self->push, view->stream);
  g_hash_table_insert (self->sites, g_strdup (view->stream), json_incref (sites));
}

/**
 * dinh_hub_describe:
 *
 * Returns: (transfer full): where a stream stands, as `GET /v1/streams` says it.
 */
json_t *
dinh_hub_describe (const DinhView *view)
{
  return json_pack ("{s:s, s:s, s:I, s:s}", "id", view->stream, "kind", view->kind, "size",
                    (json_int_t) view->state->size, "checkpoint", view->checkpoint);
}

static gboolean
on_rest (gpointer user_data)
{
  DinhHub *self = user_data;
  gint64 now = g_get_monotonic_time ();
  GHashTableIter iter;
  const char *stream;
  gint64 *due;

  g_hash_table_iter_init (&iter, self->grown);
  while (g_hash_table_iter_next (&iter, (gpointer *) &stream, (gpointer *) &due)) {
    g_autoptr (DinhView) view = *due > now ? NULL : dinh_writer_dup_view (self->writer, stream);
    g_autoptr (DinhJson) list =
        view == NULL ? NULL : json_pack ("{s:[o]}", "streams", dinh_hub_describe (view));
    g_autofree char *line = list == NULL ? NULL : dinh_json_print (list);

    if (line == NULL)
      continue;
    dinh_push_send (self->push, stream, line);
    g_hash_table_iter_remove (&iter);
  }
  if (g_hash_table_size (self->grown) > 0)
    return G_SOURCE_CONTINUE;
  self->rest = 0;
  return G_SOURCE_REMOVE;
}

/*
 * Says where a stream stands when it rests: nchan's workers have lost messages, and died of them. Who missed
 * the last line would else know at the next check only (any other is missed when the next one comes); and who
 * has it is shown that it was true.
 */
static void
expect_rest (DinhHub *self, const char *stream)
{
  gint64 due = g_get_monotonic_time () + REST;

  g_hash_table_insert (self->grown, g_strdup (stream), g_memdup2 (&due, sizeof due));
  if (self->rest == 0)
    self->rest = g_timeout_add_seconds (1, on_rest, self);
}

static void
on_committed (DinhWriter *writer, DinhCommit *commit, DinhHub *self)
{
  expect_rest (self, commit->view->stream);
  dinh_metrics_add (DINH_METRIC_EVENTS, commit->lines->len);
  close_withdrawn (self, commit->view);
  for (guint i = 0; i < commit->lines->len; i++)
    dinh_push_send (self->push, commit->view->stream, g_ptr_array_index (commit->lines, i));
  if (changes_audience (commit)) {
    g_autofree char *line = g_strdup_printf ("{\"stream\":\"%s\"}", commit->view->stream);
    dinh_push_send (self->push, self->state->body, line);
  }
  if (strcmp (commit->view->stream, self->state->body) == 0)
    close_revoked (self, commit);
  dinh_events_wake (self, commit->view->stream);
}

/* A copy of the state folder need not have what only a running hub needs. */
static gboolean
make_run_folder (DinhHub *self, GError **error)
{
  g_autofree char *path = dinh_hub_state_path (self->state, "run");

  if (g_mkdir_with_parents (path, 0700) == 0)
    return TRUE;
  g_set_error (error, DINH_HUB_ERROR, DINH_HUB_ERROR_BROKEN, "cannot make “%s”: %s", path,
               g_strerror (errno));
  return FALSE;
}

static void
on_writer_failed (DinhWriter *writer, DinhHub *self)
{
  g_signal_emit (self, signals[FAILED], 0);
}

static gboolean
take_lock (DinhHub *self, GError **error)
{
  g_autofree char *path = dinh_hub_state_path (self->state, "lock");

  self->lock = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (self->lock >= 0 && flock (self->lock, LOCK_EX | LOCK_NB) == 0)
    return TRUE;
  if (self->lock >= 0 && errno == EWOULDBLOCK)
    g_set_error (error, DINH_HUB_ERROR, DINH_HUB_ERROR_EXISTS, "another hub works on “%s”",
                 self->state->folder);
  else
    g_set_error (error, DINH_HUB_ERROR, DINH_HUB_ERROR_BROKEN, "cannot lock “%s”: %s", path,
                 g_strerror (errno));
  return FALSE;
}

/* The server's certificate is renewed by itself, long before it ends. */
static gboolean
renew_certificate (DinhHub *self, GError **error)
{
  g_autofree char *trust = dinh_hub_state_path (self->state, "trust");
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) hosts = NULL;

  for (char **address = self->state->addresses; *address != NULL; address++) {
    g_autoptr (GSocketConnectable) parsed = g_network_address_parse (*address, 0, NULL);
    g_strv_builder_add (
        builder, parsed == NULL ? *address : g_network_address_get_hostname (G_NETWORK_ADDRESS (parsed)));
  }
  hosts = g_strv_builder_end (builder);
  return dinh_authority_server_is_current (self->authority, (const char *const *) hosts, trust) ||
         dinh_authority_issue_server (self->authority, (const char *const *) hosts, trust, error);
}

/* nginx, and who listens there, may have outlived the hub before. */
static void
remember_sites (DinhHub *self)
{
  g_autoptr (GPtrArray) views = dinh_writer_list_views (self->writer);

  for (guint i = 0; i < views->len; i++)
    close_withdrawn (self, g_ptr_array_index (views, i));
}

static gboolean
open_parts (DinhHub *self, GError **error)
{
  g_autofree char *papers = dinh_hub_state_path (self->state, "papers");
  g_autofree char *trust = dinh_hub_state_path (self->state, "trust");
  g_autofree char *key = dinh_hub_state_path (self->state, "hub.key");
  g_autofree char *pepper = dinh_hub_state_path (self->state, "pepper");
  g_autofree char *push = dinh_hub_state_path (self->state, "run/push.sock");
  g_autofree char *audiences = dinh_hub_state_path (self->state, "run/audiences");

  self->papers = make_run_folder (self, error) ? dinh_paper_store_new (papers, error) : NULL;
  if (self->papers != NULL)
    dinh_paper_store_drop_stale (self->papers, G_TIME_SPAN_DAY);
  self->authority = self->papers == NULL ? NULL : dinh_authority_load (trust, error);
  self->key = self->authority == NULL ? NULL : dinh_key_load (key, error);
  self->pepper = self->key == NULL ? NULL : dinh_device_secret_load (pepper, NULL, error);
  self->push = dinh_push_new (push, audiences);
  if (self->pepper == NULL || !renew_certificate (self, error))
    return FALSE;
  self->writer = dinh_hub_state_open_writer (self->state, error);
  if (self->writer == NULL)
    return FALSE;
  remember_sites (self);
  g_signal_connect_object (self->writer, "committed", G_CALLBACK (on_committed), self, 0);
  g_signal_connect_object (self->writer, "failed", G_CALLBACK (on_writer_failed), self, 0);
  return TRUE;
}

/* For whoever looks after the machine: it is tried again in any case. */
static void
on_engine_troubled (DinhNginx *nginx, const GError *error, gpointer user_data)
{
  g_printerr ("dinh-hub: %s\n", error->message);
}

/**
 * dinh_hub_start:
 * @listen: "ADDRESS:PORT", ended by %NULL
 * @enrol_listen: where devices are let in, the same; may be none
 *
 * Serves on the Unix socket and brings nginx up in front of it. Returns: %FALSE with what could not be
 * started.
 */
gboolean
dinh_hub_start (DinhHub *self, const char *const *listen, const char *const *enrol_listen, GError **error)
{
  g_autofree char *socket = dinh_hub_state_path (self->state, "run/hub.sock");

  self->server = dinh_server_new (self, socket, error);
  if (self->server == NULL)
    return FALSE;
  self->nginx = dinh_nginx_new (self->state->folder, listen);
  g_signal_connect (self->nginx, "trouble", G_CALLBACK (on_engine_troubled), NULL);
  dinh_nginx_set_enrol_listen (self->nginx, enrol_listen);
  if (!dinh_nginx_start (self->nginx, error))
    return FALSE;
  if (enrol_listen[0] != NULL)
    self->enrol_port = g_strdup (strrchr (enrol_listen[0], ':') + 1);
  dinh_metrics_add (DINH_METRIC_ENGINE_STARTS, 1);
  if (dinh_nginx_get_warning (self->nginx) != NULL)
    g_printerr ("dinh-hub: %s\n", dinh_nginx_get_warning (self->nginx));
  return TRUE;
}

/**
 * dinh_hub_stop:
 *
 * Ends nginx, the server and the writer, in that order, so that nothing is taken that would not be kept.
 */
void
dinh_hub_stop (DinhHub *self)
{
  if (self->nginx != NULL)
    dinh_nginx_stop (self->nginx);
  if (self->server != NULL)
    dinh_server_stop (self->server);
  if (self->writer != NULL)
    dinh_writer_stop (self->writer);
}

static void
dinh_hub_finalize (GObject *object)
{
  DinhHub *self = DINH_HUB (object);

  g_clear_object (&self->nginx);
  g_clear_object (&self->server);
  g_clear_object (&self->writer);
  g_clear_object (&self->push);
  g_clear_object (&self->papers);
  g_clear_pointer (&self->authority, dinh_authority_free);
  g_clear_pointer (&self->key, dinh_key_free);
  g_clear_pointer (&self->pepper, dinh_device_secret_free);
  g_clear_pointer (&self->nonces, dinh_nonces_free);
  g_clear_pointer (&self->sessions, dinh_sessions_free);
  g_free (self->enrol_port);
  g_async_queue_unref (self->stores);
  g_hash_table_unref (self->devices);
  g_clear_handle_id (&self->rest, g_source_remove);
  g_hash_table_unref (self->grown);
  g_hash_table_unref (self->sites);
  g_clear_pointer (&self->state, dinh_hub_state_free);
  if (self->lock >= 0)
    close (self->lock);
  G_OBJECT_CLASS (dinh_hub_parent_class)->finalize (object);
}

static void
dinh_hub_class_init (DinhHubClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dinh_hub_finalize;

  /**
   * DinhHub::failed:
   *
   * The disk can no longer be trusted; the program must end.
   */
  signals[FAILED] =
      g_signal_new ("failed", DINH_TYPE_HUB, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dinh_hub_init (DinhHub *self)
{
  self->lock = -1;
  self->stores = g_async_queue_new_full (g_object_unref);
  self->devices = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->sessions = dinh_sessions_new ();
  self->nonces = dinh_nonces_new ();
  self->grown = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->sites = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) json_decref);
}

/**
 * dinh_hub_new:
 * @state: (transfer full): what init has made
 *
 * Locks the state folder and opens everything in it. Blocks while it reads. Returns: (transfer full): the
 * hub, or %NULL with %DINH_HUB_ERROR_EXISTS if another hub is at work there, or what cannot be opened.
 */
DinhHub *
dinh_hub_new (DinhHubState *state, GError **error)
{
  g_autoptr (DinhHub) self = g_object_new (DINH_TYPE_HUB, NULL);

  self->state = state;
  return take_lock (self, error) && open_parts (self, error) ? g_steal_pointer (&self) : NULL;
}
