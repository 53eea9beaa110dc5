/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/ctl/dinh-ctl.h"

#include "data/hash/dinh-hash.h"
#include "data/paper/dinh-paper.h"
#include "data/record/dinh-publication.h"
#include "data/record/dinh-record-error.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * publish FOLDER: check everything, upload the papers that the hub lacks, then send the commands that make the record
 * say what the folder says. Nothing is sent while anything is wrong; what was interrupted is finished by calling again.
 */

#define PIECE (4 * 1024 * 1024)
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

static gboolean
fail_paper (const DinhPublicationPaper *paper, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
fail_paper (const DinhPublicationPaper *paper, GError **error, const char *format, ...)
{
  g_autofree char *fault = NULL;
  va_list args;

  va_start (args, format);
  fault = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, DINH_CTL_ERROR, DINH_CTL_ERROR_FILE, "field “%s.file”: “%s” %s", paper->path, paper->file, fault);
  return FALSE;
}

/* The entry of @folder whose name is @name in NFC: disks that were written elsewhere keep names decomposed. */
static char *
find_entry (const char *folder, const char *name)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL) {
    g_autofree char *normal = g_utf8_normalize (entry, -1, G_NORMALIZE_NFC);

    if (g_strcmp0 (normal, name) == 0)
      return g_build_filename (folder, entry, NULL);
  }
  return g_build_filename (folder, name, NULL);
}

static char *
find_file (const char *folder, const char *file)
{
  g_auto (GStrv) parts = g_strsplit (file, "/", -1);
  char *path = g_strdup (folder);

  for (char **part = parts; *part != NULL; part++) {
    g_autofree char *parent = path;
    path = find_entry (parent, *part);
  }
  return path;
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

static gboolean
check_source (const DinhPublicationPaper *paper, const char *path, Source *source, GError **error)
{
  g_autoptr (GError) fault = NULL;
  struct stat info;
  DinhPaperFacts facts;

  source->fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
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
  if (!hash_source (source, error))
    return fail_paper (paper, error, "changed while it was read");
  return TRUE;
}

static gboolean
check_secrecy (const DinhPublicationPaper *paper, GError **error)
{
  if (paper->secrecy == NULL)
    return TRUE;
  g_set_error (error, DINH_CTL_ERROR, DINH_CTL_ERROR_FILE,
               "field “%s.secrecy”: a paper marked “%s” may not be put on a network; hand it out on paper (paper_only)",
               paper->path, paper->secrecy);
  return FALSE;
}

/* Every paper is judged before the first byte leaves. */
static GPtrArray *
check_papers (const char *folder, DinhPublication *publication, GError **error)
{
  GPtrArray *papers = dinh_publication_get_papers (publication);
  g_autoptr (GPtrArray) sources = g_ptr_array_new_with_free_func ((GDestroyNotify) source_free);

  for (guint i = 0; i < papers->len; i++) {
    const DinhPublicationPaper *paper = g_ptr_array_index (papers, i);
    g_autofree char *path = find_file (folder, paper->file);
    Source *source = g_new0 (Source, 1);

    source->fd = -1;
    g_ptr_array_add (sources, source);
    if (!check_secrecy (paper, error) || !check_source (paper, path, source, error))
      return NULL;
    dinh_publication_set_bytes (publication, paper->id, source->sha256, source->size);
  }
  return g_steal_pointer (&sources);
}

/* Sends a piece, or with @length 0 asks. @next: the byte that the hub wants, the size when it has all. */
static gboolean
send_piece (DinhCtl *ctl, const Source *source, const void *data, gsize length, gint64 first, gint64 *next, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/v1/blobs/%s", source->sha256);
  g_autofree char *range =
    length == 0 ? g_strdup_printf ("bytes */%" G_GINT64_FORMAT, source->size)
                : g_strdup_printf ("bytes %" G_GINT64_FORMAT "-%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT, first,
                                   first + (gint64) length - 1, source->size);
  g_autoptr (GBytes) piece = g_bytes_new (data, length);
  g_autoptr (DinhAnswer) answer = dinh_ctl_ask (
    ctl, &(DinhRequest){ .method = "PUT", .path = path, .piece = piece, .content_range = range, .seconds = 60 }, error);
  const char *offset;

  if (answer == NULL)
    return FALSE;
  offset = soup_message_headers_get_one (answer->headers, "Dinh-Offset");
  *next = source->size;
  return answer->status == 201 || (offset != NULL && g_ascii_string_to_signed (offset, 10, 0, source->size, next, error));
}

static gboolean
upload (DinhCtl *ctl, const DinhPublicationPaper *paper, const Source *source, gint64 *uploaded, GError **error)
{
  g_autofree char *buffer = g_malloc (PIECE);
  gint64 next = 0;
  guint tries = 0;

  if (!send_piece (ctl, source, "", 0, 0, &next, error))
    return FALSE;
  while (next < source->size) {
    gint64 first = next;
    ssize_t got = pread (source->fd, buffer, (gsize) MIN (PIECE, source->size - first), first);

    if (got <= 0)
      return fail_paper (paper, error, "changed while it was sent");
    if (!send_piece (ctl, source, buffer, (gsize) got, first, &next, error))
      return FALSE;
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

/* Sends the steps; counts the events that they became. */
static gboolean
take_steps (DinhCtl *ctl, const char *stream, GPtrArray *steps, gsize *n_events, GError **error)
{
  for (guint i = 0; i < steps->len; i++) {
    const DinhStep *step = g_ptr_array_index (steps, i);
    g_autoptr (DinhJson) answer = dinh_ctl_command (ctl, stream, step->kind, step->body, error);

    if (answer == NULL) {
      const char *id = dinh_json_get_string (step->body, "id");
      g_prefix_error (error, "%s%s", id == NULL ? "" : id, id == NULL ? "" : ": ");
      return FALSE;
    }
    *n_events += json_array_size (json_object_get (answer, "events"));
  }
  return TRUE;
}

static gboolean
record_publication (DinhCtl *ctl, DinhPublication *publication, gsize *n_events, GError **error)
{
  const char *body_id = dinh_identity_get_body (ctl->identity);
  const char *meeting_id = dinh_publication_get_id (publication);
  g_autoptr (DinhState) body = dinh_ctl_fold (ctl, body_id, error);
  g_autoptr (DinhState) meeting = body == NULL ? NULL : dinh_ctl_fold (ctl, meeting_id, error);
  g_autoptr (GPtrArray) sites = NULL;
  g_autoptr (GPtrArray) steps = NULL;

  if (meeting == NULL)
    return FALSE;
  sites = dinh_publication_plan_body (publication, body);
  steps = dinh_publication_plan_meeting (publication, meeting);
  return take_steps (ctl, body_id, sites, n_events, error) && take_steps (ctl, meeting_id, steps, n_events, error);
}

static DinhPublication *
read_folder (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "meeting.json", NULL);
  g_autoptr (DinhJson) document = dinh_json_load (path, error);
  DinhPublication *publication = document == NULL ? NULL : dinh_publication_new (document, error);

  if (document != NULL && publication == NULL)
    g_prefix_error (error, "“%s”: ", path);
  return publication;
}

gboolean
dinh_ctl_publish (DinhCtl *ctl, char **arguments, GError **error)
{
  g_autoptr (DinhPublication) publication = read_folder (arguments[0], error);
  g_autoptr (GPtrArray) sources = publication == NULL ? NULL : check_papers (arguments[0], publication, error);
  gint64 uploaded = 0;
  gsize n_events = 0;

  if (sources == NULL || !upload_all (ctl, publication, sources, &uploaded, error) ||
      !record_publication (ctl, publication, &n_events, error))
    return FALSE;
  json_object_set_new (ctl->output, "meeting", json_string (dinh_publication_get_id (publication)));
  json_object_set_new (ctl->output, "title", json_string (dinh_publication_get_title (publication)));
  json_object_set_new (ctl->output, "papers", json_integer (sources->len));
  json_object_set_new (ctl->output, "uploaded_bytes", json_integer (uploaded));
  json_object_set_new (ctl->output, "events", json_integer ((json_int_t) n_events));
  if (n_events == 0)
    dinh_ctl_say (ctl, "“%s” is published and has not changed.", dinh_publication_get_title (publication));
  else
    dinh_ctl_say (ctl, "“%s” is published: %u papers, %.1f MB sent, %zu events.", dinh_publication_get_title (publication),
                  sources->len, (double) uploaded / 1e6, n_events);
  return TRUE;
}
