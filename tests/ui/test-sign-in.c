/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/net/hub-fixture.h"

#include <string.h>

/* A person signs in on the kiosk's glass, for the first time and again, with a real hub. */

#define PIN "407283"
#define WRONG "918264"

static const char *kiosk_program, *hand_program;

typedef struct {
  HubFixture *hub;
  char *person;
  char *code;
  char *meeting;
  GSubprocess *process;
} Fixture;

static void
add_participant (Fixture *fixture, const char *id, const char *name, const char *seat)
{
  hub_fixture_command (fixture->hub, fixture->meeting, "participant-add",
                       json_pack ("{s:s, s:s, s:s, s:s, s:s}", "id", id, "name", name, "title",
                                  "Phó Chủ tịch", "role", "member", "seat", seat));
}

static void
add_people (Fixture *fixture)
{
  g_autoptr (DinhJson) person = hub_fixture_ctl (fixture->hub, "person", "add", "Đỗ Thị Ánh", NULL);
  g_autoptr (DinhJson) other = hub_fixture_ctl (fixture->hub, "person", "add", "Vàng A Sử", NULL);
  g_autoptr (DinhJson) code = NULL;

  fixture->person = g_strdup (dinh_json_get_string (person, "id"));
  code = hub_fixture_ctl (fixture->hub, "person", "code", fixture->person, NULL);
  fixture->code = g_strdup (dinh_json_get_string (code, "code"));
  add_participant (fixture, fixture->person, "Đỗ Thị Ánh", "B7");
  add_participant (fixture, dinh_json_get_string (other, "id"), "Vàng A Sử", "B8");
}

static void
open_kiosk (Fixture *fixture, const char *lock_after)
{
  g_autoptr (DinhIdentity) identity = hub_fixture_add_device (fixture->hub, "seat", NULL);
  g_autofree char *folder = g_path_get_dirname (dinh_identity_get_authority_path (identity));
  g_autofree char *data = g_build_filename (fixture->hub->folder, "data", NULL);
  g_autoptr (GError) error = NULL;

  fixture->process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, kiosk_program, "--identity", folder, "--data", data,
                        "--window", "1024x768", "--dpi", "96", "--lock-after", lock_after, NULL);
  g_assert_no_error (error);
}

static void
set_up (Fixture *fixture, gconstpointer lock_after)
{
  g_autofree char *bytes = fixture_random_bytes (3000, 1), *sha256 = NULL;

  fixture->hub = hub_fixture_new ();
  fixture->meeting = hub_fixture_add_meeting (fixture->hub, "Phiên họp tháng 11");
  add_people (fixture);
  sha256 = hub_fixture_upload (fixture->hub, bytes, 3000);
  hub_fixture_command (fixture->hub, fixture->meeting, "paper-add",
                       json_pack ("{s:s, s:s, s:i, s:s, s:s, s:i, s:s, s:[s]}", "id", "rieng", "item", "muc",
                                  "position", 0, "title", "Báo cáo riêng", "sha256", sha256, "size", 3000,
                                  "file", "x.pdf", "readers", fixture->person));
  open_kiosk (fixture, lock_after);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_subprocess_send_signal (fixture->process, SIGTERM);
  g_assert_true (g_subprocess_wait_check (fixture->process, NULL, NULL));
  g_object_unref (fixture->process);
  hub_fixture_free (fixture->hub);
  g_free (fixture->person);
  g_free (fixture->code);
  g_free (fixture->meeting);
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
miss (Fixture *fixture, const char *text)
{
  act (fixture, "miss", text);
}

static void
press (Fixture *fixture, const char *text)
{
  act (fixture, "press", text);
  /* A button that is pressed through the tree clicks a quarter of a second later, and only once meanwhile. */
  g_usleep (300 * 1000);
}

static void
type (Fixture *fixture, const char *text)
{
  for (; *text != '\0'; text++) {
    const char key[] = {*text, '\0'};

    press (fixture, key);
  }
}

static void
choose (Fixture *fixture)
{
  see (fixture, "Đã kết nối");
  press (fixture, "Đăng nhập");
  see (fixture, "Xin chọn tên của đại biểu");
  press (fixture, "Đỗ Thị Ánh");
}

/* The first time: a code, and a PIN twice. One key goes on from each entry. */
static void
set_pin (Fixture *fixture)
{
  choose (fixture);
  see (fixture, "Mã dùng một lần");
  type (fixture, fixture->code);
  press (fixture, "Tiếp tục");
  type (fixture, PIN);
  press (fixture, "Tiếp tục");
  type (fixture, PIN);
  press (fixture, "Tiếp tục");
  see (fixture, "Khóa");
}

static void
test_again (Fixture *fixture, gconstpointer data)
{
  set_pin (fixture);
  see (fixture, "Đỗ Thị Ánh");
  press (fixture, "Xem chương trình");
  see (fixture, "Báo cáo riêng");
  press (fixture, "Khóa");
  miss (fixture, "Báo cáo riêng");
  miss (fixture, "Đỗ Thị Ánh");
  press (fixture, "Xem chương trình");
  see (fixture, "Khai mạc");
  miss (fixture, "Báo cáo riêng");
  choose (fixture);
  see (fixture, "Nhập mã PIN");
  type (fixture, WRONG);
  press (fixture, "Tiếp tục");
  see (fixture, "Còn 4 lần thử");
  type (fixture, PIN);
  press (fixture, "Tiếp tục");
  see (fixture, "Báo cáo riêng");
}

/* What cannot be a PIN is said before anything is sent; the letters on the glass find a name. */
static void
test_wrong (Fixture *fixture, gconstpointer data)
{
  see (fixture, "Đã kết nối");
  press (fixture, "Đăng nhập");
  see (fixture, "Vàng A Sử");
  press (fixture, "v");
  miss (fixture, "Đỗ Thị Ánh");
  press (fixture, "Xóa");
  press (fixture, "Đỗ Thị Ánh");
  see (fixture, "Mã dùng một lần");
  type (fixture, fixture->code);
  press (fixture, "Tiếp tục");
  type (fixture, "111111");
  press (fixture, "Tiếp tục");
  see (fixture, "Một chữ số lặp đi lặp lại");
  press (fixture, "Người khác");
  see (fixture, "Vàng A Sử");
}

/* Nobody touches the glass. */
static void
test_idle (Fixture *fixture, gconstpointer data)
{
  set_pin (fixture);
  see (fixture, "Máy sẽ khóa sau");
  press (fixture, "Tiếp tục");
  miss (fixture, "Máy sẽ khóa sau");
  see (fixture, "Máy sẽ khóa sau");
  see (fixture, "Đăng nhập");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc < 3)
    return 2;
  kiosk_program = argv[1];
  hand_program = argv[2];
  g_test_add ("/ui/sign-in/again", Fixture, "600", set_up, test_again, tear_down);
  g_test_add ("/ui/sign-in/wrong", Fixture, "600", set_up, test_wrong, tear_down);
  g_test_add ("/ui/sign-in/idle", Fixture, "18", set_up, test_idle, tear_down);
  return g_test_run ();
}
