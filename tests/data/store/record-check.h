/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "tests/data/store/writer-fixture.h"

G_BEGIN_DECLS

char *record_find_fault (Fixture *fixture, GHashTable *acknowledged);

G_END_DECLS
