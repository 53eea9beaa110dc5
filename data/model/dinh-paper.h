/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <jansson.h>

G_BEGIN_DECLS

/* Where a paper's bytes are on this machine. */
typedef enum {
  DINH_PAPER_ABSENT,   /* not here, nobody asked */
  DINH_PAPER_QUEUED,   /* waits for its turn */
  DINH_PAPER_FETCHING, /* on its way */
  DINH_PAPER_READY,    /* whole, checked, at dinh_paper_get_path () */
  DINH_PAPER_FAILED,   /* cannot be had or shown: dinh_paper_get_problem () */
} DinhPaperState;
#define DINH_TYPE_PAPER_STATE (dinh_paper_state_get_type ())
GType dinh_paper_state_get_type (void);

#define DINH_TYPE_PAPER (dinh_paper_get_type ())
G_DECLARE_FINAL_TYPE (DinhPaper, dinh_paper, DINH, PAPER, GObject)

DinhPaper *dinh_paper_new (void);

const char *dinh_paper_get_id (DinhPaper *self);
const char *dinh_paper_get_item_id (DinhPaper *self);
const char *dinh_paper_get_title (DinhPaper *self);
const char *dinh_paper_get_number (DinhPaper *self);
const char *dinh_paper_get_kind (DinhPaper *self);
const char *dinh_paper_get_date (DinhPaper *self);
const char *dinh_paper_get_sha256 (DinhPaper *self);
const char *dinh_paper_get_replaces (DinhPaper *self);
const char *dinh_paper_get_reason (DinhPaper *self);
guint64 dinh_paper_get_size (DinhPaper *self);
guint dinh_paper_get_version (DinhPaper *self);
guint dinh_paper_get_position (DinhPaper *self);
guint64 dinh_paper_get_seq (DinhPaper *self);
gboolean dinh_paper_get_recalled (DinhPaper *self);
gboolean dinh_paper_get_changed (DinhPaper *self);

DinhPaperState dinh_paper_get_state (DinhPaper *self);
guint64 dinh_paper_get_fetched (DinhPaper *self);
const char *dinh_paper_get_path (DinhPaper *self);
const char *dinh_paper_get_problem (DinhPaper *self);
void dinh_paper_set_progress (DinhPaper *self, DinhPaperState state, guint64 fetched);
void dinh_paper_set_ready (DinhPaper *self, const char *path);
void dinh_paper_set_failed (DinhPaper *self, const char *problem);

guint dinh_paper_get_page (DinhPaper *self);
void dinh_paper_set_page (DinhPaper *self, guint page);

/* For its meeting only. */
gboolean dinh_paper_check (const json_t *source, const char *where, GError **error);
void dinh_paper_update (DinhPaper *self, const json_t *source);
void dinh_paper_compare_seen (DinhPaper *self, guint64 seen_seq);

G_END_DECLS
