/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/hash/dinh-seal-error.h"

/* By itself, so that the helper, which only reads sealed files, need not load what the rest of the folder uses. */
G_DEFINE_QUARK (dinh-seal-error-quark, dinh_seal_error)
