/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-secrecy.h"

/* What is a stamp of secrecy on a page, and what only reads like one. */

#define HEAD "ỦY BAN NHÂN DÂN\nTỈNH HỒNG LAM\n-------\nSố: 12/BC-UBND\n"
#define REST "BÁO CÁO\nVề tình hình an ninh, trật tự năm 2026\nKính gửi: Hội đồng nhân dân tỉnh.\n"

static const struct {
  const char *text, *grade, *found;
} stamped[] = {
    {"MẬT", "mat", "MẬT"},
    {"TỐI MẬT", "toi-mat", "TỐI MẬT"},
    {"TUYỆT MẬT", "tuyet-mat", "TUYỆT MẬT"},
    {HEAD "MẬT\n" REST, "mat", "MẬT"},
    {HEAD "  TỐI MẬT  \r\n" REST, "toi-mat", "TỐI MẬT"},
    {REST "\fTUYỆT MẬT", "tuyet-mat", "TUYỆT MẬT"},
    /* letter-spaced, with whatever spaces */
    {HEAD "M Ậ T\n" REST, "mat", "M Ậ T"},
    {HEAD "T Ố I  M Ậ T\n" REST, "toi-mat", "T Ố I  M Ậ T"},
    {HEAD "T U Y Ệ T   M Ậ T\n" REST, "tuyet-mat", "T U Y Ệ T   M Ậ T"},
    {HEAD "TỐI\tMẬT\n" REST, "toi-mat", NULL},
    {HEAD "M\u00a0Ậ\u00a0T\n" REST, "mat", NULL},
    {HEAD "TUYỆT\u2003MẬT\n" REST, "tuyet-mat", NULL},
    {HEAD "M\u200bẬT\n" REST, "mat", NULL},
    {HEAD "TUYỆTMẬT\n" REST, "tuyet-mat", "TUYỆTMẬT"},
    /* decomposed, half composed, in another order */
    {HEAD "MA\u0302\u0323T\n" REST, "mat", "MẬT"},
    {HEAD "MA\u0323\u0302T\n" REST, "mat", "MẬT"},
    {HEAD "MÂ\u0323T\n" REST, "mat", "MẬT"},
    {HEAD "MẠ\u0302T\n" REST, "mat", "MẬT"},
    {HEAD "TO\u0302\u0301I MA\u0302\u0323T\n" REST, "toi-mat", "TỐI MẬT"},
    {HEAD "TUYE\u0302\u0323T MA\u0302\u0323T\n" REST, "tuyet-mat", "TUYỆT MẬT"},
    {HEAD "ＭẬＴ\n" REST, "mat", "MẬT"},
    /* framed */
    {HEAD "[MẬT]\n" REST, "mat", "[MẬT]"},
    {HEAD "(TỐI MẬT)\n" REST, "toi-mat", NULL},
    {HEAD "- TUYỆT MẬT -\n" REST, "tuyet-mat", NULL},
    {HEAD "*** MẬT ***\n" REST, "mat", NULL},
    {HEAD "“MẬT”\n" REST, "mat", NULL},
    {HEAD "│ MẬT │\n" REST, "mat", NULL},
    {HEAD "MẬT.\n" REST, "mat", NULL},
    /* stacked, aslant, upright: in pieces */
    {HEAD "TUYỆT\nMẬT\n" REST, "tuyet-mat", "TUYỆT MẬT"},
    {HEAD "TỐI\n\nMẬT\n" REST, "toi-mat", "TỐI MẬT"},
    {HEAD "M\nẬ\nT\n" REST, "mat", "M Ậ T"},
    {HEAD "TU\nYỆ\nT\nM\nẬ\nT\n" REST, "tuyet-mat", NULL},
    {HEAD "T\nẬ\nM\n" REST, "mat", "T Ậ M"},
    {HEAD "T\nYỆ\nTU\nT\nẬ\nM\n" REST, "mat", "T Ậ M"},
    /* beside other stamps */
    {HEAD "MẬT - KHẨN\n" REST, "mat", "MẬT - KHẨN"},
    {HEAD "HỎA TỐC TUYỆT MẬT\n" REST, "tuyet-mat", NULL},
    {HEAD "HOẢ TỐC - MẬT\n" REST, "mat", NULL},
    {HEAD "TỐI MẬT   THƯỢNG KHẨN\n" REST, "toi-mat", NULL},
    {HEAD "MẬT HỎA TỐC HẸN GIỜ\n" REST, "mat", NULL},
    {HEAD "MẬT\nBẢN SỐ: 03\n" REST, "mat", "MẬT"},
    {HEAD "TỐI MẬT  Bản số: 3\nBẢN SỐ 04 TỐI MẬT\nTỐI MẬT BẢN SỐ: 04\n", "toi-mat", "TỐI MẬT BẢN SỐ: 04"},
    {HEAD "MẬT\nGIẢI MẬT\n" REST, "mat", "MẬT"},
    /* below an agency whose name ends like a compound */
    {"ỦY BAN NHÂN DÂN\nTHÀNH PHỐ UÔNG BÍ\nMẬT\n" REST, "mat", "MẬT"},
    {"UBND HUYỆN VĨNH BẢO\n-----\nMẬT\n" REST, "mat", "MẬT"},
    {"UBND XÃ CẦN CƠ\nTỐI MẬT\n" REST, "toi-mat", "TỐI MẬT"},
    /* a form's field */
    {HEAD "Độ mật: Mật\n" REST, "mat", "Độ mật: Mật"},
    {HEAD "ĐỘ MẬT: TUYỆT MẬT\n" REST, "tuyet-mat", NULL},
    {HEAD "Độ mật : tối mật\n" REST, "toi-mat", NULL},
    {HEAD "Độ mật: “Mật”.\n" REST, "mat", NULL},
    {HEAD "Độ mật:\nTối mật\n" REST, "toi-mat", "Độ mật: Tối mật"},
    {HEAD "Mức độ mật: Mật; độ khẩn: Hỏa tốc\n" REST, "mat", "độ mật: Mật"},
    {HEAD "Số trang: 12   Độ mật: Mật   Độ khẩn: Không\n" REST, "mat", NULL},
    {HEAD "Đo\u0323\u0302 ma\u0302\u0323t: To\u0302\u0301i ma\u0302\u0323t\n" REST, "toi-mat", NULL},
    /* old fonts */
    {"Sè: 12/BC-UBND\nMËT\n", "mat", "MËT"},
    {"Sè: 12/BC-UBND\nTUYÖT MËT\n", "tuyet-mat", NULL},
    {"Sè: 12/BC-UBND\nTèI MËT\n", "toi-mat", NULL},
    {"Soá: 12/BC-UBND\nMAÄT\n", "mat", "MAÄT"},
    {"Soá: 12/BC-UBND\nTOÁI MAÄT\n", "toi-mat", NULL},
    {"Soá: 12/BC-UBND\nTUYEÄT MAÄT\n", "tuyet-mat", NULL},
    /* among bytes that are no text */
    {"\xff\xfe\nMẬT\n\xc3", "mat", "MẬT"},
};

static const char *const unstamped[] = {
    "",
    "\n\n \n",
    HEAD REST,
    /* in sentences */
    "Về công tác bảo mật",
    "Căn cứ Luật Bảo vệ bí mật nhà nước ngày 15 tháng 11 năm 2018;",
    "Ngành mật mã phối hợp với Sở Khoa học và Công nghệ.",
    "Tài liệu Mật, Tối mật và Tuyệt mật không gửi qua mạng.",
    "Tài liệu MẬT, TỐI MẬT, TUYỆT MẬT không gửi qua mạng.",
    "Không đưa tài liệu MẬT lên hệ thống",
    "Đổi mật khẩu 90 ngày một lần; sản xuất mật ong; mật độ dân số.",
    "các dấu chỉ độ mật: mật, tối mật, tuyệt mật",
    "Độ mật: Mật là loại bí mật thấp nhất",
    "Bí mật nhà nước độ Mật",
    /* broken over lines */
    "theo quy định của pháp luật về bảo vệ bí\nmật nhà nước",
    "theo quy định của pháp luật về bảo vệ bí\nmật",
    "theo quy định của pháp luật về bảo vệ bí\nmật.",
    "văn bản độ tối\nmật",
    "văn bản độ Tối\nMật",
    /* headings */
    "MẬT ĐỘ XÂY DỰNG",
    "MẬT ĐỘ\nDÂN SỐ",
    "MẬT MÃ",
    "MẬT KHẨU",
    "MẬT ONG",
    "BẢO MẬT",
    "B Ả O  M Ậ T",
    "BÍ MẬT",
    "CƠ MẬT",
    "ĐỘ MẬT",
    "GIẢI MẬT",
    "BÍ MẬT NHÀ NƯỚC",
    "LUẬT BẢO VỆ BÍ MẬT NHÀ NƯỚC",
    "QUY CHẾ BẢO VỆ BÍ\nMẬT NHÀ NƯỚC",
    "VỀ TĂNG CƯỜNG CÔNG TÁC BẢO\nMẬT",
    "VỀ VIỆC GIỮ GÌN BÍ\nMẬT",
    "V Ề   B Ả O\nM Ậ T",
    "DANH MỤC TÀI LIỆU MẬT",
    "TÀI LIỆU MẬT",
    "GIỮ GÌN TÀI LIỆU CƠ\nMẬT",
    "QUY CHẾ BẢO MẬT\nTHÔNG TIN",
    "Ủy ban nhân dân xã Mật Sơn",
    "XÃ MẬT SƠN",
    "ÔNG NGUYỄN VĂN MẬT",
    /* stamps of other things */
    "KHẨN",
    "HỎA TỐC",
    "THƯỢNG KHẨN\nHẸN GIỜ",
    "BẢN SỐ: 03",
    "TÀI LIỆU THU HỒI",
    "TUYỆT\nĐỐI",
    "TỐI",
    /* forms that were not filled in, or say that it is none */
    "Độ mật:",
    "Độ mật: Không",
    "Độ mật: Thường; độ khẩn: Thường",
    "Độ mật: …………",
    "Độ mật:\nĐộ khẩn:",
    "Độ mật: □ Mật □ Tối mật □ Tuyệt mật",
    "Độ mật: Mật / Tối mật / Tuyệt mật",
    "Độ mật\nMật",
    "Độ khẩn: Hỏa tốc",
    /* capitals without their marks are other words */
    "MAT",
    "MÁT",
    "MẶT",
    "MẤT",
    "TOI MAT",
    "T\nM",
};

static void
test_stamped (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (stamped); i++) {
    g_autofree char *found = NULL;
    const char *grade = dinh_secrecy_find_stamp (stamped[i].text, &found);

    g_test_message ("%s", stamped[i].text);
    g_assert_cmpstr (grade, ==, stamped[i].grade);
    g_assert_true (g_utf8_validate (found, -1, NULL));
    if (stamped[i].found != NULL)
      g_assert_cmpstr (found, ==, stamped[i].found);
  }
}

static void
test_unstamped (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (unstamped); i++) {
    g_autofree char *found = NULL;
    g_autofree char *amid = g_strconcat (HEAD, unstamped[i], "\n", REST, NULL);

    g_test_message ("%s", unstamped[i]);
    g_assert_cmpstr (dinh_secrecy_find_stamp (unstamped[i], &found), ==, NULL);
    g_assert_cmpstr (dinh_secrecy_find_stamp (amid, &found), ==, NULL);
    g_assert_null (found);
  }
}

/* A page of nothing but pieces, or of one line, is read to its end too. */
static void
test_long (void)
{
  g_autoptr (GString) pieces = g_string_new (NULL);
  g_autofree char *line = g_strnfill (1000 * 1000, 'M');
  g_autofree char *found = NULL;

  for (guint i = 0; i < 20 * 1000; i++)
    g_string_append (pieces, "M\n");
  g_assert_null (dinh_secrecy_find_stamp (pieces->str, &found));
  g_assert_null (dinh_secrecy_find_stamp (line, &found));
  g_string_append (pieces, "MẬT");
  g_assert_cmpstr (dinh_secrecy_find_stamp (pieces->str, &found), ==, "mat");
}

static void
test_words (void)
{
  g_assert_cmpstr (dinh_secrecy_get_words ("mat"), ==, "MẬT");
  g_assert_cmpstr (dinh_secrecy_get_words ("tuyet-mat"), ==, "TUYỆT MẬT");
  g_assert_null (dinh_secrecy_get_words ("thuong"));
  g_assert_null (dinh_secrecy_get_words (NULL));
  for (guint i = 0; dinh_secrecy_grades[i] != NULL; i++) {
    g_autofree char *found = NULL;

    g_assert_cmpstr (dinh_secrecy_find_stamp (dinh_secrecy_get_words (dinh_secrecy_grades[i]), &found), ==,
                     dinh_secrecy_grades[i]);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/secrecy/stamped", test_stamped);
  g_test_add_func ("/secrecy/unstamped", test_unstamped);
  g_test_add_func ("/secrecy/long", test_long);
  g_test_add_func ("/secrecy/words", test_words);
  return g_test_run ();
}
