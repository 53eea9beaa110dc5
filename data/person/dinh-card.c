/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/person/dinh-card.h"

#include "data/person/dinh-card-private.h"
#include "data/person/dinh-secret.h"

#include <gnutls/pkcs11.h>
#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>
#include <string.h>

/*
 * Cards and tokens through the modules that p11-kit knows. Whatever a card is asked, it is asked in a worker
 * and by one at a time: a driver that hangs keeps its thread, not whoever waits, and until it comes back
 * others are told that it is busy. A PIN is given to the card once; three wrong ones lock most of them.
 */

#define MAX_CARDS 64
#define MAX_OBJECTS 64

typedef gnutls_pkcs11_privkey_t Pkcs11Key;
typedef P11KitUri *Pkcs11Url;
G_DEFINE_AUTO_CLEANUP_FREE_FUNC (Pkcs11Key, gnutls_pkcs11_privkey_deinit, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC (Pkcs11Url, p11_kit_uri_free, NULL)

static gboolean
set_error (GError **error, DinhCardError code, const char *message)
{
  g_set_error_literal (error, DINH_CARD_ERROR, code, message);
  return FALSE;
}

/**
 * dinh_card_copy:
 *
 * Returns: (transfer full): a copy.
 */
DinhCard *
dinh_card_copy (const DinhCard *self)
{
  DinhCard *copy = g_new0 (DinhCard, 1);

  *copy = *self;
  copy->token = g_strdup (self->token);
  copy->subject = g_strdup (self->subject);
  copy->url = g_strdup (self->url);
  g_ptr_array_ref (copy->chain);
  return copy;
}

/**
 * dinh_card_free:
 */
void
dinh_card_free (DinhCard *self)
{
  g_free (self->token);
  g_free (self->subject);
  g_free (self->url);
  g_ptr_array_unref (self->chain);
  g_free (self);
}

static DinhCardPinState
pin_state_of (guint flags)
{
  if (flags & GNUTLS_PKCS11_TOKEN_USER_PIN_LOCKED)
    return DINH_CARD_PIN_LOCKED;
  if (flags & GNUTLS_PKCS11_TOKEN_USER_PIN_FINAL_TRY)
    return DINH_CARD_PIN_FINAL_TRY;
  if (flags & GNUTLS_PKCS11_TOKEN_USER_PIN_COUNT_LOW)
    return DINH_CARD_PIN_FEW_LEFT;
  return DINH_CARD_PIN_GOOD;
}

/* Loading */

static gboolean
load_modules (GError **error)
{
  static gsize loaded = 0;
  static int result;

  if (g_once_init_enter (&loaded)) {
    result = gnutls_pkcs11_init (GNUTLS_PKCS11_FLAG_AUTO, NULL);
    g_once_init_leave (&loaded, 1);
  }
  return result >= 0 || set_error (error, DINH_CARD_ERROR_FAILED, gnutls_strerror (result));
}

static gint busy;

static void
run (GTask *task, GTaskThreadFunc work)
{
  g_task_set_return_on_cancel (task, TRUE);
  if (g_atomic_int_compare_and_exchange (&busy, FALSE, TRUE))
    g_task_run_in_thread (task, work);
  else
    g_task_return_new_error (task, DINH_CARD_ERROR, DINH_CARD_ERROR_BUSY, "a card has not answered yet");
}

/* The last that a worker does, also when nobody waits for it any more. */
static void
answer (GTask *task, gpointer result, GDestroyNotify free_result, GError *error)
{
  g_atomic_int_set (&busy, FALSE);
  if (result == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, result, free_result);
}

/* Listing */

static char *
dup_label (const char *token_url)
{
  char label[64];
  gsize length = sizeof label;

  if (gnutls_pkcs11_token_get_info (token_url, GNUTLS_PKCS11_TOKEN_LABEL, label, &length) < 0)
    return g_strdup ("");
  return g_utf8_make_valid (label, (gssize) MIN (length, strnlen (label, sizeof label)));
}

/* The private key beside a certificate: the same card and id. */
static char *
dup_key_url (gnutls_pkcs11_obj_t object)
{
  CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
  CK_ATTRIBUTE attribute = {CKA_CLASS, &class, sizeof class};
  g_auto (Pkcs11Url) url = p11_kit_uri_new ();
  char *text = NULL, *formatted = NULL, *copy;

  if (gnutls_pkcs11_obj_export_url (object, GNUTLS_PKCS11_URL_GENERIC, &text) < 0)
    return NULL;
  if (p11_kit_uri_parse (text, P11_KIT_URI_FOR_ANY, url) == P11_KIT_URI_OK &&
      p11_kit_uri_get_attribute (url, CKA_ID) != NULL) {
    p11_kit_uri_clear_attribute (url, CKA_LABEL);
    p11_kit_uri_set_attribute (url, &attribute);
    p11_kit_uri_format (url, P11_KIT_URI_FOR_ANY, &formatted);
  }
  gnutls_free (text);
  copy = g_strdup (formatted);
  free (formatted);
  return copy;
}

typedef struct {
  gnutls_x509_crt_t certificate;
  GBytes *der;
  char *key_url;
} Stored;

static void
stored_free (Stored *self)
{
  gnutls_x509_crt_deinit (self->certificate);
  g_bytes_unref (self->der);
  g_free (self->key_url);
  g_free (self);
}

static Stored *
read_stored (gnutls_pkcs11_obj_t object)
{
  g_autoptr (GBytes) der = NULL;
  gnutls_x509_crt_t certificate;
  gnutls_datum_t raw = {0};
  Stored *stored;

  if (gnutls_pkcs11_obj_export2 (object, &raw) < 0)
    return NULL;
  der = g_bytes_new (raw.data, raw.size);
  gnutls_free (raw.data);
  certificate = dinh_card_certificate_parse (der, NULL);
  if (certificate == NULL)
    return NULL;
  stored = g_new0 (Stored, 1);
  stored->certificate = certificate;
  stored->der = g_steal_pointer (&der);
  stored->key_url = dup_key_url (object);
  return stored;
}

/* All certificates of one card; those that cannot be read are left out. */
static GPtrArray *
read_certificates (const char *token_url)
{
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) stored_free);
  gnutls_pkcs11_obj_t *objects = NULL;
  guint n = 0;

  if (gnutls_pkcs11_obj_list_import_url4 (&objects, &n, token_url, GNUTLS_PKCS11_OBJ_FLAG_CRT) < 0)
    return all;
  for (guint i = 0; i < n; i++) {
    Stored *stored = i < MAX_OBJECTS ? read_stored (objects[i]) : NULL;

    if (stored != NULL)
      g_ptr_array_add (all, stored);
    gnutls_pkcs11_obj_deinit (objects[i]);
  }
  gnutls_free (objects);
  return all;
}

static const Stored *
find_issuer (GPtrArray *all, gnutls_x509_crt_t certificate)
{
  for (guint i = 0; i < all->len; i++) {
    const Stored *stored = g_ptr_array_index (all, i);

    if (gnutls_x509_crt_check_issuer (certificate, stored->certificate))
      return stored;
  }
  return NULL;
}

/* Up to, and without, who issued himself: the hub has its own of those. */
static GPtrArray *
build_chain (GPtrArray *all, const Stored *first)
{
  GPtrArray *chain = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  for (const Stored *at = first; at != NULL && chain->len < DINH_CARD_MAX_CHAIN;
       at = find_issuer (all, at->certificate)) {
    if (at != first && gnutls_x509_crt_check_issuer (at->certificate, at->certificate))
      break;
    g_ptr_array_add (chain, g_bytes_ref (at->der));
  }
  return chain;
}

static DinhCard *
make_card (const char *token_url, guint flags, GPtrArray *all, const Stored *stored)
{
  DinhCard *card = g_new0 (DinhCard, 1);

  card->token = dup_label (token_url);
  card->subject = dinh_card_certificate_dup_name (stored->certificate);
  card->not_before = (gint64) gnutls_x509_crt_get_activation_time (stored->certificate) * G_USEC_PER_SEC;
  card->not_after = (gint64) gnutls_x509_crt_get_expiration_time (stored->certificate) * G_USEC_PER_SEC;
  card->pin_state = pin_state_of (flags);
  card->has_pin_pad = (flags & GNUTLS_PKCS11_TOKEN_PROTECTED_AUTHENTICATION_PATH) != 0;
  card->url = g_strdup (stored->key_url);
  card->chain = build_chain (all, stored);
  return card;
}

static void
list_token (const char *token_url, GPtrArray *cards)
{
  g_autoptr (GPtrArray) all = NULL;
  guint flags = 0;

  if (gnutls_pkcs11_token_get_flags (token_url, &flags) < 0 || (flags & GNUTLS_PKCS11_TOKEN_TRUSTED) != 0)
    return; /* a list of authorities is no card */
  all = read_certificates (token_url);
  for (guint i = 0; i < all->len && cards->len < MAX_CARDS; i++) {
    const Stored *stored = g_ptr_array_index (all, i);

    if (stored->key_url != NULL && dinh_card_certificate_is_for_signing (stored->certificate) &&
        dinh_card_algorithm_for (stored->certificate, TRUE) != NULL)
      g_ptr_array_add (cards, make_card (token_url, flags, all, stored));
  }
}

static void
list_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (GPtrArray) cards = g_ptr_array_new_with_free_func ((GDestroyNotify) dinh_card_free);
  GError *error = NULL;
  char *token_url;

  if (g_cancellable_set_error_if_cancelled (cancellable, &error) || !load_modules (&error)) {
    answer (task, NULL, NULL, error);
    return;
  }
  for (guint i = 0;
       i < MAX_CARDS && gnutls_pkcs11_token_get_url (i, GNUTLS_PKCS11_URL_GENERIC, &token_url) >= 0; i++) {
    list_token (token_url, cards);
    gnutls_free (token_url);
  }
  answer (task, g_steal_pointer (&cards), (GDestroyNotify) g_ptr_array_unref, NULL);
}

/**
 * dinh_card_list_async:
 *
 * Looks which cards are plugged in and which certificates for signing they have; nobody is asked for a PIN.
 * Who cancels is answered at once.
 */
void
dinh_card_list_async (GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, dinh_card_list_async);
  run (task, list_in_thread);
}

/**
 * dinh_card_list_finish:
 *
 * Returns: (transfer full) (element-type DinhCard): one for each certificate, none if there is no card; or
 * %NULL with %DINH_CARD_ERROR_BUSY, %DINH_CARD_ERROR_FAILED or %G_IO_ERROR_CANCELLED.
 */
GPtrArray *
dinh_card_list_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Signing */

typedef struct {
  DinhCard *card;
  DinhSecretText *pin;
  char *message;
  guint n_asked; /* how often the PIN was asked for, but for a key that wants it with each signature */
} Signing;

static void
signing_free (Signing *self)
{
  dinh_card_free (self->card);
  dinh_secret_text_free (self->pin);
  g_free (self->message);
  g_free (self);
}

/* Gives the PIN once. GnuTLS asks again after a wrong one, and so do keys that want it with each signature.
 */
static int
on_pin_asked (
    void *data, int attempt, const char *url, const char *label, unsigned flags, char *pin, size_t size)
{
  Signing *self = data;

  if (attempt > 0 || (flags & (GNUTLS_PIN_WRONG | GNUTLS_PIN_SO)) != 0 || strlen (self->pin) >= size)
    return -1;
  if ((flags & GNUTLS_PIN_CONTEXT_SPECIFIC) == 0 && self->n_asked > 0)
    return -1;
  self->n_asked++;
  memcpy (pin, self->pin, strlen (self->pin) + 1);
  return 0;
}

/* A wrong PIN is told with what the card says is left. */
static gboolean
explain_wrong_pin (const Signing *self, GError **error)
{
  guint flags = 0;

  gnutls_pkcs11_token_get_flags (self->card->url, &flags);
  switch (pin_state_of (flags)) {
  case DINH_CARD_PIN_LOCKED:
    return set_error (error, DINH_CARD_ERROR_PIN_LOCKED, "the PIN was wrong, and the card is locked now");
  case DINH_CARD_PIN_FINAL_TRY:
    return set_error (error, DINH_CARD_ERROR_WRONG_PIN_FINAL_TRY,
                      "the PIN was wrong; one more wrong PIN locks the card");
  case DINH_CARD_PIN_FEW_LEFT:
    return set_error (error, DINH_CARD_ERROR_WRONG_PIN_FEW_LEFT, "the PIN was wrong; few tries are left");
  default:
    return set_error (error, DINH_CARD_ERROR_WRONG_PIN, "the PIN was wrong");
  }
}

static gboolean
explain (const Signing *self, int code, GError **error)
{
  switch (code) {
  case GNUTLS_E_PKCS11_PIN_ERROR:
    return explain_wrong_pin (self, error);
  case GNUTLS_E_PKCS11_PIN_LOCKED:
    return set_error (error, DINH_CARD_ERROR_PIN_LOCKED, "the card is locked");
  case GNUTLS_E_PKCS11_REQUESTED_OBJECT_NOT_AVAILBLE:
  case GNUTLS_E_PKCS11_DEVICE_ERROR:
  case GNUTLS_E_PKCS11_SLOT_ERROR:
  case GNUTLS_E_PKCS11_TOKEN_ERROR:
  case GNUTLS_E_PKCS11_SESSION_ERROR:
    return set_error (error, DINH_CARD_ERROR_REMOVED, "the card is not there any more");
  default:
    return set_error (error, DINH_CARD_ERROR_FAILED, gnutls_strerror (code));
  }
}

static const DinhCardAlgorithm *
choose_algorithm (const DinhCard *card)
{
  gboolean pss = gnutls_pkcs11_token_check_mechanism (card->url, CKM_RSA_PKCS_PSS, NULL, 0, 0) != 0;
  g_auto (gnutls_x509_crt_t) certificate =
      dinh_card_certificate_parse (g_ptr_array_index (card->chain, 0), NULL);

  return certificate == NULL ? NULL : dinh_card_algorithm_for (certificate, pss);
}

static int
sign_message (Signing *self, const DinhCardAlgorithm *algorithm, gnutls_datum_t *signature)
{
  gnutls_datum_t data = {(guint8 *) self->message, (unsigned) strlen (self->message)};
  g_auto (gnutls_privkey_t) key = NULL;
  int code = gnutls_privkey_init (&key);

  if (code < 0)
    return code;
  gnutls_privkey_set_pin_function (key, on_pin_asked, self);
  code = gnutls_privkey_import_url (key, self->card->url, GNUTLS_PKCS11_OBJ_FLAG_LOGIN);
  return code < 0 ? code : gnutls_privkey_sign_data2 (key, algorithm->sign, 0, &data, signature);
}

/* Nothing is sent to a card that is gone or locked. */
static gboolean
check_card (const DinhCard *card, GError **error)
{
  guint flags = 0;

  if (gnutls_pkcs11_token_get_flags (card->url, &flags) < 0)
    return set_error (error, DINH_CARD_ERROR_REMOVED, "the card is not there any more");
  if (pin_state_of (flags) == DINH_CARD_PIN_LOCKED)
    return set_error (error, DINH_CARD_ERROR_PIN_LOCKED, "the card is locked");
  return TRUE;
}

static DinhCardProof *
sign (Signing *self, GError **error)
{
  const DinhCardAlgorithm *algorithm;
  gnutls_datum_t signature = {0};
  g_autoptr (GBytes) bytes = NULL;
  int code;

  if (!load_modules (error) || !check_card (self->card, error))
    return NULL;
  algorithm = choose_algorithm (self->card);
  if (algorithm == NULL) {
    set_error (error, DINH_CARD_ERROR_UNSUPPORTED, "the card has no accepted way of signing");
    return NULL;
  }
  code = sign_message (self, algorithm, &signature);
  if (code < 0) {
    explain (self, code, error);
    return NULL;
  }
  bytes = g_bytes_new (signature.data, signature.size);
  gnutls_free (signature.data);
  if (self->n_asked == 0 && !self->card->has_pin_pad) {
    set_error (error, DINH_CARD_ERROR_UNSUPPORTED, "the card signs without a PIN");
    return NULL;
  }
  return dinh_card_proof_new (algorithm->name, bytes, self->card->chain);
}

static void
sign_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  DinhCardProof *proof = NULL;

  if (!g_cancellable_set_error_if_cancelled (cancellable, &error))
    proof = sign (data, &error);
  answer (task, proof, (GDestroyNotify) dinh_card_proof_free, error);
}

/**
 * dinh_card_sign_async:
 * @self: of dinh_card_list_finish(); copied
 * @pin: copied, the caller wipes his own; not looked at if the reader has a PIN pad
 * @nonce: of the hub
 * @hub: the name of the hub that is being signed in to
 *
 * Logs in to the card once and signs @nonce for @hub with it. Who cancels is answered at once, even if the
 * card hangs; the PIN may have been tried then.
 */
void
dinh_card_sign_async (const DinhCard *self,
                      const char *pin,
                      const char *nonce,
                      const char *hub,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  GError *error = NULL;
  char *message = dinh_card_message (nonce, hub, &error);
  Signing *signing;

  g_task_set_source_tag (task, dinh_card_sign_async);
  if (message == NULL) {
    g_task_return_error (task, error);
    return;
  }
  signing = g_new0 (Signing, 1);
  signing->card = dinh_card_copy (self);
  signing->pin = dinh_secret_text_new (pin);
  signing->message = message;
  g_task_set_task_data (task, signing, (GDestroyNotify) signing_free);
  run (task, sign_in_thread);
}

/**
 * dinh_card_sign_finish:
 *
 * Returns: (transfer full): signature and chain for dinh_card_proof_verify(), or %NULL with a #DinhCardError
 * up to %DINH_CARD_ERROR_MALFORMED or %G_IO_ERROR_CANCELLED.
 */
DinhCardProof *
dinh_card_sign_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
