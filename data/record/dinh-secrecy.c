/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-secrecy.h"

#include <string.h>

/*
 * State secrets must not get onto a network. A paper that is one says so by a stamp: its grade in capitals,
 * alone on its line below the paper's number, often letter-spaced, sometimes stacked, aslant or beside the
 * stamp of urgency; or by a form's field, “Độ mật: …”. The same words in a sentence or a heading say nothing
 * about the paper.
 *
 * To overlook a stamp is worse than to refuse a paper that could have gone out: one that was crossed out, or
 * stands in a table of stamps, counts.
 */

const char *const dinh_secrecy_grades[] = {"mat", "toi-mat", "tuyet-mat", NULL};

/* How the grades are spelled without their spaces: in Unicode, and as TCVN 3 and VNI fonts leave them in a
 * PDF. */
static const struct {
  const char *letters, *grade;
} spellings[] = {
    {"MẬT", "mat"},          {"TỐIMẬT", "toi-mat"},       {"TUYỆTMẬT", "tuyet-mat"}, {"MËT", "mat"},
    {"TèIMËT", "toi-mat"},   {"TÈIMËT", "toi-mat"},       {"TUYÖTMËT", "tuyet-mat"}, {"MAÄT", "mat"},
    {"TOÁIMAÄT", "toi-mat"}, {"TUYEÄTMAÄT", "tuyet-mat"},
};

/* What may stand in a stamp's line besides, without spaces: urgency, and the number of the copy. */
#define URGENCY "(?:HỎATỐC|HOẢTỐC|THƯỢNGKHẨN|KHẨN|HẸNGIỜ)*"
#define STAMP "^" URGENCY "(\\p{L}+?)" URGENCY "(?:BẢNSỐ[0-9]*)?$"
#define STAMP_BYTES 64
#define STAMP_PIECES 16

/* A form's field that was filled in, perhaps on the next line; not one that lists the grades, nor a sentence.
 */
#define FIELD "độ\\s+mật\\s*:\\W*((?:(?:tuyệt|tối)\\s+)?mật)\\b(?!.*mật)(?!\\h+(?-i:\\p{Ll}))"

/* What MẬT ends when the last word of a heading has a line to itself: bí mật, bảo mật, cơ mật. The names of
 * agencies may end like that too (Uông Bí, Vĩnh Bảo), and stamps stand below them. */
static const char *const compounds[] = {"BÍ", "BẢO", "CƠ"};
#define AGENCY "\\b(?:UBND|HĐND|ỦY BAN|UỶ BAN|HỘI ĐỒNG|TỈNH|THÀNH PHỐ|HUYỆN|QUẬN|THỊ XÃ|XÃ|PHƯỜNG)\\b"

/* Adds the letters and digits of @line. */
static void
add_letters (GString *letters, const char *line)
{
  for (const char *at = line; *at != '\0'; at = g_utf8_next_char (at)) {
    if (g_unichar_isalnum (g_utf8_get_char (at)))
      g_string_append_unichar (letters, g_utf8_get_char (at));
  }
}

static const char *
find_grade (const char *letters)
{
  for (guint i = 0; i < G_N_ELEMENTS (spellings); i++) {
    if (strcmp (spellings[i].letters, letters) == 0)
      return spellings[i].grade;
  }
  return NULL;
}

/* Whether a MẬT that stands alone below @line only ends its last word. */
static gboolean
is_continued (const char *line)
{
  g_autoptr (GString) letters = g_string_new (NULL);

  add_letters (letters, line);
  for (guint i = 0; i < G_N_ELEMENTS (compounds); i++) {
    if (g_str_has_suffix (letters->str, compounds[i]))
      return !g_regex_match_simple (AGENCY, line, 0, 0);
  }
  return FALSE;
}

/* The grade that @letters are the whole stamp of. */
static const char *
read_letters (const GRegex *stamp, const char *letters)
{
  g_autoptr (GMatchInfo) match = NULL;
  g_autofree char *core = NULL;

  if (!g_regex_match (stamp, letters, 0, &match))
    return NULL;
  core = g_match_info_fetch (match, 1);
  return find_grade (core);
}

/* The grade of the stamp that the first of @lines is, or begins: what stands aslant comes in pieces, the last
 * one first if it leans the other way. */
static const char *
read_stamp (const GRegex *stamp, char **lines, char **found)
{
  g_autoptr (GString) letters = g_string_new (NULL), backwards = g_string_new (NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  const char *grade = NULL;

  for (guint i = 0; i < STAMP_PIECES && lines[i] != NULL && grade == NULL; i++) {
    gsize length = letters->len;

    add_letters (letters, lines[i]);
    g_string_prepend (backwards, letters->str + length);
    g_string_append_printf (text, "%s%s", i == 0 ? "" : " ", lines[i]);
    if (letters->len > STAMP_BYTES)
      return NULL;
    grade = read_letters (stamp, letters->str);
    if (grade == NULL)
      grade = read_letters (stamp, backwards->str);
  }
  if (grade != NULL)
    *found = g_strdup (text->str);
  return grade;
}

/* The grade in the form's field in the first of @lines. */
static const char *
read_field (const GRegex *field, char **lines, char **found)
{
  g_autofree char *text = g_strjoin ("\n", lines[0], lines[1], NULL);
  g_autofree char *value = NULL, *capitals = NULL;
  g_autoptr (GString) letters = g_string_new (NULL);
  g_autoptr (GMatchInfo) match = NULL;

  if (!g_regex_match (field, text, 0, &match))
    return NULL;
  value = g_match_info_fetch (match, 1);
  capitals = g_utf8_strup (value, -1);
  add_letters (letters, capitals);
  *found = g_strdelimit (g_match_info_fetch (match, 0), "\n", ' ');
  return find_grade (letters->str);
}

/* The lines of @text that have a letter, composed. */
static char **
split_lines (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *composed = g_utf8_normalize (valid, -1, G_NORMALIZE_ALL_COMPOSE);
  g_auto (GStrv) all = g_strsplit_set (composed, "\n\r\f\v", -1);
  g_autoptr (GStrvBuilder) lines = g_strv_builder_new ();

  for (char **line = all; *line != NULL; line++) {
    g_autoptr (GString) letters = g_string_new (NULL);

    add_letters (letters, *line);
    if (letters->len > 0)
      g_strv_builder_add (lines, g_strstrip (*line));
  }
  return g_strv_builder_end (lines);
}

/**
 * dinh_secrecy_get_words:
 *
 * Returns: (transfer none) (nullable): the words of the stamp for @grade, "TỐI MẬT"; %NULL if it is no grade.
 */
const char *
dinh_secrecy_get_words (const char *grade)
{
  static const char *const words[] = {"MẬT", "TỐI MẬT", "TUYỆT MẬT"};

  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    if (g_strcmp0 (dinh_secrecy_grades[i], grade) == 0)
      return words[i];
  }
  return NULL;
}

/**
 * dinh_secrecy_find_stamp:
 * @text: a page's text in its lines, any bytes
 * @found: (out) (transfer full): the words that were taken for a stamp, as they stand there
 *
 * Looks for the stamp by which a paper says that it is a state secret. Returns: (transfer none) (nullable):
 * its grade, %NULL if there is none; a page without text, a scan, has none.
 */
const char *
dinh_secrecy_find_stamp (const char *text, char **found)
{
  g_autoptr (GRegex) stamp = g_regex_new (STAMP, G_REGEX_OPTIMIZE, 0, NULL);
  g_autoptr (GRegex) field = g_regex_new (FIELD, G_REGEX_OPTIMIZE | G_REGEX_CASELESS, 0, NULL);
  g_auto (GStrv) lines = split_lines (text);
  const char *grade = NULL;

  for (guint i = 0; grade == NULL && lines[i] != NULL; i++) {
    if (i == 0 || !is_continued (lines[i - 1]))
      grade = read_stamp (stamp, lines + i, found);
    if (grade == NULL)
      grade = read_field (field, lines + i, found);
  }
  return grade;
}
