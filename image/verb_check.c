/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/verb_check.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "core/cli_findings.h"
#include "core/disk.h"
#include "core/kind.h"
#include "image/image.h"
#include "image/ntfs/ntfs_check.h"
#include "image/partition.h"

enum {
    JSON_FLAGS = JSON_COMPACT | JSON_PRESERVE_ORDER,
};

const struct cli_option check_options[] = {
    {0},
};

static int report_print_json(const struct findings *report, const char *format, struct error *err)
{
    json_auto_t *json = cli_findings_json(report, format);
    if (!json || json_dumpf(json, stdout, JSON_FLAGS) < 0)
        return error_no_memory(err);
    putchar('\n');
    return 0;
}

/* ---- ext4 ---- */

/* Reads every inode and directory, with their checksums. What e2fsck knows beyond that (bitmaps,
 * link counts) is left to it. */
static int ext4_check(struct findings *out, const struct cli *cli, struct error *err)
{
    AUTO_SOURCE struct source *source = NULL;
    const struct entry *entry;
    const struct image_open_options options = {.events = cli->events};
    int status = image_open(&source, cli->operands[0], &options, err);

    while (status == 0 && (status = source_next(source, &entry, err)) > 0)
        status = 0;
    out->complete = status == 0;
    if (status == 0 || err->code != ERROR_DAMAGED)
        return status;
    out->list = calloc(1, sizeof(*out->list));
    if (!out->list)
        return error_no_memory(err);
    out->list[0].rule = (struct finding_rule){"ext4-damaged", FINDING_ERROR};
    snprintf(out->list[0].text, sizeof(out->list[0].text), "%s", err->text);
    out->n = 1;
    return 0;
}

/* ---- the verb ---- */

static int kind_at(const char *path, struct blockdev **dev, enum kind *out, struct error *err)
{
    uint8_t head[KIND_HEAD_BYTES];
    if (disk_open(dev, path, err) < 0)
        return -1;
    size_t n = (*dev)->size < sizeof(head) ? (size_t)(*dev)->size : sizeof(head);
    if (blockdev_pread(*dev, head, n, 0, err) < 0)
        return -1;
    *out = kind_is_blank(head, n) ? KIND_EMPTY : kind_of(head, n);
    if (*out == KIND_UNKNOWN && partition_table_shown(head, n))
        return partition_choose(dev, out, err) < 0 ? image_failed(path, err) : 0;
    return 0;
}

/* What can be checked here; the rest is told what it is. */
static int report_make(struct findings *out, const struct cli *cli, enum kind *kind,
                       struct error *err)
{
    AUTO_BLOCKDEV struct blockdev *dev = NULL;
    const char *path = cli->operands[0];

    if (kind_at(path, &dev, kind, err) < 0)
        return -1;
    switch (*kind) {
    case KIND_NTFS:
        return ntfs_check(out, dev, cli->events, err) < 0 ? image_failed(path, err) : 0;
    case KIND_EXT4:
        return ext4_check(out, cli, err);
    case KIND_UNKNOWN:
    case KIND_EMPTY:
        return error_set(err, ERROR_DAMAGED,
                         "%s: no file system begins here; a disk that holds NTFS or ext4, alone or "
                         "in its only such partition, is checked",
                         path);
    default:
        return error_set(
            err, ERROR_WRONG_KIND,
            "%s: this is %s; a disk that holds NTFS or ext4, alone or in its only such "
            "partition, is checked",
            path, kind_words(*kind));
    }
}

int check_run(struct cli *cli, struct error *err)
{
    struct findings report AUTO_FINDINGS = {0};
    enum kind kind = KIND_UNKNOWN;

    if (report_make(&report, cli, &kind, err) < 0)
        return -1;
    if (cli->json && report_print_json(&report, kind == KIND_NTFS ? "ntfs" : "ext4", err) < 0)
        return -1;
    if (!cli->json)
        cli_findings_print(&report);
    if (kind == KIND_EXT4)
        cli_say(cli, "e2fsck -fn knows more of ext4 than is checked here");
    return report.n > 0;
}
