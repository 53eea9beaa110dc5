/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hub/dinh-invitation.h"

#include "data/hash/dinh-hash.h"
#include "data/record/dinh-time.h"
#include "data/trust/dinh-certificate.h"
#include "data/trust/dinh-trust-error.h"

#include <string.h>

/*
 * The invitation of a device, in the hub's own table:
 *
 *   { "id", "profile", "site"?, "name"?, "made", "ends", "approved": true or false,
 *     "state": "open|waiting|approved|refused|withdrawn", "reason"?,
 *     "request"?: { "text", "signer", "fingerprint", "name"?, "address", "at" }, "certificate"? }
 *
 * Its id becomes the device's. The code itself is not kept, only what a signature over it hashes to: who
 * reads the database can try no codes on it without the hub's key.
 */

#define CODE_CONTEXT "dinh-invitation-v1"

G_DEFINE_QUARK (dinh - invitation - error - quark, dinh_invitation_error)

static json_t *
refuse (GError **error, DinhInvitationError code, const char *text)
{
  g_set_error_literal (error, DINH_INVITATION_ERROR, (int) code, text);
  return NULL;
}

static void
hash_code (const DinhKey *key, const char *code, DinhHash *hash)
{
  g_autofree char *signature = dinh_key_sign (key, CODE_CONTEXT, code, strlen (code));

  dinh_hash_data (signature, strlen (signature), hash);
}

static gboolean
is_in (const json_t *invitation, const char *state)
{
  return g_strcmp0 (dinh_json_get_string (invitation, "state"), state) == 0;
}

static void
set_state (json_t *invitation, const char *state)
{
  json_object_set_new (invitation, "state", json_string (state));
}

/* Takes @invitation and gives it back once it is written. */
static json_t *
save (DinhStore *store, json_t *invitation, const DinhHash *secret, GError **error)
{
  g_autoptr (DinhJson) owned = invitation;
  g_autofree char *text = dinh_json_print (invitation);

  return dinh_store_put_invitation (store, dinh_json_get_string (invitation, "id"), secret, text, error)
             ? g_steal_pointer (&owned)
             : NULL;
}

/**
 * dinh_invitation_make:
 * @key: the hub's
 * @wishes: (transfer none): "profile", "site"?, "name"?, "approved"?
 *
 * Invites a device for as long as @wishes say.
 */
json_t *
dinh_invitation_make (
    DinhStore *store, const DinhKey *key, const char *code, json_t *wishes, gint64 now, GError **error)
{
  json_t *invitation = json_copy (wishes);
  g_autofree char *id = dinh_uuid_new (), *made = dinh_time_format (now), *ends = NULL;
  gint64 hours = dinh_json_get_integer (wishes, "hours");
  DinhHash secret;

  ends = dinh_time_format (now + hours * G_TIME_SPAN_HOUR);
  json_object_del (invitation, "hours");
  json_object_set_new (invitation, "id", json_string (id));
  json_object_set_new (invitation, "made", json_string (made));
  json_object_set_new (invitation, "ends", json_string (ends));
  set_state (invitation, "open");
  hash_code (key, code, &secret);
  return save (store, invitation, &secret, error);
}

static gboolean
has_ended (const json_t *invitation, gint64 now)
{
  gint64 ends = 0;

  return is_in (invitation, "open") && dinh_time_parse (dinh_json_get_string (invitation, "ends"), &ends) &&
         now >= ends;
}

static char *
sign (const json_t *invitation, DinhAuthority *authority, const char *request, GError **error)
{
  g_autoptr (GError) fault = NULL;
  char *certificate =
      dinh_authority_sign_request (authority, request, dinh_json_get_string (invitation, "id"), &fault);

  if (certificate == NULL)
    refuse (error, DINH_INVITATION_ERROR_REQUEST, fault->message);
  return certificate;
}

/* An invitation that was approved has its certificate from the first time on that it is asked for. */
static gboolean
certify (json_t *invitation, DinhAuthority *authority, GError **error)
{
  const char *request = dinh_json_get_string (json_object_get (invitation, "request"), "text");
  g_autofree char *certificate = sign (invitation, authority, request, error);

  if (certificate != NULL)
    json_object_set_new (invitation, "certificate", json_string (certificate));
  return certificate != NULL;
}

/* The first request with the code: the invitation is its own from now on. */
static gboolean
take_request (json_t *invitation,
              const DinhEnrolmentRequest *request,
              DinhAuthority *authority,
              gint64 now,
              GError **error)
{
  g_autoptr (GError) fault = NULL;
  g_autoptr (DinhRequestFacts) facts =
      dinh_certificate_request_read (request->request, strlen (request->request), &fault);
  g_autofree char *at = dinh_time_format (now);
  g_autofree char *certificate = NULL;

  if (facts == NULL || facts->signer == NULL) {
    refuse (error, DINH_INVITATION_ERROR_REQUEST,
            facts == NULL ? fault->message : "the request names no signing key");
    return FALSE;
  }
  /* A request that cannot be certified must not use the code up. */
  certificate = sign (invitation, authority, request->request, error);
  if (certificate == NULL)
    return FALSE;
  json_object_set_new (invitation, "request",
                       json_pack ("{s:s, s:s, s:s, s:s*, s:s, s:s}", "text", request->request, "signer",
                                  facts->signer, "fingerprint", facts->fingerprint, "name", request->name,
                                  "address", request->address, "at", at));
  set_state (invitation, json_is_true (json_object_get (invitation, "approved")) ? "approved" : "waiting");
  return TRUE;
}

static json_t *
find (DinhStore *store, const DinhKey *key, const char *code, GError **error)
{
  g_autofree char *text = NULL;
  DinhHash secret;

  hash_code (key, code, &secret);
  if (!dinh_store_find_invitation (store, &secret, &text, error))
    return NULL;
  return text == NULL ? refuse (error, DINH_INVITATION_ERROR_WRONG, "no invitation has this code")
                      : dinh_json_parse (text, strlen (text), error);
}

/* Whether @request may go on with the invitation. */
static gboolean
check_use (const json_t *invitation, const DinhEnrolmentRequest *request, gint64 now, GError **error)
{
  const char *first = dinh_json_get_string (json_object_get (invitation, "request"), "text");

  if (is_in (invitation, "withdrawn"))
    refuse (error, DINH_INVITATION_ERROR_WITHDRAWN, "the invitation was withdrawn");
  else if (has_ended (invitation, now))
    refuse (error, DINH_INVITATION_ERROR_EXPIRED, "the invitation has ended");
  else if (first != NULL && strcmp (first, request->request) != 0)
    refuse (error, DINH_INVITATION_ERROR_USED, "another device used the invitation");
  else if (is_in (invitation, "refused"))
    refuse (error, DINH_INVITATION_ERROR_REFUSED, "an administrator refused this device");
  else
    return TRUE;
  return FALSE;
}

/**
 * dinh_invitation_use:
 *
 * A device asks to be let in. The same request gets the same answer for ever: an answer that was lost on its
 * way uses nothing up. The invitation is "waiting", or "approved" and has its certificate.
 */
json_t *
dinh_invitation_use (DinhStore *store,
                     const DinhKey *key,
                     const DinhEnrolmentRequest *request,
                     DinhAuthority *authority,
                     gint64 now,
                     GError **error)
{
  g_autoptr (DinhJson) invitation = find (store, key, request->code, error);
  gboolean taken, certified;

  if (invitation == NULL || !check_use (invitation, request, now, error))
    return NULL;
  taken = is_in (invitation, "open");
  if (taken && !take_request (invitation, request, authority, now, error))
    return NULL;
  certified = is_in (invitation, "approved") && json_object_get (invitation, "certificate") == NULL;
  if (certified && !certify (invitation, authority, error))
    return NULL;
  return taken || certified ? save (store, g_steal_pointer (&invitation), NULL, error)
                            : g_steal_pointer (&invitation);
}

/* What an administrator may make of an invitation: rows of state, decision and what becomes of it. */
static const struct {
  const char *state, *decision, *becomes;
} decisions[] = {
    {"open", "approved", "open"},          {"waiting", "approved", "approved"},
    {"approved", "approved", "approved"},  {"waiting", "refused", "refused"},
    {"refused", "refused", "refused"},     {"open", "withdrawn", "withdrawn"},
    {"waiting", "withdrawn", "withdrawn"}, {"withdrawn", "withdrawn", "withdrawn"},
};

/**
 * dinh_invitation_decide:
 * @state: "approved", "refused" or "withdrawn"
 * @wishes: (transfer none): "name"? or "reason"?, which are kept
 *
 * An administrator decides. To decide the same again changes nothing.
 */
json_t *
dinh_invitation_decide (DinhStore *store, const char *id, const char *state, json_t *wishes, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (DinhJson) invitation = NULL;

  if (!dinh_store_get_invitation (store, id, &text, error))
    return NULL;
  if (text == NULL)
    return refuse (error, DINH_INVITATION_ERROR_MISSING, "there is no such invitation");
  invitation = dinh_json_parse (text, strlen (text), error);
  for (guint i = 0; i < G_N_ELEMENTS (decisions); i++) {
    if (!is_in (invitation, decisions[i].state) || strcmp (state, decisions[i].decision) != 0)
      continue;
    if (strcmp (decisions[i].state, decisions[i].becomes) == 0 && !is_in (invitation, "open"))
      return g_steal_pointer (&invitation);
    if (strcmp (state, "approved") == 0)
      json_object_set_new (invitation, "approved", json_true ());
    set_state (invitation, decisions[i].becomes);
    json_object_update (invitation, wishes);
    return save (store, g_steal_pointer (&invitation), NULL, error);
  }
  g_set_error (error, DINH_INVITATION_ERROR, DINH_INVITATION_ERROR_STATE, "the invitation is %s",
               dinh_json_get_string (invitation, "state"));
  return NULL;
}

/* What administrators see of an invitation. */
static json_t *
describe (json_t *invitation, gint64 now)
{
  json_t *request = json_object_get (invitation, "request");

  if (has_ended (invitation, now))
    set_state (invitation, "expired");
  json_object_del (invitation, "certificate");
  if (request == NULL)
    return invitation;
  json_object_set_new (invitation, "name", json_string (dinh_invitation_get_name (invitation)));
  json_object_del (request, "text");
  return invitation;
}

/**
 * dinh_invitation_list:
 *
 * Returns: (transfer full): all invitations, oldest first, without requests' texts and certificates.
 */
json_t *
dinh_invitation_list (DinhStore *store, gint64 now, GError **error)
{
  g_autoptr (GPtrArray) texts = dinh_store_list_invitations (store, error);
  json_t *list;

  if (texts == NULL)
    return NULL;
  list = json_array ();
  for (guint i = 0; i < texts->len; i++) {
    const char *text = g_ptr_array_index (texts, i);
    json_t *invitation = dinh_json_parse (text, strlen (text), NULL);

    if (invitation != NULL)
      json_array_append_new (list, describe (invitation, now));
  }
  return list;
}

/**
 * dinh_invitation_get_name:
 *
 * Returns: (transfer none): what the device will be called: as an administrator says, else as it says itself.
 */
const char *
dinh_invitation_get_name (const json_t *invitation)
{
  const char *given = dinh_json_get_string (invitation, "name");
  const char *proposed = dinh_json_get_string (json_object_get (invitation, "request"), "name");

  return given != NULL ? given : proposed != NULL ? proposed : dinh_json_get_string (invitation, "id");
}
