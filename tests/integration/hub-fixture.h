/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/record/dinh-json.h"
#include "tests/app/hub/nginx-fixture.h"

/* A real dinh-hub with its nginx on a free port of this machine; all it has is below one folder. */
typedef struct {
  char *folder;
  char *state;
  char *admin;  /* the identity of the first administrator */
  char *sample; /* a copy of the sample meeting, a month ahead */
  guint port;
  guint enrol_port; /* 0: lets nobody in */
  GSubprocess *process;
} Hub;

/* What a program said. */
typedef struct {
  int status;
  char *out;
  char *err;
  json_t *json; /* out, if it is an object */
} Result;

/* What the hub answered. */
typedef struct {
  guint status;
  char *text;
  SoupMessageHeaders *headers;
  json_t *json; /* text, if it is an object */
} Reply;

/* What is asked of it; a NULL identity has no certificate. */
typedef struct {
  const char *identity;
  const char *method;
  const char *path;
  const char *body;
  gsize length;               /* 0: that of the text */
  const char *const *headers; /* name and value in turn, ended by NULL */
  gboolean enrol;             /* where devices are let in */
} Question;

void result_free (Result *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Result, result_free)
void reply_free (Reply *reply);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Reply, reply_free)

void hub_init (Hub *hub);
void hub_set_up (Hub *hub, gconstpointer data);
void hub_tear_down (Hub *hub, gconstpointer data);
void hub_start (Hub *hub);
void hub_launch (Hub *hub, const char *crash_point);
gboolean hub_await (Hub *hub);
int hub_stop (Hub *hub);
void hub_kill (Hub *hub);
void hub_wait_dead (Hub *hub);

Result *run_program (const char *const *argv);
Result *hub_run (Hub *hub, const char *identity, ...) G_GNUC_NULL_TERMINATED;
json_t *hub_ctl (Hub *hub, ...) G_GNUC_NULL_TERMINATED;
void hub_assert_fails (Hub *hub, const char *error, const char *words, ...) G_GNUC_NULL_TERMINATED;
char *hub_add_device (Hub *hub, const char *name, const char *profile, const char *site);
char *identity_device (const char *identity);
char *identity_body (const char *identity);
GTlsCertificate *identity_certificate (const char *identity);

Reply *hub_ask (Hub *hub, const Question *question);
Reply *hub_ask_with (Hub *hub, GTlsCertificate *certificate, const Question *question);
void assert_problem (const Reply *reply, guint status, const char *name);
gint64 hub_stream_size (Hub *hub, const char *stream);

json_t *folder_load (const char *folder);
void folder_save (const char *folder, json_t *meeting);
void folder_write (const char *folder, const char *name, const char *bytes, gssize length);
json_t *find_item (json_t *meeting, const char *id);
json_t *find_paper (json_t *meeting, const char *id);
void copy_file (const char *from, const char *to);
void copy_tree (const char *from, const char *to);
void pad_pdf (const char *path, gsize bytes);
char *hash_file (const char *path);
