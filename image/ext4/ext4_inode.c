/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ext4/ext4_inode.h"

#include <string.h>

#include "core/crc32c.h"
#include "image/entry_flags.h"

enum {
    DEVICE_MAJOR_MAX = 0xfff, /* what Linux has */
    DEVICE_MINOR_MAX = 0xfffff,
    DEVICE_OLD_MAX = 0xff, /* major and minor of the old encoding */
};

/* Seconds that 34 bits hold: from 1901-12-13 to 2446-05-10. */
static const int64_t seconds_min = -(INT64_C(1) << 31);
static const int64_t seconds_max = (INT64_C(1) << 34) - (INT64_C(1) << 31) - 1;

int64_t ext4_inode_seconds(int64_t seconds)
{
    if (seconds < seconds_min)
        return seconds_min;
    return seconds > seconds_max ? seconds_max : seconds;
}

static void time_put(const struct entry_time *time, struct le32 *low, struct le32 *extra)
{
    int64_t seconds = ext4_inode_seconds(time->seconds);
    uint32_t epoch = (uint32_t)((seconds - (int32_t)seconds) >> 32) & 3;
    *low = le32_put((uint32_t)seconds);
    *extra = le32_put(time->nanoseconds << 2 | epoch);
}

static void times_put(const struct tree_file *file, struct ext4_inode_disk *to)
{
    time_put(&file->mtime, &to->mtime, &to->mtime_extra);
    time_put(&file->atime, &to->atime, &to->atime_extra);
    time_put(&file->ctime, &to->ctime, &to->ctime_extra);
    time_put(&file->crtime, &to->crtime, &to->crtime_extra);
}

/* ext4_links_split() has seen to it that there are not too many names. */
static uint16_t links(const struct tree_file *file)
{
    uint32_t n = file->links;
    if (file->type == ENTRY_DIRECTORY) {
        n = 2 + file->directory->subdirectories;
        if (n >= EXT4_LINKS_MAX)
            n = 1; /* dir_nlink: not counted */
    }
    return (uint16_t)n;
}

/* The first two words: an old form for numbers below 256, and Linux' own. */
static int device_put(const struct tree_file *file, uint8_t *block, struct error *err)
{
    if (file->major > DEVICE_MAJOR_MAX || file->minor > DEVICE_MINOR_MAX) {
        AUTO_FREE char *path = NULL;
        if (tree_path(file, &path, err) < 0)
            return -1;
        return error_set(
            err, ERROR_UNSUPPORTED,
            "%.200s: the device %u:%u; Linux has %d:%d at most; make the archive again without it",
            path, file->major, file->minor, DEVICE_MAJOR_MAX, DEVICE_MINOR_MAX);
    }
    bool old = file->major <= DEVICE_OLD_MAX && file->minor <= DEVICE_OLD_MAX;
    uint32_t new = (file->minor & 0xff) | file->major << 8 | (file->minor & ~0xffu) << 12;
    struct le32 words[2] = {
        le32_put(old ? file->major << 8 | file->minor : 0),
        le32_put(old ? 0 : new),
    };
    memcpy(block, words, sizeof(words));
    return 0;
}

/* What i_block holds: an extent tree, a short target, a device, or nothing. */
static int block_put(struct ext4_inodes *inodes, const struct tree_file *file,
                     const struct ext4_inode_content *content, struct ext4_inode_disk *to,
                     uint64_t *blocks, struct error *err)
{
    *blocks = 0;
    switch (file->type) {
    case ENTRY_CHARACTER:
    case ENTRY_BLOCK:
        return device_put(file, to->block, err);
    case ENTRY_FIFO:
    case ENTRY_SOCKET:
        return 0;
    case ENTRY_SYMLINK:
        if (!content->map) {
            memcpy(to->block, file->target, (size_t)content->size);
            return 0;
        }
        break;
    default:
        break;
    }
    to->flags = le32_put(content->flags | EXT4_INODE_EXTENTS | entry_flags_to_linux(file->flags));
    if (ext4_extents_write(inodes->volume, content->map, file->number, to->block, blocks, err) < 0)
        return -1;
    *blocks += content->map ? content->map->blocks : 0;
    return 0;
}

static void checksum_put(const struct ext4_volume *volume, uint32_t number,
                         struct ext4_inode_disk *inode)
{
    uint32_t checksum = crc32c(ext4_volume_seed(volume, number), inode, sizeof(*inode));
    inode->checksum_low = le16_put((uint16_t)checksum);
    inode->checksum_high = le16_put((uint16_t)(checksum >> 16));
}

static int inode_make(struct ext4_inodes *inodes, const struct tree_file *file,
                      const struct ext4_inode_content *content, struct ext4_inode_disk *to,
                      struct error *err)
{
    uint64_t blocks, xattr_block, xattr_blocks;

    *to = (struct ext4_inode_disk){
        .mode = le16_put((uint16_t)(entry_type_bits(file->type) | file->mode)),
        .uid_low = le16_put((uint16_t)file->uid),
        .uid_high = le16_put((uint16_t)(file->uid >> 16)),
        .gid_low = le16_put((uint16_t)file->gid),
        .gid_high = le16_put((uint16_t)(file->gid >> 16)),
        .size_low = le32_put((uint32_t)content->size),
        .size_high = le32_put((uint32_t)(content->size >> 32)),
        .links = le16_put(links(file)),
        .version_low = le32_put(content->version),
        .extra_size = le16_put(EXT4_INODE_EXTRA_BYTES),
    };
    times_put(file, to);
    if (block_put(inodes, file, content, to, &blocks, err) < 0)
        return -1;
    ext4_xattrs_inode(inodes->xattrs, file, to, &xattr_block, &xattr_blocks);
    to->xattr_block_low = le32_put((uint32_t)xattr_block);
    to->xattr_block_high = le16_put((uint16_t)(xattr_block >> 32));
    blocks = (blocks + xattr_blocks) * EXT4_SECTORS_PER_BLOCK;
    to->blocks_low = le32_put((uint32_t)blocks);
    to->blocks_high = le16_put((uint16_t)(blocks >> 32));
    checksum_put(inodes->volume, file->number, to);
    return 0;
}

int ext4_inodes_finish(struct ext4_inodes *inodes, struct error *err)
{
    if (inodes->physical == 0)
        return 0;
    const struct ext4_run run = {.start = inodes->physical, .length = 1};
    inodes->physical = 0;
    return ext4_volume_write(inodes->volume, inodes->block, &run, err);
}

int ext4_inodes_put(struct ext4_inodes *inodes, const struct tree_file *file,
                    const struct ext4_inode_content *content, struct error *err)
{
    ext2_filsys fs = inodes->volume->fs;
    uint32_t index = file->number - 1;

    if (ext4_volume_is_short(inodes->volume)) { /* the number may have no place */
        struct ext4_inode_disk counted;
        return inode_make(inodes, file, content, &counted, err);
    }
    uint32_t in_group = index % fs->super->s_inodes_per_group;
    uint32_t per_block = array_length(inodes->block);
    uint64_t physical =
        ext2fs_inode_table_loc(fs, index / fs->super->s_inodes_per_group) + in_group / per_block;

    if (physical != inodes->physical) {
        if (ext4_inodes_finish(inodes, err) < 0)
            return -1;
        memset(inodes->block, 0, sizeof(inodes->block));
        inodes->physical = physical;
    }
    ext4_volume_use_inode(inodes->volume, file->number, file->type == ENTRY_DIRECTORY);
    return inode_make(inodes, file, content, &inodes->block[in_group % per_block], err);
}
