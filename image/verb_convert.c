/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/verb_convert.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/attributes.h"
#include "core/epoch.h"
#include "core/size.h"
#include "image/image.h"
#include "image/verify.h"

/* ---- convert: what happens to the tree on its way ---- */

const struct cli_option convert_options[] = {
    {"format", 'f', "FORMAT", "what to write: ext4, ntfs, tar or dir"},
    {"container", 'c', "CONTAINER", "what holds ext4 or NTFS: vhdx or raw"},
    {"size", 's', "SIZE",
     "size of the disk, as 8G; min: the smallest that holds the tree; "
     "+1G: that and 1G more"},
    {"exclude", 0, "PATTERN", "leave out what matches; may be repeated"},
    {"strip-components", 0, "N", "take N leading directories from every path"},
    {"root-prefix", 0, "DIR", "only what lies below DIR; auto: found by itself"},
    {"id-map", 0, "MAP", "move owners, as 100000:0:65536[,FROM:TO:COUNT...]"},
    {"clamp-mtime", 0, "TIME",
     "later times become TIME (seconds since 1970, or epoch: "
     "$SOURCE_DATE_EPOCH)"},
    {"mtime-all", 0, "TIME", "all times become TIME"},
    {"no-host-xattrs", 0, NULL, "leave out security.selinux, security.ima and security.evm"},
    PROVISION_OPTIONS,
    {"split-links", 0, NULL, "make several files of one with more than 65000 names"},
    {"no-ea-inode", 0, NULL, "refuse what needs the ext4 feature ea_inode"},
    {"out-path", 0, "DIR", "where on an NTFS volume the tree is put (\\rootfs)"},
    {"no-carrier", 0, NULL, "NTFS: lose what WSL1 has no place for, instead of keeping it aside"},
    {"strict", 0, NULL, "refuse, before writing, what OUT cannot hold"},
    {"report", 0, "FILE", "list what is lost in FILE, as JSON lines"},
    {"no-replay", 0, NULL, "refuse a disk that was not unmounted"},
    {"path", 0, "DIR", "where the tree begins on an NTFS volume"},
    {"verify", 0, NULL, "read OUT back and compare it with IN"},
    {"no-sync", 0, NULL, "leave out flushing (benchmarks, throw-away CI)"},
    {0},
};

/* A decimal number from min to max; *out stays as it is when the option is not given. */
static int number_option(const struct cli *cli, const char *name, int64_t min, int64_t max,
                         int64_t *out, struct error *err)
{
    const char *text = cli_value(cli, name);
    if (!text)
        return 0;
    char *end;
    errno = 0;
    long long n = strtoll(text, &end, 10);
    bool starts = (text[0] >= '0' && text[0] <= '9') || (text[0] == '-' && min < 0);
    if (!starts || end == text || *end || errno || n < min || n > max)
        return error_set(err, ERROR_USAGE, "--%s %s: a whole number is expected", name, text);
    *out = n;
    return 0;
}

/* "8G", "min", "+1G" */
static int size_option(const struct cli *cli, struct image_target *target, struct error *err)
{
    const char *text = cli_value(cli, "size");
    if (!text)
        return 0;
    target->fit = text[0] == '+' || strcmp(text, "min") == 0;
    if (!target->fit)
        return cli_size(cli, "size", &target->size, err);
    return text[0] == '+' ? size_parse(&target->size, text + 1, "--size +N", err) : 0;
}

/* --clamp-mtime or --mtime-all: a number, or "epoch". */
static int time_option(const struct cli *cli, const char *name, struct image_filter *filter,
                       struct error *err)
{
    const char *text = cli_value(cli, name);
    struct epoch epoch;

    if (!text)
        return 0;
    if (filter->clamp)
        return error_set(err, ERROR_USAGE, "--clamp-mtime and --mtime-all exclude each other");
    filter->clamp = true;
    if (strcmp(text, "epoch") != 0)
        return number_option(cli, name, INT64_MIN, INT64_MAX, &filter->clamp_mtime, err);
    if (epoch_get(&epoch, err) < 0)
        return -1;
    if (!epoch.fixed)
        return error_set(err, ERROR_USAGE,
                         "--%s epoch: SOURCE_DATE_EPOCH is not set; set it, or give the time in "
                         "seconds since 1970",
                         name);
    filter->clamp_mtime = epoch.seconds;
    return 0;
}

/* *excludes (malloc'd) is what filter borrows. */
static int filter_options(const struct cli *cli, struct image_filter *filter,
                          const char ***excludes, struct error *err)
{
    int64_t strip = 0;

    if (cli_values(cli, "exclude", excludes, err) < 0)
        return -1;
    filter->excludes = *excludes;
    filter->root_prefix = cli_value(cli, "root-prefix");
    filter->id_map = cli_value(cli, "id-map");
    filter->all_times = cli_value(cli, "mtime-all") != NULL;
    filter->no_host_xattrs = cli_flag(cli, "no-host-xattrs");
    if (number_option(cli, "strip-components", 0, INT_MAX, &strip, err) < 0 ||
        time_option(cli, "clamp-mtime", filter, err) < 0 ||
        time_option(cli, "mtime-all", filter, err) < 0)
        return -1;
    filter->strip_components = (unsigned)strip;
    return 0;
}

int convert_run(struct cli *cli, struct error *err)
{
    const char *input = cli->operands[0];
    AUTO_FREE const char **excludes = NULL;
    AUTO_PROVISION_LISTS struct provision_lists lists = {0};
    struct image_target target = {
        .path = cli->operands[1],
        .format = cli_value(cli, "format"),
        .container = cli_value(cli, "container"),
        .can_say = true,
        .no_replay = cli_flag(cli, "no-replay"),
        .volume_path = cli_value(cli, "path"),
        .no_sync = cli_flag(cli, "no-sync"),
        .strict = cli_flag(cli, "strict"),
        .report = cli_value(cli, "report"),
        .split_links = cli_flag(cli, "split-links"),
        .no_ea_inode = cli_flag(cli, "no-ea-inode"),
        .root_path = cli_value(cli, "out-path"),
        .no_carrier = cli_flag(cli, "no-carrier"),
    };
    AUTO_VERIFY struct verify verify = {.events = {0}};

    if (size_option(cli, &target, err) < 0 ||
        filter_options(cli, &target.filter, &excludes, err) < 0 ||
        provision_options(&target.filter.provision, &lists, cli, err) < 0)
        return -1;
    if (!cli_flag(cli, "verify"))
        return image_build(input, &target, cli->events, err);
    if (verify_open(&verify, input, &target, cli->events, err) < 0 ||
        image_build(input, &target, &verify.events, err) < 0)
        return -1;
    return verify_read(&verify, err);
}
