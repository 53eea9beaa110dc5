/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui/paper/dinh-page-view.h"

G_BEGIN_DECLS

void dinh_page_gestures_attach (DinhPageView *view);

G_END_DECLS
