/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define DINH_SEAL_ERROR (dinh_seal_error_quark ())
GQuark dinh_seal_error_quark (void);

typedef enum {
  DINH_SEAL_ERROR_DAMAGED, /* not what was sealed here, or sealed under another secret */
  DINH_SEAL_ERROR_READ,    /* the disk did not give it */
} DinhSealError;

G_END_DECLS
