/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/store/dinh-writer.h"

G_BEGIN_DECLS

/* A hub's record in a folder of its own, with one administrator. */
typedef struct {
  char *folder;
  char *path;
  char *body;
  char *hub;
  char *admin;
  DinhKey *hub_key;
  DinhKey *admin_key;
  DinhWriter *writer;
} Fixture;

void fixture_set_up (Fixture *fixture, gconstpointer data);
void fixture_tear_down (Fixture *fixture, gconstpointer data);
void fixture_open_folder (Fixture *fixture, const char *folder);
gboolean fixture_found (Fixture *fixture);
void fixture_clear (Fixture *fixture);

DinhWriter *fixture_try_writer (Fixture *fixture, GError **error);
void fixture_open_writer (Fixture *fixture);
void fixture_close_writer (Fixture *fixture);

DinhCommand *fixture_command (Fixture *fixture, const char *stream, const char *kind, json_t *body);
json_t *fixture_submit_as (Fixture *fixture, const char *device, const DinhKey *key, const char *stream, const char *kind,
                           json_t *body);
void fixture_submit (Fixture *fixture, const char *stream, const char *kind, json_t *body, const char *status);
json_t *fixture_header (const char *title);
json_t *fixture_item (const char *id, int position);

G_END_DECLS
