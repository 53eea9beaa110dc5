/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

/* The longest path of a Unix socket that is taken; the kernel's limit is 107. */
#define DINH_NGINX_PATH_LIMIT 100

char *dinh_nginx_config_build (const char *state_dir,
                               const char *const *listen,
                               const char *const *enrol_listen,
                               char **digest,
                               GError **error);
