/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/person/dinh-device-secret.h"

#include "data/person/dinh-tpm.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A file of one line: "dinh-secret-v1", then "tpm2" and what the TPM made of the secret, or "plain" and its
 * 32 bytes, each in base64. It is made once and never written again: whatever was sealed with it would be
 * lost.
 */
struct _DinhDeviceSecret {
  DinhSecret *secret;
  gboolean bound;
};

#define PLAIN "dinh-secret-v1 plain "
#define TPM2 "dinh-secret-v1 tpm2 "
#define MAX_FILE 4096

/* The kernel's own resource manager. The library would also try TCP ports of this machine, where anybody can
 * listen. */
#define TPM_FILE "/dev/tpmrm0"

static const char *
find_tpm (const char *tpm)
{
  if (tpm != NULL)
    return tpm;
  return access (TPM_FILE, R_OK | W_OK) == 0 ? "device:" TPM_FILE : NULL;
}

static gboolean
fail (GError **error, const char *path, const char *what)
{
  g_set_error (error, DINH_PERSON_ERROR, DINH_PERSON_ERROR_FILE, "“%s” cannot be %s: %s", path, what,
               g_strerror (errno));
  return FALSE;
}

static DinhSecret *
parse_plain (const char *text)
{
  g_autoptr (DinhSecret) secret = dinh_secret_new ();
  gsize length = 0;

  if (sodium_base642bin (secret->bytes, DINH_SECRET_SIZE, text, strlen (text), NULL, &length, NULL,
                         sodium_base64_VARIANT_ORIGINAL) != 0 ||
      length != DINH_SECRET_SIZE)
    return NULL;
  return g_steal_pointer (&secret);
}

static DinhSecret *
open_line (char *line, const char *path, const char *tpm, GError **error)
{
  DinhSecret *secret = NULL;

  if (g_str_has_suffix (line, "\n"))
    line[strlen (line) - 1] = '\0';
  if (g_str_has_prefix (line, TPM2) && tpm == NULL)
    g_set_error (error, DINH_PERSON_ERROR, DINH_PERSON_ERROR_HARDWARE,
                 "“%s” was sealed by a TPM, and here is none", path);
  else if (g_str_has_prefix (line, TPM2))
    secret = dinh_tpm_unseal (tpm, line + strlen (TPM2), error);
  else if (!g_str_has_prefix (line, PLAIN) || (secret = parse_plain (line + strlen (PLAIN))) == NULL)
    g_set_error (error, DINH_PERSON_ERROR, DINH_PERSON_ERROR_MALFORMED, "“%s” does not hold a secret", path);
  return secret;
}

/* A whole file, or "" for one that is too large to be one. */
static DinhSecretText *
read_file (const char *path, GError **error)
{
  g_autoptr (DinhSecretText) text = dinh_secret_text_new_sized (MAX_FILE + 1);
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  gsize length = 0;
  gssize n = 1;

  while (fd >= 0 && n > 0 && length <= MAX_FILE) {
    n = read (fd, text + length, MAX_FILE + 1 - length);
    length += (gsize) MAX (n, 0);
  }
  if (fd < 0 || n < 0) {
    fail (error, path, "read");
    if (fd >= 0)
      close (fd);
    return NULL;
  }
  close (fd);
  if (length > MAX_FILE)
    text[0] = '\0';
  return g_steal_pointer (&text);
}

static DinhDeviceSecret *
load_file (const char *path, const char *tpm, GError **error)
{
  g_autoptr (DinhSecretText) line = read_file (path, error);
  DinhDeviceSecret *self;
  DinhSecret *secret;
  gboolean bound;

  if (line == NULL)
    return NULL;
  bound = g_str_has_prefix (line, TPM2);
  secret = open_line (line, path, tpm, error);
  if (secret == NULL)
    return NULL;
  self = g_new0 (DinhDeviceSecret, 1);
  self->secret = secret;
  self->bound = bound;
  return self;
}

/* A TPM that does not seal leaves the secret unbound, which is told; without one, kiosks must work too. */
static DinhSecretText *
make_line (const char *tpm)
{
  g_autoptr (DinhSecret) secret = dinh_secret_new_random ();
  g_autofree char *sealed = tpm == NULL ? NULL : dinh_tpm_seal (tpm, secret, NULL);
  DinhSecretText *line = dinh_secret_text_new_sized (MAX_FILE);

  if (sealed != NULL) {
    g_snprintf (line, MAX_FILE, TPM2 "%s\n", sealed);
    return line;
  }
  memcpy (line, PLAIN, strlen (PLAIN));
  sodium_bin2base64 (line + strlen (PLAIN), MAX_FILE - strlen (PLAIN), secret->bytes, DINH_SECRET_SIZE,
                     sodium_base64_VARIANT_ORIGINAL);
  line[strlen (line)] = '\n';
  return line;
}

static gboolean
sync_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean done = fd >= 0 && fsync (fd) == 0;

  if (fd >= 0)
    close (fd);
  return done;
}

/* Whole or not at all, and the first one counts: a link does not replace what is there. */
static gboolean
make_file (const char *path, const char *tpm, GError **error)
{
  g_autofree char *draft = g_strconcat (path, ".XXXXXX", NULL);
  g_autoptr (DinhSecretText) line = make_line (tpm);
  int fd = g_mkstemp_full (draft, O_WRONLY | O_CLOEXEC, 0600);
  gboolean made;

  if (fd < 0)
    return fail (error, path, "made");
  made = write (fd, line, strlen (line)) == (gssize) strlen (line) && fsync (fd) == 0 &&
         (link (draft, path) == 0 || errno == EEXIST) && sync_folder (path);
  if (!made)
    fail (error, path, "made");
  close (fd);
  g_unlink (draft);
  return made;
}

/**
 * dinh_device_secret_load:
 * @path: a file that only this machine's program reads; made if it is not there
 * @tpm: (nullable): how the TPM is reached, for Tss2_TctiLdr_Initialize(); %NULL: this machine's, if it has
 * one and this user may use it (on Debian, by the group "tss")
 *
 * Loads this machine's secret, or makes it: 32 random bytes, sealed by the TPM if that can be. Takes up to
 * seconds with a TPM, so it is not for the main loop. Of several that make it at once all get the same.
 *
 * Returns: (transfer full): the secret, or %NULL with %DINH_PERSON_ERROR_FILE, %DINH_PERSON_ERROR_MALFORMED,
 * or %DINH_PERSON_ERROR_HARDWARE if the TPM that sealed it is gone; then whoever removes the file gets
 * another secret.
 */
DinhDeviceSecret *
dinh_device_secret_load (const char *path, const char *tpm, GError **error)
{
  const char *found = find_tpm (tpm);

  if (!g_file_test (path, G_FILE_TEST_EXISTS) && !make_file (path, found, error))
    return NULL;
  return load_file (path, found, error);
}

/**
 * dinh_device_secret_free:
 *
 * Wipes and frees it.
 */
void
dinh_device_secret_free (DinhDeviceSecret *self)
{
  dinh_secret_free (self->secret);
  g_free (self);
}

/**
 * dinh_device_secret_get:
 *
 * Returns: (transfer none): the 32 bytes.
 */
const DinhSecret *
dinh_device_secret_get (const DinhDeviceSecret *self)
{
  return self->secret;
}

/**
 * dinh_device_secret_is_bound_to_hardware:
 *
 * Whether the file alone is worth nothing: %FALSE if the secret stands in it.
 */
gboolean
dinh_device_secret_is_bound_to_hardware (const DinhDeviceSecret *self)
{
  return self->bound;
}
