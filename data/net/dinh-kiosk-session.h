/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/net/dinh-fetcher.h"
#include "data/net/dinh-outbox.h"
#include "data/net/dinh-sign-in.h"
#include "data/net/dinh-sync.h"

G_BEGIN_DECLS

#define DINH_TYPE_KIOSK_SESSION (dinh_kiosk_session_get_type ())
G_DECLARE_FINAL_TYPE (DinhKioskSession, dinh_kiosk_session, DINH, KIOSK_SESSION, GObject)

DinhKioskSession *dinh_kiosk_session_new (DinhIdentity *identity, const char *data_dir, DinhLibrary *library,
                                          DinhLine *line, GError **error);
void dinh_kiosk_session_start (DinhKioskSession *self);
void dinh_kiosk_session_stop (DinhKioskSession *self);

DinhSync *dinh_kiosk_session_get_sync (DinhKioskSession *self);
DinhOutbox *dinh_kiosk_session_get_outbox (DinhKioskSession *self);
DinhSignIn *dinh_kiosk_session_get_sign_in (DinhKioskSession *self);
DinhSubmission *dinh_kiosk_session_submit (DinhKioskSession *self, const char *kind, const char *stream, json_t *body);
DinhFetcher *dinh_kiosk_session_get_fetcher (DinhKioskSession *self);
DinhPaperStore *dinh_kiosk_session_get_papers (DinhKioskSession *self);
DinhKeeper *dinh_kiosk_session_get_keeper (DinhKioskSession *self);

G_END_DECLS
