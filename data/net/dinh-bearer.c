/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-bearer.h"

#include <string.h>

/*
 * The token of whoever is signed in here (RFC 6750). All clients of this device bring it along when they
 * read; any of them may be the first to hear that the hub takes it no more. Any thread.
 */
struct _DinhBearer {
  GObject parent_instance;

  GMutex lock;
  DinhSecretText *header; /* or NULL */
};

enum { REFUSED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DinhBearer, dinh_bearer, G_TYPE_OBJECT)

static void
dinh_bearer_finalize (GObject *object)
{
  DinhBearer *self = DINH_BEARER (object);

  g_clear_pointer (&self->header, dinh_secret_text_free);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (dinh_bearer_parent_class)->finalize (object);
}

static void
dinh_bearer_class_init (DinhBearerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dinh_bearer_finalize;

  /**
   * DinhBearer::refused:
   *
   * The hub took the token no more, and it is gone. In the main thread.
   */
  signals[REFUSED] =
      g_signal_new ("refused", DINH_TYPE_BEARER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dinh_bearer_init (DinhBearer *self)
{
  g_mutex_init (&self->lock);
}

/**
 * dinh_bearer_new:
 *
 * Returns: (transfer full): of nobody.
 */
DinhBearer *
dinh_bearer_new (void)
{
  return g_object_new (DINH_TYPE_BEARER, NULL);
}

static DinhSecretText *
make_header (const char *token)
{
  gsize length = strlen ("Bearer ") + strlen (token);
  DinhSecretText *header = dinh_secret_text_new_sized (length);

  g_snprintf (header, length + 1, "Bearer %s", token);
  return header;
}

/**
 * dinh_bearer_set:
 * @token: (nullable): of who is signed in now
 *
 * What requests bring along from now on.
 */
void
dinh_bearer_set (DinhBearer *self, const char *token)
{
  DinhSecretText *header = token == NULL ? NULL : make_header (token);

  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->header, dinh_secret_text_free);
  self->header = header;
  g_mutex_unlock (&self->lock);
}

/**
 * dinh_bearer_dup_header:
 *
 * Returns: (transfer full) (nullable): the value of the header “Authorization”.
 */
DinhSecretText *
dinh_bearer_dup_header (DinhBearer *self)
{
  DinhSecretText *header;

  g_mutex_lock (&self->lock);
  header = self->header == NULL ? NULL : dinh_secret_text_new (self->header);
  g_mutex_unlock (&self->lock);
  return header;
}

static gboolean
tell_refused (gpointer self)
{
  g_signal_emit (self, signals[REFUSED], 0);
  return G_SOURCE_REMOVE;
}

/**
 * dinh_bearer_refuse:
 * @header: what a request brought along that the hub did not take
 *
 * Drops the token, unless there is another one since.
 */
void
dinh_bearer_refuse (DinhBearer *self, const char *header)
{
  gboolean same;

  g_mutex_lock (&self->lock);
  same = self->header != NULL && strcmp (self->header, header) == 0;
  if (same)
    g_clear_pointer (&self->header, dinh_secret_text_free);
  g_mutex_unlock (&self->lock);
  if (same)
    g_idle_add_full (G_PRIORITY_DEFAULT, tell_refused, g_object_ref (self), g_object_unref);
}
