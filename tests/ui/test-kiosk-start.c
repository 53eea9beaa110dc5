/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/trust/dinh-authority.h"
#include "data/trust/dinh-certificate.h"
#include "data/trust/dinh-identity.h"

#include <glib/gstdio.h>
#include <signal.h>

/*
 * The real kiosk before its first window: what it says when it cannot begin, and whether it asks for the
 * screen's size. Its hub is never there. The tests of /unknown-screen run where the glass claims a size that
 * no screen has.
 */

static const char *kiosk_program, *hand_program;

#define DEVICE "0190b3a8-0d62-7d3e-8a3c-3c1d3a5f9b10"
#define BODY "0190b3a8-0d62-7d3e-8a3c-3c1d3a5f9b11"

enum { TRIES = 20 };

typedef struct {
  char *folder;
  char *identity;
  char *data;
  GSubprocess *process;
} Fixture;

static void
enrol (Fixture *fixture)
{
  g_autofree char *authority_folder = g_build_filename (fixture->folder, "authority", NULL);
  g_autoptr (DinhKey) record_key = dinh_key_new ();
  g_autoptr (DinhAuthority) authority = NULL;
  g_autofree char *tls_key = NULL, *request = NULL, *certificate = NULL;
  g_autoptr (DinhIdentity) identity = NULL;
  g_autoptr (GError) error = NULL;

  g_mkdir (authority_folder, 0700);
  g_assert_true (dinh_authority_create (authority_folder, "Tỉnh", NULL));
  authority = dinh_authority_load (authority_folder, NULL);
  request = dinh_certificate_request_new ("x", NULL, &tls_key, NULL);
  certificate = dinh_authority_sign_request (authority, request, DEVICE, NULL);
  identity = dinh_identity_new (
      &(DinhIdentityFields){
          .device = DEVICE,
          .name = "Ghế 12",
          .profile = "seat",
          .body = BODY,
          .record_key = dinh_key_get_public (record_key),
          .hubs = (const char *const[]){"https://127.0.0.1:1", NULL},
          .tls_key = tls_key,
          .tls_certificate = certificate,
          .authority = dinh_authority_get_certificate (authority),
      },
      dinh_key_new (), &error);
  g_assert_no_error (error);
  g_mkdir (fixture->identity, 0700);
  g_assert_true (dinh_identity_save (identity, fixture->identity, &error));
  g_assert_no_error (error);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("dinh-kiosk-start-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
  fixture->identity = g_build_filename (fixture->folder, "identity", NULL);
  fixture->data = g_build_filename (fixture->folder, "data", NULL);
}

/* By a hand of its own for each thing: AT-SPI's client falls over windows that go while it looks, and may try
 * again. */
static gboolean
hand (Fixture *fixture, const char *verb, const char *text)
{
  const char *pid = g_subprocess_get_identifier (fixture->process);
  gboolean done = FALSE;

  g_test_message ("%s “%s”", verb, text);
  for (guint i = 0; i < TRIES && !done; i++) {
    g_autoptr (GSubprocess) process =
        g_subprocess_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL, hand_program, pid, verb, text, NULL);

    done = g_subprocess_wait_check (process, NULL, NULL);
  }
  return done;
}

static void
see (Fixture *fixture, const char *text)
{
  g_assert_true (hand (fixture, "see", text));
}

static void
press (Fixture *fixture, const char *text)
{
  g_assert_true (hand (fixture, "press", text));
}

static void
start (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fixture->process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error, kiosk_program, "--identity",
                        fixture->identity, "--data", fixture->data, "--window", "1024x768", NULL);
  g_assert_no_error (error);
}

/* A kiosk that fell by itself, or says that it fared otherwise than @status, fails here. */
static void
stop (Fixture *fixture, int status)
{
  g_subprocess_send_signal (fixture->process, SIGTERM);
  g_assert_true (g_subprocess_wait (fixture->process, NULL, NULL));
  g_assert_true (g_subprocess_get_if_exited (fixture->process));
  g_assert_cmpint (g_subprocess_get_exit_status (fixture->process), ==, status);
  g_clear_object (&fixture->process);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_true (g_spawn_sync (NULL, (char *[]){"rm", "-rf", fixture->folder, NULL}, NULL,
                               G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
  g_free (fixture->folder);
  g_free (fixture->identity);
  g_free (fixture->data);
}

static void
test_known_screen (Fixture *fixture, gconstpointer data)
{
  enrol (fixture);
  start (fixture);
  see (fixture, "Chưa kết nối với máy chủ");
  see (fixture, "Cuộc họp sẽ tự hiện ở đây khi máy kết nối được với máy chủ.");
  stop (fixture, 0);
}

/* Asked once: the answer is kept. */
static void
test_unknown_screen (Fixture *fixture, gconstpointer data)
{
  enrol (fixture);
  start (fixture);
  see (fixture, "Màn hình này lớn cỡ nào?");
  see (fixture, "Nhỏ hơn");
  press (fixture, "Khung đã vừa bằng thẻ");
  see (fixture, "Chưa kết nối với máy chủ");
  stop (fixture, 0);

  start (fixture);
  see (fixture, "Chưa kết nối với máy chủ");
  stop (fixture, 0);
}

static void
test_broken_identity (Fixture *fixture, gconstpointer data)
{
  g_autofree char *file = g_build_filename (fixture->identity, "identity.json", NULL), *text = NULL;

  enrol (fixture);
  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  g_assert_true (g_file_set_contents (file, "{", -1, NULL));
  start (fixture);
  see (fixture, "Không đọc được đăng ký của máy này");
  see (fixture, "Dữ liệu trên máy chủ vẫn an toàn.");
  press (fixture, "Thử lại");
  see (fixture, "Không đọc được đăng ký của máy này");
  stop (fixture, 1);

  start (fixture);
  see (fixture, "Không đọc được đăng ký của máy này");
  g_assert_true (g_file_set_contents (file, text, -1, NULL));
  press (fixture, "Thử lại");
  see (fixture, "Chưa kết nối với máy chủ");
  stop (fixture, 0);
}

/* Where the folder should be, there is something else. */
static void
test_cannot_keep (Fixture *fixture, gconstpointer data)
{
  enrol (fixture);
  g_assert_true (g_file_set_contents (fixture->data, "", -1, NULL));
  start (fixture);
  see (fixture, "Máy này không lưu được dữ liệu");
  see (fixture, "Dữ liệu trên máy chủ vẫn an toàn.");
  g_assert_cmpint (g_unlink (fixture->data), ==, 0);
  press (fixture, "Thử lại");
  see (fixture, "Chưa kết nối với máy chủ");
  stop (fixture, 0);
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_return_val_if_fail (argc > 2, 1);
  kiosk_program = argv[1];
  hand_program = argv[2];
  g_setenv ("HAND_PATIENCE", "1000", TRUE);
  if (g_getenv ("DINH_DPI") != NULL) {
    add ("/ui/kiosk-start/unknown-screen", test_unknown_screen);
  } else {
    add ("/ui/kiosk-start/known-screen", test_known_screen);
    add ("/ui/kiosk-start/broken-identity", test_broken_identity);
    add ("/ui/kiosk-start/cannot-keep", test_cannot_keep);
  }
  return g_test_run ();
}
