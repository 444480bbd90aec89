/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/output.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* ---- what is meant ---- */

static const struct {
    const char *ending;
    enum kind compression;
} archives[] = {
    {".tar", KIND_TAR},   {".tar.gz", KIND_GZIP}, {".tgz", KIND_GZIP},     {".wsl", KIND_GZIP},
    {".tar.xz", KIND_XZ}, {".txz", KIND_XZ},      {".tar.zst", KIND_ZSTD}, {".tzst", KIND_ZSTD},
};

static bool is_stdout(const struct image_target *target)
{
    return strcmp(target->path, "-") == 0;
}

/* KIND_UNKNOWN: no ending of an archive. */
static enum kind compression_by_ending(const char *path)
{
    size_t length = strlen(path);
    for (size_t i = 0; i < array_length(archives); i++) {
        size_t n = strlen(archives[i].ending);
        if (length > n && strcasecmp(path + length - n, archives[i].ending) == 0)
            return archives[i].compression;
    }
    return KIND_UNKNOWN;
}

static bool ends_in_slash(const char *path)
{
    size_t n = strlen(path);
    return n > 0 && path[n - 1] == '/';
}

/* NULL where nothing says it. */
static const char *format_name(const struct image_target *target)
{
    if (target->format)
        return target->format;
    if (target->container || disk_by_suffix(target->path))
        return "ext4";
    if (is_stdout(target) || compression_by_ending(target->path) != KIND_UNKNOWN)
        return "tar";
    return ends_in_slash(target->path) ? "dir" : NULL;
}

static int format_choose(struct output *output, struct error *err)
{
    const char *name = format_name(output->target);
    if (!name)
        return error_set(err, ERROR_USAGE,
                         "%s: the ending does not say what to make; end the name in .vhdx, .img or "
                         ".raw for a disk, in .tar, .tar.gz, .tar.xz, .tar.zst or .wsl for an "
                         "archive%s",
                         output->target->path,
                         output->target->can_say ? ", or give --format or --container" : "");
    output->format = image_format_by_name(name);
    const struct image_format *format = output->format;
    if (format && format->sink)
        output->kind = OUTPUT_DISK;
    else if (format && format->sink_stream)
        output->kind = OUTPUT_ARCHIVE;
    else if (format && format->sink_path)
        output->kind = OUTPUT_DIRECTORY;
    else
        return error_set(err, ERROR_USAGE,
                         "%s is no format that can be made; use ext4, ntfs, tar or dir", name);
    return 0;
}

static int container_choose(struct output *output, struct error *err)
{
    const struct image_target *target = output->target;
    output->container =
        target->container ? disk_by_name(target->container) : disk_by_suffix(target->path);
    if (is_stdout(target))
        return error_set(err, ERROR_USAGE,
                         "a disk cannot be written to standard output; name a file, or say "
                         "--format tar");
    if (output->container)
        return 0;
    if (target->container)
        return error_set(err, ERROR_USAGE, "there is no container \"%s\"; use raw or vhdx",
                         target->container);
    return error_set(err, ERROR_USAGE,
                     "%s: the ending does not say what holds the file system; end the name in "
                     ".vhdx, .img or .raw, or give --container vhdx or raw",
                     target->path);
}

/* An archive or a directory has neither container nor size. */
static int disk_options_refuse(const struct output *output, struct error *err)
{
    const struct image_target *target = output->target;
    if (target->container)
        return error_set(err, ERROR_USAGE,
                         "%s: a container is for disks, and format %s makes none; leave "
                         "--container out",
                         target->path, output->format->name);
    if (target->size > 0 || target->fit)
        return error_set(err, ERROR_USAGE,
                         "%s: a size is for disks, and format %s makes none; leave --size out",
                         target->path, output->format->name);
    return 0;
}

int output_choose(struct output *output, const struct image_target *target, struct error *err)
{
    *output = (struct output){.target = target};
    if (format_choose(output, err) < 0)
        return -1;
    if (output->kind == OUTPUT_DISK)
        return container_choose(output, err);
    enum kind compression = compression_by_ending(target->path);
    output->compression = compression == KIND_UNKNOWN ? KIND_TAR : compression;
    return disk_options_refuse(output, err);
}

/* ---- making it ---- */

int output_reserve(struct output *output, struct error *err)
{
    const struct image_target *target = output->target;
    if (output->kind == OUTPUT_DIRECTORY)
        return 0;
    if (!is_stdout(target))
        return atomic_create(&output->file, target->path, target->no_sync ? ATOMIC_NO_SYNC : 0,
                             err);
    if (isatty(STDOUT_FILENO))
        return error_set(err, ERROR_USAGE,
                         "an archive is no text for a terminal; send standard output to a file or "
                         "a program, or name a file");
    return 0;
}

struct sink_options output_sink_options(const struct output *output, struct events *events)
{
    const struct image_target *target = output->target;
    return (struct sink_options){
        .events = events,
        .inodes = output->inodes,
        .missing_max = output->missing_max,
        .no_sync = target->no_sync,
        .split_links = target->split_links,
        .no_ea_inode = target->no_ea_inode,
        .no_carrier = target->no_carrier,
        .root_path = target->root_path,
    };
}

static int disk_open_sink(struct output *output, const struct sink_options *options,
                          struct error *err)
{
    const struct image_format *format = output->format;
    struct blockdev *dev;
    /* Before the container names a least size of its own. */
    if (format->size_check && format->size_check(output->geometry.size, err) < 0)
        return error_wrap(err, "%s", output->target->path);
    if (output->container->create(&dev, output->file, &output->geometry, err) < 0 ||
        blockdev_write_behind(&output->dev, dev, err) < 0)
        return -1;
    return format->sink(&output->sink, output->dev, options, err);
}

int output_open(struct output *output, struct events *events, struct error *err)
{
    const char *path = output->target->path;
    const struct sink_options options = output_sink_options(output, events);
    switch (output->kind) {
    case OUTPUT_DISK:
        return disk_open_sink(output, &options, err);
    case OUTPUT_ARCHIVE:
        return output->format->sink_stream(
            &output->sink, output->file ? output->file->fd : STDOUT_FILENO,
            output->file ? path : "standard output", output->compression, &options, err);
    case OUTPUT_DIRECTORY:
        return output->format->sink_path(&output->sink, path, &options, err);
    }
    return error_set(err, ERROR_INTERNAL, "an output of an unknown kind");
}

int output_examiner(const struct output *output, struct sink **out, struct events *events,
                    struct error *err)
{
    const char *path = output->target->path;
    const struct sink_options options = output_sink_options(output, events);
    switch (output->kind) {
    case OUTPUT_DISK:
        return output->format->sink(out, NULL, &options, err);
    case OUTPUT_ARCHIVE:
        return output->format->sink_stream(out, -1, path, KIND_TAR, &options, err);
    case OUTPUT_DIRECTORY:
        return output->format->sink_path(out, path, &options, err);
    }
    return error_set(err, ERROR_INTERNAL, "an output of an unknown kind");
}

int output_commit(struct output *output, struct events *events, struct error *err)
{
    sink_close(steal(&output->sink));
    if (output->file)
        event_step(events, "flushing");
    if (output->dev && blockdev_close(steal(&output->dev), err) < 0)
        return -1;
    return output->file ? atomic_commit(steal(&output->file), err) : 0;
}

void output_free(struct output *output)
{
    sink_close(steal(&output->sink));
    blockdev_abandon(steal(&output->dev));
    atomic_discard(steal(&output->file));
}
