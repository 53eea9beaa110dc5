/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/model/dinh-library.h"

static DinhMeeting *
meeting_at (const char *id, const char *begins)
{
  DinhMeeting *meeting = dinh_meeting_new (id);
  json_t *state = json_pack ("{s:{s:s, s:s, s:s, s:s}, s:{}, s:{}}", "meeting", "title", id, "begins", begins,
                             "ends", "2026-12-31T00:00:00.000Z", "status", "published", "items", "papers");
  GError *error = NULL;

  dinh_meeting_update (meeting, state, 1, &error);
  g_assert_no_error (error);
  json_decref (state);
  return meeting;
}

static void
move_to (DinhMeeting *meeting, const char *begins)
{
  g_autoptr (DinhMeeting) other = meeting_at (dinh_meeting_get_id (meeting), begins);
  json_t *state =
      json_pack ("{s:{s:s, s:s, s:s, s:s}, s:{}, s:{}}", "meeting", "title", "moved", "begins", begins,
                 "ends", "2026-12-31T00:00:00.000Z", "status", "published", "items", "papers");

  g_assert_true (dinh_meeting_update (meeting, state, 2, NULL));
  json_decref (state);
}

static char *
order_of (DinhLibrary *library)
{
  GString *order = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (library)); i++) {
    g_autoptr (DinhMeeting) meeting = g_list_model_get_item (G_LIST_MODEL (library), i);

    g_string_append (order, dinh_meeting_get_id (meeting));
  }
  return g_string_free (order, FALSE);
}

#define assert_order(library, wanted)                                                                        \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    g_autofree char *order = order_of (library);                                                             \
    g_assert_cmpstr (order, ==, wanted);                                                                     \
  }                                                                                                          \
  G_STMT_END

static void
test_keeps_order (void)
{
  g_autoptr (DinhLibrary) library = dinh_library_new ();
  g_autoptr (DinhMeeting) a = meeting_at ("a", "2026-11-24T01:00:00.000Z");
  g_autoptr (DinhMeeting) b = meeting_at ("b", "2026-11-26T01:00:00.000Z");
  g_autoptr (DinhMeeting) c = meeting_at ("c", "2026-11-25T01:00:00.000Z");

  dinh_library_add (library, b);
  dinh_library_add (library, a);
  dinh_library_add (library, c);
  assert_order (library, "acb");
  dinh_library_add (library, a);
  assert_order (library, "acb");

  move_to (a, "2026-11-25T02:00:00.000Z");
  assert_order (library, "cab");
  g_assert_true (dinh_library_find (library, "a") == a);

  g_assert_true (dinh_library_remove (library, "c"));
  g_assert_false (dinh_library_remove (library, "c"));
  g_assert_null (dinh_library_find (library, "c"));
  assert_order (library, "ab");
}

static void
test_lets_go (void)
{
  DinhLibrary *library = dinh_library_new ();
  DinhMeeting *meeting = meeting_at ("a", "2026-11-24T01:00:00.000Z");

  dinh_library_add (library, meeting);
  g_object_add_weak_pointer (G_OBJECT (meeting), (gpointer *) &meeting);
  g_object_unref (meeting);
  g_assert_nonnull (meeting);
  g_object_unref (library);
  g_assert_null (meeting);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/library/keeps-order", test_keeps_order);
  g_test_add_func ("/model/library/lets-go", test_lets_go);
  return g_test_run ();
}
