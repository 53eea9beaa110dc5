/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/hash/dinh-checkpoint.h"
#include "data/record/dinh-publication.h"
#include "tests/data/record/record-fixture.h"

#include <string.h>

/* What comes from outside as text: real ones, damaged. Each reading ends with a result or with an error that is text.
 * $FUZZ_ROUNDS says how often; --seed repeats a run. */

typedef struct {
  const char *name;
  char *(*make) (void); /* a real one */
  gpointer (*read) (const char *text, gsize length, GError **error);
  GDestroyNotify free;
  void (*damage) (GString *text); /* of its own; NULL: damage_tree() */
} Target;

/* Pieces that parsers stumble over. */
static const char *const pieces[] = {
  "{", "}", "[", "]", "\"", "\\", "\\u0000", "\\ud800", "\xff", "\xc3", "\xe2\x80\xae", "\xef\xbb\xbf", "null", "true", "-1",
  "9223372036854775807", "9223372036854775808", "1e309", "0.1", ",", ":", "\n", " ", "..", "/", "ễ", "e\xcc\x82\xcc\x83",
  "2026-12-01T08:00:00+07:00", "— ", "=", "ed25519:", "{\"id\":\"a\"}", "\"id\":\"a\",", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
};

static gint32
below (gsize limit)
{
  return g_test_rand_int_range (0, (gint32) limit);
}

static void
damage (GString *text)
{
  gssize at = text->len == 0 ? 0 : below (text->len);
  gssize some = below (40), length = MIN (some, (gssize) text->len - at);

  switch (below (7)) {
    case 0:
      if (text->len > 0)
        text->str[at] ^= (char) (1 << below (8));
      break;
    case 1:
      g_string_erase (text, at, length);
      break;
    case 2: {
      g_autofree char *copy = g_strndup (text->str + at, (gsize) length);
      g_string_insert (text, text->len == 0 ? 0 : below (text->len), copy);
      break;
    }
    case 3:
      g_string_truncate (text, (gsize) at);
      break;
    case 4:
      g_string_insert_c (text, at, (char) below (256));
      break;
    default:
      g_string_insert (text, at, pieces[below (G_N_ELEMENTS (pieces))]);
  }
}

static json_t *
other_value (const json_t *document)
{
  switch (below (8)) {
    case 0:
      return json_null ();
    case 1:
      return json_integer (below (3) - 1);
    case 2:
      return json_string (pieces[below (3) + 27]);
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
  gsize index = n_members == 0 ? 0 : (gsize) below (n_members);
  void *iter = json_object_iter (value);
  json_t *member;

  for (gsize i = 0; i < index && iter != NULL; i++)
    iter = json_object_iter_next (value, iter);
  member = json_is_array (value) ? json_array_get (value, index) : json_object_iter_value (iter);
  if ((json_is_object (member) || json_is_array (member)) && below (4) > 0)
    rearrange (member, document);
  else if (json_is_array (value) && below (2) == 0)
    json_array_append (value, member == NULL ? json_true () : member);
  else if (json_is_array (value) && n_members > 0)
    json_array_set_new (value, index, other_value (document));
  else if (iter != NULL && below (3) == 0)
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

  for (int n = below (3); n >= 0 && document != NULL; n--)
    rearrange (document, whole);
  printed = document == NULL ? NULL : dinh_json_print (document);
  if (printed != NULL)
    g_string_assign (text, printed);
}

static char *
make_command (void)
{
  g_autoptr (DinhKey) key = dinh_key_new ();
  g_autoptr (DinhJson) body = parse_quoted ("{'id':'khai-mac','position':0,'title':'Khai mạc “lễ”','minutes':10}");
  g_autoptr (DinhCommand) command = dinh_command_new ("item-add", MEETING, BODY, 5000, body, key);

  return dinh_command_print (command);
}

/* Most of a command is in the text that it signs. */
static void
damage_command (GString *text)
{
  g_autoptr (DinhCommand) command = dinh_command_parse (text->str, text->len, NULL);
  g_autoptr (GString) signed_text = g_string_new (command->text);
  g_autoptr (DinhJson) envelope = dinh_command_to_json (command);
  g_autofree char *printed = NULL;

  damage_tree (signed_text);
  json_object_set_new (envelope, "signed", json_string (signed_text->str));
  printed = dinh_json_print (envelope);
  g_string_assign (text, printed);
}

static char *
make_event (void)
{
  g_autofree char *text = make_command ();
  g_autoptr (DinhCommand) command = dinh_command_parse (text, strlen (text), NULL);
  g_autoptr (DinhEvent) event = dinh_event_new (MEETING, 7, "item-added", 1234567, command->body, command, TRUE);

  return below (4) == 0 ? dinh_event_print_redacted (event)
                        : g_strndup (g_bytes_get_data (event->bytes, NULL), g_bytes_get_size (event->bytes));
}

static DinhKey *
get_key (void)
{
  static DinhKey *key;

  if (key == NULL)
    key = dinh_key_new ();
  return key;
}

static char *
make_note (void)
{
  DinhHash root = { { 7 } };

  return dinh_checkpoint_sign ("dinh/" BODY "/" MEETING, 12, &root, get_key ());
}

static char *
make_meeting (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "tools", "sample", "meeting.json", NULL);
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
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

static const Target targets[] = {
  { "json", make_meeting, (gpointer) dinh_json_parse, (GDestroyNotify) json_decref },
  { "command", make_command, (gpointer) dinh_command_parse, (GDestroyNotify) dinh_command_unref, damage_command },
  { "event", make_event, (gpointer) dinh_event_parse, (GDestroyNotify) dinh_event_free },
  { "checkpoint", make_note, read_note, (GDestroyNotify) dinh_checkpoint_free },
  { "publication", make_meeting, read_meeting, (GDestroyNotify) dinh_publication_free },
};

/* Reads from memory that ends with the text: what reads further is found by the sanitizer. */
static gboolean
read_exactly (const Target *target, const GString *text)
{
  g_autofree char *exact = g_memdup2 (text->str, text->len);
  g_autoptr (GError) error = NULL;
  gpointer result = target->read (exact == NULL ? "" : exact, text->len, &error);

  g_assert_true ((result == NULL) == (error != NULL));
  if (error != NULL && (error->message[0] == '\0' || !g_utf8_validate (error->message, -1, NULL))) {
    g_autofree char *escaped = g_strescape (error->message, NULL), *input = g_strescape (text->str, NULL);
    g_error ("“%s” is no message, of “%s”", escaped, input);
  }
  if (result != NULL)
    target->free (result);
  return result != NULL;
}

static void
test_target (gconstpointer data)
{
  const Target *target = data;
  const char *rounds = g_getenv ("FUZZ_ROUNDS");
  guint n_rounds = rounds == NULL ? 20000 : (guint) g_ascii_strtoull (rounds, NULL, 10), n_read = 0;
  gint64 end = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  g_autofree char *real = target->make ();
  g_autoptr (GString) whole = g_string_new (real);

  g_assert_true (read_exactly (target, whole));
  for (guint i = 0; i < n_rounds && g_get_monotonic_time () < end; i++) {
    g_autofree char *fresh = target->make ();
    g_autoptr (GString) text = g_string_new (fresh);

    (target->damage == NULL || below (2) == 0 ? damage_tree : target->damage) (text);
    for (int n = below (6) - 3; n >= 0; n--)
      damage (text);
    n_read += read_exactly (target, text);
  }
  g_test_message ("%u of %u were read", n_read, n_rounds);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (targets); i++) {
    g_autofree char *path = g_strconcat ("/fuzz/record/", targets[i].name, NULL);
    g_test_add_data_func (path, &targets[i], test_target);
  }
  return g_test_run ();
}
