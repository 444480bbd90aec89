/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an input to a finished output: the whole of build, import, export and convert. */
#include <string.h>
#include <sys/stat.h>

#include "core/paths.h"
#include "core/size.h"
#include "image/build.h"
#include "image/filter.h"
#include "image/inside.h"
#include "image/loss_report.h"
#include "image/loss_strict.h"
#include "image/output.h"
#include "image/sizing.h"

int image_target_check(const struct image_target *target, struct error *err)
{
    struct output chosen;
    return output_choose(&chosen, target, err);
}

int build_source(struct source **out, const struct image_target *target, const char *input,
                 struct events *events, struct error *err)
{
    const struct image_open_options options = {
        .events = events,
        .no_replay = target->no_replay,
        .volume_path = target->volume_path,
    };
    struct source *source;
    if ((target->mount ? mount_source(&source, target->mount, err)
                       : image_open(&source, input, &options, err)) < 0)
        return -1;
    if (source_filtered(out, source, &target->filter, events, err) < 0)
        return image_failed(input, err);
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

/* By how much a disk was too small is known when its sink could go on counting. */
static int disk_too_small(const struct output *output, const struct sink_need *need,
                          struct error *err)
{
    char text[SIZE_TEXT_BYTES];
    uint64_t bytes = sizing_round(output, need->bytes);

    if (bytes <= output->geometry.size) /* only inodes are missing, which come with the size */
        return error_wrap(err, "%s: give a larger --size, or a file that can be read twice",
                          output->target->path);
    return error_wrap(err,
                      "%s: the tree needs a disk of %llu bytes (%s); give --size %llu, or more to "
                      "have room in it",
                      output->target->path, (unsigned long long)bytes, size_format(bytes, text),
                      (unsigned long long)bytes);
}

/* What has no room is the target; sinks know entries, not files. */
static int copy_failed(const struct output *output, const char *input, struct error *err)
{
    struct sink_need need;
    const char *path = output->target->path;
    if (err && err->code == ERROR_LOSSY)
        return -1; /* names both */
    if (!err || err->code != ERROR_NO_SPACE)
        return image_failed(input, err);
    if (output->dev && sink_need(output->sink, &need, NULL) > 0)
        return disk_too_small(output, &need, err);
    return error_wrap(err, "%s", path);
}

static int write_tree(struct output *output, const char *input, struct events *events,
                      struct error *err)
{
    const struct image_target *target = output->target;
    AUTO_SOURCE struct source *source = NULL;

    if (build_source(&source, target, input, events, err) < 0)
        return -1;
    if (target->distribution &&
        source_distribution(&source, steal(&source), target->distribution, err) < 0)
        return -1;
    if (output_open(output, events, err) < 0)
        return -1;
    event_step(events, "writing");
    if (image_copy(source, output->sink, err) < 0)
        return copy_failed(output, input, err);
    return 0;
}

/* A disk that turned out too small is made anew where that is in what was asked for. */
static bool can_try_again(struct output *output, const char *input)
{
    struct sink_need need;
    return output->sink && sink_need(output->sink, &need, NULL) > 0 &&
           image_can_read_twice(input) && sizing_improve(output, &need);
}

static int build(const char *input, const struct image_target *target, struct loss_report *losses,
                 struct error *err)
{
    AUTO_OUTPUT struct output output = {0};
    struct events *events = &losses->events;

    if (output_choose(&output, target, err) < 0 || inside_refuse(input, target->path, err) < 0 ||
        output_reserve(&output, err) < 0 || space_check(&output, input, err) < 0 ||
        loss_strict_examine(&output, input, losses, err) < 0 ||
        sizing_choose(&output, input, events, err) < 0)
        return -1;
    while (write_tree(&output, input, events, err) < 0) {
        if (!can_try_again(&output, input))
            return -1;
        output_free(&output);
        loss_report_again(losses);
        if (output_reserve(&output, err) < 0)
            return -1;
    }
    return loss_report_seal(losses, err) < 0 ? -1 : output_commit(&output, events, err);
}

int image_build(const char *input, const struct image_target *target, struct events *events,
                struct error *err)
{
    AUTO_LOSS_REPORT struct loss_report losses = {0};

    if (loss_report_open(&losses, input, target, events, err) < 0)
        return -1;
    int rc = build(input, target, &losses, err);
    return loss_report_finish(&losses, rc, err);
}
