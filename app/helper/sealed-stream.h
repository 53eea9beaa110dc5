/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "data/hash/dinh-sealed-file.h"

GInputStream *sealed_stream_new (int fd, const DinhPaperKey *key);
gboolean sealed_stream_has_failed (GInputStream *stream);
