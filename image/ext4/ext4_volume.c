/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ext4/ext4_volume.h"

#include <string.h>
#include <sys/random.h>

#include "core/crc32c.h"
#include "core/guid.h"
#include "core/size.h"
#include "image/ext4/ext4_format.h"
#include "image/ext4/ext4_size.h"

enum {
    LOG_BLOCK_BYTES = 2,      /* s_log_block_size of EXT4_BLOCK_BYTES */
    LOG_GROUPS_PER_FLEX = 12, /* -G 4096 */
    RESERVED_PERCENT = 5,     /* blocks for root */
    CHECKSUM_CRC32C = 1,
    INODE_LAST_RESERVED = 10,
    CREATED_KILOBYTES = 1, /* s_kbytes_written may not be 0, or it is never counted */
};

static const uint32_t compatible = EXT3_FEATURE_COMPAT_HAS_JOURNAL | EXT2_FEATURE_COMPAT_EXT_ATTR |
                                   EXT2_FEATURE_COMPAT_RESIZE_INODE | EXT2_FEATURE_COMPAT_DIR_INDEX;
static const uint32_t incompatible = EXT2_FEATURE_INCOMPAT_FILETYPE |
                                     EXT3_FEATURE_INCOMPAT_EXTENTS | EXT4_FEATURE_INCOMPAT_64BIT |
                                     EXT4_FEATURE_INCOMPAT_FLEX_BG;
static const uint32_t read_only_compatible =
    EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER | EXT2_FEATURE_RO_COMPAT_LARGE_FILE |
    EXT4_FEATURE_RO_COMPAT_HUGE_FILE | EXT4_FEATURE_RO_COMPAT_DIR_NLINK |
    EXT4_FEATURE_RO_COMPAT_EXTRA_ISIZE | EXT4_FEATURE_RO_COMPAT_METADATA_CSUM;

static int failed(struct ext4_volume *volume, errcode_t code, struct error *err)
{
    return ext4_io_failed(&volume->io, code, "write ext4", err);
}

static int parameters(struct ext2_super_block *param, uint64_t bytes, uint64_t inodes,
                      struct error *err)
{
    uint64_t blocks = bytes / EXT4_BLOCK_BYTES;
    uint64_t by_ratio = bytes / EXT4_BYTES_PER_INODE;

    if (ext4_size_check(bytes, err) < 0)
        return -1;
    *param = (struct ext2_super_block){0};
    if (inodes < by_ratio)
        inodes = by_ratio;
    param->s_inodes_count = inodes < UINT32_MAX ? (uint32_t)inodes : UINT32_MAX;
    param->s_log_block_size = LOG_BLOCK_BYTES;
    param->s_log_cluster_size = LOG_BLOCK_BYTES;
    param->s_rev_level = EXT2_DYNAMIC_REV;
    param->s_inode_size = EXT4_INODE_BYTES;
    param->s_log_groups_per_flex = LOG_GROUPS_PER_FLEX;
    param->s_feature_compat = compatible;
    param->s_feature_incompat = incompatible;
    param->s_feature_ro_compat = read_only_compatible;
    /* They set the upper halves where the features have 64 bits. */
    ext2fs_blocks_count_set(param, blocks);
    ext2fs_r_blocks_count_set(param, blocks * RESERVED_PERCENT / 100);
    return 0;
}

/* What mkfs.ext4 sets after ext2fs_initialize(). */
static void super_set(struct ext4_volume *volume)
{
    ext2_filsys fs = volume->fs;
    struct ext2_super_block *super = fs->super;

    fs->now = (time_t)volume->now.seconds;
    super->s_mkfs_time = super->s_lastcheck = super->s_wtime = (uint32_t)volume->now.seconds;
    super->s_checksum_type = CHECKSUM_CRC32C;
    super->s_def_hash_version = EXT2_HASH_HALF_MD4;
    super->s_flags = EXT2_FLAGS_SIGNED_HASH; /* what x86 has, on every build machine */
    super->s_default_mount_opts = EXT2_DEFM_XATTR_USER | EXT2_DEFM_ACL;
    super->s_max_mnt_count = -1;
    super->s_checkinterval = 0;
    super->s_kbytes_written = CREATED_KILOBYTES;
}

/* Beside the journal of that many blocks: the resize inode's indirect block, and one for the
 * journal's extents where an inode cannot hold them. */
static uint64_t journal_extra(int blocks)
{
    return blocks > EXT4_EXTENTS_IN_INODE * EXT4_EXTENT_BLOCKS_MAX ? 2 : 1;
}

/* Sets a run aside where the journal fits, before anything else takes its place. */
static int journal_reserve(struct ext4_volume *volume, struct error *err)
{
    ext2_filsys fs = volume->fs;
    int blocks = ext2fs_default_journal_size(ext2fs_blocks_count(fs->super));
    uint64_t wanted = (uint64_t)blocks + journal_extra(blocks);

    ext4_space_prefer(&volume->space, wanted);
    if (blocks > 0)
        ext4_space_take(&volume->space, wanted, &volume->reserved);
    if (volume->space.missing > 0 || volume->reserved.length < wanted)
        return error_set(err, ERROR_NO_SPACE,
                         "the disk is too small for ext4 with a journal; give it a larger --size");
    volume->space.at = 0;
    volume->space.taken = 0;
    return 0;
}

int ext4_volume_create(struct ext4_volume *volume, struct blockdev *dev, uint64_t inodes,
                       struct error *err)
{
    struct ext2_super_block param;

    *volume = (struct ext4_volume){.dev = dev};
    if (epoch_get(&volume->now, err) < 0 || parameters(&param, dev->size, inodes, err) < 0)
        return -1;
    initialize_ext2_error_table();
    ext4_io_init(&volume->io, dev);
    errcode_t code = ext2fs_initialize(volume->io.name, EXT2_FLAG_64BITS, &param, ext4_io_manager(),
                                       &volume->fs);
    if (code)
        return failed(volume, code, err);
    super_set(volume);
    code = ext2fs_allocate_tables(volume->fs);
    if (code)
        return failed(volume, code, err);
    for (dgrp_t group = 0; group < volume->fs->group_desc_count; group++)
        ext2fs_bg_flags_set(volume->fs, group, EXT2_BG_INODE_ZEROED);
    if (ext4_space_init(&volume->space, volume->fs, err) < 0)
        return -1;
    volume->overhead = ext2fs_blocks_count(volume->fs->super) - volume->space.free;
    return journal_reserve(volume, err);
}

int ext4_volume_identify(struct ext4_volume *volume, const struct sha256 *identity,
                         struct error *err)
{
    struct ext2_super_block *super = volume->fs->super;
    struct guid uuid, seed;

    if (identity) {
        if (guid_derive(&uuid, identity, "ext4 uuid", err) < 0 ||
            guid_derive(&seed, identity, "ext4 hash seed", err) < 0)
            return -1;
    } else if (guid_random(&uuid, err) < 0 || guid_random(&seed, err) < 0) {
        return -1;
    }
    memcpy(super->s_uuid, uuid.byte, sizeof(super->s_uuid));
    memcpy(super->s_hash_seed, seed.byte, sizeof(super->s_hash_seed));
    ext2fs_init_csum_seed(volume->fs);
    volume->checksum_seed = crc32c(UINT32_MAX, super->s_uuid, sizeof(super->s_uuid));
    return 0;
}

uint32_t ext4_volume_seed(const struct ext4_volume *volume, uint32_t inode)
{
    struct le32 number = le32_put(inode), generation = le32_put(0);
    uint32_t seed = crc32c(volume->checksum_seed, &number, sizeof(number));
    return crc32c(seed, &generation, sizeof(generation));
}

bool ext4_volume_is_short(const struct ext4_volume *volume)
{
    return volume->space.missing > 0 || volume->inodes_missing > 0;
}

int ext4_volume_write(struct ext4_volume *volume, const void *bytes, const struct ext4_run *run,
                      struct error *err)
{
    if (ext4_volume_is_short(volume))
        return 0;
    return blockdev_pwrite(volume->dev, bytes, run->length * EXT4_BLOCK_BYTES,
                           run->start * EXT4_BLOCK_BYTES, err);
}

int ext4_volume_read(struct ext4_volume *volume, void *bytes, const struct ext4_run *run,
                     struct error *err)
{
    if (ext4_volume_is_short(volume))
        return 0;
    return blockdev_pread(volume->dev, bytes, run->length * EXT4_BLOCK_BYTES,
                          run->start * EXT4_BLOCK_BYTES, err);
}

void ext4_volume_use_blocks(struct ext4_volume *volume, uint64_t start, uint64_t length)
{
    if (ext4_volume_is_short(volume))
        return;
    ext2fs_block_alloc_stats_range(volume->fs, start, (blk_t)length, +1);
}

void ext4_volume_use_inode(struct ext4_volume *volume, uint32_t number, int directory)
{
    if (ext4_volume_is_short(volume))
        return;
    ext2fs_inode_alloc_stats2(volume->fs, number, +1, directory);
}

/* Inodes 1 to 10 but the root: empty, until the steps that follow fill some of them. */
static errcode_t reserved_inodes(ext2_filsys fs)
{
    struct ext2_inode_large empty = {0};
    for (ext2_ino_t number = 1; number <= INODE_LAST_RESERVED; number++) {
        if (number == EXT2_ROOT_INO)
            continue;
        ext2fs_inode_alloc_stats2(fs, number, +1, 0);
        errcode_t code =
            ext2fs_write_inode_full(fs, number, (struct ext2_inode *)&empty, sizeof(empty));
        if (code)
            return code;
    }
    return ext2fs_update_bb_inode(fs, NULL);
}

static errcode_t journal(struct ext4_volume *volume)
{
    ext2_filsys fs = volume->fs;
    errcode_t code = ext2fs_create_resize_inode(fs);
    if (code)
        return code;

    struct ext2fs_journal_params params = {
        .num_journal_blocks = (blk_t)ext2fs_default_journal_size(ext2fs_blocks_count(fs->super)),
    };
    fs->super->s_overhead_clusters = (uint32_t)(volume->overhead + params.num_journal_blocks);
    return ext2fs_add_journal_inode3(fs, &params, volume->reserved.start + 1,
                                     EXT2_MKJOURNAL_LAZYINIT | EXT2_MKJOURNAL_NO_MNT_CHECK);
}

int ext4_volume_finish(struct ext4_volume *volume, struct error *err)
{
    ext2_filsys fs = volume->fs;
    errcode_t code = reserved_inodes(fs);
    if (!code)
        code = journal(volume);
    if (!code)
        code = ext2fs_set_gdt_csum(fs);
    for (dgrp_t group = 0; group < fs->group_desc_count; group++)
        ext2fs_group_desc_csum_set(fs, group);
    if (!code) {
        ext2fs_mark_super_dirty(fs);
        ext2fs_mark_bb_dirty(fs);
        ext2fs_mark_ib_dirty(fs);
        code = ext2fs_close_free(&volume->fs);
    }
    return code ? failed(volume, code, err) : 0;
}

void ext4_volume_free(struct ext4_volume *volume)
{
    if (volume->fs)
        ext2fs_free(volume->fs);
    ext4_space_free(&volume->space);
}
