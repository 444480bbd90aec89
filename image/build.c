/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an input to a finished disk: the whole of build and import. */
#include <string.h>
#include <sys/stat.h>

#include "core/atomic_file.h"
#include "core/blockdev.h"
#include "core/disk.h"
#include "core/paths.h"
#include "core/size.h"
#include "image/format.h"
#include "image/image.h"
#include "image/measure.h"

enum {
    FITTED_SPARE_PERCENT = 20,
};

/* A target with everything decided. */
struct target {
    const struct image_target *wish;
    const struct image_format *format;
    const struct disk_driver *container;
    struct disk_geometry geometry;
    uint64_t inodes; /* at least; 0: by the format's ratio */
};

static int container_choose(struct target *target, struct error *err)
{
    const struct image_target *wish = target->wish;
    target->container =
        wish->container ? disk_by_name(wish->container) : disk_by_suffix(wish->path);
    if (target->container)
        return 0;
    if (wish->container)
        return error_set(err, ERROR_USAGE, "there is no container \"%s\"; use raw or vhdx",
                         wish->container);
    return error_set(err, ERROR_USAGE,
                     "%s: the ending does not say what to make; end the name in .vhdx, .img or "
                     ".raw, or give --container vhdx or raw",
                     wish->path);
}

static int target_choose(struct target *target, const struct image_target *wish, struct error *err)
{
    const char *format = wish->format ? wish->format : "ext4";

    *target = (struct target){.wish = wish, .geometry.size = wish->size};
    target->format = image_format_by_name(format);
    if (!target->format || !target->format->sink)
        return error_set(err, ERROR_USAGE, "%s is no format that can be made; use ext4", format);
    return container_choose(target, err);
}

int image_target_check(const struct image_target *target, struct error *err)
{
    struct target chosen;
    return target_choose(&chosen, target, err);
}

/* Decides the size of the disk; for a fitted one the input is read once more beforehand. */
static int size_choose(struct target *target, const char *input, struct events *events,
                       struct error *err)
{
    struct disk_geometry *geometry = &target->geometry;
    struct tree_totals totals;

    if (geometry->size == 0)
        geometry->size = target->container->default_size;
    if (geometry->size > 0)
        return 0;
    if (strcmp(input, "-") == 0)
        return error_set(err, ERROR_USAGE,
                         "a raw disk is fitted to its content, and standard input can be read only "
                         "once; give --size");
    AUTO_SOURCE struct source *source = NULL;
    event_step(events, "measuring");
    if (image_open(&source, input, events, err) < 0)
        return -1;
    if (image_measure(source, &totals, err) < 0)
        return image_failed(input, err);
    uint64_t fitted = target->format->fitted(&totals);
    uint64_t step = UINT64_C(1) << 20;
    geometry->size = (fitted + fitted / 100 * FITTED_SPARE_PERCENT + step - 1) / step * step;
    target->inodes = totals.files;
    return 0;
}

/* The payload is at least as long as the input, which may be compressed. */
static int space_check(const struct target *target, const char *input, struct error *err)
{
    unsigned long long free_bytes;
    struct stat st;
    char need[SIZE_TEXT_BYTES], have[SIZE_TEXT_BYTES];

    if (stat(input, &st) < 0 || !S_ISREG(st.st_mode))
        return 0;
    if (paths_free_space(target->wish->path, &free_bytes, err) < 0)
        return -1;
    if (free_bytes >= (uint64_t)st.st_blocks * 512)
        return 0;
    return error_set(err, ERROR_NO_SPACE,
                     "%s: at least %s are needed and %s are free; make room or choose another "
                     "place",
                     target->wish->path, size_format((uint64_t)st.st_blocks * 512, need),
                     size_format(free_bytes, have));
}

static int device_create(struct blockdev **out, const struct target *target,
                         struct atomic_file *file, struct error *err)
{
    struct blockdev *dev;
    if (target->container->create(&dev, file, &target->geometry, err) < 0)
        return -1;
    return blockdev_write_behind(out, dev, err);
}

static int source_prepare(struct source **out, const struct target *target, const char *input,
                          struct events *events, struct error *err)
{
    struct distribution *distribution = target->wish->distribution;
    struct source *source;
    if (image_open(&source, input, events, err) < 0)
        return -1;
    if (distribution)
        return source_distribution(out, source, distribution, err);
    *out = source;
    return 0;
}

int image_build(const char *input, const struct image_target *wish, struct events *events,
                struct error *err)
{
    AUTO_ATOMIC struct atomic_file *file = NULL;
    AUTO_BLOCKDEV struct blockdev *dev = NULL;
    AUTO_SOURCE struct source *source = NULL;
    AUTO_SINK struct sink *sink = NULL;
    struct target target;

    if (target_choose(&target, wish, err) < 0 ||
        atomic_create(&file, wish->path, wish->no_sync ? ATOMIC_NO_SYNC : 0, err) < 0 ||
        space_check(&target, input, err) < 0 || size_choose(&target, input, events, err) < 0 ||
        source_prepare(&source, &target, input, events, err) < 0 ||
        device_create(&dev, &target, file, err) < 0 ||
        target.format->sink(&sink, dev, target.inodes, events, err) < 0)
        return -1;

    event_step(events, "writing");
    if (image_copy(source, sink, err) < 0)
        return image_failed(input, err);
    sink_close(steal(&sink));
    source_close(steal(&source));
    event_step(events, "flushing");
    if (blockdev_close(steal(&dev), err) < 0)
        return -1;
    return atomic_commit(steal(&file), err);
}
