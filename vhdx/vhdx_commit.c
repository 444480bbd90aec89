/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_commit.h"

#include <stdlib.h>
#include <string.h>

#include "vhdx/vhdx_log_format.h"

enum {
    CHECKSUM_AT = offsetof(struct vhdx_log_entry_disk, checksum),
};

/* So many headers may still be written before their numbers run out. */
#define SEQUENCE_MAX (UINT64_MAX - (UINT64_C(1) << 40))

static const uint64_t header_at[2] = {VHDX_HEADER_1, VHDX_HEADER_2};

int vhdx_header_write(struct vhdx_file *file, struct error *err)
{
    struct vhdx_header_disk disk;
    int other = 1 - file->current;
    file->header.sequence++;
    vhdx_header_put(&disk, &file->header);
    if (vhdx_medium_write(file->medium, &disk, sizeof(disk), header_at[other], err) < 0)
        return -1;
    file->current = other;
    return vhdx_medium_flush(file->medium, err);
}

static int headers_write(struct vhdx_file *file, struct error *err)
{
    return vhdx_header_write(file, err) < 0 ? -1 : vhdx_header_write(file, err);
}

static int sequence_check(const struct vhdx_file *file, struct error *err)
{
    if (file->header.sequence <= SEQUENCE_MAX)
        return 0;
    return error_set(err, ERROR_DAMAGED,
                     "%s: the header's sequence number is at its end; lxvhdx convert makes a copy "
                     "that can be changed",
                     file->medium->path);
}

int vhdx_commit_begin(struct vhdx_file *file, bool new_data, struct error *err)
{
    if (!file->log_placed || file->header.log_length > VHDX_LOG_MAX)
        return error_set(err, ERROR_DAMAGED,
                         "%s has no usable log, without which it cannot be changed safely; lxvhdx "
                         "convert makes a copy that can",
                         file->medium->path);
    if (sequence_check(file, err) < 0 || guid_random(&file->header.file_write, err) < 0 ||
        (new_data && guid_random(&file->header.data_write, err) < 0))
        return -1;
    file->header.log_version = 0;
    if (headers_write(file, err) < 0)
        return -1;
    uint64_t rest = file->medium->length % VHDX_MIB;
    return rest == 0
               ? 0
               : vhdx_medium_resize(file->medium, file->medium->length + (VHDX_MIB - rest), err);
}

static int entry_write(struct vhdx_file *file, const struct vhdx_pages *pages,
                       const struct guid *id, struct error *err)
{
    size_t heads = (size_t)vhdx_log_descriptor_sectors(pages->n);
    size_t length = (heads + pages->n) * VHDX_LOG_SECTOR;
    uint8_t *bytes AUTO_FREE = calloc(1, length);
    if (!bytes)
        return error_no_memory(err);
    struct vhdx_log_entry entry = {
        .length = (uint32_t)length,
        .sequence = file->header.sequence,
        .n = (uint32_t)pages->n,
        .log = *id,
        .flushed = file->medium->length,
        .last = file->medium->length,
    };
    vhdx_log_entry_put(bytes, &entry);
    for (size_t i = 0; i < pages->n; i++) {
        struct vhdx_descriptor_disk descriptor;
        vhdx_log_page_put(&descriptor, bytes + (heads + i) * VHDX_LOG_SECTOR, pages->pages[i].bytes,
                          pages->pages[i].offset, entry.sequence);
        memcpy(bytes + sizeof(struct vhdx_log_entry_disk) + i * sizeof(descriptor), &descriptor,
               sizeof(descriptor));
    }
    struct le32 checksum = le32_put(vhdx_checksum(bytes, length));
    memcpy(bytes + CHECKSUM_AT, &checksum, sizeof(checksum));
    return vhdx_medium_write(file->medium, bytes, length, file->header.log_offset, err);
}

int vhdx_commit(struct vhdx_file *file, struct vhdx_pages *pages, struct error *err)
{
    struct guid id;
    if (pages->n == 0)
        return vhdx_medium_flush(file->medium, err);
    if (guid_random(&id, err) < 0 || entry_write(file, pages, &id, err) < 0 ||
        vhdx_medium_flush(file->medium, err) < 0)
        return -1;
    file->header.log = id;
    if (vhdx_header_write(file, err) < 0)
        return -1;
    for (size_t i = 0; i < pages->n; i++) {
        const struct vhdx_page *page = &pages->pages[i];
        if (vhdx_medium_write(file->medium, page->bytes, sizeof(page->bytes), page->offset, err) <
            0)
            return -1;
    }
    if (vhdx_medium_flush(file->medium, err) < 0)
        return -1;
    file->header.log = (struct guid){0};
    if (vhdx_header_write(file, err) < 0)
        return -1;
    pages->n = 0;
    return 0;
}

int vhdx_commit_end(struct vhdx_file *file, struct error *err)
{
    return vhdx_header_write(file, err);
}

int vhdx_commit_drop_log(struct vhdx_file *file, struct error *err)
{
    if (sequence_check(file, err) < 0 || guid_random(&file->header.file_write, err) < 0)
        return -1;
    file->header.log = (struct guid){0};
    return headers_write(file, err);
}

int vhdx_commit_replay(struct vhdx_file *file, const struct vhdx_log *log, struct error *err)
{
    if (sequence_check(file, err) < 0 || guid_random(&file->header.file_write, err) < 0 ||
        headers_write(file, err) < 0 || vhdx_log_replay(log, file->medium, err) < 0)
        return -1;
    file->header.log = (struct guid){0};
    return headers_write(file, err);
}
