/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/hash/dinh-seal.h"
#include "data/store/dinh-paper-keys.h"

G_BEGIN_DECLS

#define DINH_TYPE_DEVICE_KEYS (dinh_device_keys_get_type ())
G_DECLARE_FINAL_TYPE (DinhDeviceKeys, dinh_device_keys, DINH, DEVICE_KEYS, GObject)

DinhPaperKeys *dinh_device_keys_new (const char *path, DinhSeal *seal);

G_END_DECLS
