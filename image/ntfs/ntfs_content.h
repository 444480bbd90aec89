/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies in a file of an NTFS volume: in its record, in clusters, compressed, with holes. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_CONTENT_H
#define LXKIT_IMAGE_NTFS_NTFS_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/ntfs/ntfs_library.h"
#include "image/ntfs/ntfs_parse.h"
#include "image/ntfs/ntfs_parse_file.h"
#include "image/source.h"

struct ntfs_content {
    struct ntfs_parse *parse;
    struct ntfs_library *library;
    struct ntfs_file file;       /* that is being read */
    struct data_extent *extents; /* where there is data */
    uint64_t *places;            /* of each extent, in bytes on the disk */
    size_t n_extents, extents_size;
    size_t at;               /* extent that is being read */
    uint64_t offset;         /* in bytes within it */
    uint64_t number;         /* of the file */
    const uint8_t *resident; /* its content; NULL: it lies in clusters */
    bool is_compressed;
    bool is_open; /* the library has it open */
    uint8_t *buffer;
};

/* Both are borrowed. */
int ntfs_content_init(struct ntfs_content *content, struct ntfs_parse *parse,
                      struct ntfs_library *library, struct error *err) MUST_CHECK;
void ntfs_content_free(struct ntfs_content *content);

/* Turns to another file, by the number of its record. */
int ntfs_content_begin(struct ntfs_content *content, uint64_t number, struct error *err) MUST_CHECK;
/* As source_map(). */
int ntfs_content_map(struct ntfs_content *content, const struct data_extent **out, size_t *n);
/* As source_content(). */
int ntfs_content_next(struct ntfs_content *content, struct content *out,
                      struct error *err) MUST_CHECK;
/* n bytes from off on, holes as zeros; they must lie in the file. */
int ntfs_content_pread(struct ntfs_content *content, void *buf, size_t n, uint64_t off,
                       struct error *err) MUST_CHECK;

#endif
