/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_check.h"

#include "core/attributes.h"
#include "core/cancel.h"
#include "image/ntfs/ntfs_check_state.h"

/* The first pass. */
static int records_check(struct ntfs_check *check, struct events *events, struct error *err)
{
    uint64_t n = check->parse.n_records, absent;

    check->n_parts = (size_t)(n / NTFS_FACTS_PART + 1);
    check->parts = calloc(check->n_parts, sizeof(struct ntfs_facts *));
    if (!check->parts)
        return error_no_memory(err);
    for (uint64_t i = 0; i < n; i++) {
        if (i % NTFS_FACTS_PART == 0) {
            event_progress(events, i, n);
            if (cancel_check(err) < 0 || ntfs_parse_absent(&check->parse, i, &absent, err) < 0)
                return -1;
            if (absent >= NTFS_FACTS_PART) {
                i += absent / NTFS_FACTS_PART * NTFS_FACTS_PART - 1;
                continue;
            }
        }
        if (ntfs_check_record(check, i, err) < 0)
            return -1;
    }
    return 0;
}

/* 1: all of it was looked at; 0. */
static int volume_check(struct ntfs_check *check, struct blockdev *dev, struct events *events,
                        struct error *err)
{
    bool all = check->judge.report; /* and not only what forbids opening it */

    int status = ntfs_parse_open(&check->parse, dev, &check->judge, err);
    if (status <= 0)
        return status;
    if (ntfs_check_tables(check, err) < 0 || records_check(check, events, err) < 0 ||
        ntfs_check_overlaps(check, err) < 0 || ntfs_check_names(check, err) < 0)
        return -1;
    if (all && (ntfs_check_reparse(check, err) < 0 || ntfs_check_descriptors(check, err) < 0 ||
                ntfs_check_security(check, err) < 0 || ntfs_check_system(check, err) < 0 ||
                ntfs_check_records_used(check, err) < 0 || ntfs_check_space(check, err) < 0))
        return -1;
    return !check->is_broken;
}

static void check_free(struct ntfs_check *check)
{
    struct ntfs_list *lists[] = {&check->names,  &check->claims,      &check->points,
                                 &check->listed, &check->descriptors, &check->by_id,
                                 &check->by_hash};
    for (size_t i = 0; i < array_length(lists); i++)
        free(lists[i]->items);
    for (size_t i = 0; i < check->n_parts; i++)
        free(check->parts[i]);
    free(check->parts);
    ntfs_parse_close(&check->parse);
}

int ntfs_check(struct findings *out, struct blockdev *dev, struct events *events, struct error *err)
{
    struct ntfs_check check = {.judge = {.report = out}};
    *out = (struct findings){0};
    int status = volume_check(&check, dev, events, err);
    out->complete = status > 0;
    check_free(&check);
    return status < 0 ? -1 : 0;
}

int ntfs_check_open(struct ntfs_parse *out, struct ntfs_judge *judge, struct blockdev *dev,
                    const struct ntfs_visitor *visitor, struct error *err)
{
    struct ntfs_check check = {.visitor = visitor};
    int status = volume_check(&check, dev, NULL, err);
    *judge = (struct ntfs_judge){0};
    *out = check.parse;
    out->judge = judge;
    check.parse = (struct ntfs_parse){0};
    check_free(&check);
    return status < 0 ? -1 : 0;
}
