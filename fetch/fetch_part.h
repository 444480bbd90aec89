/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file on its way into the cache: CACHE/partial/XXXXXX.part.
 *
 * Bytes are counted, hashed and written as they come, whatever transport brings them. The process
 * that writes a part holds a lock (flock) on it: a part without one was left by a process that
 * died, and goes when the next part is made. */
#ifndef LXKIT_FETCH_FETCH_PART_H
#define LXKIT_FETCH_FETCH_PART_H

#include <stddef.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/error.h"
#include "core/kind.h"

struct fetch_part {
    int fd;          /* open for reading and writing, locked */
    char *directory; /* CACHE/partial */
    char *path;      /* its name there; NULL once it has been published */
    struct digest *digest;
    uint64_t size; /* bytes so far */
    uint64_t max;  /* bytes allowed */
};

/* Makes an empty part in the directory CACHE/partial, and that directory. */
int fetch_part_create(struct fetch_part **out, const char *directory, uint64_t max,
                      struct error *err) MUST_CHECK;
/* Says how many bytes will come: LIMIT or NO_SPACE where they cannot be taken. */
int fetch_part_expect(const struct fetch_part *part, uint64_t total, struct error *err) MUST_CHECK;
/* Appends. LIMIT beyond max, NO_SPACE on a full disk. */
int fetch_part_write(struct fetch_part *part, const void *bytes, size_t n,
                     struct error *err) MUST_CHECK;
/* The digest of all that was written; nothing can be written any more. */
int fetch_part_finish(struct fetch_part *part, struct sha256 *out, struct error *err) MUST_CHECK;
/* What it is by its first bytes. */
enum kind fetch_part_kind(const struct fetch_part *part);
/* Flushes it and moves it to path, whose directory is made; what is there is replaced. */
int fetch_part_publish(struct fetch_part *part, const char *path, struct error *err) MUST_CHECK;
/* Frees; a part that was not published is removed. NULL is fine. */
void fetch_part_free(struct fetch_part *part);

static inline void fetch_part_freep(struct fetch_part **part)
{
    fetch_part_free(*part);
}

#define AUTO_FETCH_PART CLEANUP(fetch_part_freep)

#endif
