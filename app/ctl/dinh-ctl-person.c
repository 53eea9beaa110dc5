/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/ctl/dinh-ctl.h"
#include "data/record/dinh-time.h"

#include <string.h>

/* People: who they are, and the code with which they set their PIN. */

static json_t *
take_words (DinhCtl *ctl, const char *id, const char *name)
{
  static const char *const words[] = {"title", "agency"};
  json_t *body = json_pack ("{s:s, s:s}", "id", id, "name", name);

  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    if (dinh_ctl_get_option (ctl, words[i]) != NULL)
      json_object_set_new (body, words[i], json_string (dinh_ctl_get_option (ctl, words[i])));
  }
  return body;
}

static gboolean
send (DinhCtl *ctl, const char *kind, json_t *body, GError **error)
{
  g_autoptr (DinhJson) answer =
      dinh_ctl_command (ctl, dinh_identity_get_body (ctl->identity), kind, body, error);

  json_object_update (ctl->output, body);
  return answer != NULL;
}

gboolean
dinh_ctl_person_add (DinhCtl *ctl, char **arguments, GError **error)
{
  g_autofree char *id = dinh_uuid_new ();
  g_autoptr (DinhJson) body = take_words (ctl, id, arguments[0]);

  if (!send (ctl, "person-add", body, error))
    return FALSE;
  dinh_ctl_say (ctl, "%s\t%s", id, arguments[0]);
  return TRUE;
}

gboolean
dinh_ctl_person_change (DinhCtl *ctl, char **arguments, GError **error)
{
  g_autoptr (DinhJson) body = take_words (ctl, arguments[0], arguments[1]);

  return send (ctl, "person-change", body, error);
}

gboolean
dinh_ctl_person_retire (DinhCtl *ctl, char **arguments, GError **error)
{
  g_autoptr (DinhJson) body = json_pack ("{s:s}", "id", arguments[0]);

  if (dinh_ctl_get_option (ctl, "reason") != NULL)
    json_object_set_new (body, "reason", json_string (dinh_ctl_get_option (ctl, "reason")));
  return send (ctl, "person-retire", body, error);
}

gboolean
dinh_ctl_person_code (DinhCtl *ctl, char **arguments, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/v1/people/%s/code", arguments[0]);
  g_autoptr (DinhAnswer) answer = dinh_ctl_ask (ctl, &(DinhRequest){.method = "POST", .path = path}, error);
  g_autoptr (DinhJson) json = NULL;
  g_autofree char *until = NULL;
  const char *text;
  gsize length;

  if (answer == NULL)
    return FALSE;
  text = g_bytes_get_data (answer->body, &length);
  json = dinh_json_parse (text, length, error);
  if (json == NULL)
    return FALSE;
  if (dinh_json_get_string (json, "code") == NULL) {
    json_object_set_new (ctl->output, "waiting", json_true ());
    dinh_ctl_say (ctl, "They have a PIN already: another administrator must ask for this too, within a day.");
    return TRUE;
  }
  until = dinh_time_format (dinh_json_get_integer (json, "until"));
  json_object_set (ctl->output, "code", json_object_get (json, "code"));
  json_object_set_new (ctl->output, "until", json_string (until));
  dinh_ctl_say (ctl, "%s\t(once, until %s)", dinh_json_get_string (json, "code"), until);
  return TRUE;
}
