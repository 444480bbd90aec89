/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes into a file descriptor, compressed on a thread of their own.
 *
 * Not for two threads at once. */
#ifndef LXKIT_IMAGE_TAR_SINK_OUTPUT_H
#define LXKIT_IMAGE_TAR_SINK_OUTPUT_H

#include <stddef.h>

#include "core/error.h"
#include "core/kind.h"

struct tar_sink_output;

/* fd is not owned; name is for messages, copied. compression: as compressor_new() has it. */
int tar_sink_output_new(struct tar_sink_output **out, int fd, const char *name,
                        enum kind compression, struct error *err) MUST_CHECK;
/* An error of the thread fails the next call, and all that follow. */
int tar_sink_output_write(struct tar_sink_output *self, const void *bytes, size_t n,
                          struct error *err) MUST_CHECK;
/* Everything is written when it returns. */
int tar_sink_output_finish(struct tar_sink_output *self, struct error *err) MUST_CHECK;
/* Also without finish: stops the thread at once. NULL is fine. */
void tar_sink_output_free(struct tar_sink_output *self);

static inline void tar_sink_output_freep(struct tar_sink_output **self)
{
    tar_sink_output_free(*self);
}

#define AUTO_TAR_SINK_OUTPUT CLEANUP(tar_sink_output_freep)

#endif
