/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "data/trust/dinh-device-secret.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The secret that a device seals what it keeps by: 32 random bytes in the file device.secret beside its
 * identity, readable by its owner only. One that is lost cannot be had again; what was sealed by it comes
 * from the hub once more.
 */

#define FILE_NAME "device.secret"

static gboolean
fail (GError **error, const char *what, const char *path, int reason)
{
  g_set_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_SECRET, "cannot %s the device's secret '%s': %s",
               what, path, g_strerror (reason));
  return FALSE;
}

/* Reads at most one byte more than there should be. Returns their number, -1 with errno. */
static gssize
read_secret (const char *path, guint8 secret[DINH_SEAL_SECRET_SIZE + 1])
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  gssize got = fd < 0 ? -1 : read (fd, secret, DINH_SEAL_SECRET_SIZE + 1);
  int reason = errno;

  if (fd >= 0)
    close (fd);
  errno = reason;
  return got;
}

static gboolean
make_secret (const char *path, guint8 *secret, GError **error)
{
  g_autoptr (GError) fault = NULL;

  randombytes_buf (secret, DINH_SEAL_SECRET_SIZE);
  if (g_file_set_contents_full (path, (const char *) secret, DINH_SEAL_SECRET_SIZE,
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, &fault))
    return TRUE;
  g_set_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_SECRET, "cannot make the device's secret: %s",
               fault->message);
  return FALSE;
}

/**
 * dinh_device_secret_load:
 * @dir: the folder of the device's identity
 *
 * Loads the secret and makes it, durably and whole or not at all, where there is none or one of another
 * length. One that is there and cannot be read may come back: then nothing is made, since that would give up
 * all that it sealed. Blocks on the disk.
 *
 * Returns: (transfer full): what seals by it; or %NULL with %DINH_TRUST_ERROR_SECRET.
 */
DinhSeal *
dinh_device_secret_load (const char *dir, GError **error)
{
  g_autofree char *path = g_build_filename (dir, FILE_NAME, NULL);
  guint8 secret[DINH_SEAL_SECRET_SIZE + 1];
  gssize length = sodium_init () < 0 ? -1 : read_secret (path, secret);
  DinhSeal *seal = NULL;

  if (length < 0 && errno != ENOENT)
    return fail (error, "read", path, errno), NULL;
  if (length == DINH_SEAL_SECRET_SIZE || make_secret (path, secret, error))
    seal = dinh_seal_new (secret);
  sodium_memzero (secret, sizeof secret);
  return seal;
}
