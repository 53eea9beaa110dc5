/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "data/person/dinh-person-error.h"

G_DEFINE_QUARK (dinh-person-error-quark, dinh_person_error)
