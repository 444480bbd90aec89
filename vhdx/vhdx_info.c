/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "core/cancel.h"
#include "vhdx/vhdx_bat.h"
#include "vhdx/vhdx_file.h"

enum {
    CANCEL_INTERVAL = 1 << 16, /* blocks */
};

static int allocated_count(const struct vhdx_file *file, uint64_t *out, struct error *err)
{
    struct vhdx_bat bat;
    int status = vhdx_bat_init(&bat, file, NULL, err);
    *out = 0;
    for (uint64_t block = 0; status == 0 && block < file->layout.n_blocks; block++) {
        uint64_t entry = 0;
        status = vhdx_bat_entry(&bat, vhdx_layout_index(&file->layout, block), &entry, err);
        unsigned state = (unsigned)(entry & VHDX_ENTRY_STATE);
        *out += state == VHDX_FULLY_PRESENT || state == VHDX_PARTIALLY_PRESENT;
        if (status == 0 && block % CANCEL_INTERVAL == 0)
            status = cancel_check(err);
    }
    vhdx_bat_drop(&bat);
    return status;
}

int vhdx_info(struct vhdx_info *out, const char *path, struct error *err)
{
    struct vhdx_file *file AUTO_VHDX_FILE = NULL;
    struct vhdx_judge judge = {.purpose = VHDX_TO_DESCRIBE};
    if (vhdx_file_open(&file, path, &judge, err) < 0)
        return -1;
    if (!file->sized)
        return error_set(err, ERROR_DAMAGED,
                         "%s: the tables that describe the disk are lost; lxvhdx check lists what "
                         "is wrong",
                         path);
    *out = (struct vhdx_info){
        .virtual_size = file->layout.virtual_size,
        .file_length = file->medium->length,
        .file_stored = file->medium->stored,
        .n_blocks = file->layout.n_blocks,
        .block_size = file->layout.block_size,
        .logical_sector = file->logical_sector,
        .physical_sector = file->physical_sector,
        .fixed = file->fixed,
        .differencing = file->differencing,
        .header_lost = !file->has_header,
        .table_lost = file->bat.length == 0,
        .dirty = !guid_is_zero(&file->header.log),
        .log_entries = file->log_entries,
        .disk_id = file->disk_id,
        .file_write_id = file->header.file_write,
        .data_write_id = file->header.data_write,
    };
    memcpy(out->creator, file->creator, sizeof(out->creator));
    out->locator = file->locator;
    return file->complete ? allocated_count(file, &out->n_allocated, err) : 0;
}
