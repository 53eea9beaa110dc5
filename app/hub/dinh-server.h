/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/hub/dinh-hub.h"
#include "data/record/dinh-field.h"
#include "data/record/dinh-kind.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

typedef struct _DinhServer DinhServer;

/* One request on its way to its answer; kept until dinh_exchange_answer…() or dinh_exchange_fail() was
 * called. */
typedef struct {
  DinhHub *hub;
  DinhServer *server;
  SoupServerMessage *message;
  GHashTable *query; /* may be NULL */
  char *argument;    /* what stands for the * in the route's path, or NULL */
  DinhView *body;    /* the body when the request came */
  gboolean disconnected;
  char *person;           /* who is signed in, or NULL */
  gboolean session_ended; /* the token is not, or no longer, one of this device */
  DinhActor actor; /* from the client certificate, never from the request */
} DinhExchange;

typedef enum {
  DINH_ACCESS_ANYBODY,
  DINH_ACCESS_DEVICE,
  DINH_ACCESS_ADMIN,
} DinhAccess;

/* Where a request came in. */
typedef enum {
  DINH_LISTENER_MAIN = 1 << 0,  /* by a device's certificate */
  DINH_LISTENER_ENROL = 1 << 1, /* by anybody */
} DinhListener;

/* A row of the route table. */
typedef struct {
  const char *method;
  const char *path; /* one segment may be * */
  DinhListener listeners;
  DinhAccess access;
  void (*handle) (DinhExchange *exchange);
} DinhRoute;

extern const DinhRoute dinh_routes[];

#define DINH_TYPE_SERVER (dinh_server_get_type ())
G_DECLARE_FINAL_TYPE (DinhServer, dinh_server, DINH, SERVER, GObject)

DinhServer *dinh_server_new (DinhHub *hub, const char *socket_path, GError **error);
void dinh_server_stop (DinhServer *self);

void dinh_exchange_answer (DinhExchange *self, guint status, const char *type, char *text);
void dinh_exchange_answer_json (DinhExchange *self, guint status, json_t *json);
void dinh_exchange_answer_empty (DinhExchange *self, guint status);
void dinh_exchange_problem (DinhExchange *self, guint status, const char *name, const char *format, ...)
    G_GNUC_PRINTF (4, 5);
void dinh_exchange_fail (DinhExchange *self, const GError *error);
gboolean dinh_exchange_identify (DinhExchange *self);
json_t *dinh_exchange_get_json (DinhExchange *self, const DinhField *fields);
const char *dinh_exchange_get_query (DinhExchange *self, const char *name);
gboolean
dinh_exchange_get_number (DinhExchange *self, const char *name, guint64 missing, guint64 max, guint64 *value);
void dinh_exchange_set_header (DinhExchange *self, const char *name, const char *value);

/* Handlers, in the files of their matter. */
void dinh_handle_commands (DinhExchange *exchange);
void dinh_handle_streams (DinhExchange *exchange);
void dinh_handle_events (DinhExchange *exchange);
void dinh_handle_proof (DinhExchange *exchange);
void dinh_handle_live (DinhExchange *exchange);
void dinh_handle_signals (DinhExchange *exchange);
void dinh_handle_blob_read (DinhExchange *exchange);
void dinh_handle_blob_write (DinhExchange *exchange);
void dinh_handle_health (DinhExchange *exchange);
void dinh_handle_metrics (DinhExchange *exchange);
void dinh_handle_time (DinhExchange *exchange);
void dinh_handle_enroll (DinhExchange *exchange);
void dinh_handle_authority (DinhExchange *exchange);
void dinh_handle_code (DinhExchange *exchange);
void dinh_handle_renew (DinhExchange *exchange);
void dinh_handle_invite (DinhExchange *exchange);
void dinh_handle_invitations (DinhExchange *exchange);
void dinh_handle_approve (DinhExchange *exchange);
void dinh_handle_refuse (DinhExchange *exchange);
void dinh_handle_withdraw (DinhExchange *exchange);
void dinh_handle_pin_read (DinhExchange *exchange);
void dinh_handle_pin_begin (DinhExchange *exchange);
void dinh_handle_pin_set (DinhExchange *exchange);
void dinh_handle_person_code (DinhExchange *exchange);
void dinh_handle_session_open (DinhExchange *exchange);
void dinh_handle_session_nonce (DinhExchange *exchange);
void dinh_handle_session_close (DinhExchange *exchange);

void dinh_events_wake (DinhHub *hub, const char *stream);
void dinh_events_drop_all (void);

G_END_DECLS
