/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/model/dinh-admission.h"
#include "data/trust/dinh-identity.h"

G_BEGIN_DECLS

#define DINH_TYPE_ENROLMENT (dinh_enrolment_get_type ())
G_DECLARE_FINAL_TYPE (DinhEnrolment, dinh_enrolment, DINH, ENROLMENT, GObject)

DinhEnrolment *dinh_enrolment_new (const char *folder, DinhAdmission *admission);
void dinh_enrolment_start (DinhEnrolment *self, const char *hub, const char *code);
void dinh_enrolment_resume (DinhEnrolment *self);
void dinh_enrolment_cancel (DinhEnrolment *self);

gboolean dinh_enrolment_read_uri (const char *uri, char **hub, char **code);

G_END_DECLS
