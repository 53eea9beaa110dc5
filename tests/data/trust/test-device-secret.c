/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "data/trust/dinh-device-secret.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  char *dir;
  char *path;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->dir = g_dir_make_tmp ("dinh-secret-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->dir, "device.secret", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_remove (fixture->path);
  g_assert_cmpint (g_rmdir (fixture->dir), ==, 0);
  g_free (fixture->dir);
  g_free (fixture->path);
}

static char *
load_name (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhSeal) seal = dinh_device_secret_load (fixture->dir, &error);

  g_assert_no_error (error);
  return dinh_seal_name (seal, &(DinhHash){{1}});
}

/* Made once, whole, for its owner alone. */
static void
test_made_once (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = load_name (fixture);
  g_autofree char *second = load_name (fixture);
  GStatBuf info;

  g_assert_cmpstr (first, ==, second);
  g_assert_cmpint (g_stat (fixture->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode, ==, S_IFREG | 0600);
  g_assert_cmpint (info.st_size, ==, DINH_SEAL_SECRET_SIZE);
}

/* One that was lost or spoilt is made anew, and is another one. */
static void
test_spoilt (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = load_name (fixture);

  for (gsize length = 0; length < 34; length++) {
    g_autofree char *bytes = g_strnfill (length, 'x');
    g_autofree char *found = NULL, *again = NULL;

    if (length == DINH_SEAL_SECRET_SIZE)
      continue;
    g_assert_true (g_file_set_contents (fixture->path, bytes, (gssize) length, NULL));
    found = load_name (fixture);
    again = load_name (fixture);
    g_assert_cmpstr (found, !=, first);
    g_assert_cmpstr (found, ==, again);
  }
}

/* One that cannot be read may come back: it is left alone. */
static void
test_unreadable (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir (fixture->path, 0700), ==, 0);
  g_assert_null (dinh_device_secret_load (fixture->dir, &error));
  g_assert_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_SECRET);
  g_assert_true (strstr (error->message, "device.secret") != NULL);
  g_assert_true (g_file_test (fixture->path, G_FILE_TEST_IS_DIR));
}

/* There is no folder to make it in. */
static void
test_nowhere (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (dinh_device_secret_load ("/dev/null/nowhere", &error));
  g_assert_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_SECRET);
  g_clear_error (&error);
  g_assert_null (dinh_device_secret_load ("/proc/nowhere", &error));
  g_assert_error (error, DINH_TRUST_ERROR, DINH_TRUST_ERROR_SECRET);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/trust/device-secret/made-once", Fixture, NULL, set_up, test_made_once, tear_down);
  g_test_add ("/trust/device-secret/spoilt", Fixture, NULL, set_up, test_spoilt, tear_down);
  g_test_add ("/trust/device-secret/unreadable", Fixture, NULL, set_up, test_unreadable, tear_down);
  g_test_add ("/trust/device-secret/nowhere", Fixture, NULL, set_up, test_nowhere, tear_down);
  return g_test_run ();
}
