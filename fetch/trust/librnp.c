/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/trust/librnp.h"

#include "core/library.h"

#define NAME(name) "rnp_" #name,
static const char *const names[] = {LIBRNP_FUNCTIONS(NAME)};

LIBRARY_DEFINE(librnp, LIBRNP_FILE, names)
