/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "data/person/dinh-person-error.h"
#include "data/person/dinh-secret.h"

G_BEGIN_DECLS

/* What a PIN is (docs/identity.md). */
#define DINH_PIN_MIN_LENGTH 6
#define DINH_PIN_MAX_LENGTH 12

gboolean dinh_pin_check (const char *pin, const GDate *const *dates, gsize n_dates, GError **error);

/* How Argon2id (RFC 9106) is to be computed: what a hub stores for each person and hands to any kiosk. */
#define DINH_PIN_SALT_SIZE 16

typedef struct {
  guint memory; /* KiB */
  guint passes;
  guint8 salt[DINH_PIN_SALT_SIZE];
} DinhPinParameters;

void dinh_pin_parameters_init (DinhPinParameters *self);
gboolean dinh_pin_parameters_parse (DinhPinParameters *self, const char *text, GError **error);
char *dinh_pin_parameters_print (const DinhPinParameters *self);

/* What a kiosk makes of a PIN. */
typedef struct {
  DinhSecret *k;    /* never leaves the kiosk */
  DinhSecret *auth; /* what the hub gets */
  DinhSecret *wrap; /* half of what seals the person's key */
} DinhPinKeys;

DinhPinKeys *dinh_pin_derive (const char *pin, const DinhPinParameters *parameters, GError **error);
void dinh_pin_derive_async (const char *pin,
                            const DinhPinParameters *parameters,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
DinhPinKeys *dinh_pin_derive_finish (GAsyncResult *result, GError **error);
void dinh_pin_keys_free (DinhPinKeys *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhPinKeys, dinh_pin_keys_free)

/* The hub's side. */
char *dinh_pin_verifier_new (const DinhSecret *auth, const DinhSecret *pepper, const char *person);
gboolean dinh_pin_verifier_check (const char *verifier,
                                  const DinhSecret *auth,
                                  const DinhSecret *pepper,
                                  const char *person);

#define DINH_PIN_SHARE_ID_SIZE 16

void dinh_pin_share_id_init (guint8 *share_id);
DinhSecret *dinh_pin_share (const guint8 *share_id, const DinhSecret *pepper, const char *person);

G_END_DECLS
