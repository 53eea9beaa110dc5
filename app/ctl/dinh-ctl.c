/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/ctl/dinh-ctl.h"

#include "data/hash/dinh-checkpoint.h"
#include "data/hash/dinh-merkle.h"
#include "data/net/dinh-net-error.h"
#include "data/record/dinh-lines.h"
#include "data/record/dinh-record-error.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What the verbs share: asking the hub and waiting, signing commands, reading streams whole and checked. */

G_DEFINE_QUARK (dinh - ctl - error - quark, dinh_ctl_error)

/**
 * dinh_ctl_get_option:
 *
 * Returns: (transfer none) (nullable): the value of --NAME.
 */
const char *
dinh_ctl_get_option (DinhCtl *ctl, const char *name)
{
  GPtrArray *values = g_hash_table_lookup (ctl->options, name);

  return values == NULL ? NULL : g_ptr_array_index (values, 0);
}

/**
 * dinh_ctl_get_options:
 *
 * Returns: (transfer none) (nullable): all values of --NAME.
 */
GPtrArray *
dinh_ctl_get_options (DinhCtl *ctl, const char *name)
{
  return g_hash_table_lookup (ctl->options, name);
}

/**
 * dinh_ctl_say:
 *
 * Adds a line to what is printed without --json.
 */
void
dinh_ctl_say (DinhCtl *ctl, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_string_append_vprintf (ctl->text, format, args);
  va_end (args);
  g_string_append_c (ctl->text, '\n');
}

/**
 * dinh_ctl_show_progress:
 * @format: (nullable): a line that replaces the one before; %NULL takes it away
 *
 * Tells whoever sits at a terminal how far a long work is.
 */
void
dinh_ctl_show_progress (const char *format, ...)
{
  va_list args;

  if (!isatty (STDERR_FILENO))
    return;
  fputs ("\r\033[K", stderr);
  va_start (args, format);
  if (format != NULL)
    vfprintf (stderr, format, args);
  va_end (args);
  fflush (stderr);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/**
 * dinh_ctl_ask:
 *
 * Asks the hub and waits. Returns: (transfer full): the answer, or %NULL with a #DinhNetError.
 */
DinhAnswer *
dinh_ctl_ask (DinhCtl *ctl, const DinhRequest *request, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) fault = NULL;
  DinhAnswer *answer;

  dinh_hub_client_send_async (ctl->client, request, NULL, on_answered, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  answer = dinh_hub_client_send_finish (ctl->client, result, &fault);
  if (g_error_matches (fault, DINH_NET_ERROR, DINH_NET_ERROR_UNREACHABLE)) {
    g_autofree char *hubs = g_strjoinv (", ", (char **) dinh_identity_get_hubs (ctl->identity));
    g_prefix_error (&fault, "the hub at %s does not answer: ", hubs);
  }
  if (fault != NULL)
    g_propagate_error (error, g_steal_pointer (&fault));
  return answer;
}

static json_t *
parse_answer (const DinhAnswer *answer, GError **error)
{
  gsize length;
  const char *text = g_bytes_get_data (answer->body, &length);

  return dinh_json_parse (text == NULL ? "" : text, length, error);
}

/**
 * dinh_ctl_list_streams:
 *
 * Returns: (transfer full) (element-type DinhListed): what the hub lists, or %NULL with a #DinhNetError.
 */
GPtrArray *
dinh_ctl_list_streams (DinhCtl *ctl, GError **error)
{
  g_autoptr (DinhAnswer) answer =
      dinh_ctl_ask (ctl, &(DinhRequest){.path = "/v1/streams", .limit = DINH_STREAM_LIST_LIMIT}, error);

  return answer == NULL ? NULL : dinh_stream_list_parse (answer->body, error);
}

/**
 * dinh_ctl_get_time:
 * @now: (out): hub time, µs
 *
 * Asks the hub what time it is, the first time: this machine's clock may be wrong. Returns: %FALSE with a
 * #DinhNetError.
 */
gboolean
dinh_ctl_get_time (DinhCtl *ctl, gint64 *now, GError **error)
{
  if (!dinh_hub_clock_is_known (ctl->clock)) {
    g_autofree char *nonce = dinh_hub_clock_make_nonce ();
    g_autofree char *path = g_strconcat ("/v1/time?nonce=", nonce, NULL);
    gint64 asked = g_get_monotonic_time ();
    g_autoptr (DinhAnswer) answer = dinh_ctl_ask (ctl, &(DinhRequest){.path = path}, error);

    if (answer == NULL || !dinh_hub_clock_take (ctl->clock, nonce, asked, answer->body, error))
      return FALSE;
  }
  *now = dinh_hub_clock_now (ctl->clock);
  return TRUE;
}

/**
 * dinh_ctl_send:
 *
 * Sends a signed command. Returns: (transfer full): the hub's durable answer, or %NULL with a #DinhNetError.
 */
json_t *
dinh_ctl_send (DinhCtl *ctl, const DinhCommand *command, GError **error)
{
  g_autofree char *text = dinh_command_print (command);
  g_autoptr (DinhAnswer) answer =
      dinh_ctl_ask (ctl, &(DinhRequest){.method = "POST", .path = "/v1/commands", .body = text}, error);

  if (answer == NULL)
    g_prefix_error (error, "%s: ", command->kind);
  return answer == NULL ? NULL : parse_answer (answer, error);
}

/**
 * dinh_ctl_command:
 * @body: (transfer none): fields of @kind
 *
 * Signs and sends a command. Returns: (transfer full): the hub's durable answer, or %NULL with a
 * #DinhNetError.
 */
json_t *
dinh_ctl_command (DinhCtl *ctl, const char *stream, const char *kind, json_t *body, GError **error)
{
  g_autoptr (DinhCommand) command = NULL;
  gint64 now;

  if (!dinh_ctl_get_time (ctl, &now, error))
    return NULL;
  command = dinh_command_new (kind, stream, dinh_identity_get_device (ctl->identity), now, body,
                              dinh_identity_get_signing_key (ctl->identity));
  return dinh_ctl_send (ctl, command, error);
}

/* A stream while it is read. */
typedef struct {
  DinhMerkle *tree;
  DinhCtlTake take;
  gpointer data;
} Reading;

static gboolean
take_line (Reading *reading, const char *line, gsize length, GError **error)
{
  g_autoptr (DinhEvent) event = dinh_event_parse (line, length, error);

  if (event == NULL)
    return FALSE;
  if (event->seq != dinh_merkle_get_size (reading->tree) + 1) {
    g_set_error (error, DINH_CTL_ERROR, DINH_CTL_ERROR_RECORD,
                 "event %" G_GUINT64_FORMAT " stands where %" G_GUINT64_FORMAT " should", event->seq,
                 dinh_merkle_get_size (reading->tree) + 1);
    return FALSE;
  }
  dinh_merkle_append (reading->tree, &event->leaf);
  return reading->take (reading->data, event, error);
}

static gboolean
take_lines (Reading *reading, GBytes *body, GError **error)
{
  DinhLines lines = dinh_lines_of (body);

  while (dinh_lines_next (&lines)) {
    if (!take_line (reading, lines.line, lines.length, error))
      return FALSE;
  }
  return TRUE;
}

/* The checkpoint is the hub's, of this stream, and of just these leaves. */
static gboolean
check_root (DinhCtl *ctl, const char *stream, const Reading *reading, const char *note, GError **error)
{
  g_autoptr (DinhKey) key = dinh_key_new_from_public (dinh_identity_get_record_key (ctl->identity), error);
  g_autoptr (DinhCheckpoint) checkpoint = key == NULL ? NULL : dinh_checkpoint_open (note, key, error);
  g_autofree char *origin = g_strdup_printf ("dinh/%s/%s", dinh_identity_get_body (ctl->identity), stream);
  DinhHash root;

  if (checkpoint == NULL)
    return FALSE;
  if (strcmp (checkpoint->origin, origin) != 0 ||
      !dinh_merkle_root (reading->tree, checkpoint->size, &root) ||
      checkpoint->size != dinh_merkle_get_size (reading->tree) ||
      !dinh_hash_equal (&root, &checkpoint->root)) {
    g_set_error (error, DINH_CTL_ERROR, DINH_CTL_ERROR_RECORD,
                 "stream “%s”: the events do not add up to the hub's checkpoint", stream);
    return FALSE;
  }
  return TRUE;
}

static DinhAnswer *
ask_page (DinhCtl *ctl, const char *stream, guint64 after, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/v1/streams/%s/events?after=%" G_GUINT64_FORMAT, stream, after);

  return dinh_ctl_ask (ctl, &(DinhRequest){.path = path, .limit = 8 * 1024 * 1024}, error);
}

/**
 * dinh_ctl_read_stream:
 * @take: called with every event in order
 * @checkpoint: (out) (optional) (transfer full): the signed note that the events add up to
 *
 * Reads a stream from its first event and checks it against the hub's checkpoint. Returns: %FALSE with a
 * #DinhNetError, #DinhRecordError or %DINH_CTL_ERROR_RECORD.
 */
gboolean
dinh_ctl_read_stream (
    DinhCtl *ctl, const char *stream, DinhCtlTake take, gpointer data, char **checkpoint, GError **error)
{
  g_autoptr (DinhMerkle) tree = dinh_merkle_new ();
  Reading reading = {tree, take, data};

  for (;;) {
    guint64 before = dinh_merkle_get_size (tree), size = 0;
    g_autoptr (DinhAnswer) answer = ask_page (ctl, stream, before, error);
    const char *header;
    gsize length;

    if (answer == NULL || !take_lines (&reading, answer->body, error))
      return FALSE;
    header = soup_message_headers_get_one (answer->headers, "Dinh-Size");
    if (header == NULL || !g_ascii_string_to_unsigned (header, 10, 0, G_MAXINT64, &size, error))
      return FALSE;
    if (dinh_merkle_get_size (tree) >= size || dinh_merkle_get_size (tree) == before) {
      const char *encoded = soup_message_headers_get_one (answer->headers, "Dinh-Checkpoint");
      g_autofree guchar *bytes = encoded == NULL ? NULL : g_base64_decode (encoded, &length);
      g_autofree char *note = bytes == NULL ? g_strdup ("") : g_strndup ((const char *) bytes, length);

      if (!check_root (ctl, stream, &reading, note, error))
        return FALSE;
      if (checkpoint != NULL)
        *checkpoint = g_steal_pointer (&note);
      return TRUE;
    }
  }
}

static gboolean
apply_event (gpointer data, DinhEvent *event, GError **error)
{
  return dinh_state_apply (data, event, error);
}

/**
 * dinh_ctl_fold:
 *
 * Returns: (transfer full): the state of a stream, empty if the hub has no such stream; or %NULL with an
 * error.
 */
DinhState *
dinh_ctl_fold (DinhCtl *ctl, const char *stream, GError **error)
{
  g_autoptr (DinhState) state = dinh_state_new (stream);
  g_autoptr (GError) local = NULL;

  if (dinh_ctl_read_stream (ctl, stream, apply_event, state, NULL, &local) ||
      (local->domain == DINH_NET_ERROR && g_strcmp0 (dinh_net_error_get_problem (local), "missing") == 0))
    return g_steal_pointer (&state);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}
