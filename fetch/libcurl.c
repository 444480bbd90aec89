/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/libcurl.h"

#include "core/library.h"

#define NAME(name) "curl_" #name,
static const char *const names[] = {LIBCURL_FUNCTIONS(NAME)};

LIBRARY_DEFINE(libcurl, LIBCURL_FILE, names)
