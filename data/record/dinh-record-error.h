/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define DINH_RECORD_ERROR (dinh_record_error_quark ())
GQuark dinh_record_error_quark (void);

/* What is wrong with a text, a command or an event. */
typedef enum {
  DINH_RECORD_ERROR_JSON,      /* not one JSON object, too large, too deep, or a key twice */
  DINH_RECORD_ERROR_FIELD,     /* a field is missing, unknown or has a wrong value */
  DINH_RECORD_ERROR_KIND,      /* no such kind in this stream */
  DINH_RECORD_ERROR_SIGNATURE, /* not signed by whom it says */
  DINH_RECORD_ERROR_KEY,       /* signed with a key that was not valid then */
  DINH_RECORD_ERROR_REUSED,    /* the command's id was used before with other bytes */
  DINH_RECORD_ERROR_FORBIDDEN, /* this actor may not */
  DINH_RECORD_ERROR_MISSING,   /* what it speaks of is not there */
  DINH_RECORD_ERROR_EXISTS,    /* what it adds is there already */
  DINH_RECORD_ERROR_STATE,     /* not while things are as they are */
  DINH_RECORD_ERROR_TIME,      /* a time out of order or out of reach */
  DINH_RECORD_ERROR_CHAIN,     /* events are missing, double or out of order */
  DINH_RECORD_ERROR_SECRET,    /* a state secret, which has to stay off networks */
} DinhRecordError;

const char *dinh_record_error_get_name (DinhRecordError code);

G_END_DECLS
