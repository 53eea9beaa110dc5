/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/record/dinh-kind.h"

G_BEGIN_DECLS

/* A meeting as a secretary wrote it down: meeting.json, see docs/meeting-json.md. */
typedef struct _DinhPublication DinhPublication;

/* A paper of it. */
typedef struct {
  const char *id;
  const char *file;    /* below the folder, as meeting.json says it */
  const char *secrecy; /* NULL unless the paper is secret */
  char *path;          /* where its field is: "agenda[2].papers[0]" */
  json_t *words;       /* the body of a paper-change */
} DinhPublicationPaper;

/* A command that publishing needs. */
typedef DinhDraft DinhStep;

DinhPublication *dinh_publication_new (json_t *document, GError **error);
void dinh_publication_free (DinhPublication *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhPublication, dinh_publication_free)

const char *dinh_publication_get_id (const DinhPublication *self);
const char *dinh_publication_get_title (const DinhPublication *self);
GPtrArray *dinh_publication_get_papers (const DinhPublication *self);
void dinh_publication_set_bytes (DinhPublication *self, const char *paper, const char *sha256, gint64 size);

GPtrArray *dinh_publication_plan_body (const DinhPublication *self, const DinhState *body);
GPtrArray *dinh_publication_plan_meeting (const DinhPublication *self, const DinhState *meeting);

G_END_DECLS
