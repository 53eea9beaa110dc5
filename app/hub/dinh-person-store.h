/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/person/dinh-pin.h"
#include "data/person/dinh-tries.h"
#include "data/record/dinh-json.h"
#include "data/store/dinh-store.h"

G_BEGIN_DECLS

/* What came with a request about somebody's PIN. Freed with dinh_pin_request_free(). */
typedef struct {
  char *person;
  char *device;
  DinhSecret *pepper;
  DinhSecret *auth; /* or NULL */
  char *code;       /* or NULL */
  char *parameters;
  char *sealed;   /* base64 */
  char *recovery; /* base64, or NULL */
  gint64 now;
} DinhPinRequest;

void dinh_pin_request_free (DinhPinRequest *self);

/* Works for dinh_writer_run_async(): each gives an answer to print, {"status": HTTP status, …}. */
gpointer dinh_pin_sign_in (DinhStore *store, gpointer request, GError **error);
gpointer dinh_pin_begin (DinhStore *store, gpointer request, GError **error);
gpointer dinh_pin_check_new (DinhStore *store, gpointer request, GError **error);
gpointer dinh_pin_set (DinhStore *store, gpointer request, GError **error);
gpointer dinh_pin_read (DinhStore *store, gpointer request, GError **error);
gpointer dinh_pin_make_code (DinhStore *store, gpointer request, GError **error);

G_END_DECLS
