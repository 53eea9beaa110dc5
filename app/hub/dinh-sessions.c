/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hub/dinh-sessions.h"

#include <sodium.h>
#include <string.h>

/*
 * Tokens guard reading only, so they live in memory: after a restart a kiosk that still has the person's key open signs a
 * nonce and gets another one. A device has one person at a time. Of a token only the hash is kept.
 */

#define TOKEN_BYTES 32
#define LIFE (12 * G_TIME_SPAN_HOUR)

typedef struct {
  char *person;
  guint8 hash[crypto_generichash_BYTES];
  gint64 until;
} Session;

struct _DinhSessions {
  GHashTable *sessions; /* device → Session */
};

static void
session_free (Session *session)
{
  g_free (session->person);
  g_free (session);
}

/**
 * dinh_sessions_new:
 *
 * Returns: (transfer full): nobody signed in.
 */
DinhSessions *
dinh_sessions_new (void)
{
  DinhSessions *self = g_new0 (DinhSessions, 1);

  self->sessions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) session_free);
  return self;
}

/**
 * dinh_sessions_free:
 *
 * Ends all sessions.
 */
void
dinh_sessions_free (DinhSessions *self)
{
  g_hash_table_unref (self->sessions);
  g_free (self);
}

static char *
make_token (void)
{
  guint8 bytes[TOKEN_BYTES];
  char *text = g_malloc (sodium_base64_ENCODED_LEN (sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING));

  randombytes_buf (bytes, sizeof bytes);
  sodium_bin2base64 (text, sodium_base64_ENCODED_LEN (sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING), bytes,
                     sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  return text;
}

static void
hash_token (const char *token, guint8 *hash)
{
  crypto_generichash (hash, crypto_generichash_BYTES, (const guint8 *) token, strlen (token), NULL, 0);
}

/**
 * dinh_sessions_open:
 * @now: hub time, µs
 * @until: (out): when it ends by itself
 *
 * Signs @person in at @device, and whoever was there out. Returns: (transfer full): the token.
 */
char *
dinh_sessions_open (DinhSessions *self, const char *device, const char *person, gint64 now, gint64 *until)
{
  Session *session = g_new0 (Session, 1);
  char *token = make_token ();

  session->person = g_strdup (person);
  session->until = *until = now + LIFE;
  hash_token (token, session->hash);
  g_hash_table_replace (self->sessions, g_strdup (device), session);
  return token;
}

/**
 * dinh_sessions_find:
 * @device: from the client certificate of the request that brought @token
 *
 * Returns: (transfer none) (nullable): whose token it is, on that device and still.
 */
const char *
dinh_sessions_find (DinhSessions *self, const char *device, const char *token, gint64 now)
{
  const Session *session = g_hash_table_lookup (self->sessions, device);
  guint8 hash[crypto_generichash_BYTES];

  hash_token (token, hash);
  if (session == NULL || sodium_memcmp (hash, session->hash, sizeof hash) != 0 || now >= session->until)
    return NULL;
  return session->person;
}

/**
 * dinh_sessions_close:
 *
 * Signs out whoever is signed in at @device. Returns: (transfer full) (nullable): who it was.
 */
char *
dinh_sessions_close (DinhSessions *self, const char *device)
{
  const Session *session = g_hash_table_lookup (self->sessions, device);
  char *person = session == NULL ? NULL : g_strdup (session->person);

  g_hash_table_remove (self->sessions, device);
  return person;
}
