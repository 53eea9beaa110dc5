/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/kit/dinh-words.h"

#include <glib/gi18n-lib.h>

/* Codes, times and sizes as people say them. The sentences for people are made here and in the pages, nowhere
 * else. */

static GDateTime *
local_time (gint64 time)
{
  return g_date_time_new_from_unix_local (time / G_USEC_PER_SEC);
}

/* dinh_words_clock: the time of day, "08:05"; @time as everywhere in microseconds since 1970. */
char *
dinh_words_clock (gint64 time)
{
  g_autoptr (GDateTime) moment = local_time (time);

  return g_date_time_format (moment, "%H:%M");
}

/* dinh_words_date: the day of the week and the date. Not by the C library, whose locale may be missing. */
char *
dinh_words_date (gint64 time)
{
  static const char *const weekdays[] = {
      N_ ("Monday"), N_ ("Tuesday"),  N_ ("Wednesday"), N_ ("Thursday"),
      N_ ("Friday"), N_ ("Saturday"), N_ ("Sunday"),
  };
  g_autoptr (GDateTime) moment = local_time (time);
  g_autofree char *date = g_date_time_format (moment, "%d/%m/%Y");

  /* Translators: a day of the week, then a date such as 24/11/2026. */
  return g_strdup_printf (_ ("%s, %s"), _ (weekdays[g_date_time_get_day_of_week (moment) - 1]), date);
}

static int
day_number (gint64 time)
{
  g_autoptr (GDateTime) moment = local_time (time);
  GDate date;

  g_date_clear (&date, 1);
  g_date_set_dmy (&date, g_date_time_get_day_of_month (moment), g_date_time_get_month (moment),
                  g_date_time_get_year (moment));
  return g_date_get_julian (&date);
}

/* dinh_words_is_same_day: whether both times fall on one day here. */
gboolean
dinh_words_is_same_day (gint64 time, gint64 other)
{
  return day_number (time) == day_number (other);
}

/* dinh_words_day: as dinh_words_date (), with "today" or "tomorrow" before it, as seen from @now. */
char *
dinh_words_day (gint64 time, gint64 now)
{
  g_autofree char *date = dinh_words_date (time);
  int days = day_number (time) - day_number (now);

  if (days == 0)
    return g_strdup_printf (_ ("Today, %s"), date);
  if (days == 1)
    return g_strdup_printf (_ ("Tomorrow, %s"), date);
  return g_steal_pointer (&date);
}

/* dinh_words_span: from when to when, "08:00 – 11:30", to follow the day it begins; with the day of the end
 * when that is another. */
char *
dinh_words_span (gint64 begins, gint64 ends)
{
  g_autofree char *from = dinh_words_clock (begins);
  g_autofree char *to = dinh_words_clock (ends);
  g_autofree char *day = dinh_words_date (ends);

  return dinh_words_is_same_day (begins, ends) ? g_strdup_printf ("%s – %s", from, to)
                                               : g_strdup_printf ("%s – %s · %s", from, day, to);
}

/* dinh_words_size: a number of bytes in kB or MB (thousands). */
char *
dinh_words_size (guint64 bytes)
{
  guint64 tenths = (bytes + 50000) / 100000;

  if (tenths < 10)
    return g_strdup_printf (_ ("%u kB"), (guint) ((bytes + 999) / 1000));
  if (tenths >= 1000)
    return g_strdup_printf (_ ("%u MB"), (guint) (tenths / 10));
  /* Translators: megabytes and tenths, with your decimal mark. */
  return g_strdup_printf (_ ("%u.%u MB"), (guint) (tenths / 10), (guint) (tenths % 10));
}

typedef struct {
  const char *code;
  const char *words;
} Saying;

static const char *
say (const Saying *sayings, gsize n, const char *code, const char *otherwise)
{
  for (gsize i = 0; i < n; i++)
    if (g_strcmp0 (sayings[i].code, code) == 0)
      return _ (sayings[i].words);
  return otherwise;
}

/* dinh_words_kind: what a kind of paper is called; NULL for none. */
const char *
dinh_words_kind (const char *kind)
{
  static const Saying kinds[] = {
      {"submission", N_ ("Submission")},
      {"draft", N_ ("Draft")},
      {"report", N_ ("Report")},
      {"plan", N_ ("Plan")},
      {"notice", N_ ("Notice")},
      {"appendix", N_ ("Appendix")},
      {"map", N_ ("Map")},
      {"table", N_ ("Table")},
      {"invitation", N_ ("Invitation")},
  };

  return say (kinds, G_N_ELEMENTS (kinds), kind, NULL);
}

/* dinh_words_line: how the line is, in a word or two. */
const char *
dinh_words_line (DinhLineState state)
{
  static const char *const words[] = {
      [DINH_LINE_OFFLINE] = N_ ("No connection"),
      [DINH_LINE_CONNECTING] = N_ ("Connecting"),
      [DINH_LINE_LIVE] = N_ ("Connected"),
      [DINH_LINE_POLLING] = N_ ("Slow connection"),
  };

  return _ (words[state]);
}

/* dinh_words_line_problem: what happened, what is safe, what to do; NULL when nothing is wrong. */
const char *
dinh_words_line_problem (DinhLineProblem problem)
{
  static const char *const words[] = {
      [DINH_LINE_PROBLEM_RECORD_WENT_BACK] = N_ ("The server was restored from an earlier copy. What this "
                                                 "device already has can still be read. Please "
                                                 "tell the secretary."),
      [DINH_LINE_PROBLEM_RECORD_FORKED] = N_ ("The server's record differs from the one this device has "
                                              "seen. What this device has is kept unchanged. "
                                              "Please tell the secretary."),
      [DINH_LINE_PROBLEM_CLOCK_WRONG] = N_ ("This device's clock is wrong; the server's time is used. "
                                            "Nothing needs to be done in the meeting."),
      [DINH_LINE_PROBLEM_CERTIFICATE_REFUSED] = N_ (
          "The server did not accept this device. Papers already downloaded can still be read. Please call "
          "technical support."),
      [DINH_LINE_PROBLEM_STORE_LOST] = N_ ("This device could no longer open what it had stored. Papers are "
                                           "downloaded again, but what was entered here and not yet sent is "
                                           "lost. Please check it and call technical support."),
      [DINH_LINE_PROBLEM_NEEDS_UPDATE] = N_ ("This device's program needs an update to show everything. "
                                             "Papers already downloaded can still be read. "
                                             "Please call technical support."),
  };

  return words[problem] ? _ (words[problem]) : NULL;
}

/* dinh_words_problem: why a paper is not here and what to do; @problem names a fault of fetching. An unknown
 * one gets a general sentence. What is wrong with a paper that is here, the reader says. */
const char *
dinh_words_problem (const char *problem)
{
  static const Saying problems[] = {
      {"no-space", N_ ("This device has no room left. Please call technical support.")},
      {"disk", N_ ("This device cannot store the paper. Please call technical support.")},
      {"damaged", N_ ("What arrived was not the file that was published. It will be downloaded again.")},
      {"spoilt", N_ ("The copy on this device was damaged. It is downloaded again.")},
      {"refused", N_ ("The server did not give out this paper. Please ask the secretary.")},
      {"gone", N_ ("The server no longer has this paper. Please ask the secretary.")},
  };

  return say (problems, G_N_ELEMENTS (problems), problem,
              _ ("The paper could not be downloaded. It will be tried again."));
}

/* dinh_words_paper_state: where a paper is, in a word or two. */
char *
dinh_words_paper_state (DinhPaper *paper)
{
  guint64 size = dinh_paper_get_size (paper);

  if (dinh_paper_get_recalled (paper))
    return g_strdup (_ ("Recalled"));

  switch (dinh_paper_get_state (paper)) {
  case DINH_PAPER_QUEUED:
    return g_strdup (_ ("Waiting"));
  case DINH_PAPER_FETCHING:
    return g_strdup_printf ("%u%%", (guint) (size ? dinh_paper_get_fetched (paper) * 100 / size : 0));
  case DINH_PAPER_READY:
    return g_strdup (_ ("Downloaded"));
  case DINH_PAPER_FAILED:
    return g_strdup (_ ("Download failed"));
  default:
    return g_strdup (_ ("Not downloaded"));
  }
}

/* dinh_words_papers_here: how many papers of @meeting are here, and how much of them. */
char *
dinh_words_papers_here (DinhMeeting *meeting)
{
  guint n_papers = dinh_meeting_get_n_papers (meeting), n_ready = dinh_meeting_get_n_ready (meeting);
  g_autofree char *fetched = dinh_words_size (dinh_meeting_get_fetched (meeting));
  g_autofree char *size = dinh_words_size (dinh_meeting_get_size (meeting));

  if (n_papers == 0)
    return g_strdup (_ ("No papers yet"));
  if (n_ready == n_papers)
    return g_strdup_printf (ngettext ("%u paper, downloaded (%s)", "All %u papers downloaded (%s)", n_papers),
                            n_papers, size);
  /* Translators: papers downloaded of all papers, then bytes of all bytes. */
  return g_strdup_printf (
      ngettext ("%u of %u paper downloaded (%s of %s)", "%u of %u papers downloaded (%s of %s)", n_papers),
      n_ready, n_papers, fetched, size);
}

/* dinh_words_join: those of the @n texts that are not NULL, with a middle dot between them. */
char *
dinh_words_join (const char *const *texts, gsize n)
{
  GString *joined = g_string_new (NULL);

  for (gsize i = 0; i < n; i++)
    if (texts[i] != NULL)
      g_string_append_printf (joined, "%s%s", joined->len > 0 ? " · " : "", texts[i]);
  return g_string_free (joined, FALSE);
}

/* dinh_words_fold: @text as somebody may search for it, in small letters without marks: "Đỗ Thị Ánh" is "do
 * thi anh". */
char *
dinh_words_fold (const char *text)
{
  g_autofree char *apart = g_utf8_normalize (text, -1, G_NORMALIZE_NFD);
  GString *folded = g_string_new (NULL);

  for (const char *p = apart == NULL ? "" : apart; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_unichar_tolower (g_utf8_get_char (p));

    if (g_unichar_ismark (c))
      continue;
    g_string_append_unichar (folded, c == 0x111 ? 'd' : c);
  }
  return g_string_free (folded, FALSE);
}
