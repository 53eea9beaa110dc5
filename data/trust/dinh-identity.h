/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "data/hash/dinh-key.h"

#include <gio/gio.h>

/* What the people before a device may be: fixed when the device is enrolled. */
typedef enum {
  DINH_PROFILE_SEAT,
  DINH_PROFILE_ROOM,
  DINH_PROFILE_DISPLAY,
  DINH_PROFILE_ADMIN,
} DinhProfile;

gboolean dinh_profile_from_string (const char *text, DinhProfile *profile);

/**
 * DinhIdentityFields:
 * @device: the device's UUID
 * @name: what people call it
 * @profile: "seat", "room", "display" or "admin"
 * @site: (nullable): the key of the site where it stands
 * @body: the UUID of the body that it belongs to
 * @record_key: the public key of the hub's record, as dinh_key_get_public() gives it
 * @hubs: where the hub is reached, "https://ADDR:PORT", at least one, ended by %NULL
 * @tls_key: the client key, PEM
 * @tls_certificate: the client certificate, PEM
 * @authority: the certificate of the hub's authority, PEM
 */
typedef struct {
  const char *device;
  const char *name;
  const char *profile;
  const char *site;
  const char *body;
  const char *record_key;
  const char *const *hubs;
  const char *tls_key;
  const char *tls_certificate;
  const char *authority;
} DinhIdentityFields;

#define DINH_TYPE_IDENTITY (dinh_identity_get_type ())
G_DECLARE_FINAL_TYPE (DinhIdentity, dinh_identity, DINH, IDENTITY, GObject)

DinhIdentity *dinh_identity_new (const DinhIdentityFields *fields, DinhKey *signing_key, GError **error);
DinhIdentity *dinh_identity_new_from_json (const char *text,
                                           gsize length,
                                           const char *tls_key,
                                           const char *tls_certificate,
                                           const char *authority,
                                           DinhKey *signing_key,
                                           GError **error);
DinhIdentity *dinh_identity_load (const char *dir, GError **error);
gboolean dinh_identity_save (DinhIdentity *self, const char *dir, GError **error);
gboolean dinh_identity_set_hubs (DinhIdentity *self, const char *const *hubs, GError **error);

const char *dinh_identity_get_device (DinhIdentity *self);
const char *dinh_identity_get_name (DinhIdentity *self);
DinhProfile dinh_identity_get_profile (DinhIdentity *self);
const char *dinh_identity_get_site (DinhIdentity *self);
const char *dinh_identity_get_body (DinhIdentity *self);
const char *dinh_identity_get_record_key (DinhIdentity *self);
const char *const *dinh_identity_get_hubs (DinhIdentity *self);
const DinhKey *dinh_identity_get_signing_key (DinhIdentity *self);
GTlsCertificate *dinh_identity_dup_certificate (DinhIdentity *self);
gboolean dinh_identity_is_due (DinhIdentity *self, gint64 now);
gboolean
dinh_identity_renew (DinhIdentity *self, const char *tls_key, const char *tls_certificate, GError **error);
const char *dinh_identity_get_authority_path (DinhIdentity *self);
