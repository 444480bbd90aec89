/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file on its way into the cache.
 *
 *     CACHE/partial/KEY.part      its bytes so far
 *     CACHE/partial/KEY.json      which version of the server's file they are (fetch_version.h)
 *
 * Bytes are counted, written and hashed as they come, whatever transport brings them. The process
 * that works on a part holds a lock (flock) on it, so that there is one at a time; another one
 * waits. A part that was left, by a process that was killed or that gave up, is taken over by the
 * next one that wants the same file. What nobody wanted for FETCH_PART_DAYS is removed. */
#ifndef LXKIT_FETCH_FETCH_PART_H
#define LXKIT_FETCH_FETCH_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/event.h"
#include "core/kind.h"
#include "fetch/fetch_version.h"
#include "fetch/trust/checksum.h"

#define FETCH_PART_SUFFIX  ".part"
#define FETCH_STATE_SUFFIX ".json"

enum {
    FETCH_PART_DAYS = 7,
};

struct fetch_part_plan {
    const char *directory; /* CACHE/partial; is made */
    const char *key;       /* stands for the file that is wanted */
    uint64_t exact;        /* bytes that it must have; 0: not known */
    uint64_t max;          /* bytes allowed */
    bool proven;           /* a digest will be held against it in the end */
    bool sha512;           /* compute that too */
};

struct fetch_part {
    int fd;          /* open for reading and writing, locked */
    char *directory; /* CACHE/partial */
    char *path;      /* its name there; NULL once it has been published */
    char *state;     /* the name of the version */
    struct hasher *hasher;
    bool sha512;   /* is computed too */
    uint64_t size; /* bytes so far */
    uint64_t exact, max;
    struct fetch_version version; /* of the bytes so far */
    bool pieced;                  /* they have not all come in one answer to this process */
};

/* Takes over what is there, or begins an empty part. Waits while another process has it, until
 * `deadline` (fetch_clock.h): BUSY. */
int fetch_part_open(struct fetch_part **out, const struct fetch_part_plan *plan, int64_t deadline,
                    struct events *events, struct error *err) MUST_CHECK;
/* Says what will come: bytes from `offset` on, which is 0 (all that is there goes, and version is
 * the new one) or the size so far. VERIFY, LIMIT or NO_SPACE where the whole, if its length is
 * known, cannot be taken. */
int fetch_part_begin(struct fetch_part *part, uint64_t offset, const struct fetch_version *version,
                     struct error *err) MUST_CHECK;
/* Appends. VERIFY beyond exact, LIMIT beyond max, NO_SPACE on a full disk. */
int fetch_part_write(struct fetch_part *part, const void *bytes, size_t n,
                     struct error *err) MUST_CHECK;
/* Drops all bytes: they are of no use. */
int fetch_part_forget(struct fetch_part *part, struct error *err) MUST_CHECK;
/* The digests of all bytes. Nothing can be written any more before fetch_part_forget(). */
int fetch_part_finish(struct fetch_part *part, struct checksum *out, struct error *err) MUST_CHECK;
/* What it is by its first bytes. */
enum kind fetch_part_kind(const struct fetch_part *part);
/* Flushes it and moves it to path, whose directory is made; what is there is replaced. Returns the
 * descriptor, at position 0 and with a shared lock, for the caller to close. */
int fetch_part_publish(struct fetch_part *part, const char *path, bool sync,
                       struct error *err) MUST_CHECK;
/* Frees. What can be resumed stays, anything else that was not published is removed. NULL is
 * fine. */
void fetch_part_free(struct fetch_part *part);

/* Removes what is noted beside the part of that path. */
void fetch_part_remove_state(const char *path);

static inline void fetch_part_freep(struct fetch_part **part)
{
    fetch_part_free(*part);
}

#define AUTO_FETCH_PART CLEANUP(fetch_part_freep)

#endif
