/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hash tree is laid out as
 *
 *     block 0      root: "." and "..", then (hash, block) of the level below
 *     blocks 1..m  nodes: (hash, block) of leaves; none where the root has room for all leaves
 *     the rest     leaves: names by rising hash
 *
 * Leaves are left with some room, so that the first new names do not split them all. Where names
 * of one hash do not fit one leaf, the next leaf's hash has its lowest bit set. */
#include "image/ext4/ext4_directory.h"

#include <stdlib.h>
#include <string.h>

#include "core/crc32c.h"
#include "image/ext4/ext4_format.h"

enum {
    TAIL_BYTES = sizeof(struct ext4_dirent_tail_disk),
    ROOM = EXT4_BLOCK_BYTES - TAIL_BYTES, /* for records in a block */
    LEAF_FILL = ROOM / 5 * 4,             /* what a new leaf holds */
    DOT_BYTES = 12,                       /* of the record for "." */

    ROOT_INFO_OFFSET = 24,
    ROOT_ENTRIES_OFFSET = 32,
    NODE_ENTRIES_OFFSET = 8,
    DX_TAIL_BYTES = sizeof(struct ext4_dx_tail_disk),
    DX_ENTRY_BYTES = sizeof(struct ext4_dx_entry_disk),
    ROOT_LIMIT = (EXT4_BLOCK_BYTES - ROOT_ENTRIES_OFFSET - DX_TAIL_BYTES) / DX_ENTRY_BYTES,
    NODE_LIMIT = (EXT4_BLOCK_BYTES - NODE_ENTRIES_OFFSET - DX_TAIL_BYTES) / DX_ENTRY_BYTES,
    HASH_CONTINUES = 1,
};

struct hashed_name {
    uint32_t hash, minor;
    const struct tree_name *name;
};

struct leaf {
    size_t first, n; /* of the sorted names */
    uint32_t hash;
};

/* What is needed while one directory is made. */
struct maker {
    const struct ext4_volume *volume;
    uint32_t inode, parent, seed;
    struct hashed_name *names;
    struct leaf *leaves;
    size_t n_names, n_leaves;
};

static size_t record_bytes(size_t name_length)
{
    return (sizeof(struct ext4_dirent_disk) + name_length + 3) & ~(size_t)3;
}

static uint8_t dirent_type(enum entry_type type)
{
    static const uint8_t types[] = {
        [ENTRY_FILE] = EXT4_DIRENT_FILE,       [ENTRY_DIRECTORY] = EXT4_DIRENT_DIRECTORY,
        [ENTRY_SYMLINK] = EXT4_DIRENT_SYMLINK, [ENTRY_CHARACTER] = EXT4_DIRENT_CHARACTER,
        [ENTRY_BLOCK] = EXT4_DIRENT_BLOCK,     [ENTRY_FIFO] = EXT4_DIRENT_FIFO,
        [ENTRY_SOCKET] = EXT4_DIRENT_SOCKET,
    };
    return types[type];
}

static void record_put(uint8_t *to, uint32_t inode, size_t length, const char *name,
                       size_t name_length, uint8_t type)
{
    struct ext4_dirent_disk record = {
        .inode = le32_put(inode),
        .length = le16_put((uint16_t)length),
        .name_length = (uint8_t)name_length,
        .type = type,
    };
    memcpy(to, &record, sizeof(record));
    memcpy(to + sizeof(record), name, name_length);
}

/* Makes the last record of a block reach the tail, and the tail. */
static void block_seal(const struct maker *maker, uint8_t *block, size_t last, size_t used)
{
    if (used == 0)
        record_put(block, 0, ROOM, "", 0, 0);
    else
        memcpy(block + last + offsetof(struct ext4_dirent_disk, length),
               &(struct le16){{(uint8_t)(ROOM - last), (uint8_t)((ROOM - last) >> 8)}}, 2);
    struct ext4_dirent_tail_disk tail = {
        .record = {.length = le16_put(TAIL_BYTES), .type = EXT4_DIRENT_TAIL},
        .checksum = le32_put(crc32c(maker->seed, block, ROOM)),
    };
    memcpy(block + ROOM, &tail, sizeof(tail));
}

/* The records of "." and ".."; the second takes the length given. */
static void dots_put(const struct maker *maker, uint8_t *block, size_t second)
{
    record_put(block, maker->inode, DOT_BYTES, ".", 1, EXT4_DIRENT_DIRECTORY);
    record_put(block + DOT_BYTES, maker->parent, second, "..", 2, EXT4_DIRENT_DIRECTORY);
}

static size_t name_put(uint8_t *to, const struct tree_name *name)
{
    size_t length = record_bytes(name->length);
    record_put(to, name->file->number, length, name->text, name->length,
               dirent_type(name->file->type));
    return length;
}

static int blocks_alloc(struct ext4_directory *out, size_t blocks, struct error *err)
{
    out->n = blocks * EXT4_BLOCK_BYTES;
    out->bytes = calloc(blocks, EXT4_BLOCK_BYTES);
    return out->bytes ? 0 : error_no_memory(err);
}

static int linear_make(struct ext4_directory *out, const struct maker *maker,
                       const struct tree_file *directory, size_t blocks, struct error *err)
{
    if (blocks_alloc(out, blocks, err) < 0)
        return -1;
    size_t last = DOT_BYTES, used = 2 * DOT_BYTES;
    dots_put(maker, out->bytes, DOT_BYTES);
    for (const struct tree_name *name = directory->directory->first; name; name = name->sibling) {
        if (!name->file)
            continue;
        last = used;
        used += name_put(out->bytes + used, name);
    }
    block_seal(maker, out->bytes, last, used);
    for (size_t i = 1; i < blocks; i++)
        block_seal(maker, out->bytes + i * EXT4_BLOCK_BYTES, 0, 0);
    return 0;
}

/* ---- the hash tree ---- */

static int hashed_order(const void *a, const void *b)
{
    const struct hashed_name *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    if (x->minor != y->minor)
        return x->minor < y->minor ? -1 : 1;
    return strcmp(x->name->text, y->name->text);
}

static int names_hash(struct maker *maker, const struct tree_file *directory, struct error *err)
{
    struct ext2_super_block *super = maker->volume->fs->super;
    size_t n = 0;

    maker->names = calloc(maker->n_names, sizeof(*maker->names));
    if (!maker->names)
        return error_no_memory(err);
    for (const struct tree_name *name = directory->directory->first; name; name = name->sibling) {
        if (!name->file)
            continue;
        struct hashed_name *to = &maker->names[n++];
        to->name = name;
        if (ext2fs_dirhash2(EXT2_HASH_HALF_MD4, name->text, name->length, NULL, 0,
                            super->s_hash_seed, &to->hash, &to->minor) != 0)
            return error_set(err, ERROR_INTERNAL, "hash the name %s", name->text);
    }
    qsort(maker->names, n, sizeof(*maker->names), hashed_order);
    return 0;
}

static int leaves_fill(struct maker *maker, struct error *err)
{
    size_t at = 0;
    maker->leaves = calloc(maker->n_names, sizeof(*maker->leaves));
    if (!maker->leaves)
        return error_no_memory(err);
    while (at < maker->n_names) {
        struct leaf *leaf = &maker->leaves[maker->n_leaves++];
        leaf->first = at;
        leaf->hash = maker->names[at].hash;
        if (at > 0 && maker->names[at - 1].hash == leaf->hash)
            leaf->hash |= HASH_CONTINUES;
        for (size_t used = 0; at < maker->n_names; at++, leaf->n++) {
            used += record_bytes(maker->names[at].name->length);
            if (used > LEAF_FILL && leaf->n > 0)
                break;
        }
    }
    return 0;
}

static void leaf_put(const struct maker *maker, const struct leaf *leaf, uint8_t *block)
{
    size_t last = 0, used = 0;
    for (size_t i = 0; i < leaf->n; i++) {
        last = used;
        used += name_put(block + used, maker->names[leaf->first + i].name);
    }
    block_seal(maker, block, last, used);
}

/* The entries of a root or node at offset: children that lie one after the other from block
 * first_child on; hash[i * stride] is the leaf where child i begins. */
static void index_put(const struct maker *maker, uint8_t *block, size_t offset, size_t limit,
                      size_t first_leaf, size_t stride, size_t n, size_t first_child)
{
    for (size_t i = 0; i < n; i++) {
        struct ext4_dx_entry_disk entry = {
            .hash = le32_put(maker->leaves[first_leaf + i * stride].hash),
            .block = le32_put((uint32_t)(first_child + i)),
        };
        if (i == 0) {
            struct ext4_dx_count_disk count = {
                .limit = le16_put((uint16_t)limit),
                .count = le16_put((uint16_t)n),
            };
            memcpy(&entry.hash, &count, sizeof(count));
        }
        memcpy(block + offset + i * DX_ENTRY_BYTES, &entry, sizeof(entry));
    }
    struct ext4_dx_tail_disk tail = {0};
    uint32_t checksum = crc32c(maker->seed, block, offset + n * DX_ENTRY_BYTES);
    tail.checksum = le32_put(crc32c(checksum, &tail, sizeof(tail)));
    memcpy(block + offset + limit * DX_ENTRY_BYTES, &tail, sizeof(tail));
}

static void root_put(const struct maker *maker, uint8_t *block, size_t nodes)
{
    struct ext4_dx_info_disk info = {
        .hash_version = EXT2_HASH_HALF_MD4,
        .info_length = sizeof(info),
        .levels = nodes > 0,
    };
    dots_put(maker, block, EXT4_BLOCK_BYTES - DOT_BYTES);
    memcpy(block + ROOT_INFO_OFFSET, &info, sizeof(info));
    index_put(maker, block, ROOT_ENTRIES_OFFSET, ROOT_LIMIT, 0, nodes ? NODE_LIMIT : 1,
              nodes ? nodes : maker->n_leaves, 1);
}

static void node_put(const struct maker *maker, uint8_t *block, size_t node, size_t nodes)
{
    size_t first = node * NODE_LIMIT;
    size_t n = maker->n_leaves - first < NODE_LIMIT ? maker->n_leaves - first : NODE_LIMIT;
    record_put(block, 0, EXT4_BLOCK_BYTES, "", 0, 0);
    index_put(maker, block, NODE_ENTRIES_OFFSET, NODE_LIMIT, first, 1, n, 1 + nodes + first);
}

static int indexed_make(struct ext4_directory *out, struct maker *maker,
                        const struct tree_file *directory, struct error *err)
{
    if (names_hash(maker, directory, err) < 0 || leaves_fill(maker, err) < 0)
        return -1;
    size_t nodes =
        maker->n_leaves > ROOT_LIMIT ? (maker->n_leaves + NODE_LIMIT - 1) / NODE_LIMIT : 0;
    if (nodes > ROOT_LIMIT)
        return error_set(err, ERROR_UNSUPPORTED,
                         "%zu names in the directory %.100s; ext4 without large_dir cannot hold "
                         "that many",
                         maker->n_names, directory->name ? directory->name->text : "/");
    if (blocks_alloc(out, 1 + nodes + maker->n_leaves, err) < 0)
        return -1;

    out->indexed = true;
    root_put(maker, out->bytes, nodes);
    for (size_t i = 0; i < nodes; i++)
        node_put(maker, out->bytes + (1 + i) * EXT4_BLOCK_BYTES, i, nodes);
    for (size_t i = 0; i < maker->n_leaves; i++)
        leaf_put(maker, &maker->leaves[i], out->bytes + (1 + nodes + i) * EXT4_BLOCK_BYTES);
    return 0;
}

int ext4_directory_make(struct ext4_directory *out, const struct ext4_volume *volume,
                        const struct tree_file *directory, uint32_t parent, size_t blocks_min,
                        struct error *err)
{
    struct maker maker = {
        .volume = volume,
        .inode = directory->number,
        .parent = parent,
        .seed = ext4_volume_seed(volume, directory->number),
    };
    size_t used = 2 * DOT_BYTES;

    *out = (struct ext4_directory){0};
    for (const struct tree_name *name = directory->directory->first; name; name = name->sibling) {
        if (name->file) {
            used += record_bytes(name->length);
            maker.n_names++;
        }
    }
    int rc = used <= ROOM ? linear_make(out, &maker, directory, blocks_min ? blocks_min : 1, err)
                          : indexed_make(out, &maker, directory, err);
    free(maker.names);
    free(maker.leaves);
    if (rc < 0)
        ext4_directory_free(out);
    return rc;
}

void ext4_directory_free(struct ext4_directory *directory)
{
    free(directory->bytes);
    *directory = (struct ext4_directory){0};
}
