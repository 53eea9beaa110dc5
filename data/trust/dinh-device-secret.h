/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "data/hash/dinh-seal.h"
#include "data/trust/dinh-trust-error.h"

G_BEGIN_DECLS

DinhSeal *dinh_device_secret_load (const char *dir, GError **error);

G_END_DECLS
