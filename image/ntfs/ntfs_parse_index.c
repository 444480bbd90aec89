/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_parse_index.h"

#include <inttypes.h>
#include <string.h>

#include "core/attributes.h"
#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_parse.h"
#include "image/ntfs/ntfs_parse_set.h"

enum {
    BITMAP_PART_BYTES = 4096,
};

struct walk {
    struct ntfs_parse *parse;
    const struct ntfs_file *file;
    const struct ntfs_whole *blocks, *bitmap; /* INDEX_ALLOCATION and BITMAP; may be NULL */
    uint64_t n_blocks;
    uint32_t block_bytes, collation, type;
    struct ntfs_set seen; /* blocks */
    uint8_t before[NTFS_KEY_BYTES_MAX];
    size_t before_length; /* 0: there was none */
    bool broken;
    int (*each)(void *context, const struct ntfs_index_item *item, struct error *err);
    void *context;
};

/* Judges, and remembers that parts of the index are not seen. */
static int broken(struct walk *walk, enum ntfs_rule rule, const char *what, struct error *err)
{
    walk->broken = true;
    return ntfs_judge(walk->parse->judge, rule, err, "record %" PRIu64 ": an index %s",
                      walk->file->records[0].number, what);
}

/* ---- order ---- */

static uint32_t word_at(const uint8_t *bytes)
{
    struct le32 word;
    memcpy(&word, bytes, sizeof(word));
    return le32_get(word);
}

static int words_compare(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
    size_t n = a_length < b_length ? a_length : b_length;
    for (size_t i = 0; i + 4 <= n; i += 4) {
        uint32_t x = word_at(a + i), y = word_at(b + i);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return a_length == b_length ? 0 : a_length < b_length ? -1 : 1;
}

static bool name_fits(const uint8_t *key, size_t n)
{
    struct ntfs_file_name_disk disk;
    if (n < sizeof(disk))
        return false;
    memcpy(&disk, key, sizeof(disk));
    return disk.length > 0 && n >= sizeof(disk) + 2 * (size_t)disk.length;
}

static int names_compare(const struct walk *walk, const uint8_t *a, const uint8_t *b)
{
    struct ntfs_file_name_disk x, y;
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return ntfs_parse_name_compare(walk->parse, a + sizeof(x), x.length, b + sizeof(y), y.length);
}

/* Whether a key may follow the one before. How SIDs are put in order is not documented. */
static bool follows(const struct walk *walk, const uint8_t *key, size_t n)
{
    if (walk->before_length == 0)
        return true;
    switch (walk->collation) {
    case NTFS_COLLATION_NAME:
        return names_compare(walk, walk->before, key) < 0;
    case NTFS_COLLATION_U32:
    case NTFS_COLLATION_SECURITY_HASH:
    case NTFS_COLLATION_U32S:
        return words_compare(walk->before, walk->before_length, key, n) < 0;
    default:
        return true;
    }
}

/* ---- nodes ---- */

static int node_walk(struct walk *walk, const uint8_t *head, size_t room, unsigned depth,
                     struct error *err);

/* The block at a cluster of the attribute, and all below it. */
static int child_walk(struct walk *walk, uint64_t cluster, unsigned depth, struct error *err)
{
    uint32_t cluster_bytes = walk->parse->geometry.cluster_bytes;
    uint32_t unit = cluster_bytes <= walk->block_bytes ? cluster_bytes : NTFS_SECTOR_BYTES;
    uint32_t units = walk->block_bytes / unit;
    struct ntfs_index_block_disk disk;

    if (depth >= NTFS_INDEX_DEPTH_MAX || cluster % units != 0 || cluster / units >= walk->n_blocks)
        return broken(walk, NTFS_RULE_INDEX_CHILD, "leads to a block that it does not have", err);
    int added = ntfs_set_add(&walk->seen, cluster / units, err);
    if (added < 0)
        return -1;
    if (added == 0)
        return broken(walk, NTFS_RULE_INDEX_CHILD, "leads to one block twice", err);
    AUTO_FREE uint8_t *block = malloc(walk->block_bytes);
    if (!block)
        return error_no_memory(err);
    if (ntfs_stream_read(walk->parse, &walk->blocks->stream, block, walk->block_bytes,
                         cluster / units * walk->block_bytes, err) < 0)
        return -1;
    memcpy(&disk, block, sizeof(disk));
    if (memcmp(disk.magic, "INDX", sizeof(disk.magic)) != 0)
        return broken(walk, NTFS_RULE_INDEX_SIGNATURE, "has a block that does not begin as one",
                      err);
    if (!ntfs_parse_fixups(block, walk->block_bytes))
        return broken(walk, NTFS_RULE_INDEX_FIXUPS, "has a block that was written in part", err);
    if (le64_get(disk.number) != cluster)
        return broken(walk, NTFS_RULE_INDEX_BLOCK, "has a block that says it is another one", err);
    size_t at = offsetof(struct ntfs_index_block_disk, head);
    return node_walk(walk, block + at, walk->block_bytes - at, depth, err);
}

struct node_entry {
    struct ntfs_index_item item;
    size_t length;
    bool last, has_child;
    uint64_t child;
};

/* False where it does not fit into the rest of its node, or has not the form of its kind. */
static bool entry_get(const struct walk *walk, struct node_entry *to, const uint8_t *bytes,
                      size_t rest)
{
    struct ntfs_index_entry_disk disk;
    if (rest < sizeof(disk))
        return false;
    memcpy(&disk, bytes, sizeof(disk));
    uint16_t flags = le16_get(disk.flags);
    *to = (struct node_entry){
        .length = le16_get(disk.length),
        .last = flags & NTFS_ENTRY_IS_LAST,
        .has_child = flags & NTFS_ENTRY_HAS_CHILD,
        .item = {.file = le64_get(disk.file),
                 .key = bytes + sizeof(disk),
                 .key_length = le16_get(disk.key_length)},
    };
    size_t end = to->length - (to->has_child ? sizeof(struct le64) : 0);
    if (to->length < sizeof(disk) || to->length % 8 != 0 || to->length > rest ||
        end < sizeof(disk) || end > to->length)
        return false;
    if (to->has_child) {
        struct le64 child;
        memcpy(&child, bytes + end, sizeof(child));
        to->child = le64_get(child);
    }
    if (to->last)
        return true;
    size_t key = to->item.key_length;
    if (key == 0 || key > NTFS_KEY_BYTES_MAX || key > end - sizeof(disk))
        return false;
    if (walk->type == NTFS_FILE_NAME)
        return name_fits(to->item.key, key);
    /* Where its data lies: two words in the place of the reference. */
    size_t data = to->item.file & 0xffff, n = to->item.file >> 16 & 0xffff;
    if (n > 0 && (data > end || n > end - data))
        return false;
    to->item.data = bytes + data;
    to->item.data_length = n;
    return true;
}

static int entry_use(struct walk *walk, const struct node_entry *entry, struct error *err)
{
    const struct ntfs_index_item *item = &entry->item;
    if (!follows(walk, item->key, item->key_length) &&
        ntfs_judge(walk->parse->judge, NTFS_RULE_INDEX_ORDER, err,
                   "record %" PRIu64 ": its index is not in order, from record %" PRIu64 " on",
                   walk->file->records[0].number, ntfs_reference_number(item->file)) < 0)
        return -1;
    memcpy(walk->before, item->key, item->key_length);
    walk->before_length = item->key_length;
    return walk->each ? walk->each(walk->context, item, err) : 0;
}

/* head: of a node, with room bytes from there on. */
static int node_walk(struct walk *walk, const uint8_t *head, size_t room, unsigned depth,
                     struct error *err)
{
    struct ntfs_index_head_disk disk;
    struct node_entry entry;

    memcpy(&disk, head, sizeof(disk));
    size_t at = le32_get(disk.entries), used = le32_get(disk.used);
    if (at < sizeof(disk) || at % 8 != 0 || at > used || used > le32_get(disk.allocated) ||
        le32_get(disk.allocated) > room)
        return broken(walk, NTFS_RULE_INDEX_ENTRY, "has a node whose sizes do not fit each other",
                      err);
    do {
        if (!entry_get(walk, &entry, head + at, used - at) ||
            entry.has_child != (disk.has_children & 1))
            return broken(walk, NTFS_RULE_INDEX_ENTRY, "has an entry that does not fit its node",
                          err);
        if (entry.has_child && child_walk(walk, entry.child, depth + 1, err) < 0)
            return -1;
        if (!entry.last && entry_use(walk, &entry, err) < 0)
            return -1;
        at += entry.length;
    } while (!entry.last);
    return 0;
}

/* ---- the whole ---- */

/* Which blocks are in use, as the bitmap says and as was seen. */
static int bitmap_compare(struct walk *walk, struct error *err)
{
    uint8_t part[BITMAP_PART_BYTES];
    uint64_t size = walk->bitmap ? walk->bitmap->stream.size : 0;

    if (walk->n_blocks > 8 * size)
        return ntfs_judge(walk->parse->judge, NTFS_RULE_INDEX_BITMAP, err,
                          "record %" PRIu64 ": the bitmap of an index is too short",
                          walk->file->records[0].number);
    for (uint64_t at = 0; at < size; at += sizeof(part)) {
        size_t n = size - at < sizeof(part) ? (size_t)(size - at) : sizeof(part);
        if (ntfs_stream_read(walk->parse, &walk->bitmap->stream, part, n, at, err) < 0)
            return -1;
        for (size_t i = 0; i < n; i++) {
            uint8_t differs = part[i] ^ ntfs_set_byte(&walk->seen, at + i);
            if (differs)
                return ntfs_judge(
                    walk->parse->judge, NTFS_RULE_INDEX_BITMAP, err,
                    "record %" PRIu64 ": block %" PRIu64 " of an index is %s",
                    walk->file->records[0].number, 8 * (at + i) + (unsigned)__builtin_ctz(differs),
                    part[i] & differs & -differs ? "marked as used, but no node leads to it"
                                                 : "used, but marked as free");
        }
    }
    return 0;
}

static int root_get(struct walk *walk, const struct ntfs_whole *root, struct error *err)
{
    struct ntfs_index_root_disk disk = {0};
    bool fits = root->piece->resident && root->piece->value_length >= sizeof(disk);
    if (fits)
        memcpy(&disk, root->piece->value, sizeof(disk));
    walk->type = le32_get(disk.type);
    walk->collation = le32_get(disk.collation);
    walk->block_bytes = le32_get(disk.block_bytes);
    bool directory = ntfs_piece_is(root->piece, NTFS_INDEX_ROOT, "$I30");
    if (!fits || walk->block_bytes < NTFS_SECTOR_BYTES ||
        walk->block_bytes > NTFS_BLOCK_BYTES_MAX ||
        (walk->block_bytes & (walk->block_bytes - 1)) != 0 ||
        directory != (walk->type == NTFS_FILE_NAME) ||
        directory != (walk->collation == NTFS_COLLATION_NAME))
        return broken(walk, NTFS_RULE_INDEX_ROOT, "has a root that describes none", err);
    if (!walk->blocks)
        return 1;
    const struct ntfs_stream *stream = &walk->blocks->stream;
    if (walk->blocks->piece->resident || walk->blocks->piece->flags != 0 ||
        stream->stored != stream->clusters || stream->size > walk->parse->dev->size)
        return broken(walk, NTFS_RULE_INDEX_ROOT, "has blocks in a place where none can be", err);
    walk->n_blocks = stream->size / walk->block_bytes;
    return 1;
}

int ntfs_parse_index(struct ntfs_parse *parse, const struct ntfs_file *file,
                     const struct ntfs_whole *root,
                     int (*each)(void *context, const struct ntfs_index_item *item,
                                 struct error *err),
                     void *context, struct error *err)
{
    struct walk walk = {
        .parse = parse,
        .file = file,
        .blocks = ntfs_file_beside(file, NTFS_INDEX_ALLOCATION, root->piece),
        .bitmap = ntfs_file_beside(file, NTFS_BITMAP_ATTRIBUTE, root->piece),
        .each = each,
        .context = context,
    };
    size_t at = offsetof(struct ntfs_index_root_disk, head);

    int status = root_get(&walk, root, err);
    if (status <= 0)
        return status;
    if (ntfs_set_begin(&walk.seen, walk.n_blocks, err) < 0)
        return -1;
    status = node_walk(&walk, root->piece->value + at, root->piece->value_length - at, 0, err);
    if (status == 0 && !walk.broken)
        status = bitmap_compare(&walk, err);
    ntfs_set_free(&walk.seen);
    return status < 0 ? -1 : !walk.broken;
}
