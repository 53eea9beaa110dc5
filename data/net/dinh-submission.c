/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/net/dinh-submission.h"

/* A command on its way to the hub, for whoever shows how far it has come. */
struct _DinhSubmission {
  GObject parent_instance;

  DinhCommand *command;
  DinhSubmissionState state;
  char *problem;
  char *detail;
};

G_DEFINE_ENUM_TYPE (DinhSubmissionState,
                    dinh_submission_state,
                    G_DEFINE_ENUM_VALUE (DINH_SUBMISSION_KEEPING, "keeping"),
                    G_DEFINE_ENUM_VALUE (DINH_SUBMISSION_KEPT, "kept"),
                    G_DEFINE_ENUM_VALUE (DINH_SUBMISSION_REACHED, "reached"),
                    G_DEFINE_ENUM_VALUE (DINH_SUBMISSION_REFUSED, "refused"))

G_DEFINE_FINAL_TYPE (DinhSubmission, dinh_submission, G_TYPE_OBJECT)

enum { PROP_STATE = 1, PROP_PROBLEM, PROP_DETAIL, N_PROPS };
static GParamSpec *properties[N_PROPS];

static void
dinh_submission_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  DinhSubmission *self = DINH_SUBMISSION (object);

  if (property_id == PROP_STATE)
    g_value_set_enum (value, self->state);
  else
    g_value_set_string (value, property_id == PROP_PROBLEM ? self->problem : self->detail);
}

static void
dinh_submission_finalize (GObject *object)
{
  DinhSubmission *self = DINH_SUBMISSION (object);

  dinh_command_unref (self->command);
  g_free (self->problem);
  g_free (self->detail);
  G_OBJECT_CLASS (dinh_submission_parent_class)->finalize (object);
}

static void
dinh_submission_class_init (DinhSubmissionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = dinh_submission_get_property;
  object_class->finalize = dinh_submission_finalize;

  properties[PROP_STATE] =
    g_param_spec_enum ("state", NULL, NULL, DINH_TYPE_SUBMISSION_STATE, DINH_SUBMISSION_KEEPING, flags);
  properties[PROP_PROBLEM] = g_param_spec_string ("problem", NULL, NULL, NULL, flags);
  properties[PROP_DETAIL] = g_param_spec_string ("detail", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
dinh_submission_init (DinhSubmission *self)
{
}

/**
 * dinh_submission_new:
 *
 * Returns: (transfer full): @command and how far it has come.
 */
DinhSubmission *
dinh_submission_new (DinhCommand *command, DinhSubmissionState state)
{
  DinhSubmission *self = g_object_new (DINH_TYPE_SUBMISSION, NULL);

  self->command = dinh_command_ref (command);
  self->state = state;
  return self;
}

/**
 * dinh_submission_get_command:
 *
 * Returns: (transfer none): what was signed.
 */
const DinhCommand *
dinh_submission_get_command (DinhSubmission *self)
{
  return self->command;
}

/**
 * dinh_submission_get_state:
 *
 * Returns: how far it has come; %DINH_SUBMISSION_REACHED and %DINH_SUBMISSION_REFUSED are final.
 */
DinhSubmissionState
dinh_submission_get_state (DinhSubmission *self)
{
  return self->state;
}

/**
 * dinh_submission_get_problem:
 *
 * Returns: (transfer none) (nullable): the stable name of why it was refused, or of what holds it up.
 */
const char *
dinh_submission_get_problem (DinhSubmission *self)
{
  return self->problem;
}

/**
 * dinh_submission_get_detail:
 *
 * Returns: (transfer none) (nullable): the same for a log.
 */
const char *
dinh_submission_get_detail (DinhSubmission *self)
{
  return self->detail;
}

/**
 * dinh_submission_set_state:
 * @problem: (nullable): the stable name of what is wrong
 *
 * The command has come so far.
 */
void
dinh_submission_set_state (DinhSubmission *self, DinhSubmissionState state, const char *problem, const char *detail)
{
  g_object_freeze_notify (G_OBJECT (self));
  if (g_strcmp0 (self->problem, problem) != 0)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROBLEM]);
  if (g_strcmp0 (self->detail, detail) != 0)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DETAIL]);
  if (self->state != state)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
  g_free (self->problem);
  g_free (self->detail);
  self->problem = g_strdup (problem);
  self->detail = g_strdup (detail);
  self->state = state;
  g_object_thaw_notify (G_OBJECT (self));
}
