/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/record/dinh-state.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* The way of the audit stream to the machine's log, or to one that others look after. */
typedef struct _DinhSyslog DinhSyslog;

DinhSyslog *dinh_syslog_new (const char *target, GError **error);
void dinh_syslog_free (DinhSyslog *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DinhSyslog, dinh_syslog_free)

void dinh_syslog_send (DinhSyslog *self, const DinhEvent *event, const DinhState *body);
char *
dinh_syslog_format (const DinhEvent *event, const DinhState *body, const char *host, const char *process);

G_END_DECLS
