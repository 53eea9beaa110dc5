/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "data/trust/dinh-identity.h"

#include "data/trust/dinh-certificate.h"
#include "data/trust/dinh-pem.h"

#include <glib/gstdio.h>
#include <jansson.h>
#include <string.h>

#define VERSION 1
#define NEXT_KEY "tls-next.key"
#define NEXT_CERTIFICATE "tls-next.crt"

/*
 * Who a device is, in one folder: identity.json says it in words, tls.key and tls.crt say it to nginx,
 * sign.key signs its commands, and ca.crt is what it believes. identity.json is written last, so that a
 * folder that has it is whole.
 */
struct _DinhIdentity {
  GObject parent_instance;

  char *device;
  char *name;
  char *profile;
  char *site;
  char *body;
  char *record_key;
  GStrv hubs;
  char *tls_key;
  char *tls_certificate;
  char *authority;
  char *authority_path;
  DinhKey *signing_key;

  /* Renewed in one thread while others connect with it. */
  GMutex lock;
  GTlsCertificate *certificate;
};

G_DEFINE_FINAL_TYPE (DinhIdentity, dinh_identity, G_TYPE_OBJECT)

static const char *const profiles[] = {"seat", "room", "display", "admin"};

static gboolean
is_uuid (const char *text)
{
  return g_uuid_string_is_valid (text);
}

static gboolean
is_name (const char *text)
{
  if (*text == '\0' || g_utf8_strlen (text, -1) > 200)
    return FALSE;
  for (; *text != '\0'; text = g_utf8_next_char (text)) {
    if (g_unichar_iscntrl (g_utf8_get_char (text)))
      return FALSE;
  }
  return TRUE;
}

static gboolean
is_profile (const char *text)
{
  DinhProfile profile;

  return dinh_profile_from_string (text, &profile);
}

static gboolean
is_key (const char *text)
{
  return g_ascii_isalnum (*text) && strlen (text) <= 64 &&
         text[strspn (text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static gboolean
is_record_key (const char *text)
{
  g_autoptr (DinhKey) key = dinh_key_new_from_public (text, NULL);

  return key != NULL;
}

static gboolean
is_hub (const char *text)
{
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);

  return uri != NULL && g_str_equal (g_uri_get_scheme (uri), "https") && g_uri_get_host (uri) != NULL &&
         *g_uri_get_host (uri) != '\0' && g_uri_get_port (uri) != 0 && g_uri_get_userinfo (uri) == NULL &&
         *g_uri_get_path (uri) == '\0' && g_uri_get_query (uri) == NULL && g_uri_get_fragment (uri) == NULL;
}

/* The texts of identity.json, in the order in which they are written. */
static const struct {
  const char *name;
  gsize member;
  gsize field;
  gboolean (*check) (const char *text);
  const char *form;
  gboolean optional;
} texts[] = {
#define TEXT(name) #name, G_STRUCT_OFFSET(DinhIdentity, name), G_STRUCT_OFFSET(DinhIdentityFields, name)
    {TEXT (device), is_uuid, "a UUID"},
    {TEXT (name), is_name, "1 to 200 characters on one line"},
    {TEXT (profile), is_profile, "one of seat, room, display, admin"},
    {TEXT (site), is_key, "a key of a-z, 0-9 and -", TRUE},
    {TEXT (body), is_uuid, "a UUID"},
    {TEXT (record_key), is_record_key, "a public key"},
#undef TEXT
};

#define MEMBER(self, text) G_STRUCT_MEMBER (char *, self, (text).member)
#define FIELD(fields, text) G_STRUCT_MEMBER (const char *, fields, (text).field)

static gboolean
refuse (GError **error, const char *field, const char *form)
{
  g_set_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_MALFORMED, "'identity.json': field '%s' is not %s",
               field, form);
  return FALSE;
}

/**
 * dinh_identity_set_hubs:
 *
 * Says where the hub is reached: @hubs, "https://ADDR:PORT" and ended by %NULL, are copied. FALSE with
 * MALFORMED, and nothing changed, if there is none or one is something else.
 */
gboolean
dinh_identity_set_hubs (DinhIdentity *self, const char *const *hubs, GError **error)
{
  if (hubs == NULL || hubs[0] == NULL)
    return refuse (error, "hubs", "a list with at least one address");
  for (guint i = 0; hubs[i] != NULL; i++) {
    if (!is_hub (hubs[i]))
      return refuse (error, "hubs", "a list of https://ADDR:PORT");
  }
  g_strfreev (self->hubs);
  self->hubs = g_strdupv ((char **) hubs);
  return TRUE;
}

static gboolean
take_texts (DinhIdentity *self, const DinhIdentityFields *fields, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    const char *value = FIELD (fields, texts[i]);

    if (value == NULL ? !texts[i].optional : !texts[i].check (value))
      return refuse (error, texts[i].name, texts[i].form);
    MEMBER (self, texts[i]) = g_strdup (value);
  }
  return dinh_identity_set_hubs (self, fields->hubs, error);
}

static gboolean
certificates_fit (X509 *certificate, EVP_PKEY *key, X509 *authority, GError **error)
{
  if (X509_check_private_key (certificate, key) != 1) {
    dinh_pem_set_error (error, DINH_TRUST_ERROR_MISMATCH, "'tls.crt' is not for the key in 'tls.key'");
    return FALSE;
  }
  if (X509_verify (certificate, X509_get0_pubkey (authority)) != 1) {
    dinh_pem_set_error (error, DINH_TRUST_ERROR_MISMATCH, "'tls.crt' is not by the authority in 'ca.crt'");
    return FALSE;
  }
  return TRUE;
}

static GTlsCertificate *
make_pair (const char *tls_key, const char *tls_certificate, GError **error)
{
  g_autofree char *pair = g_strconcat (tls_certificate, "\n", tls_key, NULL);
  GTlsCertificate *made = g_tls_certificate_new_from_pem (pair, -1, error);

  OPENSSL_cleanse (pair, strlen (pair));
  return made;
}

/* A certificate that was enrolled names the signing key that it goes with. */
static gboolean
signer_fits (DinhIdentity *self, GError **error)
{
  g_autofree char *signer =
      dinh_certificate_dup_signer (self->tls_certificate, strlen (self->tls_certificate));

  if (signer == NULL || g_str_equal (signer, dinh_key_get_public (self->signing_key)))
    return TRUE;
  g_set_error_literal (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_MISMATCH,
                       "'sign.key' is not the signing key that 'tls.crt' names");
  return FALSE;
}

static gboolean
take_certificates (DinhIdentity *self, const DinhIdentityFields *fields, GError **error)
{
  g_autoptr (X509) certificate = NULL;
  g_autoptr (EVP_PKEY) key = NULL;
  g_autoptr (X509) authority = NULL;

  certificate = dinh_pem_read_certificate (fields->tls_certificate, strlen (fields->tls_certificate), error);
  if (certificate == NULL) {
    g_prefix_error (error, "'tls.crt': ");
    return FALSE;
  }
  key = dinh_pem_read_key (fields->tls_key, strlen (fields->tls_key), error);
  if (key == NULL) {
    g_prefix_error (error, "'tls.key': ");
    return FALSE;
  }
  authority = dinh_pem_read_certificate (fields->authority, strlen (fields->authority), error);
  if (authority == NULL) {
    g_prefix_error (error, "'ca.crt': ");
    return FALSE;
  }
  self->tls_certificate = g_strdup (fields->tls_certificate);
  self->tls_key = g_strdup (fields->tls_key);
  self->authority = g_strdup (fields->authority);
  self->certificate = make_pair (self->tls_key, self->tls_certificate, error);
  return self->certificate != NULL && certificates_fit (certificate, key, authority, error) &&
         signer_fits (self, error);
}

static void
dinh_identity_finalize (GObject *object)
{
  DinhIdentity *self = DINH_IDENTITY (object);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (MEMBER (self, texts[i]));
  g_strfreev (self->hubs);
  if (self->tls_key != NULL)
    OPENSSL_cleanse (self->tls_key, strlen (self->tls_key));
  g_free (self->tls_key);
  g_free (self->tls_certificate);
  g_free (self->authority);
  g_free (self->authority_path);
  g_clear_pointer (&self->signing_key, dinh_key_free);
  g_clear_object (&self->certificate);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (dinh_identity_parent_class)->finalize (object);
}

static void
dinh_identity_class_init (DinhIdentityClass *class)
{
  G_OBJECT_CLASS (class)->finalize = dinh_identity_finalize;
}

static void
dinh_identity_init (DinhIdentity *self)
{
  g_mutex_init (&self->lock);
}

/**
 * dinh_identity_new:
 *
 * Makes an identity of @fields, which are copied, and @signing_key, which is taken also on failure. Checks
 * all of it: MALFORMED names the field that is wrong, MISMATCH the file that does not fit.
 */
DinhIdentity *
dinh_identity_new (const DinhIdentityFields *fields, DinhKey *signing_key, GError **error)
{
  g_autoptr (DinhIdentity) self = g_object_new (DINH_TYPE_IDENTITY, NULL);

  self->signing_key = signing_key;
  if (!take_texts (self, fields, error) || !take_certificates (self, fields, error))
    return NULL;
  return g_steal_pointer (&self);
}

static json_t *
parse (const char *text, gsize length, GError **error)
{
  json_error_t fault;
  json_t *root = json_loadb (text, length, JSON_REJECT_DUPLICATES, &fault);

  if (root == NULL)
    g_set_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_MALFORMED, "'identity.json': line %d: %s",
                 fault.line, fault.text);
  return root;
}

static gboolean
is_known (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    if (g_str_equal (name, texts[i].name))
      return TRUE;
  }
  return g_str_equal (name, "version") || g_str_equal (name, "hubs");
}

static gboolean
read_hubs (const json_t *list, GPtrArray *hubs, GError **error)
{
  gsize i;
  json_t *hub;

  json_array_foreach (list, i, hub)
  {
    if (!json_is_string (hub))
      return refuse (error, "hubs", "a list of texts");
    g_ptr_array_add (hubs, (gpointer) json_string_value (hub));
  }
  g_ptr_array_add (hubs, NULL);
  return TRUE;
}

/* Points @fields into @root; what the texts say is checked when they are taken. */
static gboolean
read_fields (json_t *root, DinhIdentityFields *fields, GPtrArray *hubs, GError **error)
{
  const char *name;
  json_t *value;

  if (!json_is_object (root))
    return refuse (error, "version", G_STRINGIFY (VERSION));
  json_object_foreach (root, name, value)
  {
    if (!is_known (name))
      return refuse (error, name, "known");
  }
  if (!json_is_integer (json_object_get (root, "version")) ||
      json_integer_value (json_object_get (root, "version")) != VERSION)
    return refuse (error, "version", G_STRINGIFY (VERSION));
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    value = json_object_get (root, texts[i].name);
    if (value != NULL && !json_is_string (value))
      return refuse (error, texts[i].name, "a text");
    FIELD (fields, texts[i]) = json_string_value (value);
  }
  if (!read_hubs (json_object_get (root, "hubs"), hubs, error))
    return FALSE;
  fields->hubs = (const char *const *) hubs->pdata;
  return TRUE;
}

/**
 * dinh_identity_new_from_json:
 * @text: as in identity.json, @length bytes
 *
 * Makes an identity of what @text says and of the keys and certificates, as dinh_identity_new () does.
 */
DinhIdentity *
dinh_identity_new_from_json (const char *text,
                             gsize length,
                             const char *tls_key,
                             const char *tls_certificate,
                             const char *authority,
                             DinhKey *signing_key,
                             GError **error)
{
  g_autoptr (GPtrArray) hubs = g_ptr_array_new ();
  DinhIdentityFields fields = {
      .tls_key = tls_key, .tls_certificate = tls_certificate, .authority = authority};
  json_t *root = parse (text, length, error);
  DinhIdentity *self = NULL;

  if (root != NULL && read_fields (root, &fields, hubs, error))
    self = dinh_identity_new (&fields, signing_key, error);
  else
    dinh_key_free (signing_key);
  json_decref (root);
  return self;
}

static gboolean
move (const char *from, const char *to, GError **error)
{
  if (g_rename (from, to) == 0 || errno == ENOENT)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "'%s': %s", to, g_strerror (errno));
  return FALSE;
}

/* A new certificate lies here only when its key lies here too, or in its place already. */
static gboolean
finish_renewal (const char *dir, GError **error)
{
  g_autofree char *next_key = g_build_filename (dir, NEXT_KEY, NULL);
  g_autofree char *next_certificate = g_build_filename (dir, NEXT_CERTIFICATE, NULL);
  g_autofree char *key = g_build_filename (dir, "tls.key", NULL);
  g_autofree char *certificate = g_build_filename (dir, "tls.crt", NULL);

  if (!g_file_test (next_certificate, G_FILE_TEST_EXISTS))
    return TRUE;
  return move (next_key, key, error) && move (next_certificate, certificate, error);
}

static DinhIdentity *
load_with (const char *dir, DinhIdentityFields *fields, GError **error)
{
  g_autofree char *key_path = g_build_filename (dir, "tls.key", NULL);
  g_autofree char *certificate_path = g_build_filename (dir, "tls.crt", NULL);
  g_autofree char *authority_path = g_build_filename (dir, "ca.crt", NULL);
  g_autofree char *signing_path = g_build_filename (dir, "sign.key", NULL);
  g_autofree char *key = dinh_pem_load (key_path, NULL, error);
  g_autofree char *certificate = key != NULL ? dinh_pem_load (certificate_path, NULL, error) : NULL;
  g_autofree char *authority = certificate != NULL ? dinh_pem_load (authority_path, NULL, error) : NULL;
  DinhKey *signing_key = authority != NULL ? dinh_key_load (signing_path, error) : NULL;
  DinhIdentity *self = NULL;

  if (signing_key != NULL) {
    fields->tls_key = key;
    fields->tls_certificate = certificate;
    fields->authority = authority;
    self = dinh_identity_new (fields, signing_key, error);
  }
  if (self != NULL)
    self->authority_path = g_steal_pointer (&authority_path);
  if (key != NULL)
    OPENSSL_cleanse (key, strlen (key));
  return self;
}

/**
 * dinh_identity_load:
 *
 * Loads the identity in the folder @dir, checked as dinh_identity_new () does; the caller owns it. The
 * message names the file and the field. Blocks on the disk.
 */
DinhIdentity *
dinh_identity_load (const char *dir, GError **error)
{
  g_autofree char *path = g_build_filename (dir, "identity.json", NULL);
  g_autoptr (GPtrArray) hubs = g_ptr_array_new ();
  DinhIdentityFields fields = {0};
  DinhIdentity *self = NULL;
  gsize length = 0;
  g_autofree char *text = dinh_pem_load (path, &length, error);
  json_t *root;

  if (text == NULL || !finish_renewal (dir, error))
    return NULL;
  root = parse (text, length, error);
  if (root != NULL && read_fields (root, &fields, hubs, error))
    self = load_with (dir, &fields, error);
  json_decref (root);
  if (self == NULL)
    g_prefix_error (error, "identity in '%s': ", dir);
  return self;
}

static char *
to_json (DinhIdentity *self)
{
  json_t *root = json_pack ("{s:i}", "version", VERSION);
  json_t *hubs = json_array ();
  char *text;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    if (MEMBER (self, texts[i]) != NULL)
      json_object_set_new (root, texts[i].name, json_string (MEMBER (self, texts[i])));
  }
  for (guint i = 0; self->hubs[i] != NULL; i++)
    json_array_append_new (hubs, json_string (self->hubs[i]));
  json_object_set_new (root, "hubs", hubs);
  text = json_dumps (root, JSON_INDENT (2));
  json_decref (root);
  return text;
}

/**
 * dinh_identity_save:
 *
 * Writes @self into the folder @dir, which is made (mode 0700) where it does not exist. What was there stays
 * whole until the last file is written, and once this returns the new one lasts. A GFileError or
 * DinhKeyError. Blocks on the disk.
 */
gboolean
dinh_identity_save (DinhIdentity *self, const char *dir, GError **error)
{
  g_autofree char *json = to_json (self);
  g_autofree char *signing_path = g_build_filename (dir, "sign.key", NULL);
  const struct {
    const char *name;
    const char *text;
    int mode;
  } files[] = {
      {"tls.key", self->tls_key, 0600},
      {"tls.crt", self->tls_certificate, 0644},
      {"ca.crt", self->authority, 0644},
      {"identity.json", json, 0644},
  };

  if (g_mkdir_with_parents (dir, 0700) != 0) {
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "folder '%s': %s", dir,
                 g_strerror (errno));
    return FALSE;
  }
  if (!dinh_key_save (self->signing_key, signing_path, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = g_build_filename (dir, files[i].name, NULL);

    if (!dinh_pem_save (path, files[i].text, files[i].mode, error))
      return FALSE;
  }
  g_free (self->authority_path);
  self->authority_path = g_build_filename (dir, "ca.crt", NULL);
  return TRUE;
}

/**
 * dinh_identity_get_device:
 *
 * Returns the device's UUID, owned by @self.
 */
const char *
dinh_identity_get_device (DinhIdentity *self)
{
  return self->device;
}

/**
 * dinh_identity_get_name:
 *
 * Returns what people call the device, owned by @self.
 */
const char *
dinh_identity_get_name (DinhIdentity *self)
{
  return self->name;
}

/**
 * dinh_identity_get_profile:
 *
 * Returns what the device is for.
 */
DinhProfile
dinh_identity_get_profile (DinhIdentity *self)
{
  DinhProfile profile = DINH_PROFILE_SEAT;

  dinh_profile_from_string (self->profile, &profile);
  return profile;
}

/**
 * dinh_identity_get_site:
 *
 * Returns the key of the site where the device stands, owned by @self, or %NULL for a device of no one site.
 */
const char *
dinh_identity_get_site (DinhIdentity *self)
{
  return self->site;
}

/**
 * dinh_identity_get_body:
 *
 * Returns the UUID of the body that the device belongs to, owned by @self.
 */
const char *
dinh_identity_get_body (DinhIdentity *self)
{
  return self->body;
}

/**
 * dinh_identity_get_record_key:
 *
 * Returns the public key of the hub's record in its text form, owned by @self.
 */
const char *
dinh_identity_get_record_key (DinhIdentity *self)
{
  return self->record_key;
}

/**
 * dinh_identity_get_hubs:
 *
 * Returns where the hub is reached, "https://ADDR:PORT", at least one, ended by %NULL, owned by @self.
 */
const char *const *
dinh_identity_get_hubs (DinhIdentity *self)
{
  return (const char *const *) self->hubs;
}

/**
 * dinh_identity_get_signing_key:
 *
 * Returns the key that signs the device's commands, owned by @self.
 */
const DinhKey *
dinh_identity_get_signing_key (DinhIdentity *self)
{
  return self->signing_key;
}

/**
 * dinh_identity_dup_certificate:
 *
 * Returns: (transfer full): the client certificate with its key, as it is now. From any thread.
 */
GTlsCertificate *
dinh_identity_dup_certificate (DinhIdentity *self)
{
  GTlsCertificate *certificate;

  g_mutex_lock (&self->lock);
  certificate = g_object_ref (self->certificate);
  g_mutex_unlock (&self->lock);
  return certificate;
}

/**
 * dinh_identity_is_due:
 * @now: hub time, µs since 1970
 *
 * Returns: whether two thirds of the client certificate's life are over. From the thread that renews.
 */
gboolean
dinh_identity_is_due (DinhIdentity *self, gint64 now)
{
  gint64 from, until;

  return dinh_certificate_get_life (self->tls_certificate, strlen (self->tls_certificate), &from, &until,
                                    NULL) &&
         now >= from + (until - from) / 3 * 2;
}

/* Writes the new pair beside the one that is there, then moves it to its place; finish_renewal() goes on
 * where this was cut off. */
static gboolean
save_renewal (const char *dir, const char *tls_key, const char *tls_certificate, GError **error)
{
  g_autofree char *key = g_build_filename (dir, NEXT_KEY, NULL);
  g_autofree char *certificate = g_build_filename (dir, NEXT_CERTIFICATE, NULL);

  return dinh_pem_save (key, tls_key, 0600, error) &&
         dinh_pem_save (certificate, tls_certificate, 0644, error) && finish_renewal (dir, error);
}

/**
 * dinh_identity_renew:
 * @tls_key: a new client key, PEM
 * @tls_certificate: the certificate for it, PEM
 *
 * Puts a new pair in the place of the one that @self has, on the disk first: after any crash one of them is
 * there whole. MISMATCH if it does not fit the rest of @self, or a GFileError; nothing is changed then. For
 * an identity that was loaded or saved. Blocks on the disk.
 */
gboolean
dinh_identity_renew (DinhIdentity *self, const char *tls_key, const char *tls_certificate, GError **error)
{
  DinhIdentityFields fields = {self->device,
                               self->name,
                               self->profile,
                               self->site,
                               self->body,
                               self->record_key,
                               (const char *const *) self->hubs,
                               tls_key,
                               tls_certificate,
                               self->authority};
  g_autofree char *dir = g_path_get_dirname (self->authority_path);
  g_autofree char *signing_path = g_build_filename (dir, "sign.key", NULL);
  DinhKey *signing_key = dinh_key_load (signing_path, error);
  g_autoptr (DinhIdentity) renewed =
      signing_key == NULL ? NULL : dinh_identity_new (&fields, signing_key, error);

  if (renewed == NULL || !save_renewal (dir, tls_key, tls_certificate, error))
    return FALSE;
  g_mutex_lock (&self->lock);
  g_set_object (&self->certificate, renewed->certificate);
  g_mutex_unlock (&self->lock);
  g_free (self->tls_key);
  self->tls_key = g_steal_pointer (&renewed->tls_key);
  g_free (self->tls_certificate);
  self->tls_certificate = g_steal_pointer (&renewed->tls_certificate);
  return TRUE;
}

/**
 * dinh_identity_get_authority_path:
 *
 * Returns the path of the authority's certificate for g_tls_file_database_new (), owned by @self, or %NULL
 * for an identity that is not on disk yet.
 */
const char *
dinh_identity_get_authority_path (DinhIdentity *self)
{
  return self->authority_path;
}

/**
 * dinh_profile_from_string:
 *
 * Sets @profile to what the word @text means; %FALSE if it means none.
 */
gboolean
dinh_profile_from_string (const char *text, DinhProfile *profile)
{
  for (guint i = 0; i < G_N_ELEMENTS (profiles); i++) {
    if (g_str_equal (text, profiles[i])) {
      *profile = i;
      return TRUE;
    }
  }
  return FALSE;
}
