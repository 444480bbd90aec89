/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The content of a file on its way into an archive, with its holes. A member's map of holes stands
 * before its data: the source tells it, or the beginning of the content is gathered. */
#ifndef LXKIT_IMAGE_TAR_SINK_CONTENT_H
#define LXKIT_IMAGE_TAR_SINK_CONTENT_H

#include <archive_entry.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/data_map.h"
#include "image/source.h"
#include "image/tar/tar_sink_gather.h"

/* Starts with write and context set and the rest zero. */
struct tar_sink_content {
    /* Takes the bytes of the member one after the other, those of holes too. */
    int (*write)(void *context, const void *bytes, size_t n, struct error *err);
    void *context;

    struct tar_sink_gather gather; /* empty where the source told its map */
    bool more;                     /* source has content that was not gathered */
    struct data_map map;           /* of the member: what is data */
    size_t map_at;                 /* run of map at, or next behind, position */
    uint64_t position;             /* in the file: what was written */
    uint8_t *zeros;
};

/* Gives member, a file of size bytes and the current entry of source, its map. */
int tar_sink_content_begin(struct tar_sink_content *content, struct archive_entry *member,
                           struct source *source, uint64_t size, struct error *err) MUST_CHECK;
/* Writes it all, once the member's header is written. */
int tar_sink_content_write(struct tar_sink_content *content, struct source *source, uint64_t size,
                           struct error *err) MUST_CHECK;
void tar_sink_content_free(struct tar_sink_content *content); /* its members */

#endif
