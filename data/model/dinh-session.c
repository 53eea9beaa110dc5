/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/model/dinh-session.h"

/* Who is signed in at this device, or is about to be, as data/net drives it; ui shows it. */
struct _DinhSession {
  GObject parent_instance;

  DinhSessionStep step;
  DinhSessionFault fault;
  guint left;
  guint wait;
  char *person; /* NULL: nobody */
  char *name;
};

G_DEFINE_ENUM_TYPE (DinhSessionStep,
                    dinh_session_step,
                    G_DEFINE_ENUM_VALUE (DINH_SESSION_NOBODY, "nobody"),
                    G_DEFINE_ENUM_VALUE (DINH_SESSION_LOOKING, "looking"),
                    G_DEFINE_ENUM_VALUE (DINH_SESSION_ENTERING_PIN, "entering-pin"),
                    G_DEFINE_ENUM_VALUE (DINH_SESSION_ENTERING_CODE, "entering-code"),
                    G_DEFINE_ENUM_VALUE (DINH_SESSION_WORKING, "working"),
                    G_DEFINE_ENUM_VALUE (DINH_SESSION_SIGNED_IN, "signed-in"))

G_DEFINE_ENUM_TYPE (DinhSessionFault,
                    dinh_session_fault,
                    G_DEFINE_ENUM_VALUE (DINH_SESSION_FAULT_NONE, "none"),
                    G_DEFINE_ENUM_VALUE (DINH_SESSION_FAULT_NO_LINE, "no-line"),
                    G_DEFINE_ENUM_VALUE (DINH_SESSION_FAULT_NO_PERSON, "no-person"),
                    G_DEFINE_ENUM_VALUE (DINH_SESSION_FAULT_WRONG_PIN, "wrong-pin"),
                    G_DEFINE_ENUM_VALUE (DINH_SESSION_FAULT_WRONG_CODE, "wrong-code"),
                    G_DEFINE_ENUM_VALUE (DINH_SESSION_FAULT_TRY_LATER, "try-later"),
                    G_DEFINE_ENUM_VALUE (DINH_SESSION_FAULT_SEALED, "sealed"),
                    G_DEFINE_ENUM_VALUE (DINH_SESSION_FAULT_HUB, "hub"))

G_DEFINE_FINAL_TYPE (DinhSession, dinh_session, G_TYPE_OBJECT)

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
dinh_session_finalize (GObject *object)
{
  DinhSession *self = DINH_SESSION (object);

  g_free (self->person);
  g_free (self->name);
  G_OBJECT_CLASS (dinh_session_parent_class)->finalize (object);
}

static void
dinh_session_class_init (DinhSessionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dinh_session_finalize;

  /**
   * DinhSession::changed:
   *
   * A step was taken, or one failed again.
   */
  signals[CHANGED] =
      g_signal_new ("changed", DINH_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dinh_session_init (DinhSession *self)
{
}

/* dinh_session_new: of nobody. */
DinhSession *
dinh_session_new (void)
{
  return g_object_new (DINH_TYPE_SESSION, NULL);
}

/* dinh_session_get_step: how far it is. */
DinhSessionStep
dinh_session_get_step (DinhSession *self)
{
  return self->step;
}

/* dinh_session_get_fault: why the last step failed. */
DinhSessionFault
dinh_session_get_fault (DinhSession *self)
{
  return self->fault;
}

/* dinh_session_get_left: tries that are left after a wrong PIN or code. */
guint
dinh_session_get_left (DinhSession *self)
{
  return self->left;
}

/* dinh_session_get_wait: seconds until another try is looked at, as of the last change. */
guint
dinh_session_get_wait (DinhSession *self)
{
  return self->wait;
}

/* dinh_session_get_person: the UUID of who was chosen; NULL: nobody. */
const char *
dinh_session_get_person (DinhSession *self)
{
  return self->person;
}

/* dinh_session_get_name: the name of who was chosen; NULL: nobody. */
const char *
dinh_session_get_name (DinhSession *self)
{
  return self->name;
}

static void
become (DinhSession *self, DinhSessionStep step, DinhSessionFault fault, guint left, guint wait)
{
  self->step = step;
  self->fault = fault;
  self->left = left;
  self->wait = wait;
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
set_person (DinhSession *self, const char *person, const char *name)
{
  g_free (self->person);
  g_free (self->name);
  self->person = g_strdup (person);
  self->name = g_strdup (name);
}

/* dinh_session_choose: somebody says to be @person. */
void
dinh_session_choose (DinhSession *self, const char *person, const char *name)
{
  set_person (self, person, name);
  become (self, DINH_SESSION_LOOKING, DINH_SESSION_FAULT_NONE, 0, 0);
}

/* dinh_session_set_step: it is so far, and nothing is wrong. */
void
dinh_session_set_step (DinhSession *self, DinhSessionStep step)
{
  become (self, step, DINH_SESSION_FAULT_NONE, 0, 0);
}

/* dinh_session_fail: back at @step, because of @fault. */
void
dinh_session_fail (DinhSession *self, DinhSessionStep step, DinhSessionFault fault, guint left, guint wait)
{
  if (step == DINH_SESSION_NOBODY)
    set_person (self, NULL, NULL);
  become (self, step, fault, left, wait);
}

/* dinh_session_end: nobody is signed in or about to be. */
void
dinh_session_end (DinhSession *self)
{
  set_person (self, NULL, NULL);
  become (self, DINH_SESSION_NOBODY, DINH_SESSION_FAULT_NONE, 0, 0);
}
