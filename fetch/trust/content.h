/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is verified: a file behind a descriptor, or bytes in memory. It is walked once, and hashed
 * on the way, so that the checksum is that of the very bytes that were verified. */
#ifndef LXKIT_FETCH_TRUST_CONTENT_H
#define LXKIT_FETCH_TRUST_CONTENT_H

#include "core/event.h"
#include "fetch/trust/checksum.h"

struct content {
    const char *label;
    int fd; /* used where bytes is NULL */
    const void *bytes;
    size_t n;
    struct events *events; /* may be NULL */
};

/* Takes a piece; negative ends the walk. */
typedef int content_sink(void *context, const void *bytes, size_t n, struct error *err);

/* The length of the file or of the bytes. */
int content_size(const struct content *content, uint64_t *out, struct error *err) MUST_CHECK;
/* Gives all of it to the sink (NULL: none) and computes its checksum. *size is what was read. */
int content_walk(const struct content *content, bool sha512, content_sink *sink, void *context,
                 struct checksum *sum, uint64_t *size, struct error *err) MUST_CHECK;

#endif
