/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records of a pax header that libarchive does not write, put into the header that it has written:
 * attributes whose names it would encode as GNU tar does not read them, and times in the last
 * second before 1970 or at its very beginning. */
#ifndef LXKIT_IMAGE_TAR_PAX_H
#define LXKIT_IMAGE_TAR_PAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/entry.h"

enum {
    TAR_PAX_TIMES = 3,
};

struct tar_pax_bytes {
    uint8_t *bytes;
    size_t n, size;
};

struct tar_pax {
    struct tar_pax_bytes records;     /* to be added */
    struct tar_pax_bytes exact;       /* behind them, those of LIBARCHIVE.xattr */
    const char *times[TAR_PAX_TIMES]; /* keys of those that are "-1.x" and have to become "-0.x" */
    size_t n_times;
};

/* Forgets all. */
void tar_pax_clear(struct tar_pax *pax);
void tar_pax_free(struct tar_pax *pax);

/* Adds the records of an attribute: SCHILY.xattr as GNU tar has it; where libarchive would read
 * that otherwise LIBARCHIVE.xattr behind all of those, which makes it the one that counts where
 * both give one name. */
int tar_pax_xattr(struct tar_pax *pax, const struct xattr *xattr, struct error *err) MUST_CHECK;
/* key ("mtime") is a time that libarchive got as one second earlier, that is with the right
 * fraction; it is a string literal, and TAR_PAX_TIMES at most are noted. */
void tar_pax_time(struct tar_pax *pax, const char *key);
/* key is a time of 1970-01-01 00:00:00 exactly, which libarchive takes for none. */
int tar_pax_epoch(struct tar_pax *pax, const char *key, struct error *err) MUST_CHECK;
/* The whole name of a sparse member: of a long one that is no UTF-8 libarchive writes only what has
 * room in the member's own block. */
int tar_pax_sparse_name(struct tar_pax *pax, const char *path, struct error *err) MUST_CHECK;
static inline bool tar_pax_is_empty(const struct tar_pax *pax)
{
    return pax->exact.n == 0 && pax->records.n == 0 && pax->n_times == 0;
}

int tar_pax_bytes_add(struct tar_pax_bytes *to, const void *bytes, size_t n,
                      struct error *err) MUST_CHECK;
/* Makes of header, the blocks that libarchive wrote for one member, those with pax in it. */
int tar_pax_apply(const struct tar_pax *pax, struct tar_pax_bytes *header,
                  struct error *err) MUST_CHECK;

#endif
