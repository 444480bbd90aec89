/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bytes of a member's header as they came by, for what libarchive does not tell: it drops the
 * sign of a pax time of "-0.25", and gives names of attributes without saying who encoded them. */
#ifndef LXKIT_IMAGE_TAR_HEADER_H
#define LXKIT_IMAGE_TAR_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

enum {
    TAR_HEADER_BYTES_MAX = 2 << 20, /* that are kept; libarchive takes 1 MiB of pax records */
};

struct tar_header {
    uint8_t *bytes;
    size_t n, size;
    uint64_t at; /* position of the first in the archive */
};

/* A record of a pax header, "key=value"; neither ends with a NUL. */
struct tar_record {
    const char *key, *value;
    size_t key_n, n;
};

/* Keeps what is at start and behind it, for as long as start does not grow: of what was kept before
 * and, adjoining, of the n bytes that lie at position at of the archive. */
int tar_header_keep(struct tar_header *header, uint64_t start, const void *bytes, size_t n,
                    uint64_t at, struct error *err) MUST_CHECK;
/* The pax records of the header that begins at start, which is kept; in *out, malloc'd, valid until
 * the next tar_header_keep(). What cannot be right ends the list: libarchive has judged it. */
int tar_header_records(const struct tar_header *header, uint64_t start, struct tar_record **out,
                       size_t *n, struct error *err) MUST_CHECK;
void tar_header_free(struct tar_header *header); /* its members */

#endif
