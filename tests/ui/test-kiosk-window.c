/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/ui/accessible.h"

#include <gio/gio.h>
#include <stdlib.h>

/* The kiosk's window as a blind official meets it: everything is found by role and name, and done by actions.
 */

static const char *window_program;

typedef struct {
  GSubprocess *process;
  GDataInputStream *answers;
  AtspiAccessible *frame;
} Kiosk;

/* How long a window may take on a busy machine before a test gives up; nothing waits for it to pass. */
enum { PATIENCE_MS = 20000, PAUSE_MS = 50 };

static void
see (Kiosk *kiosk, AtspiRole role, const char *part)
{
  g_autoptr (AtspiAccessible) found = NULL;

  g_test_message ("see '%s'", part);
  found = accessible_await (kiosk->frame, role, part, TRUE, PATIENCE_MS);
  g_assert_nonnull (found);
}

static void
miss (Kiosk *kiosk, AtspiRole role, const char *part)
{
  g_test_message ("miss '%s'", part);
  g_assert_null (accessible_await (kiosk->frame, role, part, FALSE, PATIENCE_MS));
}

static void
press (Kiosk *kiosk, const char *part)
{
  g_autoptr (AtspiAccessible) button =
      accessible_await (kiosk->frame, ATSPI_ROLE_PUSH_BUTTON, part, TRUE, PATIENCE_MS);

  g_test_message ("press '%s'", part);
  g_assert_nonnull (button);
  g_assert_true (accessible_press (button));
}

static void
tell (Kiosk *kiosk, const char *line)
{
  g_autofree char *text = g_strconcat (line, "\n", NULL);

  g_assert_true (g_output_stream_write_all (g_subprocess_get_stdin_pipe (kiosk->process), text, strlen (text),
                                            NULL, NULL, NULL));
}

static void
expect_answer (Kiosk *kiosk, const char *question, const char *answer)
{
  g_autofree char *line = NULL;

  tell (kiosk, question);
  line = g_data_input_stream_read_line (kiosk->answers, NULL, NULL, NULL);
  g_assert_cmpstr (line, ==, answer);
}

static Kiosk *
kiosk_new (const char *language)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GError) error = NULL;
  Kiosk *kiosk = g_new0 (Kiosk, 1);

  g_subprocess_launcher_setenv (launcher, "LANGUAGE", language, TRUE);
  kiosk->process = g_subprocess_launcher_spawn (launcher, &error, window_program, NULL);
  g_assert_no_error (error);
  kiosk->answers = g_data_input_stream_new (g_subprocess_get_stdout_pipe (kiosk->process));
  kiosk->frame = accessible_find_frame (atoi (g_subprocess_get_identifier (kiosk->process)), PATIENCE_MS);
  g_assert_nonnull (kiosk->frame);
  return kiosk;
}

/* A window that ended by itself, or with a critical warning, fails the test here. */
static void
kiosk_free (Kiosk *kiosk)
{
  g_output_stream_close (g_subprocess_get_stdin_pipe (kiosk->process), NULL, NULL);
  g_assert_true (g_subprocess_wait_check (kiosk->process, NULL, NULL));
  g_object_unref (kiosk->frame);
  g_object_unref (kiosk->answers);
  g_object_unref (kiosk->process);
  g_free (kiosk);
}

static void
test_read (void)
{
  Kiosk *kiosk = kiosk_new ("vi");

  see (kiosk, ATSPI_ROLE_LABEL, "Đã kết nối");
  see (kiosk, ATSPI_ROLE_LABEL, "Hôm nay, Thứ Ba, 24/11/2026 · 08:00 – 11:30");
  see (kiosk, ATSPI_ROLE_LABEL, "Đã hủy: Bão đã tan");
  see (kiosk, ATSPI_ROLE_LABEL, "Thứ Năm, 26/11/2026 · 07:30 – Thứ Sáu, 27/11/2026 · 17:00");
  miss (kiosk, ATSPI_ROLE_LABEL, "Chưa có tài liệu");
  press (kiosk, "Vào họp: Phiên họp thường kỳ");

  see (kiosk, ATSPI_ROLE_LABEL, "Tờ trình và dự thảo Nghị quyết");
  see (kiosk, ATSPI_ROLE_LABEL, "60 phút · Ông Lê Hữu Ặng, Giám đốc Sở · Sở Khoa học và Công nghệ");
  see (kiosk, ATSPI_ROLE_PUSH_BUTTON, "Tờ trình · 214/TTr-UBND · 1,2 MB · Chưa tải");
  tell (kiosk, "fetch");
  see (kiosk, ATSPI_ROLE_PUSH_BUTTON, "Tờ trình · 214/TTr-UBND · 1,2 MB · Đã tải");
  see (kiosk, ATSPI_ROLE_LABEL, "Đã tải 2/6 tài liệu");

  press (kiosk, "214/TTr-UBND");
  see (kiosk, ATSPI_ROLE_INVALID, "Trang 1 / 4");
  see (kiosk, ATSPI_ROLE_LABEL, "Nội dung 3/5");
  miss (kiosk, ATSPI_ROLE_LABEL, "Khai mạc");
  press (kiosk, "Chương trình");
  see (kiosk, ATSPI_ROLE_LABEL, "Khai mạc");
  press (kiosk, "Về tài liệu đang đọc");
  miss (kiosk, ATSPI_ROLE_LABEL, "Khai mạc");
  press (kiosk, "Cuộc họp");
  see (kiosk, ATSPI_ROLE_PUSH_BUTTON, "Vào họp");
  kiosk_free (kiosk);
}

static void
test_wait_for_paper (void)
{
  Kiosk *kiosk = kiosk_new ("vi");

  tell (kiosk, "fetch");
  press (kiosk, "Vào họp");
  press (kiosk, "Tài liệu");
  see (kiosk, ATSPI_ROLE_LABEL, "Tài liệu cuộc họp");
  press (kiosk, "Bảng biểu · 640 kB · Chưa tải được");
  see (kiosk, ATSPI_ROLE_LABEL, "Máy chủ không cấp tài liệu này.");
  see (kiosk, ATSPI_ROLE_PUSH_BUTTON, "Thử lại");
  press (kiosk, "Về chương trình");

  press (kiosk, "Báo cáo hiện trạng hạ tầng số cấp xã");
  see (kiosk, ATSPI_ROLE_LABEL, "Tài liệu sẽ tự mở khi tải xong.");
  expect_answer (kiosk, "wanted", "today/bc-ha-tang");
  tell (kiosk, "ready bc-ha-tang");
  see (kiosk, ATSPI_ROLE_INVALID, "Trang 1 / 4");
  kiosk_free (kiosk);
}

static void
test_what_changed (void)
{
  Kiosk *kiosk = kiosk_new ("vi");

  tell (kiosk, "fetch");
  tell (kiosk, "ready dt-nq");
  press (kiosk, "Vào họp");
  see (kiosk, ATSPI_ROLE_LABEL, "Khai mạc");
  expect_answer (kiosk, "seen", "40");
  press (kiosk, "Dự thảo Nghị quyết");
  see (kiosk, ATSPI_ROLE_INVALID, "Trang 1 / 4");
  tell (kiosk, "change");

  /* The page in view stays, and the new version opens when the person says so. */
  see (kiosk, ATSPI_ROLE_LABEL, "Tài liệu này có bản mới.");
  see (kiosk, ATSPI_ROLE_INVALID, "Trang 1 / 4");
  press (kiosk, "Mở bản mới");
  see (kiosk, ATSPI_ROLE_LABEL, "Tài liệu chưa có trên máy này");
  press (kiosk, "Về chương trình");

  see (kiosk, ATSPI_ROLE_LABEL, "Có 4 thay đổi từ lần xem trước");
  press (kiosk, "Xem");
  see (kiosk, ATSPI_ROLE_PUSH_BUTTON, "Thông báo · 98/TB-VP · 210 kB · Chưa tải · Mới");
  see (kiosk, ATSPI_ROLE_PUSH_BUTTON, "Mới (bản 2)");
  see (kiosk, ATSPI_ROLE_PUSH_BUTTON, "Bản đồ · 31,0 MB · Đã thu hồi");
  /* No paper without the heading of its item, though that did not change. */
  see (kiosk, ATSPI_ROLE_LABEL, "Tờ trình và dự thảo Nghị quyết về việc thông qua");
  see (kiosk, ATSPI_ROLE_LABEL, "Công tác cán bộ");
  miss (kiosk, ATSPI_ROLE_LABEL, "Khai mạc");
  press (kiosk, "Đã xem");
  miss (kiosk, ATSPI_ROLE_LABEL, "Thay đổi từ lần xem trước");
  miss (kiosk, ATSPI_ROLE_LABEL, "Có 4 thay đổi");
  expect_answer (kiosk, "seen", "44");
  kiosk_free (kiosk);
}

static void
test_line_lost (void)
{
  Kiosk *kiosk = kiosk_new ("vi");

  tell (kiosk, "offline");
  see (kiosk, ATSPI_ROLE_LABEL, "Mất kết nối với máy chủ từ 07:55. Tài liệu đã tải vẫn đọc được");
  press (kiosk, "Đóng");
  miss (kiosk, ATSPI_ROLE_LABEL, "Mất kết nối với máy chủ");
  see (kiosk, ATSPI_ROLE_LABEL, "Mất kết nối");
  tell (kiosk, "live");
  see (kiosk, ATSPI_ROLE_LABEL, "Đã kết nối");
  kiosk_free (kiosk);
}

static void
test_english (void)
{
  Kiosk *kiosk = kiosk_new ("en");

  see (kiosk, ATSPI_ROLE_LABEL, "Connected");
  press (kiosk, "Join: Phiên họp thường kỳ");
  see (kiosk, ATSPI_ROLE_PUSH_BUTTON, "Submission · 214/TTr-UBND · 1.2 MB · Not downloaded");
  see (kiosk, ATSPI_ROLE_PUSH_BUTTON, "Pause downloading");
  kiosk_free (kiosk);
}

static void
type (guint keyval)
{
  g_assert_true (atspi_generate_keyboard_event (keyval, NULL, ATSPI_KEY_SYM, NULL));
  g_usleep (PAUSE_MS * 1000);
}

static void
test_keyboard (void)
{
  enum { RETURN = 0xff0d, ESCAPE = 0xff1b, RIGHT = 0xff53, DOWN = 0xff54 };
  Kiosk *kiosk = kiosk_new ("vi");

  tell (kiosk, "fetch");
  see (kiosk, ATSPI_ROLE_PUSH_BUTTON, "Vào họp");
  atspi_generate_mouse_event (500, 40, "abs", NULL);
  type (RETURN);
  see (kiosk, ATSPI_ROLE_LABEL, "Khai mạc");
  for (guint row = 0; row < 3; row++)
    type (DOWN);
  type (RETURN);
  see (kiosk, ATSPI_ROLE_INVALID, "Trang 1 / 120");
  type (RIGHT);
  see (kiosk, ATSPI_ROLE_INVALID, "Trang 2 / 120");
  expect_answer (kiosk, "page bc-kt-xh", "1");
  type (ESCAPE);
  see (kiosk, ATSPI_ROLE_LABEL, "Khai mạc");
  type (ESCAPE);
  see (kiosk, ATSPI_ROLE_PUSH_BUTTON, "Vào họp");
  kiosk_free (kiosk);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_return_val_if_fail (argc > 1, 1);
  window_program = argv[1];
  /* AT-SPI's client warns when it meets a program that is just starting or ending. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  atspi_init ();
  g_test_add_func ("/ui/kiosk-window/read", test_read);
  g_test_add_func ("/ui/kiosk-window/wait-for-paper", test_wait_for_paper);
  g_test_add_func ("/ui/kiosk-window/what-changed", test_what_changed);
  g_test_add_func ("/ui/kiosk-window/line-lost", test_line_lost);
  g_test_add_func ("/ui/kiosk-window/english", test_english);
  g_test_add_func ("/ui/kiosk-window/keyboard", test_keyboard);
  return g_test_run ();
}
