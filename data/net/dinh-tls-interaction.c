/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-tls-interaction.h"

/*
 * Shows this device's certificate to whoever asks for it in a handshake. It belongs to the session, not to a message:
 * when a message is cancelled while its connection is being made, the connection lives on for others, and must not have
 * been made without a certificate.
 */
struct _DinhTlsInteraction {
  GTlsInteraction parent_instance;

  GTlsCertificate *certificate;
};

G_DEFINE_FINAL_TYPE (DinhTlsInteraction, dinh_tls_interaction, G_TYPE_TLS_INTERACTION)

static GTlsInteractionResult
dinh_tls_interaction_request_certificate (GTlsInteraction *interaction, GTlsConnection *connection,
                                          GTlsCertificateRequestFlags flags, GCancellable *cancellable, GError **error)
{
  g_tls_connection_set_certificate (connection, DINH_TLS_INTERACTION (interaction)->certificate);
  return G_TLS_INTERACTION_HANDLED;
}

static void
dinh_tls_interaction_finalize (GObject *object)
{
  DinhTlsInteraction *self = DINH_TLS_INTERACTION (object);

  g_clear_object (&self->certificate);
  G_OBJECT_CLASS (dinh_tls_interaction_parent_class)->finalize (object);
}

static void
dinh_tls_interaction_class_init (DinhTlsInteractionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dinh_tls_interaction_finalize;
  G_TLS_INTERACTION_CLASS (klass)->request_certificate = dinh_tls_interaction_request_certificate;
}

static void
dinh_tls_interaction_init (DinhTlsInteraction *self)
{
}

/**
 * dinh_tls_interaction_new:
 *
 * Returns: (transfer full): an interaction for sessions of the calling thread, whose main context it needs during handshakes.
 */
DinhTlsInteraction *
dinh_tls_interaction_new (GTlsCertificate *certificate)
{
  DinhTlsInteraction *self = g_object_new (DINH_TYPE_TLS_INTERACTION, NULL);

  self->certificate = g_object_ref (certificate);
  return self;
}
