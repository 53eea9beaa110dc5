/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define DINH_TYPE_TLS_INTERACTION (dinh_tls_interaction_get_type ())
G_DECLARE_FINAL_TYPE (DinhTlsInteraction, dinh_tls_interaction, DINH, TLS_INTERACTION, GTlsInteraction)

DinhTlsInteraction *dinh_tls_interaction_new (GTlsCertificate *certificate);

G_END_DECLS
