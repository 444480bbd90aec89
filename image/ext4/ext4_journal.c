/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is copied: a block that a committed transaction holds is read from the journal itself.
 *
 *     transaction   descriptor (tags: which blocks) | their copies ... | more descriptors ...
 *                   | revoke blocks (older copies of these no longer count) | commit
 *
 * The log is a ring from s_first to s_maxlen; it ends at the first block that does not carry the
 * expected sequence number. */
#include "image/ext4/ext4_journal.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/cancel.h"
#include "core/crc32c.h"
#include "image/ext4/ext4_content.h"
#include "image/ext4/ext4_redirect.h"

enum {
    MAGIC = (int)0xc03b3998,
    BLOCK_DESCRIPTOR = 1,
    BLOCK_COMMIT = 2,
    BLOCK_REVOKE = 5,

    FEATURE_REVOKE = 1,
    FEATURE_64BIT = 2,
    FEATURE_ASYNC_COMMIT = 4,
    FEATURE_CHECKSUM_V2 = 8,
    FEATURE_CHECKSUM_V3 = 16,
    FEATURES_KNOWN = FEATURE_REVOKE | FEATURE_64BIT | FEATURE_ASYNC_COMMIT | FEATURE_CHECKSUM_V2 |
                     FEATURE_CHECKSUM_V3,

    TAG_ESCAPED = 1, /* the copy's first four bytes were the magic, and are 0 in the journal */
    TAG_SAME_UUID = 2,
    TAG_LAST = 8,

    HEADER_BYTES = 12,
    UUID_BYTES = 16,
    TAIL_BYTES = 4,
    SUPER_UUID = 0x30, /* offsets in the journal's superblock */
    COMMIT_CHECKSUM = 0x10,
};

struct journal {
    struct ext4_content content; /* of the journal's inode: where its blocks lie */
    struct blockdev *dev;
    uint32_t block_bytes, length, first, start, sequence, features;
    uint32_t checksum_seed;
    uint8_t *block;
    struct ext4_redirect *redirect;
    struct error *err;
};

/* A place in the ring. */
struct cursor {
    uint32_t block, sequence;
    uint64_t passed; /* blocks, so that a ring of nonsense ends */
};

static uint32_t be32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int damaged(struct journal *journal, const char *what)
{
    return error_set(journal->err, ERROR_DAMAGED,
                     "the journal of the ext4 file system is damaged (%s); e2fsck -fn tells more",
                     what);
}

/* Where block n of the journal lies on the disk; 0: nowhere. */
static uint64_t physical(const struct journal *journal, uint32_t n)
{
    const struct ext4_map_builder *map = &journal->content.map;
    size_t low = 0, high = map->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct ext4_extent *extent = &map->list[middle];
        if (n >= extent->logical + (uint64_t)extent->length)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == map->n || n < map->list[low].logical)
        return 0;
    return map->list[low].physical + (n - map->list[low].logical);
}

static int block_read(struct journal *journal, uint32_t n)
{
    uint64_t at = physical(journal, n);
    if (at == 0)
        return damaged(journal, "a block of it is missing");
    return blockdev_pread(journal->dev, journal->block, journal->block_bytes,
                          at * journal->block_bytes, journal->err);
}

static bool has_checksums(const struct journal *journal)
{
    return journal->features & (FEATURE_CHECKSUM_V2 | FEATURE_CHECKSUM_V3);
}

/* The checksum of journal->block, whose own place counts as zero. */
static bool checksum_right(struct journal *journal, size_t place)
{
    if (!has_checksums(journal))
        return true;
    uint32_t stored = be32(journal->block + place);
    memset(journal->block + place, 0, sizeof(stored));
    return crc32c(journal->checksum_seed, journal->block, journal->block_bytes) == stored;
}

static void advance(const struct journal *journal, struct cursor *cursor, uint32_t n)
{
    cursor->passed += n;
    cursor->block += n;
    while (cursor->block >= journal->length)
        cursor->block -= journal->length - journal->first;
}

/* ---- superblock ---- */

static int super_read(struct journal *journal)
{
    const uint8_t *super = journal->block;
    if (block_read(journal, 0) < 0)
        return -1;
    if (be32(super) != (uint32_t)MAGIC || be32(super + 0x0c) != journal->block_bytes)
        return damaged(journal, "its superblock");
    journal->length = be32(super + 0x10);
    journal->first = be32(super + 0x14);
    journal->sequence = be32(super + 0x18);
    journal->start = be32(super + 0x1c);
    journal->features = be32(super + 0x28);
    journal->checksum_seed = crc32c(UINT32_MAX, super + SUPER_UUID, UUID_BYTES);
    if (journal->features & ~(uint32_t)FEATURES_KNOWN)
        return error_set(journal->err, ERROR_UNSUPPORTED,
                         "the journal of the ext4 file system has features that are not known here "
                         "(0x%x, as fast commits); mount it once, or run e2fsck on a copy",
                         journal->features & ~(uint32_t)FEATURES_KNOWN);
    if (journal->first == 0 || journal->length <= journal->first ||
        (journal->start && (journal->start < journal->first || journal->start >= journal->length)))
        return damaged(journal, "its superblock");
    return 0;
}

/* ---- transactions ---- */

struct tag {
    uint64_t block;
    uint32_t flags;
    size_t bytes; /* on disk */
};

/* Without the UUID that may follow. */
static size_t tag_bytes(const struct journal *journal)
{
    if (journal->features & FEATURE_CHECKSUM_V3)
        return 16;
    return journal->features & FEATURE_64BIT ? 12 : 8;
}

static struct tag tag_get(const struct journal *journal, const uint8_t *at)
{
    struct tag tag = {.block = be32(at), .bytes = tag_bytes(journal)};
    tag.flags =
        journal->features & FEATURE_CHECKSUM_V3 ? be32(at + 4) : (uint32_t)(at[6] << 8 | at[7]);
    if (journal->features & FEATURE_64BIT)
        tag.block |= (uint64_t)be32(at + 8) << 32;
    tag.bytes += tag.flags & TAG_SAME_UUID ? 0 : UUID_BYTES;
    return tag;
}

/* The copies behind the descriptor in journal->block; they count where apply is set. */
static int descriptor_take(struct journal *journal, struct cursor *cursor, bool apply)
{
    size_t end = journal->block_bytes - (has_checksums(journal) ? TAIL_BYTES : 0);
    for (size_t at = HEADER_BYTES; at + tag_bytes(journal) <= end;) {
        struct tag tag = tag_get(journal, journal->block + at);
        uint64_t copy = physical(journal, cursor->block);
        if (apply && copy == 0)
            return damaged(journal, "a block of it is missing");
        if (apply && ext4_redirect_add(journal->redirect, tag.block, copy, cursor->sequence,
                                       tag.flags & TAG_ESCAPED, journal->err) < 0)
            return -1;
        advance(journal, cursor, 1);
        at += tag.bytes;
        if (tag.flags & TAG_LAST)
            break;
    }
    return 0;
}

static int revoke_take(struct journal *journal, uint32_t sequence)
{
    size_t step = journal->features & FEATURE_64BIT ? 8 : 4;
    size_t end = be32(journal->block + HEADER_BYTES);
    size_t most = journal->block_bytes - (has_checksums(journal) ? TAIL_BYTES : 0);
    if (end > most)
        return damaged(journal, "a revoke block");
    for (size_t at = HEADER_BYTES + 4; at + step <= end; at += step) {
        uint64_t block = be32(journal->block + at);
        if (step == 8)
            block = block << 32 | be32(journal->block + at + 4);
        if (ext4_redirect_revoke(journal->redirect, block, sequence, journal->err) < 0)
            return -1;
    }
    return 0;
}

/* One pass over the log: to its end (last NULL), or over the transactions before *last, whose
 * revocations or copies are taken. *ended is the sequence number that was expected last. */
static int pass(struct journal *journal, uint32_t before, bool revokes, bool copies,
                uint32_t *ended)
{
    struct cursor cursor = {.block = journal->start, .sequence = journal->sequence};
    while (cursor.sequence != before && cursor.passed < journal->length) {
        if (cancel_check(journal->err) < 0 || block_read(journal, cursor.block) < 0)
            return -1;
        uint32_t type = be32(journal->block + 4);
        if (be32(journal->block) != (uint32_t)MAGIC || be32(journal->block + 8) != cursor.sequence)
            break;
        advance(journal, &cursor, 1);
        size_t tail = journal->block_bytes - TAIL_BYTES;
        if (type == BLOCK_COMMIT) {
            if (!checksum_right(journal, COMMIT_CHECKSUM))
                break;
            cursor.sequence++;
        } else if (!checksum_right(journal, tail)) {
            break;
        } else if (type == BLOCK_DESCRIPTOR) {
            if (descriptor_take(journal, &cursor, copies) < 0)
                return -1;
        } else if (type == BLOCK_REVOKE) {
            if (revokes && revoke_take(journal, cursor.sequence) < 0)
                return -1;
        } else {
            break;
        }
    }
    *ended = cursor.sequence;
    return 0;
}

static int replay(struct journal *journal)
{
    uint32_t end, ignored;
    if (super_read(journal) < 0)
        return -1;
    if (journal->start == 0)
        return 0; /* empty */
    /* No transaction is numbered one before the first: the pass goes to the end of the log. */
    if (pass(journal, journal->sequence - 1, false, false, &end) < 0 ||
        pass(journal, end, true, false, &ignored) < 0)
        return -1;
    return pass(journal, end, false, true, &ignored);
}

int ext4_journal_replay(struct blockdev **out, struct blockdev *dev, ext2_filsys fs,
                        const struct ext4_io *io, struct error *err)
{
    struct journal journal = {
        .dev = dev,
        .block_bytes = fs->blocksize,
        .err = err,
    };
    uint32_t inode = fs->super->s_journal_inum;
    int rc = -1;

    if (inode == 0)
        return error_set(err, ERROR_UNSUPPORTED,
                         "the ext4 file system has its journal on another disk; mount it once");
    AUTO_FREE uint8_t *block = malloc(fs->blocksize);
    journal.block = block;
    if (!block)
        return error_no_memory(err);
    if (ext4_redirect_new(&journal.redirect, fs->blocksize, err) < 0)
        return -1;
    if (ext4_content_init(&journal.content, fs, io, dev, err) == 0 &&
        ext4_content_begin(&journal.content, inode, 1, err) == 0)
        rc = replay(&journal);
    ext4_content_free(&journal.content);
    if (rc < 0) {
        ext4_redirect_free(journal.redirect);
        return -1;
    }
    *out = ext4_redirect_device(journal.redirect, dev);
    return 0;
}
