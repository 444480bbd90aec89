/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compressors, pushed: bytes in, compressed bytes out through a callback. */
#ifndef LXKIT_IMAGE_TAR_SINK_COMPRESS_H
#define LXKIT_IMAGE_TAR_SINK_COMPRESS_H

#include <stddef.h>

#include "core/error.h"
#include "core/kind.h"

struct compressor;

/* Where the result goes. */
struct compressor_output {
    int (*write)(void *context, const void *bytes, size_t n, struct error *err);
    void *context;
};

/* kind: KIND_TAR (passes through), KIND_GZIP, KIND_XZ or KIND_ZSTD; INTERNAL for another. */
int compressor_new(struct compressor **out, enum kind kind, const struct compressor_output *output,
                   struct error *err) MUST_CHECK;
int compressor_put(struct compressor *self, const void *bytes, size_t n,
                   struct error *err) MUST_CHECK;
int compressor_finish(struct compressor *self, struct error *err) MUST_CHECK;
void compressor_free(struct compressor *self); /* NULL is fine */

static inline void compressor_freep(struct compressor **self)
{
    compressor_free(*self);
}

#define AUTO_COMPRESSOR CLEANUP(compressor_freep)

#endif
