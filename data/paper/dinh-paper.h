/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define DINH_PAPER_ERROR (dinh_paper_error_quark ())
GQuark dinh_paper_error_quark (void);

/* What is wrong with a paper, or with drawing it. */
typedef enum {
  DINH_PAPER_ERROR_NOT_PDF,   /* not a PDF, or damaged beyond reading */
  DINH_PAPER_ERROR_EMPTY,     /* no bytes, or no pages */
  DINH_PAPER_ERROR_ENCRYPTED, /* needs a password */
  DINH_PAPER_ERROR_TOO_SLOW,  /* the watchdog ended the helper */
  DINH_PAPER_ERROR_CRASHED,   /* the helper died (crash or memory limit) */
  DINH_PAPER_ERROR_NO_SUCH_PAGE,
  DINH_PAPER_ERROR_TOO_LARGE, /* more pixels, or more pages, than a helper may take on */
  DINH_PAPER_ERROR_HELPER,    /* the helper cannot be started or does not speak the protocol */
  DINH_PAPER_ERROR_CHANGED,   /* the file is no longer the one that was opened */
} DinhPaperError;

typedef struct {
  guint n_pages;
  gint64 size;      /* bytes */
  char *first_page; /* its text in its lines, any bytes; empty for a scan */
} DinhPaperFacts;

void dinh_paper_facts_clear (DinhPaperFacts *facts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DinhPaperFacts, dinh_paper_facts_clear)

gboolean dinh_paper_inspect (
    const char *program, const char *path, DinhPaperFacts *facts, GCancellable *cancellable, GError **error);
gboolean dinh_paper_render_png (
    const char *program, const char *path, guint page, double dpi, const char *out, GError **error);

G_END_DECLS
