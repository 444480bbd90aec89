/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/sizing.h"

#include <string.h>

#include "image/build.h"
#include "image/measure.h"

enum {
    MISSING_BYTES_PIPE = 1 << 30, /* of an input that may have no end */
    FITTED_SPARE_PERCENT = 20,
    FITTED_STEP_BYTES = 1 << 20,
};

uint64_t sizing_round(const struct output *output, uint64_t bytes)
{
    uint64_t step = output->container->size_step;
    return (bytes + step - 1) / step * step;
}

/* By names and sizes alone, generously: quick, since no content is read. */
static int estimate(struct output *output, const char *input, struct error *err)
{
    AUTO_SOURCE struct source *source = NULL;
    struct tree_totals totals;

    if (build_source(&source, output->target, input, NULL, err) < 0)
        return -1;
    if (image_measure(source, &totals, err) < 0)
        return image_failed(input, err);
    uint64_t fitted = output->format->fitted(&totals);
    uint64_t step = FITTED_STEP_BYTES;
    output->geometry.size = (fitted + fitted / 100 * FITTED_SPARE_PERCENT + step - 1) / step * step;
    output->inodes = totals.files;
    return 0;
}

/* To the block: the tree goes onto a disk in memory that is as small as one can be. Where that is
 * full, the sink goes on counting. */
static int fit(struct output *output, const char *input, struct error *err)
{
    AUTO_SOURCE struct source *source = NULL;
    AUTO_BLOCKDEV struct blockdev *dev = NULL;
    AUTO_SINK struct sink *sink = NULL;
    const struct sink_options options = output_sink_options(output, NULL);
    uint64_t smallest = output->format->fitted(&(struct tree_totals){0});
    struct sink_need need;

    if (build_source(&source, output->target, input, NULL, err) < 0 ||
        blockdev_create_memory(&dev, smallest, err) < 0 ||
        output->format->sink(&sink, dev, &options, err) < 0)
        return -1;
    int copied = image_copy(source, sink, err);
    int known = sink_need(sink, &need, copied < 0 ? NULL : err);
    if (known < 0 || (copied < 0 && !known))
        return image_failed(input, err);
    output->geometry.size = sizing_round(output, need.bytes + output->target->size);
    output->inodes = need.inodes;
    return 0;
}

int sizing_choose(struct output *output, const char *input, struct events *events,
                  struct error *err)
{
    const struct image_target *target = output->target;
    struct disk_geometry *geometry = &output->geometry;

    if (output->kind != OUTPUT_DISK)
        return 0;
    output->missing_max = image_can_read_twice(input) ? UINT64_MAX : MISSING_BYTES_PIPE;
    if (!target->fit) {
        geometry->size = target->size ? target->size : output->container->default_size;
        if (geometry->size > 0)
            return 0;
    }
    if (!image_can_read_twice(input))
        return error_set(err, ERROR_USAGE,
                         "a disk is fitted to what it holds, and %s can be read only once; give "
                         "--size with a number",
                         strcmp(input, "-") == 0 ? "standard input" : input);
    event_step(events, "measuring");
    return target->fit ? fit(output, input, err) : estimate(output, input, err);
}

bool sizing_improve(struct output *output, const struct sink_need *need)
{
    const struct image_target *target = output->target;
    uint64_t wanted = sizing_round(output, need->bytes + target->size);

    if (target->fit && wanted > output->geometry.size)
        output->geometry.size = wanted;
    else if (need->bytes > output->geometry.size || need->inodes <= output->inodes)
        return false;
    output->inodes = need->inodes;
    return true;
}
