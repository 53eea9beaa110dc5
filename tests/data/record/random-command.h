/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "tests/data/record/record-fixture.h"

G_BEGIN_DECLS

/* The small world that random commands speak of: few names, so that they meet. */
json_t *random_command (DinhStreamKind stream, const char **kind);
const DinhActor *random_actor (void);

G_END_DECLS
