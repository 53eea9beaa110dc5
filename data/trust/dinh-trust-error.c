/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "data/trust/dinh-trust-error.h"

G_DEFINE_QUARK (dinh - trust - error, dinh_trust_error)
