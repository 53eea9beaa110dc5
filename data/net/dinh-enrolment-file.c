/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-enrolment-file.h"

#include "data/record/dinh-json.h"
#include "data/trust/dinh-certificate.h"

#include <glib/gstdio.h>
#include <string.h>

/*
 * enrolment.json in the identity's folder, for this machine's eyes only. It is written before anything is
 * sent and forgotten when the identity is whole: the code is good for this one request only, so whatever was
 * asked must be asked again in the same words, also after a restart.
 */

#define FILE_NAME "enrolment.json"

/**
 * dinh_enrolment_file_free:
 *
 * Frees @self.
 */
void
dinh_enrolment_file_free (DinhEnrolmentFile *self)
{
  g_free (self->hub);
  g_free (self->code);
  g_free (self->request);
  g_free (self->tls_key);
  g_free (self->authority);
  g_clear_pointer (&self->signer, dinh_key_free);
  g_free (self);
}

/* The texts of the file. */
static const struct {
  const char *name;
  gsize offset;
} texts[] = {
    {"hub", G_STRUCT_OFFSET (DinhEnrolmentFile, hub)},
    {"code", G_STRUCT_OFFSET (DinhEnrolmentFile, code)},
    {"request", G_STRUCT_OFFSET (DinhEnrolmentFile, request)},
    {"tls_key", G_STRUCT_OFFSET (DinhEnrolmentFile, tls_key)},
    {"authority", G_STRUCT_OFFSET (DinhEnrolmentFile, authority)},
};

#define TEXT(self, i) G_STRUCT_MEMBER (char *, self, texts[i].offset)

/**
 * dinh_enrolment_file_load:
 *
 * Returns: (transfer full) (nullable): what @folder holds, if it is whole.
 */
DinhEnrolmentFile *
dinh_enrolment_file_load (const char *folder)
{
  g_autoptr (DinhEnrolmentFile) self = g_new0 (DinhEnrolmentFile, 1);
  g_autofree char *path = g_build_filename (folder, FILE_NAME, NULL);
  g_autofree char *key = g_build_filename (folder, "sign.key", NULL);
  g_autoptr (DinhJson) json = dinh_json_load (path, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    TEXT (self, i) = g_strdup (dinh_json_get_string (json, texts[i].name));
    if (TEXT (self, i) == NULL)
      return NULL;
  }
  self->signer = dinh_key_load (key, NULL);
  return self->signer == NULL ? NULL : g_steal_pointer (&self);
}

static gboolean
save (const DinhEnrolmentFile *self, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, FILE_NAME, NULL);
  g_autofree char *key = g_build_filename (folder, "sign.key", NULL);
  g_autofree char *authority = g_build_filename (folder, "ca.crt", NULL);
  g_autofree char *text = NULL;
  g_autoptr (DinhJson) json = json_object ();

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    json_object_set_new (json, texts[i].name, json_string (TEXT (self, i)));
  text = dinh_json_print (json);
  if (g_mkdir_with_parents (folder, 0700) != 0) {
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "folder “%s”: %s", folder,
                 g_strerror (errno));
    return FALSE;
  }
  return g_file_set_contents_full (authority, self->authority, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644,
                                   error) &&
         dinh_key_save (self->signer, key, error) &&
         g_file_set_contents_full (path, text, -1,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, error);
}

/**
 * dinh_enrolment_file_make:
 * @code: 24 characters
 * @authority: the authority that @code names, PEM
 *
 * Gives back what @folder holds if it is for this hub and code; makes new keys and a request, and stores
 * them, otherwise. Blocks. Returns: (transfer full): it, or %NULL with what cannot be written.
 */
DinhEnrolmentFile *
dinh_enrolment_file_make (
    const char *folder, const char *hub, const char *code, const char *authority, GError **error)
{
  g_autoptr (DinhEnrolmentFile) self = dinh_enrolment_file_load (folder);

  if (self != NULL && strcmp (self->code, code) == 0 && strcmp (self->authority, authority) == 0) {
    g_free (self->hub);
    self->hub = g_strdup (hub);
    return save (self, folder, error) ? g_steal_pointer (&self) : NULL;
  }
  g_clear_pointer (&self, dinh_enrolment_file_free);
  self = g_new0 (DinhEnrolmentFile, 1);
  self->hub = g_strdup (hub);
  self->code = g_strdup (code);
  self->authority = g_strdup (authority);
  self->signer = dinh_key_new ();
  self->request = dinh_certificate_request_new ("kiosk", self->signer, &self->tls_key, error);
  return self->request != NULL && save (self, folder, error) ? g_steal_pointer (&self) : NULL;
}

/**
 * dinh_enrolment_file_get_fingerprint:
 *
 * Returns: (transfer full): the SHA-256 by which an administrator knows this device's key.
 */
char *
dinh_enrolment_file_get_fingerprint (DinhEnrolmentFile *self)
{
  g_autoptr (DinhRequestFacts) facts =
      dinh_certificate_request_read (self->request, strlen (self->request), NULL);

  return facts == NULL ? NULL : g_steal_pointer (&facts->fingerprint);
}

/**
 * dinh_enrolment_file_finish:
 * @facts: JSON, what the hub says of this device
 * @certificate: that the hub gave it, PEM
 *
 * Puts the identity together with what @folder holds, and writes it there. Blocks. Returns: (transfer full):
 * it, or %NULL with what does not fit (a #DinhTrustError) or cannot be written.
 */
DinhIdentity *
dinh_enrolment_file_finish (const char *folder, const char *facts, const char *certificate, GError **error)
{
  g_autoptr (DinhEnrolmentFile) self = dinh_enrolment_file_load (folder);
  g_autoptr (DinhIdentity) identity = NULL;

  if (self == NULL) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "folder “%s” no longer holds what was asked with",
                 folder);
    return NULL;
  }
  identity = dinh_identity_new_from_json (facts, strlen (facts), self->tls_key, certificate, self->authority,
                                          g_steal_pointer (&self->signer), error);
  if (identity == NULL || !dinh_identity_save (identity, folder, error))
    return NULL;
  dinh_enrolment_file_forget (folder);
  return g_steal_pointer (&identity);
}

/**
 * dinh_enrolment_file_forget:
 *
 * Forgets what was asked with.
 */
void
dinh_enrolment_file_forget (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, FILE_NAME, NULL);

  g_unlink (path);
}
