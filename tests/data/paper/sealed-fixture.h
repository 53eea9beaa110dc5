/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/paper/dinh-renderer.h"

/* Papers sealed as a device keeps them, without a device: the keys are in this program's memory. */

char *sealed_fixture_seal (const char *plain, const char *folder);
void sealed_fixture_use (DinhRenderer *renderer);
