/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/data/record/record-fixture.h"

#include <string.h>

#define HUB "00000000-0000-7000-8000-0000000000aa"

const DinhActor hub_actor = { HUB, "hub", NULL };
const DinhActor admin_actor = { "00000000-0000-7000-8000-0000000000ab", "admin", NULL };
const DinhActor seat_actor = { "00000000-0000-7000-8000-0000000000ac", "seat", "xa-a" };

/* JSON with ' for ", so that it can be read inside C. */
json_t *
parse_quoted (const char *text)
{
  g_autofree char *json = g_strdelimit (g_strdup (text), "'", '"');
  g_autoptr (GError) error = NULL;
  json_t *parsed = dinh_json_parse (json, strlen (json), &error);

  g_assert_no_error (error);
  return parsed;
}

Record *
record_new (void)
{
  Record *self = g_new0 (Record, 1);

  self->body = dinh_state_new (BODY);
  self->meeting = dinh_state_new (MEETING);
  self->body_events = g_ptr_array_new_with_free_func ((GDestroyNotify) dinh_event_free);
  self->events = g_ptr_array_new_with_free_func ((GDestroyNotify) dinh_event_free);
  self->body_readers = g_ptr_array_new_with_free_func ((GDestroyNotify) json_decref);
  self->readers = g_ptr_array_new_with_free_func ((GDestroyNotify) json_decref);
  self->key = dinh_key_new ();
  g_assert_true (dinh_time_parse ("2026-11-24T01:00:00Z", &self->now));
  return self;
}

/* With the sites xa-a to xa-d, the group ban, and nothing in the meeting. */
Record *
record_new_founded (void)
{
  Record *self = record_new ();
  g_autofree char *founded = g_strdup_printf ("{'name':'UBND tỉnh','record_key':'%s','device':'" HUB "'}",
                                              dinh_key_get_public (self->key));

  record_take (self, "body-found", founded);
  record_take (self, "site-add", "{'id':'xa-a','name':'Xã A'}");
  record_take (self, "site-add", "{'id':'xa-b','name':'Xã B','parent':'xa-a'}");
  record_take (self, "site-add", "{'id':'xa-c','name':'Xã C','parent':'xa-b'}");
  record_take (self, "site-add", "{'id':'xa-d','name':'Xã D'}");
  record_take (self, "group-add", "{'id':'ban','name':'Ban chỉ đạo','sites':['xa-b','xa-c']}");
  return self;
}

void
record_free (Record *self)
{
  dinh_state_free (self->body);
  dinh_state_free (self->meeting);
  g_ptr_array_unref (self->body_events);
  g_ptr_array_unref (self->events);
  g_ptr_array_unref (self->body_readers);
  g_ptr_array_unref (self->readers);
  dinh_key_free (self->key);
  g_free (self);
}

static void
take_draft (Record *self, DinhState *state, const DinhCommand *command, const DinhDraft *draft, gboolean is_first)
{
  DinhEvent *event = dinh_event_new (state->stream, state->size + 1, draft->kind, self->now, draft->body, command, is_first);
  g_autoptr (GError) error = NULL;

  g_assert_true (dinh_state_apply (state, event, &error));
  g_assert_no_error (error);
  g_ptr_array_add (state == self->body ? self->body_events : self->events, event);
  g_ptr_array_add (state == self->body ? self->body_readers : self->readers,
                   json_deep_copy (dinh_event_readers (state, draft->kind, draft->body)));
}

/* Gives a command to the stream that its kind is for. Returns the number of events, or -1 with @error. */
int
record_try (Record *self, const DinhActor *actor, const char *kind, const json_t *body, GError **error)
{
  const DinhCommandKind *row = dinh_command_kind_find (kind);
  DinhState *state = row != NULL && row->stream == DINH_STREAM_BODY ? self->body : self->meeting;
  g_autoptr (DinhCommand) command =
    dinh_command_new (kind, state->stream, actor->device, self->now, (json_t *) body, self->key);
  g_autoptr (GPtrArray) drafts = g_ptr_array_new_with_free_func ((GDestroyNotify) dinh_draft_free);
  DinhSituation situation = { state, self->body, actor, self->now };
  g_autoptr (DinhState) before = dinh_state_copy (state);

  gboolean accepted = dinh_decide (&situation, command, drafts, error);
  g_assert_true (json_equal (before->json, state->json));
  g_assert_true (accepted || drafts->len == 0);
  if (!accepted)
    return -1;
  for (guint i = 0; i < drafts->len; i++)
    take_draft (self, state, command, g_ptr_array_index (drafts, i), i == 0);
  self->now += 1000;
  return (int) drafts->len;
}

static const DinhActor *
actor_for (const char *kind)
{
  const DinhCommandKind *row = dinh_command_kind_find (kind);

  return row != NULL && strcmp (row->actors, "hub") == 0 ? &hub_actor : &admin_actor;
}

/* A command that must become one event. */
void
record_take (Record *self, const char *kind, const char *quoted)
{
  record_play (self, &(Step){ kind, quoted, 1 }, 1);
}

/* Gives each command to who may and compares what becomes of it. */
void
record_play (Record *self, const Step *steps, gsize n_steps)
{
  for (gsize i = 0; i < n_steps; i++) {
    g_autoptr (DinhJson) body = parse_quoted (steps[i].quoted);
    g_autoptr (GError) error = NULL;
    int n_events = record_try (self, actor_for (steps[i].kind), steps[i].kind, body, &error);

    g_test_message ("%zu: %s %s", i, steps[i].kind, steps[i].quoted);
    if (steps[i].n_events >= 0) {
      g_assert_no_error (error);
      g_assert_cmpint (n_events, ==, steps[i].n_events);
      continue;
    }
    g_assert_error (error, DINH_RECORD_ERROR, -1 - steps[i].n_events);
    g_assert_nonnull (steps[i].fragment);
    if (strstr (error->message, steps[i].fragment) == NULL)
      g_error ("“%s” does not say “%s”", error->message, steps[i].fragment);
  }
}
