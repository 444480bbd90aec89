/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading back what was written, and comparing it with what was to be written.
 *
 *     open, then image_build() with its events; then read back. Free at any time.
 *
 * What the target cannot hold and was reported as lost is no difference; anything else is. */
#ifndef LXKIT_IMAGE_VERIFY_H
#define LXKIT_IMAGE_VERIFY_H

#include <pthread.h>

#include "core/error.h"
#include "core/event.h"
#include "image/image.h"
#include "image/sink.h"
#include "image/text_set.h"

struct verify {
    struct events events; /* passes everything on to inner */
    struct events *inner;
    const char *input; /* borrowed, as is target */
    const struct image_target *target;
    struct sink *sink; /* like the target's; may only be asked */
    bool listens;      /* to losses that only writing shows, as those of a directory do */
    bool discards;     /* to be set by the caller: a target that differs is deleted by it */
    pthread_mutex_t lock;
    struct text_set losses; /* "KIND PATH" */
    bool failed;            /* to note one */
};

/* USAGE where input or target cannot be read twice. Needs verify_free() also after a failure. */
int verify_open(struct verify *self, const char *input, const struct image_target *target,
                struct events *inner, struct error *err) MUST_CHECK;
/* VERIFY where target is not what input was to become. */
int verify_read(struct verify *self, struct error *err) MUST_CHECK;
void verify_free(struct verify *self);

#define AUTO_VERIFY CLEANUP(verify_free)

#endif
