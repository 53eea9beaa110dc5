/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/net/fake-hub.h"

#include "data/hash/dinh-checkpoint.h"
#include "data/hash/dinh-merkle.h"
#include "data/record/dinh-time.h"
#include "data/store/dinh-sqlite-store.h"
#include "data/trust/dinh-authority.h"
#include "data/trust/dinh-certificate.h"
#include "tests/data/net/hub-fixture.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

/* --- the record --- */

static DinhKey *
copy_key (FakeHub *self, DinhKey *key)
{
  g_autofree char *path = g_build_filename (self->folder, "record.key", NULL);

  g_assert_true (dinh_key_save (key, path, NULL));
  return dinh_key_load (path, NULL);
}

static void
submit (FakeHub *self, const char *device, const DinhKey *key, const char *stream, const char *kind, json_t *body)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhCommand) command = dinh_command_new (kind, stream, device, dinh_writer_now (self->writer), body, key);
  g_autofree char *result = dinh_writer_submit (self->writer, command, &error);

  g_assert_no_error (error);
  if (strstr (result, "\"recorded\"") == NULL)
    g_error ("%s: %s", kind, result);
  json_decref (body);
}

/* A request for events that there are not yet. */
typedef struct {
  SoupServerMessage *message;
  char *stream;
  GHashTable *query;
} Waiting;

static void
waiting_free (Waiting *waiting)
{
  g_object_unref (waiting->message);
  g_free (waiting->stream);
  g_hash_table_unref (waiting->query);
  g_free (waiting);
}

static void answer_events (FakeHub *self, SoupServerMessage *message, const char *stream, GHashTable *query);

void
fake_hub_command (FakeHub *self, const char *stream, const char *kind, json_t *body)
{
  g_autoptr (GPtrArray) waiting = g_steal_pointer (&self->waiting);

  self->waiting = g_ptr_array_new_with_free_func ((GDestroyNotify) waiting_free);
  submit (self, self->admin, self->admin_key, stream, kind, body);
  for (guint i = 0; i < waiting->len; i++) {
    Waiting *one = g_ptr_array_index (waiting, i);

    soup_server_message_unpause (one->message);
    answer_events (self, one->message, one->stream, one->query);
  }
}

void
fake_hub_add_item (FakeHub *self, const char *meeting, guint number)
{
  g_autofree char *id = g_strdup_printf ("muc-%u", number);

  fake_hub_command (self, meeting, "item-add",
                    json_pack ("{s:s, s:i, s:s}", "id", id, "position", (int) number, "title", id));
}

char *
fake_hub_add_meeting (FakeHub *self, guint n_items)
{
  char *meeting = dinh_uuid_new ();

  fake_hub_command (self, meeting, "meeting-prepare",
                    json_pack ("{s:s, s:s, s:s}", "title", "Họp", "begins", "2096-12-01T08:00:00+07:00", "ends",
                               "2096-12-01T11:30:00+07:00"));
  fake_hub_command (self, meeting, "meeting-publish", json_object ());
  for (guint i = 0; i < n_items; i++)
    fake_hub_add_item (self, meeting, i);
  return meeting;
}

/* Adds item 0 with it. Returns the SHA-256. */
char *
fake_hub_add_paper (FakeHub *self, const char *meeting, const char *id, gsize length)
{
  char *bytes = fixture_random_bytes (length, (guint32) length);
  char *sha256 = dinh_hash_data_hex (bytes, length);

  fake_hub_add_item (self, meeting, 0);
  g_hash_table_insert (self->papers, g_strdup (sha256), g_bytes_new_take (bytes, length));
  fake_hub_command (self, meeting, "paper-add",
                    json_pack ("{s:s, s:s, s:i, s:s, s:s, s:I, s:s}", "id", id, "item", "muc-0", "position", 0, "title",
                               id, "sha256", sha256, "size", (json_int_t) length, "file", "x.pdf"));
  return sha256;
}

static void
found (FakeHub *self)
{
  g_autofree char *path = g_build_filename (self->folder, "hub.db", NULL);
  g_autoptr (DinhStore) store = dinh_sqlite_store_open (path, NULL);
  DinhKey *key = copy_key (self, self->record_key);

  self->writer = dinh_writer_new (store, self->body, self->hub_device, key, NULL);
  self->reader = dinh_sqlite_store_open (path, NULL);
  submit (self, self->hub_device, self->record_key, self->body, "body-found",
          json_pack ("{s:s, s:s, s:s}", "name", "UBND tỉnh", "record_key", dinh_key_get_public (self->record_key),
                     "device", self->hub_device));
  submit (self, self->hub_device, self->record_key, self->body, "device-add",
          json_pack ("{s:s, s:s, s:s, s:s, s:s}", "id", self->admin, "name", "Quản trị", "profile", "admin",
                     "certificate", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "key",
                     dinh_key_get_public (self->admin_key)));
}

/* --- answers --- */

static void
answer (SoupServerMessage *message, guint status, const char *type, const char *text, gsize length)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, type, SOUP_MEMORY_COPY, text, length);
}

static void
answer_json (SoupServerMessage *message, guint status, json_t *json)
{
  g_autofree char *text = dinh_json_print (json);

  answer (message, status, status < 400 ? "application/json" : "application/problem+json", text, strlen (text));
  json_decref (json);
}

static void
answer_problem (SoupServerMessage *message, guint status, const char *name)
{
  g_autofree char *type = g_strconcat ("urn:dinh:problem:", name, NULL);

  answer_json (message, status, json_pack ("{s:s, s:s}", "type", type, "detail", "fake"));
}

static guint64
get_number (GHashTable *query, const char *name)
{
  const char *text = query == NULL ? NULL : g_hash_table_lookup (query, name);

  return text == NULL ? 0 : g_ascii_strtoull (text, NULL, 10);
}

static void
answer_time (FakeHub *self, SoupServerMessage *message, GHashTable *query)
{
  const char *nonce = g_hash_table_lookup (query, "nonce");
  g_autofree char *time = dinh_time_format (self->mischief == MISCHIEF_OLD_TIME ? G_USEC_PER_SEC : dinh_writer_now (self->writer));
  g_autofree char *text = g_strdup_printf ("%s\n%s", nonce, time);
  const DinhKey *key = self->mischief == MISCHIEF_UNSIGNED_TIME ? self->admin_key : self->record_key;
  g_autofree char *signature = dinh_key_sign (key, "dinh-time-v1", text, strlen (text));

  answer_json (message, 200, json_pack ("{s:s, s:s, s:s}", "time", time, "nonce", nonce, "signature", signature));
}

static char *
make_note (FakeHub *self, const DinhView *view)
{
  g_autofree char *origin = g_strdup_printf ("dinh/%s/%s", self->body, self->mischief == MISCHIEF_OTHER_ORIGIN ? self->body : view->stream);

  if (self->mischief == MISCHIEF_OTHER_ORIGIN && strcmp (view->stream, self->body) != 0)
    return dinh_checkpoint_sign (origin, view->state->size, &view->root, self->record_key);
  if (self->mischief == MISCHIEF_UNSIGNED && strcmp (view->stream, self->body) != 0)
    return dinh_checkpoint_sign (origin, view->state->size, &view->root, self->admin_key);
  return g_strdup (view->checkpoint);
}

static void
answer_list (FakeHub *self, SoupServerMessage *message)
{
  g_autoptr (GPtrArray) views = dinh_writer_list_views (self->writer);
  json_t *list = json_array ();

  if (self->mischief == MISCHIEF_GARBAGE_LIST) {
    json_array_append_new (list, json_pack ("{s:s}", "id", "x"));
    answer_json (message, 200, json_pack ("{s:o}", "streams", list));
    return;
  }
  for (guint i = 0; i < views->len && self->mischief != MISCHIEF_SHOWS_NOTHING; i++) {
    const DinhView *view = g_ptr_array_index (views, i);
    g_autofree char *note = make_note (self, view);

    if ((self->mischief != MISCHIEF_HIDES && self->mischief != MISCHIEF_LOSES) || strcmp (view->kind, "body") == 0)
      json_array_append_new (list, json_pack ("{s:s, s:s, s:I, s:s}", "id", view->stream, "kind", view->kind, "size",
                                              (json_int_t) view->state->size, "checkpoint", note));
  }
  answer_json (message, 200, json_pack ("{s:o}", "streams", list));
}

static void
print_events (FakeHub *self, const DinhView *view, guint64 after, GString *text)
{
  const char *stream = self->mischief == MISCHIEF_OTHER_STREAM ? self->body : view->stream;
  g_autoptr (GPtrArray) events = dinh_store_read_events (self->reader, stream, after, self->page_size, NULL);
  guint skip = self->mischief == MISCHIEF_WRONG_SEQ ? 1 : 0;

  for (guint i = skip; i < events->len; i++) {
    const DinhStoredEvent *event = g_ptr_array_index (events, i);
    g_string_append_printf (text, "%.*s\n", (int) event->length, event->bytes);
  }
  if (self->mischief == MISCHIEF_CHANGED_EVENT)
    g_string_replace (text, "Họp", "Hỏi", 1);
}

static gboolean
on_endless_wrote (SoupServerMessage *message, gpointer user_data)
{
  static char junk[65536];

  soup_message_body_append (soup_server_message_get_response_body (message), SOUP_MEMORY_STATIC, junk, sizeof junk);
  soup_server_message_unpause (message);
  return FALSE;
}

static void
answer_endless (SoupServerMessage *message)
{
  soup_message_headers_set_encoding (soup_server_message_get_response_headers (message), SOUP_ENCODING_CHUNKED);
  soup_message_body_set_accumulate (soup_server_message_get_response_body (message), FALSE);
  soup_server_message_set_status (message, 200, NULL);
  g_signal_connect (message, "wrote-headers", G_CALLBACK (on_endless_wrote), NULL);
  g_signal_connect (message, "wrote-chunk", G_CALLBACK (on_endless_wrote), NULL);
}

static void
answer_events (FakeHub *self, SoupServerMessage *message, const char *stream, GHashTable *query)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  g_autoptr (DinhView) view = dinh_writer_dup_view (self->writer, stream);
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean fooling = view != NULL && strcmp (view->kind, "body") != 0;
  g_autofree char *size = NULL, *note = NULL, *encoded = NULL;

  if (view == NULL) {
    answer_problem (message, 404, "missing");
    return;
  }
  if (fooling && self->mischief == MISCHIEF_ENDLESS) {
    answer_endless (message);
    return;
  }
  if (get_number (query, "wait") > 0 && get_number (query, "after") >= view->state->size) {
    Waiting *waiting = g_new (Waiting, 1);

    *waiting = (Waiting){ g_object_ref (message), g_strdup (stream), g_hash_table_ref (query) };
    g_ptr_array_add (self->waiting, waiting);
    soup_server_message_pause (message);
    return;
  }
  if (fooling && self->mischief == MISCHIEF_GARBAGE)
    g_string_append (text, "<html>\xff\n{}\n");
  else if (!fooling || self->mischief != MISCHIEF_NO_EVENTS)
    print_events (self, view, get_number (query, "after"), text);
  size = g_strdup_printf ("%" G_GUINT64_FORMAT, view->state->size);
  note = make_note (self, view);
  encoded = g_base64_encode ((const guchar *) note, strlen (note));
  soup_message_headers_replace (headers, "Dinh-Size", size);
  soup_message_headers_replace (headers, "Dinh-Checkpoint", encoded);
  answer (message, 200, "application/x-ndjson", text->str, text->len);
}

static void
answer_proof (FakeHub *self, SoupServerMessage *message, const char *stream, GHashTable *query)
{
  g_autoptr (GArray) leaves = dinh_store_read_leaves (self->reader, stream, NULL);
  g_autoptr (DinhMerkle) tree = dinh_merkle_new ();
  g_autoptr (GArray) proof = NULL;
  json_t *list = json_array ();

  for (guint i = 0; i < leaves->len; i++)
    dinh_merkle_append (tree, &g_array_index (leaves, DinhHash, i));
  proof = dinh_merkle_prove_consistency (tree, get_number (query, "from"), get_number (query, "to"));
  for (guint i = 0; proof != NULL && i < proof->len; i++) {
    g_autofree char *hex = dinh_hash_to_hex (&g_array_index (proof, DinhHash, i));
    json_array_append_new (list, json_string (hex));
  }
  answer_json (message, 200, json_pack ("{s:o}", "proof", list));
}

static void
answer_paper (FakeHub *self, SoupServerMessage *message, const char *sha256)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  const char *range = soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Range");
  GBytes *paper = g_hash_table_lookup (self->papers, sha256);
  gsize length, from = 0;
  g_autofree char *copy = NULL;

  if (paper == NULL || self->mischief == MISCHIEF_NO_PAPERS) {
    answer_problem (message, 404, "missing");
    return;
  }
  /* libsoup would answer the range itself. */
  if (range != NULL && self->mischief != MISCHIEF_NO_RANGES)
    from = g_ascii_strtoull (range + strlen ("bytes="), NULL, 10);
  soup_message_headers_remove (soup_server_message_get_request_headers (message), "Range");
  copy = g_memdup2 (g_bytes_get_data (paper, &length), g_bytes_get_size (paper));
  if (self->mischief == MISCHIEF_WRONG_BYTES)
    copy[length - 1] ^= 1;
  if (from > 0)
    soup_message_headers_set_content_range (headers, (goffset) from, (goffset) length - 1, (goffset) length);
  if (self->mischief == MISCHIEF_CUTS)
    length = from + (length - from) / 2;
  self->sent += length - from;
  answer (message, from > 0 ? 206 : 200, "application/pdf", copy + from, length - from);
}

static void
answer_command (FakeHub *self, SoupServerMessage *message)
{
  g_autoptr (GBytes) bytes = soup_message_body_flatten (soup_server_message_get_request_body (message));
  g_autoptr (DinhCommand) command = dinh_command_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL);

  self->n_commands++;
  g_assert_nonnull (command);
  if (self->refuse_commands != 0)
    answer_problem (message, self->refuse_commands, "fake");
  else
    answer_json (message, 200, json_pack ("{s:s, s:s}", "status", "recorded", "command", command->id));
}

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer user_data)
{
  FakeHub *self = user_data;
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  guint length = g_strv_length (parts);

  self->n_requests++;
  if (self->mischief == MISCHIEF_SILENT)
    soup_server_message_pause (message);
  else if (self->mischief == MISCHIEF_UNAVAILABLE)
    answer_problem (message, 503, "hub-unavailable");
  else if (strcmp (path, "/v1/time") == 0)
    answer_time (self, message, query);
  else if (strcmp (path, "/v1/streams") == 0)
    answer_list (self, message);
  else if (strcmp (path, "/v1/commands") == 0)
    answer_command (self, message);
  else if (length == 4 && strcmp (parts[2], "blobs") == 0)
    answer_paper (self, message, parts[3]);
  else if (length == 5 && self->mischief == MISCHIEF_HIDES)
    answer_problem (message, 403, "withdrawn");
  else if (length == 5 && self->mischief == MISCHIEF_LOSES)
    answer_problem (message, 404, "missing");
  else if (length == 5 && strcmp (parts[4], "events") == 0)
    answer_events (self, message, parts[3], query);
  else if (length == 5 && strcmp (parts[4], "proof") == 0)
    answer_proof (self, message, parts[3], query);
  else
    answer_problem (message, 404, "no-route");
}

static void
on_live (SoupServer *server, SoupServerMessage *message, const char *path, SoupWebsocketConnection *connection,
         gpointer user_data)
{
  FakeHub *self = user_data;

  if (self->mischief == MISCHIEF_NO_LIVE)
    soup_websocket_connection_close (connection, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, NULL);
  else
    g_ptr_array_add (self->lines, g_object_ref (connection));
}

/* An early handler that ends the handshake where there are no WebSockets. */
static void
on_live_asked (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer user_data)
{
  FakeHub *self = user_data;

  if (self->mischief == MISCHIEF_NO_LIVE || self->mischief == MISCHIEF_UNAVAILABLE)
    answer_problem (message, 404, "no-route");
}

void
fake_hub_push (FakeHub *self, const char *text)
{
  for (guint i = 0; i < self->lines->len; i++) {
    SoupWebsocketConnection *line = g_ptr_array_index (self->lines, i);

    if (soup_websocket_connection_get_state (line) == SOUP_WEBSOCKET_STATE_OPEN)
      soup_websocket_connection_send_text (line, text);
  }
}

/* --- the server --- */

void
fake_hub_hang_up (FakeHub *self)
{
  g_ptr_array_set_size (self->lines, 0);
  if (self->server != NULL)
    soup_server_disconnect (self->server);
  g_clear_object (&self->server);
}

static gboolean
on_certificate_offered (SoupServerMessage *message, GTlsCertificate *certificate, GTlsCertificateFlags faults,
                        gpointer user_data)
{
  return TRUE;
}

static void
on_request_started (SoupServer *server, SoupServerMessage *message, gpointer user_data)
{
  g_signal_connect (message, "accept-certificate", G_CALLBACK (on_certificate_offered), NULL);
}

/* Listens with @certificate, or a good one; at the same address as before. */
void
fake_hub_serve (FakeHub *self, GTlsCertificate *certificate)
{
  g_autoptr (GTlsCertificate) good = certificate == NULL ? fake_hub_make_certificate (self, -1, 100) : g_object_ref (certificate);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) address = NULL;
  g_autoslist (GUri) uris = NULL;
  guint port = self->address == NULL ? 0 : (guint) g_ascii_strtoull (strrchr (self->address, ':') + 1, NULL, 10);

  self->server = soup_server_new ("tls-certificate", good, "tls-auth-mode", G_TLS_AUTHENTICATION_REQUIRED, NULL);
  g_signal_connect (self->server, "request-started", G_CALLBACK (on_request_started), NULL);
  soup_server_add_handler (self->server, NULL, on_request, self, NULL);
  soup_server_add_early_handler (self->server, "/v1/live", on_live_asked, self, NULL);
  soup_server_add_websocket_handler (self->server, "/v1/live", NULL, NULL, on_live, self, NULL);
  address = g_inet_socket_address_new_from_string ("127.0.0.1", port);
  soup_server_listen (self->server, address, SOUP_SERVER_LISTEN_HTTPS, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (self->server);
  g_free (self->address);
  self->address = g_strdup_printf ("https://127.0.0.1:%d", g_uri_get_port (uris->data));
}

/* A server's certificate by the authority, valid for a span of days around now. */
GTlsCertificate *
fake_hub_make_certificate (FakeHub *self, int days_from, int days_until)
{
  g_autofree char *key_path = g_build_filename (self->folder, "ca.key", NULL);
  g_autofree char *ca_path = g_build_filename (self->folder, "ca.crt", NULL);
  BIO *key_file = BIO_new_file (key_path, "r"), *ca_file = BIO_new_file (ca_path, "r"), *out = BIO_new (BIO_s_mem ());
  EVP_PKEY *ca_key = PEM_read_bio_PrivateKey (key_file, NULL, NULL, NULL), *key = EVP_EC_gen ("P-256");
  X509 *ca = PEM_read_bio_X509 (ca_file, NULL, NULL, NULL), *certificate = X509_new ();
  X509_EXTENSION *names = X509V3_EXT_conf_nid (NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");
  GTlsCertificate *made;
  char *pem;
  long length;

  X509_set_version (certificate, X509_VERSION_3);
  ASN1_INTEGER_set (X509_get_serialNumber (certificate), g_random_int_range (1, G_MAXINT));
  X509_time_adj_ex (X509_getm_notBefore (certificate), days_from, 0, NULL);
  X509_time_adj_ex (X509_getm_notAfter (certificate), days_until, 0, NULL);
  X509_set_issuer_name (certificate, X509_get_subject_name (ca));
  X509_set_pubkey (certificate, key);
  X509_add_ext (certificate, names, -1);
  X509_sign (certificate, ca_key, EVP_sha256 ());
  PEM_write_bio_X509 (out, certificate);
  PEM_write_bio_PrivateKey (out, key, NULL, NULL, 0, NULL, NULL);
  length = BIO_get_mem_data (out, &pem);
  made = g_tls_certificate_new_from_pem (pem, length, NULL);
  g_assert_nonnull (made);
  X509_EXTENSION_free (names);
  X509_free (certificate);
  X509_free (ca);
  EVP_PKEY_free (key);
  EVP_PKEY_free (ca_key);
  BIO_free (key_file);
  BIO_free (ca_file);
  BIO_free (out);
  return made;
}

/* A seat's identity for @hubs, or for this hub. */
DinhIdentity *
fake_hub_make_identity (FakeHub *self, const char *const *hubs)
{
  g_autoptr (DinhAuthority) authority = dinh_authority_load (self->folder, NULL);
  g_autofree char *seat = g_build_filename (self->folder, "seat", NULL);
  g_autofree char *device = dinh_uuid_new (), *tls_key = NULL, *certificate = NULL;
  g_autofree char *request = dinh_certificate_request_new (device, NULL, &tls_key, NULL);
  const char *const own[] = { self->address, NULL };
  DinhIdentityFields fields = { .device = device, .name = "Ghế 1", .profile = "seat", .body = self->body,
                                .record_key = dinh_key_get_public (self->record_key), .hubs = hubs == NULL ? own : hubs };
  g_autoptr (GError) error = NULL;
  DinhIdentity *identity;

  certificate = dinh_authority_sign_request (authority, request, device, NULL);
  fields.tls_key = tls_key;
  fields.tls_certificate = certificate;
  fields.authority = dinh_authority_get_certificate (authority);
  identity = dinh_identity_new (&fields, dinh_key_new (), &error);
  g_assert_no_error (error);
  g_assert_true (dinh_identity_save (identity, seat, &error));
  return identity;
}

FakeHub *
fake_hub_new (void)
{
  FakeHub *self = g_new0 (FakeHub, 1);

  self->folder = g_dir_make_tmp ("dinh-net-XXXXXX", NULL);
  self->body = dinh_uuid_new ();
  self->hub_device = dinh_uuid_new ();
  self->admin = dinh_uuid_new ();
  self->admin_key = dinh_key_new ();
  self->record_key = dinh_key_new ();
  self->page_size = 1000;
  self->lines = g_ptr_array_new_with_free_func (g_object_unref);
  self->waiting = g_ptr_array_new_with_free_func ((GDestroyNotify) waiting_free);
  self->papers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  g_assert_true (dinh_authority_create (self->folder, "Tỉnh", NULL));
  found (self);
  fake_hub_serve (self, NULL);
  return self;
}

void
fake_hub_free (FakeHub *self)
{
  fake_hub_hang_up (self);
  dinh_writer_stop (self->writer);
  g_object_unref (self->writer);
  g_object_unref (self->reader);
  g_ptr_array_unref (self->lines);
  g_ptr_array_unref (self->waiting);
  g_hash_table_unref (self->papers);
  dinh_key_free (self->admin_key);
  dinh_key_free (self->record_key);
  fixture_remove (self->folder);
  g_free (self->folder);
  g_free (self->body);
  g_free (self->hub_device);
  g_free (self->admin);
  g_free (self->address);
  g_free (self);
}
