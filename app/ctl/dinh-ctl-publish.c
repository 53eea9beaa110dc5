/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/ctl/dinh-ctl.h"

#include "data/hash/dinh-hash.h"
#include "data/net/dinh-net-error.h"
#include "data/paper/dinh-paper.h"
#include "data/record/dinh-publication.h"
#include "data/record/dinh-record-error.h"
#include "data/record/dinh-secrecy.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * publish FOLDER: check everything, judge the commands that make the record say what the folder says as the
 * hub will judge them, upload the papers that the hub lacks, then send the commands. Nothing is sent while
 * anything is wrong; what was interrupted is finished by calling again.
 */

/* Fits into its time at 70 kbit/s. */
#define PIECE (1024 * 1024)
#define PIECE_SECONDS 120
#define MAX_PAPER (G_GINT64_CONSTANT (1) << 30)

/* A paper's file, open from its check to its upload so that both see the same bytes. */
typedef struct {
  char *sha256;
  gint64 size;
  int fd;
} Source;

static void
source_free (Source *source)
{
  if (source->fd >= 0)
    close (source->fd);
  g_free (source->sha256);
  g_free (source);
}

static gboolean fail_paper (const DinhPublicationPaper *paper, GError **error, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static gboolean
fail_paper (const DinhPublicationPaper *paper, GError **error, const char *format, ...)
{
  g_autofree char *fault = NULL;
  va_list args;

  va_start (args, format);
  fault = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, DINH_CTL_ERROR, DINH_CTL_ERROR_FILE, "field “%s.file”: “%s” %s", paper->path,
               paper->file, fault);
  return FALSE;
}

/* The grade that meeting.json gives the paper. */
static gboolean
check_grade (const DinhPublicationPaper *paper, GError **error)
{
  if (paper->secrecy == NULL)
    return TRUE;
  g_set_error (error, DINH_CTL_ERROR, DINH_CTL_ERROR_SECRET, "field “%s.secrecy”: “%s” is marked “%s” (%s)",
               paper->path, paper->file, paper->secrecy, dinh_secrecy_get_words (paper->secrecy));
  return FALSE;
}

/* The grade that the paper gives itself. */
static gboolean
check_stamp (const DinhPublicationPaper *paper, const char *first_page, GError **error)
{
  g_autofree char *found = NULL;
  const char *grade = dinh_secrecy_find_stamp (first_page, &found);

  if (grade == NULL)
    return TRUE;
  g_set_error (error, DINH_CTL_ERROR, DINH_CTL_ERROR_SECRET,
               "field “%s.file”: the first page of “%s” is stamped “%s” (%s)", paper->path, paper->file,
               found, dinh_secrecy_get_words (grade));
  return FALSE;
}

/* The entry of @folder whose name is @name in NFC: disks that were written elsewhere keep names decomposed.
 */
static char *
find_entry (const char *folder, const char *name)
{
  g_autofree char *exact = g_build_filename (folder, name, NULL);
  g_autoptr (GDir) dir = g_file_test (exact, G_FILE_TEST_EXISTS) ? NULL : g_dir_open (folder, 0, NULL);
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL) {
    g_autofree char *normal = g_utf8_normalize (entry, -1, G_NORMALIZE_NFC);

    if (g_strcmp0 (normal, name) == 0)
      return g_build_filename (folder, entry, NULL);
  }
  return g_steal_pointer (&exact);
}

/* Symbolic links could lead out of the folder, which may have come from anywhere. */
static char *
find_file (const char *folder, const DinhPublicationPaper *paper, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (paper->file, "/", -1);
  g_autofree char *path = g_strdup (folder);

  for (char **part = parts; *part != NULL; part++) {
    g_autofree char *parent = g_steal_pointer (&path);

    path = find_entry (parent, *part);
    if (g_file_test (path, G_FILE_TEST_IS_SYMLINK)) {
      fail_paper (paper, error, "is or lies behind a symbolic link");
      return NULL;
    }
  }
  return g_steal_pointer (&path);
}

static gboolean
hash_source (Source *source, GError **error)
{
  g_autofree char *buffer = g_malloc (1 << 18);
  g_autoptr (DinhHasher) hasher = dinh_hasher_new ();
  gint64 offset = 0;
  ssize_t got;
  DinhHash hash;

  while ((got = pread (source->fd, buffer, 1 << 18, offset)) > 0) {
    dinh_hasher_update (hasher, buffer, (gsize) got);
    offset += got;
  }
  dinh_hasher_finish (hasher, &hash);
  source->sha256 = dinh_hash_to_hex (&hash);
  return got == 0 && offset == source->size;
}

/* The file that was open all the time is still what the path names, and nobody wrote to it. */
static gboolean
is_unchanged (const Source *source, const char *path, const struct stat *before)
{
  struct stat now[2];

  if (fstat (source->fd, &now[0]) != 0 || lstat (path, &now[1]) != 0)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (now); i++) {
    if (now[i].st_dev != before->st_dev || now[i].st_ino != before->st_ino ||
        now[i].st_size != before->st_size || now[i].st_mtim.tv_sec != before->st_mtim.tv_sec ||
        now[i].st_mtim.tv_nsec != before->st_mtim.tv_nsec)
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_source (const DinhPublicationPaper *paper, const char *path, Source *source, GError **error)
{
  g_autoptr (GError) fault = NULL;
  struct stat info;
  g_auto (DinhPaperFacts) facts = {0};

  /* Not to wait for the other end of a pipe. */
  source->fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (source->fd < 0)
    return fail_paper (paper, error, "cannot be read: %s", g_strerror (errno));
  if (fstat (source->fd, &info) != 0 || !S_ISREG (info.st_mode))
    return fail_paper (paper, error, "is not a file");
  if (info.st_size == 0)
    return fail_paper (paper, error, "is empty");
  if (info.st_size > MAX_PAPER)
    return fail_paper (paper, error, "has %.1f GB, 1 GB is allowed", (double) info.st_size / 1e9);
  source->size = info.st_size;
  if (!dinh_paper_inspect (g_getenv ("DINH_HELPER"), path, &facts, NULL, &fault))
    return fail_paper (paper, error, "%s", fault->message);
  if (!hash_source (source, error) || !is_unchanged (source, path, &info))
    return fail_paper (paper, error, "changed while it was read");
  return check_stamp (paper, facts.first_page, error);
}

static gboolean
check_paper (const char *folder, const DinhPublicationPaper *paper, Source *source, GError **error)
{
  g_autofree char *path = check_grade (paper, error) ? find_file (folder, paper, error) : NULL;

  return path != NULL && check_source (paper, path, source, error);
}

/* Takes down why @paper is refused, so that all that is wrong is seen at once. */
static void
note_refusal (DinhCtl *ctl, const DinhPublicationPaper *paper, const GError *fault)
{
  json_t *refused = json_object_get (ctl->output, "refused");
  gboolean secret = g_error_matches (fault, DINH_CTL_ERROR, DINH_CTL_ERROR_SECRET);
  g_autofree char *detail = g_utf8_make_valid (fault->message, -1);
  g_autofree char *field = g_strconcat (paper->path, paper->secrecy != NULL ? ".secrecy" : ".file", NULL);

  if (refused == NULL) {
    refused = json_array ();
    json_object_set_new (ctl->output, "refused", refused);
  }
  json_array_append_new (refused, json_pack ("{s:s, s:s, s:s, s:b, s:s}", "paper", paper->id, "field", field,
                                             "file", paper->file, "secret", secret, "detail", detail));
}

/* One error of all that was noted. */
static gboolean
report_refusals (DinhCtl *ctl, GError **error)
{
  json_t *refused = json_object_get (ctl->output, "refused"), *entry;
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean secret = FALSE;
  gsize index;

  if (refused == NULL)
    return TRUE;
  if (json_array_size (refused) > 1)
    g_string_append_printf (text, "%zu papers cannot be published:\n", json_array_size (refused));
  json_array_foreach (refused, index, entry)
  {
    g_string_append_printf (text, "%s%s", index == 0 ? "" : "\n", dinh_json_get_string (entry, "detail"));
    secret = secret || json_is_true (json_object_get (entry, "secret"));
  }
  if (secret)
    g_string_append (text,
                     "\nState secrets may not be put on a network: leave them out of “papers”, mark their "
                     "item “paper_only”, and hand them out on paper.");
  g_set_error_literal (error, DINH_CTL_ERROR, secret ? DINH_CTL_ERROR_SECRET : DINH_CTL_ERROR_FILE,
                       text->str);
  return FALSE;
}

/* Every paper is judged before the first byte leaves. */
static GPtrArray *
check_papers (DinhCtl *ctl, const char *folder, DinhPublication *publication, GError **error)
{
  GPtrArray *papers = dinh_publication_get_papers (publication);
  g_autoptr (GPtrArray) sources = g_ptr_array_new_with_free_func ((GDestroyNotify) source_free);

  for (guint i = 0; i < papers->len; i++) {
    const DinhPublicationPaper *paper = g_ptr_array_index (papers, i);
    g_autoptr (GError) fault = NULL;
    Source *source = g_new0 (Source, 1);

    source->fd = -1;
    g_ptr_array_add (sources, source);
    dinh_ctl_show_progress ("checking paper %u of %u", i + 1, papers->len);
    if (check_paper (folder, paper, source, &fault))
      dinh_publication_set_bytes (publication, paper->id, source->sha256, source->size);
    else
      note_refusal (ctl, paper, fault);
  }
  return report_refusals (ctl, error) ? g_steal_pointer (&sources) : NULL;
}

/* Sends a piece, or with @length 0 asks. @next: the byte that the hub wants, the size when it has all. */
static gboolean
send_piece (DinhCtl *ctl,
            const Source *source,
            const void *data,
            gsize length,
            gint64 first,
            gint64 *next,
            GError **error)
{
  g_autofree char *path = g_strdup_printf ("/v1/blobs/%s", source->sha256);
  g_autofree char *range =
      length == 0 ? g_strdup_printf ("bytes */%" G_GINT64_FORMAT, source->size)
                  : g_strdup_printf ("bytes %" G_GINT64_FORMAT "-%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT,
                                     first, first + (gint64) length - 1, source->size);
  g_autoptr (GBytes) piece = g_bytes_new (data, length);
  g_autoptr (DinhAnswer) answer = dinh_ctl_ask (
      ctl,
      &(DinhRequest){
          .method = "PUT", .path = path, .piece = piece, .content_range = range, .seconds = PIECE_SECONDS},
      error);
  const char *offset;

  if (answer == NULL)
    return FALSE;
  offset = soup_message_headers_get_one (answer->headers, "Dinh-Offset");
  *next = source->size;
  /* Only 201 says that the paper is complete: without it some byte is still wanted. */
  return answer->status == 201 ||
         g_ascii_string_to_signed (offset == NULL ? "" : offset, 10, 0, source->size - 1, next, error);
}

static gboolean
upload (
    DinhCtl *ctl, const DinhPublicationPaper *paper, const Source *source, gint64 *uploaded, GError **error)
{
  g_autofree char *buffer = g_malloc (PIECE);
  gint64 next = 0;
  guint tries = 0;

  if (!send_piece (ctl, source, "", 0, 0, &next, error))
    return FALSE;
  while (next < source->size) {
    g_autoptr (GError) fault = NULL;
    gint64 first = next;
    ssize_t got = pread (source->fd, buffer, (gsize) MIN (PIECE, source->size - first), first);

    if (got <= 0)
      return fail_paper (paper, error, "changed while it was sent");
    dinh_ctl_show_progress ("sending “%s”: %.1f of %.1f MB", paper->file, (double) first / 1e6,
                            (double) source->size / 1e6);
    if (!send_piece (ctl, source, buffer, (gsize) got, first, &next, &fault)) {
      if (g_strcmp0 (dinh_net_error_get_problem (fault), "hash-mismatch") == 0)
        return fail_paper (paper, error, "changed while it was sent");
      g_propagate_error (error, g_steal_pointer (&fault));
      return FALSE;
    }
    *uploaded += next > first ? next - first : 0;
    if (next <= first && ++tries > 3)
      return fail_paper (paper, error, "is not taken by the hub");
  }
  return TRUE;
}

static gboolean
upload_all (DinhCtl *ctl, DinhPublication *publication, GPtrArray *sources, gint64 *uploaded, GError **error)
{
  GPtrArray *papers = dinh_publication_get_papers (publication);

  for (guint i = 0; i < papers->len; i++) {
    const DinhPublicationPaper *paper = g_ptr_array_index (papers, i);

    if (!upload (ctl, paper, g_ptr_array_index (sources, i), uploaded, error)) {
      g_prefix_error (error, "paper “%s”: ", paper->id);
      return FALSE;
    }
  }
  return TRUE;
}

static void
prefix_step (const DinhCommand *command, GError **error)
{
  const char *id = dinh_json_get_string (command->body, "id");

  if (id != NULL)
    g_prefix_error (error, "“%s”: ", id);
}

/* Judges @command as the hub will and moves @state on. @n_events: how many events it becomes. */
static gboolean
rehearse (DinhCtl *ctl,
          const DinhCommand *command,
          DinhState *state,
          const DinhState *body,
          guint *n_events,
          GError **error)
{
  DinhActor actor = {dinh_identity_get_device (ctl->identity),
                     dinh_json_get_string (dinh_state_get (body, "devices", command->device), "profile"),
                     dinh_identity_get_site (ctl->identity)};
  DinhSituation situation = {state, body, &actor, command->at};
  g_autoptr (GPtrArray) drafts = g_ptr_array_new_with_free_func ((GDestroyNotify) dinh_draft_free);

  if (actor.profile == NULL) {
    g_set_error (error, DINH_CTL_ERROR, DINH_CTL_ERROR_REFUSED, "the hub knows no device “%s”",
                 command->device);
    return FALSE;
  }
  if (!dinh_decide (&situation, command, drafts, error))
    return FALSE;
  *n_events = drafts->len;
  for (guint i = 0; i < drafts->len; i++) {
    const DinhDraft *draft = g_ptr_array_index (drafts, i);
    g_autoptr (DinhEvent) event = dinh_event_new (command->stream, state->size + 1, draft->kind, command->at,
                                                  draft->body, command, i == 0);

    if (!dinh_state_apply (state, event, error))
      return FALSE;
  }
  return TRUE;
}

/* Adds the commands that @steps need to @commands; those that would change nothing are left out. */
static gboolean
plan_commands (DinhCtl *ctl,
               DinhState *state,
               const DinhState *body,
               GPtrArray *steps,
               GPtrArray *commands,
               GError **error)
{
  gint64 now;

  if (!dinh_ctl_get_time (ctl, &now, error))
    return FALSE;
  for (guint i = 0; i < steps->len; i++) {
    const DinhStep *step = g_ptr_array_index (steps, i);
    g_autoptr (DinhCommand) command =
        dinh_command_new (step->kind, state->stream, dinh_identity_get_device (ctl->identity), now,
                          step->body, dinh_identity_get_signing_key (ctl->identity));
    guint n_events = 0;

    if (!rehearse (ctl, command, state, body, &n_events, error)) {
      prefix_step (command, error);
      return FALSE;
    }
    if (n_events > 0)
      g_ptr_array_add (commands, g_steal_pointer (&command));
  }
  return TRUE;
}

/* All that has to be said to the hub, in order, or what it would not take. */
static GPtrArray *
plan (DinhCtl *ctl, DinhPublication *publication, GError **error)
{
  g_autoptr (GPtrArray) commands = g_ptr_array_new_with_free_func ((GDestroyNotify) dinh_command_unref);
  g_autoptr (DinhState) body = dinh_ctl_fold (ctl, dinh_identity_get_body (ctl->identity), error);
  g_autoptr (DinhState) meeting =
      body == NULL ? NULL : dinh_ctl_fold (ctl, dinh_publication_get_id (publication), error);
  g_autoptr (GPtrArray) sites = NULL;
  g_autoptr (GPtrArray) steps = NULL;

  if (meeting == NULL)
    return NULL;
  sites = dinh_publication_plan_body (publication, body);
  steps = dinh_publication_plan_meeting (publication, meeting);
  return plan_commands (ctl, body, body, sites, commands, error) &&
                 plan_commands (ctl, meeting, body, steps, commands, error)
             ? g_steal_pointer (&commands)
             : NULL;
}

/* Sends the commands; counts the events that they became. */
static gboolean
send_all (DinhCtl *ctl, GPtrArray *commands, gsize *n_events, GError **error)
{
  for (guint i = 0; i < commands->len; i++) {
    const DinhCommand *command = g_ptr_array_index (commands, i);
    g_autoptr (DinhJson) answer = NULL;

    dinh_ctl_show_progress ("recording %u of %u", i + 1, commands->len);
    answer = dinh_ctl_send (ctl, command, error);
    if (answer == NULL) {
      prefix_step (command, error);
      return FALSE;
    }
    *n_events += json_array_size (json_object_get (answer, "events"));
  }
  return TRUE;
}

static DinhPublication *
read_folder (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "meeting.json", NULL);
  /* A pipe would be waited for. */
  gboolean waits = g_file_test (path, G_FILE_TEST_EXISTS) && !g_file_test (path, G_FILE_TEST_IS_REGULAR);
  g_autoptr (DinhJson) document = waits ? NULL : dinh_json_load (path, error);
  DinhPublication *publication = document == NULL ? NULL : dinh_publication_new (document, error);

  if (waits)
    g_set_error (error, DINH_CTL_ERROR, DINH_CTL_ERROR_FILE, "“%s” is not a file", path);
  if (document != NULL && publication == NULL)
    g_prefix_error (error, "“%s”: ", path);
  return publication;
}

gboolean
dinh_ctl_publish (DinhCtl *ctl, char **arguments, GError **error)
{
  g_autoptr (DinhPublication) publication = read_folder (arguments[0], error);
  g_autoptr (GPtrArray) sources =
      publication == NULL ? NULL : check_papers (ctl, arguments[0], publication, error);
  g_autoptr (GPtrArray) commands = sources == NULL ? NULL : plan (ctl, publication, error);
  gint64 uploaded = 0;
  gsize n_events = 0;

  if (publication != NULL && commands == NULL && (error == NULL || (*error)->domain != DINH_NET_ERROR))
    g_prefix_error (error, "“%s/meeting.json”: ", arguments[0]);
  if (commands == NULL || !upload_all (ctl, publication, sources, &uploaded, error) ||
      !send_all (ctl, commands, &n_events, error)) {
    if (uploaded > 0)
      g_prefix_error (error, "not finished, publish again to go on: ");
    return FALSE;
  }
  dinh_ctl_show_progress (NULL);
  json_object_set_new (ctl->output, "meeting", json_string (dinh_publication_get_id (publication)));
  json_object_set_new (ctl->output, "title", json_string (dinh_publication_get_title (publication)));
  json_object_set_new (ctl->output, "papers", json_integer (sources->len));
  json_object_set_new (ctl->output, "uploaded_bytes", json_integer (uploaded));
  json_object_set_new (ctl->output, "events", json_integer ((json_int_t) n_events));
  if (n_events == 0)
    dinh_ctl_say (ctl, "“%s” is published and has not changed.", dinh_publication_get_title (publication));
  else
    dinh_ctl_say (ctl, "“%s” is published: %u papers, %.1f MB sent, %zu events.",
                  dinh_publication_get_title (publication), sources->len, (double) uploaded / 1e6, n_events);
  return TRUE;
}
