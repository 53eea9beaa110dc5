/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/model/dinh-meeting.h"

#include "data/model/dinh-facts.h"

/*
 * A meeting as a person sees it: what it is, its agenda as a tree, its papers, and how much of them is here.
 * dinh_meeting_update () brings it to a state of its record; objects with the same key stay the same objects.
 */
struct _DinhMeeting {
  GObject parent_instance;

  char *id;
  char *title;
  char *host;
  char *chair;
  char *place;
  char *reason;
  gint64 begins;
  gint64 ends;
  guint64 seq;
  guint64 seen_seq;
  DinhMeetingStatus status;
  GStrv sites;

  GHashTable *items_by_id;  /* owns id and DinhAgendaItem */
  GHashTable *papers_by_id; /* owns id and DinhPaper */
  GHashTable *participants_by_id; /* owns id and DinhParticipant */
  GListStore *agenda;
  GListStore *papers;
  GListStore *participants;

  guint64 size;
  guint64 fetched;
  guint n_papers;
  guint n_ready;
  guint n_changed;
};

G_DEFINE_QUARK (dinh - model - error - quark, dinh_model_error)

G_DEFINE_ENUM_TYPE (DinhMeetingStatus,
                    dinh_meeting_status,
                    G_DEFINE_ENUM_VALUE (DINH_MEETING_PREPARED, "prepared"),
                    G_DEFINE_ENUM_VALUE (DINH_MEETING_PUBLISHED, "published"),
                    G_DEFINE_ENUM_VALUE (DINH_MEETING_CANCELLED, "cancelled"))

G_DEFINE_FINAL_TYPE (DinhMeeting, dinh_meeting, G_TYPE_OBJECT)

#define FACT(name, key, kind, needed, member)                                                                \
  {                                                                                                          \
    name, key, DINH_FACT_##kind, needed, G_STRUCT_OFFSET (DinhMeeting, member)                               \
  }

static const DinhFact facts[] = {
    FACT ("id", NULL, TEXT, FALSE, id),
    FACT ("title", "title", TEXT, TRUE, title),
    FACT ("host", "host", TEXT, FALSE, host),
    FACT ("chair", "chair", TEXT, FALSE, chair),
    FACT ("place", "place", TEXT, FALSE, place),
    FACT ("reason", "reason", TEXT, FALSE, reason),
    FACT ("begins", "begins", TIME, TRUE, begins),
    FACT ("ends", "ends", TIME, TRUE, ends),
    FACT ("seq", NULL, LONG, FALSE, seq),
    FACT ("seen-seq", NULL, LONG, FALSE, seen_seq),
    FACT ("size", NULL, LONG, FALSE, size),
    FACT ("fetched", NULL, LONG, FALSE, fetched),
    FACT ("n-papers", NULL, COUNT, FALSE, n_papers),
    FACT ("n-ready", NULL, COUNT, FALSE, n_ready),
    FACT ("n-changed", NULL, COUNT, FALSE, n_changed),
    {NULL},
};

enum { PROP_STATUS = G_N_ELEMENTS (facts), PROP_SITES, PROP_AGENDA, PROP_PAPERS, PROP_PARTICIPANTS };

static void
dinh_meeting_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  DinhMeeting *self = DINH_MEETING (object);

  switch (property_id) {
  case PROP_STATUS:
    g_value_set_enum (value, self->status);
    break;
  case PROP_SITES:
    g_value_set_boxed (value, self->sites);
    break;
  case PROP_AGENDA:
    g_value_set_object (value, self->agenda);
    break;
  case PROP_PAPERS:
    g_value_set_object (value, self->papers);
    break;
  case PROP_PARTICIPANTS:
    g_value_set_object (value, self->participants);
    break;
  default:
    dinh_facts_get (facts, self, property_id, value);
  }
}

static void on_paper_changed (DinhPaper *paper, GParamSpec *pspec, DinhMeeting *self);

static void
dinh_meeting_dispose (GObject *object)
{
  DinhMeeting *self = DINH_MEETING (object);
  GHashTableIter iter;
  gpointer paper;

  g_hash_table_iter_init (&iter, self->papers_by_id);
  while (g_hash_table_iter_next (&iter, NULL, &paper))
    g_signal_handlers_disconnect_by_func (paper, on_paper_changed, self);
  g_hash_table_remove_all (self->papers_by_id);
  G_OBJECT_CLASS (dinh_meeting_parent_class)->dispose (object);
}

static void
dinh_meeting_finalize (GObject *object)
{
  DinhMeeting *self = DINH_MEETING (object);

  dinh_facts_clear (facts, self);
  g_strfreev (self->sites);
  g_hash_table_unref (self->items_by_id);
  g_hash_table_unref (self->papers_by_id);
  g_hash_table_unref (self->participants_by_id);
  g_object_unref (self->agenda);
  g_object_unref (self->papers);
  g_object_unref (self->participants);
  G_OBJECT_CLASS (dinh_meeting_parent_class)->finalize (object);
}

static void
dinh_meeting_class_init (DinhMeetingClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = dinh_meeting_get_property;
  object_class->dispose = dinh_meeting_dispose;
  object_class->finalize = dinh_meeting_finalize;

  dinh_facts_install (facts, object_class);
  g_object_class_install_property (
      object_class, PROP_STATUS,
      g_param_spec_enum ("status", NULL, NULL, DINH_TYPE_MEETING_STATUS, DINH_MEETING_PREPARED, flags));
  g_object_class_install_property (object_class, PROP_SITES,
                                   g_param_spec_boxed ("sites", NULL, NULL, G_TYPE_STRV, flags));
  g_object_class_install_property (object_class, PROP_AGENDA,
                                   g_param_spec_object ("agenda", NULL, NULL, G_TYPE_LIST_MODEL, flags));
  g_object_class_install_property (object_class, PROP_PAPERS,
                                   g_param_spec_object ("papers", NULL, NULL, G_TYPE_LIST_MODEL, flags));
  g_object_class_install_property (object_class, PROP_PARTICIPANTS,
                                   g_param_spec_object ("participants", NULL, NULL, G_TYPE_LIST_MODEL, flags));
}

static void
dinh_meeting_init (DinhMeeting *self)
{
  self->sites = g_new0 (char *, 1);
  self->items_by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->papers_by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->participants_by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->agenda = g_list_store_new (DINH_TYPE_AGENDA_ITEM);
  self->papers = g_list_store_new (DINH_TYPE_PAPER);
  self->participants = g_list_store_new (DINH_TYPE_PARTICIPANT);
}

/* dinh_meeting_new: a meeting of which nothing is known but its stream's @id. */
DinhMeeting *
dinh_meeting_new (const char *id)
{
  DinhMeeting *self = g_object_new (DINH_TYPE_MEETING, NULL);

  self->id = g_strdup (id);
  return self;
}

/* --- checking a state before anything is touched --- */

typedef gboolean (*CheckEntry) (const json_t *source, const char *where, GError **error);

static gboolean
check_entries (const json_t *state, const char *key, CheckEntry check, GError **error)
{
  json_t *entries = json_object_get (state, key);
  const char *id;
  json_t *source;

  /* A table is there from its first entry on. */
  if (entries != NULL && !json_is_object (entries)) {
    g_set_error (error, DINH_MODEL_ERROR, DINH_MODEL_ERROR_FORM, "'%s' of the state is not a table", key);
    return FALSE;
  }
  json_object_foreach (entries, id, source)
  {
    g_autofree char *where = g_strdup_printf ("%s.%s", key, id);

    if (!check (source, where, error))
      return FALSE;
    if (g_strcmp0 (id, json_string_value (json_object_get (source, "id"))) != 0) {
      g_set_error (error, DINH_MODEL_ERROR, DINH_MODEL_ERROR_FORM, "'%s' calls itself otherwise", where);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
check_parents (const json_t *items, GError **error)
{
  json_t *entries = (json_t *) items;
  const char *id;
  json_t *source;

  json_object_foreach (entries, id, source)
  {
    const char *parent = json_string_value (json_object_get (source, "parent"));
    gsize steps = json_object_size (items);

    for (; parent != NULL; steps--) {
      json_t *above = json_object_get (items, parent);

      if (above == NULL || steps == 0) {
        g_set_error (error, DINH_MODEL_ERROR, DINH_MODEL_ERROR_TREE,
                     above ? "item '%s' is below itself by '%s'"
                           : "item '%s' is below '%s', which is not there",
                     id, parent);
        return FALSE;
      }
      parent = json_string_value (json_object_get (above, "parent"));
    }
  }
  return TRUE;
}

static gboolean
check_paper_items (const json_t *papers, const json_t *items, GError **error)
{
  json_t *entries = (json_t *) papers;
  const char *id;
  json_t *source;

  json_object_foreach (entries, id, source)
  {
    const char *item = json_string_value (json_object_get (source, "item"));

    if (json_object_get (items, item) == NULL) {
      g_set_error (error, DINH_MODEL_ERROR, DINH_MODEL_ERROR_TREE,
                   "paper '%s' is of item '%s', which is not there", id, item);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
parse_status (const json_t *meeting, DinhMeetingStatus *status, GError **error)
{
  g_autoptr (GEnumClass) names = g_type_class_ref (DINH_TYPE_MEETING_STATUS);
  const char *name = json_string_value (json_object_get (meeting, "status"));
  GEnumValue *value = name ? g_enum_get_value_by_nick (names, name) : NULL;

  if (value == NULL) {
    g_set_error (error, DINH_MODEL_ERROR, DINH_MODEL_ERROR_FORM, "'meeting.status' is '%s'",
                 name ? name : "");
    return FALSE;
  }
  *status = value->value;
  return TRUE;
}

static gboolean
check_state (const json_t *state, DinhMeetingStatus *status, GError **error)
{
  const json_t *meeting = json_object_get (state, "meeting");
  const json_t *items = json_object_get (state, "items");

  return dinh_facts_fit (facts, meeting, "meeting", error) && parse_status (meeting, status, error) &&
         check_entries (state, "items", dinh_agenda_item_check, error) &&
         check_entries (state, "papers", dinh_paper_check, error) &&
         check_entries (state, "participants", dinh_participant_check, error) && check_parents (items, error) &&
         check_paper_items (json_object_get (state, "papers"), items, error);
}

/* --- counting --- */

static void
count (DinhMeeting *self)
{
  guint64 size = 0, fetched = 0;
  guint n_papers = 0, n_ready = 0, n_changed = 0;
  GHashTableIter iter;
  gpointer entry;

  g_hash_table_iter_init (&iter, self->papers_by_id);
  while (g_hash_table_iter_next (&iter, NULL, &entry)) {
    n_changed += dinh_paper_get_changed (entry);
    if (dinh_paper_get_recalled (entry))
      continue;
    n_papers++;
    n_ready += dinh_paper_get_state (entry) == DINH_PAPER_READY;
    size += dinh_paper_get_size (entry);
    fetched += dinh_paper_get_fetched (entry);
  }
  g_hash_table_iter_init (&iter, self->items_by_id);
  while (g_hash_table_iter_next (&iter, NULL, &entry))
    n_changed += dinh_agenda_item_get_changed (entry);

  g_object_freeze_notify (G_OBJECT (self));
#define SET(member, name)                                                                                    \
  if (self->member != member) {                                                                              \
    self->member = member;                                                                                   \
    g_object_notify (G_OBJECT (self), name);                                                                 \
  }
  SET (size, "size")
  SET (fetched, "fetched")
  SET (n_papers, "n-papers")
  SET (n_ready, "n-ready")
  SET (n_changed, "n-changed")
#undef SET
  g_object_thaw_notify (G_OBJECT (self));
}

static void
on_paper_changed (DinhPaper *paper, GParamSpec *pspec, DinhMeeting *self)
{
  if (g_str_equal (pspec->name, "fetched") || g_str_equal (pspec->name, "state"))
    count (self);
}

/* --- taking over a state --- */

static void
update_sites (DinhMeeting *self, const json_t *sites)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) keys = NULL;
  json_t *site;
  gsize i;

  json_array_foreach (sites, i, site) if (json_is_string (site))
      g_strv_builder_add (builder, json_string_value (site));
  keys = g_strv_builder_end (builder);

  if (g_strv_equal ((const char *const *) keys, (const char *const *) self->sites))
    return;
  g_strfreev (self->sites);
  self->sites = g_steal_pointer (&keys);
  g_object_notify (G_OBJECT (self), "sites");
}

static void
update_meeting (DinhMeeting *self, const json_t *meeting, DinhMeetingStatus status, guint64 seq)
{
  dinh_facts_update (facts, self, meeting);
  update_sites (self, json_object_get (meeting, "sites"));
  if (self->status != status) {
    self->status = status;
    g_object_notify (G_OBJECT (self), "status");
  }
  if (self->seq != seq) {
    self->seq = seq;
    g_object_notify (G_OBJECT (self), "seq");
  }
}

static gboolean
is_gone (gpointer id, gpointer object, gpointer entries)
{
  return json_object_get (entries, id) == NULL;
}

static void
update_items (DinhMeeting *self, json_t *entries)
{
  const char *id;
  json_t *source;

  g_hash_table_foreach_remove (self->items_by_id, is_gone, entries);
  json_object_foreach (entries, id, source)
  {
    DinhAgendaItem *item = g_hash_table_lookup (self->items_by_id, id);

    if (item == NULL) {
      item = dinh_agenda_item_new ();
      g_hash_table_insert (self->items_by_id, g_strdup (id), item);
    }
    dinh_agenda_item_update (item, source);
    dinh_agenda_item_compare_seen (item, self->seen_seq);
  }
}

static void
update_papers (DinhMeeting *self, json_t *entries)
{
  const char *id;
  json_t *source;

  g_hash_table_foreach_remove (self->papers_by_id, is_gone, entries);
  json_object_foreach (entries, id, source)
  {
    DinhPaper *paper = g_hash_table_lookup (self->papers_by_id, id);

    if (paper == NULL) {
      paper = dinh_paper_new ();
      g_hash_table_insert (self->papers_by_id, g_strdup (id), paper);
      g_signal_connect_object (paper, "notify", G_CALLBACK (on_paper_changed), self, 0);
    }
    dinh_paper_update (paper, source);
    dinh_paper_compare_seen (paper, self->seen_seq);
  }
}

static int
compare_participants (gconstpointer a, gconstpointer b)
{
  DinhParticipant *one = *(DinhParticipant **) a, *other = *(DinhParticipant **) b;
  int order = g_utf8_collate (dinh_participant_get_name (one), dinh_participant_get_name (other));

  return order != 0 ? order : strcmp (dinh_participant_get_id (one), dinh_participant_get_id (other));
}

static void
update_participants (DinhMeeting *self, json_t *entries)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();
  const char *id;
  json_t *source;

  g_hash_table_foreach_remove (self->participants_by_id, is_gone, entries);
  json_object_foreach (entries, id, source)
  {
    DinhParticipant *participant = g_hash_table_lookup (self->participants_by_id, id);

    if (participant == NULL) {
      participant = dinh_participant_new ();
      g_hash_table_insert (self->participants_by_id, g_strdup (id), participant);
    }
    dinh_participant_update (participant, source);
    g_ptr_array_add (sorted, participant);
  }
  g_ptr_array_sort (sorted, compare_participants);
  dinh_list_become (self->participants, sorted);
}

static int
compare_items (gconstpointer a, gconstpointer b)
{
  DinhAgendaItem *one = *(DinhAgendaItem **) a, *other = *(DinhAgendaItem **) b;
  guint here = dinh_agenda_item_get_position (one), there = dinh_agenda_item_get_position (other);

  return here != there ? (here > there) - (here < there)
                       : strcmp (dinh_agenda_item_get_id (one), dinh_agenda_item_get_id (other));
}

static int
compare_papers (gconstpointer a, gconstpointer b)
{
  DinhPaper *one = *(DinhPaper **) a, *other = *(DinhPaper **) b;
  guint here = dinh_paper_get_position (one), there = dinh_paper_get_position (other);

  return here != there ? (here > there) - (here < there)
                       : strcmp (dinh_paper_get_id (one), dinh_paper_get_id (other));
}

typedef const char *(*GetAbove) (gpointer object);

/* The objects by what they hang from ("" is the top), each group in order. */
static GHashTable *
group (GHashTable *objects, GetAbove get_above, GCompareFunc compare)
{
  GHashTable *groups =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_ptr_array_unref);
  GHashTableIter iter;
  gpointer object, members;

  g_hash_table_iter_init (&iter, objects);
  while (g_hash_table_iter_next (&iter, NULL, &object)) {
    const char *above = get_above (object) ? get_above (object) : "";

    members = g_hash_table_lookup (groups, above);
    if (members == NULL) {
      members = g_ptr_array_new ();
      g_hash_table_insert (groups, (gpointer) above, members);
    }
    g_ptr_array_add (members, object);
  }
  g_hash_table_iter_init (&iter, groups);
  while (g_hash_table_iter_next (&iter, NULL, &members))
    g_ptr_array_sort (members, compare);
  return groups;
}

static void
become_group (GListModel *list, GHashTable *groups, const char *above)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  GPtrArray *members = g_hash_table_lookup (groups, above);

  dinh_list_become (G_LIST_STORE (list), members ? members : none);
}

/* The agenda below @above: numbers, children and papers of each, and all papers in their order in @flat. */
static void
arrange (GHashTable *items, GHashTable *papers, const char *above, const char *number, GPtrArray *flat)
{
  GPtrArray *siblings = g_hash_table_lookup (items, above);

  for (guint i = 0; siblings != NULL && i < siblings->len; i++) {
    DinhAgendaItem *item = siblings->pdata[i];
    const char *id = dinh_agenda_item_get_id (item);
    g_autofree char *own = g_strdup_printf ("%s%s%u", number, *number ? "." : "", i + 1);
    GPtrArray *own_papers = g_hash_table_lookup (papers, id);

    dinh_agenda_item_set_number (item, own);
    if (own_papers != NULL)
      g_ptr_array_extend (flat, own_papers, NULL, NULL);
    become_group (dinh_agenda_item_get_papers (item), papers, id);
    arrange (items, papers, id, own, flat);
    become_group (dinh_agenda_item_get_items (item), items, id);
  }
}

static void
arrange_all (DinhMeeting *self)
{
  g_autoptr (GHashTable) items =
      group (self->items_by_id, (GetAbove) dinh_agenda_item_get_parent_id, compare_items);
  g_autoptr (GHashTable) papers =
      group (self->papers_by_id, (GetAbove) dinh_paper_get_item_id, compare_papers);
  g_autoptr (GPtrArray) flat = g_ptr_array_new ();

  arrange (items, papers, "", "", flat);
  become_group (G_LIST_MODEL (self->agenda), items, "");
  dinh_list_become (self->papers, flat);
}

/*
 * dinh_meeting_update: brings the meeting to @state, the fold of its record after event @seq
 * (docs/architecture.md). Items and papers with a known key stay the same objects; lists change by single
 * insertions and removals. A state of the wrong form sets a DinhModelError and changes nothing.
 */
gboolean
dinh_meeting_update (DinhMeeting *self, const json_t *state, guint64 seq, GError **error)
{
  DinhMeetingStatus status;

  if (!check_state (state, &status, error))
    return FALSE;

  g_object_freeze_notify (G_OBJECT (self));
  update_meeting (self, json_object_get (state, "meeting"), status, seq);
  update_items (self, json_object_get (state, "items"));
  update_papers (self, json_object_get (state, "papers"));
  update_participants (self, json_object_get (state, "participants"));
  arrange_all (self);
  count (self);
  g_object_thaw_notify (G_OBJECT (self));
  return TRUE;
}

/*
 * dinh_meeting_set_seen_seq: says up to which event the person has seen the record, as it was kept from
 * earlier. With 0 the meeting was never opened, and nothing in it counts as changed.
 */
void
dinh_meeting_set_seen_seq (DinhMeeting *self, guint64 seen_seq)
{
  GHashTableIter iter;
  gpointer entry;

  if (self->seen_seq == seen_seq)
    return;
  self->seen_seq = seen_seq;

  g_object_freeze_notify (G_OBJECT (self));
  g_object_notify (G_OBJECT (self), "seen-seq");
  g_hash_table_iter_init (&iter, self->items_by_id);
  while (g_hash_table_iter_next (&iter, NULL, &entry))
    dinh_agenda_item_compare_seen (entry, seen_seq);
  g_hash_table_iter_init (&iter, self->papers_by_id);
  while (g_hash_table_iter_next (&iter, NULL, &entry))
    dinh_paper_compare_seen (entry, seen_seq);
  count (self);
  g_object_thaw_notify (G_OBJECT (self));
}

/* dinh_meeting_mark_seen: the person has seen all that is known now; who keeps it listens to
 * notify::seen-seq. */
void
dinh_meeting_mark_seen (DinhMeeting *self)
{
  dinh_meeting_set_seen_seq (self, self->seq);
}

/* dinh_meeting_get_id: the meeting's stream, a UUID; borrowed, as every text here. */
const char *
dinh_meeting_get_id (DinhMeeting *self)
{
  return self->id;
}

/* dinh_meeting_get_title: NULL before the first update. */
const char *
dinh_meeting_get_title (DinhMeeting *self)
{
  return self->title;
}

/* dinh_meeting_get_host: the body that meets, or NULL. */
const char *
dinh_meeting_get_host (DinhMeeting *self)
{
  return self->host;
}

/* dinh_meeting_get_chair: who leads it, or NULL. */
const char *
dinh_meeting_get_chair (DinhMeeting *self)
{
  return self->chair;
}

/* dinh_meeting_get_place: where it is held, or NULL. */
const char *
dinh_meeting_get_place (DinhMeeting *self)
{
  return self->place;
}

/* dinh_meeting_get_reason: why it was cancelled, in the secretary's words, or NULL. */
const char *
dinh_meeting_get_reason (DinhMeeting *self)
{
  return self->reason;
}

/* dinh_meeting_get_begins: microseconds since 1970, UTC. */
gint64
dinh_meeting_get_begins (DinhMeeting *self)
{
  return self->begins;
}

/* dinh_meeting_get_ends: microseconds since 1970, UTC. */
gint64
dinh_meeting_get_ends (DinhMeeting *self)
{
  return self->ends;
}

/* dinh_meeting_get_status: prepared, published or cancelled. */
DinhMeetingStatus
dinh_meeting_get_status (DinhMeeting *self)
{
  return self->status;
}

/* dinh_meeting_get_sites: the keys of the sites that take part; never NULL. */
const char *const *
dinh_meeting_get_sites (DinhMeeting *self)
{
  return (const char *const *) self->sites;
}

/* dinh_meeting_get_seq: the event that the last update went up to. */
guint64
dinh_meeting_get_seq (DinhMeeting *self)
{
  return self->seq;
}

/* dinh_meeting_get_seen_seq: the event up to which the person has seen it; 0: never opened. */
guint64
dinh_meeting_get_seen_seq (DinhMeeting *self)
{
  return self->seen_seq;
}

/* dinh_meeting_get_agenda: the DinhAgendaItems at the top, in order; borrowed. */
GListModel *
dinh_meeting_get_agenda (DinhMeeting *self)
{
  return G_LIST_MODEL (self->agenda);
}

/* dinh_meeting_get_papers: all DinhPapers in the order of the agenda, recalled ones too; borrowed. */
GListModel *
dinh_meeting_get_papers (DinhMeeting *self)
{
  return G_LIST_MODEL (self->papers);
}

/* dinh_meeting_get_participants: the DinhParticipants by name; borrowed. */
GListModel *
dinh_meeting_get_participants (DinhMeeting *self)
{
  return G_LIST_MODEL (self->participants);
}

/* dinh_meeting_find_item: the item with key @id, borrowed, or NULL. */
DinhAgendaItem *
dinh_meeting_find_item (DinhMeeting *self, const char *id)
{
  return g_hash_table_lookup (self->items_by_id, id);
}

/* dinh_meeting_find_paper: the paper with key @id, borrowed, or NULL. */
DinhPaper *
dinh_meeting_find_paper (DinhMeeting *self, const char *id)
{
  return g_hash_table_lookup (self->papers_by_id, id);
}

/* dinh_meeting_get_size: bytes of all papers that are not recalled. */
guint64
dinh_meeting_get_size (DinhMeeting *self)
{
  return self->size;
}

/* dinh_meeting_get_fetched: how many of those bytes are on this machine. */
guint64
dinh_meeting_get_fetched (DinhMeeting *self)
{
  return self->fetched;
}

/* dinh_meeting_get_n_papers: papers that are not recalled. */
guint
dinh_meeting_get_n_papers (DinhMeeting *self)
{
  return self->n_papers;
}

/* dinh_meeting_get_n_ready: those of them that can be read. */
guint
dinh_meeting_get_n_ready (DinhMeeting *self)
{
  return self->n_ready;
}

/* dinh_meeting_get_n_changed: items and papers that changed since the person last looked. */
guint
dinh_meeting_get_n_changed (DinhMeeting *self)
{
  return self->n_changed;
}
