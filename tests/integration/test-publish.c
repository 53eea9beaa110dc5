/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/hub-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

/* A meeting's life before it begins, with dinhctl against a real hub. */

/* Publishes the folder and returns how many events that became. */
static gint64
publish (Hub *hub)
{
  g_autoptr (DinhJson) answer = hub_ctl (hub, "publish", hub->sample, NULL);

  return dinh_json_get_integer (answer, "events");
}

/* The same with a change to meeting.json. */
static gint64
publish_changed (Hub *hub, json_t *meeting)
{
  folder_save (hub->sample, meeting);
  return publish (hub);
}

static json_t *
show (Hub *hub)
{
  g_autoptr (DinhJson) meeting = folder_load (hub->sample);

  return hub_ctl (hub, "meeting", "show", dinh_json_get_string (meeting, "id"), NULL);
}

static void
test_again (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) meeting = folder_load (hub->sample);
  g_autoptr (DinhJson) answer = hub_ctl (hub, "publish", hub->sample, NULL);
  g_autoptr (DinhJson) again = NULL, list = NULL, shown = NULL;
  const json_t *entry;

  g_assert_cmpint (dinh_json_get_integer (answer, "events"), >, 30);
  g_assert_cmpint (dinh_json_get_integer (answer, "papers"), ==, 14);
  g_assert_cmpint (dinh_json_get_integer (answer, "uploaded_bytes"), >, 2000000);
  again = hub_ctl (hub, "publish", hub->sample, NULL);
  g_assert_cmpint (dinh_json_get_integer (again, "events"), ==, 0);
  g_assert_cmpint (dinh_json_get_integer (again, "uploaded_bytes"), ==, 0);
  list = hub_ctl (hub, "meeting", "list", NULL);
  g_assert_cmpuint (json_array_size (json_object_get (list, "meetings")), ==, 1);
  entry = json_array_get (json_object_get (list, "meetings"), 0);
  g_assert_cmpstr (dinh_json_get_string (entry, "title"), ==, dinh_json_get_string (meeting, "title"));
  g_assert_cmpstr (dinh_json_get_string (entry, "status"), ==, "published");
  g_assert_cmpint (dinh_json_get_integer (entry, "papers"), ==, 14);
  shown = show (hub);
  g_assert_cmpuint (json_array_size (json_object_get (shown, "agenda")), ==,
                    json_array_size (json_object_get (meeting, "agenda")));
  g_assert_nonnull (find_paper (shown, "giay-moi"));
}

static void
test_changes (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) meeting = folder_load (hub->sample);
  json_t *agenda = json_object_get (meeting, "agenda"), *item;
  g_autoptr (DinhJson) shown = NULL, moved = NULL;

  publish (hub);
  json_object_set_new (meeting, "title", json_string ("Tên khác của hội nghị"));
  g_assert_cmpint (publish_changed (hub, meeting), ==, 1);
  json_object_set_new (find_paper (meeting, "giay-moi"), "title", json_string ("Giấy mời (bản mới)"));
  g_assert_cmpint (publish_changed (hub, meeting), ==, 1);
  /* The first two items change places, and what is in them goes along. */
  item = json_incref (json_array_get (agenda, 0));
  json_array_remove (agenda, 0);
  json_array_insert_new (agenda, 1, item);
  g_assert_cmpint (publish_changed (hub, meeting), ==, 2);
  shown = show (hub);
  g_assert_cmpstr (dinh_json_get_string (shown, "title"), ==, "Tên khác của hội nghị");
  g_assert_cmpstr (dinh_json_get_string (find_paper (shown, "giay-moi"), "title"), ==, "Giấy mời (bản mới)");
  g_assert_cmpstr (dinh_json_get_string (json_array_get (json_object_get (shown, "agenda"), 1), "id"), ==,
                   "khai-mac");
  /* A paper goes to another item. */
  json_array_append (json_object_get (find_item (meeting, "an-toan"), "papers"),
                     find_paper (meeting, "chuong-trinh"));
  json_array_remove (json_object_get (find_item (meeting, "khai-mac"), "papers"), 1);
  g_assert_cmpint (publish_changed (hub, meeting), ==, 1);
  moved = show (hub);
  g_assert_cmpstr (dinh_json_get_string (find_paper (moved, "chuong-trinh"), "item"), ==, "an-toan");
}

static void
test_replace (Hub *hub, gconstpointer data)
{
  g_autofree char *path = g_build_filename (hub->sample, "papers", "giay-moi.pdf", NULL);
  g_autofree char *before = hash_file (path), *after = NULL;
  g_autoptr (DinhJson) shown = NULL;
  const json_t *paper;

  publish (hub);
  pad_pdf (path, 100);
  after = hash_file (path);
  g_assert_cmpint (publish (hub), ==, 1);
  shown = show (hub);
  paper = find_paper (shown, "giay-moi");
  g_assert_cmpstr (dinh_json_get_string (paper, "sha256"), ==, after);
  g_assert_cmpstr (dinh_json_get_string (paper, "replaces"), ==, before);
  g_assert_cmpint (dinh_json_get_integer (paper, "version"), ==, 2);
}

static void
test_recall (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) meeting = folder_load (hub->sample);
  json_t *papers = json_object_get (find_item (meeting, "khai-mac"), "papers");
  g_autoptr (DinhJson) paper = json_incref (json_array_get (papers, 1));
  g_autoptr (DinhJson) gone = NULL, back = NULL;

  publish (hub);
  json_array_remove (papers, 1);
  g_assert_cmpint (publish_changed (hub, meeting), ==, 1);
  gone = show (hub);
  g_assert_true (json_is_true (json_object_get (find_paper (gone, "chuong-trinh"), "recalled")));
  json_array_append (papers, paper);
  g_assert_cmpint (publish_changed (hub, meeting), ==, 1);
  back = show (hub);
  g_assert_null (json_object_get (find_paper (back, "chuong-trinh"), "recalled"));
  g_assert_cmpint (dinh_json_get_integer (find_paper (back, "chuong-trinh"), "version"), ==, 2);
}

static void
test_remove_and_cancel (Hub *hub, gconstpointer data)
{
  g_autoptr (DinhJson) meeting = folder_load (hub->sample);
  g_autoptr (DinhJson) shown = NULL, cancelled = NULL, list = NULL;
  const char *id = dinh_json_get_string (meeting, "id");

  publish (hub);
  json_array_remove (json_object_get (meeting, "agenda"), 0);
  /* Two papers recalled, one item removed, the others moved up. */
  g_assert_cmpint (publish_changed (hub, meeting), ==,
                   3 + (gint64) json_array_size (json_object_get (meeting, "agenda")));
  shown = show (hub);
  g_assert_null (find_item (shown, "khai-mac"));
  cancelled = hub_ctl (hub, "meeting", "cancel", id, "--reason", "Bão số 9", NULL);
  list = hub_ctl (hub, "meeting", "list", NULL);
  g_assert_cmpstr (dinh_json_get_string (json_array_get (json_object_get (list, "meetings"), 0), "status"),
                   ==, "cancelled");
  hub_assert_fails (hub, "wrong-state", "cancelled", "publish", hub->sample, NULL);
}

/* Names are brought into one form, however a keyboard or a disk wrote them. */
static void
test_names (Hub *hub, gconstpointer data)
{
  static const char composed[] = "Tờ trình số 1 – bản gửi.pdf";
  g_autoptr (DinhJson) meeting = folder_load (hub->sample);
  g_autofree char *decomposed = g_utf8_normalize (composed, -1, G_NORMALIZE_NFD);
  g_autofree char *title = g_utf8_normalize ("Giấy mời dự họp", -1, G_NORMALIZE_NFD);
  g_autofree char *source = g_build_filename (hub->sample, "papers", "giay-moi.pdf", NULL);
  g_autofree char *on_disk = g_build_filename (hub->sample, "papers", decomposed, NULL);
  g_autofree char *in_nfc = g_strconcat ("papers/", composed, NULL),
                  *in_nfd = g_strconcat ("papers/", decomposed, NULL);
  g_autoptr (DinhJson) shown = NULL;

  g_assert_cmpint (g_rename (source, on_disk), ==, 0);
  json_object_set_new (find_paper (meeting, "giay-moi"), "file", json_string (in_nfc));
  json_object_set_new (find_paper (meeting, "giay-moi"), "title", json_string (title));
  g_assert_cmpint (publish_changed (hub, meeting), >, 30);
  shown = show (hub);
  g_assert_cmpstr (dinh_json_get_string (find_paper (shown, "giay-moi"), "title"), ==, "Giấy mời dự họp");
  g_assert_cmpstr (dinh_json_get_string (find_paper (shown, "giay-moi"), "file"), ==, composed);
  json_object_set_new (find_paper (meeting, "giay-moi"), "file", json_string (in_nfd));
  json_object_set_new (find_paper (meeting, "giay-moi"), "title", json_string ("Giấy mời dự họp"));
  g_assert_cmpint (publish_changed (hub, meeting), ==, 0);
}

static void
add_tests (void)
{
#define ADD(path, function) g_test_add ("/publish/" path, Hub, NULL, hub_set_up, function, hub_tear_down)
  ADD ("again", test_again);
  ADD ("changes", test_changes);
  ADD ("replace", test_replace);
  ADD ("recall", test_recall);
  ADD ("remove-and-cancel", test_remove_and_cancel);
  ADD ("names", test_names);
#undef ADD
}

int
main (int argc, char **argv)
{
  return fixture_run (argc, argv, add_tests);
}
