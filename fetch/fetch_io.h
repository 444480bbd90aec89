/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain file descriptors. */
#ifndef LXKIT_FETCH_FETCH_IO_H
#define LXKIT_FETCH_FETCH_IO_H

#include <stddef.h>

#include "core/attributes.h"

enum {
    FETCH_IO_BYTES = 1024 * 1024, /* of one read where whole files are read */
};

/* Writes all n bytes; -1 with errno set on failure: the caller knows what the file is. */
int fetch_io_write(int fd, const void *bytes, size_t n) MUST_CHECK;

#endif
