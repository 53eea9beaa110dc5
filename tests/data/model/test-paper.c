/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/model/dinh-paper.h"

static void
update (DinhPaper *paper, const char *sha256, int version, int seq)
{
  json_t *source = json_pack ("{s:s, s:s, s:i, s:s, s:s, s:i, s:s, s:i, s:i}", "id", "ttr", "item", "a",
                              "position", 0, "title", "Tờ trình", "sha256", sha256, "size", 1000, "file",
                              "a.pdf", "version", version, "seq", seq);
  GError *error = NULL;

  g_assert_true (dinh_paper_check (source, "paper", &error));
  g_assert_no_error (error);
  dinh_paper_update (paper, source);
  json_decref (source);
}

static void
test_comes (void)
{
  g_autoptr (DinhPaper) paper = dinh_paper_new ();

  update (paper, "aa", 1, 1);
  g_assert_cmpint (dinh_paper_get_state (paper), ==, DINH_PAPER_ABSENT);
  dinh_paper_set_progress (paper, DINH_PAPER_FETCHING, 400);
  g_assert_cmpuint (dinh_paper_get_fetched (paper), ==, 400);
  dinh_paper_set_progress (paper, DINH_PAPER_FETCHING, 4000);
  g_assert_cmpuint (dinh_paper_get_fetched (paper), ==, 1000);
  dinh_paper_set_ready (paper, "/papers/aa");
  g_assert_cmpstr (dinh_paper_get_path (paper), ==, "/papers/aa");
  g_assert_cmpuint (dinh_paper_get_fetched (paper), ==, 1000);

  dinh_paper_set_failed (paper, "refused");
  g_assert_null (dinh_paper_get_path (paper));
  g_assert_cmpstr (dinh_paper_get_problem (paper), ==, "refused");
  dinh_paper_set_progress (paper, DINH_PAPER_QUEUED, 0);
  g_assert_null (dinh_paper_get_problem (paper));
}

static void
test_another_version_is_absent (void)
{
  g_autoptr (DinhPaper) paper = dinh_paper_new ();

  update (paper, "aa", 1, 1);
  dinh_paper_set_ready (paper, "/papers/aa");
  dinh_paper_set_page (paper, 7);
  update (paper, "aa", 1, 5);
  g_assert_cmpint (dinh_paper_get_state (paper), ==, DINH_PAPER_READY);
  update (paper, "bb", 2, 6);
  g_assert_cmpint (dinh_paper_get_state (paper), ==, DINH_PAPER_ABSENT);
  g_assert_null (dinh_paper_get_path (paper));
  g_assert_cmpuint (dinh_paper_get_page (paper), ==, 7);
}

static void
test_changed_since_seen (void)
{
  g_autoptr (DinhPaper) paper = dinh_paper_new ();

  update (paper, "aa", 1, 5);
  dinh_paper_compare_seen (paper, 0);
  g_assert_false (dinh_paper_get_changed (paper));
  dinh_paper_compare_seen (paper, 4);
  g_assert_true (dinh_paper_get_changed (paper));
  dinh_paper_compare_seen (paper, 5);
  g_assert_false (dinh_paper_get_changed (paper));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/paper/comes", test_comes);
  g_test_add_func ("/model/paper/another-version-is-absent", test_another_version_is_absent);
  g_test_add_func ("/model/paper/changed-since-seen", test_changed_since_seen);
  return g_test_run ();
}
