/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain file descriptors, and directories. */
#ifndef LXKIT_FETCH_FETCH_IO_H
#define LXKIT_FETCH_FETCH_IO_H

#include <dirent.h>
#include <stddef.h>

#include "core/event.h"
#include "fetch/trust/checksum.h"

enum {
    FETCH_IO_BYTES = 1024 * 1024, /* of one read where whole files are read */
};

/* Writes all n bytes; -1 with errno set on failure: the caller knows what the file is. */
int fetch_io_write(int fd, const void *bytes, size_t n) MUST_CHECK;

/* A file to be read from its start to its end, wherever its position is. */
struct fetch_reading {
    int fd;
    const char *name;      /* for messages */
    uint64_t total;        /* for progress */
    struct events *events; /* may be NULL */
    int to;                /* where the bytes go; -1: they are only hashed */
    const char *to_name;
};

/* Feeds all bytes to hasher and to `to`; *size becomes their number. */
int fetch_io_hash(const struct fetch_reading *reading, struct hasher *hasher, uint64_t *size,
                  struct error *err) MUST_CHECK;

static inline void fetch_closedirp(DIR **directory)
{
    if (*directory)
        closedir(*directory);
}

#define AUTO_DIR CLEANUP(fetch_closedirp)

#endif
