/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "data/record/dinh-json.h"

G_BEGIN_DECLS

/* The grades of state secrets, the lowest first, as keys: "mat", "toi-mat", "tuyet-mat". Ends with NULL. */
extern const char *const dinh_secrecy_grades[];

const char *dinh_secrecy_get_words (const char *grade);
const char *dinh_secrecy_find_stamp (const char *text, char **found);

G_END_DECLS
