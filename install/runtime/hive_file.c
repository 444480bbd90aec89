/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/runtime/hive_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "core/atomic_file.h"
#include "install/registry_lock.h"
#include "install/runtime/hive_check.h"
#include "install/text.h"

enum {
    ATTRIBUTE_BYTES_MAX = 65536, /* the most that an extended attribute holds on Linux */
};

const char *hive_fd_path(int fd, char path[HIVE_PATH_BYTES])
{
    snprintf(path, HIVE_PATH_BYTES, "/proc/self/fd/%d", fd);
    return path;
}

int hive_file_new(int *fd, struct error *err)
{
    *fd = memfd_create("hive", MFD_CLOEXEC);
    return *fd < 0 ? error_errno(err, errno, "make a file in memory") : 0;
}

/* ---- reading ---- */

static int read_copy(struct hive_file *file, struct error *err)
{
    AUTO_FREE char *bytes = NULL;
    size_t n;
    if (text_read_file(&bytes, &n, file->path, HIVE_BYTES_MAX, err) < 0)
        return -1;
    if (hive_check((const uint8_t *)bytes, n, err) < 0)
        return error_wrap(err, "%s", file->path);
    return hive_file_new(&file->copy, err) < 0
               ? -1
               : text_write_all(file->copy, bytes, n, "a file in memory", err);
}

int hive_file_open(struct hive_file *out, const char *path, bool writable, struct error *err)
{
    *out = (struct hive_file){.lock = -1, .copy = -1};
    out->path = realpath(path, NULL);
    if (!out->path && errno == ENOENT)
        return error_set(err, ERROR_NOT_FOUND,
                         "there is no hive %s; it is the NTUSER.DAT in the directory of a user of "
                         "Windows",
                         path);
    if (!out->path)
        return error_errno(err, errno, "open the hive %s", path);
    if (writable && registry_lock_file(&out->lock, out->path, REGISTRY_LOCK_WAIT_MS, err) < 0)
        return -1;
    return read_copy(out, err);
}

void hive_file_close(struct hive_file *file)
{
    free(file->path);
    cleanup_fd(&file->lock);
    cleanup_fd(&file->copy);
    *file = (struct hive_file){.lock = -1, .copy = -1};
}

/* ---- writing ---- */

/* What ntfs-3g and the kernel's ntfs3 show of a file's security descriptor and attributes; other
 * file systems have none of it. */
static int keep_ntfs_attributes(int from, int to, const char *path, struct error *err)
{
    static const char *const names[] = {"system.ntfs_acl", "system.ntfs_attrib",
                                        "system.ntfs_security", "system.dos_attrib"};
    AUTO_FREE char *value = malloc(ATTRIBUTE_BYTES_MAX);
    if (!value)
        return error_no_memory(err);
    for (size_t i = 0; i < array_length(names); i++) {
        ssize_t n = fgetxattr(from, names[i], value, ATTRIBUTE_BYTES_MAX);
        if (n > 0 && fsetxattr(to, names[i], value, (size_t)n, 0) < 0)
            return error_errno(err, errno, "keep %s of %s", names[i], path);
    }
    return 0;
}

/* Bytes at path, with what is known of the hive beside its bytes. The new file is locked before it
 * has the path, so that there is no moment at which another process could lock it. */
static int write_like(const struct hive_file *file, const char *path, const char *bytes, size_t n,
                      int *lock, struct error *err)
{
    AUTO_ATOMIC struct atomic_file *out = NULL;
    struct stat st;
    if (fstat(file->lock, &st) < 0)
        return error_errno(err, errno, "stat %s", file->path);
    if (atomic_create(&out, path, ATOMIC_REPLACE, err) < 0 ||
        text_write_all(out->fd, bytes, n, path, err) < 0)
        return -1;
    if (fchown(out->fd, st.st_uid, st.st_gid) < 0 || fchmod(out->fd, st.st_mode & 07777) < 0)
        return error_errno(err, errno, "keep owner and mode of %s", file->path);
    if (keep_ntfs_attributes(file->lock, out->fd, file->path, err) < 0)
        return -1;
    *lock = fcntl(out->fd, F_DUPFD_CLOEXEC, 0);
    if (*lock < 0 || flock(*lock, LOCK_EX | LOCK_NB) < 0)
        return error_errno(err, errno, "lock %s", path);
    return atomic_commit(steal(&out), err);
}

static int back_up(struct hive_file *file, const char *bytes, size_t n, struct error *err)
{
    AUTO_FREE char *path = NULL;
    AUTO_FD int lock = -1;
    if (file->backed_up)
        return 0;
    if (asprintf(&path, "%s%s", file->path, HIVE_BACKUP_SUFFIX) < 0) {
        path = NULL;
        return error_no_memory(err);
    }
    if (write_like(file, path, bytes, n, &lock, err) < 0)
        return -1;
    file->backed_up = true;
    return 0;
}

static int read_memory(char **out, size_t *n, int fd, struct error *err)
{
    char path[HIVE_PATH_BYTES];
    return text_read_file(out, n, hive_fd_path(fd, path), HIVE_BYTES_MAX, err);
}

/* Whoever does not know of our lock may have changed it all the same. */
static int check_unchanged(const struct hive_file *file, const char *then, size_t n_then,
                           struct error *err)
{
    AUTO_FREE char *now = NULL;
    size_t n_now;
    if (text_read_file(&now, &n_now, file->path, HIVE_BYTES_MAX, err) < 0)
        return -1;
    if (n_now == n_then && memcmp(now, then, n_now) == 0)
        return 0;
    return error_set(err, ERROR_BUSY,
                     "%s was changed by another process meanwhile, and is left alone; try again "
                     "when nothing else uses it",
                     file->path);
}

int hive_file_replace(struct hive_file *file, int *fd, struct error *err)
{
    AUTO_FREE char *old = NULL, *new = NULL;
    AUTO_FD int lock = -1;
    size_t n_old, n_new;
    if (read_memory(&old, &n_old, file->copy, err) < 0 || read_memory(&new, &n_new, *fd, err) < 0 ||
        hive_check((const uint8_t *)new, n_new, err) < 0 ||
        check_unchanged(file, old, n_old, err) < 0 || back_up(file, old, n_old, err) < 0 ||
        write_like(file, file->path, new, n_new, &lock, err) < 0)
        return -1;
    cleanup_fd(&file->lock);
    file->lock = steal_fd(&lock);
    cleanup_fd(&file->copy);
    file->copy = steal_fd(fd);
    return 0;
}
