/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/model/dinh-admission.h"

/* How this device is let in, as data/net drives it; ui shows it. */
struct _DinhAdmission {
  GObject parent_instance;

  DinhAdmissionStep step;
  DinhAdmissionFault fault;
  char *hub;         /* as a person typed it */
  char *code;        /* the same */
  char *fingerprint; /* of this device's key, to be compared with what an administrator sees */
};

G_DEFINE_ENUM_TYPE (DinhAdmissionStep,
                    dinh_admission_step,
                    G_DEFINE_ENUM_VALUE (DINH_ADMISSION_ENTERING, "entering"),
                    G_DEFINE_ENUM_VALUE (DINH_ADMISSION_CHECKING, "checking"),
                    G_DEFINE_ENUM_VALUE (DINH_ADMISSION_SENDING, "sending"),
                    G_DEFINE_ENUM_VALUE (DINH_ADMISSION_WAITING, "waiting"),
                    G_DEFINE_ENUM_VALUE (DINH_ADMISSION_HELD_UP, "held-up"),
                    G_DEFINE_ENUM_VALUE (DINH_ADMISSION_DONE, "done"))

G_DEFINE_ENUM_TYPE (DinhAdmissionFault,
                    dinh_admission_fault,
                    G_DEFINE_ENUM_VALUE (DINH_ADMISSION_FAULT_NONE, "none"),
                    G_DEFINE_ENUM_VALUE (DINH_ADMISSION_FAULT_NO_ADDRESS, "no-address"),
                    G_DEFINE_ENUM_VALUE (DINH_ADMISSION_FAULT_NO_CODE, "no-code"),
                    G_DEFINE_ENUM_VALUE (DINH_ADMISSION_FAULT_UNREACHABLE, "unreachable"),
                    G_DEFINE_ENUM_VALUE (DINH_ADMISSION_FAULT_AUTHORITY, "authority"),
                    G_DEFINE_ENUM_VALUE (DINH_ADMISSION_FAULT_WRONG_CODE, "wrong-code"),
                    G_DEFINE_ENUM_VALUE (DINH_ADMISSION_FAULT_REFUSED, "refused"),
                    G_DEFINE_ENUM_VALUE (DINH_ADMISSION_FAULT_HUB, "hub"),
                    G_DEFINE_ENUM_VALUE (DINH_ADMISSION_FAULT_CANNOT_KEEP, "cannot-keep"))

G_DEFINE_FINAL_TYPE (DinhAdmission, dinh_admission, G_TYPE_OBJECT)

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
dinh_admission_finalize (GObject *object)
{
  DinhAdmission *self = DINH_ADMISSION (object);

  g_free (self->hub);
  g_free (self->code);
  g_free (self->fingerprint);
  G_OBJECT_CLASS (dinh_admission_parent_class)->finalize (object);
}

static void
dinh_admission_class_init (DinhAdmissionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dinh_admission_finalize;

  /**
   * DinhAdmission::changed:
   *
   * Any of it is another than before.
   */
  signals[CHANGED] =
      g_signal_new ("changed", DINH_TYPE_ADMISSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dinh_admission_init (DinhAdmission *self)
{
  self->hub = g_strdup ("");
  self->code = g_strdup ("");
}

/* dinh_admission_new: a device at its beginning. */
DinhAdmission *
dinh_admission_new (void)
{
  return g_object_new (DINH_TYPE_ADMISSION, NULL);
}

/* dinh_admission_get_step: how far it is. */
DinhAdmissionStep
dinh_admission_get_step (DinhAdmission *self)
{
  return self->step;
}

/* dinh_admission_get_fault: why it is back at entering. */
DinhAdmissionFault
dinh_admission_get_fault (DinhAdmission *self)
{
  return self->fault;
}

/* dinh_admission_get_hub: the address that was entered, never NULL. */
const char *
dinh_admission_get_hub (DinhAdmission *self)
{
  return self->hub;
}

/* dinh_admission_get_code: the code that was entered, never NULL. */
const char *
dinh_admission_get_code (DinhAdmission *self)
{
  return self->code;
}

/* dinh_admission_get_fingerprint: SHA-256 of this device's key, hexadecimal; NULL until it has one. */
const char *
dinh_admission_get_fingerprint (DinhAdmission *self)
{
  return self->fingerprint;
}

static void
set (DinhAdmission *self, DinhAdmissionStep step, DinhAdmissionFault fault)
{
  if (self->step == step && self->fault == fault)
    return;
  self->step = step;
  self->fault = fault;
  g_signal_emit (self, signals[CHANGED], 0);
}

/* dinh_admission_set_step: it is so far, and nothing is wrong. */
void
dinh_admission_set_step (DinhAdmission *self, DinhAdmissionStep step)
{
  set (self, step, DINH_ADMISSION_FAULT_NONE);
}

/* dinh_admission_fail: somebody has to enter something again. */
void
dinh_admission_fail (DinhAdmission *self, DinhAdmissionFault fault)
{
  set (self, DINH_ADMISSION_ENTERING, fault);
}

/* dinh_admission_set_entry: @hub and @code were entered. */
void
dinh_admission_set_entry (DinhAdmission *self, const char *hub, const char *code)
{
  gboolean same = g_str_equal (self->hub, hub) && g_str_equal (self->code, code);

  if (same)
    return;
  g_free (self->hub);
  g_free (self->code);
  self->hub = g_strdup (hub);
  self->code = g_strdup (code);
  g_signal_emit (self, signals[CHANGED], 0);
}

/* dinh_admission_set_fingerprint: this device's key. */
void
dinh_admission_set_fingerprint (DinhAdmission *self, const char *fingerprint)
{
  if (g_strcmp0 (self->fingerprint, fingerprint) == 0)
    return;
  g_free (self->fingerprint);
  self->fingerprint = g_strdup (fingerprint);
  g_signal_emit (self, signals[CHANGED], 0);
}
