/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-sign-in.h"

#include "data/net/dinh-net-error.h"
#include "data/person/dinh-person-key.h"
#include "data/person/dinh-pin.h"
#include "data/record/dinh-json.h"

#include <string.h>

/*
 * Signs a person in: a PIN becomes keys in a worker thread, the hub judges one of them and gives its half of
 * what opens the person's own key (docs/identity.md). While somebody is signed in this holds that key, and
 * gets another token by it when the hub takes the old one no more. dinh_sign_in_lock() forgets everything, at
 * any step.
 */

#define SESSION_CONTEXT "dinh-session-v1"
#define PERSON_KEY_CONTEXT "dinh-person-key-v1"

struct _DinhSignIn {
  GObject parent_instance;

  DinhHubClient *client;
  DinhBearer *bearer;
  DinhLine *line;
  DinhSession *session;

  GCancellable *cancellable; /* of whoever was chosen */
  DinhPinParameters parameters;
  DinhSecretText *code; /* one-time; NULL: there is a PIN */
  DinhPinKeys *keys;    /* of the PIN that was entered, until the hub has judged it */
  DinhPersonKey *key;
  gboolean without_token; /* signed in, and the hub has to give another one */
  gboolean renewing;
};

G_DEFINE_FINAL_TYPE (DinhSignIn, dinh_sign_in, G_TYPE_OBJECT)

/* What comes after an answer of the hub; @answer is NULL, or has a status below 500. */
typedef void (*Continue) (DinhSignIn *self, guint status, const json_t *answer);

typedef struct {
  DinhSignIn *sign_in;
  Continue next;
} Question;

static void
question_free (Question *question)
{
  g_object_unref (question->sign_in);
  g_free (question);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Question, question_free)

static void
forget_entry (DinhSignIn *self)
{
  g_clear_pointer (&self->code, dinh_secret_text_free);
  g_clear_pointer (&self->keys, dinh_pin_keys_free);
}

static void
forget (DinhSignIn *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  forget_entry (self);
  g_clear_pointer (&self->key, dinh_person_key_free);
  dinh_bearer_set (self->bearer, NULL);
  self->without_token = FALSE;
  self->renewing = FALSE;
}

/* --- asking the hub --- */

static guint
get_count (const json_t *answer, const char *name)
{
  return (guint) CLAMP (dinh_json_get_integer (answer, name), 0, G_MAXINT);
}

static DinhSessionFault
find_fault (const char *type)
{
  static const struct {
    const char *type;
    DinhSessionFault fault;
  } known[] = {
      {"urn:dinh:problem:wrong-pin", DINH_SESSION_FAULT_WRONG_PIN},
      {"urn:dinh:problem:wrong-code", DINH_SESSION_FAULT_WRONG_CODE},
      {"urn:dinh:problem:try-later", DINH_SESSION_FAULT_TRY_LATER},
      {"urn:dinh:problem:no-person", DINH_SESSION_FAULT_NO_PERSON},
  };

  for (guint i = 0; i < G_N_ELEMENTS (known); i++) {
    if (g_strcmp0 (type, known[i].type) == 0)
      return known[i].fault;
  }
  return DINH_SESSION_FAULT_HUB;
}

/* Back to where something is entered. */
static void
fail (DinhSignIn *self, DinhSessionFault fault, const json_t *answer)
{
  DinhSessionStep step = self->code != NULL ? DINH_SESSION_ENTERING_CODE : DINH_SESSION_ENTERING_PIN;

  if (dinh_session_get_step (self->session) == DINH_SESSION_LOOKING || fault == DINH_SESSION_FAULT_NO_PERSON)
    step = DINH_SESSION_NOBODY;
  forget_entry (self);
  g_clear_pointer (&self->key, dinh_person_key_free);
  dinh_session_fail (self->session, step, fault, get_count (answer, "left"), get_count (answer, "wait"));
}

static gboolean
is_good (DinhSignIn *self, guint status, const json_t *answer)
{
  if (answer != NULL && SOUP_STATUS_IS_SUCCESSFUL (status))
    return TRUE;
  fail (self, status == 0 ? DINH_SESSION_FAULT_NO_LINE : find_fault (dinh_json_get_string (answer, "type")),
        answer);
  return FALSE;
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhAnswer) answer = dinh_hub_client_send_finish (DINH_HUB_CLIENT (source), result, &error);
  g_autoptr (DinhJson) json = NULL;
  const char *text;
  gsize length;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (answer == NULL) {
    gboolean unreachable = g_error_matches (error, DINH_NET_ERROR, DINH_NET_ERROR_UNREACHABLE);
    question->next (question->sign_in, unreachable ? 0 : 500, NULL);
    return;
  }
  text = g_bytes_get_data (answer->body, &length);
  json = dinh_json_parse (text == NULL ? "" : text, length, NULL);
  question->next (question->sign_in, answer->status, json);
}

/* Takes @body. */
static void
ask (DinhSignIn *self, const char *method, const char *path, json_t *body, Continue next)
{
  g_autoptr (DinhJson) owned = body;
  g_autofree char *text = body == NULL ? NULL : dinh_json_print (owned);
  DinhRequest request = {.method = method, .path = path, .body = text, .takes_problems = TRUE};
  Question *question = g_new (Question, 1);

  question->sign_in = g_object_ref (self);
  question->next = next;
  dinh_hub_client_send_async (self->client, &request, self->cancellable, on_answered, question);
}

static void
ask_about_pin (DinhSignIn *self, const char *method, json_t *body, Continue next)
{
  g_autofree char *path = g_strdup_printf ("/v1/people/%s/pin", dinh_session_get_person (self->session));

  ask (self, method, path, body, next);
}

static char *
print_secret (const DinhSecret *secret)
{
  return g_base64_encode (secret->bytes, DINH_SECRET_SIZE);
}

static GBytes *
take_bytes (const json_t *answer, const char *name)
{
  const char *text = dinh_json_get_string (answer, name);
  gsize length = 0;
  guchar *bytes = text == NULL ? NULL : g_base64_decode (text, &length);

  return g_bytes_new_take (bytes, length);
}

static DinhSecret *
take_share (const json_t *answer)
{
  g_autoptr (GBytes) share = take_bytes (answer, "share");

  return g_bytes_get_size (share) != DINH_SECRET_SIZE
             ? NULL
             : dinh_secret_new_from_bytes (g_bytes_get_data (share, NULL));
}

/* --- by a PIN --- */

static void
on_session_opened (DinhSignIn *self, guint status, const json_t *answer)
{
  const char *token = dinh_json_get_string (answer, "token");
  g_autoptr (DinhSecret) share = NULL;
  g_autoptr (GBytes) sealed = NULL;

  if (!is_good (self, status, answer))
    return;
  share = take_share (answer);
  sealed = take_bytes (answer, "sealed");
  if (token == NULL || share == NULL) {
    fail (self, DINH_SESSION_FAULT_HUB, NULL);
    return;
  }
  g_clear_pointer (&self->key, dinh_person_key_free);
  self->key =
      dinh_person_key_open (sealed, dinh_session_get_person (self->session), self->keys->wrap, share, NULL);
  if (self->key == NULL) {
    fail (self, DINH_SESSION_FAULT_SEALED, NULL);
    return;
  }
  forget_entry (self);
  dinh_bearer_set (self->bearer, token);
  dinh_session_set_step (self->session, DINH_SESSION_SIGNED_IN);
}

static void
open_session (DinhSignIn *self)
{
  g_autofree char *auth = print_secret (self->keys->auth);

  ask (self, "POST", "/v1/sessions",
       json_pack ("{s:s, s:s}", "person", dinh_session_get_person (self->session), "auth", auth),
       on_session_opened);
}

/* --- by a one-time code: a new key, sealed by a new PIN --- */

static void
on_pin_set (DinhSignIn *self, guint status, const json_t *answer)
{
  if (!is_good (self, status, answer))
    return;
  /* It is used up: from here on the PIN is the way in. */
  g_clear_pointer (&self->code, dinh_secret_text_free);
  open_session (self);
}

static void
on_pin_begun (DinhSignIn *self, guint status, const json_t *answer)
{
  const char *person = dinh_session_get_person (self->session);
  g_autoptr (DinhSecret) share = is_good (self, status, answer) ? take_share (answer) : NULL;
  g_autoptr (GBytes) sealed = NULL;
  g_autofree char *text = NULL, *signature = NULL, *auth = NULL;

  if (self->keys == NULL)
    return;
  if (share == NULL) {
    fail (self, DINH_SESSION_FAULT_HUB, NULL);
    return;
  }
  g_clear_pointer (&self->key, dinh_person_key_free);
  self->key = dinh_person_key_new (person);
  sealed = dinh_person_key_seal (self->key, self->keys->wrap, share);
  text = g_base64_encode (g_bytes_get_data (sealed, NULL), g_bytes_get_size (sealed));
  signature = dinh_key_sign (self->key->key, PERSON_KEY_CONTEXT, person, strlen (person));
  auth = print_secret (self->keys->auth);
  ask_about_pin (self, "PUT",
                 json_pack ("{s:s, s:s, s:s, s:s, s:s}", "code", self->code, "auth", auth, "key",
                            dinh_key_get_public (self->key->key), "signature", signature, "sealed", text),
                 on_pin_set);
}

static void
begin_pin (DinhSignIn *self)
{
  g_autofree char *auth = print_secret (self->keys->auth);
  g_autofree char *parameters = dinh_pin_parameters_print (&self->parameters);

  ask_about_pin (self, "POST",
                 json_pack ("{s:s, s:s, s:s}", "code", self->code, "auth", auth, "parameters", parameters),
                 on_pin_begun);
}

/* --- both --- */

static void
on_derived (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DinhSignIn) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhPinKeys) keys = dinh_pin_derive_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (keys == NULL) {
    fail (self, DINH_SESSION_FAULT_HUB, NULL);
    return;
  }
  self->keys = g_steal_pointer (&keys);
  if (self->code == NULL)
    open_session (self);
  else
    begin_pin (self);
}

/* The step comes last: whoever hears of it wipes what was typed. */
static void
derive (DinhSignIn *self, const char *pin)
{
  dinh_pin_derive_async (pin, &self->parameters, self->cancellable, on_derived, g_object_ref (self));
  dinh_session_set_step (self->session, DINH_SESSION_WORKING);
}

static void
on_parameters_told (DinhSignIn *self, guint status, const json_t *answer)
{
  const char *type = dinh_json_get_string (answer, "type"), *text;

  if (g_strcmp0 (type, "urn:dinh:problem:no-pin") == 0) {
    dinh_session_set_step (self->session, DINH_SESSION_ENTERING_CODE);
    return;
  }
  if (!is_good (self, status, answer))
    return;
  text = dinh_json_get_string (answer, "parameters");
  if (text != NULL && dinh_pin_parameters_parse (&self->parameters, text, NULL))
    dinh_session_set_step (self->session, DINH_SESSION_ENTERING_PIN);
  else
    fail (self, DINH_SESSION_FAULT_HUB, NULL);
}

/**
 * dinh_sign_in_choose:
 * @person: UUID
 * @name: for people
 *
 * Somebody says to be @person: asks how that one signs in. Whoever was signed in is not any more.
 */
void
dinh_sign_in_choose (DinhSignIn *self, const char *person, const char *name)
{
  dinh_sign_in_lock (self);
  self->cancellable = g_cancellable_new ();
  dinh_session_choose (self->session, person, name);
  ask_about_pin (self, "GET", NULL, on_parameters_told);
}

/**
 * dinh_sign_in_use_code:
 *
 * The person has a PIN and a code for another one.
 */
void
dinh_sign_in_use_code (DinhSignIn *self)
{
  if (dinh_session_get_step (self->session) == DINH_SESSION_ENTERING_PIN)
    dinh_session_set_step (self->session, DINH_SESSION_ENTERING_CODE);
}

/**
 * dinh_sign_in_enter_pin:
 *
 * Has the hub judge @pin.
 */
void
dinh_sign_in_enter_pin (DinhSignIn *self, const char *pin)
{
  if (dinh_session_get_step (self->session) == DINH_SESSION_ENTERING_PIN)
    derive (self, pin);
}

/**
 * dinh_sign_in_enter_code:
 * @code: one-time
 * @pin: that dinh_pin_check() lets pass
 *
 * Makes @pin the person's, with a new key.
 */
void
dinh_sign_in_enter_code (DinhSignIn *self, const char *code, const char *pin)
{
  if (dinh_session_get_step (self->session) != DINH_SESSION_ENTERING_CODE)
    return;
  self->code = dinh_secret_text_new (code);
  dinh_pin_parameters_init (&self->parameters);
  derive (self, pin);
}

/**
 * dinh_sign_in_lock:
 *
 * Forgets the person's key and token, or whatever was entered so far, and tells the hub.
 */
void
dinh_sign_in_lock (DinhSignIn *self)
{
  gboolean signed_in = dinh_session_get_step (self->session) == DINH_SESSION_SIGNED_IN;

  forget (self);
  if (signed_in)
    dinh_hub_client_send_async (self->client, &(DinhRequest){.method = "DELETE", .path = "/v1/sessions"},
                                NULL, NULL, NULL);
  if (dinh_session_get_step (self->session) != DINH_SESSION_NOBODY)
    dinh_session_end (self->session);
}

/* --- another token --- */

static void
on_token_renewed (DinhSignIn *self, guint status, const json_t *answer)
{
  const char *token = dinh_json_get_string (answer, "token");

  self->renewing = FALSE;
  if (token != NULL && SOUP_STATUS_IS_SUCCESSFUL (status)) {
    self->without_token = FALSE;
    dinh_bearer_set (self->bearer, token);
    dinh_session_set_step (self->session, DINH_SESSION_SIGNED_IN);
  } else if (SOUP_STATUS_IS_CLIENT_ERROR (status)) {
    dinh_sign_in_lock (self);
  }
}

static void
on_nonce_told (DinhSignIn *self, guint status, const json_t *answer)
{
  const char *nonce = dinh_json_get_string (answer, "nonce");
  g_autofree char *signature = NULL;

  if (nonce == NULL || self->key == NULL) {
    self->renewing = FALSE;
    return;
  }
  signature = dinh_key_sign (self->key->key, SESSION_CONTEXT, nonce, strlen (nonce));
  ask (self, "POST", "/v1/sessions",
       json_pack ("{s:s, s:s, s:s}", "person", dinh_session_get_person (self->session), "nonce", nonce,
                  "signature", signature),
       on_token_renewed);
}

static void
renew_token (DinhSignIn *self)
{
  if (!self->without_token || self->renewing || self->key == NULL)
    return;
  self->renewing = TRUE;
  ask (self, "GET", "/v1/sessions/nonce", NULL, on_nonce_told);
}

static void
on_token_refused (DinhSignIn *self)
{
  self->without_token = dinh_session_get_step (self->session) == DINH_SESSION_SIGNED_IN;
  renew_token (self);
}

/* --- the object --- */

static void
dinh_sign_in_dispose (GObject *object)
{
  DinhSignIn *self = DINH_SIGN_IN (object);

  if (self->bearer != NULL)
    forget (self);
  G_OBJECT_CLASS (dinh_sign_in_parent_class)->dispose (object);
}

static void
dinh_sign_in_finalize (GObject *object)
{
  DinhSignIn *self = DINH_SIGN_IN (object);

  g_clear_object (&self->client);
  g_clear_object (&self->bearer);
  g_clear_object (&self->line);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (dinh_sign_in_parent_class)->finalize (object);
}

static void
dinh_sign_in_class_init (DinhSignInClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dinh_sign_in_dispose;
  G_OBJECT_CLASS (klass)->finalize = dinh_sign_in_finalize;
}

static void
dinh_sign_in_init (DinhSignIn *self)
{
  self->session = dinh_session_new ();
}

/**
 * dinh_sign_in_get_session:
 *
 * Returns: (transfer none): who is signed in, and how far somebody else is.
 */
DinhSession *
dinh_sign_in_get_session (DinhSignIn *self)
{
  return self->session;
}

/**
 * dinh_sign_in_get_key:
 *
 * Returns: (transfer none) (nullable): what the commands of who is signed in are signed with.
 */
const DinhKey *
dinh_sign_in_get_key (DinhSignIn *self)
{
  return dinh_session_get_step (self->session) == DINH_SESSION_SIGNED_IN ? self->key->key : NULL;
}

/**
 * dinh_sign_in_new:
 * @client: of the main thread
 * @bearer: what the device's clients bring along
 * @line: says when there is a hub again
 *
 * Returns: (transfer full): with nobody signed in.
 */
DinhSignIn *
dinh_sign_in_new (DinhHubClient *client, DinhBearer *bearer, DinhLine *line)
{
  DinhSignIn *self = g_object_new (DINH_TYPE_SIGN_IN, NULL);

  self->client = g_object_ref (client);
  self->bearer = g_object_ref (bearer);
  self->line = g_object_ref (line);
  g_signal_connect_object (bearer, "refused", G_CALLBACK (on_token_refused), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (line, "notify::state", G_CALLBACK (renew_token), self, G_CONNECT_SWAPPED);
  return self;
}
