/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ext4/ext4_scan.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/cancel.h"
#include "image/entry_flags.h"
#include "image/ext4/ext4_acl.h"
#include "image/ext4/ext4_format.h"
#include "image/ext4/ext4_inode.h"
#include "image/tree_numbers.h"

enum {
    SCAN_BLOCKS = 256,       /* of an inode table read at once */
    INODE_BYTES_READ = 1024, /* of one inode at most */
    CANCEL_EVERY = 1024,     /* inodes */
    SECOND_NS = 1000000000,
    FAST_SYMLINK_MAX = EXT4_INODE_BLOCK_BYTES - 1,
};

struct scan {
    struct tree *tree;
    ext2_filsys fs;
    const struct ext4_io *io;
    struct tree_numbers files; /* by inode */

    struct tree_file *directory; /* whose names are being read */
    struct error *err;
    int rc;
};

static int failed(const struct scan *scan, errcode_t code, const char *what, uint32_t inode)
{
    char text[64];
    snprintf(text, sizeof(text), "read %s of inode %u", what, inode);
    if (ext4_io_failed(scan->io, code, text, scan->err) < 0 && scan->err &&
        scan->err->code == ERROR_INTERNAL) {
        scan->err->code = ERROR_DAMAGED;
        error_wrap(scan->err, "the file system is damaged, e2fsck -fn tells more");
    }
    return -1;
}

/* ---- inodes ---- */

/* Nanoseconds that cannot be are taken for none. */
static struct entry_time time_get(uint32_t seconds, uint32_t extra)
{
    uint32_t nanoseconds = extra >> 2;
    return (struct entry_time){
        .seconds = (int32_t)seconds + ((int64_t)(extra & 3) << 32),
        .nanoseconds = nanoseconds < SECOND_NS ? nanoseconds : 0,
    };
}

static void times_get(struct tree_file *file, const struct ext2_inode_large *inode, bool has_extra)
{
    file->mtime = time_get(inode->i_mtime, has_extra ? inode->i_mtime_extra : 0);
    file->atime = time_get(inode->i_atime, has_extra ? inode->i_atime_extra : 0);
    file->ctime = time_get(inode->i_ctime, has_extra ? inode->i_ctime_extra : 0);
    file->crtime = has_extra ? time_get(inode->i_crtime, inode->i_crtime_extra) : file->mtime;
}

static void device_get(struct tree_file *file, const struct ext2_inode *inode)
{
    uint32_t old = inode->i_block[0], new = inode->i_block[1];
    if (old) {
        file->major = old >> 8 & 0xff;
        file->minor = old & 0xff;
    } else {
        file->major = new >> 8 & 0xfff;
        file->minor = (new & 0xff) | (new >> 12 & 0xfff00);
    }
}

struct xattr_list {
    struct tree *tree;
    struct tree_xattr *list;
    size_t n, size;
    bool failed;
};

static int xattr_note(char *name, char *value, size_t size, void *context)
{
    struct xattr_list *to = context;
    bool acl = strcmp(name, "system.posix_acl_access") == 0 ||
               strcmp(name, "system.posix_acl_default") == 0;
    if (strcmp(name, "system.data") == 0) /* content of an inline file */
        return 0;
    if (to->n == to->size)
        return XATTR_ABORT;

    const uint8_t *disk = (const uint8_t *)value;
    size_t shown = acl ? ext4_acl_attribute_size(disk, size) : size;
    acl = acl && shown > 0;
    if (!acl)
        shown = size;
    uint8_t *copy = arena_alloc(&to->tree->arena, shown + 1);
    const char *name_copy = arena_copy(&to->tree->arena, name, strlen(name));
    if (!copy || !name_copy) {
        to->failed = true;
        return XATTR_ABORT;
    }
    if (acl)
        ext4_acl_attribute_put(copy, disk, size);
    else if (size)
        memcpy(copy, value, size);
    to->list[to->n++] =
        (struct tree_xattr){.name = name_copy, .value = copy, .size = (uint32_t)shown};
    return 0;
}

static bool may_have_xattrs(ext2_filsys fs, const struct ext2_inode_large *inode)
{
    size_t at = EXT4_INODE_OLD_BYTES + inode->i_extra_isize;
    uint32_t magic = 0;
    size_t bytes = EXT2_INODE_SIZE(fs->super);
    if (bytes > INODE_BYTES_READ)
        bytes = INODE_BYTES_READ;
    if (bytes > EXT4_INODE_OLD_BYTES && at % 4 == 0 && at + sizeof(magic) <= bytes)
        memcpy(&magic, (const uint8_t *)inode + at, sizeof(magic));
    return inode->i_file_acl || inode->osd2.linux2.l_i_file_acl_high ||
           ext2fs_le32_to_cpu(magic) == (uint32_t)EXT4_XATTR_MAGIC;
}

static int xattrs_get(struct scan *scan, struct tree_file *file,
                      const struct ext2_inode_large *inode)
{
    struct ext2_xattr_handle *handle;
    struct xattr_list to = {.tree = scan->tree};
    if (!may_have_xattrs(scan->fs, inode))
        return 0;

    errcode_t code = ext2fs_xattrs_open(scan->fs, file->number, &handle);
    if (code)
        return failed(scan, code, "attributes", file->number);
    code = ext2fs_xattrs_read(handle);
    if (!code)
        code = ext2fs_xattrs_count(handle, &to.size);
    if (!code && to.size > 0 && to.size <= UINT16_MAX) {
        to.list = arena_alloc(&scan->tree->arena, to.size * sizeof(*to.list));
        to.failed = !to.list;
        if (to.list)
            code = ext2fs_xattrs_iterate(handle, xattr_note, &to);
    }
    ext2fs_xattrs_close(&handle);
    if (to.failed)
        return error_no_memory(scan->err);
    if (code)
        return failed(scan, code, "attributes", file->number);
    file->xattrs = to.list;
    file->n_xattrs = (uint16_t)to.n;
    return 0;
}

static int symlink_get(struct scan *scan, struct tree_file *file, const struct ext2_inode *inode)
{
    if (file->size > TARGET_BYTES_MAX || file->size == 0)
        return error_set(scan->err, ERROR_DAMAGED,
                         "the symbolic link in inode %u has a target of %llu bytes; e2fsck -fn "
                         "tells more",
                         file->number, (unsigned long long)file->size);
    if (file->size > FAST_SYMLINK_MAX || inode->i_flags & EXT4_INLINE_DATA_FL ||
        inode->i_flags & EXT4_EXTENTS_FL)
        return 0;
    if (memchr(inode->i_block, '\0', (size_t)file->size))
        return error_set(scan->err, ERROR_DAMAGED,
                         "the target of a symbolic link (inode %u) is cut short; e2fsck -fn tells "
                         "more",
                         file->number);
    file->target = arena_copy(&scan->tree->arena, inode->i_block, (size_t)file->size);
    return file->target ? 0 : error_no_memory(scan->err);
}

static int inode_note(struct scan *scan, uint32_t number, const struct ext2_inode_large *large)
{
    const struct ext2_inode *inode = (const struct ext2_inode *)large;
    enum entry_type type;
    struct tree_file *file;
    bool has_extra = EXT2_INODE_SIZE(scan->fs->super) > EXT4_INODE_OLD_BYTES &&
                     large->i_extra_isize >=
                         offsetof(struct ext2_inode_large, i_version_hi) - EXT4_INODE_OLD_BYTES;

    if (number != EXT4_INODE_ROOT && number < EXT2_FIRST_INODE(scan->fs->super))
        return 0;
    if (inode->i_links_count == 0 || !entry_type_of(inode->i_mode, &type))
        return 0;
    if (inode->i_flags & EXT4_EA_INODE_FL)
        return 0;
    if (inode->i_flags & EXT4_ENCRYPT_FL)
        return error_set(scan->err, ERROR_UNSUPPORTED,
                         "inode %u is encrypted; decrypt it on the system that has the key",
                         number);
    if (number == EXT4_INODE_ROOT)
        file = scan->tree->root;
    else if (tree_file_new(scan->tree, type, &file, scan->err) < 0)
        return -1;
    if (number == EXT4_INODE_ROOT && type != ENTRY_DIRECTORY)
        return error_set(scan->err, ERROR_DAMAGED,
                         "the root is no directory; e2fsck -fn tells "
                         "more");
    file->number = number;
    file->mode = inode->i_mode & MODE_PERMISSIONS;
    file->uid = inode_uid(*inode);
    file->gid = inode_gid(*inode);
    file->size = type == ENTRY_DIRECTORY ? 0 : EXT2_I_SIZE(inode);
    if (type == ENTRY_FILE || type == ENTRY_DIRECTORY)
        file->flags = entry_flags_from_linux(inode->i_flags);
    times_get(file, large, has_extra);
    if (type == ENTRY_CHARACTER || type == ENTRY_BLOCK)
        device_get(file, inode);
    if (type == ENTRY_SYMLINK && symlink_get(scan, file, inode) < 0)
        return -1;
    if (xattrs_get(scan, file, large) < 0)
        return -1;
    return tree_numbers_add(&scan->files, file, scan->err);
}

static int inodes_scan(struct scan *scan)
{
    union {
        struct ext2_inode_large large;
        uint8_t bytes[INODE_BYTES_READ];
    } inode;
    ext2_inode_scan it;
    ext2_ino_t number;
    int rc = 0;

    errcode_t code = ext2fs_open_inode_scan(scan->fs, SCAN_BLOCKS, &it);
    if (code)
        return failed(scan, code, "the table", 1);
    while (rc == 0) {
        memset(&inode, 0, sizeof(inode));
        code = ext2fs_get_next_inode_full(it, &number, (struct ext2_inode *)&inode, sizeof(inode));
        if (code || number == 0)
            break;
        rc = inode_note(scan, number, &inode.large);
        if (rc == 0 && number % CANCEL_EVERY == 0)
            rc = cancel_check(scan->err);
    }
    ext2fs_close_inode_scan(it);
    if (code)
        return failed(scan, code, "the table", number);
    return rc;
}

/* ---- names ---- */

static int name_note(ext2_ino_t directory, int kind, struct ext2_dir_entry *record, int offset,
                     int block_size, char *block, void *context)
{
    struct scan *scan = context;
    const char *name = record->name;
    size_t n = (size_t)ext2fs_dirent_name_len(record);
    (void)directory, (void)kind, (void)offset, (void)block_size, (void)block;

    if ((n == 1 && name[0] == '.') || (n == 2 && name[0] == '.' && name[1] == '.'))
        return 0;
    struct tree_file *file = tree_numbers_find(&scan->files, record->inode);
    if (n == 0 || memchr(name, '/', n) || memchr(name, '\0', n))
        scan->rc = error_set(scan->err, ERROR_DAMAGED,
                             "a name in the directory of inode %u cannot be right; e2fsck -fn "
                             "tells more",
                             scan->directory->number);
    else if (!file)
        scan->rc = error_set(scan->err, ERROR_DAMAGED,
                             "the name \"%.*s\" leads to inode %u, which is not in use; e2fsck -fn "
                             "tells more",
                             (int)n, name, record->inode);
    else
        scan->rc = tree_link(scan->tree, scan->directory, name, n, file, scan->err);
    return scan->rc < 0 ? DIRENT_ABORT : 0;
}

static int directory_scan(void *context, struct tree_file *directory, UNUSED struct error *err)
{
    struct scan *scan = context;
    scan->directory = directory;
    errcode_t code = ext2fs_dir_iterate2(scan->fs, directory->number, 0, NULL, name_note, scan);
    if (scan->rc < 0)
        return -1;
    return code ? failed(scan, code, "the directory", directory->number) : 0;
}

int ext4_scan(struct tree *tree, ext2_filsys fs, const struct ext4_io *io, struct error *err)
{
    struct scan scan = {.tree = tree, .fs = fs, .io = io, .err = err};
    int rc = inodes_scan(&scan);
    if (rc == 0 && (scan.files.n == 0 || tree->root->number != EXT4_INODE_ROOT))
        rc = error_set(err, ERROR_DAMAGED, "there is no root directory; e2fsck -fn tells more");
    if (rc == 0)
        rc = tree_numbers_link(&scan.files, tree, directory_scan, &scan, err);
    tree_numbers_free(&scan.files);
    return rc;
}
