/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/measure.h"

#include <string.h>

#include "core/cancel.h"

enum {
    UNIT_BYTES = 4096,     /* what content is rounded up to */
    NAME_BYTES_EXTRA = 32, /* of a directory record, with room that a hash tree leaves */
    SYMLINK_INLINE_MAX = 59,
};

static uint64_t round_up(uint64_t n)
{
    return (n + UNIT_BYTES - 1) / UNIT_BYTES * UNIT_BYTES;
}

int image_measure(struct source *source, struct tree_totals *totals, struct error *err)
{
    const struct entry *entry;
    uint64_t names = 0;
    int rc;

    *totals = (struct tree_totals){0};
    while ((rc = source_next(source, &entry, err)) > 0) {
        if (cancel_check(err) < 0)
            return -1;
        names += strlen(entry->path) + NAME_BYTES_EXTRA;
        if (entry->type == ENTRY_LINK)
            continue;
        totals->files++;
        if (entry->type == ENTRY_FILE)
            totals->data_bytes += round_up(entry->size);
        else if (entry->type == ENTRY_DIRECTORY)
            totals->other_bytes += UNIT_BYTES;
        else if (entry->type == ENTRY_SYMLINK && strlen(entry->target) > SYMLINK_INLINE_MAX)
            totals->other_bytes += UNIT_BYTES;
        if (entry->n_xattrs)
            totals->other_bytes += UNIT_BYTES;
    }
    totals->other_bytes += round_up(names * 2);
    return rc;
}
