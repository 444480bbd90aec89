/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK_BYTES = 256 * 1024,
    ALIGNMENT = 8,
};

struct arena_chunk {
    struct arena_chunk *next;
    _Alignas(ALIGNMENT) unsigned char bytes[];
};

void *arena_alloc(struct arena *arena, size_t n)
{
    if (n > SIZE_MAX / 2)
        return NULL;
    n = (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (!arena->chunks || n > arena->size - arena->used) {
        size_t size = n > CHUNK_BYTES ? n : CHUNK_BYTES;
        struct arena_chunk *chunk = calloc(1, sizeof(*chunk) + size);
        if (!chunk)
            return NULL;
        chunk->next = arena->chunks;
        arena->chunks = chunk;
        arena->total += size;
        arena->used = 0;
        arena->size = size;
    }
    void *out = arena->chunks->bytes + arena->used;
    arena->used += n;
    return out;
}

void *arena_copy(struct arena *arena, const void *bytes, size_t n)
{
    char *copy = arena_alloc(arena, n + 1);
    if (copy && n > 0)
        memcpy(copy, bytes, n);
    return copy;
}

void arena_free(struct arena *arena)
{
    while (arena->chunks) {
        struct arena_chunk *chunk = arena->chunks;
        arena->chunks = chunk->next;
        free(chunk);
    }
    *arena = (struct arena){0};
}
