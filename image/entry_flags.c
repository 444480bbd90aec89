/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/entry_flags.h"

#include <linux/fs.h>
#include <string.h>

#include "core/attributes.h"
#include "image/entry.h"

static const struct {
    uint16_t flag;
    uint32_t linux_flag;
    const char *word;
} flags_table[] = {
    {ENTRY_APPEND, FS_APPEND_FL, "sappnd"},  {ENTRY_IMMUTABLE, FS_IMMUTABLE_FL, "schg"},
    {ENTRY_NO_DUMP, FS_NODUMP_FL, "nodump"}, {ENTRY_NO_ATIME, FS_NOATIME_FL, "noatime"},
    {ENTRY_SYNC, FS_SYNC_FL, "sync"},        {ENTRY_SYNC_NAMES, FS_DIRSYNC_FL, "dirsync"},
};

uint16_t entry_flags_from_linux(uint32_t linux_flags)
{
    unsigned flags = 0;
    for (size_t i = 0; i < array_length(flags_table); i++) {
        if (linux_flags & flags_table[i].linux_flag)
            flags |= flags_table[i].flag;
    }
    return (uint16_t)flags;
}

uint32_t entry_flags_to_linux(uint16_t flags)
{
    uint32_t linux_flags = 0;
    for (size_t i = 0; i < array_length(flags_table); i++) {
        if (flags & flags_table[i].flag)
            linux_flags |= flags_table[i].linux_flag;
    }
    return linux_flags;
}

void entry_flags_text(uint16_t flags, char text[ENTRY_FLAGS_TEXT_BYTES])
{
    char *at = text;
    for (size_t i = 0; i < array_length(flags_table); i++) {
        if (!(flags & flags_table[i].flag))
            continue;
        if (at > text)
            *at++ = ',';
        at = stpcpy(at, flags_table[i].word);
    }
    if (at == text)
        strcpy(text, "none");
}
