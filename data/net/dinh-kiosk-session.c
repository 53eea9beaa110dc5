/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-kiosk-session.h"

#include "data/net/dinh-device-seal.h"
#include "data/net/dinh-renewal.h"
#include "data/store/dinh-device-keys.h"

#include <glib/gstdio.h>

/*
 * A device's whole side of the wire: what is stored in DIR/kiosk.db, the papers in DIR/papers, all of it sealed under the
 * device's secret, and everything that keeps the library and the line true from there.
 */
struct _DinhKioskSession {
  GObject parent_instance;

  DinhPaperStore *papers;
  DinhHubClock *clock;
  DinhHubClient *client;
  DinhKeeper *keeper;
  DinhSync *sync;
  DinhOutbox *outbox;
  DinhFetcher *fetcher;
  DinhRenewal *renewal;
  DinhBearer *bearer;
  DinhSignIn *sign_in;
  gboolean signed_in;
};

enum { FAULT, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DinhKioskSession, dinh_kiosk_session, G_TYPE_OBJECT)

static void
on_fault_told (gpointer source, const GError *fault, DinhKioskSession *self)
{
  g_signal_emit (self, signals[FAULT], 0, fault);
}

/* Renewed tokens come here too: what was missed meanwhile is asked for again. */
static void
on_signed_in_or_out (DinhSession *session, DinhKioskSession *self)
{
  gboolean signed_in = dinh_session_get_step (session) == DINH_SESSION_SIGNED_IN;

  if (signed_in || self->signed_in)
    dinh_sync_set_person (self->sync, signed_in ? dinh_session_get_person (session) : NULL);
  self->signed_in = signed_in;
}

static void
on_hidden (DinhSync *sync, GPtrArray *papers, DinhKioskSession *self)
{
  dinh_fetcher_remove (self->fetcher, papers);
}

static void
make_sign_in (DinhKioskSession *self, DinhLine *line)
{
  self->bearer = dinh_bearer_new ();
  dinh_hub_client_set_bearer (self->client, self->bearer);
  dinh_fetcher_set_bearer (self->fetcher, self->bearer);
  self->sign_in = dinh_sign_in_new (self->client, self->bearer, line);
  g_signal_connect_object (dinh_sign_in_get_session (self->sign_in), "changed", G_CALLBACK (on_signed_in_or_out), self, 0);
  g_signal_connect_object (self->sync, "hidden", G_CALLBACK (on_hidden), self, 0);
}

static void
dinh_kiosk_session_dispose (GObject *object)
{
  DinhKioskSession *self = DINH_KIOSK_SESSION (object);

  dinh_kiosk_session_stop (self);
  g_clear_object (&self->sign_in);
  g_clear_object (&self->bearer);
  g_clear_object (&self->renewal);
  g_clear_object (&self->fetcher);
  g_clear_object (&self->outbox);
  g_clear_object (&self->sync);
  g_clear_object (&self->keeper);
  g_clear_object (&self->client);
  g_clear_object (&self->clock);
  g_clear_object (&self->papers);
  G_OBJECT_CLASS (dinh_kiosk_session_parent_class)->dispose (object);
}

static void
dinh_kiosk_session_class_init (DinhKioskSessionClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dinh_kiosk_session_dispose;

  /**
   * DinhKioskSession::fault:
   * @fault: (type GError): what went wrong
   *
   * For the program's log: everything that people must know is in the library, the line and the submissions.
   */
  signals[FAULT] =
    g_signal_new ("fault", DINH_TYPE_KIOSK_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
dinh_kiosk_session_init (DinhKioskSession *self)
{
}

static gboolean
open_parts (DinhKioskSession *self, DinhIdentity *identity, const char *data_dir, GError **error)
{
  g_autofree char *identity_dir = g_path_get_dirname (dinh_identity_get_authority_path (identity));
  g_autofree char *papers_dir = g_build_filename (data_dir, "papers", NULL);
  g_autofree char *database = g_build_filename (data_dir, "kiosk.db", NULL);
  g_autoptr (DinhSeal) seal = dinh_device_seal_load (identity_dir, error);
  g_autoptr (DinhPaperKeys) keys = NULL;

  if (seal == NULL)
    return FALSE;
  keys = dinh_device_keys_new (database, seal);
  self->papers = dinh_paper_store_new_sealed (papers_dir, keys, error);
  if (self->papers == NULL)
    return FALSE;
  self->clock = dinh_hub_clock_new (dinh_identity_get_record_key (identity), error);
  if (self->clock == NULL)
    return FALSE;
  self->client = dinh_hub_client_new (identity, self->clock, error);
  if (self->client == NULL)
    return FALSE;
  self->keeper = dinh_keeper_new (database, seal, dinh_identity_get_body (identity),
                                  dinh_identity_get_record_key (identity));
  return TRUE;
}

/**
 * dinh_kiosk_session_new:
 * @identity: who this device is, from its folder
 * @data_dir: where it keeps things; made when it is not there
 * @library: is filled with meetings
 * @line: says how the hub is reached
 *
 * Returns: (transfer full): the session, not started; or %NULL with a #DinhStoreError, #DinhPersonError,
 * #DinhKeyError or #GTlsError.
 */
DinhKioskSession *
dinh_kiosk_session_new (DinhIdentity *identity, const char *data_dir, DinhLibrary *library, DinhLine *line,
                        GError **error)
{
  g_autoptr (DinhKioskSession) self = g_object_new (DINH_TYPE_KIOSK_SESSION, NULL);

  if (!open_parts (self, identity, data_dir, error))
    return NULL;
  self->sync = dinh_sync_new (self->client, self->clock, self->keeper, library, line);
  self->outbox = dinh_outbox_new (self->client, self->clock, self->keeper, line);
  self->fetcher = dinh_fetcher_new (identity, self->clock, self->papers, library, line);
  self->renewal = dinh_renewal_new (self->client, self->clock, line);
  make_sign_in (self, line);
  g_signal_connect_object (self->sync, "fault", G_CALLBACK (on_fault_told), self, 0);
  g_signal_connect_object (self->outbox, "fault", G_CALLBACK (on_fault_told), self, 0);
  g_signal_connect_object (self->fetcher, "fault", G_CALLBACK (on_fault_told), self, 0);
  g_signal_connect_object (self->renewal, "fault", G_CALLBACK (on_fault_told), self, 0);
  return g_steal_pointer (&self);
}

/**
 * dinh_kiosk_session_start:
 *
 * Shows what is stored, then talks to the hub, sends what waits, fetches papers and renews the certificate.
 */
void
dinh_kiosk_session_start (DinhKioskSession *self)
{
  dinh_sync_start (self->sync);
  dinh_outbox_start (self->outbox);
  dinh_fetcher_start (self->fetcher);
  dinh_renewal_start (self->renewal);
}

/**
 * dinh_kiosk_session_stop:
 *
 * Hangs up, and blocks until everything is on the disk. A stopped session cannot be started again.
 */
void
dinh_kiosk_session_stop (DinhKioskSession *self)
{
  if (self->renewal != NULL)
    dinh_renewal_stop (self->renewal);
  if (self->fetcher != NULL)
    dinh_fetcher_stop (self->fetcher);
  if (self->outbox != NULL)
    dinh_outbox_stop (self->outbox);
  if (self->sync != NULL)
    dinh_sync_stop (self->sync);
  if (self->keeper != NULL)
    dinh_keeper_stop (self->keeper);
}

/**
 * dinh_kiosk_session_get_sync:
 *
 * Returns: (transfer none): what keeps the library true.
 */
DinhSync *
dinh_kiosk_session_get_sync (DinhKioskSession *self)
{
  return self->sync;
}

/**
 * dinh_kiosk_session_get_outbox:
 *
 * Returns: (transfer none): where commands go in.
 */
DinhOutbox *
dinh_kiosk_session_get_outbox (DinhKioskSession *self)
{
  return self->outbox;
}

/**
 * dinh_kiosk_session_get_sign_in:
 *
 * Returns: (transfer none): what signs people in and out.
 */
DinhSignIn *
dinh_kiosk_session_get_sign_in (DinhKioskSession *self)
{
  return self->sign_in;
}

/**
 * dinh_kiosk_session_submit:
 *
 * dinh_outbox_submit_by() for whoever is signed in. Returns: (transfer full) (nullable): how far it has come; %NULL if
 * nobody is.
 */
DinhSubmission *
dinh_kiosk_session_submit (DinhKioskSession *self, const char *kind, const char *stream, json_t *body)
{
  const DinhKey *key = dinh_sign_in_get_key (self->sign_in);
  const char *person = dinh_session_get_person (dinh_sign_in_get_session (self->sign_in));

  return key == NULL ? NULL : dinh_outbox_submit_by (self->outbox, person, key, kind, stream, body);
}

/**
 * dinh_kiosk_session_get_fetcher:
 *
 * Returns: (transfer none): what brings papers here.
 */
DinhFetcher *
dinh_kiosk_session_get_fetcher (DinhKioskSession *self)
{
  return self->fetcher;
}

/**
 * dinh_kiosk_session_get_papers:
 *
 * Returns: (transfer none): where papers are kept.
 */
DinhPaperStore *
dinh_kiosk_session_get_papers (DinhKioskSession *self)
{
  return self->papers;
}

/**
 * dinh_kiosk_session_get_keeper:
 *
 * Returns: (transfer none): what keeps small values of this machine.
 */
DinhKeeper *
dinh_kiosk_session_get_keeper (DinhKioskSession *self)
{
  return self->keeper;
}
