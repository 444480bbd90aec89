/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/cancel.h"
#include "vhdx/vhdx_content.h"

static enum vhdx_stretch_kind kind_of_run(const struct vhdx_run *run)
{
    bool present = run->state == VHDX_FULLY_PRESENT || run->state == VHDX_PARTIALLY_PRESENT;
    bool reserved = run->state > VHDX_UNMAPPED && !present;
    if (reserved || (present && run->source == VHDX_IN_NOTHING))
        return VHDX_STRETCH_LOST;
    switch (run->source) {
    case VHDX_IN_FILE:
        return VHDX_STRETCH_DATA;
    case VHDX_IN_PARENT:
        return VHDX_STRETCH_PARENT;
    default:
        return VHDX_STRETCH_ZEROS;
    }
}

static bool joins(const struct vhdx_stretch *stretch, const struct vhdx_stretch *next)
{
    return stretch->kind == next->kind &&
           (stretch->kind != VHDX_STRETCH_DATA || next->at == stretch->at + stretch->length);
}

static int walk(struct vhdx_content *content,
                int (*each)(void *context, const struct vhdx_stretch *stretch, struct error *err),
                void *context, struct error *err)
{
    uint64_t size = content->file->layout.virtual_size;
    struct vhdx_stretch stretch = {0};
    for (uint64_t off = 0; off < size;) {
        struct vhdx_run run;
        if (cancel_check(err) < 0 || vhdx_content_run(content, off, size - off, &run, err) < 0)
            return -1;
        struct vhdx_stretch next = {off, run.length, kind_of_run(&run), run.at};
        off += run.length;
        if (stretch.length > 0 && joins(&stretch, &next)) {
            stretch.length += next.length;
            continue;
        }
        if (stretch.length > 0 && each(context, &stretch, err) < 0)
            return -1;
        stretch = next;
    }
    return each(context, &stretch, err);
}

int vhdx_map(const char *path,
             int (*each)(void *context, const struct vhdx_stretch *stretch, struct error *err),
             void *context, struct error *err)
{
    struct vhdx_judge judge = {.purpose = VHDX_TO_DESCRIBE};
    struct vhdx_content content;
    struct vhdx_file *file;
    if (vhdx_file_open(&file, path, &judge, err) < 0)
        return -1;
    if (!file->sized || file->bat.length == 0 ||
        file->bat.length < vhdx_layout_entries_used(&file->layout, file->differencing) * 8) {
        vhdx_file_close(file);
        return error_set(err, ERROR_DAMAGED,
                         "%s: the tables that say where its blocks are cannot be found; lxvhdx "
                         "check lists what is wrong",
                         path);
    }
    if (vhdx_content_init(&content, file, VHDX_TO_DESCRIBE, NULL, err) < 0)
        return -1;
    int status = walk(&content, each, context, err);
    vhdx_content_drop(&content);
    return status;
}
