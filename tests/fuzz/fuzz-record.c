/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/hash/dinh-checkpoint.h"
#include "data/record/dinh-publication.h"
#include "tests/data/record/record-fixture.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* What comes from outside as text of the record. */

static json_t *
other_value (const json_t *document)
{
  switch (fuzz_below (8)) {
    case 0:
      return json_null ();
    case 1:
      return json_integer (fuzz_below (3) - 1);
    case 2:
      return json_string (fuzz_pieces[fuzz_below (3) + 27]);
    case 3:
      return json_array ();
    case 4:
      return json_object ();
    case 5:
      return json_true ();
    case 6:
      return json_string ("khai-mac");
    default:
      return json_deep_copy (document);
  }
}

/* Puts another value in some place below @value, or adds or takes away one. */
static void
rearrange (json_t *value, const json_t *document)
{
  gsize n_members = json_is_array (value) ? json_array_size (value) : json_object_size (value);
  gsize index = n_members == 0 ? 0 : (gsize) fuzz_below (n_members);
  void *iter = json_object_iter (value);
  json_t *member;

  for (gsize i = 0; i < index && iter != NULL; i++)
    iter = json_object_iter_next (value, iter);
  member = json_is_array (value) ? json_array_get (value, index) : json_object_iter_value (iter);
  if ((json_is_object (member) || json_is_array (member)) && fuzz_below (4) > 0)
    rearrange (member, document);
  else if (json_is_array (value) && fuzz_below (2) == 0)
    json_array_append (value, member == NULL ? json_true () : member);
  else if (json_is_array (value) && n_members > 0)
    json_array_set_new (value, index, other_value (document));
  else if (iter != NULL && fuzz_below (3) == 0)
    json_object_del (value, json_object_iter_key (iter));
  else if (iter != NULL)
    json_object_iter_set_new (value, iter, other_value (document));
}

/* Damage that leaves it JSON; texts that are none stay as they are. */
static void
damage_tree (GString *text)
{
  g_autoptr (DinhJson) document = dinh_json_parse (text->str, text->len, NULL);
  g_autoptr (DinhJson) whole = json_deep_copy (document);
  g_autofree char *printed = NULL;

  for (int n = fuzz_below (3); n >= 0 && document != NULL; n--)
    rearrange (document, whole);
  printed = document == NULL ? NULL : dinh_json_print (document);
  if (printed != NULL)
    g_string_assign (text, printed);
}

static char *
print_command (void)
{
  g_autoptr (DinhKey) key = dinh_key_new ();
  g_autoptr (DinhJson) body = parse_quoted ("{'id':'khai-mac','position':0,'title':'Khai mạc “lễ”','minutes':10}");
  g_autoptr (DinhCommand) command = dinh_command_new ("item-add", MEETING, BODY, 5000, body, key);

  return dinh_command_print (command);
}

static GString *
take (char *text)
{
  GString *string = g_string_new (text);

  g_free (text);
  return string;
}

static GString *
make_command (void)
{
  return take (print_command ());
}

/* Most of a command is in the text that it signs. */
static void
damage_command (GString *text)
{
  g_autoptr (DinhCommand) command = dinh_command_parse (text->str, text->len, NULL);
  g_autoptr (GString) signed_text = g_string_new (command->text);
  g_autoptr (DinhJson) envelope = dinh_command_to_json (command);
  g_autofree char *printed = NULL;

  if (fuzz_below (2) == 0) {
    damage_tree (text);
    return;
  }
  damage_tree (signed_text);
  json_object_set_new (envelope, "signed", json_string (signed_text->str));
  printed = dinh_json_print (envelope);
  g_string_assign (text, printed);
}

static GString *
make_event (void)
{
  g_autofree char *text = print_command ();
  g_autoptr (DinhCommand) command = dinh_command_parse (text, strlen (text), NULL);
  g_autoptr (DinhEvent) event = dinh_event_new (MEETING, 7, "item-added", 1234567, command->body, command, TRUE);

  if (fuzz_below (4) == 0)
    return take (dinh_event_print_redacted (event));
  return g_string_new_len (g_bytes_get_data (event->bytes, NULL), (gssize) g_bytes_get_size (event->bytes));
}

static DinhKey *
get_key (void)
{
  static DinhKey *key;

  if (key == NULL)
    key = dinh_key_new ();
  return key;
}

static GString *
make_note (void)
{
  DinhHash root = { { 7 } };

  return take (dinh_checkpoint_sign ("dinh/" BODY "/" MEETING, 12, &root, get_key ()));
}

static GString *
make_meeting (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "tools", "sample", "meeting.json", NULL);
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return take (text);
}

static gpointer
read_note (const char *text, gsize length, GError **error)
{
  g_autofree char *copy = g_strndup (text, length);

  return dinh_checkpoint_open (copy, get_key (), error);
}

/* A meeting is read, and if it can be, planned. */
static gpointer
read_meeting (const char *text, gsize length, GError **error)
{
  g_autoptr (DinhJson) document = dinh_json_parse (text, length, error);
  g_autoptr (DinhState) nothing = dinh_state_new (MEETING);
  DinhPublication *publication = document == NULL ? NULL : dinh_publication_new (document, error);
  g_autoptr (GPtrArray) steps = NULL, sites = NULL;
  GPtrArray *papers;

  if (publication == NULL)
    return NULL;
  papers = dinh_publication_get_papers (publication);
  for (guint i = 0; i < papers->len; i++)
    dinh_publication_set_bytes (publication, ((DinhPublicationPaper *) g_ptr_array_index (papers, i))->id, HASH_A, 1);
  sites = dinh_publication_plan_body (publication, nothing);
  steps = dinh_publication_plan_meeting (publication, nothing);
  return publication;
}

static const FuzzTarget targets[] = {
  { "json", make_meeting, (gpointer) dinh_json_parse, (GDestroyNotify) json_decref, damage_tree },
  { "command", make_command, (gpointer) dinh_command_parse, (GDestroyNotify) dinh_command_unref, damage_command },
  { "event", make_event, (gpointer) dinh_event_parse, (GDestroyNotify) dinh_event_free, damage_tree },
  { "checkpoint", make_note, read_note, (GDestroyNotify) dinh_checkpoint_free, damage_tree },
  { "publication", make_meeting, read_meeting, (GDestroyNotify) dinh_publication_free, damage_tree },
};

int
main (int argc, char **argv)
{
  return fuzz_run (argc, argv, "record", targets, G_N_ELEMENTS (targets));
}
