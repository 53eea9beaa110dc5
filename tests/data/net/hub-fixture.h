/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/net/dinh-hub-client.h"
#include "data/record/dinh-json.h"

G_BEGIN_DECLS

/* A real hub with its nginx, in a folder of its own, and its administrator. */
typedef struct {
  char *folder;
  char *state;
  char *address; /* ADDR:PORT */
  char *enrol;   /* where it lets devices in, the same */
  const char *faketime; /* "+250d": from the next start on, the hub is in another time; or NULL */
  GSubprocess *process;
  DinhIdentity *admin;
  DinhHubClock *clock;
  DinhHubClient *client; /* the administrator's */
  gint64 offset;         /* hub time minus this program's, µs: a test may run in another year */
} HubFixture;

HubFixture *hub_fixture_new (void);
void hub_fixture_free (HubFixture *self);
void hub_fixture_start (HubFixture *self);
void hub_fixture_stop (HubFixture *self);

DinhAnswer *hub_fixture_ask (HubFixture *self, const DinhRequest *request, GError **error);
void hub_fixture_command (HubFixture *self, const char *stream, const char *kind, json_t *body);
char *hub_fixture_upload (HubFixture *self, const void *bytes, gsize length);
char *hub_fixture_prepare_meeting (HubFixture *self, const char *title);
char *hub_fixture_add_meeting (HubFixture *self, const char *title);
void hub_fixture_add_paper (HubFixture *self, const char *meeting, const char *id, const char *sha256, gsize size);
json_t *hub_fixture_ctl (HubFixture *self, const char *verb, ...) G_GNUC_NULL_TERMINATED;
DinhIdentity *hub_fixture_add_device (HubFixture *self, const char *name, const char *site);

void fixture_run (char **argv);
void fixture_remove (const char *folder);
char *fixture_random_bytes (gsize length, guint32 seed);

/* Runs the main loop until @condition holds; fails after a minute. */
#define fixture_wait_until(condition) \
  G_STMT_START \
  { \
    g_autoptr (GTimer) fixture_timer = g_timer_new (); \
    guint fixture_tick = g_timeout_add (5, fixture_on_tick, NULL); \
    while (!(condition)) { \
      g_main_context_iteration (NULL, TRUE); \
      if (g_timer_elapsed (fixture_timer, NULL) > 60) \
        g_error ("%s:%d: waited for “%s” in vain", __FILE__, __LINE__, #condition); \
    } \
    g_source_remove (fixture_tick); \
  } \
  G_STMT_END

gboolean fixture_on_tick (gpointer user_data);

G_END_DECLS
