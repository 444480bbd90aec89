/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory for many small objects that live and die together. */
#ifndef LXKIT_IMAGE_ARENA_H
#define LXKIT_IMAGE_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks;
    size_t used, size; /* of the newest chunk */
    size_t total;      /* bytes of all chunks */
};

/* n zeroed bytes, aligned for anything up to 8 bytes; NULL when out of memory. */
void *arena_alloc(struct arena *arena, size_t n);
/* A copy of n bytes followed by a NUL that does not count; NULL when out of memory. */
void *arena_copy(struct arena *arena, const void *bytes, size_t n);
void arena_free(struct arena *arena);

#endif
