/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lximage: trees of files and the disks that hold them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/attributes.h"
#include "core/cli.h"
#include "image/cat.h"
#include "image/compare.h"
#include "image/cp.h"
#include "image/image.h"
#include "image/ls.h"
#include "image/mtree.h"
#include "image/report.h"
#include "image/verb_check.h"
#include "image/verb_convert.h"
#include "image/verb_mount.h"

enum {
    JSON_VERSION = 1,
    IGNORE_WORD_BYTES = 64,
};

/* How IN is opened; every verb that reads a tree has these. */
#define OPEN_OPTIONS                                                \
    {"no-replay", 0, NULL, "refuse a disk that was not unmounted"}, \
    {                                                               \
        "path", 0, "DIR", "where the tree begins on an NTFS volume" \
    }

/* Of a verb that prints to standard output as it goes: a bar would stand in between. */
static struct image_open_options open_options(const struct cli *cli, struct event_filter *talk)
{
    event_filter_init(talk, cli->events, EVENTS_TALK);
    return (struct image_open_options){
        .events = &talk->events,
        .no_replay = cli_flag(cli, "no-replay"),
        .volume_path = cli_value(cli, "path"),
    };
}

/* ---- ls ---- */

static const struct cli_option ls_options[] = {
    {"long", 'l', NULL, "type, mode, links, owner, group, size, time and target too"},
    OPEN_OPTIONS,
    {0},
};

static int ls_run(struct cli *cli, struct error *err)
{
    struct event_filter talk;
    const struct image_open_options options = open_options(cli, &talk);
    const char *path = cli->n_operands > 1 ? cli->operands[1] : "";
    enum ls_style style = cli->json ? LS_JSON : cli_flag(cli, "long") ? LS_LONG : LS_NAMES;
    return image_ls(stdout, cli->operands[0], path, style, &options, err);
}

/* ---- cat ---- */

static const struct cli_option cat_options[] = {
    OPEN_OPTIONS,
    {0},
};

static int cat_run(struct cli *cli, struct error *err)
{
    struct event_filter talk;
    const struct image_open_options options = open_options(cli, &talk);
    return image_cat(stdout, cli->operands[0], cli->operands + 1, cli->n_operands - 1, &options,
                     err);
}

/* ---- cp ---- */

static const struct cli_option cp_options[] = {
    {"recursive", 'r', NULL, "directories with all that lies in them, links as links"},
    OPEN_OPTIONS,
    {"no-sync", 0, NULL, "leave out flushing (benchmarks, throw-away CI)"},
    {0},
};

static int cp_run(struct cli *cli, struct error *err)
{
    const struct image_cp cp = {
        .input = cli->operands[0],
        .paths = cli->operands + 1,
        .n = cli->n_operands - 2,
        .destination = cli->operands[cli->n_operands - 1],
        .recursive = cli_flag(cli, "recursive"),
        .no_sync = cli_flag(cli, "no-sync"),
        .open = {.events = cli->events,
                 .no_replay = cli_flag(cli, "no-replay"),
                 .volume_path = cli_value(cli, "path")},
    };
    return image_cp(&cp, err);
}

/* ---- mtree ---- */

static const struct cli_option mtree_options[] = {
    OPEN_OPTIONS,
    {0},
};

static int mtree_run(struct cli *cli, struct error *err)
{
    const struct image_open_options options = {
        .events = cli->events,
        .no_replay = cli_flag(cli, "no-replay"),
        .volume_path = cli_value(cli, "path"),
    };
    AUTO_SOURCE struct source *source = NULL;
    if (image_open(&source, cli->operands[0], &options, err) < 0)
        return -1;
    if (mtree_write(stdout, source, err) < 0)
        return image_failed(cli->operands[0], err);
    return 0;
}

/* ---- diff ---- */

static const struct cli_option diff_options[] = {
    {"ignore", 0, "WHAT", "owners, modes, mtimes, flags, xattrs or content; several with commas"},
    OPEN_OPTIONS,
    {0},
};

static int ignore_word(const char *word, size_t n, unsigned *what, struct error *err)
{
    static const struct {
        const char *word;
        enum compare_what what;
    } words[] = {
        {"owners", COMPARE_OWNERS}, {"modes", COMPARE_MODES},   {"mtimes", COMPARE_MTIMES},
        {"flags", COMPARE_FLAGS},   {"xattrs", COMPARE_XATTRS}, {"content", COMPARE_CONTENT},
    };
    for (size_t i = 0; i < array_length(words); i++) {
        if (strlen(words[i].word) == n && memcmp(words[i].word, word, n) == 0) {
            *what &= ~(unsigned)words[i].what;
            return 0;
        }
    }
    return error_set(err, ERROR_USAGE,
                     "--ignore %.*s: it takes owners, modes, mtimes, flags, xattrs and content",
                     (int)(n < IGNORE_WORD_BYTES ? n : IGNORE_WORD_BYTES), word);
}

static int ignore_option(const struct cli *cli, unsigned *what, struct error *err)
{
    const char *list;
    for (size_t i = 0; (list = cli_value_at(cli, "ignore", i)); i++) {
        for (const char *word = list;; word++) {
            size_t n = strcspn(word, ",");
            if (ignore_word(word, n, what, err) < 0)
                return -1;
            word += n;
            if (*word == '\0')
                break;
        }
    }
    return 0;
}

static int diff_run(struct cli *cli, struct error *err)
{
    AUTO_SOURCE struct source *a = NULL;
    AUTO_SOURCE struct source *b = NULL;
    struct event_filter talk;
    struct image_open_options options = open_options(cli, &talk);
    struct report_differences differences;
    unsigned what = COMPARE_ALL;
    uint64_t n;

    if (ignore_option(cli, &what, err) < 0)
        return -1;
    if (strcmp(cli->operands[0], "-") == 0 && strcmp(cli->operands[1], "-") == 0)
        return error_set(err, ERROR_USAGE, "only one of the trees can be standard input");
    report_differences_init(&differences, stdout, cli->json);
    differences.report.a = cli->operands[0];
    differences.report.b = cli->operands[1];
    options.others_whole = true; /* a volume is compared with anything */
    if (image_open(&a, cli->operands[0], &options, err) < 0 ||
        image_open(&b, cli->operands[1], &options, err) < 0)
        return -1;
    if (cli->json)
        printf("{\"version\":%d,\"differences\":[", JSON_VERSION);
    if (image_compare(a, b, what, &differences.report, &n, err) < 0)
        return -1;
    if (cli->json)
        printf("\n],\"count\":%" PRIu64 "}\n", n);
    return n > 0;
}

/* ---- the program ---- */

static const struct cli_verb verbs[] = {
    {
        .name = "convert",
        .operands = "IN OUT",
        .summary = "write the tree in IN to a new disk, archive or directory OUT",
        .min = 2,
        .max = 2,
        .options = convert_options,
        .run = convert_run,
    },
    {
        .name = "ls",
        .operands = "IN [PATH]",
        .summary = "list the tree in IN, or what lies at PATH in it",
        .min = 1,
        .max = 2,
        .json = true,
        .options = ls_options,
        .run = ls_run,
    },
    {
        .name = "cat",
        .operands = "IN PATH...",
        .summary = "write the content of files to standard output",
        .min = 2,
        .max = -1,
        .options = cat_options,
        .run = cat_run,
    },
    {
        .name = "cp",
        .operands = "IN PATH... DEST",
        .summary = "copy files and directories out of the tree in IN",
        .min = 3,
        .max = -1,
        .options = cp_options,
        .run = cp_run,
    },
    {
        .name = "diff",
        .operands = "A B",
        .summary = "compare two trees",
        .min = 2,
        .max = 2,
        .json = true,
        .options = diff_options,
        .run = diff_run,
    },
    {
        .name = "check",
        .operands = "IN",
        .summary = "hold the file system in IN against the rules of its format",
        .min = 1,
        .max = 1,
        .json = true,
        .options = check_options,
        .run = check_run,
    },
    {
        .name = "mtree",
        .operands = "IN",
        .summary = "describe the tree in IN as an mtree specification",
        .min = 1,
        .max = 1,
        .options = mtree_options,
        .run = mtree_run,
    },
    {
        .name = "mount",
        .operands = "IN DIR",
        .summary = "mount the tree in IN on the directory DIR, by FUSE",
        .min = 2,
        .max = 2,
        .options = mount_verb_options,
        .run = mount_verb_run,
    },
};

static const struct cli_program program = {
    .name = "lximage",
    .summary = "file trees of distributions, and the disks that hold them",
    .epilogue = "IN, A and B are tar archives, plain or compressed with gzip, xz, zstd, bzip2,\n"
                "lz4 or lzma, disks with ext4 or NTFS, raw or in a VHDX, or directories,\n"
                "recognised by their content; \"-\" is standard input (an archive). What OUT is\n"
                "follows from its ending:\n"
                "\n"
                "  .vhdx                       ext4 in a VHDX, 1 TiB\n"
                "  .img .raw                   ext4, fitted to its content\n"
                "  .tar .tar.gz .tgz .wsl      a tar archive; .wsl is gzip too\n"
                "  .tar.xz .txz .tar.zst .tzst\n"
                "  /                           a directory\n"
                "  -                           a tar archive to standard output\n"
                "\n"
                "  lximage convert debian.tar.gz debian.vhdx\n"
                "  lximage convert --size 4G debian.tar.xz debian.img\n"
                "  lximage diff debian.tar.gz debian.vhdx\n"
                "  lximage cat debian.vhdx etc/os-release\n"
                "  lximage cp -r debian.vhdx etc home backup/\n",
    .verbs = verbs,
    .n_verbs = array_length(verbs),
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
