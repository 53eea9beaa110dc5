/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/model/dinh-agenda-item.h"

#include "data/model/dinh-facts.h"
#include "data/model/dinh-paper.h"

/* An item of a meeting's agenda, with the items and the papers below it. */
struct _DinhAgendaItem {
  GObject parent_instance;

  char *id;
  char *parent_id;
  char *number;
  char *title;
  char *presenter;
  char *agency;
  guint64 seq;
  guint position;
  guint minutes;
  gboolean paper_only;
  gboolean changed;

  GListStore *items;
  GListStore *papers;
};

G_DEFINE_FINAL_TYPE (DinhAgendaItem, dinh_agenda_item, G_TYPE_OBJECT)

#define FACT(name, key, kind, needed, member)                                                                \
  {                                                                                                          \
    name, key, DINH_FACT_##kind, needed, G_STRUCT_OFFSET (DinhAgendaItem, member)                            \
  }

static const DinhFact facts[] = {
    FACT ("id", "id", TEXT, TRUE, id),
    FACT ("parent-id", "parent", TEXT, FALSE, parent_id),
    FACT ("number", NULL, TEXT, FALSE, number),
    FACT ("title", "title", TEXT, TRUE, title),
    FACT ("presenter", "presenter", TEXT, FALSE, presenter),
    FACT ("agency", "agency", TEXT, FALSE, agency),
    FACT ("seq", "seq", LONG, TRUE, seq),
    FACT ("position", "position", COUNT, TRUE, position),
    FACT ("minutes", "minutes", COUNT, FALSE, minutes),
    FACT ("paper-only", "paper_only", FLAG, FALSE, paper_only),
    FACT ("changed", NULL, FLAG, FALSE, changed),
    {NULL},
};

enum { PROP_ITEMS = G_N_ELEMENTS (facts), PROP_PAPERS };

static void
dinh_agenda_item_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  DinhAgendaItem *self = DINH_AGENDA_ITEM (object);

  if (property_id == PROP_ITEMS)
    g_value_set_object (value, self->items);
  else if (property_id == PROP_PAPERS)
    g_value_set_object (value, self->papers);
  else
    dinh_facts_get (facts, self, property_id, value);
}

static void
dinh_agenda_item_finalize (GObject *object)
{
  DinhAgendaItem *self = DINH_AGENDA_ITEM (object);

  dinh_facts_clear (facts, self);
  g_clear_object (&self->items);
  g_clear_object (&self->papers);
  G_OBJECT_CLASS (dinh_agenda_item_parent_class)->finalize (object);
}

static void
dinh_agenda_item_class_init (DinhAgendaItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = dinh_agenda_item_get_property;
  object_class->finalize = dinh_agenda_item_finalize;

  dinh_facts_install (facts, object_class);
  g_object_class_install_property (object_class, PROP_ITEMS,
                                   g_param_spec_object ("items", NULL, NULL, G_TYPE_LIST_MODEL, flags));
  g_object_class_install_property (object_class, PROP_PAPERS,
                                   g_param_spec_object ("papers", NULL, NULL, G_TYPE_LIST_MODEL, flags));
}

static void
dinh_agenda_item_init (DinhAgendaItem *self)
{
  self->items = g_list_store_new (DINH_TYPE_AGENDA_ITEM);
  self->papers = g_list_store_new (DINH_TYPE_PAPER);
}

/* dinh_agenda_item_new: an empty item; a meeting makes and fills its own. */
DinhAgendaItem *
dinh_agenda_item_new (void)
{
  return g_object_new (DINH_TYPE_AGENDA_ITEM, NULL);
}

/* dinh_agenda_item_get_id: the item's key in its meeting; borrowed, as every text here. */
const char *
dinh_agenda_item_get_id (DinhAgendaItem *self)
{
  return self->id;
}

/* dinh_agenda_item_get_parent_id: the key of the item above it; NULL at the top. */
const char *
dinh_agenda_item_get_parent_id (DinhAgendaItem *self)
{
  return self->parent_id;
}

/* dinh_agenda_item_get_number: its place as people say it, "3.1". */
const char *
dinh_agenda_item_get_number (DinhAgendaItem *self)
{
  return self->number;
}

/* dinh_agenda_item_get_title: what is dealt with. */
const char *
dinh_agenda_item_get_title (DinhAgendaItem *self)
{
  return self->title;
}

/* dinh_agenda_item_get_presenter: who presents it, or NULL. */
const char *
dinh_agenda_item_get_presenter (DinhAgendaItem *self)
{
  return self->presenter;
}

/* dinh_agenda_item_get_agency: the lead agency, or NULL. */
const char *
dinh_agenda_item_get_agency (DinhAgendaItem *self)
{
  return self->agency;
}

/* dinh_agenda_item_get_position: where it stands among its siblings. */
guint
dinh_agenda_item_get_position (DinhAgendaItem *self)
{
  return self->position;
}

/* dinh_agenda_item_get_minutes: the minutes planned for it; 0: not said. */
guint
dinh_agenda_item_get_minutes (DinhAgendaItem *self)
{
  return self->minutes;
}

/* dinh_agenda_item_get_paper_only: whether its papers are handed out on paper and never published. */
gboolean
dinh_agenda_item_get_paper_only (DinhAgendaItem *self)
{
  return self->paper_only;
}

/* dinh_agenda_item_get_changed: whether it is new or changed since the person last looked. */
gboolean
dinh_agenda_item_get_changed (DinhAgendaItem *self)
{
  return self->changed;
}

/* dinh_agenda_item_get_items: the DinhAgendaItems right below it, in order; borrowed. */
GListModel *
dinh_agenda_item_get_items (DinhAgendaItem *self)
{
  return G_LIST_MODEL (self->items);
}

/* dinh_agenda_item_get_papers: its own DinhPapers, in order; borrowed. */
GListModel *
dinh_agenda_item_get_papers (DinhAgendaItem *self)
{
  return G_LIST_MODEL (self->papers);
}

/* dinh_agenda_item_check: whether @source, which the error calls @where, is an item of a meeting's state. */
gboolean
dinh_agenda_item_check (const json_t *source, const char *where, GError **error)
{
  return dinh_facts_fit (facts, source, where, error);
}

/* dinh_agenda_item_update: takes over @source, a checked item of a meeting's state; not what is below it. */
void
dinh_agenda_item_update (DinhAgendaItem *self, const json_t *source)
{
  dinh_facts_update (facts, self, source);
}

/* dinh_agenda_item_compare_seen: as dinh_paper_compare_seen (). */
void
dinh_agenda_item_compare_seen (DinhAgendaItem *self, guint64 seen_seq)
{
  dinh_facts_set_flag (self, "changed", &self->changed, seen_seq > 0 && self->seq > seen_seq);
}

/* dinh_agenda_item_set_number: says its place as people say it. */
void
dinh_agenda_item_set_number (DinhAgendaItem *self, const char *number)
{
  dinh_facts_set_text (self, "number", &self->number, number);
}
