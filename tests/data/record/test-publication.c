/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-publication.h"
#include "tests/data/record/record-fixture.h"

#include <string.h>

static json_t *
load_sample (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "tools", "sample", "meeting.json", NULL);
  g_autoptr (GError) error = NULL;
  json_t *document = dinh_json_load (path, &error);

  g_assert_no_error (error);
  return document;
}

/* Follows one name or [index] of a path; *@path is then behind it. */
static json_t *
follow (json_t *value, const char **path)
{
  g_autofree char *name = NULL;
  gsize length;

  if (**path == '[')
    return json_array_get (value, g_ascii_strtoull (*path + 1, (char **) path, 10));
  while (**path == ']' || **path == '.')
    (*path)++;
  if (**path == '[' || **path == '\0')
    return value;
  length = strcspn (*path, ".[");
  name = g_strndup (*path, length);
  *path += length;
  return json_object_get (value, name);
}

/* Puts @value at e.g. "agenda[0].papers[1].file"; NULL takes the field away. */
static void
edit (json_t *document, const char *path, json_t *value)
{
  const char *dot = strrchr (path, '.');
  g_autofree char *holder_path = g_strndup (path, dot == NULL ? 0 : (gsize) (dot - path));
  const char *name = dot == NULL ? path : dot + 1;
  const char *rest = holder_path;
  json_t *holder = document;

  while (*rest != '\0')
    holder = follow (holder, &rest);
  g_assert_true (json_is_object (holder));
  if (value == NULL)
    json_object_del (holder, name);
  else
    json_object_set_new (holder, name, value);
}

#define FIELD DINH_RECORD_ERROR_FIELD
#define PERSON "00000000-0000-7000-8000-00000000011"
#define KEYS_OF_ITEM "'id':'moi','title':'Mới'"

static const struct {
  const char *path;
  const char *quoted; /* {"": value}; NULL: the field is taken away */
  int code;           /* -1: accepted */
  const char *fragment;
} cases[] = {
  { "schema", NULL, FIELD, "field “schema”: is missing" },
  { "schema", "{'':2}", FIELD, "field “schema”: 2 is not between 1 and 1" },
  { "schema", "{'':'1'}", FIELD, "field “schema”: is not a whole number" },
  { "id", NULL, FIELD, "field “id”: is missing" },
  { "id", "{'':'6D1F0A52-8C3E-4B7A-9E15-2F40C7A9B831'}", FIELD, "field “id”: “6D1F0A52" },
  { "title", NULL, FIELD, "field “title”: is missing" },
  { "title", "{'':''}", FIELD, "field “title”: is empty" },
  { "title", "{'':['Họp']}", FIELD, "field “title”: is not a text" },
  { "title", "{'':'Họp\\u202egnort'}", FIELD, "field “title”: holds the control character U+202E" },
  { "title", "{'':'Họp\\nhai'}", FIELD, "field “title”: holds the control character U+000A" },
  { "title", "{'':'Ho\\u0323p'}", -1, NULL },
  { "host", NULL, -1, NULL },
  { "place", "{'':null}", FIELD, "field “place”: is not a text" },
  { "colour", "{'':'red'}", FIELD, "field “colour”: is unknown" },
  { "begins", NULL, FIELD, "field “begins”: is missing" },
  { "begins", "{'':'2026-12-01 08:00'}", FIELD, "field “begins”: “2026-12-01 08:00” is not a time" },
  { "begins", "{'':'2026-12-01T08:00:00'}", FIELD, "field “begins”" },
  { "ends", "{'':'2026-12-01T08:00:00+07:00'}", DINH_RECORD_ERROR_TIME, "field “ends”: not after “begins”" },
  { "ends", "{'':'2026-12-01T01:30:00Z'}", -1, NULL },
  { "ends", "{'':'2026-12-01T10:00:00+09:30'}", DINH_RECORD_ERROR_TIME, "field “ends”" },
  { "sites", NULL, -1, NULL },
  { "sites", "{'':['a','b','a']}", FIELD, "field “sites[2]”: “a” stands twice" },
  { "participants", "{'':[{'id':'a','name':'A','role':'member'}]}", FIELD, "field “participants[0].id”: “a” is not" },
  { "participants", "{'':[{'id':'" PERSON "1','name':'A','role':'boss'}]}", FIELD, "field “participants[0].role”: “boss” is" },
  { "participants", "{'':[{'id':'" PERSON "1','name':'A','role':'chair'},{'id':'" PERSON "2','name':'B','role':'chair'}]}", FIELD,
    "field “participants[1].role”: a meeting has one chair" },
  { "participants", "{'':[{'id':'" PERSON "1','name':'A','role':'chair'},{'id':'" PERSON "1','name':'B','role':'member'}]}", FIELD,
    "field “participants[1]”: “" PERSON "1” stands twice" },
  { "participants", "{'':[]}", -1 },
  { "sites", "{'':['a',{'id':'a','name':'A'}]}", FIELD, "field “sites[1]”: “a” stands twice" },
  { "sites", "{'':[{'id':'a'}]}", FIELD, "field “sites[0].name”: is missing" },
  { "sites", "{'':['A']}", FIELD, "field “sites[0]”: “A” is not a key" },
  { "sites", "{'':[7]}", FIELD, "field “sites[0]”: is not an object" },
  { "agenda", NULL, FIELD, "field “agenda”: is missing" },
  { "agenda", "{'':{}}", FIELD, "field “agenda”: is not a list" },
  { "agenda", "{'':[]}", -1, NULL },
  { "agenda[0].id", NULL, FIELD, "field “agenda[0].id”: is missing" },
  { "agenda[0].id", "{'':'Khai mạc'}", FIELD, "field “agenda[0].id”: “Khai mạc” is not a key" },
  { "agenda[0].id", "{'':'bao-cao-nam'}", FIELD, "field “agenda[1]”: “bao-cao-nam” stands twice" },
  { "agenda[1].items[0].id", "{'':'khai-mac'}", FIELD, "field “agenda[1].items[0].id”: “khai-mac” stands twice in the agenda" },
  { "agenda[1].items[0].titel", "{'':'x'}", FIELD, "field “agenda[1].items[0].titel”: is unknown" },
  { "agenda[0].minutes", "{'':0}", FIELD, "field “agenda[0].minutes”: 0 is not between 1 and 1440" },
  { "agenda[0].minutes", "{'':1441}", FIELD, "field “agenda[0].minutes”" },
  { "agenda[0].minutes", "{'':10.5}", FIELD, "field “agenda[0].minutes”: is not a whole number" },
  { "agenda[0].paper_only", "{'':true}", FIELD, "field “agenda[0].papers”: are handed out on paper only" },
  { "agenda[0].paper_only", "{'':1}", FIELD, "field “agenda[0].paper_only”: is neither true nor false" },
  { "agenda[0].papers", "{'':{}}", FIELD, "field “agenda[0].papers”: is not a list" },
  { "agenda[0].papers[0].file", NULL, FIELD, "field “agenda[0].papers[0].file”: is missing" },
  { "agenda[0].papers[0].file", "{'':''}", FIELD, "field “agenda[0].papers[0].file”: is empty" },
  { "agenda[0].papers[0].file", "{'':'/etc/passwd'}", FIELD, "field “agenda[0].papers[0].file”: “/etc/passwd” is not a path below" },
  { "agenda[0].papers[0].file", "{'':'../secret.pdf'}", FIELD, "field “agenda[0].papers[0].file”: “../secret.pdf”" },
  { "agenda[0].papers[0].file", "{'':'a/../../b.pdf'}", FIELD, "field “agenda[0].papers[0].file”" },
  { "agenda[0].papers[0].file", "{'':'a/..'}", FIELD, "field “agenda[0].papers[0].file”" },
  { "agenda[0].papers[0].file", "{'':'./a.pdf'}", FIELD, "field “agenda[0].papers[0].file”" },
  { "agenda[0].papers[0].file", "{'':'a//b.pdf'}", FIELD, "field “agenda[0].papers[0].file”" },
  { "agenda[0].papers[0].file", "{'':'a/'}", FIELD, "field “agenda[0].papers[0].file”" },
  { "agenda[0].papers[0].file", "{'':'a\\u0000.pdf'}", DINH_RECORD_ERROR_JSON, "\\u0000" },
  { "agenda[0].papers[0].file", "{'':'fdp.\\u202eab.pdf'}", FIELD, "holds the control character U+202E" },
  { "agenda[0].papers[0].file", "{'':'a\\tb.pdf'}", FIELD, "holds the control character U+0009" },
  { "agenda[0].papers[0].file", "{'':'tờ trình (bản 2)/mục 1.pdf'}", -1, NULL },
  { "agenda[0].papers[0].file", "{'':'..a/...pdf'}", -1, NULL },
  { "agenda[0].papers[0].id", "{'':'chuong-trinh'}", FIELD, "field “agenda[0].papers[1]”: “chuong-trinh” stands twice" },
  { "agenda[1].items[0].papers[0].id", "{'':'giay-moi'}", FIELD,
    "field “agenda[1].items[0].papers[0].id”: “giay-moi” is also the id of “agenda[0].papers[0]”" },
  { "agenda[0].papers[0].kind", "{'':'letter'}", FIELD, "field “agenda[0].papers[0].kind”: “letter” is none of submission," },
  { "agenda[0].papers[0].date", "{'':'20/11/2026'}", FIELD, "field “agenda[0].papers[0].date”: “20/11/2026” is not a date" },
  { "agenda[0].papers[0].secrecy", "{'':'top'}", FIELD, "field “agenda[0].papers[0].secrecy”: “top” is none of mat," },
  { "agenda[0].papers[0].secrecy", "{'':'mat'}", -1, NULL },
  { "agenda[0].papers[0].readers", "{'':'ban'}", FIELD, "field “agenda[0].papers[0].readers”: is not a list" },
  { "agenda[0].papers[0].readers", "{'':['ban','ban']}", FIELD, "field “agenda[0].papers[0].readers[1]”: “ban” stands twice" },
  { "agenda[0].papers[0].sha256", "{'':'" HASH_A "'}", FIELD, "field “agenda[0].papers[0].sha256”: is unknown" },
  { "agenda[0].items", "{'':[{'id':'m1','title':'1','items':[{'id':'m2','title':'2','items':[{'id':'m3','title':'3'}]}]}]}",
    -1, NULL },
  { "agenda[0].items",
    "{'':[{'id':'m1','title':'1','items':[{'id':'m2','title':'2','items':[{'id':'m3','title':'3','items':"
    "[{" KEYS_OF_ITEM "}]}]}]}]}",
    FIELD, "field “agenda[0].items[0].items[0].items[0].items[0]”: more than 4 levels or 500 items" },
};

static void
check_case (guint i)
{
  g_autoptr (DinhJson) document = load_sample ();
  g_autofree char *text = cases[i].quoted == NULL ? NULL : g_strdelimit (g_strdup (cases[i].quoted), "'", '"');
  g_autoptr (GError) error = NULL;
  g_autoptr (DinhJson) value = text == NULL ? NULL : dinh_json_parse (text, strlen (text), &error);
  g_autoptr (DinhPublication) publication = NULL;

  g_test_message ("%s %s", cases[i].path, cases[i].quoted);
  if (error == NULL) {
    edit (document, cases[i].path, value == NULL ? NULL : json_incref (json_object_get (value, "")));
    publication = dinh_publication_new (document, &error);
  }
  g_assert_true ((publication != NULL) == (cases[i].code < 0));
  if (cases[i].code < 0) {
    g_assert_no_error (error);
    return;
  }
  g_assert_error (error, DINH_RECORD_ERROR, cases[i].code);
  if (strstr (error->message, cases[i].fragment) == NULL)
    g_error ("“%s” does not say “%s”", error->message, cases[i].fragment);
}

static void
test_variants (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    check_case (i);
}

static void
test_limits (void)
{
  for (int n = 500; n <= 501; n++) {
    g_autoptr (DinhJson) document = load_sample ();
    g_autoptr (GError) error = NULL;
    json_t *first = json_pack ("{s:s, s:s, s:[]}", "id", "dau", "title", "Đầu", "items");
    g_autoptr (DinhPublication) publication = NULL;

    for (int i = 1; i < n; i++)
      json_array_append_new (json_object_get (first, "items"), json_pack ("{s:o, s:s}", "id", json_sprintf ("m%d", i), "title", "x"));
    edit (document, "agenda", json_pack ("[o]", first));
    publication = dinh_publication_new (document, &error);
    g_assert_true ((publication != NULL) == (n == 500));
    if (error != NULL)
      g_assert_nonnull (strstr (error->message, "field “agenda[0].items[499]”: more than 4 levels or 500 items"));
  }
}

/* Two ways to write ễ are one text in the record; the caller finds the file whichever way the disk has it. */
static void
test_normalizes (void)
{
  g_autoptr (DinhJson) document = load_sample ();
  g_autoptr (DinhPublication) publication = NULL;
  const DinhPublicationPaper *paper;

  edit (document, "title", json_string ("Nguye\u0302\u0303n"));
  edit (document, "agenda[0].papers[0].file", json_string ("Ba\u0309n/To\u031b\u0300 tri\u0300nh.pdf"));
  publication = dinh_publication_new (document, NULL);
  paper = g_ptr_array_index (dinh_publication_get_papers (publication), 0);
  g_assert_cmpstr (dinh_publication_get_title (publication), ==, "Nguyễn");
  g_assert_cmpstr (paper->file, ==, "Bản/Tờ trình.pdf");
  g_assert_cmpstr (paper->path, ==, "agenda[0].papers[0]");
  g_assert_cmpstr (dinh_publication_get_id (publication), ==, "6d1f0a52-8c3e-4b7a-9e15-2f40c7a9b831");
}

/* @version: what is in the papers' files. */
static DinhPublication *
open_publication (json_t *document, const char *version)
{
  g_autoptr (GError) error = NULL;
  DinhPublication *publication = dinh_publication_new (document, &error);
  GPtrArray *papers;

  g_assert_no_error (error);
  papers = dinh_publication_get_papers (publication);
  for (guint i = 0; i < papers->len; i++) {
    const DinhPublicationPaper *paper = g_ptr_array_index (papers, i);
    g_autofree char *bytes = g_strconcat (paper->id, version, NULL);
    g_autofree char *sha256 = dinh_hash_data_hex (bytes, strlen (bytes));

    dinh_publication_set_bytes (publication, paper->id, sha256, (gint64) strlen (bytes));
  }
  return publication;
}

/* Gives at most @limit of the commands in @steps. Returns the number of events. */
static guint
give_steps (Record *record, GPtrArray *steps, guint *limit)
{
  guint n_events = 0;

  for (guint i = 0; i < steps->len && *limit > 0; i++, (*limit)--) {
    const DinhStep *step = g_ptr_array_index (steps, i);
    g_autoptr (GError) error = NULL;
    int n = record_try (record, &admin_actor, step->kind, step->body, &error);

    if (n < 0) {
      g_autofree char *body = dinh_json_print (step->body), *state = dinh_state_print (record->meeting);
      g_error ("%s %s: %s\n%s", step->kind, body, error->message, state);
    }
    n_events += (guint) n;
  }
  return n_events;
}

static guint
publish (Record *record, const DinhPublication *publication, guint limit)
{
  g_autoptr (GPtrArray) sites = dinh_publication_plan_body (publication, record->body);
  g_autoptr (GPtrArray) steps = dinh_publication_plan_meeting (publication, record->meeting);

  return give_steps (record, sites, &limit) + give_steps (record, steps, &limit);
}

static void
publish_document (Record *record, json_t *document, const char *version)
{
  g_autoptr (DinhPublication) publication = open_publication (document, version);

  publish (record, publication, G_MAXUINT);
}

/* What a reader sees, without how it came to be so. */
static json_t *
essence (const Record *record)
{
  static const char *const history[] = { "seq", "version", "replaces" };
  json_t *essence = json_deep_copy (record->meeting->json), *table, *object;
  const char *name, *key;
  void *next;

  json_object_del (json_object_get (essence, "meeting"), "published_at");
  json_object_foreach (essence, name, table) {
    json_object_foreach_safe (table, next, key, object) {
      for (guint i = 0; i < G_N_ELEMENTS (history) && strcmp (name, "meeting") != 0; i++)
        json_object_del (object, history[i]);
      if (json_object_get (object, "recalled") != NULL)
        json_object_del (table, key);
    }
  }
  if (json_object_size (json_object_get (essence, "papers")) == 0)
    json_object_del (essence, "papers");
  if (json_object_size (json_object_get (essence, "items")) == 0)
    json_object_del (essence, "items");
  return essence;
}

static void
assert_same (const Record *record, const Record *expected)
{
  g_autoptr (DinhJson) a = essence (record), b = essence (expected);

  if (!json_equal (a, b)) {
    g_autofree char *found = dinh_json_print (a), *wanted = dinh_json_print (b);
    g_error ("the record says\n%s\nnot\n%s", found, wanted);
  }
}

static void
test_again (void)
{
  static const char *const idle[] = { "meeting-change", "meeting-publish" };
  g_autoptr (DinhJson) document = load_sample ();
  g_autoptr (DinhPublication) publication = open_publication (document, "1");
  g_autoptr (Record) record = record_new_founded ();
  g_autoptr (GPtrArray) sites = NULL, steps = NULL;

  g_assert_cmpuint (publish (record, publication, G_MAXUINT), >, 40);
  sites = dinh_publication_plan_body (publication, record->body);
  steps = dinh_publication_plan_meeting (publication, record->meeting);
  g_assert_cmpuint (sites->len, ==, 0);
  g_assert_cmpuint (steps->len, ==, G_N_ELEMENTS (idle));
  for (guint i = 0; i < steps->len; i++)
    g_assert_cmpstr (((DinhStep *) g_ptr_array_index (steps, i))->kind, ==, idle[i]);
  g_assert_cmpuint (publish (record, publication, G_MAXUINT), ==, 0);
}

/* Interrupted after any number of commands and begun anew, it ends the same. */
static void
check_interruptions (json_t *before, json_t *after)
{
  g_autoptr (Record) whole = record_new_founded ();
  guint n_commands = 0;

  publish_document (whole, after, "2");
  for (guint limit = 0; limit == 0 || limit <= n_commands; limit++) {
    g_autoptr (Record) record = record_new_founded ();
    g_autoptr (DinhPublication) publication = open_publication (after, "2");
    g_autoptr (GPtrArray) sites = NULL, steps = NULL;

    if (before != NULL)
      publish_document (record, before, "1");
    sites = dinh_publication_plan_body (publication, record->body);
    steps = dinh_publication_plan_meeting (publication, record->meeting);
    n_commands = sites->len + steps->len;
    publish (record, publication, limit);
    publish (record, publication, G_MAXUINT);
    assert_same (record, whole);
    g_assert_cmpuint (publish (record, publication, G_MAXUINT), ==, 0);
  }
}

static void
test_interrupted (void)
{
  g_autoptr (DinhJson) document = load_sample ();

  check_interruptions (NULL, document);
}

#define PARTICIPANT(n, name, role) "{'id':'" PERSON n "','name':'" name "','role':'" role "'}"

static const char before_text[] =
  "{'schema':1,'id':'" MEETING "','title':'Họp','begins':'2026-12-01T08:00:00+07:00','ends':'2026-12-01T11:00:00+07:00',"
  "'sites':['xa-a'],"
  "'participants':[" PARTICIPANT ("1", "Ái", "chair") "," PARTICIPANT ("2", "Bình", "member") "," PARTICIPANT ("3", "Cúc", "invitee") "],"
  "'agenda':["
  "{'id':'a','title':'A','papers':[{'id':'p','file':'p.pdf','title':'P'},{'id':'q','file':'q.pdf','title':'Q','readers':['ban']}],"
  " 'items':[{'id':'b','title':'B','items':[{'id':'c','title':'C','items':[{'id':'d','title':'D',"
  "   'papers':[{'id':'r','file':'r.pdf','title':'R','number':'1'}]}]}]}]},"
  "{'id':'e','title':'E','papers':[{'id':'s','file':'s.pdf','title':'S'}]}]}";

/* Upside down: the deepest item holds the first one; papers move, go, come and change; an item goes on paper. */
static const char after_text[] =
  "{'schema':1,'id':'" MEETING "','title':'Họp gấp','begins':'2026-12-01T09:00:00+07:00','ends':'2026-12-01T11:00:00+07:00',"
  "'sites':[{'id':'xa-m','name':'M','parent':'xa-n'},{'id':'xa-n','name':'N'},'xa-a'],"
  "'participants':[" PARTICIPANT ("2", "Bình", "chair") "," PARTICIPANT ("1", "Ái", "member") "," PARTICIPANT ("4", "Đào", "secretary") "],"
  "'agenda':["
  "{'id':'e','title':'E','paper_only':true},"
  "{'id':'d','title':'D','items':[{'id':'b','title':'B','papers':[{'id':'r','file':'r.pdf','title':'R lại'}],"
  "   'items':[{'id':'a','title':'A','papers':[{'id':'t','file':'t.pdf','title':'T'},{'id':'p','file':'p2.pdf','title':'P'}]}]}]}]}";

static void
test_changes (void)
{
  g_autoptr (DinhJson) before = parse_quoted (before_text), after = parse_quoted (after_text);
  g_autoptr (Record) record = record_new_founded ();

  check_interruptions (before, after);
  check_interruptions (after, before);
  publish_document (record, before, "1");
  publish_document (record, after, "2");
  g_assert_true (json_is_true (json_object_get (dinh_state_get (record->meeting, "papers", "q"), "recalled")));
  g_assert_cmpint (dinh_json_get_integer (dinh_state_get (record->meeting, "papers", "p"), "version"), ==, 2);
  g_assert_null (dinh_state_get (record->meeting, "items", "c"));
  g_assert_cmpstr (dinh_json_get_string (dinh_state_get (record->meeting, "participants", PERSON "2"), "role"), ==, "chair");
  g_assert_null (dinh_state_get (record->meeting, "participants", PERSON "3"));
  g_assert_nonnull (dinh_state_get (record->body, "persons", PERSON "3"));
  publish_document (record, before, "1");
  g_assert_null (json_object_get (dinh_state_get (record->meeting, "papers", "q"), "recalled"));
  g_assert_cmpint (dinh_json_get_integer (dinh_state_get (record->meeting, "papers", "q"), "version"), ==, 2);
}

/* The readers of a paper that was sent out stay; the record refuses what the plan cannot know to be wrong. */
static void
test_readers_stay (void)
{
  g_autoptr (DinhJson) document = parse_quoted (before_text);
  g_autoptr (Record) record = record_new_founded ();
  g_autoptr (DinhPublication) publication = NULL;
  g_autoptr (GPtrArray) steps = NULL;

  publish_document (record, document, "1");
  edit (document, "agenda[0].papers[1].readers", NULL);
  publication = open_publication (document, "1");
  steps = dinh_publication_plan_meeting (publication, record->meeting);
  for (guint i = 0; i < steps->len; i++) {
    const DinhStep *step = g_ptr_array_index (steps, i);
    g_autoptr (GError) error = NULL;

    record_try (record, &admin_actor, step->kind, step->body, &error);
    if (strcmp (step->kind, "paper-change") == 0)
      g_assert_error (error, DINH_RECORD_ERROR, DINH_RECORD_ERROR_STATE);
    else
      g_assert_no_error (error);
  }
}

/* Sites that lie below each other are planned once each and refused by the rules; nothing runs for ever. */
static void
test_sites_in_a_ring (void)
{
  g_autoptr (DinhJson) document = parse_quoted (before_text);
  g_autoptr (Record) record = record_new_founded ();
  g_autoptr (DinhPublication) publication = NULL;
  g_autoptr (GPtrArray) steps = NULL;
  g_autoptr (DinhJson) ring =
    parse_quoted ("{'':[{'id':'xa-m','name':'M','parent':'xa-n'},{'id':'xa-n','name':'N','parent':'xa-m'}]}");

  edit (document, "sites", json_incref (json_object_get (ring, "")));
  edit (document, "participants", NULL);
  publication = open_publication (document, "1");
  steps = dinh_publication_plan_body (publication, record->body);
  g_assert_cmpuint (steps->len, ==, 2);
}

/* An agenda of at most eight items at chance places, with papers that keep their readers. */
static void
fill_items (json_t *items, GPtrArray *names, GPtrArray *papers, guint level)
{
  while (names->len > 0 && g_test_rand_int_range (0, 3) > 0) {
    g_autofree char *name = g_ptr_array_steal_index (names, (guint) g_test_rand_int_range (0, (gint32) names->len));
    json_t *item = json_pack ("{s:s, s:s, s:[], s:[]}", "id", name, "title",
                              g_test_rand_int_range (0, 4) > 0 ? "Mục" : "Mục khác", "items", "papers");

    while (papers->len > 0 && g_test_rand_int_range (0, 2) > 0) {
      g_autofree char *paper = g_ptr_array_steal_index (papers, (guint) g_test_rand_int_range (0, (gint32) papers->len));
      json_t *entry = json_pack ("{s:s, s:s, s:s}", "id", paper, "file", paper, "title", "Tờ trình");

      if (paper[1] % 2 == 0)
        json_object_set_new (entry, "readers", json_pack ("[s]", "ban"));
      json_array_append_new (json_object_get (item, "papers"), entry);
    }
    if (json_array_size (json_object_get (item, "papers")) == 0 && g_test_rand_int_range (0, 4) == 0)
      json_object_set_new (item, "paper_only", json_true ());
    if (level < 4)
      fill_items (json_object_get (item, "items"), names, papers, level + 1);
    json_array_append_new (items, item);
  }
}

static json_t *
random_document (void)
{
  json_t *document = parse_quoted (before_text);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free), papers = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < 8; i++) {
    g_ptr_array_add (names, g_strdup_printf ("i%u", i));
    g_ptr_array_add (papers, g_strdup_printf ("p%u", i));
  }
  edit (document, "agenda", json_array ());
  fill_items (json_object_get (document, "agenda"), names, papers, 1);
  return document;
}

/* Any folder after any other, each but the last broken off somewhere: the record says what the last one says. */
static void
test_random (void)
{
  for (guint i = 0; i < 300; i++) {
    g_autoptr (Record) record = record_new_founded (), fresh = record_new_founded ();
    g_autoptr (DinhJson) last = random_document ();

    for (guint j = 0; j < 4; j++) {
      g_autoptr (DinhJson) document = random_document ();
      g_autoptr (DinhPublication) publication = open_publication (document, j % 2 == 0 ? "1" : "2");

      publish (record, publication, (guint) g_test_rand_int_range (1, 40));
    }
    publish_document (record, last, "3");
    publish_document (fresh, last, "3");
    assert_same (record, fresh);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/record/publication/variants", test_variants);
  g_test_add_func ("/record/publication/limits", test_limits);
  g_test_add_func ("/record/publication/normalizes", test_normalizes);
  g_test_add_func ("/record/publication/again", test_again);
  g_test_add_func ("/record/publication/interrupted", test_interrupted);
  g_test_add_func ("/record/publication/changes", test_changes);
  g_test_add_func ("/record/publication/readers-stay", test_readers_stay);
  g_test_add_func ("/record/publication/sites-in-a-ring", test_sites_in_a_ring);
  g_test_add_func ("/record/publication/random", test_random);
  return g_test_run ();
}
