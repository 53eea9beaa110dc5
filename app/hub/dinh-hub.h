/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/hub/dinh-push.h"
#include "app/hub/dinh-sessions.h"
#include "data/person/dinh-device-secret.h"
#include "data/person/dinh-nonces.h"
#include "data/store/dinh-paper-store.h"
#include "data/store/dinh-writer.h"
#include "data/trust/dinh-authority.h"

G_BEGIN_DECLS

#define DINH_HUB_ERROR (dinh_hub_error_quark ())
GQuark dinh_hub_error_quark (void);

typedef enum {
  DINH_HUB_ERROR_EXISTS,  /* the state folder is in use or was made before */
  DINH_HUB_ERROR_MISSING, /* it was never made */
  DINH_HUB_ERROR_BROKEN,  /* what is in it does not fit together */
} DinhHubError;

/* What `dinh-hub init` fixes for the life of a hub: STATE/hub.json. */
typedef struct {
  char *folder;
  char *name;
  char *body;      /* UUID of the body's stream */
  char *device;    /* UUID under which the hub signs */
  GStrv addresses; /* names and addresses in its certificate */
} DinhHubState;

DinhHubState *dinh_hub_state_load (const char *folder, GError **error);
gboolean
dinh_hub_state_create (const char *folder, const char *name, const char *const *addresses, GError **error);
void dinh_hub_state_free (DinhHubState *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhHubState, dinh_hub_state_free)
GStrv dinh_hub_state_urls (const DinhHubState *self);
char *dinh_hub_state_path (const DinhHubState *self, const char *name);
DinhWriter *dinh_hub_state_open_writer (const DinhHubState *self, GError **error);

#define DINH_TYPE_HUB (dinh_hub_get_type ())
G_DECLARE_FINAL_TYPE (DinhHub, dinh_hub, DINH, HUB, GObject)

DinhHub *dinh_hub_new (DinhHubState *state, GError **error);
gboolean
dinh_hub_start (DinhHub *self, const char *const *listen, const char *const *enrol_listen, GError **error);
void dinh_hub_stop (DinhHub *self);

DinhWriter *dinh_hub_get_writer (DinhHub *self);
DinhPaperStore *dinh_hub_get_papers (DinhHub *self);
DinhAuthority *dinh_hub_get_authority (DinhHub *self);
const DinhKey *dinh_hub_get_key (DinhHub *self);
DinhPush *dinh_hub_get_push (DinhHub *self);
const char *dinh_hub_get_body (DinhHub *self);
const char *dinh_hub_get_device (DinhHub *self);
const DinhSecret *dinh_hub_get_pepper (DinhHub *self);
DinhSessions *dinh_hub_get_sessions (DinhHub *self);
DinhNonces *dinh_hub_get_nonces (DinhHub *self);
DinhStore *dinh_hub_take_store (DinhHub *self, GError **error);
void dinh_hub_give_store (DinhHub *self, DinhStore *store);
char *dinh_hub_find_device (DinhHub *self, const char *fingerprint);
void dinh_hub_take_renewal (DinhHub *self, const char *device, const char *fingerprint);
void dinh_hub_command_async (
    DinhHub *self, const char *kind, json_t *body, GAsyncReadyCallback callback, gpointer user_data);
json_t *dinh_hub_describe_device (DinhHub *self, const char *device);
char *dinh_hub_get_enrol_address (DinhHub *self);
json_t *dinh_hub_describe (const DinhView *view);

G_END_DECLS
