/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The beginning of a file's content, collected to learn where its holes are. */
#ifndef LXKIT_IMAGE_TAR_SINK_GATHER_H
#define LXKIT_IMAGE_TAR_SINK_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/source.h"

struct tar_sink_gather {
    uint8_t *bytes; /* of all runs, one after the other */
    size_t used, size;
    struct data_extent *runs; /* rising, apart from each other */
    size_t n_runs, runs_size;
    struct content next; /* the piece that had no room; n is 0 where everything has been read */
    uint64_t end;        /* of the last piece that was seen */
};

/* Reads the content of the current entry, a file of size bytes, until it ends or max bytes have
 * been gathered. Replaces what was there. DAMAGED where pieces overlap or lie behind the size. */
int tar_sink_gather_read(struct tar_sink_gather *gather, struct source *source, uint64_t size,
                         size_t max, struct error *err) MUST_CHECK;
/* Forgets it all; the content is then taken piece by piece. */
void tar_sink_gather_clear(struct tar_sink_gather *gather);
/* One more piece, behind what was gathered: 1, 0 at the end, negative on error. */
int tar_sink_gather_next(struct tar_sink_gather *gather, struct source *source, uint64_t size,
                         struct error *err) MUST_CHECK;
void tar_sink_gather_free(struct tar_sink_gather *gather); /* its members */

#endif
