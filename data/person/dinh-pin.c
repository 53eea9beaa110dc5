/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/person/dinh-pin.h"

#include <sodium.h>
#include <string.h>

/*
 * From a person's PIN to the hub's "yes" (docs/identity.md). The kiosk does the dear part, so that thirty
 * officials at eight o'clock cost the hub nothing, and the hub never sees the PIN or anything that opens the
 * person's key.
 */

/* About half a second on an old two-core PC; tools/bench pin says what it is here. */
#define MEMORY (128 * 1024)
#define PASSES 4

/* What a kiosk does for any hub: not below RFC 9106 §4's second choice, and not so much that it would stand
 * still. */
#define MIN_MEMORY (64 * 1024)
#define MAX_MEMORY (128 * 1024)
#define MIN_PASSES 3
#define MAX_PASSES 8

#define HEAD "$argon2id$v=19$"
#define MAX_TEXT 80
#define VERIFIER_PREFIX "blake2b:"

static gboolean
refuse (GError **error, DinhPersonError code, const char *message)
{
  g_set_error_literal (error, DINH_PERSON_ERROR, code, message);
  return FALSE;
}

/* Whether each digit is the one before plus @step, with 0 next to 9. */
static gboolean
goes_by (const char *pin, int step)
{
  for (gsize i = 1; pin[i] != '\0'; i++) {
    if ((pin[i - 1] - '0' + step + 10) % 10 != pin[i] - '0')
      return FALSE;
  }
  return TRUE;
}

static gboolean
is_date (const char *pin, const GDate *date)
{
  static const char *const forms[] = {"%d%m%Y", "%d%m%y", "%Y%m%d", "%y%m%d", "%m%d%Y", "%m%d%y"};
  g_autofree char *short_form = NULL;
  char text[16];

  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++) {
    g_date_strftime (text, sizeof text, forms[i], date);
    if (g_str_equal (text, pin))
      return TRUE;
  }
  short_form =
      g_strdup_printf ("%d%d%d", g_date_get_day (date), g_date_get_month (date), g_date_get_year (date));
  return g_str_equal (short_form, pin);
}

static gboolean
check_form (const char *pin, GError **error)
{
  gsize length = strnlen (pin, DINH_PIN_MAX_LENGTH + 1);

  if (strspn (pin, "0123456789") < length)
    return refuse (error, DINH_PERSON_ERROR_PIN_NOT_DIGITS, "a PIN has digits only");
  if (length < DINH_PIN_MIN_LENGTH || length > DINH_PIN_MAX_LENGTH)
    return refuse (error, DINH_PERSON_ERROR_PIN_LENGTH, "a PIN has 6 to 12 digits");
  return TRUE;
}

/**
 * dinh_pin_check:
 * @dates: (array length=n_dates) (nullable): valid dates that others know of the person, such as the date of
 * birth
 *
 * Whether @pin may be chosen: 6 to 12 digits, not one digit over and over, not counting up or down, and none
 * of @dates in a way people write them. %FALSE with a %DINH_PERSON_ERROR_PIN_… that says which.
 */
gboolean
dinh_pin_check (const char *pin, const GDate *const *dates, gsize n_dates, GError **error)
{
  if (!check_form (pin, error))
    return FALSE;
  if (goes_by (pin, 0))
    return refuse (error, DINH_PERSON_ERROR_PIN_SAME_DIGITS, "the PIN is one digit over and over");
  if (goes_by (pin, 1) || goes_by (pin, -1))
    return refuse (error, DINH_PERSON_ERROR_PIN_RUN, "the PIN counts up or down");
  for (gsize i = 0; i < n_dates; i++) {
    if (is_date (pin, dates[i]))
      return refuse (error, DINH_PERSON_ERROR_PIN_DATE, "the PIN is a date that others know");
  }
  return TRUE;
}

/**
 * dinh_pin_parameters_init:
 *
 * Parameters for a new PIN: today's cost, a fresh salt.
 */
void
dinh_pin_parameters_init (DinhPinParameters *self)
{
  self->memory = MEMORY;
  self->passes = PASSES;
  randombytes_buf (self->salt, sizeof self->salt);
}

static gboolean
check_parameters (const DinhPinParameters *self, GError **error)
{
  if (self->memory < MIN_MEMORY || self->passes < MIN_PASSES)
    return refuse (error, DINH_PERSON_ERROR_PARAMETERS, "the Argon2id parameters are too weak");
  if (self->memory > MAX_MEMORY || self->passes > MAX_PASSES)
    return refuse (error, DINH_PERSON_ERROR_PARAMETERS, "the Argon2id parameters cost too much");
  return TRUE;
}

/**
 * dinh_pin_parameters_print:
 *
 * Returns: (transfer full): "$argon2id$v=19$m=KIB,t=PASSES,p=1$SALT", as Argon2's own tools write it.
 */
char *
dinh_pin_parameters_print (const DinhPinParameters *self)
{
  char salt[sodium_base64_ENCODED_LEN (DINH_PIN_SALT_SIZE, sodium_base64_VARIANT_ORIGINAL_NO_PADDING)];

  sodium_bin2base64 (salt, sizeof salt, self->salt, sizeof self->salt,
                     sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
  return g_strdup_printf (HEAD "m=%u,t=%u,p=1$%s", self->memory, self->passes, salt);
}

/* Reads "NAME=NUMBER" and what follows it; %FALSE if @text has something else. */
static gboolean
take_number (const char **text, const char *name, guint *number, const char *after)
{
  guint64 value;
  char *end;

  if (!g_str_has_prefix (*text, name) || !g_ascii_isdigit ((*text)[strlen (name)]))
    return FALSE;
  value = g_ascii_strtoull (*text + strlen (name), &end, 10);
  if (value > G_MAXUINT || !g_str_has_prefix (end, after))
    return FALSE;
  *number = (guint) value;
  *text = end + strlen (after);
  return TRUE;
}

/**
 * dinh_pin_parameters_parse:
 * @self: (out caller-allocates):
 * @text: from dinh_pin_parameters_print(), possibly by way of a hub that is not trusted
 *
 * Returns: %FALSE with %DINH_PERSON_ERROR_PARAMETERS if @text is none, or asks for less than RFC 9106 does or
 * for more than an old PC has.
 */
gboolean
dinh_pin_parameters_parse (DinhPinParameters *self, const char *text, GError **error)
{
  const char *rest = text + strlen (HEAD);
  gsize length = 0;

  if (strnlen (text, MAX_TEXT + 1) > MAX_TEXT || !g_str_has_prefix (text, HEAD) ||
      !take_number (&rest, "m=", &self->memory, ",") || !take_number (&rest, "t=", &self->passes, ",p=1$") ||
      sodium_base642bin (self->salt, sizeof self->salt, rest, strlen (rest), NULL, &length, NULL,
                         sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0 ||
      length != DINH_PIN_SALT_SIZE)
    return refuse (error, DINH_PERSON_ERROR_PARAMETERS, "these are not Argon2id parameters");
  return check_parameters (self, error);
}

/* One at a time in a process: whoever cancels and tries again does not use the memory twice. */
static gboolean
stretch (DinhSecret *k, const char *pin, const DinhPinParameters *parameters, GCancellable *cancellable)
{
  static GMutex turn;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&turn);

  return g_cancellable_is_cancelled (cancellable) ||
         crypto_pwhash (k->bytes, sizeof k->bytes, pin, strlen (pin), parameters->salt, parameters->passes,
                        (gsize) parameters->memory * 1024, crypto_pwhash_ALG_ARGON2ID13) == 0;
}

static DinhPinKeys *
derive (const char *pin, const DinhPinParameters *parameters, GCancellable *cancellable, GError **error)
{
  g_autoptr (DinhSecret) k = dinh_secret_new ();
  DinhPinKeys *keys;

  if (!check_form (pin, error) || !check_parameters (parameters, error))
    return NULL;
  if (!stretch (k, pin, parameters, cancellable)) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "not enough memory for Argon2id");
    return NULL;
  }
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  keys = g_new0 (DinhPinKeys, 1);
  keys->auth = dinh_secret_derive (k, NULL, "auth");
  keys->wrap = dinh_secret_derive (k, NULL, "wrap");
  keys->k = g_steal_pointer (&k);
  return keys;
}

/**
 * dinh_pin_derive:
 *
 * Computes k = Argon2id (PIN, salt), auth = HKDF (k, "auth") and wrap = HKDF (k, "wrap"). Takes about half a
 * second and what memory @parameters say. Only for programs without a main loop; see dinh_pin_derive_async().
 *
 * Returns: (transfer full): the keys, or %NULL with %DINH_PERSON_ERROR_PARAMETERS, a %DINH_PERSON_ERROR_PIN_…
 * for a PIN that nobody can have, or %G_IO_ERROR_NO_SPACE.
 */
DinhPinKeys *
dinh_pin_derive (const char *pin, const DinhPinParameters *parameters, GError **error)
{
  return derive (pin, parameters, NULL, error);
}

typedef struct {
  DinhSecretText *pin;
  DinhPinParameters parameters;
} Derivation;

static void
derivation_free (Derivation *self)
{
  dinh_secret_text_free (self->pin);
  g_free (self);
}

static void
derive_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Derivation *derivation = data;
  GError *error = NULL;
  DinhPinKeys *keys = derive (derivation->pin, &derivation->parameters, cancellable, &error);

  if (keys == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, keys, (GDestroyNotify) dinh_pin_keys_free);
}

/**
 * dinh_pin_derive_async:
 * @pin: copied; the caller wipes his own
 *
 * As dinh_pin_derive(), in a worker. Who cancels is answered at once; a computation that has begun ends by
 * itself and is wiped.
 */
void
dinh_pin_derive_async (const char *pin,
                       const DinhPinParameters *parameters,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Derivation *derivation = g_new0 (Derivation, 1);

  derivation->pin = dinh_secret_text_new (pin);
  derivation->parameters = *parameters;
  g_task_set_source_tag (task, dinh_pin_derive_async);
  g_task_set_task_data (task, derivation, (GDestroyNotify) derivation_free);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, derive_in_thread);
}

/**
 * dinh_pin_derive_finish:
 *
 * Returns: (transfer full): the keys, or %NULL with an error of dinh_pin_derive() or %G_IO_ERROR_CANCELLED.
 */
DinhPinKeys *
dinh_pin_derive_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * dinh_pin_keys_free:
 *
 * Wipes and frees them.
 */
void
dinh_pin_keys_free (DinhPinKeys *self)
{
  dinh_secret_free (self->k);
  dinh_secret_free (self->auth);
  dinh_secret_free (self->wrap);
  g_free (self);
}

/**
 * dinh_pin_verifier_new:
 * @pepper: the hub's own secret, which is neither in its database nor in a backup
 * @person: whose PIN it is; a verifier copied to another person's row fits nobody
 *
 * Returns: (transfer full): what the hub stores: "blake2b:" and base64.
 */
char *
dinh_pin_verifier_new (const DinhSecret *auth, const DinhSecret *pepper, const char *person)
{
  g_autoptr (DinhSecret) hash =
      dinh_secret_hash (pepper, "dinh-pin-verifier-v1", person, auth->bytes, DINH_SECRET_SIZE);
  g_autofree char *encoded = g_base64_encode (hash->bytes, DINH_SECRET_SIZE);

  return g_strconcat (VERIFIER_PREFIX, encoded, NULL);
}

/**
 * dinh_pin_verifier_check:
 *
 * Whether @auth is the one that @verifier was made of; takes the same time either way. %FALSE for a verifier
 * that is none.
 */
gboolean
dinh_pin_verifier_check (const char *verifier,
                         const DinhSecret *auth,
                         const DinhSecret *pepper,
                         const char *person)
{
  g_autofree char *expected = dinh_pin_verifier_new (auth, pepper, person);

  return strlen (verifier) == strlen (expected) && sodium_memcmp (verifier, expected, strlen (expected)) == 0;
}

/**
 * dinh_pin_share_id_init:
 * @share_id: (out caller-allocates): %DINH_PIN_SHARE_ID_SIZE bytes, for the hub to store with a new PIN
 */
void
dinh_pin_share_id_init (guint8 *share_id)
{
  randombytes_buf (share_id, DINH_PIN_SHARE_ID_SIZE);
}

/**
 * dinh_pin_share:
 * @share_id: %DINH_PIN_SHARE_ID_SIZE bytes
 *
 * The hub's half of what seals a person's key, for a kiosk on which that person has just signed in. It is
 * computed and not stored, since beside the sealed key in a stolen database it would let the PIN be guessed.
 *
 * Returns: (transfer full): the share.
 */
DinhSecret *
dinh_pin_share (const guint8 *share_id, const DinhSecret *pepper, const char *person)
{
  return dinh_secret_hash (pepper, "dinh-pin-share-v1", person, share_id, DINH_PIN_SHARE_ID_SIZE);
}
