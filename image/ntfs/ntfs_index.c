/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_index.h"

#include <stdlib.h>
#include <string.h>

#include "image/ntfs/ntfs_record.h"

enum {
    END_BYTES = sizeof(struct ntfs_index_entry_disk),
    CHILD_BYTES = sizeof(struct le64),
    END_BYTES_MAX = END_BYTES + CHILD_BYTES,
    UPDATE_NUMBER = 1,
    BITMAP_STEP = 8, /* bytes */
    BITMAP_RESIDENT_MAX = 32,
};

#define NO_CHILD UINT64_MAX

/* ---- entries ---- */

/* A copy of entry at to, with child as its last word; returns its length. */
static size_t entry_put(uint8_t *to, const uint8_t *entry, size_t length, uint64_t child)
{
    struct ntfs_index_entry_disk head;
    memcpy(to, entry, length);
    if (child == NO_CHILD)
        return length;
    struct le64 number = le64_put(child);
    memcpy(&head, to, sizeof(head));
    head.length = le16_put((uint16_t)(length + CHILD_BYTES));
    head.flags = le16_put(le16_get(head.flags) | NTFS_ENTRY_HAS_CHILD);
    memcpy(to, &head, sizeof(head));
    memcpy(to + length, &number, sizeof(number));
    return length + CHILD_BYTES;
}

static size_t end_put(uint8_t *to, uint64_t child)
{
    const struct ntfs_index_entry_disk end = {
        .length = le16_put(END_BYTES),
        .flags = le16_put(NTFS_ENTRY_IS_LAST),
    };
    return entry_put(to, (const uint8_t *)&end, sizeof(end), child);
}

/* Takes the child off an entry: *child (NO_CHILD: there is none); returns the length without. */
static size_t entry_split(uint8_t *entry, uint64_t *child)
{
    struct ntfs_index_entry_disk head;
    struct le64 number;

    memcpy(&head, entry, sizeof(head));
    size_t length = le16_get(head.length);
    *child = NO_CHILD;
    if (!(le16_get(head.flags) & NTFS_ENTRY_HAS_CHILD))
        return length;
    length -= CHILD_BYTES;
    memcpy(&number, entry + length, sizeof(number));
    *child = le64_get(number);
    head.length = le16_put((uint16_t)length);
    head.flags = le16_put(le16_get(head.flags) & ~NTFS_ENTRY_HAS_CHILD);
    memcpy(entry, &head, sizeof(head));
    return length;
}

/* ---- nodes ---- */

static struct ntfs_index_head_disk head_make(size_t before, size_t used, size_t room, bool children)
{
    return (struct ntfs_index_head_disk){
        .entries = le32_put((uint32_t)before),
        .used = le32_put((uint32_t)(before + used)),
        .allocated = le32_put((uint32_t)(before + room)),
        .has_children = children,
    };
}

/* Writes the node of a level into a block of its own, with child for its end entry, and makes it
 * empty. *number is the block. */
static int node_close(struct ntfs_index *index, struct ntfs_index_level *level, uint64_t child,
                      uint64_t *number, struct error *err)
{
    static const size_t before =
        sizeof(struct ntfs_index_block_disk) - offsetof(struct ntfs_index_block_disk, head);
    uint8_t block[NTFS_INDEX_BYTES] = {0};

    size_t used = level->used;
    memcpy(block + sizeof(struct ntfs_index_block_disk), level->entries, used);
    used += end_put(block + sizeof(struct ntfs_index_block_disk) + used, child);
    struct ntfs_index_block_disk head = {
        .magic = "INDX",
        .fixups = le16_put(offsetof(struct ntfs_index_block_disk, update_number)),
        .n_fixups = le16_put(1 + NTFS_INDEX_BYTES / NTFS_SECTOR_BYTES),
        .number = le64_put(index->n_blocks),
        .head = head_make(before, used, NTFS_INDEX_ROOM, child != NO_CHILD),
        .update_number = le16_put(UPDATE_NUMBER),
    };
    memcpy(block, &head, sizeof(head));
    ntfs_fixups_apply(block, NTFS_INDEX_BYTES / NTFS_SECTOR_BYTES);

    uint64_t cluster = ntfs_volume_take(index->volume, 1);
    *number = index->n_blocks++;
    level->used = level->last = 0;
    if (ntfs_runs_add(&index->runs, cluster, 1, err) < 0)
        return -1;
    return ntfs_volume_write(index->volume, block, cluster, 1, err);
}

static int level_get(struct ntfs_index *index, size_t at, struct ntfs_index_level **out,
                     struct error *err)
{
    if (at == NTFS_INDEX_LEVELS_MAX)
        return error_set(err, ERROR_LIMIT, "an index of more than %d levels",
                         NTFS_INDEX_LEVELS_MAX);
    if (at == index->n_levels) {
        index->levels[at] = calloc(1, sizeof(*index->levels[at]));
        if (!index->levels[at])
            return error_no_memory(err);
        index->n_levels++;
    }
    *out = index->levels[at];
    return 0;
}

static void level_append(struct ntfs_index_level *level, const uint8_t *entry, size_t length)
{
    memcpy(level->entries + level->used, entry, length);
    level->last = level->used;
    level->used += length;
}

static int level_add(struct ntfs_index *index, size_t at, const uint8_t *entry, size_t length,
                     uint64_t child, struct error *err);

/* The node is full, one entry waits, and another comes: that which waits separates them. */
static int level_turn(struct ntfs_index *index, size_t at, struct error *err)
{
    struct ntfs_index_level *level = index->levels[at];
    uint64_t child, number;
    uint8_t entry[NTFS_ENTRY_BYTES_MAX];

    size_t length = entry_split(level->next, &child);
    memcpy(entry, level->next, length);
    level->next_length = 0;
    if (node_close(index, level, child, &number, err) < 0)
        return -1;
    return level_add(index, at + 1, entry, length, number, err);
}

static int level_add(struct ntfs_index *index, size_t at, const uint8_t *entry, size_t length,
                     uint64_t child, struct error *err)
{
    struct ntfs_index_level *level = NULL;
    uint8_t mine[NTFS_ENTRY_BYTES_MAX];
    size_t end = END_BYTES + (child == NO_CHILD ? 0 : CHILD_BYTES);

    if (level_get(index, at, &level, err) < 0 ||
        (level->next_length > 0 && level_turn(index, at, err) < 0))
        return -1;
    size_t n = entry_put(mine, entry, length, child);
    if (level->used + n + end <= sizeof(level->entries)) {
        level_append(level, mine, n);
        return 0;
    }
    memcpy(level->next, mine, n);
    level->next_length = n;
    return 0;
}

/* The last entry of a full node that waits for another has none behind it: the one before it
 * separates them instead. child: of the level's end. */
static int level_end(struct ntfs_index *index, size_t at, struct error *err)
{
    struct ntfs_index_level *level = index->levels[at];
    uint64_t child, number;
    uint8_t entry[NTFS_ENTRY_BYTES_MAX];

    if (level->next_length == 0)
        return 0;
    memcpy(entry, level->entries + level->last, level->used - level->last);
    size_t length = entry_split(entry, &child);
    level->used = level->last;
    if (node_close(index, level, child, &number, err) < 0 ||
        level_add(index, at + 1, entry, length, number, err) < 0)
        return -1;
    level_append(level, level->next, level->next_length);
    level->next_length = 0;
    return 0;
}

/* ---- the index ---- */

void ntfs_index_begin(struct ntfs_index *index, struct ntfs_volume *volume)
{
    *index = (struct ntfs_index){.volume = volume};
}

int ntfs_index_add(struct ntfs_index *index, const void *entry, size_t length, struct error *err)
{
    return level_add(index, 0, entry, length, NO_CHILD, err);
}

static int root_make(struct ntfs_index_made *out, uint32_t type, enum ntfs_collation collation,
                     const struct ntfs_index_level *level, uint64_t child, struct arena *arena,
                     struct error *err)
{
    static const size_t before = sizeof(struct ntfs_index_head_disk);
    size_t used = level ? level->used : 0;

    out->root = arena_alloc(arena, sizeof(struct ntfs_index_root_disk) + used + END_BYTES_MAX);
    if (!out->root)
        return error_no_memory(err);
    if (used > 0)
        memcpy(out->root + sizeof(struct ntfs_index_root_disk), level->entries, used);
    used += end_put(out->root + sizeof(struct ntfs_index_root_disk) + used, child);
    struct ntfs_index_root_disk root = {
        .type = le32_put(type),
        .collation = le32_put(collation),
        .block_bytes = le32_put(NTFS_INDEX_BYTES),
        .block_clusters = NTFS_INDEX_BYTES / NTFS_CLUSTER_BYTES,
        .head = head_make(before, used, used, child != NO_CHILD),
    };
    memcpy(out->root, &root, sizeof(root));
    out->root_bytes = sizeof(root) + used;
    return 0;
}

/* Closes every level but what fits in the root; *top is that (NULL: nothing), *child its end's. */
static int levels_close(struct ntfs_index *index, size_t room, struct ntfs_index_level **top,
                        uint64_t *child, struct error *err)
{
    *child = NO_CHILD;
    *top = NULL;
    for (size_t at = 0; at < index->n_levels; at++) {
        struct ntfs_index_level *level = index->levels[at];
        if (level_end(index, at, err) < 0)
            return -1;
        size_t end = END_BYTES + (*child == NO_CHILD ? 0 : CHILD_BYTES);
        bool is_top = at + 1 == index->n_levels;
        size_t root = sizeof(struct ntfs_index_root_disk) + level->used + end;
        if (is_top && root + (index->n_blocks > 0 ? NTFS_BLOCKS_BYTES : 0) <= room) {
            *top = level;
            return 0;
        }
        if (node_close(index, level, *child, child, err) < 0)
            return -1;
    }
    return 0;
}

static int bitmap_make(struct ntfs_index *index, struct arena *arena, struct ntfs_index_made *out,
                       struct error *err)
{
    size_t bytes = (size_t)(index->n_blocks + 7) / 8;
    uint64_t clusters = (bytes + NTFS_CLUSTER_BYTES - 1) / NTFS_CLUSTER_BYTES;

    out->bitmap_bytes = (bytes + BITMAP_STEP - 1) / BITMAP_STEP * BITMAP_STEP;
    out->bitmap = arena_alloc(arena, (size_t)clusters * NTFS_CLUSTER_BYTES);
    if (!out->bitmap)
        return error_no_memory(err);
    for (uint64_t i = 0; i < index->n_blocks; i++)
        out->bitmap[i / 8] |= (uint8_t)(1u << (i % 8));
    if (bytes <= BITMAP_RESIDENT_MAX)
        return 0;
    uint64_t cluster = ntfs_volume_take(index->volume, clusters);
    if (ntfs_volume_write(index->volume, out->bitmap, cluster, clusters, err) < 0)
        return -1;
    return ntfs_runs_one(arena, cluster, clusters, &out->bitmap_runs, err);
}

int ntfs_index_finish(struct ntfs_index *index, uint32_t type, enum ntfs_collation collation,
                      size_t room, struct arena *arena, struct ntfs_index_made *out,
                      struct error *err)
{
    struct ntfs_index_level *top;
    uint64_t child;

    *out = (struct ntfs_index_made){0};
    if (levels_close(index, room, &top, &child, err) < 0 ||
        root_make(out, type, collation, top, child, arena, err) < 0)
        return -1;
    if (index->n_blocks > 0 && (bitmap_make(index, arena, out, err) < 0 ||
                                ntfs_runs_keep(&index->runs, arena, &out->runs, err) < 0))
        return -1;
    ntfs_index_free(index);
    return 0;
}

void ntfs_index_free(struct ntfs_index *index)
{
    for (size_t i = 0; i < index->n_levels; i++)
        free(index->levels[i]);
    ntfs_runs_free(&index->runs);
    *index = (struct ntfs_index){0};
}
