/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/person/dinh-person-error.h"
#include "data/person/dinh-secret.h"

G_BEGIN_DECLS

/* Inside data/person only. */

char *dinh_tpm_seal (const char *tpm, const DinhSecret *secret, GError **error);
DinhSecret *dinh_tpm_unseal (const char *tpm, const char *sealed, GError **error);

G_END_DECLS
