/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel's cache of files: what is read back from there says nothing about the medium. */
#ifndef LXKIT_CORE_PAGE_CACHE_H
#define LXKIT_CORE_PAGE_CACHE_H

#include "core/error.h"

/* Flushes the file at path and drops it from the cache, so that the next reads come from the medium
 * where the file system has one. */
int page_cache_drop(const char *path, struct error *err) MUST_CHECK;

#endif
