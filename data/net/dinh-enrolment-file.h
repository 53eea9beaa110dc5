/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/trust/dinh-identity.h"

G_BEGIN_DECLS

/* What a device that is not let in yet keeps in its identity folder: its keys, and what it asks with. */
typedef struct {
  char *hub;       /* as it was typed */
  char *code;      /* 24 characters */
  char *request;   /* PKCS#10, PEM */
  char *tls_key;   /* PEM */
  char *authority; /* PEM */
  DinhKey *signer;
} DinhEnrolmentFile;

void dinh_enrolment_file_free (DinhEnrolmentFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhEnrolmentFile, dinh_enrolment_file_free)

DinhEnrolmentFile *dinh_enrolment_file_load (const char *folder);
DinhEnrolmentFile *dinh_enrolment_file_make (
    const char *folder, const char *hub, const char *code, const char *authority, GError **error);
char *dinh_enrolment_file_get_fingerprint (DinhEnrolmentFile *self);
DinhIdentity *
dinh_enrolment_file_finish (const char *folder, const char *facts, const char *certificate, GError **error);
void dinh_enrolment_file_forget (const char *folder);

G_END_DECLS
