/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/model/dinh-meeting.h"

static json_t *
load (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "fixtures", "meeting.json", NULL);
  json_error_t error;
  json_t *state = json_load_file (path, JSON_REJECT_DUPLICATES, &error);

  if (state == NULL)
    g_error ("%s:%d: %s", path, error.line, error.text);
  return state;
}

static DinhMeeting *
meeting_from (json_t *state, guint64 seq)
{
  DinhMeeting *meeting = dinh_meeting_new ("0190f5a0-0000-7000-8000-000000000001");
  GError *error = NULL;

  dinh_meeting_update (meeting, state, seq, &error);
  g_assert_no_error (error);
  return meeting;
}

static json_t *
at (json_t *state, const char *group, const char *id)
{
  return json_object_get (json_object_get (state, group), id);
}

static void
append_item (GString *text, gpointer object)
{
  DinhAgendaItem *item = object;
  GListModel *papers = dinh_agenda_item_get_papers (item), *items = dinh_agenda_item_get_items (item);

  g_string_append_printf (text, "%s=%s", dinh_agenda_item_get_number (item), dinh_agenda_item_get_id (item));
  for (guint i = 0; i < g_list_model_get_n_items (papers); i++) {
    g_autoptr (DinhPaper) paper = g_list_model_get_item (papers, i);

    g_string_append_printf (text, "+%s", dinh_paper_get_id (paper));
  }
  g_string_append_c (text, ' ');
  for (guint i = 0; i < g_list_model_get_n_items (items); i++) {
    g_autoptr (DinhAgendaItem) below = g_list_model_get_item (items, i);

    append_item (text, below);
  }
}

static char *
agenda_of (DinhMeeting *meeting)
{
  GString *text = g_string_new (NULL);
  GListModel *agenda = dinh_meeting_get_agenda (meeting);

  for (guint i = 0; i < g_list_model_get_n_items (agenda); i++) {
    g_autoptr (DinhAgendaItem) item = g_list_model_get_item (agenda, i);

    append_item (text, item);
  }
  return g_string_free (text, FALSE);
}

#define assert_agenda(meeting, wanted)                                                                       \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    g_autofree char *got = agenda_of (meeting);                                                              \
    g_assert_cmpstr (got, ==, wanted);                                                                       \
  }                                                                                                          \
  G_STMT_END

static void
test_fills (void)
{
  json_t *state = load ();
  g_autoptr (DinhMeeting) meeting = meeting_from (state, 40);
  g_autoptr (DinhPaper) last = g_list_model_get_item (dinh_meeting_get_papers (meeting), 6);

  g_assert_cmpint (dinh_meeting_get_begins (meeting), ==, G_GINT64_CONSTANT (1795482000000000));
  g_assert_cmpint (dinh_meeting_get_status (meeting), ==, DINH_MEETING_PUBLISHED);
  g_assert_cmpuint (g_strv_length ((GStrv) dinh_meeting_get_sites (meeting)), ==, 3);
  assert_agenda (meeting,
                 "1=khai-mac 2=kt-xh+bc-kt-xh+pl-so-lieu 3=de-an-cds+ttr-214+dt-nq 3.1=ha-tang+bc-ha-tang "
                 "3.2=nhan-luc 4=dau-tu-cong+bd-du-an+dt-cu 5=can-bo ");
  g_assert_cmpuint (g_list_model_get_n_items (dinh_meeting_get_papers (meeting)), ==, 7);
  g_assert_cmpstr (dinh_paper_get_id (last), ==, "dt-cu");
  g_assert_cmpuint (dinh_meeting_get_n_papers (meeting), ==, 6);
  g_assert_cmpuint (dinh_meeting_get_n_changed (meeting), ==, 0);
  json_decref (state);
}

static void
on_items_changed (GListModel *list, guint position, guint removed, guint added, guint *touched)
{
  *touched += removed + added;
}

static void
test_keeps_objects (void)
{
  json_t *state = load ();
  g_autoptr (DinhMeeting) meeting = meeting_from (state, 40);
  DinhAgendaItem *item = dinh_meeting_find_item (meeting, "de-an-cds");
  DinhPaper *paper = dinh_meeting_find_paper (meeting, "ttr-214");
  guint touched = 0;

  g_signal_connect (dinh_meeting_get_agenda (meeting), "items-changed", G_CALLBACK (on_items_changed),
                    &touched);
  g_signal_connect (dinh_meeting_get_papers (meeting), "items-changed", G_CALLBACK (on_items_changed),
                    &touched);
  g_assert_true (dinh_meeting_update (meeting, state, 41, NULL));
  g_assert_cmpuint (touched, ==, 0);

  /* Item 2 goes away with its papers; the others move up and stay themselves. */
  json_object_del (json_object_get (state, "items"), "kt-xh");
  json_object_del (json_object_get (state, "papers"), "bc-kt-xh");
  json_object_del (json_object_get (state, "papers"), "pl-so-lieu");
  g_assert_true (dinh_meeting_update (meeting, state, 42, NULL));
  g_assert_cmpuint (touched, ==, 3);
  g_assert_true (dinh_meeting_find_item (meeting, "de-an-cds") == item);
  g_assert_true (dinh_meeting_find_paper (meeting, "ttr-214") == paper);
  assert_agenda (meeting, "1=khai-mac 2=de-an-cds+ttr-214+dt-nq 2.1=ha-tang+bc-ha-tang 2.2=nhan-luc "
                          "3=dau-tu-cong+bd-du-an+dt-cu 4=can-bo ");

  /* A paper moves to another item, an item below another. */
  json_object_set_new (at (state, "papers", "dt-nq"), "item", json_string ("can-bo"));
  json_object_set_new (at (state, "items", "can-bo"), "parent", json_string ("khai-mac"));
  g_assert_true (dinh_meeting_update (meeting, state, 43, NULL));
  assert_agenda (meeting,
                 "1=khai-mac 1.1=can-bo+dt-nq 2=de-an-cds+ttr-214 2.1=ha-tang+bc-ha-tang 2.2=nhan-luc "
                 "3=dau-tu-cong+bd-du-an+dt-cu ");
  json_decref (state);
}

static void
test_knows_what_changed (void)
{
  json_t *state = load ();
  g_autoptr (DinhMeeting) meeting = meeting_from (state, 40);

  dinh_meeting_mark_seen (meeting);
  g_assert_cmpuint (dinh_meeting_get_seen_seq (meeting), ==, 40);
  json_object_set_new (at (state, "papers", "dt-nq"), "version", json_integer (2));
  json_object_set_new (at (state, "papers", "dt-nq"), "sha256", json_string ("ff"));
  json_object_set_new (at (state, "papers", "dt-nq"), "seq", json_integer (41));
  json_object_set_new (at (state, "items", "khai-mac"), "seq", json_integer (42));
  g_assert_true (dinh_meeting_update (meeting, state, 42, NULL));
  g_assert_cmpuint (dinh_meeting_get_n_changed (meeting), ==, 2);
  g_assert_true (dinh_paper_get_changed (dinh_meeting_find_paper (meeting, "dt-nq")));
  g_assert_false (dinh_paper_get_changed (dinh_meeting_find_paper (meeting, "ttr-214")));

  dinh_meeting_mark_seen (meeting);
  g_assert_cmpuint (dinh_meeting_get_n_changed (meeting), ==, 0);
  dinh_meeting_set_seen_seq (meeting, 41);
  g_assert_cmpuint (dinh_meeting_get_n_changed (meeting), ==, 1);
  json_decref (state);
}

static void
test_counts_what_is_here (void)
{
  json_t *state = load ();
  g_autoptr (DinhMeeting) meeting = meeting_from (state, 40);
  guint64 size = dinh_meeting_get_size (meeting);
  DinhPaper *paper = dinh_meeting_find_paper (meeting, "ttr-214");

  dinh_paper_set_progress (paper, DINH_PAPER_FETCHING, 1000);
  g_assert_cmpuint (dinh_meeting_get_fetched (meeting), ==, 1000);
  dinh_paper_set_ready (paper, "/x");
  g_assert_cmpuint (dinh_meeting_get_fetched (meeting), ==, dinh_paper_get_size (paper));
  g_assert_cmpuint (dinh_meeting_get_n_ready (meeting), ==, 1);

  json_object_set_new (at (state, "papers", "ttr-214"), "recalled", json_true ());
  g_assert_true (dinh_meeting_update (meeting, state, 41, NULL));
  g_assert_cmpuint (dinh_meeting_get_n_ready (meeting), ==, 0);
  g_assert_cmpuint (dinh_meeting_get_n_papers (meeting), ==, 5);
  g_assert_cmpuint (dinh_meeting_get_size (meeting), ==, size - dinh_paper_get_size (paper));
  json_decref (state);
}

/* Each fault is refused by name and leaves the meeting as it was. */
static void
test_refuses (void)
{
  static const struct {
    const char *group, *id, *field, *value; /* value NULL: the field goes away */
    int code;
    const char *message;
  } cases[] = {
      {"meeting", NULL, "title", NULL, DINH_MODEL_ERROR_FORM, "'meeting' has no 'title'"},
      {"meeting", NULL, "begins", "\"tomorrow\"", DINH_MODEL_ERROR_FORM,
       "'meeting.begins' has the wrong form"},
      {"meeting", NULL, "status", "\"held\"", DINH_MODEL_ERROR_FORM, "'meeting.status' is 'held'"},
      {"items", "kt-xh", "position", "-1", DINH_MODEL_ERROR_FORM,
       "'items.kt-xh.position' has the wrong form"},
      {"items", "kt-xh", "id", "\"x\"", DINH_MODEL_ERROR_FORM, "'items.kt-xh' calls itself otherwise"},
      {"items", "kt-xh", "parent", "\"x\"", DINH_MODEL_ERROR_TREE,
       "item 'kt-xh' is below 'x', which is not there"},
      {"items", "kt-xh", "parent", "\"kt-xh\"", DINH_MODEL_ERROR_TREE,
       "item 'kt-xh' is below itself by 'kt-xh'"},
      {"papers", "dt-nq", "sha256", "7", DINH_MODEL_ERROR_FORM, "'papers.dt-nq.sha256' has the wrong form"},
      {"papers", "dt-nq", "item", "\"x\"", DINH_MODEL_ERROR_TREE,
       "paper 'dt-nq' is of item 'x', which is not there"},
  };
  json_t *good = load ();
  g_autoptr (DinhMeeting) meeting = meeting_from (good, 40);
  g_autofree char *agenda = agenda_of (meeting);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    json_t *state = json_deep_copy (good);
    json_t *object = json_object_get (state, cases[i].group);
    g_autoptr (GError) error = NULL;

    object = cases[i].id ? json_object_get (object, cases[i].id) : object;
    json_object_del (object, cases[i].field);
    if (cases[i].value)
      json_object_set_new (object, cases[i].field, json_loads (cases[i].value, JSON_DECODE_ANY, NULL));
    json_object_set_new (json_object_get (state, "meeting"), "place", json_string ("elsewhere"));
    g_assert_false (dinh_meeting_update (meeting, state, 50, &error));
    g_assert_error (error, DINH_MODEL_ERROR, cases[i].code);
    g_assert_cmpstr (error->message, ==, cases[i].message);
    g_assert_cmpstr (dinh_meeting_get_place (meeting), !=, "elsewhere");
    g_assert_cmpuint (dinh_meeting_get_seq (meeting), ==, 40);
    assert_agenda (meeting, agenda);
    json_decref (state);
  }
  json_decref (good);
}

static void
test_lets_go (void)
{
  json_t *state = load ();
  DinhMeeting *meeting = meeting_from (state, 40);
  g_autoptr (DinhPaper) paper = g_object_ref (dinh_meeting_find_paper (meeting, "ttr-214"));

  g_object_add_weak_pointer (G_OBJECT (meeting), (gpointer *) &meeting);
  g_object_unref (meeting);
  g_assert_null (meeting);
  dinh_paper_set_ready (paper, "/x");
  json_decref (state);
}

/* The record makes the tables of items and papers with their first entries. */
static void
test_without_tables (void)
{
  json_t *state = load ();
  g_autoptr (DinhMeeting) meeting = NULL;

  json_object_del (state, "items");
  json_object_del (state, "papers");
  meeting = meeting_from (state, 2);
  g_assert_nonnull (dinh_meeting_get_title (meeting));
  g_assert_cmpuint (g_list_model_get_n_items (dinh_meeting_get_agenda (meeting)), ==, 0);
  g_assert_cmpuint (dinh_meeting_get_n_papers (meeting), ==, 0);
  json_decref (state);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/meeting/fills", test_fills);
  g_test_add_func ("/model/meeting/without-tables", test_without_tables);
  g_test_add_func ("/model/meeting/keeps-objects", test_keeps_objects);
  g_test_add_func ("/model/meeting/knows-what-changed", test_knows_what_changed);
  g_test_add_func ("/model/meeting/counts-what-is-here", test_counts_what_is_here);
  g_test_add_func ("/model/meeting/refuses", test_refuses);
  g_test_add_func ("/model/meeting/lets-go", test_lets_go);
  return g_test_run ();
}
