/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* How far somebody is on the way to being signed in at this device. */
typedef enum {
  DINH_SESSION_NOBODY,  /* a name is to be chosen */
  DINH_SESSION_LOOKING, /* has the person a PIN? */
  DINH_SESSION_ENTERING_PIN,
  DINH_SESSION_ENTERING_CODE, /* the first time: a code, and a PIN that is to be */
  DINH_SESSION_WORKING,
  DINH_SESSION_SIGNED_IN,
} DinhSessionStep;
#define DINH_TYPE_SESSION_STEP (dinh_session_step_get_type ())
GType dinh_session_step_get_type (void);

/* Why it went back to entering or choosing. */
typedef enum {
  DINH_SESSION_FAULT_NONE,
  DINH_SESSION_FAULT_NO_LINE,    /* no hub answers */
  DINH_SESSION_FAULT_NO_PERSON,  /* nobody of that id signs in there */
  DINH_SESSION_FAULT_WRONG_PIN,  /* dinh_session_get_left () more tries */
  DINH_SESSION_FAULT_WRONG_CODE, /* the same; wrong, used or over */
  DINH_SESSION_FAULT_TRY_LATER,  /* in dinh_session_get_wait () seconds */
  DINH_SESSION_FAULT_SEALED,     /* the PIN is right and the key does not open */
  DINH_SESSION_FAULT_HUB,        /* the hub answers what it should not */
} DinhSessionFault;
#define DINH_TYPE_SESSION_FAULT (dinh_session_fault_get_type ())
GType dinh_session_fault_get_type (void);

#define DINH_TYPE_SESSION (dinh_session_get_type ())
G_DECLARE_FINAL_TYPE (DinhSession, dinh_session, DINH, SESSION, GObject)

DinhSession *dinh_session_new (void);

DinhSessionStep dinh_session_get_step (DinhSession *self);
DinhSessionFault dinh_session_get_fault (DinhSession *self);
guint dinh_session_get_left (DinhSession *self);
guint dinh_session_get_wait (DinhSession *self);
const char *dinh_session_get_person (DinhSession *self);
const char *dinh_session_get_name (DinhSession *self);

void dinh_session_choose (DinhSession *self, const char *person, const char *name);
void dinh_session_set_step (DinhSession *self, DinhSessionStep step);
void
dinh_session_fail (DinhSession *self, DinhSessionStep step, DinhSessionFault fault, guint left, guint wait);
void dinh_session_end (DinhSession *self);

G_END_DECLS
