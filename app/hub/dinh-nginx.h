/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib-object.h>

/**
 * DinhNginxError:
 * @DINH_NGINX_ERROR_PATH: the state folder's path cannot be used
 * @DINH_NGINX_ERROR_ADDRESS: an address to listen at is none
 * @DINH_NGINX_ERROR_CONFIGURATION: nginx refuses the configuration
 * @DINH_NGINX_ERROR_START: nginx does not start
 * @DINH_NGINX_ERROR_END: an old nginx cannot be ended
 * @DINH_NGINX_ERROR_DIED: nginx was running and is not any more
 */
typedef enum {
  DINH_NGINX_ERROR_PATH,
  DINH_NGINX_ERROR_ADDRESS,
  DINH_NGINX_ERROR_CONFIGURATION,
  DINH_NGINX_ERROR_START,
  DINH_NGINX_ERROR_END,
  DINH_NGINX_ERROR_DIED,
} DinhNginxError;

#define DINH_NGINX_ERROR (dinh_nginx_error_quark ())
GQuark dinh_nginx_error_quark (void);

#define DINH_TYPE_NGINX (dinh_nginx_get_type ())
G_DECLARE_FINAL_TYPE (DinhNginx, dinh_nginx, DINH, NGINX, GObject)

DinhNginx *dinh_nginx_new (const char *state_dir, const char *const *listen);
void dinh_nginx_set_enrol_listen (DinhNginx *self, const char *const *listen);
gboolean dinh_nginx_start (DinhNginx *self, GError **error);
void dinh_nginx_stop (DinhNginx *self);
gboolean dinh_nginx_get_running (DinhNginx *self);
const char *dinh_nginx_get_warning (DinhNginx *self);
