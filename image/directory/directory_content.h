/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The content of a file on a file system, holes left out. */
#ifndef LXKIT_IMAGE_DIRECTORY_CONTENT_H
#define LXKIT_IMAGE_DIRECTORY_CONTENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/error.h"
#include "image/data_map.h"
#include "image/entry.h"
#include "image/source.h"

enum {
    DIRECTORY_CONTENT_MAP_MAX = 1 << 22, /* runs of one file; with more there is no map */
};

struct directory_content {
    int fd; /* -1: none */
    uint64_t size;
    struct entry_time mtime;
    uint64_t at, run_end; /* what lies between is data */
    bool seek;            /* ask for holes */
    struct data_map map;
    size_t map_next; /* run of map to be read */
    bool mapped;     /* map says where the data is */
    uint8_t *buffer;
};

int directory_content_init(struct directory_content *content, struct error *err) MUST_CHECK;
void directory_content_free(struct directory_content *content);
/* Takes over fd, of a regular file that stx describes. */
void directory_content_begin(struct directory_content *content, int fd, const struct statx *stx);
void directory_content_end(struct directory_content *content);
/* As source_map(); what is read afterwards is just that. */
int directory_content_map(struct directory_content *content, const struct data_extent **out,
                          size_t *n, struct error *err) MUST_CHECK;
/* As source_content(). A file that changed since begin is an IO error, which does not name it. */
int directory_content_next(struct directory_content *content, struct content *out,
                           struct error *err) MUST_CHECK;
/* n bytes from off on; they must lie in the file as it was at begin. */
int directory_content_pread(const struct directory_content *content, void *buf, size_t n,
                            uint64_t off, struct error *err) MUST_CHECK;

#endif
