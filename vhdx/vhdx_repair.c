/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_repair.h"

#include <stdlib.h>

#include "vhdx/vhdx_commit.h"
#include "vhdx/vhdx_file.h"

/* The table that is in force, over the other one. */
static int region_table_copy(struct vhdx_file *file, struct error *err)
{
    uint64_t from = file->stale_table == 2 ? VHDX_REGION_TABLE_1 : VHDX_REGION_TABLE_2;
    uint64_t to = file->stale_table == 2 ? VHDX_REGION_TABLE_2 : VHDX_REGION_TABLE_1;
    struct vhdx_pages pages CLEANUP(vhdx_pages_drop) = {0};
    uint8_t *table AUTO_FREE = malloc(VHDX_TABLE_BYTES);
    if (!table)
        return error_no_memory(err);
    if (vhdx_pages_init(&pages, err) < 0 ||
        vhdx_medium_read(file->medium, table, VHDX_TABLE_BYTES, from, err) < 0)
        return -1;
    for (uint64_t at = 0; at < VHDX_TABLE_BYTES; at += VHDX_PAGE_BYTES)
        vhdx_pages_add(&pages, to + at, table + at);
    return vhdx_commit(file, &pages, err);
}

static int mend(struct vhdx_repairs *done, struct vhdx_file *file, const struct vhdx_judge *judge,
                struct error *err)
{
    bool headers = judge->broken[VHDX_RULE_HEADER_SIGNATURE] > 0 ||
                   judge->broken[VHDX_RULE_HEADER_CHECKSUM] > 0 ||
                   judge->broken[VHDX_RULE_HEADER_COPIES] > 0;
    bool length = judge->broken[VHDX_RULE_TRAILING_BYTES] > 0;
    bool table = file->n_regions > 0 && file->stale_table != 0;
    if (!headers && !length && !table)
        return 0;
    if (vhdx_commit_begin(file, false, err) < 0 || (table && region_table_copy(file, err) < 0) ||
        vhdx_commit_end(file, err) < 0)
        return -1;
    done->headers = headers;
    done->length = length;
    done->region_table = table;
    return 0;
}

int vhdx_repair_medium(struct vhdx_repairs *out, struct vhdx_medium *medium, unsigned flags,
                       struct error *err)
{
    struct findings report AUTO_FINDINGS = {0};
    struct vhdx_judge judge = {.purpose = VHDX_TO_CHECK, .report = &report};
    struct vhdx_file *file AUTO_VHDX_FILE = NULL;
    *out = (struct vhdx_repairs){0};
    if (vhdx_file_open_medium(&file, medium, &judge, err) < 0)
        return -1;
    if (!file->has_header)
        return 0;
    out->log_entries = file->log_entries;
    if (vhdx_file_out_of_date(file)) {
        if (!(flags & VHDX_DROP_LOG))
            return 0;
        if (vhdx_commit_drop_log(file, err) < 0)
            return -1;
        out->log_dropped = true;
    }
    return mend(out, file, &judge, err);
}

int vhdx_repair(struct vhdx_repairs *out, const char *path, unsigned flags, struct error *err)
{
    struct vhdx_medium *medium;
    *out = (struct vhdx_repairs){0};
    if (vhdx_medium_open(&medium, path, VHDX_READ_WRITE, err) < 0)
        return -1;
    return vhdx_repair_medium(out, medium, flags, err);
}
