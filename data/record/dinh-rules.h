/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/record/dinh-kind.h"

G_BEGIN_DECLS

/* What the rows of the kind tables point to; only data/record/ includes this. */

extern const char *const dinh_paper_kinds[];
extern const DinhField dinh_founded_fields[];
extern const DinhField dinh_site_fields[];
extern const DinhField dinh_group_fields[];
extern const DinhField dinh_device_fields[];
extern const DinhField dinh_device_renew_fields[];
extern const DinhField dinh_device_revoke_fields[];
extern const DinhField dinh_person_fields[];
extern const DinhField dinh_person_key_fields[];
extern const DinhField dinh_person_retire_fields[];
extern const DinhField dinh_participant_fields[];
extern const DinhField dinh_participant_id_fields[];
extern const DinhField dinh_meeting_fields[];
extern const DinhField dinh_reason_fields[];
extern const DinhField dinh_nothing_fields[];
extern const DinhField dinh_item_fields[];
extern const DinhField dinh_id_fields[];
extern const DinhField dinh_paper_add_fields[];
extern const DinhField dinh_paper_change_fields[];
extern const DinhField dinh_paper_replace_fields[];
extern const DinhField dinh_paper_recall_fields[];
extern const DinhField dinh_redact_fields[];
extern const DinhField dinh_audit_fields[];

void dinh_become (GPtrArray *drafts, const char *kind, json_t *body);
gboolean dinh_refuse (GError **error, int code, const char *format, ...) G_GNUC_PRINTF (3, 4);
gboolean dinh_same_object (const json_t *old, const json_t *body);
void dinh_take_fields (json_t *object, const DinhEvent *event);
json_t *dinh_put_object (DinhState *state, const char *table, const DinhEvent *event);

#define DINH_DECIDE(name) \
  gboolean name (const DinhSituation *situation, const DinhCommand *command, GPtrArray *drafts, GError **error)
#define DINH_APPLY(name) void name (DinhState *state, const DinhEvent *event)

DINH_DECIDE (dinh_decide_body_found);
DINH_DECIDE (dinh_decide_site_add);
DINH_DECIDE (dinh_decide_site_change);
DINH_DECIDE (dinh_decide_group_add);
DINH_DECIDE (dinh_decide_group_change);
DINH_DECIDE (dinh_decide_device_add);
DINH_DECIDE (dinh_decide_device_renew);
DINH_DECIDE (dinh_decide_device_revoke);
DINH_DECIDE (dinh_decide_person_add);
DINH_DECIDE (dinh_decide_person_change);
DINH_DECIDE (dinh_decide_person_key);
DINH_DECIDE (dinh_decide_person_retire);
DINH_DECIDE (dinh_decide_meeting_prepare);
DINH_DECIDE (dinh_decide_meeting_change);
DINH_DECIDE (dinh_decide_meeting_publish);
DINH_DECIDE (dinh_decide_meeting_cancel);
DINH_DECIDE (dinh_decide_participant_add);
DINH_DECIDE (dinh_decide_participant_change);
DINH_DECIDE (dinh_decide_participant_remove);
DINH_DECIDE (dinh_decide_item_add);
DINH_DECIDE (dinh_decide_item_change);
DINH_DECIDE (dinh_decide_item_remove);
DINH_DECIDE (dinh_decide_paper_add);
DINH_DECIDE (dinh_decide_paper_change);
DINH_DECIDE (dinh_decide_paper_replace);
DINH_DECIDE (dinh_decide_paper_recall);
DINH_DECIDE (dinh_decide_event_redact);
DINH_DECIDE (dinh_decide_audit_begin);
DINH_DECIDE (dinh_decide_audit_record);

DINH_APPLY (dinh_apply_body_founded);
DINH_APPLY (dinh_apply_site);
DINH_APPLY (dinh_apply_group);
DINH_APPLY (dinh_apply_device_added);
DINH_APPLY (dinh_apply_device_renewed);
DINH_APPLY (dinh_apply_device_revoked);
DINH_APPLY (dinh_apply_person);
DINH_APPLY (dinh_apply_person_keyed);
DINH_APPLY (dinh_apply_person_retired);
DINH_APPLY (dinh_apply_meeting_header);
DINH_APPLY (dinh_apply_meeting_published);
DINH_APPLY (dinh_apply_meeting_cancelled);
DINH_APPLY (dinh_apply_participant);
DINH_APPLY (dinh_apply_participant_removed);
DINH_APPLY (dinh_apply_item);
DINH_APPLY (dinh_apply_item_removed);
DINH_APPLY (dinh_apply_paper_added);
DINH_APPLY (dinh_apply_paper_changed);
DINH_APPLY (dinh_apply_paper_replaced);
DINH_APPLY (dinh_apply_paper_recalled);
DINH_APPLY (dinh_apply_event_redacted);
DINH_APPLY (dinh_apply_audit_begun);
DINH_APPLY (dinh_apply_audit_recorded);

const json_t *dinh_no_readers (const DinhState *after, const json_t *body);
const json_t *dinh_paper_readers (const DinhState *after, const json_t *body);

G_END_DECLS
