/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/hash/dinh-checkpoint.h"

#include <string.h>

/*
 * A checkpoint (C2SP tlog-checkpoint) in a signed note (C2SP signed-note): origin, size and root on a line each, an
 * empty line, and a line "— NAME SIGNATURE", whose base64 is four bytes of the key's id and the Ed25519 signature of the
 * text before the empty line. The signing name is the origin, as the specification asks of a log.
 */

#define KEY_ID_SIZE 4
#define SIGNATURE_SIZE 64
#define SIGNATURE_MARK "\n\n— "

G_DEFINE_QUARK (dinh-checkpoint-error-quark, dinh_checkpoint_error)

static void
key_id (const char *name, const DinhKey *key, guint8 *id)
{
  static const guint8 algorithm[] = { '\n', 0x01 };
  g_autoptr (DinhHasher) hasher = dinh_hasher_new ();
  DinhHash hash;

  dinh_hasher_update (hasher, name, strlen (name));
  dinh_hasher_update (hasher, algorithm, sizeof algorithm);
  dinh_hasher_update (hasher, dinh_key_get_public_bytes (key), 32);
  dinh_hasher_finish (hasher, &hash);
  memcpy (id, hash.bytes, KEY_ID_SIZE);
}

/**
 * dinh_checkpoint_sign:
 * @origin: names the stream for the whole world; no spaces, plus signs or line feeds
 *
 * Returns: (transfer full): the signed note.
 */
char *
dinh_checkpoint_sign (const char *origin, guint64 size, const DinhHash *root, const DinhKey *key)
{
  g_autofree char *root_text = g_base64_encode (root->bytes, DINH_HASH_SIZE);
  g_autofree char *text = g_strdup_printf ("%s\n%" G_GUINT64_FORMAT "\n%s\n", origin, size, root_text);
  g_autofree char *signature_text = dinh_key_sign (key, NULL, text, strlen (text));
  g_autofree guint8 *signature = NULL;
  g_autofree char *signed_text = NULL;
  guint8 blob[KEY_ID_SIZE + SIGNATURE_SIZE];
  gsize length;

  signature = g_base64_decode (signature_text, &length);
  key_id (origin, key, blob);
  memcpy (blob + KEY_ID_SIZE, signature, SIGNATURE_SIZE);
  signed_text = g_base64_encode (blob, sizeof blob);
  return g_strdup_printf ("%s\n— %s %s\n", text, origin, signed_text);
}

/* Whether one of the note's signature lines is by @key under the name @origin. */
static gboolean
is_signed (const char *lines, const char *origin, const DinhKey *key, const char *text, gsize length)
{
  g_auto (GStrv) signatures = g_strsplit (lines, "\n", 16);
  g_autofree char *head = g_strdup_printf ("— %s ", origin);
  guint8 id[KEY_ID_SIZE];

  key_id (origin, key, id);
  for (char **line = signatures; *line != NULL; line++) {
    g_autofree guint8 *blob = NULL;
    g_autofree char *signature = NULL;
    gsize size = 0;

    if (!g_str_has_prefix (*line, head))
      continue;
    blob = g_base64_decode (*line + strlen (head), &size);
    if (size != KEY_ID_SIZE + SIGNATURE_SIZE || memcmp (blob, id, KEY_ID_SIZE) != 0)
      continue;
    signature = g_base64_encode (blob + KEY_ID_SIZE, SIGNATURE_SIZE);
    if (dinh_key_verify (key, NULL, text, length, signature))
      return TRUE;
  }
  return FALSE;
}

static gboolean
parse_text (const char *text, DinhCheckpoint *out)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", 5);
  g_autofree guint8 *root = NULL;
  gsize length = 0;

  if (g_strv_length (lines) < 4 || *lines[0] == '\0' ||
      !g_ascii_string_to_unsigned (lines[1], 10, 0, G_MAXINT64, &out->size, NULL) || strlen (lines[2]) != 44)
    return FALSE;
  root = g_base64_decode (lines[2], &length);
  if (length != DINH_HASH_SIZE)
    return FALSE;
  memcpy (out->root.bytes, root, DINH_HASH_SIZE);
  out->origin = g_strdup (lines[0]);
  return TRUE;
}

/**
 * dinh_checkpoint_open:
 * @note: at most 4 KiB of text
 * @key: whose signature it must bear
 *
 * Returns: (transfer full): the checkpoint, or %NULL with a #DinhCheckpointError.
 */
DinhCheckpoint *
dinh_checkpoint_open (const char *note, const DinhKey *key, GError **error)
{
  g_autoptr (DinhCheckpoint) self = g_new0 (DinhCheckpoint, 1);
  const char *mark = strstr (note, SIGNATURE_MARK);
  g_autofree char *text = mark == NULL ? NULL : g_strndup (note, (gsize) (mark - note) + 1);

  if (text == NULL || strlen (note) > 4096 || !g_utf8_validate (note, -1, NULL) || !parse_text (text, self)) {
    g_set_error_literal (error, DINH_CHECKPOINT_ERROR, DINH_CHECKPOINT_ERROR_FORMAT, "not a signed checkpoint");
    return NULL;
  }
  if (!is_signed (mark + 2, self->origin, key, text, strlen (text))) {
    g_set_error (error, DINH_CHECKPOINT_ERROR, DINH_CHECKPOINT_ERROR_SIGNATURE,
                 "the checkpoint of “%s” is not signed by “%s”", self->origin, dinh_key_get_public (key));
    return NULL;
  }
  return g_steal_pointer (&self);
}

/**
 * dinh_checkpoint_free:
 *
 * Frees the checkpoint.
 */
void
dinh_checkpoint_free (DinhCheckpoint *self)
{
  g_free (self->origin);
  g_free (self);
}
