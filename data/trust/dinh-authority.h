/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

/* The hub's own certificate authority: a folder with ca.key and ca.crt. */

typedef struct _DinhAuthority DinhAuthority;

gboolean dinh_authority_create (const char *dir, const char *name, GError **error);
DinhAuthority *dinh_authority_load (const char *dir, GError **error);
void dinh_authority_free (DinhAuthority *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhAuthority, dinh_authority_free)

const char *dinh_authority_get_certificate (DinhAuthority *self);

gboolean dinh_authority_issue_server (DinhAuthority *self,
                                      const char *const *addresses,
                                      const char *dir,
                                      GError **error);
gboolean
dinh_authority_server_is_current (DinhAuthority *self, const char *const *addresses, const char *dir);

char *dinh_authority_sign_request (DinhAuthority *self,
                                   const char *csr_pem,
                                   const char *common_name,
                                   GError **error);
