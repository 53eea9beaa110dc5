/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* How far this device is on its way to being let in. */
typedef enum {
  DINH_ADMISSION_ENTERING, /* a person types the address and the code */
  DINH_ADMISSION_CHECKING, /* is who answers the one who gave the code? */
  DINH_ADMISSION_SENDING,
  DINH_ADMISSION_WAITING, /* an administrator has to approve */
  DINH_ADMISSION_HELD_UP, /* too many wrong codes came to the hub; goes on by itself */
  DINH_ADMISSION_DONE,
} DinhAdmissionStep;
#define DINH_TYPE_ADMISSION_STEP (dinh_admission_step_get_type ())
GType dinh_admission_step_get_type (void);

/* Why it is back at entering. */
typedef enum {
  DINH_ADMISSION_FAULT_NONE,
  DINH_ADMISSION_FAULT_NO_ADDRESS,  /* that is no address */
  DINH_ADMISSION_FAULT_NO_CODE,     /* that is no code, nothing was sent */
  DINH_ADMISSION_FAULT_UNREACHABLE, /* nobody answers there */
  DINH_ADMISSION_FAULT_AUTHORITY,   /* who answers did not give this code, nothing was sent */
  DINH_ADMISSION_FAULT_WRONG_CODE,  /* wrong, used or over */
  DINH_ADMISSION_FAULT_REFUSED,     /* an administrator refused, or shut this device out */
  DINH_ADMISSION_FAULT_HUB,         /* the hub answers what it should not */
  DINH_ADMISSION_FAULT_CANNOT_KEEP, /* this machine cannot store its identity */
} DinhAdmissionFault;
#define DINH_TYPE_ADMISSION_FAULT (dinh_admission_fault_get_type ())
GType dinh_admission_fault_get_type (void);

#define DINH_TYPE_ADMISSION (dinh_admission_get_type ())
G_DECLARE_FINAL_TYPE (DinhAdmission, dinh_admission, DINH, ADMISSION, GObject)

DinhAdmission *dinh_admission_new (void);

DinhAdmissionStep dinh_admission_get_step (DinhAdmission *self);
DinhAdmissionFault dinh_admission_get_fault (DinhAdmission *self);
const char *dinh_admission_get_hub (DinhAdmission *self);
const char *dinh_admission_get_code (DinhAdmission *self);
const char *dinh_admission_get_fingerprint (DinhAdmission *self);

void dinh_admission_set_step (DinhAdmission *self, DinhAdmissionStep step);
void dinh_admission_fail (DinhAdmission *self, DinhAdmissionFault fault);
void dinh_admission_set_entry (DinhAdmission *self, const char *hub, const char *code);
void dinh_admission_set_fingerprint (DinhAdmission *self, const char *fingerprint);

G_END_DECLS
