/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lximage: trees of files and the disks that hold them. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/attributes.h"
#include "core/cancel.h"
#include "core/cli.h"
#include "image/image.h"

enum {
    JSON_VERSION = 1,
    TIME_TEXT_BYTES = 32,
};

/* ---- convert ---- */

static const struct cli_option convert_options[] = {
    {"format", 'f', "FORMAT", "what to write: ext4"},
    {"container", 'c', "CONTAINER", "what holds it: vhdx or raw"},
    {"size", 's', "SIZE", "size of the disk, as 8G"},
    {"no-sync", 0, NULL, "leave out flushing (benchmarks, throw-away CI)"},
    {0},
};

static int convert_run(struct cli *cli, struct error *err)
{
    struct image_target target = {
        .path = cli->operands[1],
        .format = cli_value(cli, "format"),
        .container = cli_value(cli, "container"),
        .no_sync = cli_flag(cli, "no-sync"),
    };
    if (cli_size(cli, "size", &target.size, err) < 0)
        return -1;
    return image_build(cli->operands[0], &target, cli->events, err);
}

/* ---- ls ---- */

static const struct cli_option ls_options[] = {
    {"long", 'l', NULL, "type, mode, owner, group, size, time and target too"},
    {0},
};

static void time_format(const struct entry_time *at, char text[TIME_TEXT_BYTES])
{
    time_t seconds = (time_t)at->seconds;
    struct tm tm;
    if (!gmtime_r(&seconds, &tm) || strftime(text, TIME_TEXT_BYTES, "%Y-%m-%d %H:%M:%S", &tm) == 0)
        snprintf(text, TIME_TEXT_BYTES, "%" PRId64, at->seconds);
}

static void entry_print_long(const struct entry *entry)
{
    char mode[ENTRY_MODE_TEXT_BYTES], mtime[TIME_TEXT_BYTES], size[TIME_TEXT_BYTES];
    entry_mode_text(entry, mode);
    time_format(&entry->mtime, mtime);
    if (entry->type == ENTRY_CHARACTER || entry->type == ENTRY_BLOCK)
        snprintf(size, sizeof(size), "%" PRIu32 ",%" PRIu32, entry->major, entry->minor);
    else
        snprintf(size, sizeof(size), "%" PRIu64, entry->size);
    printf("%s %5" PRIu32 " %5" PRIu32 " %10s %s ", mode, entry->uid, entry->gid, size, mtime);
}

static void entry_print(const struct cli *cli, const struct entry *entry)
{
    bool full = cli_flag(cli, "long");
    if (full)
        entry_print_long(entry);
    putchar('/');
    cli_print_escaped(entry->path);
    if (full && entry->target) {
        fputs(entry->type == ENTRY_LINK ? " link to /" : " -> ", stdout);
        cli_print_escaped(entry->target);
    }
    putchar('\n');
}

/* Bytes that are no UTF-8 have no form in JSON; they become U+FFFD, and the entry says so. */
static json_t *text_json(const char *text, bool *exact)
{
    json_t *value = json_string(text);
    if (value)
        return value;
    *exact = false;
    size_t n = 0;
    AUTO_FREE char *copy = malloc(3 * strlen(text) + 1);
    if (!copy)
        return NULL;
    for (const char *at = text; *at; at++) {
        if ((unsigned char)*at < 0x80)
            copy[n++] = *at;
        else
            n = (size_t)(stpcpy(copy + n, "\xef\xbf\xbd") - copy);
    }
    return json_stringn(copy, n);
}

static json_t *entry_json(const struct entry *entry)
{
    bool exact = true;
    json_t *object = json_pack(
        "{s:o, s:s, s:i, s:I, s:I, s:I, s:I, s:I}", "path", text_json(entry->path, &exact), "type",
        entry_type_words(entry->type), "mode", (int)entry->mode, "uid", (json_int_t)entry->uid,
        "gid", (json_int_t)entry->gid, "size", (json_int_t)entry->size, "mtime",
        (json_int_t)entry->mtime.seconds, "mtime_ns", (json_int_t)entry->mtime.nanoseconds);
    if (!object)
        return NULL;
    int rc = 0;
    if (entry->target)
        rc |= json_object_set_new(object, "target", text_json(entry->target, &exact));
    if (entry->type == ENTRY_CHARACTER || entry->type == ENTRY_BLOCK) {
        rc |= json_object_set_new(object, "major", json_integer(entry->major));
        rc |= json_object_set_new(object, "minor", json_integer(entry->minor));
    }
    if (!exact)
        rc |= json_object_set_new(object, "inexact", json_true());
    if (rc < 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static int entry_print_json(const struct entry *entry, bool first, struct error *err)
{
    json_t *object = entry_json(entry);
    if (!object)
        return error_no_memory(err);
    printf("%s\n", first ? "" : ",");
    json_dumpf(object, stdout, JSON_COMPACT);
    json_decref(object);
    return 0;
}

static int ls_run(struct cli *cli, struct error *err)
{
    AUTO_SOURCE struct source *source = NULL;
    const struct entry *entry;
    bool first = true;
    int rc;

    if (image_open(&source, cli->operands[0], NULL, err) < 0)
        return -1;
    if (cli->json)
        printf("{\"version\":%d,\"entries\":[", JSON_VERSION);
    while ((rc = source_next(source, &entry, err)) > 0) {
        if (cancel_check(err) < 0)
            return -1;
        if (!cli->json)
            entry_print(cli, entry);
        else if (entry_print_json(entry, first, err) < 0)
            return -1;
        first = false;
    }
    if (rc < 0)
        return image_failed(cli->operands[0], err);
    if (cli->json)
        printf("\n]}\n");
    return 0;
}

/* ---- the program ---- */

static const struct cli_verb verbs[] = {
    {
        .name = "convert",
        .operands = "IN OUT",
        .summary = "write the tree in IN to a new disk OUT",
        .min = 2,
        .max = 2,
        .options = convert_options,
        .run = convert_run,
    },
    {
        .name = "ls",
        .operands = "IN",
        .summary = "list the tree in IN",
        .min = 1,
        .max = 1,
        .json = true,
        .options = ls_options,
        .run = ls_run,
    },
};

static const struct cli_program program = {
    .name = "lximage",
    .summary = "file trees of distributions, and the disks that hold them",
    .epilogue = "IN is a tar archive, plain or compressed with gzip, xz, zstd, bzip2, lz4 or\n"
                "lzma, recognised by its content; \"-\" is standard input. OUT ends in .vhdx\n"
                "(ext4 in a VHDX, 1 TiB) or .img or .raw (ext4, fitted to its content).\n"
                "\n"
                "  lximage convert debian.tar.gz debian.vhdx\n"
                "  lximage convert --size 4G debian.tar.xz debian.img\n"
                "  lximage ls -l debian.tar.gz\n",
    .verbs = verbs,
    .n_verbs = array_length(verbs),
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
