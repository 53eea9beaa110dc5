/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/ctl/dinh-ctl.h"

#include <qrencode.h>
#include <string.h>
#include <unistd.h>

/* Inviting devices, and deciding on those that ask. */

#define QUIET 4 /* modules of light around a QR code (ISO/IEC 18004) */

static json_t *
ask_json (DinhCtl *ctl, const char *method, const char *path, const json_t *body, GError **error)
{
  g_autofree char *text = body == NULL ? NULL : dinh_json_print (body);
  g_autoptr (DinhAnswer) answer =
      dinh_ctl_ask (ctl, &(DinhRequest){.method = method, .path = path, .body = text}, error);
  gsize length;
  const char *json;

  if (answer == NULL)
    return NULL;
  json = g_bytes_get_data (answer->body, &length);
  return dinh_json_parse (json == NULL ? "" : json, length, error);
}

static gboolean
is_dark (const QRcode *code, int x, int y)
{
  return x >= 0 && y >= 0 && x < code->width && y < code->width && (code->data[y * code->width + x] & 1) != 0;
}

/* Two rows of modules a line of text, dark on light whatever the terminal's colours. */
static void
say_qr (DinhCtl *ctl, const char *text)
{
  static const char *const blocks[] = {" ", "▀", "▄", "█"};
  gboolean colours = isatty (STDOUT_FILENO);
  QRcode *code = QRcode_encodeString (text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);

  if (code == NULL)
    return;
  for (int y = -QUIET; y < code->width + QUIET; y += 2) {
    g_autoptr (GString) line = g_string_new (colours ? "\033[30;107m" : "");

    for (int x = -QUIET; x < code->width + QUIET; x++)
      g_string_append (line, blocks[is_dark (code, x, y) + 2 * is_dark (code, x, y + 1)]);
    dinh_ctl_say (ctl, "%s%s", line->str, colours ? "\033[0m" : "");
  }
  QRcode_free (code);
}

/* The SHA-256 as people compare it. */
static char *
in_groups (const char *hex, guint length)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; hex[i] != '\0' && i < length; i++) {
    if (i > 0 && i % 4 == 0)
      g_string_append_c (text, ' ');
    g_string_append_c (text, hex[i]);
  }
  return g_string_free (text, FALSE);
}

static void
say_invitation (DinhCtl *ctl, json_t *invitation)
{
  const char *hub = dinh_json_get_string (invitation, "hub");
  const char *code = dinh_json_get_string (invitation, "code");
  g_autofree char *fingerprint = in_groups (dinh_json_get_string (invitation, "fingerprint"), 64);
  g_autofree char *address = hub == NULL ? NULL : g_uri_escape_string (hub, ":[]", FALSE);
  g_autofree char *uri = NULL;

  dinh_ctl_say (ctl, "code\t%s", code);
  dinh_ctl_say (ctl, "ends\t%s", dinh_json_get_string (invitation, "ends"));
  dinh_ctl_say (ctl, "authority\t%s", fingerprint);
  if (hub == NULL) {
    dinh_ctl_say (ctl, "The hub lets no devices in at the moment: it runs without --enrol-listen.");
    return;
  }
  uri = g_strdup_printf ("dinh://enrol?hub=%s&code=%s", address, code);
  json_object_set_new (invitation, "uri", json_string (uri));
  dinh_ctl_say (ctl, "hub\t%s\n%s\n", hub, uri);
  say_qr (ctl, uri);
}

static gboolean
set_hours (DinhCtl *ctl, json_t *wishes, GError **error)
{
  const char *text = dinh_ctl_get_option (ctl, "hours");
  gint64 hours;

  if (text == NULL)
    return TRUE;
  if (!g_ascii_string_to_signed (text, 10, 1, 24 * 31, &hours, NULL)) {
    g_set_error (error, DINH_CTL_ERROR, DINH_CTL_ERROR_USAGE, "--hours “%s”: a whole number from 1 to %d",
                 text, 24 * 31);
    return FALSE;
  }
  json_object_set_new (wishes, "hours", json_integer (hours));
  return TRUE;
}

gboolean
dinh_ctl_device_invite (DinhCtl *ctl, char **arguments, GError **error)
{
  static const char *const profiles[] = {"seat", "room", "display", NULL};
  const char *profile = dinh_ctl_get_option (ctl, "profile"), *site = dinh_ctl_get_option (ctl, "site");
  g_autoptr (DinhJson) wishes = json_pack ("{s:s*, s:s*, s:s*, s:b}", "profile", profile, "site", site,
                                           "name", dinh_ctl_get_option (ctl, "name"), "approved",
                                           dinh_ctl_get_option (ctl, "approved") != NULL);
  g_autoptr (DinhJson) invitation = NULL;

  if (profile == NULL || site == NULL || !g_strv_contains (profiles, profile)) {
    g_set_error_literal (error, DINH_CTL_ERROR, DINH_CTL_ERROR_USAGE,
                         "device invite needs --profile seat|room|display and --site KEY");
    return FALSE;
  }
  if (!set_hours (ctl, wishes, error))
    return FALSE;
  invitation = ask_json (ctl, "POST", "/v1/invitations", wishes, error);
  if (invitation == NULL)
    return FALSE;
  say_invitation (ctl, invitation);
  json_object_update (ctl->output, invitation);
  return TRUE;
}

static void
say_row (DinhCtl *ctl, const json_t *invitation)
{
  const json_t *request = json_object_get (invitation, "request");
  const char *name = dinh_json_get_string (invitation, "name"),
             *site = dinh_json_get_string (invitation, "site");
  const char *fingerprint = dinh_json_get_string (request, "fingerprint");
  const char *address = dinh_json_get_string (request, "address");
  g_autofree char *shown = fingerprint == NULL ? g_strdup ("") : in_groups (fingerprint, 16);

  dinh_ctl_say (ctl, "%s\t%s\t%s\t%s\t%s\t%s\t%s", dinh_json_get_string (invitation, "id"),
                dinh_json_get_string (invitation, "state"), dinh_json_get_string (invitation, "profile"),
                site == NULL ? "" : site, name == NULL ? "" : name, address == NULL ? "" : address, shown);
}

/* @state: only those; NULL: all. */
static json_t *
list_invitations (DinhCtl *ctl, const char *state, GError **error)
{
  g_autoptr (DinhJson) answer = ask_json (ctl, "GET", "/v1/invitations", NULL, error);
  json_t *list = json_array (), *invitation;
  gsize index;

  json_array_foreach (json_object_get (answer, "invitations"), index, invitation)
  {
    if (state != NULL && g_strcmp0 (dinh_json_get_string (invitation, "state"), state) != 0)
      continue;
    json_array_append (list, invitation);
    say_row (ctl, invitation);
  }
  json_object_set_new (ctl->output, "invitations", list);
  return answer == NULL ? NULL : g_steal_pointer (&answer);
}

gboolean
dinh_ctl_device_pending (DinhCtl *ctl, char **arguments, GError **error)
{
  g_autoptr (DinhJson) answer = list_invitations (ctl, "waiting", error);

  return answer != NULL;
}

gboolean
dinh_ctl_device_invitations (DinhCtl *ctl, char **arguments, GError **error)
{
  g_autoptr (DinhJson) answer = list_invitations (ctl, NULL, error);
  json_t *failures = json_object_get (answer, "failures"), *failure;
  gsize index;

  json_array_foreach (failures, index, failure)
      dinh_ctl_say (ctl, "%s\t%s\t%s", dinh_json_get_string (failure, "at"),
                    dinh_json_get_string (failure, "address"), dinh_json_get_string (failure, "reason"));
  if (failures != NULL)
    json_object_set (ctl->output, "failures", failures);
  return answer != NULL;
}

static gboolean
decide (
    DinhCtl *ctl, const char *id, const char *method, const char *verb, const char *option, GError **error)
{
  g_autofree char *path = g_strconcat ("/v1/invitations/", id, verb, NULL);
  g_autoptr (DinhJson) wishes = NULL;
  g_autoptr (DinhJson) answer = NULL;

  if (!g_uuid_string_is_valid (id)) {
    g_set_error (error, DINH_CTL_ERROR, DINH_CTL_ERROR_USAGE,
                 "“%s” is not an invitation's UUID; device pending shows them", id);
    return FALSE;
  }
  if (option != NULL)
    wishes = json_pack ("{s:s*}", option, dinh_ctl_get_option (ctl, option));
  answer = ask_json (ctl, method, path, wishes, error);
  if (answer == NULL)
    return FALSE;
  json_object_update (ctl->output, answer);
  dinh_ctl_say (ctl, "%s\t%s", id, dinh_json_get_string (answer, "state"));
  return TRUE;
}

gboolean
dinh_ctl_device_approve (DinhCtl *ctl, char **arguments, GError **error)
{
  return decide (ctl, arguments[0], "POST", "/approve", "name", error);
}

gboolean
dinh_ctl_device_refuse (DinhCtl *ctl, char **arguments, GError **error)
{
  return decide (ctl, arguments[0], "POST", "/refuse", "reason", error);
}

gboolean
dinh_ctl_device_withdraw (DinhCtl *ctl, char **arguments, GError **error)
{
  return decide (ctl, arguments[0], "DELETE", "", NULL, error);
}
