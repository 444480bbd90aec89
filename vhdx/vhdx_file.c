/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/kind.h"
#include "vhdx/vhdx_io.h"

enum {
    STAT_UNIT = 512, /* of st_blocks */
};

/* Says what a file is that is no VHDX. */
static int wrong_kind(const struct vhdx_file *file, struct error *err)
{
    uint8_t *head AUTO_FREE = malloc(KIND_HEAD_BYTES);
    if (!head)
        return error_no_memory(err);
    size_t n = file->length < KIND_HEAD_BYTES ? (size_t)file->length : KIND_HEAD_BYTES;
    if (vhdx_io_read(file->fd, file->path, head, n, 0, err) < 0)
        return -1;
    enum kind kind = kind_of(head, n);
    if (kind == KIND_UNKNOWN)
        return error_set(err, ERROR_WRONG_KIND,
                         "%s is not a VHDX: it does not begin with \"vhdxfile\"; lxvhdx convert "
                         "makes one from a raw disk",
                         file->path);
    return error_set(err, ERROR_WRONG_KIND, "%s is not a VHDX: this is %s; name a VHDX", file->path,
                     kind_words(kind));
}

static int identifier(struct vhdx_file *file, struct vhdx_judge *judge, struct error *err)
{
    struct vhdx_identifier_disk disk = {0};
    size_t n = file->length < sizeof(disk) ? (size_t)file->length : sizeof(disk);
    if (vhdx_io_read(file->fd, file->path, &disk, n, 0, err) < 0)
        return -1;
    if (!vhdx_identifier_get(file->creator, &disk))
        return wrong_kind(file, err);
    if (file->length % VHDX_MIB != 0)
        return vhdx_judge(judge, VHDX_RULE_TRAILING_BYTES, err,
                          "the file is %llu bytes long, which is no multiple of 1 MiB",
                          (unsigned long long)file->length);
    return 0;
}

static int open_path(struct vhdx_file *file, const char *path, struct error *err)
{
    file->path = strdup(path);
    if (!file->path)
        return error_no_memory(err);
    /* O_NONBLOCK: a FIFO is refused below instead of waited for. */
    file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file->fd < 0)
        return error_errno(err, errno, "open %s", path);
    struct stat status;
    if (fstat(file->fd, &status) < 0)
        return error_errno(err, errno, "look at %s", path);
    if (!S_ISREG(status.st_mode))
        return error_set(err, ERROR_WRONG_KIND,
                         "%s is not a VHDX: it is not a regular file; name a VHDX", path);
    file->length = (uint64_t)status.st_size;
    file->stored = (uint64_t)status.st_blocks * STAT_UNIT;
    return 0;
}

int vhdx_file_open(struct vhdx_file **out, const char *path, struct vhdx_judge *judge,
                   struct error *err)
{
    struct vhdx_file *file AUTO_VHDX_FILE = calloc(1, sizeof(*file));
    if (!file)
        return error_no_memory(err);
    file->fd = -1;
    judge->path = path;
    if (open_path(file, path, err) < 0 || identifier(file, judge, err) < 0)
        return -1;
    if (file->length < VHDX_HEADER_SECTION) {
        if (vhdx_judge(judge, VHDX_RULE_FILE_SHORT, err,
                       "the file is only %llu bytes long; the headers alone take 1 MiB",
                       (unsigned long long)file->length) < 0)
            return -1;
    } else if (vhdx_file_headers(file, judge, err) < 0 || vhdx_file_regions(file, judge, err) < 0 ||
               vhdx_file_metadata(file, judge, err) < 0) {
        return -1;
    }
    *out = steal(&file);
    return 0;
}

void vhdx_file_close(struct vhdx_file *file)
{
    if (!file)
        return;
    if (file->fd >= 0)
        close(file->fd);
    free(file->regions);
    free(file->path);
    free(file);
}
