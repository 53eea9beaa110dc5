/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/hash/dinh-key.h"
#include "data/record/dinh-json.h"
#include "data/store/dinh-store.h"
#include "data/trust/dinh-authority.h"

G_BEGIN_DECLS

#define DINH_INVITATION_ERROR (dinh_invitation_error_quark ())
GQuark dinh_invitation_error_quark (void);

typedef enum {
  DINH_INVITATION_ERROR_WRONG,   /* no invitation has this code */
  DINH_INVITATION_ERROR_USED,    /* another request came with it before */
  DINH_INVITATION_ERROR_EXPIRED, /* its time was over */
  DINH_INVITATION_ERROR_WITHDRAWN,
  DINH_INVITATION_ERROR_REFUSED, /* an administrator refused the request */
  DINH_INVITATION_ERROR_REQUEST, /* the request is no certificate request for a device */
  DINH_INVITATION_ERROR_MISSING, /* no invitation has this id */
  DINH_INVITATION_ERROR_STATE,   /* not in this state of the invitation */
} DinhInvitationError;

/* What a device asks with. */
typedef struct {
  const char *code;    /* 24 characters */
  const char *request; /* PKCS#10, PEM or bare base64 */
  const char *name;    /* that it proposes for itself, or NULL */
  const char *address; /* from where */
} DinhEnrolmentRequest;

/* All are called inside a transaction of the store and return an invitation as it is stored, which the caller
 * owns; or NULL with a DinhInvitationError or a DinhStoreError. */
json_t *dinh_invitation_make (
    DinhStore *store, const DinhKey *key, const char *code, json_t *wishes, gint64 now, GError **error);
json_t *dinh_invitation_use (DinhStore *store,
                             const DinhKey *key,
                             const DinhEnrolmentRequest *request,
                             DinhAuthority *authority,
                             gint64 now,
                             GError **error);
json_t *
dinh_invitation_decide (DinhStore *store, const char *id, const char *state, json_t *wishes, GError **error);
json_t *dinh_invitation_list (DinhStore *store, gint64 now, GError **error);

const char *dinh_invitation_get_name (const json_t *invitation);

G_END_DECLS
