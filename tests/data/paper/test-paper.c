/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <sys/stat.h>

#include "data/record/dinh-secrecy.h"
#include "tests/data/paper/paper-fixture.h"
#include "tests/data/paper/worded-paper.h"

static char *
write_truncated (Fixture *fixture)
{
  g_autofree char *whole = fixture_write_paper (fixture, "whole.pdf", 3);
  g_autofree char *bytes = NULL;

  g_assert_true (g_file_get_contents (whole, &bytes, NULL, NULL));
  return fixture_write (fixture, "truncated.pdf", bytes, 40);
}

static char *
write_encrypted (Fixture *fixture)
{
  g_autofree char *plain = fixture_write_paper (fixture, "plain.pdf", 1);
  char *path = g_build_filename (fixture->folder, "encrypted.pdf", NULL);
  const char *command[] = {"qpdf", "--encrypt", "user", "owner", "256", "--", plain, path, NULL};

  /* It warns of the missing table of objects (status 3). */
  g_assert_true (g_spawn_sync (NULL, (char **) command, NULL,
                               G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL, NULL, NULL,
                               NULL));
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  return path;
}

static char *
write_brackets (Fixture *fixture)
{
  g_autofree char *brackets = g_strnfill (200 * 1000, '[');

  memcpy (brackets, "%PDF-1.4\n1 0 obj ", 17);
  return fixture_write (fixture, "brackets.pdf", brackets, -1);
}

static char *
write_empty (Fixture *fixture)
{
  return fixture_write (fixture, "empty.pdf", "", 0);
}

static char *
write_text (Fixture *fixture)
{
  return fixture_write (fixture, "text.pdf", "Kính gửi: Ủy ban nhân dân tỉnh\n", -1);
}

static char *
write_without_pages (Fixture *fixture)
{
  g_autofree char *pdf = pdf_make (NULL, 0, "", NULL);

  return fixture_write (fixture, "without-pages.pdf", pdf, -1);
}

static char *
write_with_many_pages (Fixture *fixture)
{
  return fixture_write_paper (fixture, "many.pdf", 20001);
}

static char *
write_fifo (Fixture *fixture)
{
  char *path = g_build_filename (fixture->folder, "fifo.pdf", NULL);

  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  return path;
}

static const struct {
  char *(*write) (Fixture *);
  int code;
} bad_papers[] = {
    {write_truncated, DINH_PAPER_ERROR_NOT_PDF},
    {write_encrypted, DINH_PAPER_ERROR_ENCRYPTED},
    {write_brackets, DINH_PAPER_ERROR_NOT_PDF},
    {write_empty, DINH_PAPER_ERROR_EMPTY},
    {write_text, DINH_PAPER_ERROR_NOT_PDF},
    {write_without_pages, DINH_PAPER_ERROR_EMPTY},
    {write_with_many_pages, DINH_PAPER_ERROR_TOO_LARGE},
    {write_fifo, DINH_PAPER_ERROR_NOT_PDF},
};

/* Inspecting and opening tell the same, and the renderer goes on. */
static void
test_bad_papers (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad_papers); i++) {
    g_autofree char *path = bad_papers[i].write (fixture);
    g_autoptr (GError) told = NULL;
    g_autoptr (GError) opened = NULL;
    g_auto (DinhPaperFacts) facts = {0};

    g_test_message ("%s", path);
    g_assert_false (dinh_paper_inspect (fixture->program, path, &facts, NULL, &told));
    g_assert_error (told, DINH_PAPER_ERROR, bad_papers[i].code);
    g_assert_nonnull (strstr (told->message, path));
    g_assert_null (open_document (fixture->renderer, path, &opened));
    g_assert_error (opened, DINH_PAPER_ERROR, bad_papers[i].code);
    g_assert_cmpstr (opened->message, ==, told->message);
  }
}

static void
test_inspect (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_write_paper (fixture, "paper.pdf", 7);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_auto (DinhPaperFacts) facts = {0};
  struct stat status;

  g_assert_true (dinh_paper_inspect (fixture->program, path, &facts, cancellable, NULL));
  g_assert_cmpint (stat (path, &status), ==, 0);
  g_assert_cmpuint (facts.n_pages, ==, 7);
  g_assert_cmpint (facts.size, ==, status.st_size);
  g_assert_cmpstr (facts.first_page, ==, "");
  dinh_paper_facts_clear (&facts);

  g_cancellable_cancel (cancellable);
  g_assert_false (dinh_paper_inspect (fixture->program, path, &facts, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_false (dinh_paper_inspect (fixture->program, "/nonexistent.pdf", &facts, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

#define HEADING                                                                                              \
  {60, 60, 0, "ỦY BAN NHÂN DÂN"}, {60, 76, 0, "TỈNH HỒNG LAM"}, {60, 100, 0, "Số: 12/BC-UBND"},              \
      {300, 60, 0, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"}, {300, 76, 0, "Độc lập - Tự do - Hạnh phúc"},       \
  {                                                                                                          \
    300, 100, 0, "Hồng Châu, ngày 24 tháng 11 năm 2026"                                                \
  }
#define BODY                                                                                                                          \
  {250, 190, 0, "BÁO CÁO"}, {200, 206, 0, "Về công tác bảo mật, mật mã"},                                                             \
  {                                                                                                                                   \
    60, 240, 0, "Căn cứ Luật Bảo vệ bí mật nhà nước, Ủy ban nhân dân tỉnh báo cáo về mật độ dân số" \
  }

/* Where stamps are put, and how they lie. */
static void
test_stamps (Fixture *fixture, gconstpointer data)
{
  static const struct {
    PlacedWords words[16];
    const char *grade;
  } cases[] = {
      {{HEADING, BODY}, NULL},
      {{HEADING, {80, 122, 0, "MẬT"}, BODY}, "mat"},
      {{HEADING, {300, 122, 0, "TỐI MẬT"}, BODY}, "toi-mat"},
      {{HEADING, {80, 116, 0, "TUYỆT MẬT"}, {250, 116, 0, "HỎA TỐC"}, BODY}, "tuyet-mat"},
      /* at the end of a column, beside the next one, on the line of other words */
      {{{60, 60, 0, "UBND TỈNH"},
        {60, 80, 0, "MẬT"},
        {220, 60, 0, "CỘNG HÒA"},
        {220, 80, 0, "Độc lập"},
        BODY},
       "mat"},
      {{{60, 60, 0, "UBND"},
        {60, 80, 0, "MẬT"},
        {140, 60, 0, "CỘNG HÒA"},
        {140, 80, 0, "Độc lập"},
        {60, 100, 0, "Số: 12/BC"},
        {140, 100, 0, "Hồng Châu"},
        BODY},
       "mat"},
      {{HEADING, {470, 190, 0, "TỐI MẬT"}, BODY}, "toi-mat"},
      {{HEADING, {530, 20, 0, "MẬT"}, BODY}, "mat"},
      {{HEADING, {300, 830, 0, "MẬT"}, BODY}, "mat"},
      /* spaced out; one piece for each letter */
      {{HEADING, {80, 122, 0, "M Ậ T"}, BODY}, "mat"},
      {{HEADING, {80, 122, 0, "M"}, {110, 122, 0, "Ậ"}, {140, 122, 0, "T"}, BODY}, "mat"},
      {{HEADING, {80, 122, 0, "T Ố I   M Ậ T"}, BODY}, "toi-mat"},
      {{HEADING, {80, 122, 0, "TUYỆT"}, {80, 138, 0, "MẬT"}, BODY}, "tuyet-mat"},
      {{HEADING, {80, 122, 0, "MA\u0302\u0323T"}, BODY}, "mat"},
      /* askew, aslant, upright, upside down */
      {{HEADING, {80, 140, -6, "MẬT"}, BODY}, "mat"},
      {{HEADING, {200, 600, -45, "TUYỆT MẬT"}, BODY}, "tuyet-mat"},
      {{HEADING, {200, 500, 45, "TỐI MẬT"}, BODY}, "toi-mat"},
      {{HEADING, {200, 500, 45, "TUYỆT MẬT"}, BODY}, "mat"}, /* its first word comes in another order */
      {{HEADING, {570, 500, -90, "TỐI MẬT"}, BODY}, "toi-mat"},
      {{HEADING, {570, 500, 90, "TỐI MẬT"}, BODY}, "toi-mat"},
      {{HEADING, {300, 500, 180, "MẬT"}, BODY}, "mat"},
      /* headings, in capitals too, beside and below each other */
      {{HEADING, {200, 150, 0, "MẬT ĐỘ XÂY DỰNG"}, BODY}, NULL},
      {{HEADING, {200, 150, 0, "QUY CHẾ BẢO VỆ BÍ"}, {260, 166, 0, "MẬT"}, BODY}, NULL},
      {{HEADING, {570, 500, -90, "BẢO MẬT"}, BODY}, NULL},
      {{HEADING, {80, 150, 0, "ĐỘ MẬT"}, {200, 150, 0, "ĐỘ KHẨN"}, BODY}, NULL},
      {{HEADING, {80, 150, 0, "Độ mật: Mật"}, BODY}, "mat"},
      {{HEADING, {80, 150, 0, "Độ mật:"}, {180, 150, 0, "Tối mật"}, BODY}, "toi-mat"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_build_filename (fixture->folder, "worded.pdf", NULL);
    g_auto (DinhPaperFacts) facts = {0};
    g_autofree char *found = NULL;
    guint n_words = 0;

    while (n_words < G_N_ELEMENTS (cases[i].words) && cases[i].words[n_words].text != NULL)
      n_words++;
    worded_paper_write (path, cases[i].words, n_words);
    g_assert_true (dinh_paper_inspect (fixture->program, path, &facts, NULL, NULL));
    g_test_message ("case %u: %s", i, facts.first_page);
    g_assert_cmpstr (dinh_secrecy_find_stamp (facts.first_page, &found), ==, cases[i].grade);
  }
}

/* Width and height stand at fixed places of a PNG file. */
static void
test_png (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_write_paper (fixture, "paper.pdf", 1);
  g_autofree char *out = g_build_filename (fixture->folder, "page.png", NULL);
  g_autofree char *png = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  g_assert_true (dinh_paper_render_png (fixture->program, path, 0, 144, out, NULL));
  g_assert_true (g_file_get_contents (out, &png, &size, NULL));
  g_assert_cmpmem (png, 8, "\x89PNG\r\n\x1a\n", 8);
  g_assert_cmpmem (png + 16, 8, "\0\0\x01\x90\0\0\0\xc8", 8);
  g_assert_cmpmem (png + size - 8, 4, "IEND", 4);

  g_assert_false (dinh_paper_render_png (fixture->program, path, 1, 144, out, &error));
  g_assert_error (error, DINH_PAPER_ERROR, DINH_PAPER_ERROR_NO_SUCH_PAGE);
  g_clear_error (&error);
  g_assert_false (dinh_paper_render_png (fixture->program, path, 0, 0, out, &error));
  g_assert_error (error, DINH_PAPER_ERROR, DINH_PAPER_ERROR_TOO_LARGE);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/paper/bad-papers", test_bad_papers);
  ADD ("/paper/inspect", test_inspect);
  ADD ("/paper/stamps", test_stamps);
  ADD ("/paper/png", test_png);
  return g_test_run ();
}
