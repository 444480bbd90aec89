/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/libarchive.h"

#include "core/library.h"

#define NAME(name) "archive_" #name,
static const char *const names[] = {LIBARCHIVE_FUNCTIONS(NAME) "archive_errno"};

LIBRARY_DEFINE(libarchive, LIBARCHIVE_FILE, names)
