/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-device-seal.h"

#include "data/person/dinh-device-secret.h"

#include <glib/gstdio.h>

G_STATIC_ASSERT (DINH_SEAL_SECRET_SIZE == DINH_SECRET_SIZE);

/**
 * dinh_device_seal_load:
 * @identity_dir: the folder of the device's identity
 *
 * Loads what seals what this device keeps, by its secret in @identity_dir, and makes the secret where there is none. A
 * spoilt one is put aside for another: what it sealed is lost, and comes from the hub again. One that cannot be read now,
 * or whose TPM does not answer, may come back: it is left alone. Blocks on the disk, and up to seconds on a TPM.
 *
 * Returns: (transfer full): what seals, or %NULL with %DINH_PERSON_ERROR_FILE or %DINH_PERSON_ERROR_HARDWARE.
 */
DinhSeal *
dinh_device_seal_load (const char *identity_dir, GError **error)
{
  g_autofree char *path = g_build_filename (identity_dir, "device.secret", NULL);
  g_autofree char *aside = g_strconcat (path, ".spoilt", NULL);
  g_autoptr (GError) fault = NULL;
  g_autoptr (DinhDeviceSecret) secret = dinh_device_secret_load (path, NULL, &fault);

  if (g_error_matches (fault, DINH_PERSON_ERROR, DINH_PERSON_ERROR_MALFORMED) && g_rename (path, aside) == 0) {
    g_clear_error (&fault);
    secret = dinh_device_secret_load (path, NULL, &fault);
  }
  if (secret == NULL) {
    g_propagate_prefixed_error (error, g_steal_pointer (&fault), "cannot load the device's secret: ");
    return NULL;
  }
  return dinh_seal_new (dinh_device_secret_get (secret)->bytes);
}
