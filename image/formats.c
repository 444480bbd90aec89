/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "image/directory/directory_sink.h"
#include "image/directory/directory_source.h"
#include "image/ext4/ext4_sink.h"
#include "image/ext4/ext4_size.h"
#include "image/ext4/ext4_source.h"
#include "image/format.h"
#include "image/ntfs/ntfs_mounted.h"
#include "image/ntfs/ntfs_sink.h"
#include "image/ntfs/ntfs_source.h"
#include "image/tar/tar_sink.h"
#include "image/tar/tar_source.h"

static const struct image_format formats[] = {
    {
        .name = "ext4",
        .kind = KIND_EXT4,
        .source_disk = ext4_source,
        .sink = ext4_sink,
        .size_check = ext4_size_check,
        .fitted = ext4_size_fitted,
    },
    {.name = "ntfs",
     .kind = KIND_NTFS,
     .source_disk = ntfs_source,
     .source_path = ntfs_mounted_source,
     .sink = ntfs_sink,
     .fitted = ntfs_size_fitted},
    {.name = "tar", .kind = KIND_TAR, .source = tar_source, .sink_stream = tar_sink},
    {.name = "dir", .source_path = directory_source, .sink_path = directory_sink},
};

const struct image_format *image_format_by_name(const char *name)
{
    for (size_t i = 0; i < array_length(formats); i++) {
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    }
    return NULL;
}

const struct image_format *image_format_of_directory(const char *path)
{
    return image_format_by_name(ntfs_mounted_is(path) ? "ntfs" : "dir");
}

const struct image_format *image_format_by_kind(enum kind kind)
{
    for (size_t i = 0; i < array_length(formats); i++) {
        if (kind != KIND_UNKNOWN && formats[i].kind == kind)
            return &formats[i];
    }
    return NULL;
}
