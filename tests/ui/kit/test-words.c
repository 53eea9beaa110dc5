/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/kit/dinh-words.h"

#include "app/dinh-locale.h"

static gint64
at (const char *time)
{
  g_autoptr (GDateTime) moment = g_date_time_new_from_iso8601 (time, NULL);

  return g_date_time_to_unix (moment) * G_USEC_PER_SEC;
}

#define assert_words(call, wanted)                                                                           \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    g_autofree char *words = call;                                                                           \
    g_assert_cmpstr (words, ==, wanted);                                                                     \
  }                                                                                                          \
  G_STMT_END

static void
test_sizes (void)
{
  assert_words (dinh_words_size (0), "0 kB");
  assert_words (dinh_words_size (1), "1 kB");
  assert_words (dinh_words_size (640000), "640 kB");
  assert_words (dinh_words_size (949999), "950 kB");
  assert_words (dinh_words_size (950000), "1,0 MB");
  assert_words (dinh_words_size (12582912), "12,6 MB");
  assert_words (dinh_words_size (99949999), "99,9 MB");
  assert_words (dinh_words_size (99950000), "100 MB");
  assert_words (dinh_words_size (G_GUINT64_CONSTANT (34000000000)), "34000 MB");
}

static void
test_times (void)
{
  gint64 now = at ("2026-11-24T00:55:00Z");

  assert_words (dinh_words_clock (now), "07:55");
  assert_words (dinh_words_day (at ("2026-11-24T16:59:59Z"), now), "Hôm nay, Thứ Ba, 24/11/2026");
  assert_words (dinh_words_day (at ("2026-11-24T17:00:00Z"), now), "Ngày mai, Thứ Tư, 25/11/2026");
  assert_words (dinh_words_day (at ("2026-11-23T16:59:59Z"), now), "Thứ Hai, 23/11/2026");
  assert_words (dinh_words_date (at ("2026-11-29T01:00:00Z")), "Chủ nhật, 29/11/2026");
  assert_words (dinh_words_span (now, at ("2026-11-24T04:30:00Z")), "07:55 – 11:30");
  assert_words (dinh_words_span (now, at ("2026-11-25T10:00:00Z")), "07:55 – Thứ Tư, 25/11/2026 · 17:00");
}

static void
test_joins_what_is_there (void)
{
  assert_words (dinh_words_join ((const char *[]){"a", NULL, "b"}, 3), "a · b");
  assert_words (dinh_words_join ((const char *[]){NULL, NULL}, 2), "");
}

/* Every state of the line and every problem has words of its own. */
static void
test_line (void)
{
  g_autoptr (GHashTable) said = g_hash_table_new (g_str_hash, g_str_equal);

  for (int state = DINH_LINE_OFFLINE; state <= DINH_LINE_POLLING; state++)
    g_assert_true (g_hash_table_add (said, (gpointer) dinh_words_line (state)));
  g_assert_null (dinh_words_line_problem (DINH_LINE_PROBLEM_NONE));
  for (int problem = DINH_LINE_PROBLEM_RECORD_WENT_BACK; problem <= DINH_LINE_PROBLEM_NEEDS_UPDATE; problem++)
    g_assert_true (g_hash_table_add (said, (gpointer) dinh_words_line_problem (problem)));
}

static void
test_problems (void)
{
  g_assert_cmpstr (dinh_words_problem ("refused"), ==, "Máy chủ không cấp tài liệu này. Xin hỏi thư ký.");
  g_assert_cmpstr (dinh_words_problem ("unheard-of"), ==, "Chưa tải được tài liệu. Máy sẽ tự thử lại.");
  g_assert_cmpstr (dinh_words_problem (NULL), ==, "Chưa tải được tài liệu. Máy sẽ tự thử lại.");
  g_assert_cmpstr (dinh_words_kind ("submission"), ==, "Tờ trình");
  g_assert_null (dinh_words_kind ("other"));
  g_assert_null (dinh_words_kind (NULL));
}

static void
test_fold (void)
{
  static const char *const pairs[][2] = {
      {"Đỗ Thị Ánh", "do thi anh"}, {"NGUYỄN Ưu", "nguyen uu"}, {"Vàng A Sử", "vang a su"}, {"", ""}};

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++) {
    g_autofree char *folded = dinh_words_fold (pairs[i][0]);

    g_assert_cmpstr (folded, ==, pairs[i][1]);
  }
}

int
main (int argc, char **argv)
{
  dinh_locale_init ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kit/words/sizes", test_sizes);
  g_test_add_func ("/kit/words/times", test_times);
  g_test_add_func ("/kit/words/joins-what-is-there", test_joins_what_is_there);
  g_test_add_func ("/kit/words/fold", test_fold);
  g_test_add_func ("/kit/words/line", test_line);
  g_test_add_func ("/kit/words/problems", test_problems);
  return g_test_run ();
}
