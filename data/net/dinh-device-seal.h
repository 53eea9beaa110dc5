/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/hash/dinh-seal.h"

G_BEGIN_DECLS

DinhSeal *dinh_device_seal_load (const char *identity_dir, GError **error);

G_END_DECLS
