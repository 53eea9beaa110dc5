/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/person/dinh-person-error.h"
#include "data/person/dinh-secret.h"

G_BEGIN_DECLS

/* What only this machine has: of a kiosk its half of what is sealed for use off line, of a hub its pepper. */
typedef struct _DinhDeviceSecret DinhDeviceSecret;

DinhDeviceSecret *dinh_device_secret_load (const char *path, const char *tpm, GError **error);
void dinh_device_secret_free (DinhDeviceSecret *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhDeviceSecret, dinh_device_secret_free)

const DinhSecret *dinh_device_secret_get (const DinhDeviceSecret *self);
gboolean dinh_device_secret_is_bound_to_hardware (const DinhDeviceSecret *self);

G_END_DECLS
