/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an input to a finished output: the whole of build, import, export and convert. */
#include <string.h>
#include <sys/stat.h>

#include "core/paths.h"
#include "core/size.h"
#include "image/filter.h"
#include "image/image.h"
#include "image/measure.h"
#include "image/output.h"

enum {
    FITTED_SPARE_PERCENT = 20,
};

int image_target_check(const struct image_target *target, struct error *err)
{
    struct output chosen;
    return output_choose(&chosen, target, err);
}

/* The tree as it goes into the target. */
static int source_prepare(struct source **out, const struct image_target *target, const char *input,
                          struct events *events, struct error *err)
{
    struct source *source;
    if (image_open(&source, input, events, err) < 0)
        return -1;
    if (source_filtered(out, source, &target->filter, events, err) < 0)
        return image_failed(input, err);
    return 0;
}

/* Decides the size of a disk; for a fitted one the input is read once more beforehand. */
static int size_choose(struct output *output, const char *input, struct events *events,
                       struct error *err)
{
    struct disk_geometry *geometry = &output->geometry;
    AUTO_SOURCE struct source *source = NULL;
    struct tree_totals totals;

    if (output->kind != OUTPUT_DISK)
        return 0;
    if (geometry->size == 0)
        geometry->size = output->container->default_size;
    if (geometry->size > 0)
        return 0;
    if (strcmp(input, "-") == 0)
        return error_set(err, ERROR_USAGE,
                         "a raw disk is fitted to its content, and standard input can be read only "
                         "once; give --size");
    event_step(events, "measuring");
    if (source_prepare(&source, output->target, input, events, err) < 0)
        return -1;
    if (image_measure(source, &totals, err) < 0)
        return image_failed(input, err);
    uint64_t fitted = output->format->fitted(&totals);
    uint64_t step = UINT64_C(1) << 20;
    geometry->size = (fitted + fitted / 100 * FITTED_SPARE_PERCENT + step - 1) / step * step;
    output->inodes = totals.files;
    return 0;
}

/* The payload of a disk is at least as long as the input, which may be compressed. */
static int space_check(const struct output *output, const char *input, struct error *err)
{
    unsigned long long free_bytes;
    struct stat st;
    char need[SIZE_TEXT_BYTES], have[SIZE_TEXT_BYTES];
    const char *path = output->target->path;

    if (output->kind != OUTPUT_DISK || stat(input, &st) < 0 || !S_ISREG(st.st_mode))
        return 0;
    if (paths_free_space(path, &free_bytes, err) < 0)
        return -1;
    if (free_bytes >= (uint64_t)st.st_blocks * 512)
        return 0;
    return error_set(err, ERROR_NO_SPACE,
                     "%s: at least %s are needed and %s are free; make room or choose another "
                     "place",
                     path, size_format((uint64_t)st.st_blocks * 512, need),
                     size_format(free_bytes, have));
}

/* What has no room is the target; sinks know entries, not files. */
static int copy_failed(const char *input, const char *path, struct error *err)
{
    if (err && err->code == ERROR_NO_SPACE)
        return error_wrap(err, "%s", path);
    return image_failed(input, err);
}

int image_build(const char *input, const struct image_target *target, struct events *events,
                struct error *err)
{
    AUTO_OUTPUT struct output output = {0};
    AUTO_SOURCE struct source *source = NULL;

    if (output_choose(&output, target, err) < 0 || output_reserve(&output, err) < 0 ||
        space_check(&output, input, err) < 0 || size_choose(&output, input, events, err) < 0 ||
        source_prepare(&source, target, input, events, err) < 0)
        return -1;
    if (target->distribution &&
        source_distribution(&source, steal(&source), target->distribution, err) < 0)
        return -1;
    if (output_open(&output, events, err) < 0)
        return -1;

    event_step(events, "writing");
    if (image_copy(source, output.sink, err) < 0)
        return copy_failed(input, target->path, err);
    source_close(steal(&source));
    return output_commit(&output, events, err);
}
