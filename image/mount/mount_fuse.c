/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/mount/mount_fuse.h"

#include <errno.h>
#include <sys/sysmacros.h>

#include "image/mount/mount_content.h"

enum {
    TIMEOUT_SECONDS = 1 << 30,
    STAT_BLOCK_BYTES = 512, /* the unit of st_blocks, whatever the file system */
};

struct mount *mount_fuse_mount(fuse_req_t req)
{
    return fuse_req_userdata(req);
}

struct tree_file *mount_fuse_file(fuse_req_t req, fuse_ino_t ino)
{
    const struct mount *mount = mount_fuse_mount(req);
    return ino > 0 && ino <= mount->n_files ? mount->files[ino - 1] : NULL;
}

uint8_t *mount_fuse_buffer(struct mount *mount, size_t n)
{
    if (n > mount->buffer_size) {
        uint8_t *buffer = realloc(mount->buffer, n);
        if (!buffer)
            return NULL;
        mount->buffer = buffer;
        mount->buffer_size = n;
    }
    return mount->buffer;
}

static struct timespec time_spec(const struct entry_time *time)
{
    return (struct timespec){.tv_sec = time->seconds, .tv_nsec = time->nanoseconds};
}

void mount_fuse_stat(const struct tree_file *file, struct stat *out)
{
    bool directory = file->type == ENTRY_DIRECTORY;
    *out = (struct stat){
        .st_ino = file->number + UINT64_C(1),
        .st_mode = entry_type_bits(file->type) | file->mode,
        .st_nlink = directory ? file->directory->subdirectories + 2 : file->links,
        .st_uid = file->uid,
        .st_gid = file->gid,
        .st_rdev = makedev(file->major, file->minor),
        .st_size = directory ? MOUNT_CHUNK_BYTES : (off_t)file->size,
        .st_blksize = MOUNT_CHUNK_BYTES,
        .st_atim = time_spec(&file->atime),
        .st_mtim = time_spec(&file->mtime),
        .st_ctim = time_spec(&file->ctime),
    };
    if (directory)
        out->st_blocks = MOUNT_CHUNK_BYTES / STAT_BLOCK_BYTES;
    if (file->type == ENTRY_FILE)
        out->st_blocks =
            (blkcnt_t)((mount_content_stored(file) + STAT_BLOCK_BYTES - 1) / STAT_BLOCK_BYTES);
}

double mount_fuse_timeout(void)
{
    return TIMEOUT_SECONDS;
}

void mount_fuse_reply_entry(fuse_req_t req, struct tree_file *file)
{
    struct fuse_entry_param entry = {
        .ino = file->number + UINT64_C(1),
        .attr_timeout = TIMEOUT_SECONDS,
        .entry_timeout = TIMEOUT_SECONDS,
    };
    struct mount *mount = mount_fuse_mount(req);
    mount_fuse_stat(file, &entry.attr);
    file->aux += file->aux < UINT32_MAX;
    if (fuse_reply_entry(req, &entry) < 0)
        mount_fuse_forget(mount, file, 1);
}

void mount_fuse_forget(struct mount *mount, struct tree_file *file, uint64_t n)
{
    if (file->aux == UINT32_MAX)
        return; /* more often than can be counted: it is kept */
    file->aux = n < file->aux ? file->aux - (uint32_t)n : 0;
    if (file->aux == 0 && file->links == 0 && file->type == ENTRY_FILE)
        mount_content_drop(mount, file);
}
