/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/record/dinh-json.h"

G_BEGIN_DECLS

/* What an event of the audit stream says. What is not known is NULL; nothing in it is a secret. */
typedef struct {
  const char *action; /* one of dinh_audit_actions */
  gboolean refused;
  const char *device;  /* UUID of the device that acted */
  const char *person;  /* UUID of who acted, or who tried to */
  const char *address; /* from where, if it was no device of the body */
  const char *subject; /* what or whom it was done to */
  const char *stream;  /* UUID of the meeting that it was done in */
  const char *reason;
} DinhAudit;

extern const char *const dinh_audit_actions[];

json_t *dinh_audit_to_json (const DinhAudit *self);

G_END_DECLS
