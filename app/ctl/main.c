/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/ctl/dinh-ctl.h"

#include "app/dinh-locale.h"
#include "data/net/dinh-net-error.h"
#include "data/record/dinh-record-error.h"

#include <stdio.h>
#include <string.h>

/* dinhctl: everything that an administrator or a script does, one verb a call. Options may stand anywhere. */

const DinhVerb dinh_verbs[] = {
    {"publish", 1, "", TRUE, dinh_ctl_publish, "publish FOLDER",
     "publish the meeting of FOLDER/meeting.json, or what has changed in it"},
    {"meeting list", 0, "", TRUE, dinh_ctl_meeting_list, "meeting list", "all meetings"},
    {"meeting show", 1, "", TRUE, dinh_ctl_meeting_show, "meeting show ID",
     "one meeting with agenda and papers"},
    {"meeting cancel", 1, "reason", TRUE, dinh_ctl_meeting_cancel, "meeting cancel ID [--reason TEXT]",
     "call a meeting off"},
    {"site add", 2, "parent", TRUE, dinh_ctl_site_add, "site add KEY NAME [--parent KEY]",
     "add a site to the body"},
    {"site list", 0, "", TRUE, dinh_ctl_site_list, "site list", "all sites"},
    {"device add", 1, "profile site out", TRUE, dinh_ctl_device_add,
     "device add NAME --profile seat|room|display|admin [--site KEY] --out DIR",
     "let a device in and write its identity"},
    {"device invite", 0, "profile site name approved hours", TRUE, dinh_ctl_device_invite,
     "device invite --profile seat|room|display --site KEY [--name NAME] [--approved] [--hours H]",
     "make a one-time code with which a kiosk asks to be let in"},
    {"device invitations", 0, "", TRUE, dinh_ctl_device_invitations, "device invitations",
     "all invitations, and the last codes that opened nothing"},
    {"device pending", 0, "", TRUE, dinh_ctl_device_pending, "device pending",
     "devices that ask to be let in"},
    {"device approve", 1, "name", TRUE, dinh_ctl_device_approve, "device approve ID [--name NAME]",
     "let a device in that asks"},
    {"device refuse", 1, "reason", TRUE, dinh_ctl_device_refuse, "device refuse ID [--reason TEXT]",
     "turn a device away that asks"},
    {"device withdraw", 1, "", TRUE, dinh_ctl_device_withdraw, "device withdraw ID",
     "make an invitation's code worthless"},
    {"device list", 0, "", TRUE, dinh_ctl_device_list, "device list", "all devices"},
    {"device revoke", 1, "reason", TRUE, dinh_ctl_device_revoke, "device revoke ID [--reason TEXT]",
     "shut a device out for good"},
    {"person add", 1, "title agency", TRUE, dinh_ctl_person_add, "person add NAME [--title T] [--agency A]",
     "make a person known"},
    {"person change", 2, "title agency", TRUE, dinh_ctl_person_change,
     "person change ID NAME [--title T] [--agency A]", "give a person another name, title or agency"},
    {"person list", 0, "", TRUE, dinh_ctl_person_list, "person list", "all people"},
    {"person code", 1, "", TRUE, dinh_ctl_person_code, "person code ID",
     "a one-time code with which they set their PIN; to replace a PIN two administrators must ask"},
    {"person retire", 1, "reason", TRUE, dinh_ctl_person_retire, "person retire ID [--reason TEXT]",
     "end a person's key and sign-in for good"},
    {"paper render", 1, "page dpi out", FALSE, dinh_ctl_paper_render,
     "paper render FILE --page N --dpi D --out X.png", "draw a page, the first is 1"},
    {"record verify", 0, "witness*", TRUE, dinh_ctl_record_verify, "record verify [--witness FILE]…",
     "check every stream, and against what others saw of it"},
    {"record witness", 0, "out", TRUE, dinh_ctl_record_witness, "record witness --out FILE",
     "keep the hub's checkpoints, to be held against it later"},
    {"record redact", 2, "order", TRUE, dinh_ctl_record_redact,
     "record redact STREAM SEQ --order \"NUMBER, DATE, ISSUER\"",
     "drop what an event said, by lawful order; its hash stays"},
    {"audit", 0, "since", TRUE, dinh_ctl_audit, "audit [--since TIME]",
     "who was let in or turned away, and who changed what others may do; oldest first"},
    {"hub backup", 0, "state out", FALSE, dinh_ctl_hub_backup, "hub backup --state DIR --out DIR",
     "copy a running hub's database, keys and papers"},
    {NULL},
};

static const char global_options[] = "hub identity";

static char *
describe_usage (void)
{
  GString *text = g_string_new ("usage: dinhctl [--json] [--hub URL] [--identity DIR] VERB …\n\n");

  for (const DinhVerb *verb = dinh_verbs; verb->words != NULL; verb++)
    g_string_append_printf (text, "  %s\n      %s\n", verb->usage, verb->summary);
  g_string_append (
      text,
      "\nOptions may stand anywhere. Without --identity, $DINH_IDENTITY or ~/.config/dinh/identity says who\n"
      "you are; without --hub, the identity says where the hub is. --json prints one object, also when\n"
      "something fails: {\"error\": NAME, \"detail\": TEXT}. The exit status is then 1, or 2 for a wrong "
      "call.\n");
  return g_string_free (text, FALSE);
}

static void
ctl_free (DinhCtl *ctl)
{
  g_ptr_array_unref (ctl->words);
  g_hash_table_unref (ctl->options);
  g_clear_object (&ctl->client);
  g_clear_object (&ctl->clock);
  g_clear_object (&ctl->identity);
  json_decref (ctl->output);
  g_string_free (ctl->text, TRUE);
  g_free (ctl);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhCtl, ctl_free)

static DinhCtl *
ctl_new (void)
{
  DinhCtl *ctl = g_new0 (DinhCtl, 1);

  ctl->words = g_ptr_array_new_with_free_func (g_free);
  ctl->options = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  ctl->output = json_object ();
  ctl->text = g_string_new (NULL);
  return ctl;
}

static gboolean fail_usage (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
fail_usage (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_propagate_error (error, g_error_new_valist (DINH_CTL_ERROR, DINH_CTL_ERROR_USAGE, format, args));
  va_end (args);
  return FALSE;
}

static void
add_option (DinhCtl *ctl, const char *name, const char *value)
{
  GPtrArray *values = g_hash_table_lookup (ctl->options, name);

  if (values == NULL) {
    values = g_ptr_array_new_with_free_func (g_free);
    g_hash_table_insert (ctl->options, g_strdup (name), values);
  }
  g_ptr_array_add (values, g_strdup (value));
}

/* "--name=value", or "--name" and its value in @next. Returns FALSE if there is no value. */
static gboolean
read_option (DinhCtl *ctl, const char *word, const char *next, gboolean *took_next, GError **error)
{
  const char *sign = strchr (word, '=');
  g_autofree char *name =
      sign == NULL ? g_strdup (word + 2) : g_strndup (word + 2, (gsize) (sign - word) - 2);

  *took_next = sign == NULL;
  if (sign == NULL && (next == NULL || g_str_has_prefix (next, "--")))
    return fail_usage (error, "option “%s” needs a value", word);
  add_option (ctl, name, sign == NULL ? next : sign + 1);
  return TRUE;
}

/* Words and options apart; every option but these has a value. */
static gboolean
read_arguments (DinhCtl *ctl, int argc, char **argv, GError **error)
{
  static const char *const flags[] = {"--json", "--help", NULL};
  gboolean only_words = FALSE, took_next;

  /* First of all: how to say what is wrong with the rest. */
  if (g_strv_contains ((const char *const *) argv, "--json"))
    add_option (ctl, "json", "");
  for (int i = 1; i < argc; i++) {
    const char *word = argv[i];

    if (!g_utf8_validate (word, -1, NULL))
      return fail_usage (error, "argument %d is not UTF-8", i);
    if (only_words || !g_str_has_prefix (word, "--"))
      g_ptr_array_add (ctl->words, g_strdup (word));
    else if (strcmp (word, "--") == 0)
      only_words = TRUE;
    else if (strcmp (word, "--approved") == 0)
      add_option (ctl, word + 2, "");
    else if (!g_strv_contains (flags, word)) {
      if (!read_option (ctl, word, argv[i + 1], &took_next, error))
        return FALSE;
      i += took_next;
    }
  }
  return TRUE;
}

/* The row whose words begin the call; @n_words: how many they are. */
static const DinhVerb *
find_verb (DinhCtl *ctl, guint *n_words)
{
  for (const DinhVerb *verb = dinh_verbs; verb->words != NULL; verb++) {
    g_auto (GStrv) words = g_strsplit (verb->words, " ", -1);
    guint n = g_strv_length (words), same = 0;

    while (same < n && same < ctl->words->len &&
           strcmp (words[same], g_ptr_array_index (ctl->words, same)) == 0)
      same++;
    *n_words = n;
    if (same == n)
      return verb;
  }
  return NULL;
}

static gboolean
allows (const char *names, const char *name, guint count)
{
  g_auto (GStrv) list = g_strsplit (names, " ", -1);
  g_autofree char *many = g_strconcat (name, "*", NULL);

  return g_strv_contains ((const char *const *) list, many) ||
         (count == 1 && g_strv_contains ((const char *const *) list, name));
}

static gboolean
check_call (DinhCtl *ctl, const DinhVerb *verb, guint n_words, GError **error)
{
  GHashTableIter iter;
  const char *name;
  GPtrArray *values;

  if ((int) (ctl->words->len - n_words) != verb->n_arguments)
    return fail_usage (error, "usage: dinhctl %s", verb->usage);
  g_hash_table_iter_init (&iter, ctl->options);
  while (g_hash_table_iter_next (&iter, (gpointer *) &name, (gpointer *) &values)) {
    if (strcmp (name, "json") != 0 && !allows (global_options, name, values->len) &&
        !allows (verb->options, name, values->len))
      return fail_usage (error, "option “--%s” does not belong here, or stands twice; usage: dinhctl %s",
                         name, verb->usage);
  }
  return TRUE;
}

static DinhIdentity *
load_identity (DinhCtl *ctl, GError **error)
{
  const char *folder = dinh_ctl_get_option (ctl, "identity");
  g_autofree char *usual = g_build_filename (g_get_user_config_dir (), "dinh", "identity", NULL);

  g_autofree char *file = NULL;

  if (folder == NULL)
    folder = g_getenv ("DINH_IDENTITY");
  if (folder == NULL)
    folder = usual;
  file = g_build_filename (folder, "identity.json", NULL);
  if (g_file_test (file, G_FILE_TEST_EXISTS))
    return dinh_identity_load (folder, error);
  g_set_error (error, DINH_CTL_ERROR, DINH_CTL_ERROR_FILE,
               "“%s” holds no identity; say with --identity DIR or $DINH_IDENTITY who you are", folder);
  return NULL;
}

static gboolean
connect_to_hub (DinhCtl *ctl, GError **error)
{
  const char *hubs[] = {dinh_ctl_get_option (ctl, "hub"), NULL};

  ctl->identity = load_identity (ctl, error);
  if (ctl->identity == NULL || (hubs[0] != NULL && !dinh_identity_set_hubs (ctl->identity, hubs, error)))
    return FALSE;
  ctl->clock = dinh_hub_clock_new (dinh_identity_get_record_key (ctl->identity), error);
  ctl->client = ctl->clock == NULL ? NULL : dinh_hub_client_new (ctl->identity, ctl->clock, error);
  return ctl->client != NULL;
}

static char *
words_of (DinhCtl *ctl)
{
  GString *words = g_string_new (NULL);

  for (guint i = 0; i < ctl->words->len; i++)
    g_string_append_printf (words, "%s%s", i == 0 ? "" : " ", (char *) g_ptr_array_index (ctl->words, i));
  return g_string_free (words, FALSE);
}

static gboolean
run (DinhCtl *ctl, int argc, char **argv, GError **error)
{
  const DinhVerb *verb;
  guint n_words;

  if (!read_arguments (ctl, argc, argv, error))
    return FALSE;
  verb = find_verb (ctl, &n_words);
  if (verb == NULL) {
    g_autofree char *words = words_of (ctl);
    return fail_usage (error, "%s%s%s; dinhctl --help lists the verbs",
                       *words == '\0' ? "no verb" : "no verb “", words, *words == '\0' ? "" : "”");
  }
  if (!check_call (ctl, verb, n_words, error) || (verb->needs_hub && !connect_to_hub (ctl, error)))
    return FALSE;
  g_ptr_array_add (ctl->words, NULL);
  return verb->run (ctl, (char **) ctl->words->pdata + n_words, error);
}

/* The stable name of what went wrong, for programs. */
static const char *
name_of (const GError *error)
{
  static const char *const names[] = {"usage", "wrong-file", "refused", "record-broken", "secret"};

  if (error->domain == DINH_CTL_ERROR)
    return names[error->code];
  if (error->domain == G_FILE_ERROR)
    return names[DINH_CTL_ERROR_FILE];
  if (error->domain == DINH_RECORD_ERROR)
    return dinh_record_error_get_name (error->code);
  /* Whether nginx says so or nobody says anything. */
  if (g_error_matches (error, DINH_NET_ERROR, DINH_NET_ERROR_UNREACHABLE))
    return "hub-unreachable";
  if (error->domain == DINH_NET_ERROR && dinh_net_error_get_problem (error) != NULL)
    return dinh_net_error_get_problem (error);
  return error->domain == DINH_NET_ERROR ? "hub-unreachable" : "failed";
}

static void
report_failure (DinhCtl *ctl, const GError *error)
{
  dinh_ctl_show_progress (NULL);
  if (g_hash_table_contains (ctl->options, "json")) {
    g_autofree char *detail = g_utf8_make_valid (error->message, -1);
    g_autofree char *text = NULL;

    json_object_set_new (ctl->output, "error", json_string (name_of (error)));
    json_object_set_new (ctl->output, "detail", json_string (detail));
    text = dinh_json_print (ctl->output);
    g_print ("%s\n", text);
  } else {
    fputs (ctl->text->str, stdout);
  }
  g_printerr ("dinhctl: %s\n", error->message);
}

int
main (int argc, char **argv)
{
  g_autoptr (DinhCtl) ctl = ctl_new ();
  g_autoptr (GError) error = NULL;

  dinh_locale_init ();
  if (g_strv_contains ((const char *const *) argv, "--help")) {
    g_autofree char *usage = describe_usage ();
    fputs (usage, stdout);
    return 0;
  }
  if (!run (ctl, argc, argv, &error)) {
    report_failure (ctl, error);
    return g_error_matches (error, DINH_CTL_ERROR, DINH_CTL_ERROR_USAGE) ? 2 : 1;
  }
  if (g_hash_table_contains (ctl->options, "json")) {
    g_autofree char *text = dinh_json_print (ctl->output);
    g_print ("%s\n", text);
  } else {
    fputs (ctl->text->str, stdout);
  }
  return 0;
}
