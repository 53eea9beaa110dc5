/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/record/dinh-audit.h"

#include "data/record/dinh-redaction.h"
#include "tests/data/record/record-fixture.h"

#include <string.h>

#define AUDIT "00000000-0000-7000-8000-00000000000c"
#define DEVICE "00000000-0000-7000-8000-000000000101"

/* Judges a command of the hub's audit stream. */
static gboolean
decide (const DinhState *state, const DinhActor *actor, const char *kind, const json_t *body, GPtrArray *drafts, GError **error)
{
  g_autoptr (DinhKey) key = dinh_key_new ();
  g_autoptr (DinhCommand) command = dinh_command_new (kind, AUDIT, actor->device, 1, (json_t *) body, key);
  DinhSituation situation = { state, state, actor, 1 };

  return dinh_decide (&situation, command, drafts, error);
}

static DinhState *
make_stream (void)
{
  DinhState *state = dinh_state_new (AUDIT);

  json_object_set_new (state->json, "audit", json_object ());
  state->size = 1;
  return state;
}

/* Whatever was sent, the hub can record that it was refused. */
static void
test_hostile_texts (void)
{
  g_autofree char *endless = g_strnfill (5000, 'x');
  const char *const texts[] = { "", "\n", "a\"]\\\n<0>1 - - - - - - root", "\xff\xfe\x80", "e\xcc\x82 a\xcc\x81", "\xe2\x80\xae" "gpj.exe",
                                endless, "\xc2\x85\xe2\x80\xa8" };
  g_autoptr (DinhState) state = make_stream ();

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (DinhJson) body = dinh_audit_to_json (&(DinhAudit) { "access", TRUE, DEVICE, NULL, texts[i], texts[i], NULL, texts[i] });
    g_autoptr (GPtrArray) drafts = g_ptr_array_new_with_free_func ((GDestroyNotify) dinh_draft_free);
    g_autoptr (GError) error = NULL;

    g_assert_true (decide (state, &hub_actor, "audit-record", body, drafts, &error));
    g_assert_no_error (error);
    g_assert_cmpuint (drafts->len, ==, 1);
  }
}

/* Only the hub writes there; nobody but administrators sees it. */
static void
test_whose (void)
{
  static const char *const profiles[] = { "seat", "room", "display" };
  g_autoptr (DinhState) state = make_stream (), body = dinh_state_new (BODY);
  g_autoptr (DinhJson) entry = dinh_audit_to_json (&(DinhAudit) { .action = "sign-in" });
  g_autoptr (DinhViewer) administrator = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (decide (state, &admin_actor, "audit-record", entry, NULL, &error));
  g_assert_error (error, DINH_RECORD_ERROR, DINH_RECORD_ERROR_FORBIDDEN);
  for (guint i = 0; i < G_N_ELEMENTS (profiles); i++) {
    DinhActor actor = { DEVICE, profiles[i], "xa-a", DEVICE };
    g_autoptr (DinhViewer) reader = dinh_viewer_new (body, &actor);

    g_assert_false (dinh_viewer_may_see (reader, state));
    /* Nor anything of which nobody knows what it is. */
    g_assert_false (dinh_viewer_may_see (reader, body));
  }
  administrator = dinh_viewer_new (body, &admin_actor);
  g_assert_true (dinh_viewer_may_see (administrator, state));
}

/* Every kind that is audited can be said. */
static void
test_actions (void)
{
  guint n_kinds, n_audited = 0;
  const DinhCommandKind *kinds = dinh_command_kinds (&n_kinds);

  for (guint i = 0; i < n_kinds; i++) {
    n_audited += kinds[i].audited;
    if (kinds[i].audited)
      g_assert_true (g_strv_contains (dinh_audit_actions, kinds[i].name));
  }
  g_assert_cmpuint (n_audited, >, 10);
}

/* The fold of a record's meeting without one event. */
static DinhState *
fold_without (const Record *record, guint64 seq)
{
  DinhState *state = dinh_state_new (MEETING);

  for (guint i = 0; i < record->events->len; i++) {
    const DinhEvent *event = g_ptr_array_index (record->events, i);
    g_autoptr (DinhEvent) bare = dinh_event_new_redacted (event->seq, &event->leaf);

    g_assert_true (dinh_state_apply (state, event->seq == seq ? bare : event, NULL));
  }
  return state;
}

/* What an event said may go with it, or when something else was said since; nothing may come back. */
static void
test_redactable (void)
{
#define HEADER "'begins':'2026-12-01T08:00:00+07:00','ends':'2026-12-01T11:30:00+07:00'"
#define PAPER "'id':'p','item':'a','position':0,'sha256':'" HASH_A "','size':1,'file':'p.pdf'"
  static const Step steps[] = {
    { "meeting-prepare", "{'title':'Tên cũ'," HEADER "}", 1 },
    { "meeting-change", "{'title':'Tên mới'," HEADER "}", 1 },
    { "meeting-publish", "{}", 1 },
    { "participant-add", "{'id':'" DEVICE "','name':'Lò Thị Ái','role':'chair'}", 1 },
    { "participant-remove", "{'id':'" DEVICE "'}", 1 },
    { "item-add", "{'id':'a','position':0,'title':'A'}", 1 },
    { "paper-add", "{" PAPER ",'title':'P'}", 1 },
    { "paper-recall", "{'id':'p'}", 1 },
    { "item-add", "{'id':'b','position':1,'title':'Bí mật'}", 1 },
  };
  /* In their order: whether it may go. */
  static const gboolean may_go[] = { TRUE, FALSE, FALSE, TRUE, FALSE, TRUE, TRUE, FALSE, TRUE };
  g_autoptr (Record) record = record_new_founded ();

  record_take (record, "person-add", "{'id':'" DEVICE "','name':'Lò Thị Ái'}");
  record_play (record, steps, G_N_ELEMENTS (steps));
  for (guint i = 0; i < G_N_ELEMENTS (may_go); i++) {
    g_autoptr (DinhState) without = fold_without (record, i + 1);
    g_autoptr (GError) error = NULL;
    gboolean good = dinh_redaction_check (record->meeting, without, &error);

    g_test_message ("%s", steps[i].kind);
    g_assert_true (good == may_go[i]);
    g_assert_true (good == (error == NULL));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/record/audit/hostile-texts", test_hostile_texts);
  g_test_add_func ("/record/audit/whose", test_whose);
  g_test_add_func ("/record/audit/actions", test_actions);
  g_test_add_func ("/record/audit/redactable", test_redactable);
  return g_test_run ();
}
