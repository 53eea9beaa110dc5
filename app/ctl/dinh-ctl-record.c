/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/ctl/dinh-ctl.h"

#include "data/hash/dinh-checkpoint.h"
#include "data/hash/dinh-merkle.h"
#include "data/paper/dinh-paper.h"
#include "data/record/dinh-audit.h"
#include "data/record/dinh-record-error.h"
#include "data/record/dinh-time.h"
#include "data/store/dinh-sqlite-store.h"
#include "data/store/dinh-writer.h"

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* Records held against what they claim, backups, and drawing a page. */

/* A stream under verification. */
typedef struct _Verification Verification;
struct _Verification {
  DinhState *state;
  const Verification *body; /* NULL while it is the body's own stream */
  GPtrArray *lines;         /* of GBytes: its events, of the body's only */
  DinhState *past;          /* the body after n_body_events of its events */
  guint n_body_events;
  DinhMerkle *tree;
  GPtrArray *expected; /* of DinhDraft: what the last command becomes besides the events that were seen */
  const char *record_key;
  gboolean whole; /* nothing is hidden from who verifies, but what was redacted by order */
  GArray *hidden; /* of guint64: events without a body */
  guint n_signed, n_redacted;
};

static gboolean fail (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
fail (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_propagate_error (error, g_error_new_valist (DINH_CTL_ERROR, DINH_CTL_ERROR_RECORD, format, args));
  va_end (args);
  return FALSE;
}

/* Whether @device is the hub itself, whose key is the record's own. */
static gboolean
is_hub (const DinhState *body, const char *device)
{
  const char *hub = dinh_json_get_string (json_object_get (body->json, "body"), "device");

  return hub == NULL || g_strcmp0 (hub, device) == 0;
}

/* The body as it stands now: it forgets no key. Its own record is judged as it stood then. */
static const DinhState *
body_of (const Verification *verification)
{
  return verification->body == NULL ? verification->state : verification->body->state;
}

/* The key with which a command was signed: the person's, the device's; the hub's is the record's own. */
static DinhKey *
key_of (const Verification *verification, const DinhCommand *command)
{
  const DinhState *body = body_of (verification);
  const char *text = command->by != NULL ? dinh_person_find_key (body, command->by, command->at)
                     : is_hub (body, command->device)
                         ? verification->record_key
                         : dinh_json_get_string (dinh_state_get (body, "devices", command->device), "key");

  return text == NULL ? NULL : dinh_key_new_from_public (text, NULL);
}

/* Whether the device that sent the command was in then. */
static gboolean
was_in (const DinhState *body, const DinhEvent *event)
{
  const json_t *device = dinh_state_get (body, "devices", event->device);
  const char *revoked = dinh_json_get_string (device, "revoked");
  gint64 end = G_MAXINT64;

  if (revoked != NULL)
    dinh_time_parse (revoked, &end);
  return is_hub (body, event->device) ||
         (device != NULL && dinh_device_holds (device, event->command->at) && event->at <= end);
}

/* Somebody signed it, with a key that held then. No device may read whose key a person's is. */
static gboolean
verify_signature (Verification *verification, const DinhEvent *event, GError **error)
{
  const DinhCommand *command = event->command;
  g_autoptr (DinhKey) key = NULL;

  if (command->by != NULL && !verification->whole)
    return TRUE;
  key = key_of (verification, command);
  if (key == NULL || !dinh_command_verify (command, key))
    return fail (error, "event %" G_GUINT64_FORMAT ": not signed by %s “%s”", event->seq,
                 command->by == NULL ? "device" : "person",
                 command->by == NULL ? command->device : command->by);
  if (!was_in (body_of (verification), event))
    return fail (error, "event %" G_GUINT64_FORMAT ": device “%s” was not in then", event->seq,
                 command->device);
  verification->n_signed++;
  return TRUE;
}

/* The body as it stood at @at; the events of a stream are asked for in their order. */
static gboolean
advance_body (Verification *verification, gint64 at, GError **error)
{
  GPtrArray *lines = verification->body->lines;

  for (; verification->n_body_events < lines->len; verification->n_body_events++) {
    GBytes *line = g_ptr_array_index (lines, verification->n_body_events);
    g_autoptr (DinhEvent) event =
        dinh_event_parse (g_bytes_get_data (line, NULL), g_bytes_get_size (line), error);

    if (event == NULL)
      return FALSE;
    if (event->at > at)
      return TRUE;
    if (!dinh_state_apply (verification->past, event, error))
      return FALSE;
  }
  return TRUE;
}

/* Judges the command once more: the rules are pure, so the same must come of it. */
static gboolean
decide_again (Verification *verification, const DinhEvent *event, GError **error)
{
  const DinhState *body;
  const json_t *device;
  DinhActor actor = {event->device, NULL, NULL, event->by};
  DinhSituation situation = {verification->state, NULL, &actor, event->at};

  if (verification->body != NULL && !advance_body (verification, event->at, error))
    return FALSE;
  situation.body = body = verification->body == NULL ? verification->state : verification->past;
  device = dinh_state_get (body, "devices", event->device);
  actor.profile =
      event->by == NULL && is_hub (body, event->device) ? "hub" : dinh_json_get_string (device, "profile");
  actor.site = dinh_json_get_string (device, "site");
  if (actor.profile == NULL)
    return fail (error, "event %" G_GUINT64_FORMAT ": by device “%s”, which was not in then", event->seq,
                 event->device);
  if (dinh_decide (&situation, event->command, verification->expected, error))
    return TRUE;
  g_prefix_error (error, "event %" G_GUINT64_FORMAT ": ", event->seq);
  return FALSE;
}

/* Whether the states are what they were when the hub decided. */
static gboolean
knows_all (const Verification *verification)
{
  return verification->whole && verification->hidden->len == 0 &&
         (verification->body == NULL || verification->body->hidden->len == 0);
}

static gboolean
verify_command (Verification *verification, const DinhEvent *event, GError **error)
{
  DinhDraft *draft;

  if (verification->expected->len > 0)
    return fail (error, "event %" G_GUINT64_FORMAT ": stands where another one should", event->seq);
  if (!verify_signature (verification, event, error))
    return FALSE;
  if (knows_all (verification))
    return decide_again (verification, event, error);
  /* Who does not know all that the hub knew cannot judge; but every rule hands on what was signed. */
  draft = g_new0 (DinhDraft, 1);
  draft->kind = event->kind;
  draft->body = json_incref (event->command->body);
  g_ptr_array_add (verification->expected, draft);
  return TRUE;
}

/* Fails unless @event is the next one that comes of the command before. */
static gboolean
take_expected (Verification *verification, const DinhEvent *event, GError **error)
{
  const DinhDraft *draft =
      verification->expected->len == 0 ? NULL : g_ptr_array_index (verification->expected, 0);

  if (draft == NULL || strcmp (draft->kind, event->kind) != 0 || !json_equal (draft->body, event->body))
    return fail (error, "event %" G_GUINT64_FORMAT ": does not follow from a signed command", event->seq);
  g_ptr_array_remove_index (verification->expected, 0);
  return TRUE;
}

/* One that cannot be read is taken for what was expected. */
static void
pass_redacted (Verification *verification, const DinhEvent *event)
{
  verification->n_redacted++;
  g_array_append_val (verification->hidden, event->seq);
  if (verification->expected->len > 0)
    g_ptr_array_remove_index (verification->expected, 0);
}

/* From an administrator nothing is hidden but what a later event of the stream says was redacted. */
static gboolean
check_hidden (const Verification *verification, GError **error)
{
  for (guint i = 0; verification->whole && i < verification->hidden->len; i++) {
    g_autofree char *seq =
        g_strdup_printf ("%" G_GUINT64_FORMAT, g_array_index (verification->hidden, guint64, i));

    if (dinh_state_get (verification->state, "redacted", seq) == NULL)
      return fail (error, "event %s: is hidden from an administrator", seq);
  }
  return TRUE;
}

static gboolean
verify_whole (Verification *verification, const DinhEvent *event, GError **error)
{
  if (verification->lines != NULL)
    g_ptr_array_add (verification->lines, g_bytes_ref (event->bytes));
  return (event->command == NULL || verify_command (verification, event, error)) &&
         take_expected (verification, event, error);
}

static gboolean
verify_event (gpointer data, DinhEvent *event, GError **error)
{
  Verification *verification = data;

  dinh_merkle_append (verification->tree, &event->leaf);
  if (dinh_event_is_redacted (event))
    pass_redacted (verification, event);
  else if (!verify_whole (verification, event, error))
    return FALSE;
  return dinh_state_apply (verification->state, event, error);
}

/* What a line of a witness file says. */
typedef struct {
  char *place; /* "“FILE”, line N" */
  char *note;
  DinhCheckpoint *checkpoint;
} Testimony;

static void
testimony_free (Testimony *testimony)
{
  g_free (testimony->place);
  g_free (testimony->note);
  g_clear_pointer (&testimony->checkpoint, dinh_checkpoint_free);
  g_free (testimony);
}

static gboolean
read_testimony (const char *line, const DinhKey *key, Testimony *testimony, GError **error)
{
  g_autoptr (DinhJson) json = dinh_json_parse (line, strlen (line), error);

  if (json == NULL)
    return FALSE;
  testimony->note = g_strdup (dinh_json_get_string (json, "checkpoint"));
  if (testimony->note == NULL)
    return fail (error, "no “checkpoint”");
  testimony->checkpoint = dinh_checkpoint_open (testimony->note, key, error);
  return testimony->checkpoint != NULL;
}

/* A witness file holds {"checkpoint": NOTE} a line. */
static gboolean
read_witness (const char *path, const DinhKey *key, GPtrArray *testimonies, GError **error)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, error))
    return FALSE;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    Testimony *testimony;

    if (*lines[i] == '\0')
      continue;
    testimony = g_new0 (Testimony, 1);
    testimony->place = g_strdup_printf ("“%s”, line %u", path, i + 1);
    g_ptr_array_add (testimonies, testimony);
    if (!read_testimony (lines[i], key, testimony, error)) {
      g_prefix_error (error, "%s: ", testimony->place);
      return FALSE;
    }
  }
  return TRUE;
}

static GPtrArray *
read_witnesses (DinhCtl *ctl, GError **error)
{
  GPtrArray *paths = dinh_ctl_get_options (ctl, "witness");
  g_autoptr (GPtrArray) testimonies = g_ptr_array_new_with_free_func ((GDestroyNotify) testimony_free);
  g_autoptr (DinhKey) key = dinh_key_new_from_public (dinh_identity_get_record_key (ctl->identity), error);

  if (key == NULL)
    return NULL;
  for (guint i = 0; paths != NULL && i < paths->len; i++) {
    if (!read_witness (g_ptr_array_index (paths, i), key, testimonies, error))
      return NULL;
  }
  return g_steal_pointer (&testimonies);
}

/* What another device saw must be a prefix of what the hub shows now. */
static gboolean
compare (const Verification *verification, const Testimony *testimony, GError **error)
{
  const DinhCheckpoint *checkpoint = testimony->checkpoint;
  DinhHash root;

  if (checkpoint->size > verification->state->size)
    return fail (error,
                 "%s: the record went back: a witness saw %" G_GUINT64_FORMAT
                 " events, there are %" G_GUINT64_FORMAT,
                 testimony->place, checkpoint->size, verification->state->size);
  dinh_merkle_root (verification->tree, checkpoint->size, &root);
  if (!dinh_hash_equal (&root, &checkpoint->root))
    return fail (error, "%s: the record forked: a witness saw other events up to %" G_GUINT64_FORMAT,
                 testimony->place, checkpoint->size);
  return TRUE;
}

/* Compares what is said of this stream and takes it off the list. */
static gboolean
compare_all (
    DinhCtl *ctl, const Verification *verification, GPtrArray *testimonies, guint *n_compared, GError **error)
{
  g_autofree char *origin =
      g_strdup_printf ("dinh/%s/%s", dinh_identity_get_body (ctl->identity), verification->state->stream);

  for (guint i = testimonies->len; i > 0; i--) {
    const Testimony *testimony = g_ptr_array_index (testimonies, i - 1);

    if (strcmp (testimony->checkpoint->origin, origin) != 0)
      continue;
    if (!compare (verification, testimony, error))
      return FALSE;
    (*n_compared)++;
    g_ptr_array_remove_index_fast (testimonies, i - 1);
  }
  return TRUE;
}

/* A stream that somebody saw is there for ever; only for who may see it. */
static gboolean
check_none_is_gone (DinhCtl *ctl, GPtrArray *testimonies, GError **error)
{
  const Testimony *testimony = testimonies->len == 0 ? NULL : g_ptr_array_index (testimonies, 0);

  if (testimony == NULL || dinh_identity_get_profile (ctl->identity) != DINH_PROFILE_ADMIN)
    return TRUE;
  return fail (error,
               "%s: the record went back: a witness saw %" G_GUINT64_FORMAT
               " events of “%s”, which is not there",
               testimony->place, testimony->checkpoint->size, testimony->checkpoint->origin);
}

static void
verification_clear (Verification *verification)
{
  g_clear_pointer (&verification->state, dinh_state_free);
  g_clear_pointer (&verification->lines, g_ptr_array_unref);
  g_clear_pointer (&verification->past, dinh_state_free);
  g_clear_pointer (&verification->tree, dinh_merkle_free);
  g_clear_pointer (&verification->expected, g_ptr_array_unref);
  g_clear_pointer (&verification->hidden, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Verification, verification_clear)

static Verification
begin (DinhCtl *ctl, const char *stream, const Verification *body)
{
  return (Verification){
      .state = dinh_state_new (stream),
      .body = body,
      .lines = body != NULL ? NULL : g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref),
      .past = body == NULL ? NULL : dinh_state_new (body->state->stream),
      .tree = dinh_merkle_new (),
      .hidden = g_array_new (FALSE, FALSE, sizeof (guint64)),
      .record_key = dinh_identity_get_record_key (ctl->identity),
      .whole = dinh_identity_get_profile (ctl->identity) == DINH_PROFILE_ADMIN,
      .expected = g_ptr_array_new_with_free_func ((GDestroyNotify) dinh_draft_free),
  };
}

static gboolean
verify_stream (DinhCtl *ctl, Verification *verification, GPtrArray *testimonies, GError **error)
{
  const char *stream = verification->state->stream;
  guint n_compared = 0;
  DinhHash root;
  g_autofree char *hex = NULL;

  if (!dinh_ctl_read_stream (ctl, stream, verify_event, verification, NULL, error) ||
      !check_hidden (verification, error) ||
      !compare_all (ctl, verification, testimonies, &n_compared, error)) {
    g_prefix_error (error, "stream “%s”: ", stream);
    return FALSE;
  }
  dinh_merkle_root (verification->tree, verification->state->size, &root);
  hex = dinh_hash_to_hex (&root);
  json_array_append_new (json_object_get (ctl->output, "streams"),
                         json_pack ("{s:s, s:I, s:s, s:i, s:i, s:i}", "id", stream, "events",
                                    (json_int_t) verification->state->size, "root", hex, "signed",
                                    (int) verification->n_signed, "redacted", (int) verification->n_redacted,
                                    "witnessed", (int) n_compared));
  dinh_ctl_say (ctl, "%s\t%" G_GUINT64_FORMAT " events\t%u signed\t%u witnessed\t%.16s…", stream,
                verification->state->size, verification->n_signed, n_compared, hex);
  return TRUE;
}

gboolean
dinh_ctl_record_verify (DinhCtl *ctl, char **arguments, GError **error)
{
  g_autoptr (GPtrArray) testimonies = read_witnesses (ctl, error);
  g_autoptr (GPtrArray) streams = testimonies == NULL ? NULL : dinh_ctl_list_streams (ctl, error);
  const char *body_id = dinh_identity_get_body (ctl->identity);
  g_auto (Verification) body = begin (ctl, body_id, NULL);

  json_object_set_new (ctl->output, "verified", json_false ());
  json_object_set_new (ctl->output, "streams", json_array ());
  if (streams == NULL || !verify_stream (ctl, &body, testimonies, error))
    return FALSE;
  for (guint i = 0; i < streams->len; i++) {
    const DinhListed *listed = g_ptr_array_index (streams, i);
    g_auto (Verification) verification = begin (ctl, listed->id, &body);

    if (strcmp (listed->id, body_id) != 0 && !verify_stream (ctl, &verification, testimonies, error))
      return FALSE;
  }
  if (!check_none_is_gone (ctl, testimonies, error))
    return FALSE;
  json_object_set_new (ctl->output, "verified", json_true ());
  dinh_ctl_say (ctl, "The record holds.");
  return TRUE;
}

gboolean
dinh_ctl_record_witness (DinhCtl *ctl, char **arguments, GError **error)
{
  const char *path = dinh_ctl_get_option (ctl, "out");
  g_autoptr (GPtrArray) streams = NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  if (path == NULL) {
    g_set_error_literal (error, DINH_CTL_ERROR, DINH_CTL_ERROR_USAGE, "record witness needs --out FILE");
    return FALSE;
  }
  streams = dinh_ctl_list_streams (ctl, error);
  if (streams == NULL)
    return FALSE;
  for (guint i = 0; i < streams->len; i++) {
    const DinhListed *listed = g_ptr_array_index (streams, i);
    g_autoptr (DinhJson) line = json_pack ("{s:s}", "checkpoint", listed->note);
    g_autofree char *printed = dinh_json_print (line);

    g_string_append_printf (text, "%s\n", printed);
  }
  json_object_set_new (ctl->output, "out", json_string (path));
  json_object_set_new (ctl->output, "streams", json_integer ((json_int_t) streams->len));
  return g_file_set_contents_full (path, text->str, (gssize) text->len,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0644, error);
}

static gboolean
fail_file (GError **error, const char *what, const char *path)
{
  g_set_error (error, DINH_CTL_ERROR, DINH_CTL_ERROR_FILE, "cannot %s “%s”: %s", what, path,
               g_strerror (errno));
  return FALSE;
}

/* Copies a folder's files but papers that are still on their way in: those come and go, and the record knows
 * none. */
static gboolean
copy_folder (GFile *from, GFile *to, GError **error)
{
  g_autoptr (GFileEnumerator) entries = g_file_enumerate_children (
      from, "standard::name,standard::type", G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL, error);

  if (entries == NULL)
    return FALSE;
  if (g_mkdir_with_parents (g_file_peek_path (to), 0700) != 0)
    return fail_file (error, "make", g_file_peek_path (to));
  for (;;) {
    GFileInfo *info;
    GFile *child;
    g_autoptr (GFile) target = NULL;

    if (!g_file_enumerator_iterate (entries, &info, &child, NULL, error))
      return FALSE;
    if (info == NULL)
      return TRUE;
    if (strcmp (g_file_info_get_name (info), "partial") == 0)
      continue;
    target = g_file_get_child (to, g_file_info_get_name (info));
    if (g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY) {
      if (!copy_folder (child, target, error))
        return FALSE;
    } else if (!g_file_copy (child, target, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, error)) {
      return FALSE;
    }
  }
}

static gboolean
copy_state (const char *state, const char *out, GError **error)
{
  static const char *const parts[] = {"hub.json", "hub.key", "trust", "admin", "papers"};

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++) {
    g_autofree char *source = g_build_filename (state, parts[i], NULL);
    g_autofree char *target = g_build_filename (out, parts[i], NULL);
    g_autoptr (GFile) from = g_file_new_for_path (source);
    g_autoptr (GFile) to = g_file_new_for_path (target);
    gboolean copied = g_file_test (source, G_FILE_TEST_IS_DIR)
                          ? copy_folder (from, to, error)
                          : g_file_copy (from, to, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, error);

    if (!copied)
      return FALSE;
  }
  return TRUE;
}

static gboolean
is_empty_or_missing (const char *folder)
{
  g_autoptr (GDir) names = g_dir_open (folder, 0, NULL);

  return names == NULL ? !g_file_test (folder, G_FILE_TEST_EXISTS) : g_dir_read_name (names) == NULL;
}

/* Everything is on the disk before the copy gets its name: a backup that is there is whole. */
static gboolean
finish_backup (const char *part, const char *out, GError **error)
{
  int fd = open (part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean synced = fd >= 0 && syncfs (fd) == 0;
  g_autofree char *folder = g_path_get_dirname (out);

  if (!synced)
    fail_file (error, "write", part);
  if (fd >= 0)
    close (fd);
  return synced && (g_rename (part, out) == 0 || fail_file (error, "make", out)) &&
         dinh_store_sync_path (folder, error);
}

/* The hub's audit stream hears of it from the database, whether the hub runs or not. It is not in the copy: a
 * hub that is made of it begins as it was. */
static gboolean
note_backup (DinhStore *store, const char *out, GError **error)
{
  g_autofree char *reason = g_strdup_printf ("user %s", g_get_user_name ());

  return dinh_writer_note_audit (
      store, dinh_audit_to_json (&(DinhAudit){.action = "backup", .subject = out, .reason = reason}), error);
}

static gboolean
write_backup (const char *state, const char *database, const char *out, GError **error)
{
  g_autofree char *part = g_strconcat (out, ".part", NULL);
  g_autofree char *copy = g_build_filename (part, "hub.db", NULL);
  g_autoptr (DinhStore) store = NULL;

  /* What a backup that was broken off left there is written over. */
  if (g_mkdir_with_parents (part, 0700) != 0)
    return fail_file (error, "make", part);
  /* The database before the papers: it never names one that the copy lacks, since papers come to the hub
   * first. */
  store = dinh_sqlite_store_open (database, error);
  return store != NULL && dinh_store_backup (store, copy, NULL, error) && copy_state (state, part, error) &&
         note_backup (store, out, error) && finish_backup (part, out, error);
}

gboolean
dinh_ctl_hub_backup (DinhCtl *ctl, char **arguments, GError **error)
{
  const char *state = dinh_ctl_get_option (ctl, "state");
  const char *out_option = dinh_ctl_get_option (ctl, "out");
  g_autofree char *out = out_option == NULL ? NULL : g_canonicalize_filename (out_option, NULL);
  g_autofree char *database = NULL;

  if (state == NULL || out == NULL) {
    g_set_error_literal (error, DINH_CTL_ERROR, DINH_CTL_ERROR_USAGE,
                         "hub backup needs --state DIR and --out DIR");
    return FALSE;
  }
  database = g_build_filename (state, "hub.db", NULL);
  if (!g_file_test (database, G_FILE_TEST_EXISTS)) {
    g_set_error (error, DINH_CTL_ERROR, DINH_CTL_ERROR_FILE, "“%s” holds no hub", state);
    return FALSE;
  }
  if (!is_empty_or_missing (out)) {
    g_set_error (error, DINH_CTL_ERROR, DINH_CTL_ERROR_FILE,
                 "“%s” is not empty; a backup is never written over another", out);
    return FALSE;
  }
  if (!write_backup (state, database, out, error))
    return FALSE;
  json_object_set_new (ctl->output, "out", json_string (out));
  dinh_ctl_say (ctl, "The hub of %s is copied to %s.", state, out);
  return TRUE;
}

gboolean
dinh_ctl_record_redact (DinhCtl *ctl, char **arguments, GError **error)
{
  const char *order = dinh_ctl_get_option (ctl, "order");
  g_autoptr (DinhJson) body = NULL, answer = NULL;
  guint64 seq;

  if (order == NULL || !g_ascii_string_to_unsigned (arguments[1], 10, 1, G_MAXINT64, &seq, NULL)) {
    g_set_error_literal (
        error, DINH_CTL_ERROR, DINH_CTL_ERROR_USAGE,
        "record redact needs the number of an event, and --order with number, date and issuer");
    return FALSE;
  }
  body = json_pack ("{s:I, s:s}", "seq", (json_int_t) seq, "order", order);
  answer = dinh_ctl_command (ctl, arguments[0], "event-redact", body, error);
  if (answer == NULL)
    return FALSE;
  json_object_update (ctl->output, answer);
  if (json_array_size (json_object_get (answer, "events")) == 0)
    dinh_ctl_say (ctl, _ ("Event %s was redacted before."), arguments[1]);
  else
    dinh_ctl_say (
        ctl,
        _ ("Event %s is redacted: its hash stays, its words are gone from the hub and from every kiosk that "
           "hears of it. Backups that were made before still hold them."),
        arguments[1]);
  return TRUE;
}

gboolean
dinh_ctl_paper_render (DinhCtl *ctl, char **arguments, GError **error)
{
  const char *page_text = dinh_ctl_get_option (ctl, "page"), *dpi_text = dinh_ctl_get_option (ctl, "dpi");
  const char *out = dinh_ctl_get_option (ctl, "out");
  guint64 page = 1, dpi = 96;

  if (out == NULL ||
      (page_text != NULL && !g_ascii_string_to_unsigned (page_text, 10, 1, 1000000, &page, NULL)) ||
      (dpi_text != NULL && !g_ascii_string_to_unsigned (dpi_text, 10, 1, 1200, &dpi, NULL))) {
    g_set_error_literal (error, DINH_CTL_ERROR, DINH_CTL_ERROR_USAGE,
                         "paper render needs --out X.png, --page from 1 and --dpi from 1 to 1200");
    return FALSE;
  }
  if (!dinh_paper_render_png (g_getenv ("DINH_HELPER"), arguments[0], (guint) page - 1, (double) dpi, out,
                              error))
    return FALSE;
  json_object_set_new (ctl->output, "out", json_string (out));
  json_object_set_new (ctl->output, "page", json_integer ((json_int_t) page));
  return TRUE;
}
