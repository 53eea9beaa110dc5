/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hub/dinh-person-store.h"

#include <sodium.h>
#include <string.h>

/*
 * What the hub keeps of people's PINs, beside the record: a row a person, {"verifier", "parameters", "share_id", "sealed",
 * "recovery"?, "failed", "until", "code"?}, and a row a device that counts wrong tries. "code" is a first sign-in or a
 * reset under way: {"hash", "until", "by"?, and of the PIN that is being set "verifier", "parameters", "share_id"}.
 */

#define CODE_DIGITS 8
#define CODE_LIFE (7 * G_TIME_SPAN_DAY)
#define SECOND_ADMINISTRATOR_WITHIN G_TIME_SPAN_DAY

/**
 * dinh_pin_request_free:
 *
 * Wipes and frees the request.
 */
void
dinh_pin_request_free (DinhPinRequest *self)
{
  g_free (self->person);
  g_free (self->device);
  dinh_secret_free (self->pepper);
  if (self->auth != NULL)
    dinh_secret_free (self->auth);
  g_free (self->code);
  g_free (self->parameters);
  g_free (self->sealed);
  g_free (self->recovery);
  g_free (self);
}

static gboolean
load_row (DinhStore *store, const char *table, const char *id, json_t **row, GError **error)
{
  g_autofree char *name = g_strconcat (table, ":", id, NULL);
  g_autofree char *text = NULL;

  if (!dinh_store_get_value (store, name, &text, error))
    return FALSE;
  *row = text == NULL ? NULL : json_loads (text, JSON_REJECT_DUPLICATES, NULL);
  if (*row == NULL)
    *row = json_object ();
  return TRUE;
}

static gboolean
save_row (DinhStore *store, const char *table, const char *id, const json_t *row, GError **error)
{
  g_autofree char *name = g_strconcat (table, ":", id, NULL);
  g_autofree char *text = dinh_json_print (row);

  return dinh_store_put_value (store, name, text, error);
}

static DinhTries
get_tries (const json_t *row)
{
  return (DinhTries){(guint) dinh_json_get_integer (row, "failed"), dinh_json_get_integer (row, "until")};
}

static void
set_tries (json_t *row, DinhTries tries)
{
  json_object_set_new (row, "failed", json_integer (tries.failed));
  json_object_set_new (row, "until", json_integer (tries.until));
}

/* Both counts are stored with the answer, whatever it is. */
static gboolean
judge (DinhStore *store, const DinhPinRequest *request, json_t *row, gboolean right, DinhTriesAnswer *answer, GError **error)
{
  g_autoptr (DinhJson) device_row = NULL;
  DinhTries person, device;

  if (!load_row (store, "tries", request->device, &device_row, error))
    return FALSE;
  person = get_tries (row);
  device = get_tries (device_row);
  *answer = dinh_tries_judge (&person, &device, right, request->now);
  set_tries (row, person);
  set_tries (device_row, device);
  return save_row (store, "tries", request->device, device_row, error) &&
         save_row (store, "pin", request->person, row, error);
}

/* What somebody is told whose PIN or code was wrong, or who must wait. */
static json_t *
refuse (const DinhTriesAnswer *answer, const char *problem)
{
  gint64 seconds = (answer->wait + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC;

  if (answer->verdict == DINH_TRIES_WAIT || answer->left == 0)
    return json_pack ("{s:i, s:s, s:i, s:I}", "status", answer->verdict == DINH_TRIES_WAIT ? 429 : 401, "problem",
                      answer->verdict == DINH_TRIES_WAIT ? "try-later" : problem, "left", 0, "wait", (json_int_t) seconds);
  return json_pack ("{s:i, s:s, s:i, s:i}", "status", 401, "problem", problem, "left", (int) answer->left, "wait", 0);
}

static json_t *
say (int status, const char *problem)
{
  return json_pack ("{s:i, s:s}", "status", status, "problem", problem);
}

static char *
encode_share (const char *share_id, const DinhPinRequest *request)
{
  gsize length;
  g_autofree guchar *id = g_base64_decode (share_id, &length);
  g_autoptr (DinhSecret) share =
      length == DINH_PIN_SHARE_ID_SIZE ? dinh_pin_share (id, request->pepper, request->person) : NULL;

  return share == NULL ? NULL : g_base64_encode (share->bytes, DINH_SECRET_SIZE);
}

/**
 * dinh_pin_sign_in:
 *
 * Takes `auth`: 200 with the share and the sealed key, or how many tries are left.
 */
gpointer
dinh_pin_sign_in (DinhStore *store, gpointer data, GError **error)
{
  const DinhPinRequest *request = data;
  g_autoptr (DinhJson) row = NULL;
  g_autofree char *share = NULL;
  const char *verifier;
  DinhTriesAnswer answer;
  gboolean right;

  if (!load_row (store, "pin", request->person, &row, error))
    return NULL;
  verifier = dinh_json_get_string (row, "verifier");
  if (verifier == NULL)
    return say (409, "no-pin");
  right = dinh_pin_verifier_check (verifier, request->auth, request->pepper, request->person);
  if (!judge (store, request, row, right, &answer, error))
    return NULL;
  if (answer.verdict != DINH_TRIES_RIGHT)
    return refuse (&answer, "wrong-pin");
  share = encode_share (dinh_json_get_string (row, "share_id"), request);
  return json_pack ("{s:i, s:s*, s:s}", "status", 200, "share", share, "sealed", dinh_json_get_string (row, "sealed"));
}

/**
 * dinh_pin_read:
 *
 * What the kiosk needs to make `auth` of a PIN.
 */
gpointer
dinh_pin_read (DinhStore *store, gpointer data, GError **error)
{
  const DinhPinRequest *request = data;
  g_autoptr (DinhJson) row = NULL;
  const char *parameters;

  if (!load_row (store, "pin", request->person, &row, error))
    return NULL;
  parameters = dinh_json_get_string (row, "parameters");
  return parameters == NULL ? say (409, "no-pin") : json_pack ("{s:i, s:s}", "status", 200, "parameters", parameters);
}

static char *
hash_code (const DinhPinRequest *request, const char *code)
{
  g_autoptr (DinhSecret) hash =
      dinh_secret_hash (request->pepper, "dinh-sign-in-code-v1", request->person, code, strlen (code));

  return g_base64_encode (hash->bytes, DINH_SECRET_SIZE);
}

/* The code that the person has typed is the one that was given; *@answer is what to say if not, NULL if so. */
static gboolean
check_code (DinhStore *store, const DinhPinRequest *request, json_t *row, json_t **answer, GError **error)
{
  const json_t *code = json_object_get (row, "code");
  const char *known = dinh_json_get_string (code, "hash");
  g_autofree char *hash = hash_code (request, request->code);
  gboolean right = known != NULL && request->now < dinh_json_get_integer (code, "until") &&
                   strlen (known) == strlen (hash) && sodium_memcmp (known, hash, strlen (hash)) == 0;
  DinhTriesAnswer tries;

  *answer = NULL;
  if (!judge (store, request, row, right, &tries, error))
    return FALSE;
  if (tries.verdict != DINH_TRIES_RIGHT)
    *answer = refuse (&tries, "wrong-code");
  return TRUE;
}

/**
 * dinh_pin_begin:
 *
 * The first half of setting a PIN: takes `code`, `auth` and `parameters`, gives the share under which the kiosk seals the
 * person's new key. Said again with the same `auth` it gives the same.
 */
gpointer
dinh_pin_begin (DinhStore *store, gpointer data, GError **error)
{
  const DinhPinRequest *request = data;
  g_autoptr (DinhJson) row = NULL;
  g_autofree char *share = NULL, *verifier = NULL, *share_id = NULL;
  guint8 id[DINH_PIN_SHARE_ID_SIZE];
  json_t *answer, *code;

  if (!load_row (store, "pin", request->person, &row, error) || !check_code (store, request, row, &answer, error))
    return NULL;
  if (answer != NULL)
    return answer;
  code = json_object_get (row, "code");
  verifier = dinh_pin_verifier_new (request->auth, request->pepper, request->person);
  if (g_strcmp0 (dinh_json_get_string (code, "verifier"), verifier) != 0) {
    dinh_pin_share_id_init (id);
    share_id = g_base64_encode (id, sizeof id);
    json_object_set_new (code, "verifier", json_string (verifier));
    json_object_set_new (code, "parameters", json_string (request->parameters));
    json_object_set_new (code, "share_id", json_string (share_id));
  }
  share = encode_share (dinh_json_get_string (code, "share_id"), request);
  return save_row (store, "pin", request->person, row, error) ? json_pack ("{s:i, s:s*}", "status", 200, "share", share)
                                                              : NULL;
}

static gboolean
fits_new (const json_t *code, const DinhPinRequest *request)
{
  const char *verifier = dinh_json_get_string (code, "verifier");

  return verifier != NULL && dinh_pin_verifier_check (verifier, request->auth, request->pepper, request->person);
}

/**
 * dinh_pin_check_new:
 *
 * Whether dinh_pin_set() would be done: the key is only recorded then.
 */
gpointer
dinh_pin_check_new (DinhStore *store, gpointer data, GError **error)
{
  const DinhPinRequest *request = data;
  g_autoptr (DinhJson) row = NULL;
  json_t *answer;

  if (!load_row (store, "pin", request->person, &row, error))
    return NULL;
  /* An answer that was lost is asked for again. */
  if (json_object_get (row, "code") == NULL && fits_new (row, request) &&
      g_strcmp0 (dinh_json_get_string (row, "sealed"), request->sealed) == 0)
    return json_pack ("{s:i}", "status", 200);
  if (!check_code (store, request, row, &answer, error))
    return NULL;
  if (answer == NULL && !fits_new (json_object_get (row, "code"), request))
    answer = say (409, "not-begun");
  return answer == NULL ? json_pack ("{s:i}", "status", 200) : answer;
}

/**
 * dinh_pin_set:
 *
 * The second half: the PIN counts from now on, and the code is used up. dinh_pin_check_new() has been asked.
 */
gpointer
dinh_pin_set (DinhStore *store, gpointer data, GError **error)
{
  static const char *const names[] = {"verifier", "parameters", "share_id"};
  const DinhPinRequest *request = data;
  g_autoptr (DinhJson) row = NULL;
  const json_t *code;

  if (!load_row (store, "pin", request->person, &row, error))
    return NULL;
  code = json_object_get (row, "code");
  if (code == NULL && fits_new (row, request))
    return json_pack ("{s:i}", "status", 200);
  if (!fits_new (code, request))
    return say (409, "not-begun");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    json_object_set (row, names[i], json_object_get (code, names[i]));
  json_object_set_new (row, "sealed", json_string (request->sealed));
  json_object_del (row, "recovery");
  if (request->recovery != NULL)
    json_object_set_new (row, "recovery", json_string (request->recovery));
  json_object_del (row, "code");
  return save_row (store, "pin", request->person, row, error) ? json_pack ("{s:i}", "status", 200) : NULL;
}

/* Somebody who has a PIN gets a code only when a second administrator asks for it too. */
static gboolean
needs_second (const json_t *row, const DinhPinRequest *request)
{
  const json_t *asked = json_object_get (row, "reset");

  if (dinh_json_get_string (row, "verifier") == NULL)
    return FALSE;
  return asked == NULL || strcmp (dinh_json_get_string (asked, "by"), request->device) == 0 ||
         request->now > dinh_json_get_integer (asked, "at") + SECOND_ADMINISTRATOR_WITHIN;
}

/**
 * dinh_pin_make_code:
 *
 * Gives a one-time code with which a person sets their PIN, the first one or another one; wrong tries are forgiven. 202
 * while another administrator must agree.
 */
gpointer
dinh_pin_make_code (DinhStore *store, gpointer data, GError **error)
{
  const DinhPinRequest *request = data;
  g_autoptr (DinhJson) row = NULL;
  g_autofree char *code = NULL, *hash = NULL;

  if (!load_row (store, "pin", request->person, &row, error))
    return NULL;
  if (needs_second (row, request)) {
    json_object_set_new (row, "reset",
                         json_pack ("{s:s, s:I}", "by", request->device, "at", (json_int_t) request->now));
    return save_row (store, "pin", request->person, row, error) ? json_pack ("{s:i}", "status", 202) : NULL;
  }
  code = g_strdup_printf ("%0*u", CODE_DIGITS, randombytes_uniform (100000000));
  hash = hash_code (request, code);
  json_object_del (row, "reset");
  set_tries (row, (DinhTries){0});
  json_object_set_new (row, "code",
                       json_pack ("{s:s, s:I}", "hash", hash, "until", (json_int_t) (request->now + CODE_LIFE)));
  return save_row (store, "pin", request->person, row, error)
             ? json_pack ("{s:i, s:s, s:I}", "status", 200, "code", code, "until", (json_int_t) (request->now + CODE_LIFE))
             : NULL;
}
