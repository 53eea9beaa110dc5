/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/ctl/dinh-ctl.h"

#include "data/record/dinh-audit.h"
#include "data/record/dinh-time.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* The hub's audit stream, in words. */

/* What a stable name means to people. */
typedef struct {
  const char *name;
  const char *words;
} Words;

static const Words actions[] = {
    {"group-add", N_ ("group added")},
    {"group-change", N_ ("group changed")},
    {"device-add", N_ ("device let in")},
    {"device-renew", N_ ("device's certificate renewed")},
    {"device-revoke", N_ ("device shut out")},
    {"person-add", N_ ("person added")},
    {"person-change", N_ ("person changed")},
    {"person-key", N_ ("person's signing key recorded")},
    {"person-retire", N_ ("person's key and sign-in ended")},
    {"meeting-change", N_ ("meeting's title, time or sites changed")},
    {"meeting-publish", N_ ("meeting shown to its sites")},
    {"participant-add", N_ ("participant added")},
    {"participant-change", N_ ("participant changed")},
    {"participant-remove", N_ ("participant removed")},
    {"paper-recall", N_ ("paper recalled")},
    {"event-redact", N_ ("event redacted by lawful order")},
    {"sign-in", N_ ("sign-in")},
    {"session-end", N_ ("signed out")},
    {"pin-code", N_ ("code for setting a PIN given out")},
    {"pin-set", N_ ("PIN set")},
    {"device-invite", N_ ("device invited")},
    {"device-approve", N_ ("device's request approved")},
    {"device-refuse", N_ ("device's request turned away")},
    {"device-withdraw", N_ ("invitation withdrawn")},
    {"enrolment", N_ ("device's enrolment")},
    {"access", N_ ("access")},
    {"command", N_ ("command")},
    {"backup", N_ ("backup of the hub made")},
    {"others", N_ ("further refusals of many kinds")},
};

static const Words reasons[] = {
    {"wrong-pin", N_ ("wrong PIN")},
    {"wrong-code", N_ ("wrong code")},
    {"try-later", N_ ("too many wrong tries")},
    {"too-many-requests", N_ ("too many wrong codes")},
    {"code-required", N_ ("no code")},
    {"wrong-nonce", N_ ("no valid challenge")},
    {"wrong-signature", N_ ("wrong signature")},
    {"forbidden", N_ ("not allowed")},
    {"secret", N_ ("state secret")},
    {"bad-signature", N_ ("wrong signature")},
    {"key-not-valid", N_ ("key not valid")},
    {"wrong-time", N_ ("wrong time")},
    {"unknown-device", N_ ("unknown device")},
    {"enrolment-refused", N_ ("turned away by an administrator")},
    {"second-administrator", N_ ("a second administrator must ask for it too")},
};

static const char *
find_words (const Words *table, gsize n, const char *name)
{
  for (gsize i = 0; i < n; i++) {
    if (g_strcmp0 (table[i].name, name) == 0)
      return _ (table[i].words);
  }
  return name;
}

/* While the stream is read. */
typedef struct {
  DinhCtl *ctl;
  const DinhState *body;
  gint64 since;
  json_t *list;
} Listing;

/* The name, and the id for what nobody named. */
static const char *
name_of (const Listing *listing, const char *table, const char *id)
{
  const char *name = dinh_json_get_string (dinh_state_get (listing->body, table, id), "name");

  if (g_strcmp0 (id, dinh_json_get_string (json_object_get (listing->body->json, "body"), "device")) == 0)
    return _ ("the hub");
  return name == NULL ? id : name;
}

static void
add_part (GString *line, const char *label, const char *text)
{
  if (text != NULL)
    g_string_append_printf (line, "; %s %s", label, text);
}

static const char *
name_subject (const Listing *listing, const char *subject)
{
  const char *name = name_of (listing, "persons", subject);

  return name != subject ? name : name_of (listing, "devices", subject);
}

static char *
format_time (gint64 at)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (at / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = g_date_time_to_local (utc);

  return g_date_time_format (local, "%Y-%m-%d %H:%M:%S");
}

static void
say_event (const Listing *listing, const DinhEvent *event)
{
  const json_t *body = event->body;
  const char *person = dinh_json_get_string (body, "person"), *device = dinh_json_get_string (body, "device");
  const char *subject = dinh_json_get_string (body, "subject"),
             *reason = dinh_json_get_string (body, "reason");
  gboolean refused = g_strcmp0 (dinh_json_get_string (body, "outcome"), "refused") == 0;
  g_autofree char *time = format_time (event->at);
  g_autoptr (GString) line = g_string_new (time);

  g_string_append_printf (
      line, "  %s", find_words (actions, G_N_ELEMENTS (actions), dinh_json_get_string (body, "action")));
  if (refused)
    g_string_append_printf (line, " — %s", _ ("REFUSED"));
  if (reason != NULL)
    g_string_append_printf (line, ": %s", find_words (reasons, G_N_ELEMENTS (reasons), reason));
  if (json_object_get (body, "count") != NULL) {
    g_autofree char *count = g_strdup_printf ("%" G_GINT64_FORMAT, dinh_json_get_integer (body, "count"));
    add_part (line, _ ("more times:"), count);
  }
  add_part (line, _ ("what:"), subject == NULL ? NULL : name_subject (listing, subject));
  add_part (line, _ ("person:"), person == NULL ? NULL : name_of (listing, "persons", person));
  add_part (line, _ ("device:"), device == NULL ? NULL : name_of (listing, "devices", device));
  add_part (line, _ ("address:"), dinh_json_get_string (body, "address"));
  add_part (line, _ ("meeting:"), dinh_json_get_string (body, "stream"));
  dinh_ctl_say (listing->ctl, "%s", line->str);
}

static gboolean
take_event (gpointer data, DinhEvent *event, GError **error)
{
  Listing *listing = data;
  g_autofree char *at = NULL;
  json_t *entry;

  if (g_strcmp0 (event->kind, "audit-recorded") != 0 || event->at < listing->since)
    return TRUE;
  at = dinh_time_format (event->at);
  entry = json_copy (event->body);
  json_object_set_new (entry, "seq", json_integer ((json_int_t) event->seq));
  json_object_set_new (entry, "at", json_string (at));
  json_array_append_new (listing->list, entry);
  say_event (listing, event);
  return TRUE;
}

/* RFC 3339, or a day, which begins here. */
static gboolean
parse_since (const char *text, gint64 *since, GError **error)
{
  g_autoptr (GTimeZone) here = g_time_zone_new_local ();
  g_autofree char *midnight = g_strconcat (text, "T00:00:00", NULL);
  g_autoptr (GDateTime) day =
      strlen (text) == strlen ("2026-12-31") ? g_date_time_new_from_iso8601 (midnight, here) : NULL;

  if (day != NULL)
    *since = g_date_time_to_unix (day) * G_USEC_PER_SEC;
  if (day != NULL || dinh_time_parse (text, since))
    return TRUE;
  g_set_error (error, DINH_CTL_ERROR, DINH_CTL_ERROR_USAGE,
               "“%s” is neither a day (2026-12-31) nor a time (2026-12-31T08:00:00+07:00)", text);
  return FALSE;
}

static const char *
find_audit (GPtrArray *streams)
{
  for (guint i = 0; i < streams->len; i++) {
    const DinhListed *listed = g_ptr_array_index (streams, i);

    if (strcmp (listed->kind, "audit") == 0)
      return listed->id;
  }
  return NULL;
}

gboolean
dinh_ctl_audit (DinhCtl *ctl, char **arguments, GError **error)
{
  const char *since = dinh_ctl_get_option (ctl, "since");
  Listing listing = {.ctl = ctl, .list = json_array ()};
  g_autoptr (GPtrArray) streams = NULL;
  g_autoptr (DinhState) body = NULL;
  const char *stream;

  json_object_set_new (ctl->output, "audit", listing.list);
  if (since != NULL && !parse_since (since, &listing.since, error))
    return FALSE;
  if (dinh_identity_get_profile (ctl->identity) != DINH_PROFILE_ADMIN) {
    g_set_error_literal (error, DINH_CTL_ERROR, DINH_CTL_ERROR_REFUSED,
                         "the audit is only for administrators");
    return FALSE;
  }
  streams = dinh_ctl_list_streams (ctl, error);
  body = streams == NULL ? NULL : dinh_ctl_fold (ctl, dinh_identity_get_body (ctl->identity), error);
  if (body == NULL)
    return FALSE;
  listing.body = body;
  stream = find_audit (streams);
  return stream == NULL || dinh_ctl_read_stream (ctl, stream, take_event, &listing, NULL, error);
}
