/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/directory/directory_links.h"

#include <stdlib.h>
#include <string.h>

enum {
    SIZE_MIN = 256, /* a power of two */
};

static struct directory_link *slot_find(const struct directory_links *links, uint64_t device,
                                        uint64_t inode)
{
    uint64_t hash = (inode ^ device << 40) * UINT64_C(0x9E3779B97F4A7C15);
    for (size_t i = hash >> 32;; i++) {
        struct directory_link *slot = &links->table[i & (links->size - 1)];
        if (!slot->path || (slot->device == device && slot->inode == inode))
            return slot;
    }
}

static int table_grow(struct directory_links *links)
{
    struct directory_links grown = {.size = links->size ? links->size * 2 : SIZE_MIN};
    grown.table = calloc(grown.size, sizeof(*grown.table));
    if (!grown.table)
        return -1;
    for (size_t i = 0; i < links->size; i++) {
        const struct directory_link *link = &links->table[i];
        if (link->path)
            *slot_find(&grown, link->device, link->inode) = *link;
    }
    free(links->table);
    links->table = grown.table;
    links->size = grown.size;
    return 0;
}

int directory_links_meet(struct directory_links *links, uint64_t device, uint64_t inode,
                         const char *path, const char **first)
{
    if ((links->n + 1) * 4 > links->size * 3 && table_grow(links) < 0)
        return -1;
    struct directory_link *slot = slot_find(links, device, inode);
    *first = slot->path;
    if (slot->path)
        return 0;
    const char *copy = arena_copy(&links->arena, path, strlen(path));
    if (!copy)
        return -1;
    *slot = (struct directory_link){.device = device, .inode = inode, .path = copy};
    links->n++;
    return 0;
}

void directory_links_free(struct directory_links *links)
{
    arena_free(&links->arena);
    free(links->table);
    *links = (struct directory_links){0};
}
