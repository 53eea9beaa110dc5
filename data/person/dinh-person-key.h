/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/hash/dinh-key.h"
#include "data/person/dinh-person-error.h"
#include "data/person/dinh-secret.h"

G_BEGIN_DECLS

/* A person's signing key, open. It lies on disks and on the hub only sealed, in one of three ways
 * (docs/identity.md). */
typedef struct {
  char *person;
  DinhKey *key;
  gint64 until; /* hub time when it must be freed at the latest; 0 if it was not opened off line */
} DinhPersonKey;

DinhPersonKey *dinh_person_key_new (const char *person);
void dinh_person_key_free (DinhPersonKey *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhPersonKey, dinh_person_key_free)

/* Kept by the hub; opens with the PIN's half and the hub's. */
GBytes *dinh_person_key_seal (const DinhPersonKey *self, const DinhSecret *wrap, const DinhSecret *share);
DinhPersonKey *dinh_person_key_open (
    GBytes *sealed, const char *person, const DinhSecret *wrap, const DinhSecret *share, GError **error);

/* Kept by a kiosk; opens with the PIN and what that device has, for a time. */
#define DINH_PERSON_KEY_OFFLINE_AFTER (24 * G_TIME_SPAN_HOUR)

GBytes *dinh_person_key_seal_offline (const DinhPersonKey *self,
                                      const DinhSecret *k,
                                      const DinhSecret *device_secret,
                                      gint64 now,
                                      gint64 meeting_ends,
                                      GError **error);
DinhPersonKey *dinh_person_key_open_offline (GBytes *sealed,
                                             const char *person,
                                             const DinhSecret *k,
                                             const DinhSecret *device_secret,
                                             gint64 now,
                                             GError **error);

/* Kept by the hub; opens with what is in the safe. */
GBytes *
dinh_person_key_seal_recovery (const DinhPersonKey *self, const char *recovery_public, GError **error);
DinhPersonKey *dinh_person_key_open_recovery (GBytes *sealed,
                                              const char *person,
                                              const DinhSecret *recovery,
                                              GError **error);

G_END_DECLS
