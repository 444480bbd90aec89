/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The content of an attribute, wherever it lies. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_PARSE_STREAM_H
#define LXKIT_IMAGE_NTFS_NTFS_PARSE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct ntfs_parse;

/* Clusters that lie together. */
struct ntfs_place {
    uint64_t first;   /* cluster of the attribute */
    uint64_t length;  /* clusters */
    uint64_t cluster; /* on the disk, or NTFS_HOLE */
};

struct ntfs_stream {
    const uint8_t *value;      /* resident: size bytes, borrowed from the record; else NULL */
    struct ntfs_place *places; /* without gaps, in order */
    size_t n_places;
    size_t room;
    uint64_t clusters, stored; /* of all places; of those that are no holes */
    uint64_t size;             /* bytes */
    uint64_t initialized;      /* of these; what is behind reads as zeros */
    uint64_t allocated;        /* as the attribute says */
    uint64_t packed;           /* likewise, of a sparse or compressed one; else 0 */
};

/* Adds the clusters that n bytes of mapping pairs give to the attribute's clusters first to last.
 * 1; 0: they are none, or lead outside of the volume, and *why says so; negative. */
int ntfs_stream_add(struct ntfs_stream *stream, const struct ntfs_parse *parse,
                    const uint8_t *pairs, size_t n, uint64_t first, uint64_t last, const char **why,
                    struct error *err) MUST_CHECK;
/* n bytes from off on, which end within size. */
int ntfs_stream_read(struct ntfs_parse *parse, const struct ntfs_stream *stream, void *to, size_t n,
                     uint64_t off, struct error *err) MUST_CHECK;
/* The whole content, malloc'd. */
int ntfs_stream_load(struct ntfs_parse *parse, const struct ntfs_stream *stream, uint8_t **out,
                     struct error *err) MUST_CHECK;
/* The place that holds a cluster of the stream, which has it. */
const struct ntfs_place *ntfs_stream_place(const struct ntfs_stream *stream, uint64_t cluster);
void ntfs_stream_free(struct ntfs_stream *stream);

#endif
