/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/record/dinh-command.h"

#include <glib-object.h>

G_BEGIN_DECLS

/* How far a command has come. */
typedef enum {
  DINH_SUBMISSION_KEEPING, /* nowhere but in memory yet */
  DINH_SUBMISSION_KEPT,    /* durable on this device */
  DINH_SUBMISSION_REACHED, /* recorded by the hub */
  DINH_SUBMISSION_REFUSED, /* by the hub, for good */
} DinhSubmissionState;
#define DINH_TYPE_SUBMISSION_STATE (dinh_submission_state_get_type ())
GType dinh_submission_state_get_type (void);

#define DINH_TYPE_SUBMISSION (dinh_submission_get_type ())
G_DECLARE_FINAL_TYPE (DinhSubmission, dinh_submission, DINH, SUBMISSION, GObject)

DinhSubmission *dinh_submission_new (DinhCommand *command, DinhSubmissionState state);
const DinhCommand *dinh_submission_get_command (DinhSubmission *self);
DinhSubmissionState dinh_submission_get_state (DinhSubmission *self);
const char *dinh_submission_get_problem (DinhSubmission *self);
const char *dinh_submission_get_detail (DinhSubmission *self);

/* For the outbox only. */
void dinh_submission_set_state (DinhSubmission *self, DinhSubmissionState state, const char *problem, const char *detail);

G_END_DECLS
