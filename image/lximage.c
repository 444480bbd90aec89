/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lximage: trees of files and the disks that hold them. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/attributes.h"
#include "core/cancel.h"
#include "core/cli.h"
#include "core/epoch.h"
#include "image/cat.h"
#include "image/compare.h"
#include "image/image.h"
#include "image/mtree.h"
#include "image/path.h"
#include "image/report.h"

enum {
    JSON_VERSION = 1,
    IGNORE_WORD_BYTES = 64,
};

static bool is_standard(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* ---- convert: what happens to the tree on its way ---- */

static const struct cli_option convert_options[] = {
    {"format", 'f', "FORMAT", "what to write: ext4, tar or dir"},
    {"container", 'c', "CONTAINER", "what holds ext4: vhdx or raw"},
    {"size", 's', "SIZE", "size of the disk, as 8G"},
    {"exclude", 0, "PATTERN", "leave out what matches; may be repeated"},
    {"strip-components", 0, "N", "take N leading directories from every path"},
    {"root-prefix", 0, "DIR", "only what lies below DIR; auto: found by itself"},
    {"id-map", 0, "MAP", "move owners, as 100000:0:65536[,FROM:TO:COUNT...]"},
    {"clamp-mtime", 0, "TIME",
     "later times become TIME (seconds since 1970, or epoch: "
     "$SOURCE_DATE_EPOCH)"},
    {"no-host-xattrs", 0, NULL, "leave out security.selinux, security.ima and security.evm"},
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

static int clamp_option(const struct cli *cli, struct image_filter *filter, struct error *err)
{
    const char *text = cli_value(cli, "clamp-mtime");
    struct epoch epoch;

    filter->clamp = text != NULL;
    if (!text || strcmp(text, "epoch") != 0)
        return number_option(cli, "clamp-mtime", INT64_MIN, INT64_MAX, &filter->clamp_mtime, err);
    if (epoch_get(&epoch, err) < 0)
        return -1;
    if (!epoch.fixed)
        return error_set(err, ERROR_USAGE,
                         "--clamp-mtime epoch: SOURCE_DATE_EPOCH is not set; set it, or give the "
                         "time in seconds since 1970");
    filter->clamp_mtime = epoch.seconds;
    return 0;
}

static size_t values_count(const struct cli *cli, const char *name)
{
    size_t n = 0;
    while (cli_value_at(cli, name, n))
        n++;
    return n;
}

/* *excludes (malloc'd) is what filter borrows. */
static int filter_options(const struct cli *cli, struct image_filter *filter,
                          const char ***excludes, struct error *err)
{
    size_t n = values_count(cli, "exclude");
    int64_t strip = 0;

    *excludes = calloc(n + 1, sizeof(**excludes));
    if (!*excludes)
        return error_no_memory(err);
    for (size_t i = 0; i < n; i++)
        (*excludes)[i] = cli_value_at(cli, "exclude", i);
    filter->excludes = n ? *excludes : NULL;
    filter->root_prefix = cli_value(cli, "root-prefix");
    filter->id_map = cli_value(cli, "id-map");
    filter->no_host_xattrs = cli_flag(cli, "no-host-xattrs");
    if (number_option(cli, "strip-components", 0, INT_MAX, &strip, err) < 0 ||
        clamp_option(cli, filter, err) < 0)
        return -1;
    filter->strip_components = (unsigned)strip;
    return 0;
}

/* ---- convert: reading back ---- */

struct verification {
    struct compare_report report;
    char first[REPORT_LINE_BYTES]; /* difference */
};

static int verification_note(struct compare_report *report, const struct difference *difference,
                             struct error *err)
{
    struct verification *self = (struct verification *)report;
    (void)err;
    if (self->first[0] == '\0')
        report_difference_line(difference, self->first);
    return 0;
}

static int verify_check(const char *input, const char *output, struct error *err)
{
    if (!is_standard(input) && !is_standard(output))
        return 0;
    return error_set(err, ERROR_USAGE,
                     "--verify reads both once more, which standard %s does not allow; give a file",
                     is_standard(input) ? "input" : "output");
}

static int verify(const char *input, const struct image_target *target, struct events *events,
                  struct error *err)
{
    struct verification found = {
        .report = {.difference = verification_note, .a = input, .b = target->path},
    };
    AUTO_SOURCE struct source *inner = NULL;
    AUTO_SOURCE struct source *a = NULL;
    AUTO_SOURCE struct source *b = NULL;
    uint64_t n;

    event_step(events, "comparing");
    if (image_open(&inner, input, NULL, err) < 0 ||
        source_filtered(&a, steal(&inner), &target->filter, NULL, err) < 0 ||
        image_open(&b, target->path, events, err) < 0 ||
        image_compare(a, b, COMPARE_ALL, &found.report, &n, err) < 0)
        return -1;
    if (n == 0)
        return 0;
    return error_set(
        err, ERROR_VERIFY,
        "%s is not what %s holds: %" PRIu64 " difference%s, %s%s; it was left there to "
        "be looked at (lximage diff)",
        target->path, input, n, n == 1 ? "" : "s", n == 1 ? "" : "the first ", found.first);
}

static int convert_run(struct cli *cli, struct error *err)
{
    const char *input = cli->operands[0];
    AUTO_FREE const char **excludes = NULL;
    bool verified = cli_flag(cli, "verify");
    struct image_target target = {
        .path = cli->operands[1],
        .format = cli_value(cli, "format"),
        .container = cli_value(cli, "container"),
        .no_sync = cli_flag(cli, "no-sync"),
    };
    if (cli_size(cli, "size", &target.size, err) < 0 ||
        filter_options(cli, &target.filter, &excludes, err) < 0 ||
        (verified && verify_check(input, target.path, err) < 0) ||
        image_build(input, &target, cli->events, err) < 0)
        return -1;
    return verified ? verify(input, &target, cli->events, err) : 0;
}

/* ---- ls ---- */

static const struct cli_option ls_options[] = {
    {"long", 'l', NULL, "type, mode, owner, group, size, time and target too"},
    {0},
};

/* Whether path is directory or lies below it. */
static bool is_below(const char *path, const char *directory)
{
    size_t n = strlen(directory);
    return n == 0 || (strncmp(path, directory, n) == 0 && (path[n] == '\0' || path[n] == '/'));
}

/* path: where to begin, in the form of struct entry. */
static int entries_list(const struct cli *cli, struct source *source, const char *path,
                        struct error *err)
{
    const struct entry *entry;
    bool first = true;
    int rc;

    while ((rc = source_next(source, &entry, err)) > 0) {
        if (cancel_check(err) < 0)
            return -1;
        if (!is_below(entry->path, path))
            continue;
        if (!cli->json)
            report_entry(stdout, entry, cli_flag(cli, "long"));
        else if (report_entry_json(stdout, entry, first, err) < 0)
            return -1;
        first = false;
    }
    if (rc == 0 && first && path[0] != '\0')
        return error_set(err, ERROR_NOT_FOUND,
                         "there is no /%s; symbolic links on the way are not followed", path);
    return rc;
}

static int ls_run(struct cli *cli, struct error *err)
{
    AUTO_SOURCE struct source *source = NULL;
    const char *operand = cli->n_operands > 1 ? cli->operands[1] : "";
    AUTO_FREE char *path = strdup(operand + strspn(operand, "/"));
    if (!path)
        return error_no_memory(err);
    if (path_clean(path, err) < 0)
        return error_set(err, ERROR_USAGE, "%s cannot be a path in a tree", operand);

    if (image_open(&source, cli->operands[0], NULL, err) < 0)
        return -1;
    if (cli->json)
        printf("{\"version\":%d,\"entries\":[", JSON_VERSION);
    if (entries_list(cli, source, path, err) < 0)
        return image_failed(cli->operands[0], err);
    if (cli->json)
        printf("\n]}\n");
    return 0;
}

/* ---- cat ---- */

static int cat_run(struct cli *cli, struct error *err)
{
    return image_cat(stdout, cli->operands[0], cli->operands + 1, cli->n_operands - 1, err);
}

/* ---- mtree ---- */

static int mtree_run(struct cli *cli, struct error *err)
{
    AUTO_SOURCE struct source *source = NULL;
    if (image_open(&source, cli->operands[0], cli->events, err) < 0)
        return -1;
    if (mtree_write(stdout, source, err) < 0)
        return image_failed(cli->operands[0], err);
    return 0;
}

/* ---- diff ---- */

static const struct cli_option diff_options[] = {
    {"ignore", 0, "WHAT", "owners, modes, mtimes, xattrs or content; several with commas"},
    {0},
};

static int ignore_word(const char *word, size_t n, unsigned *what, struct error *err)
{
    static const struct {
        const char *word;
        enum compare_what what;
    } words[] = {
        {"owners", COMPARE_OWNERS}, {"modes", COMPARE_MODES},     {"mtimes", COMPARE_MTIMES},
        {"xattrs", COMPARE_XATTRS}, {"content", COMPARE_CONTENT},
    };
    for (size_t i = 0; i < array_length(words); i++) {
        if (strlen(words[i].word) == n && memcmp(words[i].word, word, n) == 0) {
            *what &= ~(unsigned)words[i].what;
            return 0;
        }
    }
    return error_set(err, ERROR_USAGE,
                     "--ignore %.*s: it takes owners, modes, mtimes, xattrs and content",
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
    struct report_differences differences;
    unsigned what = COMPARE_ALL;
    uint64_t n;

    if (ignore_option(cli, &what, err) < 0)
        return -1;
    if (is_standard(cli->operands[0]) && is_standard(cli->operands[1]))
        return error_set(err, ERROR_USAGE, "only one of the trees can be standard input");
    report_differences_init(&differences, stdout, cli->json);
    differences.report.a = cli->operands[0];
    differences.report.b = cli->operands[1];
    if (image_open(&a, cli->operands[0], NULL, err) < 0 ||
        image_open(&b, cli->operands[1], NULL, err) < 0)
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
        .run = cat_run,
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
        .name = "mtree",
        .operands = "IN",
        .summary = "describe the tree in IN as an mtree specification",
        .min = 1,
        .max = 1,
        .run = mtree_run,
    },
};

static const struct cli_program program = {
    .name = "lximage",
    .summary = "file trees of distributions, and the disks that hold them",
    .epilogue = "IN, A and B are tar archives, plain or compressed with gzip, xz, zstd, bzip2,\n"
                "lz4 or lzma, ext4 disks, raw or in a VHDX, or directories, recognised by their\n"
                "content; \"-\" is standard input (an archive). What OUT is follows from its\n"
                "ending:\n"
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
                "  lximage cat debian.vhdx etc/os-release\n",
    .verbs = verbs,
    .n_verbs = array_length(verbs),
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
