/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-renewal.h"

#include "data/trust/dinh-certificate.h"

#include <string.h>

/*
 * Asks for another client certificate when two thirds of this one's life are over by hub time, whenever there
 * is a line, and once an hour while there is. Until the new one was used the hub takes both: whatever is lost
 * on the way is asked for again, with another key.
 */
struct _DinhRenewal {
  GObject parent_instance;

  DinhHubClient *client;
  DinhHubClock *clock;
  DinhLine *line;
  GCancellable *cancellable;
  char *tls_key; /* that a certificate is asked for; NULL: none is */
  guint timer;
};

enum { FAULT, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DinhRenewal, dinh_renewal, G_TYPE_OBJECT)

#define HOUR 3600

/* Takes @error: in an hour, or with the next line, it is tried again. */
static void
fail (DinhRenewal *self, GError *error)
{
  g_clear_pointer (&self->tls_key, g_free);
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_signal_emit (self, signals[FAULT], 0, error);
  g_error_free (error);
}

static DinhIdentity *
get_identity (DinhRenewal *self)
{
  return dinh_hub_client_get_identity (self->client);
}

static void
keep_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  DinhRenewal *self = source;
  GBytes *body = data;
  gsize length;
  const char *text = g_bytes_get_data (body, &length);
  g_autoptr (GError) error = NULL;
  g_autofree char *certificate = dinh_certificate_from_pkcs7 (text == NULL ? "" : text, length, &error);

  if (certificate != NULL && dinh_identity_renew (get_identity (self), self->tls_key, certificate, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
on_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DinhRenewal *self = DINH_RENEWAL (source);
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    g_clear_pointer (&self->tls_key, g_free);
  else
    fail (self, error);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DinhRenewal) self = user_data;
  GError *error = NULL;
  g_autoptr (DinhAnswer) answer = dinh_hub_client_send_finish (DINH_HUB_CLIENT (source), result, &error);
  g_autoptr (GTask) task = NULL;

  if (answer == NULL) {
    fail (self, error);
    return;
  }
  /* Not to be cancelled: what is on the disk is to be what is used. */
  task = g_task_new (self, NULL, on_kept, NULL);
  g_task_set_task_data (task, g_bytes_ref (answer->body), (GDestroyNotify) g_bytes_unref);
  g_task_run_in_thread (task, keep_in_thread);
}

/* A request takes no longer than a signature. */
static void
ask (DinhRenewal *self)
{
  GError *error = NULL;
  g_autofree char *request = dinh_certificate_request_new (
      "kiosk", dinh_identity_get_signing_key (get_identity (self)), &self->tls_key, &error);

  if (request == NULL) {
    fail (self, error);
    return;
  }
  dinh_hub_client_send_async (
      self->client,
      &(DinhRequest){.method = "POST", .path = "/.well-known/est/simplereenroll", .body = request},
      self->cancellable, on_answered, g_object_ref (self));
}

static void
check (DinhRenewal *self)
{
  DinhLineState state = dinh_line_get_state (self->line);

  if (self->tls_key == NULL && (state == DINH_LINE_LIVE || state == DINH_LINE_POLLING) &&
      dinh_hub_clock_is_known (self->clock) &&
      dinh_identity_is_due (get_identity (self), dinh_hub_clock_now (self->clock)))
    ask (self);
}

static gboolean
on_hour_over (gpointer user_data)
{
  check (user_data);
  return G_SOURCE_CONTINUE;
}

/**
 * dinh_renewal_start:
 *
 * Looks after the certificate from now on.
 */
void
dinh_renewal_start (DinhRenewal *self)
{
  self->timer = g_timeout_add_seconds (HOUR, on_hour_over, self);
  g_signal_connect_object (self->line, "notify::state", G_CALLBACK (check), self, G_CONNECT_SWAPPED);
  check (self);
}

/**
 * dinh_renewal_stop:
 *
 * Asks for nothing more.
 */
void
dinh_renewal_stop (DinhRenewal *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  g_signal_handlers_disconnect_by_func (self->line, check, self);
  g_cancellable_cancel (self->cancellable);
}

static void
dinh_renewal_dispose (GObject *object)
{
  DinhRenewal *self = DINH_RENEWAL (object);

  if (self->line != NULL)
    dinh_renewal_stop (self);
  g_clear_object (&self->client);
  g_clear_object (&self->clock);
  g_clear_object (&self->line);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->tls_key, g_free);
  G_OBJECT_CLASS (dinh_renewal_parent_class)->dispose (object);
}

static void
dinh_renewal_class_init (DinhRenewalClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dinh_renewal_dispose;

  /**
   * DinhRenewal::fault:
   * @fault: (type GError): why there is no new certificate yet
   */
  signals[FAULT] = g_signal_new ("fault", DINH_TYPE_RENEWAL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
dinh_renewal_init (DinhRenewal *self)
{
  self->cancellable = g_cancellable_new ();
}

/**
 * dinh_renewal_new:
 * @client: asks, and uses the new certificate from its next question on
 *
 * Returns: (transfer full): what renews the certificate of @client's identity, not started.
 */
DinhRenewal *
dinh_renewal_new (DinhHubClient *client, DinhHubClock *clock, DinhLine *line)
{
  DinhRenewal *self = g_object_new (DINH_TYPE_RENEWAL, NULL);

  self->client = g_object_ref (client);
  self->clock = g_object_ref (clock);
  self->line = g_object_ref (line);
  return self;
}
