/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/model/dinh-paper.h"

#include "data/model/dinh-facts.h"

/*
 * A paper of a meeting: what the record says of it, how much of it is on this machine, and where the person
 * was in it. The first comes from dinh_meeting_update (), the second from the fetcher, the third from the
 * reader.
 */
struct _DinhPaper {
  GObject parent_instance;

  char *id;
  char *item_id;
  char *title;
  char *number;
  char *kind;
  char *date;
  char *sha256;
  char *replaces;
  char *reason;
  guint64 size;
  guint64 seq;
  guint position;
  guint version;
  gboolean recalled;
  gboolean changed;

  DinhPaperState state;
  guint64 fetched;
  char *path;
  char *problem;

  guint page;
};

G_DEFINE_ENUM_TYPE (DinhPaperState,
                    dinh_paper_state,
                    G_DEFINE_ENUM_VALUE (DINH_PAPER_ABSENT, "absent"),
                    G_DEFINE_ENUM_VALUE (DINH_PAPER_QUEUED, "queued"),
                    G_DEFINE_ENUM_VALUE (DINH_PAPER_FETCHING, "fetching"),
                    G_DEFINE_ENUM_VALUE (DINH_PAPER_READY, "ready"),
                    G_DEFINE_ENUM_VALUE (DINH_PAPER_FAILED, "failed"))

G_DEFINE_FINAL_TYPE (DinhPaper, dinh_paper, G_TYPE_OBJECT)

#define FACT(name, key, kind, needed, member)                                                                \
  {                                                                                                          \
    name, key, DINH_FACT_##kind, needed, G_STRUCT_OFFSET (DinhPaper, member)                                 \
  }

static const DinhFact facts[] = {
    FACT ("id", "id", TEXT, TRUE, id),
    FACT ("item-id", "item", TEXT, TRUE, item_id),
    FACT ("title", "title", TEXT, TRUE, title),
    FACT ("number", "number", TEXT, FALSE, number),
    FACT ("kind", "kind", TEXT, FALSE, kind),
    FACT ("date", "date", TEXT, FALSE, date),
    FACT ("sha256", "sha256", TEXT, TRUE, sha256),
    FACT ("replaces", "replaces", TEXT, FALSE, replaces),
    FACT ("reason", "reason", TEXT, FALSE, reason),
    FACT ("size", "size", LONG, TRUE, size),
    FACT ("seq", "seq", LONG, TRUE, seq),
    FACT ("position", "position", COUNT, TRUE, position),
    FACT ("version", "version", COUNT, TRUE, version),
    FACT ("recalled", "recalled", FLAG, FALSE, recalled),
    FACT ("changed", NULL, FLAG, FALSE, changed),
    FACT ("fetched", NULL, LONG, FALSE, fetched),
    FACT ("path", NULL, TEXT, FALSE, path),
    FACT ("problem", NULL, TEXT, FALSE, problem),
    {NULL},
};

enum { PROP_STATE = G_N_ELEMENTS (facts), PROP_PAGE };

static void
dinh_paper_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  DinhPaper *self = DINH_PAPER (object);

  if (property_id == PROP_STATE)
    g_value_set_enum (value, self->state);
  else if (property_id == PROP_PAGE)
    g_value_set_uint (value, self->page);
  else
    dinh_facts_get (facts, self, property_id, value);
}

static void
dinh_paper_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  if (property_id == PROP_PAGE)
    dinh_paper_set_page (DINH_PAPER (object), g_value_get_uint (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
dinh_paper_finalize (GObject *object)
{
  dinh_facts_clear (facts, object);
  G_OBJECT_CLASS (dinh_paper_parent_class)->finalize (object);
}

static void
dinh_paper_class_init (DinhPaperClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = dinh_paper_get_property;
  object_class->set_property = dinh_paper_set_property;
  object_class->finalize = dinh_paper_finalize;

  dinh_facts_install (facts, object_class);
  g_object_class_install_property (object_class, PROP_STATE,
                                   g_param_spec_enum ("state", NULL, NULL, DINH_TYPE_PAPER_STATE,
                                                      DINH_PAPER_ABSENT,
                                                      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (
      object_class, PROP_PAGE,
      g_param_spec_uint ("page", NULL, NULL, 0, G_MAXUINT, 0,
                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS));
}

static void
dinh_paper_init (DinhPaper *self)
{
}

/* dinh_paper_new: an empty paper; a meeting makes and fills its own. */
DinhPaper *
dinh_paper_new (void)
{
  return g_object_new (DINH_TYPE_PAPER, NULL);
}

/* dinh_paper_get_id: the paper's key in its meeting; borrowed, as every text here. */
const char *
dinh_paper_get_id (DinhPaper *self)
{
  return self->id;
}

/* dinh_paper_get_item_id: the key of the agenda item that the paper belongs to. */
const char *
dinh_paper_get_item_id (DinhPaper *self)
{
  return self->item_id;
}

/* dinh_paper_get_title: the summary line (trích yếu), for people. */
const char *
dinh_paper_get_title (DinhPaper *self)
{
  return self->title;
}

/* dinh_paper_get_number: number and notation, "214/TTr-UBND"; NULL without one. */
const char *
dinh_paper_get_number (DinhPaper *self)
{
  return self->number;
}

/* dinh_paper_get_kind: the kind's code ("submission", "draft", …; see docs/meeting-json.md) or NULL. */
const char *
dinh_paper_get_kind (DinhPaper *self)
{
  return self->kind;
}

/* dinh_paper_get_date: the day it was signed, YYYY-MM-DD, or NULL. */
const char *
dinh_paper_get_date (DinhPaper *self)
{
  return self->date;
}

/* dinh_paper_get_sha256: the hash of the bytes of this version, 64 hexadecimal digits. */
const char *
dinh_paper_get_sha256 (DinhPaper *self)
{
  return self->sha256;
}

/* dinh_paper_get_replaces: the hash of the version before, or NULL. */
const char *
dinh_paper_get_replaces (DinhPaper *self)
{
  return self->replaces;
}

/* dinh_paper_get_reason: why it was recalled, in the secretary's words, or NULL. */
const char *
dinh_paper_get_reason (DinhPaper *self)
{
  return self->reason;
}

/* dinh_paper_get_size: bytes in all. */
guint64
dinh_paper_get_size (DinhPaper *self)
{
  return self->size;
}

/* dinh_paper_get_version: 1 for the first published, then 2, …. */
guint
dinh_paper_get_version (DinhPaper *self)
{
  return self->version;
}

/* dinh_paper_get_position: where it stands among the papers of its item. */
guint
dinh_paper_get_position (DinhPaper *self)
{
  return self->position;
}

/* dinh_paper_get_seq: the number of the event that last touched it. */
guint64
dinh_paper_get_seq (DinhPaper *self)
{
  return self->seq;
}

/* dinh_paper_get_recalled: whether it was taken back. */
gboolean
dinh_paper_get_recalled (DinhPaper *self)
{
  return self->recalled;
}

/* dinh_paper_get_changed: whether it is new, replaced or recalled since the person last looked. */
gboolean
dinh_paper_get_changed (DinhPaper *self)
{
  return self->changed;
}

/* dinh_paper_get_state: where its bytes are. */
DinhPaperState
dinh_paper_get_state (DinhPaper *self)
{
  return self->state;
}

/* dinh_paper_get_fetched: how many of its bytes are on this machine. */
guint64
dinh_paper_get_fetched (DinhPaper *self)
{
  return self->fetched;
}

/* dinh_paper_get_path: the file with its bytes while it is DINH_PAPER_READY, else NULL. */
const char *
dinh_paper_get_path (DinhPaper *self)
{
  return self->path;
}

/* dinh_paper_get_problem: the code of what is wrong while it is DINH_PAPER_FAILED, else NULL; words for it
 * are dinh_words_problem ()'s. */
const char *
dinh_paper_get_problem (DinhPaper *self)
{
  return self->problem;
}

static void
set_bytes (DinhPaper *self, DinhPaperState state, guint64 fetched, const char *path, const char *problem)
{
  g_object_freeze_notify (G_OBJECT (self));
  dinh_facts_set_text (self, "path", &self->path, path);
  dinh_facts_set_text (self, "problem", &self->problem, problem);
  if (self->fetched != fetched) {
    self->fetched = fetched;
    g_object_notify (G_OBJECT (self), "fetched");
  }
  if (self->state != state) {
    self->state = state;
    g_object_notify (G_OBJECT (self), "state");
  }
  g_object_thaw_notify (G_OBJECT (self));
}

/* dinh_paper_set_progress: the bytes are absent, queued or coming, @fetched of them here. */
void
dinh_paper_set_progress (DinhPaper *self, DinhPaperState state, guint64 fetched)
{
  g_return_if_fail (state <= DINH_PAPER_FETCHING);

  set_bytes (self, state, MIN (fetched, self->size), NULL, NULL);
}

/* dinh_paper_set_ready: the bytes are whole and checked in the file @path. */
void
dinh_paper_set_ready (DinhPaper *self, const char *path)
{
  g_return_if_fail (path != NULL);

  set_bytes (self, DINH_PAPER_READY, self->size, path, NULL);
}

/* dinh_paper_set_failed: the paper cannot be had; @problem is a code that dinh_words_problem ()
 * knows. */
void
dinh_paper_set_failed (DinhPaper *self, const char *problem)
{
  set_bytes (self, DINH_PAPER_FAILED, self->fetched, NULL, problem);
}

/* dinh_paper_get_page: the page, from 0, that the person last had open. */
guint
dinh_paper_get_page (DinhPaper *self)
{
  return self->page;
}

/* dinh_paper_set_page: remembers the page, from 0, that the person has open. */
void
dinh_paper_set_page (DinhPaper *self, guint page)
{
  if (self->page == page)
    return;
  self->page = page;
  g_object_notify (G_OBJECT (self), "page");
}

/* dinh_paper_check: whether @source, which the error calls @where, is a paper of a meeting's state. */
gboolean
dinh_paper_check (const json_t *source, const char *where, GError **error)
{
  return dinh_facts_fit (facts, source, where, error);
}

/*
 * dinh_paper_update: takes over @source, a checked paper of a meeting's state. Another version has other
 * bytes: none of them are here yet.
 */
void
dinh_paper_update (DinhPaper *self, const json_t *source)
{
  g_autofree char *sha256 = g_strdup (self->sha256);

  g_object_freeze_notify (G_OBJECT (self));
  dinh_facts_update (facts, self, source);
  if (g_strcmp0 (sha256, self->sha256) != 0)
    set_bytes (self, DINH_PAPER_ABSENT, 0, NULL, NULL);
  g_object_thaw_notify (G_OBJECT (self));
}

/* dinh_paper_compare_seen: is it changed for a person who saw the record up to @seen_seq? 0: saw nothing yet,
 * so that nothing is called new. */
void
dinh_paper_compare_seen (DinhPaper *self, guint64 seen_seq)
{
  dinh_facts_set_flag (self, "changed", &self->changed, seen_seq > 0 && self->seq > seen_seq);
}
