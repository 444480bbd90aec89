/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where an archive member has data and where holes, from its header: GNU's sparse formats. */
#ifndef LXKIT_IMAGE_TAR_MAP_H
#define LXKIT_IMAGE_TAR_MAP_H

#include <archive_entry.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/source.h"

struct tar_map {
    struct data_extent *runs;
    size_t n, size;
};

/* As source_map(), for a file of that many bytes. */
int tar_map_read(struct tar_map *map, struct archive_entry *member, uint64_t bytes,
                 const struct data_extent **out, size_t *n, struct error *err) MUST_CHECK;
void tar_map_free(struct tar_map *map);

#endif
