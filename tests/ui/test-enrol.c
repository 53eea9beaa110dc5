/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/net/hub-fixture.h"

#include <string.h>

/* A new kiosk is registered on its own glass, with a real hub, and goes on to its first page. */

static const char *kiosk_program, *hand_program;

typedef struct {
  HubFixture *hub;
  char *identity;
  char *data;
  GSubprocess *process;
} Fixture;

static void
open_kiosk (Fixture *fixture, const char *invitation)
{
  g_autoptr (GError) error = NULL;
  const char *argv[] = {
      kiosk_program, "--identity", fixture->identity, "--data", fixture->data,
      "--window",    "1024x768",   "--dpi",           "96",     invitation == NULL ? NULL : "--enrol",
      invitation,    NULL};

  fixture->process = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_NONE, &error);
  g_assert_no_error (error);
}

static void
close_kiosk (Fixture *fixture)
{
  g_subprocess_send_signal (fixture->process, SIGTERM);
  g_assert_true (g_subprocess_wait_check (fixture->process, NULL, NULL));
  g_clear_object (&fixture->process);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) site = NULL;

  fixture->hub = hub_fixture_new ();
  fixture->identity = g_build_filename (fixture->hub->folder, "kiosk", NULL);
  fixture->data = g_build_filename (fixture->hub->folder, "data", NULL);
  site = hub_fixture_ctl (fixture->hub, "site", "add", "xa-a", "Xã A", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  close_kiosk (fixture);
  hub_fixture_free (fixture->hub);
  g_free (fixture->identity);
  g_free (fixture->data);
}

static void
act (Fixture *fixture, const char *verb, const char *text)
{
  g_test_message ("%s “%s”", verb, text);
  fixture_run ((char *[]){(char *) hand_program, (char *) g_subprocess_get_identifier (fixture->process),
                          (char *) verb, (char *) text, NULL});
}

static void
see (Fixture *fixture, const char *text)
{
  act (fixture, "see", text);
}

static void
press (Fixture *fixture, const char *text)
{
  act (fixture, "press", text);
}

/* On the glass, key by key. */
static void
type (Fixture *fixture, const char *text)
{
  for (; *text != '\0'; text++) {
    const char key[] = {*text, '\0'};

    press (fixture, key);
    /* A button that is pressed through the tree clicks a quarter of a second later, and only once meanwhile.
     */
    g_usleep (300 * 1000);
  }
}

static json_t *
invite (Fixture *fixture, gboolean approved)
{
  return hub_fixture_ctl (fixture->hub, "device", "invite", "--profile", "seat", "--site", "xa-a",
                          approved ? "--approved" : NULL, NULL);
}

/* Looks anew until the window is the one of the meetings. */
static void
see_home (Fixture *fixture)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE);

  g_subprocess_launcher_setenv (launcher, "HAND_PATIENCE", "500", TRUE);
  for (guint i = 0; i < 60; i++) {
    g_autoptr (GSubprocess) hand = g_subprocess_launcher_spawn (
        launcher, NULL, hand_program, g_subprocess_get_identifier (fixture->process), "see", "Đã kết nối",
        NULL);

    if (g_subprocess_wait_check (hand, NULL, NULL))
      return;
  }
  g_assert_not_reached ();
}

static void
test_typed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (fixture, FALSE), pending = NULL, approved = NULL;
  const char *code = dinh_json_get_string (invitation, "code"), *fingerprint;
  g_autofree char *bare = g_strdelimit (g_strdup (code), "-", ' '), *group = NULL;
  g_auto (GStrv) groups = g_strsplit (bare, " ", -1);

  open_kiosk (fixture, NULL);
  type (fixture, fixture->hub->enrol);
  press (fixture, "Đăng ký");
  /* The keys are those of the code now. */
  see (fixture, "Mã chưa đủ");
  type (fixture, "0");
  press (fixture, "Xóa");
  g_usleep (300 * 1000);
  for (char **part = groups; *part != NULL; part++)
    type (fixture, *part);
  press (fixture, "Đăng ký");
  see (fixture, "Đang chờ người quản trị duyệt");
  pending = hub_fixture_ctl (fixture->hub, "device", "pending", NULL);
  fingerprint = dinh_json_get_string (
      json_object_get (json_array_get (json_object_get (pending, "invitations"), 0), "request"),
      "fingerprint");
  group = g_strndup (fingerprint, 4);
  see (fixture, group);
  approved =
      hub_fixture_ctl (fixture->hub, "device", "approve", dinh_json_get_string (invitation, "id"), NULL);
  see_home (fixture);
}

/* By an invitation from a QR code, and then shut out again. */
static void
test_invited (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (fixture, TRUE), revoked = NULL;

  open_kiosk (fixture, dinh_json_get_string (invitation, "uri"));
  see_home (fixture);
  close_kiosk (fixture);
  open_kiosk (fixture, NULL);
  see_home (fixture);
  revoked = hub_fixture_ctl (fixture->hub, "device", "revoke", dinh_json_get_string (invitation, "id"), NULL);
  see (fixture, "Máy chủ không chấp nhận máy này");
}

static void
test_wrong (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DinhJson) invitation = invite (fixture, FALSE), withdrawn = NULL;

  withdrawn =
      hub_fixture_ctl (fixture->hub, "device", "withdraw", dinh_json_get_string (invitation, "id"), NULL);
  open_kiosk (fixture, dinh_json_get_string (invitation, "uri"));
  see (fixture, "mã sai, đã được dùng hoặc đã hết hạn");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc < 3)
    return 2;
  kiosk_program = argv[1];
  hand_program = argv[2];
  g_test_add ("/ui/enrol/typed", Fixture, NULL, set_up, test_typed, tear_down);
  g_test_add ("/ui/enrol/invited", Fixture, NULL, set_up, test_invited, tear_down);
  g_test_add ("/ui/enrol/wrong", Fixture, NULL, set_up, test_wrong, tear_down);
  return g_test_run ();
}
