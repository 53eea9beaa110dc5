/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/net/dinh-hub-client.h"
#include "data/net/dinh-stream-list.h"
#include "data/record/dinh-kind.h"

G_BEGIN_DECLS

#define DINH_CTL_ERROR (dinh_ctl_error_quark ())
GQuark dinh_ctl_error_quark (void);

typedef enum {
  DINH_CTL_ERROR_USAGE,   /* the call's words are off */
  DINH_CTL_ERROR_FILE,    /* something is wrong with a file that was named */
  DINH_CTL_ERROR_REFUSED, /* the hub's rules refused it, for good */
  DINH_CTL_ERROR_RECORD,  /* a record does not hold what it must */
  DINH_CTL_ERROR_SECRET,  /* a paper is a state secret */
} DinhCtlError;

/* One call of dinhctl. */
typedef struct {
  GPtrArray *words;    /* of char *: the arguments without options */
  GHashTable *options; /* name → GPtrArray of char * */
  DinhIdentity *identity;
  DinhHubClient *client;
  DinhHubClock *clock;
  json_t *output; /* what --json prints; an object */
  GString *text;  /* what is printed otherwise */
} DinhCtl;

/* A row of the verb table. */
typedef struct {
  const char *words;   /* "device add" */
  int n_arguments;     /* behind them */
  const char *options; /* names, separated by spaces; a * behind a name: may be given more than once */
  gboolean needs_hub;
  gboolean (*run) (DinhCtl *ctl, char **arguments, GError **error);
  const char *usage;
  const char *summary;
} DinhVerb;

extern const DinhVerb dinh_verbs[];

const char *dinh_ctl_get_option (DinhCtl *ctl, const char *name);
GPtrArray *dinh_ctl_get_options (DinhCtl *ctl, const char *name);
void dinh_ctl_say (DinhCtl *ctl, const char *format, ...) G_GNUC_PRINTF (2, 3);
void dinh_ctl_show_progress (const char *format, ...) G_GNUC_PRINTF (1, 2);

DinhAnswer *dinh_ctl_ask (DinhCtl *ctl, const DinhRequest *request, GError **error);
GPtrArray *dinh_ctl_list_streams (DinhCtl *ctl, GError **error);
gboolean dinh_ctl_get_time (DinhCtl *ctl, gint64 *now, GError **error);
json_t *dinh_ctl_send (DinhCtl *ctl, const DinhCommand *command, GError **error);
json_t *dinh_ctl_command (DinhCtl *ctl, const char *stream, const char *kind, json_t *body, GError **error);
DinhState *dinh_ctl_fold (DinhCtl *ctl, const char *stream, GError **error);

/* Called with every line of a stream, whole or redacted, and its event. */
typedef gboolean (*DinhCtlTake) (gpointer data, DinhEvent *event, GError **error);
gboolean dinh_ctl_read_stream (
    DinhCtl *ctl, const char *stream, DinhCtlTake take, gpointer data, char **checkpoint, GError **error);

gboolean dinh_ctl_publish (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_meeting_list (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_meeting_show (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_meeting_cancel (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_site_add (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_site_list (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_device_add (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_device_list (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_device_revoke (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_device_invite (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_device_invitations (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_device_pending (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_device_approve (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_device_refuse (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_device_withdraw (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_person_add (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_person_change (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_person_list (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_person_code (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_person_retire (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_paper_render (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_record_verify (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_record_witness (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_record_redact (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_audit (DinhCtl *ctl, char **arguments, GError **error);
gboolean dinh_ctl_hub_backup (DinhCtl *ctl, char **arguments, GError **error);

G_END_DECLS
