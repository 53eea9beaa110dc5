/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "app/hub/dinh-nginx.h"
#include "data/trust/dinh-authority.h"

#include <libsoup/soup.h>

/* A state folder with certificates, a real nginx, and a small server on the Unix socket as the hub's end. */
typedef struct {
  char *state;
  char *trust;
  char *listen;
  guint port;
  DinhAuthority *authority;
  DinhNginx *nginx;
  GTlsCertificate *device;
  SoupServer *hub;
  SoupSession *session;

  /* What the hub answers at /v1/live/authorize; NULL is a refusal. */
  char *channel;
  /* What the last request to the hub was. */
  SoupMessageHeaders *seen;
  char *seen_path;
  gsize seen_length;
} Fixture;

void fixture_set_up (Fixture *fixture, gconstpointer data);
void fixture_tear_down (Fixture *fixture, gconstpointer data);
int fixture_run (int argc, char **argv, void (*add_tests) (void));

const char *fixture_root (void);
guint fixture_free_port (void);
GTlsCertificate *fixture_certify (DinhAuthority *authority, const char *name);
void fixture_open_hub (Fixture *fixture);
void fixture_close_hub (Fixture *fixture);
pid_t fixture_master (const char *state);
guint fixture_count_processes (const char *state);

SoupMessage *
fixture_message (Fixture *fixture, GTlsCertificate *device, const char *method, const char *path);
char *fixture_send (Fixture *fixture, SoupMessage *message);
guint fixture_ask (Fixture *fixture, GTlsCertificate *device, const char *path);
GIOStream *fixture_connect (Fixture *fixture, GTlsCertificate *device);
guint fixture_publish (Fixture *fixture, const char *method, const char *channel, const char *text);
void fixture_wait (gboolean (*condition) (gpointer data), gpointer data);
