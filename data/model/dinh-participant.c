/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/model/dinh-participant.h"

#include "data/model/dinh-facts.h"

/* Somebody who takes part in a meeting. */
struct _DinhParticipant {
  GObject parent_instance;

  char *id;
  char *name;
  char *title;
  char *agency;
  char *seat;
};

G_DEFINE_FINAL_TYPE (DinhParticipant, dinh_participant, G_TYPE_OBJECT)

#define FACT(name, key, kind, needed, member)                                                                \
  {                                                                                                          \
    name, key, DINH_FACT_##kind, needed, G_STRUCT_OFFSET (DinhParticipant, member)                           \
  }

static const DinhFact facts[] = {
    FACT ("id", "id", TEXT, TRUE, id),           FACT ("name", "name", TEXT, TRUE, name),
    FACT ("title", "title", TEXT, FALSE, title), FACT ("agency", "agency", TEXT, FALSE, agency),
    FACT ("seat", "seat", TEXT, FALSE, seat),    {NULL},
};

static void
dinh_participant_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  dinh_facts_get (facts, object, property_id, value);
}

static void
dinh_participant_finalize (GObject *object)
{
  dinh_facts_clear (facts, object);
  G_OBJECT_CLASS (dinh_participant_parent_class)->finalize (object);
}

static void
dinh_participant_class_init (DinhParticipantClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = dinh_participant_get_property;
  object_class->finalize = dinh_participant_finalize;
  dinh_facts_install (facts, object_class);
}

static void
dinh_participant_init (DinhParticipant *self)
{
}

/* dinh_participant_new: of nobody; a meeting makes and fills its own. */
DinhParticipant *
dinh_participant_new (void)
{
  return g_object_new (DINH_TYPE_PARTICIPANT, NULL);
}

/* dinh_participant_get_id: the person's UUID; borrowed, as every text here. */
const char *
dinh_participant_get_id (DinhParticipant *self)
{
  return self->id;
}

/* dinh_participant_get_name: as people say it. */
const char *
dinh_participant_get_name (DinhParticipant *self)
{
  return self->name;
}

/* dinh_participant_get_title: the person's office, or NULL. */
const char *
dinh_participant_get_title (DinhParticipant *self)
{
  return self->title;
}

/* dinh_participant_get_agency: where the person works, or NULL. */
const char *
dinh_participant_get_agency (DinhParticipant *self)
{
  return self->agency;
}

/* dinh_participant_get_seat: the number of the seat, or NULL. */
const char *
dinh_participant_get_seat (DinhParticipant *self)
{
  return self->seat;
}

/* dinh_participant_check: whether @source, which the error calls @where, is a participant of a meeting's
 * state. */
gboolean
dinh_participant_check (const json_t *source, const char *where, GError **error)
{
  return dinh_facts_fit (facts, source, where, error);
}

/* dinh_participant_update: takes over @source, a checked participant of a meeting's state. */
void
dinh_participant_update (DinhParticipant *self, const json_t *source)
{
  dinh_facts_update (facts, self, source);
}
