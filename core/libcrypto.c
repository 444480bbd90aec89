/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/libcrypto.h"

#include "core/library.h"

#define NAME(name) #name,
static const char *const names[] = {LIBCRYPTO_FUNCTIONS(NAME)};

LIBRARY_DEFINE(libcrypto, LIBCRYPTO_FILE, names)
