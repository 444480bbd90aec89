/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_file.h"

#include <stdlib.h>

#include "core/kind.h"

/* Says what a file is that is no VHDX. */
static int wrong_kind(const struct vhdx_file *file, struct error *err)
{
    uint8_t *head AUTO_FREE = malloc(KIND_HEAD_BYTES);
    if (!head)
        return error_no_memory(err);
    size_t n =
        file->medium->length < KIND_HEAD_BYTES ? (size_t)file->medium->length : KIND_HEAD_BYTES;
    if (vhdx_medium_read(file->medium, head, n, 0, err) < 0)
        return -1;
    enum kind kind = kind_of(head, n);
    if (kind == KIND_UNKNOWN)
        return error_set(err, ERROR_WRONG_KIND,
                         "%s is not a VHDX: it does not begin with \"vhdxfile\"; lxvhdx convert "
                         "makes one from a raw disk",
                         file->medium->path);
    return error_set(err, ERROR_WRONG_KIND, "%s is not a VHDX: this is %s; name a VHDX",
                     file->medium->path, kind_words(kind));
}

static int identifier(struct vhdx_file *file, struct vhdx_judge *judge, struct error *err)
{
    struct vhdx_identifier_disk disk = {0};
    size_t n = file->medium->length < sizeof(disk) ? (size_t)file->medium->length : sizeof(disk);
    if (vhdx_medium_read(file->medium, &disk, n, 0, err) < 0)
        return -1;
    if (!vhdx_identifier_get(file->creator, &disk))
        return wrong_kind(file, err);
    if (file->medium->length % VHDX_MIB != 0)
        return vhdx_judge(judge, VHDX_RULE_TRAILING_BYTES, err,
                          "the file is %llu bytes long, which is no multiple of 1 MiB",
                          (unsigned long long)file->medium->length);
    return 0;
}

int vhdx_file_open_medium(struct vhdx_file **out, struct vhdx_medium *medium,
                          struct vhdx_judge *judge, struct error *err)
{
    struct vhdx_file *file AUTO_VHDX_FILE = calloc(1, sizeof(*file));
    if (!file) {
        vhdx_medium_close(medium);
        return error_no_memory(err);
    }
    file->medium = medium;
    judge->path = medium->path;
    if (identifier(file, judge, err) < 0)
        return -1;
    if (medium->length < VHDX_HEADER_SECTION) {
        if (vhdx_judge(judge, VHDX_RULE_FILE_SHORT, err,
                       "the file is only %llu bytes long; the headers alone take 1 MiB",
                       (unsigned long long)medium->length) < 0)
            return -1;
    } else if (vhdx_file_headers(file, judge, err) < 0 || vhdx_file_log(file, judge, err) < 0 ||
               vhdx_file_regions(file, judge, err) < 0 ||
               vhdx_file_metadata(file, judge, err) < 0) {
        return -1;
    }
    *out = steal(&file);
    return 0;
}

int vhdx_file_open(struct vhdx_file **out, const char *path, struct vhdx_judge *judge,
                   struct error *err)
{
    struct vhdx_medium *medium;
    if (vhdx_medium_open(&medium, path, VHDX_READ_ONLY, err) < 0)
        return -1;
    return vhdx_file_open_medium(out, medium, judge, err);
}

void vhdx_file_close(struct vhdx_file *file)
{
    if (!file)
        return;
    vhdx_medium_close(file->medium);
    free(file->regions);
    free(file);
}
