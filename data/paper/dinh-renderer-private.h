/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/paper/dinh-helper.h"
#include "data/paper/dinh-paper-file.h"
#include "data/paper/dinh-renderer.h"

G_BEGIN_DECLS

/* What a worker thread does for a task: makes its result, or sets an error. */
typedef gpointer (*DinhRendererWork) (GTask *task, DinhHelper *helper, GError **error);

void dinh_renderer_push (
    DinhRenderer *self, GTask *task, int priority, DinhRendererWork work, GDestroyNotify free_result);
DinhPaperFile *dinh_renderer_open_file (DinhRenderer *self, const char *path, GError **error);
void dinh_renderer_note_error (DinhRenderer *self, const char *path, const GError *error);
guint dinh_renderer_take_number (DinhRenderer *self);
void dinh_renderer_forget (DinhRenderer *self, guint paper);

G_END_DECLS
