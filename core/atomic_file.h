/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file that appears whole or not at all.
 *
 * It has no name while it is written (O_TMPFILE; where a file system has none, a hidden temporary
 * beside the target), so that even kill -9 leaves nothing behind. atomic_commit() flushes it, gives
 * it its name and flushes the directory. */
#ifndef LXKIT_CORE_ATOMIC_FILE_H
#define LXKIT_CORE_ATOMIC_FILE_H

#include <stdbool.h>

#include "core/error.h"

enum atomic_flags {
    ATOMIC_REPLACE = 1, /* an existing file of that name is replaced; otherwise EXISTS */
    ATOMIC_NO_SYNC = 2, /* leave out flushing: benchmarks and throw-away CI only */
};

struct atomic_file {
    int fd;    /* open for reading and writing */
    bool sync; /* false under ATOMIC_NO_SYNC */
    bool replace;
    char *path;      /* the name to be */
    char *temporary; /* NULL while the file has no name */
};

/* Refuses at once where path exists and ATOMIC_REPLACE is not given. The file has mode 0666 less
 * the umask. */
int atomic_create(struct atomic_file **out, const char *path, unsigned flags,
                  struct error *err) MUST_CHECK;
/* Flushes what was written so far (fdatasync), unless ATOMIC_NO_SYNC. */
int atomic_sync(struct atomic_file *file, struct error *err) MUST_CHECK;
/* Publishes and frees, also on failure: then nothing appears. */
int atomic_commit(struct atomic_file *file, struct error *err) MUST_CHECK;
/* Drops what was written and frees. NULL is fine. */
void atomic_discard(struct atomic_file *file);

/* The whole of a small file at once, replacing what is there. */
int atomic_write(const char *path, const void *bytes, size_t n, unsigned flags,
                 struct error *err) MUST_CHECK;

static inline void atomic_discardp(struct atomic_file **file)
{
    atomic_discard(*file);
}

#define AUTO_ATOMIC CLEANUP(atomic_discardp)

#endif
